from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from scrolled_lists import Workspace, collected, refusal
from tap_intercom.api.types import Reason, Request
from tap_intercom.errors import ContractError, Unavailable
from tap_intercom.pagination.cursors import MOST_EMPTY_PAGES
from tap_intercom.pagination.model import Page, PageResult, TimeRange
from tap_intercom.pagination.scroll import SCROLLS_BEFORE_LIST, ScrollPaginator

NOW = datetime(2024, 5, 1, tzinfo=UTC)
WINDOW = TimeRange(start=datetime(2024, 1, 1, tzinfo=UTC), now=NOW)


def page(*ids: str, scroll_param: str | None = None) -> Page:
    return Page(records=[SimpleNamespace(id=identifier) for identifier in ids], scroll_param=scroll_param)


def test_a_scroll_goes_on_with_the_newest_parameter_also_behind_an_empty_page() -> None:
    scroll = ScrollPaginator(path="/users")
    page_request = scroll.first(WINDOW)
    assert page_request.request == Request(path="/users/scroll")
    for ids, param in ((("1", "2"), "p1"), (("3",), "p2"), ((), "p2")):
        result = scroll.after(page_request, page(*ids, scroll_param=param), NOW)
        assert result.since == WINDOW.start
        assert result.next is not None
        assert result.next.request == Request(path="/users/scroll", query=(("scroll_param", param),), urgent=True)
        page_request = result.next


def test_a_scroll_without_a_parameter_leads_nowhere() -> None:
    scroll = ScrollPaginator(path="/users")
    assert scroll.after(scroll.first(WINDOW), page("1"), NOW) == PageResult(since=WINDOW.start)


def test_a_look_at_a_scroll_does_not_open_it() -> None:
    assert ScrollPaginator(path="/users").sample() == Request(path="/users", query=(("per_page", "1"),))


def test_a_scroll_is_opened_once_where_all_that_is_counted_comes() -> None:
    workspace = Workspace(5)
    assert sorted(collected(workspace)) == sorted(workspace.records.items())
    assert workspace.requests == ["/c", *["/c/scroll"] * 4, "/c", "/c"]


def test_an_empty_page_in_the_middle_is_passed_over() -> None:
    workspace = Workspace(9, [None, None, "empty"])
    assert {identifier for identifier, _ in collected(workspace)} == {"0", "1", "2", "3", "6", "7", "8"}
    assert workspace.opened == 1


def test_many_empty_pages_are_the_end() -> None:
    workspace = Workspace(100, [None, *["empty"] * (MOST_EMPTY_PAGES + 5)])
    assert workspace.lasting <= {identifier for identifier, _ in collected(workspace)} | set(workspace.records)
    assert workspace.opened == 2


@pytest.mark.parametrize("trouble", ["lost", "again"])
def test_a_step_whose_answer_is_lost_is_asked_again_and_the_count_decides(trouble: str) -> None:
    workspace = Workspace(5, [None, trouble])
    assert sorted(collected(workspace)) == sorted(workspace.records.items())
    assert workspace.opened == (2 if trouble == "lost" else 1)


@pytest.mark.parametrize("trouble", ["vanish", "slow", "broken", "unnamed"])
def test_a_scroll_that_ends_early_is_read_again(trouble: str) -> None:
    workspace = Workspace(9, [None, trouble])
    assert sorted(collected(workspace)) == sorted(workspace.records.items())
    assert workspace.opened == 2


def test_a_scroll_that_lives_on_the_server_is_waited_for() -> None:
    workspace = Workspace(9, [None, "unnamed"], seconds=0.1)
    collected(workspace)
    assert workspace.now > 60  # until it expired


@pytest.mark.parametrize("limit", [None, 10])
def test_after_a_few_broken_scrolls_the_list_is_read_where_its_pages_reach_the_end(limit: int | None) -> None:
    workspace = Workspace(9, ["broken", "broken"] * 100)
    assert sorted(collected(workspace, listing=True, limit=limit)) == sorted(workspace.records.items())
    assert workspace.opened == SCROLLS_BEFORE_LIST
    with pytest.raises(Unavailable):
        collected(Workspace(9, ["broken", "broken"] * 10_000), listing=True, limit=9)


def test_a_list_that_gives_less_than_it_counts_is_not_believed() -> None:
    workspace = Workspace(9, [None, "broken"] * 10_000, has_list=False)
    with pytest.raises(Unavailable, match="7 of 9 records are missing"):
        collected(workspace, listing=True, limit=10)
    assert workspace.opened > SCROLLS_BEFORE_LIST


@pytest.mark.parametrize("error", [refusal(Reason.GONE), ContractError("no list")])
def test_a_list_that_cannot_be_read_is_no_end(error: Exception) -> None:
    workspace = Workspace(9, [None, "broken"] * (SCROLLS_BEFORE_LIST + 1))
    workspace.list_error = error
    assert sorted(collected(workspace, listing=True, limit=10)) == sorted(workspace.records.items())


@pytest.mark.parametrize("error", [refusal(Reason.GONE), ContractError("no list"), Unavailable("ill")])
def test_where_nobody_counts_all_is_read_twice(error: Exception) -> None:
    workspace = Workspace(5)
    workspace.list_error = workspace.count_error = error
    assert sorted(collected(workspace)) == sorted(workspace.records.items())
    assert workspace.opened == 2


def test_what_is_not_certain_in_the_end_is_said() -> None:
    uncounted = Workspace(5, [None, "broken"] * 10_000, odd=None)
    with pytest.raises(Unavailable, match="whether all records came is not certain, since /c does not count them"):
        collected(uncounted)
    broken_at_the_end = [*[None] * 5, "broken"] * 10_000
    with pytest.raises(Unavailable, match="whether all 8 records came is not certain"):
        collected(Workspace(9, broken_at_the_end, odd=-1))


class EndlessList(Workspace):
    """A workspace whose list names the next page, and gives the first one again."""

    def _list(self, query: dict[str, str]) -> Page:
        return super()._list({**query, "page": "1"})


def test_a_list_whose_pages_have_no_end_is_not_read_for_ever() -> None:
    workspace = EndlessList(9, [None, "broken"] * 10_000)
    with pytest.raises(Unavailable, match="7 of 9 records are missing"):
        collected(workspace, listing=True)
