"""What is claimed becomes true only when everything before it is finished, in the order in which it was begun."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Self

import msgspec


class Checkpoint(msgspec.Struct, eq=False):
    """A run of work between two claims: how much of it is unfinished, and what is true once none is."""

    unfinished: int = 0
    claim: datetime | None = None
    is_closed: bool = False


class CheckpointTrack:
    """Work that is begun in the order of what it claims, and what comes behind it.

    Work belongs to the section that is open when it begins. `close` closes the section with a claim. Tracks are worked
    on side by side; each begins where the one before it ends.
    """

    def __init__(self, following: "CheckpointTrack | None" = None) -> None:
        self.following = following
        self.ended = False
        self._open = Checkpoint()
        self._sections: deque[Checkpoint] = deque([self._open])

    def begin(self) -> Checkpoint:
        """Begin a piece of work; give the section back to `Checkpoints.finish`."""
        self._open.unfinished += 1
        return self._open

    def split(self) -> Self:
        """Let another track begin between this one and those that follow."""
        self.following = type(self)(self.following)
        return self.following

    def close(self, claim: datetime) -> None:
        """Claim that everything before `claim` is contained in the work begun so far."""
        self._open.claim = claim
        self._open.is_closed = True
        self._open = Checkpoint()
        self._sections.append(self._open)

    @property
    def finished(self) -> bool:
        """Whether nothing more will come of it."""
        return self.ended and len(self._sections) == 1 and not self._open.unfinished

    def withdraw(self) -> None:
        """Let the claims that have not become true yet come to nothing."""
        for checkpoint in self._sections:
            checkpoint.claim = None

    def release(self) -> datetime | None:
        """Give the newest claim that has become true, and forget it."""
        newest = None
        while self._sections[0].is_closed and not self._sections[0].unfinished:
            newest = self._sections.popleft().claim
        return newest


class Checkpoints:
    """The contiguous finished front of work that is finished in any order.

    A claim comes out of `finish`, `close` or `end` once its section, all sections before it and all tracks before its
    own are finished. Work is begun on `first`, and on the tracks that are split from it.
    """

    def __init__(self) -> None:
        self.first = CheckpointTrack()

    def finish(self, checkpoint: Checkpoint) -> datetime | None:
        """Finish a piece of work; give the newest claim that has become true by it."""
        checkpoint.unfinished -= 1
        return self._release()

    def close(self, track: CheckpointTrack, claim: datetime) -> datetime | None:
        """Claim that everything of `track` before `claim` is begun; give the newest claim that is true already."""
        track.close(claim)
        return self._release()

    def end(self, track: CheckpointTrack) -> datetime | None:
        """Say that no more work begins on `track`; give the newest claim that has become true by it."""
        track.ended = True
        return self._release()

    def withdraw(self) -> None:
        """Let all claims come to nothing that have not become true yet; the work goes on."""
        track: CheckpointTrack | None = self.first
        while track is not None:
            track.withdraw()
            track = track.following

    def _release(self) -> datetime | None:
        newest = self.first.release()
        while self.first.finished and self.first.following is not None:
            self.first = self.first.following
            newest = self.first.release() or newest
        return newest


class BoundaryFilter:
    """Which records of the last second of a chunk are out, since the next chunk is read back to that second.

    `time` gives a record's own. A second that is not over yet is no edge: what is read again in it may have changed in
    it.
    """

    def __init__(self, time: Callable[[Any], datetime | None]) -> None:
        self._time = time
        self._newest: datetime | None = None
        self._at_newest: set[tuple[str, datetime | None]] = set()
        self._out: set[tuple[str, datetime | None]] = set()

    def without_boundary(self, records: Sequence[Any]) -> Sequence[Any]:
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

    def next_chunk(self, present: datetime) -> None:
        """Begin a new chunk; `present` is the second in which the reading began."""
        over = self._newest is not None and self._newest < present
        self._out = self._at_newest.copy() if over else set()
