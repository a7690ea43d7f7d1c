"""The token shows nowhere and goes to one host alone, whatever the server says and however the command is run."""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import Output, Simulator
from fuzz_targets import called
from proxy_network import TOKEN, NetworkShell
from scripted_server import Act, ScriptedServer, answer, raw
from tap_intercom.config.settings import SETTINGS, Setting
from tap_intercom.streams.table import STREAMS_V1

ELSEWHERE = "http://127.0.0.1:{port}/elsewhere?page=2&token=" + TOKEN
BROKEN = f"dG9r {TOKEN} {TOKEN[:30]}… {TOKEN[:15]}"
REFUSALS = (301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 409, 410, 422, 500, 503)
ERRORS: dict[str, Any] = {
    "type": "error.list",
    "request_id": TOKEN,
    "errors": [{"code": TOKEN, "message": f"Access Token {BROKEN} Invalid", "field": TOKEN}],
}
# Each says the token, or another host, in a place that is not a record's.
SAYINGS: dict[str, Any] = {
    "a text": BROKEN,
    "errors": ERRORS,
    "a page of HTML": f"<html><title>{BROKEN}</title></html>",
    "a list of another kind": {"tags": BROKEN, "data": {TOKEN: 1}, "users": [BROKEN], "companies": TOKEN},
    "a field that nobody knows": {
        key: [{"id": "1", "name": "x", "updated_at": 1_600_000_000, TOKEN: TOKEN, "x": {TOKEN: TOKEN}}]
        for key in ("tags", "data", "users", "companies", "conversations", "teams")
    },
    "another host": {
        **{key: [{"id": "1", "updated_at": 1_600_000_000}] for key in ("data", "users", "conversations")},
        "pages": {"type": "pages", "next": ELSEWHERE, "page": 1, "total_pages": 3},
        "scroll_param": TOKEN,
        "next_cursor": TOKEN,
        "download_url": ELSEWHERE,
    },
    "a job": {"job_identifier": TOKEN, "status": TOKEN, "download_url": ELSEWHERE},
    "a job that is done": {"job_identifier": f"../{TOKEN}", "status": "completed", "download_url": ELSEWHERE},
}
STREAMS_OF = {
    "1.4": ("tags", "users", "companies", "conversations"),
    "2.16": ("tags", "contacts", "conversations", "message_content_export", "companies"),
}


@st.composite
def acts(draw: st.DrawFn) -> tuple[str, int]:
    """Draw what is said, and with which status; 0 is what is no HTTP."""
    return draw(st.sampled_from(sorted(SAYINGS))), draw(st.sampled_from([0, 200, 200, 200, *REFUSALS]))


def act_of(drawn: tuple[str, int], port: int) -> Act:
    """Make the server's act of it; whatever its body says, its headers say as well."""
    saying, status = drawn
    said = SAYINGS[saying]
    body = (said if isinstance(said, str) else json.dumps(said)).replace("{port}", str(port)).encode()
    if not status:
        return raw(b"HTTP/1.1 " + body.replace(b"\n", b" ") + b"\r\n\r\n")
    there = ELSEWHERE.replace("{port}", str(port))
    told = {"X_Request_Id": TOKEN, "Location": there, "Retry_After": TOKEN, "WWW_Authenticate": f'Bearer r="{TOKEN}"'}
    return answer(body, status, **told, X_RateLimit_Limit=TOKEN, Set_Cookie=f"a={TOKEN}", Link=f"<{there}>; rel=next")


def whole(output: Output) -> None:
    """Check that a run ended in order: every line whole, and a reason where it did not read everything."""
    assert output.code in {0, 3, 4, 5, 6}, output.stderr
    assert output.stdout == b"" or output.stdout.endswith(b"\n")
    assert all(message["type"] for message in output.messages)
    assert (output.code == 0) or any(line.startswith(("ERROR", "CRITICAL")) for line in output.stderr.splitlines())


def tells_nothing(report: Path) -> None:
    """Check that a run left a report of the form that its name says, without the token."""
    content = report.read_text()
    assert TOKEN[:12] not in content
    assert content.startswith("{" if report.suffix == ".json" else "<!doctype html>")


async def meet(script: list[tuple[str, int]], version: str, mode: str, gives: str, report: str = "report.json") -> None:
    """Run the command against a server that says all it can to have the token shown or sent on."""
    if mode == "--discover":  # the names of fields are data, and stand in the catalog
        script = [("errors" if saying == "a field that nobody knows" else saying, status) for saying, status in script]
    with tempfile.TemporaryDirectory() as folder:
        async with ScriptedServer() as elsewhere, ScriptedServer() as server:
            desk = NetworkShell(Path(folder))
            server.script = [act_of(drawn, elsewhere.port) for drawn in script[:-1]]
            server.then = act_of(script[-1], elsewhere.port)
            given = {"retry_timeout": 0, "gives": gives, "max_concurrency": 4}
            if mode == "sync":
                given["report"] = report
                whole(await desk.sync(server.url, {}, *STREAMS_OF[version], api_version=version, **given))
                tells_nothing(Path(folder) / report)
            else:
                given |= {"base_url": server.url, "api_version": version}
                output = await desk.call(mode, variables={}, **given)
                assert output.code in {0, 3, 4, 5, 6}, output.stderr
        assert (elsewhere.journal, elsewhere.connections) == ([], 0)
        assert {asked.headers["host"] for asked in server.journal} <= {f"127.0.0.1:{server.port}"}
        assert not any(TOKEN in asked.target.replace("%2F", "/") for asked in server.journal[:1])


EVERYTHING = given(
    script=st.lists(acts(), min_size=1, max_size=6),
    version=st.sampled_from(sorted(STREAMS_OF)),
    mode=st.sampled_from(["sync", "sync", "--test", "--discover"]),
    gives=st.sampled_from(["access_token", "access_token_file", "ENV"]),
    report=st.sampled_from(["report.html", "report.json"]),
)


def attempt(script: list[tuple[str, int]], version: str, mode: str, gives: str, report: str) -> None:
    asyncio.run(meet(script, version, mode, gives, report))


def test_a_server_that_says_the_token_has_it_shown_nowhere_and_sent_to_no_other_host() -> None:
    settings(max_examples=10)(EVERYTHING(attempt))()


@pytest.mark.soak
def test_a_server_that_says_the_token_for_long_has_it_shown_nowhere_and_sent_to_no_other_host() -> None:
    settings(max_examples=200)(EVERYTHING(attempt))()


@pytest.mark.parametrize("saying", SAYINGS)
def test_no_saying_of_a_server_has_the_token_shown(saying: str) -> None:
    asyncio.run(meet([(saying, 200)], "2.16", "sync", "access_token_file", "report.html"))


@pytest.mark.parametrize("gives", ["access_token", "access_token_file", "ENV"])
def test_a_workspace_that_is_read_through_faults_shows_no_token(
    simulator: Simulator, tmp_path: Path, gives: str
) -> None:
    rates = {"http-500": 0.02, "html-200": 0.02, "http-401-token": 0.005, "cut-off-json": 0.02, "reset-before": 0.02}
    simulator.reset(token=TOKEN, faults=rates, scale=0.3)
    names = [stream.name for stream in STREAMS_V1]
    settings = {"gives": gives, "retry_timeout": 5, "report": "report.html"}
    output = asyncio.run(NetworkShell(tmp_path).sync(simulator.url, {}, *names, **settings))
    whole(output)
    tells_nothing(tmp_path / "report.html")
    assert len(output.messages) > len(names)
    assert TOKEN not in json.dumps(output.state)


def command_line(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text()


def test_the_list_of_processes_shows_no_token(tmp_path: Path) -> None:
    async def look(gives: str) -> str:
        async with ScriptedServer(then=answer(b"{}")) as server:
            process = await NetworkShell(tmp_path).start("--test", variables={}, gives=gives, base_url=server.url)
            await server.arrived(1)
            shown = command_line(process.pid)
            process.kill()
            await process.communicate()
        return shown

    for gives in ("access_token", "access_token_file", "ENV"):
        shown = asyncio.run(look(gives))
        assert "tap_intercom" in shown
        assert TOKEN not in shown


def test_a_mistake_in_the_tap_itself_shows_no_token(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from tap_intercom.cli.main import run\n"
        "class Environment(dict):\n"
        "    def get(self, name, default=None):\n"
        "        if name == 'TAP_INTERCOM_START_DATE':\n"
        "            raise LookupError('about ' + self['TAP_INTERCOM_ACCESS_TOKEN'])\n"
        "        return super().get(name, default)\n"
        f"run(['--config', 'ENV'], Environment(TAP_INTERCOM_ACCESS_TOKEN={TOKEN!r}))\n"
    )

    async def run() -> str:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stderr=pipe, cwd=tmp_path)
        return (await process.communicate())[1].decode()

    said = asyncio.run(run())
    assert "CRITICAL this is a mistake in tap-intercom itself; please report it" in said
    assert "LookupError: about (hidden)" in said
    assert TOKEN[:12] not in said


# Secrets that nothing can know, since they are where none belongs: of the characters that tokens and passwords have.
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="


def secrets(shortest: int) -> st.SearchStrategy[str]:
    """Draw secrets which are no files, and of which no part stands in a message by chance."""
    drawn = st.text(BASE64, min_size=shortest - 4, max_size=90).map(lambda text: f"{text[:5]}q7Zx{text[5:]}")
    return drawn.filter(lambda secret: not os.path.lexists(secret))


SECRETS = secrets(12)
LONG_SECRETS = secrets(41)  # where a name is wanted, what is as short as one is shown
TAKES_ALL = {"access_token", "user_agent"}
MINIMAL = {"access_token": "unknown", "start_date": "2019-01-01", "api_version": "1.4"}
MINIMAL |= {"base_url": "http://127.0.0.1:9", "retry_timeout": "0"}  # nobody answers there
COMMAND_LINES = [
    ["{}"],
    ["-{}"],
    ["--{}"],
    ["--{}=json"],
    ["--config={}"],
    ["--config", "{}"],
    ["-c{}"],
    ["--config", "ENV", "--config", "{}"],
    ["--config", "ENV", "--catalog", "{}"],
    ["--config", "ENV", "--catalog=/nowhere/{}"],
    ["--config", "ENV", "--properties", "./{}"],
    ["--config", "ENV", "--state", "{}"],
    ["--config", "ENV", "-s{}"],
    ["--about", "--format={}"],
    ["--about", "--format", "{}"],
    ["--about={}"],
    ["--config", "ENV", "--test={}"],
    ["--help={}"],
    ["--discover", "--offline", "{}"],
]


def refused(secret: str, *arguments: str, environ: dict[str, str] | None = None) -> None:
    """Run the command, which must refuse what it is given in one line with nothing of the secret in it."""
    settings = {f"TAP_INTERCOM_{name.upper()}": value for name, value in MINIMAL.items()}
    code, stdout, stderr = called(*arguments, environ={**settings, **(environ or {})})
    assert (code, stdout) == (2, ""), stderr
    assert stderr.splitlines()[-1].startswith("CRITICAL "), stderr
    assert not [line for line in stderr.splitlines() if secret[:12] in line]


@pytest.mark.parametrize("words", COMMAND_LINES, ids=" ".join)
@given(secret=SECRETS)
@settings(max_examples=15)
def test_a_command_line_that_cannot_be_understood_is_not_quoted(words: list[str], secret: str) -> None:
    refused(secret, *(word.replace("{}", secret) for word in words))


@pytest.mark.parametrize("setting", [row for row in SETTINGS if row.name not in TAKES_ALL], ids=lambda row: row.name)
@given(secret=SECRETS)
@settings(max_examples=10)
def test_a_setting_that_is_wrong_is_not_quoted(setting: Setting, secret: str) -> None:
    refused(secret, "--config", "ENV", "--test", environ={setting.variable: f"{secret},,\x07"})


def wrong_files(secret: str) -> list[tuple[str, object]]:
    """Put a secret where a name stands in each kind of file: the option, and what is in its file."""
    entry = {
        "tap_stream_id": "tags",
        "selected": True,
        "schema": {"properties": {"id": {}, secret: {"type": [secret]}}},
    }
    sound = {**entry, "schema": {"properties": {"id": {}}, "required": [secret]}, "key_properties": [secret]}
    marks = [
        {"breadcrumb": [], "metadata": {"selected": True}},
        {"breadcrumb": ["properties", secret], "metadata": {"selected": secret}},
    ]
    return [
        ("--catalog", {"streams": [{"tap_stream_id": secret, "selected": True}]}),
        ("--catalog", {"streams": [{"stream": secret, "selected": True}]}),
        ("--catalog", {"streams": [entry]}),
        ("--catalog", {"streams": [{**entry, "inclusion": secret}]}),
        ("--catalog", {"streams": [{**sound, "replication_method": secret}]}),
        ("--catalog", {"streams": [{**sound, "stream": secret, "replication_key": secret}, {**entry, "schema": {}}]}),
        ("--catalog", {"streams": [{**entry, "schema": {"properties": {"id": {}, secret: {}}}, "metadata": marks}]}),
        ("--config", {**MINIMAL, secret: secret, "quota_share": -1}),
        ("--config", {**MINIMAL, "stream_maps": {secret: {}}}),
        ("--state", {"type": secret, "bookmarks": secret}),
        ("--state", {"bookmarks": {"users": secret, secret: secret}}),
        ("--state", {"singer_state": secret}),
    ]


@given(secret=LONG_SECRETS)
@settings(max_examples=10)
def test_a_secret_in_a_file_is_not_quoted(secret: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.json"
        for option, content in wrong_files(secret):
            path.write_text(json.dumps(content))
            refused(secret, "--config", "ENV", option, str(path))
