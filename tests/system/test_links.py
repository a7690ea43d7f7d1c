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
    assert asked(simulator) == cut | held
    for wanted in (cut | held).values():
        assert 0 < len(wanted) < len(people)
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
