"""One contact, conversation or ticket by its id, and what is said of one that is no more."""

from intercom_simulator.protocol.responses import Call, Refusal
from intercom_simulator.protocol.view_options import NEWEST, look_of
from intercom_simulator.store.collection import Entry
from intercom_simulator.v1_api.context import Desk
from intercom_simulator.v2_search.views import View


def contact(desk: Desk, call: Call) -> bytes:
    """GET /contacts/{id}: a merged one is gone, and says where it went."""
    return desk.holdings.contacts.encoded(find_contact(desk, call), look_of(call, desk.switches))


def find_contact(desk: Desk, call: Call, missing: str = "User Not Found") -> Entry:
    """Return the contact that the path names. Raises Refusal: 410 from 2.16 on for a merged one, else 404."""
    holdings, identity = desk.holdings, call.segments[1]
    entry = holdings.contacts.find(identity)
    if entry is None:
        raise _gone(desk, call, identity, missing)
    return entry


def contact_by_external_id(desk: Desk, call: Call) -> bytes:
    """GET /contacts/find_by_external_id/{external_id}: the same contact as by its own id."""
    holdings, wanted = desk.holdings, call.segments[2]
    for entry in holdings.contacts:
        if holdings.external_id(entry.id) == wanted:
            return holdings.contacts.encoded(entry, look_of(call, desk.switches))
    merged = next((one for one in holdings.links.merged if holdings.external_id(one) == wanted), "")
    raise _gone(desk, call, merged, "User Not Found")


def conversation(desk: Desk, call: Call) -> bytes:
    """GET /conversations/{id}: with its newest parts."""
    return _one(desk, call, desk.holdings.conversations, Refusal(404, "not_found", "Resource Not Found"))


def ticket(desk: Desk, call: Call) -> bytes:
    """GET /tickets/{id}."""
    return _one(desk, call, desk.holdings.tickets, Refusal(404, "ticket_not_found", "Ticket not found"))


def _one(desk: Desk, call: Call, view: View, missing: Refusal) -> bytes:
    entry = view.find(call.segments[1])
    if entry is None:
        raise missing
    return view.encoded(entry, look_of(call, desk.switches, alone=True))


def _gone(desk: Desk, call: Call, identity: str, missing: str) -> Refusal:
    survivor = desk.holdings.links.survivor(identity)
    child = call.segments[1] == identity and len(call.segments) > 2  # noqa: PLR2004 - /contacts/{id}/…
    told = desk.switches.merged_children == "410" or not child
    if survivor is not None and told and look_of(call, desk.switches).minor >= NEWEST:
        message = "This contact has been merged. See the 'Link' header for the canonical contact."
        return Refusal(410, "contact_merged", message, {"Link": f'</contacts/{survivor}>; rel="canonical"'})
    return Refusal(404, "not_found", missing)
