"""Picture files: pixels, options, threads, and what is left when writing them fails."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from maker import Movie, frames
from maker.tracks import video
from support.command import CAMZARR, FAILED, STOPPED, USAGE, camzarr, convert_one
from support.mounts import tmpfs

SIZE = (322, 178)
COUNT = 40
Words = tuple[str | Path, ...]


@dataclass(frozen=True)
class Stored:
    """A clip of distinct pictures in a store."""

    store: Path

    def frame(self, selection: str, out: str | Path, *options: str) -> Words:
        """The command for it."""
        return ("frame", self.store, "a", selection, "-o", out, *options)

    def pixels(self, frame: int, layout: str) -> npt.NDArray[np.generic]:
        """Of a picture, of a packed layout."""
        raw = camzarr(*self.frame(str(frame), "-", "--format", layout)).out
        kind = np.dtype("<u2") if layout.endswith("le") else np.dtype("u1")
        return np.frombuffer(raw, kind).reshape(SIZE[1], SIZE[0], -1)


def stored(folder: Path, profile: str, codec: str) -> Stored:
    """A clip of that profile."""
    real = frames.encode(profile, SIZE, COUNT, noise=20)
    Movie([video(real, codec, SIZE)]).write(folder / "a.mov")
    convert_one(folder / "a.mov", folder / "store")
    return Stored(folder / "store")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """4:2:2."""
    return stored(tmp_path_factory.mktemp("422"), "hq", "apch")


@pytest.fixture(scope="module")
def clip_444(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """4:4:4."""
    return stored(tmp_path_factory.mktemp("444"), "4444", "ap4h")


def by_ffmpeg(path: Path, layout: str) -> npt.NDArray[np.generic]:
    """The pixels of a file as FFmpeg reads them."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", layout, "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    kind = np.dtype("<u2") if layout.endswith("le") else np.dtype("u1")
    return np.frombuffer(raw, kind).reshape(SIZE[1], SIZE[0], -1)


LAYOUTS = ["gray", "gray16le", "rgb24", "rgb48le", "rgba", "rgba64le"]


@pytest.mark.parametrize("level", ["fast", "default", "best", "none"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_files_have_the_pixels(ending: str, layout: str, level: str, clip: Stored, tmp_path: Path) -> None:
    out = tmp_path / f"x.{ending}"
    camzarr(*clip.frame("7", out, "--format", layout, "--compression", level))
    assert np.array_equal(by_ffmpeg(out, layout), clip.pixels(7, layout))
    if layout in ("gray", "rgb24", "rgba"):
        with Image.open(out) as image:
            assert np.array_equal(np.asarray(image).reshape(SIZE[1], SIZE[0], -1), clip.pixels(7, layout))


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_levels_differ_in_size(ending: str, clip: Stored, tmp_path: Path) -> None:
    sizes = {}
    for level in ("fast", "default", "best", "none"):
        out = tmp_path / f"{level}.{ending}"
        camzarr(*clip.frame("7", out, "--format", "rgb24", "--compression", level))
        sizes[level] = out.stat().st_size
    assert max(sizes["best"], sizes["default"], sizes["fast"]) < 0.8 * sizes["none"], sizes
    assert len(set(sizes.values())) == 4, "each level is another"
    if ending == "png":
        assert sizes["best"] < sizes["default"] < sizes["fast"], sizes


def test_pictures_have_texts(clip: Stored, tmp_path: Path) -> None:
    camzarr(*clip.frame("7", tmp_path / "x.png"))
    with Image.open(tmp_path / "x.png") as image:
        assert isinstance(image.info["Frame"], str)
        assert {"Title": "a", "Source": "a.mov", "Frame": "7"}.items() <= image.info.items()
    camzarr(*clip.frame("7", tmp_path / "x.jpg"))
    with Image.open(tmp_path / "x.jpg") as image:
        assert b"clip a, frame 7" in image.info["comment"]


def chroma(path: Path) -> str:
    """Of a JPEG, by FFmpeg."""
    command = ["ffprobe", "-v", "error", "-show_entries", "stream=pix_fmt", "-of", "csv=p=0", str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_jpeg_has_the_chroma_that_was_recorded(clip: Stored, clip_444: Stored, tmp_path: Path) -> None:
    for of, options, want in (
        (clip, (), "yuvj422p"),
        (clip_444, (), "yuvj444p"),
        (clip, ("--chroma", "4:4:4"), "yuvj444p"),
        (clip_444, ("--chroma", "4:2:0"), "yuvj420p"),
    ):
        camzarr(*of.frame("7", tmp_path / "x.jpg", "--overwrite", *options))
        assert chroma(tmp_path / "x.jpg") == want


def test_jpeg_quality(clip: Stored, tmp_path: Path) -> None:
    want = clip.pixels(7, "rgb24").astype(int)
    sizes, errors = [], []
    for quality in ("50", "95", "100"):
        camzarr(*clip.frame("7", tmp_path / "x.jpg", "--overwrite", "--quality", quality, "--chroma", "4:4:4"))
        sizes.append((tmp_path / "x.jpg").stat().st_size)
        with Image.open(tmp_path / "x.jpg") as image:
            errors.append(np.abs(np.asarray(image).astype(int) - want).mean())
    assert sizes[0] < sizes[1] < sizes[2] and errors[0] > errors[1] > errors[2]
    camzarr(*clip.frame("7", tmp_path / "y.jpg", "--chroma", "4:4:4"))
    assert (tmp_path / "y.jpg").stat().st_size == sizes[1], "95 is the default"


@pytest.mark.parametrize(
    ("out", "options", "says"),
    [
        ("x.png", ("--quality", "90"), "for JPEG"),
        ("x.jpg", ("--compression", "fast"), "for PNG and TIFF"),
        ("x.png", ("--compression", "huge"), "fast, default, best or none"),
        ("x.jpg", ("--chroma", "4:1:1"), "4:2:0"),
        ("x.jpg", ("--quality", "101"), "1 to 100"),
        ("x.icpf", ("--quality", "90"), "as recorded"),
        ("x.png", ("--format", "bgr48le"), "holds no bgr48le"),
    ],
)
def test_options_that_do_not_apply(
    out: str, options: tuple[str, ...], says: str, clip: Stored, tmp_path: Path
) -> None:
    done = camzarr(*clip.frame("7", tmp_path / out, *options), code=None)
    assert done.code in (USAGE, FAILED) and says in done.err
    assert not list(tmp_path.iterdir())


def digests(folder: Path) -> dict[str, str]:
    """Of its files, by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize("ending", ["png", "tif", "jpg"])
def test_same_files_on_any_number_of_threads(ending: str, clip: Stored, tmp_path: Path) -> None:
    found = []
    for threads in ("1", "8"):
        folder = tmp_path / threads
        folder.mkdir()
        words = clip.frame(":", folder / f"%06d.{ending}", "--threads", threads, "--json")
        lines = camzarr(*words).lines()
        assert [line["frame"] for line in lines] == list(range(COUNT)), "reported in order"
        found.append(digests(folder))
    assert found[0] == found[1] and len(found[0]) == COUNT


def test_one_stream_on_any_number_of_threads(clip: Stored) -> None:
    one, eight = (camzarr(*clip.frame(":", "-", "--format", "rgb24", "--threads", n)).out for n in ("1", "8"))
    assert one == eight
    assert one[7 * len(one) // COUNT :].startswith(clip.pixels(7, "rgb24").tobytes())


def whole(path: Path) -> bool:
    """It is a picture without an error."""
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        image.load()
    return True


def in_order(folder: Path) -> int:
    """The files of a folder are those of the first frames, each whole; their number."""
    names = sorted(path.name for path in folder.glob("*"))
    assert names == [f"{i:06d}.png" for i in range(len(names))], "and no temporary file"
    assert all(whole(folder / name) for name in names)
    return len(names)


def test_full_disk_among_many_files(clip: Stored, tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk", 5 << 20) as disk:
        words = clip.frame(":", disk / "%06d.png", "--compression", "none", "--threads", "8")
        done = camzarr(*words, code=FAILED)
        n = in_order(disk)
        assert n < COUNT
        assert f"{n:06d}.png: {os.strerror(errno.ENOSPC)}" in done.err
        if n > 0:  # files that other threads were writing may have taken the room of the first one
            assert f"; {n} of {COUNT} files are written, the last one of frame {n - 1}" in done.err


def test_a_file_that_exists_among_many(clip: Stored, tmp_path: Path) -> None:
    (tmp_path / "000017.png").write_bytes(b"mine")
    done = camzarr(*clip.frame(":", tmp_path / "%06d.png", "--threads", "8"), code=FAILED)
    assert "000017.png: file exists; 17 of 40 files are written" in done.err
    assert (tmp_path / "000017.png").read_bytes() == b"mine"
    (tmp_path / "000017.png").unlink()
    assert in_order(tmp_path) == 17


def test_a_damaged_frame_among_many(clip: Stored, tmp_path: Path) -> None:
    real = frames.encode("hq", SIZE, 20, noise=20)
    damaged = bytearray(real[11])
    damaged[len(damaged) // 2 :] = bytes(len(damaged) - len(damaged) // 2)
    Movie([video([*real[:11], bytes(damaged), *real[12:]], "apch", SIZE)]).write(tmp_path / "a.mov")
    convert_one(tmp_path / "a.mov", tmp_path / "store")
    (tmp_path / "out").mkdir()
    words = Stored(tmp_path / "store").frame(":", tmp_path / "out/%06d.png", "--threads", "8")
    done = camzarr(*words, code=None)
    assert done.code == FAILED and "frame 11 of a" in done.err
    assert in_order(tmp_path / "out") == 11


def wait_until(true: Callable[[], bool]) -> None:
    """Until it is, for a minute at most."""
    for _ in range(6000):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("not within a minute")


def test_interrupt_with_encoders_in_flight(clip: Stored, tmp_path: Path) -> None:
    """Of 16 000 files, some are there when the signal comes."""
    again = ",".join([":"] * 400)
    words = clip.frame(again, tmp_path / "%06d.png", "--overwrite", "--threads", "8", "--compression", "best")
    run = subprocess.Popen([CAMZARR, *words], stderr=subprocess.PIPE)
    wait_until(lambda: len(list(tmp_path.glob("*.png"))) >= 3)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert run.returncode == STOPPED, err
    assert b"stopped" in err and b"files are written" in err
    left = [path for path in tmp_path.iterdir() if path.suffix != ".png"]
    assert not left, "no temporary file"
    assert all(whole(path) for path in tmp_path.iterdir())
