"""The configuration is checked at the door."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from rich.pretty import pretty_repr

from tap_intercom.config.config import (
    Config,
    configure,
    from_environment,
    override,
    unknown_settings,
    unknown_variables,
    with_short_timeouts,
)
from tap_intercom.config.nested_parsers import BatchConfig
from tap_intercom.config.settings import SETTINGS
from tap_intercom.errors import ConfigError

LEAST = {"access_token": "dG9rOjEyMzQ1Njc4OTA=", "start_date": "2019-01-01T00:00:00Z"}


def configured(**settings: Any) -> Config:
    return configure({**LEAST, **settings})


def complaint(**settings: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        configured(**settings)
    return str(caught.value)


def test_the_documented_configuration_works_unchanged() -> None:
    config = configure(
        {
            "access_token": "YOUR_API_ACCESS_TOKEN",
            "start_date": "2019-01-01T00:00:00Z",
            "request_timeout": 300,
            "user_agent": "tap-intercom <api_user_email@your_company.com>",
        }
    )
    assert config.access_token == "YOUR_API_ACCESS_TOKEN"  # noqa: S105 - an example
    assert config.start_date == datetime(2019, 1, 1, tzinfo=UTC)
    assert config.request_timeout == 300.0
    assert config.user_agent == "tap-intercom <api_user_email@your_company.com>"


def test_what_is_not_set_has_its_default() -> None:
    config = configured()
    assert config.request_timeout == 300.0
    assert config.user_agent.startswith("tap-intercom/")
    assert config.api_version is None
    assert config.base_url == "https://api.intercom.io"
    assert config.max_concurrency == 64
    assert config.quota_share == 0.9
    assert config.lookback_window is None
    assert config.activate_version is False


@pytest.mark.parametrize("setting", [setting for setting in SETTINGS if not setting.required], ids=lambda s: s.name)
@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_an_empty_string_mean_the_default_of_an_optional_setting(setting: Any, nothing: object) -> None:
    assert configured(**{setting.name: nothing}) == configured()


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_example_and_default_is_a_valid_value(setting: Any) -> None:
    configured(**{setting.name: setting.example})
    # That a version is not set is a fact of its own.
    if setting.default is not None and setting.name != "api_version":
        assert configured(**{setting.name: setting.default}) == configured()


@pytest.mark.parametrize("shown", [repr, str, pretty_repr, "{}".format])
def test_no_representation_of_the_configuration_shows_the_token(shown: Any) -> None:
    text = shown(configured())
    assert LEAST["access_token"] not in text
    assert "max_concurrency=64" in text


def test_the_token_may_have_whitespace_around_it_as_a_file_may_end_with_a_line_break() -> None:
    assert configured(access_token="tok\n").access_token == "tok"  # noqa: S105, S106 - an example


@pytest.mark.parametrize(
    "token", ["Bearer secretive", "secretive\ttoken", "secretive\x00", "secretivé", 5551234, ["secretive"]]
)
def test_a_token_that_cannot_be_one_is_refused_without_showing_it(token: object) -> None:
    message = complaint(access_token=token)
    assert "access_token is a" in message
    assert "secretiv" not in message
    assert "5551234" not in message


@pytest.mark.parametrize("missing", [{}, {"access_token": None}])
def test_a_missing_token_is_named(missing: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="access_token is missing"):
        configure({"start_date": "2019-01-01T00:00:00Z", **missing})


def test_an_empty_token_is_named() -> None:
    assert "access_token is empty" in complaint(access_token="")
    assert "access_token is a string of 2 characters" in complaint(access_token="  ")  # noqa: S106 - an example


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2019-01-01T00:00:00Z", datetime(2019, 1, 1, tzinfo=UTC)),
        ("2019-01-01t00:00:00z", datetime(2019, 1, 1, tzinfo=UTC)),
        (" 2019-01-01T00:00:00Z\n", datetime(2019, 1, 1, tzinfo=UTC)),
        ("2019-01-01T00:30:00+02:00", datetime(2018, 12, 31, 22, 30, tzinfo=UTC)),
        ("2019-01-01T00:00:00-08:00", datetime(2019, 1, 1, 8, tzinfo=UTC)),
        ("2019-01-01T00:00:00.25Z", datetime(2019, 1, 1, 0, 0, 0, 250000, tzinfo=UTC)),
        ("2019-01-01T00:00:00", datetime(2019, 1, 1, tzinfo=UTC)),
        ("2019-01-01", datetime(2019, 1, 1, tzinfo=UTC)),
    ],
)
def test_start_date_is_read_as_utc(written: str, moment: datetime) -> None:
    start = configured(start_date=written).start_date
    assert start == moment
    assert start.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    [
        "yesterday",
        "01/02/2019",
        "2019-13-01",
        "20190101",
        "1546300800",
        "0001-01-01T00:00:00+05:00",
        1546300800,
        True,
        ["2019"],
        {},
    ],
)
def test_a_start_date_that_is_none_is_refused(written: object) -> None:
    assert "start_date is" in complaint(start_date=written)
    assert "RFC 3339" in complaint(start_date=written)


@pytest.mark.parametrize("written", [0, 0.0, "0", "0.0", "", None])
def test_no_request_timeout_means_the_default_of_five_minutes(written: object) -> None:
    assert configured(request_timeout=written).request_timeout == 300.0


@pytest.mark.parametrize(("written", "seconds"), [(30, 30.0), ("30", 30.0), (0.5, 0.5), ("2.5", 2.5), (" 7 ", 7.0)])
def test_request_timeout_may_be_a_number_or_a_numeric_string(written: object, seconds: float) -> None:
    assert configured(request_timeout=written).request_timeout == seconds


@pytest.mark.parametrize(("written", "seconds"), [(0, 0.0), ("2.5", 2.5), (1e6, 1e6)])
def test_retry_timeout_is_a_number_of_seconds(written: object, seconds: float) -> None:
    assert configured(retry_timeout=written).retry_timeout == seconds


@pytest.mark.parametrize("written", [-1, "soon", True, []])
def test_a_retry_timeout_that_is_no_time_is_refused(written: object) -> None:
    assert "retry_timeout is" in complaint(retry_timeout=written)


def test_a_look_around_gives_up_after_a_minute_or_sooner() -> None:
    assert with_short_timeouts(configured()).retry_timeout == 60.0
    assert with_short_timeouts(configured(retry_timeout=5)).retry_timeout == 5.0


@pytest.mark.parametrize("written", [-1, "-0.5", "soon", True, [5], float("nan"), "inf", 10**400])
def test_a_request_timeout_that_is_no_time_is_refused(written: object) -> None:
    assert "request_timeout is" in complaint(request_timeout=written)


@pytest.mark.parametrize("written", ["two\nlines", "bell\x07", "carriage\r", "   ", 5, ["x"]])
def test_a_user_agent_that_is_no_header_is_refused(written: object) -> None:
    assert "user_agent is" in complaint(user_agent=written)


@pytest.mark.parametrize("written", ["2.6", "2.17", "1.3", 1.4, ["1.4"]])
def test_an_api_version_that_this_release_does_not_know_is_refused_with_those_it_knows(written: object) -> None:
    assert 'must be the string "1.4" or "2.7" or "2.8"' in complaint(api_version=written)


@pytest.mark.parametrize("written", ["1.4", "2.7", "2.11", "2.16"])
def test_an_api_version_is_asked_for_as_it_is_written(written: str) -> None:
    assert configured(api_version=written).api_version == written


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("us", "https://api.intercom.io"),
        ("eu", "https://api.eu.intercom.io"),
        ("AU ", "https://api.au.intercom.io"),
    ],
)
def test_the_region_decides_where_to_ask(region: str, url: str) -> None:
    assert configured(region=region).base_url == url


def test_an_unknown_region_is_refused_with_the_known_ones() -> None:
    assert 'region is the string "uk" and must be the string "us" or "eu" or "au"' in complaint(region="uk")


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://proxy.example.com", "https://proxy.example.com"),
        (" https://proxy.example.com/\n", "https://proxy.example.com"),
        ("https://Proxy.example.com:8443/intercom/", "https://proxy.example.com:8443/intercom"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787"),
        ("http://127.8.9.1:8787/", "http://127.8.9.1:8787"),
        ("http://[::1]:8787", "http://[::1]:8787"),
        ("HTTP://LOCALHOST:8787", "http://localhost:8787"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://my_proxy.a-b.example.com.", "https://my_proxy.a-b.example.com."),
        (f"https://{'a' * 63}.b", f"https://{'a' * 63}.b"),
    ],
)
def test_base_url_may_be_https_or_plain_http_to_this_machine(written: str, url: str) -> None:
    assert configured(base_url=written, region="eu").base_url == url


@pytest.mark.parametrize(
    "written",
    [
        "http://api.intercom.io",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://localhost@example.com",
        "http://localhost\\@example.com",
        "https://user:password@example.com",
        "https://example.com?token=1",
        "https://example.com/#part",
        "https://example.com:99999",
        "https://[::1",
        "https://",
        "https://exa mple.com",
        "https://exam\nple.com",
        "ftp://example.com",
        "example.com",
        "https://a..b",
        "https://.a",
        "https://-a",
        "https://a-.b",
        "https://a.-b.c",
        "https://a..",
        "https://.",
        f"https://{'a' * 64}.b",
        f"https://{'.'.join(['a' * 50] * 6)}",
        "https://[fe80::1%eth0]",
        "https://[::1]x",
        "https://a:b:c",
        5,
    ],
)
def test_a_base_url_that_would_give_the_token_away_or_is_none_is_refused(written: object) -> None:
    message = complaint(base_url=written)
    assert "base_url is" in message
    assert "password@" not in message


@pytest.mark.parametrize(("written", "number"), [(1, 1), (1000, 1000), ("8", 8), (16.0, 16)])
def test_max_concurrency_is_a_whole_number(written: object, number: int) -> None:
    assert configured(max_concurrency=written).max_concurrency == number


@pytest.mark.parametrize("written", [0, 1001, -5, 1.5, "many", True, [1], 10**400])
def test_a_max_concurrency_out_of_range_is_refused(written: object) -> None:
    assert "must be a whole number from 1 to 1000" in complaint(max_concurrency=written)


@pytest.mark.parametrize(("written", "share"), [(1, 1.0), ("0.5", 0.5), (0.01, 0.01)])
def test_quota_share_is_a_part_of_the_whole(written: object, share: float) -> None:
    assert configured(quota_share=written).quota_share == share


@pytest.mark.parametrize("written", [0, -0.1, 1.01, 90, "90%", False])
def test_a_quota_share_that_is_no_part_is_refused(written: object) -> None:
    message = complaint(quota_share=written)
    assert "quota_share is" in message
    assert "must be a" in message


@pytest.mark.parametrize(("written", "seconds"), [(0, 0), (86400, 86400), ("3600", 3600)])
def test_lookback_window_is_in_seconds(written: object, seconds: int) -> None:
    assert configured(lookback_window=written).lookback_window == seconds


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("7d", 604_800), (" 12H ", 43_200), ("30m", 1800), ("007d", 604_800), ("9999d", 863_913_600)],
)
def test_whole_every_is_in_days_hours_or_minutes(written: str, seconds: int) -> None:
    assert configured(whole_every=written).whole_every == seconds


@pytest.mark.parametrize("written", [7, True, "7", "0d", "7 d", "-1d", "1.5d", "7w", "10000d", "\u0667d", ["7d"]])
def test_a_whole_every_that_is_none_is_refused(written: object) -> None:
    assert 'a number of days, hours or minutes, such as "7d", "12h" or "30m"' in complaint(whole_every=written)


def test_versions_are_kept_where_somebody_asks_for_them() -> None:
    assert not configured(relations="whole").keeps_versions
    assert configured(activate_version=True).keeps_versions
    assert configured(whole_every="1d").keeps_versions


@pytest.mark.parametrize("written", [-1, 0.5, "1d", 10**12])
def test_a_lookback_window_that_is_none_is_refused(written: object) -> None:
    assert "lookback_window is" in complaint(lookback_window=written)


def test_everything_that_is_wrong_is_named_in_one_line_that_ends_with_what_to_do() -> None:
    with pytest.raises(ConfigError) as caught:
        configure({"region": "uk", "quota_share": 2, "start_date": None, "base_url": {}})
    message = str(caught.value)
    for name in (
        "access_token is missing",
        "start_date is missing",
        "region is",
        "quota_share is",
        "base_url is an object",
    ):
        assert name in message
    assert '(for example "start_date": "2019-01-01T00:00:00Z")' in message
    assert "\n" not in message
    assert message.endswith("correct the file given with --config, or with --config ENV the TAP_INTERCOM_… variables")


def test_a_long_value_is_described_instead_of_quoted_since_it_may_be_a_secret() -> None:
    assert "region is a string of 40 characters" in complaint(region="x" * 40)


def test_unknown_settings_are_named_and_do_no_harm() -> None:
    settings = {**LEAST, "acces_token": "x", "client_id": 5}
    near = "acces_token (did you mean access_token or access_token_file?)"
    assert unknown_settings(settings) == (near, "client_id")
    assert configure(settings) == configured()


def test_an_unknown_setting_with_a_name_as_long_as_a_token_is_not_named() -> None:
    assert unknown_settings({"x" * 41: "access_token"}) == ("one with a name of 41 characters",)


def test_the_environment_gives_what_is_set_and_not_empty() -> None:
    environ = {
        "TAP_INTERCOM_ACCESS_TOKEN": "tok",
        "TAP_INTERCOM_START_DATE": "2019-01-01",
        "TAP_INTERCOM_MAX_CONCURRENCY": "8",
        "TAP_INTERCOM_REGION": "",
        "TAP_INTERCOM_LOGLEVEL": "DEBUG",
        "HOME": "/root",
    }
    settings = from_environment(environ)
    assert settings == {"access_token": "tok", "start_date": "2019-01-01", "max_concurrency": "8"}
    assert configure(settings).max_concurrency == 8


def test_variables_that_are_no_settings_are_named() -> None:
    environ = {
        "TAP_INTERCOM_START_DATE": "2019-01-01",
        "TAP_INTERCOM_LOGLEVEL": "DEBUG",
        "TAP_INTERCOM_REGOIN": "",
        "TAP_INTERCOM__SELECT": "users",
        "TAP_INTERCOM_APIVERSION": "2.16",
        "TAP_INTERCOM_ACCES_TOKEN": "tok",
        "TAP_INTERCOM_" + "X" * 41: "",
        "TAP_INTERCOM_" + "Y" * 41: "tok",
    }
    others = {"TAP_INTERCOM_LOGLEVEL"}
    unknown = (
        "TAP_INTERCOM_ACCES_TOKEN (did you mean TAP_INTERCOM_ACCESS_TOKEN or TAP_INTERCOM_ACCESS_TOKEN_FILE?)",
        "TAP_INTERCOM_APIVERSION (did you mean TAP_INTERCOM_API_VERSION or TAP_INTERCOM_ACTIVATE_VERSION?)",
        "one with a name of 54 characters",
    )
    assert unknown_variables(environ, others) == unknown


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        configured().max_concurrency = 5  # type: ignore[misc]


def test_the_configuration_has_a_field_for_every_setting_that_is_not_another_way_to_give_one() -> None:
    names = {setting.name for setting in SETTINGS}
    assert names - {"region", "access_token_file"} == {field.name for field in msgspec.structs.fields(Config)}


def test_the_token_of_a_later_source_takes_the_place_of_an_earlier_file() -> None:
    assert override({"access_token_file": "a", "region": "eu"}, {"access_token": "b"}) == {
        "region": "eu",
        "access_token": "b",
    }
    assert override({"access_token": "a"}, {"access_token_file": "b"}) == {"access_token_file": "b"}
    assert override({"access_token": "a"}, {"region": "eu"}) == {"access_token": "a", "region": "eu"}
    assert override({"access_token_file": "a"}, {"access_token": "", "access_token_file": None}) == {
        "access_token_file": None,
        "access_token": "",
    }
    with pytest.raises(ConfigError, match="it has access_token and access_token_file; remove one of them"):
        override({}, {"access_token": "a", "access_token_file": "b"})


@pytest.mark.parametrize(
    ("written", "read"), [(True, True), (False, False), ("true", True), (" False\n", False), (None, False), ("", False)]
)
def test_a_switch_is_on_or_off(written: object, read: bool) -> None:
    assert configured(activate_version=written).activate_version is read


@pytest.mark.parametrize("written", [1, 0, "yes", "on", [True], {}])
def test_anything_else_is_no_switch(written: object) -> None:
    assert "must be true or false" in complaint(activate_version=written)


def test_defaults_are_shown_as_they_are_written() -> None:
    shown = {setting.name: setting.shown_default for setting in SETTINGS}
    assert shown["activate_version"] == "false"
    assert shown["quota_share"] == "0.9"
    assert shown["region"] == "us"
    assert shown["base_url"] == ""


@pytest.mark.parametrize("written", ["report.html", "/var/reports/Intercom.HTML", "x.json", " report.json "])
def test_a_report_has_a_name_that_says_what_is_in_it(written: str) -> None:
    assert configured(report=written).report == written.strip()


@pytest.mark.parametrize(
    "written", ["report", "report.txt", "report.html/", ".html", "reports/.json", "a\x00.html", 5, ["r.json"], True]
)
def test_a_report_with_another_name_is_refused(written: object) -> None:
    said = complaint(report=written)
    assert "must be the path of a file that ends with .html or .json" in said
    assert '"report": "report.html"' in said


@pytest.mark.parametrize("written", [{"users": {"email": None}}, '{"users":{"email":null}}'])
def test_maps_are_an_object_or_its_json(written: object) -> None:
    assert configured(stream_maps=written).stream_maps == {"users": {"email": None}}
    both = {"users": {"__key_properties__": ["id"], "id": "id"}, "tags": None, "teams": "__NULL__"}
    assert configured(stream_maps=both, stream_map_config={"seed": 1}).stream_maps == both


@pytest.mark.parametrize("name", ["batch_config", "stream_maps", "stream_map_config"])
@pytest.mark.parametrize("written", ["users", "[]", 5, ["users"], "[" * 5000])
def test_what_is_no_object_is_refused(name: str, written: object) -> None:
    assert " and must be an object, or a string that holds one as JSON (" in complaint(**{name: written})


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (5, " is the number 5 and must be null or an object of expressions"),
        (["name"], " is a list and must be null or an object of expressions"),
        ({"name": ""}, ".name is empty and must be an expression, or null"),
        ({"name": ["x"]}, ".name is a list and must be an expression, or null"),
        ({"x" * 60: 5}, ".one with a name of 60 characters is the number 5 and must be an expression, or null"),
        ({"__filter__": 5}, ".__filter__ is the number 5 and must be an expression, or null"),
        ({"__key_properties__": "id"}, '.__key_properties__ is the string "id" and must be a list of names'),
        ({"__key_properties__": ["id", 5]}, ".__key_properties__[1] is the number 5 and must be a name"),
        ({"__alias__": None}, ".__alias__ is null and must be a name"),
        ({"__source__": " "}, ".__source__ is blank and must be a name"),
    ],
)
def test_what_is_wrong_in_a_map_is_named(rule: object, said: str) -> None:
    for written in ({"users": rule}, json.dumps({"users": rule})):
        assert f"stream_maps.users{said} (for example " in complaint(stream_maps=written)


@pytest.mark.parametrize("name", ["reporting_datasets", "custom_object_types"])
@pytest.mark.parametrize(
    ("written", "said"),
    [
        (5, " is the number 5 and must be a list of names, or a string with commas between them"),
        (["a", 5], "[1] is the number 5 and must be a name"),
        (["a", ""], "[1] is empty and must be a name"),
        ("a,,b", "[1] is empty and must be a name"),
        (" ", "[0] is blank and must be a name"),
        ([["a"]], "[0] is a list and must be a name"),
    ],
)
def test_what_is_wrong_in_a_list_is_named(name: str, written: object, said: str) -> None:
    assert f"{name}{said} (for example " in complaint(**{name: written})


BATCHES = {"encoding": {"format": "jsonl", "compression": "gzip"}, "storage": {"root": "file:///files"}}


@pytest.mark.parametrize(
    ("storage", "more", "batches"),
    [
        ({"root": "file:///files"}, {}, BatchConfig(root="/files")),
        ({"root": "/files", "prefix": "b-"}, {"batch_size": 5}, BatchConfig(root="/files", prefix="b-", size=5)),
    ],
)
def test_files_of_records_have_a_folder_a_prefix_and_a_size(
    storage: dict[str, str], more: dict[str, int], batches: BatchConfig
) -> None:
    assert configured(batch_config={**BATCHES, "storage": storage, **more}).batch_config == batches


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"storage": {"root": "s3://bucket"}},
            '.storage.root is the string "s3://bucket" and must be the whole path of a',
        ),
        ({"storage": {"root": "files"}}, '.storage.root is the string "files" and must be the whole path of a folder'),
        ({"storage": {}}, ".storage.root is missing and must be the whole path of a folder of this machine"),
        ({"storage": "/files"}, '.storage is the string "/files" and must be an object with root, prefix'),
        (
            {"storage": {"root": "/files", "prefix": "a/b"}},
            '.storage.prefix is the string "a/b" and must be the beginning of a file\'s name, without /',
        ),
        (
            {"encoding": {"format": "parquet"}},
            '.encoding.format is the string "parquet" and must be the string "jsonl"',
        ),
        ({"encoding": {"compression": "gzip"}}, '.encoding.format is missing and must be the string "jsonl"'),
        (
            {"encoding": {"format": "jsonl", "compression": "none"}},
            '.encoding.compression is the string "none" and must be the string "gzip"',
        ),
        (
            {"encoding": {"format": "jsonl", "compression": None}},
            '.encoding.compression is null and must be the string "gzip"',
        ),
        ({"encoding": None}, ".encoding is null and must be an object with format, compression"),
        ({"batch_size": 0}, ".batch_size is the number 0 and must be a whole number from 1 to 1000000000"),
        (
            {"size": 5},
            ".size is the number 5 and must be left out: it is none of encoding, storage, batch_size",
        ),
    ],
)
def test_what_is_wrong_about_files_is_named(wrong: dict[str, Any], said: str) -> None:
    assert f"batch_config{said}" in complaint(batch_config={**BATCHES, **wrong})


def test_an_encoding_is_compressed_where_it_does_not_say() -> None:
    written = {"encoding": {"format": "jsonl"}, "storage": {"root": "/files"}}
    assert configured(batch_config=written).batch_config == BatchConfig(root="/files")


def test_versions_and_files_exclude_each_other() -> None:
    said = complaint(batch_config=BATCHES, activate_version=True)
    assert "batch_config has no place for the versions of activate_version; remove one of them" in said
