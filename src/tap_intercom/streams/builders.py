"""What the rows of API 2.x have in common: one function for each way in which a stream is found."""

from collections.abc import Callable
from dataclasses import replace

from tap_intercom.pagination.model import PageChain, Paginator
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.search import INDEX_LAG, SearchPaginator
from tap_intercom.streams.model import Detail, Layout, Rest, Stream, Translation

OLDEST, NEWEST = "2.7", "2.16"
PEOPLE = "Read and list users and companies"  # a permission
CONVERSATIONS = "Read conversations"
# Whom something is assigned to: from 2.16 on, 0 stands for nobody, where it was null before; in tickets it was "0".
ASSIGNEES = {
    field: tuple((zero, {field: None}) for zero in (0, "0")) for field in ("admin_assignee_id", "team_assignee_id")
}
Query = tuple[tuple[str, str], ...]
PAGES_OF_60: Query = (("per_page", "60"),)


def _rest(name: str, query: Query = (), **holding: str) -> Rest:
    detail = Detail(path=f"/contacts/{{id}}/{name}", query=query, layout=Layout(records_at=("data",)))
    return Rest(detail=detail, holding={field: frozenset({value}) for field, value in holding.items()})


# A contact has up to ten of each in itself. Its subscriptions are the opt-in types that it has opted into and the
# opt-out types that it has opted out of (the OpenAPI files, listSubscriptionsForAContact).
LISTS_OF_CONTACTS: dict[str, Rest] = {
    "companies": _rest("companies", PAGES_OF_60),
    "notes": _rest("notes", PAGES_OF_60),
    "opted_in_subscription_types": _rest("subscriptions", consent_type="opt_in"),
    "opted_out_subscription_types": _rest("subscriptions", consent_type="opt_out"),
    "tags": _rest("tags"),
}


def listed(  # noqa: PLR0913 - one argument for each column of a row
    name: str,
    scope: str,
    path: str,
    query: Query = (),
    *,
    at: tuple[str, ...] = ("data",),
    paginator: Paginator | None = None,
    instead: Paginator | None = None,
    key: tuple[str, ...] = ("id",),
    cursor: str | None = None,
    denest: dict[str, str] | None = None,
    elsewhere: frozenset[str] = frozenset(),
    lookback_seconds: int = 0,
    attributes: dict[str, str] | None = None,
    since: str = OLDEST,
    until: str = NEWEST,
    by_default: bool = True,
    lasting: bool = False,
    wraps: dict[str, str] | None = None,
) -> Stream:
    """Make the row of a list of its own, read by `paginator`, or as a plain list where none is given.

    Where the first does not fit, it is read by the other, `instead`.
    """
    return Stream(
        name=name,
        schema=f"v2/{name}",
        scope=scope,
        key=key,
        cursor=cursor,
        versions=(since, until),
        layout=Layout(
            records_at=at,
            denest=denest or {},
            elsewhere=elsewhere,
            translation=Translation(wraps=wraps) if wraps else None,
        ),
        history=(paginator or PageNumberPaginator(path=path, query=query), *([instead] if instead else [])),
        lookback_seconds=lookback_seconds,
        by_default=by_default,
        attributes=attributes or {},
        lasting=lasting,
    )


def searched(  # noqa: PLR0913 - one argument for each column of a row
    name: str,
    scope: str,
    *,
    at: str,
    denest: dict[str, str],
    by_day: bool = False,
    elsewhere: frozenset[str] = frozenset(),
    resource: str = "",
    filters: tuple[tuple[str, str, str], ...] = (),
    translation: Translation | None = None,
    attributes: dict[str, str],
    rest: dict[str, Rest] | None = None,
) -> Stream:
    """Make the row of what can be searched by the time of its last update.

    `resource` is what is searched, where that is not called as the stream is, and `filters` what is wanted of it.
    """
    return Stream(
        name=name,
        schema=f"v2/{name}",
        scope=scope,
        cursor="updated_at",
        versions=(OLDEST, NEWEST),
        layout=Layout(records_at=(at,), denest=denest, elsewhere=elsewhere, translation=translation),
        history=(SearchPaginator(path=f"/{resource or name}/search", by_day=by_day, filters=filters),),
        rest=rest or {},
        lookback_seconds=int(INDEX_LAG.total_seconds()),
        attributes=attributes,
    )


def within(  # noqa: PLR0913 - one argument for each column of a row
    name: str,
    scope: str,
    parent: str,
    at: tuple[str, ...],
    inherit: dict[str, str],
    *,
    key: tuple[str, ...] = ("id",),
    position: str | None = None,
    bare: str | None = None,
) -> Stream:
    """Make the row of what lies within the records of its parent."""
    return Stream(
        name=name,
        schema=f"v2/{name}",
        scope=scope,
        parent=parent,
        key=key,
        versions=(OLDEST, NEWEST),
        inline=Layout(records_at=at, may_lack=True, inherit=inherit, position=position, bare=bare),
    )


def below(  # noqa: PLR0913, PLR0917 - one argument for each column of a row
    name: str,
    scope: str,
    parent: str,
    path: str,
    given: dict[str, str],
    query: Query = (),
    *,
    key: tuple[str, ...] = ("id",),
    at: tuple[str, ...] = ("data",),
    position: str | None = None,
    text: str | None = None,
    since: str = OLDEST,
    outline: bool = False,
    paginator: Callable[..., PageChain] = PageNumberPaginator,
    only: dict[str, frozenset[str] | None] | None = None,
    by_default: bool = True,
    lists: tuple[str, ...] = (),
    bookmark: str = "",
) -> Stream:
    """Make the row of what each record of its parent has to be asked for; with `only` or `lists`, not each."""
    return Stream(
        name=name,
        schema=f"v2/{name}",
        scope=scope,
        parent=parent,
        key=key,
        versions=(since, NEWEST),
        detail=Detail(
            path=path,
            query=query,
            layout=Layout(records_at=at, given=given, position=position, text=text, outline=outline),
            shape=paginator,
            only=only or {},
            lists=lists,
        ),
        by_default=by_default,
        bookmark=bookmark,
    )


def linked(  # noqa: PLR0913, PLR0917 - one argument for each column of a row
    name: str, scope: str, parent: str, path: str, given: dict[str, str], query: Query = (), *, lists: str
) -> Stream:
    """Make the row of links that the records of its parent have in a list, or have to be asked for where it is cut off.

    Of what is linked it has the id only, which is what both ways tell.
    """
    key = (next(field for field, source in given.items() if source == "id"), "id")
    row = below(name, scope, parent, path, given, query, key=key, outline=True, lists=(lists,))
    return replace(row, inline=Layout(records_at=(lists, "data"), may_lack=True, inherit=given, outline=True))
