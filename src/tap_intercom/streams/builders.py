"""What the rows of API 2.x have in common: one function for each way in which a stream is found."""

from collections.abc import Callable
from dataclasses import replace

from tap_intercom.pagination.model import PageChain, Paginator
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.search import INDEX_LAG, SearchPaginator
from tap_intercom.streams.model import Detail, FullList, Layout, Stream, Translation

OLDEST, NEWEST = "2.7", "2.16"
PEOPLE = "Read and list users and companies"  # a permission
CONVERSATIONS = "Read conversations"
# Whom something is assigned to: from 2.16 on, 0 stands for nobody, where it was null before; in tickets it was "0".
ASSIGNEES = {
    field: tuple((zero, {field: None}) for zero in (0, "0")) for field in ("admin_assignee_id", "team_assignee_id")
}
Query = tuple[tuple[str, str], ...]
PAGES_OF_60: Query = (("per_page", "60"),)


def _full_list(name: str, query: Query = (), **field_values: str) -> FullList:
    detail = Detail(path=f"/contacts/{{id}}/{name}", query=query, layout=Layout(records_at=("data",)))
    return FullList(detail=detail, field_values={field: frozenset({value}) for field, value in field_values.items()})


# A contact has up to ten of each in itself. Its subscriptions are the opt-in types that it has opted into and the
# opt-out types that it has opted out of (the OpenAPI files, listSubscriptionsForAContact).
CONTACT_LISTS: dict[str, FullList] = {
    "companies": _full_list("companies", PAGES_OF_60),
    "notes": _full_list("notes", PAGES_OF_60),
    "opted_in_subscription_types": _full_list("subscriptions", consent_type="opt_in"),
    "opted_out_subscription_types": _full_list("subscriptions", consent_type="opt_out"),
    "tags": _full_list("tags"),
}


def list_stream(  # noqa: PLR0913 - one argument for each column of a row
    name: str,
    permission: str,
    path: str,
    query: Query = (),
    *,
    at: tuple[str, ...] = ("data",),
    paginator: Paginator | None = None,
    instead: Paginator | None = None,
    key: tuple[str, ...] = ("id",),
    replication_key: str | None = None,
    unwrap: dict[str, str] | None = None,
    other_streams_fields: frozenset[str] = frozenset(),
    lookback_seconds: int = 0,
    attributes: dict[str, str] | None = None,
    since: str = OLDEST,
    until: str = NEWEST,
    by_default: bool = True,
    append_only: bool = False,
    wraps: dict[str, str] | None = None,
) -> Stream:
    """Make the row of a list of its own, read by `paginator`, or as a plain list where none is given.

    Where the first does not fit, it is read by the other, `instead`.
    """
    return Stream(
        name=name,
        schema=f"v2/{name}",
        permission=permission,
        key=key,
        replication_key=replication_key,
        versions=(since, until),
        layout=Layout(
            records_at=at,
            unwrap=unwrap or {},
            other_streams_fields=other_streams_fields,
            translation=Translation(wrapped_texts=wraps) if wraps else None,
        ),
        full_read=(paginator or PageNumberPaginator(path=path, query=query), *([instead] if instead else [])),
        lookback_seconds=lookback_seconds,
        by_default=by_default,
        attributes=attributes or {},
        append_only=append_only,
    )


def search_stream(  # noqa: PLR0913 - one argument for each column of a row
    name: str,
    permission: str,
    *,
    at: str,
    unwrap: dict[str, str],
    by_day: bool = False,
    other_streams_fields: frozenset[str] = frozenset(),
    resource: str = "",
    filters: tuple[tuple[str, str, str], ...] = (),
    translation: Translation | None = None,
    attributes: dict[str, str],
    full_lists: dict[str, FullList] | None = None,
) -> Stream:
    """Make the row of what can be searched by the time of its last update.

    `resource` is what is searched, where that is not called as the stream is, and `filters` what is wanted of it.
    """
    return Stream(
        name=name,
        schema=f"v2/{name}",
        permission=permission,
        replication_key="updated_at",
        versions=(OLDEST, NEWEST),
        layout=Layout(
            records_at=(at,), unwrap=unwrap, other_streams_fields=other_streams_fields, translation=translation
        ),
        full_read=(SearchPaginator(path=f"/{resource or name}/search", by_day=by_day, filters=filters),),
        full_lists=full_lists or {},
        lookback_seconds=int(INDEX_LAG.total_seconds()),
        attributes=attributes,
    )


def inline_child(  # noqa: PLR0913 - one argument for each column of a row
    name: str,
    permission: str,
    parent: str,
    at: tuple[str, ...],
    inherit: dict[str, str],
    *,
    key: tuple[str, ...] = ("id",),
    position: str | None = None,
    value_field: str | None = None,
) -> Stream:
    """Make the row of what lies within the records of its parent."""
    return Stream(
        name=name,
        schema=f"v2/{name}",
        permission=permission,
        parent=parent,
        key=key,
        versions=(OLDEST, NEWEST),
        inline=Layout(records_at=at, may_be_missing=True, inherit=inherit, position=position, value_field=value_field),
    )


def detail_child(  # noqa: PLR0913, PLR0917 - one argument for each column of a row
    name: str,
    permission: str,
    parent: str,
    path: str,
    from_parent: dict[str, str],
    query: Query = (),
    *,
    key: tuple[str, ...] = ("id",),
    at: tuple[str, ...] = ("data",),
    position: str | None = None,
    text: str | None = None,
    since: str = OLDEST,
    is_partial: bool = False,
    paginator: Callable[..., PageChain] = PageNumberPaginator,
    parent_filter: dict[str, frozenset[str] | None] | None = None,
    by_default: bool = True,
    lists: tuple[str, ...] = (),
    bookmark: str = "",
) -> Stream:
    """Make the row of what each record of its parent has to be asked for; with `parent_filter` or `lists`, not each."""
    return Stream(
        name=name,
        schema=f"v2/{name}",
        permission=permission,
        parent=parent,
        key=key,
        versions=(since, NEWEST),
        detail=Detail(
            path=path,
            query=query,
            layout=Layout(
                records_at=at, from_parent=from_parent, position=position, text_field=text, is_partial=is_partial
            ),
            paginator=paginator,
            parent_filter=parent_filter or {},
            inline_lists=lists,
        ),
        by_default=by_default,
        bookmark=bookmark,
    )


def link_stream(  # noqa: PLR0913, PLR0917 - one argument for each column of a row
    name: str, permission: str, parent: str, path: str, from_parent: dict[str, str], query: Query = (), *, lists: str
) -> Stream:
    """Make the row of links that the records of its parent have in a list, or have to be asked for where it is cut off.

    Of what is linked it has the id only, which is what both ways tell.
    """
    key = (next(field for field, source in from_parent.items() if source == "id"), "id")
    row = detail_child(name, permission, parent, path, from_parent, query, key=key, is_partial=True, lists=(lists,))
    return replace(
        row, inline=Layout(records_at=(lists, "data"), may_be_missing=True, inherit=from_parent, is_partial=True)
    )
