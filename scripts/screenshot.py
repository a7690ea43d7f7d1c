"""Take a picture of the live progress for the README: a real run on a terminal of its own, in the midst of it.

`screenshot.py [FILE]` writes `docs/images/progress.svg`, or another file. The picture asks for nothing, no font either.
"""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from simulated import simulator
from tool import ROOT

PICTURE: Final = ROOT / "docs" / "images" / "progress.svg"
COLUMNS, LINES = 96, 24
SECONDS: Final = 14.0  # into the run
WORKSPACE: Final = ("--world", "readme", "--latency-ms", "150", "--quota", "800", "--faults", "http-500=0.005")
# rich's Live goes back to the first line of what it has drawn, and draws anew.
BETWEEN_FRAMES: Final = re.compile(r"\r?\x1b\[2K(?:\x1b\[1A\x1b\[2K)*")
FONT: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def main() -> None:
    """Run, look, and draw."""
    aim = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    with simulator(*WORKSPACE) as address:
        frame = last_frame(watch(address))
    screen = Console(record=True, width=COLUMNS, file=Path(os.devnull).open("w"), force_terminal=True)  # noqa: SIM115
    screen.print(Text.from_ansi("$ tap-intercom --config config.json | target-jsonl\n" + frame))
    picture = screen.export_svg(title="tap-intercom", unique_id="progress")
    picture = re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL)
    picture = picture.replace("font-family: Fira Code, monospace", f"font-family: {FONT}")
    aim.parent.mkdir(parents=True, exist_ok=True)
    aim.write_text(re.sub(r"[ \t]+$", "", picture, flags=re.MULTILINE))
    print(aim)


def watch(address: str) -> str:
    """Run the tap on a terminal for some seconds, and give all that it wrote there."""
    main_end, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    config = {"access_token": "simulator-token", "start_date": "2000-01-01T00:00:00Z", "base_url": address}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        path.write_text(json.dumps(config))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environment.pop("NO_COLOR", None)
        with subprocess.Popen(
            [Path(sys.executable).parent / "tap-intercom", "--config", path],
            stdout=subprocess.DEVNULL,
            stderr=side,
            env=environment,
        ) as process:
            os.close(side)
            shown = b""
            deadline = time.monotonic() + SECONDS
            while time.monotonic() < deadline:
                shown += os.read(main_end, 1 << 16)
            process.send_signal(signal.SIGTERM)
            while process.poll() is None:
                drain(main_end)
    os.close(main_end)
    return shown.decode(errors="replace")


def drain(terminal: int) -> None:
    """Read what nobody wants to see; nothing once its other side is closed."""
    try:
        os.read(terminal, 1 << 16)
    except OSError:
        time.sleep(0.01)


def last_frame(shown: str) -> str:
    """Give the last of the frames that was drawn to its end."""
    *_, whole, _ = BETWEEN_FRAMES.split(shown)
    return whole.replace("\r\n", "\n")


if __name__ == "__main__":
    main()
