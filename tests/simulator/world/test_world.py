"""The worlds have the promised sizes, are the same for the same seed, and have every oddity of real workspaces."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from intercom_simulator.expected.v1 import STREAMS, expected_counts, expected_lines
from intercom_simulator.protocol.plaintext import to_plain_text
from readme_world import COUNTS

NOW = 1_700_000_000
Records = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def records(readme: Any) -> Records:
    known: dict[str, list[dict[str, Any]]] = {}

    def read(stream: str) -> list[dict[str, Any]]:
        if stream not in known:
            searchable = readme.workspace.context.searchable
            known[stream] = [json.loads(line) for line in expected_lines(searchable, stream, plaintext=False)]
        return known[stream]

    return read


def share(found: Iterator[bool]) -> float:
    counts = Counter(map(bool, found))
    return counts[True] / counts.total()


def test_the_readme_world_holds_exactly_what_the_document_counts(readme: Any) -> None:
    assert expected_counts(readme.workspace.world) == COUNTS


def test_the_records_are_as_many_as_the_counts_say(records: Records) -> None:
    assert {stream: len(records(stream)) for stream in STREAMS} == COUNTS


def test_keys_are_unique(records: Records) -> None:
    for stream in STREAMS:
        key = "full_name" if stream.endswith("_attributes") else "id"
        assert len({record[key] for record in records(stream)}) == COUNTS[stream]


def test_the_names_of_attributes_are_unique_in_readme_and_shared_in_small(records: Records, ask: Any) -> None:
    for stream in ("company_attributes", "customer_attributes"):
        assert len({record["name"] for record in records(stream)}) == COUNTS[stream]
    for model in ("company", "customer"):
        attributes = ask(f"/data_attributes?model={model}").json["data_attributes"]
        assert [count for count in Counter(item["name"] for item in attributes).values() if count > 1] == [2]
        assert len({item["full_name"] for item in attributes}) == len(attributes)


def test_parts_are_shared_out_unevenly(records: Records) -> None:
    counts = Counter(part["conversation_id"] for part in records("conversation_parts"))
    assert sum(count > 100 for count in counts.values()) >= 10
    assert max(counts.values()) > 500
    assert COUNTS["conversations"] - len(counts) >= 20


def test_the_same_seed_and_moment_give_the_same_bytes(open_workspace: Callable[..., Any]) -> None:
    first, second, other = (open_workspace(seed=seed) for seed in (5, 5, 6))
    for target in ("/users?per_page=60", "/companies/scroll", "/conversations/9999998000", "/tags", "/users/x"):
        once = first(target).body
        assert once == second(target).body
        if target != "/tags":
            assert once != other(target).body


@pytest.mark.parametrize(("scale", "users", "parts"), [(0.1, 13, 60), (3, 390, 1800)])
def test_a_scale_multiplies_what_grows_with_business(
    open_workspace: Callable[..., Any], scale: float, users: int, parts: int
) -> None:
    counts = expected_counts(open_workspace(scale=scale).workspace.world)
    assert (counts["users"], counts["conversation_parts"], counts["tags"]) == (users, parts, 25)


def test_every_record_is_older_than_ten_minutes_and_the_newest_just_that(records: Records) -> None:
    for stream in ("users", "leads", "companies", "conversations"):
        assert max(record["updated_at"] for record in records(stream)) == NOW - 600
        assert all(record["created_at"] <= record["updated_at"] for record in records(stream))


def test_many_records_share_one_second(records: Records) -> None:
    for stream, least in (("users", 200), ("companies", 200), ("conversations", 65), ("leads", 50)):
        ((_, most),) = Counter(record["updated_at"] for record in records(stream)).most_common(1)
        assert most >= least


def test_ids_sort_otherwise_as_text_than_as_numbers(records: Records) -> None:
    for stream in ("conversations", "conversation_parts", "tags", "admins", "teams"):
        ids = [record["id"] for record in records(stream)]
        assert sorted(ids) != sorted(ids, key=int)


def test_ids_of_conversations_do_not_grow_with_their_updates(records: Records) -> None:
    by_update = sorted(records("conversations"), key=lambda record: int(record["updated_at"]))
    assert [record["id"] for record in by_update] != sorted((record["id"] for record in by_update), key=int)


def test_users_have_their_oddities(records: Records) -> None:
    users = records("users")
    rates = {
        "location_data is {}": share(user["location_data"] == {} for user in users),
        "tags are null": share(user["tags"] is None for user in users),
        "a tag has no name": share(
            "name" not in tag for user in users for tag in (user["tags"] or {"tags": []})["tags"]
        ),
        "owner_id is text": share(isinstance(user["owner_id"], str) for user in users),
        "owner_id is a number": share(isinstance(user["owner_id"], int) for user in users),
        "remote_created_at is the year 1": share(user["remote_created_at"] == -62135596800 for user in users),
        "remote_created_at is in milliseconds": share((user["remote_created_at"] or 0) > 10**12 for user in users),
        "signed_up_at is far away": share(user["signed_up_at"] == 2738966400 for user in users),
        "a custom date is in milliseconds": share(
            not isinstance(moment := user["custom_attributes"]["last_order_at"], str) and moment > 10**12
            for user in users
        ),
        "a custom date is a text": share(isinstance(user["custom_attributes"]["last_order_at"], str) for user in users),
        "no name": share(user["name"] is None for user in users),
        "an empty email": share(user["email"] == "" for user in users),
    }
    assert {name: rate for name, rate in rates.items() if not 0 < rate < 0.4} == {}
    assert all(user["segments"] == {"type": "segment.list", "segments": []} for user in users)
    assert len({user["location_data"].get("timezone") for user in users}) > 10


def test_companies_leave_unset_keys_out(records: Records) -> None:
    companies = records("companies")
    for key in ("name", "remote_created_at", "last_request_at", "size", "website", "industry"):
        assert 0 < share(key not in company for company in companies) < 0.8
        assert all(company[key] is not None for company in companies if key in company)
    assert 0 < share(company["plan"] == {} for company in companies) < 1
    times = [company.get("remote_created_at") for company in companies]
    assert 0 < share(isinstance(time, str) and time.isdecimal() for time in times) < 0.05
    assert 0 < share(time == -62135596800 for time in times) < 0.05


def test_conversations_have_their_oddities(records: Records, readme: Any) -> None:
    conversations = records("conversations")
    tags = [[tag["id"] for tag in item["tags"]["tags"]] for item in conversations]
    rates = {
        "year 4018": share(item["waiting_since"] == 64654125776 for item in conversations),
        "a team": share(item["assignee"]["type"] == "team" for item in conversations),
        "nobody": share(item["assignee"] == {"type": "nobody_admin", "id": None} for item in conversations),
        "a lead": share(item["user"]["type"] == "lead" for item in conversations),
        "no body": share(item["conversation_message"]["body"] is None for item in conversations),
        "by a bot": share(item["conversation_message"]["author"]["type"] == "bot" for item in conversations),
        "no reply": share(item["customer_first_reply"] is None for item in conversations),
        "the same tag twice": share(len(set(ids)) < len(ids) for ids in tags),
        "two customers": share(len(item["customers"]) > 1 for item in conversations),
    }
    assert {name: rate for name, rate in rates.items() if not 0 < rate < 0.5} == {}
    ratings = [readme(f"/conversations/{item['id']}").json["conversation_rating"] for item in conversations[:200]]
    teammates = {type(rating["teammate"]["id"]) for rating in ratings}
    assert teammates == {int, type(None)}


def test_parts_have_their_oddities(records: Records) -> None:
    parts = records("conversation_parts")
    assert {part["author"]["type"] for part in parts} == {"user", "lead", "admin", "bot"}
    assert {type(part["assigned_to"]) for part in parts} == {dict, type(None)}
    assert 0 < share(part["body"] is None for part in parts) < 0.5
    assert 0 < share(bool(part["attachments"]) for part in parts) < 0.1
    assert len({part["part_type"] for part in parts}) == 16


def test_plain_text_is_what_the_html_says(open_workspace: Callable[..., Any]) -> None:
    searchable = open_workspace(scale=3).workspace.context.searchable
    html = [json.loads(line) for line in expected_lines(searchable, "conversation_parts", plaintext=False)]
    text = [json.loads(line) for line in expected_lines(searchable, "conversation_parts", plaintext=True)]
    assert [{**part, "body": to_plain_text(part["body"])} for part in html] == text
    assert sum(part["body"] != other["body"] for part, other in zip(html, text, strict=True)) > 1000
    assert not any("</" in (part["body"] or "") for part in text)


def test_plain_text_keeps_words_addresses_and_lines() -> None:
    markup = '<p>1 &lt; 2<br>see <a href="https://a.example">it</a></p><ul><li>x</li></ul><img src="https://b.example/c.png">'
    assert to_plain_text(markup) == '1 < 2\nsee it (https://a.example)\n- x\n\n[Image "https://b.example/c.png"]'
    assert to_plain_text(None) is None
    assert to_plain_text('<a href="https://a.example">https://a.example</a>') == "https://a.example"
