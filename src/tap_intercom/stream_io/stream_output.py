"""The output of one selected stream: readers for its records, RECORD messages, and warnings about odd values."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw

from tap_intercom.errors import ContractError
from tap_intercom.json_schema import fields
from tap_intercom.records.containers import ListOf
from tap_intercom.records.list_extent import ListCount
from tap_intercom.records.nested_reader import NestedReader
from tap_intercom.records.reader import OF_ANSWERS, RECORDS, Reader
from tap_intercom.records.retyping import Retyping, schema_for_reading
from tap_intercom.records.scalars import Notes
from tap_intercom.records.schema_types import TypeOptions, record_of
from tap_intercom.singer.selection import SelectedStream
from tap_intercom.stream_io.context import RunContext
from tap_intercom.streams.model import Layout, Stream
from tap_intercom.streams.table import load_schema

MANY_LEFT_OUT: Final = 10  # when so many of a stream's records cannot be used, and none can, its answers are others
UNREADABLE: Final = (
    "none of its records has a key that can be used; check that `api_version` is one that has this stream; if it is, "
    "report this as a bug"
)


class StreamOutput:
    """The output of one selected stream.

    With `activate_version`, its records carry its `version`, if it has one. In the end ACTIVATE_VERSION tells the
    target to delete all others, but only where every record was read (`is_whole`) and none was left out. The version of
    a stream that has a bookmark and was read whole enters the state then; without the setting, at the end of its read.
    """

    def __init__(self, selected_stream: SelectedStream, context: RunContext, version: int | None = None) -> None:
        self.stream = selected_stream.stream
        self.is_whole = True
        self._has_written = False
        self._version = version
        self.tells_gone = version is not None and context.config.activate_version
        self._selected = selected_stream
        self._context = context
        own = load_schema(selected_stream.stream.schema_name)
        schema = schema_for_reading(selected_stream.stream, own, selected_stream.full_schema)
        needed = _needed(self.stream, schema["properties"])
        self._schema = {**schema, "properties": {**schema["properties"], **needed, **schema["properties"]}}
        self._unselected = selected_stream.unselected.difference((name,) for name in needed)
        self._hidden = [name for name in needed if name not in selected_stream.schema.get("properties", {})]
        self._notes = Notes()
        self._retyping = Retyping(selected_stream.stream, own, selected_stream.schema, self._notes)
        self._keys: Counter[tuple[Any, ...]] = Counter()
        self._readers: list[Reader] = []
        self._others: dict[str, Reader] = {}

    def reader(self, layout: Layout) -> Reader:
        """Give a reader of this stream's records for answers of `layout`."""
        if layout.inner is not None:
            return self.inner_reader(layout, layout.inner)
        key, watch = self.stream.key, not layout.is_partial
        reader = Reader(layout, self._schema, self._unselected, key=key, watch=watch)
        self._readers.append(reader)
        return reader

    def inner_reader(self, layout: Layout, each: Layout) -> NestedReader:
        """Give a reader of this stream's records where they lie (`each`) within the records of answers of `layout`."""
        key, watch = self.stream.key, not each.is_partial
        reader = NestedReader(layout, each, self._schema, self._unselected, key=key, watch=watch)
        self._readers.append(reader)
        return reader

    def selected(self, names: Sequence[str]) -> list[str]:
        """Keep those of the names that are selected fields of the stream."""
        properties = self._selected.schema.get("properties", {})
        return [name for name in names if name in properties]

    def reader_of(self, names: Sequence[str]) -> Reader:
        """Give a reader of these fields for answers that are one record of this stream."""
        properties = self._schema["properties"]
        few = {"type": "object", "properties": {name: properties[name] for name in names}}
        reader = Reader(Layout(), few, self._unselected, watch=False)
        self._readers.append(reader)
        return reader

    def item_of(self, field: str) -> Callable[[Mapping[str, Any]], Any] | None:
        """Give the function that makes an item of the list `field` of its members; None where its type is no list."""
        plan = TypeOptions(unwrap=self.stream.layout.unwrap, unselected=self._unselected)
        built = record_of(self._schema, plan).properties[field]
        if not isinstance(built, ListOf):
            return None
        items, notes = built.items, self._notes
        return lambda members: items.read(Raw(msgspec.json.encode(members)), notes)

    def names_within(self, field: str) -> tuple[str, ...]:
        """Give the selected properties of the objects in a field."""
        found = (path for path, *_ in fields(self._selected.schema) if path[:-1] == (field,))
        return tuple(dict.fromkeys(path[-1] for path in found))

    def report_left_out(self, name: str, reader: Reader) -> None:
        """Report in the end, under this name, what another reader has left out that the stream depends on."""
        self._others[name] = reader

    def warn(self, message: str) -> None:
        """Log a warning about the stream."""
        self._context.monitor.warn(self.stream.name, message)

    def warn_of_count(self, count: ListCount, what: str) -> None:
        """Warn of a list that Intercom cuts off: of a long conversation it gives the newest 500 parts."""
        self.is_whole = False
        self.warn(f"{self.stream.parent} {count.id}: Intercom gave {count.given} of {count.total} {what}")

    async def open(self) -> None:
        """Write the stream's schema, which comes before its records."""
        cursor = self.stream.replication_key
        self._context.monitor.begin(self.stream.name)
        await self._context.writer.schema(self.stream.name, self._selected.schema, self.stream.key, cursor)

    async def write(self, records: Sequence[Any], served: datetime) -> None:
        """Write records; those that belong to another stream are left out."""
        for field, values in self.stream.exclude_values.items():
            records = [record for record in records if getattr(record, field, None) not in values]
        written = self._retyping.retyped(records)
        for name in self._hidden:
            for record in written:
                setattr(record, name, UNSET)
        version = self._version if self.tells_gone else None
        await self._context.writer.records(self.stream.name, written, served, version)
        self._context.monitor.count(self.stream.name, records=len(records))
        self._has_written = self._has_written or bool(records)
        if self.stream.may_share_key:
            self._keys.update(tuple(getattr(record, field) for field in self.stream.key) for record in records)

    async def close(self) -> None:
        """Activate the version of a table that was read whole; report odd values, and the end of the stream."""
        if self._version is not None:
            await self._conclude_version(self._version)
        self._report_left_out()
        if self.is_unreadable:
            self._context.fail(self.stream.name, ContractError(f"{self.stream.name}: {UNREADABLE}"))
            return
        self._report_shared_keys()
        self._report_unknown_fields()
        self._report_coerced()
        self._context.monitor.end(self.stream.name)

    async def _conclude_version(self, version: int) -> None:
        """Activate the version where everything came; note it in the state where the stream was read whole."""
        context, name = self._context, self.stream.name
        if self.tells_gone and (not self.is_whole or self._count_left_out()):
            return
        if self.tells_gone:
            await context.writer.activate(name, version)
        if name in context.whole and not self.is_unreadable:
            context.state.set_version(name, version)
            await context.writer.state(context.state.value())

    def _report_shared_keys(self) -> None:
        shared = [", ".join(map(str, key)) for key, count in self._keys.items() if count > 1]
        if shared and not self._context.writer.keeps_shared_keys:
            key = ", ".join(self.stream.key)
            why = "so a target that loads by key keeps one of each"
            self.warn(f"records share their key ({key}), {why}: {_listed(shared)}")

    def _report_unknown_fields(self) -> None:
        found = {field for reader in self._readers for field in reader.unknown}
        unknown = found - self.stream.layout.other_streams_fields
        for field in unknown:
            self._context.monitor.counters.add_odd_field(self.stream.name, field, "unknown")
        if unknown:
            remedy = "add them to the catalog to get them"
            self.warn(f"Intercom sends fields that the schema lacks; {remedy}: {_listed(unknown)}")

    def _report_coerced(self) -> None:
        coerced: Counter[str] = Counter(self._notes.coerced)
        for reader in self._readers:
            coerced.update(reader.coerced)
        for reader in self._others.values():
            coerced.update({name: reader.coerced[name] for name in OF_ANSWERS if name in reader.coerced})
        for field, count in sorted(coerced.items()):
            self._context.monitor.counters.add_odd_field(self.stream.name, field, "bent", count)
            self.warn(f"{field}: {count} values did not fit the schema and were bent to it, or are null")

    def _count_left_out(self) -> int:
        return sum(reader.left_out.get(RECORDS, 0) for reader in self._readers)

    @property
    def is_unreadable(self) -> bool:
        """Whether many records were received and none could be used: the answers have another shape."""
        return not self._has_written and self._count_left_out() >= MANY_LEFT_OUT

    def _report_left_out(self) -> None:
        """Warn of each list of which items were left out, with the place of the first."""
        counts: Counter[str] = Counter()
        examples: dict[str, str] = {}
        for reader in self._readers:
            counts.update(reader.left_out)
            examples = {**reader.examples, **examples}
        for field, reader in self._others.items():
            counts[field] += reader.left_out.get(RECORDS, 0)
            examples = {field: reader.examples.get(RECORDS, ""), **examples}
        for field, count in sorted((+counts).items()):
            self._context.monitor.counters.add_odd_field(self.stream.name, field, "left out", count)
            were = "items were" if count > 1 else "item was"
            why = f"being null, of another kind or without a key; first {examples[field]}"
            self.warn(f"{field}: {count} {were} left out, {why}")


def _needed(stream: Stream, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields that are read even where they are not selected, with a schema for each that has none.

    They say which stream a record belongs to, what an answer is about, which record of a list it is, and whether all of
    the record is there.
    """
    inherited = stream.detail.layout.inherit.items() if stream.detail else ()
    owners = [field for field, path in inherited if path == "id"]
    identity = ["id"] if "id" in properties else []
    of_items = stream.detail.whole_item_fields if stream.detail else ()
    return {name: {"type": ["null", "string"]} for name in (*stream.exclude_values, *owners, *identity, *of_items)}


def _listed(names: Sequence[str] | set[str], most: int = 20) -> str:
    """List names, and how many more there are."""
    shown = sorted(names)[:most]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
