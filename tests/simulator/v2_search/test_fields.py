"""Search fields and operators that the OpenAPI files accept are accepted, and find the records that are served."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from intercom_simulator.protocol.filters import FilterContext
from intercom_simulator.protocol.query import OPERATORS, read_query
from intercom_simulator.protocol.responses import ApiError

VERSIONS = ("2.11", "2.14", "2.16")
KEYS = {"contacts": "data", "conversations": "conversations", "tickets": "tickets"}
OPERATIONS = {"contacts": "SearchContacts", "conversations": "searchConversations", "tickets": "searchTickets"}
VALUES = {"Date": 1_700_000_000, "Integer": 1, "Boolean": True, "Float": 1.5, "String": "x"}
MADE_UP = {
    "custom_attributes.{attribute_name}": "custom_attributes.plan_name",
    "ticket_attribute.{id}": "ticket_attribute.222",
}
PLACES = {
    "contacts": {
        "avatar": "avatar.image_url",
        "formatted_phone": "phone",
        "ios_app_device": "ios_device",
        "andoid_sdk_version": "android_sdk_version",
        "tag_id": "tags.data.0.id",
        "segment_id": "segments.data.0.id",
    },
    "conversations": {
        "channel_initiated": "source.type",
        "contact_ids": "contacts.contacts.0.id",
        "teammate_ids": "teammates.teammates.0.id",
        "tag_ids": "tags.tags.0.id",
        "conversation_rating.requested_at": "conversation_rating.created_at",
        "conversation_rating.replied_at": "conversation_rating.created_at",
        "conversation_rating.score": "conversation_rating.rating",
        "conversation_rating.contact_id": "conversation_rating.contact.id",
        "conversation_rating.admin_d": "conversation_rating.teammate.id",
    },
    "tickets": {
        "title": "ticket_attributes._default_title_",
        "description": "ticket_attributes._default_description_",
        "ticket_type_id": "ticket_type.id",
        "contact_ids": "contacts.contacts.0.id",
        "teammate_ids": "ticket_parts.ticket_parts.0.author.id",
        "ticket_attribute.222": "ticket_attributes.Priorité",
    },
}
WORDS = {"Customer": "request", "Back-office": "task", "Tracker": "tracker"}
OF_TYPE = "98"  # whose attribute 222 is


class Table(NamedTuple):
    """What can be searched for: each field with its type, each operator with the types that have it."""

    fields: dict[str, str]
    operators: dict[str, str]

    def operators_of(self, field: str) -> set[str]:
        if field == "tag_id":  # whose operators the text names
            return {"=", "!="}
        kinds = re.findall(r"String|Integer|Boolean|Date|Float", self.fields[field])
        return {
            operator for operator, types in self.operators.items() if any(has(types, field, kind) for kind in kinds)
        }

    def filter(self, field: str, operator: str) -> dict[str, Any]:
        """Return a filter with a value of the field's type, or a text where only texts have the operator."""
        kind = "Integer" if " or " in self.fields[field] else re.split(r"\W", self.fields[field])[0]
        value = VALUES["String" if operator in "~!~^$" else kind]
        return {"field": field, "operator": operator, "value": [value] if "IN" in operator else value}


def is_taken(language: FilterContext, query: dict[str, Any]) -> bool:
    try:
        read_query(query, language)
    except ApiError:
        return False
    return True


def has(types: str, field: str, kind: str) -> bool:
    everything, _, excepted = types.partition(" except ")
    return field not in excepted.split() and kind not in excepted and (everything == "All" or kind in types)


def table(folder: Path, version: str, name: str) -> Table:
    text = (folder / f"openapi-{version}.yaml").read_text()
    text = text[text.index(f"operationId: {OPERATIONS[name]}\n") :]
    fields, operators = text[text.index("### Accepted Fields") :].split("responses:")[0].split("### Accepted Operators")
    rows = {MADE_UP.get(field, field): kind for field, kind in re.findall(r"\| ([\w.{}]+) +\| ([A-Z].*?) *\|", fields)}
    del rows["Field"]
    return Table(rows, dict(re.findall(r"\| ([^\w\s]+|IN|NIN) +\| (.*?) *\|", operators)))


@pytest.fixture(scope="session")
def folder(samples: Path) -> Path:
    return samples.parent.parent / "api"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", KEYS)
def test_every_field_has_the_operators_that_are_documented(
    unchanged: Any, folder: Path, name: str, version: str
) -> None:
    documented, searchable = table(folder, version, name), unchanged.workspace.context.searchable
    language = searchable.filter_context(searchable.targets[name], int(version[2:]))
    for field in documented.fields:
        taken = {operator for operator in OPERATORS if is_taken(language, documented.filter(field, operator))}
        expected = documented.operators_of(field)
        assert expected <= taken
        assert name != "contacts" or expected == taken


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", KEYS)
def test_a_value_that_a_record_has_finds_the_record(unchanged: Any, folder: Path, name: str, version: str) -> None:
    documented = table(folder, version, name)
    served = [record for page in unchanged.search(name, version) for record in page[KEYS[name]]]
    for record in served[:5] if name == "contacts" else ():
        record["segments"] = unchanged(f"/contacts/{record['id']}/segments", version=version).json
    missing = []
    for field in documented.fields:
        held = [(record, value) for record in served if (value := held_by(record, name, field)) not in (None, "")]
        if not held:
            missing.append(field)
            continue
        for record, value in (held[0], held[-1]):
            query = {"field": field, "operator": "=", "value": value}
            found = [one["id"] for page in unchanged.search(name, version, query=query) for one in page[KEYS[name]]]
            assert record["id"] in found, (field, value)
            query["operator"] = "!="
            if "!=" in documented.operators_of(field):
                found = [one["id"] for page in unchanged.search(name, version, query=query) for one in page[KEYS[name]]]
                assert record["id"] not in found, (field, value)
    assert missing == []


def held_by(record: Any, name: str, field: str) -> Any:
    if field == "email_domain":
        return (record["email"] or "").rpartition("@")[2]
    if field == "source.body":
        return next(iter(re.findall(r"\b[a-z]{5,}\b", re.sub("<[^>]*>", " ", record["source"]["body"] or ""))), None)
    if field.startswith("ticket_attribute.") and record["ticket_type"]["id"] != OF_TYPE:
        return None
    if field == "category":
        return WORDS[record["category"]]
    if name == "tickets" and field == "state":
        return record["ticket_state"] if isinstance(record["ticket_state"], str) else record["ticket_state"]["category"]
    value = record
    for key in PLACES[name].get(field, field).split("."):
        is_first = key == "0" and isinstance(value, list)
        value = next(iter(value), None) if is_first else (value or {}).get(key)
    return value


def test_fields_are_those_of_the_version(ask: Any) -> None:
    def answer(version: str, field: str, operator: str) -> Any:
        query = {"query": {"field": field, "operator": operator, "value": "1"}}
        reply = ask("/contacts/search", "POST", query, version=version)
        return reply.status if reply.status == 200 else reply.error[1]

    assert [answer(version, "owner_id", ">") for version in ("2.14", "2.16")] == [200, "parameter_invalid"]
    assert [answer(version, "owner_id", "^") for version in ("2.14", "2.16")] == ["parameter_invalid", 200]
    assert [answer(version, "formatted_phone", "=") for version in ("2.14", "2.16")] == ["invalid_field", 200]
    assert answer("2.16", "ticket_attribute.222", "=") == "invalid_field"


@pytest.mark.parametrize("version", ["2.14", "2.16"])
def test_values_are_those_of_the_version(ask: Any, version: str) -> None:
    everything = [record for page in ask.search("conversations", version) for record in page["conversations"]]
    for field in ("priority", "admin_assignee_id"):
        for value in {record[field] for record in everything}:
            query = {"field": field, "operator": "=", "value": value}
            pages = list(ask.search("conversations", version, query=query))
            found = {record["id"] for page in pages for record in page["conversations"]}
            assert found == {record["id"] for record in everything if record[field] == value}


def test_what_was_found_in_one_version_is_not_what_another_finds(ask: Any) -> None:
    query = {"field": "priority", "operator": "IN", "value": ["priority", "none", "urgent"]}
    for version in ("2.16", "2.14"):
        walked = {}
        for asked in ({}, {"query": query}):
            pages = ask.search("conversations", version, sort={"field": "priority", "order": "ascending"}, **asked)
            walked[bool(asked)] = [record["priority"] for page in pages for record in page["conversations"]]
        assert walked[False] == sorted(walked[False])
        assert walked[True] == [priority for priority in walked[False] if priority in query["value"]] != []


def test_attributes_of_tickets_are_searched_by_their_ids(ask: Any) -> None:
    everything = [record for page in ask.search("tickets") for record in page["tickets"]]
    for kind in {record["ticket_type"]["id"]: record["ticket_type"] for record in everything}.values():
        for attribute in kind["ticket_type_attributes"]["data"]:
            held = {
                record["id"]: value
                for record in everything
                if record["ticket_type"]["id"] == kind["id"]
                and (value := record["ticket_attributes"][attribute["name"]]) not in (None, "", [])
            }
            value = next((value for value in held.values() if not isinstance(value, list)), "no such value")
            query = {"field": f"ticket_attribute.{attribute['id']}", "operator": "=", "value": value}
            found = {record["id"] for page in ask.search("tickets", query=query) for record in page["tickets"]}
            assert found == {identity for identity, one in held.items() if one == value}
            query["operator"] = "!="
            others = {record["id"] for page in ask.search("tickets", query=query) for record in page["tickets"]}
            assert others == {record["id"] for record in everything} - found
