"""The errors that tell an operator why Intercom refuses a stream, and what to do about it."""

from http import HTTPStatus
from typing import Final

from tap_intercom.api.types import Reason, Refused
from tap_intercom.errors import AccessError, ApiError, ConfigError, TapError, Unavailable, label_of
from tap_intercom.pagination.page_numbers import NamedListsPaginator
from tap_intercom.streams.model import Stream

NOT_INTERCOM: Final = (
    "no error of Intercom's looks so: see that base_url is the address of its API, or of a proxy to it"
)


def explain(refused: Refused, stream: Stream, name: str = "") -> TapError:
    """Make the error for a refusal: with the stream, Intercom's id of the request, and the remedy.

    `stream`: the one that was asked for.
    `name`: the stream that is wanted, where that is another one.
    """
    name = name or stream.name
    who = "the server" if refused.is_foreign else "Intercom"
    message = f"{name}: {who} answered {refused}"
    message += label_of(refused.request_id)
    if refused.is_foreign:
        message += f"; {NOT_INTERCOM}"
    match refused.reason:
        case Reason.TOKEN | Reason.DENIED:
            return AccessError(f"{message}; {_remedy_of_access(refused, stream)}.")
        case Reason.SCROLL_TAKEN | Reason.SCROLL_BROKEN:
            return Unavailable(f"{message}; run again later.")
        case Reason.VERSION:
            return ApiError(f"{message}; set api_version to one that has {name}, or deselect it.")
        case Reason.GONE:
            return _error_of_absence(refused, stream, message, name)
        case _:
            return ApiError(f"{message}; {_remedy(refused.status)}.")


def _remedy_of_access(refused: Refused, stream: Stream) -> str:
    """Say what to do about a token or an app that may not read something, by what Intercom says of the cause."""
    if "hosted in" in refused.message:
        return "set region to where the workspace is hosted: us, eu or au"
    if refused.code == "token_suspended":
        return "the app is suspended: enable it again in Intercom's Developer Hub, or use the token of another app"
    if refused.status == HTTPStatus.PAYMENT_REQUIRED:
        return "check the subscription and the plan of the workspace, or deselect the stream"
    if refused.reason is Reason.TOKEN:
        return "check access_token: it must be a valid token of this workspace, and region must be where that is hosted"
    return f'give the app the permission "{stream.permission}", check the plan, or deselect it'


def _remedy(status: int) -> str:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return "no redirect is followed: correct base_url, or see what stands between here and Intercom"
    return "run again; if it stays, set another api_version or deselect the stream, and report this"


def _error_of_absence(refused: Refused, stream: Stream, message: str, name: str) -> TapError:
    settings = [paginator.setting for paginator in stream.full_read if isinstance(paginator, NamedListsPaginator)]
    if settings:
        return ConfigError(
            f'{message}; correct {settings[0]} (for example "{settings[0]}": ["Order"]), or deselect the stream.'
        )
    if refused.status == HTTPStatus.GONE:
        return ApiError(f"{message}; Intercom has it no more: set another api_version, or deselect {name}.")
    return ApiError(f"{message}; set another api_version or deselect the stream, and report this.")
