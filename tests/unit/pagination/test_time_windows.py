from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec

from tap_intercom.api.types import INTERCOM_BEGAN, Request
from tap_intercom.pagination.model import Page, PageRequest, PageResult, Pages, TimeRange
from tap_intercom.pagination.time_windows import TimeWindowPaginator

NOW = datetime(2024, 5, 1, tzinfo=UTC)
LOGS = TimeWindowPaginator(path="/admins/activity_logs")
DAY = timedelta(days=1)
ONLY = Page(records=[SimpleNamespace(id="1")], pages=Pages(page=1, total_pages=1))


def days_ago(days: int) -> datetime:
    return NOW - days * DAY


def begin(floor: datetime) -> PageRequest:
    return LOGS.first(TimeRange(start=floor, now=NOW))


def unix(moment: datetime, seconds: int = 0) -> str:
    return str(int(moment.timestamp()) + seconds)


def query(page_request: PageRequest | None) -> dict[str, str]:
    assert page_request is not None
    return dict(page_request.request.query)


def following(result: PageResult) -> PageRequest:
    assert result.next is not None
    return result.next


def test_a_period_is_asked_for_with_a_second_more_on_both_sides_and_taken_without_it() -> None:
    page_request = begin(days_ago(40))
    assert query(page_request) == {
        "created_at_after": unix(days_ago(40), -1),
        "created_at_before": unix(days_ago(10), 1),
    }
    result = LOGS.after(page_request, ONLY, NOW)
    assert (result.since, result.until, result.finished_before) == (days_ago(40), days_ago(10), days_ago(10))


def test_the_last_period_has_no_end_and_settles_nothing() -> None:
    page_request = begin(days_ago(30))
    assert query(page_request) == {"created_at_after": unix(days_ago(30), -1)}
    assert LOGS.after(page_request, ONLY, NOW) == PageResult(since=days_ago(30))


def test_a_period_is_settled_with_its_last_page_and_its_pages_are_of_the_same_period() -> None:
    page_request = begin(days_ago(40))
    result = LOGS.after(page_request, Page(records=["1"], pages=Pages(page=1, total_pages=2)), NOW)
    assert (result.since, result.until, result.finished_before) == (days_ago(40), days_ago(10), None)
    assert query(result.next) == {**query(page_request), "page": "2"}
    result = LOGS.after(following(result), Page(records=["2"], pages=Pages(page=2, total_pages=2)), NOW)
    assert result.finished_before == days_ago(10)
    assert query(result.next) == {"created_at_after": unix(days_ago(10), -1)}


def test_quiet_periods_grow_until_one_has_more_than_a_page() -> None:
    page_request, starts = begin(days_ago(3000)), []
    for _ in range(4):
        starts.append(page_request.time_range.start)
        page_request = following(LOGS.after(page_request, Page(records=[]), NOW))
    assert starts == [days_ago(3000), days_ago(2970), days_ago(2910), days_ago(2790)]
    page_request = following(LOGS.after(page_request, Page(records=["1"], pages=Pages(page=1, total_pages=3)), NOW))
    page_request = following(LOGS.after(page_request, Page(records=["2"], pages=Pages(page=2, total_pages=3)), NOW))
    page_request = following(LOGS.after(page_request, Page(records=["3"], pages=Pages(page=3, total_pages=3)), NOW))
    assert page_request.time_range.end == page_request.time_range.start + 30 * DAY


def test_the_present_is_intercoms_once_it_has_answered() -> None:
    result = LOGS.after(begin(days_ago(100)), ONLY, days_ago(65))
    assert query(result.next) == {"created_at_after": unix(days_ago(70), -1)}


def test_a_log_that_can_be_searched_is_asked_for_in_bodies() -> None:
    log = TimeWindowPaginator(path="/logs/search", per_page=250)
    page_request = log.first(TimeRange(start=days_ago(30), now=NOW))
    after = int(days_ago(30).timestamp()) - 1
    assert (page_request.request.method, page_request.request.path) == ("POST", "/logs/search")
    assert msgspec.json.decode(page_request.request.body or b"") == {"created_at_after": after, "per_page": 250}
    page_request = following(log.after(page_request, Page(records=["1"], pages=Pages(page=1, total_pages=2)), NOW))
    assert msgspec.json.decode(page_request.request.body or b"") == {
        "created_at_after": after,
        "page": 2,
        "per_page": 250,
    }
    assert log.after(page_request, Page(records=["2"], pages=Pages(page=2, total_pages=2)), NOW).next is None
    sample = msgspec.json.decode(log.sample(5).body or b"")
    assert sample == {"created_at_after": int(INTERCOM_BEGAN.timestamp()), "per_page": 5}


def test_a_cursor_beside_the_number_of_the_next_page_stays_text_in_a_body() -> None:
    log = TimeWindowPaginator(path="/logs/search", per_page=250)
    page_request = log.first(TimeRange(start=days_ago(30), now=NOW))
    pages = Pages(page=1, total_pages=2, next={"page": 2, "starting_after": "WzE2="})
    page_request = following(log.after(page_request, Page(records=["1"], pages=pages), NOW))
    asked = msgspec.json.decode(page_request.request.body or b"")
    assert (asked["page"], asked["starting_after"]) == (2, "WzE2=")


def test_nothing_is_asked_for_from_before_there_was_intercom() -> None:
    assert begin(datetime(1, 1, 1, tzinfo=UTC)).time_range.start == INTERCOM_BEGAN
    assert LOGS.sample() == Request(path="/admins/activity_logs", query=(("created_at_after", unix(INTERCOM_BEGAN)),))


def test_nothing_is_settled_once_a_period_gave_less_than_it_counted() -> None:
    page_request = begin(days_ago(200))
    result = LOGS.after(page_request, Page(records=["1"], total_count=3), NOW)
    assert (result.finished_before, result.missing) == (None, 0)
    result = LOGS.after(following(result), ONLY, NOW)
    assert (result.finished_before, result.missing) == (None, 0)
    assert LOGS.after(following(result), ONLY, NOW) == PageResult(since=days_ago(110), missing=2)
