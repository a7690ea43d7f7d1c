"""Which version of the API is spoken where the operator set none: 1.4, or the newest where Intercom refuses it."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from tap_intercom.api.client import Client
from tap_intercom.api.retry import RetryPolicy
from tap_intercom.api.types import ME_REQUEST, Reason, Refused
from tap_intercom.config.config import Config
from tap_intercom.config.settings import DEFAULT_API_VERSION, NEWEST_API_VERSION
from tap_intercom.errors import ContractError, Unavailable
from tap_intercom.sync.plan import SyncPlan

REFUSED: Final = (
    f"Intercom refuses API {DEFAULT_API_VERSION}, so its streams are read from {NEWEST_API_VERSION} in the columns of "
    f'{DEFAULT_API_VERSION}; to get all that it has, set api_version to "{NEWEST_API_VERSION}" and make a new catalog '
    "with --discover"
)


NOT_ANSWERED: Final = (
    f"whether Intercom serves API {DEFAULT_API_VERSION} is not known ({{reason}} to GET {ME_REQUEST.path}), so it is "
    "taken to; if the streams say otherwise, run again later"
)
# No stream needs the answer, and each has a patience of its own.
SHORT_RETRY: Final = RetryPolicy(attempts=2, seconds=30.0, throttles=3)


def choose_api_version(
    plan: SyncPlan,
    warn: Callable[[str], object],
    on_wait: Callable[[str, float], None] = lambda _reason, _seconds: None,
    briefly: RetryPolicy = SHORT_RETRY,
) -> SyncPlan:
    """Give the plan that Intercom agrees to, and warn where it is another one, or where Intercom does not say.

    Costs one request, and none where `api_version` is set. A refusal for another reason is left for the streams to
    meet. Raises Unavailable where no connection comes about.
    """
    settled = plan.config.api_version is not None or not plan.selection
    if settled or not asyncio.run(_is_refused(plan.config, warn, on_wait, briefly)):
        return plan
    warn(REFUSED)
    return plan.in_newest_version()


async def _is_refused(
    config: Config, warn: Callable[[str], object], on_wait: Callable[[str, float], None], briefly: RetryPolicy
) -> bool:
    """Ask briefly, and with all patience where nobody was reached: then the streams would not be, either."""
    brief = msgspec.structs.replace(config, request_timeout=min(config.request_timeout, briefly.seconds))
    briefly = msgspec.structs.replace(briefly, seconds=min(config.retry_timeout, briefly.seconds))
    try:
        try:
            return await _refuses(Client(brief, on_wait, briefly))
        except Unavailable as unavailable:
            if unavailable.reached:
                raise
        return await _refuses(Client(config, on_wait))
    except Unavailable as unavailable:
        if not unavailable.reached:
            raise
        warn(NOT_ANSWERED.format(reason=unavailable.reason))
    except ContractError as error:
        warn(NOT_ANSWERED.format(reason=error))
    return False


async def _refuses(client: Client) -> bool:
    async with client:
        try:
            await client.ask(ME_REQUEST, bytes)
        except Refused as refused:
            return refused.reason is Reason.VERSION
    return False
