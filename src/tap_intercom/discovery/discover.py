"""The catalog of a workspace on API 2.x: what the token may read, with the workspace's own fields."""

from collections.abc import Mapping, Sequence
from typing import Any

from tap_intercom.api.types import InvalidBody, Refused
from tap_intercom.config.config import Config
from tap_intercom.discovery.probe import Probe, probe_streams
from tap_intercom.discovery.samples import Sample, extended_schema, sample_of
from tap_intercom.discovery.type_inference import Schema
from tap_intercom.discovery.workspace_attributes import with_attributes
from tap_intercom.errors import ContractError, Unavailable
from tap_intercom.observability.log import Log
from tap_intercom.observability.monitor import RunMonitor
from tap_intercom.singer.catalog import describe_stream
from tap_intercom.singer.stream_patterns import StreamPatterns
from tap_intercom.streams.model import Stream
from tap_intercom.streams.refusals import explain
from tap_intercom.streams.table import load_schema, streams_of

UNREADABLE_ERRORS = (ContractError, InvalidBody, RecursionError)
SAMPLE_RECORDS = 50  # asked for of each stream, where the size of its pages can be chosen


def discover_streams(config: Config, patterns: StreamPatterns, log: Log) -> dict[str, Any]:
    """Make the catalog of the streams of the configured API version, and warn of those that cannot be read.

    Only the streams that the patterns choose are asked for, and those that describe the custom attributes of these.

    Raises AccessError where the token is refused, Unavailable where nothing is answered, and the error of the first
    stream where none can be read.
    """
    streams = streams_of(config.api_version)
    asked = _with_attribute_streams([one for one in streams if patterns.chooses(one.name, otherwise=True)], streams)
    try:
        probes = probe_streams(config, streams, asked, RunMonitor(log).note_wait, SAMPLE_RECORDS)
    except Unavailable as unavailable:
        raise Unavailable(f"{unavailable} To discover without asking Intercom, add --offline.") from unavailable
    errors = {probed.stream.name: probed.error for probed in probes if probed.error is not None}
    if errors and (len(errors) == sum(probed.asked for probed in probes) or _is_foreign_server(probes)):
        raise next(iter(errors.values()))
    for name, error in errors.items():
        log.warning("%s: %s", name, str(error).removeprefix(f"{name}: "))
    for name in [probed.stream.name for probed in probes if probed.error is not None and probed.refused is None]:
        log.warning("%s: it is offered as this version of the tap knows it; discover again to learn more of it", name)
    by_name = {stream.name: stream for stream in streams}
    samples = {probed.stream.name: _sample(probed, by_name, log) for probed in probes}
    return {"streams": [_entry(probed, samples, log) for probed in probes]}


def _is_foreign_server(probes: Sequence[Probe]) -> bool:
    """Say whether no answer is one of Intercom's. That an export is not there counts as none: any server says so."""
    failed = [probed for probed in probes if probed.error is not None]
    has_no_records = all(probed.body is None for probed in probes)
    return has_no_records and all(probed.refused is None or probed.refused.is_foreign for probed in failed)


def _with_attribute_streams(chosen: Sequence[Stream], streams: Sequence[Stream]) -> list[Stream]:
    """Add the streams that describe the custom attributes of the chosen ones."""
    names = {stream.name for stream in chosen} | {name for one in chosen for name in one.attribute_streams.values()}
    return [stream for stream in streams if stream.name in names]


def _sample(probed: Probe, streams: Mapping[str, Stream], log: Log) -> Sample:
    """Read the records that a probe got. Where they cannot be read, the sample has the stream's own schema only."""
    stream = probed.stream
    schema = load_schema(stream.schema_name)
    parent = streams[stream.parent or stream.name]
    if probed.body is not None:
        try:
            return sample_of(stream, parent, schema, probed.body)
        except UNREADABLE_ERRORS as error:
            log.warning("%s: its records cannot be looked at: %s", stream.name, error)
    return Sample(stream, parent, schema)


def _entry(probed: Probe, samples: Mapping[str, Sample], log: Log) -> dict[str, Any]:
    """Make the catalog entry of a stream, with the fields of its sample and the custom attributes of the workspace."""
    stream = probed.stream
    schema = _extended(samples[stream.name], log)
    for holder, source in stream.attribute_streams.items():
        schema = with_attributes(schema, holder, samples[source].rows)
    return describe_stream(stream, schema, _unsupported_reason(probed, log))


def _extended(sample: Sample, log: Log) -> Schema:
    """Give the schema of a sample with the fields that it lacks, and log their names."""
    name = sample.stream.name
    try:
        schema, added = extended_schema(sample)
    except UNREADABLE_ERRORS as error:
        log.warning("%s: nothing is learned of its records: %s", name, error)
        return sample.schema
    if added:
        log.info("%s: fields that this version of the tap does not know are added: %s", name, ", ".join(added))
    return schema


def _unsupported_reason(probed: Probe, log: Log) -> str | None:
    """Say why Intercom refuses a stream; without the id of the request, so that catalogs do not differ by it."""
    refused = probed.refused
    if refused is None:
        return None
    without_id = Refused(refused.reason, refused.status, refused.code, refused.message, None)
    return log.conceal(str(explain(without_id, probed.stream)))
