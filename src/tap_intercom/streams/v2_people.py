"""The streams of API 2.x about people and companies, one row each."""

from tap_intercom.pagination.cursors import NextCursorPaginator, NextLinkPaginator
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.scroll import ScrollPaginator
from tap_intercom.streams.builders import (
    CONTACT_LISTS,
    PAGES_OF_60,
    PEOPLE,
    detail_child,
    inline_child,
    link_stream,
    list_stream,
    search_stream,
)
from tap_intercom.streams.model import Stream

TAGS = "Read tags"
PAGE_NUMBER_LIMIT = 10_000  # records; docs: List all companies

_OF_CONTACT = {"contact_id": "id", "contact_updated_at": "updated_at"}
_OF_COMPANY = {"company_id": "id", "company_updated_at": "updated_at"}
_BY_CONTACT = ("contact_id", "id")
_BY_COMPANY = ("company_id", "id")
_BY_NAME_AND_MODEL = ("full_name", "model")

STREAMS: tuple[Stream, ...] = (
    list_stream(
        "companies",
        PEOPLE,
        "/companies",
        paginator=ScrollPaginator(path="/companies"),
        # 50 a page reach the limit exactly.
        instead=PageNumberPaginator(
            path="/companies/list", query=(("per_page", "50"),), method="POST", limit=PAGE_NUMBER_LIMIT
        ),
        replication_key="updated_at",
        attributes={"custom_attributes": "company_attributes"},
        unwrap={"tags": "tags", "segments": "segments", "notes": "notes"},
    ),
    list_stream("company_attributes", PEOPLE, "/data_attributes", (("model", "company"),), key=_BY_NAME_AND_MODEL),
    detail_child(
        "company_contacts",
        PEOPLE,
        "companies",
        "/companies/{id}/contacts",
        _OF_COMPANY,
        PAGES_OF_60,
        key=_BY_COMPANY,
        is_partial=True,
    ),
    detail_child("company_notes", PEOPLE, "companies", "/companies/{id}/notes", _OF_COMPANY, PAGES_OF_60, since="2.15"),
    detail_child(
        "company_segments",
        PEOPLE,
        "companies",
        "/companies/{id}/segments",
        _OF_COMPANY,
        key=_BY_COMPANY,
        bookmark="segments_of_companies",
    ),
    inline_child("company_tags", PEOPLE, "companies", ("tags", "tags"), _OF_COMPANY, key=_BY_COMPANY),
    list_stream("contact_attributes", PEOPLE, "/data_attributes", (("model", "contact"),), key=_BY_NAME_AND_MODEL),
    link_stream(
        "contact_companies",
        PEOPLE,
        "contacts",
        "/contacts/{id}/companies",
        _OF_CONTACT,
        PAGES_OF_60,
        lists="companies",
    ),
    detail_child(
        "contact_merge_history",
        PEOPLE,
        "contacts",
        "/contacts/{id}/merge_history",
        _OF_CONTACT,
        (("per_page", "150"),),
        key=("contact_id", "source_contact_id"),
        since="2.16",
        paginator=NextCursorPaginator,
        parent_filter={"role": frozenset({"user"})},  # of a lead, Intercom says that there is no such contact
    ),
    detail_child(
        "contact_notes", PEOPLE, "contacts", "/contacts/{id}/notes", _OF_CONTACT, PAGES_OF_60, lists=("notes",)
    ),
    detail_child("contact_segments", PEOPLE, "contacts", "/contacts/{id}/segments", _OF_CONTACT, key=_BY_CONTACT),
    detail_child(
        "contact_subscriptions",
        PEOPLE,
        "contacts",
        "/contacts/{id}/subscriptions",
        _OF_CONTACT,
        key=_BY_CONTACT,
        lists=("opted_in_subscription_types", "opted_out_subscription_types"),
    ),
    link_stream("contact_tags", PEOPLE, "contacts", "/contacts/{id}/tags", _OF_CONTACT, lists="tags"),
    search_stream(
        "contacts",
        PEOPLE,
        at="data",
        attributes={"custom_attributes": "contact_attributes"},
        by_day=True,
        unwrap=dict.fromkeys((*CONTACT_LISTS, "social_profiles"), "data"),
        full_lists=CONTACT_LISTS,
    ),
    detail_child(
        "data_events",
        "Read events",
        "contacts",
        "/events",
        _OF_CONTACT,
        (("type", "user"), ("intercom_user_id", "{id}")),
        key=("contact_id", "event_name", "created_at"),
        at=("events",),
        paginator=NextLinkPaginator,
        by_default=False,  # a request for each contact, of whom few have events
    ),
    list_stream(
        "segments", PEOPLE, "/segments", (("include_count", "true"),), at=("segments",), replication_key="updated_at"
    ),
    list_stream("subscription_types", PEOPLE, "/subscription_types"),
    list_stream("tags", TAGS, "/tags"),
)
