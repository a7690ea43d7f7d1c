"""Counts how many different records a search has given, in eight bytes for each of them."""

from array import array
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

_id, _updated_at = attrgetter("id"), attrgetter("updated_at")


class DistinctCounter:
    """The records of a search, as often as it is read.

    What is updated while a search is read comes twice, in its old place and its new one; all else comes once in a
    reading. `moves` is how often something came that had been updated since the search began, `left_out` how many items
    came in this reading that are no records that can be used.
    """

    def __init__(self) -> None:
        self.moves = 0
        self.left_out = 0
        self._still = array("q")  # by their hashes
        self._moved: set[int] = set()
        self._before: set[int] = set()  # in other readings

    def add(self, records: Sequence[Any], began: datetime) -> None:
        """Count records; `began` is when the search did."""
        hashes = map(hash, map(_id, records))
        if max(filter(None, map(_updated_at, records)), default=began) < began:
            self._still.extend(hashes)
            return
        for identity, time in zip(hashes, map(_updated_at, records), strict=True):
            if time is not None and time < began:
                self._still.append(identity)
            else:
                self._moved.add(identity)
                self.moves += 1

    def begin_again(self) -> None:
        """Begin another reading."""
        self._before.update(self._still, self._moved)
        self._still = array("q")
        self._moved.clear()
        self.left_out = 0

    @property
    def distinct(self) -> int:
        """How many different items have come, in all readings."""
        if self._before:
            return self.left_out + len(self._before.union(self._still, self._moved))
        twice = sum(map(self._moved.__contains__, self._still))
        return self.left_out + len(self._still) + len(self._moved) - twice
