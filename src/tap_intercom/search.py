"""Collections that are handed out by cursor: lists of API 2.x, and its search in ascending order of updates."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tap_intercom.errors import ContractError
from tap_intercom.paging import Page, Step, Turn, Window
from tap_intercom.wire import Reason, Request

# Up to 2.16 a search of contacts compares calendar days in the workspace's zone: "after" a moment begins with the next
# midnight there, which no zone and no change to summer time puts later than this.
LONGEST_DAY = timedelta(hours=25)
SECOND = timedelta(seconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CursorStep(Step, frozen=True, kw_only=True):
    """Remembers which cursor was asked for, and how the records so far were ordered.

    `latest` is the last time that was met, `ordered` whether none before it was later; `began` is Intercom's clock at
    the first answer. `limit` is its clock when the records reached that time: what was updated later than it is not
    waited for.
    """

    starting_after: str | None = None
    latest: datetime | None = None
    ordered: bool = True
    began: datetime | None = None
    limit: datetime | None = None


class CursorList(msgspec.Struct, frozen=True, kw_only=True):
    """A list that is followed from cursor to cursor; its order means nothing."""

    path: str
    query: tuple[tuple[str, str], ...] = ()
    per_page: int = 50
    instead_on: frozenset[Reason] = frozenset()

    def first(self, window: Window) -> Step:
        """Ask for the first page."""
        return CursorStep(request=self._request(), window=window)

    def after(self, step: Step, page: Page, served: datetime) -> Turn:  # noqa: ARG002 - the order means nothing
        """Take what the window wants; go on with the cursor of the page."""
        cursor = _cursor(self.path, step, page)
        if cursor is None:
            return Turn(since=step.window.floor)
        following = CursorStep(
            request=self._request(("starting_after", cursor)), window=step.window, starting_after=cursor
        )
        return Turn(since=step.window.floor, next=following)

    def sample(self, records: int = 1) -> Request:
        """Ask for the beginning of the list."""
        return Request(path=self.path, query=(*self.query, ("per_page", str(records))))

    def _request(self, *more: tuple[str, str]) -> Request:
        return Request(path=self.path, query=(*self.query, ("per_page", str(self.per_page)), *more))


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A search for what was updated at or after a moment, oldest update first.

    A cursor stands for the last record that was given, so that what moves to the end meanwhile makes no gap: it is met
    there. A busy workspace's updates have no end, so what is updated after the reading has come that far is the next
    run's. A search may be read in several parts at once, each a window with an end but for the last.
    """

    path: str
    by_day: bool = False
    filters: tuple[tuple[str, str, str], ...] = ()
    per_page: int = 150
    instead_on: frozenset[Reason] = frozenset()

    def first(self, window: Window) -> CursorStep:
        """Ask for the first page of what was updated since the floor."""
        return CursorStep(request=self._request(window, None), window=window)

    def after(self, step: Step, page: Page, served: datetime) -> Turn:
        """Claim what is before the last record, as long as the records come in order; follow the cursor."""
        assert isinstance(step, CursorStep)  # noqa: S101 - first() and after() make no other step
        window, began = step.window, step.began or served
        times = [record.updated_at for record in page.records if record.updated_at is not None]
        met = [time for time in (step.latest, *times) if time is not None]
        ordered = step.ordered and all(earlier <= later for earlier, later in itertools.pairwise(met))
        latest = met[-1] if met else None
        cursor = _cursor(self.path, step, page)
        if cursor is None or (ordered and _is_over(step, times)):
            return Turn(since=window.floor, until=window.end, settled=window.end)
        following = CursorStep(
            request=self._request(window, cursor),
            window=window,
            starting_after=cursor,
            latest=latest,
            ordered=ordered,
            began=began,
            limit=step.limit or (served if latest is not None and latest >= began else None),
        )
        settled = max(window.floor, times[-1]) if ordered and times else None
        return Turn(since=window.floor, until=window.end, settled=settled, next=following)

    def sample(self, records: int = 1) -> Request:
        """Ask for the records that were updated last."""
        terms = [_term("created_at", ">", 0), *itertools.starmap(_term, self.filters)]
        return self._post(terms, {"per_page": records}, order="descending")

    def _request(self, window: Window, cursor: str | None) -> Request:
        margin = LONGEST_DAY if self.by_day else SECOND
        after = int((max(window.floor, EPOCH + margin) - margin - EPOCH).total_seconds())
        terms = [_term("updated_at", ">", after), *itertools.starmap(_term, self.filters)]
        pagination = {"per_page": self.per_page} | ({"starting_after": cursor} if cursor else {})
        return self._post(terms, pagination)

    def _post(self, terms: list[dict[str, Any]], pagination: dict[str, Any], order: str = "ascending") -> Request:
        body = {
            "query": {"operator": "AND", "value": terms},
            "sort": {"field": "updated_at", "order": order},
            "pagination": pagination,
        }
        return Request(path=self.path, method="POST", body=msgspec.json.encode(body))


def _is_over(step: CursorStep, times: list[datetime]) -> bool:
    """Say whether records in order have come to the end of the window, or past the limit."""
    if not times:
        return False
    if step.window.end is not None:
        return times[-1] >= step.window.end
    return step.limit is not None and times[0] > step.limit


def _term(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def _cursor(path: str, step: Step, page: Page) -> str | None:
    """Give the cursor of the next page; None on the last. Raises ContractError where it leads nowhere."""
    following = page.pages.next if page.pages is not None else None
    if not following or not page.records:
        return None
    cursor = following.get("starting_after") if isinstance(following, dict) else None
    if not isinstance(cursor, str) or not cursor:
        raise ContractError(f"{path}: the next page has no starting_after; set another api_version, and report this.")
    if isinstance(step, CursorStep) and cursor == step.starting_after:
        raise ContractError(f"{path} gives the same cursor again; run again, and report it if it stays.")
    return cursor
