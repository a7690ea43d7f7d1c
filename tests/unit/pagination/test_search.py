from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.api.types import Request
from tap_intercom.errors import ContractError
from tap_intercom.pagination.cursors import CursorPaginator
from tap_intercom.pagination.model import Page, PageRequest, PageResult, Pages, TimeRange
from tap_intercom.pagination.search import SearchPageRequest, SearchPaginator, certain_times

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FLOOR = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2024, 5, 1, tzinfo=UTC)
WINDOW = TimeRange(start=FLOOR, now=NOW)
SEARCH = SearchPaginator(path="/conversations/search")


def at(second: int) -> datetime:
    return FLOOR + timedelta(seconds=second)


def page(*seconds: int | None, following: Any = None, total: int | None = None) -> Page:
    records = [SimpleNamespace(updated_at=None if second is None else at(second)) for second in seconds]
    return Page(records=records, pages=Pages(next=following), total_count=total)


def cursor(value: str) -> dict[str, Any]:
    return {"page": 2, "starting_after": value}


def body(request: Request) -> dict[str, Any]:
    assert request.body is not None
    return dict(msgspec.json.decode(request.body))


def test_a_search_asks_for_what_was_updated_at_or_after_the_floor_oldest_first() -> None:
    request = SEARCH.first(WINDOW).request
    assert (request.method, request.path) == ("POST", "/conversations/search")
    assert body(request) == {
        "query": {
            "operator": "AND",
            "value": [{"field": "updated_at", "operator": ">", "value": int(FLOOR.timestamp()) - 1}],
        },
        "sort": {"field": "updated_at", "order": "ascending"},
        "pagination": {"per_page": 150},
    }


def test_filters_are_added() -> None:
    request = SearchPaginator(path="/contacts/search", filters=(("role", "=", "user"),)).first(WINDOW).request
    assert body(request)["query"]["value"][1] == {"field": "role", "operator": "=", "value": "user"}


@given(offset=st.integers(-12, 14), second=st.integers(0, 4 * 86400))
def test_a_search_by_day_begins_at_or_before_the_floor_in_every_zone(offset: int, second: int) -> None:
    floor = at(second)
    request = SearchPaginator(path="/contacts/search", by_day=True).first(TimeRange(start=floor, now=NOW)).request
    asked = body(request)["query"]["value"][0]["value"]
    local = datetime.fromtimestamp(asked, UTC) + timedelta(hours=offset)
    begins = local.replace(hour=0, minute=0, second=0) + timedelta(days=1) - timedelta(hours=offset)
    assert begins <= floor


@pytest.mark.parametrize("floor", [EPOCH, datetime(1, 1, 1, tzinfo=UTC), EPOCH + timedelta(hours=3)])
def test_a_floor_near_the_epoch_asks_for_everything(floor: datetime) -> None:
    request = SearchPaginator(path="/contacts/search", by_day=True).first(TimeRange(start=floor, now=NOW)).request
    assert body(request)["query"]["value"][0]["value"] == 0


def test_the_newest_cursor_is_followed_to_the_end() -> None:
    page_request = SEARCH.first(WINDOW)
    result = SEARCH.after(page_request, page(1, 2, following=cursor("a")), NOW)
    assert (result.since, result.finished_before) == (FLOOR, at(2))
    assert result.next is not None
    assert body(result.next.request) == {
        **body(page_request.request),
        "pagination": {"per_page": 150, "starting_after": "a"},
    }
    result = SEARCH.after(result.next, page(2, 3, following=cursor("b")), NOW)
    assert result.finished_before == at(3)
    assert result.next is not None
    result = SEARCH.after(result.next, page(4), NOW)
    assert (result.finished_before, result.next) == (None, None)


def test_nothing_is_settled_before_the_floor() -> None:
    result = SEARCH.after(SEARCH.first(WINDOW), page(-50, -40, following=cursor("a")), NOW)
    assert result.finished_before == FLOOR


@pytest.mark.parametrize("pages", [[(5, 4), (6, 7)], [(5, 6), (4, 7)], [(5, None, 4), (7, 8)]])
def test_nothing_is_settled_any_more_once_the_order_is_broken(pages: list[tuple[int | None, ...]]) -> None:
    page_request: PageRequest | None = SEARCH.first(WINDOW)
    for number, seconds in enumerate(pages):
        assert page_request is not None
        result = SEARCH.after(page_request, page(*seconds, following=cursor(str(number))), NOW)
        page_request = result.next
    assert result.finished_before is None
    assert page_request is not None


def test_what_is_updated_while_it_is_read_is_met_but_not_waited_for() -> None:
    result = SEARCH.after(SEARCH.first(WINDOW), page(1, following=cursor("a")), at(10))
    for number, (seconds, served) in enumerate([((11, 12), 20), ((20, 21), 700), ((699, 700), 1400)]):
        assert result.next is not None
        result = SEARCH.after(result.next, page(*seconds, following=cursor(str(number))), at(served))
    assert result.next is not None
    result = SEARCH.after(result.next, page(701, 702, following=cursor("z")), at(1400))
    assert (result.since, result.finished_before, result.next) == (FLOOR, None, None)


def test_what_was_received_is_counted_from_page_to_page() -> None:
    first = SEARCH.after(SEARCH.first(WINDOW), page(1, 2, 3, following=cursor("a")), at(1000)).next
    assert isinstance(first, SearchPageRequest)
    second = SEARCH.after(first, page(4, 5, following=cursor("b")), at(1000)).next
    assert isinstance(second, SearchPageRequest)
    assert (first.received, second.received) == (3, 5)


def test_a_recent_time_says_nothing_of_the_place_of_its_record() -> None:
    """The index lags: what was just changed may be found in its old place."""
    time_range = TimeRange(start=FLOOR, now=NOW, end=at(10))
    result = SEARCH.after(SEARCH.first(time_range), page(1, 900, 2, following=cursor("a")), at(1000))
    assert (result.finished_before, result.recent, result.next is None) == (at(2), at(400), False)
    assert [result.wants(at(second)) for second in (-1, 0, 9, 10, 399, 400, 900)] == [
        False,
        *[True] * 2,
        *[False] * 2,
        *[True] * 2,
    ]


def test_a_part_of_a_search_goes_on_behind_where_it_began() -> None:
    page_request = SEARCH.first_after(at(5), WINDOW, at(7))
    result = SEARCH.after(page_request, page(6, 7, following=cursor("a")), at(1000))
    assert result.next is not None
    assert body(result.next.request)["query"] == body(page_request.request)["query"]
    result = SEARCH.after(result.next, page(1000, 1001, following=cursor("b")), at(2000))
    assert result.next is None  # the first page came to where all was begun, so its answer's time is the limit


def test_what_is_wanted_to_its_end_has_no_limit() -> None:
    time_range = TimeRange(start=FLOOR, now=NOW, to_end=True)
    page_request = SEARCH.first_after(at(5), time_range, at(7))
    result = SEARCH.after(page_request, page(6, 7, following=cursor("a")), at(1000))
    for number in range(3):
        assert result.next is not None
        result = SEARCH.after(result.next, page(1000 + number, following=cursor(str(number))), at(2000))
    assert result.next is not None
    assert SEARCH.after(result.next, page(1400), at(2000)).next is None


@pytest.mark.parametrize(("second", "certain"), [(399, [at(399)]), (400, [])])
def test_what_is_as_old_as_the_lag_of_the_index_is_not_certain(second: int, certain: list[datetime]) -> None:
    assert certain_times(page(second), at(1000)) == certain


def test_an_answer_that_says_nothing_of_pages_is_the_only_one() -> None:
    only = Page(records=page(1).records)
    assert SEARCH.after(SEARCH.first(WINDOW), only, NOW).next is None


def test_a_part_of_a_search_stops_where_the_next_begins() -> None:
    time_range = TimeRange(start=FLOOR, now=NOW, end=at(10))
    result = SEARCH.after(SEARCH.first(time_range), page(1, 9, following=cursor("a")), NOW)
    assert (result.since, result.until, result.finished_before) == (FLOOR, at(10), at(9))
    assert result.next is not None
    result = SEARCH.after(result.next, page(9, 10, following=cursor("b")), NOW)
    assert (result.until, result.finished_before, result.next) == (at(10), at(10), None)


def test_a_part_of_a_search_that_is_out_of_order_is_read_to_the_end_of_all() -> None:
    time_range = TimeRange(start=FLOOR, now=NOW, end=at(10))
    result = SEARCH.after(SEARCH.first(time_range), page(12, 5, following=cursor("a")), NOW)
    assert result.finished_before is None
    assert result.next is not None
    result = SEARCH.after(result.next, page(4), NOW)
    assert (result.finished_before, result.next) == (at(10), None)


def test_a_page_without_times_settles_nothing_and_goes_on() -> None:
    result = SEARCH.after(SEARCH.first(WINDOW), page(None, following=cursor("a")), NOW)
    assert result.finished_before is None
    assert result.next is not None


@pytest.mark.parametrize("paginator", [SEARCH, CursorPaginator(path="/macros")])
@pytest.mark.parametrize("following", ["https://api.intercom.io/next", {"page": 2}, {"starting_after": 7}])
def test_a_next_page_without_a_cursor_is_refused(paginator: SearchPaginator | CursorPaginator, following: Any) -> None:
    with pytest.raises(ContractError, match=f"^{paginator.path}: the next page has no starting_after"):
        paginator.after(paginator.first(WINDOW), page(1, following=following), NOW)


@pytest.mark.parametrize("paginator", [SEARCH, CursorPaginator(path="/macros")])
@pytest.mark.parametrize("cursor", [None, ""])
def test_a_next_page_with_an_empty_cursor_is_none(
    paginator: SearchPaginator | CursorPaginator, cursor: str | None
) -> None:
    assert paginator.after(paginator.first(WINDOW), page(1, following={"starting_after": cursor}), NOW).next is None


@pytest.mark.parametrize("paginator", [SEARCH, CursorPaginator(path="/macros")])
def test_a_cursor_that_comes_again_is_refused(paginator: SearchPaginator | CursorPaginator) -> None:
    page_request = paginator.after(paginator.first(WINDOW), page(1, following=cursor("a")), NOW).next
    assert page_request is not None
    with pytest.raises(ContractError, match="same cursor again"):
        paginator.after(page_request, page(1, following=cursor("a")), NOW)


def test_a_list_is_followed_by_its_cursor() -> None:
    paginator = CursorPaginator(path="/macros", query=(("updated_since", "5"),), per_page=150)
    page_request = paginator.first(WINDOW)
    assert page_request.request == Request(path="/macros", query=(("updated_since", "5"), ("per_page", "150")))
    result = paginator.after(page_request, page(1, following=cursor("a")), NOW)
    assert result.since == FLOOR
    assert result.next is not None
    assert result.next.request.query == (("updated_since", "5"), ("per_page", "150"), ("starting_after", "a"))
    assert paginator.after(result.next, page(1), NOW) == PageResult(since=FLOOR)


@pytest.mark.parametrize(("total", "since", "short"), [(5, "", 3), (2, "", 0), (None, "", 0), (5, "updated_since", 0)])
def test_a_list_that_gives_less_than_it_counted_says_so(total: int | None, since: str, short: int) -> None:
    paginator = CursorPaginator(path="/data_connectors", since=since)
    result = paginator.after(paginator.first(WINDOW), page(1, following=cursor("a"), total=total), NOW)
    assert result.next is not None
    assert paginator.after(result.next, page(1), NOW).missing == short


def test_a_look_asks_for_few_records_the_newest_first() -> None:
    assert CursorPaginator(path="/macros").sample() == Request(path="/macros", query=(("per_page", "1"),))
    assert body(SEARCH.sample())["pagination"] == {"per_page": 1}
    leads = SearchPaginator(path="/contacts/search", filters=(("role", "=", "lead"),))
    assert body(leads.sample(5)) == {
        "query": {
            "operator": "AND",
            "value": [
                {"field": "created_at", "operator": ">", "value": 0},
                {"field": "role", "operator": "=", "value": "lead"},
            ],
        },
        "sort": {"field": "updated_at", "order": "descending"},
        "pagination": {"per_page": 5},
    }


def test_a_list_with_a_filter_is_asked_for_what_was_updated_since() -> None:
    macros = CursorPaginator(path="/macros", per_page=150, since="updated_since")
    query = (("per_page", "150"), ("updated_since", str(int(FLOOR.timestamp()) - 1)))
    page_request = macros.first(WINDOW)
    assert page_request.request.query == query
    result = macros.after(page_request, page(1, following=cursor("a")), NOW)
    assert result.next is not None
    assert result.next.request.query == (*query, ("starting_after", "a"))
    assert macros.sample().query == (("per_page", "1"),)
    beginning = TimeRange(start=datetime(1, 1, 1, tzinfo=UTC), now=NOW)
    assert macros.first(beginning).request.query == (("per_page", "150"), ("updated_since", "0"))


def test_one_record_is_searched_for_beside_what_is_always_wanted() -> None:
    search = SearchPaginator(path="/contacts/search", filters=(("role", "=", "user"),)).matching("id", "5f")
    _, *terms = body(search.first(WINDOW).request)["query"]["value"]
    assert terms == [
        {"field": "role", "operator": "=", "value": "user"},
        {"field": "id", "operator": "=", "value": "5f"},
    ]


def test_the_newest_records_since_a_time_are_asked_for_in_descending_order() -> None:
    newest = body(SEARCH.newest_since(FLOOR))
    assert newest["sort"] == {"field": "updated_at", "order": "descending"}
    assert newest["query"] == body(SEARCH.first(WINDOW).request)["query"]
    assert "starting_after" not in newest["pagination"]
