"""What is read: the streams of a workload, how many records they hold, and the fewest requests that get them."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Final

from tap_intercom.streams.table import streams_of

VERSIONS: Final = {"tap": "1.4", "tap-2.16": "2.16"}
ATTRIBUTES = ("company_attributes", "contact_attributes")
# Streams that every contestant has. Admins and company_segments are left out: the first end singer-io's tap where an
# avatar is an address, the second are something else with each of them.
WORKLOADS: Final[Mapping[str, tuple[str, ...]]] = {
    "shared": (
        *ATTRIBUTES,
        "companies",
        "contacts",
        "conversations",
        "conversation_parts",
        "segments",
        "tags",
        "teams",
    ),
    "talks": ("conversations", "conversation_parts"),
    "lists": ("companies", "contacts", "conversations"),
    "contacts": ("contacts",),
    "conversations": ("conversations",),
    "tickets": ("tickets",),
    "tags": ("tags",),
    "everything": (),
    "about": (),
    "version": (),
}
IN_1_4: Final[Mapping[str, tuple[str, ...]]] = {
    "contacts": ("users", "leads"),
    "contact_attributes": ("customer_attributes",),
}
CUT = "lists of contacts of which a search gives only the beginning"
SEARCHED, NUMBERED, SCROLLED = 150, 60, 100  # records on a page, at most


def streams(workload: str, version: str) -> tuple[str, ...]:
    """Name the streams of a workload, or the one stream that it names, as a version of the API has them."""
    named = WORKLOADS.get(workload, (workload,))
    return tuple(one for name in named for one in (IN_1_4.get(name, (name,)) if version == "1.4" else (name,)))


def default_streams(version: str) -> tuple[str, ...]:
    """Name the streams of a version of the API that the tap reads by default."""
    return tuple(stream.name for stream in streams_of(version) if stream.by_default)


def fewest_requests(names: Sequence[str], counts: Mapping[str, int], version: str) -> int:
    """Compute the fewest requests that get all records of the streams, by the API's largest pages.

    A scroll ends with a page that says so. `counts` tells also how many lists of contacts are CUT.
    """
    return sum(_requests_for(name, counts, version) for name in names)


def _requests_for(name: str, counts: Mapping[str, int], version: str) -> int:
    if name == "conversation_parts":
        return counts["conversations"]
    if name == "companies" or name in IN_1_4["contacts"]:
        return _pages(counts[name], SCROLLED) + 1
    if name == "conversations" and version == "1.4":
        return _pages(counts[name], NUMBERED)
    cut = counts.get(CUT, 0) if name == "contacts" else 0
    return _pages(counts[name], SEARCHED) + cut if name in {"contacts", "conversations", "tickets"} else 1


def _pages(count: int, size: int) -> int:
    return max(1, ceil(count / size))
