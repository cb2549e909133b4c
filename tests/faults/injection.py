"""Runs of the camzarr command with one injected fault each: see shim.c for what can fail."""

from __future__ import annotations

import bisect
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
CAMZARR = Path(os.environ.get("CAMZARR") or ROOT / "build/release/camzarr")
SHIM = ROOT / "build/release/tests/faults/libfault_shim.so"

# Error numbers by name, as Linux has them; the EAI_* ones are results of getaddrinfo().
ERRORS = {
    "EPERM": 1, "ENOENT": 2, "EINTR": 4, "EIO": 5, "EAGAIN": 11, "ENOMEM": 12, "EACCES": 13,
    "EMFILE": 24, "ENOSPC": 28, "EROFS": 30, "EMLINK": 31, "EPIPE": 32, "ENOLCK": 37,
    "ENETUNREACH": 101, "ECONNRESET": 104, "ETIMEDOUT": 110, "ECONNREFUSED": 111, "ESTALE": 116,
    "EDQUOT": 122, "EAI_NONAME": -2, "EAI_AGAIN": -3, "EAI_MEMORY": -10,
}  # fmt: skip

KILLS = ("kill-before", "kill-after")

# What can happen to a call of each kind, and what can happen to all calls from one on.
ONCE = {
    "alloc": ("ENOMEM",),
    "open": ("EIO", "EMFILE", "ESTALE", "ENOSPC", "EDQUOT", "EACCES"),
    "read": ("EIO", "ESTALE", "EINTR", "short"),
    "write": ("EIO", "ENOSPC", "EDQUOT", "ESTALE", "EINTR", "short", *KILLS),
    "sync": ("EIO", "ENOSPC", "EDQUOT", *KILLS),
    "link": ("EIO", "ENOSPC", "EDQUOT", "EMLINK", "ESTALE", "EPERM", *KILLS),
    "rename": ("EIO", "ENOSPC", "EDQUOT", "ESTALE", *KILLS),
    "unlink": ("EIO", "ESTALE", "EACCES", *KILLS),
    "close": ("EIO", "EINTR", "ENOSPC", "EDQUOT"),
    "mkdir": ("EIO", "ENOSPC", "EDQUOT", "ESTALE", *KILLS),
    "stat": ("EIO", "ESTALE", "EACCES"),
    "flock": ("EINTR", "ENOLCK", "EIO"),
    "list": ("EIO", "ESTALE"),
    "truncate": ("EIO", "ENOSPC", *KILLS),
    "thread": ("EAGAIN",),
    "lookup": ("EAI_AGAIN", "EAI_NONAME", "EAI_MEMORY"),
    "connect": ("ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH"),
    "send": ("ECONNRESET", "EPIPE", "short", *KILLS),
    "recv": ("ECONNRESET", "end", "short", "kill-before"),
}
LASTING = {
    "alloc": ("ENOMEM",),
    "open": ("EIO", "EMFILE"),
    "read": ("EIO", "short"),
    "write": ("ENOSPC", "EIO", "short"),
    "sync": ("EIO",),
    "link": ("EIO", "EPERM"),
    "rename": ("EIO", "ENOSPC"),
    "unlink": ("EIO", "EROFS"),
    "close": ("EIO",),
    "mkdir": ("ENOSPC",),
    "stat": ("EIO",),
    "flock": ("ENOLCK",),
    "list": ("EIO",),
    "truncate": ("EIO",),
    "thread": ("EAGAIN",),
    "recv": ("short",),
    "send": ("short",),
}
# A correct caller goes on after these, so the run has to succeed.
_TRANSPARENT = {
    (kind, effect)
    for kinds, effects in (
        (("read", "write"), ("EINTR", "short")),
        (("send", "recv"), ("short",)),
        (("flock",), ("EINTR",)),
        (("link",), ("EPERM",)),  # a file system without hard links
    )
    for kind in kinds
    for effect in effects
}


@dataclass(frozen=True)
class Fault:
    """What happens to call n of a kind."""

    kind: str
    n: int
    effect: str
    lasting: bool = False

    def __str__(self) -> str:
        """As CZ_FAULT has it, but for names of errors."""
        return f"{self.kind}:{self.n}:{self.effect}" + (":lasting" if self.lasting else "")

    @property
    def variable(self) -> str:
        """The value of CZ_FAULT."""
        return str(self).replace(self.effect, str(ERRORS.get(self.effect, self.effect)))

    @property
    def kills(self) -> bool:
        return self.effect in KILLS

    @property
    def transparent(self) -> bool:
        return (self.kind, self.effect) in _TRANSPARENT


@dataclass(frozen=True)
class End:
    """How a run ended. `code` is negative for a signal, None for a run that took too long; `hit`
    says whether the fault happened, `trace` where: the callers, innermost first; `crash` is the
    same of a crash."""

    code: int | None
    out: bytes
    err: str
    hit: bool = False
    trace: str = ""
    crash: str = ""


def camzarr(
    args: Sequence[str],
    environment: Mapping[str, str],
    fault: Fault | None = None,
    timeout: float = 60,
) -> End:
    """Run the command, with a fault or without."""
    env = {**os.environ, **environment}
    with tempfile.TemporaryDirectory(prefix="cz-fault-", dir=scratch()) as folder:
        log = Path(folder) / "log"
        if fault:
            env.update(LD_PRELOAD=str(SHIM), CZ_FAULT=fault.variable, CZ_FAULT_LOG=str(log))
        try:
            run = subprocess.run(
                [CAMZARR, *args], env=env, capture_output=True, timeout=timeout, check=False
            )
            code, out, err = run.returncode, run.stdout, run.stderr
        except subprocess.TimeoutExpired as late:
            code, out, err = None, late.stdout or b"", late.stderr or b""
        hit = log.exists()
        trace, _, crash = (log.read_text(errors="replace") if hit else "").partition("crash\n")
    return End(code, out, err.decode(errors="replace"), hit, trace, crash)


Calls = dict[str, list[int]]


def calls_of(args: Sequence[str], environment: Mapping[str, str]) -> Calls:
    """Which calls of each kind of an undisturbed run are to fail: all of them, but of allocations
    only the first and the last by each stack of callers. There are ten thousand of them, of which
    most are made in loops of a library's initialisation."""
    with tempfile.TemporaryDirectory(prefix="cz-fault-", dir=scratch()) as folder:
        counts, stacks = Path(folder) / "counts", Path(folder) / "stacks"
        asked = {"CZ_FAULT_COUNT": str(counts), "CZ_FAULT_STACKS": str(stacks)}
        env = {**os.environ, **environment, "LD_PRELOAD": str(SHIM), **asked}
        run = subprocess.run([CAMZARR, *args], env=env, capture_output=True, timeout=300)
        assert run.returncode == 0, (args, run.returncode, run.stderr)
        lines = (line.split() for line in counts.read_text().splitlines())
        calls = {kind: list(range(1, int(n) + 1)) for kind, n in lines}
        hashes = [int(n) for n in np.fromfile(stacks, np.uint64)]
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for n, stack in enumerate(hashes, 1):
        first.setdefault(stack, n)
        last[stack] = n
    calls["alloc"] = sorted({*first.values(), *last.values()})
    return calls


@cache
def scratch() -> str | None:
    """The folder for temporary files: in memory if there is room, since syncfs() takes seconds on a
    busy disk."""
    shm = Path("/dev/shm")
    if not os.access(shm, os.W_OK):
        return None
    room = os.statvfs(shm)
    return str(shm) if room.f_bavail * room.f_frsize > 1 << 30 else None


def symbols(trace: str) -> str:
    """A backtrace with functions of the command by their names, in a line."""
    frames = re.findall(r"(?:.*/)?([^/(]+)\(([^)+]*)\+?(0x[0-9a-f]+)?\)", trace)
    names = []
    for file, name, offset in frames[1:]:
        if file == CAMZARR.name and not name and offset:
            name = _nearest(int(offset, 16))
        if name or file != CAMZARR.name:
            names.append(name if file == CAMZARR.name else f"{file.partition('.so')[0]}:{name}")
    return " < ".join(names[:14])


@cache
def _table() -> tuple[list[int], list[str]]:
    run = subprocess.run(["nm", "-n", CAMZARR], capture_output=True, text=True)
    rows = [line.split() for line in run.stdout.splitlines()]
    found = [(int(r[0], 16), r[2]) for r in rows if len(r) == 3 and r[1] in "tT"]
    return [at for at, _ in found], [name for _, name in found]


def _nearest(address: int) -> str:
    addresses, names = _table()
    i = bisect.bisect_right(addresses, address) - 1
    return names[i] if i >= 0 else "?"
