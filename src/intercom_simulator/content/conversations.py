"""The collection of conversations: in lists without, alone with rating and parts."""

from collections.abc import Callable

from intercom_simulator.content.conversation_parts import make_part, parts
from intercom_simulator.content.conversation_records import conversation_record
from intercom_simulator.content.participants import ConversationOutline, Participants
from intercom_simulator.content.people import RecordTimes
from intercom_simulator.protocol.plaintext import plain_text_message, plain_text_part
from intercom_simulator.store.collection import Collection, Decorate, Entry, Record, RecordForm


class Conversations(Collection):
    """A collection of conversations, which have parts and rating only when they are shown alone."""

    def __init__(
        self, entries: list[Entry], decorate: Decorate, participants: Participants, cap: Callable[[], int]
    ) -> None:
        super().__init__("conversations", entries, decorate)
        self._participants = participants
        self._cap = cap

    def write(self, entry: Entry, *, plaintext: bool) -> Record:
        """Make the conversation without its parts."""
        return conversation_record(self._participants, outline_of(entry), plaintext=plaintext)

    def api_record(self, entry: Entry, form: RecordForm) -> Record:
        """Return the conversation, in a list without rating, alone with rating and parts."""
        record = dict(self.content(entry, plaintext=form.plaintext))
        if form.plaintext and entry.record is not None:
            record["conversation_message"] = plain_text_message(record["conversation_message"])
        rating = record.pop("conversation_rating")
        if form.is_single:
            served = self.parts(entry, plaintext=form.plaintext)
            record["conversation_parts"] = {
                "type": "conversation_part.list",
                "conversation_parts": served,
                "total_count": self.part_count(entry),
            }
            record["conversation_rating"] = rating
        return self._decorate(record)

    def parts(self, entry: Entry, *, plaintext: bool) -> list[Record]:
        """Return the parts that the API serves: all, or the most recent ones up to the cap."""
        written = self.all_parts(entry, plaintext=plaintext)
        return written[-self._cap() :] if self._cap() else written

    def all_parts(self, entry: Entry, *, plaintext: bool) -> list[Record]:
        """Return every part."""
        if entry.written_parts is None:
            return parts(self._participants, outline_of(entry), plaintext=plaintext)
        return [plain_text_part(part) for part in entry.written_parts] if plaintext else entry.written_parts

    def part_count(self, entry: Entry) -> int:
        """Count all parts, also those that are not served."""
        return entry.part_count if entry.written_parts is None else len(entry.written_parts)

    def change(self, entry: Entry, fields: Record) -> Record:
        """Set fields; the parts are stored first, since parts that are not stored follow from the old times."""
        self.write_parts(entry)
        return super().change(entry, fields)

    def write_parts(self, entry: Entry) -> list[Record]:
        """Store the parts as they are, so that they can be changed."""
        if entry.written_parts is None:
            entry.written_parts = parts(self._participants, outline_of(entry), plaintext=False)
        return entry.written_parts

    def add_part(self, entry: Entry, identity: int, moment: int, bits: int) -> Record:
        """Add one more part and return it; the conversation's own times do not change."""
        part = make_part(self._participants, outline_of(entry), identity, moment, bits)
        self.write_parts(entry).append(part)
        return part

    def part_ids(self, entry: Entry) -> list[str]:
        """Return the ids of all parts, also of those that are not served."""
        if entry.written_parts is None:
            return [str(entry.first_part_id + number) for number in range(entry.part_count)]
        return [part["id"] for part in entry.written_parts]


def times_of(entry: Entry) -> RecordTimes:
    """Return the times of the entry."""
    return RecordTimes(entry.created_at, entry.updated_at, entry.last_request_at)


def outline_of(entry: Entry) -> ConversationOutline:
    """Return what the parts are made from, as long as they are not stored."""
    return ConversationOutline(entry.ordinal, times_of(entry), entry.part_count, entry.first_part_id)
