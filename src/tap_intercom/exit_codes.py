"""The exit codes: what each means and what to do, in the words of `--help`, the report of a run and the README."""

from typing import Final

import msgspec


class ExitCodeMeaning(msgspec.Struct, frozen=True):
    """What happened, and what the operator should do, in whole sentences."""

    outcome: str
    advice: str


RESUMES: Final = "A run with the last state that the target printed goes on where this one stopped."
MEANINGS: Final = {
    0: ExitCodeMeaning("Everything that is selected was read.", "Nothing is to be done."),
    1: ExitCodeMeaning("The tap itself made a mistake.", "Please report it, with the lines of the log."),
    2: ExitCodeMeaning(
        "The command line, the configuration, the catalog or the state is not usable.",
        "Correct what the message names.",
    ),
    3: ExitCodeMeaning(
        "Intercom does not let this token read something.",
        "Put a valid token into access_token, give the app the permission that the message names, or deselect the "
        "stream. Streams that it may read were read.",
    ),
    4: ExitCodeMeaning(
        "Intercom refused a request as wrong.",
        "Run again; if it stays, deselect the stream and report it, with the request's id from the message.",
    ),
    5: ExitCodeMeaning(
        "Intercom did not answer, or only with errors, for longer than the tap waits.",
        f"Run again later; the state is good. {RESUMES}",
    ),
    6: ExitCodeMeaning("Intercom answered in a shape that is not known.", "Run again; if it stays, report it."),
    7: ExitCodeMeaning(
        "Standard output was closed or is full, or the database of --load is in use or cannot be written.",
        f"See the messages of the target, which ended before the tap did, or of the tap. {RESUMES}",
    ),
    129: ExitCodeMeaning(
        "The run was hung up on: its terminal or session ended.",
        f"Nothing is wrong; with nohup, it would have gone on. {RESUMES}",
    ),
    130: ExitCodeMeaning("The run was interrupted.", f"Nothing is wrong. {RESUMES}"),
    143: ExitCodeMeaning("The run was terminated.", f"Nothing is wrong. {RESUMES}"),
}


def meaning_of(exit_code: int) -> ExitCodeMeaning:
    """Return what an exit code means; one that is not in the table is a mistake of the tap, as 1 is."""
    return MEANINGS.get(exit_code, MEANINGS[1])
