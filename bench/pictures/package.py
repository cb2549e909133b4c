"""The Python package beside PyAV, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from pairs import Setup, report

ROOT = Path(__file__).resolve().parents[2]
READ = Path(__file__).with_name("read.py")


def rows(setup: Setup) -> None:
    """Frames as RGB on one thread."""
    av = ROOT / "build/venv-av"
    if not (av / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", av], check=True)
        subprocess.run([av / "bin/pip", "install", "--quiet", "av", "numpy"], check=True)
    python = av / "bin/python"
    pair(setup, "Python rgb24, batches of 16; PyAV", [python, READ, "batches"], [python, READ, "av"])
    pair(setup, "Python one at a time; batches", [python, READ, "random"], [python, READ, "batches"])


def pair(setup: Setup, name: str, ours: list[str | Path], peer: list[str | Path]) -> None:
    """Both in turn."""
    both = [(seconds(setup, ours), seconds(setup, peer)) for _ in range(setup.pairs)]
    report(name, [(a[0], b[0]) for a, b in both], [(a[1], b[1]) for a, b in both], 1)


def seconds(setup: Setup, command: list[str | Path]) -> tuple[float, float]:
    """Elapsed and processor time for a frame, without the start of Python."""
    command = [*command, setup.store, setup.movie]
    path = {"PYTHONPATH": f"{ROOT / 'build/python'}"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=path)
    elapsed, processor = json.loads(done.stdout)
    return elapsed, processor
