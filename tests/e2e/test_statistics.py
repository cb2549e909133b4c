"""Statistics, camera motion and scenes (docs/analysis.md) against NumPy on frames that FFmpeg decoded."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from support.command import CAMZARR

PROGRAM = CAMZARR.parent / "tests/analyse_frames"
Plane = NDArray[np.float64]

# What docs/analysis.md promises, in units of each statistic.
BOUNDS = {
    **dict.fromkeys(("luma_mean", "cb_mean", "cr_mean"), 0.25),
    **dict.fromkeys(("luma_min", "luma_max", "luma_p05", "luma_p50", "luma_p95"), 1),
    **dict.fromkeys(("luma_std", "difference"), 0.1),
}
SHARPNESS_BOUND = 0.01  # relative, and 0.5 besides


def ffmpeg(*arguments: str | Path, data: bytes | None = None) -> bytes:
    """Run FFmpeg; its standard output."""
    command = ["ffmpeg", "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=240).stdout


def analysed(movie: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Statistics of each frame, and the scenes."""
    frames = movie.with_suffix(".frames")
    ffmpeg("-i", movie, "-map", "0:v", "-c", "copy", "-f", "rawvideo", frames)
    done = subprocess.run([PROGRAM, frames], capture_output=True, check=True, timeout=240)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [v for v in lines if "scene" not in v], [v for v in lines if "scene" in v]


def decoded(movie: Path, width: int, height: int, pixels: str) -> list[list[Plane]]:
    """Planes y, cb, cr of each frame, 10 bit."""
    raw = np.frombuffer(ffmpeg("-i", movie, "-f", "rawvideo", "-pix_fmt", pixels, "-"), "<u2")
    step = 1 if "444" in pixels else 2
    sizes = [width * height, width // step * height, width // step * height]
    frames = []
    for frame in raw.reshape(-1, sum(sizes)):
        parts = np.split(frame.astype(float), np.cumsum(sizes)[:2])
        scale = 4 if "12" in pixels else 1
        frames.append([part.reshape(height, -1) / scale for part in parts])
    return frames


def rounded(samples: Plane) -> Plane:
    """To 10 bit, as the decoder does."""
    return np.clip(np.floor(samples + 0.5), 4, 1019)


def block_means(plane: Plane) -> Plane:
    """Of a progressive frame: means of 8 x 8 samples, whole blocks only."""
    rows, columns = plane.shape[0] // 8, plane.shape[1] // 8
    return rounded(plane[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8).mean((1, 3)))


def half_block_means(field: Plane) -> Plane:
    """Of a field: two rows for each block, from its mean and its lowest vertical frequency."""
    rows, columns = field.shape[0] // 8, field.shape[1] // 8
    lines = field[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8).mean(3)
    mean = lines.mean(1)
    slope = np.einsum("rlc,l->rc", lines, np.cos((2 * np.arange(8) + 1) * np.pi / 16)) / np.sqrt(32)
    return rounded(np.stack([mean + slope, mean - slope], 1).reshape(rows * 2, columns))


def dc_plane(plane: Plane, interlaced: bool) -> Plane:
    """The plane of the DC picture."""
    if not interlaced:
        return block_means(plane)
    rows = plane.shape[0] // 2
    top, bottom = half_block_means(plane[::2][:rows]), half_block_means(plane[1::2])
    return np.floor((top + bottom + 1) / 2)


def expected(planes: list[Plane], before: list[Plane] | None) -> dict[str, float]:
    """The definitions of docs/analysis.md."""
    y, cb, cr = planes
    ranks = np.percentile(y, [5, 50, 95], method="inverted_cdf")
    return {
        "luma_mean": y.mean(),
        "luma_std": y.std(),
        "luma_min": y.min(),
        "luma_max": y.max(),
        "luma_p05": ranks[0],
        "luma_p50": ranks[1],
        "luma_p95": ranks[2],
        "cb_mean": cb.mean(),
        "cr_mean": cr.mean(),
        "sharpness": (np.diff(y, axis=1) ** 2).mean() + (np.diff(y, axis=0) ** 2).mean(),
        **({"difference": abs(y - before[0]).mean()} if before is not None else {}),
    }


@pytest.mark.parametrize(
    ("name", "size", "pixels", "options"),
    [
        ("progressive", (640, 360), "yuv422p10le", ["-profile:v", "2"]),
        ("no_whole_blocks_at_the_edges", (332, 190), "yuv422p10le", ["-profile:v", "3"]),
        ("top_first", (640, 352), "yuv422p10le", ["-profile:v", "3", "-flags", "+ildct", "-top", "1"]),
        ("bottom_first", (400, 232), "yuv422p10le", ["-profile:v", "3", "-flags", "+ildct", "-top", "0"]),
        ("4444", (320, 184), "yuv444p12le", ["-profile:v", "4"]),
    ],
)
def test_statistics(
    name: str, size: tuple[int, int], pixels: str, options: list[str], tmp_path: Path
) -> None:
    movie = tmp_path / f"{name}.mov"
    source = f"testsrc2=size={size[0]}x{size[1]}:rate=25,noise=alls=12:allf=t"
    ffmpeg("-f", "lavfi", "-i", source, "-frames:v", "8", "-pix_fmt", pixels, "-c:v", "prores_ks", *options, movie)
    got, _ = analysed(movie)
    interlaced = "+ildct" in options
    before: list[Plane] | None = None
    worst: dict[str, float] = {}
    frames = decoded(movie, *size, pixels)
    assert len(got) == len(frames) == 8
    for values, planes in zip(got, frames, strict=True):
        now = [dc_plane(plane, interlaced) for plane in planes]
        for key, wanted in expected(now, before).items():
            bound = BOUNDS.get(key, SHARPNESS_BOUND * wanted + 0.5)
            assert abs(values[key] - wanted) <= bound, (key, values[key], wanted)
            worst[key] = max(worst.get(key, 0), abs(values[key] - wanted))
        before = now
    assert got[0]["difference"] is None
    print(name, {key: round(float(v), 4) for key, v in worst.items()})


# ---- Motion and scenes of made clips -------------------------------------------------------------

WIDTH, HEIGHT = 640, 368


def texture(side: int) -> Plane:
    """Noise of several sizes, smooth."""
    random = np.random.default_rng(7)
    total = np.full((side, side), 420.0)
    for size, strength in ((128, 130), (32, 70), (8, 35)):
        n = side // size + 2
        at = np.arange(side) / size
        low, part = at.astype(int), at % 1
        part = part * part * (3 - 2 * part)
        grid = random.uniform(-1, 1, (n, n))
        rows = grid[low] * (1 - part)[:, None] + grid[low + 1] * part[:, None]
        total += strength * (rows[:, low] * (1 - part) + rows[:, low + 1] * part)
    return total


def view(plane: Plane, x: float, y: float, zoom: float) -> Plane:
    """What a camera sees that looks at (x, y), bilinearly interpolated."""
    across = x + (np.arange(WIDTH) + 0.5 - WIDTH / 2) / zoom - 0.5
    down = y + (np.arange(HEIGHT) + 0.5 - HEIGHT / 2) / zoom - 0.5
    i, j = np.floor(across).astype(int), np.floor(down).astype(int)
    u, v = across - i, (down - j)[:, None]
    part = plane[j[0] : j[-1] + 2, i[0] : i[-1] + 2]
    i, j = i - i[0], j - j[0]
    lines = part[:, i] * (1 - u) + part[:, i + 1] * u
    return lines[j] * (1 - v) + lines[j + 1] * v


def filmed(path: list[tuple[float, float, float]], movie: Path) -> None:
    """A ProRes movie of the views of a path, with noise."""
    plane, random = texture(3072), np.random.default_rng(3)
    gray = np.full(WIDTH * HEIGHT, 512, "<u2").tobytes()
    data = b"".join(
        np.clip(view(plane, *at) + random.normal(0, 6, (HEIGHT, WIDTH)), 4, 1019).astype("<u2").tobytes() + gray
        for at in path
    )
    form = ["-f", "rawvideo", "-pix_fmt", "yuv422p10le", "-s", f"{WIDTH}x{HEIGHT}", "-r", "30"]
    ffmpeg(*form, "-i", "-", "-c:v", "prores_ks", "-profile:v", "2", movie, data=data)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("still", (0, 0, 1)),
        ("slow_pan", (0.4, -0.3, 1)),
        ("pan", (7.3, 3.1, 1)),
        ("fast_pan", (-61.5, 24, 1)),
        ("zoom_in", (0, 0, 1.008)),
        ("zoom_out", (0, 0, 0.99)),
        ("both", (4.5, -2.2, 1.004)),
    ],
)
def test_motion(name: str, step: tuple[float, float, float], tmp_path: Path) -> None:
    path = [(1500.0, 1500.0, 1.0)]
    for _ in range(7):
        x, y, zoom = path[-1]
        path.append((x + step[0], y + step[1], zoom * step[2]))
    filmed(path, tmp_path / "moving.mov")
    frames, _ = analysed(tmp_path / "moving.mov")
    errors = []
    for i in range(1, len(path)):
        x, y = ((path[i - 1][axis] - path[i][axis]) * path[i][2] for axis in (0, 1))
        got = frames[i]
        assert not got["flags"] & 8, got
        edge = (got["zoom"] - path[i][2] / path[i - 1][2]) * WIDTH / 2
        errors.append((got["shift_x"] - x, got["shift_y"] - y, edge))
    worst = np.abs(errors).max(0)
    print(f"{name}: at most {worst[0]:.3f}, {worst[1]:.3f} pixels, zoom at the edge {worst[2]:.3f}")
    assert worst.max() < 1


def test_scenes(tmp_path: Path) -> None:
    """A tour with pans, zooms and cuts: its static stretches, with ends that are right to two frames."""
    path: list[tuple[float, float, float]] = []
    wanted: list[tuple[int, int]] = []

    def stay(n: int) -> None:
        # The frame that ends a motion belongs to the stretch.
        start = len(path) - 1 if path else 0
        path.extend([path[-1] if path else (700.0, 600.0, 1.0)] * n)
        wanted.append((start, len(path) - 1))

    def move(n: int, dx: float, dy: float, zoom: float) -> None:
        for _ in range(n):
            x, y, z = path[-1]
            path.append((x + dx, y + dy, z * zoom))

    def cut(x: float, y: float, n: int) -> None:
        wanted.append((len(path), len(path) + n - 1))
        path.extend([(x, y, 1.0)] * n)

    stay(40)
    move(25, 9, 4, 1)
    stay(45)
    move(30, 0, 0, 1.012)
    stay(35)
    cut(2200, 2100, 40)
    move(30, -1.2, 0.8, 1)
    stay(35)
    cut(700, 2200, 33)
    move(20, 14, -6, 0.995)
    stay(40)
    filmed(path, tmp_path / "tour.mov")
    _, scenes = analysed(tmp_path / "tour.mov")
    got = [(v["first"], v["last"]) for v in scenes]
    found = [w for w in wanted if any(abs(g[0] - w[0]) <= 2 and abs(g[1] - w[1]) <= 2 for g in got)]
    print(f"{len(wanted)} scenes: recall {len(found) / len(wanted):.2f}, precision {len(found) / len(got):.2f}")
    assert found == wanted, got
    assert len(got) == len(wanted), got
    assert all(v["first"] <= v["representative"] <= v["last"] for v in scenes)
