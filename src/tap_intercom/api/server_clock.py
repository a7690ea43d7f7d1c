"""Intercom's clock: what its answers say it shows, and between them what time has passed here. Pure."""

from datetime import UTC, datetime, timedelta


class ServerClock:
    """Intercom's clock, as far as its answers tell it; `undated` counts those that did not.

    `now` is seconds of one monotonic clock of ours, `local` what this machine takes for the present moment: it is
    believed only until Intercom has told better.
    """

    def __init__(self) -> None:
        self.undated = 0
        self._told: tuple[datetime, float] | None = None

    def read(self, date: datetime | None, now: float, local: datetime) -> datetime:
        """Say what Intercom's clock showed when an answer came that has this date, or none."""
        if date is not None:
            self._told = (date, now)
            return date
        self.undated += 1
        if self._told is None:
            return local.astimezone(UTC)
        told, at = self._told
        return told + timedelta(seconds=int(now - at))
