"""How a response of API 2.x shows records: in which minor version, in a list or alone, as HTML or as text."""

from typing import Any, NamedTuple

from intercom_simulator.protocol.behaviours import Behaviours
from intercom_simulator.protocol.responses import Request

Record = dict[str, Any]
OLDEST_MINOR, NEWEST_MINOR = 7, 16


class ViewOptions(NamedTuple):
    """The minor version (2.`minor`) and the form in which records are shown; `is_single`: alone, with all details."""

    minor: int
    is_single: bool = False
    plaintext: bool = False
    merge_history: bool = False
    monitors: bool = False
    scorecards: bool = False


def minor_of(version: str) -> int:
    """Return the number after the point of a version."""
    return int(version.partition(".")[2])


def read_view_options(request: Request, behaviours: Behaviours, *, is_single: bool = False) -> ViewOptions:
    """Read the version, `display_as` and the `include_…` parameters of a request."""
    parameters, minor = request.parameters, minor_of(request.version or behaviours.app_version)
    included = [name for name, value in parameters.items() if value == "true"] if minor >= NEWEST_MINOR else []
    searching = request.segments[-1:] == ("search",)  # only searches include reviews of conversations
    plaintext = is_single and parameters.get("display_as") == "plaintext"  # lists and searches ignore display_as
    return ViewOptions(
        minor,
        is_single,
        plaintext,
        merge_history="include_merge_history" in included and behaviours.inline_merge_history == "served",
        monitors=searching and "include_monitors" in included,
        scorecards=searching and "include_scorecards" in included,
    )


def without_keys(record: Record, *keys: str) -> Record:
    """Return the record without some keys."""
    return {key: value for key, value in record.items() if key not in keys}


def value_at(record: Record, field: str) -> object:
    """Return the value at a dotted path."""
    found: object = record
    head, dot, rest = field.partition(".")
    while isinstance(found, dict):
        found = found.get(head)
        if not dot:
            break
        head, dot, rest = (rest, "", "") if head == "custom_attributes" else rest.partition(".")
    return found
