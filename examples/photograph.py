"""A frame of the seafloor camera CamHD (Axial Seamount, 12 July 2018), at half its size.

The picture is not part of the project. Where it lies in ../shared/data beside the checkout,
BACKDROP is made of it, else BACKDROP is None. What grows is the tube of a worm, made of its own
parts; the snails are copies of a shell of the picture.
"""

from __future__ import annotations

import subprocess
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backdrop import Backdrop, Picture

PICTURE = Path(__file__).resolve().parents[2] / "shared/data/camhd_20180712T001500_frame1259.png"
HEIGHT, WIDTH = 540, 960
SHELL = np.s_[488:528, 296:338]  # of a pale shell
MOUTH = np.s_[200:248, 222:278]  # of the worm's tube
TUBE = np.s_[246:264, 222:278]  # a part of it, below
DARK = 0.04  # behind the tube
SNAIL = 0.62  # size of a snail, of the shell's


@cache
def _photograph() -> Picture:
    size = ("-vf", f"scale={WIDTH}:{HEIGHT}:flags=area")
    command = ["ffmpeg", "-v", "error", "-i", str(PICTURE), *size, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(data, np.uint8).reshape(HEIGHT, WIDTH, 3).astype(np.float32) / 255


def _disc(height: int, width: int, soft: float = 0.25) -> Picture:
    """1 in an ellipse, falling to 0 at the border of the picture: (height, width, 1)."""
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.clip((1 - np.hypot(y, x)) / soft, 0, 1).astype(np.float32)[..., None]


def _put(picture: Picture, part: Picture, alpha: Picture, line: float, column: float) -> None:
    """Lay a part over the picture, its upper left corner at the nearest pixel."""
    y, x = round(line), round(column)
    under = picture[y : y + part.shape[0], x : x + part.shape[1]]
    under += alpha * (part - under)


@lru_cache(2)
def _still(days: float, grown: float) -> Picture:
    """The mouth of the tube is that much higher, and the tube below it that much longer."""
    picture = _photograph().copy()
    lines = round(grown)
    if lines == 0:
        return picture
    mouth, tube = picture[MOUTH].copy(), picture[TUBE].copy()
    below = np.pad(tube, ((0, lines), (0, 0), (0, 0)), mode="reflect")
    _put(picture, np.full_like(mouth, DARK), _disc(*mouth.shape[:2], 0.2), MOUTH[0].start, MOUTH[1].start)
    across = np.abs(np.linspace(-1, 1, tube.shape[1], dtype=np.float32))[None, :, None]
    _put(picture, below, np.clip((0.56 - across) / 0.12, 0, 1), TUBE[0].start - lines, TUBE[1].start)
    _put(picture, mouth, _disc(*mouth.shape[:2], 0.12), MOUTH[0].start - lines, MOUTH[1].start)
    return picture


def _move(picture: Picture, grown: float, frame: int) -> None:
    """Nothing but floc and snails moves."""


@cache
def _snail() -> tuple[Picture, Picture]:
    """A smaller copy of the shell, and where it covers what is behind."""
    shell = _photograph()[SHELL]
    at = [np.arange(0, n, 1 / SNAIL).astype(int) for n in shell.shape[:2]]
    small = shell[np.ix_(*at)]
    return small, _disc(*small.shape[:2])


def _snails(picture: Picture, places: npt.NDArray[np.float64]) -> None:
    shell, alpha = _snail()
    for line, column in places:
        _put(picture, shell, alpha, line - shell.shape[0] / 2, column - shell.shape[1] / 2)


BACKDROP = None
if PICTURE.is_file():
    BACKDROP = Backdrop(
        name="photograph",
        height=HEIGHT,
        width=WIDTH,
        water=np.s_[0:384, 0:960],
        tip=slice(240, 261),
        still=_still,
        move=_move,
        snails=_snails,
    )
