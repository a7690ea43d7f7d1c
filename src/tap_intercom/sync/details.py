"""Reads the whole records of a stream whose list only outlines them: one request for each."""

import asyncio
from collections.abc import Sequence
from typing import Any

from tap_intercom.api.types import Reason, Refused
from tap_intercom.errors import ContractError, RecordUnavailable
from tap_intercom.pagination.model import Page
from tap_intercom.streams.model import Detail
from tap_intercom.sync.child_streams import check_owner
from tap_intercom.sync.record_failures import RecordFailures
from tap_intercom.sync.stream_output import StreamOutput


class DetailReader:
    """Replaces records by their details, those of a page side by side.

    A record that has gone meanwhile stays as the list has it; so does one whose detail cannot be read or has no id, and
    so do all, with a word about it, where the token may not read the details.
    """

    def __init__(self, output: StreamOutput, detail: Detail, failures: RecordFailures) -> None:
        self._output = output
        self._detail = detail
        self._failures = failures
        self._reader = output.reader(detail.layout)
        self._denied = False

    async def read(self, outlines: Sequence[Any]) -> Sequence[Any]:
        """Give the whole records, in the same order."""
        return await asyncio.gather(*map(self._whole, outlines))

    async def _whole(self, outline: Any) -> Any:
        def read(body: bytes) -> Page:
            page = self._reader.read(body, outline.id)
            for record in page.records:
                check_owner(self._detail, outline.id, record.id)
            return page

        if self._denied:
            return outline
        try:
            answer = await self._failures.asker(outline.id).ask(self._detail.request(outline.id), read)
        except Refused as refused:
            if refused.reason is Reason.DENIED:
                self._deny(refused)
            elif refused.reason is not Reason.GONE:
                self._failures.set_aside(outline.id, None, [self._output.stream.name], refused)
            return outline
        except (RecordUnavailable, ContractError) as error:
            self._failures.set_aside(outline.id, None, [self._output.stream.name], error)
            return outline
        return answer.value.records[0] if answer.value.records else outline

    def _deny(self, refused: Refused) -> None:
        if not self._denied:
            self._denied = True
            permission = self._detail.permission or self._output.stream.permission
            self._output.warn(
                f"what only {self._detail.path} tells is missing: Intercom answered {refused}; "
                f'give the app the permission "{permission}", or deselect those fields.'
            )
