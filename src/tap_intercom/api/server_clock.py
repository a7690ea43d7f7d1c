"""Intercom's clock, as the Date headers of its answers tell it. Pure."""

from datetime import UTC, datetime, timedelta


class ServerClock:
    """Intercom's clock; `undated` counts the answers without a Date."""

    def __init__(self) -> None:
        self.undated = 0
        self._last_date: tuple[datetime, float] | None = None

    def read(self, date: datetime | None, now: float, local: datetime) -> datetime:
        """Return Intercom's time of an answer with this Date, or None.

        Without a Date it is the last one plus the time since then by `now`, seconds of one monotonic clock; before the
        first Date it is `local`, this machine's time.
        """
        if date is not None:
            self._last_date = (date, now)
            return date
        self.undated += 1
        if self._last_date is None:
            return local.astimezone(UTC)
        last, read_at = self._last_date
        return last + timedelta(seconds=int(now - read_at))
