"""Phone calls, their transcripts and recordings: one by one, or searched by conversations."""

from typing import Any

import pytest


def test_calls_are_searched_by_their_conversations_and_come_with_what_was_said(ask: Any) -> None:
    of_conversations = [row for row in ask.expected("calls") if row["conversation_id"]]
    texts = {row["call_id"]: row["transcript"] for row in ask.expected("call_transcripts")}
    wanted = sorted({row["conversation_id"] for row in of_conversations})[:20]
    found = ask("/calls/search", "POST", {"conversation_ids": wanted}, version="2.16").json
    assert found["type"] == "list"
    keys = ("transcript", "transcript_status")
    calls = [{key: value for key, value in one.items() if key not in keys} for one in found["data"]]
    assert calls == [row for row in of_conversations if row["conversation_id"] in wanted] != []
    for one in found["data"]:
        said = [f'[{turn["timestamp"]}] {turn["speaker"]}: "{turn["text"]}"' for turn in one["transcript"]]
        assert "\n".join(said) == texts.get(one["id"], "")
        assert one["transcript_status"] == ("completed" if said else None)
    assert ask("/calls/search", "POST", {"conversation_ids": ["1"]}, version="2.14").json["data"] == []
    assert ask("/calls/search", "POST", {"conversation_ids": wanted}, version="2.13").status == 400


@pytest.mark.parametrize("body", [{}, {"conversation_ids": []}, {"conversation_ids": ["1"] * 21}, None])
def test_a_search_wants_one_to_twenty_conversations(ask: Any, body: Any) -> None:
    assert ask("/calls/search", "POST", body, version="2.16").error == (
        400,
        "conversation_id_limit_exceeded",
        "A list of up to 20 conversation IDs is required",
    )


def test_a_transcript_is_a_file_of_plain_text(ask: Any) -> None:
    texts = {row["call_id"]: row["transcript"] for row in ask.expected("call_transcripts")}
    calls = ask.expected("calls")
    assert 0 < len(texts) < len(calls)
    for call in calls:
        reply = ask(f"/calls/{call['id']}/transcript", version="2.16", accept="text/plain")
        if call["id"] in texts:
            assert reply.body.decode() == texts[call["id"]]
            assert reply.headers["Content-Disposition"].startswith("attachment; filename=transcription_data-20")
        else:
            assert reply.error == (404, "not_found", "Not Found")


def test_a_recording_is_elsewhere(ask: Any) -> None:
    for call in ask.expected("calls"):
        reply = ask(f"/calls/{call['id']}/recording", version="2.16")
        if call["recording_url"]:
            assert reply.status == 302
            assert reply.headers["Location"].startswith("https://recordings.example.invalid/")
        else:
            assert reply.error == (404, "not_found", "Recording Not Found")
    assert ask("/calls/1/recording", version="2.16").status == 404


def test_a_recording_is_elsewhere_where_json_is_indented_too(open_workspace: Any) -> None:
    ask = open_workspace(switches={"pretty": "true"})
    recorded = next(row["id"] for row in ask.expected("calls") if row["recording_url"])
    reply = ask(f"/calls/{recorded}/recording", version="2.16")
    assert (reply.status, reply.body) == (302, b"")
