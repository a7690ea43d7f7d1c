"""The table of settings, one row each: name, meaning, parser, default."""

from collections.abc import Callable
from typing import Final

import msgspec

from tap_intercom import __version__
from tap_intercom.config import nested_parsers, parsers

ENVIRONMENT_PREFIX: Final = "TAP_INTERCOM_"
API_VERSIONS: Final = ("1.4", *(f"2.{minor}" for minor in range(7, 17)))
DEFAULT_API_VERSION: Final = API_VERSIONS[0]
NEWEST_API_VERSION: Final = API_VERSIONS[-1]
# Where Intercom keeps the data of a workspace, and so where its API answers.
REGIONS: Final = {
    "us": "https://api.intercom.io",
    "eu": "https://api.eu.intercom.io",
    "au": "https://api.au.intercom.io",
}
RELATIONS: Final = ("changed", "whole")
METRICS: Final = ("otlp",)
USER_AGENT: Final = f"tap-intercom/{__version__}"
MOST_REQUESTS_IN_FLIGHT: Final = 1000
# A century: a longer one could lead to a date before the year 1.
LONGEST_LOOKBACK_SECONDS: Final = 3_155_760_000


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting, as the configuration, `--about`, the README and the environment variables have it.

    `kind` is a JSON type or "date-time". `read` is a parser of `parsers` or `nested_parsers`; it never gets null, and
    "" only if the setting is required. `default` is what is shown as the default; Config has the values.
    """

    name: str
    kind: str
    description: str
    example: str | float | list[str] | dict[str, object]
    read: Callable[[object], object]
    default: str | float | None = None
    required: bool = False
    secret: bool = False
    allowed: tuple[str, ...] = ()

    @property
    def shown_default(self) -> str:
        """The default as it is written in a configuration, "" where there is none."""
        if self.default is None or isinstance(self.default, str):
            return self.default or ""
        return msgspec.json.encode(self.default).decode()

    @property
    def variable(self) -> str:
        """The environment variable that `--config ENV` reads it from."""
        return ENVIRONMENT_PREFIX + self.name.upper()


SETTINGS: Final = (
    Setting(
        name="access_token",
        kind="string",
        description=(
            "The access token of the workspace's app in Intercom's Developer Hub; "
            "required, unless `access_token_file` gives it."
        ),
        example="YOUR_API_ACCESS_TOKEN",
        read=parsers.read_token,
        required=True,
        secret=True,
    ),
    Setting(
        name="access_token_file",
        kind="string",
        description="A file that holds the access token and nothing else, as secret stores mount one.",
        example="/run/secrets/intercom",
        read=parsers.read_path,
    ),
    Setting(
        name="start_date",
        kind="date-time",
        description=(
            "Records updated before this moment are left out of a stream's "
            "first sync (RFC 3339; UTC where no offset is given)."
        ),
        example="2019-01-01T00:00:00Z",
        read=parsers.read_date_time,
        required=True,
    ),
    Setting(
        name="request_timeout",
        kind="number",
        description="Seconds to wait for an answer of Intercom; 0 means the default.",
        example=300,
        read=parsers.read_timeout,
        default=300,
    ),
    Setting(
        name="retry_timeout",
        kind="number",
        description=(
            "Seconds for which a request that fails is repeated before its stream is given up; in the end it is "
            "repeated every half minute. As long, the tap waits for the end of another scroll in the workspace, and "
            "for the end of answers 429 (for these at least ten seconds). 0 repeats nothing. A server that was never "
            "reached is given up after 30 seconds, an answer that cannot be read after eight attempts. `--test` and "
            "`--discover` wait for a minute at most."
        ),
        example=900,
        read=parsers.read_seconds,
        default=900,
    ),
    Setting(
        name="user_agent",
        kind="string",
        description="How the tap introduces itself to Intercom; an e-mail address lets them reach you.",
        example="tap-intercom <api_user_email@your_company.com>",
        read=parsers.read_line,
        default=USER_AGENT,
    ),
    Setting(
        name="api_version",
        kind="string",
        description=(
            "The version of Intercom's API to ask for; where none is set and Intercom refuses "
            f"{DEFAULT_API_VERSION}, its streams are read from {NEWEST_API_VERSION}."
        ),
        example=DEFAULT_API_VERSION,
        read=parsers.one_of(API_VERSIONS),
        default=DEFAULT_API_VERSION,
        allowed=API_VERSIONS,
    ),
    Setting(
        name="region",
        kind="string",
        description="Where Intercom keeps the data of the workspace.",
        example="eu",
        read=parsers.one_of(REGIONS),
        default="us",
        allowed=tuple(REGIONS),
    ),
    Setting(
        name="base_url",
        kind="string",
        description=(
            "Another address for the API, such as a proxy's or the simulator's; "
            "overrides `region`. Plain http only to this machine."
        ),
        example="https://intercom-proxy.example.com",
        read=parsers.read_url,
    ),
    Setting(
        name="streams",
        kind="array",
        description=(
            "Patterns of the streams to read and the fields to leave out. `*` stands for any characters, and a pattern "
            "after `!` leaves out what it matches. A catalog is narrowed by them. `--streams` overrides it."
        ),
        example=["contacts", "conversation*", "!contacts.avatar"],
        read=nested_parsers.read_name_list,
    ),
    Setting(
        name="max_concurrency",
        kind="integer",
        description="The most requests that may be under way at once.",
        example=64,
        read=parsers.whole_number(1, MOST_REQUESTS_IN_FLIGHT),
        default=64,
    ),
    Setting(
        name="quota_share",
        kind="number",
        description=(
            "The part of Intercom's request quota that the tap may use; the rest is left to your other integrations."
        ),
        example=0.9,
        read=parsers.read_fraction,
        default=0.9,
    ),
    Setting(
        name="lookback_window",
        kind="integer",
        description=(
            "Seconds before each bookmark from which to read again; without it, 600 for what is searched, "
            "which Intercom shows some minutes late, a week for exports, and 0 for the rest."
        ),
        example=3600,
        read=parsers.whole_number(0, LONGEST_LOOKBACK_SECONDS),
    ),
    Setting(
        name="reporting_datasets",
        kind="array",
        description=(
            "The datasets that `reporting_exports` reads, by their ids, such as `conversation`; "
            "where one is unknown, the tap names those that the workspace has."
        ),
        example=["conversation", "ticket"],
        read=nested_parsers.read_name_list,
    ),
    Setting(
        name="activate_version",
        kind="boolean",
        description=(
            "Whether to send ACTIVATE_VERSION after a stream that was read whole, so that a target can drop "
            "what Intercom no longer has. Some targets stop at the message."
        ),
        example=True,
        read=parsers.read_boolean,
        default=False,
    ),
    Setting(
        name="relations",
        kind="string",
        description=(
            "Which links between records, such as the tags of contacts, a run reads: those of records that changed, or "
            "`whole`, all of them. Intercom does not say when a link changed."
        ),
        example="whole",
        read=parsers.one_of(RELATIONS),
        default=RELATIONS[0],
        allowed=RELATIONS,
    ),
    Setting(
        name="whole_every",
        kind="string",
        description=(
            "How long after a stream with a bookmark was read whole it is read whole again, such as `7d`, `12h` or "
            "`30m`; without it, only when asked for. A whole read also brings what is older than `start_date`."
        ),
        example="7d",
        read=parsers.read_duration,
    ),
    Setting(
        name="custom_object_types",
        kind="array",
        description=(
            "The types of custom objects that `custom_object_instances` reads, by the identifiers that Intercom has "
            "for them, such as `Order`."
        ),
        example=["Order"],
        read=nested_parsers.read_name_list,
    ),
    Setting(
        name="report",
        kind="string",
        description=(
            "A file for a report of each sync, which takes the place of the last one: a page where its name ends with "
            ".html, for programs where it ends with .json."
        ),
        example="report.html",
        read=parsers.read_report,
    ),
    Setting(
        name="metrics",
        kind="string",
        description=(
            "Where metrics of each sync go: `otlp`, to an OpenTelemetry collector that the `OTEL_…` variables name; "
            "needs the extra `otel`."
        ),
        example="otlp",
        read=parsers.one_of(METRICS),
        allowed=METRICS,
    ),
    Setting(
        name="batch_config",
        kind="object",
        description=(
            "Has records written to files, of which a target is told by BATCH messages as Meltano's SDK has them; they "
            "stay until you remove them."
        ),
        example={
            "encoding": {"format": "jsonl", "compression": "gzip"},
            "storage": {"root": "file:///var/lib/intercom", "prefix": "batch-"},
        },
        read=nested_parsers.read_batch_config,
    ),
    Setting(
        name="stream_maps",
        kind="object",
        description=(
            "Maps of streams as Meltano's SDK has them: fields to rename, drop or compute, records to filter; "
            "needs the extra `maps`."
        ),
        example={"users": {"email": "md5(email)"}},
        read=nested_parsers.read_stream_maps,
    ),
    Setting(
        name="stream_map_config",
        kind="object",
        description="What the expressions of `stream_maps` find in `config`, such as a seed for hashes.",
        example={"hash_seed": "a word of yours"},
        read=nested_parsers.read_object,
        secret=True,
    ),
    Setting(
        name="flattening_enabled",
        kind="boolean",
        description=("Whether objects within a record become columns, `plan__name`, for targets that cannot nest."),
        example=True,
        read=parsers.read_boolean,
        default=False,
    ),
    Setting(
        name="flattening_max_depth",
        kind="integer",
        description="How many levels of objects become columns where `flattening_enabled` is true.",
        example=2,
        read=parsers.whole_number(1, 50),
        default=1,
    ),
)
