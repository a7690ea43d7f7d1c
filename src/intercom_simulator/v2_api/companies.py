"""Companies, and what hangs on one contact or company: each of these a list of its own."""

from functools import partial

import msgspec

from intercom_simulator.protocol.responses import Call, Refusal, envelope
from intercom_simulator.protocol.view_options import Look, Record, look_of
from intercom_simulator.store.collection import Entry
from intercom_simulator.v1_api.context import LISTED, Desk, direction, first, in_segment, matching, tagged
from intercom_simulator.v1_api.page_numbers import positive
from intercom_simulator.v2_api.paging import Paging, numbered
from intercom_simulator.v2_api.search import body_of
from intercom_simulator.v2_api.single import find_contact
from intercom_simulator.v2_records import workspace_setup

LIST = ("list", "data")
ATTACHED = Paging("null", 50, 60)
COMPANIES = Paging("absent", 15, 60)
EMPLOYEES = Paging("absent", 50, 60)


def company(desk: Desk, call: Call) -> bytes:
    """GET /companies/{id}."""
    return _encoded(desk, find_company(desk, call))


def find_company(desk: Desk, call: Call) -> Entry:
    """Return the company that the path names. Raises Refusal when there is none."""
    entry = desk.world.companies.entries.get(call.segments[1])
    if entry is None:
        raise _missing_company()
    return entry


def companies(desk: Desk, call: Call) -> bytes:
    """GET /companies: a page of those with people in them; a company_id or a name finds one company."""
    asked, collection = call.parameters, desk.world.companies
    for field in ("company_id", "name"):
        if field in asked:
            found = matching(collection, list(collection.entries.values()), field, asked[field])
            return _encoded(desk, first(found, _missing_company()))
    return _company_page(desk, call)


def company_list(desk: Desk, call: Call) -> bytes:
    """POST /companies/list: pages may be asked for in the query or in the body."""
    body = {name: str(value) for name, value in body_of(call).items() if name in ("page", "per_page", "order")}
    return _company_page(desk, msgspec.structs.replace(call, parameters={**body, **call.parameters}))


def _company_page(desk: Desk, call: Call) -> bytes:
    asked, collection = call.parameters, desk.world.companies
    page, per_page = positive(asked, "page", 1), positive(asked, "per_page", COMPANIES.default)
    if desk.switches.page_cap and page * per_page > desk.switches.page_cap:
        raise Refusal(400, "bad_request", "page limit reached, please use scroll API")
    entries = collection.ordered("last_request_at")
    entries = in_segment(desk, collection, tagged(collection, entries, asked.get("tag_id")), asked.get("segment_id"))
    if direction(asked.get("order")):
        entries = entries[::-1]
    return numbered(call, entries, LIST, COMPANIES, partial(_encoded, desk))


def scroll(desk: Desk, call: Call) -> bytes:
    """GET /companies/scroll: open a walk, or take its next step."""
    now, param, collection = desk.world.clock.now(), call.parameters.get("scroll_param"), desk.world.companies
    if param:
        entries, param = desk.scrolls.go_on(collection, param, now, desk.switches)
    else:
        entries, param = desk.scrolls.open(collection, now, desk.switches)
    items = [_encoded(desk, entry) for entry in entries]
    return envelope(*LIST, items, pages=None, total_count=None, scroll_param=param)


def contact_companies(desk: Desk, call: Call) -> bytes:
    """GET /contacts/{id}/companies: a page of the companies themselves."""
    ids = desk.holdings.links.companies(find_contact(desk, call))
    return numbered(call, ids, LIST, ATTACHED, lambda one: _encoded(desk, desk.world.companies.entries[one]))


def contact_notes(desk: Desk, call: Call) -> bytes:
    """GET /contacts/{id}/notes: a page of them, newest first."""
    return numbered(call, desk.holdings.links.notes_about(find_contact(desk, call), "contact"), LIST, ATTACHED)


def company_notes(desk: Desk, call: Call) -> bytes:
    """GET /companies/{id}/notes: a page of them, newest first."""
    return numbered(call, desk.holdings.links.notes_about(find_company(desk, call), "company"), LIST, ATTACHED)


def contact_tags(desk: Desk, call: Call) -> bytes:
    """GET /contacts/{id}/tags: each with when it was applied and by whom."""
    entry, links = find_contact(desk, call), desk.holdings.links
    ids, tags = links.tags(entry), workspace_setup.tags(desk.holdings, Look(0))
    applied = [{**tag, **links.applied(entry, tag["id"])} for tag in tags if tag["id"] in ids]
    return envelope(*LIST, list(map(msgspec.json.encode, applied)))


def contact_segments(desk: Desk, call: Call) -> bytes:
    """GET /contacts/{id}/segments."""
    return _chosen(
        workspace_setup.segments(desk.holdings, Look(0)), desk.holdings.links.segments(find_contact(desk, call))
    )


def contact_subscriptions(desk: Desk, call: Call) -> bytes:
    """GET /contacts/{id}/subscriptions: those opted into, and those opted out of."""
    opted_in, opted_out = desk.holdings.links.subscriptions(find_contact(desk, call))
    return _chosen(workspace_setup.subscription_types(desk.holdings, Look(0)), [*opted_in, *opted_out])


def company_segments(desk: Desk, call: Call) -> bytes:
    """GET /companies/{id}/segments."""
    ids = desk.holdings.links.company_segments(find_company(desk, call))
    return _chosen(workspace_setup.company_segments(desk.holdings, Look(0)), ids)


def company_contacts(desk: Desk, call: Call) -> bytes:
    """GET /companies/{id}/contacts: a page of the contacts themselves."""
    holdings, look = desk.holdings, look_of(call, desk.switches)
    ids = holdings.links.employees(find_company(desk, call).id)
    users = desk.world.users.entries
    return numbered(call, ids, LIST, EMPLOYEES, lambda one: holdings.contacts.encoded(users[one], look))


def _encoded(desk: Desk, entry: Entry) -> bytes:
    return desk.world.companies.encoded(entry, LISTED)


def _chosen(records: list[Record], ids: list[str]) -> bytes:
    return envelope(*LIST, [msgspec.json.encode(record) for record in records if record["id"] in ids])


def _missing_company() -> Refusal:
    return Refusal(404, "company_not_found", "Company Not Found")
