"""The options of a simulator: of its command line, and of the control API's reset."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from intercom_simulator.protocol.behaviours import Behaviours, changed_behaviours
from intercom_simulator.server.faults import FAULTS
from intercom_simulator.store.clock import EARLIEST, LATEST
from intercom_simulator.store.collection import CACHED_BYTES

MEBIBYTE = 1024 * 1024
DEFAULT_TOKEN = "simulator-token"  # noqa: S105 - the token that everybody may know
Rate = Annotated[float, Meta(ge=0, le=1)]
ChangeRate = Annotated[float, Meta(ge=0, le=100_000)]
ROUNDING_ERROR = 1e-9  # of sums of rates: ten times 0.1 is not exactly 1


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options that a simulator starts with."""

    world: Literal["readme", "small", "random"] = "readme"
    seed: int = 7
    scale: Annotated[float, Meta(gt=0, le=1000)] = 1.0
    latency_ms: Annotated[float, Meta(ge=0, le=3_600_000)] = 0.0
    quota: Annotated[int, Meta(ge=0)] = 1667
    faults: dict[str, Rate] = {}
    cache_mb: Annotated[int, Meta(ge=1)] = CACHED_BYTES // MEBIBYTE
    mutate: ChangeRate = 0.0
    token: str = DEFAULT_TOKEN
    now: Annotated[float, Meta(ge=EARLIEST, le=LATEST)] | None = None
    switches: dict[str, str | int | float | bool] = {}

    def behaviours(self) -> Behaviours:
        """Return all behaviours. Raises msgspec.ValidationError for an unknown switch or a wrong value."""
        return changed_behaviours(Behaviours(), self.switches)


def read_options(given: Mapping[str, object]) -> Options:
    """Check the given options. Raises msgspec.ValidationError, which says what is wrong."""
    faults = given.get("faults", {})
    if isinstance(faults, str):
        faults = read_pairs(filter(None, faults.split(",")))
    options = msgspec.convert({**given, "faults": faults}, Options, strict=False)
    options.behaviours()
    read_rates(options.faults)
    return options


def read_pairs(texts: Iterable[str]) -> dict[str, str]:
    """Read NAME=VALUE texts. Raises msgspec.ValidationError."""
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise msgspec.ValidationError(f"write NAME=VALUE, not {text!r}")
        pairs[name.strip()] = value.strip()
    return pairs


def read_rates(given: object) -> dict[str, float]:
    """Check names and rates of faults; the rates add up to 1 at most. Raises msgspec.ValidationError."""
    rates = msgspec.convert(given, dict[str, Rate], strict=False)
    unknown = sorted(set(rates) - set(FAULTS))
    if unknown:
        raise msgspec.ValidationError(f"unknown fault {', '.join(unknown)}; known: {', '.join(FAULTS)}")
    total = sum(rates.values())
    if total > 1 + ROUNDING_ERROR:
        raise msgspec.ValidationError(
            f"a request suffers one fault at most: the rates add up to {total:g}, more than 1"
        )
    return rates
