"""camzarr sheet: the pictures of a contact sheet are those of camzarr frame, or of the overview."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from support.command import USAGE, camzarr
from support.servers import nginx
from test_analysis_store import opened

CLIP = "bright-20180712T001500"
FRAMES, WIDTH, HEIGHT = 90, 640, 368
GAP = 4  # of cli/picture/sheet.c


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of FFmpeg's test source, whose frame 45 is no ProRes frame."""
    folder = tmp_path_factory.mktemp("sheet")
    movie = folder / f"{CLIP}.mov"
    source = f"testsrc2=size={WIDTH}x{HEIGHT}:rate=25"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", str(FRAMES)]
    subprocess.run([*command, "-c:v", "prores_ks", movie], check=True, timeout=120)
    data = bytearray(movie.read_bytes())
    at = -1
    for _ in range(46):
        at = data.index(b"icpf", at + 1)
    data[at : at + 4] = b"xxxx"
    movie.write_bytes(data)
    camzarr("convert", movie, folder / "store")
    return folder / "store"


def pixels(path: Path, width: int, height: int) -> NDArray[np.uint8]:
    """A picture file, as FFmpeg reads it."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    return np.frombuffer(raw, np.uint8).reshape(height, width, 3)


def tile(sheet: NDArray[np.uint8], i: int, columns: int, width: int, height: int) -> NDArray[np.uint8]:
    """Picture i of a sheet."""
    label = 14 + GAP if width >= 200 else 7 + GAP
    top, left = GAP + i // columns * (height + label + GAP), GAP + i % columns * (width + GAP)
    return sheet[top : top + height, left : left + width]


def frame(store: Path, number: int, scale: str, width: int, height: int) -> NDArray[np.uint8]:
    """The same picture by camzarr frame."""
    raw = camzarr("frame", store, CLIP, str(number), "--scale", scale, "--format", "rgb24", "-o", "-").out
    return np.frombuffer(raw, np.uint8).reshape(height, width, 3)


def test_pictures_of_a_sheet(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    done = camzarr("sheet", store, CLIP, "-o", out, "--json")
    line = json.loads(done.out)
    assert "1 of 64 frames are missing or damaged" in done.err
    assert (line["path"], line["clip"], line["frames"], line["unknown"]) == (str(out), CLIP, 64, 1)
    width, height = WIDTH // 4, HEIGHT // 4  # 1/8 would be too small to see
    assert line["width"] == 8 * (width + GAP) + GAP
    assert line["height"] == 8 * (height + 7 + 2 * GAP) + GAP
    sheet = pixels(out, line["width"], line["height"])
    for i in range(64):
        number = i * FRAMES // 64
        if number != 45:
            shown = tile(sheet, i, 8, width, height)
            assert (shown == frame(store, number, "1/4", width, height)).all(), number
        below = sheet[GAP + i // 8 * (height + 15) + height + GAP :, GAP + i % 8 * (width + GAP) :][:7, :width]
        assert (below.max(), below.min()) == (220, 24), "a label"
    assert set(np.unique(tile(sheet, 32, 8, width, height))) == {70, 130}


def test_frames_of_a_sheet(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    line = json.loads(camzarr("sheet", store, CLIP, "--frames", "7,80,3", "-o", out, "--json", "-q").out)
    width, height = WIDTH // 4, HEIGHT // 4
    assert (line["frames"], line["unknown"], line["width"]) == (3, 0, 3 * (width + GAP) + GAP)
    sheet = pixels(out, line["width"], line["height"])
    for i, number in enumerate((7, 80, 3)):
        assert (tile(sheet, i, 3, width, height) == frame(store, number, "1/4", width, height)).all()


def test_jpeg_and_standard_output(store: Path, tmp_path: Path) -> None:
    done = camzarr("sheet", store, CLIP, "--frames", "0:10", "--format", "jpg", "-o", "-")
    assert done.out[:3] == b"\xff\xd8\xff"
    (tmp_path / "x.jpg").write_bytes(done.out)
    width, height = 8 * (WIDTH // 4 + GAP) + GAP, 2 * (HEIGHT // 4 + 7 + 2 * GAP) + GAP
    close = abs(pixels(tmp_path / "x.jpg", width, height)[:90, :160] - 0.0)
    assert close.std() > 20


def test_a_sheet_is_the_same_each_time(store: Path, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        camzarr("sheet", store, CLIP, "-o", tmp_path / name)
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


# ---- From the overview


OVERVIEW = (1280, 720)


@pytest.fixture(scope="module")
def overview(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of 40 frames that has small pictures of all; frame 7 is no ProRes frame, frame 9 is black."""
    folder = tmp_path_factory.mktemp("overview")
    movie = folder / f"{CLIP}.mov"
    source = f"testsrc2=size={OVERVIEW[0]}x{OVERVIEW[1]}:rate=25,noise=alls=20:allf=t"
    black = "drawbox=t=fill:color=black:enable=eq(n\\,9)"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-vf", black, "-frames:v", "40"]
    form = ["-pix_fmt", "yuv422p10le", "-c:v", "prores_ks", "-profile:v", "3"]
    subprocess.run([*command, *form, movie], check=True, timeout=120)
    data = bytearray(movie.read_bytes())
    at = -1
    for _ in range(8):
        at = data.index(b"icpf", at + 1)
    data[at : at + 4] = b"xxxx"
    movie.write_bytes(data)
    camzarr("convert", movie, folder / "store", "--overview", "all")
    camzarr("convert", movie, folder / "none", "--overview", "none")
    return folder


def test_sheet_from_the_overview_is_that_of_the_frames(overview: Path, tmp_path: Path) -> None:
    out = [tmp_path / f"{i}.png" for i in range(3)]
    done = camzarr("sheet", overview / "store", CLIP, "-o", out[0], "--json")
    assert (json.loads(done.out)["frames"], json.loads(done.out)["unknown"]) == (40, 1)
    camzarr("sheet", overview / "none", CLIP, "-o", out[1])
    camzarr("sheet", overview / "store", CLIP, "-o", out[2], "--frames", ":")
    assert out[0].read_bytes() == out[1].read_bytes() == out[2].read_bytes()


def test_sheet_over_http(tmp_path: Path) -> None:
    """Three requests at most, and under 3 % of the bytes of the frames of a clip without bad ones."""
    movie = tmp_path / f"{CLIP}.mov"
    source = "testsrc2=size=1280x720:rate=25,noise=alls=4:allf=t"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "36", "-c:v", "prores_ks"]
    subprocess.run([*command, "-pix_fmt", "yuv422p10le", "-profile:v", "3", movie], check=True, timeout=240)
    camzarr("convert", movie, tmp_path / "store", "--overview", "all")
    store = tmp_path / "store"
    with nginx(f"root {store};") as web:
        camzarr("sheet", web.url, CLIP, "-o", tmp_path / "sheet.png")
        requests = [line.split('"')[1].split()[1] for line in web.requests()]
    assert len(requests) <= 3, requests
    read = sum((store / request.lstrip("/")).stat().st_size for request in requests)
    frames = opened(store, CLIP, "index", 3)["size"].values.sum()
    print(f"{len(requests)} requests, {read} bytes: {100 * read / frames:.2f} % of those of 36 frames")
    assert read < 0.03 * frames
    camzarr("sheet", store, CLIP, "-o", tmp_path / "frames.png", "--frames", ":")
    assert (tmp_path / "sheet.png").read_bytes() == (tmp_path / "frames.png").read_bytes()


def test_refused(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.png"
    assert ".jpg or .png" in camzarr("sheet", store, CLIP, "-o", tmp_path / "x.gif", code=USAGE).err
    assert "-o OUT" in camzarr("sheet", store, CLIP, code=USAGE).err
    assert "at most 1024" in camzarr(
        "sheet", store, CLIP, "-o", out, "--frames", ",".join(["0:90"] * 12), code=USAGE
    ).err
    out.write_bytes(b"mine")
    assert "--overwrite" in camzarr("sheet", store, CLIP, "-o", out, code=1).err
    assert out.read_bytes() == b"mine"
    camzarr("sheet", store, CLIP, "-o", out, "--overwrite", "--frames", "0")
    assert out.read_bytes()[:4] == b"\x89PNG"
    assert "other: no such clip" in camzarr("sheet", store, "other", "-o", tmp_path / "y.png", code=1).err
    assert not (tmp_path / "y.png").exists()
