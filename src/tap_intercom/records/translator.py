"""The translation of records of one API version into the shape of another, before they are typed by the schema."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw

from tap_intercom.streams.model import Reference, Translation

Members = dict[str, Raw]

_MEMBERS: Final = msgspec.json.Decoder(Members)
_ITEMS: Final = msgspec.json.Decoder(list[Raw])
_NULL: Final = Raw(b"null")
_NO_ID: Final = {b"null", b"0", b'"0"', b'""'}  # values in place of an id that name no object


class Translator:
    """A translator of the records at the keys `records_at` of answers.

    A record or a value of another shape is not changed; the reader deals with it.
    """

    def __init__(self, translation: Translation, records_at: Sequence[str]) -> None:
        self._records_at = tuple(records_at)
        self._translate_record = _translation_of(translation)

    def translate(self, body: bytes) -> bytes:
        """Translate one answer. Raises ValueError or RecursionError if it cannot be decoded."""
        return bytes(self._translate_at(Raw(body), self._records_at))

    def _translate_at(self, raw: Raw, keys: tuple[str, ...]) -> Raw:
        if not keys:
            return _encoded([self._translate_record(record) for record in _ITEMS.decode(raw)])
        members = _MEMBERS.decode(raw)
        if keys[0] in members:
            members[keys[0]] = self._translate_at(members[keys[0]], keys[1:])
        return _encoded(members)


def _translation_of(translation: Translation) -> Callable[[Raw], Raw]:
    """Return a function that translates one record; constants are encoded once, not with every record."""
    constants = _encode_all(translation.constants)
    cases = [
        (name, {bytes(_encoded(value)): _encode_all(added) for value, added in pairs})
        for name, pairs in translation.cases.items()
    ]
    nested = [(name, _translation_of(inner)) for name, inner in translation.nested.items()]

    def translate_record(raw: Raw) -> Raw:
        if not bytes(raw).startswith(b"{"):
            return raw
        members = _MEMBERS.decode(raw)
        added = {name: _first(members, path) for name, path in translation.first_items.items()}
        added |= {name: _reference(members, reference) for name, reference in translation.references.items()}
        added |= _wrap(members, translation.wrapped_texts)
        for name, new_name in translation.renamed.items():
            if name in members:
                members[new_name] = members.pop(name)
        for name, added_by_value in cases:
            if name in members:
                members |= added_by_value.get(bytes(members[name]), {})
        members |= constants | added
        for name, translate_nested in nested:
            if name in members:
                members[name] = translate_nested(members[name])
        return _encoded(members)

    return translate_record


def _wrap(members: Members, wraps: Mapping[str, str]) -> Members:
    """Return these fields with each text, or text in a list, made an object: {member: text}."""
    return {name: _wrapped(members[name], member) for name, member in wraps.items() if name in members}


def _wrapped(raw: Raw, member: str) -> Raw:
    view = bytes(raw)
    if view.startswith(b"["):
        return _encoded([_wrapped(item, member) for item in _ITEMS.decode(view)])
    return _encoded({member: raw}) if view.startswith(b'"') else raw


def _first(members: Members, path: Sequence[str]) -> Raw:
    """Return the first item of the list at the keys `path`; null if there is none."""
    for key in path[:-1]:
        members = _object(members.get(key, _NULL))
    raw = members.get(path[-1], _NULL)
    items = _ITEMS.decode(raw) if bytes(raw).startswith(b"[") else []
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
