"""The doors through which input comes that nobody vouches for, each as a property of one value.

A door takes any value of its strategy and returns; whatever it raises is a bug. `tests/properties/test_fuzz.py` and
`scripts/fuzz.py` knock at them.
"""

import asyncio
import contextlib
import gzip
import io
import json
import logging
import re
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st
from yarl import URL

from scripted_server import ScriptedServer, raw
from tap_intercom.api.client import Client
from tap_intercom.api.rate_limit import read_quota_headers
from tap_intercom.api.responses import date_of, interpret
from tap_intercom.api.retry import RetryPolicy
from tap_intercom.api.types import InvalidBody, Refused, Request, RetryLater
from tap_intercom.api.url import proxy_of, url_of
from tap_intercom.cli.main import run
from tap_intercom.config.config import Config, configure
from tap_intercom.config.files import read_object
from tap_intercom.config.settings import SETTINGS
from tap_intercom.discovery.discover import UNREADABLE_ERRORS
from tap_intercom.discovery.samples import extended_schema, sample_of
from tap_intercom.discovery.workspace_attributes import with_attributes
from tap_intercom.errors import ConfigError, ContractError, Unavailable
from tap_intercom.exports.csv_rows import CsvReader
from tap_intercom.exports.job import ExportPeriod as Order
from tap_intercom.exports.job import read_job
from tap_intercom.exports.reporting_datasets import read_app, read_datasets
from tap_intercom.observability.log import Log
from tap_intercom.pagination.model import PageChain, PaginatorUnsuitable, TimeRange
from tap_intercom.pagination.page_numbers import NamedListsPaginator
from tap_intercom.records.nested_reader import NestedReader
from tap_intercom.records.reader import Reader
from tap_intercom.records.retyping import schema_for_reading
from tap_intercom.singer.catalog import describe_stream, describe_streams
from tap_intercom.singer.selection import select_streams, unsupported_streams
from tap_intercom.singer.state import State
from tap_intercom.streams.model import Layout, Stream
from tap_intercom.streams.table import load_schema, streams_of, streams_with_bookmark, v1_streams_on_v2
from tap_intercom.sync.start import bookmark_set_back, refuse_a_future_start_date, start_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "dG9rOmRvb3JzOjQyZmFiMTdjX2U1XzRjYjJfYTk2ZV9kNDE3OjE6MA=="  # noqa: S105 - of nobody's
# In no configuration: nothing can know it for a secret.
STRANGER = "xoxb17653672481+k9Jw/ZmR4eQ_hT0pLsVnB3yUcFdXaG5i="
MOMENTS = [
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2019-02-29",
    "2026-01-01T00:00:00.000000+14:00",
    "-1",
    "1e3",
]
ODD_TEXTS = ["", "null", "\x00", "\u2028", "\r\n", "😀", "\udcff", "../..", "http://[", "1" * 5000, *MOMENTS]
texts = st.text(max_size=20) | st.sampled_from(ODD_TEXTS)
sound_texts = texts.filter(lambda text: text.isprintable() or not re.search(r"[\ud800-\udfff]", text))
numbers = st.integers() | st.floats() | st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**30, 253402300800])
values = st.recursive(
    st.none() | st.booleans() | numbers | sound_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(sound_texts, inner, max_size=3),
    max_leaves=6,
)
ALL_STREAMS = {
    (version, stream.name): stream
    for version, streams in (
        ("1.4", streams_of("1.4")),
        ("2.16", streams_of("2.16")),
        ("1.4 from 2.16", v1_streams_on_v2("2.16")),
    )
    for stream in streams
}


@st.composite
def mutated(draw: st.DrawFn, sound: Any, most: int = 3) -> Any:
    """Draw what a sound value becomes when some places in it are replaced, removed or doubled."""
    value = deepcopy(sound)
    for _ in range(draw(st.integers(0, most))):
        holder: Any = [value]
        place: Any = 0
        while isinstance(holder[place], dict | list) and holder[place] and draw(st.booleans() | st.just(value=True)):
            holder = holder[place]
            place = draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder))))
        match draw(st.sampled_from(["replace", "replace", "remove", "double"])):
            case "remove" if holder[place] is not value:
                del holder[place]
            case "double" if isinstance(holder, list) and holder[place] is not value:
                holder.append(deepcopy(holder[place]))
            case "double" if isinstance(holder, dict):
                holder[draw(sound_texts)] = deepcopy(holder[place])
            case _:
                changed = draw(values)
                value, holder[place] = (changed if holder[place] is value else value), changed
    return value


@st.composite
def written(draw: st.DrawFn, sound: st.SearchStrategy[Any]) -> bytes:
    """Draw the bytes of a value as JSON, with some of them spoilt, or nested without end."""
    data = bytearray(json.dumps(draw(sound)).encode())
    if draw(st.integers(0, 9)) == 9:
        opening, closing = draw(st.sampled_from([(b"[", b"]"), (b'{"a":', b"}"), (b'{"data":[', b"]}")]))
        depth = draw(st.sampled_from([90, 500, 1100, 50_000]))
        deep = opening * depth + b"1" + closing * depth
        places = [place for place, byte in enumerate(data) if byte in b"{["]
        if not places:
            return deep
        place = draw(st.sampled_from(places)) + 1
        named = b'"stranger":' if data[place - 1 : place] == b"{" else b""
        data[place:place] = named + deep + (b"" if data[place : place + 1] in (b"}", b"]") else b",")
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)


def judge(error: Exception) -> None:
    """Check that an error says something of bounded length, in one line of the log, and no secret is in it."""
    said = str(error)
    stream = io.StringIO()
    Log(stream).warning("%s", said)
    assert stream.getvalue().count("\n") == 1
    assert 0 < len(said) < 8000
    assert SECRET[:12] not in said


@contextlib.contextmanager
def file_of(data: bytes) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.json"
        path.write_bytes(data)
        yield str(path)


def called(*arguments: str, environ: Mapping[str, str]) -> tuple[int, str, str]:
    """Run the command in this process; give its exit code, stdout and stderr."""
    hook, root, stderr = sys.excepthook, list(logging.root.handlers), io.StringIO()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as stdout:
        try:
            with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
                code = run(arguments, environ)
        finally:
            sys.excepthook, logging.root.handlers[:] = hook, root
        stdout.seek(0)
        return code, stdout.read(), stderr.getvalue()


def judge_call(code: int, stdout: str, stderr: str) -> None:
    """Check that a call gave a whole document, or one line that says what is wrong."""
    assert code in {0, 2}
    lines = stderr.splitlines()
    assert all(re.match(r"(WARNING|CRITICAL) ", line) and line.isprintable() for line in lines), lines
    assert SECRET[:12] not in stdout + stderr
    if code:
        assert stdout == ""
        assert lines[-1].startswith("CRITICAL ")
    else:
        assert json.loads(stdout)["streams"]


SETTING = st.one_of(values, sound_texts, numbers, st.sampled_from([setting.example for setting in SETTINGS]))
CONFIGURATIONS = st.fixed_dictionaries(
    {"access_token": st.just(SECRET) | SETTING, "start_date": st.just("2019-01-01") | SETTING},
    optional={setting.name: SETTING for setting in SETTINGS if not setting.required}
    | {"stranger": values, SECRET: values},
)


def configuration(settings: dict[str, Any]) -> None:
    """The settings, whatever stands in them."""
    try:
        assert isinstance(configure(settings), Config)
    except ConfigError as error:
        judge(error)
        complaints = str(error)
    else:
        return
    named = [name for name in settings if f"{name} is " in complaints]
    assert named
    assert all(f'(for example "{name}": ' in complaints for name in named)


def configuration_file(data: bytes) -> None:
    """The file given with --config, whatever bytes it holds."""
    with file_of(data) as path:
        judge_call(*called("--config", path, "--discover", "--offline", environ={}))


VARIABLES = st.dictionaries(
    st.sampled_from([*(setting.variable for setting in SETTINGS), "TAP_INTERCOM_LOGLEVEL"]),
    texts | st.sampled_from([str(setting.example) for setting in SETTINGS]),
)


def environment(variables: dict[str, str]) -> None:
    """The variables of the environment; bytes that are no text arrive as half surrogates."""
    environ = {"TAP_INTERCOM_START_DATE": "2019-01-01", "TAP_INTERCOM_ACCESS_TOKEN": SECRET, **variables}
    judge_call(*called("--config", "ENV", "--discover", "--offline", environ=environ))


WORDS = [
    *(f"{begin}{end}" for begin in ("--config", "--catalog", "--state", "--properties") for end in ("", "=", "=ENV")),
    *("-c", "-d", "-p", "-s", "-", "--", "--help", "--version", "--discover", "--offline", "--test", "--about"),
    *("--format", "json", "markdown", "ENV", "config", "catalog", "state", "nowhere", SECRET),
    *(
        f"{begin}{STRANGER}"
        for begin in ("", "-", "--", "-c", "-s", "--config=", "--catalog=", "--format=", "--quiet=")
    ),
]
# Nobody answers there.
SETTLED = {"access_token": SECRET, "start_date": "2019-01-01", "base_url": "http://127.0.0.1:9", "retry_timeout": "0"}


def command_line(arguments: list[str]) -> None:
    """The words after the command; some of them are files that are there."""
    with tempfile.TemporaryDirectory() as folder:
        files = {"config": SETTLED, "catalog": sound_catalog("1.4"), "state": SOUND_STATE}
        for name, content in files.items():
            (Path(folder) / name).write_text(json.dumps(content))
        words = [str(Path(folder) / word) if word in files else word for word in arguments]
        environ = {f"TAP_INTERCOM_{name.upper()}": value for name, value in SETTLED.items()}
        code, stdout, stderr = called(*words, environ=environ)
    assert code in {0, 2, 5}
    assert "Traceback" not in stderr
    assert all(re.match(r"(INFO|WARNING|ERROR|CRITICAL) ", line) and line.isprintable() for line in stderr.splitlines())
    assert SECRET[:12] not in stdout + stderr
    assert STRANGER[:12] not in stdout + stderr
    assert stdout == "" or stdout.endswith("\n")
    if code == 2:
        assert (stdout, stderr.splitlines()[-1][:9]) == ("", "CRITICAL ")


def proxies(text: str) -> None:
    """The variable that names the proxy."""
    try:
        found = proxy_of("https://intercom.test", {"https": text})
    except ConfigError as error:
        judge(error)
        return
    if found is not None:
        assert URL(found).host


@cache
def sound_catalog(version: str) -> dict[str, Any]:
    """Give a small catalog, with a nested stream, one without a bookmark, and one of children that lie in children."""
    names = {"tags", "segments", "teams", "contact_tags", "part_attachments"}
    catalog: dict[str, Any] = describe_streams([stream for stream in streams_of(version) if stream.name in names])
    teams = next(entry for entry in catalog["streams"] if entry["stream"] == "teams")
    nested = {"type": ["null", "object"], "properties": {"a-b": {"type": "string"}, "x": {"anyOf": [{"type": "null"}]}}}
    teams["schema"]["properties"]["more"] = {"type": "array", "items": nested}
    return catalog


def catalog(of: tuple[str, Any]) -> None:
    """The catalog: what it makes of a stream is a reader that reads, and a schema that can be written."""
    version, given = of
    with file_of(json.dumps(given).encode()) as path:
        try:
            found = read_object(path, "catalog")
            choices = select_streams(found, streams_of(version))
            assert all(isinstance(name, str) for name, _ in unsupported_streams(found))
        except ConfigError as error:
            judge(error)
            return
    for choice in choices:
        schema = schema_for_reading(choice.stream, load_schema(choice.stream.schema_name), choice.full_schema)
        reader = reader_of(layout_of(choice.stream), schema, choice.unselected)
        lines_of(reader.read(sample(choice.stream)).records)
        assert msgspec.json.decode(msgspec.json.encode(choice.schema))


SOUND_STATE = {
    "currently_syncing": "users",
    "bookmarks": {
        "users": "2019-09-27T22:34:39.000000Z",
        "companies": {"updated_at": "2019-09-27"},
        "x": 1,
        "segments_of_companies": "2019-09-27T22:34:39.000000Z",
        "contacts": {"replication_key": "updated_at", "replication_key_value": "2019-09-27T22:34:39+00:00"},
        "tickets": {"replication_key": "updated_at", "replication_key_value": 1569623679, "progress_markers": {}},
        "tags": {},
        "reporting_exports": {"conversation": "2019-09-27T22:34:39.000000Z", "ticket": None},
    },
}
PLACES = {stream.name: stream.bookmark_name for stream in ALL_STREAMS.values() if stream.bookmark_name}
BOOKMARKED = streams_with_bookmark(ALL_STREAMS.values())
FIELDS = {row.name: row.replication_key or "updated_at" for row in ALL_STREAMS.values() if row.name in BOOKMARKED}
CONFIG = Config(access_token=SECRET, start_date=datetime(1, 1, 1, tzinfo=UTC), lookback_window=3_155_760_000)


def state(data: bytes) -> None:
    """The state: what is understood can be written again, and leads to requests."""
    try:
        with file_of(data) as path:
            given = State(read_object(path, "state"), FIELDS, PLACES)
        floors = {key: floor(stream, given) for key, stream in ALL_STREAMS.items()}
        known = {part: given.bookmark("reporting_exports", part) for part in ("conversation", "")}
    except ConfigError as error:
        judge(error)
        return
    assert b"\n" not in msgspec.json.encode(given.value())
    told = " ".join(given.warnings({"reporting_exports"}, ("tags",)))
    for name in FIELDS:
        stored = given.value()["bookmarks"].get(PLACES.get(name, name))
        is_read = isinstance(stored, dict) if name == "reporting_exports" else given.bookmark(name) is not None
        says_nothing = stored is None or (isinstance(stored, dict) and all(value is None for value in stored.values()))
        assert is_read or says_nothing or name in told
    given.advance("users", NOW)
    for part, moment in known.items():
        assert given.advance("reporting_exports", NOW, part) is (moment is None or moment < NOW)
    again = State(msgspec.json.decode(msgspec.json.encode(given.value())), FIELDS, PLACES)
    assert again.bookmark("users") == given.bookmark("users")
    assert (again.bookmark("reporting_exports", "") or NOW) >= NOW
    for key, moment in floors.items():
        for shape in chains_of(ALL_STREAMS[key]):
            asked(shape, TimeRange(start=moment, now=NOW))


def floor(stream: Stream, given: State) -> datetime:
    """Say from where a stream is read, and see that its exports could be ordered from there."""
    bookmark = given.bookmark(stream.name)
    moment = start_of(stream, bookmark_set_back(stream.name, bookmark, NOW) or bookmark, CONFIG)
    refuse_a_future_start_date(moment, NOW)
    return moment


def asked(shape: PageChain, window: TimeRange) -> None:
    url_of("https://intercom.test", shape.first(window).request)


def reader_of(layout: Layout, schema: Mapping[str, Any], unselected: Any = ()) -> Reader:
    if layout.inner is not None:
        return NestedReader(layout, layout.inner, schema, unselected)
    return Reader(layout, schema, unselected)


def lines_of(records: list[Any]) -> None:
    """Check that each record is one line of JSON."""
    lines = msgspec.json.Encoder().encode_lines(records).split(b"\n")
    assert len(lines) == len(records) + 1
    for line in lines[:-1]:
        assert msgspec.json.decode(line) is not None


def answer_of(stream: Stream) -> Any:
    """Make a sound answer of a stream: two records, and all that ever stood around some."""
    layout = layout_of(stream)
    record = {"id": "1", "name": "a", "updated_at": 1_600_000_000, **dict.fromkeys(stream.key, "1")}
    records: Any = (
        ["1", 2] if layout.value_field else [record, {**record, stream.key[0]: "2", "created_at": "2020-01-01"}]
    )
    if layout.inner is not None:
        inner: Any = records
        for step in reversed(layout.inner.records_at):
            inner = {step.split("|")[0]: inner}
        records = [{"id": "1", **inner}]
    for key in reversed(layout.records_at):
        records = {key.split("|")[0]: records}
    if isinstance(records, list):
        return records[0]
    following = {"page": 2, "starting_after": "WzE2MDAwMDAwMDAwMDAsMV0="}
    around = {
        "type": "list",
        "pages": {"type": "pages", "page": 1, "per_page": 2, "total_pages": 9, "next": following},
        "scroll_param": "25b649f7",
        "next_cursor": "abc",
        "total_count": 99,
    }
    return {**around, **records}


def sample(stream: Stream) -> bytes:
    return json.dumps(answer_of(stream)).encode()


@st.composite
def bodies(draw: st.DrawFn) -> tuple[tuple[str, str], bytes]:
    """Draw a stream and the body of an answer to it."""
    key = draw(st.sampled_from(sorted(ALL_STREAMS)))
    sound = answer_of(ALL_STREAMS[key])
    links = ["https://elsewhere.test/?page=2", "http://[", "/tags?page=2", 7, {"page": 2}, {"starting_after": ""}]
    if isinstance(sound, dict) and "pages" in sound and draw(st.booleans()):
        sound["pages"]["next"] = draw(st.sampled_from(links))
    return key, draw(st.binary(max_size=30) | written(mutated(sound)))


@cache
def reader_for(key: tuple[str, str]) -> tuple[Layout, dict[str, Any]]:
    stream = ALL_STREAMS[key]
    return layout_of(stream), load_schema(stream.schema_name)


def layout_of(stream: Stream) -> Layout:
    """Say where a stream's records lie in the answers that it is read from."""
    if stream.parent:
        return stream.detail.layout if stream.detail else stream.inline or stream.layout
    return stream.layout


def chains_of(stream: Stream) -> Iterable[PageChain]:
    """Give the ways from page to page."""
    if stream.parent and stream.detail:
        detail = stream.detail
        return [detail.paginator(path=detail.path.replace("{id}", "1"), query=detail.query)]
    named = {"names": ("Book", "../..")}
    shapes = stream.incremental_read or stream.full_read
    return [
        msgspec.structs.replace(shape, **named) if isinstance(shape, NamedListsPaginator) else shape for shape in shapes
    ]


def body(answer: tuple[tuple[str, str], bytes]) -> None:
    """The body of an answer: records that can be written and the way to the next page, or a refusal that has a name."""
    key, data = answer
    stream = ALL_STREAMS[key]
    reader = reader_of(*reader_for(key))
    window = TimeRange(start=datetime(2015, 1, 1, tzinfo=UTC), now=NOW)
    for shape in chains_of(stream):
        step = shape.first(window)
        try:
            page = reader.read(data)
            turn = shape.after(step, page, NOW)
            if turn.next is not None:
                assert turn.next != step
                assert url_of("https://intercom.test", turn.next.request).startswith("https://intercom.test/")
        except (ContractError, Refused, PaginatorUnsuitable) as error:
            judge(error)
        except InvalidBody:
            continue
        else:
            lines_of(page.records)


ATTRIBUTE = {
    "name": "a",
    "full_name": "custom_attributes.a",
    "label": "A",
    "description": "What it is",
    "data_type": "string",
    "options": [{"value": "x"}],
    "archived": False,
    "custom": True,
}
MODERN = sorted(key for key in ALL_STREAMS if key[0] == "2.16")


@st.composite
def discoveries(draw: st.DrawFn) -> tuple[tuple[str, str], bytes, bytes]:
    """Draw a stream, the body of an answer to it, and one that tells the attributes of the workspace."""
    key = draw(st.sampled_from(MODERN))
    attributes = {"data": [ATTRIBUTE, {**ATTRIBUTE, "name": "b", "data_type": "integer"}]}
    return key, draw(written(mutated(answer_of(ALL_STREAMS[key]), 5))), draw(written(mutated(attributes, 4)))


def discovery(given: tuple[tuple[str, str], bytes, bytes]) -> None:
    """What discovery makes of answers: an entry of a catalog that selection and reading understand."""
    key, data, attributes = given
    stream = ALL_STREAMS[key]
    parent = ALL_STREAMS.get((key[0], stream.parent or ""), stream)
    layout, schema = reader_for(key)
    try:
        extension, _ = extended_schema(sample_of(stream, parent, schema, data))
    except UNREADABLE_ERRORS as error:
        judge(error)
        return
    for holder, source in stream.attribute_streams.items():
        told = ALL_STREAMS[key[0], source]
        with contextlib.suppress(*UNREADABLE_ERRORS):
            rows = sample_of(told, told, load_schema(told.schema_name), attributes).rows
            extension = with_attributes(extension, holder, rows)
    entry = msgspec.json.decode(msgspec.json.encode(describe_stream(stream, extension)))
    for choice in select_streams({"streams": [entry]}, [stream]):
        with contextlib.suppress(InvalidBody, ContractError):
            lines_of(reader_of(layout, choice.full_schema).read(data).records)


HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("Date", "Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
            *("X-Request-Id", "Content-Type", "Link", "Location"),
        ]
    ),
    texts
    | st.integers().map(str)
    | st.floats().map(str)
    | st.sampled_from(
        [
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Mon, 01 Jan 0001 00:00:00 +2359",
            "Thu, 01 Jan 1970 00:00:00 -9999",
            "Tue, 24 Nov 2026 17:00:00 GMT",
            " ",
            ",",
            "text/html; charset=utf-7",
            "application/json; charset=none",
            '<https://elsewhere.test/contacts/1>; rel="merged"',
        ]
    ),
)
REFUSAL = {"type": "error.list", "request_id": "abc", "errors": [{"code": "not_found", "message": "No such thing"}]}
ANSWERS = st.tuples(
    st.integers(100, 999),
    HEADERS,
    st.binary(max_size=30) | written(mutated(REFUSAL) | values),
    st.sampled_from([None, "text/plain", "application/octet-stream"]),
)


def answer(given: tuple[int, dict[str, str], bytes, str | None]) -> None:
    """An answer: its status, its headers and what it says in refusing."""
    status, headers, data, accept = given
    local = NOW
    now = date_of(headers) or local
    reading = read_quota_headers(headers, now.timestamp())
    assert reading is None or 0 <= reading.remaining <= reading.limit
    try:
        outcome = interpret(status, headers, data, now, Request(path="/companies/scroll", accept=accept))
    except Refused as refused:
        said = f"{refused} {refused.request_id}"
    else:
        if isinstance(outcome, bytes):
            assert accept or outcome.startswith((b"{", b"["))
            return
        assert isinstance(outcome, RetryLater)
        assert outcome.until is None or 0 <= (outcome.until - now).total_seconds() <= 300
        said = f"{outcome.reason} {outcome.request_id}"
    assert said.isprintable()
    assert len(said) < 1000


FRAMES = [
    ("Content-Encoding", ["gzip", "deflate", "br", "zstd", "identity", "gzip, gzip", "x-gzip", "none", ""]),
    ("Transfer-Encoding", ["chunked", "gzip, chunked", "identity", "none"]),
    ("Content-Length", ["0", "1", "7", "-1", "+7", "1e3", "99999999999999999999", "7, 7", ""]),
    ("Content-Type", ["text/html", "application/json; charset=utf-16", "multipart/form-data", "/"]),
    ("Connection", ["close", "keep-alive", "upgrade"]),
    ("Location", ["https://elsewhere.test/", "/tags", "//", "http://["]),
    ("Link", ["<https://elsewhere.test/>; rel=next", "<", ";"]),
    ("Set-Cookie", ["a=b", "=", "a=b; Domain=.test", "\x00"]),
    ("Retry-After", ["1", "-1", "Fri, 31 Dec 9999 23:59:59 GMT"]),
    ("X-RateLimit-Remaining", ["0", "-1"]),
    ("X-Padding", ["x" * 10_000]),
]


@st.composite
def exchanges(draw: st.DrawFn) -> tuple[bool, bytes]:
    """Draw whether a file is fetched, and the bytes of an answer: a sound one, packed and spoilt in some places."""
    tags = ALL_STREAMS["2.16", "tags"]
    content = draw(written(mutated(answer_of(tags), 2)))
    content = draw(st.sampled_from([bytes, gzip.compress, zlib.compress, chunked]))(content)
    status = draw(st.sampled_from([200, 200, 200, 200, 201, 204, 301, 401, 404, 410, 429, 500, 503, 100, 101]))
    framing = draw(st.lists(st.sampled_from(FRAMES), max_size=3))
    headers = [(name, draw(st.sampled_from(kinds))) for name, kinds in framing]
    if draw(st.booleans()):
        headers.append(("Content-Length", str(len(content))))
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers), "", ""]
    data = bytearray("\r\n".join(lines).encode() + content)
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return draw(st.booleans()), bytes(data)


def chunked(content: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (content[:9], content[9:], b""))


class Pieces:
    """Takes a file."""

    async def take(self, piece: bytes) -> None:
        assert piece

    async def finish(self) -> None:
        pass


def exchange(given: tuple[bool, bytes]) -> None:
    """What comes over the network, down to the bytes: an answer or a failure that has a name, for one request."""
    fetched, data = given
    asyncio.run(exchanged(data, fetched=fetched))


async def exchanged(data: bytes, *, fetched: bool) -> None:
    reader = reader_of(*reader_for(("2.16", "tags")))
    config = Config(access_token=SECRET, start_date=NOW, request_timeout=5, retry_timeout=0)
    async with ScriptedServer(then=raw(data)) as server:
        retry_policy = RetryPolicy(seconds=0, max_throttled=1)
        async with Client(msgspec.structs.replace(config, base_url=server.url), retry_policy=retry_policy) as client:
            try:
                if fetched:
                    await client.fetch(Request(path="/tags"), Pieces)
                else:
                    lines_of((await client.ask(Request(path="/tags"), reader.read)).value.records)
            except (Refused, Unavailable, ContractError) as error:
                judge(error)
        assert len(server.journal) == 1


def export(pieces: list[bytes]) -> None:
    """The file of an export, in the pieces in which it comes."""
    sheet = CsvReader()
    try:
        for piece in pieces:
            for rows in sheet.take(piece):
                assert all(rows)
        sheet.finish()
    except (InvalidBody, ContractError) as error:
        judge(error)


def job(data: bytes) -> None:
    """What Intercom says of a job: it leads to its file, and nowhere else. So do the datasets of reports."""
    for read in (read_app, read_datasets):
        try:
            read(data)
        except (InvalidBody, ContractError) as error:
            judge(error)
    exports = [stream.export for stream in ALL_STREAMS.values() if stream.export]
    try:
        found = read_job(data)
        assert found.job_status
    except (InvalidBody, ContractError) as error:
        judge(error)
        return
    for export in exports:
        export.order_request(Order(NOW, NOW), {})
        for request in (export.status_request(found.job_identifier), export.file_request(found.job_identifier)):
            with contextlib.suppress(Refused):
                assert url_of("https://intercom.test", request).startswith("https://intercom.test/")


def line(given: tuple[str, str]) -> None:
    """What is logged: one line, and no secret nor much of one in it."""
    said, secret = given
    stream = io.StringIO()
    log = Log(stream)
    log.hide(secret)
    for shown in (secret, secret[:16], f"{secret}{secret}"):
        log.warning("%s%s", said, shown)
    lines = stream.getvalue().split("\n")
    assert len(lines) == 4
    assert all(shown.isprintable() for shown in lines)
    assert not any(secret[:12] in shown for shown in lines)


Door = Callable[[Any], None]
TARGETS: dict[str, tuple[Door, st.SearchStrategy[Any]]] = {
    "configuration": (configuration, CONFIGURATIONS),
    "configuration file": (configuration_file, st.binary(max_size=30) | written(CONFIGURATIONS | values)),
    "environment": (environment, VARIABLES),
    "proxy": (proxies, texts | texts.map("http://".__add__) | texts.map("http://user:password@proxy:".__add__)),
    "command line": (command_line, st.lists(st.sampled_from(WORDS) | sound_texts, max_size=6)),
    "catalog": (
        catalog,
        st.sampled_from(["1.4", "2.16"]).flatmap(
            lambda version: st.tuples(st.just(version), mutated(sound_catalog(version), 4))
        ),
    ),
    "state": (state, st.binary(max_size=30) | written(mutated(SOUND_STATE, 4) | values)),
    "body": (body, bodies()),
    "discovery": (discovery, discoveries()),
    "answer": (answer, ANSWERS),
    "exchange": (exchange, exchanges()),
    "export": (export, st.lists(st.binary(max_size=12) | st.sampled_from([b'a,b\n"', b"\x1f\x8b", b"PK\x03\x04"]))),
    "job": (job, st.binary(max_size=30) | written(mutated({"job_identifier": "abc-1", "status": "completed"}))),
    "log": (line, st.tuples(texts, st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=16))),
}
