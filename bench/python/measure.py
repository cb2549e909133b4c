"""The measurements of bench/python/run."""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import av
import dask
import numpy as np
import xarray as xr
import zarr
from zarr.abc.codec import ArrayBytesCodec
from zarr.registry import register_codec

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/e2e")]

import camzarr  # noqa: E402
from camzarr import camhd  # noqa: E402
from maker import big  # noqa: E402
from support.servers import Web, nginx  # noqa: E402

BUILD = Path(os.environ.get("CZ_BUILD") or ROOT / "build/release")
NAME = "CAMHDA301-20180712T001500"
Work = Callable[[], float]  # seconds that it took


# ---- Both in turn


def timed(work: Callable[[], object]) -> Work:
    """Elapsed time."""

    def run() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return run


def pairs(name: str, runs: int, ours: Work, peer: Work, frames: tuple[int, int] = (1, 1)) -> None:
    """Milliseconds per frame of each, and the ratio of their speeds in each turn. `frames`: how many
    each one did."""
    ours(), peer()
    turns = [(ours() / frames[0], peer() / frames[1]) for _ in range(runs)]
    ratios = sorted(b / a for a, b in turns)
    mine, other = (median(turn[i] for turn in turns) * 1e3 for i in (0, 1))
    beyond = median(a - b for a, b in turns) * 1e3
    print(
        f"{name:66} {mine:9.3f} {other:9.3f} {beyond:+9.3f} {median(ratios):7.2f}"
        f"   {ratios[0]:.2f}..{ratios[-1]:.2f}",
        flush=True,
    )


# ---- Peers


class Library:
    """The C library in a process of its own: peer.c."""

    def __init__(self, url: str) -> None:
        command = [BUILD / "bench/python/bench-python-peer", url, NAME]
        self.run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds(self, what: str, frames: Sequence[int]) -> float:
        """That it took for these frames."""
        assert self.run.stdin is not None and self.run.stdout is not None
        print(what, *frames, file=self.run.stdin, flush=True)
        return float(self.run.stdout.readline())

    def work(self, what: str, frames: Sequence[int]) -> Work:
        """The same, to be called."""
        return lambda: self.seconds(what, frames)


@contextmanager
def library(url: str) -> Iterator[Library]:
    """It, until the block is left."""
    peer = Library(url)
    try:
        yield peer
    finally:
        assert peer.run.stdin is not None
        peer.run.stdin.close()
        peer.run.wait()


def without_pixels(store: Path) -> None:
    """An array beside the clip's video, over the same shards, with one pixel per frame: zarr-python's work
    for a frame, without allocating its pixels."""
    video = store / "clips" / NAME / "video/video"
    beside = video.with_name("frames")
    beside.mkdir()
    (beside / "c").symlink_to(video / "c")
    told = json.loads((video / "zarr.json").read_text())
    sharding = told["codecs"][0]["configuration"]
    told["shape"][1:3] = sharding["chunk_shape"][1:3] = [1, 1]
    told["chunk_grid"]["configuration"]["chunk_shape"][1:3] = [1, 1]
    sharding["codecs"] = [{"name": "as_recorded"}]
    (beside / "zarr.json").write_text(json.dumps(told))


@dataclass(frozen=True)
class AsRecorded(ArrayBytesCodec):
    """Returns the bytes without decoding: the time of zarr-python itself for a frame."""

    is_fixed_size = False

    @classmethod
    def from_dict(cls, data: Any) -> AsRecorded:
        return cls()

    def to_dict(self) -> dict[str, Any]:
        return {"name": "as_recorded"}

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: Any) -> int:
        raise NotImplementedError

    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        chunk_data.to_bytes()
        return chunk_spec.prototype.nd_buffer.from_numpy_array(np.zeros(chunk_spec.shape, np.uint8))


def curl(url: str, first: int, last: int) -> bytes:
    """A range, requested as PyCamHD 0.7 does."""
    command = f'curl --no-buffer --header "Range: bytes={first}-{last}" -k -s {url}'
    return subprocess.run(command, stdout=subprocess.PIPE, shell=True, check=True).stdout


def pycamhd(url: str, frame: int, tables: bool) -> None:
    """Its requests for one frame: the atoms' positions, the moov atom if it is not given, the frame."""
    ftyp, mdat, moov = camhd.get_atom_sizes(url)
    end = ftyp + mdat
    if tables:
        for first, last in ((0, 3), (24, 27), (32, 39), (end, end + 3), (end, end + moov)):
            curl(url, first, last)
    at, size = camhd.get_frame_offsets(url)[frame], camhd.get_frame_sizes(url)[frame]
    assert len(curl(url, at, at + size - 1)) == size


# ---- What is measured


def each(work: Callable[[int], object], frames: Sequence[int]) -> Work:
    """One after the other, nothing kept. Returns the median times their number, so that other work of the
    machine does not count; peer.c does the same."""

    def run() -> float:
        return median(timed(lambda: work(frame))() for frame in frames) * len(frames)

    return run


def raw(where: str, url: str, runs: int, order: list[int]) -> None:
    """Frames as recorded, one by one."""
    clip = camzarr.open(url)[NAME]
    with library(url) as c:
        ours = each(clip.raw, order)
        pairs(f"raw, {where}: clip.raw(i), C", runs, ours, c.work("raw", order), 2 * (len(order),))
    array = zarr.open_array(f"{url}/clips/{NAME}/video/frames", mode="r")
    few = order[:10]
    name = f"raw, {where}: clip.raw(i), zarr-python from the same shards"
    pairs(name, runs, each(clip.raw, few), each(lambda i: array[i], few), 2 * (len(few),))


def like_pycamhd(web: Web, runs: int, order: list[int]) -> None:
    """PyCamHD's functions, over the same server."""
    url = f"{web.url}/{NAME}.mov"
    few = order[:5]
    for tables in (True, False):
        how = "six curls" if tables else "one curl, moov given"
        ours, peer = each(lambda i: camhd.get_frame_data(url, i), order), each(lambda i: pycamhd(url, i, tables), few)
        pairs(f"raw, http: camhd.get_frame_data(i), PyCamHD: {how}", runs, ours, peer, (len(order), len(few)))
    clip = camzarr.open(f"{web.url}/store")[NAME]
    for what, work in (("file", lambda i: camhd.get_frame_data(url, i)), ("store", clip.raw)):
        time.sleep(0.2)  # the server logs a request at its end
        before = len(web.requests())
        each(work, order)()
        time.sleep(0.2)
        asked = (len(web.requests()) - before) / len(order)
        print(f"{f'requests per frame, raw {what}, by the log of the server':66} {asked:9.3f}")


def pictures(url: str, runs: int, order: list[int]) -> None:
    """Frames as RGB."""
    few = order[:10]
    clip = camzarr.open(url)[NAME]
    one_picture = np.empty(clip.shape().array, np.uint8)
    lazy = xr.open_dataset(url, engine="camzarr", clip=NAME, threads=1)
    plain = xr.open_zarr(f"{url}/clips/{NAME}/video", chunks=None)
    with library(url) as c:
        one = c.work("one", few)
        for name, work in (
            ("clip.get_frame_at(i)", lambda i: clip.get_frame_at(i, threads=1)),
            ("clip.get_frame_at(i, out=)", lambda i: clip.get_frame_at(i, threads=1, out=one_picture)),
            ("engine: video[i].values", lambda i: lazy.video[i].values),
            ("xr.open_zarr: video[i].values", lambda i: plain.video[i].values),
        ):
            pairs(f"picture: {name}, C on one thread", runs, each(work, few), one, 2 * (len(few),))
        scaling(url, c, runs, order)


class PyAv:
    """The neighbouring frames of the MOV by PyAV, at its best settings for one thread."""

    def __init__(self, movie: Path, frames: int) -> None:
        self.movie, self.frames = movie, frames

    def arrays(self) -> Iterator[Any]:
        """RGB, one after the other."""
        with av.open(str(self.movie)) as container:
            context = container.streams.video[0].codec_context
            context.thread_count, context.thread_type = 1, "NONE"
            for _, frame in zip(range(self.frames), container.decode(video=0)):
                yield frame.to_ndarray(format="rgb24")

    def drop(self) -> None:
        """Use none of them."""
        for _ in self.arrays():
            pass

    def mean(self) -> Any:
        """As a loop would: its sum is wide enough."""
        total = np.zeros((), np.uint32)
        for array in self.arrays():
            total = total + array
        return total / self.frames


def against_pyav(clip: camzarr.Clip, movie: Path, runs: int, frames: int) -> None:
    """Neighbouring frames as RGB on one thread."""
    frames = min(frames, len(clip)) // 16 * 16
    pyav = PyAv(movie, frames)
    chosen = clip.select(slice(frames), threads=1)
    buffer = np.empty((16, *chosen.shape.array), np.uint8)
    numbers = [range(at, at + 16) for at in range(0, frames, 16)]

    def new_arrays() -> None:
        for sixteen in numbers:
            clip.get_frames_at(sixteen, threads=1)

    def own_array() -> None:
        for sixteen in numbers:
            clip.get_frames_at(sixteen, threads=1, out=buffer)

    def batches() -> None:
        for _ in chosen.batches(16):
            pass

    def loop() -> None:
        for _ in chosen:
            pass

    works: list[tuple[str, Callable[[], object]]] = [
        ("get_frames_at(16 frames)", new_arrays),
        ("get_frames_at(16 frames, out=)", own_array),
        ("frames.batches(16)", batches),
        ("for frame in frames", loop),
    ]
    for name, work in works:
        name = f"rgb24, one thread: {name}, PyAV to_ndarray"
        pairs(name, runs, timed(work), timed(pyav.drop), 2 * (frames,))
        print(f"{'  minor page faults per frame':66} {faults(work) / frames:9.1f} {faults(pyav.drop) / frames:9.1f}")
    name = "rgb24, one thread: frames.mean(axis=0), a loop over PyAV"
    pairs(name, runs, timed(lambda: chosen.mean(axis=0)), timed(pyav.mean), 2 * (frames,))


def faults(work: Callable[[], object]) -> int:
    """Minor page faults of it."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def scaling(url: str, c: Library, runs: int, order: list[int]) -> None:
    """Speed-up by a second thread, Dask's and the library's."""
    on_dask = xr.open_dataset(url, engine="camzarr", clip=NAME, threads=1, chunks={"time": 1})
    tasks = on_dask.video.data.to_delayed().ravel()
    means = [dask.delayed(np.min)(tasks[i]) for i in order]  # pictures are not kept

    def on(workers: int) -> Work:
        return timed(lambda: dask.compute(*means, scheduler="threads", num_workers=workers))

    gains = []
    for _ in range(runs):
        ours, its = [on(n)() for n in (1, 2)], [c.seconds(f"many {n}", order) for n in (1, 2)]
        gains.append((ours[0] / ours[1], its[0] / its[1]))
    ours_, its_ = (median(gain[i] for gain in gains) for i in (0, 1))
    ratios = sorted(a / b for a, b in gains)
    name = f"{len(order)} pictures: gain of a second thread, Dask's, C's"
    print(f"{name:66} {ours_:9.3f} {its_:9.3f} {'':9} {median(ratios):7.2f}   {ratios[0]:.2f}..{ratios[-1]:.2f}")


def imports(runs: int) -> None:
    """Import of the package, in a process of its own."""

    def run(code: str) -> Work:
        def processor() -> float:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-c", code], check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

        return processor

    name = "process: import camzarr, import numpy (processor time)"
    pairs(name, runs, run("import camzarr"), run("import numpy"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Medians of turns; ratios of speed, ours / peer")
    parser.add_argument("--runs", type=int, default=5, help="number of turns (5)")
    parser.add_argument("--frames", type=int, default=200, help="number of random frames, 1080p (200)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="camzarr-bench-") as folder:
        made = big(Path(folder) / f"{NAME}.mov", 150 << 20)
        store = Path(folder) / "store"
        camzarr.convert(made.path, store)
        without_pixels(store)
        register_codec("as_recorded", AsRecorded)
        clip = camzarr.open(store)[NAME]
        size = int(clip.index["size"].mean())
        versions = f"camzarr {camzarr.__version__}, zarr {zarr.__version__}, xarray {xr.__version__}, PyAV {av.__version__}"
        cpus = len(os.sched_getaffinity(0))
        print(f"Python {sys.version.split()[0]}, {versions}; {cpus} processors; {size} bytes per frame")
        print(f"{'ms':66} {'ours':>9} {'peer':>9} {'beyond':>9} {'ratio':>7}   spread")
        source = random.Random(1)
        order = [source.randrange(len(clip)) for _ in range(given.frames)]
        raw("local", str(store), given.runs, order)
        with nginx(f"root {folder};") as web:
            raw("http", f"{web.url}/store", given.runs, order)
            like_pycamhd(web, given.runs, order)
        pictures(str(store), given.runs, order)
        against_pyav(clip, made.path, given.runs, given.frames)
        imports(given.runs)


if __name__ == "__main__":
    main()
