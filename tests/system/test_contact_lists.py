"""What contacts begin to list of what hangs on them: it is read from there, and asked for where that is not all."""

from collections import Counter
from typing import Any

import pytest

from conftest import Output, Simulator, Tap

LISTS = {
    "contact_tags": ("tags",),
    "contact_companies": ("companies",),
    "contact_notes": ("notes",),
    "contact_subscriptions": ("opted_in_subscription_types", "opted_out_subscription_types"),
}
LINKS = ("contact_tags", "contact_companies")


def asked(simulator: Simulator) -> dict[str, set[str]]:
    """Give the contacts that were asked for each of their lists; none may be asked for the same page twice."""
    requests = [(request["path"], request["query"]) for request in simulator.requests() if request["method"] == "GET"]
    assert max(Counter(requests).values(), default=1) == 1
    found: dict[str, set[str]] = {name: set() for name in LISTS}
    for path, _ in requests:
        _, kind, *rest = path.split("/")
        if kind == "contacts":
            found[f"contact_{rest[1]}"].add(rest[0])
    return found


def links(output: Output, name: str) -> Counter[tuple[str, str]]:
    return Counter((row["contact_id"], row["id"]) for row in output.records(name))


def test_the_lists_of_a_contact_are_whole_and_nothing_is_asked_twice(simulator: Simulator, tap: Tap) -> None:
    names = ("contacts", "users", *LISTS)
    catalog = tap.catalog(*names, api_version="2.16")
    simulator.forget_requests()
    output = tap(api_version="2.16", catalog=catalog)
    for rows, field, name, key in (
        ("contacts", "tags", "contact_tags", "tag_id"),
        ("contacts", "companies", "contact_companies", "company_id"),
        ("contacts", "notes", "contact_notes", "id"),
        ("users", "tags", "contact_tags", "tag_id"),
        ("users", "companies", "contact_companies", "company_id"),
    ):
        held = {(row["id"], item["id"]) for row in output.records(rows) for item in row[field]}
        people = {row["id"] for row in output.records(rows)}
        truth = simulator.truth(name, "2.16")
        assert held == {(row["contact_id"], row[key]) for row in truth if row["contact_id"] in people}
        assert sum(len(row[field]) for row in output.records(rows)) == len(held)
        assert len({tuple(item) for row in output.records(rows) for item in row[field]}) == 1
    times = Counter((request["path"], request["query"]) for request in simulator.requests())
    assert {path for (path, _), count in times.items() if count > 1} <= {"/contacts/search"}


def test_only_what_is_selected_is_completed(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("contacts", api_version="2.16")
    gone = (["companies"], ["notes"], ["tags", "items", "id"], ["tags", "items", "url"])
    for entry in catalog["streams"]:
        for piece in entry["metadata"]:
            path = [crumb for crumb in piece["breadcrumb"] if crumb != "properties"]
            piece["metadata"]["selected"] = path not in gone and entry["stream"] == "contacts"
    simulator.forget_requests()
    output = tap(api_version="2.16", catalog=catalog)
    people = contacts(simulator, "2.16")
    cut = {one["id"] for one in people if one["tags"]["has_more"]}
    assert asked(simulator) == {name: cut if name == "contact_tags" else set() for name in LISTS}
    counts = {one["id"]: one["tags"]["total_count"] for one in people}
    for row in output.records("contacts"):
        assert "notes" not in row
        assert row["tags"] == [{"type": "tag"}] * counts[row["id"]]


def test_a_list_that_may_not_be_read_stays_as_the_contact_has_it(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("contacts", "contact_tags", api_version="2.16")
    simulator.fail("http-403", "/contacts/*/tags", times=1000)
    output = tap(api_version="2.16", catalog=catalog, code=3)
    people = {one["id"]: one for one in contacts(simulator, "2.16")}
    for row in output.records("contacts"):
        assert row["tags"] == people[row["id"]]["tags"]["data"]
        assert len(row["companies"]) == people[row["id"]]["companies"]["total_count"]
    whole = {one["id"] for one in people.values() if not one["tags"]["has_more"]}
    held = {(row["id"], tag["id"]) for row in output.records("contacts") for tag in row["tags"] if row["id"] in whole}
    assert links(output, "contact_tags").keys() == held
    assert "ERROR contact_tags: not complete: Intercom answered 403" in output.stderr
    assert "contacts: tags: what is cut off stays so" in output.stderr
    assert "contacts" in output.state["bookmarks"]
    assert "contact_tags" not in output.state["bookmarks"]


def test_contacts_of_companies_are_the_companies_of_contacts(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("contact_companies", "company_contacts", api_version="2.16")
    simulator.forget_requests()
    output = tap(api_version="2.16", catalog=catalog)
    people = {one["id"]: one for one in contacts(simulator, "2.16")}
    assert asked(simulator)["contact_companies"] == {one for one in people if people[one]["companies"]["has_more"]}
    assert not any(request["path"].startswith("/companies") for request in simulator.requests())
    rows = output.records("company_contacts")
    assert sorted((row["id"], row["company_id"]) for row in rows) == sorted(links(output, "contact_companies"))
    for row in rows:
        fields = ("id", "type", "external_id", "role")
        assert {field: row[field] for field in fields} == {field: people[row["id"]][field] for field in fields}
    times = {(row["contact_id"], row["contact_updated_at"]) for row in output.records("contact_companies")}
    assert {(row["id"], row["contact_updated_at"]) for row in rows} == times


def test_a_contact_that_was_set_aside_has_all_its_fields_when_it_comes(simulator: Simulator, tap: Tap) -> None:
    settings: dict[str, Any] = {"catalog": tap.catalog("company_contacts", api_version="2.16"), "api_version": "2.16"}
    expected = sorted(map(str, tap(**settings).records("company_contacts")))
    path = next(
        f"/contacts/{one['id']}/companies" for one in contacts(simulator, "2.16") if one["companies"]["has_more"]
    )
    simulator.fail("http-500", path, times=10**6)
    first = tap(code=5, retry_timeout=0, **settings)
    assert list(first.state["failed_records"]) == ["contacts_of_companies"]
    simulator.heal()
    second = tap(state=first.state, **settings)
    assert "failed_records" not in second.state
    came = {str(row) for output in (first, second) for row in output.records("company_contacts")}
    assert sorted(came) == expected


def test_a_contact_that_was_set_aside_and_is_gone_is_forgotten(tap: Tap) -> None:
    settings: dict[str, Any] = {"catalog": tap.catalog("company_contacts", api_version="2.16"), "api_version": "2.16"}
    state = tap(**settings).state | {"failed_records": {"contacts_of_companies": {"gone": None}}}
    output = tap(state=state, **settings)
    assert "failed_records" not in output.state


def test_a_contact_that_has_gone_stays_as_it_was_listed(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("contacts", api_version="2.16")
    cut = next(one for one in contacts(simulator, "2.16") if one["tags"]["has_more"])
    simulator.fail("merged-410", f"/contacts/{cut['id']}/tags")
    output = tap(api_version="2.16", catalog=catalog)
    row = next(row for row in output.records("contacts") if row["id"] == cut["id"])
    assert row["tags"] == cut["tags"]["data"]


def contacts(simulator: Simulator, version: str) -> list[dict[str, Any]]:
    return simulator.truth("contacts", version)


@pytest.mark.parametrize("version", ["2.7", "2.16"])
def test_a_contact_is_asked_for_what_it_does_not_hold_itself(simulator: Simulator, tap: Tap, version: str) -> None:
    catalog = tap.catalog(*LISTS, api_version=version)
    simulator.forget_requests()
    output = tap(api_version=version, catalog=catalog)
    people = contacts(simulator, version)
    cut = {name: {one["id"] for one in people if one[LISTS[name][0]]["has_more"]} for name in LINKS}
    held = {
        name: {one["id"] for one in people if any(one[field]["total_count"] for field in LISTS[name])}
        for name in LISTS.keys() - cut.keys()
    }
    # What the ids of subscriptions stand for, one list says of all contacts.
    held["contact_subscriptions"] = set()
    types = [request for request in simulator.requests() if request["path"] == "/subscription_types"]
    assert asked(simulator) == cut | held
    assert len(types) == 1
    for name in {*LISTS} - {"contact_subscriptions"}:
        assert 0 < len((cut | held)[name]) < len(people)
    for name in LISTS:
        assert output.counts()[name] == simulator.counts(version)[name]
        assert max(links(output, name).values()) == 1
    for name in LINKS:
        assert {tuple(row) for row in output.records(name)} == {("contact_id", "id", "contact_updated_at", "type")}
        assert len({row["type"] for row in output.records(name)}) == 1


def test_links_that_changed_come_with_the_next_sync(simulator: Simulator, tap: Tap) -> None:
    catalog = tap.catalog("contacts", *LINKS, api_version="2.16")
    first = tap(api_version="2.16", catalog=catalog)
    simulator.advance(3 * 86400)
    one, other = (
        next(one for one in contacts(simulator, "2.16") if one["role"] == "user" and one["tags"]["has_more"] is more)
        for more in (True, False)
    )
    for person in (one, other):
        simulator.change("users", person["id"], updated_at=int(simulator.now()))
    simulator.forget_requests()
    second = tap(api_version="2.16", catalog=catalog, state=first.state)
    came, mine = links(second, "contact_tags"), {one["id"], other["id"]}
    assert {link for link in came if link[0] in mine} == {
        (row["contact_id"], row["tag_id"])
        for row in simulator.truth("contact_tags", "2.16")
        if row["contact_id"] in mine
    }
    assert max(came.values()) == 1
    assert len(came) < simulator.counts("2.16")["contact_tags"] / 4
    assert mine & asked(simulator)["contact_tags"] == {one["id"]}
