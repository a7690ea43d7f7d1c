"""Where requests go, and which way: to the configured host, whatever their paths hold."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote, urlencode, urlsplit
from urllib.request import proxy_bypass

from tap_intercom.api.types import Reason, Refused, Request
from tap_intercom.errors import ConfigError
from tap_intercom.redaction import LONGEST_QUOTED_PATH, shape_of

_PLAIN_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_~-]+)+")
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f]*:[0-9a-f:.]+")


def url_of(base_url: str, request: Request) -> str:
    """Return the URL of a request, always under `base_url`; raises Refused for a path that would lead elsewhere.

    What is percent-encoded already stays as it is; what else cannot stand in a path is encoded.
    """
    path = request.path
    if not _PLAIN_PATH.fullmatch(path):
        _, *steps = unquote(path).split("/")
        if not path.startswith("/") or not {"", ".", ".."}.isdisjoint(steps):
            raise Refused(Reason.INVALID, 0, "", f"{path[:LONGEST_QUOTED_PATH]!a} is no path to ask for", None)
        path = quote(_STRAY_PERCENT.sub("%25", path), safe="/%:@!$&'()*+,;=~", errors="replace")
    return f"{base_url}{path}{_query(request.query)}"


@lru_cache(maxsize=256)
def _query(query: tuple[tuple[str, str], ...]) -> str:
    return "?" + urlencode(query, quote_via=quote, errors="replace") if query else ""


def proxy_of(base_url: str, proxies: Mapping[str, str]) -> str | None:
    """Return the URL of the one of `proxies`, named after what they are for, that `base_url` is reached through.

    Plain http is for this machine alone, and with the token in it goes through nobody else's. Raises ConfigError.
    """
    parts = urlsplit(base_url)
    found = proxies.get("https")
    if parts.scheme != "https" or not found or proxy_bypass(parts.netloc):
        return None
    found = found.strip()
    found = found if "://" in found else f"http://{found}"
    if not _is_proxy(found):
        raise ConfigError(
            f"HTTPS_PROXY is {shape_of(proxies['https'])} and names no proxy that speaks HTTP; "
            "set it to a URL such as http://proxy.example.com:3128, or unset it."
        )
    return found


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(_HOST.fullmatch(host)) and port != 0 and url.isascii()
