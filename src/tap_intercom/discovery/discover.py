"""Discovery that asks: what this token may read of this workspace, and what the workspace has made of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from tap_intercom.api.types import InvalidBody, Refused
from tap_intercom.config.config import Config
from tap_intercom.discovery.probe import Probe, probe
from tap_intercom.discovery.samples import Sample, extended, sample_of
from tap_intercom.discovery.type_inference import Schema
from tap_intercom.discovery.workspace_attributes import with_attributes
from tap_intercom.errors import ContractError, Unavailable
from tap_intercom.observability.log import Log
from tap_intercom.observability.monitor import RunMonitor
from tap_intercom.singer.catalog import describe_stream
from tap_intercom.streams.refusals import explain
from tap_intercom.streams.table import load_schema, streams_of

UNREADABLE = (ContractError, InvalidBody, RecursionError)
SAMPLE_RECORDS = 50  # records of a stream that are looked at, where its list has no fixed pages


def discover_streams(config: Config, log: Log) -> dict[str, Any]:
    """Make the catalog of the streams that the API version has; name those that cannot be read.

    Raises AccessError where the token itself is refused, Unavailable where nothing is answered, and, where no stream
    can be read, why the first cannot.
    """
    streams = streams_of(config.api_version)
    try:
        probes = probe(config, streams, streams, RunMonitor(log).note_wait, SAMPLE_RECORDS)
    except Unavailable as unavailable:
        raise Unavailable(f"{unavailable} To discover without asking Intercom, add --offline.") from unavailable
    errors = {seen.stream.name: seen.error for seen in probes if seen.error is not None}
    if errors and (len(errors) == sum(seen.asked for seen in probes) or _is_elsewhere(probes)):
        raise next(iter(errors.values()))
    for name, error in errors.items():
        log.warning("%s: %s", name, str(error).removeprefix(f"{name}: "))
    for name in [seen.stream.name for seen in probes if seen.error is not None and seen.refused is None]:
        log.warning("%s: it is offered as this version of the tap knows it; discover again to learn more of it", name)
    samples = {seen.stream.name: _sample(seen, probes, log) for seen in probes}
    return {"streams": [_entry(seen, samples, log) for seen in probes]}


def _is_elsewhere(probes: Sequence[Probe]) -> bool:
    """Say whether nothing that came is of Intercom's: that there is no export, any server says of any path."""
    failed = [seen for seen in probes if seen.error is not None]
    silent = all(seen.body is None for seen in probes)
    return silent and all(seen.refused is None or seen.refused.is_foreign for seen in failed)


def _sample(seen: Probe, probes: Sequence[Probe], log: Log) -> Sample:
    """Read what was seen of a stream; nothing is learned of one that cannot be read, or not by this tap."""
    stream = seen.stream
    schema = load_schema(stream.schema_name)
    parent = next((other.stream for other in probes if other.stream.name == stream.parent), stream)
    if seen.body is not None:
        try:
            return sample_of(stream, parent, schema, seen.body)
        except UNREADABLE as error:
            log.warning("%s: its records cannot be looked at: %s", stream.name, error)
    return Sample(stream, parent, schema)


def _entry(seen: Probe, samples: Mapping[str, Sample], log: Log) -> dict[str, Any]:
    """Describe a stream, with what its answers show and what the workspace says of its attributes."""
    stream = seen.stream
    schema = _extended(samples[stream.name], log)
    for holder, source in stream.attributes.items():
        schema = with_attributes(schema, holder, samples[source].rows)
    return describe_stream(stream, schema, _unsupported_reason(seen, log))


def _extended(sample: Sample, log: Log) -> Schema:
    name = sample.stream.name
    try:
        schema, added = extended(sample)
    except UNREADABLE as error:
        log.warning("%s: nothing is learned of its records: %s", name, error)
        return sample.schema
    if added:
        log.info("%s: fields that this version of the tap does not know are added: %s", name, ", ".join(added))
    return schema


def _unsupported_reason(seen: Probe, log: Log) -> str | None:
    """Say why Intercom refuses a stream, the same words every time: the id of the request is not in them."""
    refused = seen.refused
    if refused is None:
        return None
    alike = Refused(refused.reason, refused.status, refused.code, refused.message, None)
    return log.conceal(str(explain(alike, seen.stream)))
