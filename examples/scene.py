"""A small archive to try the notebooks on: drawn recordings of a hydrothermal vent.

    import scene
    files = scene.recordings()            # MOVs, made when they are asked for first
    store = scene.store()                 # the same, converted into a camzarr store

The picture is a slope of rock in the light of two lamps, a chimney that grows, smoke above it, snails
that graze, and floc drifting by: particles that are many after an eruption and fewer by the day. What
the notebooks find out can so be held against what was drawn. ffmpeg (prores_ks) encodes it, under
names as the archive has them. $CAMZARR_EXAMPLES, else a folder below the temporary one, keeps it.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

import camzarr

Plane = npt.NDArray[np.float32]

HEIGHT, WIDTH = 360, 640
RATE = 30000, 1001
FIRST = datetime(2017, 8, 15, 0, 0, 0)
EVERY = timedelta(days=3)
RECORDINGS = 10
FRAMES, FRAMES_LONG = 45, 240  # of a recording; of the first one
GROWTH = 2.0  # lines that the chimney grows in a day
FLOC, FLOC_DAYS = 420, 9.0  # particles in the picture on the first day; days until a third is left
SNAILS = 6


def folder() -> Path:
    """Where everything is kept."""
    return Path(os.environ.get("CAMZARR_EXAMPLES") or Path(tempfile.gettempdir()) / "camzarr-examples")


# ---- What is drawn, from 0 (black) to 1


@cache
def _cloud(cells: float, seed: int, roughness: float = 4) -> Plane:
    """Noise around 0.5 whose spots are the picture's height / cells across; the smaller the roughness'
    number, the more detail lies in them."""
    white = np.fft.rfft2(np.random.default_rng(seed).normal(size=(HEIGHT, WIDTH)))
    f = np.hypot(np.fft.fftfreq(HEIGHT, 1 / HEIGHT)[:, None], np.fft.rfftfreq(WIDTH, 1 / HEIGHT))
    noise = np.fft.irfft2(white / (1 + (f / cells) ** roughness), (HEIGHT, WIDTH))
    return np.asarray(np.clip(0.5 + 0.2 * noise / noise.std(), 0, 1), np.float32)


@cache
def _rock() -> Plane:
    """Boulders, and cracks between them."""
    cracks = np.abs(_cloud(9, 1, 2.2) - 0.5) + 0.5 * np.abs(_cloud(24, 2, 2.2) - 0.5)
    return np.asarray(np.clip(0.15 + 2.2 * cracks + 0.6 * (_cloud(60, 3, 2) - 0.5), 0, 1), np.float32)


@cache
def _light() -> Plane:
    """Two lamps from above, and the dark behind."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    left = np.exp(-(((x - 200) / 230) ** 2) - ((y - 230) / 150) ** 2)
    right = np.exp(-(((x - 460) / 210) ** 2) - ((y - 250) / 140) ** 2)
    return np.asarray(np.clip(0.06 + 0.75 * left + 0.65 * right, 0, 1), np.float32)


def chimney_top(days: float) -> float:
    """The line on which the chimney ends."""
    return 190 - GROWTH * days


@cache
def _background(days: float) -> npt.NDArray[np.float32]:
    """All that doesn't move within a recording, in colour."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    slope = y > 235 + 25 * np.sin(x / 95) + 30 * (_cloud(6, 40) - 0.5)
    edge = 34 + 0.12 * (y - 60) + 14 * (_cloud(12, 41) - 0.5)
    chimney = (np.abs(x - 330) < edge) & (y > chimney_top(days) + 9 * (_cloud(24, 42) - 0.5))
    shade = _rock() * np.where(slope, 0.75, 0.03) * _light()
    round_ = np.sqrt(np.clip(1 - ((x - 330) / (edge + 1)) ** 2, 0, 1))
    shade = np.where(chimney, (0.35 + 0.6 * _rock()) * round_ * _light(), shade)
    mats = np.clip(_cloud(18, 43) - 0.62, 0, 1) * 1.6 * _light() * (slope | chimney)
    water = 0.05 + 0.10 * _light()
    colours = [shade * c + water * w + mats * m for c, w, m in COLOURS]
    return np.stack(colours, axis=-1).astype(np.float32)


COLOURS = ((0.72, 0.25, 0.85), (0.68, 0.62, 0.80), (0.52, 0.80, 0.60))  # rock, water, bacterial mats


def _smoke(days: float, frame: int) -> Plane:
    """Above the chimney's mouth, rising."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    above = chimney_top(days) - y
    width = 14 + 0.28 * np.clip(above, 0, None)
    drift = 0.15 * above + 6 * np.sin(above / 22 - frame / 9)
    column = np.exp(-(((x - 330 - drift) / width) ** 2)) * (above > -6) * np.exp(-above / 140)
    billows = np.roll(_cloud(26, 50), -2 * frame, axis=0)
    return np.asarray(0.30 * column * (0.35 + billows), np.float32)


def floc(days: float) -> int:
    """Particles in a picture."""
    return round(FLOC * np.exp(-days / FLOC_DAYS)) + 12


def snails(frame: int) -> npt.NDArray[np.float64]:
    """Where each snail is: (line, column) a row. They graze along small loops."""
    which = np.arange(SNAILS)
    angle = 0.9 * which + frame / (70 + 12 * which)
    column = 90 + 85 * which + (28 + 4 * which) * np.sin(angle)
    line = 300 + 12 * (which % 3) + 14 * np.cos(1.3 * angle)
    return np.stack([line, column], axis=1)


def _dots(picture: npt.NDArray[np.float32], places: Plane, size: float, bright: Plane, tint: Plane) -> None:
    """Add round spots, each at (line, column)."""
    reach = int(3 * size) + 1
    grid = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    for (line, column), light in zip(places, bright):
        i, j = int(line), int(column)
        if reach <= i < HEIGHT - reach and reach <= j < WIDTH - reach:
            y, x = grid[0] - (line - i), grid[1] - (column - j)
            spot = light * np.exp(-(y**2 + x**2) / (2 * size**2))
            part = picture[i - reach : i + reach + 1, j - reach : j + reach + 1]
            part += spot[..., None].astype(np.float32) * tint


def picture(days: float, frame: int, seed: int) -> npt.NDArray[np.uint8]:
    """Frame `frame` of a recording that was made so many days after the first."""
    rng = np.random.default_rng(seed)
    drawn = _background(days).copy()
    drawn += _smoke(days, frame)[..., None] * np.float32([0.75, 0.95, 1.0])
    _dots(drawn, np.asarray(snails(frame), np.float32), 3.4, np.full(SNAILS, 0.75), np.float32([1, 0.93, 0.8]))
    n = floc(days)
    start, speed = rng.random((n, 2)), rng.normal((0.2, 1.1), 0.5, (n, 2))
    places = (start * (HEIGHT, WIDTH) + speed * frame) % (HEIGHT, WIDTH)
    _dots(drawn, np.asarray(places, np.float32), 1.1, rng.uniform(0.2, 0.6, n), np.float32([0.9, 1, 1]))
    grain = np.random.default_rng((seed, frame)).normal(0, 0.012, drawn.shape)
    return np.asarray(np.clip(255 * (drawn + grain), 0, 255), np.uint8)


# ---- Recordings


def _encode(path: Path, start: datetime, days: float, frames: int, seed: int) -> None:
    """Under its name when it is complete."""
    part = path.with_suffix(".part")
    into = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", "{}/{}".format(*RATE))
    colour = ("-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709", "-color_primaries", "bt709")
    prores = ("-c:v", "prores_ks", "-profile:v", "standard", "-pix_fmt", "yuv422p10le")
    made = ("-color_trc", "bt709", "-metadata", f"creation_time={start.isoformat()}Z", "-f", "mov")
    command = ["ffmpeg", "-v", "error", "-y", *into, "-i", "-", *colour, *prores, *made, str(part)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdin is not None
        for frame in range(frames):
            ffmpeg.stdin.write(picture(days, frame, seed).tobytes())
        ffmpeg.stdin.close()
    if ffmpeg.returncode != 0:
        raise RuntimeError(f"ffmpeg could not write {part}")
    part.rename(path)


def recordings() -> list[Path]:
    """The files, oldest first. Names stamp the end of a recording, to the minute, as the archive's do."""
    files = []
    for i in range(RECORDINGS):
        start = FIRST + i * EVERY
        path = folder() / "raw" / f"CAMHDA301-{start + timedelta(minutes=15):%Y%m%dT%H%M%S}.mov"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            days = i * EVERY / timedelta(days=1)
            _encode(path, start, days, FRAMES if i else FRAMES_LONG, seed=i)
        files.append(path)
    return files


def store() -> camzarr.Store:
    """All of them, as a store."""
    for path in recordings():
        camzarr.convert(path, folder() / "store")
    return camzarr.open(folder() / "store")
