"""What a run ends with: what each exit code means, and what to do."""

from typing import Final

import msgspec


class Ending(msgspec.Struct, frozen=True):
    """What happened, and what the operator should do."""

    outcome: str
    advice: str


GOES_ON: Final = "A run with the last state that the target printed goes on where this one stopped."
ENDINGS: Final = {
    0: Ending("Everything that is selected was read.", "Nothing is to be done."),
    2: Ending(
        "The command line, the configuration, the catalog or the state is not usable.",
        "Correct what the message names.",
    ),
    3: Ending(
        "Intercom does not let this token read something.",
        "Put a valid token into access_token, give the app the permission that the message names, or deselect the "
        "stream. Streams that it may read were read.",
    ),
    4: Ending(
        "Intercom refused a request as wrong.",
        "Run again; if it stays, deselect the stream and report it, with the request's id from the message.",
    ),
    5: Ending(
        "Intercom did not answer, or only with errors, for longer than the tap waits.",
        f"Run again later; the state is good. {GOES_ON}",
    ),
    6: Ending("Intercom answered in a shape that is not known.", "Run again; if it stays, report it."),
    7: Ending(
        "Standard output was closed or is full.", f"See the target's messages: it ended before the tap did. {GOES_ON}"
    ),
    129: Ending(
        "The run was hung up on: its terminal or session ended.",
        f"Nothing is wrong; with nohup, it would have gone on. {GOES_ON}",
    ),
    130: Ending("The run was interrupted.", f"Nothing is wrong. {GOES_ON}"),
    143: Ending("The run was terminated.", f"Nothing is wrong. {GOES_ON}"),
}
MISTAKE: Final = Ending("The tap itself made a mistake.", "Please report it, with the lines of the log.")


def ending(exit_code: int) -> Ending:
    """Say what an exit code means."""
    return ENDINGS.get(exit_code, MISTAKE)
