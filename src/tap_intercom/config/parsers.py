"""Parsers for settings of a single value; `nested_parsers` has those for lists and objects.

A parser returns what a value becomes, or raises ValueError whose message completes "the setting must be …".
"""

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import msgspec

REPORTS: Final = (".html", ".json")
UNIT_SECONDS: Final = {"d": 86_400, "h": 3600, "m": 60}
LONGEST_HOST: Final = 254  # characters, by RFC 1035, with a dot at the end


def read_token(value: object) -> str:
    """Read an access token, without the white space around it, such as the end of line of a file."""
    if not isinstance(value, str) or re.fullmatch(r"[!-~]+", value.strip()) is None:
        raise ValueError('one word of printable ASCII characters, without "Bearer" before it')
    return value.strip()


def read_path(value: object) -> str:
    """Read the path of a file."""
    if not isinstance(value, str):
        raise ValueError("the path of a file")  # noqa: TRY004 - one kind of complaint
    return value


def read_report(value: object) -> str:
    """Read the path of a report, whose ending gives its format."""
    path = value.strip() if isinstance(value, str) and value.isprintable() else ""
    if not path.lower().endswith(REPORTS) or path.lower().rpartition("/")[2] in REPORTS:
        raise ValueError("the path of a file that ends with .html or .json")
    return path


def read_date_time(value: object) -> datetime:
    """Read a date-time; a date means its midnight, and UTC is meant without an offset, as in other Singer taps."""
    wanted = "a date or date-time in the form of RFC 3339"
    if not isinstance(value, str):
        raise ValueError(wanted)  # noqa: TRY004 - one kind of complaint
    text = value.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        text += "T00:00:00Z"
    try:
        moment = msgspec.convert(text, datetime)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (msgspec.ValidationError, OverflowError):
        raise ValueError(wanted) from None


def read_number(value: object) -> float:
    """Read a finite number, or a string that holds one, as environment variables have it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("a finite number")  # noqa: TRY004 - one kind of complaint
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError("a finite number") from None
    if not math.isfinite(number):
        raise ValueError("a finite number")
    return number


def read_seconds(value: object) -> float:
    """Read a number of seconds, 0 or more."""
    seconds = read_number(value)
    if seconds < 0:
        raise ValueError("a number of seconds, 0 or more")
    return seconds


def read_duration(value: object) -> int:
    """Read a time such as "7d", "12h" or "30m"; give it in seconds."""
    found = re.fullmatch(r"0*([1-9]\d{0,3})([dhm])", value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a number of days, hours or minutes, such as "7d", "12h" or "30m"')
    return int(found[1]) * UNIT_SECONDS[found[2]]


def read_timeout(value: object) -> float:
    """Read `request_timeout`, in seconds; 0 means its default."""
    seconds = read_number(value)
    if seconds < 0:
        raise ValueError("a number of seconds, or 0 for the default of 300")
    return seconds or 300.0


def read_fraction(value: object) -> float:
    """Read a number above 0 and at most 1."""
    share = read_number(value)
    if not 0 < share <= 1:
        raise ValueError("a number above 0 and at most 1")
    return share


def read_boolean(value: object) -> bool:
    """Read true or false, or a string that holds one."""
    word = value.strip().lower() if isinstance(value, str) else value
    if isinstance(word, bool):
        return word
    if word not in ("true", "false"):
        raise ValueError("true or false")
    return word == "true"


def whole_number(least: int, most: int) -> Callable[[object], int]:
    """Return a parser for whole numbers from `least` to `most`."""

    def read(value: object) -> int:
        wanted = f"a whole number from {least} to {most}"
        try:
            number = read_number(value)
        except ValueError:
            raise ValueError(wanted) from None
        if not number.is_integer() or not least <= number <= most:
            raise ValueError(wanted)
        return int(number)

    return read


def one_of(allowed: Iterable[str]) -> Callable[[object], str]:
    """Return a parser for one of these strings, in any case of letters."""
    known = tuple(allowed)

    def read(value: object) -> str:
        choice = value.strip().lower() if isinstance(value, str) else ""
        if choice not in known:
            raise ValueError("the string " + " or ".join(f'"{name}"' for name in known))
        return choice

    return read


def read_line(value: object) -> str:
    """Read one line of text."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("one line of text without control characters")
    return value.strip()


def _is_host(host: str) -> bool:
    """Say whether a lower-case text is an IP address or a host name of RFC 1123, underscores allowed."""
    try:
        return bool(ip_address(host)) and "%" not in host
    except ValueError:
        label = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
        return len(host) <= LONGEST_HOST and re.fullmatch(rf"{label}(\.{label})*\.?", host) is not None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def read_url(value: object) -> str:
    """Read the URL of an API: https, or http to this machine, since the token is sent to it."""
    if not isinstance(value, str) or re.fullmatch(r"[!-~]+", value.strip()) is None:
        raise ValueError("an https URL")
    text = value.strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("an https URL with a valid host and port") from None
    is_whole = re.fullmatch(r"(\[.*\]|[^][:]*)(:\d*)?", parts.netloc.rpartition("@")[2]) is not None
    if parts.scheme not in {"https", "http"} or not is_whole or not _is_host(host):
        raise ValueError("an https URL with a host")
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise ValueError("a URL without user name, password, query or fragment")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("an https URL; plain http would show the token on its way, and is for loopback hosts only")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path}".rstrip("/")
