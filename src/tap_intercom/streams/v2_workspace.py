"""The streams of API 2.x about a workspace, those who work in it and what they have written, one row each."""

from tap_intercom.pagination.cursors import CursorPaginator
from tap_intercom.pagination.page_numbers import NamedListsPaginator, PageNumberPaginator
from tap_intercom.pagination.time_windows import TimeWindowPaginator
from tap_intercom.streams.builders import CONVERSATIONS, PAGES_OF_60, detail_child, inline_child, list_stream
from tap_intercom.streams.model import Stream

ADMINS = "Read admins"
ARTICLES = "Read and List Articles"
NEWS = "Read and list news items and newsfeeds"
LAG_SECONDS = 600  # nothing says how soon a list or a log shows what was done
CONNECTORS = "Read data connectors"

STREAMS: tuple[Stream, ...] = (
    list_stream(
        "admin_activity_logs",
        "Read admin activity logs",
        "/admins/activity_logs",
        paginator=TimeWindowPaginator(path="/admins/activity_logs"),
        at=("activity_logs",),
        replication_key="created_at",
        lookback_seconds=LAG_SECONDS,
        until="2.15",
    ),
    list_stream(
        "admin_activity_logs",
        "Read admin activity logs",
        "/admins/activity_logs/search",
        paginator=TimeWindowPaginator(path="/admins/activity_logs/search", per_page=250),
        at=("activity_logs",),
        replication_key="created_at",
        lookback_seconds=LAG_SECONDS,
        since="2.16",
    ),
    list_stream(
        "admins",
        ADMINS,
        "/admins",
        (("display_avatar", "true"),),
        at=("admins",),
        wraps={"avatar": "image_url"},  # the files of 2.14 and later have its address alone
    ),
    list_stream("ai_content_sources", ARTICLES, "/ai/content_import_sources", since="2.12"),
    list_stream("ai_external_pages", ARTICLES, "/ai/external_pages", since="2.12"),
    list_stream(
        "articles",
        ARTICLES,
        "/articles",
        paginator=PageNumberPaginator(path="/articles", query=(("per_page", "250"),)),
        replication_key="updated_at",
        unwrap={"tags": "tags"},
    ),
    list_stream("audiences", ARTICLES, "/audiences", (("per_page", "50"),), since="2.16"),
    list_stream("away_status_reasons", ADMINS, "/away_status_reasons", since="2.14"),
    list_stream("brands", ADMINS, "/brands", since="2.15"),
    list_stream(
        "collections",
        ARTICLES,
        "/help_center/collections",
        paginator=PageNumberPaginator(path="/help_center/collections", query=PAGES_OF_60),
        replication_key="updated_at",
    ),
    list_stream("content_snippets", ARTICLES, "/content_snippets", (("per_page", "50"),), since="2.16"),
    list_stream(
        "custom_object_instances",
        "Read and write custom object instances",
        "/custom_object_instances/{name}",
        paginator=NamedListsPaginator(
            path="/custom_object_instances/{name}", setting="custom_object_types", query=(("per_page", "150"),)
        ),
        key=("type", "id"),
        since="2.16",
        by_default=False,  # it needs a setting
    ),
    list_stream(
        "data_connectors",
        CONNECTORS,
        "/data_connectors",
        paginator=CursorPaginator(path="/data_connectors"),
        since="2.16",
    ),
    list_stream("emails", ADMINS, "/emails", since="2.15"),
    list_stream("help_centers", ARTICLES, "/help_center/help_centers"),
    list_stream("internal_articles", ARTICLES, "/internal_articles", since="2.14"),
    list_stream(
        "macros",
        CONVERSATIONS,
        "/macros",
        paginator=CursorPaginator(path="/macros", per_page=150, since="updated_since"),
        replication_key="updated_at",
        lookback_seconds=LAG_SECONDS,
        since="2.16",
    ),
    # One object, with all that is allowed.
    list_stream("ip_allowlist", ADMINS, "/ip_allowlist", at=(), key=("type",), since="2.14"),
    list_stream("news_items", NEWS, "/news/news_items"),
    detail_child(
        "newsfeed_items",
        NEWS,
        "newsfeeds",
        "/news/newsfeeds/{id}/items",
        {"newsfeed_id": "id"},
        key=("newsfeed_id", "id"),
    ),
    list_stream("newsfeeds", NEWS, "/news/newsfeeds"),
    list_stream("office_hours", ADMINS, "/office_hours_schedules", since="2.16"),
    inline_child(
        "team_admins",
        ADMINS,
        "teams",
        ("admin_ids",),
        {"team_id": "id"},
        key=("team_id", "admin_id"),
        value_field="admin_id",
    ),
    list_stream("teams", ADMINS, "/teams", at=("teams",)),
)
