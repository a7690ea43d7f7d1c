"""A clock that a test moves by hand."""


class ManualClock:
    """Seconds; `now` changes only where a test sets it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
