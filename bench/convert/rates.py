"""Rate of converting a large file, compared with programs that do part of the work."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import machine
from maker import big
from support.measure import Usage, measured

Command = Callable[[Path, Path], list[str]]  # of the source and of a new folder for results


@dataclass
class Peer:
    """A program, and the resource usage of its runs."""

    name: str
    command: Command
    runs: list[Usage] = field(default_factory=list)


def peers(camzarr: Path) -> list[Peer]:
    """camzarr first. The commands are run exactly as printed."""
    copy = "cp {0} {1}/copy.mov && sync {1}/copy.mov"
    return [
        Peer("camzarr convert", lambda s, t: [str(camzarr), "convert", "-q", f"{s}", f"{t}/store"]),
        Peer("md5sum", lambda s, t: ["md5sum", f"{s}"]),
        Peer("openssl sha256", lambda s, t: ["openssl", "dgst", "-sha256", f"{s}"]),
        Peer("cp", lambda s, t: ["cp", f"{s}", f"{t}/copy.mov"]),
        Peer("cp, sync", lambda s, t: ["sh", "-c", copy.format(s, t)]),
        Peer(
            "ffmpeg -c copy",
            lambda s, t: [
                "ffmpeg",
                "-v",
                "error",
                "-nostdin",
                "-i",
                f"{s}",
                "-c",
                "copy",
                f"{t}/copy.mov",
            ],
        ),
    ]


def print_tables(camzarr: Path, folder: Path, targets: list[Path], size: int, runs: int) -> None:
    """A table for each target."""
    made = big(folder / "CAMHDA301-20180712T001500.mov", size)
    for target in targets:
        _print_table(peers(camzarr), made.path, target, runs)
    made.path.unlink()


def _run(peer: Peer, source: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="camzarr-bench-", dir=target) as folder:
        _warm(source)
        peer.runs.append(measured(*peer.command(source, Path(folder))))


def _warm(source: Path) -> None:
    """Read the file into the page cache, which may have evicted it."""
    with source.open("rb", buffering=0) as file:
        while file.read(1 << 24):
            pass


def _print_table(programs: list[Peer], source: Path, target: Path, runs: int) -> None:
    size = source.stat().st_size / 1e9
    for peer in programs:
        _run(peer, source, target)
        peer.runs.clear()  # the first use of memory and disk is slow
    for _ in range(runs):
        for peer in programs:
            _run(peer, source, target)
    kinds = f"{machine.file_system(source.parent)} to {machine.file_system(target)}"
    print(f"\n{size:.2f} GB, {kinds}, {runs} turns")
    columns = f"{'GB/s':>6} {'from':>6} {'to':>6} {'CPU s/GB':>9} {'MiB':>6}"
    print(f"{'':16} {columns}   rate of camzarr / its rate (from-to)")
    ours = programs[0]
    for peer in programs:
        print(_row(peer, size) + ("" if peer is ours else _ratio(ours, peer)))
    for peer in programs:
        print("   ", " ".join(peer.command(Path("SOURCE"), Path("TARGET"))), flush=True)


def _row(peer: Peer, size: float) -> str:
    speeds = sorted(size / run.seconds for run in peer.runs)
    cpu = median(run.cpu for run in peer.runs) / size
    peak = max(run.peak for run in peer.runs) / 2**20
    columns = f"{median(speeds):6.2f} {speeds[0]:6.2f} {speeds[-1]:6.2f} {cpu:9.2f} {peak:6.0f}"
    return f"{peer.name:16} {columns}"


def _ratio(ours: Peer, peer: Peer) -> str:
    """Ratios of the runs of each turn."""
    ratios = sorted(his.seconds / us.seconds for his, us in zip(peer.runs, ours.runs))
    return f"   {median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})"
