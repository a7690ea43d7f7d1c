"""A sync of everything that a version of the API has, those streams too that are off by default, and what it brings."""

from typing import Any

from conftest import Output, Simulator, Tap
from derived_columns import DerivedColumns
from record_checks_v2 import compare, identity, key_of
from tap_intercom.streams.table import streams_of

SETTINGS: dict[str, Any] = {
    "reporting_datasets": ["conversation", "ticket"],
    "custom_object_types": ["Order", "Test_Object"],
}
# Where two records may have one key: a tag that was given twice, attributes of one name, which is their key on 1.4, and
# messages, whose windows reach back behind each other.
REPEATING = {"conversation_tags", "customer_attributes", "message_content_export"}


def whole(tap: Tap, version: str) -> dict[str, Any]:
    """Give the settings and the catalog of such a sync."""
    settings = {**SETTINGS, "api_version": version}
    names = [stream.name for stream in streams_of(version)]
    return {**settings, "catalog": tap.catalog(*names, **settings)}


def amiss(simulator: Simulator, output: Output, version: str) -> list[str]:
    """Name where a sync of everything differs from what Intercom holds: streams, records, fields, keys that repeat."""
    streams = {stream.name: stream for stream in streams_of(version)}
    declared = {message["stream"] for message in output.messages if message["type"] == "SCHEMA"}
    counts = simulator.counts(version)
    complaints = [f"{name} is not there, or should not be" for name in sorted(declared ^ counts.keys())]
    truth = {name: simulator.truth(name, version) for name in streams}
    origins = DerivedColumns(truth)
    for name, stream in streams.items():
        rows = output.records(name)
        complaints += [*compare(stream, truth[name], rows), *origins.unexplained(stream, rows)]
        if len({key_of(identity(stream), row) for row in rows}) != counts[name]:
            complaints.append(f"{name} has {len(rows)} records of {counts[name]}")
        if name not in REPEATING and len({key_of(stream.key, row) for row in rows}) != len(rows):
            complaints.append(f"{name} repeats a key")
    return complaints
