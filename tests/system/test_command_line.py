"""The command as a caller meets it: arguments in, exit code, stdout and stderr out."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conftest import Simulator, Tap, command
from tap_intercom import __version__
from tap_intercom.__main__ import main
from tap_intercom.exit_codes import MEANINGS
from tap_intercom.singer.catalog import describe_streams
from tap_intercom.streams.table import STREAMS_V1

TOKEN = "dG9rOnZlcnktc2VjcmV0"  # noqa: S105 - an example
CONFIG = {"access_token": TOKEN, "start_date": "2019-01-01T00:00:00Z"}
COMMAND = [sys.executable, "-m", "tap_intercom"]


class Folder:
    """A folder to call the command in, with a configuration in it and no variables of ours."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("config.json", CONFIG)

    def write(self, name: str, content: object) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (self.path / name).write_bytes(data)

    def call(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TAP_INTERCOM_")}
        environ = {**kept, **variables}
        return subprocess.run(
            [*COMMAND, *arguments], cwd=self.path, env=environ, capture_output=True, text=True, check=False, timeout=300
        )

    def shell(self, line: str) -> subprocess.CompletedProcess[str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-c", line],
            cwd=self.path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def assert_refused(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """One line on stderr that says what is wrong, nothing on stdout, no traceback and no token."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("CRITICAL ")
    assert TOKEN not in line
    for words in said:
        assert words in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--config is missing: give --config config.json, or --config ENV"),
        (["--test"], "--config is missing"),
        (["--state", "state.json"], "--config is missing"),
        (["--config"], "Option '--config' requires an argument"),
        (["--sync"], "an option that does not exist (a string of 6 characters)"),
        (
            ["config.json"],
            "what belongs to no option (a string of 11 characters) means nothing; write --config config.json",
        ),
        (["--about", "--format", "xml"], "it is a string of 3 characters and must be text or json or markdown"),
        (["--config", "config.json", "--format", "json"], "--format belongs to --about"),
        (["--config", "config.json", "--test", "--discover"], "exclude each other"),
        (["--config", "config.json", "--offline"], "--offline belongs to --discover"),
        (["--config", "config.json", "--catalog", "a.json", "-p", "b.json"], "--properties is the old name of"),
    ],
)
def test_a_wrong_command_line_is_refused(folder: Folder, arguments: list[str], said: str) -> None:
    assert_refused(folder.call(*arguments), said, "see tap-intercom --help")


@pytest.mark.parametrize("mode", [[], ["--discover"], ["--test"]])
@pytest.mark.parametrize(
    ("config", "said"),
    [
        (b"", "configuration bad.json: the file is empty"),
        (b'{"access_token": "dG9rOnZlcnktc2VjcmV0",\n  start_date}', "line 2 column 3"),
        (b'["dG9rOnZlcnktc2VjcmV0"]', "it holds a list where an object is needed"),
        (b"{}", "access_token is missing"),
        ({"access_token": TOKEN}, "start_date is missing"),
        ({**CONFIG, "access_token": f"Bearer {TOKEN}"}, "access_token is a string of 27 characters"),
        ({**CONFIG, "start_date": TOKEN}, "start_date is a string of 20 characters"),
        ({**CONFIG, "region": TOKEN}, "region is a string of 20 characters"),
        ({**CONFIG, "base_url": f"https://{TOKEN}@example.com"}, "base_url is a string of"),
        ({**CONFIG, "base_url": "http://example.com"}, "loopback"),
        ({**CONFIG, "request_timeout": "soon", "max_concurrency": 0}, "max_concurrency is the number 0"),
    ],
)
def test_a_wrong_configuration_is_refused_in_every_mode(
    folder: Folder, mode: list[str], config: object, said: str
) -> None:
    folder.write("bad.json", config)
    assert_refused(folder.call("--config", "bad.json", *mode), said)


def test_the_token_may_lie_in_a_file_of_its_own(folder: Folder) -> None:
    folder.write("token", f"{TOKEN}\n".encode())
    folder.write("mounted.json", {"access_token_file": "token", "start_date": "2019-01-01T00:00:00Z"})
    assert folder.call("-c", "mounted.json", "--discover").returncode == 0
    assert folder.call("-c", "config.json", "-c", "mounted.json", "-d").returncode == 0
    assert folder.call("-c", "mounted.json", "-c", "ENV", "-d", TAP_INTERCOM_ACCESS_TOKEN=TOKEN).returncode == 0
    variables = {"TAP_INTERCOM_ACCESS_TOKEN_FILE": "token", "TAP_INTERCOM_START_DATE": "2019-01-01"}
    assert folder.call("-c", "ENV", "-d", **variables).returncode == 0


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            {"access_token_file": "missing"},
            "access_token_file, which is a string of 7 characters: it cannot be read: No such file",
        ),
        ({"access_token_file": "empty"}, "access_token_file empty: the file is empty; put the secret into it"),
        ({"access_token_file": "bearer"}, "access_token is a string of 27 characters"),
        ({"access_token_file": "binary"}, "access_token_file binary: it is not UTF-8 text"),
        ({"access_token_file": 5}, "access_token_file is a number and must be the path of a file"),
        ({"access_token_file": "empty", "access_token": TOKEN}, "it has access_token and access_token_file"),
    ],
)
def test_a_wrong_file_for_the_token_is_refused(folder: Folder, config: dict[str, Any], said: str) -> None:
    folder.write("empty", b"\n")
    folder.write("bearer", f"Bearer {TOKEN}".encode())
    folder.write("binary", b"\xff\xfe")
    folder.write("bad.json", {"start_date": "2019-01-01", **config})
    assert_refused(folder.call("--config", "bad.json"), said)


@pytest.mark.parametrize("option", ["--config", "--catalog", "--properties", "--state"])
def test_a_file_that_is_not_there_is_refused_with_its_name(folder: Folder, option: str) -> None:
    arguments = ["--config", "config.json", option, "missing.json"]
    assert_refused(folder.call(*arguments), "missing.json: it cannot be read: No such file or directory")


def one_stream(**entry: Any) -> dict[str, Any]:
    tags = {"tap_stream_id": "tags", "stream": "tags", "schema": {"properties": {"id": {}}}, "selected": True}
    return {"streams": [{**tags, **entry}]}


@pytest.mark.parametrize("option", ["--catalog", "-p"])
@pytest.mark.parametrize(
    ("catalog", "said"),
    [
        (b"", "catalog bad.json: the file is empty; make a new one with --discover"),
        (b'{"streams": [}', "catalog bad.json: it is not valid JSON: line 1 column 14"),
        (b"[]", "catalog bad.json: it holds a list"),
        ({}, '"streams" is missing, not a list of'),
        (one_stream(tap_stream_id="invoices"), 'there is no stream "invoices"'),
        (one_stream(schema="tags"), "tags has a schema that is a string of 4 characters, not an object"),
        (one_stream(schema={"properties": {}}), "tags lacks id in its schema"),
        (one_stream(metadata={"selected": True}), "tags has metadata that is an object, not a list"),
        (one_stream(stream="two\nlines", tap_stream_id="two\nlines"), "two\\nlines"),
    ],
)
def test_a_wrong_catalog_is_refused(folder: Folder, option: str, catalog: object, said: str) -> None:
    folder.write("bad.json", catalog)
    assert_refused(folder.call("--config", "config.json", option, "bad.json"), said)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (b"", "state bad.json: the file is empty; restore the last state that a run wrote, or write {}"),
        (b'{"bookmarks": {}}\n{"bookmarks": {}}\n', "line 2 column 1: Extra data, keep only the last whole line"),
        (b'"users"', "state bad.json: it holds a string"),
        (
            {"type": "STATE", "value": []},
            'state bad.json: it is a STATE message whose "value" is a list, not an object',
        ),
        ({"type": "STATE", "value": {"bookmarks": ["users"]}}, "bookmarks"),
        (
            {"singer_state": "x"},
            'it is one of Meltano\'s whose "singer_state" is a string of 1 character, not an object',
        ),
        ({"singer_state": {"bookmarks": ["users"]}}, "bookmarks"),
        (
            {"type": "RECORD", "stream": "tags", "record": {}},
            "a RECORD message, not a STATE message; keep the last STATE",
        ),
        (b'{"bookmarks": {"users": "2019-09-27T22:', "; correct it there, or restore the last state"),
        ({"bookmarks": ["users"]}, "bookmarks"),
        ({"bookmarks": {"users": "yesterday"}}, "users"),
        ({"bookmarks": {}, "currently_syncing": 5}, "currently_syncing"),
    ],
)
def test_a_wrong_state_is_refused(folder: Folder, state: object, said: str) -> None:
    folder.write("bad.json", state)
    assert_refused(folder.call("--config", "config.json", "--state", "bad.json"), said)


def test_the_environment_configures_with_config_env(folder: Folder) -> None:
    assert_refused(folder.call("--config", "ENV"), "access_token is missing", "start_date is missing")
    variables = {"TAP_INTERCOM_ACCESS_TOKEN": TOKEN, "TAP_INTERCOM_START_DATE": "never"}
    assert_refused(folder.call("--config", "ENV", **variables), 'start_date is the string "never"')


def test_the_last_of_several_configurations_wins(folder: Folder) -> None:
    folder.write("more.json", {"start_date": "never"})
    assert_refused(folder.call("-c", "config.json", "-c", "more.json", "-d"), 'start_date is the string "never"')
    assert folder.call("-c", "more.json", "-c", "config.json", "-d").returncode == 0
    assert folder.call("-c", "more.json", "-c", "ENV", "-d", TAP_INTERCOM_START_DATE="2019-01-01").returncode == 2


def test_unknown_settings_are_warned_of_in_one_line_and_ignored(folder: Folder) -> None:
    folder.write("config.json", {**CONFIG, "acces_token": "x", "two\nlines": 1})
    done = folder.call("--config", "config.json", "--discover")
    assert done.returncode == 0
    assert done.stderr == (
        "WARNING the configuration has settings that this tap does not know and ignores: "
        "acces_token (did you mean access_token or access_token_file?), two\\nlines\n"
    )


def test_unknown_variables_are_warned_of_where_the_environment_configures(folder: Folder) -> None:
    variables = {"TAP_INTERCOM_APIVERSION": "2.16", "TAP_INTERCOM_LOGLEVEL": "INFO"}
    done = folder.call("--config", "config.json", "--config", "ENV", "--discover", **variables)
    assert done.returncode == 0
    assert done.stderr == (
        "WARNING the environment has variables that this tap does not know and ignores: "
        "TAP_INTERCOM_APIVERSION (did you mean TAP_INTERCOM_API_VERSION or TAP_INTERCOM_ACTIVATE_VERSION?)\n"
    )
    assert folder.call("--config", "config.json", "--discover", **variables).stderr == ""


def test_discovery_needs_no_configuration_and_writes_the_catalog(folder: Folder) -> None:
    done = folder.call("--discover")
    assert done.returncode == 0
    assert done.stderr == ""
    assert json.loads(done.stdout) == msgspec.to_builtins(describe_streams(STREAMS_V1))
    assert done.stdout.startswith('{\n  "streams": [\n')


def test_discovery_needs_no_network_and_no_token_that_works(folder: Folder) -> None:
    folder.write("config.json", {**CONFIG, "base_url": "http://127.0.0.1:9"})
    assert folder.call("--config", "config.json", "--discover").stdout == folder.call("-d").stdout
    assert folder.call("--config", "config.json", "--discover", "--offline").stdout == folder.call("-d").stdout


def test_version_help_and_about_need_nothing(folder: Folder) -> None:
    assert folder.call("--version").stdout == f"tap-intercom {__version__}\n"
    for arguments in (["--help"], ["--about"], ["--about", "--format", "markdown"]):
        done = folder.call(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(("Usage: tap-intercom", "tap-intercom ", "# `tap-intercom`"))


def test_help_names_every_exit_code(folder: Folder) -> None:
    text = " ".join(folder.call("--help").stdout.split())
    for code, meaning in MEANINGS.items():
        assert f" {code} {meaning.outcome} " in text


@pytest.mark.parametrize(
    ("command", "ignored"),
    [
        (["--about"], "--config, --catalog, --state"),
        (["--discover", "--offline"], "--catalog, --state"),
        (["--config", "config.json", "--test"], "--state"),
    ],
)
def test_a_file_that_a_command_does_not_read_is_named(folder: Folder, command: list[str], ignored: str) -> None:
    done = folder.call("--config", "config.json", "--catalog", "catalog.json", "--state", "state.json", *command)
    assert f"WARNING {ignored}: this command reads no such file and ignores it" in done.stderr.split("\n")


def test_about_as_json_is_json_and_nothing_else(folder: Folder) -> None:
    about = json.loads(folder.call("--about", "--format=json").stdout)
    assert about["name"] == "tap-intercom"
    assert about["settings"]["required"] == ["access_token", "start_date"]


@pytest.mark.parametrize("mode", [["--version"], ["--help"], ["--about"], ["--discover"]])
def test_what_needs_no_network_does_not_load_it(folder: Folder, mode: list[str]) -> None:
    code = (
        "import sys; from tap_intercom.cli.main import run; code = run(sys.argv[1:]); "
        "loaded = {'aiohttp', 'asyncio', 'rich', 'stamina'} & set(sys.modules); sys.exit(', '.join(loaded) or code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *mode], capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, ""), folder


@pytest.mark.parametrize("mode", ["--version", "--help", "--about", "--discover"])
def test_a_reader_that_left_is_said_in_one_line(mode: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, mode], stdout=writing, stderr=subprocess.PIPE, text=True, check=False, timeout=300)
    os.close(writing)
    assert done.returncode == 7
    assert done.stderr == "CRITICAL standard output cannot be written: Broken pipe; see what reads it\n"


@pytest.mark.parametrize("mode", ["--version", "--help", "--about", "--discover"])
def test_a_closed_stdout_is_said_in_one_line(folder: Folder, mode: str) -> None:
    done = folder.shell(f"{' '.join(COMMAND)} {mode} >&-")
    assert done.returncode == 7
    assert done.stderr == "CRITICAL standard output is closed; redirect it to a file or a program\n"


def test_a_full_disk_is_said_in_one_line(folder: Folder) -> None:
    done = folder.shell(f"{' '.join(COMMAND)} --discover > /dev/full")
    assert done.returncode == 7
    assert done.stderr == ("CRITICAL standard output cannot be written: No space left on device; see what reads it\n")


def test_a_closed_stderr_does_no_harm(folder: Folder) -> None:
    assert folder.shell(f"{' '.join(COMMAND)} --nonsense 2>&-").returncode == 2
    assert folder.shell(f"{' '.join(COMMAND)} --version 2>&-").stdout == f"tap-intercom {__version__}\n"


@contextlib.contextmanager
def reached(pipe: Path, process: subprocess.Popen[str]) -> Iterator[None]:
    """Wait until a process reads a pipe, and let it wait there for what never comes."""
    writer = -1
    try:
        while writer < 0:
            with contextlib.suppress(OSError):  # there is no reader yet
                writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        yield
    finally:
        process.kill()
        os.close(writer)


def test_an_interrupt_is_no_traceback(folder: Folder) -> None:
    os.mkfifo(folder.path / "never.json")  # nothing is written to it, so that reading it does not end
    process = subprocess.Popen(
        ["env", "--default-signal=INT", *COMMAND, "--config", "never.json"],  # a shell's background has it ignored
        cwd=folder.path,
        env={**os.environ, "TAP_INTERCOM_LOGLEVEL": "loud"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline().startswith("WARNING TAP_INTERCOM_LOGLEVEL is loud, not one of")
    with reached(folder.path / "never.json", process):
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout, stderr) == (130, "", "WARNING interrupted\n")


def trial(tap: Tap, *arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    line = command(*tap.arguments("--test", *arguments, **settings))
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=300)


def test_a_trial_says_ok_for_every_stream_that_can_be_read(tap: Tap) -> None:
    done = trial(tap)
    assert done.returncode == 0, done.stderr
    rows = [[stream.name, "ok"] for stream in STREAMS_V1]
    assert [line.split() for line in done.stdout.splitlines()[1:-2]] == rows


def test_a_trial_asks_only_for_the_streams_that_are_selected(tap: Tap) -> None:
    assert trial(tap, catalog=tap.catalog("tags", "teams")).stdout == (
        "stream  verdict  what to do\ntags    ok\nteams   ok\n\n2 of 2 streams can be read.\n"
    )


def test_a_trial_with_a_token_that_is_refused_says_so_and_does_not_show_it(tap: Tap) -> None:
    done = trial(tap, access_token=TOKEN)
    assert done.returncode == 3
    assert "access_token" in done.stdout + done.stderr
    assert TOKEN not in done.stdout + done.stderr


def test_a_quiet_run_says_nothing_but_warnings_and_errors(simulator: Simulator, tap: Tap) -> None:
    output = tap("--quiet", catalog=tap.catalog("tags", "users"))
    assert output.counts()["tags"] == simulator.counts()["tags"]
    assert {line.partition(" ")[0] for line in output.stderr.splitlines()} == {"WARNING"}
    simulator.reset(switches={"scope_missing": "tags"})
    failed = tap("-q", code=3, catalog=tap.catalog("tags"))
    assert [line.partition(" ")[0] for line in failed.stderr.splitlines()] == ["ERROR"]


def test_metrics_and_summary_count_what_was_written(simulator: Simulator, tap: Tap) -> None:
    output = tap()
    assert output.code == 0, output.stderr
    metrics = [json.loads(line) for line in re.findall(r"^INFO METRIC: (.*)$", output.stderr, re.MULTILINE)]
    counted = {m["tags"]["endpoint"]: m["value"] for m in metrics if m["metric"] == "record_count"}
    assert counted == simulator.counts()
    rows = re.findall(r"^INFO (\w+) +([\d,]+) +([\d,]+) +[\d.]+ +\d+  complete$", output.stderr, re.MULTILINE)
    assert {name: int(records.replace(",", "")) for name, records, _ in rows} == simulator.counts()
    read = [request for request in simulator.requests() if request["path"] != "/me"]  # which settles the version
    assert sum(int(requests.replace(",", "")) for *_, requests in rows) == len(read)


def test_elsewhere_than_on_posix_one_line_says_where_it_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("nt") == 2
    assert capsys.readouterr() == (
        "",
        "CRITICAL tap-intercom runs on POSIX systems only, such as Linux and macOS; on Windows, run it in WSL\n",
    )


def test_a_catalog_that_selects_nothing_is_warned_of(tap: Tap) -> None:
    output = tap(catalog=tap.catalog())
    assert output.code == 0
    assert output.counts() == {}
    assert output.stderr.splitlines() == [
        'WARNING the catalog selects no stream; set "selected": true in the metadata of those you want'
    ]


def test_streams_and_fields_are_chosen_by_patterns(simulator: Simulator, tap: Tap) -> None:
    output = tap("--streams", "tags,te*,!tags.name")
    assert output.counts() == {name: simulator.counts()[name] for name in ("tags", "teams")}
    assert {key for tag in output.records("tags") for key in tag} == {"id", "type"}
    assert {request["path"] for request in simulator.requests()} == {"/me", "/tags", "/teams"}


def test_the_option_overrides_the_setting_and_both_narrow_a_catalog(tap: Tap) -> None:
    assert set(tap(streams=["tags", "teams"]).counts()) == {"tags", "teams"}
    output = tap("--streams", "t*,admins", streams=["teams"], catalog=tap.catalog("tags", "users"))
    assert set(output.counts()) == {"tags"}
    assert "streams names what the catalog does not select, so it is not read: admins" in output.stderr


@pytest.mark.parametrize(
    ("patterns", "line"),
    [
        (
            "tgas",
            (
                'CRITICAL streams: the pattern "tgas" matches nothing, for no stream is called tgas; '
                "did you mean tags or teams?"
            ),
        ),
        (
            "tags,,teams",
            (
                "CRITICAL --streams has an empty name in its list; "
                "write it as in --streams 'contacts,conversation*,!contacts.avatar'; see tap-intercom --help"
            ),
        ),
    ],
)
def test_a_wrong_pattern_is_refused_before_anything_is_asked(
    simulator: Simulator, tap: Tap, patterns: str, line: str
) -> None:
    assert tap("--streams", patterns, code=2).stderr.splitlines() == [line]
    assert tap("--streams", patterns, "--discover", code=2).stderr.splitlines() == [line]
    assert simulator.requests() == []


def test_patterns_that_leave_nothing_are_warned_of(tap: Tap) -> None:
    assert tap("--streams", "!*").stderr.splitlines() == [
        (
            'WARNING streams leaves no stream to read; write it as in "streams": ["contacts", "conversation*", '
            '"!contacts.avatar"]'
        )
    ]


def test_discovery_and_test_ask_for_the_chosen_streams_only(simulator: Simulator, tap: Tap) -> None:
    output = tap("--streams", "tags", "--discover", api_version="2.16")
    assert [entry["tap_stream_id"] for entry in json.loads(output.stdout)["streams"]] == ["tags"]
    assert {request["path"] for request in simulator.requests()} == {"/tags"}
    tap("--streams", "teams", "--test", api_version="2.16")
    assert {request["path"] for request in simulator.requests()} == {"/tags", "/teams"}


def test_custom_attributes_are_described_without_being_chosen(tap: Tap) -> None:
    output = tap("--streams", "contacts", "--discover", api_version="2.16")
    (contacts,) = json.loads(output.stdout)["streams"]
    assert contacts["schema"]["properties"]["custom_attributes"]["properties"]


def test_the_token_is_in_no_line_at_any_level(tap: Tap) -> None:
    line = command(*tap.arguments(access_token=TOKEN))
    environ = {**os.environ, "TAP_INTERCOM_LOGLEVEL": "DEBUG"}
    done = subprocess.run(line, env=environ, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 3
    assert "CRITICAL" in done.stderr
    assert TOKEN not in done.stdout + done.stderr


def test_on_a_terminal_progress_is_shown_instead_of_lines_about_it(tap: Tap) -> None:
    main, side = pty.openpty()
    with (tap.folder / "out.json").open("wb") as stdout:
        process = subprocess.Popen(
            command(*tap.arguments()), stdout=stdout, stderr=side, env={**os.environ, "TERM": "xterm", "COLUMNS": "120"}
        )
    os.close(side)
    shown = b""
    while part := read(main):
        shown += part
    os.close(main)
    assert process.wait() == 0
    text = shown.decode()
    assert "METRIC" not in text
    assert "per second" in text
    assert re.search(r"INFO total +[\d,]+ +[\d,]+ +[\d.]+ +\d+  12 of 12 complete", text)
    assert "\x1b[?25l" not in text  # the cursor is never hidden


def read(descriptor: int) -> bytes:
    """Read what a terminal shows; its end is an error on Linux."""
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:
        return b""
