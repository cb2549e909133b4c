"""Resource usage of a command, for tests of limits and for benchmarks.

As a script, this is a small process between pytest and the command: Linux includes the memory of the
forking process in the peak of its child, and pytest is large.

    python measure.py COMMAND...      prints peak, cpu and seconds, if the command succeeds
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """Peak memory in bytes, seconds of processor time and of elapsed time."""

    peak: int
    cpu: float
    seconds: float


def measured(*command: str | Path) -> Usage:
    """Run a command, which must succeed. What it prints is thrown away, but for why it failed."""
    words = [sys.executable, "-S", "-E", __file__, *map(str, command)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(words[4:])}: exit {done.returncode}\n{done.stderr}"
    return Usage(**json.loads(done.stdout))


def _measure(command: list[str]) -> int:
    begun = time.monotonic()
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(run.pid, 0)
    taken = time.monotonic() - begun
    usage = Usage(used.ru_maxrss * 1024, used.ru_utime + used.ru_stime, taken)
    print(json.dumps(asdict(usage)))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(_measure(sys.argv[1:]))
