"""Lists of one kind, of which the workspace has as many as it likes: a setting names those that are wanted."""

from datetime import datetime
from urllib.parse import quote

import msgspec

from tap_intercom.errors import ConfigError
from tap_intercom.paging import Listing, ListStep, Page, Step, Turn, Window
from tap_intercom.wire import Reason, Request


class NamedStep(ListStep, frozen=True, kw_only=True):
    """Also remembers how many of the lists have been read, and how many of their records were not met."""

    read: int = 0
    short: int = 0


class NamedLists(msgspec.Struct, frozen=True, kw_only=True):
    """One list after the other, each at `path` with its name in the place of {name}; their order means nothing.

    `setting` is the one that holds the `names`: there may be more lists than it names, so that these are never all that
    there is. Raises ConfigError where there are none.
    """

    path: str
    setting: str
    query: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    instead_on: frozenset[Reason] = frozenset()

    def first(self, window: Window) -> Step:
        """Ask for the first list."""
        return self._step(0, window)

    def after(self, step: Step, page: Page, served: datetime) -> Turn:
        """Follow the pages of a list; with its last page, go on with the next list."""
        assert isinstance(step, NamedStep)  # noqa: S101 - first() and after() make no other step
        turn = self._listing(step.read).after(step, page, served)
        if turn.next is not None:
            return turn
        read, short = step.read + 1, step.short + turn.short
        if read == len(self.names):
            return Turn(since=turn.since, short=short)
        return Turn(since=turn.since, next=msgspec.structs.replace(self._step(read, step.window), short=short))

    def sample(self, records: int = 1) -> Request:
        """Ask for the beginning of the first list."""
        kept = [(name, value) for name, value in self.query if name != "per_page"]
        return Request(path=self._listing(0).path, query=(*kept, ("per_page", str(records))))

    def _step(self, read: int, window: Window) -> NamedStep:
        listing = self._listing(read)
        return NamedStep(request=Request(path=listing.path, query=listing.query), window=window, read=read)

    def _listing(self, read: int) -> Listing:
        if not self.names:
            raise ConfigError(
                f"{self.setting} is not set; name in it what is to be read "
                f'(for example "{self.setting}": ["Order"]), or deselect the stream.'
            )
        name = quote(self.names[read], safe="")
        return Listing(path=self.path.replace("{name}", name), query=self.query)
