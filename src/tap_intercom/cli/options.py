"""The command line: its options, their parsing and checks, and the help text."""

import textwrap
from collections.abc import Sequence
from typing import Any, Final

import click
import msgspec

from tap_intercom import __version__
from tap_intercom.cli.about import FORMATS, NAME
from tap_intercom.cli.terminal import write_stdout
from tap_intercom.config.nested_parsers import read_name_list
from tap_intercom.exit_codes import MEANINGS
from tap_intercom.observability.log import VARIABLE
from tap_intercom.redaction import shape_of

EXIT_CODE_LINES: Final = "\n".join(
    textwrap.fill(f"{code:<4} {meaning.outcome}", width=78, initial_indent="  ", subsequent_indent=" " * 7)
    for code, meaning in MEANINGS.items()
)
EPILOG: Final = f"""
\b
Examples:
  {NAME} --config config.json --discover > catalog.json
  echo '{{}}' > state.json
  {NAME} --config config.json --catalog catalog.json --state state.json | target-jsonl |
  while read -r state; do
      case $state in {{?*}}) printf '%s\\n' "$state" > state.tmp && mv -f state.tmp state.json ;; esac
  done
  {NAME} --config config.json --load intercom.duckdb
  {NAME} --config config.json --test
  TAP_INTERCOM_ACCESS_TOKEN=... TAP_INTERCOM_START_DATE=2019-01-01T00:00:00Z {NAME} --config ENV

\b
Exit codes:
{EXIT_CODE_LINES}

What to do stands in the last lines of the log.

The settings are listed by --about. {VARIABLE} may be DEBUG, INFO, WARNING or ERROR.
NO_COLOR turns colours off.
"""


LIST: Final = "'contacts,conversation*,!contacts.avatar'"
TEST_FORMATS: Final = ("text", "json")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of one command line."""

    config: tuple[str, ...]
    discover: bool
    offline: bool
    catalog: str | None
    properties: str | None
    state: str | None
    streams: tuple[str, ...] | None
    full_refresh: bool
    load: str | None
    test: bool
    quiet: bool
    about: bool
    format: str | None

    @property
    def catalog_path(self) -> str | None:
        """The catalog, under its name or its old one."""
        return self.catalog or self.properties

    @property
    def ignored(self) -> list[str]:
        """The options that were given and have no effect, since this command reads no such file."""
        files = ("config", "catalog", "properties", "state")
        read = () if self.about else files[:1] if self.discover else files[:3] if self.test else files
        return [f"--{name}" for name in files if getattr(self, name) and name not in read]


class UnquotedChoice(click.Choice[str]):
    """A choice whose error does not quote the wrong value, which may be a secret in the wrong place."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:  # noqa: ARG002 - click's
        """Describe what was found, and name the choices."""
        return f"it is {shape_of(value)} and must be {' or '.join(map(str, self.choices))}"


class NameList(click.ParamType[tuple[str, ...]]):
    """A list of names with commas between them."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Read the list. Raises click.UsageError where a name is empty."""
        try:
            return read_name_list(value)
        except ValueError:
            option = param.opts[0] if param else self.name
            raise click.UsageError(
                f"{option} has an empty name in its list; write it as in {option} {LIST}", ctx
            ) from None


def parse(arguments: Sequence[str]) -> Options:
    """Parse the command line.

    Raises click.ClickException for what is wrong with it, and click.exceptions.Exit after --help or --version.
    """
    with command.make_context(NAME, list(arguments)) as context:
        if context.args:
            extra = ", ".join(map(shape_of, context.args))
            raise click.UsageError(f"what belongs to no option ({extra}) means nothing; write --config config.json")
        options: Options = command.invoke(context)
    _check_combination(options)
    return options


def usage_message(error: click.ClickException) -> str:
    """Say what is wrong with the command line, and quote no word of it: it may be a secret in the wrong place."""
    if not isinstance(error, click.NoSuchOption):
        return error.format_message().rstrip(".")
    alike = " or ".join(error.possibilities or ())
    hint = f"; write {alike}" if alike else ""
    return f"the command line has an option that does not exist ({shape_of(error.option_name)}){hint}"


def _check_combination(options: Options) -> None:
    """Raise click.UsageError for options that do not go together."""
    if options.format and not (options.about or (options.test and options.format in TEST_FORMATS)):
        raise click.UsageError("--format belongs to --about, and to --test with text or json")
    if sum((options.discover, options.test, options.about)) > 1:
        raise click.UsageError("--discover, --test and --about exclude each other")
    if options.catalog and options.properties:
        raise click.UsageError("--properties is the old name of --catalog; give one of them")
    if options.offline and not (options.discover or options.about):
        raise click.UsageError("--offline belongs to --discover")
    if options.full_refresh and (options.discover or options.test or options.about):
        raise click.UsageError("--full-refresh belongs to a sync")
    if options.load is not None and (options.discover or options.test or options.about):
        raise click.UsageError("--load belongs to a sync, not to --discover, --test or --about")
    if options.streams is not None and options.about:
        raise click.UsageError("--streams belongs to a sync, --discover and --test")
    if not (options.config or options.discover or options.about):
        raise click.UsageError("--config is missing: give --config config.json, or --config ENV")


def _help(context: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's signature
    if asked:
        write_stdout(context.get_help() + "\n")
        context.exit()


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001 - click's signature
    if asked:
        write_stdout(f"{NAME} {__version__}\n")
        context.exit()


@click.command(epilog=EPILOG, add_help_option=False, context_settings={"allow_extra_args": True})
@click.option(
    "-c",
    "--config",
    metavar="FILE|ENV",
    multiple=True,
    help="A JSON file with settings, or ENV for TAP_INTERCOM_... variables; given several times, the last one wins.",
)
@click.option("-d", "--discover", is_flag=True, help="Write the catalog of all streams to standard output.")
@click.option(
    "--offline", is_flag=True, help="Discover without asking Intercom what the token may read and what there is."
)
@click.option("--catalog", metavar="FILE", help="The catalog with the selected streams and fields; all without it.")
@click.option("-p", "--properties", metavar="FILE", help="The same, for old callers.")
@click.option("-s", "--state", metavar="FILE", help="The state that an earlier run ended with, to go on from there.")
@click.option(
    "--streams",
    metavar="PATTERNS",
    type=NameList(),
    help=f"The streams to read, and the fields to leave out: {LIST}.",
)
@click.option(
    "--full-refresh", is_flag=True, help="Read everything from its beginning, whatever the state and start_date say."
)
@click.option(
    "--load",
    metavar="FILE",
    help="Load into this DuckDB file instead of writing messages; it has the state, too, and need not exist.",
)
@click.option("--test", is_flag=True, help="Ask Intercom for one record of each stream and say what cannot be read.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but warnings and errors, and show no progress.")
@click.option("--about", is_flag=True, help="Describe the tap and its settings.")
@click.option(
    "--format",
    type=UnquotedChoice(FORMATS),
    help="The form of --about, or of --test: text by default, json for programs, markdown for documents.",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.option("--help", is_flag=True, is_eager=True, expose_value=False, callback=_help, help="Show this text.")
def command(**given: Any) -> Options:
    """Read an Intercom workspace and write it to standard output as Singer messages, or load it into a database."""
    return msgspec.convert(given, Options)
