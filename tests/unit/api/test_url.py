"""Where requests go, from literal paths."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from tap_intercom.api.types import Reason, Refused, Request
from tap_intercom.api.url import proxy_of, url_of
from tap_intercom.errors import ConfigError

BASE = "https://api.intercom.io"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/tags", "/tags"),
        ("/conversations/123-a_b~c", "/conversations/123-a_b~c"),
        ("/conversations/12.5", "/conversations/12.5"),
        ("/conversations/a%2Fb", "/conversations/a%2Fb"),
        ("/conversations/a b", "/conversations/a%20b"),
        ("/conversations/1?admin=1#x", "/conversations/1%3Fadmin=1%23x"),
        ("/conversations/100%", "/conversations/100%25"),
        ("/conversations/\\\\evil.com", "/conversations/%5C%5Cevil.com"),
        ("/conversations/ü\n", "/conversations/%C3%BC%0A"),
        ("/@evil.com", "/@evil.com"),
        ("/x:443@evil.com", "/x:443@evil.com"),
        ("/\ud800", "/%3F"),
    ],
)
def test_a_path_stays_under_the_base(path: str, expected: str) -> None:
    assert url_of(BASE, Request(path=path)) == BASE + expected
    assert url_of(f"{BASE}/prefix", Request(path=path)) == f"{BASE}/prefix{expected}"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "tags",
        "//evil.com/x",
        "/a//b",
        "/a/",
        "/..",
        "/../x",
        "/a/./b",
        "/a/%2e%2E/b",
        "/a/x%2F..%2F..%2Fb",
        "@evil",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(Refused) as caught:
        url_of(BASE, Request(path=path))
    assert (caught.value.reason, caught.value.status) == (Reason.INVALID, 0)
    assert str(caught.value).endswith("is no path to ask for")


def test_a_query_keeps_its_order_and_its_values() -> None:
    query = (("sort", "updated_at"), ("a&b", "c=d e+f"), ("sort", "\ud800"))
    assert (
        url_of(BASE, Request(path="/users", query=query))
        == f"{BASE}/users?sort=updated_at&a%26b=c%3Dd%20e%2Bf&sort=%3F"
    )


@given(path=st.text() | st.text(alphabet="/.%2eF?#@:\\ a"), value=st.text())
@example(path="%2F0", value="")
def test_no_path_leads_to_another_host(path: str, value: str) -> None:
    try:
        url = url_of(f"{BASE}/base", Request(path=path, query=(("q", value),)))
    except Refused:
        return
    parts, parsed = urlsplit(url), URL(url, encoded=True)
    assert (parts.scheme, parts.netloc, str(parsed.origin())) == ("https", "api.intercom.io", BASE)
    assert parts.path.startswith("/base/")
    assert parsed.raw_path == parts.path
    assert ".." not in parts.path.split("/")
    assert parts.query.startswith("q=")
    assert url.isascii()
    assert url.isprintable()


def test_the_proxy_for_https_is_used() -> None:
    assert proxy_of("https://intercom.example", {"https": "http://proxy:3128"}) == "http://proxy:3128"
    assert proxy_of("https://intercom.example", {"https": "proxy:3128"}) == "http://proxy:3128"
    assert proxy_of("https://intercom.example", {"http": "http://proxy:3128"}) is None


def test_plain_http_never_goes_through_a_proxy() -> None:
    assert proxy_of("http://127.0.0.1:8787", {"https": "http://proxy:3128", "http": "http://proxy:3128"}) is None


@pytest.mark.parametrize(
    "found",
    [
        "socks5://user:password@proxy:1080",
        "http://",
        "http://user:password@",
        "http://[::1",
        "http://proxy:port",
        "http://proxy:99999",
        "http://proxy:0",
        "http://..",
        "http://pro xy",
        "http://pröxy",
        "http://proxy:3128/\udcff",
    ],
)
def test_a_proxy_that_cannot_be_one_that_speaks_http_is_refused_without_showing_it(found: str) -> None:
    with pytest.raises(ConfigError, match=r"HTTPS_PROXY is a string of \d+ characters and names no proxy") as caught:
        proxy_of("https://intercom.example", {"https": found})
    assert "password" not in str(caught.value)
