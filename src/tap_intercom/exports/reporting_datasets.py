"""Datasets of Intercom's reports: their list, their columns, and the records of their rows."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from tap_intercom.api.types import InvalidBody
from tap_intercom.errors import ConfigError, ContractError
from tap_intercom.exports.job import ExportPeriod, OrderBody
from tap_intercom.redaction import LONGEST_QUOTED_NAME, shape_of

T = TypeVar("T")


class Attribute(msgspec.Struct, frozen=True):
    """A column of a dataset. From 2.16 on, several may have the same `id`, so `qualified_id` is ordered."""

    id: str
    qualified_id: str | None = None
    name: str | None = None

    @property
    def id_in_order(self) -> str:
        """Its id in the body of an order."""
        return self.qualified_id or self.id


class Dataset(msgspec.Struct, frozen=True):
    """A dataset: what can be reported on."""

    id: str
    attributes: tuple[Attribute, ...] = ()

    @property
    def part(self) -> str:
        """The name of its part in the bookmark of the stream."""
        return self.id

    @property
    def order_body(self) -> OrderBody:
        """The body of an order: all columns."""
        return {"dataset_id": self.id, "attribute_ids": [one.id_in_order for one in self.attributes]}

    def records(
        self, period: ExportPeriod, header: Sequence[str], rows: Sequence[Sequence[str]], position: int
    ) -> list[dict[str, Any] | None]:
        """Give rows as records, keyed by their place in the period: nothing else identifies a row.

        `position` is the place of the first row. A row with another number of cells than the header gives None.
        """
        titles = self.titles(header)
        about = {"dataset_id": self.id, "window_start": period.start, "window_end": period.end}

        def record(place: int, row: Sequence[str]) -> dict[str, Any] | None:
            if len(row) != len(titles):
                return None
            cells = zip(titles, (value or None for value in row), strict=True)
            return {**about, "position": place, "attributes": dict(cells)}

        return [record(place, row) for place, row in enumerate(rows, start=position)]

    def titles(self, header: Sequence[str]) -> list[str]:
        """Give each column the id of its attribute, the qualified one if several have the same.

        It is not documented what the header contains. A title that is no id and no name of an attribute is kept; if
        another column has that name, `_` is appended until it is unique.
        """
        ids = [self._id_at(place, header) for place in range(len(header))]
        titles: list[str] = []
        for title, known in zip(header, ids, strict=True):
            name = title if known is None else known
            while name in titles or (known is None and name in ids):
                name += "_"
            titles.append(name)
        return titles

    def _id_at(self, place: int, header: Sequence[str]) -> str | None:
        """Give the id of the attribute of a column; None if that is not certain."""
        known = [one for one in self.attributes if header[place] in {one.qualified_id, one.id, one.name}]
        here = [one for one in known if len(header) == len(self.attributes) and self.attributes[place] is one]
        found = here or known
        if len(found) != 1:
            return None
        is_only = [one.id for one in self.attributes].count(found[0].id) == 1
        return found[0].id if is_only else found[0].id_in_order


class Datasets(msgspec.Struct, frozen=True):
    """The datasets, and how many others or attributes of them were left out."""

    data: tuple[Dataset, ...]
    left_out: int = 0


class _Listed(msgspec.Struct, frozen=True):
    id: str
    attributes: tuple[Raw, ...] = ()


class _List(msgspec.Struct, frozen=True):
    data: tuple[Raw, ...]


def read_datasets(body: bytes) -> Datasets:
    """Read the list of datasets. Raises InvalidBody if it is not JSON, ContractError if it is another answer."""
    raws = _decode(body, _List, "The list of datasets").data
    listed = list(_usable(raws, _Listed))
    found = tuple(Dataset(one.id, tuple(_usable(one.attributes, Attribute))) for one in listed)
    pairs = zip(listed, found, strict=True)
    lost = sum(len(told.attributes) - len(one.attributes) for told, one in pairs)
    return Datasets(found, len(raws) - len(found) + lost)


def _usable(raws: Sequence[Raw], kind: type[T]) -> Iterator[T]:
    for raw in raws:
        with contextlib.suppress(msgspec.ValidationError):
            yield msgspec.json.decode(raw, type=kind)


class _App(msgspec.Struct, frozen=True):
    id_code: str


class _Me(msgspec.Struct, frozen=True):
    app: _App


def read_app(body: bytes) -> str:
    """Read the id of the workspace from /me. Raises InvalidBody and ContractError as `read_datasets` does."""
    return _decode(body, _Me, "What /me says").app.id_code


def select_datasets(datasets: Sequence[Dataset], names: Sequence[str], stream: str) -> list[Dataset]:
    """Find the datasets with these ids. Raises ConfigError if no ids are given, or one does not exist."""
    known = {dataset.id: dataset for dataset in datasets}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        quoted = [name if len(name) <= LONGEST_QUOTED_NAME else shape_of(name) for name in unknown]
        fault = f"reporting_datasets names {', '.join(quoted)}" if unknown else "reporting_datasets is not set"
        example = msgspec.json.encode([*known][:2] or ["conversation"]).decode()
        raise ConfigError(
            f"{stream}: {fault}; name some of those that the workspace has: {', '.join(known)} "
            f'(for example "reporting_datasets": {example})'
        )
    return [known[name] for name in dict.fromkeys(names)]


def _decode(body: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except RecursionError:
        raise ContractError(f"{what} is nested too deeply to be read; report this.") from None
    except msgspec.ValidationError as error:
        raise ContractError(f"{what} is of another shape ({error}); report this.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidBody(str(error)) from error
