"""One contact, conversation or ticket by its id, and the errors for those that are gone."""

from intercom_simulator.protocol.responses import ApiError, Request
from intercom_simulator.protocol.view_options import NEWEST_MINOR, read_view_options
from intercom_simulator.store.collection import Entry
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v2_search.views import View


def contact(context: Context, request: Request) -> bytes:
    """GET /contacts/{id}."""
    return context.searchable.contacts.encoded(
        find_contact(context, request), read_view_options(request, context.behaviours)
    )


def find_contact(context: Context, request: Request, missing: str = "User Not Found") -> Entry:
    """Return the contact that the path names. Raises ApiError: 410 since 2.16 for a merged one, else 404."""
    searchable, identity = context.searchable, request.segments[1]
    entry = searchable.contacts.find(identity)
    if entry is None:
        raise _missing_contact(context, request, identity, missing)
    return entry


def contact_by_external_id(context: Context, request: Request) -> bytes:
    """GET /contacts/find_by_external_id/{external_id}: the same contact as by its own id."""
    searchable, wanted = context.searchable, request.segments[2]
    for entry in searchable.contacts:
        if searchable.external_id(entry.id) == wanted:
            return searchable.contacts.encoded(entry, read_view_options(request, context.behaviours))
    merged = next((one for one in searchable.links.merged if searchable.external_id(one) == wanted), "")
    raise _missing_contact(context, request, merged, "User Not Found")


def conversation(context: Context, request: Request) -> bytes:
    """GET /conversations/{id}: with its newest parts."""
    return _encoded(
        context, request, context.searchable.conversations, ApiError(404, "not_found", "Resource Not Found")
    )


def ticket(context: Context, request: Request) -> bytes:
    """GET /tickets/{id}."""
    return _encoded(context, request, context.searchable.tickets, ApiError(404, "ticket_not_found", "Ticket not found"))


def _encoded(context: Context, request: Request, view: View, missing: ApiError) -> bytes:
    entry = view.find(request.segments[1])
    if entry is None:
        raise missing
    return view.encoded(entry, read_view_options(request, context.behaviours, is_single=True))


def _missing_contact(context: Context, request: Request, identity: str, missing: str) -> ApiError:
    merged_into = context.searchable.links.merged_into(identity)
    child = request.segments[1] == identity and len(request.segments) > 2  # noqa: PLR2004 - /contacts/{id}/…
    is_explained = context.behaviours.merged_children == "410" or not child
    if (
        merged_into is not None
        and is_explained
        and read_view_options(request, context.behaviours).minor >= NEWEST_MINOR
    ):
        message = "This contact has been merged. See the 'Link' header for the canonical contact."
        return ApiError(410, "contact_merged", message, {"Link": f'</contacts/{merged_into}>; rel="canonical"'})
    return ApiError(404, "not_found", missing)
