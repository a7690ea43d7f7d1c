"""Reports, which Intercom exports by dataset: which datasets there are, which columns, and what a row says of them."""

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
    """A column. Bare ids may be those of several from 2.16 on, so there it is ordered by its qualified one."""

    id: str
    qualified_id: str | None = None
    name: str | None = None

    @property
    def id_in_order(self) -> str:
        """What it is called in an order."""
        return self.qualified_id or self.id


class Dataset(msgspec.Struct, frozen=True):
    """What can be reported on."""

    id: str
    attributes: tuple[Attribute, ...] = ()

    @property
    def part(self) -> str:
        """What its bookmark is called in that of the stream."""
        return self.id

    @property
    def order_body(self) -> OrderBody:
        """What is ordered: all columns."""
        return {"dataset_id": self.id, "attribute_ids": [one.id_in_order for one in self.attributes]}

    def records(
        self, period: ExportPeriod, header: Sequence[str], rows: Sequence[Sequence[str]], position: int
    ) -> list[dict[str, Any] | None]:
        """Tell rows by their place in the period, which is all that tells each of them apart.

        `position` is that of the first. None stands for a row that does not fit the header.
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
        """Name columns by the ids of their attributes, qualified where several have one, each by another name.

        No document says by what a header names them: a title that is no id and no name stays as it is. Where a column
        has that name already, as many `_` follow as make it free.
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
        """Give the id of the attribute of a column; None where it cannot be told which one that is."""
        known = [one for one in self.attributes if header[place] in {one.qualified_id, one.id, one.name}]
        here = [one for one in known if len(header) == len(self.attributes) and self.attributes[place] is one]
        found = here or known
        if len(found) != 1:
            return None
        is_only = [one.id for one in self.attributes].count(found[0].id) == 1
        return found[0].id if is_only else found[0].id_in_order


class Datasets(msgspec.Struct, frozen=True):
    """The datasets that can be used, and how many others, or attributes of them, cannot."""

    data: tuple[Dataset, ...]
    left_out: int = 0


class _Listed(msgspec.Struct, frozen=True):
    id: str
    attributes: tuple[Raw, ...] = ()


class _List(msgspec.Struct, frozen=True):
    data: tuple[Raw, ...]


def read_datasets(body: bytes) -> Datasets:
    """Read which datasets there are. Raises InvalidBody where it is not JSON, ContractError where it is another."""
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
    """Read the id of the workspace from /me. Raises what `read_datasets` raises."""
    return _decode(body, _Me, "What /me says").app.id_code


def select_datasets(datasets: Sequence[Dataset], names: Sequence[str], stream: str) -> list[Dataset]:
    """Find the datasets of these names. Raises ConfigError where there are none, or not all of them."""
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
