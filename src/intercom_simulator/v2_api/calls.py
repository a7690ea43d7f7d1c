"""Phone calls of API 2.14 and later, with their transcripts and recordings."""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from intercom_simulator.protocol.responses import ApiError, Request, Response, envelope
from intercom_simulator.protocol.view_options import Record, ViewOptions, read_view_options
from intercom_simulator.store.randomness import pick, random_bits
from intercom_simulator.v2_api.search import json_body

if TYPE_CHECKING:
    from intercom_simulator.v1_api.context import Context
    from intercom_simulator.v2_search.searchable import SearchableRecords

MAX_CONVERSATIONS = 20
CALLS_URL = "https://api.intercom.io/calls"
_TRANSCRIPT = (
    (3, "Teammate 1", "Hallo, what can I do for you?"),
    (9, "User", "J'ai perdu mon accès 😕"),
    (15, "Teammate 1", "One moment."),
    (48, "User", "“Merci” & goodbye."),
)


def calls(searchable: "SearchableRecords", options: ViewOptions) -> list[Record]:
    """Return the records of all calls; some were never answered."""
    del options
    records, world = [], searchable.world
    for number in range(searchable.scaled_count(140, 30)):
        bits = random_bits(world.seed, 157, number)
        started_at, identity = world.newest_at - bits % (200 * 86400) - 600, str(5123 + number)
        answered = bits >> 40 & 3 != 0
        records.append(
            {
                "type": "call",
                "id": identity,
                "conversation_id": pick(bits >> 8, searchable.first_conversations) if bits >> 42 & 1 else None,
                "admin_id": pick(bits >> 16, world.setup.admin_ids) if answered else None,
                "contact_id": pick(bits >> 24, searchable.first_users),
                "state": "completed" if answered else "missed",
                "initiated_at": started_at,
                "answered_at": started_at + 9 if answered else None,
                "ended_at": started_at + 309,
                "created_at": started_at,
                "updated_at": started_at + 310,
                "recording_url": f"{CALLS_URL}/{identity}/recording" if answered else None,
                "transcription_url": f"{CALLS_URL}/{identity}/transcript" if answered else None,
                "call_type": pick(bits >> 44, ("phone", "messenger")),
                "direction": pick(bits >> 46, ("inbound", "outbound")),
                "ended_reason": "answered" if answered else "no-answer",
                "phone": f"+1555{bits % 10_000_000:07d}" if bits >> 48 & 1 else None,
                "fin_recording_url": None,
                "fin_transcription_url": None,
            }
        )
    return records


def transcript_entries(call: Record) -> list[Record]:
    """Return the entries of a call's transcript; none if the call was not answered."""
    if call["transcription_url"] is None:
        return []
    entries = _TRANSCRIPT[: 1 + int(call["id"]) % len(_TRANSCRIPT)]
    return [{"timestamp": f"00:00:{second:02}", "speaker": speaker, "text": text} for second, speaker, text in entries]


def transcript_of(call: Record) -> str | None:
    """Return the transcript of a call as text; None if the call was not answered."""
    lines = [f'[{entry["timestamp"]}] {entry["speaker"]}: "{entry["text"]}"' for entry in transcript_entries(call)]
    return "\n".join(lines) or None


def search(context: "Context", request: Request) -> bytes:
    """POST /calls/search: the calls of up to twenty conversations, each with its transcript."""
    asked = json_body(request).get("conversation_ids")
    if not isinstance(asked, list) or not 0 < len(asked) <= MAX_CONVERSATIONS:
        message = f"A list of up to {MAX_CONVERSATIONS} conversation IDs is required"
        raise ApiError(400, "conversation_id_limit_exceeded", message)
    wanted = {str(one) for one in asked}
    found = [
        one
        for one in calls(context.searchable, read_view_options(request, context.behaviours))
        if one["conversation_id"] in wanted
    ]
    return envelope("list", "data", [msgspec.json.encode(with_transcript(one)) for one in found])


def with_transcript(call: Record) -> Record:
    """Return the call as a search shows it."""
    entries = transcript_entries(call)
    return {**call, "transcript": entries, "transcript_status": "completed" if entries else None}


def transcript(context: "Context", request: Request) -> Response:
    """GET /calls/{id}/transcript: a file of plain text."""
    found = _find_call(context, request)
    text = found and transcript_of(found)
    if not found or not text:
        raise ApiError(404, "not_found", "Not Found")
    day = datetime.fromtimestamp(found["ended_at"], UTC).date()
    return Response(
        body=text.encode(),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename=transcription_data-{day}.txt"},
    )


def recording(context: "Context", request: Request) -> Response:
    """GET /calls/{id}/recording: a redirect to a signed URL at another host, which needs no token."""
    found = _find_call(context, request)
    if not found or found["recording_url"] is None:
        raise ApiError(404, "not_found", "Recording Not Found")
    signature = blake2b(f"{context.world.seed}/{found['id']}".encode(), digest_size=16).hexdigest()
    address = f"https://recordings.example.invalid/{found['id']}.wav?signature={signature}"
    return Response(status=302, headers={"Location": address})


def _find_call(context: "Context", request: Request) -> Record | None:
    records = calls(context.searchable, read_view_options(request, context.behaviours))
    return next((one for one in records if one["id"] == request.segments[1]), None)
