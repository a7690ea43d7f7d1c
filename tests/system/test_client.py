"""The client over real sockets, against a server that does what no server should."""

import asyncio
import gzip
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from clients import QUICK, SCROLL, TAGS, TOKEN, as_is, client, config, pass_time, story, window
from scripted_server import Act, Asked, ScriptedServer, answer, raw, reset, stall
from tap_intercom.api.client import Client
from tap_intercom.api.retry import RetryPolicy
from tap_intercom.api.types import InvalidBody, Reason, Refused, Request
from tap_intercom.errors import ContractError, Unavailable

ONCE = RetryPolicy(max_attempts=1)
TRANSCRIPT = Request(path="/calls/7/transcript", accept="text/plain")


def as_json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError as error:
        raise InvalidBody(str(error)) from error


class TestAsking:
    @story
    async def test_an_answer_is_read_and_dated_by_intercom(self) -> None:
        async with (
            ScriptedServer([answer(b'{"type":"tag.list"}', date=1_600_000_000)]) as server,
            client(server) as asking,
        ):
            reply = await asking.ask(TAGS, len)
        assert (reply.value, reply.attempts) == (19, 1)
        assert reply.served == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)
        assert reply.seconds > 0

    @story
    async def test_an_answer_without_a_date_is_dated_here(self) -> None:
        began = datetime.now(UTC)
        async with ScriptedServer([answer(Date="")]) as server, client(server) as asking:
            reply = await asking.ask(TAGS, as_is)
        assert began <= reply.served <= datetime.now(UTC)

    @pytest.mark.parametrize("nothing", [b"", b" ", b"null"])
    @story
    async def test_a_text_without_a_word_is_asked_for_again_and_in_the_end_believed(self, nothing: bytes) -> None:
        empty, text = answer(nothing, Content_Type="text/plain"), answer(b"Hi", Content_Type="text/plain")
        async with ScriptedServer([empty, text], then=empty) as server, client(server) as asking:
            assert (await asking.ask(TRANSCRIPT, as_is)).value == b"Hi"
            assert len(server.journal) == 2
            reply = await asking.ask(TRANSCRIPT, as_is)
        assert reply.value == b""
        assert len(server.journal) == 2 + QUICK.max_attempts == 2 + reply.attempts

    @story
    async def test_every_request_says_who_asks_for_what(self) -> None:
        async with ScriptedServer() as server, client(server, user_agent="me/1", api_version="1.4") as asking:
            await asking.ask(Request(path="/users", query=(("sort", "updated_at"), ("tag", "a&b ü"))), as_is)
        (asked,) = server.journal
        assert asked.target == "/users?sort=updated_at&tag=a%26b%20%C3%BC"
        assert asked.headers["authorization"] == f"Bearer {TOKEN}"
        assert asked.headers["accept"] == "application/json"
        assert asked.headers["intercom-version"] == "1.4"
        assert asked.headers["user-agent"] == "me/1"
        assert "cookie" not in asked.headers

    @story
    async def test_a_query_in_the_body_is_json(self) -> None:
        async with ScriptedServer() as server, client(server) as asking:
            await asking.ask(Request(path="/contacts/search", method="POST", body=b'{"query":1}'), as_is)
        (asked,) = server.journal
        assert (asked.method, asked.body) == ("POST", b'{"query":1}')
        assert asked.headers["content-type"] == "application/json"

    @story
    async def test_bodies_come_whole_however_they_are_sent(self) -> None:
        body = b"[" + b"1," * 500_000 + b"1]"
        acts = [answer(body), answer(gzip.compress(body), Content_Encoding="gzip")]
        async with ScriptedServer(acts) as server, client(server) as asking:
            assert (await asking.ask(TAGS, as_is)).value == body
            assert (await asking.ask(TAGS, as_is)).value == body

    @story
    async def test_connections_are_kept(self) -> None:
        async with ScriptedServer(then=answer(**window(9, 10))) as server, client(server) as asking:
            for _ in range(5):
                await asking.ask(TAGS, as_is)
        assert [asked.connection for asked in server.journal] == [1, 2, 2, 2, 2]

    @story
    async def test_connections_are_not_kept_with_a_server_that_may_serve_one_after_the_other(self) -> None:
        async with ScriptedServer() as server, client(server) as asking:
            for _ in range(5):
                await asking.ask(TAGS, as_is)
        assert server.connections == 5

    @story
    async def test_a_scroll_goes_on_a_kept_connection_like_all_else(self) -> None:
        kept = answer(**window(90, 100))
        async with ScriptedServer([kept, kept, kept, reset(), kept, kept], kept) as server, client(server) as asking:
            answers = [await asking.ask(request, as_is) for request in (TAGS, TAGS, SCROLL, SCROLL, SCROLL)]
        assert [asked.connection for asked in server.journal] == [1, 2, 2, 2, 3, 3]
        assert [reply.doubtful for reply in answers] == [False, False, False, True, False]

    @story
    async def test_cookies_are_not_sent_back(self) -> None:
        async with ScriptedServer([answer(Set_Cookie="a=b; Path=/")]) as server, client(server) as asking:
            await asking.ask(TAGS, as_is)
            await asking.ask(TAGS, as_is)
        assert "cookie" not in server.journal[1].headers


class TestStayingAtTheHost:
    @story
    async def test_a_redirect_is_not_followed(self) -> None:
        async with ScriptedServer() as elsewhere:
            moved = answer(b"", 302, Location=f"{elsewhere.url}/tags")
            async with ScriptedServer([moved]) as server, client(server) as asking:
                with pytest.raises(Refused) as caught:
                    await asking.ask(TAGS, as_is)
            assert (caught.value.reason, caught.value.status) == (Reason.INVALID, 302)
            assert elsewhere.journal == []

    @story
    async def test_paths_with_strange_ids_stay_under_the_base(self) -> None:
        async with ScriptedServer() as server, Client(config(f"{server.url}/intercom"), retry_policy=QUICK) as asking:
            await asking.ask(Request(path="/admins/1?x=2#@evil.com"), as_is)
            with pytest.raises(Refused) as caught:
                await asking.ask(Request(path="//evil.com/x"), as_is)
        assert caught.value.reason is Reason.INVALID
        assert server.targets == ["/intercom/admins/1%3Fx=2%23@evil.com"]
        assert asking.requests == 1


FAILURES: dict[str, Act] = {
    "an empty 200": answer(b""),
    "null": answer(b"null"),
    "HTML with 200": answer(b"<html>hello</html>", Content_Type="text/html"),
    "JSON that the reader cannot read": answer(b'{"garbled":'),
    "408": answer(b"", 408),
    "500": answer(b'{"type":"error.list","errors":[{"code":"server_error","message":"Unknown"}]}', 500),
    "502 in HTML": answer(b"<html><title>502 Bad Gateway</title>", 502),
    "503": answer(b"", 503),
    "504": answer(b"", 504),
    "a reset before the answer": reset(),
    "a hang-up before the answer": raw(b""),
    "a hang-up within the headers": raw(b"HTTP/1.1 200 OK\r\nContent-"),
    "a hang-up within the body": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
    "a broken chunk": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "something else than HTTP": raw(b"220 smtp.example.com ready\r\n\r\n"),
    "broken gzip": answer(b"\x1f\x8bnonsense", Content_Encoding="gzip"),
    "an unknown encoding": answer(b"{}", Content_Encoding="br"),
}
silences = pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"], ids=["at once", "within the body"]
)


def read_unless_garbled(body: bytes) -> bytes:
    if b"garbled" in body:
        raise InvalidBody
    return body


async def minute_after(server: ScriptedServer) -> None:
    await server.arrived(1)
    await pass_time(61)


class TestAskingAgain:
    @pytest.mark.parametrize("failure", FAILURES)
    @story
    async def test_a_failure_is_repeated(self, failure: str) -> None:
        async with ScriptedServer([FAILURES[failure]]) as server, client(server) as asking:
            reply = await asking.ask(TAGS, read_unless_garbled)
        assert (reply.value, reply.attempts) == (b"{}", 2)
        assert (asking.requests, asking.retries) == (2, 1)
        assert server.targets == ["/tags", "/tags"]

    @pytest.mark.parametrize("failure", FAILURES)
    @story
    async def test_what_is_repeated_is_doubtful_for_it_may_have_been_answered(self, failure: str) -> None:
        refusal = answer(b"", 404)
        acts = [FAILURES[failure], answer(), FAILURES[failure], refusal]
        async with ScriptedServer(acts) as server, client(server) as asking:
            reply = await asking.ask(SCROLL, read_unless_garbled)
            assert (reply.attempts, reply.doubtful) == (2, True)
            with pytest.raises(Refused) as caught:
                await asking.ask(SCROLL, read_unless_garbled)
        assert caught.value.doubtful
        assert len(server.journal) == 4

    @story
    async def test_what_was_not_heard_or_not_served_is_not_doubtful(self) -> None:
        throttled = answer(b"", 429, Retry_After="0.01")
        async with ScriptedServer([throttled, answer(), answer(b"", 404)]) as server, client(server) as asking:
            reply = await asking.ask(SCROLL, as_is)
            with pytest.raises(Refused) as caught:
                await asking.ask(SCROLL, as_is)
        assert (reply.attempts, reply.doubtful, caught.value.doubtful) == (2, False, False)

    @silences
    @story
    async def test_after_silence_it_is_asked_again(self, said: bytes) -> None:
        async with ScriptedServer([stall(said)]) as server, client(server, request_timeout=60) as asking:
            reply, _ = await asyncio.gather(asking.ask(TAGS, as_is), minute_after(server))
        assert (reply.value, reply.attempts) == (b"{}", 2)
        assert server.targets == ["/tags", "/tags"]

    @pytest.mark.parametrize("failure", ["a reset before the answer", "a hang-up before the answer"])
    @story
    async def test_a_kept_connection_that_breaks_sends_nothing_uncounted(self, failure: str) -> None:
        told = answer(**window(9, 10))
        acts = [told, told, FAILURES[failure], answer(), FAILURES[failure]]
        async with ScriptedServer(acts) as server, client(server) as asking:
            await asking.ask(TAGS, as_is)
            await asking.ask(TAGS, as_is)
            assert (await asking.ask(TAGS, as_is)).attempts == 2
            assert (await asking.ask(SCROLL, as_is)).attempts == 2
        assert server.journal[1].connection == server.journal[2].connection
        assert asking.requests == len(server.journal) == 6

    @story
    async def test_it_ends_with_one_line_that_says_what_to_do(self) -> None:
        sick = answer(b'{"request_id":"abc","errors":[{"message":"over\\nloaded"}]}', 503)
        async with ScriptedServer(then=sick) as server, client(server) as asking:
            with pytest.raises(Unavailable) as caught:
                await asking.ask(Request(path="/users/scroll", query=(("scroll_param", "secret"),)), as_is)
        assert str(caught.value) == (
            "GET /users/scroll got no usable answer from Intercom in 4 attempts, in the end for this reason: "
            "503 over loaded (request abc); run again later, "
            "and see whether Intercom reports trouble on its status page."
        )
        assert (asking.requests, asking.retries, len(server.journal)) == (4, 3, 4)

    @pytest.mark.parametrize(
        "act",
        [
            answer(b'{"tags": ', X_Request_Id="abc"),
            answer(b"<html>", X_Request_Id="abc"),
            raw(b"HTTP/1.1 200 OK\r\nX-Request-Id: abc\r\nContent-Length: 100\r\n\r\n{"),
            answer(b"garbage", X_Request_Id="abc", Content_Encoding="gzip"),
        ],
        ids=["no JSON", "HTML", "cut off", "not compressed"],
    )
    @story
    async def test_an_answer_that_cannot_be_read_is_named_by_its_request(self, act: Act) -> None:
        async with ScriptedServer(then=act) as server, client(server) as asking:
            with pytest.raises(Unavailable, match=r" \(request abc\); (.*; if it does, )?run again later"):
                await asking.ask(TAGS, as_json)

    @story
    async def test_an_answer_of_an_unknown_shape_is_named_by_its_request(self) -> None:
        def read(body: bytes) -> None:
            raise ContractError(f"{body.decode()} is no list of tags; report this.")

        async with ScriptedServer(then=answer(X_Request_Id=f"abc{TOKEN}")) as server, client(server) as asking:
            with pytest.raises(ContractError) as caught:
                await asking.ask(TAGS, read)
        assert str(caught.value) == "{} is no list of tags; report this (request abc(hidden))."

    @story
    async def test_it_ends_when_the_time_is_over(self) -> None:
        impatient = RetryPolicy(max_attempts=1000, seconds=1e-6, first_wait=0.001, longest_wait=0.001, jitter=0.0)
        async with ScriptedServer(then=answer(b"", 500)) as server, client(server, impatient) as asking:
            with pytest.raises(Unavailable, match="in 1 attempt,"):
                await asking.ask(TAGS, as_is)
        assert len(server.journal) == 1

    @story
    async def test_the_time_and_no_number_of_attempts_bounds_an_outage(self) -> None:
        retry_policy = RetryPolicy(seconds=0.2, first_wait=0.001, longest_wait=0.002, jitter=0.0)
        async with ScriptedServer(then=answer(b"", 500)) as server, client(server, retry_policy) as asking:
            with pytest.raises(Unavailable):
                await asking.ask(TAGS, as_is)
        assert len(server.journal) > retry_policy.max_unreadable

    @pytest.mark.parametrize(
        "misread",
        [answer(b"<html>", 200), answer(b'{"errors": [', 400), answer(b""), answer(b"", 501)],
        ids=["html", "a broken refusal", "nothing", "an unknown method"],
    )
    @story
    async def test_an_answer_that_is_not_what_it_should_be_is_asked_for_some_times_only(self, misread: bytes) -> None:
        retry_policy = RetryPolicy(first_wait=0.001, longest_wait=0.002, jitter=0.0)
        told: list[str] = []
        async with (
            ScriptedServer([answer(b"", 500)], then=misread) as server,
            Client(config(server.url), lambda reason, _: told.append(reason), retry_policy) as asking,
        ):
            with pytest.raises(Unavailable, match="in 9 attempts"):
                await asking.ask(TAGS, as_is)
        assert len(server.journal) == 1 + retry_policy.max_unreadable
        assert len(told) == retry_policy.max_unreadable

    @story
    async def test_a_page_where_an_answer_should_be_is_a_matter_of_the_address_first(self) -> None:
        async with ScriptedServer(then=answer(b"<html>")) as server, client(server) as asking:
            with pytest.raises(
                Unavailable, match=r": 200 with a page of HTML; see that base_url, or the proxy, leads to"
            ):
                await asking.ask(TAGS, as_is)

    @story
    async def test_a_server_that_was_never_reached_is_given_up_after_half_a_minute(self) -> None:
        told: list[float] = []
        nobody = config("http://127.0.0.1:9")
        async with Client(nobody, lambda _, seconds: told.append(seconds)) as asking:
            asked = asyncio.create_task(asking.ask(TAGS, as_is))
            while not asked.done():
                await pass_time(1)
            with pytest.raises(Unavailable, match="check the network, the proxy and base_url") as caught:
                await asked
        assert not caught.value.reached
        assert 20 < sum(told) < 40

    @story
    async def test_a_server_that_was_reached_before_is_waited_for(self) -> None:
        told: list[float] = []
        async with AsyncExitStack() as server_is_up, AsyncExitStack() as client_is_open:
            server = await server_is_up.enter_async_context(ScriptedServer(then=answer()))
            asking = Client(config(server.url), lambda _, seconds: told.append(seconds))
            await client_is_open.enter_async_context(asking)
            await asking.ask(TAGS, as_is)
            await server_is_up.aclose()
            asked = asyncio.create_task(asking.ask(TAGS, as_is))
            while sum(told) < 100:
                await pass_time(1)
                assert not asked.done()
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)

    @story
    async def test_nothing_is_repeated_where_the_operator_wants_none(self) -> None:
        told: list[str] = []
        async with (
            ScriptedServer(then=answer(b"", 500)) as server,
            Client(config(server.url, retry_timeout=0), lambda reason, _: told.append(reason)) as asking,
        ):
            with pytest.raises(Unavailable, match="in 1 attempt,"):
                await asking.ask(TAGS, as_is)
        assert (len(server.journal), told) == (1, [])

    @story
    async def test_intercom_says_how_long_to_wait(self) -> None:
        told: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
        async with (
            ScriptedServer([answer(b"", 503, Retry_After="200")]) as server,
            Client(config(server.url), lambda *wait: told.put_nowait(wait), QUICK) as asking,
        ):
            asked = asyncio.create_task(asking.ask(TAGS, as_is))
            assert await told.get() == ("503 Service Unavailable", 200)
            await pass_time(200)
            assert (await asked).attempts == 2
        assert asking.waited_seconds >= 200

    @story
    async def test_a_refusal_is_not_repeated(self) -> None:
        async with (
            ScriptedServer([answer(b"", 404), answer(b"", 401), answer(b"", 422)]) as server,
            client(server) as asking,
        ):
            for reason in (Reason.GONE, Reason.TOKEN, Reason.INVALID):
                with pytest.raises(Refused) as caught:
                    await asking.ask(TAGS, as_is)
                assert caught.value.reason is reason
        assert len(server.journal) == 3

    @story
    async def test_a_broken_scroll_is_told_apart(self) -> None:
        body = b'{"errors":[{"message":"Please restart the scroll operation."}]}'
        async with ScriptedServer([answer(body, 500)]) as server, client(server) as asking:
            with pytest.raises(Refused) as caught:
                await asking.ask(SCROLL, as_is)
        assert caught.value.reason is Reason.SCROLL_BROKEN

    @pytest.mark.parametrize("request_", [TAGS, SCROLL])
    @story
    async def test_where_nobody_listens_nothing_is_sent_nor_lost(self, request_: Request) -> None:
        async with ScriptedServer() as server:
            pass
        async with client(server) as asking:
            with pytest.raises(Unavailable, match=r"no connection \(.*\)"):
                await asking.ask(request_, as_is)
        assert (asking.requests, asking.retries) == (0, 3)

    @story
    async def test_a_host_that_does_not_speak_tls_gets_no_request(self) -> None:
        async with ScriptedServer() as server:
            deaf = config(server.url.replace("http:", "https:"), request_timeout=40)
            async with Client(deaf, retry_policy=RetryPolicy(max_attempts=1)) as asking:
                asked = asyncio.create_task(asking.ask(SCROLL, as_is))
                await server.called()
                await pass_time(21)
                with pytest.raises(Unavailable, match="no connection within 20 s"):
                    await asked
        assert (asking.requests, server.journal) == (0, [])

    @pytest.mark.parametrize("host", ["intercom.invalid", "a..b", "256.256.256.256", "x" * 70])
    @story
    async def test_a_host_that_is_none_is_an_error_like_others(self, host: str) -> None:
        async with Client(config(f"https://{host}"), retry_policy=QUICK) as asking:
            with pytest.raises(Unavailable, match="base_url"):
                await asking.ask(TAGS, as_is)
        assert asking.requests == 0

    @story
    async def test_of_long_answers_one_is_received_after_the_other(self) -> None:
        size, go, ready = 20_000_000, asyncio.Event(), asyncio.Event()
        sent: list[int] = []

        async def act(writer: asyncio.StreamWriter, asked: Asked) -> None:
            if asked.target == "/tags":
                await answer(b"[]")(writer, asked)
                return
            sent.append(0)
            number = len(sent) - 1
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {size + 2}\r\n\r\n[]".encode())
            while sent[number] < size - 1_000_000:
                writer.write(b" " * 1_000_000)
                await writer.drain()
                sent[number] += 1_000_000
            ready.set()
            await go.wait()
            writer.write(b" " * 1_000_000)

        async with ScriptedServer(then=act) as server, client(server) as asking:
            long = [asyncio.create_task(asking.ask(Request(path="/users"), len)) for _ in range(3)]
            await ready.wait()
            assert (await asking.ask(TAGS, as_is)).value == b"[]"
            assert sorted(sent)[1] < size - 1_000_000
            go.set()
            assert [(await one).value for one in long] == [size + 2] * 3

    @story
    async def test_a_long_answer_waits_for_room_however_long_that_takes(self) -> None:
        size, room, waits = 20_000_000, asyncio.Event(), asyncio.Event()
        sent = 0

        async def act(writer: asyncio.StreamWriter, _: Asked) -> None:
            nonlocal sent
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {size + 2}\r\n\r\n[]".encode())
            while sent < size:
                writer.write(b" " * 100_000)
                await writer.drain()
                sent += 100_000

        async def has_room() -> None:
            waits.set()
            await room.wait()

        async with (
            ScriptedServer(then=act) as server,
            Client(config(server.url, request_timeout=60), retry_policy=QUICK, has_room=has_room) as asking,
        ):
            long = asyncio.create_task(asking.ask(Request(path="/users"), len))
            await waits.wait()
            await pass_time(10_000)
            assert sent < size
            room.set()
            assert ((await long).value, len(server.journal)) == (size + 2, 1)

    @story
    async def test_an_answer_that_stops_after_its_beginning_is_given_up_in_time(self) -> None:
        begun, waits = b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n" + b" " * 5_000_000, asyncio.Event()

        async def has_room() -> None:
            waits.set()

        async with (
            ScriptedServer(then=stall(begun)) as server,
            Client(config(server.url, request_timeout=60), retry_policy=ONCE, has_room=has_room) as asking,
        ):
            long = asyncio.create_task(asking.ask(TAGS, len))
            await waits.wait()
            await pass_time(61)
            with pytest.raises(Unavailable, match="no answer within 60 s"):
                await long

    @story
    async def test_an_answer_without_end_is_given_up(self) -> None:
        bomb = gzip.compress(b" " * 101_000_000, 1)
        async with ScriptedServer([answer(bomb, Content_Encoding="gzip")]) as server, client(server) as asking:
            with pytest.raises(ContractError, match="more than 100,000,000 bytes"):
                await asking.ask(TAGS, as_is)
            await asking.ask(TAGS, as_is)
        assert len(server.journal) == 2
