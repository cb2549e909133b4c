"""What a run took of the machine."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .command import CAMZARR


@dataclass(frozen=True)
class Usage:
    """Peak of memory in bytes, seconds of processors and of the clock."""

    peak: int
    cpu: float
    seconds: float


def measured(*args: str | Path) -> Usage:
    """Run camzarr, which must succeed, and nothing else of this process beside it."""
    words = [str(word) for word in args]
    before = os.times().elapsed
    run = subprocess.Popen([CAMZARR, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert run.stderr
    told = run.stderr.read()
    _, status, usage = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    run.stderr.close()
    assert run.returncode == 0, told.decode()
    taken = os.times().elapsed - before
    return Usage(usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime, taken)
