"""The streams of API 1.x, one row each."""

from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.scroll import ScrollPaginator
from tap_intercom.pagination.updated_ascending import UpdatedAscendingPaginator
from tap_intercom.streams.model import Detail, Layout, Permission, Stream

PAGE_NUMBER_LIMIT = 10_000  # records; docs: List all users, List all companies


def _attribute_stream(name: str, model: str, other_models: frozenset[str]) -> Stream:
    # API 1.4 has ?model=; up to 1.3 the model is part of the path (changelog of 1.4).
    return Stream(
        name=name,
        permission=Permission.PEOPLE,
        key=("name",),
        layout=Layout(records_at=("data_attributes",)),
        full_read=(
            PageNumberPaginator(path="/data_attributes", query=(("model", model),)),
            PageNumberPaginator(path=f"/data_attributes/{model}"),
        ),
        exclude_values={"model": other_models},
    )


def _segment_stream(name: str, query: tuple[tuple[str, str], ...]) -> Stream:
    return Stream(
        name=name,
        permission=Permission.PEOPLE,
        replication_key="updated_at",
        layout=Layout(records_at=("segments",)),
        full_read=(PageNumberPaginator(path="/segments", query=(*query, ("include_count", "true"))),),
    )


def _newest_first_pages(path: str, *query: tuple[str, str]) -> PageNumberPaginator:
    """Read people or companies by page number, where there is no scroll: pages of 50 reach the limit exactly.

    The newest come first, as Intercom lists people by itself. A record that is new, or moves to the front, moves the
    unread ones towards the reader, so none of these is missed, and it is read in the next run.
    """
    return PageNumberPaginator(path=path, query=(*query, ("per_page", "50")), limit=PAGE_NUMBER_LIMIT)


_OLDEST_UPDATED_FIRST = (("sort", "updated_at"), ("order", "asc"))
_OLDEST_CREATED_FIRST = (("sort", "created_at"), ("order", "asc"))
_PLAINTEXT = (("display_as", "plaintext"),)
_PERSON_LISTS = {
    "companies": "companies",
    "segments": "segments",
    "social_profiles": "social_profiles",
    "tags": "tags",
}

STREAMS: tuple[Stream, ...] = (
    Stream(
        name="admins",
        permission=Permission.ADMINS,
        layout=Layout(records_at=("admins",)),
        full_read=(PageNumberPaginator(path="/admins"),),
        detail=Detail(path="/admins/{id}", permission=Permission.ONE_ADMIN),
    ),
    Stream(
        name="companies",
        permission=Permission.PEOPLE,
        replication_key="updated_at",
        layout=Layout(records_at=("companies",), unwrap={"segments": "segments", "tags": "tags"}),
        full_read=(
            ScrollPaginator(path="/companies"),
            _newest_first_pages("/companies", ("sort", "updated_at"), ("order", "desc")),
        ),
    ),
    _attribute_stream("company_attributes", "company", frozenset({"customer", "contact"})),
    _segment_stream("company_segments", (("type", "company"),)),
    Stream(
        name="conversations",
        permission=Permission.CONVERSATIONS,
        replication_key="updated_at",
        layout=Layout(records_at=("conversations",), unwrap={"customers": "customers", "tags": "tags"}),
        full_read=(
            UpdatedAscendingPaginator(path="/conversations", query=(*_OLDEST_UPDATED_FIRST, *_PLAINTEXT)),
            # Its largest page is not documented for 1.4; 20 is its default.
            UpdatedAscendingPaginator(path="/conversations", query=(*_OLDEST_UPDATED_FIRST, *_PLAINTEXT), per_page=20),
            # Of a server that has an order of its own, all has to be read.
            PageNumberPaginator(path="/conversations", query=(*_OLDEST_CREATED_FIRST, *_PLAINTEXT, ("per_page", "50"))),
        ),
    ),
    Stream(
        name="conversation_parts",
        permission=Permission.CONVERSATIONS,
        parent="conversations",
        detail=Detail(
            path="/conversations/{id}",
            query=_PLAINTEXT,
            fills_parent_fields=("conversation_rating",),
            layout=Layout(
                records_at=("conversation_parts", "conversation_parts"),
                inherit={
                    "conversation_id": "id",
                    "conversation_created_at": "created_at",
                    "conversation_updated_at": "updated_at",
                    "conversation_total_parts": "conversation_parts.total_count",
                },
            ),
        ),
    ),
    _attribute_stream("customer_attributes", "customer", frozenset({"company"})),
    Stream(
        name="leads",
        permission=Permission.PEOPLE,
        replication_key="updated_at",
        layout=Layout(records_at=("contacts",), unwrap=_PERSON_LISTS),
        # Intercom's list of leads honours neither sorting nor filters for certain, so only a whole read is right.
        full_read=(ScrollPaginator(path="/contacts"), _newest_first_pages("/contacts")),
    ),
    _segment_stream("segments", ()),
    Stream(
        name="tags",
        permission=Permission.TAGS,
        layout=Layout(records_at=("tags",)),
        full_read=(PageNumberPaginator(path="/tags"),),
    ),
    Stream(
        name="teams",
        permission=Permission.ADMINS,
        layout=Layout(records_at=("teams",)),
        full_read=(PageNumberPaginator(path="/teams"),),
    ),
    Stream(
        name="users",
        permission=Permission.PEOPLE,
        replication_key="updated_at",
        layout=Layout(records_at=("users",), unwrap=_PERSON_LISTS),
        full_read=(ScrollPaginator(path="/users"), _newest_first_pages("/users")),
        incremental_read=(
            UpdatedAscendingPaginator(
                path="/users", query=_OLDEST_UPDATED_FIRST, updated_since=True, limit=PAGE_NUMBER_LIMIT
            ),
            ScrollPaginator(path="/users"),
            _newest_first_pages("/users"),
        ),
    ),
)
