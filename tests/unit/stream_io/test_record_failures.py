import asyncio
import math
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tap_intercom.api.types import ME_REQUEST, Answer, Reason, Refused, Request
from tap_intercom.errors import ApiError, ContractError, RecordUnavailable, TapError, Unavailable
from tap_intercom.singer.state import State
from tap_intercom.stream_io.record_failures import (
    GIVE_UP_SECONDS,
    MOST_IN_A_ROW,
    MOST_PER_STREAM,
    RecordClient,
    RecordFailures,
)
from tap_intercom.streams.model import Stream

NOW = datetime(2024, 1, 1, tzinfo=UTC)
REQUEST = Request(path="/conversations/5")
SICK = RecordUnavailable("GET /conversations/5 got no usable answer (request r1); run again later.")


class World:
    """What record failures need of a run; `answer` is what a request meets, and `reached` whether /me is answered."""

    def __init__(self, state: dict[str, Any] | None = None, *, keeps: bool = True) -> None:
        self.state = State(state or {}, {})
        self.warnings: list[tuple[str, str]] = []
        self.errors: list[tuple[str, TapError]] = []
        self.me: TapError | Refused | None = None
        self.answer: Any = None
        output: Any = SimpleNamespace(stream=Stream(name="parts", permission="Read parts"), is_whole=True)
        report = SimpleNamespace(warn=lambda *said: self.warnings.append(said), count=lambda *_, **__: None)
        around: Any = SimpleNamespace(
            client=self, monitor=report, state=self.state, fail=lambda *said: self.errors.append(said)
        )
        self.output = output
        self.failures = RecordFailures([output], around, records_of="conversations", remembers=keeps)

    async def ask(self, request: Request, read: Any, give_up: Any) -> Any:
        if request == ME_REQUEST:
            if self.me is not None:
                raise self.me
        elif callable(self.answer):
            await self.answer(give_up)
        elif self.answer is not None:
            raise self.answer
        return Answer(value=read(b"{}"), served=NOW)

    def client_for(self, identifier: str = "5") -> RecordClient:
        return self.failures.client_for(identifier)


def gives_up(world: World, *seconds: float, meanwhile: int = 0, identifier: str = "5") -> bool:
    """Let a request fail for so many seconds, while others are answered; say whether it is given up at last."""
    outcome = []

    async def fail(give_up: Any) -> None:
        assert not await give_up(0.0)
        for _ in range(meanwhile):
            world.failures.note_answer()
        outcome.extend([await give_up(each) for each in seconds])
        raise SICK

    world.answer = fail
    with pytest.raises(RecordUnavailable):
        asyncio.run(world.client_for(identifier).ask(REQUEST, bytes))
    assert not any(outcome[:-1])
    return outcome[-1]


def test_a_record_is_given_up_after_a_minute_in_which_others_are_answered() -> None:
    world = World()
    world.failures.in_flight = 5
    assert not gives_up(world, GIVE_UP_SECONDS - 1, meanwhile=9)
    assert gives_up(world, GIVE_UP_SECONDS - 1, GIVE_UP_SECONDS, meanwhile=1)
    assert world.failures.in_flight == 5


def test_where_nothing_else_is_answered_the_outage_is_waited_for() -> None:
    world = World()
    world.failures.in_flight = 5
    world.failures.note_answer()  # before the request began to fail
    assert not gives_up(world, GIVE_UP_SECONDS, 10 * GIVE_UP_SECONDS)


@pytest.mark.parametrize(("in_flight", "seconds"), [(0, GIVE_UP_SECONDS), (5, math.inf)])
def test_where_nothing_else_is_asked_or_no_attempt_is_left_intercom_is_asked_who_we_are(
    in_flight: int, seconds: float
) -> None:
    world = World()
    world.failures.in_flight = in_flight
    assert gives_up(world, seconds)
    world.me = Refused(Reason.DENIED, 403, "", "no", None)
    assert gives_up(world, seconds)
    world.me = Unavailable("GET /me got no usable answer; run again later.")
    assert not gives_up(world, seconds)


def test_what_failed_before_is_given_up_after_a_minute_whatever_else_happens() -> None:
    world = World({"failed_records": {"parts": {"5": None}}})
    world.me = Unavailable("down")
    world.failures.in_flight = 5
    assert gives_up(world, GIVE_UP_SECONDS)
    assert not gives_up(world, GIVE_UP_SECONDS, identifier="6")


def test_an_answer_and_an_absence_are_counted_as_answers() -> None:
    world = World()
    assert asyncio.run(world.client_for().ask(REQUEST, bytes)).value == b"{}"
    world.answer = Refused(Reason.GONE, 404, "not_found", "gone", None)
    with pytest.raises(Refused):
        asyncio.run(world.client_for().ask(REQUEST, bytes))
    world.answer = Refused(Reason.INVALID, 422, "", "odd", None)
    with pytest.raises(Refused):
        asyncio.run(world.client_for().ask(REQUEST, bytes))
    assert (world.failures.answers, world.failures.in_flight) == (2, 0)


def test_what_is_set_aside_is_told_of_and_waits_in_the_state() -> None:
    world = World()
    world.failures.set_aside("5", NOW, ["parts"], SICK)
    assert world.state.value()["failed_records"] == {"parts": {"5": "2024-01-01T00:00:00.000000Z"}}
    assert world.warnings == [("parts", f"conversations 5 is set aside, for it cannot be read: {SICK}")]
    assert not world.output.is_whole
    assert world.failures.waiting() == {}
    world.failures.note_received("5", ["parts"])
    assert "failed_records" in world.state.value()
    world.failures.conclude()
    ((name, error),) = world.errors
    assert (name, type(error)) == ("parts", Unavailable)
    assert (
        str(error) == f"parts: all came but what belongs to conversations 5, which the next run asks for again: {SICK}"
    )


def test_what_comes_leaves_the_state() -> None:
    world = World({"failed_records": {"parts": {"5": "2024-01-01T00:00:00Z", "6": None}, "others": {"7": None}}})
    assert world.failures.waiting() == {"5": (NOW, frozenset({"parts"})), "6": (None, frozenset({"parts"}))}
    world.failures.note_received("5", ["parts"])
    world.failures.note_received("8", ["parts"])
    assert world.state.value()["failed_records"] == {"parts": {"6": None}, "others": {"7": None}}
    world.failures.note_received("6", ["parts"])
    assert world.state.value()["failed_records"] == {"others": {"7": None}}
    assert world.failures.waiting() == {}
    world.failures.conclude()
    assert not world.errors


def test_what_is_read_as_a_whole_each_time_leaves_nothing_in_the_state() -> None:
    world = World(keeps=False)
    world.failures.set_aside("5", None, ["parts"], ContractError("odd."))
    assert world.state.value() == {"bookmarks": {}}
    world.failures.conclude()
    assert [type(error) for _, error in world.errors] == [ContractError]


def test_a_refusal_of_one_request_is_set_aside_and_others_are_not() -> None:
    world = World()
    world.failures.set_aside("5", NOW, ["parts"], Refused(Reason.INVALID, 422, "odd", "odd", "r1"))
    for reason in set(Reason) - {Reason.INVALID, Reason.PAGE_LIMIT}:
        refused = Refused(reason, 401, "", "", None)
        with pytest.raises(Refused) as caught:
            world.failures.set_aside("6", NOW, ["parts"], refused)
        assert caught.value is refused
    world.failures.conclude()
    ((_, error),) = world.errors
    assert type(error) is ApiError
    assert "Intercom answered 422 odd: odd (request r1); run again; if it stays, " in str(error)


def test_many_in_a_row_are_an_outage() -> None:
    world = World()
    for number in range(2 * MOST_IN_A_ROW):
        if number == MOST_IN_A_ROW - 1:
            world.failures.note_answer()
        if number == 2 * MOST_IN_A_ROW - 1:
            with pytest.raises(RecordUnavailable):
                world.failures.set_aside(str(number), NOW, ["parts"], SICK)
        else:
            world.failures.set_aside(str(number), NOW, ["parts"], SICK)


def test_more_than_may_wait_in_the_state_are_an_outage() -> None:
    before = {str(number): None for number in range(MOST_PER_STREAM - 1)}
    world = World({"failed_records": {"parts": before}})
    for identifier in ("one more", "0"):
        world.failures.set_aside(identifier, NOW, ["parts"], SICK)
    with pytest.raises(RecordUnavailable):
        world.failures.set_aside("one too many", NOW, ["parts"], SICK)
    world.failures.conclude()
    assert len(world.state.value()["failed_records"]["parts"]) == MOST_PER_STREAM


def test_of_many_that_are_missing_some_are_named() -> None:
    world = World()
    for number in range(22):
        world.failures.note_answer()
        world.failures.set_aside(str(number), NOW, ["parts"], SICK)
    world.failures.conclude()
    ((_, error),) = world.errors
    assert "conversations 0, 1, 2, " in str(error)
    assert ", 18, 19 and 2 more, which" in str(error)
