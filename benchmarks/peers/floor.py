"""The floor of the processor: orjson decodes each body that was kept and encodes it again, and nothing else is done.

floor.py FILE: prints the processor's seconds for it and the bytes, as one line of JSON.
"""

import json
import sys
import time

import orjson


def main(path: str) -> dict[str, float]:
    """Decode and encode every body; reading the file is not counted."""
    seconds, size = 0.0, 0
    with open(path, "rb") as kept:  # noqa: PTH123 - one less import to start with
        while line := kept.readline():
            body = kept.read(int(line))
            started = time.process_time()
            orjson.dumps(orjson.loads(body))
            seconds += time.process_time() - started
            size += len(body)
    return {"processor_seconds": seconds, "read_bytes": size}


print(json.dumps(main(sys.argv[1])))
