"""What a catalog entry asks of the replication of a stream: its method, its replication key, its key properties.

Singer has each of them in several places: in the metadata of the stream, which counts most, and in the entry itself.
What the tap cannot do is refused or warned of, and never ignored without a word.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from tap_intercom.errors import ConfigError
from tap_intercom.redaction import quote_names, shape_of
from tap_intercom.streams.model import Stream

ReplicationMethod = Literal["FULL_TABLE", "INCREMENTAL"]
METHODS: Final[Mapping[object, ReplicationMethod]] = {"FULL_TABLE": "FULL_TABLE", "INCREMENTAL": "INCREMENTAL"}

KEYS: Final = ("table-key-properties", "view-key-properties")
MOST_QUOTED: Final = 5  # names of one list


def replication_method_of(
    stream: Stream, entry: Mapping[str, Any], metadata: Mapping[str, Any]
) -> ReplicationMethod | None:
    """Give the replication method that an entry asks for; None where it leaves that to the tap.

    `metadata` is that of the stream. What `--discover` writes asks for nothing. Raises ConfigError for a method that is
    neither FULL_TABLE nor INCREMENTAL.
    """
    asked = _method_in(metadata, "replication-method", stream)
    if asked is not None:
        return asked
    others = (
        _method_in(entry, "replication_method", stream),
        _method_in(metadata, "forced-replication-method", stream),
    )
    return next((method for method in others if method not in {None, stream.replication_method}), None)


def replication_warnings(
    stream: Stream,
    method: ReplicationMethod | None,
    entry: Mapping[str, Any],
    metadata: Mapping[str, Any],
    *,
    has_bookmark: bool,
) -> Iterator[str]:
    """Warn of what an entry asks for and the tap does in another way."""
    if method == "INCREMENTAL" and not has_bookmark:
        yield "the catalog asks for INCREMENTAL, but Intercom tells no time to go on from: it is read whole every time"
    how = _how_it_is_read(stream, has_bookmark=has_bookmark)
    asked = (entry.get("replication_key"), metadata.get("replication-key"))
    for key in dict.fromkeys(_quoted(key) for key in asked if key not in (None, stream.replication_key)):
        yield f"the catalog asks for the replication key {key}, but {how}"
    for place, holder in {"key_properties": entry, **dict.fromkeys(KEYS, metadata)}.items():
        found = holder.get(place)
        if found is not None and found != list(stream.key):
            yield f'the catalog has "{place}" that are {_quoted(found)}, but its key stays {", ".join(stream.key)}'
    valid = metadata.get("valid-replication-keys")
    if valid is not None and valid != ([stream.replication_key] if stream.replication_key else []):
        yield f'the catalog has "valid-replication-keys" that are {_quoted(valid)}, but {how}'
    for place in ("stream", "stream_alias"):
        if entry.get(place) not in (None, stream.name):
            yield f'the catalog has a "{place}" that is {_quoted(entry[place])}, but its messages say {stream.name}'


def _method_in(holder: Mapping[str, Any], place: str, stream: Stream) -> ReplicationMethod | None:
    found = holder.get(place)
    if found is None:
        return None
    if isinstance(found, str) and found in METHODS:
        return METHODS[found]
    raise ConfigError(
        f'catalog: {stream.name} has a "{place}" that is {_quoted(found)}, not "FULL_TABLE" or "INCREMENTAL"; '
        "this tap has no other: correct or remove it"
    )


def _how_it_is_read(stream: Stream, *, has_bookmark: bool) -> str:
    if stream.replication_key:
        return f"it is read by {stream.replication_key}"
    return f"it is read by the times of {stream.parent}" if has_bookmark else "it is read whole every time"


def _quoted(found: object) -> str:
    """Quote a name or a list of names; describe anything else."""
    listed: list[object] = found if isinstance(found, list) else [found]
    names = [name for name in listed if isinstance(name, str) and name.isprintable()]
    if len(names) < len(listed):
        return shape_of(found)
    return quote_names(names, MOST_QUOTED) or "none"
