"""The command `intercom-simulator`: reads the options, listens, prints its URL, and ends on SIGTERM or SIGINT."""

import asyncio
import signal
from collections.abc import Iterable
from importlib.metadata import version
from ipaddress import ip_address
from typing import Any

import click
import msgspec

from intercom_simulator.protocol.behaviours import describe_behaviours
from intercom_simulator.server.app import Simulator
from intercom_simulator.server.faults import FAULTS
from intercom_simulator.server.options import DEFAULT_TOKEN, Options, read_options, read_pairs


def _list_switches(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's own signature
    del parameter
    if wanted:
        for name, default, description in describe_behaviours():
            click.echo(f"{name}={default}\n    {description}")
        context.exit()


def _list_faults(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's own signature
    del parameter
    if wanted:
        for name, fault in FAULTS.items():
            click.echo(f"{name}\n    {fault.description} ({fault.scope}, {fault.moment} the work)")
        context.exit()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; warns beyond loopback.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8787, show_default=True, help="Port to listen on; 0: any free one."
)
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same world.")
@click.option(
    "--world",
    type=click.Choice(["readme", "small", "random"]),
    default="readme",
    show_default=True,
    help="What it holds; random: few records of each kind, by the seed, with many links.",
)
@click.option("--scale", default=1.0, show_default=True, help="Multiply users, leads, companies, conversations, parts.")
@click.option("--latency-ms", default=0.0, show_default=True, help="Time that every answer takes.")
@click.option("--quota", default=1667, show_default=True, help="Requests per 10-second window; 0: no limit.")
@click.option(
    "--faults", default="", metavar="NAME=RATE,…", help="Share of requests that suffer each fault; see --list-faults."
)
@click.option("--cache-mb", default=32, show_default=True, help="Memory for the records written, for each collection.")
@click.option("--mutate", default=0.0, show_default=True, help="Changes to records per 100 requests.")
@click.option("--token", default=DEFAULT_TOKEN, show_default=True, help="The access token that is accepted.")
@click.option(
    "--now", type=float, default=None, metavar="UNIX", help="Where the world's clock starts; then bytes are repeatable."
)
@click.option("--switch", "switch", multiple=True, metavar="NAME=VALUE", help="An uncertain behaviour; see --switches.")
@click.option(
    "--switches", is_flag=True, expose_value=False, is_eager=True, callback=_list_switches, help="List the switches."
)
@click.option(
    "--list-faults", is_flag=True, expose_value=False, is_eager=True, callback=_list_faults, help="List the faults."
)
@click.version_option(version("singer-tap-intercom"), prog_name="intercom-simulator")
def main(host: str, port: int, switch: tuple[str, ...], **given: Any) -> None:
    """Serve a local Intercom (REST API 1.4 and 2.7 to 2.16) with an invented workspace.

    A request is answered in the version that its Intercom-Version header names. Without the header it is answered in
    the newest; --switch app_version=1.4 makes that 1.4, for clients that send none.
    """
    try:
        options = read_options({**given, "switches": read_pairs(switch)})
    except msgspec.ValidationError as mistake:
        raise click.UsageError(str(mistake)) from mistake
    asyncio.run(_serve(options, host, port))


async def _serve(options: Options, host: str, port: int) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = Simulator(options).server()
    try:
        listener = await loop.create_server(server, host, port, backlog=1024)
    except OSError as failure:
        raise click.ClickException(f"cannot listen on {host}:{port}: {failure.strerror}") from failure
    _warn_of_unknown_hosts(entry.getsockname()[0] for entry in listener.sockets)
    version_of_app = options.behaviours().app_version
    bound = listener.sockets[0].getsockname()[1]
    click.echo(f"intercom-simulator (API {version_of_app} without Intercom-Version) listening on http://{host}:{bound}")
    await ended.wait()
    listener.close()
    await server.shutdown(timeout=1)


def _warn_of_unknown_hosts(addresses: Iterable[str]) -> None:
    """Warn on stderr when other machines can connect, since the control API asks for no token."""
    public = [address for address in addresses if not ip_address(address.partition("%")[0]).is_loopback]
    if public:
        click.echo(
            f"WARNING {', '.join(public)} can be reached from other machines, and whoever reaches it can steer this "
            "simulator and read what it is sent; leave --host out to listen on 127.0.0.1 alone",
            err=True,
        )


if __name__ == "__main__":
    main()
