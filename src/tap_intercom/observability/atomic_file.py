"""Writes the one file that the tap ever writes: the report that the configuration names, whole or not at all."""

import contextlib
import os
from pathlib import Path


def write_file(path: str, content: bytes) -> None:
    """Put `content` in the place of the file, as the last thing; whoever reads it never finds half of it.

    Raises OSError, and ValueError for what can be no path.
    """
    aim = Path(path)
    draft = aim.with_name(f".{aim.name}.{os.urandom(4).hex()}.tmp")
    try:
        with draft.open("xb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        draft.replace(aim)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
