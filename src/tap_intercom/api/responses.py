"""Interpretation of answers: what a status, headers and a body of Intercom mean. Pure.

Intercom's errors are an `error.list`; proxies and load balancers in front of it answer with HTML, text or nothing.
"""

import re
from collections.abc import Mapping
from datetime import MAXYEAR, UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

import msgspec

from tap_intercom.api.types import Reason, Refused, Request, RetryLater

# Intercom's windows last 10 seconds; a time further away than this is not taken for the time to wait.
LONGEST_WAIT: Final = timedelta(minutes=5)
LONGEST_MESSAGE: Final = 200  # characters of an error that an operator is shown
# Bytes. An error.list has some hundred; what is longer is another server's page and is not parsed.
LARGEST_ERROR_BODY: Final = 65_536
LARGEST_HTML_HEAD: Final = 4096  # bytes of a page in which its title is looked for
REPLACEMENT_CHARACTER: Final = "\ufffd"  # stands for bytes that are not UTF-8
_JSON: Final = (b"{", b"[")


_BY_STATUS: Final[dict[int, Reason]] = {402: Reason.DENIED, 403: Reason.DENIED, 404: Reason.GONE, 410: Reason.GONE}


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of an error, in whatever form it came: the first code, and the message to show.

    `codes` are all codes in it, `words` all messages in lower case. `is_broken` says that it begins as JSON and is not.
    """

    code: str
    message: str
    request_id: str | None
    codes: frozenset[str] = frozenset()
    words: str = ""
    is_broken: bool = False


def interpret(
    status: int, headers: Mapping[str, str], body: bytes, now: datetime, request: Request
) -> bytes | RetryLater:
    """Return the body of a good answer, or RetryLater. It is JSON, unless the request accepts something else.

    `headers` must find names in any case of letters, `now` is Intercom's clock. Raises Refused for an error that would
    come again.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        if request.accept is not None and "html" not in headers.get("Content-Type", ""):
            return body
        return body if body[:1] in _JSON else _check_body(status, headers, body)
    error = _read_error(status, headers, body)
    summary = error.message if error.message.startswith(str(status)) else f"{status} {error.message}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        if re.search(r"\bpending\b.*\bjobs\b", error.words):  # "Exceeded rate limit of 1 pending … export jobs"
            raise Refused(Reason.JOBS_PENDING, status, error.code, error.message, error.request_id)
        return RetryLater(summary, _reset_time(headers, now) or _retry_after(headers, now), error.request_id)
    if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        if "restart the scroll" not in error.words or not request.path.endswith("/scroll"):
            return RetryLater(summary, _retry_after(headers, now), error.request_id)
        reason = Reason.SCROLL_BROKEN
    elif status == HTTPStatus.BAD_REQUEST and error.is_broken:  # only the body says what a 400 means
        return RetryLater(f"{status} with a body that is not the JSON it should be", None, error.request_id)
    else:
        reason = _reason_of(status, error)
    raise Refused(reason, status, error.code, error.message, error.request_id)


def is_temporary_error(status: int) -> bool:
    """Say whether a status is of an error that passes: 408 and the 5xx, but not 501, an unknown method."""
    return status == HTTPStatus.REQUEST_TIMEOUT or (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED
    )


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """Return the Date of an answer, Intercom's clock, in UTC and whole seconds; None without one."""
    return _http_date(headers.get("Date", ""))


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Return Intercom's id of a request, which its support asks for; None without one."""
    return _one_line(headers.get("X-Request-Id")) or None


def _check_body(status: int, headers: Mapping[str, str], body: bytes) -> bytes | RetryLater:
    """Return JSON without white space around it, or RetryLater for a 200 with anything else: nothing, null, HTML."""
    stripped = body.strip()
    if stripped[:1] in _JSON:
        return stripped
    kind = (
        "a page of HTML" if stripped[:1] == b"<" else "a body that is no JSON object" if stripped else "an empty body"
    )
    return RetryLater(f"{status} with {kind}", None, request_id_of(headers))


def _reason_of(status: int, error: ErrorBody) -> Reason:
    """Return the reason of a redirect or a 4xx."""
    codes, words = error.codes, error.words
    if "intercom_version_invalid" in codes:
        return Reason.VERSION
    if status == HTTPStatus.BAD_REQUEST:
        if "scroll_exists" in codes or "scroll already exists" in words:
            return Reason.SCROLL_TAKEN
        return Reason.PAGE_LIMIT if "page limit reached" in words else Reason.INVALID
    if status == HTTPStatus.UNAUTHORIZED:
        # A token without the scope, unlike one that is wrong, still reads other things.
        short_of_scope = "token_unauthorized" in codes or "not authorized to access resource" in words
        return Reason.DENIED if short_of_scope else Reason.TOKEN
    return _BY_STATUS.get(status, Reason.INVALID)


def _read_error(status: int, headers: Mapping[str, str], body: bytes) -> ErrorBody:
    """Read an error.list, or what comes in its place: HTML, text, a list, nothing."""
    content = _decode(body)
    listed = content.get("errors") if isinstance(content, dict) else content
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    if isinstance(content, dict) and not isinstance(listed, list):
        items = [content]
    # Very old answers have `type` in place of `code`.
    codes = [_one_line(item.get("code") or item.get("type")) for item in items]
    messages = [_one_line(item.get("message")) for item in items]
    if content is None:
        messages = [_text(body)]
    text = "; ".join(message for message in messages if message) or _status_phrase(status)
    # The 410 of a contact that was merged has a Link to the contact that it was merged into.
    link = _one_line(headers.get("Link")) if status == HTTPStatus.GONE else ""
    own_id = content.get("request_id") if isinstance(content, dict) else None
    return ErrorBody(
        code=next((code for code in codes if code), ""),
        message=text[:LONGEST_MESSAGE] + (f" ({link})" if link else ""),
        request_id=_one_line(own_id) or request_id_of(headers),
        codes=frozenset(codes),
        words=text.lower(),
        is_broken=content is None and body[:1] in _JSON,
    )


def _decode(body: bytes) -> Any:
    if len(body) > LARGEST_ERROR_BODY:
        return None
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None


def _text(body: bytes) -> str:
    """Return the text of a body that is not JSON: the title of HTML, where load balancers put the error.

    A body that is not text, such as a compressed one, gives "".
    """
    text = body[:LARGEST_HTML_HEAD].decode(errors="replace").strip()
    if not text.startswith("<"):
        beginning = text[:LONGEST_MESSAGE]
        return "" if beginning.count(REPLACEMENT_CHARACTER) * 10 > len(beginning) else _one_line(text)
    title = re.search(r"<title[^>]*>([^<]*)", text, re.IGNORECASE)
    return _one_line(title[1]) if title else ""


def _status_phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"


def _one_line(text: object) -> str:
    """Return a text of a server as one line without control characters, for a log; "" for anything but text."""
    if not isinstance(text, str):
        return ""
    if text.isprintable() and len(text) <= LONGEST_MESSAGE and text.split(" ").count("") == 0:
        return text
    shown = "".join(letter if letter.isprintable() else " " for letter in text[: 2 * LONGEST_MESSAGE])
    return " ".join(shown.split())[:LONGEST_MESSAGE]


def _reset_time(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return when the window of the quota ends; None without a plausible header."""
    try:
        reset = datetime.fromtimestamp(int(headers.get("X-RateLimit-Reset", "")), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return _plausible(reset, now)


def _retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Read Retry-After, which is a number of seconds or an HTTP date."""
    text = headers.get("Retry-After", "")
    try:
        seconds = float(text)
    except ValueError:
        time = _http_date(text)
        return _plausible(time, now) if time else None
    return now + timedelta(seconds=seconds) if 0 <= seconds <= LONGEST_WAIT.total_seconds() else None


def _plausible(time: datetime, now: datetime) -> datetime | None:
    return time if now <= time <= now + LONGEST_WAIT else None


@lru_cache(maxsize=16)  # the answers of one second have the same Date
def _http_date(text: str) -> datetime | None:
    """Read an HTTP date; None for anything else, and for the last year that a datetime can have."""
    try:
        time = parsedate_to_datetime(text)
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return time if time.year < MAXYEAR else None
