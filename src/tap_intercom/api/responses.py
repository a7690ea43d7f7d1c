"""What a request to Intercom and an answer from it are, without sending any."""

import re
from collections.abc import Mapping
from datetime import MAXYEAR, UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

import msgspec

from tap_intercom.api.types import Reason, Refused, Request, RetryLater

# Intercom's windows last 10 seconds; a reset further away than this is no reset of one.
LONGEST_WAIT: Final = timedelta(minutes=5)
# More of a refusal than this says nothing more to an operator.
LONGEST_MESSAGE: Final = 200
# An error.list takes some hundred bytes; what is longer is somebody else's page, or an attempt to keep us busy.
LARGEST_ERROR_BODY: Final = 65_536
# The title of a page of HTML stands near its beginning.
LARGEST_HTML_HEAD: Final = 4096
REPLACEMENT_CHARACTER: Final = "\ufffd"  # what stands for bytes that are no UTF-8
_JSON: Final = (b"{", b"[")


_BY_STATUS: Final[dict[int, Reason]] = {402: Reason.DENIED, 403: Reason.DENIED, 404: Reason.GONE, 410: Reason.GONE}


class ErrorBody(msgspec.Struct, frozen=True):
    """What a refusal says, whatever its form: all codes and messages in it, and the words to show for them.

    `is_broken` where it is JSON that cannot be read.
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
    """Return the body of an answer, which is JSON unless the request is for something else, or that it should be asked
    for again.

    `headers` are to be found in any case of letters, `now` is Intercom's clock. Raises Refused where asking again
    would change nothing.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        if request.accept is not None and "html" not in headers.get("Content-Type", ""):
            return body
        return body if body[:1] in _JSON else _check_body(status, headers, body)
    complaint = _read_error(status, headers, body)
    summary = complaint.message if complaint.message.startswith(str(status)) else f"{status} {complaint.message}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        if re.search(r"\bpending\b.*\bjobs\b", complaint.words):  # "Exceeded rate limit of 1 pending … export jobs"
            raise Refused(Reason.JOBS_PENDING, status, complaint.code, complaint.message, complaint.request_id)
        return RetryLater(summary, _reset_time(headers, now) or _retry_after(headers, now), complaint.request_id)
    if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        if "restart the scroll" not in complaint.words or not request.path.endswith("/scroll"):
            return RetryLater(summary, _retry_after(headers, now), complaint.request_id)
        reason = Reason.SCROLL_BROKEN
    elif status == HTTPStatus.BAD_REQUEST and complaint.is_broken:  # what a 400 means is said in its body alone
        return RetryLater(f"{status} with a body that is not the JSON it should be", None, complaint.request_id)
    else:
        reason = _reason_of(status, complaint)
    raise Refused(reason, status, complaint.code, complaint.message, complaint.request_id)


def is_temporary_error(status: int) -> bool:
    """Say whether a status tells of trouble that passes; that a server knows no such method (501) does not pass."""
    return status == HTTPStatus.REQUEST_TIMEOUT or (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED
    )


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """Return what Intercom's clock showed when it answered, in UTC and whole seconds, if it said so."""
    return _moment(headers.get("Date", ""))


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Return what Intercom calls the request, if it said so; its support asks for it."""
    return _one_line(headers.get("X-Request-Id")) or None


def _check_body(status: int, headers: Mapping[str, str], body: bytes) -> bytes | RetryLater:
    """Tell JSON behind white space from the bodies that come with a 200 by mistake: none, `null`, a page of HTML."""
    stripped = body.strip()
    if stripped[:1] in _JSON:
        return stripped
    kind = (
        "a page of HTML" if stripped[:1] == b"<" else "a body that is no JSON object" if stripped else "an empty body"
    )
    return RetryLater(f"{status} with {kind}", None, request_id_of(headers))


def _reason_of(status: int, complaint: ErrorBody) -> Reason:
    """Find what a caller can make of a redirect or a 4xx."""
    codes, words = complaint.codes, complaint.words
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
    """Read an error.list, or whatever else stands in its place: HTML, text, a list, nothing."""
    content = _decode(body)
    listed = content.get("errors") if isinstance(content, dict) else content
    items = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    if isinstance(content, dict) and not isinstance(listed, list):
        items = [content]
    # Very old answers say `type` where later ones say `code`.
    codes = [_one_line(item.get("code") or item.get("type")) for item in items]
    messages = [_one_line(item.get("message")) for item in items]
    if content is None:
        messages = [_text(body)]
    said = "; ".join(message for message in messages if message) or _status_phrase(status)
    # What is gone, such as a contact that was merged, may be elsewhere: 410 with a Link.
    link = _one_line(headers.get("Link")) if status == HTTPStatus.GONE else ""
    own_id = content.get("request_id") if isinstance(content, dict) else None
    return ErrorBody(
        code=next((code for code in codes if code), ""),
        message=said[:LONGEST_MESSAGE] + (f" ({link})" if link else ""),
        request_id=_one_line(own_id) or request_id_of(headers),
        codes=frozenset(codes),
        words=said.lower(),
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
    """Return what a body that is no JSON says: of HTML its title, where load balancers put what is wrong.

    What is no text either, such as one that is packed, says nothing.
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


def _one_line(said: object) -> str:
    """Turn what a server said into something that can stand in a log: one line, no control characters, bounded."""
    if not isinstance(said, str):
        return ""
    shown = "".join(letter if letter.isprintable() else " " for letter in said[: 2 * LONGEST_MESSAGE])
    return " ".join(shown.split())[:LONGEST_MESSAGE]


def _reset_time(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return when the window of the quota ends, unless the header is absurd."""
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
        moment = _moment(text)
        return _plausible(moment, now) if moment else None
    return now + timedelta(seconds=seconds) if 0 <= seconds <= LONGEST_WAIT.total_seconds() else None


def _plausible(moment: datetime, now: datetime) -> datetime | None:
    return moment if now <= moment <= now + LONGEST_WAIT else None


@lru_cache(maxsize=16)  # an answer's date is that of the thousand others in its second
def _moment(text: str) -> datetime | None:
    """Read an HTTP date; one that nothing could be added to is none."""
    try:
        moment = parsedate_to_datetime(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year < MAXYEAR else None
