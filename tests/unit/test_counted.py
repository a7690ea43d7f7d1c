from datetime import UTC, datetime
from types import SimpleNamespace

from tap_intercom.counted import CountedList
from tap_intercom.paging import Page, Pages, Step, Turn, Window

NOW = datetime(2024, 5, 1, tzinfo=UTC)
WINDOW = Window(floor=datetime(2024, 1, 1, tzinfo=UTC), now=NOW)
ARTICLES = CountedList(path="/articles", query=(("per_page", "2"),))


def page(number: int, *ids: str, total: int | None) -> Page:
    records = [SimpleNamespace(id=identifier) for identifier in ids]
    return Page(records=records, pages=Pages(page=number, total_pages=2), total_count=total)


def following(turn: Turn) -> Step:
    assert turn.next is not None
    return turn.next


def read(step: Step, *pages: Page) -> Turn:
    for one in pages[:-1]:
        step = following(ARTICLES.after(step, one, NOW))
    return ARTICLES.after(step, pages[-1], NOW)


def test_a_list_that_holds_what_it_says_is_read_once() -> None:
    step = ARTICLES.first(WINDOW)
    assert step.request.query == (("per_page", "2"),)
    turn = read(step, page(1, "1", "2", total=3), page(2, "3", total=3))
    assert turn == Turn(since=WINDOW.floor)
    assert read(ARTICLES.first(WINDOW), page(1, "1", total=None), page(2, "1", total=None)).next is None


def test_a_list_from_which_a_record_slipped_by_is_read_again() -> None:
    # "1" was deleted after the first page, so that "3" is on the page that was read already.
    again = following(read(ARTICLES.first(WINDOW), page(1, "1", "2", total=4), page(2, "4", total=3)))
    assert again.request == ARTICLES.first(WINDOW).request
    assert read(again, page(1, "2", "3", total=3), page(2, "4", total=3)) == Turn(since=WINDOW.floor)


def test_a_record_that_comes_twice_does_not_stand_for_one_that_slipped_by() -> None:
    assert read(ARTICLES.first(WINDOW), page(1, "1", "2", total=3), page(2, "2", total=3)).next is not None


def test_what_never_comes_is_told_in_the_end() -> None:
    step, pages = ARTICLES.first(WINDOW), (page(1, "1", "2", total=5), page(2, "3", total=5))
    for _ in range(2):
        turn = read(step, *pages)
        assert turn.short == 0
        step = following(turn)
    assert read(step, *pages) == Turn(since=WINDOW.floor, short=2)
