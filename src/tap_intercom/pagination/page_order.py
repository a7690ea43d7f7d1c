"""Whether pages come in ascending order of updates, as far as can be seen in a list that moves while it is read."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

import msgspec


class PageOrder(msgspec.Struct, frozen=True):
    """What is looked at of a page: the ids of its records, all their times, and those that tell the order.

    What was updated after the reading began tells nothing: it may stand anywhere, and no bookmark claims it.
    """

    ids: frozenset[Any]
    times: Sequence[datetime]
    ordering_times: Sequence[datetime]

    @classmethod
    def of(cls, records: Sequence[Any], began: datetime) -> Self:
        """Look at the records of a page."""
        times = [record.updated_at for record in records if record.updated_at is not None]
        ids = frozenset(getattr(record, "id", None) for record in records)
        return cls(ids, times, [time for time in times if time < began])

    @property
    def may_be_ascending(self) -> bool:
        """Whether the page ends no earlier than it begins: between, an index may be a little behind."""
        return not self.ordering_times or self.ordering_times[0] <= self.ordering_times[-1]

    @property
    def is_ordered(self) -> bool:
        """Whether no record is older than the one before it."""
        return all(earlier <= later for earlier, later in itertools.pairwise(self.ordering_times))

    def begins_before(self, moment: datetime) -> bool:
        """Whether a record of the page was updated before a moment."""
        return min(self.ordering_times, default=moment) < moment

    def overlaps(self, behind: Self) -> bool:
        """Whether the page holds what belongs behind the beginning of the page `behind` it, which was read before.

        What moves left meanwhile gets there too, but then it was on that page itself, or the page has moved as a whole.
        """
        border = min(behind.ordering_times, default=None)
        if border is None or not self.ordering_times or self.ids & behind.ids:
            return False
        return min(self.ordering_times) < border < max(self.ordering_times)
