"""The procedures that keep a state: each command that pipes the tap into a target, as the documents print it."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import click

from shell import ROOT
from tap_intercom.cli.about import NAME
from tap_intercom.cli.options import command

DOCUMENTS: Final = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md")]
PIPE: Final = re.compile(rf"^{NAME} .*\| *\(?[\w=& ]*\btarget-\w+")


class Procedure(NamedTuple):
    """Lines of a document that sync once, and keep the state where they name one."""

    place: str
    lines: str

    @property
    def state(self) -> str:
        """The file of the state that the lines keep; empty where they keep none."""
        return "".join(re.findall(r"--state (\S+)", self.lines))

    @property
    def loop(self) -> str:
        """The lines that keep the state, without the folder that it is in."""
        (loop,) = re.findall(r"^while .*?^done$", self.lines, re.MULTILINE | re.DOTALL)
        return str(loop).replace(" " + self.state.removesuffix(".json"), " state")

    @property
    def targets(self) -> set[str]:
        """The names of the targets that the lines start."""
        return set(re.findall(r"\btarget-\w+\b(?!\.json)", self.lines))


def procedures() -> Iterator[Procedure]:
    """Find them in all documents and in the help; a block of `sh` is one script, of `bash` one or more commands."""
    for path in DOCUMENTS:
        place = str(path.relative_to(ROOT))
        for language, block in re.findall(r"^```(bash|sh)\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL):
            found = commands(block) if language == "bash" else [block] if commands(block) else []
            yield from (Procedure(place, lines) for lines in found)
    examples = command.get_help(click.Context(command, info_name=NAME)).partition("Examples:\n")[2].partition("\n\n")[0]
    yield from (Procedure("--help", lines) for lines in commands(re.sub(r"^ {4}", "", examples, flags=re.MULTILINE)))


def commands(block: str) -> list[str]:
    """Give each command that pipes the tap into a target, with the lines that belong to it."""
    parts = re.split(rf"^(?={NAME} )", block, flags=re.MULTILINE)
    return [part for part in parts if PIPE.match(part)]
