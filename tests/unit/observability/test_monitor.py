"""What the operator sees on stderr."""

import functools
import io
import json
import logging
import os
import pty
import re
import sys
from collections.abc import Iterator

import pytest

from manual_clock import ManualClock
from tap_intercom.errors import AccessError
from tap_intercom.observability.live_display import progress_of
from tap_intercom.observability.log import Log
from tap_intercom.observability.monitor import RunMonitor

TOKEN = "dG9rOjEyMzQ1Njc4OTA="  # noqa: S105 - an example


@pytest.fixture
def stderr() -> io.StringIO:
    return io.StringIO()


def lines(stderr: io.StringIO) -> list[str]:
    return stderr.getvalue().splitlines()


def metrics(stderr: io.StringIO) -> list[dict[str, object]]:
    found = [re.fullmatch(r"INFO METRIC: (.*)", line) for line in lines(stderr)]
    return [json.loads(match[1]) for match in found if match]


def test_lines_have_the_format_of_singer_python(stderr: io.StringIO) -> None:
    log = Log(stderr)
    log.debug("unheard")
    log.info("one")
    log.warning("two")
    log.error("three")
    log.critical("four")
    assert lines(stderr) == ["INFO one", "WARNING two", "ERROR three", "CRITICAL four"]


def test_the_level_may_be_any_of_five_in_either_case(stderr: io.StringIO) -> None:
    log = Log(stderr, "error")
    log.warning("unheard")
    log.error("heard")
    assert lines(stderr) == ["ERROR heard"]


def test_an_unknown_level_is_info_and_said_so(stderr: io.StringIO) -> None:
    log = Log(stderr, "loud")
    log.info("heard")
    assert lines(stderr) == [
        "WARNING TAP_INTERCOM_LOGLEVEL is loud, not one of DEBUG, INFO, WARNING, ERROR, CRITICAL; INFO is taken",
        "INFO heard",
    ]


def test_no_line_shows_the_token_not_even_a_traceback(stderr: io.StringIO) -> None:
    log = Log(stderr)
    log.hide(f" {TOKEN}\n")
    log.info("Authorization: Bearer %s", TOKEN)
    log.error("broken", exc_info=ValueError(f"url?token={TOKEN}"))
    assert TOKEN not in stderr.getvalue()
    assert "ValueError: url?token=(hidden)" in stderr.getvalue()
    assert lines(stderr)[0] == "INFO Authorization: Bearer (hidden)"


def test_a_short_token_is_hidden_where_it_stands_alone_but_words_stay_whole(stderr: io.StringIO) -> None:
    log = Log(stderr)
    log.hide("tok")
    log.info("token of Bearer tok, in 'tok'")
    assert lines(stderr) == ["INFO token of Bearer (hidden), in '(hidden)'"]


@pytest.mark.parametrize("nothing", [None, "", "  ", 5])
def test_what_is_no_token_hides_nothing(stderr: io.StringIO, nothing: object) -> None:
    log = Log(stderr)
    log.hide(nothing)
    log.info("a 5 None")
    assert lines(stderr) == ["INFO a 5 None"]


def test_line_breaks_and_escapes_in_words_of_others_stay_in_one_harmless_line(stderr: io.StringIO) -> None:
    Log(stderr).warning("Intercom says: %s", "one\ntwo\r\x1b[31mred é")
    assert lines(stderr) == ["WARNING Intercom says: one\\ntwo\\r\\x1b[31mred é"]


def test_a_closed_stderr_is_no_mistake() -> None:
    Log(None).warning("unheard")


def test_a_broken_stderr_is_no_mistake() -> None:
    class Broken(io.StringIO):
        def write(self, text: str, /) -> int:
            raise BrokenPipeError(text)

    Log(Broken()).warning("unheard")


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    # Detached before, since basicConfig closes what it replaces.
    logger.handlers[:] = []
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_warnings_of_libraries_come_without_the_token_too(stderr: io.StringIO, root: logging.Logger) -> None:
    log = Log(stderr)
    log.hide(TOKEN)
    log.take_over_loggers()
    assert root.handlers == [log.handler]
    logging.getLogger("aiohttp.client").info("unheard")
    logging.getLogger("aiohttp.client").warning("odd header %s", TOKEN)
    assert lines(stderr) == ["WARNING odd header (hidden)"]


def test_a_stream_has_a_line_at_its_start_and_one_at_its_end(stderr: io.StringIO, clock: ManualClock) -> None:
    monitor = RunMonitor(Log(stderr), clock=clock)
    monitor.begin("users")
    clock.now += 2.5
    monitor.count("users", records=12, requests=3, seconds=1.5)
    monitor.end("users")
    said = [line for line in lines(stderr) if "METRIC" not in line]
    assert said == ["INFO users: begins", "INFO users: complete, 12 records in 2.5 s"]


def test_a_stream_that_begins_twice_has_one_line(stderr: io.StringIO, clock: ManualClock) -> None:
    monitor = RunMonitor(Log(stderr), clock=clock)
    monitor.begin("users")
    clock.now += 5
    monitor.begin("users")
    assert lines(stderr) == ["INFO users: begins"]
    (row,) = progress_of(monitor.counters).rows
    assert (row.stream, row.state, row.records, row.requests) == ("users", "waiting", 0, 0)


def test_a_stream_of_which_nothing_was_read_has_only_its_row_in_the_summary(
    stderr: io.StringIO, clock: ManualClock
) -> None:
    with RunMonitor(Log(stderr), clock=clock) as monitor:
        monitor.begin("tags")
        monitor.begin("users")
        monitor.count("tags", requests=1)
        monitor.end("tags")
    assert "INFO users         0         0      0.0         0  nothing read" in lines(stderr)
    assert not any(line.startswith("INFO users:") and "begins" not in line for line in lines(stderr))


def test_metrics_have_the_form_of_singer_python(stderr: io.StringIO, clock: ManualClock) -> None:
    monitor = RunMonitor(Log(stderr), clock=clock)
    monitor.begin("users")
    clock.now += 2.5
    monitor.count("users", records=12, requests=3, seconds=1.5)
    monitor.end("users")
    assert (
        'INFO METRIC: {"type": "counter", "metric": "record_count", "value": 12, "tags": {"endpoint": "users"}}'
        in lines(stderr)
    )
    succeeded = {"endpoint": "users", "status": "succeeded"}
    assert metrics(stderr) == [
        {"type": "counter", "metric": "record_count", "value": 12, "tags": {"endpoint": "users"}},
        {"type": "timer", "metric": "job_duration", "value": 2.5, "tags": {"job_type": "sync", **succeeded}},
        {"type": "counter", "metric": "http_request_count", "value": 3, "tags": {"endpoint": "users"}},
        {"type": "timer", "metric": "http_request_duration", "value": 0.5, "tags": {**succeeded, "statistic": "mean"}},
    ]


def test_a_stream_that_cannot_be_read_is_said_in_one_line_and_fails_in_its_metrics(
    stderr: io.StringIO, clock: ManualClock
) -> None:
    monitor = RunMonitor(Log(stderr), clock=clock)
    monitor.begin("leads")
    monitor.fail("leads", AccessError("leads: 403: give the app the permission"))
    monitor.end("leads")
    assert "ERROR leads: not complete: 403: give the app the permission" in lines(stderr)
    assert lines(stderr).count("INFO leads: failed, 0 records in 0.0 s") == 1
    assert metrics(stderr)[1]["tags"] == {"job_type": "sync", "endpoint": "leads", "status": "failed"}


def test_a_long_stream_tells_its_progress_every_ten_seconds(stderr: io.StringIO, clock: ManualClock) -> None:
    monitor = RunMonitor(Log(stderr), clock=clock)
    monitor.begin("users")
    for _ in range(100):
        clock.now += 0.25
        monitor.count("users", records=50, requests=1)
    progress = [line for line in lines(stderr) if "so far" in line]
    assert progress == [
        "INFO users: 2,000 records, 40 requests so far",
        "INFO users: 4,000 records, 80 requests so far",
    ]


def test_only_a_long_wait_is_worth_a_line_and_only_once(stderr: io.StringIO, clock: ManualClock) -> None:
    monitor = RunMonitor(Log(stderr), clock=clock)
    monitor.note_wait("the quota", 4.9)
    monitor.note_wait("the quota", 10)
    monitor.note_wait("the quota", 9)
    clock.now += 11
    monitor.note_wait("the quota", 8)
    monitor.note_wait("another scroll", 60)
    assert lines(stderr) == ["INFO waiting 10 s: the quota", "INFO waiting 60 s: another scroll"]


def test_a_reason_that_stays_is_said_again_after_a_while(stderr: io.StringIO, clock: ManualClock) -> None:
    monitor = RunMonitor(Log(stderr), clock=clock)
    for _ in range(20):
        monitor.note_wait("another scroll", 5)
        clock.now += 5
    assert lines(stderr) == ["INFO waiting 5 s: another scroll"] * 2


def test_the_summary_is_an_aligned_table_with_totals_and_warnings(stderr: io.StringIO, clock: ManualClock) -> None:
    with RunMonitor(Log(stderr), clock=clock) as monitor:
        monitor.begin("admins")
        monitor.begin("conversation_parts")
        monitor.begin("users")
        clock.now += 1
        monitor.count("conversation_parts", requests=1)
        monitor.count("admins", records=12, requests=13)
        monitor.end("admins")
        monitor.warn("users", "Intercom sends fields that the schema lacks: nickname (3 records)")
        monitor.warn("users", "Intercom sends fields that the schema lacks: nickname (3 records)")
        monitor.count("users", records=6231, requests=63)
        monitor.fail("users", AccessError("403"))
        monitor.count_network(retries=3, throttled=1, waited_seconds=2.25)
        clock.now += 60
        before = len(lines(stderr))
    closing = [line for line in lines(stderr)[before:] if "METRIC" not in line]
    assert closing == [
        "INFO conversation_parts: not complete, 0 records in 61.0 s",
        "INFO stream              records  requests  seconds  warnings  state",
        "INFO admins                   12        13      1.0         0  complete",
        "INFO conversation_parts        0         1     61.0         0  not complete",
        "INFO users                 6,231        63      1.0         2  failed",
        "INFO total                 6,243        77     61.0         2  1 of 3 complete",
        "INFO asked again: 3; told to slow down (429): 1; waited: 2.2 s",
        "INFO warned of users: Intercom sends fields that the schema lacks: nickname (3 records)",
    ]


def test_the_summary_comes_once_and_not_at_all_where_nothing_was_read(stderr: io.StringIO) -> None:
    with RunMonitor(Log(stderr)) as monitor:
        monitor.begin("users")
        monitor.close()
    assert lines(stderr) == ["INFO users: begins"]


def test_the_summary_repeats_no_more_than_fifty_warnings(stderr: io.StringIO) -> None:
    with RunMonitor(Log(stderr)) as monitor:
        monitor.count("users", records=1)
        for number in range(60):
            monitor.warn("users", f"odd thing {number}")
    assert sum(line.startswith("WARNING") for line in lines(stderr)) == 60
    assert sum(line.startswith("INFO warned of users: odd thing") for line in lines(stderr)) == 50


def test_records_of_a_stream_that_did_not_begin_are_counted_all_the_same(
    stderr: io.StringIO, clock: ManualClock
) -> None:
    with RunMonitor(Log(stderr), clock=clock) as monitor:
        monitor.count("users", records=1)
    assert "INFO users         1         0      0.0         0  not complete" in lines(stderr)


def _shown(terminal: int) -> str:
    """Read what was written to a terminal since; nothing once its other side is closed."""
    try:
        return os.read(terminal, 1 << 16).decode()
    except OSError:
        return ""


def test_a_terminal_shows_progress_instead_of_lines_about_it(clock: ManualClock) -> None:
    main, side = pty.openpty()
    with os.fdopen(side, "w", encoding="utf-8") as terminal:
        log = Log(terminal)
        with RunMonitor(log, live=True, clock=clock) as monitor:
            monitor.begin("users")
            clock.now += 20
            monitor.count("users", records=6231, requests=63)
            monitor.note_wait("the quota", 8)
            log.warning("above it")
            seen = progress_of(monitor.counters)
            assert (seen.total.records, round(seen.total.per_second), seen.waiting) == (
                6231,
                312,
                "waiting 8 s: the quota",
            )
            monitor.end("users")
        log.info("after it")
    shown = "".join(iter(functools.partial(_shown, main), ""))
    os.close(main)
    assert "so far" not in shown
    assert "METRIC" not in shown
    assert "begins" not in shown
    assert "above it" in shown
    assert "INFO total     6,231        63     20.0         0  1 of 1 complete" in shown
    assert "INFO after it" in shown
    assert "\x1b[?25l" not in shown  # the cursor is never hidden


def test_rich_is_not_loaded_without_a_terminal() -> None:
    import subprocess  # noqa: PLC0415 - for this test alone

    loaded = "[name for name in sys.modules if name in ('rich', 'aiohttp')]"
    code = f"import sys, tap_intercom.observability.monitor; print({loaded})"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"
