"""Conversations in their two forms: as the list shows them, and alone with rating and parts."""

from collections.abc import Callable

from intercom_simulator.content.conversation_parts import next_part, parts
from intercom_simulator.content.conversation_threads import conversation
from intercom_simulator.content.participants import Participants, Thread
from intercom_simulator.content.people import Moments
from intercom_simulator.protocol.plaintext import plain_message, plain_part
from intercom_simulator.store.collection import Collection, Decorate, Entry, Record, RecordForm


class Conversations(Collection):
    """Conversations, whose parts and rating are shown only with the conversation alone."""

    def __init__(
        self, entries: list[Entry], dress: Decorate, participants: Participants, cap: Callable[[], int]
    ) -> None:
        super().__init__("conversations", entries, dress)
        self._cast = participants
        self._cap = cap

    def write(self, entry: Entry, *, plaintext: bool) -> Record:
        """Write the conversation without its parts."""
        return conversation(self._cast, thread_of(entry), plaintext=plaintext)

    def shown(self, entry: Entry, form: RecordForm) -> Record:
        """Show the conversation without rating in a list, with rating and parts alone."""
        record = dict(self.content(entry, plaintext=form.plaintext))
        if form.plaintext and entry.record is not None:
            record["conversation_message"] = plain_message(record["conversation_message"])
        rating = record.pop("conversation_rating")
        if form.alone:
            served = self.parts(entry, plaintext=form.plaintext)
            record["conversation_parts"] = {
                "type": "conversation_part.list",
                "conversation_parts": served,
                "total_count": self.part_count(entry),
            }
            record["conversation_rating"] = rating
        return self._dress(record)

    def parts(self, entry: Entry, *, plaintext: bool) -> list[Record]:
        """Return the parts that the API serves: all, or the most recent up to the cap."""
        written = self.all_parts(entry, plaintext=plaintext)
        return written[-self._cap() :] if self._cap() else written

    def all_parts(self, entry: Entry, *, plaintext: bool) -> list[Record]:
        """Return every part."""
        if entry.thread is None:
            return parts(self._cast, thread_of(entry), plaintext=plaintext)
        return [plain_part(part) for part in entry.thread] if plaintext else entry.thread

    def part_count(self, entry: Entry) -> int:
        """Count all parts, whether they are served or not."""
        return entry.parts if entry.thread is None else len(entry.thread)

    def change(self, entry: Entry, fields: Record) -> Record:
        """Set fields; the parts are written down first, since what is not yet written follows the old times."""
        self.unfold(entry)
        return super().change(entry, fields)

    def unfold(self, entry: Entry) -> list[Record]:
        """Write the parts down as they are, so that they can be changed."""
        if entry.thread is None:
            entry.thread = parts(self._cast, thread_of(entry), plaintext=False)
        return entry.thread

    def say(self, entry: Entry, identity: int, moment: int, bits: int) -> Record:
        """Write one more part and append it; the conversation's own times are the caller's business."""
        part = next_part(self._cast, thread_of(entry), identity, moment, bits)
        self.unfold(entry).append(part)
        return part

    def part_ids(self, entry: Entry) -> list[str]:
        """Name all parts, whether they are served or not."""
        if entry.thread is None:
            return [str(entry.first_part + number) for number in range(entry.parts)]
        return [part["id"] for part in entry.thread]


def moments_of(entry: Entry) -> Moments:
    """Return the times that the workspace keeps of the record."""
    return Moments(entry.created_at, entry.updated_at, entry.last_request_at)


def thread_of(entry: Entry) -> Thread:
    """Return where the conversation stands, as long as its parts are not written down."""
    return Thread(entry.ordinal, moments_of(entry), entry.parts, entry.first_part)
