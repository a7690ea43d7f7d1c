from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from tap_intercom.errors import ContractError
from tap_intercom.paging import Page, Turn, Window
from tap_intercom.scroll import SCROLL_PAGE, Rescue, Scroll
from tap_intercom.wire import Reason, Request

NOW = datetime(2024, 5, 1, tzinfo=UTC)
WINDOW = Window(floor=datetime(2024, 1, 1, tzinfo=UTC), now=NOW)


def page(*ids: str, scroll_param: str | None = None) -> Page:
    return Page(records=[SimpleNamespace(id=identifier) for identifier in ids], scroll_param=scroll_param)


def test_a_scroll_goes_on_with_the_newest_parameter_until_a_page_is_empty() -> None:
    scroll = Scroll(path="/users")
    step = scroll.first(WINDOW)
    assert step.request == Request(path="/users/scroll")
    turn = scroll.after(step, page("1", "2", scroll_param="p1"), NOW)
    assert turn.since == WINDOW.floor
    assert turn.next is not None
    assert turn.next.request == Request(path="/users/scroll", query=(("scroll_param", "p1"),), repeatable=False)
    turn = scroll.after(turn.next, page("3", scroll_param="p2"), NOW)
    assert turn.next is not None
    assert turn.next.request.query == (("scroll_param", "p2"),)
    assert scroll.after(turn.next, page(scroll_param="p3"), NOW) == Turn(since=WINDOW.floor)


def test_a_scroll_may_keep_its_parameter() -> None:
    scroll = Scroll(path="/users")
    step = scroll.after(scroll.first(WINDOW), page("1", scroll_param="p"), NOW).next
    assert step is not None
    assert scroll.after(step, page("2", scroll_param="p"), NOW).next is not None


def test_a_scroll_that_repeats_a_page_is_refused() -> None:
    scroll = Scroll(path="/users")
    step = scroll.after(scroll.first(WINDOW), page("1", "2", scroll_param="p"), NOW).next
    assert step is not None
    with pytest.raises(ContractError, match="same page for ever"):
        scroll.after(step, page("1", "2", scroll_param="p"), NOW)


def test_a_scroll_without_a_parameter_leads_nowhere() -> None:
    scroll = Scroll(path="/users")
    assert scroll.after(scroll.first(WINDOW), page("1"), NOW) == Turn(since=WINDOW.floor)


def test_a_look_at_a_scroll_does_not_open_it() -> None:
    assert Scroll(path="/users").sample() == Request(path="/users", query=(("per_page", "1"),))


@pytest.mark.parametrize(
    ("reason", "continued", "idle_seconds", "rescue"),
    [
        (Reason.SCROLL_TAKEN, False, 0.1, Rescue.WAIT),
        (Reason.SCROLL_BROKEN, True, 0.1, Rescue.AGAIN),
        (Reason.LOST, True, 0.1, Rescue.AGAIN),
        (Reason.GONE, True, 0.1, Rescue.END),
        (Reason.GONE, True, 10.0, Rescue.AGAIN),
        (Reason.GONE, False, 0.1, Rescue.NONE),
        (Reason.VERSION, True, 0.1, Rescue.AGAIN),
        (Reason.VERSION, False, 0.1, Rescue.NONE),
        (Reason.TOKEN, True, 0.1, Rescue.NONE),
    ],
)
def test_a_refused_scroll_is_rescued_by_its_reason(
    reason: Reason,
    continued: bool,
    idle_seconds: float,
    rescue: Rescue,
) -> None:
    scroll = Scroll(path="/users")
    step = scroll.first(WINDOW)
    if continued:
        following = scroll.after(step, page("1", scroll_param="p"), NOW).next
        assert following is not None
        step = following
    assert scroll.rescue(step, reason, idle_seconds) is rescue


def test_a_404_after_a_full_page_is_not_the_end_of_a_scroll() -> None:
    scroll = Scroll(path="/users")
    for records, rescue in ((SCROLL_PAGE - 1, Rescue.END), (SCROLL_PAGE, Rescue.AGAIN)):
        step = scroll.after(scroll.first(WINDOW), page(*map(str, range(records)), scroll_param="p"), NOW).next
        assert step is not None
        assert scroll.rescue(step, Reason.GONE, 0.1) is rescue
