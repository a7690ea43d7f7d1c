"""Cursors of searches: whatever the sort field, following them returns each record once."""

from itertools import islice
from typing import Any

import pytest

from intercom_simulator.protocol.cursors import Cursors, sort_key_of
from intercom_simulator.v2_search import fields

MAX_PAGES = 50  # more than any of these searches has
KEYS = {"contacts": "data", "conversations": "conversations", "tickets": "tickets"}
CUSTOM_OF_CONTACTS = (
    "paid_subscriber",
    "monthly_spend",
    "note",
    "last_order_at",
    "team_mates",
    "plan_name",
    "big number",
)
CUSTOM_OF_CONVERSATIONS = ("Issue tier", "Copilot used", "Größe", "Seats", "Refund €", "Renewal", "Receipts", "Orders")
FIELDS = [
    *(("contacts", field) for field in fields.CONTACT_FIELDS.of(16)),
    *(("contacts", f"custom_attributes.{name}") for name in CUSTOM_OF_CONTACTS),
    *(("conversations", field) for field in fields.CONVERSATION_FIELDS.of(16)),
    *(("conversations", f"custom_attributes.{name}") for name in CUSTOM_OF_CONVERSATIONS),
    *(("tickets", field) for field in fields.TICKET_FIELDS.of(16)),
    *(("tickets", f"ticket_attribute.{number}") for number in range(210, 218)),
]


@pytest.mark.parametrize(("name", "field"), FIELDS, ids=lambda value: value.replace(" ", "_"))
def test_a_walk_by_any_field_meets_every_record_once(unchanged: Any, name: str, field: str) -> None:
    met = {}
    for order in ("ascending", "descending"):
        answers = unchanged.search(name, sort={"field": field, "order": order}, pagination={"per_page": 9})
        pages = list(islice(answers, MAX_PAGES))
        met[order] = [record["id"] for page in pages for record in page[KEYS[name]]]
        assert len(set(met[order])) == len(met[order]) == pages[0]["total_count"]
        assert len(pages) == pages[0]["pages"]["total_pages"]
    assert met["ascending"] == met["descending"][::-1]


@pytest.mark.parametrize(
    "value",
    [None, False, True, 0, -7, 1_700_000_000, 2**53 + 1, 10**30, 12.3456, 3.0, 1e300, "", "3", "Größe", ["7"]],
)
def test_a_cursor_names_exactly_the_place_of_the_last_record(value: Any) -> None:
    cursors = Cursors()
    cursor = cursors.read(cursors.issue(value, "5", 2))
    assert cursor is not None
    assert (cursor.sort_key, cursor.page) == (sort_key_of(value, "5"), 2)


def test_flags_and_large_numbers_have_places_of_their_own() -> None:
    values: list[Any] = [None, -1, 0, 0.5, 2**53, 2**53 + 1, False, True, "", "a"]
    places = [sort_key_of(value, "5") for value in values]
    assert places == sorted(set(places))
