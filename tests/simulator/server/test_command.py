"""The command: one line when it listens, exit code 0 at its end, a clear message for wrong options."""

import http.client
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from intercom_simulator.protocol.behaviours import Behaviours
from intercom_simulator.server.faults import FAULTS


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "intercom_simulator", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_cleanly(start_server: Callable[..., Any], number: signal.Signals) -> None:
    server = start_server()
    said = f"intercom-simulator (API 2.16 without Intercom-Version) listening on {server.url}\n"
    assert server.announcement == said
    assert server.url.startswith("http://127.0.0.1:")
    server.process.send_signal(number)
    out, err = server.process.communicate(timeout=10)
    assert (server.process.returncode, out, err) == (0, "", "")


def test_every_option_reaches_the_workspace(start_server: Callable[..., Any]) -> None:
    server = start_server(
        "--seed=3", "--scale=0.5", "--quota=0", "--latency-ms=1", "--faults=http-503=1", "--mutate=100", "--token=t",
        "--now=1600000000", "--switch", "tag_ids=int", "--switch", "retry_after=true",
    )  # fmt: skip
    assert server.control("GET", "truth")["users"] == 65
    assert server.control("GET", "stats")["quota"] == 1_000_000
    assert server.control("GET", "switches")["tag_ids"] == "int"
    assert server.control("GET", "faults")["rates"] == {"http-503": 1.0}
    assert 1_600_000_000 <= server.control("GET", "clock")["now"] < 1_700_000_000
    assert server.ask("/me").status == 401


def test_it_listens_on_loopback_alone_unless_it_is_told_otherwise(start_server: Callable[..., Any]) -> None:
    server = start_server()
    port = int(server.address.split(":")[1])
    with pytest.raises(ConnectionRefusedError):
        # Another address of this machine, which one that listens on all of them has.
        http.client.HTTPConnection("127.0.0.2", port).connect()
    assert server.end() == (0, "", "")


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost"])
def test_every_loopback_address_is_as_good(start_server: Callable[..., Any], host: str) -> None:
    assert start_server("--host", host).end() == (0, "", "")


def test_it_warns_where_other_machines_can_reach_it(start_server: Callable[..., Any]) -> None:
    code, _, said = start_server("--host", "0.0.0.0").end()  # noqa: S104 - that is the case
    assert code == 0
    (line,) = said.splitlines()
    assert line.startswith("WARNING 0.0.0.0 can be reached from other machines")
    assert "--host" in line


def test_the_port_can_be_chosen_and_a_taken_one_is_said_to_be(start_server: Callable[..., Any]) -> None:
    port = start_server().address.split(":")[1]
    done = run("--world", "small", "--port", port)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--switch", "nothing=1"), "unknown field `nothing`"),
        (("--switch", "tag_ids"), "write NAME=VALUE, not 'tag_ids'"),
        (("--switch", "tag_ids=roman"), "Invalid enum value 'roman'"),
        (("--faults", "http-418=1"), "unknown fault http-418"),
        (("--faults", "http-500=7"), "<= 1"),
        (("--scale", "0"), "scale"),
        (("--world", "moon"), "moon"),
        (("--port", "99999"), "0<=x<=65535"),
        (("--port", "-1"), "0<=x<=65535"),
        (("--scale", "inf"), "scale"),
        (("--scale", "nan"), "scale"),
        (("--latency-ms", "nan"), "latency_ms"),
        (("--latency-ms", "inf"), "latency_ms"),
        (("--mutate", "inf"), "mutate"),
        (("--now", "nan"), "now"),
        (("--now", "1e12"), "now"),
        (("--now", "1e20"), "now"),
        (("--switch", "timezone=Mars/Olympus"), "timezone: there is no 'Mars/Olympus'"),
        (("--switch", "timezone=/etc"), "timezone: there is no '/etc'"),
        (("--switch", "app_version=9.9"), "app_version: the API has no version '9.9'"),
        (("--faults", "http-429=0.6,http-500=0.6"), "add up to 1.2, more than 1"),
    ],
)
def test_mistakes_are_told_before_it_listens(arguments: tuple[str, ...], reason: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_it_lists_its_switches_faults_and_version() -> None:
    switches, faults = run("--switches").stdout, run("--list-faults").stdout
    assert all(f"{field}=" in switches for field in Behaviours.__struct_fields__)
    assert all(name in faults for name in FAULTS)
    assert run("--version").stdout.startswith("intercom-simulator, version ")
    assert "--switches" in run("--help").stdout


def test_help_says_which_version_a_request_without_a_header_gets() -> None:
    said = " ".join(run("--help").stdout.split())
    assert "Without the header it is answered in the newest" in said
    assert "--switch app_version=1.4" in said
