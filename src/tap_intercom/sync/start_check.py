"""Whether a run may begin at its start date at all, asked before any stream begins."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from tap_intercom.api.client import Client
from tap_intercom.api.types import ME_REQUEST, Refused
from tap_intercom.config.config import Config
from tap_intercom.errors import Unavailable
from tap_intercom.sync.start_date import CLOCK_TOLERANCE, refuse_a_future_start_date


def refuse_a_future_start(
    config: Config, bookmarked: Mapping[str, bool], on_wait: Callable[[str, float], None]
) -> None:
    """Refuse a start date in the future, where it counts for a stream: one that has no bookmark. Raises ConfigError.

    This machine's clock may be wrong, so its doubt costs a request: Intercom's clock decides. Where nothing is
    answered, the streams meet that.
    """
    if all(bookmarked.values()) or config.start_date <= datetime.now(UTC) + CLOCK_TOLERANCE:
        return
    present = asyncio.run(_intercoms_clock(config, on_wait))
    if present is not None:
        refuse_a_future_start_date(config.start_date, present)


async def _intercoms_clock(config: Config, on_wait: Callable[[str, float], None]) -> datetime | None:
    async with Client(config, on_wait) as client:
        try:
            return (await client.ask(ME_REQUEST, bytes)).served
        except (Refused, Unavailable):
            return None
