"""How a record of one version of the API is told in the words of another, before its schema reads it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw

from tap_intercom.streams.model import Reference, Translation

Members = dict[str, Raw]

_MEMBERS: Final = msgspec.json.Decoder(Members)
_ITEMS: Final = msgspec.json.Decoder(list[Raw])
_NULL: Final = Raw(b"null")
_NO_ID: Final = {b"null", b"0", b'"0"', b'""'}  # where an id should be


class Translator:
    """Translates the records of answers, which lie at the keys `records_at`.

    What is not of the shape that it expects it leaves alone, for the reader to judge.
    """

    def __init__(self, translation: Translation, records_at: Sequence[str]) -> None:
        self._records_at = tuple(records_at)
        self._translate_record = _translation_of(translation)

    def translate(self, body: bytes) -> bytes:
        """Translate one answer. Raises ValueError or RecursionError where it cannot be taken apart."""
        return bytes(self._reach(Raw(body), self._records_at))

    def _reach(self, raw: Raw, way: tuple[str, ...]) -> Raw:
        if not way:
            return _encoded([self._translate_record(record) for record in _ITEMS.decode(raw)])
        members = _MEMBERS.decode(raw)
        if way[0] in members:
            members[way[0]] = self._reach(members[way[0]], way[1:])
        return _encoded(members)


def _translation_of(translation: Translation) -> Callable[[Raw], Raw]:
    """Encode what a translation adds once, not with every record."""
    constants = _encode_all(translation.constants)
    cases = [
        (name, {bytes(_encoded(value)): _encode_all(said) for value, said in pairs})
        for name, pairs in translation.cases.items()
    ]
    nested = [(name, _translation_of(inner)) for name, inner in translation.nested.items()]

    def translate_record(raw: Raw) -> Raw:
        if not bytes(raw).startswith(b"{"):
            return raw
        members = _MEMBERS.decode(raw)
        added = {name: _first(members, way) for name, way in translation.first_items.items()}
        added |= {name: _reference(members, reference) for name, reference in translation.references.items()}
        added |= _wrap(members, translation.wrapped_texts)
        for name, called in translation.renamed.items():
            if name in members:
                members[called] = members.pop(name)
        for name, said in cases:
            if name in members:
                members |= said.get(bytes(members[name]), {})
        members |= constants | added
        for name, translate_nested in nested:
            if name in members:
                members[name] = translate_nested(members[name])
        return _encoded(members)

    return translate_record


def _wrap(members: Members, wraps: Mapping[str, str]) -> Members:
    """Make objects of the texts in these fields."""
    return {name: _wrapped(members[name], member) for name, member in wraps.items() if name in members}


def _wrapped(raw: Raw, member: str) -> Raw:
    view = bytes(raw)
    if view.startswith(b"["):
        return _encoded([_wrapped(item, member) for item in _ITEMS.decode(view)])
    return _encoded({member: raw}) if view.startswith(b'"') else raw


def _first(members: Members, way: Sequence[str]) -> Raw:
    """Give the first item of the list at the end of the way; null where there is none."""
    for step in way[:-1]:
        members = _object(members.get(step, _NULL))
    listed = members.get(way[-1], _NULL)
    items = _ITEMS.decode(listed) if bytes(listed).startswith(b"[") else []
    return items[0] if items else _NULL


def _object(raw: Raw) -> Members:
    return _MEMBERS.decode(raw) if bytes(raw).startswith(b"{") else {}


def _reference(members: Members, reference: Reference) -> Raw:
    named = ((kind, members[name]) for name, kind in reference.fields if bytes(members.get(name, _NULL)) not in _NO_ID)
    kind, identifier = next(named, (reference.nobody, _NULL))
    return _encoded({"type": kind, "id": identifier})


def _encode_all(values: Mapping[str, object]) -> Members:
    return {name: _encoded(value) for name, value in values.items()}


def _encoded(value: Any) -> Raw:
    return Raw(msgspec.json.encode(value))
