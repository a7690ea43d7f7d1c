import pytest

from tap_intercom.advice import explain
from tap_intercom.errors import AccessError, ApiError, TapError, Unavailable
from tap_intercom.streams import STREAMS
from tap_intercom.wire import Reason, Refused

USERS = next(stream for stream in STREAMS if stream.name == "users")


@pytest.mark.parametrize(
    ("reason", "kind", "advice"),
    [
        (Reason.TOKEN, AccessError, "check access_token"),
        (Reason.DENIED, AccessError, '"Read and list users and companies"'),
        (Reason.LOST, Unavailable, "run again later"),
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


def test_a_request_without_an_id_is_not_given_one() -> None:
    assert "(request" not in str(explain(Refused(Reason.INVALID, 400, "a", "b", None), USERS))
