"""A Singer target in memory that loads by key and obeys ACTIVATE_VERSION, as those of Meltano's SDK do."""

from collections.abc import Iterable, Mapping
from typing import Any

Key = tuple[str, ...]


class VersionedTarget:
    """Tables of rows by key; a row keeps the version with which it came last."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Key, dict[str, Any]]] = {}
        self.state: dict[str, Any] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._versions: dict[str, dict[Key, int | None]] = {}

    def load(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Take the messages of a run, or of the beginning of one that was killed."""
        for message in messages:
            name = message.get("stream", "")
            if message["type"] == "SCHEMA":
                self._keys[name] = tuple(message["key_properties"])
                self.tables.setdefault(name, {})
                self._versions.setdefault(name, {})
            elif message["type"] == "RECORD":
                key = tuple(str(message["record"][field]) for field in self._keys[name])
                self.tables[name][key] = message["record"]
                self._versions[name][key] = message.get("version")
            elif message["type"] == "ACTIVATE_VERSION":
                self._activate(name, message["version"])
            else:
                self.state = message["value"]

    def _activate(self, name: str, version: int) -> None:
        gone = [key for key, found in self._versions[name].items() if found is None or found < version]
        for key in gone:
            del self.tables[name][key], self._versions[name][key]

    def keys(self, name: str) -> set[Key]:
        """Give the keys of the rows of a table."""
        return set(self.tables.get(name, ()))
