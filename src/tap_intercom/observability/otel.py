"""OpenTelemetry metrics of a run, exported to a collector if the configuration asks for it.

Each metric reads the run's counters when an export is due, so counting costs no more with it. OpenTelemetry's own
environment variables, `OTEL_…`, say where to export, how often and under which name. OpenTelemetry is loaded only if
metrics are wanted.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from tap_intercom import __version__
from tap_intercom.config.config import Config
from tap_intercom.errors import ConfigError
from tap_intercom.observability.counters import Counters
from tap_intercom.observability.log import Log

SHUTDOWN_SECONDS: Final = 3.0  # that a run which is over waits for the collector
Point = tuple[float, dict[str, str]]


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One metric; `kind` is counter (it only grows) or gauge, `points` reads its values, with attributes."""

    name: str
    kind: str
    unit: str
    description: str
    points: Callable[[Counters], Iterable[Point]]


def _of_streams(value: Callable[[Any], float | None]) -> Callable[[Counters], Iterable[Point]]:
    def points(counters: Counters) -> Iterable[Point]:
        values = [(value(stream), {"stream": stream.stream}) for stream in counters.streams]
        return [(number, attributes) for number, attributes in values if number is not None]

    return points


def _of_run(value: Callable[[Counters], float | None]) -> Callable[[Counters], Iterable[Point]]:
    def points(counters: Counters) -> Iterable[Point]:
        number = value(counters)
        return [] if number is None else [(number, {})]

    return points


def _lags(counters: Counters) -> Iterable[Point]:
    now = datetime.now(UTC)
    return [((now - moment).total_seconds(), {"stream": name}) for name, moment in counters.bookmarks.items()]


def _quota(place: int) -> Callable[[Counters], float | None]:
    def value(counters: Counters) -> float | None:
        now = counters.quota_now()
        return None if now is None else now[place]

    return value


METRICS: Final = (
    Metric(
        name="tap_intercom.records",
        kind="counter",
        unit="{record}",
        description="Records that were written.",
        points=_of_streams(lambda stream: stream.records),
    ),
    Metric(
        name="tap_intercom.requests",
        kind="counter",
        unit="{request}",
        description="Requests that were sent, those that were sent again too.",
        points=_of_streams(lambda stream: stream.requests),
    ),
    Metric(
        name="tap_intercom.request.time",
        kind="counter",
        unit="s",
        description="How long the answered requests took, added up; many are under way at once.",
        points=_of_streams(lambda stream: stream.request_seconds),
    ),
    Metric(
        name="tap_intercom.warnings",
        kind="counter",
        unit="{warning}",
        description="Warnings about a stream.",
        points=_of_streams(lambda stream: stream.warnings),
    ),
    Metric(
        name="tap_intercom.stream.complete",
        kind="gauge",
        unit="1",
        description="1 where a stream was read to its end, 0 where it was not; nothing while it is being read.",
        points=_of_streams(lambda stream: None if stream.ended is None else float(stream.state == "complete")),
    ),
    Metric(
        name="tap_intercom.bookmark.lag",
        kind="gauge",
        unit="s",
        description="How long ago the moment is up to which a stream is complete; told when a run is over.",
        points=_lags,
    ),
    Metric(
        name="tap_intercom.quota.used",
        kind="gauge",
        unit="{request}",
        description="Requests of the newest window of Intercom's quota that anybody has used.",
        points=_of_run(_quota(0)),
    ),
    Metric(
        name="tap_intercom.quota.limit",
        kind="gauge",
        unit="{request}",
        description="Requests that Intercom grants in that window.",
        points=_of_run(_quota(1)),
    ),
    Metric(
        name="tap_intercom.throttled",
        kind="counter",
        unit="{request}",
        description="Answers that told to slow down (429); told when a run is over.",
        points=_of_run(lambda counters: counters.throttled),
    ),
    Metric(
        name="tap_intercom.retries",
        kind="counter",
        unit="{request}",
        description="Requests that were sent again after a failure; told when a run is over.",
        points=_of_run(lambda counters: counters.retries),
    ),
    Metric(
        name="tap_intercom.wait.time",
        kind="counter",
        unit="s",
        description="How long requests waited, for the quota or to be sent again, added up; told when a run is over.",
        points=_of_run(lambda counters: counters.waited_seconds),
    ),
    Metric(
        name="tap_intercom.errors",
        kind="counter",
        unit="{error}",
        description="Streams that could not be read, and what else a run ended with.",
        points=_of_run(lambda counters: len(counters.errors)),
    ),
    Metric(
        name="tap_intercom.run.time",
        kind="gauge",
        unit="s",
        description="How long the run has taken.",
        points=_of_run(lambda counters: counters.clock() - counters.began),
    ),
    Metric(
        name="tap_intercom.run.exit_code",
        kind="gauge",
        unit="1",
        description="What a run ended with; nothing while it goes on.",
        points=_of_run(lambda counters: counters.exit_code),
    ),
)


class MetricsExporter:
    """A context manager around a run that exports its metrics from time to time, and when the run is over.

    A collector that cannot be reached costs a warning, and SHUTDOWN_SECONDS at most. Raises ConfigError if metrics are
    wanted and OpenTelemetry is not installed.
    """

    def __init__(self, config: Config, counters: Counters, log: Log) -> None:
        self._provider = _provider(counters, log) if config.metrics else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._provider is not None:
            self._provider.shutdown(timeout_millis=1000 * SHUTDOWN_SECONDS)


class _ExporterLog(logging.Handler):
    """Passes the first warning of OpenTelemetry to the log; the same would come with each export."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log
        self._has_warned = False

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on the first warning."""
        if not self._has_warned:
            self._has_warned = True
            self._log.warning(
                "the metrics do not reach their collector (%s); the run is as good without them. "
                "Start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT",
                record.getMessage().partition("\n")[0],
            )


def _provider(counters: Counters, log: Log) -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: PLC0415 - optional
        from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 - likewise
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader  # noqa: PLC0415 - likewise
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415 - likewise
    except ImportError:
        raise ConfigError(
            "the configuration is not usable: metrics needs OpenTelemetry, which is not installed; "
            'install the tap with it (for example pip install ".[otel]"), or remove metrics'
        ) from None
    logger = logging.getLogger("opentelemetry")
    logger.propagate = False
    logger.addHandler(_ExporterLog(log))
    resource = Resource({"service.name": "tap-intercom", "service.version": __version__})
    provider = MeterProvider(
        [PeriodicExportingMetricReader(OTLPMetricExporter())],
        resource=Resource.create().merge(resource).merge(OTELResourceDetector().detect()),
    )
    _observe(provider.get_meter("tap_intercom", __version__), counters, METRICS)
    return provider


def _observe(meter: Any, counters: Counters, metrics: Sequence[Metric]) -> None:
    from opentelemetry.metrics import Observation  # noqa: PLC0415 - optional

    def observed(metric: Metric) -> Callable[[object], Iterable[Any]]:
        return lambda _options: [Observation(*point) for point in metric.points(counters)]

    for metric in metrics:
        create = meter.create_observable_counter if metric.kind == "counter" else meter.create_observable_gauge
        create(metric.name, [observed(metric)], metric.unit, metric.description)
