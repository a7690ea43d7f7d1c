"""What is claimed becomes true only when everything before it is finished, in the order in which it was begun."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Self

import msgspec


class Section(msgspec.Struct, eq=False):
    """A run of work between two claims: how much of it is unfinished, and what is true once none is."""

    unfinished: int = 0
    claim: datetime | None = None
    sealed: bool = False


class Track:
    """Work that is begun in the order of what it claims, and what comes behind it.

    Work belongs to the section that is open when it begins. `seal` closes the section with a claim. Tracks are worked
    on side by side; each begins where the one before it ends.
    """

    def __init__(self, following: "Track | None" = None) -> None:
        self.following = following
        self.ended = False
        self._open = Section()
        self._sections: deque[Section] = deque([self._open])

    def begin(self) -> Section:
        """Begin a piece of work; give the section back to `Front.finish`."""
        self._open.unfinished += 1
        return self._open

    def split(self) -> Self:
        """Let another track begin between this one and those that follow."""
        self.following = type(self)(self.following)
        return self.following

    def seal(self, claim: datetime) -> None:
        """Claim that everything before `claim` is contained in the work begun so far."""
        self._open.claim = claim
        self._open.sealed = True
        self._open = Section()
        self._sections.append(self._open)

    @property
    def finished(self) -> bool:
        """Whether nothing more will come of it."""
        return self.ended and len(self._sections) == 1 and not self._open.unfinished

    def withdraw(self) -> None:
        """Let the claims that have not become true yet come to nothing."""
        for section in self._sections:
            section.claim = None

    def settle(self) -> datetime | None:
        """Give the newest claim that has become true, and forget it."""
        newest = None
        while self._sections[0].sealed and not self._sections[0].unfinished:
            newest = self._sections.popleft().claim
        return newest


class Front:
    """The contiguous finished front of work that is finished in any order.

    A claim comes out of `finish`, `seal` or `end` once its section, all sections before it and all tracks before its
    own are finished. Work is begun on `first`, and on the tracks that are split from it.
    """

    def __init__(self) -> None:
        self.first = Track()

    def finish(self, section: Section) -> datetime | None:
        """Finish a piece of work; give the newest claim that has become true by it."""
        section.unfinished -= 1
        return self._settle()

    def seal(self, track: Track, claim: datetime) -> datetime | None:
        """Claim that everything of `track` before `claim` is begun; give the newest claim that is true already."""
        track.seal(claim)
        return self._settle()

    def end(self, track: Track) -> datetime | None:
        """Say that no more work begins on `track`; give the newest claim that has become true by it."""
        track.ended = True
        return self._settle()

    def withdraw(self) -> None:
        """Let all claims come to nothing that have not become true yet; the work goes on."""
        track: Track | None = self.first
        while track is not None:
            track.withdraw()
            track = track.following

    def _settle(self) -> datetime | None:
        newest = self.first.settle()
        while self.first.finished and self.first.following is not None:
            self.first = self.first.following
            newest = self.first.settle() or newest
        return newest


class Edge:
    """Which records of the last second of a chunk are out, since the next chunk is read back to that second.

    `time` gives a record's own. A second that is not over yet is no edge: what is read again in it may have changed in
    it.
    """

    def __init__(self, time: Callable[[Any], datetime | None]) -> None:
        self._time = time
        self._newest: datetime | None = None
        self._at_newest: set[tuple[str, datetime | None]] = set()
        self._out: set[tuple[str, datetime | None]] = set()

    def pass_over(self, records: Sequence[Any]) -> Sequence[Any]:
        """Keep the records that are not out already, and remember those of the newest second."""
        if self._out:
            records = [record for record in records if (record.id, self._time(record)) not in self._out]
        times = list(map(self._time, records))
        newest = max(filter(None, times), default=None)
        if newest is not None and (self._newest is None or newest > self._newest):
            self._newest = newest
            self._at_newest = set()
        if self._newest in times:
            timed = zip(records, times, strict=True)
            self._at_newest.update((record.id, time) for record, time in timed if time == self._newest)
        return records

    def turn(self, present: datetime) -> None:
        """Begin a new chunk; `present` is the second in which the reading began."""
        over = self._newest is not None and self._newest < present
        self._out = self._at_newest.copy() if over else set()
