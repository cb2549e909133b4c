"""A drawn vent: a slope of rock in the light of two lamps, a chimney that grows, and smoke above
it."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from backdrop import Backdrop, Picture

Plane = npt.NDArray[np.floating]

HEIGHT, WIDTH = 360, 640


@cache
def _cloud(cells: float, seed: int, roughness: float = 4) -> Plane:
    """Noise around 0.5 whose spots are the picture's height / cells across; the smaller the
    roughness' number, the more detail lies in them."""
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


def chimney_top(grown: float) -> float:
    """The line on which the chimney ends."""
    return 190 - grown


@lru_cache(2)
def _still(days: float, grown: float) -> Picture:
    """All that does not move within a recording."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    slope = y > 235 + 25 * np.sin(x / 95) + 30 * (_cloud(6, 40) - 0.5)
    edge = 34 + 0.12 * (y - 60) + 14 * (_cloud(12, 41) - 0.5)
    chimney = (np.abs(x - 330) < edge) & (y > chimney_top(grown) + 9 * (_cloud(24, 42) - 0.5))
    shade = _rock() * np.where(slope, 0.75, 0.03) * _light()
    round_ = np.sqrt(np.clip(1 - ((x - 330) / (edge + 1)) ** 2, 0, 1))
    shade = np.where(chimney, (0.35 + 0.6 * _rock()) * round_ * _light(), shade)
    mats = np.clip(_cloud(18, 43) - 0.62, 0, 1) * 1.6 * _light() * (slope | chimney)
    water = 0.05 + 0.10 * _light()
    colours = [shade * c + water * w + mats * m for c, w, m in COLOURS]
    return np.stack(colours, axis=-1).astype(np.float32)


COLOURS = ((0.72, 0.25, 0.85), (0.68, 0.62, 0.80), (0.52, 0.80, 0.60))  # rock, water, bacterial mats


def _smoke(grown: float, frame: int) -> Plane:
    """Above the chimney's mouth, rising."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    above = chimney_top(grown) - y
    width = 14 + 0.28 * np.clip(above, 0, None)
    drift = 0.15 * above + 6 * np.sin(above / 22 - frame / 9)
    column = np.exp(-(((x - 330 - drift) / width) ** 2)) * (above > -6) * np.exp(-above / 140)
    billows = np.roll(_cloud(26, 50), -2 * frame, axis=0)
    return np.asarray(0.30 * column * (0.35 + billows), np.float32)


def _move(picture: Picture, grown: float, frame: int) -> None:
    picture += _smoke(grown, frame)[..., None] * np.float32([0.75, 0.95, 1.0])


def _snails(picture: Picture, places: npt.NDArray[np.float64]) -> None:
    dots(picture, places, 3.4, np.full(len(places), 0.75), np.float32([1, 0.93, 0.8]))


def dots(picture: Picture, places: Plane, size: float, bright: Plane, tint: Plane) -> None:
    """Add round spots, each at (line, column)."""
    reach = int(3 * size) + 1
    height, width = picture.shape[:2]
    grid = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    for (line, column), light in zip(places, bright):
        i, j = int(line), int(column)
        if reach <= i < height - reach and reach <= j < width - reach:
            y, x = grid[0] - (line - i), grid[1] - (column - j)
            spot = light * np.exp(-(y**2 + x**2) / (2 * size**2))
            part = picture[i - reach : i + reach + 1, j - reach : j + reach + 1]
            part += spot[..., None].astype(np.float32) * tint


BACKDROP = Backdrop(
    name="drawn",
    height=HEIGHT,
    width=WIDTH,
    water=np.s_[0:180, 0:256],
    tip=slice(315, 346),
    still=_still,
    move=_move,
    snails=_snails,
)
