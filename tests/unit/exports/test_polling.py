import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from tap_intercom.api.types import Answer, Reason, Refused, Request
from tap_intercom.errors import Unavailable
from tap_intercom.exports.job import DEADLINE_SECONDS, UNKNOWN_JOB_SECONDS, Export, ExportPeriod, Job
from tap_intercom.exports.polling import ExportJob

T = TypeVar("T")
NOW = datetime(2024, 5, 1, tzinfo=UTC)
WINDOW = ExportPeriod(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 31, tzinfo=UTC))
EXPORT = Export(
    order_path="/x",
    status_path="/x/{job}",
    file_path="/f/{job}",
    bounds=("a", "b"),
    sample_path="/x/none",
    days=30,
    status_query=(("app_id", "{app}"),),
)
PENDING, DONE = "pending", "completed"
BUSY = Refused(Reason.JOBS_PENDING, 429, "rate_limit_exceeded", "Exceeded rate limit of 1 pending jobs", None)
GONE = Refused(Reason.GONE, 404, "not_found", "Export job not found", None)
DENIED = Refused(Reason.DENIED, 403, "forbidden", "No", None)


class Script:
    """Answers in order; the last answer is given for ever. Waiting takes no time."""

    def __init__(self, *answers: str | Refused) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []
        self.paused = 0.0
        self.reasons: list[str] = []

    async def ask(self, request: Request, read: Callable[[bytes], T]) -> Answer[T]:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Refused):
            raise answer
        return Answer(value=read(b'{"job_identifier":"j1","status":"%s"}' % answer.encode()), served=NOW)

    async def pause(self, seconds: float, reason: str) -> None:
        self.paused += seconds
        self.reasons.append(reason)


def errand(script: Script) -> ExportJob:
    return ExportJob(stream="messages", export=EXPORT, requester=script, app="w1")


def ordered(script: Script) -> Job:
    return asyncio.run(errand(script).order(WINDOW, {"color": "red"})).value


def finished(script: Script, status: str = PENDING) -> Job | None:
    return asyncio.run(errand(script).wait_until_done(Job("j1", status), WINDOW))


def test_a_job_is_ordered_once_there_are_few_enough() -> None:
    script = Script(BUSY, BUSY, PENDING)
    assert ordered(script) == Job("j1", PENDING)
    assert script.asked == [EXPORT.order_request(WINDOW, {"color": "red"})] * 3
    assert script.paused == pytest.approx(2.5)


def test_a_job_that_cannot_be_ordered_is_given_up_after_an_hour() -> None:
    script = Script(BUSY)
    with pytest.raises(Unavailable, match="messages: no export could be ordered for an hour"):
        ordered(script)
    assert script.paused == pytest.approx(DEADLINE_SECONDS)


def test_another_refusal_is_not_waited_out() -> None:
    with pytest.raises(Refused):
        ordered(Script(DENIED))
    with pytest.raises(Refused):
        finished(Script(DENIED))


def test_a_job_is_looked_at_until_it_is_done() -> None:
    script = Script(PENDING, "in_progress", DONE)
    assert finished(script) == Job("j1", DONE)
    assert script.asked == [Request(path="/x/j1", query=(("app_id", "w1"),))] * 3
    assert script.reasons == ["messages: Intercom is making an export"] * 3


def test_a_job_that_is_done_at_once_is_not_waited_for() -> None:
    script = Script(PENDING)
    assert finished(script, DONE) == Job("j1", DONE)
    assert finished(script, "no_data") is None
    assert not script.asked


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_job_that_comes_to_nothing_is_named(status: str) -> None:
    with pytest.raises(Unavailable) as caught:
        finished(Script(PENDING, status))
    assert str(caught.value) == (
        f"messages: the export of 2024-01-01 00:00:00 to 2024-01-31 00:00:00 is {status} (job j1); "
        "run again, and ask Intercom if it stays so."
    )


def test_a_job_that_does_not_end_is_given_up_after_an_hour() -> None:
    script = Script("in_progress")
    with pytest.raises(Unavailable, match="is still in_progress after an hour"):
        finished(script)
    assert script.paused == pytest.approx(DEADLINE_SECONDS)


def test_a_job_may_not_be_known_at_once_but_has_to_be_soon() -> None:
    assert finished(Script(GONE, GONE, DONE)) == Job("j1", DONE)
    script = Script(GONE)
    with pytest.raises(Unavailable, match="is not known to Intercom"):
        finished(script)
    assert UNKNOWN_JOB_SECONDS < script.paused < 2 * UNKNOWN_JOB_SECONDS
