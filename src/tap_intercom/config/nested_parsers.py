"""What may stand in a setting that is a list or an object; where a part of it is wrong, a WrongPart names that part."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import msgspec

from tap_intercom.config.parsers import one_of, whole
from tap_intercom.redaction import quote_name

T = TypeVar("T")

MOST_IN_A_BATCH: Final = 1_000_000_000  # records
MISSING: Final = object()  # in the place of a part that is not there


class WrongPart(ValueError):
    """A part of a value is wrong.

    `part` is the way to it within the value, such as `.storage.root` or `[2]`; `found` is what is there, or MISSING.
    """

    def __init__(self, part: str, found: object, wanted: str) -> None:
        super().__init__(wanted)
        self.part = part
        self.found = found


def read_names(found: object) -> tuple[str, ...]:
    """Take a list of names, or a string that holds them: environment variables have nothing else."""
    listed = found.split(",") if isinstance(found, str) else found
    if not isinstance(listed, list):
        raise ValueError("a list of names, or a string with commas between them")  # noqa: TRY004 - one kind of complaint
    return tuple(_read_list(listed))


def read_object(found: object) -> dict[str, object]:
    """Take an object, or a string that holds one as JSON: environment variables have nothing else."""
    if isinstance(found, str):
        try:
            found = msgspec.json.decode(found)
        except (msgspec.DecodeError, RecursionError):
            found = None
    if not isinstance(found, dict):
        raise ValueError("an object, or a string that holds one as JSON")  # noqa: TRY004 - one kind of complaint
    return found


def read_maps(found: object) -> dict[str, object]:
    """Take maps of streams: for each null, or an object of expressions and options."""
    maps = read_object(found)
    return {stream: _read_part(maps, stream, _read_map) for stream in maps}


def _read_map(found: object) -> object:
    if found is None or isinstance(found, str):  # what a word means is for the mapper to say
        return found
    if not isinstance(found, dict):
        raise ValueError("null or an object of expressions")  # noqa: TRY004 - one kind of complaint
    return {name: _read_part(found, name, _OPTIONS.get(name, _read_expression)) for name in found}


def _read_expression(found: object) -> object:
    if found is not None and (not isinstance(found, str) or not found):
        raise ValueError("an expression, or null")
    return found


def _read_list(found: object) -> list[str]:
    if not isinstance(found, list):
        raise ValueError("a list of names")  # noqa: TRY004 - one kind of complaint
    return [_read_at(f"[{place}]", item, _read_name) for place, item in enumerate(found)]


def _read_name(found: object) -> str:
    if not isinstance(found, str) or not found.strip():
        raise ValueError("a name")
    return found.strip()


_OPTIONS: Final[Mapping[str, Callable[[object], object]]] = {
    "__key_properties__": _read_list,
    "__alias__": _read_name,
    "__source__": _read_name,
}


def read_batches(found: object) -> dict[str, object]:
    """Take what Meltano's SDK takes as `batch_config`, where the files are of this machine."""
    batches = _only(read_object(found), "encoding", "storage", "batch_size")
    _read_part(batches, "encoding", _read_encoding)
    storage = _read_part(batches, "storage", _read_storage)
    size = _read_part(batches, "batch_size", whole(1, MOST_IN_A_BATCH)) if "batch_size" in batches else 10_000
    return {**storage, "size": size}


def _read_encoding(found: object) -> None:
    encoding = _only(found, "format", "compression")
    _read_part(encoding, "format", one_of(["jsonl"]))
    if "compression" in encoding:
        _read_part(encoding, "compression", one_of(["gzip"]))


def _read_storage(found: object) -> dict[str, str]:
    storage = _only(found, "root", "prefix")
    root = _read_part(storage, "root", _read_folder)
    return {"root": root, "prefix": _read_part(storage, "prefix", _read_prefix) if "prefix" in storage else ""}


def _read_folder(found: object) -> str:
    folder = found.removeprefix("file://") if isinstance(found, str) else ""
    if not folder.startswith("/"):
        raise ValueError("the whole path of a folder of this machine")
    return folder


def _read_prefix(found: object) -> str:
    if not isinstance(found, str) or "/" in found:
        raise ValueError("the beginning of a file's name, without /")
    return found


def _only(found: object, *names: str) -> dict[str, object]:
    """Take an object that has no other members than these."""
    if not isinstance(found, dict):
        raise ValueError(f"an object with {', '.join(names)}")  # noqa: TRY004 - one kind of complaint
    for name, member in found.items():
        if name not in names:
            raise WrongPart(f".{quote_name(name)}", member, f"left out: it is none of {', '.join(names)}")
    return found


def _read_part(holder: Mapping[str, object], name: str, read: Callable[[object], T]) -> T:
    """Read a member of an object. Raises WrongPart."""
    return _read_at(f".{quote_name(name)}", holder.get(name, MISSING), read)


def _read_at(step: str, found: object, read: Callable[[object], T]) -> T:
    """Read what is found one step within a value. Raises WrongPart, which begins with that step."""
    try:
        return read(found)
    except WrongPart as wrong:
        raise WrongPart(step + wrong.part, wrong.found, str(wrong)) from None
    except ValueError as wrong:
        raise WrongPart(step, found, str(wrong)) from None
