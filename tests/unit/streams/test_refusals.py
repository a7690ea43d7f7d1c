from datetime import UTC, datetime

import pytest

from tap_intercom.api.responses import interpret
from tap_intercom.api.types import ME_REQUEST, Reason, Refused
from tap_intercom.errors import AccessError, ApiError, ConfigError, TapError, Unavailable
from tap_intercom.streams.refusals import explain
from tap_intercom.streams.table import STREAMS_V1, STREAMS_V2

NOW = datetime(2026, 11, 23, tzinfo=UTC)
USERS = next(stream for stream in STREAMS_V1 if stream.name == "users")


@pytest.mark.parametrize(
    ("reason", "kind", "advice"),
    [
        (Reason.TOKEN, AccessError, "check access_token"),
        (Reason.DENIED, AccessError, '"Read and list users and companies"'),
        (Reason.SCROLL_TAKEN, Unavailable, "run again later"),
        (Reason.VERSION, ApiError, "set api_version"),
        (Reason.INVALID, ApiError, "deselect the stream"),
        (Reason.GONE, ApiError, "deselect the stream"),
        (Reason.PAGE_LIMIT, ApiError, "deselect the stream"),
    ],
)
def test_every_refusal_says_which_stream_which_request_and_what_to_do(
    reason: Reason, kind: type[TapError], advice: str
) -> None:
    error = explain(Refused(reason, 400, "a_code", "Words of Intercom", "r-1"), USERS)
    assert type(error) is kind
    assert str(error).startswith("users: Intercom answered 400 a_code: Words of Intercom (request r-1); ")
    assert advice in str(error)


@pytest.mark.parametrize(
    ("status", "code", "message", "remedy"),
    [
        (
            403,
            "forbidden",
            "Your workspace is hosted in Europe but you connected to United States",
            "set region to where",
        ),
        (401, "token_suspended", "Unauthorized token, suspended application", "the app is suspended: "),
        (402, "payment_required", "Your subscription has expired", "check the subscription and the plan"),
        (401, "token_revoked", "Unauthorized token", "check access_token: "),
        (403, "api_plan_restricted", "Active subscription needed.", 'give the app the permission "Read and list'),
    ],
)
def test_the_remedy_of_a_refused_access_fits_its_cause(status: int, code: str, message: str, remedy: str) -> None:
    body = f'{{"type":"error.list","errors":[{{"code":"{code}","message":"{message}"}}]}}'.encode()
    with pytest.raises(Refused) as refused:
        interpret(status, {}, body, NOW, ME_REQUEST)
    error = explain(refused.value, USERS)
    assert type(error) is AccessError
    assert f"; {remedy}" in str(error)


def test_what_a_version_has_no_more_is_told_in_one_line_with_where_it_is_now() -> None:
    with pytest.raises(Refused) as refused:
        interpret(410, {"Link": '</contacts/7>; rel="canonical"'}, b'{"errors":[{"code":"gone"}]}', NOW, ME_REQUEST)
    assert str(explain(refused.value, USERS)) == (
        'users: Intercom answered 410 gone: Gone (</contacts/7>; rel="canonical"); '
        "Intercom has it no more: set another api_version, or deselect users."
    )
    assert (
        explain(refused.value, USERS).exit_code == explain(Refused(Reason.VERSION, 400, "", "", None), USERS).exit_code
    )
    with pytest.raises(Refused, match=r"410: Gone$"):
        interpret(410, {}, b"", NOW, ME_REQUEST)


def test_a_setting_that_names_what_is_not_there_is_to_be_corrected() -> None:
    objects = next(stream for stream in STREAMS_V2 if stream.name == "custom_object_instances")
    error = explain(Refused(Reason.GONE, 404, "not_found", "Custom object type `Moon` not found", None), objects)
    assert type(error) is ConfigError
    assert str(error).endswith(
        "`Moon` not found; correct custom_object_types (for example "
        '"custom_object_types": ["Order"]), or deselect the stream.'
    )


def test_a_request_without_an_id_is_not_given_one() -> None:
    assert "(request" not in str(explain(Refused(Reason.INVALID, 400, "a", "b", None), USERS))


def test_the_stream_that_is_wanted_is_named_where_another_was_asked_for() -> None:
    refused = Refused(Reason.TOKEN, 401, "unauthorized", "Access Token Invalid", None)
    assert str(explain(refused, USERS, "user_parts")).startswith("user_parts: Intercom answered 401 ")


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (404, {}, b"<!DOCTYPE HTML><title>Error response</title>"),
        (404, {}, b""),
        (404, {}, b'{"detail":"Not Found"}'),
        (403, {}, b"Forbidden by the firewall"),
        (401, {}, b"<title>Login</title>"),
        (400, {}, b"<title>400 Bad Request</title>"),
    ],
)
def test_a_refusal_without_a_code_of_intercoms_may_be_another_servers(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises(Refused) as refused:
        interpret(status, headers, body, NOW, ME_REQUEST)
    said = str(explain(refused.value, USERS))
    assert said.startswith(f"users: the server answered {status}: ")
    assert "see that base_url is the address of its API" in said


def test_a_redirect_is_a_matter_of_the_address() -> None:
    assert "correct base_url" in str(explain(Refused(Reason.INVALID, 302, "", "Found", None), USERS))
