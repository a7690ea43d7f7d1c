"""Scrolls that lose answers, end early, expire and are changed while they are read: none loses a record in silence."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrolled_lists import TROUBLE, Workspace, collected
from tap_intercom.errors import Unavailable
from tap_intercom.pagination.completeness import MOST_READS_WITHOUT_NEWS

STILL = tuple(trouble for trouble in TROUBLE if trouble not in {"create", "delete", "empty"})
Troubles = list[str | None]


def troubles(names: tuple[str, ...]) -> st.SearchStrategy[Troubles]:
    often_none = st.none() | st.none() | st.sampled_from(names)
    return st.lists(often_none | st.sampled_from(names), max_size=60)


SCROLLS = st.fixed_dictionaries(
    {
        "numbers": st.integers(0, 12),
        "page": st.integers(1, 3),
        "lives": st.booleans(),
        "ends_with": st.sampled_from(["empty", "404"]),
        "has_list": st.booleans(),
    }
)


@given(SCROLLS, troubles(STILL), st.none() | st.integers(0, 3), st.booleans())
def test_where_nothing_changes_all_comes_once_or_it_is_said(
    scroll: dict[str, int], happening: Troubles, odd: int | None, listing: bool
) -> None:
    workspace = Workspace(**scroll, odd=odd, troubles=happening)  # type: ignore[arg-type] - of any values
    try:
        came = collected(workspace, listing=listing, limit=10_000)
    except Unavailable:
        may_be_short = odd != 0 or sum(map(bool, happening)) >= MOST_READS_WITHOUT_NEWS
        assert may_be_short
    else:
        assert sorted(came) == sorted(workspace.records.items())


@given(SCROLLS, troubles(TROUBLE), st.booleans())
def test_what_changes_meanwhile_hides_no_more_than_it_is(
    scroll: dict[str, int], happening: Troubles, listing: bool
) -> None:
    workspace = Workspace(**scroll, troubles=happening)  # type: ignore[arg-type] - of any values
    try:
        came = collected(workspace, listing=listing, limit=10_000)
    except Unavailable:
        may_be_short = sum(map(bool, happening)) >= MOST_READS_WITHOUT_NEWS
        assert may_be_short
        return
    assert len(came) == len(set(came))
    lost = workspace.lasting - {identifier for identifier, _ in came}
    assert len(lost) <= workspace.changes


@given(SCROLLS, troubles(("create", "delete", "empty")))
def test_what_changes_meanwhile_hides_nothing_where_no_answer_is_lost(
    scroll: dict[str, int], happening: Troubles
) -> None:
    workspace = Workspace(**{**scroll, "ends_with": "empty"}, troubles=happening)  # type: ignore[arg-type] - of any values
    came = collected(workspace)
    assert workspace.lasting <= {identifier for identifier, _ in came}


@pytest.mark.parametrize("trouble", ["broken", "vanish", "slow", "unnamed", "lost"])
@pytest.mark.parametrize("odd", [0, None])
def test_a_scroll_that_never_gives_all_ends_and_says_so(trouble: str, odd: int | None) -> None:
    def always() -> object:
        while True:
            yield from [None, None, trouble]

    workspace = Workspace(20, always(), odd=odd)  # type: ignore[arg-type] - of these values
    with pytest.raises(Unavailable, match=r"/c/scroll: after \d+ readings") as short:
        collected(workspace)
    assert (" records are missing; run again later" in str(short.value)) is (odd == 0)


# Pages, the chance that an answer is lost and its page with it, and how many readings may be needed.
ODDS = [(100, 0.05, 4), (1_000, 0.01, 3), (10_000, 0.001, 3)]


@pytest.mark.parametrize(("pages", "chance", "most"), ODDS)
def test_lost_answers_cost_a_few_readings(pages: int, chance: float, most: int) -> None:
    for seed in range(3):
        dice = random.Random(seed)
        losses = ("lost" if dice.random() < chance else None for _ in range(10 * pages))
        workspace = Workspace(pages, losses, page=1)
        assert len(collected(workspace)) == pages
        assert workspace.opened <= most


@pytest.mark.soak
@settings(max_examples=3_000)
@given(SCROLLS, troubles(TROUBLE), st.none() | st.integers(0, 3), st.booleans())
def test_no_scroll_is_endless(scroll: dict[str, int], happening: Troubles, odd: int | None, listing: bool) -> None:
    workspace = Workspace(**scroll, odd=odd, troubles=happening)  # type: ignore[arg-type] - of any values
    try:
        came = collected(workspace, listing=listing, limit=10_000)
    except Unavailable:
        may_be_short = odd != 0 or sum(map(bool, happening)) >= MOST_READS_WITHOUT_NEWS
        assert may_be_short
    else:
        assert len(workspace.lasting - {identifier for identifier, _ in came}) <= workspace.changes
