"""What an OpenTelemetry collector is told of a run, and that a run is as good where there is none."""

import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from conftest import TOKEN, Output, Simulator, Tap, command
from shell import ROOT
from tap_intercom.observability.otel import METRICS, SHUTDOWN_SECONDS


class Collector:
    """Takes what is exported to it, and answers as it is told to."""

    def __init__(self) -> None:
        self.status = 200
        self.bodies: list[bytes] = []
        self.silent = threading.Event()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                collector.headers = dict(self.headers)
                self.send_response(collector.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.headers: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def last(self) -> tuple[dict[str, str], dict[str, dict[str, float]]]:
        """Give the attributes of the resource, and of the last export the numbers of streams, or of the run."""
        (resource,) = ExportMetricsServiceRequest.FromString(self.bodies[-1]).resource_metrics
        metrics = {}
        for metric in resource.scope_metrics[0].metrics:
            points = (metric.sum if metric.HasField("sum") else metric.gauge).data_points
            metrics[metric.name] = {_stream(point): _number(point) for point in points}
        return {one.key: one.value.string_value for one in resource.resource.attributes}, metrics


def _stream(point: Any) -> str:
    return str(point.attributes[0].value.string_value) if point.attributes else ""


def _number(point: Any) -> float:
    return float(point.as_double if point.HasField("as_double") else point.as_int)


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()
    yield found
    found.close()


def told(tap: Tap, endpoint: str, token: str = TOKEN, **variables: str) -> Output:
    """Run with metrics that go to an endpoint."""
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **variables}
    return tap.raw(tap.arguments(metrics="otlp", access_token=token), environment)


def test_a_collector_is_told_what_the_run_had(simulator: Simulator, tap: Tap, collector: Collector) -> None:
    simulator.reset(quota=100_000)
    named = {"OTEL_SERVICE_NAME": "intercom of acme", "OTEL_EXPORTER_OTLP_HEADERS": "x-team=data"}
    output = told(tap, collector.url, **named)
    assert output.code == 0, output.stderr
    resource, metrics = collector.last()
    assert (resource["service.name"], collector.headers["x-team"]) == ("intercom of acme", "data")
    records = {stream: count for stream, count in metrics["tap_intercom.records"].items() if count}
    assert records == output.counts()
    assert metrics["tap_intercom.run.exit_code"] == {"": 0}
    assert metrics["tap_intercom.quota.limit"] == {"": 100_000}
    assert set(metrics["tap_intercom.stream.complete"].values()) == {1}
    assert metrics["tap_intercom.bookmark.lag"].keys() == output.state["bookmarks"].keys()
    assert min(metrics["tap_intercom.bookmark.lag"].values()) >= 0
    assert metrics["tap_intercom.warnings"]["users"] >= 1
    assert metrics.keys() == {measure.name for measure in METRICS}
    assert TOKEN.encode()[:12] not in b"".join(collector.bodies)


def test_a_run_that_fails_is_told_as_one(tap: Tap, collector: Collector) -> None:
    output = told(tap, collector.url, token="another-token")  # noqa: S106 - one that is refused
    assert output.code == 3
    resource, metrics = collector.last()
    assert resource["service.name"] == "tap-intercom"
    assert (metrics["tap_intercom.run.exit_code"], metrics["tap_intercom.errors"]) == ({"": 3}, {"": 1})


def test_a_long_run_is_told_of_while_it_goes_on(simulator: Simulator, tap: Tap, collector: Collector) -> None:
    simulator.reset(latency_ms=100)
    assert told(tap, collector.url, OTEL_METRIC_EXPORT_INTERVAL="100").code == 0
    assert len(collector.bodies) >= 3


def test_a_collector_that_refuses_costs_one_warning(tap: Tap, collector: Collector) -> None:
    collector.status = 400
    output = told(tap, collector.url, OTEL_METRIC_EXPORT_INTERVAL="50")
    assert output.code == 0
    assert output.stderr.count("the metrics do not reach their collector") == 1
    assert "Traceback" not in output.stderr


def test_a_collector_that_hangs_or_is_not_there_keeps_nobody(tap: Tap) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        began = time.monotonic()
        hanging = told(tap, f"http://127.0.0.1:{port}")
        assert time.monotonic() - began < SHUTDOWN_SECONDS + 30  # the run itself takes a moment
    absent = told(tap, f"http://127.0.0.1:{port}")
    assert (hanging.code, absent.code) == (0, 0)
    assert hanging.counts() == absent.counts()
    assert absent.stderr.count("WARNING the metrics") == 1


def test_without_opentelemetry_one_line_says_what_to_install(tap: Tap, tmp_path: Path) -> None:
    (tmp_path / "opentelemetry.py").write_text("raise ImportError\n")
    done = subprocess.run(
        command(*tap.arguments(metrics="otlp")),
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "CRITICAL the configuration is not usable: metrics needs OpenTelemetry, which is not installed; "
        'install the tap with it (for example pip install ".[otel]"), or remove metrics\n'
    )


def test_the_document_has_the_metrics_that_there_are() -> None:
    rows = re.findall(r"^\| `(tap_\S+)` \| (.*) \|$", (ROOT / "docs" / "metrics.md").read_text(), re.MULTILINE)
    assert rows == [(measure.name, f"{measure.kind} | `{measure.unit}` | {measure.description}") for measure in METRICS]
