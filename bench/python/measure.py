"""The measurements of bench/python/run."""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import dask
import numpy as np
import xarray as xr
import zarr
from zarr import registry

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]

import camzarr  # noqa: E402
from camzarr import zarr_codec  # noqa: E402
from maker import big  # noqa: E402

COMMAND = Path(os.environ.get("CAMZARR") or ROOT / "build/release/camzarr")


class AsRecorded(zarr_codec.ProresCodec):
    """Takes the bytes and decodes nothing: what zarr-python itself needs for a frame."""

    def _decode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        chunk_data.to_bytes()
        blank = np.broadcast_to(np.uint8(0), chunk_spec.shape)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(blank)


def seconds(work: Callable[[], object]) -> float:
    """That it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def pairs(name: str, runs: int, count: int, ours: Callable[[], object], peer: Callable[[], object]) -> None:
    """Both in turn; milliseconds a frame, and the ratio of their speeds in each turn."""
    ours(), peer()
    turns = [(seconds(ours), seconds(peer)) for _ in range(runs)]
    ratios = sorted(b / a for a, b in turns)
    mine, other = (median(t[i] for t in turns) / count * 1e3 for i in (0, 1))
    print(
        f"{name:58} {mine:9.3f} {other:9.3f} {median(ratios):7.2f}"
        f"   {ratios[0]:.2f}..{ratios[-1]:.2f}",
        flush=True,
    )


def raw(clip: camzarr.Clip, runs: int, order: list[int]) -> None:
    """Frames as recorded, one by one."""
    place = [clip.index[name] for name in ("shard", "shard_offset", "size")]
    folder = Path(clip.store.url) / "clips" / clip.name / "video/video"
    files = {k: os.open(folder / f"c/{k}/0/0/0", os.O_RDONLY) for k in set(place[0].tolist())}

    def bare() -> list[bytes]:
        where = [tuple(int(column[i]) for column in place) for i in order]
        return [os.pread(files[k], size, at) for k, at, size in where]

    registry.register_codec("camzarr.prores", AsRecorded)
    array = zarr.open_array(folder, mode="r")
    ours = lambda: [clip.raw(i) for i in order]  # noqa: E731
    pairs("raw frame: clip.raw(i), a bare pread of it", runs, len(order), ours, bare)
    few = order[:10]
    ours = lambda: [clip.raw(i) for i in few]  # noqa: E731
    peer = lambda: [array[i] for i in few]  # noqa: E731
    pairs("raw frame: clip.raw(i), zarr-python from the same shards", runs, len(few), ours, peer)
    registry.register_codec("camzarr.prores", zarr_codec.ProresCodec)


def pictures(clip: camzarr.Clip, runs: int, order: list[int]) -> None:
    """Frames as RGB."""
    few = order[:10]
    where: dict[str, Any] = {"engine": "camzarr", "clip": clip.name}
    lazy = xr.open_dataset(clip.store.url, threads=1, **where)
    through_zarr = xr.open_zarr(f"{clip.store.url}/clips/{clip.name}/video", chunks=None)
    one = lambda: [clip.get_frame_at(i, threads=1) for i in few]  # noqa: E731
    ours = lambda: [lazy.video[i].values for i in few]  # noqa: E731
    pairs("picture: engine, clip.get_frame_at(i)", runs, len(few), ours, one)
    ours = lambda: [through_zarr.video[i].values for i in few]  # noqa: E731
    pairs("picture: open_zarr, clip.get_frame_at(i)", runs, len(few), ours, one)
    on_dask = xr.open_dataset(clip.store.url, threads=1, chunks={"time": 1}, **where)
    chunks = on_dask.video.data.to_delayed().ravel()[order].tolist()
    ours = lambda: dask.compute(*chunks, scheduler="threads", num_workers=2)  # noqa: E731
    peer = lambda: clip.get_frames_at(order, threads=2)  # noqa: E731
    name = f"{len(order)} pictures: Dask on 2 threads, the C library on 2"
    pairs(name, runs, len(order), ours, peer)


def imports(runs: int) -> None:
    """Of the package, in a process of its own."""

    def run(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    pairs("process: import camzarr, import numpy", runs, 1, run("import camzarr"), run("import numpy"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Medians of turns; ratios of speed, ours / peer")
    parser.add_argument("--runs", type=int, default=5, help="turns (5)")
    parser.add_argument("--frames", type=int, default=50, help="random ones, 1080p (50)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="camzarr-bench-") as folder:
        made = big(Path(folder) / "CAMHDA301-20180712T001500.mov", 150 << 20)
        store = Path(folder) / "store"
        subprocess.run([COMMAND, "convert", "--quiet", made.path, store], check=True)
        clip = camzarr.open(store)[made.path.stem]
        size = int(clip.index["size"].mean())
        versions = f"camzarr {camzarr.__version__}, zarr {zarr.__version__}, xarray {xr.__version__}"
        cpus = len(os.sched_getaffinity(0))
        print(f"Python {sys.version.split()[0]}, {versions}; {cpus} processors; {size} bytes a frame")
        print(f"{'ms':58} {'ours':>9} {'peer':>9} {'ratio':>7}   spread")
        source = random.Random(1)
        order = [source.randrange(len(clip)) for _ in range(given.frames)]
        raw(clip, given.runs, order)
        pictures(clip, given.runs, order)
        imports(given.runs)


if __name__ == "__main__":
    main()
