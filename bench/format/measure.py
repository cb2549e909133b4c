"""The measurements of bench/format/run."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import dask.array  # noqa: F401  # xarray imports it for the first selection
import icechunk
import numpy as np
import xarray as xr
import zarr

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]

import camzarr  # noqa: E402
from camzarr import icechunk_repository as writer  # noqa: E402
from camzarr._native import COLUMNS  # noqa: E402
from camzarr.references import References  # noqa: E402
from maker import frames, write  # noqa: E402
from maker.movie import Movie  # noqa: E402
from maker.tracks import Numbered, video  # noqa: E402

HD = (1920, 1080)
FRAMES = 100  # of a clip
IN_A_CLIP = 27_000  # references of a clip, as many as the archive's recordings of 15 minutes have


def seconds(work: Callable[[], object]) -> float:
    """Elapsed time."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def row(name: str, aim: str, ours: list[float], peer: list[float]) -> None:
    """Medians, and the ratio of speeds in each turn."""
    ratios = sorted(b / a for a, b in zip(ours, peer, strict=True))
    numbers = f"{median(ours):9.3f} {median(peer):9.3f} {median(ratios):7.2f}"
    print(f"{name:52} {aim:>9} {numbers}   {ratios[0]:.2f}..{ratios[-1]:.2f}", flush=True)


def value(name: str, aim: str, ours: float, peer: float | None = None) -> None:
    """A number that does not vary, or that has no peer."""
    number = f"{ours:9.3f}" if ours < 100 else f"{ours:9.0f}"
    other = f"{peer:9.0f} {peer / ours:7.2f}" if peer is not None else ""
    print(f"{name:52} {aim:>9} {number} {other}".rstrip(), flush=True)


# ---- Clips joined


def recordings(folder: Path, clips: int) -> camzarr.Store:
    """Clips of FRAMES frames, 1080p, an hour apart."""
    pictures = frames.near_original() or frames.encode("standard", HD, 4)
    samples = [Numbered(pictures[i % len(pictures)], i) for i in range(FRAMES)]
    for n in range(clips):
        when = np.datetime64("2019-08-01T00:00:00") + np.timedelta64(n, "h")
        name = f"CAMHDA301-{str(when).replace('-', '').replace(':', '')}Z.mov"
        write.converted(Movie([video(samples, size=HD)]), folder / name)
        camzarr.convert(folder / name, folder / "store")
        (folder / name).unlink()
    return camzarr.open(folder / "store")


def joined(store: camzarr.Store, runs: int) -> None:
    """The engine's join against xarray's."""
    names, paths = store.names, [f"{store.url}/clips/{name}" for name in store.names]
    at = len(names) * FRAMES * 7 // 9

    def ours() -> xr.Dataset:
        return xr.open_dataset(store.url, engine="camzarr", clip=names)

    def on_dask() -> xr.Dataset:
        return xr.open_dataset(store.url, engine="camzarr", clip=names, chunks={})

    def peer() -> xr.Dataset:
        return xr.open_mfdataset(paths, engine="camzarr")

    one, dask, other = ours(), on_dask(), peer()  # the first opening imports libraries
    for dataset in (one, dask, other):
        dataset.video[at].values
    what = f"{len(names)} x {FRAMES} frames"
    opened = [(seconds(ours), seconds(on_dask), seconds(peer)) for _ in range(runs)]
    row(f"s, {what}, opened", "< 0.5", [t[0] for t in opened], [t[2] for t in opened])
    row(f"s, {what}, opened on Dask", "< 0.5", [t[1] for t in opened], [t[2] for t in opened])
    read = [[seconds(lambda d=d: d.video[at].values) for d in (one, dask, other)] for _ in range(runs)]
    row("s, one frame", "< 0.03", [t[0] for t in read], [t[2] for t in read])
    row("s, one frame on Dask", "", [t[1] for t in read], [t[2] for t in read])
    tasks = [len(d.__dask_graph__()) for d in (dask, other)]
    value("tasks of the graph", f"< {len(names) * FRAMES}", *map(float, tasks))


# ---- Icechunk


def made_rows(name: str, count: int) -> writer.Rows:
    """References and columns of a clip that does not exist."""
    number = np.arange(count)
    keys = np.array(
        [f"file:///none/clips/{name}/video/video/c/{k}/0/0/0" for k in range(-(-count // 64))],
        np.dtypes.StringDType(),
    )
    size = np.random.default_rng(count).integers(500_000, 700_000, count).astype(np.uint64)
    offset = (number % 64 * 700_000).astype(np.uint64)
    columns: dict[str, Any] = {c: size.astype(COLUMNS[c]) for c in writer._INDEX}
    columns["frame"] = number.astype(np.uint32)
    return writer.Rows(References(keys[number // 64], offset, size), columns)


def written(store: str, repository: Path, count: int) -> tuple[float, float, float, float]:
    """A clip and `count` references more. Seconds, seconds of CPU, MiB beyond those at the start,
    bytes of the repository."""
    one = camzarr.open(store)
    camzarr.icechunk(one, repository, one.names[:1])
    repo = icechunk.Repository.open(icechunk.local_filesystem_storage(str(repository)))
    config = repo.config
    config.set_virtual_chunk_container(
        icechunk.VirtualChunkContainer("file:///none/", icechunk.local_filesystem_store("/none/"))
    )
    repo = repo.reopen(config)
    facts = one.clips[0]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, busy = time.perf_counter(), time.process_time()
    for first in range(0, count, IN_A_CLIP):
        name = f"{facts.name}-{first}"
        session = repo.writable_session("main")
        rows = made_rows(name, min(IN_A_CLIP, count - first))
        group = zarr.open_group(session.store, mode="a")
        writer.write(session, group, replace(facts, name=name), rows)
        session.commit(f"append {name}")
    spent, busy = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    size = sum(path.stat().st_size for path in repository.rglob("*") if path.is_file())
    return spent, busy, peak / 1024, size


def first_frame(store: str, repository: Path) -> None:
    """Of a repository, as a reader opens it."""
    allowed = icechunk.containers_credentials({f"file://{store}/": None})
    storage = icechunk.local_filesystem_storage(str(repository))
    repo = icechunk.Repository.open(storage, authorize_virtual_chunk_access=allowed)
    found = xr.open_zarr(repo.readonly_session("main").store, consolidated=False, chunks=None)
    assert found.video[0].values.any()


def in_a_process(*arguments: object) -> list[float]:
    """Numbers that this script prints in a process of its own, after what Icechunk logs."""
    command = [sys.executable, "-W", "ignore", __file__, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [float(number) for number in done.stdout.splitlines()[-1].split()]


def references(store: camzarr.Store, folder: Path, count: int, runs: int) -> None:
    """Into Icechunk, and out of it."""
    repository = folder / "repository"
    spent, busy, peak, size = in_a_process("--write", store.url, repository, count)
    value(f"s, {count} references written, {-(-count // IN_A_CLIP)} commits", "< 10", spent)
    value("s of CPU for that", "< 10", busy)
    value("MiB of memory for that", "< 1024", peak)
    value("bytes a reference, columns included", "", size / count)
    first = [in_a_process("--first", store.url, repository) for _ in range(runs)]
    value("s, first frame of that repository", "< 0.3", median(spent for spent, _ in first))
    value("s of CPU for that", "", median(busy for _, busy in first))


def main() -> None:
    """Print the table, or do one part of it."""
    if sys.argv[1:2] == ["--write"]:
        print(*written(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])))
        return
    if sys.argv[1:2] == ["--first"]:
        busy = time.process_time()
        spent = seconds(lambda: first_frame(sys.argv[2], Path(sys.argv[3])))
        print(spent, time.process_time() - busy)
        return
    shm = Path("/dev/shm")
    parser = argparse.ArgumentParser(description="Medians of turns; ratios of speed, ours / peer")
    parser.add_argument("--runs", type=int, default=5, help="number of turns (5)")
    parser.add_argument("--clips", type=int, default=100, help="clips of 100 frames (100: 6 GB)")
    parser.add_argument("--references", type=int, default=1_000_000, help="references (1000000)")
    parser.add_argument(
        "--dir", type=Path, default=shm if shm.is_dir() else None, help=f"folder for clips ({shm})"
    )
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="camzarr-bench-", dir=given.dir))
    try:
        libraries = f"xarray {xr.__version__}, zarr {zarr.__version__}, icechunk {icechunk.__version__}"
        cpus = len(os.sched_getaffinity(0))
        print(f"Python {sys.version.split()[0]}, camzarr {camzarr.__version__}, {libraries}; {cpus} processors")
        print(f"{'peer: xarray.open_mfdataset':52} {'aim':>9} {'ours':>9} {'peer':>9} {'ratio':>7}   spread")
        store = recordings(folder, given.clips)
        joined(store, given.runs)
        references(store, folder, given.references, given.runs)
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
