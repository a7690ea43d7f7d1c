"""Reading of the operator's files: configuration, catalog, state, and files with a secret."""

import json
import os
import re
from pathlib import Path
from typing import Any, Final

import msgspec

from tap_intercom.errors import ConfigError
from tap_intercom.redaction import LONGEST_QUOTED_NAME, LONGEST_QUOTED_VALUE, shape_of

# Levels: more than any configuration, catalog or state of this tap has; deeper nesting could exhaust the stack.
DEEPEST_NESTING: Final = 100
FILE_NAME: Final = re.compile(rf"[^\x00]{{0,{LONGEST_QUOTED_NAME}}}\.[A-Za-z]{{2,5}}")


def read_object(path: str, kind: str) -> dict[str, Any]:
    """Read the JSON object in a file; `kind` is "configuration", "catalog" or "state".

    Raises ConfigError with the file and, where it is not JSON, the line and column.
    """
    place = describe_file(path, kind)
    text = _read_text(path, place)
    if not text.strip():
        raise ConfigError(f"{place}: the file is empty; {_remedy(kind)}")
    value = _decode(text, place, kind)
    if not isinstance(value, dict):
        raise ConfigError(f"{place}: it holds {shape_of(value)} where an object is needed; {_remedy(kind)}")
    if _is_deeper(value, DEEPEST_NESTING):
        raise ConfigError(f"{place}: it is nested deeper than {DEEPEST_NESTING} levels; {_remedy(kind)}")
    return value


def read_secret(path: str, kind: str) -> str:
    """Read a file that holds one secret, without the white space around it.

    Raises ConfigError. The path of a file that does not exist is not shown: it may be the secret itself.
    """
    place = f"{kind} {path}" if os.path.lexists(path) else f"{kind}, which is {shape_of(path)}"
    secret = _read_text(path, place).strip()
    if not secret:
        raise ConfigError(
            f"{place}: the file is empty; put the secret into it, such as YOUR_API_ACCESS_TOKEN, and nothing else"
        )
    return secret


def describe_file(path: str, kind: str) -> str:
    """Describe a file for a message: by its path, unless the file does not exist and the path may be a secret.

    The path of a file that does not exist is shown if it is too short for a secret, or if what follows the last folder
    that exists is a short name with an ending.
    """
    folder, _, name = path.rpartition("/")
    unknown = name if os.path.lexists(f"{folder}/") else path
    is_shown = len(path) <= LONGEST_QUOTED_VALUE or FILE_NAME.fullmatch(unknown) or os.path.lexists(path)
    return f"{kind} {path}" if is_shown else f"{kind}, which is {shape_of(path)}"


def is_same(path: str, other: str) -> bool:
    """Say whether two paths are of the same file, which need not exist."""
    try:
        return Path(path).resolve() == Path(other).resolve()
    except (OSError, ValueError, RuntimeError):  # not a path, or links in a circle
        return False


def _remedy(kind: str) -> str:
    """Return what to do about a file that is wrong. An empty state is wrong too: starting again would hide its loss."""
    return {
        "configuration": 'write {"access_token": "…", "start_date": "2019-01-01T00:00:00Z"}',
        "catalog": "make a new one with --discover",
        "state": "restore the last state that a run wrote, or write {} to read everything from start_date",
    }[kind]


def _read_text(path: str, place: str) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{place}: it is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{place}: it cannot be read: {reason}; check the path and its permissions") from None


def _decode(text: str, place: str, kind: str) -> object:
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise ConfigError(f"{place}: it is nested too deeply; check that it is the right file") from None
    except (msgspec.MsgspecError, ValueError) as error:
        # msgspec refuses what it could not write again, which json accepts, but does not give lines.
        fault = _locate(text) or str(error)
        # A state is seldom wrong by hand, but often cut off because the disk was full.
        remedy = f", or {_remedy(kind)}" if kind == "state" else ""
        raise ConfigError(f"{place}: it is not valid JSON: {fault}; correct it there{remedy}") from None


def _locate(text: str) -> str | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        hint = ", keep only the last whole line" if error.msg == "Extra data" else ""
        return f"line {error.lineno} column {error.colno}: {error.msg}{hint}"
    except (ValueError, RecursionError) as error:
        return str(error)
    return None


def _is_deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return bool(inner) and (levels == 0 or any(_is_deeper(part, levels - 1) for part in inner))
