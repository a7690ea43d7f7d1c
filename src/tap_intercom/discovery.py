"""Discovery that asks: what this token may read of this workspace, and what the workspace has made of it."""

from typing import Any

from tap_intercom.advice import explain
from tap_intercom.catalog import describe, load_schema
from tap_intercom.config import Config
from tap_intercom.errors import Unavailable
from tap_intercom.log import Log
from tap_intercom.look import Look, look
from tap_intercom.report import Report
from tap_intercom.streams import streams_of
from tap_intercom.wire import Refused

SAMPLE = 50  # records of a stream that are looked at, where its list has no fixed pages


def ask(config: Config, log: Log) -> dict[str, Any]:
    """Make the catalog of the streams that the API version has; name those that cannot be read.

    Raises AccessError where the token itself is refused, Unavailable, and, where no stream can be read, why the first
    cannot.
    """
    streams = streams_of(config.api_version)
    try:
        looks = look(config, streams, streams, Report(log).wait, SAMPLE)
    except Unavailable as unavailable:
        raise Unavailable(f"{unavailable} To discover without asking Intercom, add --offline.") from unavailable
    errors = [seen.error for seen in looks if seen.error is not None]
    if len(errors) == len(looks):
        raise errors[0]
    for error in errors:
        log.warning("%s", error)
    return {
        "streams": [describe(seen.stream, load_schema(seen.stream.schema_name), _hindrance(seen)) for seen in looks]
    }


def _hindrance(seen: Look) -> str | None:
    """Say why a stream cannot be read, the same words every time: the id of the request is not in them."""
    refused = seen.refused
    if refused is None:
        return None if seen.error is None else str(seen.error)
    return str(explain(Refused(refused.reason, refused.status, refused.code, refused.message, None), seen.stream))
