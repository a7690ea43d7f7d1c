"""What the tests of the client share: a client without patience, and a run that leaves nothing behind.

The loop's clock goes forward when a test says so: no test waits for a timeout, and no slow machine meets one.
"""

import asyncio
import functools
import gc
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from scripted_server import ScriptedServer
from tap_intercom.api.client import Client
from tap_intercom.api.retry import RetryPolicy
from tap_intercom.api.types import Request
from tap_intercom.config.config import Config

TOKEN = "dG9rOjQ2YTk/unique"  # noqa: S105 - of nobody's
TAGS = Request(path="/tags")
SCROLL = Request(path="/users/scroll", query=(("scroll_param", "25b649f7"),), urgent=True)
QUICK = RetryPolicy(max_attempts=4, first_wait=0.001, longest_wait=0.002, jitter=0.0, max_throttled=5)


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock can be put forward."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


async def pass_time(seconds: float) -> None:
    """Let everybody do what can be done at once, and then let time pass."""
    for _ in range(10):
        await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Loop)
    loop.ahead += seconds


def story(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run a test in an event loop of its own, and let it leave nothing behind."""

    async def whole(*args: object, **fixtures: object) -> None:
        await test(*args, **fixtures)
        for _ in range(5):  # for the server to notice that it is closed
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    @functools.wraps(test)
    def run(*args: object, **fixtures: object) -> None:
        with asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(whole(*args, **fixtures))
        gc.collect(1)  # what was not closed complains when it is collected

    return run


def config(base_url: str, **settings: object) -> Config:
    return Config(  # type: ignore[arg-type]
        access_token=TOKEN, start_date=datetime(2020, 1, 1, tzinfo=UTC), base_url=base_url, **settings
    )


def client(server: ScriptedServer, retry_policy: RetryPolicy = QUICK, **settings: object) -> Client:
    return Client(config(server.url, **settings), retry_policy=retry_policy)


def as_is(body: bytes) -> bytes:
    return body


def window(remaining: int, reset_in: int, limit: int = 10) -> dict[str, str]:
    """Give the headers of a window of the quota, for `answer`."""
    return {
        "X_RateLimit_Limit": str(limit),
        "X_RateLimit_Remaining": str(remaining),
        "X_RateLimit_Reset": str(int(time.time()) + reset_in),
    }
