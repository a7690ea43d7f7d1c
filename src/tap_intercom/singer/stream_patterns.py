"""Patterns that choose streams and fields, as the setting `streams` has them.

Example: `["contacts", "conversation*", "!contacts.avatar"]`. A pattern is the name of a stream, or `STREAM.FIELD` with
the dotted path of a field. `*` stands for any characters. A pattern after `!` leaves out what it matches, and counts
more than one that chooses.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

import msgspec

from tap_intercom.errors import ConfigError, nearest_names
from tap_intercom.json_schema import Path, fields
from tap_intercom.redaction import quote_name

EXAMPLE: Final = '"streams": ["contacts", "conversation*", "!contacts.avatar"]'


class Pattern(msgspec.Struct, frozen=True):
    """One pattern: of streams where `field` is empty, else of fields; `excludes` where it had a `!`."""

    text: str
    stream: str
    field: str
    excludes: bool

    def matches(self, stream: str) -> bool:
        """Say whether a stream, or fields of it, are meant."""
        return fnmatchcase(stream, self.stream)

    def matches_field(self, path: Path) -> bool:
        """Say whether a field, or one that holds it, is meant."""
        return any(fnmatchcase(".".join(path[:length]), self.field) for length in range(1, len(path) + 1))


class StreamPatterns:
    """The patterns of one run; without any, everything is chosen that is chosen otherwise."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        patterns = [_pattern(text) for text in texts]
        self._choosing = [pattern for pattern in patterns if not pattern.excludes]
        self._excluding = [pattern for pattern in patterns if pattern.excludes]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._choosing or self._excluding)

    def chooses(self, stream: str, *, otherwise: bool) -> bool:
        """Say whether a stream is chosen; `otherwise` counts where no pattern chooses streams."""
        chosen = any(pattern.matches(stream) for pattern in self._choosing) if self._choosing else otherwise
        return chosen and not any(pattern.matches(stream) for pattern in self._excluding if not pattern.field)

    def left_out(self, stream: str, schema: Mapping[str, Any]) -> Iterator[Path]:
        """Give the fields of a stream that are not chosen, without those that lie within them."""
        excluding = [pattern for pattern in self._excluding if pattern.field and pattern.matches(stream)]
        choosing = [pattern for pattern in self._choosing if pattern.matches(stream)]
        paths = list(dict.fromkeys(path for path, *_ in fields(schema)))
        wanted = set(paths)
        if choosing and all(pattern.field for pattern in choosing):
            found = [path for path in paths if any(pattern.matches_field(path) for pattern in choosing)]
            wanted = {path[:length] for path in found for length in range(1, len(path) + 1)}
        gone: set[Path] = set()
        for path in paths:
            if path[:-1] in gone:
                gone.add(path)
            elif path not in wanted or any(pattern.matches_field(path) for pattern in excluding):
                gone.add(path)
                yield path

    def check(self, schemas: Mapping[str, Mapping[str, Any]]) -> None:
        """Raise ConfigError where a pattern matches nothing; `schemas` are those of all streams, by name."""
        for pattern in (*self._choosing, *self._excluding):
            streams = [stream for stream in schemas if pattern.matches(stream)]
            if not streams:
                raise _unknown(pattern, f"no stream is called {quote_name(pattern.stream)}", pattern.stream, schemas)
            paths = [path for stream in streams for path, *_ in fields(schemas[stream])]
            if pattern.field and not any(pattern.matches_field(path) for path in paths):
                names = list(dict.fromkeys(map(".".join, paths)))
                raise _unknown(pattern, f"{streams[0]} has no field {quote_name(pattern.field)}", pattern.field, names)

    def unmatched(self, streams: Sequence[str]) -> list[str]:
        """Give the patterns that choose streams of which none is among `streams`."""
        return [pattern.text for pattern in self._choosing if not any(map(pattern.matches, streams))]

    def kept_all_the_same(self, stream: str, automatic: Iterable[str]) -> list[str]:
        """Give the fields that a pattern leaves out by their name and that are always written."""
        excluded = {pattern.field for pattern in self._excluding if pattern.field and pattern.matches(stream)}
        return [name for name in automatic if name in excluded]


def _pattern(text: str) -> Pattern:
    stream, _, field = text.removeprefix("!").strip().partition(".")
    return Pattern(text, stream, field, text.startswith("!"))


def _unknown(pattern: Pattern, fault: str, name: str, known: Iterable[str]) -> ConfigError:
    remedy = nearest_names(name, known) or f"write one such as {EXAMPLE}, or look at --discover"
    return ConfigError(f'streams: the pattern "{quote_name(pattern.text)}" matches nothing, for {fault}; {remedy}')
