"""The headers that Intercom and the nginx before it add to an answer, and its compression."""

import gzip
from hashlib import blake2b
from http import HTTPStatus
from zlib import crc32

from intercom_simulator.protocol.responses import JSON, Response

LEAST_COMPRESSED = 1000  # bytes; a shorter body is sent as it is
LEVEL = 1
DEPLOYED = blake2b(b"intercom-simulator", digest_size=20).hexdigest()  # Intercom names the state of its own code


def added_headers(response: Response) -> dict[str, str]:
    """Return the headers of an answer of Intercom; none for a page of the nginx before it."""
    if response.content_type != JSON:
        return {"Vary": "Accept-Encoding"}
    is_good = response.status == HTTPStatus.OK
    headers = {
        "Vary": "Accept-Encoding",
        "Cache-Control": "max-age=0, private, must-revalidate" if is_good else "no-cache",
        "Status": f"{response.status} {HTTPStatus(response.status).phrase}",
        "X-Intercom-Version": DEPLOYED,
    }
    if is_good:
        headers["ETag"] = f'W/"{len(response.body):x}-{crc32(response.body):08x}"'  # a checksum that takes little time
    return headers


def compressed(body: bytes, accepted: str | None) -> tuple[bytes, dict[str, str]]:
    """Return the body as it is sent to a client that accepts these encodings, and the header that tells its own."""
    choices = [choice.replace(" ", "").lower() for choice in (accepted or "").split(",")]
    if len(body) < LEAST_COMPRESSED or not any(one in ("gzip", "*") or _is_wanted(one) for one in choices):
        return body, {}
    return gzip.compress(body, LEVEL, mtime=0), {"Content-Encoding": "gzip"}


def _is_wanted(choice: str) -> bool:
    """Tell whether a choice with a quality is gzip, and is not refused by the quality 0."""
    name, _, quality = choice.partition(";q=")
    return name == "gzip" and quality.strip("0.") != ""
