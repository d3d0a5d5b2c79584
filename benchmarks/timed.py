"""Runs a command and writes what it took: seconds, CPU seconds, peak memory in MB, exit code. Called by common.whole_process.

    python -I -S benchmarks/timed.py REPORT COMMAND...

CPU time holds that of the processes which the command waited for; the peak is that of the largest of them. This is a
process of its own, and imports next to nothing, because on Linux the peak of a new process is never below that of the
one which started it.
"""

import os
import sys
import time


def main() -> None:
    report, *command = sys.argv[1:]
    began = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - began
    peak_mb = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    with open(report, "w") as file:  # noqa: PTH123 - pathlib is not loaded
        file.write(f"{wall} {usage.ru_utime + usage.ru_stime} {peak_mb} {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    main()
