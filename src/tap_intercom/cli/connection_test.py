"""The result of `--test`: which streams can be read, and what to do about the others; as a table or as JSON."""

import re
from collections.abc import Callable, Sequence
from typing import Final

import click
import msgspec

from tap_intercom.api.types import Reason
from tap_intercom.discovery.probe import Probe
from tap_intercom.errors import AccessError, Unavailable
from tap_intercom.observability.log import printable
from tap_intercom.observability.text_table import aligned, wrapped
from tap_intercom.pagination.page_numbers import NamedListsPaginator

HEADS: Final = ("stream", "verdict", "what to do")
WHERE: Final = "In Intercom's Developer Hub, under Configure, Authentication, give the app these permissions:"
COLORS: Final = {"ok": "green", "missing": "red"}
VERDICT: Final = re.compile(r"^(\S+ +)(ok|missing)\b")  # in a line of the table


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a stream can be read; if not, `message` says why and what to do, `denied` whether it is forbidden."""

    stream: str
    readable: bool
    denied: bool
    permission: str
    message: str

    @property
    def word(self) -> str:
        """The verdict in one word."""
        return "ok" if self.readable else "missing"


class ConnectionTest(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on each selected stream, and the exit code of the command."""

    exit_code: int
    streams: list[Verdict]

    def as_text(self, width: int | None = None, *, colored: bool = False) -> str:
        """Format the verdicts as a table with the advice below it: one line for each stream.

        On a terminal, `width` is its columns: messages that are longer go on in further lines.
        """
        rows = [HEADS, *((verdict.stream, verdict.word, verdict.message) for verdict in self.streams)]
        table = aligned(list(wrapped(rows, width)) if width else rows)
        if colored:
            table = [
                VERDICT.sub(lambda found: found[1] + click.style(found[2], fg=COLORS[found[2]]), line) for line in table
            ]
        return "\n".join([*table, "", *self._advice(), ""])

    def as_json(self) -> str:
        """Format the verdicts as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"

    def _advice(self) -> list[str]:
        """Count the streams that can be read, and name the permissions that are missing, with their streams."""
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


def connection_test(probes: Sequence[Probe], conceal: Callable[[str], str]) -> ConnectionTest:
    """Make the result of the probes, without what `conceal` hides."""
    kinds = {type(probe.error) for probe in probes if probe.error is not None}
    exit_code = Unavailable.exit_code if kinds == {Unavailable} else AccessError.exit_code if kinds else 0
    return ConnectionTest(exit_code=exit_code, streams=[_verdict(probe, conceal) for probe in probes])


def _verdict(probe: Probe, conceal: Callable[[str], str]) -> Verdict:
    message = printable(conceal(str(probe.error or "").removeprefix(f"{probe.stream.name}: ")))
    if not probe.asked:
        paginators = [one for one in probe.stream.full_read if isinstance(one, NamedListsPaginator)]
        settings = [paginator.setting for paginator in paginators]
        message = f"nothing is asked for: {', '.join(settings)} names nothing"
    return Verdict(
        stream=probe.stream.name,
        readable=probe.error is None,
        denied=probe.refused is not None and probe.refused.reason is Reason.DENIED,
        permission=probe.stream.permission,
        message=message,
    )
