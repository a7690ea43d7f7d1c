"""Checkpoints over concurrent work: one is released when all work that began before it is done."""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Self

import msgspec


class Checkpoint(msgspec.Struct, eq=False):
    """Work up to one claim: how much of it is unfinished, and the claim that is true once none is.

    A claim is a time: all records updated before it have been written.
    """

    unfinished: int = 0
    claim: datetime | None = None
    is_closed: bool = False


class CheckpointTrack:
    """The checkpoints of one segment of a collection, in ascending order, and the track of the next segment.

    Work belongs to the checkpoint that is open when it begins; `close` gives this checkpoint its claim. Tracks are
    worked on in parallel; the time range of each begins where that of the one before ends.
    """

    def __init__(self, following: "CheckpointTrack | None" = None) -> None:
        self.following = following
        self.ended = False
        self._open = Checkpoint()
        self._checkpoints: deque[Checkpoint] = deque([self._open])

    def begin(self) -> Checkpoint:
        """Begin a piece of work; the result is to be given to `Checkpoints.finish`."""
        self._open.unfinished += 1
        return self._open

    def split(self) -> Self:
        """Insert another track between this one and the next."""
        self.following = type(self)(self.following)
        return self.following

    def close(self, claim: datetime) -> None:
        """Claim that everything before `claim` is contained in the work begun so far."""
        self._open.claim = claim
        self._open.is_closed = True
        self._open = Checkpoint()
        self._checkpoints.append(self._open)

    @property
    def finished(self) -> bool:
        """Whether all of its work is done and none will follow."""
        return self.ended and len(self._checkpoints) == 1 and not self._open.unfinished

    def withdraw(self) -> None:
        """Cancel the claims that have not been released."""
        for checkpoint in self._checkpoints:
            checkpoint.claim = None

    def release(self) -> datetime | None:
        """Remove the checkpoints whose work is done; give the newest claim among them."""
        newest = None
        while self._checkpoints[0].is_closed and not self._checkpoints[0].unfinished:
            newest = self._checkpoints.popleft().claim
        return newest


class Checkpoints:
    """The tracks of one collection: work may finish in any order, claims are released in theirs.

    `finish`, `close` and `end` give a claim once the work of its checkpoint, of all checkpoints before it and of all
    tracks before its own is finished. Work begins on `first` and on the tracks that are split from it.
    """

    def __init__(self) -> None:
        self.first = CheckpointTrack()

    def finish(self, checkpoint: Checkpoint) -> datetime | None:
        """Finish a piece of work; give the newest claim that is released by it."""
        checkpoint.unfinished -= 1
        return self._release()

    def close(self, track: CheckpointTrack, claim: datetime) -> datetime | None:
        """State that all work of `track` before `claim` has begun; give the newest claim that is released by it."""
        track.close(claim)
        return self._release()

    def end(self, track: CheckpointTrack) -> datetime | None:
        """State that no more work begins on `track`; give the newest claim that is released by it."""
        track.ended = True
        return self._release()

    def withdraw(self) -> None:
        """Cancel all claims that have not been released; the work goes on."""
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
    """Drops records of the last second of a chunk that come again, since the next chunk is read back to that second.

    `time` gives the time of a record. Records of a second that is not over yet are kept: they may have changed within
    it.
    """

    def __init__(self, time: Callable[[Any], datetime | None]) -> None:
        self._time = time
        self._newest: datetime | None = None
        self._at_newest: set[tuple[str, datetime | None]] = set()
        self._out: set[tuple[str, datetime | None]] = set()

    def without_boundary(self, records: Sequence[Any]) -> Sequence[Any]:
        """Give the records that did not come before, and remember those of the newest second."""
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
