"""How much of a list a record holds (none, all, a part), from what is beside the list: `total_count` and `has_more`.

Intercom cuts lists off at ten items, and some with `has_more: false`. So only a count says that a list is whole. A bare
list, with nothing beside it, is taken for whole if it has fewer items.
"""

import enum
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from tap_intercom.records.containers import ListOf, ObjectOf
from tap_intercom.records.envelope import EITHER, Leaf, Members
from tap_intercom.records.reader import RECORDS, Reader
from tap_intercom.streams.model import Detail, Layout, Stream

_MOMENT: Final = {"type": ["null", "string"], "format": "date-time"}
_TEXT: Final = {"type": ["null", "string"]}
_COUNT: Final = {"type": ["null", "integer"]}
_FLAG: Final = {"type": ["null", "boolean"]}
_INLINE_ITEMS: Final = 10  # the most that a record holds of a list (docs: contacts' tags, notes, companies)


class Extent(enum.Enum):
    """How much of a list a record holds."""

    EMPTY = "all of it, which is nothing"
    WHOLE = "all of it"
    CUT = "the beginning"
    UNKNOWN = "nobody knows how much"


_COMPLETE: Final = (Extent.EMPTY, Extent.WHOLE)  # no set: an Enum is hashed slowly


class ListCount(NamedTuple):
    """The object with the list, its `updated_at`, and how many of the `total` items Intercom sent (`given`)."""

    id: str
    updated_at: datetime | None
    given: int
    total: int


class CountedList:
    """A list within records, at `path`, with a count in its wrapper: {"tags": {"tags": […], "total_count": 12}}.

    The last key may be several, with | between them. A list without a wrapper has no count.
    """

    def __init__(self, path: Sequence[str]) -> None:
        self.is_counted = _has_wrapper(path)
        *self._wrappers, keys = path or ("",)
        self._keys = keys.split(EITHER)

    @property
    def what(self) -> str:
        """The key of the wrapper, which names the items."""
        return self._wrappers[-1]

    def kept_back(self, extents: Iterable[Any]) -> Iterator[ListCount]:
        """Yield a ListCount for each record with more items than Intercom sent; `extents` are from an ExtentReader."""
        for record in extents if self.is_counted else ():
            wrapper = record
            for name in self._wrappers:
                wrapper = getattr(wrapper, name, None)
            lists = (getattr(wrapper, key, None) for key in self._keys)
            given = next((found for found in lists if found is not None), None)
            if given is not None and wrapper.total_count is not None and wrapper.total_count > len(given):
                yield ListCount(record.id, record.updated_at, len(given), wrapper.total_count)


class ExtentReader(Reader):
    """A reader of the facts that decide whether a record needs further requests, whatever fields are selected.

    These are its id, its times (`cursor` and `updated_at`), the fields in `texts`, and how many items its lists have:
    those at the paths `lists`, with the ids and `item_texts` of their items, and those at the paths `counted`.
    """

    def __init__(  # noqa: PLR0913 - one argument for each kind of fact
        self,
        records_at: tuple[str, ...],
        *,
        cursor: str | None = None,
        texts: Iterable[str] = (),
        lists: Iterable[Sequence[str]] = (),
        item_texts: Iterable[str] = (),
        counted: Iterable[Sequence[str]] = (),
    ) -> None:
        fields: dict[str, Any] = {"id": {"type": "string"}, cursor or "updated_at": _MOMENT, "updated_at": _MOMENT}
        fields |= dict.fromkeys(texts, _TEXT)
        self._values = list(fields)
        for path in filter(_has_wrapper, counted):
            _add(fields, path, {})
        items = {"type": ["null", "object"], "properties": dict.fromkeys(("id", *item_texts), _TEXT)}
        for path in lists:
            _add(fields, path, items)
        schema = {"type": "object", "properties": fields}
        super().__init__(Layout(records_at=records_at), schema, watch=False, counted=True)

    def members(self) -> Members:
        """Return what is decoded of a record; another reader may choose the item type of a list without ids here."""
        return _members_of(self._record)

    def take(self, answers: Sequence[Any]) -> None:
        """Normalize records that were decoded with these `members`, in place. Raises ValueError if one has no id."""
        for name in self._values:
            field = self._record.properties[name]
            if field.needs_normalizing:
                field.normalize_column(answers, name, self._notes)
        if any(answer.id is None for answer in answers):
            raise ValueError(RECORDS)


def _has_wrapper(path: Sequence[str]) -> bool:
    return len(path) > 1


def _add(fields: dict[str, Any], path: Sequence[str], items: Any) -> None:
    """Add a list at `path`, and the count and flag in its wrapper, if it has one, to the properties of a schema."""
    *wrappers, keys = path
    for wrapper in wrappers:
        fields = fields.setdefault(wrapper, {"type": ["null", "object"], "properties": {}})["properties"]
    fields |= {key: {"type": ["null", "array"], "items": items} for key in keys.split(EITHER)}
    if wrappers:
        fields |= {"total_count": _COUNT, "has_more": _FLAG}


def _members_of(record: ObjectOf) -> Members:
    members: Members = {}
    for name, field in record.properties.items():
        is_list = isinstance(field, ListOf)
        members[name] = _members_of(field) if isinstance(field, ObjectOf) else Leaf(field.type, any_type=is_list)
    return members


def extent_reader(
    stream: Stream,
    details: Sequence[Detail],
    lists: Iterable[str] = (),
    counted: Iterable[Sequence[str]] = (),
    texts: Iterable[str] = (),
) -> ExtentReader:
    """Return a reader of the fields that the `details` depend on, of `texts`, and of the counts of other lists."""
    unwrap, names = stream.layout.unwrap, {*lists, *(field for detail in details for field in detail.inline_lists)}
    return ExtentReader(
        stream.layout.records_at,
        cursor=stream.replication_key,
        texts={*texts, *(field for detail in details for field in (*detail.parent_filter, *detail.parent_texts))},
        lists=[(name, unwrap[name]) if name in unwrap else (name,) for name in sorted(names)],
        item_texts={field for detail in details for field in detail.whole_item_fields},
        counted=counted,
    )


def extent_of(record: Any, field: str) -> Extent:
    """Return how much of a list a record holds; the record is from an ExtentReader."""
    wrapper = getattr(record, field)
    items = _items_in(wrapper)
    if items is None:
        return Extent.UNKNOWN
    if items is wrapper:
        count, has_more = len(items) if len(items) < _INLINE_ITEMS else None, None
    else:
        count, has_more = wrapper.total_count, wrapper.has_more
    if has_more or (count or 0) > len(items):
        return Extent.CUT
    if count is None and (items or has_more is None):
        return Extent.UNKNOWN
    return Extent.WHOLE if items else Extent.EMPTY


def _items_in(wrapper: Any) -> list[Any] | None:
    """Return the items of a list, of which no, or one, or several keys of a wrapper may have it; None if none has."""
    if wrapper is None or isinstance(wrapper, list):
        return wrapper
    for name in wrapper.__struct_fields__:
        found = getattr(wrapper, name)
        if isinstance(found, list):
            return found
    return None


def known_ids(record: Any, field: str) -> set[str]:
    """Return the ids of those items of a list that the record holds."""
    items = _items_in(getattr(record, field)) or ()
    return {str(item.id) for item in items if item is not None and item.id is not None}


def ids_in(record: Any, fields: Sequence[str]) -> list[str] | None:
    """Return the different ids in several lists of a record; None if they are not known to be all."""
    if not is_complete(record, fields):
        return None
    items = [item for field in fields for item in _items_in(getattr(record, field)) or ()]
    if any(item is None or item.id is None for item in items):
        return None
    return list(dict.fromkeys(str(item.id) for item in items))


def incomplete(records: Sequence[Any], field: str) -> list[int]:
    """Return the positions of the records that hold only the beginning of a list."""
    return [place for place, record in enumerate(records) if extent_of(record, field) is Extent.CUT]


def is_complete(record: Any, lists: Sequence[str], item_fields: Sequence[str] = ()) -> bool:
    """Return whether a record is known to hold all items of these lists, each with these fields."""
    return all(extent_of(record, field) in _COMPLETE and _have(record, field, item_fields) for field in lists)


def _have(record: Any, field: str, item_fields: Sequence[str]) -> bool:
    items = _items_in(getattr(record, field)) or () if item_fields else ()
    return all(getattr(item, name, None) for item in items for name in item_fields)


def needs_request(record: Any, detail: Detail, *, inline: bool) -> bool:
    """Return whether a detail is requested for a record; `inline`: items of complete lists are read from the record."""
    values = [(getattr(record, field), wanted) for field, wanted in detail.parent_filter.items()]
    if any(value is None if wanted is None else value not in wanted for value, wanted in values):
        return False
    if not detail.inline_lists:
        return True
    if inline:
        return not is_complete(record, detail.inline_lists, detail.whole_item_fields)
    return any(extent_of(record, field) is not Extent.EMPTY for field in detail.inline_lists)
