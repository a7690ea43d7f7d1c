"""Parsers for settings that are a list or an object; `parsers` has those for a single value.

Like those, a parser returns what a value becomes, or raises ValueError with what it must be. If only a part of the
value is wrong, the error is a WrongPart, which names the part.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import msgspec

from tap_intercom.config.parsers import one_of, whole_number
from tap_intercom.redaction import quote_name

T = TypeVar("T")

MOST_BATCH_RECORDS: Final = 1_000_000_000
MISSING: Final = object()  # the value of a part that is not there


class WrongPart(ValueError):
    """One part of a list or object is wrong.

    `part` is the path to it, such as `.storage.root` or `[2]`; `value` is what is there, or MISSING.
    """

    def __init__(self, part: str, value: object, wanted: str) -> None:
        super().__init__(wanted)
        self.part = part
        self.value = value


def read_name_list(value: object) -> tuple[str, ...]:
    """Read a list of names, or a string of names with commas between them, as environment variables have it."""
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list):
        raise ValueError("a list of names, or a string with commas between them")  # noqa: TRY004 - one kind of complaint
    return tuple(_read_list(listed))


def read_object(value: object) -> dict[str, object]:
    """Read an object, or a string that holds one as JSON, as environment variables have it."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            value = None
    if not isinstance(value, dict):
        raise ValueError("an object, or a string that holds one as JSON")  # noqa: TRY004 - one kind of complaint
    return value


def read_stream_maps(value: object) -> dict[str, object]:
    """Read stream maps: null, a word, or an object of expressions and options for each stream."""
    maps = read_object(value)
    return {stream: _read_member(maps, stream, _read_map) for stream in maps}


def _read_map(value: object) -> object:
    if value is None or isinstance(value, str):  # the SDK knows which words there are
        return value
    if not isinstance(value, dict):
        raise ValueError("null or an object of expressions")  # noqa: TRY004 - one kind of complaint
    return {name: _read_member(value, name, _OPTIONS.get(name, _read_expression)) for name in value}


def _read_expression(value: object) -> object:
    if value is not None and (not isinstance(value, str) or not value):
        raise ValueError("an expression, or null")
    return value


def _read_list(value: object) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("a list of names")  # noqa: TRY004 - one kind of complaint
    return [_read_at(f"[{place}]", item, _read_name) for place, item in enumerate(value)]


def _read_name(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a name")
    return value.strip()


_OPTIONS: Final[Mapping[str, Callable[[object], object]]] = {
    "__key_properties__": _read_list,
    "__alias__": _read_name,
    "__source__": _read_name,
}


class BatchConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The folder of batch files, the beginning of their names, and how many records a file holds at most."""

    root: str
    prefix: str = ""
    size: int = 10_000


def read_batch_config(value: object) -> BatchConfig:
    """Read `batch_config` in the form of Meltano's SDK; the files must be on this machine, as gzipped JSON Lines."""
    batches = _with_members(read_object(value), "encoding", "storage", "batch_size")
    _read_member(batches, "encoding", _check_encoding)
    config = _read_member(batches, "storage", _read_storage)
    if "batch_size" not in batches:
        return config
    size = _read_member(batches, "batch_size", whole_number(1, MOST_BATCH_RECORDS))
    return msgspec.structs.replace(config, size=size)


def _check_encoding(value: object) -> None:
    encoding = _with_members(value, "format", "compression")
    _read_member(encoding, "format", one_of(["jsonl"]))
    if "compression" in encoding:
        _read_member(encoding, "compression", one_of(["gzip"]))


def _read_storage(value: object) -> BatchConfig:
    storage = _with_members(value, "root", "prefix")
    root = _read_member(storage, "root", _read_root)
    return BatchConfig(root=root, prefix=_read_member(storage, "prefix", _read_prefix) if "prefix" in storage else "")


def _read_root(value: object) -> str:
    folder = value.removeprefix("file://") if isinstance(value, str) else ""
    if not folder.startswith("/"):
        raise ValueError("the whole path of a folder of this machine")
    return folder


def _read_prefix(value: object) -> str:
    if not isinstance(value, str) or "/" in value:
        raise ValueError("the beginning of a file's name, without /")
    return value


def _with_members(value: object, *names: str) -> dict[str, object]:
    """Read an object that has no other members than these."""
    if not isinstance(value, dict):
        raise ValueError(f"an object with {', '.join(names)}")  # noqa: TRY004 - one kind of complaint
    for name, member in value.items():
        if name not in names:
            raise WrongPart(f".{quote_name(name)}", member, f"left out: it is none of {', '.join(names)}")
    return value


def _read_member(holder: Mapping[str, object], name: str, read: Callable[[object], T]) -> T:
    """Read one member of an object, or MISSING. Raises WrongPart."""
    return _read_at(f".{quote_name(name)}", holder.get(name, MISSING), read)


def _read_at(step: str, value: object, read: Callable[[object], T]) -> T:
    """Read a part of a value; `step` leads to it. Raises WrongPart, whose path begins with `step`."""
    try:
        return read(value)
    except WrongPart as wrong:
        raise WrongPart(step + wrong.part, wrong.value, str(wrong)) from None
    except ValueError as wrong:
        raise WrongPart(step, value, str(wrong)) from None
