"""The streams of API 2.x about a workspace, those who work in it and what they have written, one row each."""

from tap_intercom.pagination.page_numbers import NamedListsPaginator, PageNumberPaginator
from tap_intercom.pagination.search import CursorPaginator
from tap_intercom.pagination.time_windows import TimeWindowPaginator
from tap_intercom.streams.builders import CONVERSATIONS, PAGES_OF_60, below, listed, within
from tap_intercom.streams.model import Stream

ADMINS = "Read admins"
ARTICLES = "Read and List Articles"
NEWS = "Read and list news items and newsfeeds"
LAG_SECONDS = 600  # nothing says how soon a list or a log shows what was done
CONNECTORS = "Read data connectors"

STREAMS: tuple[Stream, ...] = (
    listed(
        "admin_activity_logs",
        "Read admin activity logs",
        "/admins/activity_logs",
        paginator=TimeWindowPaginator(path="/admins/activity_logs"),
        at=("activity_logs",),
        cursor="created_at",
        lookback_seconds=LAG_SECONDS,
        until="2.15",
    ),
    listed(
        "admin_activity_logs",
        "Read admin activity logs",
        "/admins/activity_logs/search",
        paginator=TimeWindowPaginator(path="/admins/activity_logs/search", per_page=250),
        at=("activity_logs",),
        cursor="created_at",
        lookback_seconds=LAG_SECONDS,
        since="2.16",
    ),
    listed(
        "admins",
        ADMINS,
        "/admins",
        (("display_avatar", "true"),),
        at=("admins",),
        wraps={"avatar": "image_url"},  # the files of 2.14 and later have its address alone
    ),
    listed("ai_content_sources", ARTICLES, "/ai/content_import_sources", since="2.12"),
    listed("ai_external_pages", ARTICLES, "/ai/external_pages", since="2.12"),
    listed(
        "articles",
        ARTICLES,
        "/articles",
        paginator=PageNumberPaginator(path="/articles", query=(("per_page", "250"),)),
        cursor="updated_at",
        denest={"tags": "tags"},
    ),
    listed("audiences", ARTICLES, "/audiences", (("per_page", "50"),), since="2.16"),
    listed("away_status_reasons", ADMINS, "/away_status_reasons", since="2.14"),
    listed("brands", ADMINS, "/brands", since="2.15"),
    listed(
        "collections",
        ARTICLES,
        "/help_center/collections",
        paginator=PageNumberPaginator(path="/help_center/collections", query=PAGES_OF_60),
        cursor="updated_at",
    ),
    listed("content_snippets", ARTICLES, "/content_snippets", (("per_page", "50"),), since="2.16"),
    listed(
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
    listed(
        "data_connectors",
        CONNECTORS,
        "/data_connectors",
        paginator=CursorPaginator(path="/data_connectors"),
        since="2.16",
    ),
    listed("emails", ADMINS, "/emails", since="2.15"),
    listed("help_centers", ARTICLES, "/help_center/help_centers"),
    listed("internal_articles", ARTICLES, "/internal_articles", since="2.14"),
    listed(
        "macros",
        CONVERSATIONS,
        "/macros",
        paginator=CursorPaginator(path="/macros", per_page=150, since="updated_since"),
        cursor="updated_at",
        lookback_seconds=LAG_SECONDS,
        since="2.16",
    ),
    # One object, with all that is allowed.
    listed("ip_allowlist", ADMINS, "/ip_allowlist", at=(), key=("type",), since="2.14"),
    listed("news_items", NEWS, "/news/news_items"),
    below(
        "newsfeed_items",
        NEWS,
        "newsfeeds",
        "/news/newsfeeds/{id}/items",
        {"newsfeed_id": "id"},
        key=("newsfeed_id", "id"),
    ),
    listed("newsfeeds", NEWS, "/news/newsfeeds"),
    listed("office_hours", ADMINS, "/office_hours_schedules", since="2.16"),
    within(
        "team_admins",
        ADMINS,
        "teams",
        ("admin_ids",),
        {"team_id": "id"},
        key=("team_id", "admin_id"),
        bare="admin_id",
    ),
    listed("teams", ADMINS, "/teams", at=("teams",)),
)
