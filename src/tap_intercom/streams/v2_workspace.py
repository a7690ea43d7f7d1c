"""The streams of API 2.x about a workspace, those who work in it and what they have written, one row each."""

from tap_intercom.pagination.cursors import CursorPaginator
from tap_intercom.pagination.page_numbers import NamedListsPaginator, PageNumberPaginator
from tap_intercom.pagination.time_windows import TimeWindowPaginator
from tap_intercom.streams.builders import PAGES_OF_60, detail_child, inline_child, list_stream
from tap_intercom.streams.model import Permission, Stream

LAG_SECONDS = 600  # nothing says how soon a list or a log shows what was done

STREAMS: tuple[Stream, ...] = (
    list_stream(
        "admin_activity_logs",
        Permission.ADMIN_ACTIVITY_LOGS,
        TimeWindowPaginator(path="/admins/activity_logs"),
        records_at=("activity_logs",),
        replication_key="created_at",
        lookback_seconds=LAG_SECONDS,
        last_version="2.15",
        append_only=True,
    ),
    list_stream(
        "admin_activity_logs",
        Permission.ADMIN_ACTIVITY_LOGS,
        TimeWindowPaginator(path="/admins/activity_logs/search", per_page=250),
        records_at=("activity_logs",),
        replication_key="created_at",
        lookback_seconds=LAG_SECONDS,
        first_version="2.16",
        append_only=True,
    ),
    list_stream(
        "admins",
        Permission.ADMINS,
        PageNumberPaginator(path="/admins", query=(("display_avatar", "true"),)),
        records_at=("admins",),
        wrapped_texts={"avatar": "image_url"},  # the files of 2.14 and later have its address alone
    ),
    list_stream(
        "ai_content_sources",
        Permission.ARTICLES,
        PageNumberPaginator(path="/ai/content_import_sources"),
        first_version="2.12",
    ),
    list_stream(
        "ai_external_pages", Permission.ARTICLES, PageNumberPaginator(path="/ai/external_pages"), first_version="2.12"
    ),
    list_stream(
        "articles",
        Permission.ARTICLES,
        PageNumberPaginator(path="/articles", query=(("per_page", "250"),)),
        replication_key="updated_at",
        unwrap={"tags": "tags"},
    ),
    list_stream(
        "audiences",
        Permission.ARTICLES,
        PageNumberPaginator(path="/audiences", query=(("per_page", "50"),)),
        first_version="2.16",
    ),
    list_stream(
        "away_status_reasons", Permission.ADMINS, PageNumberPaginator(path="/away_status_reasons"), first_version="2.14"
    ),
    list_stream("brands", Permission.ADMINS, PageNumberPaginator(path="/brands"), first_version="2.15"),
    list_stream(
        "collections",
        Permission.ARTICLES,
        PageNumberPaginator(path="/help_center/collections", query=PAGES_OF_60),
        replication_key="updated_at",
    ),
    list_stream(
        "content_snippets",
        Permission.ARTICLES,
        PageNumberPaginator(path="/content_snippets", query=(("per_page", "50"),)),
        first_version="2.16",
    ),
    list_stream(
        "custom_object_instances",
        Permission.CUSTOM_OBJECTS,
        NamedListsPaginator(
            path="/custom_object_instances/{name}", setting="custom_object_types", query=(("per_page", "150"),)
        ),
        key=("type", "id"),
        first_version="2.16",
        by_default=False,  # it needs a setting
    ),
    list_stream(
        "data_connectors",
        Permission.DATA_CONNECTORS,
        CursorPaginator(path="/data_connectors"),
        first_version="2.16",
    ),
    list_stream("emails", Permission.ADMINS, PageNumberPaginator(path="/emails"), first_version="2.15"),
    list_stream("help_centers", Permission.ARTICLES, PageNumberPaginator(path="/help_center/help_centers")),
    list_stream(
        "internal_articles", Permission.ARTICLES, PageNumberPaginator(path="/internal_articles"), first_version="2.14"
    ),
    list_stream(
        "macros",
        Permission.CONVERSATIONS,
        CursorPaginator(path="/macros", per_page=150, since="updated_since"),
        replication_key="updated_at",
        lookback_seconds=LAG_SECONDS,
        first_version="2.16",
    ),
    # One object, with all that is allowed.
    list_stream(
        "ip_allowlist",
        Permission.ADMINS,
        PageNumberPaginator(path="/ip_allowlist"),
        records_at=(),
        key=("type",),
        first_version="2.14",
    ),
    list_stream("news_items", Permission.NEWS, PageNumberPaginator(path="/news/news_items")),
    detail_child(
        "newsfeed_items",
        Permission.NEWS,
        parent="newsfeeds",
        path="/news/newsfeeds/{id}/items",
        from_parent={"newsfeed_id": "id"},
        key=("newsfeed_id", "id"),
        is_link=True,
    ),
    list_stream("newsfeeds", Permission.NEWS, PageNumberPaginator(path="/news/newsfeeds")),
    list_stream(
        "office_hours", Permission.ADMINS, PageNumberPaginator(path="/office_hours_schedules"), first_version="2.16"
    ),
    inline_child(
        "team_admins",
        Permission.ADMINS,
        parent="teams",
        records_at=("admin_ids",),
        inherit={"team_id": "id"},
        key=("team_id", "admin_id"),
        is_link=True,
        value_field="admin_id",
    ),
    list_stream("teams", Permission.ADMINS, PageNumberPaginator(path="/teams"), records_at=("teams",)),
)
