"""The fixed cost of a clip, measured with many small ones."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from statistics import median

import machine
from maker import make
from support.measure import measured

CLIPS = 100


def print_table(camzarr: Path, folder: Path, targets: list[Path], runs: int) -> None:
    """Milliseconds per clip, in one run for all clips and in one run for each."""
    sources = _sources(folder / "small")
    size = sources[0].stat().st_size
    print(f"\n{CLIPS} clips of {size / 1e3:.0f} kB, ms per clip (medians of {runs}; aim: 20)")
    print(f"{'':16} {'one run':>8} {'a run each':>11} {'cp and sync each':>17}")
    for target in targets:
        columns: list[list[float]] = [[], [], []]
        for _ in range(runs):
            for column, seconds in zip(columns, _turn(camzarr, sources, target)):
                column.append(seconds / CLIPS * 1000)
        row = [f"{median(column):.2f}" for column in columns]
        print(f"{machine.file_system(target):16} {row[0]:>8} {row[1]:>11} {row[2]:>17}")
    print("    camzarr convert -q SOURCE... STORE", flush=True)
    shutil.rmtree(folder / "small")


def _sources(folder: Path) -> list[Path]:
    folder.mkdir()
    first = make("usual", folder / "clip000.mov").path
    rest = [folder / f"clip{i:03}.mov" for i in range(1, CLIPS)]
    for path in rest:
        shutil.copy(first, path)
    return [first, *rest]


def _turn(camzarr: Path, sources: list[Path], target: Path) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory(prefix="camzarr-bench-", dir=target) as name:
        folder = Path(name)
        command = [camzarr, "convert", "-q"]
        together = measured(*command, *sources, folder / "together").seconds
        each = sum(measured(*command, one, folder / "each").seconds for one in sources)
        copied = sum(_copied(one, folder) for one in sources)
    return together, each, copied


def _copied(source: Path, folder: Path) -> float:
    return measured("sh", "-c", 'cp "$0" "$1"/ && sync "$1"/*.mov', source, folder).seconds
