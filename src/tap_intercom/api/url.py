"""The URLs of requests, which always lead to the configured host, and the proxy on the way."""

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

    Characters that a path cannot have are percent-encoded; what is encoded already stays as it is.
    """
    path = request.path
    if not _PLAIN_PATH.fullmatch(path):
        _, *segments = unquote(path).split("/")
        if not path.startswith("/") or not {"", ".", ".."}.isdisjoint(segments):
            raise Refused(Reason.INVALID, 0, "", f"{path[:LONGEST_QUOTED_PATH]!a} is no path to ask for", None)
        path = quote(_STRAY_PERCENT.sub("%25", path), safe="/%:@!$&'()*+,;=~", errors="replace")
    return f"{base_url}{path}{_query(request.query)}"


@lru_cache(maxsize=256)
def _query(query: tuple[tuple[str, str], ...]) -> str:
    return "?" + urlencode(query, quote_via=quote, errors="replace") if query else ""


def proxy_of(base_url: str, proxies: Mapping[str, str]) -> str | None:
    """Return the URL of the proxy for `base_url`, or None; `proxies` maps schemes to proxies, as `getproxies` does.

    There is none for plain http, which is for this machine only: the proxy could read the token. Raises ConfigError.
    """
    parts = urlsplit(base_url)
    proxy = proxies.get("https")
    if parts.scheme != "https" or not proxy or proxy_bypass(parts.netloc):
        return None
    proxy = proxy.strip()
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not _is_proxy(proxy):
        raise ConfigError(
            f"HTTPS_PROXY is {shape_of(proxies['https'])} and names no proxy that speaks HTTP; "
            "set it to a URL such as http://proxy.example.com:3128, or unset it."
        )
    return proxy


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(_HOST.fullmatch(host)) and port != 0 and url.isascii()
