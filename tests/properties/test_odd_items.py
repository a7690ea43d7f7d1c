"""One odd item in any list of any answer costs itself: all else comes, and the log names the list."""

import gzip
import itertools
import json
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from conftest import Output, Simulator, Tap
from full_sync import whole
from record_checks_v2 import identity
from recording_proxy import relayed
from tap_intercom.exports.csv_rows import GZIP
from tap_intercom.pagination.model import Paginator
from tap_intercom.pagination.search import SearchPaginator
from tap_intercom.streams.model import Layout, Stream
from tap_intercom.streams.table import is_v2, streams_of

Pattern = tuple[str, str]  # the path of a request, with {id} for ids, and the place of a list in its answer

NOTHING: list[Any] = [None, True, [], {}]
NO_KEY: list[Any] = ["text", 7, {"id": None}, {"id": {}}, {"id": True}, {"id": ""}, {"id": []}]
WORD = re.compile(rb'(?<!\\)"(?=[A-Z<])')  # the beginning of a text or name in an answer
NOT_A_NAME = re.compile(r"\d|Order|Test_Object|download|jobs?$")
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 40))]


def route(path: str) -> str:
    """Name a path without what tells one record from another."""
    steps = path.replace("{id}", "0").replace("{name}", "0").split("/")
    return "/".join("{id}" if NOT_A_NAME.search(step) else step for step in steps)


def places_of(layout: Layout) -> Iterator[str]:
    """Give the places in an answer at which the records of a layout may be."""
    for keys in itertools.product(*(key.split("|") for key in layout.records_at)):
        yield ".".join(keys) + "[]"


def paths_of(paginator: Paginator | str) -> list[str]:
    """Give the paths that a collection is read from, a search of people with the role that it is for."""
    if isinstance(paginator, str):
        return [paginator]
    roles = (
        [value for field, _, value in paginator.filters if field == "role"]
        if isinstance(paginator, SearchPaginator)
        else []
    )
    return ["?".join([paginator.path, *roles]), f"{paginator.path}/scroll"]


def own_lists(version: str) -> dict[Pattern, list[Stream]]:  # noqa: C901 - one branch for each place of records
    """Say of the places of lists which streams have their records there."""
    streams = {stream.name: stream for stream in streams_of(version)}
    found: dict[Pattern, list[Stream]] = {}

    def note(where: Paginator | str, layout: Layout, within: str, stream: Stream) -> None:
        for path, place in itertools.product(paths_of(where), places_of(layout)):
            found.setdefault((route(path), ".".join(filter(None, (within, place)))), []).append(stream)

    for stream in streams.values():
        if stream.parent is None:
            for paginator in (*stream.full_read, *stream.incremental_read):
                note(paginator, stream.layout, "", stream)
        for rest in stream.full_lists.values():
            note(rest.detail.path, rest.detail.layout, "", stream)
        if stream.parent and stream.detail:
            layout = stream.detail.layout
            around = places_of(layout) if layout.inner else [""]
            for within in around:
                note(stream.detail.path, layout.inner or layout, within, stream)
        if stream.linked:
            note(stream.linked.path, Layout(records_at=stream.linked.records_at), "", stream)
        if stream.parent and stream.inline:
            parent = streams[stream.parent]
            for paginator, place in itertools.product(parent.full_read, places_of(parent.layout)):
                note(paginator, stream.inline, place, stream)
    return found


class Spoiler:
    """Puts an odd item into one list of each kind that passes by, beside the others or in the place of one.

    `replaced` are the ids of what was replaced, `nameless` how many replaced items have none.
    """

    def __init__(self, version: str, seed: int) -> None:
        self.version = version
        self.dice = random.Random(f"{version} {seed}")
        self.own = own_lists(version)
        self.spoilt: dict[Pattern, Any] = {}
        self.replaced: set[str] = set()
        self.nameless = 0
        self._lock = threading.Lock()

    def edit(self, path: str, asked: bytes, body: bytes) -> bytes:
        if path == "/segments" and is_v2(self.version):  # which is asked several times, mostly to know the server
            return body
        roles = re.findall(rb'"role".*?"(lead|user)"', asked)
        path += "".join(f"?{role.decode()}" for role in roles)
        with self._lock:
            if not body.startswith(b"{"):
                return self._with_a_row(path, body)
            answer = json.loads(body)
            if answer.get("type") != "error.list":
                self._page_reader(route(path), "", answer, answer)
            return json.dumps(answer).encode()

    def _with_a_row(self, path: str, body: bytes) -> bytes:
        if "/download/" not in path or (path, "") in self.spoilt:
            return body
        self.spoilt[path, ""] = "a row"
        is_packed = body.startswith(GZIP)
        header, *rows = (gzip.decompress(body) if is_packed else body).split(b"\n")
        table = b"\n".join([header, b"odd", *rows])
        return gzip.compress(table) if is_packed else table

    def _page_reader(self, path: str, place: str, value: Any, holder: dict[str, Any]) -> None:
        """Go through the lists of an answer, the outer ones first."""
        if isinstance(value, dict):
            for name, member in list(value.items()):
                self._page_reader(path, f"{place}.{name}" if place else name, member, value)
        elif isinstance(value, list):
            items = list(value)
            pattern = (path, f"{place}[]")
            # What is in an open object has no known shape; in an error there are no records.
            is_known = not re.search(r"custom_attributes|ticket_attributes|errors", place)
            if is_known and pattern not in self.spoilt and self.dice.random() < 0.3:
                self._spoil(pattern, value, holder)
            for item in items:
                if any(item is left for left in value):
                    self._page_reader(path, f"{place}[]", item, holder)

    def _spoil(self, pattern: Pattern, items: list[Any], holder: dict[str, Any]) -> None:
        streams = self.own.get(pattern, [])
        is_keyed = not any(
            "position" in stream.key or (stream.inline and stream.inline.value_field) for stream in streams
        )
        scalars = all(not isinstance(item, dict) for item in items)
        odd = self.dice.choice([*NOTHING[: 4 if is_keyed else 3], *(NO_KEY if is_keyed and not scalars else [])])
        self.spoilt[pattern] = odd
        # What is cut off is asked for, and not read here.
        if holder.get("has_more") and "." in pattern[1]:
            self.own.pop(pattern, None)
        at = self.dice.randrange(len(items) + 1)
        # Without a dataset or an attribute, another report is ordered.
        may_replace = "get_datasets" not in pattern[0] and self.dice.random() < 0.5
        if may_replace and at < len(items) and isinstance(items[at], dict):
            names = {str(items[at][name]) for name in ("id", "name", "full_name") if items[at].get(name)}
            self.replaced |= names
            self.nameless += not names
            items[at] = odd
            return
        items.insert(at, odd)
        pages = holder.get("pages") or {}
        if isinstance(holder.get("total_count"), int) and pages.get("total_pages", 1) <= 1:
            holder["total_count"] += 1


def alike(clean: Any, odd: Any) -> bool:
    """Say whether two values are the same but for an item more, less or another in any of their lists.

    A list that is completed may have two such.
    """
    if isinstance(clean, dict) and isinstance(odd, dict):
        told = (name for name in clean if not name.endswith(("total_parts", "total_count")))
        return clean.keys() == odd.keys() and all(alike(clean[name], odd[name]) for name in told)
    if isinstance(clean, list) and isinstance(odd, list):
        shorter = min(len(clean), len(odd))
        ahead = next((at for at in range(shorter) if not alike(clean[at], odd[at])), shorter)
        behind = next((at for at in range(shorter) if not alike(clean[-1 - at], odd[-1 - at])), shorter)
        return abs(len(clean) - len(odd)) <= 2 and ahead + behind >= max(len(clean), len(odd)) - 2
    return bool(clean == odd)


def key_of(stream: Stream, row: Mapping[str, Any]) -> str:
    """Tell a row from others: by its key, and where that has its place in a list, by all else."""
    names = ("full_name",) if "full_name" in row else identity(stream)
    if "position" in names:
        names = tuple(name for name in row if name != "position")
    return json.dumps({name: row[name] for name in names}, sort_keys=True)


def amiss(stream: Stream, clean: Output, odd: Output, spoiler: Spoiler) -> list[str]:
    """Name what is missing of a stream, was added to it, or is different."""
    before, after = ({key_of(stream, row): row for row in output.records(stream.name)} for output in (clean, odd))
    complaints = [f"{stream.name}: {key} was added" for key in after.keys() - before.keys()]
    for key in before.keys() - after.keys():
        lost = spoiler.replaced.intersection(str(value) for value in before[key].values())
        spoiler.nameless -= not lost
        if not lost and spoiler.nameless < 0:
            complaints.append(f"{stream.name}: {key} is missing")
    both = before.keys() & after.keys() if "position" not in stream.key else set()
    differing = [key for key in both if not alike(before[key], after[key])]
    return [*complaints, *(f"{stream.name}: {key} differs: {before[key]} {after[key]}" for key in differing)]


@pytest.mark.parametrize("version", ["1.4", "2.7", "2.16"])
@pytest.mark.parametrize("seed", SEEDS)
def test_an_odd_item_in_every_list_costs_itself(simulator: Simulator, tap: Tap, version: str, seed: int) -> None:
    # Links to segments are asked one by one: an odd item in an answer that tells of the server may change the way.
    simulator.reset(seed=seed, scale=0.3, switches={"member_filters": "refused"})
    options = whole(tap, version)
    simulator.forget_requests()
    clean = tap(**options)
    before = Counter(route(request["path"]) for request in simulator.requests())
    simulator.let_scrolls_expire()
    spoiler = Spoiler(version, seed)
    with relayed(simulator.url, edit=spoiler.edit) as (url, exchanges):
        tap.url = url
        odd = tap(**options)
    streams = streams_of(version)
    complaints = [found for stream in streams for found in amiss(stream, clean, odd, spoiler)]
    assert not complaints, (complaints[:3], spoiler.spoilt)
    warnings = [line for line in odd.stderr.splitlines() if line.startswith("WARNING")]
    for pattern in spoiler.own.keys() & spoiler.spoilt.keys():
        said = tuple(f"WARNING {stream.name}: " for stream in spoiler.own[pattern])
        assert any(line.startswith(said) and "left out" in line for line in warnings), pattern
    assert not [line for line in warnings if "fewer than it counted" in line or "Intercom gave" in line]
    asked = Counter(route(exchange.request["path"]) for exchange in exchanges)
    # An item more in one of the counts of a scroll's list has it read once more.
    # Links to a record that its list does not show are asked of each parent.
    one_by_one = {route(stream.detail.path) for stream in streams if stream.linked and stream.detail}
    more = asked - before - before - Counter(dict.fromkeys(asked, 3))
    assert more.keys() <= one_by_one, (more, before)
    assert len(spoiler.spoilt) > 10


def with_nuls(_path: str, _asked: bytes, body: bytes) -> bytes:
    """Begin texts and names of custom attributes with a NUL: they have a capital, which no key of Intercom's has."""
    return WORD.sub(rb'"\\u0000', body) if body.startswith(b"{") else body


@pytest.mark.parametrize("version", ["1.4", "2.16"])
def test_a_nul_in_texts_and_names_everywhere_is_taken_out(simulator: Simulator, tap: Tap, version: str) -> None:
    simulator.reset(scale=0.2)
    options = whole(tap, version)
    clean = tap(**options)
    simulator.let_scrolls_expire()
    with relayed(simulator.url, edit=with_nuls) as (url, _):
        tap.url = url
        odd = tap(**options)
    assert b"u0000" not in odd.stdout
    for stream in streams_of(version):
        if stream.export is None:
            one, other = (sorted(map(json.dumps, output.records(stream.name))) for output in (odd, clean))
            assert one == other
    warned = {line.split()[1] for line in odd.stderr.split("\n") if "(NUL characters)" in line}
    assert {"users:", "companies:"} <= warned or {"contacts:", "conversations:"} <= warned
