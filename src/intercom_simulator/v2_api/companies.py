"""Companies, and the lists that belong to one contact or one company."""

from collections.abc import Callable

import msgspec

from intercom_simulator.protocol.responses import ApiError, Request, envelope
from intercom_simulator.protocol.view_options import Record, ViewOptions, read_view_options
from intercom_simulator.store.collection import Entry
from intercom_simulator.v1_api.context import (
    Context,
    filter_by_segment,
    filter_by_tag,
    filter_by_value,
    first_entry,
    is_descending,
)
from intercom_simulator.v1_api.page_numbers import positive_integer
from intercom_simulator.v2_api.member_filters import served_value
from intercom_simulator.v2_api.paging import Paging, numbered_page
from intercom_simulator.v2_api.search import json_body
from intercom_simulator.v2_api.single import find_contact
from intercom_simulator.v2_records import workspace_setup

LIST_KEYS = ("list", "data")
ATTACHED_PAGING = Paging("null", 50, 60)
COMPANY_PAGING = Paging("absent", 15, 60)
CONTACTS_PAGING = Paging("absent", 50, 60)


def company(context: Context, request: Request) -> bytes:
    """GET /companies/{id}."""
    return _encoder(context, request)(find_company(context, request))


def find_company(context: Context, request: Request) -> Entry:
    """Return the company that the path names. Raises ApiError when there is none."""
    entry = context.world.companies.entries.get(request.segments[1])
    if entry is None:
        raise _missing_company()
    return entry


def companies(context: Context, request: Request) -> bytes:
    """GET /companies: a page of those with people in them; with company_id or name one company."""
    parameters, collection = request.parameters, context.world.companies
    for field in ("company_id", "name"):
        if field in parameters:
            found = filter_by_value(collection, list(collection.entries.values()), field, parameters[field])
            return _encoder(context, request)(first_entry(found, _missing_company()))
    return _company_page(context, request)


def company_list(context: Context, request: Request) -> bytes:
    """POST /companies/list: page, per_page and order come in the query or in the body."""
    body = {name: str(value) for name, value in json_body(request).items() if name in ("page", "per_page", "order")}
    return _company_page(context, msgspec.structs.replace(request, parameters={**body, **request.parameters}))


def _company_page(context: Context, request: Request) -> bytes:
    parameters, collection = request.parameters, context.world.companies
    page, per_page = (
        positive_integer(parameters, "page", 1),
        positive_integer(parameters, "per_page", COMPANY_PAGING.default_per_page),
    )
    if context.behaviours.page_cap and page * per_page > context.behaviours.page_cap:
        raise ApiError(400, "bad_request", "page limit reached, please use scroll API")
    tag, segment = (served_value(context, field, parameters.get(field)) for field in ("tag_id", "segment_id"))
    entries = filter_by_tag(collection, collection.ordered("last_request_at"), tag)
    entries = filter_by_segment(context, entries, segment)
    if is_descending(parameters.get("order")):
        entries = entries[::-1]
    return numbered_page(request, entries, LIST_KEYS, COMPANY_PAGING, _encoder(context, request))


def scroll(context: Context, request: Request) -> bytes:
    """GET /companies/scroll: open a scroll, or return its next page."""
    now, param, collection = context.world.clock.now(), request.parameters.get("scroll_param"), context.world.companies
    entries, param = context.scrolls.read(collection, param, now, context.behaviours)
    items = list(map(_encoder(context, request), entries))
    return envelope(*LIST_KEYS, items, pages=None, total_count=None, scroll_param=param)


def contact_companies(context: Context, request: Request) -> bytes:
    """GET /contacts/{id}/companies: a page of whole companies."""
    known, links = context.world.companies.entries, context.searchable.links
    entries = [known[one] for one in links.companies(find_contact(context, request))]
    return numbered_page(request, entries, LIST_KEYS, ATTACHED_PAGING, _encoder(context, request))


def contact_notes(context: Context, request: Request) -> bytes:
    """GET /contacts/{id}/notes: a page, newest first."""
    return numbered_page(
        request,
        context.searchable.links.notes_about(find_contact(context, request), "contact"),
        LIST_KEYS,
        ATTACHED_PAGING,
    )


def company_notes(context: Context, request: Request) -> bytes:
    """GET /companies/{id}/notes: a page, newest first."""
    return numbered_page(
        request,
        context.searchable.links.notes_about(find_company(context, request), "company"),
        LIST_KEYS,
        ATTACHED_PAGING,
    )


def contact_tags(context: Context, request: Request) -> bytes:
    """GET /contacts/{id}/tags: each with when it was applied and by whom."""
    entry, links = find_contact(context, request), context.searchable.links
    ids, tags = links.tags(entry), workspace_setup.tags(context.searchable, ViewOptions(0))
    tag_application = [{**tag, **links.tag_application(entry, tag["id"])} for tag in tags if tag["id"] in ids]
    return envelope(*LIST_KEYS, list(map(msgspec.json.encode, tag_application)))


def contact_segments(context: Context, request: Request) -> bytes:
    """GET /contacts/{id}/segments."""
    return _with_ids(
        workspace_setup.segments(context.searchable, ViewOptions(0)),
        context.searchable.links.segments(find_contact(context, request)),
    )


def contact_subscriptions(context: Context, request: Request) -> bytes:
    """GET /contacts/{id}/subscriptions: those opted into and those opted out of."""
    opted_in, opted_out = context.searchable.links.subscriptions(find_contact(context, request))
    return _with_ids(workspace_setup.subscription_types(context.searchable, ViewOptions(0)), [*opted_in, *opted_out])


def company_segments(context: Context, request: Request) -> bytes:
    """GET /companies/{id}/segments."""
    ids = context.searchable.links.company_segments(find_company(context, request))
    return _with_ids(workspace_setup.company_segments(context.searchable, ViewOptions(0)), ids)


def company_contacts(context: Context, request: Request) -> bytes:
    """GET /companies/{id}/contacts: a page of whole contacts."""
    searchable, options = context.searchable, read_view_options(request, context.behaviours)
    ids = searchable.links.contacts_of_company(find_company(context, request).id)
    users = context.world.users.entries
    return numbered_page(
        request, ids, LIST_KEYS, CONTACTS_PAGING, lambda one: searchable.contacts.encoded(users[one], options)
    )


def _encoder(context: Context, request: Request) -> Callable[[Entry], bytes]:
    options = read_view_options(request, context.behaviours)
    return lambda entry: context.searchable.companies.encoded(entry, ViewOptions(options.minor))


def _with_ids(records: list[Record], ids: list[str]) -> bytes:
    return envelope(*LIST_KEYS, [msgspec.json.encode(record) for record in records if record["id"] in ids])


def _missing_company() -> ApiError:
    return ApiError(404, "company_not_found", "Company Not Found")
