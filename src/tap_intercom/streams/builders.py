"""Functions that make the rows of API 2.x: one for each way in which Intercom hands out the records of a stream.

| Intercom has | function |
| --- | --- |
| a list at an endpoint of its own: `GET /tags` | `list_stream` |
| a search: `POST /conversations/search` | `search_stream` |
| a list within the records of another stream: `tags` of a conversation | `inline_child` |
| an endpoint for each record of another stream: `GET /contacts/{id}/notes` | `detail_child` |
| both: `tags` of a contact, up to ten, and `GET /contacts/{id}/tags` | `held_in_parent`, `link_stream` |

Arguments have the names of the fields of `Stream`, `Layout` and `Detail` that they fill; see `streams.model`.
The schema file of a row is `schemas/v2/NAME.json`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tap_intercom.config.settings import NEWEST_API_VERSION
from tap_intercom.pagination.model import PageChain, Paginator
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.search import INDEX_LAG, SearchPaginator
from tap_intercom.streams.model import Detail, FullList, Layout, LinkedList, Members, Stream, Translation

OLDEST_V2: Final = "2.7"
ALL_OF_V2: Final = (OLDEST_V2, NEWEST_API_VERSION)
# Whom something is assigned to: from 2.16 on, 0 stands for nobody, where it was null before; in tickets it was "0".
ASSIGNEES: Final = {
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
    *full_read: Paginator,
    records_at: tuple[str, ...] = ("data",),
    key: tuple[str, ...] = ("id",),
    replication_key: str | None = None,
    unwrap: dict[str, str] | None = None,
    other_streams_fields: frozenset[str] = frozenset(),
    wrapped_texts: dict[str, str] | None = None,
    lookback_seconds: int = 0,
    attribute_streams: dict[str, str] | None = None,
    first_version: str = OLDEST_V2,
    last_version: str = NEWEST_API_VERSION,
    by_default: bool = True,
    append_only: bool = False,
) -> Stream:
    """Make the row of a list that has an endpoint of its own, such as `GET /tags`.

    The paginators say how Intercom hands it out; the first of them that Intercom serves is used.
    """
    return Stream(
        name=name,
        schema=f"v2/{name}",
        permission=permission,
        key=key,
        replication_key=replication_key,
        versions=(first_version, last_version),
        layout=Layout(
            records_at=records_at,
            unwrap=unwrap or {},
            other_streams_fields=other_streams_fields,
            translation=Translation(wrapped_texts=wrapped_texts) if wrapped_texts else None,
        ),
        full_read=full_read,
        lookback_seconds=lookback_seconds,
        by_default=by_default,
        attribute_streams=attribute_streams or {},
        append_only=append_only,
    )


def search_stream(  # noqa: PLR0913 - one argument for each column of a row
    name: str,
    permission: str,
    *,
    records_at: tuple[str, ...],
    unwrap: dict[str, str],
    attribute_streams: dict[str, str],
    resource: str = "",
    filters: tuple[tuple[str, str, str], ...] = (),
    by_day: bool = False,
    other_streams_fields: frozenset[str] = frozenset(),
    translation: Translation | None = None,
    full_lists: dict[str, FullList] | None = None,
) -> Stream:
    """Make the row of what has a search, such as `POST /conversations/search`, by its `updated_at`.

    `resource`: what is searched, where that is not the name of the stream. Example: `"contacts"` for `users`.
    `filters`: conditions of the query. Example: `(("role", "=", "user"),)`.
    `by_day`: the search compares days only, not seconds; see `SearchPaginator`.
    """
    return Stream(
        name=name,
        schema=f"v2/{name}",
        permission=permission,
        replication_key="updated_at",
        versions=ALL_OF_V2,
        layout=Layout(
            records_at=records_at, unwrap=unwrap, other_streams_fields=other_streams_fields, translation=translation
        ),
        full_read=(SearchPaginator(path=f"/{resource or name}/search", by_day=by_day, filters=filters),),
        full_lists=full_lists or {},
        lookback_seconds=int(INDEX_LAG.total_seconds()),
        attribute_streams=attribute_streams,
    )


def inline_child(  # noqa: PLR0913 - one argument for each column of a row
    name: str,
    permission: str,
    *,
    parent: str,
    records_at: tuple[str, ...],
    inherit: dict[str, str],
    key: tuple[str, ...] = ("id",),
    position: str | None = None,
    value_field: str | None = None,
    is_link: bool = False,
) -> Stream:
    """Make the row of a list that lies within each record of its parent, such as the `tags` of a conversation.

    `records_at` begins in the parent's record, and `inherit` takes fields from it.
    """
    return Stream(
        name=name,
        schema=f"v2/{name}",
        permission=permission,
        parent=parent,
        key=key,
        versions=ALL_OF_V2,
        is_link=is_link,
        inline=Layout(
            records_at=records_at, may_be_missing=True, inherit=inherit, position=position, value_field=value_field
        ),
    )


def detail_child(  # noqa: PLR0913 - one argument for each column of a row
    name: str,
    permission: str,
    *,
    parent: str,
    path: str,
    from_parent: dict[str, str],
    query: Query = (),
    paginator: Callable[..., PageChain] = PageNumberPaginator,
    records_at: tuple[str, ...] = ("data",),
    key: tuple[str, ...] = ("id",),
    link_field: str | None = None,
    position: str | None = None,
    text_field: str | None = None,
    is_partial: bool = False,
    parent_filter: dict[str, frozenset[str] | None] | None = None,
    inline_lists: tuple[str, ...] = (),
    first_version: str = OLDEST_V2,
    linked: LinkedList | None = None,
    members: Members | None = None,
    by_default: bool = True,
    append_only: bool = False,
    is_link: bool = False,
    bookmark_name: str = "",
) -> Stream:
    """Make the row of a list that has an endpoint for each record of its parent, such as `GET /contacts/{id}/notes`.

    It costs a request for each record of the parent, but for those that `parent_filter` or `inline_lists` spares.
    """
    return Stream(
        name=name,
        schema=f"v2/{name}",
        permission=permission,
        parent=parent,
        key=key,
        versions=(first_version, NEWEST_API_VERSION),
        detail=Detail(
            path=path,
            query=query,
            layout=Layout(
                records_at=records_at,
                from_parent=from_parent,
                link_field=link_field,
                position=position,
                text_field=text_field,
                is_partial=is_partial,
            ),
            paginator=paginator,
            parent_filter=parent_filter or {},
            inline_lists=inline_lists,
        ),
        linked=linked,
        members=members,
        by_default=by_default,
        append_only=append_only,
        is_link=is_link,
        bookmark_name=bookmark_name,
    )


def held_in_parent(
    row: Stream, *records_at: str, parent_query: Query = (), whole_item_fields: tuple[str, ...] = ()
) -> Stream:
    """Make the row of a `detail_child` whose records lie, at `records_at`, within the records of its parent too.

    The endpoint is asked where the parent does not hold all of them.
    """
    assert row.detail is not None  # noqa: S101 - `detail_child` gives it
    layout, detail = (
        row.detail.layout,
        replace(row.detail, inline_lists=records_at[:1], whole_item_fields=whole_item_fields),
    )
    inline = replace(layout, records_at=records_at, may_be_missing=True, inherit=layout.from_parent, from_parent={})
    return replace(row, detail=detail, inline=inline, parent_query=parent_query)


def link_stream(  # noqa: PLR0913 - one argument for each column of a row
    name: str,
    permission: str,
    *,
    parent: str,
    path: str,
    from_parent: dict[str, str],
    query: Query = (),
    inline_list: str,
    link_field: str | None = None,
    bookmark_name: str = "",
) -> Stream:
    """Make the row of links from the records of its parent to other records, such as those of contacts to tags.

    The parent's record holds them in `inline_list`, Intercom's addressable list; where that is cut off, the endpoint is
    asked. A record has the ids only: they are all that both have.
    """
    key = (link_field or next(field for field, source in from_parent.items() if source == "id"), "id")
    row = detail_child(
        name,
        permission,
        parent=parent,
        path=path,
        from_parent=from_parent,
        query=query,
        key=key,
        link_field=link_field,
        is_partial=True,
        is_link=True,
        bookmark_name=bookmark_name,
    )
    return held_in_parent(row, inline_list, "data")
