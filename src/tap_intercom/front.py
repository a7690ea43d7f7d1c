"""What is claimed becomes true only when everything before it is finished, in the order in which it was begun."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec


class Section(msgspec.Struct, eq=False):
    """A run of work between two claims: how much of it is unfinished, and what is true once none is."""

    unfinished: int = 0
    claim: datetime | None = None
    sealed: bool = False


class Front:
    """The contiguous finished front of work that is finished in any order.

    Work belongs to the section that is open when it begins. `seal` closes the section with a claim. A claim comes out
    of `finish` or `seal` once its section and all sections before it are finished.
    """

    def __init__(self) -> None:
        self._open = Section()
        self._sections: deque[Section] = deque([self._open])

    def begin(self) -> Section:
        """Begin a piece of work; give the section back to `finish`."""
        self._open.unfinished += 1
        return self._open

    def finish(self, section: Section) -> datetime | None:
        """Finish a piece of work; give the newest claim that has become true by it."""
        section.unfinished -= 1
        return self._settle()

    def seal(self, claim: datetime) -> datetime | None:
        """Claim that everything before `claim` is contained in the work begun so far; give what is true already."""
        self._open.claim = claim
        self._open.sealed = True
        self._open = Section()
        self._sections.append(self._open)
        return self._settle()

    def _settle(self) -> datetime | None:
        newest = None
        while self._sections[0].sealed and not self._sections[0].unfinished:
            newest = self._sections.popleft().claim
        return newest


class Edge:
    """Which records of the last second of a chunk are out, since the next chunk is read back to that second.

    A second that is not over yet is no edge: what is read again in it may have changed in it.
    """

    def __init__(self) -> None:
        self._newest: datetime | None = None
        self._at_newest: set[tuple[str, datetime]] = set()
        self._out: set[tuple[str, datetime]] = set()

    def pass_over(self, records: Sequence[Any]) -> list[Any]:
        """Keep the records that are not out already, and remember those of the newest second."""
        fresh = [record for record in records if (record.id, record.updated_at) not in self._out]
        times = [record.updated_at for record in fresh if record.updated_at is not None]
        newest = max(times, default=None)
        if newest is not None and (self._newest is None or newest > self._newest):
            self._newest = newest
            self._at_newest = set()
        self._at_newest.update((record.id, record.updated_at) for record in fresh if record.updated_at == self._newest)
        return fresh

    def turn(self, present: datetime) -> None:
        """Begin a new chunk; `present` is the second in which the reading began."""
        over = self._newest is not None and self._newest < present
        self._out = self._at_newest.copy() if over else set()
