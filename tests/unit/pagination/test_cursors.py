from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tap_intercom.api.types import Request
from tap_intercom.errors import ContractError
from tap_intercom.pagination.cursors import (
    MOST_EMPTY_PAGES,
    CursorPaginator,
    NextCursorPaginator,
    NextLinkPaginator,
)
from tap_intercom.pagination.model import Page, PageChain, PageRequest, PageResult, Pages, TimeRange
from tap_intercom.pagination.search import SearchPaginator

NOW = datetime(2024, 5, 1, tzinfo=UTC)
WINDOW = TimeRange(start=datetime(2024, 1, 1, tzinfo=UTC), now=NOW)
Naming = Callable[[str], dict[str, Any]]
EVENTS = (("type", "user"), ("intercom_user_id", "7"))


def page(*ids: str, **more: object) -> Page:
    return Page(records=[SimpleNamespace(id=identifier, updated_at=None) for identifier in ids], **more)  # type: ignore[arg-type]


def test_a_cursor_beside_the_records_is_sent_back() -> None:
    merges = NextCursorPaginator(path="/contacts/7/merge_history", query=(("per_page", "150"),))
    page_request = merges.first(WINDOW)
    assert page_request.request == Request(path="/contacts/7/merge_history", query=(("per_page", "150"),))
    result = merges.after(page_request, page("1", next_cursor="c1"), NOW)
    assert result.since == WINDOW.start
    assert result.next is not None
    assert result.next.request.query == (("per_page", "150"), ("cursor", "c1"))
    assert merges.after(result.next, page("2"), NOW).next is None
    with pytest.raises(ContractError, match="/contacts/7/merge_history gives the same cursor again"):
        merges.after(result.next, page("2", next_cursor="c1"), NOW)


def test_of_the_address_of_the_next_page_only_what_it_asks_is_taken() -> None:
    events = NextLinkPaginator(path="/events", query=EVENTS)
    page_request = events.first(WINDOW)
    assert page_request.request == Request(path="/events", query=EVENTS)
    address = "https://elsewhere.example/other?before=1400&type=user"
    result = events.after(page_request, page("1", pages=Pages(next=address)), NOW)
    assert result.since == WINDOW.start
    assert result.next is not None
    assert result.next.request == Request(path="/events", query=(*EVENTS, ("before", "1400")))
    with pytest.raises(ContractError, match="/events gives the same cursor again"):
        events.after(result.next, page("1", pages=Pages(next=address)), NOW)


@pytest.mark.parametrize(
    "last",
    [
        page("1"),
        page("1", pages=Pages()),
        page("1", pages=Pages(next="https://api.intercom.io/events")),
        page("1", pages=Pages(next={"starting_after": "x"})),
        page("1", pages=Pages(next="https://api.intercom.io/events?before=")),
    ],
)
def test_links_end_where_there_is_none(last: Page) -> None:
    events = NextLinkPaginator(path="/events", query=EVENTS)
    assert events.after(events.first(WINDOW), last, NOW).next is None


def test_an_address_that_is_none_is_refused() -> None:
    events = NextLinkPaginator(path="/events", query=EVENTS)
    with pytest.raises(ContractError, match="/events names a next page that has no address"):
        events.after(events.first(WINDOW), page("1", pages=Pages(next="http://[")), NOW)


@pytest.mark.parametrize(("total", "short"), [(3, 1), (2, 0), (1, 0), (None, 0)])
def test_what_is_counted_and_does_not_come_is_told(total: int | None, short: int) -> None:
    for paginator, following in (
        (NextCursorPaginator(path="/m"), {"next_cursor": "c1"}),
        (NextLinkPaginator(path="/e"), {"pages": Pages(next="https://api.intercom.io/e?before=1")}),
    ):
        result = paginator.after(paginator.first(WINDOW), page("1", total_count=total, **following), NOW)
        assert result.next is not None
        assert paginator.after(result.next, page("2"), NOW).missing == short


def starting_after(value: str) -> dict[str, Any]:
    return {"pages": Pages(next={"starting_after": value})}


def next_cursor(value: str) -> dict[str, Any]:
    return {"next_cursor": value}


def next_link(value: str) -> dict[str, Any]:
    return {"pages": Pages(next=f"https://api.intercom.io/e?before={value}")}


@pytest.mark.parametrize(
    ("paginator", "naming"),
    [
        (SearchPaginator(path="/a/search"), starting_after),
        (CursorPaginator(path="/a"), starting_after),
        (NextCursorPaginator(path="/a"), next_cursor),
        (NextLinkPaginator(path="/a"), next_link),
    ],
    ids=["search", "cursors", "next cursor", "next link"],
)
class TestEveryCursor:
    def test_empty_pages_are_followed_a_few_times(self, paginator: PageChain, naming: Naming) -> None:
        page_request = paginator.first(WINDOW)
        for number in range(MOST_EMPTY_PAGES):
            page_request = following(paginator.after(page_request, page(**naming(f"a{number}")), NOW))
        assert paginator.after(page_request, page(**naming("b")), NOW).next is None
        page_request = following(paginator.after(page_request, page("1", **naming("b")), NOW))
        for number in range(MOST_EMPTY_PAGES):
            page_request = following(paginator.after(page_request, page(**naming(f"c{number}")), NOW))

    def test_an_empty_page_that_names_its_own_cursor_is_the_last(self, paginator: PageChain, naming: Naming) -> None:
        page_request = following(paginator.after(paginator.first(WINDOW), page("1", **naming("a")), NOW))
        assert paginator.after(page_request, page(**naming("a")), NOW).next is None
        assert paginator.after(paginator.first(WINDOW), page(), NOW).next is None

    def test_a_page_with_records_that_names_its_own_cursor_is_refused(
        self, paginator: PageChain, naming: Naming
    ) -> None:
        page_request = following(paginator.after(paginator.first(WINDOW), page("1", **naming("a")), NOW))
        with pytest.raises(ContractError, match=r"^/a(/search)? gives the same cursor again; run again, and report it"):
            paginator.after(page_request, page("1", **naming("a")), NOW)
        assert following(paginator.after(page_request, page("1", **naming("b")), NOW)) != page_request


def following(result: PageResult) -> PageRequest:
    assert result.next is not None
    return result.next
