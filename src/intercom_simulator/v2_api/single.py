"""One contact, conversation or ticket by its id, and what is said of one that is no more."""

from intercom_simulator.protocol.responses import Call, Refusal
from intercom_simulator.protocol.view_options import NEWEST, view_options_of
from intercom_simulator.store.collection import Entry
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v2_search.views import View


def contact(context: Context, call: Call) -> bytes:
    """GET /contacts/{id}: a merged one is gone, and says where it went."""
    return context.searchable.contacts.encoded(find_contact(context, call), view_options_of(call, context.switches))


def find_contact(context: Context, call: Call, missing: str = "User Not Found") -> Entry:
    """Return the contact that the path names. Raises Refusal: 410 from 2.16 on for a merged one, else 404."""
    searchable, identity = context.searchable, call.segments[1]
    entry = searchable.contacts.find(identity)
    if entry is None:
        raise _gone(context, call, identity, missing)
    return entry


def contact_by_external_id(context: Context, call: Call) -> bytes:
    """GET /contacts/find_by_external_id/{external_id}: the same contact as by its own id."""
    searchable, wanted = context.searchable, call.segments[2]
    for entry in searchable.contacts:
        if searchable.external_id(entry.id) == wanted:
            return searchable.contacts.encoded(entry, view_options_of(call, context.switches))
    merged = next((one for one in searchable.links.merged if searchable.external_id(one) == wanted), "")
    raise _gone(context, call, merged, "User Not Found")


def conversation(context: Context, call: Call) -> bytes:
    """GET /conversations/{id}: with its newest parts."""
    return _one(context, call, context.searchable.conversations, Refusal(404, "not_found", "Resource Not Found"))


def ticket(context: Context, call: Call) -> bytes:
    """GET /tickets/{id}."""
    return _one(context, call, context.searchable.tickets, Refusal(404, "ticket_not_found", "Ticket not found"))


def _one(context: Context, call: Call, view: View, missing: Refusal) -> bytes:
    entry = view.find(call.segments[1])
    if entry is None:
        raise missing
    return view.encoded(entry, view_options_of(call, context.switches, alone=True))


def _gone(context: Context, call: Call, identity: str, missing: str) -> Refusal:
    survivor = context.searchable.links.survivor(identity)
    child = call.segments[1] == identity and len(call.segments) > 2  # noqa: PLR2004 - /contacts/{id}/…
    told = context.switches.merged_children == "410" or not child
    if survivor is not None and told and view_options_of(call, context.switches).minor >= NEWEST:
        message = "This contact has been merged. See the 'Link' header for the canonical contact."
        return Refusal(410, "contact_merged", message, {"Link": f'</contacts/{survivor}>; rel="canonical"'})
    return Refusal(404, "not_found", missing)
