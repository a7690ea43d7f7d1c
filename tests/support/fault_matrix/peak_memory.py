"""Runs a command, and writes to the file that is named first how many kilobytes of memory it had at most.

It is small itself: what Linux tells of a process counts what its parent had when it was made.
"""

import os
import sys

process = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(process, 0)
with open(sys.argv[1], "w") as file:  # noqa: PTH123 - a Path would be larger
    file.write(str(used.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
