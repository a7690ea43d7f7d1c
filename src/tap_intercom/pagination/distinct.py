"""Which records have come, and with which time, in a table of fixed-size slots: some 24 to 48 bytes a record."""

from array import array
from typing import Any

FIRST_SLOTS = 1024


class DistinctRecords:
    """The distinct ids that have come, each with the time of its newest record, both by their 64-bit hashes.

    Of a million ids, two share a hash with a chance of 3 in 100 million. An open-addressing table, at most two thirds
    full, takes a third of the memory of a set or a dict.
    """

    def __init__(self) -> None:
        self._count = 0
        self._ids, self._times = _slots(FIRST_SLOTS), _slots(FIRST_SLOTS)

    def __len__(self) -> int:
        """Return how many distinct ids have come."""
        return self._count

    def add(self, identifier: Any, time: Any) -> tuple[bool, bool]:
        """Take note of a record; say whether its id is new, and whether its id or its time is."""
        key, value = hash(identifier) or 1, hash(time)
        slot = _find(self._ids, key)
        is_new = self._ids[slot] == 0
        is_changed = is_new or self._times[slot] != value
        self._ids[slot], self._times[slot] = key, value
        if is_new:
            self._count += 1
            if self._count * 3 > len(self._ids) * 2:
                self._grow()
        return is_new, is_changed

    def _grow(self) -> None:
        ids, times = self._ids, self._times
        self._ids, self._times = _slots(2 * len(ids)), _slots(2 * len(ids))
        for key, value in zip(ids, times, strict=True):
            if key:
                slot = _find(self._ids, key)
                self._ids[slot], self._times[slot] = key, value


def _slots(number: int) -> "array[int]":
    return array("q", bytes(8 * number))


def _find(ids: "array[int]", key: int) -> int:
    """Return the slot that holds `key`, or the free one where it belongs."""
    last = len(ids) - 1
    slot = key & last
    while ids[slot] not in (0, key):
        slot = (slot + 1) & last
    return slot
