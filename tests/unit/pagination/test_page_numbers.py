from datetime import UTC, datetime
from types import SimpleNamespace

import msgspec
import pytest

from tap_intercom.api.types import Request
from tap_intercom.errors import ConfigError
from tap_intercom.pagination.model import Page, PageRequest, PageResult, Pages, TimeRange
from tap_intercom.pagination.page_numbers import NamedListsPaginator, PageNumberPaginator

NOW = datetime(2024, 5, 1, tzinfo=UTC)
WINDOW = TimeRange(start=datetime(2024, 1, 1, tzinfo=UTC), now=NOW)
LISTS = NamedListsPaginator(
    path="/objects/{name}", setting="object_types", query=(("per_page", "2"),), names=("Order", "a/b")
)


def page(*ids: str, number: int = 1, of: int = 1, total: int | None = None) -> Page:
    records = [SimpleNamespace(id=identifier) for identifier in ids]
    return Page(records=records, pages=Pages(page=number, total_pages=of), total_count=total)


def following(result: PageResult) -> PageRequest:
    assert result.next is not None
    return result.next


def test_lists_are_read_one_after_the_other_each_to_its_last_page() -> None:
    page_request = LISTS.first(WINDOW)
    assert page_request.request == Request(path="/objects/Order", query=(("per_page", "2"),))
    page_request = following(LISTS.after(page_request, page("1", "2", of=2), NOW))
    assert page_request.request == Request(path="/objects/Order", query=(("per_page", "2"), ("page", "2")))
    page_request = following(LISTS.after(page_request, page("3", number=2, of=2), NOW))
    assert page_request.request == Request(path="/objects/a%2Fb", query=(("per_page", "2"),))
    assert LISTS.after(page_request, page(), NOW) == PageResult(since=WINDOW.start)


def test_what_a_list_never_gives_is_told_when_the_others_are_read() -> None:
    page_request = LISTS.first(WINDOW)
    for _ in range(3):
        page_request = following(LISTS.after(page_request, page("1", of=2, total=9), NOW))
        page_request = following(LISTS.after(page_request, page("2", number=2, of=2, total=9), NOW))
    assert page_request.request.path == "/objects/a%2Fb"
    assert LISTS.after(page_request, page("1"), NOW) == PageResult(since=WINDOW.start, missing=7)


def test_a_sample_is_of_the_first_list() -> None:
    assert LISTS.sample(5) == Request(path="/objects/Order", query=(("per_page", "5"),))


def test_without_names_nothing_can_be_read() -> None:
    with pytest.raises(ConfigError, match="object_types is not set; name in it what is to be read"):
        msgspec.structs.replace(LISTS, names=()).first(WINDOW)


def counted(*ids: str, total: int | None = None, following: object = None) -> Page:
    records = [SimpleNamespace(id=identifier) for identifier in ids]
    return Page(records=records, pages=Pages(next=following, per_page=2), total_count=total)


def test_where_no_number_of_pages_is_told_the_count_of_records_says_whether_there_is_another() -> None:
    people = PageNumberPaginator(path="/people")
    first = people.first(WINDOW)
    second = following(people.after(first, counted("1", total=3), NOW))
    assert second.request == Request(path="/people", query=(("page", "2"),))
    assert people.after(second, counted("2", "3", total=3), NOW) == PageResult(since=WINDOW.start, is_complete=True)


def test_a_list_that_is_read_again_goes_on_with_its_second_page() -> None:
    people = PageNumberPaginator(path="/people")
    second = following(people.after(people.first(WINDOW), counted("1", total=3), NOW))
    again = following(people.after(second, counted("1", total=3), NOW))
    assert again.request == Request(path="/people")
    assert following(people.after(again, counted("1", total=3), NOW)).request.query == (("page", "2"),)


@pytest.mark.parametrize(("told", "query"), [("c", (("page", "2"), ("starting_after", "c"))), ("", (("page", "2"),))])
def test_a_cursor_beside_the_number_of_the_next_page_is_sent_with_it(told: str, query: object) -> None:
    people = PageNumberPaginator(path="/people")
    page = counted("1", following={"page": 2, "starting_after": told})
    assert following(people.after(people.first(WINDOW), page, NOW)).request.query == query


def test_the_last_page_of_one_list_is_wanted_as_all_pages_are() -> None:
    assert LISTS.after(LISTS.first(WINDOW), page("1"), NOW).since == WINDOW.start
