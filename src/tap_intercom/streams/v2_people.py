"""The streams of API 2.x about people and companies, one row each."""

from tap_intercom.pagination.cursors import NextCursorPaginator, NextLinkPaginator
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.scroll import ScrollPaginator
from tap_intercom.streams.builders import (
    LISTS_OF_CONTACTS,
    PAGES_OF_60,
    PEOPLE,
    below,
    linked,
    listed,
    searched,
    within,
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
    listed(
        "companies",
        PEOPLE,
        "/companies",
        paginator=ScrollPaginator(path="/companies"),
        # 50 a page reach the limit exactly.
        instead=PageNumberPaginator(
            path="/companies/list", query=(("per_page", "50"),), method="POST", limit=PAGE_NUMBER_LIMIT
        ),
        cursor="updated_at",
        attributes={"custom_attributes": "company_attributes"},
        denest={"tags": "tags", "segments": "segments", "notes": "notes"},
    ),
    listed("company_attributes", PEOPLE, "/data_attributes", (("model", "company"),), key=_BY_NAME_AND_MODEL),
    below(
        "company_contacts",
        PEOPLE,
        "companies",
        "/companies/{id}/contacts",
        _OF_COMPANY,
        PAGES_OF_60,
        key=_BY_COMPANY,
        outline=True,
    ),
    below("company_notes", PEOPLE, "companies", "/companies/{id}/notes", _OF_COMPANY, PAGES_OF_60, since="2.15"),
    below(
        "company_segments",
        PEOPLE,
        "companies",
        "/companies/{id}/segments",
        _OF_COMPANY,
        key=_BY_COMPANY,
        bookmark="segments_of_companies",
    ),
    within("company_tags", PEOPLE, "companies", ("tags", "tags"), _OF_COMPANY, key=_BY_COMPANY),
    listed("contact_attributes", PEOPLE, "/data_attributes", (("model", "contact"),), key=_BY_NAME_AND_MODEL),
    linked(
        "contact_companies",
        PEOPLE,
        "contacts",
        "/contacts/{id}/companies",
        _OF_CONTACT,
        PAGES_OF_60,
        lists="companies",
    ),
    below(
        "contact_merge_history",
        PEOPLE,
        "contacts",
        "/contacts/{id}/merge_history",
        _OF_CONTACT,
        (("per_page", "150"),),
        key=("contact_id", "source_contact_id"),
        since="2.16",
        paginator=NextCursorPaginator,
        only={"role": frozenset({"user"})},  # of a lead, Intercom says that there is no such contact
    ),
    below("contact_notes", PEOPLE, "contacts", "/contacts/{id}/notes", _OF_CONTACT, PAGES_OF_60, lists=("notes",)),
    below("contact_segments", PEOPLE, "contacts", "/contacts/{id}/segments", _OF_CONTACT, key=_BY_CONTACT),
    below(
        "contact_subscriptions",
        PEOPLE,
        "contacts",
        "/contacts/{id}/subscriptions",
        _OF_CONTACT,
        key=_BY_CONTACT,
        lists=("opted_in_subscription_types", "opted_out_subscription_types"),
    ),
    linked("contact_tags", PEOPLE, "contacts", "/contacts/{id}/tags", _OF_CONTACT, lists="tags"),
    searched(
        "contacts",
        PEOPLE,
        at="data",
        attributes={"custom_attributes": "contact_attributes"},
        by_day=True,
        denest=dict.fromkeys((*LISTS_OF_CONTACTS, "social_profiles"), "data"),
        rest=LISTS_OF_CONTACTS,
    ),
    below(
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
    listed("segments", PEOPLE, "/segments", (("include_count", "true"),), at=("segments",), cursor="updated_at"),
    listed("subscription_types", PEOPLE, "/subscription_types"),
    listed("tags", TAGS, "/tags"),
)
