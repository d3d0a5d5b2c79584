"""How many processors the program may use."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path


def available_processors(cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """How many processors this process may use: those it is bound to, and within the limit of its container.

    ``cgroups``: where Linux shows the limits of the control group, of version 2 or 1.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        with contextlib.suppress(OSError, ValueError, ZeroDivisionError):
            quota, period = " ".join((cgroups / name).read_text(encoding="ascii") for name in names).split()
            if int(quota) > 0:
                return max(1, min(bound, math.ceil(int(quota) / int(period))))
    return bound
