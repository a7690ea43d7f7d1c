"""What a catalog's entry asks of the replication of a stream: its method, its replication key, its key properties.

Singer has each of them in several places: in the metadata of the stream, which counts most, and beside it. What the tap
cannot do as asked is refused or told, never passed over in silence.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from tap_intercom.errors import ConfigError
from tap_intercom.redaction import quote_names, shape_of
from tap_intercom.streams.model import Stream

Method = Literal["FULL_TABLE", "INCREMENTAL"]
METHODS: Final[Mapping[object, Method]] = {"FULL_TABLE": "FULL_TABLE", "INCREMENTAL": "INCREMENTAL"}

KEYS: Final = ("table-key-properties", "view-key-properties")
MOST_QUOTED: Final = 5  # names of one list


def method_of(stream: Stream, entry: Mapping[str, Any], marks: Mapping[str, Any]) -> Method | None:
    """Give the replication method that an entry asks for; None where it leaves that to the tap.

    `marks` is the metadata of the stream. What discovery wrote itself asks for nothing. Raises ConfigError for a method
    that is neither FULL_TABLE nor INCREMENTAL.
    """
    asked = _method(stream, "replication-method", marks)
    if asked is not None:
        return asked
    beside = (
        _method(stream, "replication_method", entry),
        _method(stream, "forced-replication-method", marks),
    )
    return next((method for method in beside if method not in {None, stream.replication_method}), None)


def _method(stream: Stream, place: str, holder: Mapping[str, Any]) -> Method | None:
    found = holder.get(place)
    if found is None:
        return None
    if isinstance(found, str) and found in METHODS:
        return METHODS[found]
    raise ConfigError(
        f'catalog: {stream.name} has a "{place}" that is {_quoted(found)}, not "FULL_TABLE" or "INCREMENTAL"; '
        "this tap has no other: correct or remove it"
    )


def remarks_on(
    stream: Stream, method: Method | None, entry: Mapping[str, Any], marks: Mapping[str, Any], *, dated: bool
) -> Iterator[str]:
    """Say what an entry asks for that the tap does in another way; `dated` where the stream has a bookmark."""
    if method == "INCREMENTAL" and not dated:
        yield "the catalog asks for INCREMENTAL, but Intercom tells no time to go on from: it is read whole every time"
    others = {"replication_key": entry, "replication-key": marks}
    for asked in {_quoted(holder[place]): None for place, holder in others.items() if _differs(place, holder, stream)}:
        yield f"the catalog asks for the replication key {asked}, but {_way(stream, dated=dated)}"
    for place, holder in {"key_properties": entry, **dict.fromkeys(KEYS, marks)}.items():
        found = holder.get(place)
        if found is not None and (not isinstance(found, list) or found != list(stream.key)):
            yield f'the catalog has "{place}" that are {_quoted(found)}, but its key stays {", ".join(stream.key)}'
    valid = marks.get("valid-replication-keys")
    if valid is not None and valid != ([stream.replication_key] if stream.replication_key else []):
        yield f'the catalog has "valid-replication-keys" that are {_quoted(valid)}, but {_way(stream, dated=dated)}'
    for place in ("stream", "stream_alias"):
        if entry.get(place) not in (None, stream.name):
            yield f'the catalog has a "{place}" that is {_quoted(entry[place])}, but its messages say {stream.name}'


def _differs(place: str, holder: Mapping[str, Any], stream: Stream) -> bool:
    return holder.get(place) is not None and holder[place] != stream.replication_key


def _way(stream: Stream, *, dated: bool) -> str:
    if stream.replication_key:
        return f"it is read by {stream.replication_key}"
    return f"it is read by the times of {stream.parent}" if dated else "it is read whole every time"


def _quoted(found: object) -> str:
    """Show names; describe what is none."""
    listed: list[object] = found if isinstance(found, list) else [found]
    names = [name for name in listed if isinstance(name, str) and name.isprintable()]
    if len(names) < len(listed):
        return shape_of(found)
    return quote_names(names, MOST_QUOTED) or "none"
