"""Answers of API 1.4 have the keys and types of the recorded samples, and errors their exact words."""

import json
from pathlib import Path
from typing import Any

import pytest

FREE = ("custom_attributes",)  # open objects
OPTIONAL = {  # keys that a record may lack
    "companies": {"name", "remote_created_at", "last_request_at", "size", "website", "industry"},
    "data_attributes": {"options", "admin_id", "created_at", "updated_at"},
    "tags": {"name"},
    "segments": {"person_type", "name"},  # companies' own, and their mention in a company
}


def differences(record: Any, sample: Any, path: str, optional: set[str]) -> list[str]:
    """Say where the record has other keys or types than the sample; null stands for anything."""
    if record is None or sample is None or record == {}:
        return []
    if isinstance(sample, dict) and isinstance(record, dict):
        missing = {f"{path} lacks {key}" for key in set(sample) - set(record) - optional}
        unknown = {f"{path} has {key}" for key in set(record) - set(sample) - optional}
        deeper = [
            found
            for key in set(sample) & set(record) - set(FREE)
            for found in differences(record[key], sample[key], f"{path}.{key}", OPTIONAL.get(key, set()))
        ]
        return sorted(missing | unknown) + deeper
    if isinstance(sample, list) and isinstance(record, list):
        if not sample:
            return []
        return [found for item in record for found in differences(item, sample[0], f"{path}[]", optional)]
    return [] if type(record) is type(sample) else [f"{path} is {type(record).__name__}, not {type(sample).__name__}"]


def read(samples: Path, name: str) -> Any:
    return json.loads((samples / name).read_text())


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("users", "user.json"),
        ("contacts", "user.json"),
        ("companies", "company.json"),
        ("conversations", "conversation.json"),
    ],
)
def test_listed_records_have_the_samples_keys_and_types(ask: Any, samples: Path, resource: str, name: str) -> None:
    (sample,) = read(samples, name)
    odd = ("remote_created_at",)  # supplied by the caller: now and then a text
    for record in ask(f"/{resource}?per_page=60").json[resource]:
        fair = {field: value for field, value in record.items() if field not in odd or isinstance(value, int)}
        assert differences(fair, sample, resource, OPTIONAL.get(resource, set()) | set(odd)) == []


def test_a_single_conversation_has_the_samples_keys_and_types(ask: Any, samples: Path) -> None:
    sample, part = read(samples, "conversation-with-parts.json"), read(samples, "conversation_part.json")[0]
    for entry in list(ask.workspace.world.conversations)[:60]:
        record = ask(f"/conversations/{entry.id}").json
        assert differences(record, {**sample, "tags": record["tags"]}, "conversation", {"sent_at"}) == []
        parts = record["conversation_parts"]
        assert parts["total_count"] == len(parts["conversation_parts"])
        assert differences(parts["conversation_parts"], [{**part, "body": ""}], "parts", set()) == []


@pytest.mark.parametrize("model", ["customer", "company"])
def test_data_attributes_have_the_samples_keys_and_types(ask: Any, samples: Path, model: str) -> None:
    custom, standard = read(samples, "data_attribute.json")
    for record in ask(f"/data_attributes?model={model}").json["data_attributes"]:
        if record["custom"]:
            assert differences(record, custom, "attribute", {"options"}) == []
        else:
            assert set(record) == set(standard)


def test_the_short_lists_have_the_samples_keys_and_types(ask: Any, samples: Path) -> None:
    lists, (segments,) = read(samples, "lists.json"), read(samples, "segment.list.json")
    assert differences(ask("/tags").json, lists["tags"], "tags", set()) == []
    assert differences(ask("/teams").json, lists["teams"], "teams", set()) == []
    assert differences(ask("/segments?include_count=true").json, segments, "segments", set()) == []
    of_companies = ask("/segments?type=company&include_count=true").json
    assert differences(of_companies, segments, "segments", set()) == []
    assert "count" not in ask("/segments").json["segments"][0]


def test_an_admin_alone_says_more_than_the_list(ask: Any, samples: Path) -> None:
    (sample,) = read(samples, "admin.json")
    listed = ask("/admins").json
    assert listed["type"] == "admin.list"
    for admin in listed["admins"]:
        single = ask(f"/admins/{admin['id']}").json
        assert set(single) == set(sample)
        assert set(sample) - set(admin) == {"job_title", "has_inbox_seat", "avatar"}
        assert admin.items() <= single.items()


def test_error_bodies_are_the_recorded_ones(ask: Any, samples: Path) -> None:
    lists = read(samples, "lists.json")
    ask("/users/scroll")
    answers = {
        "scroll_exists": ask("/companies/scroll"),
        "scroll_gone": ask("/users/scroll?scroll_param=25b649f7-4d33-4ef6-88f5-60e5b8244309"),
        "page_limit": ask("/users?page=201&per_page=50"),
        "wrong_version": ask("/users", version="2.11"),
    }
    for name, reply in answers.items():
        body = {key: value for key, value in reply.json.items() if key != "request_id"}
        recorded = {key: value for key, value in lists[name]["body"].items() if key != "request_id"}
        assert (reply.status, body) == (lists[name]["status"], recorded)
        assert len(reply.json["request_id"]) == 20


def test_an_empty_page_and_a_scroll_look_as_recorded(ask: Any, samples: Path) -> None:
    lists = read(samples, "lists.json")
    assert ask("/companies?page=21&per_page=50").json == {
        **lists["last_page"],
        "pages": {**lists["last_page"]["pages"], "page": 21},
    }
    first = ask("/users/scroll").json
    assert set(first) == set(lists["scroll"])
    ask(f"/users/scroll?scroll_param={first['scroll_param']}")
    last = ask(f"/users/scroll?scroll_param={first['scroll_param']}").json
    assert last == {**lists["scroll"], "scroll_param": first["scroll_param"]}


def test_a_full_quota_is_answered_as_recorded(open_workspace: Any, samples: Path) -> None:
    recorded, ask = read(samples, "lists.json")["rate_limited"], open_workspace(quota=167)
    for _ in range(167):
        ask("/me")
    reply = ask("/me")
    assert (reply.status, reply.json["errors"]) == (429, recorded["body"]["errors"])
    assert reply.headers.pop("X-Request-Id") == reply.json["request_id"]
    assert reply.headers == {**recorded["headers"], "X-RateLimit-Reset": "1700000010"}
