"""Searches and lists by cursor: reads query, sort and page, and encodes the page with its next cursor."""

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
from intercom_simulator.v2_api.member_filters import served_query
from intercom_simulator.v2_search.lagging_index import LaggingIndex
from intercom_simulator.v2_search.results import Match, ResultSource, SearchResults
from intercom_simulator.v2_search.searchable import SearchTarget

MAX_PER_PAGE = 150
DIRECTIONS = ("ascending", "descending")


def search(context: Context, request: Request, name: str) -> bytes:
    """POST /contacts/search, /conversations/search or /tickets/search."""
    searchable, body = context.searchable, json_body(request)
    target, options = searchable.targets[name], read_view_options(request, context.behaviours)
    filter_context = searchable.filter_context(target, options.minor)
    field, descending = _sort(body.get("sort"), target, strict=target.by_day and options.minor >= NEWEST_MINOR)
    filter_context.kind(field)
    query: Any = served_query(context, body.get("query"))
    predicate = read_query(query, filter_context)
    paging = body.get("pagination") or {}
    if not isinstance(paging, dict):
        raise ApiError(400, "parameter_invalid", "'pagination' must be an object")
    per_page = page_size(paging.get("per_page"), target.per_page)
    cursor = searchable.cursors.read(paging.get("starting_after"))
    if is_since_query(query, field, filter_context):
        everything = _indexed(context, target, field, options.minor)
        span = _since(everything, predicate)
        return _page(target, options, searchable.cursors, PageQuery(everything, per_page, cursor, descending, span))
    key = (
        name,
        options.minor,
        msgspec.json.encode(query),
        field,
        str(filter_context.day_zone),
        filter_context.inclusive,
    )
    search_request = SearchRequest(query, field, filter_context, options.minor)
    results = searchable.result_cache.cached(key, _matching(context, target, predicate, search_request))
    return _page(target, options, searchable.cursors, PageQuery(results, per_page, cursor, descending))


def cursor_list(context: Context, request: Request, name: str) -> bytes:
    """GET /contacts or /conversations: all of them by cursor, newest first."""
    target, parameters = context.searchable.targets[name], request.parameters
    field = "created_at" if name == "contacts" else "updated_at"
    per_page = page_size(parameters.get("per_page"), target.per_page)
    cursors = context.searchable.cursors
    cursor = cursors.read(parameters.get("starting_after") or None)
    options = read_view_options(request, context.behaviours)
    results = context.searchable.result_cache.cached((name, field, "listed"), _all(target, field, options.minor))
    return _page(target, options, cursors, PageQuery(results, per_page, cursor))


def json_body(request: Request) -> dict[str, Any]:
    """Read a request's JSON body. Raises ApiError for one that is no object."""
    try:
        return msgspec.json.decode(request.body, type=dict[str, Any]) if request.body.strip() else {}
    except msgspec.MsgspecError as no_object:
        raise ApiError(400, "bad_request", "The request body is not a JSON object") from no_object


def page_size(value: object, default: int, maximum: int = MAX_PER_PAGE) -> int:
    """Read per_page. Raises ApiError for one that is no number, or too big."""
    if value is None or value == "":
        return default
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal()) or not text.strip("0"):
        raise ApiError(400, "parameter_invalid", "'per_page' must be a positive integer")
    number = parse_integer(text)
    if number is None or number > maximum:
        raise ApiError(400, "parameter_invalid", "Per Page is too big")
    return number


def _sort(sort: object, target: SearchTarget, *, strict: bool) -> tuple[str, bool]:
    if sort is None:
        return target.sort, True
    if not isinstance(sort, dict):
        raise ApiError(400, "parameter_invalid", "'sort' must be an object")
    order = sort.get("order", "descending")
    if strict and order not in DIRECTIONS:
        message = f"Invalid sort order '{order}'. Must be one of: {', '.join(DIRECTIONS)}"
        raise ApiError(400, "invalid_sort_order", message)
    return sort.get("field") or target.sort, order != "ascending"


class PageQuery(NamedTuple):
    """Which page of which results is wanted; only the results of `span` count, if it is given."""

    results: SearchResults
    per_page: int
    cursor: Cursor | None
    descending: bool = True
    span: range | None = None


class SearchRequest(NamedTuple):
    """A query, the field to sort by, what can be searched for, and the minor version."""

    query: Any
    field: str
    filter_context: FilterContext
    minor: int


def _all(target: SearchTarget, field: str, minor: int, index: LaggingIndex | None = None) -> ResultSource:
    """Return a source of all records, as they are now or as the index has them."""
    attribute = target.entry_fields.get(field)

    def match_of(collection: Collection, entry: Entry) -> Match | None:
        known = entry if index is None else index.indexed(collection, entry)
        if known is None:
            return None
        value = getattr(known, attribute) if attribute else target.lookup(known, minor)(field)
        return sort_key_of(value, entry.id), value, entry

    def find() -> Iterable[Match]:
        everything = (match_of(collection, entry) for collection in target.view.collections for entry in collection)
        return (one for one in everything if one is not None)

    return ResultSource(find, _by_id(target, match_of), index is not None)


def _indexed(context: Context, target: SearchTarget, field: str, minor: int) -> SearchResults:
    """Return all records that the index has, sorted by the field.

    Fields that entries have themselves are the same in every version, so their results are shared.
    """
    cache, index = context.searchable.result_cache, context.searchable.index
    key = (target.view.name, field, None if field in target.entry_fields else minor)
    return cache.cached(key, _all(target, field, minor, index))


def _since(everything: SearchResults, predicate: Predicate) -> range:
    """Return the span of the results from the first that the predicate matches; it compares times of the sort field."""
    dated = everything.span(*UNBOUNDED)

    def is_recent(found: Match) -> bool:
        return predicate(lambda _field: found[1])

    return range(bisect_left(everything.matches, x=True, lo=dated.start, hi=dated.stop, key=is_recent), dated.stop)


def _matching(
    context: Context, target: SearchTarget, predicate: Predicate, search_request: SearchRequest
) -> ResultSource:
    """Return a source of the records that match; it looks only at those within the query's bounds."""
    index, field = context.searchable.index, search_request.field
    entry_lookup = EntryLookup(target.entry_fields)
    needs_entry_only = fields_of(search_request.query) <= target.entry_fields.keys()

    def matches(known: Entry) -> bool:
        if needs_entry_only:
            entry_lookup.entry = known
            return predicate(entry_lookup)
        return predicate(target.lookup(known, search_request.minor))

    def match_of(collection: Collection, entry: Entry) -> Match | None:
        known = index.indexed(collection, entry)
        if known is None or not matches(known):
            return None
        value = target.lookup(known, search_request.minor)(field)
        return sort_key_of(value, entry.id), value, entry

    look_up = _by_id(target, match_of)

    def find() -> Iterable[Match]:
        lagging_ids = index.lagging_ids()
        linked_ids = target.linked_ids(search_request.query)
        if linked_ids is not None:
            found = map(look_up, linked_ids | lagging_ids)
            yield from (one for one in found if one is not None)
            return
        everything = _indexed(context, target, field, search_request.minor)
        low, high = bounds_of(search_request.query, field, search_request.filter_context)
        for one in everything.matches if (low, high) == UNBOUNDED else everything.between(low, high):
            entry = one[2]
            known = index.indexed(target.view.collection_of(entry), entry) if entry.id in lagging_ids else entry
            if known is not None and matches(known):
                yield one

    return ResultSource(find, look_up)


class EntryLookup:
    """Reads the fields that every entry has itself, without making its record."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self._attributes = attributes
        self.entry: Entry | None = None

    def __call__(self, field: str) -> object:
        """Return the field's value of the present entry."""
        return getattr(self.entry, self._attributes[field])


def _by_id(
    target: SearchTarget, match_of: Callable[[Collection, Entry], Match | None]
) -> Callable[[str], Match | None]:
    def look_up(identity: str) -> Match | None:
        entry = target.view.find(identity)
        return None if entry is None or not entry.listed else match_of(target.view.collection_of(entry), entry)

    return look_up


def _page(target: SearchTarget, options: ViewOptions, cursors: Cursors, page_query: PageQuery) -> bytes:
    results, cursor, per_page = page_query.results, page_query.cursor, page_query.per_page
    span = page_query.span if page_query.span is not None else range(len(results.matches))
    after = cursor and cursor.sort_key
    indices, more = page_indices(results.sort_keys, after, per_page, descending=page_query.descending, span=span)
    page = cursor.page if cursor else 1
    pages: dict[str, Any] = {"page": page, "per_page": per_page, "total_pages": -(-len(span) // per_page)}
    if more:
        _, value, last = results.matches[indices[-1]]
        pages["next"] = {"page": page + 1, "starting_after": cursors.issue(value, last.id, page + 1)}
    items = [target.view.encoded(results.matches[number][2], options) for number in indices]
    return envelope(target.kind, target.key, items, total_count=len(span), pages={"type": "pages", **pages})
