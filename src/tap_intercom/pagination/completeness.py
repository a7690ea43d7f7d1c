"""Whether all records of a collection have come: the set of those that came, and the verdict over scrolls.

Searches use the set only. Scrolls are read several times; `Completeness` compares what came with what the list counts.
"""

import enum
import sys
from array import array
from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any

FIRST_SLOTS = 1024
FREE = 0
HASH_OF_ZERO = sys.hash_info.modulus  # in place of 0: no number has this hash


class DistinctSet:
    """A set that only grows and knows its members by their 64-bit hashes: 12 to 24 bytes a member.

    A `set` takes five times as much. The hashes are in an open-addressing table, at most two thirds full. Of a million
    members, two share a hash with a chance of 3 in 100 million; the second of them is then taken for the first.
    """

    def __init__(self) -> None:
        self._count = 0
        self._slots = _free_slots(FIRST_SLOTS)

    def __len__(self) -> int:
        """Return how many members there are."""
        return self._count

    def add(self, member: Hashable) -> bool:
        """Add a member; say whether it is new."""
        key, slots = hash(member) or HASH_OF_ZERO, self._slots
        last = len(slots) - 1
        slot = key & last
        while (found := slots[slot]) != FREE:
            if found == key:
                return False
            slot = (slot + 1) & last
        slots[slot] = key
        self._count += 1
        if self._count * 3 > len(slots) * 2:
            self._grow()
        return True

    def _grow(self) -> None:
        slots = _free_slots(2 * len(self._slots))
        last = len(slots) - 1
        for key in filter(None, self._slots):
            slot = key & last
            while slots[slot] != FREE:
                slot = (slot + 1) & last
            slots[slot] = key
        self._slots = slots


def _free_slots(number: int) -> "array[int]":
    return array("q", bytes(8 * number))


# If one answer in a hundred is lost, each of three readings loses the same page once in a million.
ENOUGH_READS = 3
MOST_READS_WITHOUT_NEWS = (
    5  # readings that bring nothing that was missing, until one does; of broken ones more, for a time
)


class Verdict(enum.Enum):
    """What is decided after a reading."""

    COMPLETE = "complete"
    AGAIN = "again"
    INCOMPLETE = "short"  # given up


class Completeness:
    """Compares the distinct records of all readings of one scroll with the count of its list.

    A reading is `lossy` if one of its answers may have been lost, `cut` if it ended after records instead of an empty
    page, and `broken` if Intercom ended it. A reading that is none of these is clean.

    All records have come
    - if the distinct records are as many as were counted before and after the reading,
    - if they are no fewer than one of the two counts, after a clean reading or after three that were not broken:
      records were created or deleted meanwhile,
    - if they are fewer, or there is no count, after two clean readings in a row of which the second brought no record
      that existed when the first reading began: the count is wrong.
    """

    def __init__(self, wait_seconds: float, now: float) -> None:
        self.readings = 0
        self.counted: int | None = None
        self._before: int | None = None
        self._ids = DistinctSet()
        self._versions = DistinctSet()  # ids with times
        self._left_out = self._most_left_out = 0  # in this reading, and in any
        self._wait_seconds = wait_seconds
        self._began: datetime | None = None
        self._ended_by_themselves = 0
        self._fewest_missing: int | None = None
        self._without_news = self._broken_without_news = 0
        self._last_news = now
        self._added = 0
        self._behind_clean = False
        self.lossy = self.cut = self.broken = False

    @property
    def came(self) -> int:
        """How many distinct items have come, in all readings."""
        return len(self._ids) + self._most_left_out

    @property
    def missing(self) -> int:
        """How many of the records that were counted have not come."""
        return max(0, max(self._before or 0, self.counted or 0) - self.came)

    def begin(self, counted: int | None) -> None:
        """Begin a reading; `counted` is the count of the list before it, None if that is not known."""
        self._behind_clean = self.readings > 0 and self._is_clean
        self.readings += 1
        self._before, self._added, self._left_out = counted, 0, 0
        self.lossy = self.cut = self.broken = False

    def take(self, records: Sequence[Any], served: datetime, left_out: int = 0) -> list[Any]:
        """Add records; give those that are new, or came before with another time only.

        `left_out` is how many items came with them that could not be used.
        """
        self._left_out += left_out
        self._most_left_out = max(self._left_out, self._most_left_out)
        began = self._began = self._began or served
        changed = []
        for record in records:
            time = record.updated_at
            if self._versions.add((record.id, time)):
                changed.append(record)
            self._added += self._ids.add(record.id) and (time is None or time < began)
        return changed

    def is_exact(self, counted: int | None) -> bool:
        """Say whether as many have come as were counted before the reading and are counted now."""
        return self._before == counted == self.came

    def end(self, counted: int | None, now: float) -> Verdict:
        """End a reading and decide; `counted` is the count now, `now` is in seconds of a clock that never goes back."""
        self.counted = counted
        self._ended_by_themselves += not self.broken
        if self.is_exact(counted) or self._is_believed():
            return Verdict.COMPLETE
        missing = self.missing
        if self._added or self._fewest_missing is None or missing < self._fewest_missing:
            self._fewest_missing, self._last_news = missing, now
            self._without_news = self._broken_without_news = 0
            return Verdict.AGAIN
        self._without_news += not self.broken
        self._broken_without_news += self.broken
        is_late = now - self._last_news >= self._wait_seconds
        is_over = self._without_news >= MOST_READS_WITHOUT_NEWS or (
            self._broken_without_news >= MOST_READS_WITHOUT_NEWS and is_late
        )
        return Verdict.INCOMPLETE if is_over else Verdict.AGAIN

    @property
    def _is_clean(self) -> bool:
        return not (self.lossy or self.cut or self.broken)

    def _is_believed(self) -> bool:
        if self._before is None or self.counted is None or self.came < min(self._before, self.counted):
            return self._is_clean and self._behind_clean and not self._added
        return self._is_clean or self._ended_by_themselves >= ENOUGH_READS
