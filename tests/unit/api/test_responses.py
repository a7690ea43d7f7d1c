"""What an answer of Intercom means, from literal statuses, headers and bodies."""

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_intercom.api.responses import LONGEST_MESSAGE, date_of, interpret, is_temporary_error
from tap_intercom.api.types import Reason, Refused, Request, RetryLater

SCROLL = Request(path="/companies/scroll")
NOW = datetime(2026, 11, 23, 18, 0, 5, tzinfo=UTC)
RESET = int(NOW.timestamp()) + 5


def error_list(code: str, message: str, request_id: str | None = "002je5a3asm5btar2flg") -> bytes:
    errors = [{"code": code, "message": message}]
    return json.dumps({"type": "error.list", "request_id": request_id, "errors": errors}).encode()


def refusal(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Refused:
    with pytest.raises(Refused) as caught:
        interpret(status, headers or {}, body, NOW, SCROLL)
    return caught.value


def wait(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> RetryLater:
    outcome = interpret(status, headers or {}, body, NOW, SCROLL)
    assert isinstance(outcome, RetryLater)
    return outcome


@pytest.mark.parametrize("body", [b'{"type":"tag.list"}', b"[]", b' \r\n\t{"a":1}\n'])
def test_json_with_a_success_is_handed_on(body: bytes) -> None:
    assert interpret(200, {}, body, NOW, SCROLL) == body.strip()


def test_json_without_white_space_before_it_is_handed_on_as_it_came() -> None:
    body = b'{"type":"tag.list"}\n'
    assert interpret(200, {}, body, NOW, SCROLL) is body


@pytest.mark.parametrize("body", [b"", b" \n", b"null", b"true", b"<html>hello</html>", b"\x00", b'"text"'])
def test_a_success_without_json_is_asked_for_again(body: bytes) -> None:
    assert wait(200, body, {"X-Request-Id": "abc"}).request_id == "abc"
    other = "a body that is no JSON object" if body.strip() else "an empty body"
    assert wait(200, body) == RetryLater(f"200 with {'a page of HTML' if body[:1] == b'<' else other}")


def test_a_text_is_handed_on_where_one_was_wanted_but_no_page_of_a_load_balancer() -> None:
    assert (
        interpret(
            200,
            {"Content-Type": "text/plain; charset=utf-8"},
            b" Hi",
            NOW,
            Request(path="/calls/1/transcript", accept="text/plain"),
        )
        == b" Hi"
    )
    assert interpret(200, {}, b" Hi", NOW, Request(path="/calls/1/transcript", accept="text/plain")) == b" Hi"
    assert isinstance(
        interpret(
            200, {"Content-Type": "text/html"}, b"<html>", NOW, Request(path="/calls/1/transcript", accept="text/plain")
        ),
        RetryLater,
    )


def test_a_success_without_content_is_asked_for_again() -> None:
    assert wait(204).reason == "204 with an empty body"


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, error_list("scroll_exists", "scroll already exists for this workspace"), Reason.SCROLL_TAKEN),
        (400, error_list("bad_request", "Scroll already exists for this app"), Reason.SCROLL_TAKEN),
        (400, error_list("scroll_exists", ""), Reason.SCROLL_TAKEN),
        (400, error_list("bad_request", "page limit reached, please use scroll API"), Reason.PAGE_LIMIT),
        (400, b"Page limit reached", Reason.PAGE_LIMIT),
        (400, error_list("intercom_version_invalid", "The requested version could not be found"), Reason.VERSION),
        (400, error_list("parameter_invalid", "Per Page is too big"), Reason.INVALID),
        (401, error_list("token_unauthorized", "Not authorized to access resource"), Reason.DENIED),
        (401, error_list("token_unauthorized", "Token unauthorized"), Reason.DENIED),
        (401, error_list("unauthorized", "Not authorized to access resource"), Reason.DENIED),
        (401, error_list("unauthorized", "Access Token Invalid"), Reason.TOKEN),
        (401, error_list("token_revoked", "Unauthorized"), Reason.TOKEN),
        (401, b"", Reason.TOKEN),
        (402, b"", Reason.DENIED),
        (403, error_list("api_plan_restricted", "Active subscription needed."), Reason.DENIED),
        (404, error_list("not_found", "scroll parameter not found"), Reason.GONE),
        (410, b"", Reason.GONE),
        (
            429,
            error_list("rate_limit_exceeded", "Exceeded rate limit of 1 pending message export jobs"),
            Reason.JOBS_PENDING,
        ),
        (422, error_list("unprocessable_entity", "no such model"), Reason.INVALID),
        (409, b"", Reason.INVALID),
        (300, b"", Reason.INVALID),
        (301, b"", Reason.INVALID),
        (304, b"", Reason.INVALID),
        (100, b"", Reason.INVALID),
    ],
)
def test_each_refusal_has_its_reason(status: int, body: bytes, reason: Reason) -> None:
    assert refusal(status, body).reason is reason


@pytest.mark.parametrize("status", [408, 500, 501, 502, 503, 504, 520])
@pytest.mark.parametrize("body", [b"", b"<html><body>oops", error_list("server_error", "Unknown server error")])
def test_an_ill_server_is_asked_again(status: int, body: bytes) -> None:
    outcome = wait(status, body)
    assert outcome.reason.startswith(f"{status} ")
    assert outcome.until is None


@pytest.mark.parametrize(
    ("status", "is_temporary"),
    [(400, False), (407, False), (408, True), (409, False), (429, False), (500, True), (501, False), (502, True)],
)
def test_errors_that_pass_are_told_from_those_that_stay(status: int, *, is_temporary: bool) -> None:
    assert is_temporary_error(status) is is_temporary


def test_a_server_that_asks_for_a_new_scroll_gets_none_of_the_old_one() -> None:
    message = "Request failed due to an internal network error. Please restart the scroll operation."
    refused = refusal(500, error_list("server_error", message))
    assert refused.reason is Reason.SCROLL_BROKEN
    assert refused.message == message
    body = b'{"errors":[{"message":"Please \x07 restart the scroll"}]}'
    assert refusal(500, body).reason is Reason.SCROLL_BROKEN
    assert isinstance(interpret(500, {}, body, NOW, Request(path="/tags")), RetryLater)


def test_a_refusal_keeps_the_words_of_intercom() -> None:
    refused = refusal(404, error_list("not_found", "User Not Found"))
    assert (refused.status, refused.code, refused.message) == (404, "not_found", "User Not Found")
    assert refused.request_id == "002je5a3asm5btar2flg"
    assert str(refused) == "404 not_found: User Not Found"


def test_a_refusal_for_exports_under_way_keeps_them_too() -> None:
    refused = refusal(429, error_list("rate_limit_exceeded", "Exceeded rate limit of 1 Pending message export jobs"))
    assert (refused.status, refused.code, refused.request_id) == (429, "rate_limit_exceeded", "002je5a3asm5btar2flg")
    assert refused.message == "Exceeded rate limit of 1 Pending message export jobs"


def test_a_refusal_without_words_has_none_for_a_code() -> None:
    assert refusal(404).code == ""


def test_a_refusal_without_an_answer_says_only_what_happened() -> None:
    assert str(Refused(Reason.GONE, 0, "", "connection lost", None)) == "connection lost"


def test_several_errors_are_all_told_and_all_judged() -> None:
    errors = [{"message": "first"}, "nonsense", {"code": "scroll_exists", "message": "second"}]
    refused = refusal(400, json.dumps({"errors": errors}).encode())
    assert refused.reason is Reason.SCROLL_TAKEN
    assert refused.message == "first; second"
    assert refused.code == "scroll_exists"


def test_very_old_errors_say_type_for_code() -> None:
    body = b'{"type":"error.list","errors":[{"type":"not_found","message":"No such user"}]}'
    assert refusal(404, body).code == "not_found"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"[1, 2]", "Not Found"),
        (b'[{"message": "from a list"}]', "from a list"),
        (b'"text"', "Not Found"),
        (b"null", "null"),
        (b" ", "Not Found"),
        (b"plain words", "plain words"),
        (b"\xff\xfe", "Not Found"),
        (gzip.compress(b"plain words", mtime=0), "Not Found"),
        ("no such clé".encode("latin-1"), "no such cl\N{REPLACEMENT CHARACTER}"),
        (b"one in te\xff", "one in te\N{REPLACEMENT CHARACTER}"),
        (b"in nine \xff", "Not Found"),
        (b'{"errors": 7, "message": "bare"}', "bare"),
        (b'{"errors": [], "message": "not read"}', "Not Found"),
        (b'{"errors": [{"message": 7}]}', "Not Found"),
        (b"<html><head><title>404 no\nsuch page</title>", "404 no such page"),
        (b"<html><body>nothing</body></html>", "Not Found"),
        (b"<HTML><HEAD><TITLE>No such page</TITLE>", "No such page"),
        (b"<html>" + b" " * 4096 + b"<title>No such page</title>", "Not Found"),
        (b"[" * 30_000, "[" * LONGEST_MESSAGE),
        (b'{"message": "long"' + b" " * 65_517 + b"}", "long"),
        (b'{"message": "' + b" " * 399 + b'late"}', "l"),
        (b'{"message":"' + b"x" * 70_000 + b'"}', '{"message":"' + "x" * (LONGEST_MESSAGE - 12)),
    ],
)
def test_a_refusal_in_any_form_is_read(body: bytes, message: str) -> None:
    assert refusal(404, body).message == message


def test_where_a_thing_is_now_is_told_only_of_what_is_gone() -> None:
    link = {"Link": "</contacts/7>"}
    assert refusal(410, b"", link).message == "Gone (</contacts/7>)"
    assert refusal(404, b"", link).message == "Not Found"


def test_an_unknown_status_still_has_words() -> None:
    assert refusal(499).message == "no reason given"


def test_the_request_id_is_found_in_the_header_too() -> None:
    assert refusal(404, b"", {"X-Request-Id": "from-header"}).request_id == "from-header"
    assert refusal(404, error_list("a", "b", None), {"X-Request-Id": "from-header"}).request_id == "from-header"
    assert refusal(404, error_list("a", "b", None)).request_id is None
    assert wait(503, error_list("a", "b")).request_id == "002je5a3asm5btar2flg"


def test_what_a_server_says_cannot_forge_a_log_line() -> None:
    said = "line\nsecond\x1b[31m red\u202e reversed" + "x" * 1000
    refused = refusal(422, error_list("co\nde", said, "id\r\n1"))
    assert refused.message.startswith("line second [31m red reversed")
    assert len(refused.message) == LONGEST_MESSAGE
    assert (refused.code, refused.request_id) == ("co de", "id 1")


def test_a_400_that_cannot_be_read_is_asked_again() -> None:
    broken = error_list("scroll_exists", "scroll already exists for this workspace")[:-9]
    outcome = wait(400, broken, {"X-Request-Id": "from-header"})
    assert outcome == RetryLater("400 with a body that is not the JSON it should be", None, "from-header")
    assert refusal(400, b"scroll already exists").reason is Reason.SCROLL_TAKEN
    assert refusal(403, broken).reason is Reason.DENIED


def test_a_status_is_said_once() -> None:
    assert wait(502, b"<html><title>502 Bad Gateway</title></html>").reason == "502 Bad Gateway"
    assert wait(502, b"<html><title>Bad Gateway</title></html>").reason == "502 Bad Gateway"


def test_too_many_requests_wait_for_the_end_of_the_window() -> None:
    headers = {"X-RateLimit-Reset": str(RESET), "Retry-After": "60"}
    outcome = wait(429, error_list("rate_limit_exceeded", "Exceeded rate limit of 167 in 10_seconds"), headers)
    assert outcome.until == NOW + timedelta(seconds=5)
    assert outcome.reason == "429 Exceeded rate limit of 167 in 10_seconds"
    assert outcome.request_id == "002je5a3asm5btar2flg"


@pytest.mark.parametrize("reset", ["", "soon", "-1", str(RESET - 10), str(RESET * 1000), str(RESET + 3600), "9" * 5000])
def test_an_absurd_end_of_the_window_is_ignored(reset: str) -> None:
    assert wait(429, b"", {"X-RateLimit-Reset": reset}).until is None
    assert wait(429, b"", {"X-RateLimit-Reset": reset, "Retry-After": "7"}).until == NOW + timedelta(seconds=7)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("30", 30),
        ("0", 0),
        ("0.5", 0.5),
        ("300", 300),
        ("Mon, 23 Nov 2026 18:00:05 GMT", 0),
        ("Mon, 23 Nov 2026 18:00:25 GMT", 20),
        ("Mon, 23 Nov 2026 18:05:05 GMT", 300),
        ("Mon, 23 Nov 2026 18:00:25 -0000", 20),
        ("Mon, 23 Nov 2026 19:00:25 +0100", 20),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_seconds_or_a_date(status: int, retry_after: str, seconds: float) -> None:
    assert wait(status, b"", {"Retry-After": retry_after}).until == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "retry_after", ["-1", "nan", "inf", "1e300", "-1e300", "301", "86400", "tomorrow", "Mon, 23 Nov 2020 18:00:25 GMT"]
)
def test_an_absurd_retry_after_is_ignored(retry_after: str) -> None:
    assert wait(429, b"", {"Retry-After": retry_after}).until is None


def test_the_servers_clock_is_read_from_its_date() -> None:
    assert date_of({"Date": "Mon, 23 Nov 2026 18:00:05 GMT"}) == NOW
    elsewhere = date_of({"Date": "Mon, 23 Nov 2026 19:00:05 +0100"})
    assert elsewhere is not None
    assert elsewhere.isoformat() == "2026-11-23T18:00:05+00:00"
    assert date_of({"Date": "yesterday"}) is None
    assert date_of({"Date": "Mon, 23 Nov 99999999999999 18:00:05 GMT"}) is None
    assert date_of({"Date": "Fri, 31 Dec 9999 23:59:59 GMT"}) is None
    assert date_of({}) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["errors", "code", "message", "type"]), inner),
    max_leaves=8,
)


@given(
    status=st.integers(100, 700),
    body=st.binary() | json_values.map(lambda value: json.dumps(value).encode()),
    header=st.sampled_from(["Date", "Retry-After", "X-RateLimit-Reset", "X-Request-Id"]),
    value=st.text(),
)
def test_no_answer_makes_it_stumble(status: int, body: bytes, header: str, value: str) -> None:
    date_of({header: value})
    outcome: bytes | RetryLater | Refused
    try:
        outcome = interpret(status, {header: value}, body, NOW, SCROLL)
    except Refused as refused:
        outcome = refused
    if isinstance(outcome, bytes):
        assert outcome[:1] in {b"{", b"["}
    else:
        said = outcome.message if isinstance(outcome, Refused) else outcome.reason
        assert said.isprintable()
        assert len(said) <= LONGEST_MESSAGE + len("500 ")
