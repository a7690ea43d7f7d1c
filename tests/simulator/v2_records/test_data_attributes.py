"""Data attributes have the types of the values in records; every type occurs, and archived ones and options."""

from typing import Any

import pytest

PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "float": (float, int),
    "decimal": (float, int),
    "boolean": (bool,),
    "date": (int,),
    "datetime": (int,),
    "list": (str,),
    "files": (list,),
    "relationship": (dict,),
}


def misfits(types: dict[str, str], values: list[dict[str, Any]]) -> tuple[int, set[str]]:
    """Count the values that are not of their attribute's type, and name the types that have values."""
    wrong, seen = 0, set()
    for record in values:
        for name, value in record.items():
            if value is not None and name in types:
                seen.add(types[name])
                wrong += type(value) not in PYTHON[types[name]]
    return wrong, seen


@pytest.mark.parametrize(("model", "stream"), [("contact", "contacts"), ("company", "companies")])
def test_values_of_people_and_companies_are_of_their_attributes_types(ask: Any, model: str, stream: str) -> None:
    listed = ask(f"/data_attributes?model={model}&include_archived=true", version="2.16").json["data"]
    custom = {row["name"]: row for row in listed if row["custom"]}
    assert {row["data_type"] for row in custom.values()} == {"string", "integer", "float", "boolean", "date"}
    assert {row["archived"] for row in custom.values()} == {True, False}
    assert any(row.get("options") for row in custom.values())
    values = [row["custom_attributes"] for row in ask.expected(stream)]
    wrong, seen = misfits({name: row["data_type"] for name, row in custom.items()}, values)
    assert wrong < sum(map(len, values)) / 20, "a few values are odd, as customers send them"
    assert seen >= {"string", "float", "boolean", "date"}
    if model == "contact":
        assert any(custom["old_score"]["archived"] and "old_score" in value for value in values)


@pytest.mark.parametrize("version", ["2.11", "2.14", "2.16"])
def test_values_of_conversations_are_of_their_attributes_types(ask: Any, version: str) -> None:
    old = version != "2.16"
    path = "/data_attributes?model=conversation&" if old else "/conversations/attributes?"
    listed = ask(f"{path}include_archived=true", version=version).json["data"]
    types = {row["name"]: row["data_type"] for row in listed if row.get("custom", True)}
    old_types = {"string", "boolean", "integer", "float", "date"}
    assert set(types.values()) == (old_types if old else set(PYTHON) - {"float", "date"})
    assert {row["archived"] for row in listed} == {True, False}
    wrong, seen = misfits(types, [row["custom_attributes"] for row in ask.expected("conversations", version)])
    assert (wrong, seen) == (0, set(types.values()))
    options = next(row["options"] for row in listed if row["name"] == "Issue tier")
    assert options == ["1", "2", "3"] if old else {option["archived"] for option in options} == {True, False}


@pytest.mark.parametrize("version", ["2.11", "2.16"])
def test_values_of_tickets_are_of_their_types_attributes_types(ask: Any, version: str) -> None:
    kinds = {kind["id"]: kind["ticket_type_attributes"]["data"] for kind in ask.expected("ticket_types", version)}
    known = {"string", "list", "integer", "decimal", "boolean", "datetime", "files"}
    assert {attribute["data_type"] for kind in kinds.values() for attribute in kind} == known
    assert {attribute["archived"] for kind in kinds.values() for attribute in kind} == {True, False}
    tickets = ask.expected("tickets", version)
    seen: set[str] = set()
    for identity, attributes in kinds.items():
        values = [row["ticket_attributes"] for row in tickets if row["ticket_type"]["id"] == identity]
        wrong, types = misfits({one["name"]: one["data_type"] for one in attributes}, values)
        assert wrong == 0
        seen |= types
    assert seen == known
