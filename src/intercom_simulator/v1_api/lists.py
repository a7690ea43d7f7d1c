"""The four lists of API 1.4 with page numbers and their scrolls; each has its own sorting and filters."""

from intercom_simulator.protocol.responses import ApiError, Request, envelope
from intercom_simulator.store.collection import Collection, Entry
from intercom_simulator.v1_api.context import (
    LISTED,
    SINGLE,
    Context,
    filter_by_age,
    filter_by_segment,
    filter_by_tag,
    filter_by_value,
    first_entry,
    form_of,
    is_descending,
    sort_field,
)  # fmt: skip
from intercom_simulator.v1_api.page_numbers import ListFormat, page_body

PEOPLE_SORTS = ("created_at", "last_request_at", "signed_up_at", "updated_at")
COMPANY_SORTS = ("updated_at", "last_request_at")
CONVERSATION_SORTS = ("created_at", "updated_at", "waiting_since")


def users(context: Context, request: Request) -> bytes:
    """GET /users: sorted and filtered; with email or phone users and leads; with user_id one user."""
    parameters, world, behaviours = request.parameters, context.world, context.behaviours
    if "user_id" in parameters:
        found = filter_by_value(world.users, list(world.users), "user_id", parameters["user_id"])
        return world.users.encoded(first_entry(found, ApiError(404, "not_found", "User Not Found")), SINGLE)
    if "email" in parameters or "phone" in parameters:
        return _by_email_or_phone(request, (world.users, world.leads), "user.list", "users")
    field = sort_field(parameters.get("sort"), PEOPLE_SORTS, "created_at")
    entries = world.users.ordered(field)
    if behaviours.users_created_since:
        entries = filter_by_age(entries, "created_at", parameters.get("created_since"), world.clock.now())
    if behaviours.users_updated_since:
        entries = filter_by_age(entries, "updated_at", parameters.get("updated_since"), world.clock.now())
    entries = _filtered(context, world.users, entries, request)
    list_format = ListFormat(kind="user.list", key="users", per_page=50, cap=behaviours.page_cap)
    return page_body(
        request,
        list_format,
        world.users,
        entries,
        descending=is_descending(parameters.get("order")),
        behaviours=behaviours,
    )


def leads(context: Context, request: Request) -> bytes:
    """GET /contacts: newest first; sort and filters count only where a switch says so."""
    parameters, world, behaviours = request.parameters, context.world, context.behaviours
    if "user_id" in parameters:
        found = filter_by_value(world.leads, list(world.leads), "user_id", parameters["user_id"])
        return world.leads.encoded(first_entry(found, ApiError(404, "not_found", "Contact not found")), SINGLE)
    if "email" in parameters or "phone" in parameters:
        return _by_email_or_phone(request, (world.leads,), "contact.list", "contacts")
    field, descending = "created_at", True
    if behaviours.leads_sort:
        field, descending = (
            sort_field(parameters.get("sort"), PEOPLE_SORTS, "created_at"),
            is_descending(parameters.get("order")),
        )
    entries = world.leads.ordered(field)
    if behaviours.leads_created_since:
        entries = filter_by_age(entries, "created_at", parameters.get("created_since"), world.clock.now())
    if behaviours.leads_updated_since:
        entries = filter_by_age(entries, "updated_at", parameters.get("updated_since"), world.clock.now())
    entries = _filtered(context, world.leads, entries, request)
    list_format = ListFormat(
        kind="contact.list",
        key="contacts",
        per_page=50,
        cap=behaviours.page_cap,
        beyond_is_error=behaviours.leads_page_beyond_end == "error",
    )
    return page_body(request, list_format, world.leads, entries, descending=descending, behaviours=behaviours)


def companies(context: Context, request: Request) -> bytes:
    """GET /companies: those with people in them; with company_id or name one company."""
    parameters, world, behaviours = request.parameters, context.world, context.behaviours
    for field in ("company_id", "name"):
        if field in parameters:
            found = filter_by_value(world.companies, list(world.companies.entries.values()), field, parameters[field])
            missing = ApiError(404, "company_not_found", "Company Not Found")
            return world.companies.encoded(first_entry(found, missing), SINGLE)
    entries = world.companies.ordered(sort_field(parameters.get("sort"), COMPANY_SORTS, "last_request_at"))
    entries = _filtered(context, world.companies, entries, request)
    list_format = ListFormat(kind="company.list", key="companies", per_page=15, cap=behaviours.page_cap)
    descending = is_descending(parameters.get("order"))
    return page_body(request, list_format, world.companies, entries, descending=descending, behaviours=behaviours)


def conversations(context: Context, request: Request) -> bytes:
    """GET /conversations: all, or an admin's or a person's, for which `order` names the field and `sort` the order."""
    parameters, owner_type = request.parameters, request.parameters.get("type")
    field_text, order_text = parameters.get("sort"), parameters.get("order")
    if owner_type in ("admin", "user"):
        field_text, order_text = order_text, field_text
    field = sort_field(field_text, CONVERSATION_SORTS, "updated_at")
    list_format = ListFormat(
        kind="conversation.list",
        key="conversations",
        per_page=20,
        counted=False,
        cap=context.behaviours.conversations_page_cap,
    )
    return page_body(
        request,
        list_format,
        context.world.conversations,
        _conversations_of(context, request, owner_type, field),
        descending=order_text in (None, "", "desc"),  # an unknown order is no error: the list comes ascending
        behaviours=context.behaviours,
        form=form_of(request, is_single=False),
    )


def scroll(context: Context, request: Request, collection: Collection, kind: str, key: str) -> bytes:
    """GET /users/scroll, /contacts/scroll or /companies/scroll: open a scroll, or return its next page."""
    now, param = context.world.clock.now(), request.parameters.get("scroll_param")
    entries, param = context.scrolls.read(collection, param, now, context.behaviours)
    items = [collection.encoded(entry, LISTED) for entry in entries]
    return envelope(kind, key, items, scroll_param=param)


def _conversations_of(context: Context, request: Request, owner_type: str | None, field: str) -> list[Entry]:
    collection = context.world.conversations
    entries = collection.ordered(field)
    if field == "waiting_since":
        entries = [entry for entry in entries if _is_waiting(collection, entry)]
    if owner_type == "admin":
        return _of_admin(collection, entries, request)
    return _of_person(context, entries, request) if owner_type == "user" else entries


def _filtered(context: Context, collection: Collection, entries: list[Entry], request: Request) -> list[Entry]:
    parameters = request.parameters
    tagged = filter_by_tag(collection, entries, parameters.get("tag_id"))
    return filter_by_segment(context, tagged, parameters.get("segment_id"))


def _by_email_or_phone(request: Request, collections: tuple[Collection, ...], kind: str, key: str) -> bytes:
    parameters, items = request.parameters, []
    for collection in collections:
        entries = filter_by_value(collection, list(collection), "email", parameters.get("email"))
        entries = filter_by_value(collection, entries, "phone", parameters.get("phone"))
        items += [collection.encoded(entry, LISTED) for entry in entries]
    pages = {"type": "pages", "next": None, "page": 1, "per_page": 50, "total_pages": -(-len(items) // 50)}
    return envelope(kind, key, items[:50], pages=pages, total_count=len(items), limited=False)


def _is_waiting(collection: Collection, entry: Entry) -> bool:
    record = collection.content(entry)
    return record["state"] != "closed" and record["waiting_since"] is not None


def _of_admin(collection: Collection, entries: list[Entry], request: Request) -> list[Entry]:
    parameters = request.parameters
    if "admin_id" not in parameters:
        raise ApiError(400, "parameter_not_found", "admin_id is required for type admin")
    wanted = (
        {"type": "nobody_admin", "id": None}
        if parameters["admin_id"] == "nobody"
        else {"type": "admin", "id": parameters["admin_id"]}
    )
    kept = [entry for entry in entries if collection.content(entry)["assignee"] == wanted]
    return _with_flag(collection, kept, "open", parameters.get("open"), {"true": True, "false": False})


def _of_person(context: Context, entries: list[Entry], request: Request) -> list[Entry]:
    person, collection = _person(context, request), context.world.conversations
    kept = [
        entry for entry in entries if person in (mention["id"] for mention in collection.content(entry)["customers"])
    ]
    return _with_flag(collection, kept, "read", request.parameters.get("unread"), {"true": False, "false": True})


def _with_flag(
    collection: Collection, entries: list[Entry], field: str, text: str | None, values: dict[str, bool]
) -> list[Entry]:
    if text not in values:
        return entries
    return [entry for entry in entries if collection.content(entry)[field] is values[text]]


def _person(context: Context, request: Request) -> str:
    parameters = request.parameters
    if "intercom_user_id" in parameters:
        return parameters["intercom_user_id"]
    for field in ("user_id", "email"):
        if field in parameters:
            for collection in (context.world.users, context.world.leads):
                for entry in filter_by_value(collection, list(collection), field, parameters[field]):
                    return entry.id
            raise ApiError(404, "not_found", "User Not Found")
    raise ApiError(400, "parameter_not_found", "intercom_user_id, user_id or email is required for type user")
