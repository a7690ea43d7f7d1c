"""Every setting, one row each: what it is called, what it means, and what may stand in it."""

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import msgspec

from tap_intercom import __version__

ENVIRONMENT_PREFIX: Final = "TAP_INTERCOM_"
API_VERSIONS: Final = ("1.4", *(f"2.{minor}" for minor in range(7, 17)))
DEFAULT_API_VERSION: Final = API_VERSIONS[0]
NEWEST_API_VERSION: Final = API_VERSIONS[-1]
# Where Intercom keeps the data of a workspace, and so where its API answers.
REGIONS: Final = {
    "us": "https://api.intercom.io",
    "eu": "https://api.eu.intercom.io",
    "au": "https://api.au.intercom.io",
}
USER_AGENT: Final = f"tap-intercom/{__version__}"
MOST_REQUESTS_IN_FLIGHT: Final = 1000
LONGEST_HOST: Final = 254  # RFC 1035, with a dot at the end
# A century; more would only leave the range of what a date can be.
LONGEST_LOOKBACK_SECONDS: Final = 3_155_760_000


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: the truth for `--about`, the README and the environment variables.

    `read` turns what was found (never null, nor "" unless the setting is required) into its value, or raises
    ValueError with what it must be.
    """

    name: str
    kind: str
    description: str
    example: str | float | list[str]
    read: Callable[[object], object]
    default: str | float | None = None
    required: bool = False
    secret: bool = False
    allowed: tuple[str, ...] = ()

    @property
    def shown_default(self) -> str:
        """The default as it is written in a configuration, "" where there is none."""
        if self.default is None or isinstance(self.default, str):
            return self.default or ""
        return msgspec.json.encode(self.default).decode()

    @property
    def variable(self) -> str:
        """The environment variable that `--config ENV` reads it from."""
        return ENVIRONMENT_PREFIX + self.name.upper()


def _read_token(found: object) -> str:
    if not isinstance(found, str) or re.fullmatch(r"[!-~]+", found.strip()) is None:
        raise ValueError('one word of printable ASCII characters, without "Bearer" before it')
    return found.strip()


def _read_path(found: object) -> str:
    if not isinstance(found, str):
        raise ValueError("the path of a file")  # noqa: TRY004 - one kind of complaint
    return found


def _read_moment(found: object) -> datetime:
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


def _read_number(found: object) -> float:
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


def _read_seconds(found: object) -> float:
    seconds = _read_number(found)
    if seconds < 0:
        raise ValueError("a number of seconds, 0 or more")
    return seconds


def _read_timeout(found: object) -> float:
    seconds = _read_number(found)
    if seconds < 0:
        raise ValueError("a number of seconds, or 0 for the default of 300")
    return seconds or 300.0


def _read_share(found: object) -> float:
    share = _read_number(found)
    if not 0 < share <= 1:
        raise ValueError("a number above 0 and at most 1")
    return share


def _read_switch(found: object) -> bool:
    """Take true or false, or a string that holds one."""
    word = found.strip().lower() if isinstance(found, str) else found
    if isinstance(word, bool):
        return word
    if word not in ("true", "false"):
        raise ValueError("true or false")
    return word == "true"


def _whole(least: int, most: int) -> Callable[[object], int]:
    def read(found: object) -> int:
        wanted = f"a whole number from {least} to {most}"
        try:
            number = _read_number(found)
        except ValueError:
            raise ValueError(wanted) from None
        if not number.is_integer() or not least <= number <= most:
            raise ValueError(wanted)
        return int(number)

    return read


def _read_names(found: object) -> tuple[str, ...]:
    """Take a list of names, or a string that holds them: environment variables have nothing else."""
    listed = found.split(",") if isinstance(found, str) else found
    if not isinstance(listed, list) or not all(isinstance(name, str) and name.strip() for name in listed):
        raise ValueError("a list of names, or a string with commas between them")
    return tuple(name.strip() for name in listed)


def _one_of(allowed: Iterable[str]) -> Callable[[object], str]:
    known = tuple(allowed)

    def read(found: object) -> str:
        choice = found.strip().lower() if isinstance(found, str) else ""
        if choice not in known:
            raise ValueError("the string " + " or ".join(f'"{name}"' for name in known))
        return choice

    return read


def _read_user_agent(found: object) -> str:
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


def _read_url(found: object) -> str:
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


SETTINGS: Final = (
    Setting(
        name="access_token",
        kind="string",
        description=(
            "The access token of the workspace's app in Intercom's Developer Hub; "
            "`access_token_file` may give it instead."
        ),
        example="YOUR_API_ACCESS_TOKEN",
        read=_read_token,
        required=True,
        secret=True,
    ),
    Setting(
        name="access_token_file",
        kind="string",
        description="A file that holds the access token and nothing else, as secret stores mount one.",
        example="/run/secrets/intercom",
        read=_read_path,
    ),
    Setting(
        name="start_date",
        kind="date-time",
        description=(
            "Records updated before this moment are left out of a stream's "
            "first sync (RFC 3339; UTC where no offset is given)."
        ),
        example="2019-01-01T00:00:00Z",
        read=_read_moment,
        required=True,
    ),
    Setting(
        name="request_timeout",
        kind="number",
        description="Seconds to wait for an answer of Intercom; 0 means the default.",
        example=300,
        read=_read_timeout,
        default=300,
    ),
    Setting(
        name="retry_timeout",
        kind="number",
        description=(
            "Seconds for which a request that fails is repeated, and another scroll in the workspace waited for, "
            "before a stream is given up; 0 repeats none."
        ),
        example=900,
        read=_read_seconds,
        default=900,
    ),
    Setting(
        name="user_agent",
        kind="string",
        description="How the tap introduces itself to Intercom; an e-mail address lets them reach you.",
        example="tap-intercom <api_user_email@your_company.com>",
        read=_read_user_agent,
        default=USER_AGENT,
    ),
    Setting(
        name="api_version",
        kind="string",
        description=(
            "The version of Intercom's API to ask for; where none is set and Intercom refuses "
            f"{DEFAULT_API_VERSION}, its streams are read from {NEWEST_API_VERSION}."
        ),
        example=DEFAULT_API_VERSION,
        read=_one_of(API_VERSIONS),
        default=DEFAULT_API_VERSION,
        allowed=API_VERSIONS,
    ),
    Setting(
        name="region",
        kind="string",
        description="Where Intercom keeps the data of the workspace.",
        example="eu",
        read=_one_of(REGIONS),
        default="us",
        allowed=tuple(REGIONS),
    ),
    Setting(
        name="base_url",
        kind="string",
        description=(
            "Another address for the API, such as a proxy's or the simulator's; "
            "overrides `region`. Plain http only to this machine."
        ),
        example="https://intercom-proxy.example.com",
        read=_read_url,
    ),
    Setting(
        name="max_concurrency",
        kind="integer",
        description="The most requests that may be under way at once.",
        example=64,
        read=_whole(1, MOST_REQUESTS_IN_FLIGHT),
        default=64,
    ),
    Setting(
        name="quota_share",
        kind="number",
        description=(
            "The part of Intercom's request quota that the tap may use; the rest is left to your other integrations."
        ),
        example=0.9,
        read=_read_share,
        default=0.9,
    ),
    Setting(
        name="lookback_window",
        kind="integer",
        description=(
            "Seconds before each bookmark from which to read again; without it, 600 for what is searched, "
            "which Intercom shows some minutes late, a week for exports, and 0 for the rest."
        ),
        example=3600,
        read=_whole(0, LONGEST_LOOKBACK_SECONDS),
    ),
    Setting(
        name="reporting_datasets",
        kind="array",
        description=(
            "The datasets that `reporting_exports` reads, by their ids, such as `conversation`; "
            "where one is unknown, the tap names those that the workspace has."
        ),
        example=["conversation", "ticket"],
        read=_read_names,
    ),
    Setting(
        name="activate_version",
        kind="boolean",
        description=(
            "Whether to send ACTIVATE_VERSION after a full table that was read whole, so that a target can drop "
            "what Intercom no longer has. Some targets stop at the message."
        ),
        example=True,
        read=_read_switch,
        default=False,
    ),
    Setting(
        name="custom_object_types",
        kind="array",
        description=(
            "The types of custom objects that `custom_object_instances` reads, by the identifiers that Intercom has "
            "for them, such as `Order`."
        ),
        example=["Order"],
        read=_read_names,
    ),
)
