"""Which version of the API is spoken where the operator set none: 1.4, or the newest where Intercom refuses it."""

import asyncio
from collections.abc import Callable
from typing import Final

from tap_intercom.client import Client
from tap_intercom.config import Config
from tap_intercom.plan import Plan
from tap_intercom.settings import DEFAULT_API_VERSION, NEWEST_API_VERSION
from tap_intercom.wire import WHO_AM_I, Reason, Refused

REFUSED: Final = (
    f"Intercom refuses API {DEFAULT_API_VERSION}, so its streams are read from {NEWEST_API_VERSION} in the columns of "
    f'{DEFAULT_API_VERSION}; to get all that it has, set api_version to "{NEWEST_API_VERSION}" and make a new catalog '
    "with --discover"
)


def agree(
    plan: Plan,
    warn: Callable[[str], object],
    on_wait: Callable[[str, float], None] = lambda _reason, _seconds: None,
) -> Plan:
    """Give the plan that Intercom agrees to, and warn where it is another one.

    Costs one request, and none where `api_version` is set. A refusal for another reason is left for the streams to
    meet. Raises Unavailable.
    """
    settled = plan.config.api_version is not None or not plan.choices
    if settled or not asyncio.run(_is_refused(plan.config, on_wait)):
        return plan
    warn(REFUSED)
    return plan.in_newest_version()


async def _is_refused(config: Config, on_wait: Callable[[str, float], None]) -> bool:
    async with Client(config, on_wait) as client:
        try:
            await client.ask(WHO_AM_I, bytes)
        except Refused as refused:
            return refused.reason is Reason.VERSION
    return False
