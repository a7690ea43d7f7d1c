"""The behaviours of Intercom that no source settles: one switch each (`--switch`), with the value that is assumed."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from intercom_simulator.protocol.versions import ALL_VERSIONS, NEWEST_VERSION


class Behaviours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The values of all switches; each field's description says what its values do."""

    app_version: Annotated[
        str, Meta(description="API version of a request without Intercom-Version header; a new app has the newest")
    ] = NEWEST_VERSION
    version_1_4: Annotated[
        Literal["served", "refused", "unknown"],
        Meta(
            description="all of API 1.x; refused: every request gets 400 intercom_version_invalid, whatever its path; "
            "unknown: the same, in the words for a version that does not exist"
        ),
    ] = "served"
    users_created_since: Annotated[bool, Meta(description="/users filters by created_since (days)")] = True
    users_updated_since: Annotated[
        bool, Meta(description="/users filters by the undocumented updated_since (days)")
    ] = True
    leads_sort: Annotated[bool, Meta(description="/contacts honours sort and order")] = False
    leads_created_since: Annotated[bool, Meta(description="/contacts filters by created_since (days)")] = False
    leads_updated_since: Annotated[bool, Meta(description="/contacts filters by updated_since (days)")] = False
    max_per_page: Annotated[int, Meta(ge=1, description="the largest per_page of a list")] = 60
    per_page_over_max: Annotated[
        Literal["reject", "clamp"], Meta(description="a larger per_page: 400 parameter_invalid, or the maximum")
    ] = "reject"
    page_most: Annotated[
        int, Meta(ge=0, description="the most records in a page, whatever is asked for; 0: as many as asked for")
    ] = 0
    page_cap: Annotated[int, Meta(ge=0, description="records reachable by page on users, leads, companies; 0: all")] = (
        10000
    )
    conversations_page_cap: Annotated[int, Meta(ge=0, description="the same for conversations; 0: all")] = 0
    leads_page_beyond_end: Annotated[
        Literal["error", "empty"],
        Meta(description="/contacts beyond its last page: 400 parameter_invalid, or an empty page"),
    ] = "error"
    last_page_next: Annotated[Literal["null", "absent"], Meta(description="pages.next on the last page")] = "null"
    scroll_end: Annotated[
        Literal["empty", "404"], Meta(description="404: no empty page after the last records (as Qlik describes it)")
    ] = "empty"
    scroll_slot: Annotated[
        Literal["shared", "separate"], Meta(description="one open scroll in the workspace, or one for each resource")
    ] = "shared"
    scroll_param: Annotated[
        Literal["stays", "changes"], Meta(description="changes: a new scroll_param on every page, the old one is void")
    ] = "stays"
    scroll_expiry_seconds: Annotated[float, Meta(gt=0, description="idle seconds after which a scroll is gone")] = 60.0
    scroll_broken_slot: Annotated[
        Literal["freed", "taken"],
        Meta(description="the slot after the 500 that asks to restart: freed, or taken until expiry"),
    ] = "freed"
    tag_ids: Annotated[Literal["string", "int"], Meta(description="the type of tags' ids")] = "string"
    admin_avatar: Annotated[
        Literal["object", "text"],
        Meta(description="an admin's avatar: an object, or from 2.12 on its address, as OpenAPI says"),
    ] = "object"
    odd_times: Annotated[
        bool,
        Meta(
            description="a few times that callers supply come as texts, in milliseconds, of the year 1 or far future; "
            "the documents know whole seconds only"
        ),
    ] = False
    tags_null: Annotated[bool, Meta(description="a few users have tags: null; the documents know lists only")] = False
    part_cap: Annotated[int, Meta(ge=0, description="most recent parts served with a conversation; 0: all")] = 0
    data_attributes_path: Annotated[
        Literal["query", "path", "both"],
        Meta(description="1.4 knows /data_attributes?model=…, /data_attributes/…, or both"),
    ] = "query"
    timezone: Annotated[str, Meta(description="the workspace's time zone, told by /me")] = "America/Los_Angeles"
    search_lag_seconds: Annotated[float, Meta(ge=0, description="2.x: seconds until a search knows of a change")] = 0.0
    search_bounds: Annotated[
        Literal["strict", "inclusive"],
        Meta(description="2.x: whether > and < find the moment itself on conversations and tickets"),
    ] = "strict"
    newest_parts: Annotated[
        int, Meta(ge=1, description="2.x: most recent parts served with a conversation or ticket")
    ] = 500
    export_seconds: Annotated[float, Meta(ge=0, description="2.x: how long an export takes")] = 1.0
    export_fails: Annotated[bool, Meta(description="2.x: every export ends as failed")] = False
    report_parameters: Annotated[
        Literal["ignored", "required"],
        Meta(description="2.x: app_id, client_id and job_identifier of a report's status and file: 400 without them"),
    ] = "ignored"
    member_filters: Annotated[
        Literal["served", "ignored", "refused"],
        Meta(description="2.x: segment_id and tag_id of a contact search and of /companies; refused: 400"),
    ] = "served"
    unknown_members: Annotated[
        Literal["none", "refused"],
        Meta(description="2.x: a segment_id that no segment has: no members, or 404 not_found"),
    ] = "none"
    segment_counts: Annotated[
        Literal["current", "stale", "absent"],
        Meta(description="2.x: /segments?include_count=true: as many as there are, a third of them, or no count"),
    ] = "current"
    segment_type: Annotated[
        Literal["served", "ignored"],
        Meta(description="2.x: /segments?type=company: those of companies, or those of people, as without it"),
    ] = "served"
    inline_merge_history: Annotated[
        Literal["served", "ignored"],
        Meta(description="2.16: include_merge_history=true: users have their history of merges, or as without it"),
    ] = "served"
    company_notes: Annotated[
        Literal["inline", "absent"],
        Meta(description="2.16: a company has a list of its notes, with their number, or no such field"),
    ] = "inline"
    merged_children: Annotated[
        Literal["410", "404"],
        Meta(description="2.16: asked for what hangs on a merged contact: 410 as for the contact itself, or 404"),
    ] = "410"
    plan_restricted: Annotated[
        str, Meta(description="what the plan leaves out: resources or /path/patterns, comma-separated")
    ] = ""
    plan_restricted_answer: Annotated[
        Literal["403", "402", "404"],
        Meta(description="403 or 402 api_plan_restricted, or 404 not_found, for what the plan leaves out"),
    ] = "403"
    scope_missing: Annotated[
        str, Meta(description="what the token has no scope for: resources or /path/patterns, comma-separated")
    ] = ""
    scope_missing_answer: Annotated[
        Literal["401", "403"], Meta(description="401 token_unauthorized or 403 forbidden for a missing scope")
    ] = "401"
    rate_limit_headers: Annotated[bool, Meta(description="X-RateLimit headers on authenticated answers")] = True
    retry_after: Annotated[bool, Meta(description="Retry-After on a 429")] = False
    compression: Annotated[
        Literal["gzip", "none"], Meta(description="answers to a client that accepts it are compressed, or none are")
    ] = "gzip"
    pretty: Annotated[bool, Meta(description="JSON in indented lines")] = False
    unknown_parameters: Annotated[
        Literal["ignore", "reject"],
        Meta(description="parameters that no document names: ignored, or 400 parameter_invalid"),
    ] = "ignore"
    wrong_method: Annotated[Literal["404", "405"], Meta(description="the answer to an unsupported method")] = "404"


def changed_behaviours(present: Behaviours, changes: Mapping[str, object]) -> Behaviours:
    """Return the behaviours with changes; texts are read as the switch's type. Raises msgspec.ValidationError."""
    behaviours = msgspec.convert({**msgspec.structs.asdict(present), **changes}, Behaviours, strict=False)
    if behaviours.app_version not in ALL_VERSIONS:
        raise msgspec.ValidationError(f"app_version: the API has no version {behaviours.app_version!r}")
    if "timezone" in changes:
        _check_timezone(behaviours.timezone)
    return behaviours


def _check_timezone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise msgspec.ValidationError(f"timezone: there is no {name!r} on this machine") from unknown


def describe_behaviours() -> list[tuple[str, str, str]]:
    """Return each switch's name, default and description."""
    fields = msgspec.structs.fields(Behaviours)
    return [(field.name, _shown(field.default), _description(field.type)) for field in fields]


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _description(annotated: Any) -> str:
    notes = [str(note.description) for note in annotated.__metadata__ if note.description]
    return notes[0]
