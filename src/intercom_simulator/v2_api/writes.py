"""Changes that Intercom's API offers and the simulator refuses: not as unknown, but as not simulated."""

from intercom_simulator.protocol.responses import ApiError, Request

ANY = "*"
# The paths of the OpenAPI files of 2.11, 2.14, 2.16 and Preview; a star stands for an id.
POSTED = (
    "ai/content_import_sources", "ai/external_pages", "articles", "articles/*/draft/publish", "articles/*/tags",
    "audiences", "companies", "companies/*/notes", "companies/bulk", "companies/bulk/delete", "companies/search",
    "contacts", "contacts/*/archive", "contacts/*/banners/*/dismiss", "contacts/*/block", "contacts/*/companies",
    "contacts/*/notes", "contacts/*/subscriptions", "contacts/*/tags", "contacts/*/unarchive", "contacts/bulk",
    "contacts/bulk/delete", "contacts/merge", "contacts/merge/preview", "content/bulk_actions", "content_snippets",
    "content_snippets/*/tags", "conversations", "conversations/*/convert", "conversations/*/customers",
    "conversations/*/merge", "conversations/*/parts", "conversations/*/reply", "conversations/*/run_assignment_rules",
    "conversations/*/tags", "conversations/attributes", "conversations/attributes/*/options", "conversations/redact",
    "custom_object_instances/*", "data_attributes", "data_connectors", "ecommerce/connectors/*/catalog", "events",
    "events/summaries", "fin/ask", "fin/capabilities", "fin/csat", "fin/escalate", "fin/procedures/*/run",
    "fin/reply", "fin/start", "fin_voice/register", "folders", "help_center/collections",
    "help_center/help_centers/*/redirects", "internal_articles", "internal_articles/*/tags", "messages",
    "news/news_items", "office_hours_schedules", "office_hours_schedules/*/office_hours_exceptions",
    "phone_call_redirects", "procedures/*/collect_agent_input", "secure_mode_secrets", "tags", "ticket_types",
    "ticket_types/*/attributes", "tickets", "tickets/*/change_type", "tickets/*/linked_conversations",
    "tickets/*/reply", "tickets/*/tags", "tickets/enqueue", "visitors/convert",
)  # fmt: skip
PUT = (
    "admins/*/away", "ai/content_import_sources/*", "ai/external_pages/*", "articles/*", "articles/*/draft",
    "audiences/*", "companies/*", "companies/bulk", "contacts/*", "contacts/bulk", "content_snippets/*",
    "conversations/*", "conversations/*/conversation_parts/*", "conversations/attributes/*",
    "conversations/attributes/*/options/*", "data_attributes/*", "folders/*", "help_center/collections/*",
    "internal_articles/*", "ip_allowlist", "news/news_items/*", "office_hours_schedules/*",
    "office_hours_schedules/*/office_hours_exceptions/*", "teams/*", "ticket_types/*", "ticket_types/*/attributes/*",
    "tickets/*", "visitors",
)  # fmt: skip
PATCHED = ("data_connectors/*",)
DELETED = (
    "ai/content_import_sources/*", "ai/external_pages/*", "articles/*", "articles/*/tags/*", "audiences/*",
    "companies/*", "contacts/*", "contacts/*/companies/*", "contacts/*/subscriptions/*", "contacts/*/tags/*",
    "content_snippets/*", "content_snippets/*/tags/*", "conversations/*", "conversations/*/customers/*",
    "conversations/*/tags/*", "conversations/attributes/*", "conversations/attributes/*/options/*",
    "custom_object_instances/*", "custom_object_instances/*/*", "data_connectors/*", "folders/*",
    "help_center/collections/*", "help_center/help_centers/*/redirects/*", "internal_articles/*",
    "internal_articles/*/tags/*", "news/news_items/*", "office_hours_schedules/*",
    "office_hours_schedules/*/office_hours_exceptions/*", "secure_mode_secrets/*", "tags/*", "tickets/*",
    "tickets/*/linked_conversations/*", "tickets/*/tags/*",
)  # fmt: skip
WRITES = {"POST": POSTED, "PUT": PUT, "PATCH": PATCHED, "DELETE": DELETED}
FORMER_WRITES = {  # of API 1.x only
    "POST": ("users", "users/bulk", "contacts/convert", "notes", "subscriptions"),
    "DELETE": ("users/*", "subscriptions/*"),
}


def check_simulated(request: Request) -> None:
    """Refuse a change that is not simulated. Raises ApiError."""
    patterns = (*WRITES.get(request.method, ()), *FORMER_WRITES.get(request.method, ()))
    if any(_matches(pattern.split("/"), request.segments) for pattern in patterns):
        message = f"The simulator only reads: {request.method} {request.path} is not simulated"
        raise ApiError(501, "not_simulated", message)


def _matches(pattern: list[str], segments: tuple[str, ...]) -> bool:
    same_length = len(pattern) == len(segments)
    return same_length and all(one in (ANY, other) for one, other in zip(pattern, segments, strict=True))
