"""A plain tap of singer-sdk: RESTStreams as its cookiecutter makes them, with the schemas of the tap beside it.

sdk_tap.py --config FILE --catalog FILE [--state FILE]
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import requests
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BearerTokenAuthenticator

SCHEMAS = Path(__file__).resolve().parents[2] / "src" / "tap_intercom" / "streams" / "schemas" / "v2"


class Stream(RESTStream[str]):
    """What the streams have in common: the address, the token, and a list that comes in one answer."""

    primary_keys: ClassVar[tuple[str, ...]] = ("id",)

    def __init__(self, tap: Tap) -> None:
        super().__init__(tap, schema=json.loads((SCHEMAS / f"{self.name}.json").read_text()))

    @property
    def url_base(self) -> str:
        """The address of the API."""
        return str(self.config["base_url"])

    @property
    def authenticator(self) -> BearerTokenAuthenticator:
        """The token."""
        return BearerTokenAuthenticator(token=self.config["access_token"])

    @property
    def http_headers(self) -> dict[str, str]:
        """The version of the API."""
        return {"Intercom-Version": "2.16", "Accept": "application/json"}

    def validate_response(self, response: requests.Response) -> None:
        """Take the end of a scroll for no error."""
        if response.status_code != requests.codes.not_found:
            super().validate_response(response)


class Searched(Stream):
    """What is searched for by the time of its last update, page after page."""

    http_method = "POST"
    replication_key = "updated_at"
    is_sorted = True
    next_page_token_jsonpath = "$.pages.next.starting_after"  # noqa: S105 - no password

    def prepare_request_payload(self, context: Mapping[str, Any] | None, next_page_token: str | None) -> dict[str, Any]:
        """Ask for what was updated since the bookmark."""
        since = self.get_starting_replication_key_value(context) or 0
        paging = {"per_page": 150, **({"starting_after": next_page_token} if next_page_token else {})}
        return {
            "query": {"field": "updated_at", "operator": ">", "value": int(since) if str(since).isdecimal() else 0},
            "sort": {"field": "updated_at", "order": "ascending"},
            "pagination": paging,
        }


class Contacts(Searched):
    """Contacts."""

    name, path, records_jsonpath = "contacts", "/contacts/search", "$.data[*]"


class Tickets(Searched):
    """Tickets."""

    name, path, records_jsonpath = "tickets", "/tickets/search", "$.tickets[*]"


class Conversations(Searched):
    """Conversations, each the parent of its parts."""

    name, path, records_jsonpath = "conversations", "/conversations/search", "$.conversations[*]"

    def get_child_context(self, record: dict[str, Any], context: Mapping[str, Any] | None) -> dict[str, Any]:
        """Hand the id on."""
        del context
        return {"conversation_id": record["id"]}


class ConversationParts(Stream):
    """The parts of a conversation."""

    name, path = "conversation_parts", "/conversations/{conversation_id}"
    records_jsonpath = "$.conversation_parts.conversation_parts[*]"
    parent_stream_type = Conversations
    state_partitioning_keys: ClassVar[list[str]] = []

    def get_url_params(self, context: Mapping[str, Any] | None, next_page_token: str | None) -> dict[str, Any]:
        """Ask for texts without markup."""
        del context, next_page_token
        return {"display_as": "plaintext"}


class Companies(Stream):
    """Companies, by a scroll that ends with an empty page or 404."""

    name, path, records_jsonpath = "companies", "/companies/scroll", "$.data[*]"

    def get_new_paginator(self) -> Any:
        """Follow scroll_param."""
        from singer_sdk.pagination import JSONPathPaginator  # noqa: PLC0415 - of one stream

        class Scroll(JSONPathPaginator):
            def has_more(self, response: requests.Response) -> bool:
                return bool(response.json().get("data"))

        return Scroll("$.scroll_param")

    def get_url_params(self, context: Mapping[str, Any] | None, next_page_token: str | None) -> dict[str, Any]:
        """Go on where the last page ended."""
        del context
        return {"scroll_param": next_page_token} if next_page_token else {}


class Attributes(Stream):
    """The data attributes of one model."""

    path, records_jsonpath = "/data_attributes", "$.data[*]"
    primary_keys: ClassVar[tuple[str, ...]] = ("full_name", "model")

    def get_url_params(self, context: Mapping[str, Any] | None, next_page_token: str | None) -> dict[str, Any]:
        """Name the model."""
        del context, next_page_token
        return {"model": self.name.partition("_")[0]}


class ContactAttributes(Attributes):
    """The data attributes of contacts."""

    name = "contact_attributes"


class CompanyAttributes(Attributes):
    """The data attributes of companies."""

    name = "company_attributes"


class Segments(Stream):
    """Segments."""

    name, path, records_jsonpath = "segments", "/segments?include_count=true", "$.segments[*]"


class Tags(Stream):
    """Tags."""

    name, path, records_jsonpath = "tags", "/tags", "$.data[*]"


class Teams(Stream):
    """Teams."""

    name, path, records_jsonpath = "teams", "/teams", "$.teams[*]"


class PlainTap(Tap):
    """All of them."""

    name = "tap-plain"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("access_token", th.StringType, required=True), th.Property("base_url", th.StringType, required=True)
    ).to_dict()

    def discover_streams(self) -> list[Stream]:
        """Name them."""
        kinds: tuple[type[Stream], ...] = (
            Companies, CompanyAttributes, ContactAttributes, Contacts, ConversationParts, Conversations, Segments,
            Tags, Teams, Tickets,
        )  # fmt: skip
        return [kind(self) for kind in kinds]


if __name__ == "__main__":
    PlainTap.cli()
