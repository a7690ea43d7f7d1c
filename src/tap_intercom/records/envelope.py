"""The JSON around the records of an answer: types that decode both in one pass, and the pagination fields."""

import functools
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Raw

from tap_intercom.errors import ContractError
from tap_intercom.pagination.model import Page, Pages
from tap_intercom.records.scalars import KEY_TEXT
from tap_intercom.streams.model import Layout

REMEDY: Final = "check that `api_version` is one that has this stream; if it is, report this as a bug"
EITHER: Final = "|"  # between the keys that a list has in different versions

_OF_PAGES: Final = ("pages", "page", "per_page", "total_pages", "scroll_param", "next_cursor", "total_count")
_pages = msgspec.json.Decoder(Pages | None, strict=False)
_text = msgspec.json.Decoder(str | None, strict=False)
_count = msgspec.json.Decoder(int | None, strict=False)


class _Kind(msgspec.Struct):
    type: Any = None


_kind = msgspec.json.Decoder(_Kind)


class Leaf(NamedTuple):
    """The type of a value in an answer; with `any_type`, another reader of the answer may choose any other type."""

    type: Any
    is_required: bool = False
    any_type: bool = False


# What is decoded of an object: for each key the type of its value, or what is decoded of an object in it.
Members = dict[str, Any]


class Envelope:
    """The JSON around the records in answers of one layout; none if the answer is the record (no `records_at`)."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._inherited = {field: tuple(path.split(".")) for field, path in layout.inherit.items()}
        self._records_at = [tuple(key.split(EITHER)) for key in layout.records_at]
        self._count_at = (*layout.records_at[:-1], "total_count") if len(layout.records_at) > 1 else ()
        self._count_of = attrgetter(".".join(self._count_at)) if self._count_at else None

    def decoder(self, record: Any, inherited: Mapping[str, Any]) -> msgspec.json.Decoder[Any]:
        """Return a decoder of answers with records of the type `record`; see `type_of`."""
        return msgspec.json.Decoder(self.type_of(record, inherited), strict=False)

    def type_of(self, record: Any, inherited: Mapping[str, Any], *, paged: bool = True) -> Any:
        """Return the type of answers with records of the type `record`.

        `inherited` are the types of the fields that records take from the answer; other such fields stay raw JSON.
        Without `paged`, the answers are objects within a larger answer, and have no pagination fields.
        """
        if not self._layout.records_at:
            return record
        members = self.members(record, inherited)
        if paged:
            members |= dict.fromkeys(_OF_PAGES, Leaf(Raw))
            if self._count_at and self._count_at not in self._inherited.values():
                _set_leaf(members, self._count_at, Leaf(Raw))
        return struct_of(members)

    def members(self, record: Any, inherited: Mapping[str, Any]) -> Members:
        """Return what is decoded of answers with a list of records; see `type_of`."""
        members: Members = {}
        *outer_keys, last = self._layout.records_at
        for key in last.split(EITHER):
            _set_leaf(members, (*outer_keys, key), Leaf(list[record], is_required=not self._layout.may_be_missing))
        for field, path in self._inherited.items():
            _set_leaf(members, path, Leaf(inherited[field]) if field in inherited else Leaf(Raw, any_type=True))
        return members

    def records(self, answer: Any) -> list[Any]:
        """Return the records; [] if the list, or an object around it, is null or missing."""
        return self.lists([answer])[0]

    def lists(self, answers: Sequence[Any]) -> list[list[Any]]:
        """Return the records of each of several answers, as `records` does for one."""
        if not self._layout.records_at:
            return [[answer] for answer in answers]
        found: Sequence[Any] = answers
        for keys in self._records_at:
            find = attrgetter(keys[0]) if len(keys) == 1 else functools.partial(_either, keys)
            found = [None if one is None else find(one) for one in found]
        return [one or [] for one in found]

    def inherited(self, answers: Sequence[Any]) -> dict[str, list[Any]]:
        """Return for each inherited field its values, one for each answer; Raw if they are not decoded."""
        return {field: _column(answers, path) for field, path in self._inherited.items()}

    def page(self, answer: Any, records: list[Any]) -> Page:
        """Return the records with the pagination fields of the answer. Raises ContractError if these do not fit."""
        if not self._layout.records_at:
            return Page(records=records)
        try:
            return Page(
                records=records,
                pages=(_pages.decode(answer.pages) if answer.pages else None) or _top_level_pages(answer),
                scroll_param=_text.decode(answer.scroll_param) if answer.scroll_param else None,
                next_cursor=_text.decode(answer.next_cursor) if answer.next_cursor else None,
                total_count=_count_in(answer.total_count),
                is_whole_list=self._is_whole_list(answer, records),
            )
        except msgspec.ValidationError as error:
            raise ContractError(f"What Intercom says about its pages is of another shape ({error}); {REMEDY}") from None

    def _is_whole_list(self, answer: Any, records: list[Any]) -> bool:
        """Return whether the object around the list has a count, and the records are as many."""
        if self._count_of is None or not records:
            return False
        count = self._count_of(answer)
        return bytes(count) == b"%d" % len(records) if isinstance(count, Raw) else bool(count == len(records))


def _top_level_pages(answer: Any) -> Pages | None:
    """Return the pagination that a few lists of 2.16 have beside their records instead of in `pages`."""
    page, per_page, total_pages = map(_count_in, (answer.page, answer.per_page, answer.total_pages))
    return None if page is total_pages is None else Pages(page=page, per_page=per_page, total_pages=total_pages)


def _count_in(raw: Raw | None) -> int | None:
    return _count.decode(raw) if raw else None


def _set_leaf(members: Members, path: tuple[str, ...], leaf: Leaf) -> None:
    for key in path[:-1]:
        members = members.setdefault(key, {})
    # A value that is decoded for two fields may need two types.
    members[path[-1]] = Leaf(Raw) if path[-1] in members else leaf


def struct_of(members: Members) -> type[msgspec.Struct]:
    """Return a struct with the attributes `members`; a missing or null value is None."""
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for key, inner in members.items():
        if isinstance(inner, dict):
            fields.append((key, struct_of(inner) | None, None))
        elif inner.is_required:
            fields.append((key, inner.type))
        else:
            fields.append((key, inner.type if inner.type is Raw else inner.type | None, None))
    return msgspec.defstruct("Answer", fields, kw_only=True, gc=False)


def join(one: Members, other: Members) -> Members | None:
    """Return what is decoded of an object for two readers; None if they need a value in different types."""
    joined = {**other, **one}
    for key in one.keys() & other.keys():
        both = _join_values(one[key], other[key])
        if both is None:
            return None
        joined[key] = both
    return joined


def _join_values(one: Leaf | Members, other: Leaf | Members) -> Leaf | Members | None:
    if isinstance(one, dict) or isinstance(other, dict):
        return join(one, other) if isinstance(one, dict) and isinstance(other, dict) else None
    # KEY_TEXT, a text that is not empty, is also a str.
    if one == other or other.any_type or (one.type, other.type) == (KEY_TEXT, str):
        return one
    return other if one.any_type or (one.type, other.type) == (str, KEY_TEXT) else None


def _either(keys: tuple[str, ...], answer: Any) -> Any:
    return next((found for key in keys if (found := getattr(answer, key)) is not None), None)


def _column(answers: Sequence[Any], path: tuple[str, ...]) -> list[Any]:
    for key in path:
        find = attrgetter(key)
        answers = [None if answer is None else find(answer) for answer in answers]
    return list(answers)


def refuse_errors(body: bytes) -> None:
    """Raise ContractError if an answer with a status of success is a list of errors."""
    try:
        kind = _kind.decode(body).type
    except ValueError:
        return
    if kind == "error.list":
        raise ContractError("Intercom sent errors with the status of success; run again, and report it if it stays")
