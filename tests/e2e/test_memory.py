"""Memory has a bound that doesn't grow with the file."""

from __future__ import annotations

import resource
import shutil
from pathlib import Path

import pytest

from maker import Movie, big, frames, many
from maker.tracks import Numbered, video
from support import hostile
from support.command import CAMZARR, camzarr
from support.measure import measured

MIB = 1 << 20
LIMIT = 256 * MIB
NOISE = 12 * MIB
HD = (1920, 1080)


def peak(source: Path, folder: Path, *options: str) -> int:
    """Of converting it; what came of it is thrown away."""
    used = measured(CAMZARR, "convert", "-q", source, folder / "store", *options).peak
    shutil.rmtree(folder / "store")
    return used


def grows(small: int, large: int, folder: Path) -> None:
    """Convert two sizes: both under the limit, and the same within noise."""
    peaks = []
    for size in (small, large):
        source = big(folder / f"{size}.mov", size).path
        peaks.append(peak(source, folder))
        source.unlink()
    assert max(peaks) <= LIMIT, [p / MIB for p in peaks]
    assert peaks[1] - peaks[0] <= NOISE, [p / MIB for p in peaks]


def test_three_times_the_size(tmp_path: Path) -> None:
    grows(400 * MIB, 1200 * MIB, tmp_path)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_one_and_eight_gigabytes(tmp_path: Path) -> None:
    grows(1000 * MIB, 8000 * MIB, tmp_path)


@pytest.mark.parametrize(
    ("profile", "codec", "threads"),
    [("hq", "apch", "2"), ("4444xq", "ap4x", "1"), ("4444xq", "ap4x", "16")],
)
def test_large_frames(profile: str, codec: str, threads: str, tmp_path: Path) -> None:
    real = frames.encode(profile, HD, 2, noise=90)
    assert len(real[0]) > 900_000
    count = 450_000_000 // len(real[0])
    samples = [Numbered(real[i % 2], i) for i in range(count)]
    Movie([video(samples, codec, HD)]).write(tmp_path / "large.mov")
    assert peak(tmp_path / "large.mov", tmp_path, "--threads", threads) <= LIMIT


def test_less_memory_when_asked(tmp_path: Path) -> None:
    source = big(tmp_path / "source.mov", 400 * MIB).path
    assert peak(source, tmp_path, "--memory", "128M", "--frames-per-shard", "16") <= 128 * MIB


@pytest.mark.parametrize(
    "count", [320_000, pytest.param(3_204_951, marks=pytest.mark.full, id="the archive's longest")]
)
def test_opening_many_frames(count: int, tmp_path: Path) -> None:
    """A file of up to 122 GB: nothing but its tables is read."""
    source = many(tmp_path / "many.mov", count).path
    measured(CAMZARR, "info", source)
    used = min(
        (measured(CAMZARR, "info", source) for _ in range(3)), key=lambda usage: usage.seconds
    )
    assert used.seconds < 1.5, "1 s beyond reading its tables"
    assert used.peak <= LIMIT


# ---- What a store claims ---------------------------------------------------------------------------


def bounded() -> None:
    """In the child: more address space than LIMIT isn't to be had."""
    resource.setrlimit(resource.RLIMIT_AS, (2 * LIMIT, 2 * LIMIT))


def test_small_frames_that_claim_huge_pictures(tmp_path: Path) -> None:
    clip = hostile.huge_pictures(tmp_path)
    for out in ("x_%06d.png", "x.npy", "x_%06d.jpg"):
        words = ("frame", clip.store, clip.name, "0:3", "-o", tmp_path / out)
        done = camzarr(*words, code=1, preexec_fn=bounded)
        assert "can't have 65535 x 65535 pixels" in done.err
    done = camzarr("verify", "--decode", clip.store, code=4, preexec_fn=bounded)
    assert "can't have 65535 x 65535 pixels" in done.out.decode() + done.err


def test_few_bytes_that_claim_many_frames(tmp_path: Path) -> None:
    clip = hostile.huge_pictures(tmp_path, (64, 32))
    hostile.claim_frames(clip, 1 << 25)
    words = ("frame", clip.store, clip.name, "0", "-o", tmp_path / "x.icpf")
    done = camzarr(*words, code=1, preexec_fn=bounded)
    assert "of 33554432 different frames" in done.err
    done = camzarr("verify", clip.store, code=4, preexec_fn=bounded)
    assert "of 33554432 different frames" in done.out.decode() + done.err


def test_verify_decodes_large_pictures_a_few_at_a_time(tmp_path: Path) -> None:
    """71 MiB a picture: sixteen of them would be more than a gigabyte."""
    size = (4096, 2304)
    real = frames.encode("4444", size, 1, noise=20)[0]
    Movie([video([Numbered(real, i) for i in range(16)], "ap4h", size)]).write(tmp_path / "a.mov")
    measured(CAMZARR, "convert", "-q", tmp_path / "a.mov", tmp_path / "store")
    used = measured(CAMZARR, "verify", "-q", "--decode", tmp_path / "store")
    assert used.peak <= 2 * LIMIT, used.peak / MIB


def frames_peak(folder: Path, size: tuple[int, int], count: int) -> int:
    """Of writing that many pictures, each as a PNG."""
    real = frames.encode("standard", size, 4, noise=20)
    samples = [Numbered(real[i % 4], i) for i in range(count)]
    Movie([video(samples, size=size)]).write(folder / "a.mov")
    measured(CAMZARR, "convert", "-q", folder / "a.mov", folder / "store")
    out = folder / "out"
    words = ("frame", folder / "store", "a", ":", "-o", f"{out}/", "--format", "png", "--threads", "2")
    used = measured(CAMZARR, *words, "--compression", "fast").peak
    assert len(list(out.iterdir())) == count
    for path in (out, folder / "store"):
        shutil.rmtree(path)
    return used


@pytest.mark.parametrize(
    ("size", "counts"),
    [
        (HD, (24, 96)),
        ((128, 96), (300, 3000)),
        pytest.param((128, 96), (3000, 27_000), marks=pytest.mark.full, id="a clip of a quarter of an hour"),
    ],
)
def test_pictures_do_not_add_up(size: tuple[int, int], counts: tuple[int, int], tmp_path: Path) -> None:
    peaks = [frames_peak(tmp_path, size, count) for count in counts]
    assert max(peaks) <= LIMIT, [p / MIB for p in peaks]
    assert peaks[1] - peaks[0] <= NOISE, [p / MIB for p in peaks]
