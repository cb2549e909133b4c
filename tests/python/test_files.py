"""Clip.write(): frames as files, one or many."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import camzarr
from camzarr import chunks, files, images
from conftest import ALPHA, USUAL, Shelf, run


@pytest.fixture
def clip(shelf: Shelf) -> camzarr.Clip:
    return camzarr.open(shelf.path)[shelf.name(USUAL)]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# ---- One frame


def test_jpeg(clip: camzarr.Clip, tmp_path: Path) -> None:
    for name, options in {
        "a.jpg": {},
        "b.jpeg": {"layout": "gray", "quality": 40},
        "c.jpg": {"layout": "bgr24", "scale": 2},
    }.items():
        clip.write(3, tmp_path / name, **options)  # type: ignore[arg-type]
        with Image.open(tmp_path / name) as image:
            assert image.format == "JPEG"
            assert f"clip {clip.name}, frame 3, ".encode() in image.info["comment"]
            told = clip.get_frame_at(3, scale=options.get("scale", 1)).data.astype(int)  # type: ignore[arg-type]
            off = np.abs(np.asarray(image.convert("RGB")).astype(int).mean((0, 1)) - told.mean((0, 1)))
            assert image.mode == ("L" if "layout" in options and "quality" in options else "RGB")
            assert image.mode == "L" or off.max() < 3
    sampling = (tmp_path / "a.jpg").read_bytes()
    at = sampling.index(b"\xff\xc0")
    assert sampling[at + 11] == 0x21, "4:2:2, as recorded"
    assert (tmp_path / "b.jpeg").stat().st_size < (tmp_path / "a.jpg").stat().st_size


def test_ten_bits_use_the_whole_range_of_a_file(clip: camzarr.Clip) -> None:
    frame = clip.get_frame_at(3, layout="gray10le")
    assert frame.data.max() < 1024
    picture = frame.picture().astype(float) / 65535
    assert np.abs(picture - frame.data / 1023).max() < 1e-4


def test_jpeg_of_full_chroma(shelf: Shelf, tmp_path: Path) -> None:
    camzarr.open(shelf.path)[shelf.name(ALPHA)].write(1, tmp_path / "a.jpg")
    data = (tmp_path / "a.jpg").read_bytes()
    assert data[data.index(b"\xff\xc0") + 11] == 0x11


def test_without_pillow(clip: camzarr.Clip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(camzarr.UnsupportedError, match=r"Pillow.*\npip install pillow"):
        clip.write(3, tmp_path / "a.jpg")
    assert names(tmp_path) == []


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (5, 7, 4), (1, 1, 3), (3, 1)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_png(shape: tuple[int, ...], dtype: type, tmp_path: Path) -> None:
    picture = np.random.default_rng(1).integers(0, np.iinfo(dtype).max + 1, shape, dtype)
    form = {2: "gray", 3: "rgb", 4: "rgba"}[picture.ndim if picture.ndim == 2 else shape[2]]
    form = {"gray": "gray16le", "rgb": "rgb48le", "rgba": "rgba64le"}[form] if dtype == np.uint16 else form
    form = form if form != "rgb" else "rgb24"
    (tmp_path / "a.png").write_bytes(images.png(picture, "über"))
    told = run("ffmpeg", "-v", "error", "-i", tmp_path / "a.png", "-f", "rawvideo", "-pix_fmt", form, "-")
    assert told == picture.astype(np.dtype(dtype).newbyteorder("<")).tobytes()
    with Image.open(io.BytesIO(images.png(picture))) as image:
        image.verify()


def test_frames_by_moment(clip: camzarr.Clip, tmp_path: Path) -> None:
    clip.write(clip.time[3], tmp_path / "a.npy")
    clip.write(-1, tmp_path / "b.npy")
    assert np.array_equal(np.load(tmp_path / "a.npy"), clip[3].data)
    assert np.array_equal(np.load(tmp_path / "b.npy"), clip[14].data)


# ---- Many


def test_a_file_a_frame(
    clip: camzarr.Clip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(chunks, "FRAMES", 2)  # several batches
    clip.write(np.s_[::3], tmp_path / "frame_%06d.png", layout="gray16le")
    assert names(tmp_path) == [f"frame_{n:06}.png" for n in (0, 3, 6, 9, 12)]
    for n in (0, 9):
        with Image.open(tmp_path / f"frame_{n:06}.png") as image:
            assert np.array_equal(np.asarray(image), clip.get_frame_at(n, layout="gray16le").data)
    clip.write([2, 11], tmp_path / "%d.icpf")
    assert (tmp_path / "11.icpf").read_bytes() == clip.raw(11)
    clip.write([5], tmp_path / "one.tif")
    with pytest.raises(camzarr.AlreadyExistsError, match=r"frame_000003\.png: exists\noverwrite=True"):
        clip.write([1, 3], tmp_path / "frame_%06d.png")
    clip.write([1, 3], tmp_path / "frame_%06d.png", overwrite=True)


def test_many_frames_in_one_file(
    clip: camzarr.Clip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(chunks, "FRAMES", 4)
    clip.write(slice(None), tmp_path / "all.npy", scale=2)
    assert np.array_equal(np.load(tmp_path / "all.npy"), clip.select(slice(None), scale=2).data)
    clip.write([3], tmp_path / "list.npy")
    assert np.load(tmp_path / "list.npy").shape == (1, 96, 128, 3)
    clip.write(slice(0, 6), tmp_path / "a.yuv")
    native = clip.select(slice(0, 6), layout="native").data
    assert (tmp_path / "a.yuv").read_bytes() == native.astype("<u2").tobytes()
    clip.write(slice(0, 6), tmp_path / "b.yuv", layout="rgb24")
    assert (tmp_path / "b.yuv").read_bytes() == clip[0:6].data.tobytes()
    clip.write(slice(2, 9), tmp_path / "a.mov")
    assert camzarr.open_movie(tmp_path / "a.mov").raw(0) == clip.raw(2)
    clip.write(7, tmp_path / "a.avi")
    assert (tmp_path / "a.avi").read_bytes().startswith(b"RIFF")


Call = Callable[[camzarr.Clip, Path], object]
REFUSED: list[tuple[type[Exception], str, Call]] = [
    (camzarr.UsageError, r"\.png holds one frame, not 2\n.*a_%06d\.png", lambda c, p: c.write([0, 1], p / "a.png")),
    (camzarr.UsageError, "holds one frame, not 0", lambda c, p: c.write([], p / "a.jpg")),
    (camzarr.UsageError, "more than one %d", lambda c, p: c.write([0, 1], p / "%d_%03d.png")),
    (camzarr.UsageError, "quality 0: not 1 to 100", lambda c, p: c.write(0, p / "a.jpg", quality=0)),
    (camzarr.UsageError, "quality is for .jpg", lambda c, p: c.write(0, p / "a.png", quality=9)),
    (camzarr.UsageError, "one axis", lambda c, p: c.write((0, 1), p / "a.npy")),
    (camzarr.UsageError, "not frame numbers", lambda c, p: c.write(0.5, p / "a.png")),
    (camzarr.UnsupportedError, r"a\.bmp: unknown.*\n.*\.jpg", lambda c, p: c.write(0, p / "a.bmp")),
    (camzarr.UnsupportedError, "8 bits", lambda c, p: c.write(0, p / "a.jpg", layout="rgb48le")),
    (camzarr.UnsupportedError, "8 bits without alpha", lambda c, p: c.write(0, p / "a.jpg", layout="rgba")),
    (camzarr.UnsupportedError, "cannot hold native", lambda c, p: c.write(0, p / "a.jpg", layout="native")),
    (camzarr.UnsupportedError, "as recorded.* no scale", lambda c, p: c.write(0, p / "a.icpf", scale=2)),
    (camzarr.UnsupportedError, "as recorded.* no layout", lambda c, p: c.write(0, p / "a.mov", layout="gray")),
    (camzarr.FrameNotFoundError, "frame 99", lambda c, p: c.write([0, 99], p / "%d.png")),
    (camzarr.NotFoundError, "no frame is shown", lambda c, p: c.write("2001-01-01", p / "a.png")),
    (camzarr.InputOutputError, r"No such file.*\n.*makedirs", lambda c, p: c.write([0, 1], p / "no/%d.png")),
    (TypeError, "did you mean scale", lambda c, p: c.write(0, p / "a.png", scal=2)),
]


@pytest.mark.parametrize(("kind", "message", "call"), REFUSED)
def test_what_is_refused(kind: type[Exception], message: str, call: Call, clip: camzarr.Clip, tmp_path: Path) -> None:
    with pytest.raises(kind, match=message):
        call(clip, tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["%d.png", "all.npy", "all.yuv", "%d.icpf"])
def test_damage(name: str, damaged: Shelf, tmp_path: Path) -> None:
    """Files of frames before it are whole, and no other file is there."""
    clip = camzarr.open(damaged.path)[damaged.name("cut_short")]
    missing = int(np.flatnonzero(clip.index["size"] == 0)[0])
    with pytest.raises(camzarr.NotFoundError, match=f"frame {missing}"):
        clip.write([0, missing], tmp_path / name)
    assert set(names(tmp_path)) <= {"0.png", "0.icpf"}
    assert clip[0].number == 0


def test_a_full_disk(clip: camzarr.Clip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(data: bytes, file: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "_write_all", full)
    with pytest.raises(camzarr.StoreFullError, match=r"\d\.png: No space left"):
        clip.write(slice(4), tmp_path / "%d.png")
    assert names(tmp_path) == []
