"""What belongs to one record of a list: as the OpenAPI files describe it, in their versions, whole by its pages."""

from pathlib import Path
from typing import Any

import pytest

from openapi_validator import SERVED_OTHERWISE, Specification

VERSIONS = ("2.11", "2.14", "2.16")
# The path as the files have it, and the list whose records it belongs to.
CHILDREN = {
    "/office_hours_schedules/{office_hours_schedule_id}/office_hours_exceptions": "/office_hours_schedules",
    "/articles/{article_id}/versions": "/articles",
    "/help_center/help_centers/{help_center_id}/redirects": "/help_center/help_centers",
    "/data_connectors/{data_connector_id}/execution_results": "/data_connectors",
    "/teams/{team_id}/metrics": "/teams",
    "/contacts/{id}/banners": "/contacts",
}
ALONE = {path: f"{path}/{{id}}" for path in list(CHILDREN)[:4]}


@pytest.fixture(scope="session")
def specifications(samples: Path) -> dict[str, Specification]:
    folder = samples.parent.parent / "api"
    return {version: Specification(folder / f"openapi-{version}.yaml", SERVED_OTHERWISE) for version in VERSIONS}


def get(ask: Any, target: str, version: str = "2.16") -> Any:
    reply = ask(target, version=version)
    assert reply.status == 200, (target, reply.body)
    return reply.json


def parents(ask: Any, path: str) -> list[str]:
    page = get(ask, path)
    return [one["id"] for one in page.get("data") or page["teams"]]


def whole(ask: Any, target: str) -> list[Any]:
    found, following = [], target
    while following:
        page = get(ask, following)
        found += page["data"]
        after = (page.get("pages") or {}).get("next")
        if isinstance(after, dict):
            after = f"{target}{'&' if '?' in target else '?'}starting_after={after['starting_after']}"
        following = (after or "").removeprefix("http://127.0.0.1:8787")
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", CHILDREN)
def test_they_look_as_described_in_the_versions_that_describe_them(
    unchanged: Any, specifications: Any, version: str, path: str
) -> None:
    document = specifications[version].document["paths"]
    head, _, tail = path.partition("{")
    for parent in parents(unchanged, CHILDREN[path])[:12]:
        target = f"{head}{parent}{tail.partition('}')[2]}"
        reply = unchanged(target, version=version)
        assert reply.status == (200 if path in document else 400)
        if reply.status == 200:
            assert specifications[version].problems("GET", path, reply.json) == []
            for row in reply.json["data"][:2] if path in ALONE else ():
                single = get(unchanged, f"{target}/{row['id']}")
                assert specifications[version].problems("GET", ALONE[path], single) == []
                assert {key: single[key] for key in row} == row


@pytest.mark.parametrize("path", CHILDREN)
def test_pages_together_are_whole_and_some_parents_have_none(unchanged: Any, path: str) -> None:
    head, _, tail = path.partition("{")
    counts = []
    for parent in parents(unchanged, CHILDREN[path]):
        target = f"{head}{parent}{tail.partition('}')[2]}"
        rows = whole(unchanged, target)
        keys = [row.get("id", row.get("admin_id")) for row in rows]
        assert len(keys) == len(set(keys))
        counts.append(len(rows))
        if path in ALONE and len(rows) > 1:
            assert whole(unchanged, f"{target}?per_page=1") == rows or "exceptions" in path
    assert max(counts) > 1
    assert min(counts) == 0 or path.startswith(("/articles", "/teams"))
    missing = f"{head}none{tail.partition('}')[2]}"
    assert unchanged(missing, version="2.16").status == 404
    if path in ALONE:
        assert unchanged(f"{target}/none", version="2.16").status == 404


def test_articles_have_drafts_or_none(unchanged: Any, specifications: Any) -> None:
    statuses = set()
    for article in get(unchanged, "/articles")["data"]:
        reply = unchanged(f"/articles/{article['id']}/draft", version="2.16")
        statuses.add(reply.status)
        if reply.status == 200:
            assert specifications["2.16"].problems("GET", "/articles/{id}/draft", reply.json) == []
    assert statuses == {200, 404}


@pytest.mark.parametrize("version", VERSIONS)
def test_articles_are_searched(unchanged: Any, specifications: Any, version: str) -> None:
    listed = unchanged.expected("articles", version)
    for parameters, wanted in (
        ("", listed),
        ("state=draft", [one for one in listed if one["state"] == "draft"]),
        ("phrase=HOW%20TO", [one for one in listed if "how to" in f"{one['title']} {one['body']}".lower()]),
    ):
        found, target = [], f"/articles/search?per_page=7&{parameters}"
        while target:
            page = get(unchanged, target, version)
            assert specifications[version].problems("GET", "/articles/search", page) == []
            assert page["total_count"] == len(wanted) > 0
            found += page["data"]["articles"]
            target = page["pages"].get("next", "").removeprefix("http://127.0.0.1:8787")
        assert found == wanted
    internal = unchanged("/internal_articles/search?per_page=150", version=version)
    assert internal.status == (400 if version == "2.11" else 200)
    if version != "2.11":
        assert internal.json["data"]["internal_articles"] == unchanged.expected("internal_articles", version)
        assert get(unchanged, "/internal_articles/search?folder_id=3")["data"]["internal_articles"] == []


def test_results_are_filtered_by_time_and_success(unchanged: Any) -> None:
    for connector in parents(unchanged, "/data_connectors"):
        target = f"/data_connectors/{connector}/execution_results"
        rows = whole(unchanged, target)
        times = sorted({row["created_at"] for row in rows})
        for row in rows:
            assert ("error_type" in row) is not row["success"]
        for flag in (True, False):
            wanted = [row for row in rows if row["success"] is flag]
            assert whole(unchanged, f"{target}?success={str(flag).lower()}") == wanted
        if len(times) > 2:
            first = int(unchanged.workspace.world.newest_at)
            late = whole(unchanged, f"{target}?start_ts={first}&end_ts={first + 1}")
            assert late == [row for row in rows if row["created_at"] == times[-1]]
    error = (400, "parameter_invalid", "start_ts must be a Unix timestamp (integer)")
    assert unchanged(f"{target}?start_ts=now", version="2.16").error == error


@pytest.mark.parametrize("stream", ["contact_notes", "company_notes"])
def test_a_note_is_found_by_its_id(unchanged: Any, specifications: Any, stream: str) -> None:
    kind = stream.partition("_")[0]
    for row in unchanged.expected(stream)[:5]:
        note = get(unchanged, f"/notes/{row['id']}")
        assert note == {key: value for key, value in row.items() if key != f"{kind}_id"}
        assert kind != "contact" or specifications["2.16"].problems("GET", "/notes/{note_id}", note) == []
    assert unchanged("/notes/none", version="2.16").error == (404, "not_found", "Resource Not Found")


def test_there_is_no_job(unchanged: Any) -> None:
    assert unchanged("/jobs/status/1", version="2.14").error == (404, "job_not_found", "Job Not Found")
    assert unchanged("/jobs/status/1", version="2.11").status == 400
