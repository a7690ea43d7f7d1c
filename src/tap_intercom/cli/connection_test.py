"""What `--test` tells: which streams can be read, and what to do about the others; for people, pipes and programs."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from tap_intercom.api.types import Reason
from tap_intercom.discovery.probe import Probe
from tap_intercom.errors import AccessError, Unavailable
from tap_intercom.observability.text_table import aligned
from tap_intercom.pagination.page_numbers import NamedListsPaginator

HEADS: Final = ("stream", "verdict", "what to do")
WHERE: Final = "In Intercom's Developer Hub, under Configure, Authentication, give the app these permissions:"
STYLES: Final = {"ok": "green", "missing": "bold red"}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a stream can be read; where not, `message` says why and what to do, and `denied` that it is forbidden."""

    stream: str
    readable: bool
    denied: bool
    permission: str
    message: str

    @property
    def word(self) -> str:
        """Say it in a word."""
        return "ok" if self.readable else "missing"


class ConnectionTest(msgspec.Struct, frozen=True, kw_only=True):
    """What all looks showed, and what the command ends with."""

    exit_code: int
    streams: list[Verdict]

    def advice(self) -> list[str]:
        """Sum up what the looks showed, and name the permissions that are missing, with their streams."""
        readable = sum(verdict.readable for verdict in self.streams)
        lines = [f"{readable} of {len(self.streams)} streams can be read."]
        missing: dict[str, list[str]] = {}
        for verdict in self.streams:
            if verdict.denied:
                missing.setdefault(verdict.permission, []).append(verdict.stream)
        if missing:
            lines.append(WHERE)
            lines += [f"  {permission} (for {', '.join(names)})" for permission, names in sorted(missing.items())]
        return lines

    def rows(self) -> list[tuple[str, str, str]]:
        """Give the table."""
        return [HEADS, *((verdict.stream, verdict.word, verdict.message) for verdict in self.streams)]

    def as_text(self) -> str:
        """Give the table in aligned lines, one for each stream, with the advice below it."""
        return "\n".join([*aligned(self.rows()), "", *self.advice(), ""])

    def as_json(self) -> str:
        """Give the same for programs."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"

    def as_screen(self) -> str:
        """Give the table as it fits the terminal that is standard output, in its colours."""
        from rich.console import Console  # noqa: PLC0415 - slow to load, and seldom needed
        from rich.table import Table  # noqa: PLC0415 - likewise
        from rich.text import Text  # noqa: PLC0415 - likewise

        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for head in HEADS:
            table.add_column(head, no_wrap=head != HEADS[-1], overflow="fold")
        for name, word, message in self.rows()[1:]:
            table.add_row(Text(name), Text(word, STYLES[word]), Text(message))
        screen = Console(highlight=False)
        with screen.capture() as capture:
            screen.print(table)
            screen.print(Text("\n".join(["", *self.advice()])), soft_wrap=True)
        return capture.get()


def connection_test(probes: Sequence[Probe], conceal: Callable[[str], str]) -> ConnectionTest:
    """Say what looks showed, without what `conceal` hides."""
    kinds = {type(seen.error) for seen in probes if seen.error is not None}
    exit_code = Unavailable.exit_code if kinds == {Unavailable} else AccessError.exit_code if kinds else 0
    return ConnectionTest(exit_code=exit_code, streams=[_verdict(seen, conceal) for seen in probes])


def _verdict(seen: Probe, conceal: Callable[[str], str]) -> Verdict:
    message = _printable(conceal(str(seen.error or "").removeprefix(f"{seen.stream.name}: ")))
    if not seen.asked:
        settings = [shape.setting for shape in seen.stream.full_read if isinstance(shape, NamedListsPaginator)]
        message = f"nothing is asked for: {', '.join(settings)} names nothing"
    return Verdict(
        stream=seen.stream.name,
        readable=seen.error is None,
        denied=seen.refused is not None and seen.refused.reason is Reason.DENIED,
        permission=seen.stream.permission,
        message=message,
    )


def _printable(said: str) -> str:
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in said)
