"""Links from the side of what is linked: searches and lists by tag and by segment, and the counts of segments."""

from collections import defaultdict
from typing import Any

import pytest

from intercom_simulator.world import manual_changes

VERSIONS = ("2.7", "2.11", "2.14", "2.16")


def equals(field: str, value: object, operator: str = "=") -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def search(ask: Any, query: dict[str, Any], version: str, **body: Any) -> list[dict[str, Any]]:
    pages = list(ask.search("contacts", version, query=query, pagination={"per_page": 20}, **body))
    found = [record for page in pages for record in page["data"]]
    assert {page["total_count"] for page in pages} == {len(found)}
    return found


def linked(ask: Any, stream: str, key: str, version: str = "2.16") -> dict[str, set[str]]:
    """Return the parents of each linked id, as the truth has them."""
    parents = defaultdict(set)
    for row in ask.expected(stream, version):
        parents[str(row[key])].add(row[stream.partition("_")[0] + "_id"])
    return parents


def of_companies(ask: Any, parameters: str, version: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    target = f"/companies?per_page=60&{parameters}"
    while target:
        page = ask(target, version=version).json
        found += page["data"]
        target = page["pages"].get("next", "").removeprefix("http://127.0.0.1:8787")
    assert page["total_count"] == len(found)
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("stream", "field"), [("contact_tags", "tag_id"), ("contact_segments", "segment_id")])
def test_a_search_by_tag_or_segment_finds_those_that_have_it(
    unchanged: Any, version: str, stream: str, field: str
) -> None:
    everybody = {one["id"] for one in unchanged.expected("contacts", version)}
    parents = linked(unchanged, stream, field, version)
    assert len(parents) >= 4
    for value, wanted in list(parents.items())[:6]:
        assert {one["id"] for one in search(unchanged, equals(field, value), version)} == wanted
        others = search(unchanged, equals(field, value, "!="), version)
        assert {one["id"] for one in others} == everybody - wanted
    assert search(unchanged, equals(field, "no such"), version) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("field", ["tag_id", "segment_id"])
def test_such_a_search_has_other_filters_and_is_sorted(unchanged: Any, version: str, field: str) -> None:
    links = linked(unchanged, f"contact_{field.removesuffix('_id')}s", field, version)
    for value, wanted in list(links.items())[:4]:
        contacts = [one for one in unchanged.expected("contacts", version) if one["id"] in wanted]
        middle = sorted(one["updated_at"] for one in contacts)[len(contacts) // 2] - 5 * 86400
        filters = [equals(field, value), equals("role", "user"), equals("updated_at", middle, ">")]
        for order in ("ascending", "descending"):
            sort = {"field": "updated_at", "order": order}
            found = search(unchanged, {"operator": "AND", "value": filters}, version, sort=sort)
            times = [one["updated_at"] for one in found]
            assert times == sorted(times, reverse=order == "descending")
            late = {one["id"] for one in contacts if one["role"] == "user" and one["updated_at"] > middle + 86400}
            assert late <= {one["id"] for one in found} <= {one["id"] for one in contacts if one["role"] == "user"}
        either = {"operator": "OR", "value": [filters[0], equals("id", "none")]}
        assert {one["id"] for one in search(unchanged, either, version)} == wanted


@pytest.mark.parametrize("version", VERSIONS)
def test_companies_are_listed_by_tag_and_by_segment(unchanged: Any, version: str) -> None:
    segments, tags = linked(unchanged, "company_segments", "id"), linked(unchanged, "company_tags", "tag_id")
    assert len(segments) == 2
    assert len(tags) > 10
    for field, parents in (("segment_id", segments), ("tag_id", tags)):
        for value, wanted in list(parents.items())[:5]:
            assert {one["id"] for one in of_companies(unchanged, f"{field}={value}", version)} == wanted
        assert of_companies(unchanged, f"{field}=none", version) == []
    (segment, members), (tag, tagged) = next(iter(segments.items())), next(iter(tags.items()))
    both = of_companies(unchanged, f"segment_id={segment}&tag_id={tag}", version)
    assert {one["id"] for one in both} == members & tagged


def test_page_numbers_reach_ten_thousand_companies_of_a_segment_and_no_more(open_workspace: Any) -> None:
    ask = open_workspace(scale=0.2, switches={"page_cap": 20})
    segment = ask("/segments?type=company", version="2.16").json["segments"][0]["id"]
    assert ask(f"/companies?segment_id={segment}&per_page=10&page=2", version="2.16").status == 200
    beyond = ask(f"/companies?segment_id={segment}&per_page=10&page=3", version="2.16")
    assert beyond.error == (400, "bad_request", "page limit reached, please use scroll API")


@pytest.mark.parametrize("version", ["1.4", *VERSIONS])
@pytest.mark.parametrize("kind", ["people", "company"])
def test_the_count_of_a_segment_is_that_of_its_members(unchanged: Any, version: str, kind: str) -> None:
    parameters = "&type=company" if kind == "company" else ""
    segments = unchanged(f"/segments?include_count=true{parameters}", version=version).json["segments"]
    assert len({one["count"] for one in segments}) > 1
    for segment in segments:
        if version == "1.4":
            paths = {"people": {"user": "users", "contact": "contacts"}[segment.get("person_type", "user")]}
            path = paths.get(kind, "companies")
            members = unchanged.pages(f"/{path}?segment_id={segment['id']}&per_page=60", path)
        elif kind == "company":
            members = of_companies(unchanged, f"segment_id={segment['id']}", version)
        else:
            members = search(unchanged, equals("segment_id", segment["id"]), version)
        assert segment["count"] == len(members) > 0


@pytest.mark.parametrize("stream", ["users", "leads", "companies"])
def test_counts_and_members_follow_records_that_come_and_go(ask: Any, stream: str) -> None:
    kind = "&type=company" if stream == "companies" else ""
    path = {"leads": "contacts"}.get(stream, stream)

    def counts() -> list[int]:
        return [one["count"] for one in ask(f"/segments?include_count=true{kind}").json["segments"]]

    world = ask.workspace.world
    assert len(counts()) in (2, 4)
    if stream == "leads":
        manual_changes.put(world, "segments", "5f00", {"name": "Leads", "person_type": "contact"})
    before = counts()
    for entry in list(world.streams[stream])[::2]:
        world.remove(stream, entry)
    after = counts()
    assert after != before
    for _ in range(40):
        world.create(stream, int(world.clock.now()))
    assert sum(counts()) > sum(after)
    for segment in ask(f"/segments?include_count=true{kind}").json["segments"]:
        person_type = {"users": "user", "leads": "contact"}.get(stream)
        if segment.get("person_type") == person_type:
            assert segment["count"] == len(ask.pages(f"/{path}?segment_id={segment['id']}&per_page=60", path))


def test_a_search_finds_what_the_index_knows(open_workspace: Any) -> None:
    ask = open_workspace(switches={"search_lag_seconds": 60})
    tag, wanted = next(iter(linked(ask, "contact_tags", "tag_id").items()))
    query = {"operator": "AND", "value": [equals("tag_id", tag), equals("role", "user")]}
    before = {one["id"] for one in search(ask, query, "2.16")}
    assert before <= wanted
    user = next(entry for entry in ask.workspace.world.users if entry.id in before)
    ask.workspace.world.users.change(user, {"tags": {"type": "tag.list", "tags": []}})
    assert {one["id"] for one in search(ask, query, "2.16")} == before
    ask.workspace.clock.advance(61)
    assert {one["id"] for one in search(ask, query, "2.16")} == before - {user.id}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("switch", ["inline", "absent"])
def test_companies_of_2_16_tell_the_number_of_their_notes(open_workspace: Any, version: str, switch: str) -> None:
    ask = open_workspace(scale=0.3, switches={"company_notes": switch})
    has_notes = version == "2.16" and switch == "inline"
    truth = {one["id"]: one for one in ask.expected("companies", version)}
    listed = {one["id"]: one for one in of_companies(ask, "", version)}
    assert listed == truth
    scrolled = ask("/companies/scroll", version=version).json["data"]
    assert all(truth[one["id"]] == one for one in scrolled)
    totals = set()
    for identity, company in listed.items():
        assert ask(f"/companies/{identity}", version=version).json == company
        assert ("notes" in company) is has_notes
        if has_notes:
            url = f"/companies/{identity}/notes"
            notes = ask(f"{url}?per_page=60", version=version).json
            total, shown = notes["total_count"], notes["data"][:10]
            assert company["notes"] == {
                "type": "note.list", "data": shown, "url": url, "total_count": total, "has_more": total > 10,
            }  # fmt: skip
            totals.add(total)
    assert not has_notes or {0, 1, 65} <= totals
