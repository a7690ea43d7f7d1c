"""From what Intercom sends to what the schema promises: typed where it fits, bent where it does not, never dropped.

A page goes from bytes to typed records in one pass in C. Only what does not fit is looked at record by record and field
by field; what is learned from it (a field that the schema lacks, ids that come as numbers) goes into the types, so that
the next page fits again.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from types import NoneType
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw

from tap_intercom.api.types import InvalidBody
from tap_intercom.errors import ContractError
from tap_intercom.json_schema import Path
from tap_intercom.pagination.model import Page
from tap_intercom.records.envelope import REMEDY, Envelope
from tap_intercom.records.json_repair import repair, without_nul
from tap_intercom.records.scalars import CONVERSION_ERRORS, Field, Notes
from tap_intercom.records.schema_types import TypeOptions, record_of
from tap_intercom.records.translator import Translator
from tap_intercom.streams.model import Layout

UNREADABLE: Final = "(unreadable characters)"
NUL: Final = "(NUL characters)"
OF_ANSWERS: Final = (UNREADABLE, NUL)  # what is counted of whole answers, not of fields
RECORDS: Final = "(records)"  # the list of records itself, among the lists of which items were left out
LONGEST_OWNER: Final = 40  # characters of an id that is shown
TOO_DEEP: Final = f"An answer is nested too deeply to be read; {REMEDY}"
# An object may take a hundred times more memory than it takes of an answer: {"id":"1"} becomes a whole record.
MOST_OBJECTS: Final = 500_000
LARGE: Final = 4_000_000  # bytes; in fewer there are not many more
TOO_MUCH: Final = f"An answer holds more than {MOST_OBJECTS:,} objects; {REMEDY}"
_OBJECT: Final = re.compile(rb"\{\s*[\"}]")  # within a text, a quotation mark has a backslash before it


class _Kind(msgspec.Struct):
    type: Any = None


class _Identity(msgspec.Struct):
    id: str | int


_kind = msgspec.json.Decoder(_Kind)
_identity = msgspec.json.Decoder(_Identity)


class Reader:
    """Reads the records of one stream from the answers of one layout.

    `unselected` are the paths of fields to leave out; in a list of objects, a path goes on with their fields. A record
    is of no use without the fields of its `key`. Without `watch`, fields that the schema lacks are passed over. Lists
    within a record that are `counted` keep their odd items, as null.
    `unknown` counts, by dotted name, the fields that came though the schema lacks them; `coerced` the values that lost
    something or had to be guessed to fit the schema; `left_out` the items of lists that could not be used, for which
    `examples` has the place of the first. None of them holds a value of a record. `unknown_fields` are the paths of the
    unknown fields, `learned_count` is how much the types have learned.
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing that is known besides the schema
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
        """Make the types, with all that was learned so far."""
        self.learned_count = self._notes.learned_count()
        notes = self._notes
        learned = replace(
            self._options,
            unknown_fields=frozenset(notes.unknown_fields),
            raw_attributes=frozenset(notes.raw_attributes),
            numeric=frozenset(notes.numeric),
        )
        self._record = record_of(self._schema, learned)
        types = {name: field.type for name, field in self._record.properties.items()}
        self._typed = self._envelope.decoder(self._record.type, types)
        self._single = msgspec.json.Decoder(self._record.type, strict=False)

    def _learn(self) -> None:
        if self._notes.learned_count() != self.learned_count:
            self._build()

    def read(self, body: bytes, owner: str = "") -> Page:
        """Read one answer, which may be about an `owner`, of whom this is the id.

        Raises InvalidBody where it is not JSON, ContractError where it is JSON of another shape.
        """
        self._notes.owner = owner
        if self._layout.text_field is not None:
            body = msgspec.json.encode({self._layout.text_field: body.decode(errors="replace")})
        body = self._without_nul(body)
        if len(body) > LARGE and next(islice(_OBJECT.finditer(body), MOST_OBJECTS, None), None):
            raise ContractError(TOO_MUCH)
        try:
            return self._read(body if self._translator is None else self._translated(body, self._translator))
        except RecursionError:
            raise ContractError(TOO_DEEP) from None

    def complete(self, records: list[Any], before: int = 0, **parent: Any) -> None:
        """Give records what is known of their `parent`, and, where other pages came `before`, their places after those.

        `before` counts the items of those pages.
        """
        for field, source in self._layout.from_parent.items():
            self._give(records, field, [parent[source]] * len(records))
        position = self._layout.position
        if before and position in self._record.properties:
            attribute = self._record.attributes[position]
            self._give(records, position, [before + getattr(record, attribute) for record in records])

    def _number(self, records: list[Any], places: Sequence[int]) -> None:
        if self._layout.position is not None:
            self._give(records, self._layout.position, places)

    def _give(self, records: list[Any], field: str, values: Sequence[Any]) -> None:
        if field in self._record.properties:
            attribute = self._record.attributes[field]
            for record, value in zip(records, values, strict=True):
                setattr(record, attribute, value)

    def raw(self, body: bytes) -> list[bytes]:
        """Give the records of an answer as they came. Raises what `read` raises."""
        try:
            return [bytes(raw) for raw in self._envelope.records(self._open(without_nul(body)[0]))]
        except RecursionError:
            raise ContractError(TOO_DEEP) from None

    def _without_nul(self, body: bytes) -> bytes:
        body, removed = without_nul(body)
        if removed:
            self._notes.note_coerced(NUL, removed)
        return body

    def _translated(self, body: bytes, translator: Translator) -> bytes:
        """Translate the records of an answer; leave one that is no such answer as it is. Raises InvalidBody."""
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
            try:
                return self._read_fitting(body)
            except CONVERSION_ERRORS:
                pass
        return self._read_coercing(body)

    def _read_fitting(self, body: bytes) -> Page:
        answer = self._typed.decode(one_line(body))
        records = self._envelope.records(answer)
        self._record.normalize_list(records, self._notes)
        if not records:
            refuse_errors(body)
        if not self._inherit([answer], [records]):
            raise ValueError(RECORDS)
        self._number(records, range(len(records)))
        return self._envelope.page(answer, records)

    def _read_coercing(self, body: bytes) -> Page:
        answer = self._open(body)
        records, places, left_out = self._read_loose(answer)
        page = self._envelope.page(answer, records)
        page.left_out = left_out
        page.places = places
        return page

    def _read_loose(self, answer: Any) -> tuple[list[Any], list[int], int]:
        """Give the records of an answer, the places that they had in it, and how many could not be used."""
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
        self._number(records, places)
        return records, places, len(raws) - len(records)

    def _open(self, body: bytes) -> Any:
        """Take an answer apart, and leave its records as they came."""
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
        """Give one line of JSON. Raises InvalidBody where there is none."""
        try:
            body.decode()
            return msgspec.json.format(body, indent=-1)
        except ValueError:
            mended, replaced = repair(body)
        try:
            line = msgspec.json.format(mended, indent=-1)
        except ValueError:
            raise InvalidBody("The body is not JSON") from None
        if replaced:
            self._notes.note_coerced(UNREADABLE, replaced)
        return line

    def _read_each(self, raws: Sequence[Raw]) -> list[Any]:
        """Read the records of which any may not fit: those that do, together. None stands for what is of no use."""
        records = [self._decoded(raw) for raw in raws]
        try:
            self._record.normalize_list([record for record in records if record is not None], self._notes)
        except CONVERSION_ERRORS:
            records = [None] * len(raws)
        pairs = zip(raws, records, strict=True)
        return [self._coerced(raw, place) if record is None else record for place, (raw, record) in enumerate(pairs)]

    def _decoded(self, raw: Raw) -> Any:
        """Decode a record; None where it does not fit."""
        try:
            return self._single.decode(raw)
        except CONVERSION_ERRORS:
            return None

    def _coerced(self, raw: Raw, place: int) -> Any:
        """Bend a record; None, with a note, where it is no object or has no key."""
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
        """Give the records of each answer what they take from it, a field of all of them after the other.

        Says whether each of the answers has what is of the key of its records.
        """
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
    """Give the id of an object, shortened where it is long; nothing where it has none."""
    try:
        return str(_identity.decode(raw).id)[:LONGEST_OWNER]
    except CONVERSION_ERRORS:
        return ""


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
