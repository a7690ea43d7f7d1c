"""How the client keeps within the quota and the number of requests allowed, and lets go of them."""

import asyncio

import pytest

from clients import QUICK, SCROLL, TAGS, as_is, client, config, pass_time, story, window
from scripted_server import ScriptedServer, answer, until
from tap_intercom.api.client import Client
from tap_intercom.api.retry import RetryPolicy
from tap_intercom.api.types import Request
from tap_intercom.errors import Unavailable


class TestTheQuota:
    @story
    async def test_a_429_is_no_failed_attempt(self) -> None:
        throttled = answer(b"", 429, Retry_After="0.01")
        async with ScriptedServer([throttled] * 4) as server, client(server, RetryPolicy(max_attempts=1)) as asking:
            assert (await asking.ask(SCROLL, as_is)).attempts == 5
        assert (asking.throttled, asking.retries, len(server.journal)) == (4, 0, 5)

    @story
    async def test_there_is_an_end_to_429s(self) -> None:
        async with ScriptedServer(then=answer(b"", 429, Retry_After="0")) as server, client(server) as asking:
            with pytest.raises(Unavailable, match=r"in 1 attempt, .* 429 to 5 requests; let the other integrations"):
                await asking.ask(SCROLL, as_is)
        assert len(server.journal) == 5

    @pytest.mark.parametrize(("seconds", "requests"), [(0, 3), (20, 5)])
    @story
    async def test_429s_are_waited_for_as_long_as_failures_and_a_window_at_least(
        self, seconds: float, requests: int
    ) -> None:
        told: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
        async with (
            ScriptedServer(then=answer(b"", 429, Retry_After="5", X_Request_Id="abc")) as server,
            Client(config(server.url), lambda *wait: told.put_nowait(wait), RetryPolicy(seconds=seconds)) as asking,
        ):
            asked = asyncio.create_task(asking.ask(SCROLL, as_is))
            for _ in range(requests - 1):
                _, pause = await told.get()
                await pass_time(pause)
            with pytest.raises(Unavailable, match=rf"429 to {requests} requests \(request abc\); let the other"):
                await asked

    @story
    async def test_a_wait_for_the_quota_is_not_of_the_time_in_which_429s_may_come(self) -> None:
        told: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
        async with (
            ScriptedServer([answer(**window(0, 100)), answer(b"", 429, Retry_After="0")]) as server,
            Client(config(server.url), lambda *wait: told.put_nowait(wait), RetryPolicy(seconds=0)) as asking,
        ):
            await asking.ask(TAGS, as_is)
            asked = asyncio.create_task(asking.ask(TAGS, as_is))
            _, seconds = await told.get()
            assert seconds > 50
            await pass_time(seconds)
            assert (await asked).attempts == 2

    @story
    async def test_a_used_window_is_waited_for_by_all_at_once(self) -> None:
        told: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
        acts = [answer(**window(0, 100)), answer(**window(9, 110))]
        async with (
            ScriptedServer(acts, answer(**window(5, 110))) as server,
            Client(config(server.url, quota_share=1.0), lambda *wait: told.put_nowait(wait)) as asking,
        ):
            await asking.ask(TAGS, as_is)
            crowd = asyncio.gather(*(asking.ask(TAGS, as_is) for _ in range(4)))
            reason, seconds = await told.get()
            await pass_time(seconds)
            await crowd
        assert len(server.journal) == 5
        assert told.empty()
        assert reason == "the quota is used up"
        assert 0 < seconds <= 100
        assert asking.waited_seconds >= seconds

    @story
    async def test_no_more_are_under_way_than_allowed(self) -> None:
        go = asyncio.Event()
        told = answer(**window(100, 10, 100))
        async with ScriptedServer(then=until(go, told)) as server, client(server, max_concurrency=3) as asking:
            crowd = asyncio.gather(*(asking.ask(TAGS, as_is) for _ in range(12)))
            await server.arrived(3)
            assert asking.requests == 3
            go.set()
            await crowd
        assert (server.most_under_way, server.connections) == (
            3,
            3 + 3,
        )  # the first were not kept: nobody had told of a quota

    @story
    async def test_first_come_first_served(self) -> None:
        paths = [f"/conversations/{number}" for number in range(20)]
        async with ScriptedServer() as server, client(server, max_concurrency=1) as asking:
            await asyncio.gather(*(asking.ask(Request(path=path), as_is) for path in paths))
        assert server.targets == paths

    @story
    async def test_a_scroll_that_would_expire_goes_before_those_that_wait(self) -> None:
        go = asyncio.Event()
        async with ScriptedServer([until(go, answer())]) as server, client(server, max_concurrency=1) as asking:
            crowd = [asyncio.create_task(asking.ask(TAGS, as_is)) for _ in range(5)]
            await server.arrived(1)
            scroll = asyncio.create_task(asking.ask(SCROLL, as_is))
            await asyncio.sleep(0)
            go.set()
            await asyncio.gather(scroll, *crowd)
        assert [target.partition("?")[0] for target in server.targets] == ["/tags", "/users/scroll", *["/tags"] * 4]

    @story
    async def test_a_detail_goes_after_those_that_wait_even_if_it_came_first(self) -> None:
        go = asyncio.Event()
        details = [Request(path=f"/conversations/{number}", yields=True) for number in range(3)]
        async with ScriptedServer([until(go, answer())]) as server, client(server, max_concurrency=1) as asking:
            crowd = [asyncio.create_task(asking.ask(request, as_is)) for request in [*details, TAGS, TAGS]]
            await server.arrived(1)
            go.set()
            await asyncio.gather(*crowd)
        assert server.targets == ["/conversations/0", "/tags", "/tags", "/conversations/1", "/conversations/2"]

    @story
    async def test_few_are_sent_without_a_quota(self) -> None:
        go = asyncio.Event()
        async with ScriptedServer(then=until(go, answer())) as server, client(server) as asking:
            crowd = asyncio.gather(*(asking.ask(TAGS, as_is) for _ in range(30)))
            await server.arrived(4)
            assert asking.requests == len(server.journal) == 4
            go.set()
            await crowd
        assert (len(server.journal), server.most_under_way) == (30, 4)


class TestCancelling:
    @story
    async def test_a_request_under_way_makes_room(self) -> None:
        never = asyncio.Event()
        async with ScriptedServer([until(never, answer())]) as server, client(server, max_concurrency=1) as asking:
            first = asyncio.create_task(asking.ask(TAGS, as_is))
            second = asyncio.create_task(asking.ask(TAGS, as_is))
            await server.arrived(1)
            first.cancel()
            await second
            assert first.cancelled()

    @story
    async def test_a_request_in_the_queue_leaves_it(self) -> None:
        go = asyncio.Event()
        async with ScriptedServer([until(go, answer())]) as server, client(server, max_concurrency=1) as asking:
            first, second, third = (asyncio.create_task(asking.ask(TAGS, as_is)) for _ in range(3))
            await server.arrived(1)
            second.cancel()
            go.set()
            await asyncio.gather(first, third)
        assert len(server.journal) == 2

    @story
    async def test_a_request_that_was_just_called_up_passes_its_turn_on(self) -> None:
        go = asyncio.Event()
        async with ScriptedServer([until(go, answer())]) as server, client(server, max_concurrency=1) as asking:
            waiting: list[asyncio.Task[object]] = []
            first = asyncio.create_task(asking.ask(TAGS, lambda _: waiting[0].cancel()))
            await asyncio.sleep(0)
            waiting += [asyncio.create_task(asking.ask(TAGS, as_is)) for _ in range(2)]
            await server.arrived(1)
            go.set()
            await asyncio.gather(first, waiting[1])
            assert waiting[0].cancelled()
        assert asking.requests == len(server.journal) == 2

    @story
    async def test_a_pause_before_the_next_attempt_ends_at_once(self) -> None:
        paused = asyncio.Event()
        async with (
            ScriptedServer(then=answer(b"", 503, Retry_After="200")) as server,
            Client(config(server.url), lambda *_: paused.set(), QUICK) as asking,
        ):
            asked = asyncio.create_task(asking.ask(TAGS, as_is))
            await paused.wait()
            asked.cancel()
            await asyncio.wait([asked])
        assert asked.cancelled()
        assert len(server.journal) == 1

    @story
    async def test_a_wait_for_the_quota_ends_at_once(self) -> None:
        waiting = asyncio.Event()
        async with (
            ScriptedServer([answer(**window(0, 100))]) as server,
            Client(config(server.url), lambda *_: waiting.set()) as asking,
        ):
            await asking.ask(TAGS, as_is)
            asked = asyncio.create_task(asking.ask(TAGS, as_is))
            await waiting.wait()
            asked.cancel()
            await asyncio.wait([asked])
        assert asked.cancelled()
        assert len(server.journal) == 1

    @story
    async def test_a_pause_of_the_callers_is_a_pause(self) -> None:
        async with ScriptedServer() as server, client(server) as asking:
            await asking.pause(0.001)
            assert asking.waited_seconds == 0.001
