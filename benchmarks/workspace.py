"""A whole workspace stream by stream: what each did in the run of all, and what bounds those with many requests."""

from collections.abc import Iterator, Sequence
from typing import Final

from benchmarks.record import Record, middle, processor
from benchmarks.rounds import Run

NOT_MEASURED: Final = "–"  # noqa: RUF001 - a dash
HEADS: Final = ("stream", "records", "requests", "from s", "to s", "processor s alone", "what bounds it")
_CONVERSATIONS: Final = "a request for each conversation: no list has them"
_SCROLL: Final = "pages of 100, one after the other: a workspace has one scroll at a time"
BOUNDS: Final = {
    "tap": {
        "companies": _SCROLL,
        "conversation_parts": _CONVERSATIONS,
        "conversations": "pages of 60, from the last one backwards",
        "leads": _SCROLL,
        "users": f"{_SCROLL}; while the quota is used up, no page comes",
    },
    "tap-2.16": {
        "call_transcripts": "a request for each call that has one",
        "companies": "pages of 100, one after the other; and it ends when the notes of its companies have come",
        "company_notes": "a request for each company that may have notes: a company has no more than the first of them",
        "company_segments": "the pages of the members of each segment, 60 to a page",
        "contact_notes": "a request for each contact that has notes: a contact has their ids alone",
        "contact_segments": "the pages of the members of each segment, 150 to a page",
        "contacts": "pages of 150, and a request for each list that a contact has only ten of; it ends with its notes",
        "conversation_handling_events": _CONVERSATIONS,
        "conversation_parts": _CONVERSATIONS,
        "side_conversations": _CONVERSATIONS,
    },
}


def stream_rows(record: Record, run: Run) -> Iterator[Sequence[str]]:
    """Give the row of each stream, the one with the most requests first."""
    for one in sorted(run.streams, key=lambda stream: -stream.requests):
        alone = middle(record.of("apart", contestant=run.contestant, workload=one.stream), processor)
        yield (
            one.stream,
            f"{one.records:,}",
            f"{one.requests:,}",
            f"{one.begun:.1f}",
            f"{one.begun + one.seconds:.1f}",
            NOT_MEASURED if alone is None else f"{alone:.2f}",
            BOUNDS[run.contestant].get(one.stream, ""),
        )
