"""What a worker does for convert(): it runs the command on some rows of a manifest.

The command is a process of its own. It has the memory that it is given, whatever else the worker
holds, and it decides as `convert --manifest` does: clips that are there cost one HEAD request.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from shutil import which
from typing import Any

from ..errors import NotFoundError

Line = dict[str, Any]  # of the report, schemas/convert-line.json
Row = dict[str, Any]  # of the manifest, schemas/manifest-line.json

# Replaces itself with the command, which gets SIGTERM when the worker dies: a conversion must not go
# on beside the one of the worker that takes its place. SIGPIPE is ignored in Python's children else.
LAUNCHER = """
import ctypes, os, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
ctypes.CDLL(None).prctl(1, int(signal.SIGTERM))  # PR_SET_PDEATHSIG
if os.getppid() != int(sys.argv[1]):
    sys.exit("camzarr: the worker is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""

USAGE, RETRY = 2, 5  # exit codes of the command


@dataclass(frozen=True)
class Outcome:
    """How the command ended.

    Attributes
    ----------
    lines : list of Line
        One for each row that was tried.
    code : int
        Exit code; below 0: minus the signal that ended it.
    message, hint : str
        Of the last error, without "camzarr: ".
    """

    lines: list[Line]
    code: int
    message: str
    hint: str


@cache
def command() -> str:
    """Path of the command of this package. Raises NotFoundError."""
    package = Path(__file__).resolve().parents[1]
    places = [
        package.parent / "camzarr.scripts/camzarr",  # of a wheel, without the script that calls it
        Path(sysconfig.get_path("scripts")) / "camzarr",
        package.parent / "bin/camzarr",  # pip install --target
    ]
    found = next((str(p) for p in places if os.access(p, os.X_OK)), None) or which("camzarr")
    if found is None:
        raise NotFoundError("camzarr: the command is not installed", "pip install camzarr")
    return found


def _share(connections: int) -> int:
    """Connections of one of the conversions that the cluster can run now."""
    client = import_module("distributed").get_client()  # which has few types
    threads: int = sum(client.nthreads().values())
    return max(1, connections // max(1, threads))


def _error(text: str) -> tuple[str, str]:
    """Message and hint of the last error on the command's standard error."""
    message = hint = ""
    for line in text.splitlines():
        if line.startswith("camzarr: ") and not line.startswith("camzarr: warning: "):
            message, hint = line.removeprefix("camzarr: "), ""
        elif message and not hint:
            hint = line
    return message, hint


def _lines(out: str) -> list[Line]:
    """Its output; a line that was cut off is left out."""
    return [json.loads(line) for line in out.splitlines(keepends=True) if line.endswith("\n")]


def convert_rows(rows: Sequence[Row], store: str, options: Sequence[str], connections: int) -> Outcome:
    """Convert the sources of rows into clips of a store. `options`: of `camzarr convert`;
    `connections`: of all workers together."""
    words = ["--connections", str(_share(connections)), *options, store]
    run = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", LAUNCHER, str(os.getpid()), command()]
        + ["convert", "--quiet", "--json", "--manifest", "-", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, err = run.communicate("".join(json.dumps(row) + "\n" for row in rows))
    return Outcome(_lines(out), run.returncode, *_error(err))
