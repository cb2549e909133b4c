"""A conversion while it runs: to be observed, paused or killed."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import schemas
from .command import CAMZARR, Done


@contextmanager
def converting(*args: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """`camzarr convert --json` in the background; gone when the block is left."""
    words = [str(word) for word in args]
    pipe = subprocess.PIPE
    run = subprocess.Popen([CAMZARR, "convert", "--json", *words], stdout=pipe, stderr=pipe)
    try:
        yield run
    finally:
        run.kill()
        run.communicate()


def ended(run: subprocess.Popen[bytes], timeout: float = 120) -> tuple[Done, dict[str, Any]]:
    """Wait for its end: how it ended, and its line if it printed one."""
    out, err = run.communicate(timeout=timeout)
    done = Done(run.returncode, out, err.decode())
    lines = [json.loads(line) for line in out.splitlines()]
    for line in lines:
        schemas.validate("convert-line", line)
    return done, lines[0] if lines else {}


def until(found: Callable[[], object], run: subprocess.Popen[bytes]) -> None:
    """Wait for something that a conversion brings about; it must come before its end."""
    limit = time.monotonic() + 60
    while not found():
        assert run.poll() is None, "it ended before that was seen"
        assert time.monotonic() < limit, "that never came"
        time.sleep(0.0005)


def held_at_first_shard(run: subprocess.Popen[bytes], store: Path) -> None:
    """Stop it (SIGSTOP) as soon as a shard lies in the store, with more to come."""
    until(lambda: next(store.glob("clips/*/video/video/c/*/0/0/0"), None), run)
    run.send_signal(signal.SIGSTOP)
    assert run.poll() is None
    assert not next(store.glob("clips/*/zarr.json"), None), "too late: all was done"


def go_on(run: subprocess.Popen[bytes]) -> None:
    """Let a held one run."""
    run.send_signal(signal.SIGCONT)
