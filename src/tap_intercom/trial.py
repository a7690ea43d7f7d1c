"""Asks Intercom once per stream whether it can be read, and says what is missing where it cannot."""

import asyncio
from collections.abc import Sequence

import msgspec

from tap_intercom.advice import explain
from tap_intercom.children import request_for
from tap_intercom.client import Client
from tap_intercom.config import Config
from tap_intercom.stream import Stream
from tap_intercom.streams import streams_of
from tap_intercom.wire import Garbled, Reason, Refused


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a stream can be read, and if not, what is missing."""

    stream: str
    ok: bool
    detail: str = ""


def run(config: Config, streams: Sequence[Stream]) -> list[Verdict]:
    """Try every stream once, reading one record where the list allows it.

    Raises AccessError where the token itself is refused, and Unavailable.
    """
    return asyncio.run(_try_all(config, streams))


async def _try_all(config: Config, streams: Sequence[Stream]) -> list[Verdict]:
    rows = {row.name: row for row in streams_of(config.api_version)}
    async with Client(config) as client:
        return list(
            await asyncio.gather(*(_try(client, stream, rows.get(stream.parent or "", stream)) for stream in streams))
        )


async def _try(client: Client, stream: Stream, parent: Stream) -> Verdict:
    try:
        found = await _first_id(client, parent)
        if stream.parent and stream.detail and found is not None:
            await client.ask(request_for(stream.detail, found), _json)
    except Refused as refused:
        if refused.reason is Reason.TOKEN:
            raise explain(refused, stream) from refused
        if stream.parent and refused.reason is Reason.GONE:
            return Verdict(stream=stream.name, ok=True)
        return Verdict(stream=stream.name, ok=False, detail=str(explain(refused, stream)))
    return Verdict(stream=stream.name, ok=True)


async def _first_id(client: Client, stream: Stream) -> str | None:
    """Ask for one record of the list; give its id where there is one."""
    for shape in stream.history:
        try:
            answer = await client.ask(shape.sample(), _json)
        except Refused as refused:
            if shape is stream.history[-1] or refused.reason not in shape.instead_on:
                raise
        else:
            records = answer.value.get(stream.layout.records_at[0]) or [{}]
            identifier = records[0].get("id")
            return None if identifier is None else str(identifier)
    return None


def _json(body: bytes) -> dict[str, list[dict[str, object]]]:
    try:
        return msgspec.json.decode(body)  # type: ignore[no-any-return]  # looked at for an id and nothing else
    except msgspec.DecodeError as error:
        raise Garbled(str(error)) from error
