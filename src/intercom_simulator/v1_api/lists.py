"""The four page-numbered collections of API 1.4 and their scrolls, each with its own idea of sorting and filtering."""

from intercom_simulator.protocol.responses import ApiError, Request, envelope
from intercom_simulator.store.collection import Collection, Entry
from intercom_simulator.v1_api.context import (
    LISTED,
    SINGLE,
    Context,
    direction,
    first,
    form_of,
    in_segment,
    matching,
    since,
    sort_field,
    tagged,
)  # fmt: skip
from intercom_simulator.v1_api.page_numbers import Listing, page_answer

PEOPLE_SORTS = ("created_at", "last_request_at", "signed_up_at", "updated_at")
COMPANY_SORTS = ("updated_at", "last_request_at")
CONVERSATION_SORTS = ("created_at", "updated_at", "waiting_since")


def users(context: Context, request: Request) -> bytes:
    """GET /users: sorted as asked; an email or phone finds leads too; a user_id finds one user."""
    asked, world, behaviours = request.parameters, context.world, context.behaviours
    if "user_id" in asked:
        found = matching(world.users, list(world.users), "user_id", asked["user_id"])
        return world.users.encoded(first(found, ApiError(404, "not_found", "User Not Found")), SINGLE)
    if "email" in asked or "phone" in asked:
        return _by_address(context, request, (world.users, world.leads), "user.list", "users")
    field = sort_field(asked.get("sort"), PEOPLE_SORTS, "created_at")
    entries = world.users.ordered(field)
    if behaviours.users_created_since:
        entries = since(entries, "created_at", asked.get("created_since"), world.clock.now())
    if behaviours.users_updated_since:
        entries = since(entries, "updated_at", asked.get("updated_since"), world.clock.now())
    entries = _filtered(context, world.users, entries, request)
    listing = Listing(kind="user.list", key="users", per_page=50, cap=behaviours.page_cap)
    return page_answer(
        request, listing, world.users, entries, descending=direction(asked.get("order")), behaviours=behaviours
    )


def leads(context: Context, request: Request) -> bytes:
    """GET /contacts: newest first whatever is asked, unless the switches have it honour sort and filters."""
    asked, world, behaviours = request.parameters, context.world, context.behaviours
    if "user_id" in asked:
        found = matching(world.leads, list(world.leads), "user_id", asked["user_id"])
        return world.leads.encoded(first(found, ApiError(404, "not_found", "Contact not found")), SINGLE)
    if "email" in asked or "phone" in asked:
        return _by_address(context, request, (world.leads,), "contact.list", "contacts")
    field, descending = "created_at", True
    if behaviours.leads_sort:
        field, descending = sort_field(asked.get("sort"), PEOPLE_SORTS, "created_at"), direction(asked.get("order"))
    entries = world.leads.ordered(field)
    if behaviours.leads_created_since:
        entries = since(entries, "created_at", asked.get("created_since"), world.clock.now())
    if behaviours.leads_updated_since:
        entries = since(entries, "updated_at", asked.get("updated_since"), world.clock.now())
    entries = _filtered(context, world.leads, entries, request)
    listing = Listing(
        kind="contact.list",
        key="contacts",
        per_page=50,
        cap=behaviours.page_cap,
        beyond_is_error=behaviours.leads_page_beyond_end == "error",
    )
    return page_answer(request, listing, world.leads, entries, descending=descending, behaviours=behaviours)


def companies(context: Context, request: Request) -> bytes:
    """GET /companies: those with people in them; a company_id or a name finds one company."""
    asked, world, behaviours = request.parameters, context.world, context.behaviours
    for field in ("company_id", "name"):
        if field in asked:
            found = matching(world.companies, list(world.companies.entries.values()), field, asked[field])
            missing = ApiError(404, "company_not_found", "Company Not Found")
            return world.companies.encoded(first(found, missing), SINGLE)
    entries = world.companies.ordered(sort_field(asked.get("sort"), COMPANY_SORTS, "last_request_at"))
    entries = _filtered(context, world.companies, entries, request)
    listing = Listing(kind="company.list", key="companies", per_page=15, cap=behaviours.page_cap)
    descending = direction(asked.get("order"))
    return page_answer(request, listing, world.companies, entries, descending=descending, behaviours=behaviours)


def conversations(context: Context, request: Request) -> bytes:
    """GET /conversations: all, an admin's or a person's; for those two, order names the field and sort the way."""
    asked, whose = request.parameters, request.parameters.get("type")
    field_text, way = asked.get("sort"), asked.get("order")
    if whose in ("admin", "user"):
        field_text, way = way, field_text
    field = sort_field(field_text, CONVERSATION_SORTS, "updated_at")
    listing = Listing(
        kind="conversation.list",
        key="conversations",
        per_page=20,
        counted=False,
        cap=context.behaviours.conversations_page_cap,
    )
    return page_answer(
        request,
        listing,
        context.world.conversations,
        _conversations_of(context, request, whose, field),
        descending=way in (None, "", "desc"),  # an unknown order is no error: the list comes ascending
        behaviours=context.behaviours,
        form=form_of(request, is_single=False),
    )


def scroll(context: Context, request: Request, collection: Collection, kind: str, key: str) -> bytes:
    """GET /users/scroll and its like: open a walk, or take its next step."""
    now, param = context.world.clock.now(), request.parameters.get("scroll_param")
    if param:
        entries, param = context.scrolls.continue_scroll(collection, param, now, context.behaviours)
    else:
        entries, param = context.scrolls.open(collection, now, context.behaviours)
    items = [collection.encoded(entry, LISTED) for entry in entries]
    return envelope(kind, key, items, scroll_param=param)


def _conversations_of(context: Context, request: Request, whose: str | None, field: str) -> list[Entry]:
    collection = context.world.conversations
    entries = collection.ordered(field)
    if field == "waiting_since":
        entries = [entry for entry in entries if _waits(collection, entry)]
    if whose == "admin":
        return _of_admin(collection, entries, request)
    return _of_person(context, entries, request) if whose == "user" else entries


def _filtered(context: Context, collection: Collection, entries: list[Entry], request: Request) -> list[Entry]:
    asked = request.parameters
    return in_segment(context, collection, tagged(collection, entries, asked.get("tag_id")), asked.get("segment_id"))


def _by_address(context: Context, request: Request, searched: tuple[Collection, ...], kind: str, key: str) -> bytes:
    asked, items = request.parameters, []
    for collection in searched:
        entries = matching(collection, list(collection), "email", asked.get("email"))
        entries = matching(collection, entries, "phone", asked.get("phone"))
        items += [collection.encoded(entry, LISTED) for entry in entries]
    pages = {"type": "pages", "next": None, "page": 1, "per_page": 50, "total_pages": -(-len(items) // 50)}
    del context
    return envelope(kind, key, items[:50], pages=pages, total_count=len(items), limited=False)


def _waits(collection: Collection, entry: Entry) -> bool:
    record = collection.content(entry)
    return record["state"] != "closed" and record["waiting_since"] is not None


def _of_admin(collection: Collection, entries: list[Entry], request: Request) -> list[Entry]:
    asked = request.parameters
    if "admin_id" not in asked:
        raise ApiError(400, "parameter_not_found", "admin_id is required for type admin")
    wanted = (
        {"type": "nobody_admin", "id": None}
        if asked["admin_id"] == "nobody"
        else {"type": "admin", "id": asked["admin_id"]}
    )
    kept = [entry for entry in entries if collection.content(entry)["assignee"] == wanted]
    return _where(collection, kept, "open", asked.get("open"), {"true": True, "false": False})


def _of_person(context: Context, entries: list[Entry], request: Request) -> list[Entry]:
    person, collection = _person(context, request), context.world.conversations
    kept = [
        entry for entry in entries if person in (mention["id"] for mention in collection.content(entry)["customers"])
    ]
    return _where(collection, kept, "read", request.parameters.get("unread"), {"true": False, "false": True})


def _where(
    collection: Collection, entries: list[Entry], field: str, text: str | None, meanings: dict[str, bool]
) -> list[Entry]:
    if text not in meanings:
        return entries
    return [entry for entry in entries if collection.content(entry)[field] is meanings[text]]


def _person(context: Context, request: Request) -> str:
    asked = request.parameters
    if "intercom_user_id" in asked:
        return asked["intercom_user_id"]
    for field in ("user_id", "email"):
        if field in asked:
            for collection in (context.world.users, context.world.leads):
                for entry in matching(collection, list(collection), field, asked[field]):
                    return entry.id
            raise ApiError(404, "not_found", "User Not Found")
    raise ApiError(400, "parameter_not_found", "intercom_user_id, user_id or email is required for type user")
