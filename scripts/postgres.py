"""Run a PostgreSQL server that forgets everything when it ends, for examples and tests; Ctrl-C ends it.

The programs are those of the operating system's package `postgresql`. The server listens on the loopback only, and asks
nobody for a password. PostgreSQL does not run as root: started by root, it runs as the package's user `postgres`.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

NAME: Final = "intercom"  # of the user and of the database
HOST: Final = "127.0.0.1"
INSTALLED: Final = Path("/usr/lib/postgresql")  # where Debian and Ubuntu keep what is not on the PATH
PATIENCE_SECONDS: Final = 60


def main() -> int:
    """Run a server until a signal ends it; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=5433)
    port = parser.parse_args().port
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        return serve(Path(folder) / "data", port)


def serve(data: Path, port: int) -> int:
    """Make a cluster in `data` and serve it."""
    identity: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if not os.geteuid() else {}
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": data.parent, **identity}
    cluster = ["--auth=trust", f"--username={NAME}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run([program("initdb"), f"--pgdata={data}", *cluster], check=True, **quiet)
    options = {"listen_addresses": HOST, "unix_socket_directories": "", "fsync": "off", "log_min_messages": "fatal"}
    switches = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with subprocess.Popen(
        [program("postgres"), "-D", str(data), "-p", str(port), *switches], cwd=data.parent, **identity
    ) as server:
        try:
            place = [f"--host={HOST}", f"--port={port}", f"--username={NAME}"]
            there = [*place, "--dbname=postgres"]
            ready = any(
                subprocess.run([program("pg_isready"), "--quiet", *there], check=False).returncode == 0
                for _ in attempts(server)
            )
            if not ready:
                sys.exit("PostgreSQL did not start")
            subprocess.run([program("createdb"), *place, NAME], check=True)
            print(f"listening on postgresql://{NAME}@{HOST}:{port}/{NAME}", flush=True)
            return server.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            server.send_signal(signal.SIGINT)  # a fast shutdown: it does not wait for clients


def attempts(server: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Go on while the server may still come up."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        yield
        time.sleep(0.1)


def program(name: str) -> str:
    """Find one of PostgreSQL's programs, those of the newest version before others."""
    places = sorted(INSTALLED.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(places[-1]) if places else shutil.which(name)
    if not found:
        sys.exit(f"PostgreSQL's {name} is not here; on Debian and Ubuntu: apt-get install postgresql")
    return found


if __name__ == "__main__":
    sys.exit(main())
