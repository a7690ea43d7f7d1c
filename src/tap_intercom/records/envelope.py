"""What lies around the records of an answer is found in the same pass, and interpreted only where it is asked for."""

import functools
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec import Raw

from tap_intercom.errors import ContractError
from tap_intercom.pagination.model import Page, Pages
from tap_intercom.streams.model import Layout

REMEDY: Final = "check that `api_version` is one that has this stream; if it is, report this as a bug"
_RECORDS: Final = object()  # the place of the records in the outline of an answer
_PERHAPS: Final = object()  # a place where they may be
EITHER: Final = "|"  # between keys that versions and documents have for the same list

_OF_PAGES: Final = ("pages", "page", "per_page", "total_pages", "scroll_param", "next_cursor", "total_count")
_pages = msgspec.json.Decoder(Pages | None, strict=False)
_text = msgspec.json.Decoder(str | None, strict=False)
_count = msgspec.json.Decoder(int | None, strict=False)


class Envelope:
    """The answers of one layout. Where the answer is itself the record, there is nothing around it."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._inherited = {field: tuple(path.split(".")) for field, path in layout.inherit.items()}
        self._way = [tuple(key.split(EITHER)) for key in layout.records_at]

    def decoder(self, record: Any, inherited: Mapping[str, Any]) -> msgspec.json.Decoder[Any]:
        """Make a decoder of answers whose records are decoded as `record`; see `type_of`."""
        return msgspec.json.Decoder(self.type_of(record, inherited), strict=False)

    def type_of(self, record: Any, inherited: Mapping[str, Any], *, paged: bool = True) -> Any:
        """Make the type of answers whose records are of the type `record`.

        `inherited` are the types of the fields that the records take from the answer; others are left undecoded. Not
        `paged`, the answers are parts of a larger one, and say nothing of pages.
        """
        if not self._layout.records_at:
            return record
        outline: dict[str, Any] = {}
        *way, last = self._layout.records_at
        for key in last.split(EITHER):
            _place(outline, (*way, key), _PERHAPS if self._layout.may_be_missing else _RECORDS)
        for field, path in self._inherited.items():
            _place(outline, path, inherited.get(field, Raw))
        if paged:
            outline |= dict.fromkeys(_OF_PAGES, Raw)
        return _struct(outline, list[record])

    def records(self, answer: Any) -> list[Any]:
        """Give the records; none where the object that would hold the list is null or missing."""
        return self.lists([answer])[0]

    def lists(self, answers: Sequence[Any]) -> list[list[Any]]:
        """Give the records of several answers, as `records` gives those of one."""
        if not self._layout.records_at:
            return [[answer] for answer in answers]
        found: Sequence[Any] = answers
        for keys in self._way:
            find = attrgetter(keys[0]) if len(keys) == 1 else functools.partial(_either, keys)
            found = [None if one is None else find(one) for one in found]
        return [one or [] for one in found]

    def inherited(self, answers: Sequence[Any]) -> dict[str, list[Any]]:
        """Give what the records of each answer take from it, by the name of their field; Raw where it is undecoded."""
        return {field: _column(answers, path) for field, path in self._inherited.items()}

    def page(self, answer: Any, records: list[Any]) -> Page:
        """Give the records with what the answer says about where the rest is. Raises ContractError."""
        if not self._layout.records_at:
            return Page(records=records)
        try:
            return Page(
                records=records,
                pages=_pages.decode(answer.pages or b"null") or _pages_beside(answer),
                scroll_param=_text.decode(answer.scroll_param or b"null"),
                next_cursor=_text.decode(answer.next_cursor or b"null"),
                total_count=_count.decode(answer.total_count or b"null"),
            )
        except msgspec.ValidationError as error:
            raise ContractError(f"What Intercom says about its pages is of another shape ({error}); {REMEDY}") from None


def _pages_beside(answer: Any) -> Pages | None:
    """Find what a few lists of 2.16 have beside their records, and others in `pages`."""
    told = (_count.decode(one or b"null") for one in (answer.page, answer.per_page, answer.total_pages))
    page, per_page, total_pages = told
    return None if page is total_pages is None else Pages(page=page, per_page=per_page, total_pages=total_pages)


def _place(outline: dict[str, Any], path: tuple[str, ...], leaf: Any) -> None:
    for key in path[:-1]:
        outline = outline.setdefault(key, {})
    # What is taken twice may be of two types.
    outline[path[-1]] = Raw if path[-1] in outline else leaf


def _struct(outline: dict[str, Any], records: Any) -> type[msgspec.Struct]:
    members: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for key, inner in outline.items():
        if inner is _RECORDS:
            members.append((key, records))
        elif inner is _PERHAPS:
            members.append((key, records | None, None))
        elif inner is Raw:
            members.append((key, Raw, None))
        else:
            inner_type = _struct(inner, records) if isinstance(inner, dict) else inner
            members.append((key, inner_type | None, None))
    return msgspec.defstruct("Answer", members, kw_only=True, gc=False)


def _either(keys: tuple[str, ...], answer: Any) -> Any:
    return next((found for key in keys if (found := getattr(answer, key)) is not None), None)


def _column(answers: Sequence[Any], path: tuple[str, ...]) -> list[Any]:
    for key in path:
        find = attrgetter(key)
        answers = [None if answer is None else find(answer) for answer in answers]
    return list(answers)
