from datetime import UTC, datetime
from types import SimpleNamespace

from tap_intercom.api.types import Request
from tap_intercom.pagination.model import Page, PageResult, TimeRange
from tap_intercom.pagination.scroll import ScrollPaginator

NOW = datetime(2024, 5, 1, tzinfo=UTC)
WINDOW = TimeRange(start=datetime(2024, 1, 1, tzinfo=UTC), now=NOW)


def page(*ids: str, scroll_param: str | None = None) -> Page:
    return Page(records=[SimpleNamespace(id=identifier) for identifier in ids], scroll_param=scroll_param)


def test_a_scroll_goes_on_with_the_newest_parameter_also_behind_an_empty_page() -> None:
    scroll = ScrollPaginator(path="/users")
    step = scroll.first(WINDOW)
    assert step.request == Request(path="/users/scroll")
    for ids, param in ((("1", "2"), "p1"), (("3",), "p2"), ((), "p2")):
        result = scroll.after(step, page(*ids, scroll_param=param), NOW)
        assert result.since == WINDOW.start
        assert result.next is not None
        assert result.next.request == Request(path="/users/scroll", query=(("scroll_param", param),), urgent=True)
        step = result.next


def test_a_scroll_without_a_parameter_leads_nowhere() -> None:
    scroll = ScrollPaginator(path="/users")
    assert scroll.after(scroll.first(WINDOW), page("1"), NOW) == PageResult(since=WINDOW.start)


def test_a_look_at_a_scroll_does_not_open_it() -> None:
    assert ScrollPaginator(path="/users").sample() == Request(path="/users", query=(("per_page", "1"),))
