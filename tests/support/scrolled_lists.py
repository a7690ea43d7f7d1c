"""A workspace with one collection and one scroll, in memory: what it does wrong is said beforehand, time is counted."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar

from tap_intercom.api.types import Answer, Reason, Refused, Request
from tap_intercom.pagination.model import Page, Pages, TimeRange
from tap_intercom.pagination.page_numbers import PageNumberPaginator
from tap_intercom.pagination.scroll import ScrollPaginator, ScrollReader

T = TypeVar("T")
BEGAN = datetime(2024, 5, 1, tzinfo=UTC)
WINDOW = TimeRange(start=BEGAN - timedelta(days=365), now=BEGAN)
EXPIRY_SECONDS = 60.0
# What may happen to a request of a scroll. `lost`: the answer is lost, the scroll has moved on; `again`: it is lost,
# and the scroll has not; `slow`: the scroll expires before it is asked; `broken`: the 500 that asks to restart;
# `vanish`: a 404 where more would come; `unnamed`: the page has no scroll_param; `create` and `delete`: a record is
# created, or deleted, before the request; `empty`: all records of the next page are deleted before it. No scroll ends
# early behind an empty page: nobody could tell that from its end.
TROUBLE = ("lost", "again", "slow", "broken", "vanish", "unnamed", "create", "delete", "empty")


def refusal(reason: Reason) -> Refused:
    return Refused(reason, 404, "code", reason.value, "r1")


class Workspace:
    """`numbers` many records; `troubles` happen to the steps of scrolls, one to each, `None` where nothing does.

    The count of the list is wrong by `odd`, and missing where that is None. A scroll shows what there was when it was
    opened, without what was deleted since; `lives` where it also shows what was created since. `ends_with` is an empty
    page or a 404 behind the last one.
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing that can be odd
        self,
        numbers: int,
        troubles: Iterable[str | None] = (),
        *,
        page: int = 2,
        odd: int | None = 0,
        lives: bool = False,
        ends_with: str = "empty",
        has_list: bool = True,
        seconds: float = 0.25,
    ) -> None:
        self.now = 0.0
        self.records = {f"{number}": BEGAN - timedelta(hours=1) for number in range(numbers)}
        self.lasting = set(self.records)
        self.changes = 0
        self.opened = 0
        self.requests: list[str] = []
        self.list_error: Exception | None = None
        self.count_error: Exception | None = None
        self._troubles: Iterator[str | None] = iter(troubles)
        self._page, self._odd, self._lives, self._ends_with = page, odd, lives, ends_with
        self._has_list, self._seconds = has_list, seconds
        self._walk: list[str] | None = None
        self._position = 0
        self._used = 0.0
        self._is_behind_nothing = False

    async def ask(self, request: Request, read: Callable[[bytes], T]) -> Answer[T]:  # noqa: ARG002 - pages come read
        self.now += self._seconds
        self.requests.append(request.path)
        served = BEGAN + timedelta(seconds=self.now)
        doubtful = False
        if request.path.endswith("/scroll"):
            page, doubtful = self._step(dict(request.query).get("scroll_param"))
        else:
            page = self._list(dict(request.query))
        value: Any = page
        return Answer(value=value, served=served, request_id="r1", doubtful=doubtful)

    async def pause(self, seconds: float, reason: str) -> None:
        assert reason
        self.now += seconds

    def _list(self, query: dict[str, str]) -> Page:
        count = None if self._odd is None else max(0, len(self.records) + self._odd)
        number, per_page = int(query.get("page", 1)), int(query["per_page"])
        error = self.count_error if per_page == 1 else self.list_error
        if error is not None:
            raise error
        if per_page == 1:
            return Page(records=[], total_count=count)
        if not self._has_list:
            return Page(records=[], total_count=0)
        ids = list(self.records)[(number - 1) * per_page : number * per_page]
        pages = Pages(page=number, per_page=per_page, total_pages=-(-len(self.records) // per_page))
        return Page(records=self._shown(ids), pages=pages, total_count=count)

    def _step(self, param: str | None) -> tuple[Page, bool]:
        trouble = next(self._troubles, None)
        is_open = self._walk is not None and self.now - self._used <= EXPIRY_SECONDS
        if param is None:
            if is_open:
                raise refusal(Reason.SCROLL_TAKEN)
            self.opened += 1
            self._walk, self._position = list(self.records), 0
        self._change(trouble)
        if trouble in {"slow", "vanish", "broken"} and param is not None and not self._is_behind_nothing:
            self.now += EXPIRY_SECONDS + 1 if trouble == "slow" else 0
            self._walk = None
            raise refusal(Reason.SCROLL_BROKEN if trouble == "broken" else Reason.GONE)
        if param is not None and not is_open:
            raise refusal(Reason.GONE)
        doubtful = trouble in {"lost", "again"} and param is not None
        if doubtful:
            self.now += 2 * self._seconds
        if trouble == "lost" and doubtful:
            self._take()
        ids = self._take()
        self._is_behind_nothing = not ids
        if ids is None and param is None:
            return Page(records=[]), False
        if ids is None:
            raise refusal(Reason.GONE)
        return Page(records=self._shown(ids), scroll_param=None if trouble == "unnamed" else "p"), doubtful

    def _take(self) -> list[str] | None:
        """Give the next page, and move on; None where the scroll is gone."""
        self._used = self.now
        walk = self._walk
        if walk is None:
            return None
        ids = walk[self._position : self._position + self._page]
        if not ids:
            self._walk = None
            return [] if self._ends_with == "empty" else None
        self._position += self._page
        return [one for one in ids if one in self.records]

    def _change(self, trouble: str | None) -> None:
        if trouble == "create":
            name = f"created {self.changes}"
            self.records[name] = BEGAN + timedelta(seconds=self.now)
            if self._lives and self._walk is not None:
                self._walk.append(name)
        gone = []
        if trouble == "delete":
            gone = list(self.records)[:1]
        elif trouble == "empty" and self._walk is not None:
            gone = [one for one in self._walk[self._position :][: self._page] if one in self.records]
        for one in gone:
            del self.records[one]
            self.lasting.discard(one)
        self.changes += len(gone) + (trouble == "create")

    def _shown(self, ids: Iterable[str]) -> list[Any]:
        return [SimpleNamespace(id=one, updated_at=self.records[one]) for one in ids]


def collected(
    workspace: Workspace, *, limit: int | None = None, listing: bool = False, patience: float = 900.0
) -> list[tuple[str, datetime]]:
    """Read the scroll of a workspace; give what came. Raises what the reader does."""
    asker: Any = workspace
    reader = ScrollReader(
        asker,
        ScrollPaginator(path="/c"),
        PageNumberPaginator(path="/c", query=(("per_page", "2"),), limit=limit) if listing else None,
        time_range=WINDOW,
        read=lambda _: Page(records=[]),
        wait_seconds=patience,
        clock=lambda: workspace.now,
    )

    async def collect() -> list[tuple[str, datetime]]:
        return [(one.id, one.updated_at) async for answer in reader.pages() for one in answer.value.records]

    return asyncio.run(collect())
