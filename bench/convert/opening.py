"""Opening a file like the archive's longest one: 3.2 million frames in the tables."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from maker import many
from support.measure import Usage, measured

FRAMES = 3_204_951


def print_table(camzarr: Path, folder: Path, runs: int) -> None:
    """Compared with reading the same bytes, and with FFmpeg opening the file."""
    made = many(folder / "many.mov", FRAMES)
    last = made.frames[FRAMES - 1]
    tables = made.length - last.offset - last.size
    commands: list[list[str | Path]] = [
        [camzarr, "info", made.path],
        ["tail", "-c", str(tables), made.path],
        ["ffprobe", "-v", "error", made.path],
    ]
    results: list[list[Usage]] = [[] for _ in commands]
    for _ in range(runs + 1):
        for command, result in zip(commands, results):
            result.append(measured(*command))
    print(
        f"\nopening {FRAMES} frames (aim: 1 s beyond reading {tables / 1e6:.0f} MB of tables)"
    )
    print(f"{'':20} {'s':>6} {'from':>6} {'to':>6} {'MiB':>6}")
    for command, result in zip(commands, results):
        seconds = sorted(usage.seconds for usage in result[1:])
        row = f"{median(seconds):6.2f} {seconds[0]:6.2f} {seconds[-1]:6.2f}"
        name = " ".join(str(word) for word in (Path(command[0]).name, *command[1:-1], "SOURCE"))
        print(f"{name:20} {row} {max(usage.peak for usage in result) / 2**20:6.0f}", flush=True)
    made.path.unlink()
