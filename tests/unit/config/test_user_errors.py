"""Whatever an operator gets wrong is said in one line: what it is called, what stands there, and what would be right.

What stands there is described by its shape: it may be a secret in the wrong place.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fuzz_targets import called, sound_catalog
from tap_intercom.api.types import Reason, Refused
from tap_intercom.api.url import proxy_of
from tap_intercom.config.settings import SETTINGS
from tap_intercom.errors import ConfigError
from tap_intercom.exports.reporting_datasets import read_datasets, select_datasets
from tap_intercom.pagination.model import TimeRange
from tap_intercom.pagination.page_numbers import NamedListsPaginator
from tap_intercom.singer.state import State
from tap_intercom.streams.refusals import explain
from tap_intercom.streams.table import streams_of
from tap_intercom.sync.start import bookmark_set_back, refuse_a_future_start_date

SECRET = "dG9rOnVzZXJlcnJvcnM6NDJmYWIxN2NfZTVfNGNiMl9h"  # noqa: S105 - of nobody's
STRING = f"a string of {len(SECRET)} characters"
SOUND = {
    "access_token": SECRET,
    "start_date": "2019-01-01T00:00:00Z",
    "base_url": "http://127.0.0.1:9",
    "retry_timeout": 0,
}
NOW = datetime(2026, 1, 1, tzinfo=UTC)

WRONG_SETTINGS: list[tuple[str, object, str]] = [
    ("access_token", None, "is missing"),
    ("access_token", "", "is empty"),
    ("access_token", f"Bearer {SECRET}", f"is a string of {len(SECRET) + 7} characters"),
    ("access_token_file", 7, "is a number"),
    ("start_date", None, "is missing"),
    ("start_date", SECRET, f"is {STRING}"),
    ("start_date", 20190101, "is the number 20190101"),
    ("request_timeout", SECRET, f"is {STRING}"),
    ("request_timeout", -1, "is the number -1"),
    ("retry_timeout", {}, "is an object"),
    ("user_agent", [SECRET], "is a list"),
    ("api_version", SECRET, f"is {STRING}"),
    ("api_version", "2.99", 'is the string "2.99"'),
    ("region", "mars", 'is the string "mars"'),
    ("base_url", f"https://user:{SECRET}@intercom.test", f"is a string of {len(SECRET) + 27} characters"),
    ("base_url", "http://intercom.test", "is a string of 20 characters"),
    ("streams", {"contacts": SECRET}, "is an object"),
    ("max_concurrency", 0, "is the number 0"),
    ("quota_share", True, "is true"),
    ("lookback_window", SECRET, f"is {STRING}"),
    ("reporting_datasets", {"a": SECRET}, "is an object"),
    ("activate_version", SECRET, f"is {STRING}"),
    ("relations", "all", 'is the string "all"'),
    ("whole_every", SECRET, f"is {STRING}"),
    ("custom_object_types", 7, "is the number 7"),
    ("report", SECRET, f"is {STRING}"),
    ("metrics", SECRET, f"is {STRING}"),
    ("batch_config", [{"encoding": {"format": SECRET}}], "is a list"),
    ("stream_maps", [SECRET], "is a list"),
    ("stream_map_config", SECRET, f"is {STRING}"),
    ("flattening_enabled", SECRET, f"is {STRING}"),
    ("flattening_max_depth", 0, "is the number 0"),
]


def complaint(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None, **files: Any) -> str:
    """Run the command, which must refuse in one line; `files` are written and given with the options of their names."""
    options = []
    for name, content in files.items():
        path = folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        options += [f"--{name}", str(path)]
    code, stdout, stderr = called(*options, *arguments, environ=environ or {})
    (line,) = stderr.splitlines()
    assert (code, stdout) == (2, "")
    return said(line.removeprefix("CRITICAL "))


def said(line: str) -> str:
    """Give what was said, if it is one line, without a secret."""
    assert line.isprintable()
    assert SECRET[:12] not in line
    return line


def refusal(error: pytest.ExceptionInfo[ConfigError]) -> str:
    return said(str(error.value))


@pytest.mark.parametrize(("name", "found", "shape"), WRONG_SETTINGS)
def test_a_setting_is_named_with_its_shape_and_an_example(tmp_path: Path, name: str, found: object, shape: str) -> None:
    example = json.dumps(next(setting.example for setting in SETTINGS if setting.name == name), separators=(",", ":"))
    settings = SOUND if name != "access_token_file" else {"start_date": "2019-01-01"}
    line = complaint(tmp_path, config={**settings, name: found})
    assert f"{name} {shape} " in line
    assert f'(for example "{name}": {example})' in line


def test_every_setting_has_its_row() -> None:
    assert {name for name, _, _ in WRONG_SETTINGS} == {setting.name for setting in SETTINGS}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_variable_is_refused_as_its_setting_is(tmp_path: Path, setting: Any) -> None:
    environ = {"TAP_INTERCOM_ACCESS_TOKEN": SECRET, "TAP_INTERCOM_START_DATE": "2019-01-01"}
    if setting.name in {"reporting_datasets", "custom_object_types", "streams"}:
        wrong, shape = f"{SECRET},,", f"{setting.name}[1] is empty and must be a name"
    else:
        wrong, shape = f"{SECRET}\x07", f"is a string of {len(SECRET) + 1} characters"
    if setting.name == "access_token_file":
        environ.pop("TAP_INTERCOM_ACCESS_TOKEN")
        shape = f"access_token_file, which {shape}: it cannot be read: No such file or directory"
    line = complaint(tmp_path, "--config", "ENV", environ={**environ, setting.variable: wrong})
    assert setting.name in line
    assert shape in line


# The file that is wrong, what is in it, and what is said of it: the place, the shape, what would be right.
WRONG_FILES: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"config": ""},
        ["configuration /", "the file is empty", '{"access_token": "…", "start_date": "2019-01-01T00:00:00Z"}'],
    ),
    ({"config": [SECRET]}, ["it holds a list where an object is needed", '{"access_token": "…"']),
    ({"config": f'{{"access_token": {SECRET}'}, ["it is not valid JSON: line 1 column 18", "correct it there"]),
    (
        {"config": {**SOUND, "access_token_file": "/run/secrets/intercom"}},
        ["it has access_token and access_token_file", '"access_token_file": "/run/secrets/intercom"'],
    ),
    ({"catalog": SECRET.join('""')}, [f"it holds {STRING}", "make a new one with --discover"]),
    ({"catalog": {}}, ['"streams" is missing', '{"tap_stream_id": "users", "schema": {…}, "metadata": […]}']),
    ({"catalog": {"streams": {SECRET: 1}}}, ['"streams" is an object', '{"tap_stream_id": "users"']),
    ({"catalog": {"streams": [SECRET]}}, [f"stream number 1 is {STRING}", '{"tap_stream_id": "users"']),
    (
        {"catalog": {"streams": [{"tap_stream_id": [SECRET]}]}},
        ["stream number 1", "a list", '"tap_stream_id": "users"'],
    ),
    ({"catalog": {"streams": [{"stream": "userz", "selected": True}]}}, ['"userz"', "this tap has admins, "]),
    ({"state": ""}, ["state /", "the file is empty", "write {} to read everything from start_date"]),
    ({"state": {"bookmarks": SECRET}}, [f'"bookmarks" is {STRING}', '{"users": "2019-09-27T22:34:39.000000Z"}']),
    ({"state": {"currently_syncing": [SECRET]}}, ['"currently_syncing" is a list', '"users"']),
    (
        {"state": {"bookmarks": {"users": SECRET}}},
        [f"the bookmark of users is {STRING}", "2019-09-27T22:34:39.000000Z"],
    ),
    ({"state": {"bookmarks": {"users": {"updated_at": 5}}}}, ["users is a number", "2019-09-27T22:34:39.000000Z"]),
    ({"state": {"type": "STATE", "value": [SECRET]}}, ['"value" is a list', '{"bookmarks": {}}']),
]


@pytest.mark.parametrize(("files", "expected"), WRONG_FILES)
def test_a_file_is_named_with_what_is_wrong_and_what_is_right(
    tmp_path: Path, files: dict[str, Any], expected: list[str]
) -> None:
    given = {"config": SOUND, **files}
    if "state" in files and isinstance(files["state"], dict) and "type" not in files["state"]:
        with pytest.raises(ConfigError) as error:
            State(files["state"], {"users": "updated_at"})
        line = refusal(error)
    else:
        line = complaint(tmp_path, **given)
    for part in expected:
        assert part in line


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    line = complaint(tmp_path, "--catalog", str(tmp_path / "nowhere.json"), config=SOUND)
    assert f"catalog {tmp_path}/nowhere.json: it cannot be read: No such file or directory" in line
    assert "check the path" in line


def test_an_empty_file_for_the_token_is_named(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("\n")
    line = complaint(tmp_path, config={"access_token_file": str(secret), "start_date": "2019-01-01"})
    assert (
        f"access_token_file {secret}: the file is empty; put the secret into it, such as YOUR_API_ACCESS_TOKEN" in line
    )


# Where in the entry of a stream what is put, and what is said of it.
WRONG_ENTRIES: list[tuple[str, object, list[str]]] = [
    ("schema", SECRET, [f"a schema that is {STRING}", '{"type": "object", "properties": {"id": ']),
    ("schema", {"type": "string"}, ['"type" is a string of 6 characters, not "object"', '{"type": "object"']),
    ("schema", {"properties": {}}, ["lacks id in its schema", '"id": {"type": ["null", "string"]}']),
    ("schema", {"properties": [SECRET]}, ['"properties" is a list', '{"id": {"type": ["null", "string"]}}']),
    (
        "schema",
        {"properties": {"a": SECRET}},
        [f"tags.a has a schema that is {STRING}", '{"type": ["null", "string"]}'],
    ),
    ("schema", {"anyOf": SECRET}, [f'"anyOf" is {STRING}', '[{"type": ["null", "string"]}]']),
    (
        "schema",
        {"type": SECRET},
        [f'"type" is {STRING}', "of null, boolean", '{"type": ["null", "string"]}'],
    ),
    ("metadata", SECRET, [f"metadata that is {STRING}", '{"breadcrumb": [], "metadata": {"selected": true}}']),
    ("metadata", [SECRET], [f"a piece of metadata that is {STRING}", '{"breadcrumb": [], "metadata"']),
    ("metadata", [{"breadcrumb": []}], ['whose "metadata" is missing', '"metadata": {"selected": true}}']),
    (
        "metadata",
        [{"breadcrumb": SECRET, "metadata": {}}],
        [f'"breadcrumb" that is {STRING}', '["properties", "email"]'],
    ),
    ("metadata", [{"breadcrumb": [SECRET], "metadata": {}}], ["do not alternate", '["properties", "email"]']),
    (
        "metadata",
        [{"breadcrumb": [], "metadata": {"selected": SECRET}}],
        [f'a "selected" that is {STRING} and must be true or false', '"selected": true'],
    ),
]


@pytest.mark.parametrize(("name", "found", "expected"), WRONG_ENTRIES)
def test_a_place_in_a_catalog_is_named_with_its_shape_and_an_example(
    tmp_path: Path, name: str, found: object, expected: list[str]
) -> None:
    entry = next(entry for entry in sound_catalog("1.4")["streams"] if entry["stream"] == "tags")
    line = complaint(tmp_path, config=SOUND, catalog={"streams": [{**entry, name: found}]})
    assert line.startswith("catalog: tags")
    for part in [*expected, "make a new catalog with --discover"]:
        assert part in line


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["--config is missing", "--config config.json"]),
        (["--config"], ["--config", "requires an argument"]),
        ([SECRET], [f"what belongs to no option ({STRING})", "--config config.json"]),
        (["--stream", SECRET], ["the command line has an option that does not exist (a string of 8 characters)"]),
        ([f"--{SECRET}"], [f"an option that does not exist (a string of {len(SECRET) + 2} characters)"]),
        (["--catlog", "a"], ["an option that does not exist (a string of 8 characters); write --catalog"]),
        ([f"--config={SECRET}"], [f"configuration, which is {STRING}: it cannot be read"]),
        (["--about", "--format", SECRET], ["--format", f"it is {STRING} and must be text or json or markdown"]),
        (["--config", "ENV", "--format", "json"], ["--format belongs to --about"]),
        (["--config", "ENV", "--offline"], ["--offline belongs to --discover"]),
        (["--discover", "--test"], ["--discover, --test and --about exclude each other"]),
        (["--config", "ENV", "--catalog", "a", "--properties", "b"], ["--properties is the old name of --catalog"]),
    ],
)
def test_an_option_is_named_and_the_help_with_it(tmp_path: Path, arguments: list[str], expected: list[str]) -> None:
    line = complaint(tmp_path, *arguments)
    for part in [*expected, "check the path" if "it cannot be read" in line else "see tap-intercom --help"]:
        assert part in line


def test_a_log_level_is_named_with_its_shape_and_what_there_is() -> None:
    code, _, stderr = called("--about", environ={"TAP_INTERCOM_LOGLEVEL": SECRET})
    assert code == 0
    level = said(stderr.rstrip("\n"))
    assert (
        level
        == f"WARNING TAP_INTERCOM_LOGLEVEL is {STRING}, not one of DEBUG, INFO, WARNING, ERROR, CRITICAL; INFO is taken"
    )


def test_what_only_intercom_can_know_to_be_wrong_is_named_with_an_example() -> None:
    with pytest.raises(ConfigError) as error:
        proxy_of("https://intercom.test", {"https": f"socks5://{SECRET}"})
    assert f"HTTPS_PROXY is a string of {len(SECRET) + 9} characters" in refusal(error)
    assert "http://proxy.example.com:3128" in refusal(error)
    late = NOW + timedelta(days=400)
    with pytest.raises(ConfigError) as error:
        refuse_a_future_start_date(late, NOW)
    assert "start_date is 2027-02-05T00:00:00.000000Z, later than Intercom's clock" in refusal(error)
    assert '(for example "start_date": "2019-01-01T00:00:00Z")' in refusal(error)
    with pytest.raises(ConfigError) as error:
        bookmark_set_back("users", late, NOW)
    assert "the bookmark of users is 2027-02-05T00:00:00.000000Z" in refusal(error)
    assert "such as 2019-01-01T00:00:00Z, or remove it to read users again from start_date" in refusal(error)
    datasets = read_datasets(b'{"data": [{"id": "ticket", "attributes": []}, {"id": "call", "attributes": []}]}').data
    for names, found in (((SECRET,), f"names {STRING}"), (("tickets",), "names tickets"), ((), "is not set")):
        with pytest.raises(ConfigError) as error:
            select_datasets(datasets, names, "reporting_exports")
        assert f"reporting_exports: reporting_datasets {found}" in refusal(error)
        assert '(for example "reporting_datasets": ["ticket","call"])' in refusal(error)
    stream = next(stream for stream in streams_of("2.16") if stream.name == "custom_object_instances")
    (shape,) = (shape for shape in stream.full_read if isinstance(shape, NamedListsPaginator))
    with pytest.raises(ConfigError) as error:
        shape.first(TimeRange(start=NOW, now=NOW))
    assert "custom_object_types is not set" in refusal(error)
    assert '(for example "custom_object_types": ["Order"])' in refusal(error)
    unknown = explain(Refused(Reason.GONE, 404, "not_found", "`Moon` not found", None), stream)
    assert isinstance(unknown, ConfigError)
    assert '`Moon` not found; correct custom_object_types (for example "custom_object_types": ["Order"])' in str(
        unknown
    )
