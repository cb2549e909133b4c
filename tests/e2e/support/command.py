"""Runs the camzarr command as users do."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import schemas

ROOT = Path(__file__).resolve().parents[3]
CAMZARR = Path(os.environ.get("CAMZARR") or ROOT / "build/release/camzarr")

OK, FAILED, USAGE, SOME_FAILED, DIFFERENT, RETRY, STOPPED = 0, 1, 2, 3, 4, 5, 130

# What `--json` prints, by verb. `info` has a schema for each of its subjects.
_LINES = {
    "convert": "convert-line",
    "analyse": "analyse-line",
    "scenes": "scenes-line",
    "find": "find-line",
    "ls": "ls-line",
    "verify": "verify-line",
    "doctor": "doctor-line",
    "catalog": "catalog-report",
}
_TRACES = re.compile(r"Traceback|Sanitizer|Segmentation|core dumped|Assertion|\bat 0x[0-9a-f]+")


@dataclass(frozen=True)
class Done:
    """What a run left: exit code, standard output as bytes, standard error as text."""

    code: int
    out: bytes
    err: str

    def lines(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def camzarr(*args: str | Path, code: int | None = OK, timeout: float = 240, **options: Any) -> Done:
    """Run it. `code` is the exit code that must come of it; None leaves that to the caller.

    Whatever the run is about, it must not crash, an error must be one of its own lines, and JSON
    must be what the schemas say."""
    words = [str(word) for word in args]
    run = subprocess.run([CAMZARR, *words], capture_output=True, timeout=timeout, **options)
    done = Done(run.returncode, run.stdout, run.stderr.decode())
    told = f"camzarr {' '.join(words)}: exit {done.code}\n{done.err}"
    assert done.code >= 0, f"killed by a signal: {told}"
    assert not _TRACES.search(done.err), told
    assert code is None or done.code == code, told
    if done.code not in (OK, DIFFERENT, STOPPED):
        assert any(line.startswith("camzarr: ") for line in done.err.splitlines()), told
    if "--json" in words and words[0] in _LINES:
        for line in done.lines():
            schemas.validate(_LINES[words[0]], line)
    return done


def convert(*args: str | Path, code: int | None = OK, **options: Any) -> list[dict[str, Any]]:
    """`camzarr convert --json`: its lines."""
    return camzarr("convert", "--json", *args, code=code, **options).lines()


def convert_one(*args: str | Path, code: int | None = OK, **options: Any) -> dict[str, Any]:
    """The same for a single source."""
    (line,) = convert(*args, code=code, **options)
    return line


def verify(store: Path, *args: str | Path, code: int | None = OK) -> Done:
    """`camzarr verify`, which by default must find nothing."""
    return camzarr("verify", store, *args, code=code)
