"""What the README says of API 2.x: which version has what, what goes on from one to the next, what it costs."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from conftest import Simulator, Tap
from tap_intercom.config.settings import API_VERSIONS
from tap_intercom.streams.table import streams_of

if TYPE_CHECKING:
    from slow.docs.conftest import Document

DAYS = 100  # of exports
INLINE = 10  # of each list of a contact's own
SUBSCRIPTIONS = ("opted_in_subscription_types", "opted_out_subscription_types")
Truth = Callable[[str], list[dict[str, Any]]]


def tables(readme: "Document") -> list[list[list[str]]]:
    """Give the tables of the section, without their heads."""
    blocks = re.findall(r"(?:^\|.*\n)+", readme.section("API 2.x"), re.MULTILINE)
    return [[[cell.strip() for cell in line.split("|")[1:-1]] for line in block.splitlines()[2:]] for block in blocks]


def names_in(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


def test_each_version_has_the_streams_that_are_said(readme: "Document") -> None:
    said = [(versions.split(", "), int(count), new) for versions, count, new in tables(readme)[0]]
    assert [version for versions, _, _ in said for version in versions] == list(API_VERSIONS)
    former: set[str] = set()
    for versions, count, new in said:
        (has,) = {frozenset(stream.name for stream in streams_of(version)) for version in versions}
        assert len(has) == count
        assert former <= has
        assert not names_in(new) or names_in(new) == has - former
        former = set(has)


@pytest.mark.parametrize("former", ["1.4", "2.11"])
def test_a_state_goes_on_with_another_version(simulator: Simulator, tap: Tap, former: str) -> None:
    first = tap(api_version=former)
    second = tap(api_version="2.16", state=first.state)
    counts = simulator.counts("2.16")
    gone_on = {"leads", "users", "segments"}
    assert all(second.counts().get(name, 0) < counts[name] for name in gone_on)
    assert all(second.counts()[name] == counts[name] for name in ("deleted_conversations", "side_conversations"))


def holding(most: int, *lists: str) -> Callable[[Truth], int]:
    """Count the contacts of whose own lists one has more than so many."""
    return lambda truth: sum(
        any(contact[name]["total_count"] > most for name in lists) for contact in truth("contacts")
    )


def each(name: str) -> Callable[[Truth], int]:
    return lambda truth: len(truth(name))


def pages_of_members(name: str, size: int) -> Callable[[Truth], int]:
    def pages(truth: Truth) -> int:
        members = Counter(row.get("segment_id", row.get("id")) for row in truth(name))
        return sum(math.ceil(count / size) for count in members.values())

    return pages


def address(request: dict[str, Any]) -> str:
    """Name the path with the query, or with the body of a search by segment."""
    body = json.dumps(request.get("body", ""))
    return request["path"] + (body if "segment_id" in body else f"?{request['query']}".removesuffix("?"))


# The path that a stream asks for, once for each of so many.
COSTS: dict[str, tuple[str, Callable[[Truth], int]]] = {
    "conversation_parts": (r"/conversations/(\d+)", each("conversations")),
    "part_attachments": (r"/conversations/(\d+)", each("conversations")),
    "conversation_handling_events": (r"/conversations/(\w+)/handling_events", each("conversations")),
    "side_conversations": (r"/conversations/(\w+)/side_conversations", each("conversations")),
    "company_contacts": (r"/contacts/(\w+)/companies", holding(INLINE, "companies")),
    "company_notes": (
        r"/companies/(\w+)/notes",
        lambda truth: sum(company["notes"]["total_count"] > INLINE for company in truth("companies")),
    ),
    "company_segments": (r"/companies\?(per_page=60&segment_id=[^0].*)", pages_of_members("company_segments", 60)),
    "contact_segments": (
        r'/contacts/search({.*"updated_at", "operator": ">".*)',
        pages_of_members("contact_segments", 150),
    ),
    "contact_merge_history": (
        r"/contacts/(\w+)/merge_history",
        lambda truth: sum(len(contact.get("merge_history", ())) >= INLINE for contact in truth("contacts")),
    ),
    "contact_companies": (r"/contacts/(\w+)/companies", holding(INLINE, "companies")),
    "contact_notes": (r"/contacts/(\w+)/notes", holding(0, "notes")),
    "contact_subscriptions": (r"/contacts/(\w+)/subscriptions", holding(INLINE, *SUBSCRIPTIONS)),
    "contact_tags": (r"/contacts/(\w+)/tags", holding(INLINE, "tags")),
    "call_transcripts": (r"/calls/(\w+)/transcript", each("call_transcripts")),
    "data_events": (r"/events\?.*intercom_user_id=(\w+).*", each("contacts")),
    "custom_object_instances": (
        r"/custom_object_instances/(Order\?.*)",
        lambda truth: math.ceil(len(truth("custom_object_instances")) / 150),
    ),
}


def test_what_it_costs_is_what_is_said(readme: "Document", simulator: Simulator, tap: Tap) -> None:
    said = tables(readme)[1]
    costly = {name for streams, _ in said for name in names_in(streams)}
    off = {name for streams, _ in said if "off by default" in streams for name in names_in(streams)}
    assert off == {stream.name for stream in streams_of("2.16") if not stream.by_default}
    exports, people = {"message_content_export", "reporting_exports"}, {"contacts", "leads", "users"}
    assert costly == COSTS.keys() | exports | people | {"customer_attributes"}
    settings = {"api_version": "2.16", "custom_object_types": ["Order"]}
    selected = tap.catalog(*COSTS, **settings)
    tap(**settings, catalog=selected)
    asked = list(map(address, simulator.requests()))

    def truth(name: str) -> list[dict[str, Any]]:
        return simulator.truth(name, "2.16")

    for name, (path, expected) in COSTS.items():
        met = [re.fullmatch(path, one if r"\?" in path or "{" in path else one.partition("?")[0]) for one in asked]
        assert len({match[1] for match in met if match}) == expected(truth), name


@pytest.mark.parametrize(
    ("name", "role", "lists"),
    [
        ("contacts", "", ("companies", "notes", "tags", *SUBSCRIPTIONS)),
        ("leads", "lead", ("companies", "tags")),
        ("users", "user", ("companies", "tags")),
    ],
)
def test_lists_that_are_cut_off_take_what_is_said(
    simulator: Simulator, tap: Tap, name: str, role: str, lists: tuple[str, ...]
) -> None:
    tap(api_version="2.16", catalog=tap.catalog(name, api_version="2.16"))
    asked = {request["path"] for request in simulator.requests() if re.fullmatch(r"/contacts/\w+/\w+", request["path"])}
    people = [one for one in simulator.truth("contacts", "2.16") if role in one["role"]]
    cut = {
        f"/contacts/{one['id']}/{'subscriptions' if name in SUBSCRIPTIONS else name}"
        for one in people
        for name in lists
        if one[name]["total_count"] > INLINE
    }
    assert asked == cut != set()


def test_exports_take_the_jobs_that_are_said(simulator: Simulator, tap: Tap) -> None:
    start = datetime.now(UTC) - timedelta(days=DAYS)
    datasets = ["conversation", "ticket"]
    settings = {"api_version": "2.16", "start_date": start.isoformat(), "reporting_datasets": datasets}
    tap(**settings, catalog=tap.catalog("message_content_export", "reporting_exports", **settings))
    asked = [(request["method"], request["path"]) for request in simulator.requests()]
    assert asked.count(("POST", "/export/content/data")) == math.ceil(DAYS / 90)
    # Windows of reports begin at fixed moments, so that the first may be cut.
    fewest = math.ceil(DAYS / 30)
    assert asked.count(("POST", "/export/reporting_data/enqueue")) / len(datasets) in {fewest, fewest + 1}
