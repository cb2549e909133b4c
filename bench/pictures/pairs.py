"""Processes run in turn, and what each used."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Command = Sequence[str | Path]
HEADING = f"{'ms a frame: elapsed, (processor)':46} {'camzarr':>16} {'peer':>16} {'ratio':>7} {'of cpu':>7}   spread"


@dataclass(frozen=True)
class Setup:
    """What is measured, and where."""

    camzarr: Path
    movie: Path
    store: Path
    out: Path
    """An empty folder for results."""
    frames: int
    pairs: int

    def frame(self, selection: str, *options: str | Path) -> Command:
        """`camzarr frame` on the clip."""
        return [self.camzarr, "frame", self.store, "clip", selection, *options]

    def ffmpeg(self, threads: int, frames: int, *options: str | Path) -> Command:
        """FFmpeg on the same frames."""
        head = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", str(threads), "-i", self.movie]
        return [*head, "-frames:v", str(frames), "-threads", str(threads), *options]


@dataclass(frozen=True)
class Used:
    """By one run."""

    elapsed: float
    processor: float
    faults: int
    """Minor page faults."""


def run(command: Command, reader: str | None = None) -> Used:
    """Run it to its end. Its output goes to a pipe that `reader` empties, or to /dev/null. The reader's own
    processor time is not counted."""
    sink = subprocess.Popen([reader], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) if reader else None
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=sink.stdin if sink else subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if sink and sink.stdin:
        sink.stdin.close()
        sink.wait()
    if status:
        sys.exit(f"exit code {process.returncode}: {' '.join(map(str, command))}")
    return Used(elapsed, usage.ru_utime + usage.ru_stime, usage.ru_minflt)


def turns(
    name: str, pairs: int, frames: int, ours: Command, peer: Command, reader: str | None = None, after: str = ""
) -> None:
    """Print the medians of both, and their ratios."""
    run(ours, reader), run(peer, reader)
    both = [(run(ours, reader), run(peer, reader)) for _ in range(pairs)]
    report(name, [(a.elapsed, b.elapsed) for a, b in both], [(a.processor, b.processor) for a, b in both], frames, after)


def report(
    name: str,
    elapsed: Sequence[tuple[float, float]],
    processor: Sequence[tuple[float, float]],
    frames: int,
    after: str = "",
) -> None:
    """Print a row, from the seconds of (camzarr, peer) in each turn."""
    ratios = sorted(b / a for a, b in elapsed)
    ms = [[median(turn[i] for turn in kind) * 1e3 / frames for kind in (elapsed, processor)] for i in (0, 1)]
    sides = " ".join(f"{wall:7.2f} ({cpu:6.2f})" for wall, cpu in ms)
    of_processor = median(b / a for a, b in processor)
    print(
        f"{name:46} {sides} {median(ratios):7.2f} {of_processor:7.2f}   {ratios[0]:.2f}..{ratios[-1]:.2f}{after}",
        flush=True,
    )
