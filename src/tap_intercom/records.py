"""From what Intercom sends to what the schema promises: typed where it fits, bent where it does not, never dropped.

A page goes from bytes to typed records in one pass in C. Only what does not fit is looked at record by record and field
by field; what is learned from it (a field that the schema lacks, ids that come as numbers) goes into the types, so that
the next page fits again.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw

from tap_intercom.blueprint import Plan, record_of
from tap_intercom.envelope import REMEDY, Envelope
from tap_intercom.errors import ContractError
from tap_intercom.fields import MISFIT, Field, Notes, Path
from tap_intercom.mending import mend
from tap_intercom.paging import Page
from tap_intercom.stream import Layout
from tap_intercom.translation import Translator
from tap_intercom.wire import Garbled

UNREADABLE: Final = "(unreadable characters)"
TOO_DEEP: Final = f"An answer is nested too deeply to be read; {REMEDY}"
# An object may take a hundred times more memory than it takes of an answer: {"id":"1"} becomes a whole record.
MOST_OBJECTS: Final = 500_000
LARGE: Final = 4_000_000  # bytes; in fewer there are not many more
TOO_MUCH: Final = f"An answer holds more than {MOST_OBJECTS:,} objects; {REMEDY}"
_OBJECT: Final = re.compile(rb"\{\s*[\"}]")  # within a text, a quotation mark has a backslash before it


class _Kind(msgspec.Struct):
    type: Any = None


_kind = msgspec.json.Decoder(_Kind)


class Reader:
    """Reads the records of one stream from the answers of one layout.

    `unselected` are the paths of fields to leave out; in a list of objects, a path goes on with their fields. Without
    `watch`, fields that the schema lacks are passed over.
    `unknown` counts, by dotted name, the fields that came though the schema lacks them; `bent` the values that lost
    something or had to be guessed to fit the schema. Neither holds a value of a record. `strangers` are the paths of
    the unknown fields.
    """

    def __init__(
        self,
        layout: Layout,
        schema: Mapping[str, Any],
        unselected: Collection[Path] = (),
        *,
        watch: bool = True,
    ) -> None:
        self._schema = schema
        self._layout = layout
        self._plan = Plan(
            denest=layout.denest,
            inherited=layout.added,
            unselected=frozenset(unselected),
            watch=watch,
        )
        self._envelope = Envelope(layout)
        self._translator = Translator(layout.translation, layout.records_at) if layout.translation else None
        self._loose = self._envelope.decoder(Raw, {})
        self._notes = Notes()
        self.unknown = self._notes.unknown
        self.bent = self._notes.bent
        self.strangers: Collection[Path] = self._notes.strangers
        self._build()

    def _build(self) -> None:
        """Make the types, with all that was learned so far."""
        self._lessons = self._notes.lessons()
        notes = self._notes
        learned = replace(
            self._plan,
            strangers=frozenset(notes.strangers),
            extras=frozenset(notes.extras),
            numeric=frozenset(notes.numeric),
        )
        self._record = record_of(self._schema, learned)
        types = {name: field.type for name, field in self._record.properties.items()}
        self._typed = self._envelope.decoder(self._record.type, types)
        self._single = msgspec.json.Decoder(self._record.type, strict=False)

    def _learn(self) -> None:
        if self._notes.lessons() != self._lessons:
            self._build()

    def read(self, body: bytes) -> Page:
        """Read one answer. Raises Garbled where it is not JSON, ContractError where it is JSON of another shape."""
        if self._layout.text is not None:
            body = msgspec.json.encode({self._layout.text: body.decode(errors="replace")})
        if len(body) > LARGE and next(islice(_OBJECT.finditer(body), MOST_OBJECTS, None), None):
            raise ContractError(TOO_MUCH)
        try:
            return self._read(body if self._translator is None else self._translated(body, self._translator))
        except RecursionError:
            raise ContractError(TOO_DEEP) from None

    def complete(self, records: list[Any], before: int = 0, **parent: Any) -> None:
        """Give records what is known of their `parent`, and, where other pages came `before`, their places after those.

        `before` counts the records of those pages.
        """
        for field, source in self._layout.given.items():
            self._give(records, field, [parent[source]] * len(records))
        if before:
            self._number(records, before)

    def _number(self, records: list[Any], first: int = 0) -> None:
        if self._layout.position is not None:
            self._give(records, self._layout.position, range(first, first + len(records)))

    def _give(self, records: list[Any], field: str, values: Sequence[Any]) -> None:
        if field in self._record.properties:
            attribute = self._record.attributes[field]
            for record, value in zip(records, values, strict=True):
                setattr(record, attribute, value)

    def raw(self, body: bytes) -> list[bytes]:
        """Give the records of an answer as they came. Raises what `read` raises."""
        try:
            return [bytes(raw) for raw in self._envelope.records(self._open(body))]
        except RecursionError:
            raise ContractError(TOO_DEEP) from None

    def _translated(self, body: bytes, translator: Translator) -> bytes:
        """Translate the records of an answer; leave one that is no such answer as it is. Raises Garbled."""
        try:
            return translator.translate(body)
        except MISFIT:
            line = self._mended(body)
        try:
            return translator.translate(line)
        except MISFIT:
            return line

    def _read(self, body: bytes) -> Page:
        if self._layout.bare is None:
            try:
                return self._read_fitting(body)
            except MISFIT:
                pass
        return self._read_bending(body)

    def _read_fitting(self, body: bytes) -> Page:
        answer = self._typed.decode(one_line(body))
        records = self._envelope.records(answer)
        self._record.settle_list(records, self._notes)
        if not records:
            refuse_errors(body)
        return self._page(answer, records)

    def _read_bending(self, body: bytes) -> Page:
        answer = self._open(body)
        raws = self._envelope.records(answer)
        if self._layout.bare is not None:
            raws = [Raw(msgspec.json.encode({self._layout.bare: raw})) for raw in raws]
        page = self._page(answer, self._read_each(raws))
        self._learn()
        return page

    def _open(self, body: bytes) -> Any:
        """Take an answer apart, and leave its records as they came."""
        line = self._mended(body)
        if line == b"null":
            raise Garbled("The body is null")
        refuse_errors(line)
        try:
            return self._loose.decode(line)
        except msgspec.ValidationError as error:
            raise ContractError(f"An answer is of another shape ({error}); {REMEDY}") from None

    def _mended(self, body: bytes) -> bytes:
        """Give one line of JSON. Raises Garbled where there is none."""
        try:
            body.decode()
            return msgspec.json.format(body, indent=-1)
        except ValueError:
            mended, replaced = mend(body)
        try:
            line = msgspec.json.format(mended, indent=-1)
        except ValueError:
            raise Garbled("The body is not JSON") from None
        if replaced:
            self._notes.note_bent(UNREADABLE, replaced)
        return line

    def _read_each(self, raws: Sequence[Raw]) -> list[Any]:
        """Read the records of which any may not fit: those that do, together."""
        records = [self._decoded(raw) for raw in raws]
        try:
            self._record.settle_list([record for record in records if record is not None], self._notes)
        except MISFIT:
            return [self._bent(raw) for raw in raws]
        return [self._bent(raw) if record is None else record for raw, record in zip(raws, records, strict=True)]

    def _decoded(self, raw: Raw) -> Any:
        """Decode a record; None where it does not fit."""
        try:
            return self._single.decode(raw)
        except MISFIT:
            return None

    def _bent(self, raw: Raw) -> Any:
        if not bytes(raw).startswith(b"{"):
            raise ContractError(f"A record is not an object; {REMEDY}")
        record = self._record.bend(raw, self._notes)
        self._learn()
        return record

    def _page(self, answer: Any, records: list[Any]) -> Page:
        self._inherit([answer], [records])
        self._number(records)
        return self._envelope.page(answer, records)

    def _inherit(self, answers: Sequence[Any], lists: Sequence[list[Any]]) -> None:
        """Give the records of each answer what they take from it, a field of all of them after the other."""
        for name, values in self._envelope.inherited(answers).items():
            field = self._record.properties.get(name)
            if field is None:
                continue
            attribute, column = self._record.attributes[name], values
            is_plain = field.nullable and not field.settles and Raw not in set(map(type, values))
            if not is_plain:
                column = [self._settled(field, value) for value in values]
            for value, records in zip(column, lists, strict=True):
                for record in records:
                    setattr(record, attribute, value)

    def _settled(self, field: Field, found: Any) -> Any:
        if isinstance(found, Raw):
            found = field.read(found, self._notes)
        elif found is not None:
            found = field.settle(found, self._notes)
        return UNSET if found is None and not field.nullable else found


def one_line(body: bytes) -> bytes:
    """Take out the white space of a body that is printed prettily: a Singer message is one line."""
    return msgspec.json.format(body, indent=-1) if b"\n" in body or b"\r" in body else body


def refuse_errors(body: bytes) -> None:
    """Raise ContractError for a list of errors that came as if all were well."""
    try:
        kind = _kind.decode(body).type
    except ValueError:
        return
    if kind == "error.list":
        raise ContractError("Intercom sent errors with the status of success; run again, and report it if it stays")
