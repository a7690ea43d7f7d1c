import pytest

from scrolled_lists import Workspace, collected, refusal
from tap_intercom.api.types import Reason
from tap_intercom.errors import ContractError, Unavailable
from tap_intercom.pagination.scroll import MOST_EMPTY_PAGES, SCROLLS_BEFORE_LIST


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
