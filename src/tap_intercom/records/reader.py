"""The reader of a stream's answers: from the bytes of an answer to a page of records typed by the schema.

A page is decoded to typed records in one pass in C. If it does not fit, it is read record by record, and a record that
does not fit field by field: its values are converted. What is learned from that (a field that the schema does not list,
ids that are numbers) goes into the types, so that the next page fits. Only a record without its key is left out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import NoneType
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw

from tap_intercom.api.types import InvalidBody
from tap_intercom.errors import ContractError
from tap_intercom.json_schema import Path
from tap_intercom.pagination.model import Page
from tap_intercom.records.envelope import REMEDY, Envelope, refuse_errors
from tap_intercom.records.json_repair import MOST_OBJECTS, holds_too_much, one_line, repaired_line, without_nul
from tap_intercom.records.scalars import CONVERSION_ERRORS, Field, Notes
from tap_intercom.records.schema_types import TypeOptions, record_of
from tap_intercom.records.translator import Translator
from tap_intercom.streams.model import Layout

UNREADABLE: Final = "(unreadable characters)"
NUL: Final = "(NUL characters)"
OF_ANSWERS: Final = (UNREADABLE, NUL)  # counted for whole answers, not for fields
RECORDS: Final = "(records)"  # the name in `left_out` of the list of records itself
LONGEST_OWNER: Final = 40  # characters of an id in a message
TOO_DEEP: Final = f"An answer is nested too deeply to be read; {REMEDY}"
TOO_MUCH: Final = f"An answer holds more than {MOST_OBJECTS:,} objects; {REMEDY}"


class _Identity(msgspec.Struct):
    id: str | int


_identity = msgspec.json.Decoder(_Identity)


class Reader:
    """A reader of the records of one stream from the answers of one layout.

    - `unselected`: the paths of fields to leave out; a path into a list of objects goes on with their fields.
    - `key`: a record without these fields is left out.
    - `watch`: count the fields that the schema does not list; otherwise they are ignored.
    - `counted`: keep items of lists that cannot be read, as null.

    `unknown`, `coerced`, `left_out`, `examples` and `unknown_fields` are those of `Notes`: counts and paths, no values.
    `learned_count` is the number of paths that the types were built with.
    """

    def __init__(  # noqa: PLR0913 - one argument for each independent option
        self,
        layout: Layout,
        schema: Mapping[str, Any],
        unselected: Collection[Path] = (),
        *,
        key: Collection[str] = ("id",),
        watch: bool = True,
        counted: bool = False,
    ) -> None:
        self._schema = schema
        self._layout = layout
        self._options = TypeOptions(
            unwrap=layout.unwrap,
            inherited=layout.added_fields,
            unselected=frozenset(unselected),
            key=frozenset(key),
            watch=watch,
            counted=counted,
        )
        self._envelope = Envelope(layout)
        self._translator = Translator(layout.translation, layout.records_at) if layout.translation else None
        self._untyped = self._envelope.decoder(Raw, {})
        self._notes = Notes()
        self.unknown = self._notes.unknown
        self.coerced = self._notes.coerced
        self.left_out = self._notes.left_out
        self.examples = self._notes.examples
        self.unknown_fields: Collection[Path] = self._notes.unknown_fields
        self._build()

    def _build(self) -> None:
        """Build the types, with all that was learned so far."""
        self.learned_count = self._notes.learned_count()
        notes = self._notes
        learned = replace(
            self._options,
            unknown_fields=frozenset(notes.unknown_fields),
            raw_attributes=frozenset(notes.raw_attributes),
            numeric=frozenset(notes.numeric),
            mixed_times=frozenset(notes.mixed_times),
        )
        self._record = record_of(self._schema, learned)
        types = {name: field.type for name, field in self._record.properties.items()}
        self._typed = self._envelope.decoder(self._record.type, types)
        self._single = msgspec.json.Decoder(self._record.type, strict=False)

    def _learn(self) -> None:
        if self._notes.learned_count() != self.learned_count:
            self._build()

    def read(self, body: bytes, owner: str = "") -> Page:
        """Read one answer; `owner` is the id of the object that was asked for, if it is one.

        Raises InvalidBody if the body is not JSON, ContractError if it is JSON of another shape or too large.
        """
        self._notes.owner = owner
        if self._layout.text_field is not None:
            body = msgspec.json.encode({self._layout.text_field: body.decode(errors="replace")})
        body = self._without_nul(body)
        if holds_too_much(body):
            raise ContractError(TOO_MUCH)
        try:
            return self._read(body if self._translator is None else self._translated(body, self._translator))
        except RecursionError:
            raise ContractError(TOO_DEEP) from None

    def complete(self, records: list[Any], before: int = 0, **parent: Any) -> None:
        """Set the fields that come from the `parent`, and shift the positions of the records by `before`.

        `before` is the number of items on the pages read before this one.
        """
        for field, source in self._layout.from_parent.items():
            self._set_field(records, field, [parent[source]] * len(records))
        position = self._layout.position
        if before and position in self._record.properties:
            attribute = self._record.attributes[position]
            self._set_field(records, position, [before + getattr(record, attribute) for record in records])

    def _set_positions(self, records: list[Any], places: Sequence[int]) -> None:
        if self._layout.position is not None:
            self._set_field(records, self._layout.position, places)

    def _set_field(self, records: list[Any], field: str, values: Sequence[Any]) -> None:
        if field in self._record.properties:
            attribute = self._record.attributes[field]
            for record, value in zip(records, values, strict=True):
                setattr(record, attribute, value)

    def raw(self, body: bytes) -> list[bytes]:
        """Return the JSON of each record of an answer. Raises the errors of `read`."""
        try:
            return [bytes(raw) for raw in self._envelope.records(self._decode_untyped(without_nul(body)[0]))]
        except RecursionError:
            raise ContractError(TOO_DEEP) from None

    def _without_nul(self, body: bytes) -> bytes:
        body, removed = without_nul(body)
        if removed:
            self._notes.note_coerced(NUL, removed)
        return body

    def _translated(self, body: bytes, translator: Translator) -> bytes:
        """Translate the records of an answer; an answer of another shape is returned as it is. Raises InvalidBody."""
        try:
            return translator.translate(body)
        except CONVERSION_ERRORS:
            line = self._repaired(body)
        try:
            return translator.translate(line)
        except CONVERSION_ERRORS:
            return line

    def _read(self, body: bytes) -> Page:
        if self._layout.value_field is None:
            counts = self._notes.counts()
            try:
                return self._read_fitting(body)
            except CONVERSION_ERRORS:
                self._notes.restore(counts)
        return self._read_coercing(body)

    def _read_fitting(self, body: bytes) -> Page:
        answer = self._typed.decode(one_line(body))
        records = self._envelope.records(answer)
        self._record.normalize_list(records, self._notes)
        if not records:
            refuse_errors(body)
        if not self._inherit([answer], [records]):
            raise ValueError(RECORDS)
        self._set_positions(records, range(len(records)))
        return self._envelope.page(answer, records)

    def _read_coercing(self, body: bytes) -> Page:
        answer = self._decode_untyped(body)
        records, places, left_out = self._read_untyped(answer)
        page = self._envelope.page(answer, records)
        page.left_out = left_out
        page.places = places
        return page

    def _read_untyped(self, answer: Any) -> tuple[list[Any], list[int], int]:
        """Return the records of an answer, their positions in it, and how many were left out."""
        raws = self._envelope.records(answer)
        if self._layout.value_field is not None:
            raws = [Raw(msgspec.json.encode({self._layout.value_field: raw})) for raw in raws]
        found = self._read_each(raws)
        self._learn()
        places = [place for place, record in enumerate(found) if record is not None]
        records = [found[place] for place in places]
        if not self._inherit([answer], [records]):
            for place in places:
                self._notes.note_left_out(RECORDS, place)
            records, places = [], []
        self._set_positions(records, places)
        return records, places, len(raws) - len(records)

    def _decode_untyped(self, body: bytes) -> Any:
        """Decode the answer around the records, which stay raw JSON. Raises InvalidBody or ContractError."""
        line = self._repaired(body)
        if line == b"null":
            raise InvalidBody("The body is null")
        refuse_errors(line)
        if not (self._layout.records_at or line.startswith(b"{")):
            raise ContractError(f"An answer is not an object; {REMEDY}")
        try:
            return self._untyped.decode(line)
        except msgspec.ValidationError as error:
            raise ContractError(f"An answer is of another shape ({error}); {REMEDY}") from None

    def _repaired(self, body: bytes) -> bytes:
        """Return the body as one line of valid JSON. Raises InvalidBody if it cannot be repaired."""
        line, replaced = repaired_line(body)
        if replaced:
            self._notes.note_coerced(UNREADABLE, replaced)
        return line

    def _read_each(self, raws: Sequence[Raw]) -> list[Any]:
        """Read records of which some may not fit; those that fit are normalized together. None: no usable record."""
        records = [self._decoded(raw) for raw in raws]
        counts = self._notes.counts()
        try:
            self._record.normalize_list([record for record in records if record is not None], self._notes)
        except CONVERSION_ERRORS:
            self._notes.restore(counts)
            records = [None] * len(raws)
        pairs = zip(raws, records, strict=True)
        return [self._coerced(raw, place) if record is None else record for place, (raw, record) in enumerate(pairs)]

    def _decoded(self, raw: Raw) -> Any:
        """Decode a record; None if it does not fit."""
        try:
            return self._single.decode(raw)
        except CONVERSION_ERRORS:
            return None

    def _coerced(self, raw: Raw, place: int) -> Any:
        """Read a record field by field; None, with a note, if it is no object or has no key."""
        record, owner = None, self._notes.owner
        if bytes(raw).startswith(b"{"):
            self._notes.owner = owner or identity(raw)
            record = self._record.coerce(raw, self._notes)
            self._notes.owner = owner
            self._learn()
        if record is None:
            self._notes.note_left_out(RECORDS, place)
        return record

    def _inherit(self, answers: Sequence[Any], lists: Sequence[list[Any]]) -> bool:
        """Set the fields that records take from the answer around them; `lists` are the records of each answer.

        Returns False if a value is missing that belongs to the key of the records.
        """
        if self._layout.link_field is not None:
            for records in lists:
                self._set_field(records, self._layout.link_field, [record.id for record in records])
        is_whole = True
        for name, values in self._envelope.inherited(answers).items():
            field = self._record.properties.get(name)
            if field is None:
                continue
            attribute, column = self._record.attributes[name], values
            kinds = set(map(type, values))
            is_plain = not field.needs_normalizing and Raw not in kinds and (field.nullable or NoneType not in kinds)
            if not is_plain:
                column = [self._normalized(field, value) for value in values]
            is_whole &= not (name in self._options.key and {None, UNSET}.intersection(column))
            for value, records in zip(column, lists, strict=True):
                for record in records:
                    setattr(record, attribute, value)
        return is_whole

    def _normalized(self, field: Field, found: Any) -> Any:
        if isinstance(found, Raw):
            found = field.read(found, self._notes)
        elif found is not None:
            found = field.normalize(found, self._notes)
        return UNSET if found is None and not field.nullable else found


def identity(raw: bytes) -> str:
    """Return the id of an object, cut to LONGEST_OWNER characters; "" if it has none."""
    try:
        return str(_identity.decode(raw).id)[:LONGEST_OWNER]
    except CONVERSION_ERRORS:
        return ""
