"""Requests about single records: the pages of a detail, whole records, and fields that only a detail has."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from tap_intercom.api.types import Answer, Reason, Refused
from tap_intercom.errors import ContractError, RecordUnavailable, naming_request
from tap_intercom.pagination.loop_guard import LoopGuard
from tap_intercom.pagination.model import Page, PageRequest, PageResult, TimeRange
from tap_intercom.stream_io.record_failures import RecordClient, RecordFailures
from tap_intercom.stream_io.stream_output import StreamOutput
from tap_intercom.streams.model import Detail

EVERYTHING = TimeRange(start=datetime.min.replace(tzinfo=UTC), now=datetime.min.replace(tzinfo=UTC))


async def detail_answers(
    client: RecordClient, detail: Detail, identifier: str, read: Callable[[bytes], list[Page]], *, yields: bool = False
) -> AsyncGenerator[tuple[Answer[list[Page]], PageResult]]:
    """Give the pages of one record's detail, as each reader of `read` decodes them, with what they mean.

    For `yields` see Request. Raises ContractError where the pages have no end, and what `client.ask` raises.
    """
    request = detail.request(identifier)
    paginator = detail.paginator(path=request.path, query=request.query)
    loop_guard = LoopGuard(request.path)
    step: PageRequest | None = paginator.first(EVERYTHING)
    while step is not None:
        asked = msgspec.structs.replace(step.request, accept=request.accept, yields=yields)
        answer = await client.ask(asked, read)
        with naming_request(answer.request_id):
            result = paginator.after(step, answer.value[0], answer.served)
            loop_guard.check(answer.value[0], result)
        yield answer, result
        step = result.next


def check_record_id(detail: Detail, expected: str, received: object) -> None:
    """Raise ContractError where an answer is about another record; `received` may be None, which says nothing."""
    if received is not None and received != expected:
        raise ContractError(
            f"{detail.path}: asked about {expected}, Intercom told of {str(received)[:40]}; "
            "run again, and report it if it stays."
        )


class DetailReader:
    """Replaces the records of a list by their details, all of a page at the same time.

    A record stays as the list has it where it was deleted meanwhile, or its detail cannot be read or has no id. So do
    all records, with a warning, where the token may not read the details.
    """

    def __init__(self, output: StreamOutput, detail: Detail, failures: RecordFailures) -> None:
        self._output = output
        self._detail = detail
        self._failures = failures
        self._reader = output.reader(detail.layout)
        self._denied = False

    async def read(self, outlines: Sequence[Any]) -> Sequence[Any]:
        """Give the details in the order of the records."""
        return await asyncio.gather(*map(self._read_detail, outlines))

    async def _read_detail(self, outline: Any) -> Any:
        def read(body: bytes) -> Page:
            page = self._reader.read(body, outline.id)
            for record in page.records:
                check_record_id(self._detail, outline.id, record.id)
            return page

        if self._denied:
            return outline
        try:
            answer = await self._failures.client_for(outline.id).ask(self._detail.request(outline.id), read)
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


class ParentFields:
    """Fields of a parent record that its list leaves out: filled from the detail that its children are read from."""

    def __init__(self, output: StreamOutput, fields: Sequence[str]) -> None:
        """Fill these `fields`, which are all selected, in the records of `output`."""
        self._output = output
        self._fields = fields
        self._reader = output.reader_of(self._fields)
        self._record_reader = output.reader(replace(output.stream.layout, records_at=(), is_partial=True))

    def fill(self, body: bytes, record: Any, *, is_retry: bool) -> Any:
        """Fill the fields that the detail has; give the record, or None where `record` is None.

        With `is_retry`, no list has brought the record: all of it is taken from the detail.
        """
        if is_retry:
            (record,) = self._record_reader.read(body).records
        if record is None or is_retry:
            return record
        for found in self._reader.read(body).records:
            for field in self._fields:
                value = getattr(found, field)
                if value is not None:
                    setattr(record, field, value)
        return record

    async def write(self, record: Any, served: datetime) -> None:
        """Write a record of the parent stream."""
        await self._output.write([record], served)


def parent_fields_of(output: StreamOutput | None, children: Sequence[StreamOutput]) -> ParentFields | None:
    """Give what the details of these children fill in `output`; None where no such field is selected."""
    if output is None:
        return None
    details = [child.stream.detail for child in children if child.stream.detail is not None]
    names = {field for detail in details for field in detail.fills_parent_fields}
    fields = output.selected(sorted(names))
    return ParentFields(output, fields) if fields else None
