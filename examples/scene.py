"""A small archive to try the notebooks on: recordings of a hydrothermal vent.

    import scene
    files = scene.recordings()            # MOVs, made at the first call
    store = scene.store()                 # the same, converted into a camzarr store
    store = scene.season()                # of three months, with an outage

Ten recordings, one every three days; in the season as well, but shorter ones. The picture is a
frame of the seafloor camera CamHD if that lies in ../shared/data beside the checkout
(photograph.py), else a drawn one (drawn.py). In front of it move what the notebooks measure:
something that grows, snails that graze, and floc, particles that are many after an eruption and
fewer by the day. So each measurement can be compared with what was put in. ffmpeg (prores_ks)
encodes the recordings under names as the archive has them. They are kept in the folder
$CAMZARR_EXAMPLES, by default one below the system's temporary folder.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

import camzarr
import drawn
import photograph
from backdrop import Backdrop

RATE = 30000, 1001
FIRST = datetime(2017, 8, 15, 0, 0, 0)
EVERY = timedelta(days=3)
RECORDINGS = 10
FRAMES, FRAMES_LONG = 45, 240  # of a recording; of the first one
GROWTH = 2.0  # lines that the tip grows in a day
FLOC, FLOC_DAYS = 420, 9.0  # particles in the picture on the first day; days until 1/e is left
SNAILS = 6
NOISE = 0.012  # standard deviation of the camera's noise, of full scale

DRAWN = drawn.BACKDROP
BACKDROP: Backdrop = photograph.BACKDROP or DRAWN
WATER = BACKDROP.water  # a region in which nothing moves but floc
TIP = BACKDROP.tip  # columns of the tip, which grows


def folder() -> Path:
    """Where everything is kept."""
    return Path(os.environ.get("CAMZARR_EXAMPLES") or Path(tempfile.gettempdir()) / "camzarr-examples")


SEASON_FIRST = datetime(2018, 6, 1)
SEASON_DAYS = [day for day in range(0, 92, 3) if not 36 <= day < 48]  # the cable was down in between
SEASON_FRAMES = 9
SEASON_GROWTH, SEASON_MIDDLE, SEASON_SCALE = 50.0, 50.0, 11.0  # lines; days

# ---- What grows and moves


def season_growth(days: float) -> float:
    """Lines that the tip has grown on a day of the season: slowly, fast, and slowly again."""
    return float(SEASON_GROWTH / (1 + np.exp((SEASON_MIDDLE - days) / SEASON_SCALE)))


def floc(days: float) -> int:
    """Particles in a picture of 640 x 360; others have as many in the same area."""
    return round(FLOC * np.exp(-days / FLOC_DAYS)) + 12


def snails(frame: float, backdrop: Backdrop = BACKDROP) -> npt.NDArray[np.float64]:
    """Where each snail is: (line, column) a row. They graze along small loops."""
    which = np.arange(SNAILS)
    angle = 0.9 * which + frame / (70 + 12 * which)
    column = 90 + 85 * which + (28 + 4 * which) * np.sin(angle)
    line = 300 + 12 * (which % 3) + 14 * np.cos(1.3 * angle)
    return np.stack([line, column], axis=1) * (backdrop.height / 360)


@cache
def _noise(height: int, width: int) -> npt.NDArray[np.float32]:
    """Of a picture twice as high; pictures take different parts of it."""
    shape = 2 * height, width, 3
    return NOISE * np.random.default_rng(0).standard_normal(shape, np.float32)


def picture(backdrop: Backdrop, days: float, grown: float, frame: int, seed: int) -> npt.NDArray[np.uint8]:
    """Frame `frame` of a recording that was made so many days after the first, when the tip had
    grown by so many lines."""
    rng = np.random.default_rng(seed)
    shown = backdrop.still(days, grown).copy()
    backdrop.move(shown, grown, frame)
    size = np.array([backdrop.height, backdrop.width])
    backdrop.snails(shown, snails(frame, backdrop))
    n = round(floc(days) * size.prod() / (640 * 360))
    start, speed = rng.random((n, 2)), rng.normal((0.2, 1.1), 0.5, (n, 2))
    places = (start * size + speed * frame) % size
    spots = 1.1 * backdrop.height / 360, rng.uniform(0.2, 0.6, n), np.float32([0.9, 1, 1])
    drawn.dots(shown, places, *spots)
    noise = _noise(backdrop.height, backdrop.width)
    part = np.random.default_rng((seed, frame)).integers(0, backdrop.height)
    shown += np.roll(noise[part : part + backdrop.height], 31 * frame, axis=1)
    return np.asarray(np.clip(255 * shown, 0, 255), np.uint8)


# ---- Recordings


@dataclass(frozen=True)
class Recording:
    """What a file is made of."""

    start: datetime
    days: float
    grown: float
    frames: int
    seed: int

    @property
    def name(self) -> str:
        """It stamps the end of the recording, to the minute, as the archive's names do."""
        return f"CAMHDA301-{self.start + timedelta(minutes=15):%Y%m%dT%H%M00}.mov"


def _encode(path: Path, backdrop: Backdrop, recording: Recording) -> None:
    """Write a recording, which gets its name when it is complete."""
    part = path.with_suffix(".part")
    size = f"{backdrop.width}x{backdrop.height}"
    into = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "{}/{}".format(*RATE))
    colour = ("-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709", "-color_primaries", "bt709")
    prores = ("-c:v", "prores_ks", "-profile:v", "standard", "-pix_fmt", "yuv422p10le")
    made = ("-color_trc", "bt709", "-metadata", f"creation_time={recording.start.isoformat()}Z", "-f", "mov")
    command = ["ffmpeg", "-v", "error", "-y", *into, "-i", "-", *colour, *prores, *made, str(part)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdin is not None
        for frame in range(recording.frames):
            shown = picture(backdrop, recording.days, recording.grown, frame, recording.seed)
            ffmpeg.stdin.write(shown.tobytes())
        ffmpeg.stdin.close()
    if ffmpeg.returncode != 0:
        raise RuntimeError(f"ffmpeg could not write {part}")
    part.rename(path)


def _files(folder: Path, backdrop: Backdrop, wanted: list[Recording]) -> list[Path]:
    """The files, oldest first; those that are missing are made."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / recording.name for recording in wanted]
    for path, recording in zip(files, wanted, strict=True):
        if not path.exists():
            _encode(path, backdrop, recording)
    return files


def _store(files: list[Path], place: Path) -> camzarr.Store:
    for path in files:
        camzarr.convert(path, place)
    return camzarr.open(place)


def recordings(backdrop: Backdrop = BACKDROP) -> list[Path]:
    """The files of a month, oldest first."""
    wanted = []
    for i in range(RECORDINGS):
        days = i * EVERY / timedelta(days=1)
        frames = FRAMES if i else FRAMES_LONG
        wanted.append(Recording(FIRST + i * EVERY, days, GROWTH * days, frames, seed=i))
    return _files(folder() / backdrop.name / "raw", backdrop, wanted)


def store(backdrop: Backdrop = BACKDROP) -> camzarr.Store:
    """All of them, as a store."""
    return _store(recordings(backdrop), folder() / backdrop.name / "store")


def season(backdrop: Backdrop = BACKDROP) -> camzarr.Store:
    """A store of three months: short recordings, one every three days but for an outage. They begin
    some seconds after the hour."""
    wanted = []
    for day in SEASON_DAYS:
        start = SEASON_FIRST + timedelta(days=day, seconds=5 + 7 * day % 40)
        wanted.append(Recording(start, day, season_growth(day), SEASON_FRAMES, seed=100 + day))
    files = _files(folder() / backdrop.name / "season-raw", backdrop, wanted)
    return _store(files, folder() / backdrop.name / "season")
