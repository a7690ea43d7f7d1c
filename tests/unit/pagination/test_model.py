from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import UNSET

from tap_intercom.api.types import Request
from tap_intercom.pagination.model import (
    Page,
    PageRequest,
    PageResult,
    Pages,
    PaginatorUnsuitable,
    TimeRange,
    not_before,
)
from tap_intercom.pagination.page_numbers import PageNumberPaginator

NOW = datetime(2024, 5, 1, tzinfo=UTC)
WINDOW = TimeRange(start=datetime(2024, 1, 1, tzinfo=UTC), now=NOW)


def page(*ids: str, **more: object) -> Page:
    return Page(records=[SimpleNamespace(id=identifier) for identifier in ids], **more)  # type: ignore[arg-type]


def test_a_listing_that_comes_whole_is_one_request() -> None:
    listing = PageNumberPaginator(path="/tags", query=(("a", "b"),))
    page_request = listing.first(WINDOW)
    assert page_request.request == listing.sample() == Request(path="/tags", query=(("a", "b"),))
    result = listing.after(page_request, page("1"), NOW)
    assert (result.since, result.next) == (WINDOW.start, None)


def test_a_listing_with_pages_is_followed_to_its_last() -> None:
    listing = PageNumberPaginator(path="/segments")
    result = listing.after(listing.first(WINDOW), page("1", pages=Pages(next="https://…", page=1)), NOW)
    page_request = result.next
    assert result.since == WINDOW.start
    assert page_request is not None
    assert page_request.request == Request(path="/segments", query=(("page", "2"),))
    assert listing.after(page_request, page("2", pages=Pages(page=2)), NOW).next is None


def test_a_listing_that_only_counts_its_pages_is_followed_too() -> None:
    listing = PageNumberPaginator(path="/audiences")
    page_request = listing.after(listing.first(WINDOW), page("1", pages=Pages(page=1, total_pages=2)), NOW).next
    assert page_request is not None
    assert page_request.request.query == (("page", "2"),)
    assert listing.after(page_request, page("2", pages=Pages(page=2, total_pages=2)), NOW).next is None


@pytest.mark.parametrize(("total_pages", "more"), [(None, False), (1, False), (2, True)])
def test_a_listing_that_does_not_count_its_page_is_on_the_first(total_pages: int | None, more: bool) -> None:
    listing = PageNumberPaginator(path="/audiences")
    result = listing.after(listing.first(WINDOW), page("1", pages=Pages(total_pages=total_pages)), NOW)
    assert (result.next is not None) is more


def test_a_listing_ends_with_an_empty_page_whatever_it_promises() -> None:
    listing = PageNumberPaginator(path="/segments")
    assert listing.after(listing.first(WINDOW), page(pages=Pages(next="more", page=1)), NOW).next is None


@pytest.mark.parametrize("total", [None, 5])
def test_a_listing_that_says_nothing_of_its_last_page_is_read_until_a_page_brings_nothing_new(
    total: int | None,
) -> None:
    listing = PageNumberPaginator(path="/articles")
    page_request: Any = listing.first(WINDOW)
    for number, ids in enumerate((("1", "2"), ("3", "4"), ("5", "6")), 2):
        pages = Pages(page=number - 1, per_page=2)
        page_request = listing.after(page_request, page(*ids, pages=pages, total_count=total and 7), NOW).next
        assert page_request.request.query == (("page", str(number)),)
    for ids in ((), ("5", "6")):
        end = listing.after(page_request, page(*ids, pages=Pages(page=4, per_page=2), total_count=total and 6), NOW)
        assert end.next is None or end.next.request == listing.first(WINDOW).request
    short = listing.after(page_request, page("7", pages=Pages(page=4, per_page=2), total_count=total and 7), NOW)
    assert short.next is None


def test_a_listing_counts_its_pages_where_they_have_no_number() -> None:
    listing = PageNumberPaginator(path="/articles")
    page_request: Any = listing.first(WINDOW)
    for number in ("2", "3"):
        page_request = listing.after(page_request, page(number, pages=Pages(total_pages=3)), NOW).next
        assert page_request.request.query == (("page", number),)
    assert listing.after(page_request, page("1", pages=Pages(total_pages=3)), NOW).next is None


def test_a_listing_sends_the_cursor_that_stands_beside_the_next_number() -> None:
    listing = PageNumberPaginator(path="/companies/1/notes")
    pages = Pages(page=1, next={"page": 2, "starting_after": "abc"})
    page_request = listing.after(listing.first(WINDOW), page("1", pages=pages), NOW).next
    assert page_request is not None
    assert page_request.request.query == (("page", "2"), ("starting_after", "abc"))


def people(count: int, **more: object) -> Page:
    return page(*map(str, range(count)), **more)


@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        (people(2, total_count=99, pages=Pages(page=1, per_page=2, total_pages=50)), True),
        (people(2, total_count=100, pages=Pages(page=1, per_page=2, total_pages=50)), False),
        (people(2, pages=Pages(page=1, per_page=2, total_pages=50)), True),
        (people(2, pages=Pages(page=1, per_page=2, total_pages=51)), False),
        (people(2, pages=Pages(page=1, per_page=2)), True),
        (people(99), True),
        (people(100, pages=Pages(next="more", page=1)), False),
    ],
)
def test_a_listing_whose_pages_may_not_reach_its_end_does_not_fit(answer: Page, *, fits: bool) -> None:
    listing = PageNumberPaginator(path="/users", limit=100)
    if fits:
        assert listing.after(listing.first(WINDOW), answer, NOW).since == WINDOW.start
        return
    with pytest.raises(
        PaginatorUnsuitable, match=r"^/users holds 100 records or more, and its pages reach no further$"
    ):
        listing.after(listing.first(WINDOW), answer, NOW)


def test_the_records_of_all_pages_count_towards_the_limit() -> None:
    listing = PageNumberPaginator(path="/users", limit=4)
    page_request = listing.after(listing.first(WINDOW), page("1", "2", pages=Pages(next="more", page=1)), NOW).next
    assert page_request is not None
    with pytest.raises(PaginatorUnsuitable):
        listing.after(page_request, page("3", "4", pages=Pages(page=2)), NOW)


def test_a_listing_may_have_to_be_posted_for() -> None:
    listing = PageNumberPaginator(path="/companies/list", query=(("per_page", "50"),), method="POST")
    page_request = listing.after(listing.first(WINDOW), page("1", pages=Pages(next="more", page=1)), NOW).next
    assert page_request is not None
    assert page_request.request == Request(
        path="/companies/list", query=(("per_page", "50"), ("page", "2")), method="POST"
    )
    assert {listing.first(WINDOW).request.method, listing.sample().method} == {"POST"}


def test_a_page_that_was_only_looked_at_has_nothing_that_is_wanted() -> None:
    result = PageResult(since=None)
    assert not result.wants(None)
    assert not result.wants(WINDOW.start)
    assert result.wanted([None, WINDOW.start], lambda time: time) == []


def test_what_is_found_in_another_part_is_not_wanted() -> None:
    result = PageResult(since=WINDOW.start, until=NOW)
    assert result.wanted([WINDOW.start, NOW, None], lambda time: time) == [WINDOW.start, None]


def test_records_without_a_time_are_always_wanted() -> None:
    assert PageResult(since=WINDOW.start, until=WINDOW.start).wants(None)


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [([], []), ([None, None], [None, None]), ([3, None, 0], [3, None, 0]), ([0, -1, None, 3], [0, None, 3])],
)
@pytest.mark.parametrize("until", [None, WINDOW.start + timedelta(days=1)])
def test_what_is_not_before_a_moment_is_wanted(
    seconds: list[int | None], kept: list[int | None], until: datetime | None
) -> None:
    def time(second: int | None) -> datetime | None:
        return None if second is None else WINDOW.start + timedelta(seconds=second)

    assert list(not_before(WINDOW.start, seconds, time)) == kept
    assert list(PageResult(since=WINDOW.start, until=until).wanted(seconds, time)) == kept


ARTICLES = PageNumberPaginator(path="/articles", query=(("per_page", "2"),))
WHOLE = PageResult(since=WINDOW.start, is_complete=True)


def numbered(number: int, *ids: str, total: int | None) -> Page:
    return page(*ids, pages=Pages(page=number, total_pages=2), total_count=total)


def read(page_request: PageRequest, *pages: Page) -> PageResult:
    for one in pages[:-1]:
        following = ARTICLES.after(page_request, one, NOW).next
        assert following is not None
        page_request = following
    return ARTICLES.after(page_request, pages[-1], NOW)


def test_a_list_that_holds_what_it_says_is_read_once() -> None:
    first = ARTICLES.first(WINDOW)
    assert read(first, numbered(1, "1", "2", total=3), numbered(2, "3", total=3)) == WHOLE
    assert read(first, numbered(1, "1", total=None), numbered(2, "1", total=None)).next is None
    assert read(first, numbered(2, "1", total=9)) == PageResult(since=WINDOW.start, missing=8)  # one page cannot shift


def test_a_list_from_which_a_record_slipped_by_is_read_again() -> None:
    # "1" was deleted after the first page, so that "3" is on the page that was read already.
    first = ARTICLES.first(WINDOW)
    again = read(first, numbered(1, "1", "2", total=4), numbered(2, "4", total=3)).next
    assert again is not None
    assert again.request == first.request
    assert read(again, numbered(1, "2", "3", total=3), numbered(2, "4", total=3)) == WHOLE


def test_a_reading_says_nothing_of_the_one_before_it() -> None:
    # "1" was deleted after the first reading, which missed "3", and so does the second.
    first = ARTICLES.first(WINDOW)
    result = read(first, numbered(1, "1", "2", total=4), numbered(2, "4", total=4))
    assert result.since == WINDOW.start
    assert result.next is not None
    assert read(result.next, numbered(1, "2", total=3), numbered(2, "4", total=3)).next is not None


def test_a_record_that_comes_twice_does_not_stand_for_one_that_slipped_by() -> None:
    first = ARTICLES.first(WINDOW)
    assert read(first, numbered(1, "1", "2", total=3), numbered(2, "2", total=3)).next is not None


def test_what_is_added_while_a_list_is_read_is_not_waited_for() -> None:
    first = ARTICLES.first(WINDOW)
    assert read(first, numbered(1, "1", "2", total=3), numbered(2, "2", "3", total=4)).next is None


def test_what_never_comes_is_told_in_the_end() -> None:
    page_request: PageRequest | None = ARTICLES.first(WINDOW)
    pages = (numbered(1, "1", "2", total=5), numbered(2, "3", total=5))
    for _ in range(2):
        assert page_request is not None
        result = read(page_request, *pages)
        assert result.missing == 0
        page_request = result.next
    assert page_request is not None
    assert read(page_request, *pages) == PageResult(since=WINDOW.start, missing=2)


@pytest.mark.parametrize(
    ("pages", "whole"),
    [
        ([numbered(1, "1", "2", total=3), numbered(2, "3", total=3)], True),
        ([numbered(1, "1", "2", total=None), numbered(2, "3", total=None)], False),
        ([numbered(2, "1", total=None)], True),
        ([numbered(2, "1", total=1)], True),
        ([numbered(2, "1", total=2)], False),
        ([page()], True),
    ],
)
def test_a_list_is_whole_where_a_count_says_so_or_it_comes_in_one_page(pages: list[Page], whole: bool) -> None:
    assert read(ARTICLES.first(WINDOW), *pages).is_complete is whole


def test_records_without_an_id_are_counted_one_by_one() -> None:
    page_request = ARTICLES.first(WINDOW)
    bare = [SimpleNamespace(), SimpleNamespace()]
    following = ARTICLES.after(
        page_request, Page(records=bare, pages=Pages(page=1, total_pages=2), total_count=4), NOW
    ).next
    assert following is not None
    assert ARTICLES.after(following, Page(records=bare, pages=Pages(page=2, total_pages=2)), NOW).next is None


@pytest.mark.parametrize(
    ("page", "total"),
    [
        (Page(records=[]), None),
        (Page(records=[], total_count=7, pages=Pages(per_page=20, total_pages=3)), 7),
        (Page(records=[], pages=Pages(per_page=20, total_pages=3)), 60),
        (Page(records=[], pages=Pages(total_pages=3)), None),
    ],
)
def test_a_page_tells_how_much_there_is_where_it_can(page: Page, total: int | None) -> None:
    assert page.total == total


def test_what_is_left_out_of_a_page_counts_as_one_that_came() -> None:
    listing = PageNumberPaginator(path="/tags")
    first = listing.first(WINDOW)
    result = listing.after(first, page("1", "2", total_count=3, left_out=1), NOW)
    assert (result.next, result.missing, result.is_complete) == (None, 0, True)
    odd = page(pages=Pages(page=1, per_page=2, total_pages=2), total_count=3, left_out=2)
    following = listing.after(first, odd, NOW).next
    assert following is not None
    result = listing.after(following, page("1", pages=Pages(page=2, per_page=2, total_pages=2)), NOW)
    assert (result.next, result.missing, result.is_complete) == (None, 0, True)


def test_a_record_whose_id_is_unset_is_counted_by_itself() -> None:
    records = [SimpleNamespace(id=UNSET), SimpleNamespace(id=UNSET)]
    listing = PageNumberPaginator(path="/tags")
    result = listing.after(listing.first(WINDOW), Page(records=records, total_count=2), NOW)
    assert (result.missing, result.is_complete) == (0, True)


def test_the_places_of_records_pass_over_what_is_left_out() -> None:
    assert list(Page(records=["a", "b"]).record_places) == [0, 1]
    assert list(Page(records=["a", "b"], left_out=1, places=[0, 2]).record_places) == [0, 2]
