"""Search and list by cursor: a query, an order, a page, and the cursor that the next page begins with."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from intercom_simulator.protocol.cursors import Cursor, Cursors, page_indices, sort_key_of
from intercom_simulator.protocol.filters import FilterContext, Predicate
from intercom_simulator.protocol.integers import parse_integer
from intercom_simulator.protocol.query import UNBOUNDED, bounds_of, fields_of, is_since_query, read_query
from intercom_simulator.protocol.responses import ApiError, Request, envelope
from intercom_simulator.protocol.view_options import NEWEST_MINOR, ViewOptions, read_view_options
from intercom_simulator.store.collection import Collection, Entry
from intercom_simulator.v1_api.context import Context
from intercom_simulator.v2_search.lagging_index import LaggingIndex
from intercom_simulator.v2_search.results import Found, Question, SearchResults
from intercom_simulator.v2_search.searchable import SearchTarget

MOST_PER_PAGE = 150
DIRECTIONS = ("ascending", "descending")


def search(context: Context, request: Request, name: str) -> bytes:
    """POST /contacts/search, /conversations/search or /tickets/search."""
    searchable, asked = context.searchable, body_of(request)
    searched, options = searchable.searched[name], read_view_options(request, context.behaviours)
    filter_context = searchable.filter_context(searched, options.minor)
    field, descending = _sort(asked.get("sort"), searched, strict=searched.by_day and options.minor >= NEWEST_MINOR)
    filter_context.kind(field)
    query: Any = asked.get("query")
    predicate = read_query(query, filter_context)
    paging = asked.get("pagination") or {}
    if not isinstance(paging, dict):
        raise ApiError(400, "parameter_invalid", "'pagination' must be an object")
    per_page = page_size(paging.get("per_page"), searched.per_page)
    cursor = searchable.cursors.read(paging.get("starting_after"))
    if is_since_query(query, field, filter_context):
        everything = _indexed(context, searched, field, options.minor)
        span = _since(everything, predicate)
        return _page(searched, options, searchable.cursors, Order(everything, per_page, cursor, descending, span))
    key = (
        name,
        options.minor,
        msgspec.json.encode(query),
        field,
        str(filter_context.day_zone),
        filter_context.inclusive,
    )
    candidates = Candidates(query, field, filter_context, options.minor)
    findings = searchable.memory.cached(key, _matching(context, searched, predicate, candidates))
    return _page(searched, options, searchable.cursors, Order(findings, per_page, cursor, descending))


def listed(context: Context, request: Request, name: str) -> bytes:
    """GET /contacts or /conversations: all of them by cursor, the newest first."""
    searched, asked = context.searchable.searched[name], request.parameters
    field = "created_at" if name == "contacts" else "updated_at"
    per_page = page_size(asked.get("per_page"), searched.per_page)
    cursors = context.searchable.cursors
    cursor = cursors.read(asked.get("starting_after") or None)
    options = read_view_options(request, context.behaviours)
    findings = context.searchable.memory.cached((name, field, "listed"), _all(searched, field, options.minor))
    return _page(searched, options, cursors, Order(findings, per_page, cursor))


def body_of(request: Request) -> dict[str, Any]:
    """Read a request's JSON body. Raises ApiError for one that is none."""
    try:
        return msgspec.json.decode(request.body, type=dict[str, Any]) if request.body.strip() else {}
    except msgspec.MsgspecError as no_object:
        raise ApiError(400, "bad_request", "The request body is not a JSON object") from no_object


def page_size(asked: object, default: int, most: int = MOST_PER_PAGE) -> int:
    """Read per_page. Raises ApiError for one that is no number, or too big."""
    if asked is None or asked == "":
        return default
    text = str(asked)
    if isinstance(asked, bool) or not (text.isascii() and text.isdecimal()) or not text.strip("0"):
        raise ApiError(400, "parameter_invalid", "'per_page' must be a positive integer")
    number = parse_integer(text)
    if number is None or number > most:
        raise ApiError(400, "parameter_invalid", "Per Page is too big")
    return number


def _sort(sort: object, searched: SearchTarget, *, strict: bool) -> tuple[str, bool]:
    if sort is None:
        return searched.sort, True
    if not isinstance(sort, dict):
        raise ApiError(400, "parameter_invalid", "'sort' must be an object")
    order = sort.get("order", "descending")
    if strict and order not in DIRECTIONS:
        message = f"Invalid sort order '{order}'. Must be one of: {', '.join(DIRECTIONS)}"
        raise ApiError(400, "invalid_sort_order", message)
    return sort.get("field") or searched.sort, order != "ascending"


class Order(NamedTuple):
    """What was found, which page of it is wanted, and which `span` of it counts, if not all."""

    findings: SearchResults
    per_page: int
    cursor: Cursor | None
    descending: bool = True
    span: range | None = None


class Candidates(NamedTuple):
    """What a query asks for, ordered by which field, in which language and version (2.`minor`)."""

    query: Any
    field: str
    filter_context: FilterContext
    minor: int


def _all(searched: SearchTarget, field: str, minor: int, index: LaggingIndex | None = None) -> Question:
    """Ask for every record, as it is now or as the index knows it."""
    attribute = searched.direct.get(field)

    def found(collection: Collection, entry: Entry) -> Found | None:
        known = entry if index is None else index.seen(collection, entry)
        if known is None:
            return None
        value = getattr(known, attribute) if attribute else searched.lookup(known, minor)(field)
        return sort_key_of(value, entry.id), value, entry

    def find() -> Iterable[Found]:
        everything = (found(collection, entry) for collection in searched.view.collections for entry in collection)
        return (one for one in everything if one is not None)

    return Question(find, _by_id(searched, found), index is not None)


def _indexed(context: Context, searched: SearchTarget, field: str, minor: int) -> SearchResults:
    """Give all that the index knows, in the order of the field, which what is at hand has in every version."""
    memory, index = context.searchable.memory, context.searchable.index
    key = (searched.view.name, field, None if field in searched.direct else minor)
    return memory.cached(key, _all(searched, field, minor, index))


def _since(everything: SearchResults, predicate: Predicate) -> range:
    """Tell where that begins of which the predicate, which compares moments in the order of all, is true."""
    dated = everything.span(*UNBOUNDED)

    def matches(found: Found) -> bool:
        return predicate(lambda _field: found[1])

    return range(bisect_left(everything.found, x=True, lo=dated.start, hi=dated.stop, key=matches), dated.stop)


def _matching(context: Context, searched: SearchTarget, predicate: Predicate, asked: Candidates) -> Question:
    """Ask for what matches; only what lies in the query's bounds is looked at."""
    index, field = context.searchable.index, asked.field
    entry_lookup = UnindexedSearch(searched.direct)
    is_plain = fields_of(asked.query) <= searched.direct.keys()

    def matches(known: Entry) -> bool:
        if is_plain:
            entry_lookup.entry = known
            return predicate(entry_lookup)
        return predicate(searched.lookup(known, asked.minor))

    def found(collection: Collection, entry: Entry) -> Found | None:
        known = index.seen(collection, entry)
        if known is None or not matches(known):
            return None
        value = searched.lookup(known, asked.minor)(field)
        return sort_key_of(value, entry.id), value, entry

    def find() -> Iterable[Found]:
        everything = _indexed(context, searched, field, asked.minor)
        low, high = bounds_of(asked.query, field, asked.filter_context)
        unsettled = index.unsettled()
        for one in everything.found if (low, high) == UNBOUNDED else everything.between(low, high):
            entry = one[2]
            known = index.seen(searched.view.collection_of(entry), entry) if entry.id in unsettled else entry
            if known is not None and matches(known):
                yield one

    return Question(find, _by_id(searched, found))


class UnindexedSearch:
    """Tells the values of fields that every entry has at hand."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self._attributes = attributes
        self.entry: Entry | None = None

    def __call__(self, field: str) -> object:
        """Return the value of the present entry."""
        return getattr(self.entry, self._attributes[field])


def _by_id(searched: SearchTarget, found: Callable[[Collection, Entry], Found | None]) -> Callable[[str], Found | None]:
    def look_up(identity: str) -> Found | None:
        entry = searched.view.find(identity)
        return None if entry is None or not entry.listed else found(searched.view.collection_of(entry), entry)

    return look_up


def _page(searched: SearchTarget, options: ViewOptions, cursors: Cursors, order: Order) -> bytes:
    places, found, cursor, per_page = order.findings.places, order.findings.found, order.cursor, order.per_page
    span = order.span if order.span is not None else range(len(found))
    here = page_indices(places, cursor and cursor.sort_key, per_page, descending=order.descending, span=span)
    page = cursor.page if cursor else 1
    pages: dict[str, Any] = {"page": page, "per_page": per_page, "total_pages": -(-len(span) // per_page)}
    if here.more:
        _, value, last = found[here.indices[-1]]
        pages["next"] = {"page": page + 1, "starting_after": cursors.issue(value, last.id, page + 1)}
    items = [searched.view.encoded(found[number][2], options) for number in here.indices]
    return envelope(searched.kind, searched.key, items, total_count=len(span), pages={"type": "pages", **pages})
