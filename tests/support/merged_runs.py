"""Whether several runs together brought what Intercom holds, on any version of the API."""

from collections.abc import Collection

from conftest import Output, Simulator
from record_checks import SILENT, unfaithful
from record_checks_v2 import compare
from tap_intercom.streams.table import streams_of


def unlike(simulator: Simulator, version: str, names: Collection[str], *outputs: Output) -> list[str]:
    """Name what of these streams has not come, last, as Intercom has it now."""
    complaints: list[str] = []
    for stream in (stream for stream in streams_of(version) if stream.name in names):
        name, rows = stream.name, [row for output in outputs for row in output.records(stream.name)]
        if version == "1.4":
            complaints += unfaithful(name, simulator.truth(name), rows)
        else:
            quiet = SILENT.get(name, set())
            truth = [
                {field: value for field, value in record.items() if field not in quiet}
                for record in simulator.truth(name, version)
            ]
            complaints += compare(stream, truth, rows)
    return complaints
