"""Where a schema says too little for a type, the JSON passes as it came, unless it is what may not be there."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import msgspec
from msgspec import Raw

from tap_intercom.fields import MEMBERS, Field, Notes, Path


class Anything(Field):
    """A place for any JSON; `without` are members that are left out where it is an object."""

    type: Any = Raw
    settles = True
    openings: ClassVar[frozenset[int]] = frozenset(b'{["-0123456789tf')

    def __init__(self, path: Path, without: frozenset[str] = frozenset()) -> None:
        super().__init__(path)
        self._without = without

    @property
    def declared(self) -> Any:
        """The type, which holds null as well."""
        return self.type

    def read(self, raw: Raw, notes: Notes) -> Raw | None:
        """Pass what fits."""
        view = bytes(raw)
        if view == b"null":
            return None
        if view[0] not in self.openings:
            return self.bend(raw, notes)
        if self._without and view.startswith(b"{"):
            members = MEMBERS.decode(view)
            kept = {name: member for name, member in members.items() if name not in self._without}
            return Raw(msgspec.json.encode(kept))
        return raw

    def bend(self, raw: Raw, notes: Notes) -> Raw | None:  # noqa: ARG002 - see Field
        """Give nothing for what cannot be here."""
        notes.note_bent(self.name)
        return None

    def settle_column(self, owners: Sequence[Any], attribute: str, notes: Notes) -> None:
        """Look closer only where there is something to see; check the encoding of all at once. ValueError: a misfit."""
        views = []
        for owner in owners:
            raw = getattr(owner, attribute)
            if raw:
                view = bytes(raw)
                views.append(view)
                if view == b"null" and self.nullable:
                    setattr(owner, attribute, None)
                elif view[0] not in self.openings:
                    raise ValueError
                elif self._without:
                    setattr(owner, attribute, self.read(raw, notes))
        _check_encoding(views)

    def settle_list(self, values: list[Any], notes: Notes) -> list[Any]:
        """Check what passed, the encoding of all at once."""
        views = [bytes(value) for value in values if value is not None]
        _check_encoding(views)
        if not self._without and {view[0] for view in views} <= self.openings:
            return values
        return [value if value is None else self.read(value, notes) for value in values]


class OpenObject(Anything):
    """An object whose members nobody has listed: custom attributes."""

    openings: ClassVar[frozenset[int]] = frozenset(b"{")


class OpenList(Anything):
    """A list of nobody knows what."""

    openings: ClassVar[frozenset[int]] = frozenset(b"[")

    def bend(self, raw: Raw, notes: Notes) -> Raw:
        """Make a list of what is not one."""
        notes.note_bent(self.name)
        return Raw(b"[" + bytes(raw) + b"]")


def _check_encoding(views: Iterable[bytes]) -> None:
    """Raise UnicodeDecodeError where what passed is no UTF-8: nobody has looked at it before."""
    joined = b"".join(views)
    if not joined.isascii():
        joined.decode()
