"""What may stand in a setting of one value: what was found becomes that, or a ValueError that says what it must be."""

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import msgspec

REPORTS: Final = (".html", ".json")
LONGEST_HOST: Final = 254  # RFC 1035, with a dot at the end


def read_token(found: object) -> str:
    """Take one word, without the white space that a file ends with."""
    if not isinstance(found, str) or re.fullmatch(r"[!-~]+", found.strip()) is None:
        raise ValueError('one word of printable ASCII characters, without "Bearer" before it')
    return found.strip()


def read_path(found: object) -> str:
    """Take the path of a file."""
    if not isinstance(found, str):
        raise ValueError("the path of a file")  # noqa: TRY004 - one kind of complaint
    return found


def read_report(found: object) -> str:
    """Take the path of a file whose ending says what a report in it is."""
    path = found.strip() if isinstance(found, str) and found.isprintable() else ""
    if not path.lower().endswith(REPORTS) or path.lower().rpartition("/")[2] in REPORTS:
        raise ValueError("the path of a file that ends with .html or .json")
    return path


def read_moment(found: object) -> datetime:
    """Take a date alone for its midnight and a time without an offset for UTC, as other Singer taps do."""
    wanted = "a date or date-time in the form of RFC 3339"
    if not isinstance(found, str):
        raise ValueError(wanted)  # noqa: TRY004 - one kind of complaint
    text = found.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        text += "T00:00:00Z"
    try:
        moment = msgspec.convert(text, datetime)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (msgspec.ValidationError, OverflowError):
        raise ValueError(wanted) from None


def read_number(found: object) -> float:
    """Take a number, or a string that holds one: environment variables have nothing else."""
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        raise ValueError("a finite number")  # noqa: TRY004 - one kind of complaint
    try:
        number = float(found)
    except (ValueError, OverflowError):
        raise ValueError("a finite number") from None
    if not math.isfinite(number):
        raise ValueError("a finite number")
    return number


def read_seconds(found: object) -> float:
    """Take a number of seconds."""
    seconds = read_number(found)
    if seconds < 0:
        raise ValueError("a number of seconds, 0 or more")
    return seconds


def read_timeout(found: object) -> float:
    """Take a number of seconds, and 0 for the default."""
    seconds = read_number(found)
    if seconds < 0:
        raise ValueError("a number of seconds, or 0 for the default of 300")
    return seconds or 300.0


def read_share(found: object) -> float:
    """Take a part of a whole."""
    share = read_number(found)
    if not 0 < share <= 1:
        raise ValueError("a number above 0 and at most 1")
    return share


def read_switch(found: object) -> bool:
    """Take true or false, or a string that holds one."""
    word = found.strip().lower() if isinstance(found, str) else found
    if isinstance(word, bool):
        return word
    if word not in ("true", "false"):
        raise ValueError("true or false")
    return word == "true"


def whole(least: int, most: int) -> Callable[[object], int]:
    """Take a whole number between two others."""

    def read(found: object) -> int:
        wanted = f"a whole number from {least} to {most}"
        try:
            number = read_number(found)
        except ValueError:
            raise ValueError(wanted) from None
        if not number.is_integer() or not least <= number <= most:
            raise ValueError(wanted)
        return int(number)

    return read


def one_of(allowed: Iterable[str]) -> Callable[[object], str]:
    """Take one of these words, in any case of letters."""
    known = tuple(allowed)

    def read(found: object) -> str:
        choice = found.strip().lower() if isinstance(found, str) else ""
        if choice not in known:
            raise ValueError("the string " + " or ".join(f'"{name}"' for name in known))
        return choice

    return read


def read_line(found: object) -> str:
    """Take a line of text."""
    if not isinstance(found, str) or not found.strip() or not found.isprintable():
        raise ValueError("one line of text without control characters")
    return found.strip()


def _is_host(host: str) -> bool:
    """Judge a lower-case host by its form: an address, or labels as RFC 1123 has them, underscores too."""
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


def read_url(found: object) -> str:
    """Refuse what would send the token in the clear, except to this machine itself."""
    if not isinstance(found, str) or re.fullmatch(r"[!-~]+", found.strip()) is None:
        raise ValueError("an https URL")
    text = found.strip()
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
