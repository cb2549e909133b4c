"""What a scene is made of, apart from the particles that drift in front of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.float32]  # (height, width, 3), from 0 (black) to 1
Region = tuple[slice, slice]


@dataclass(frozen=True)
class Backdrop:
    """A picture on which something grows and snails graze.

    `still(days, grown)` is what does not move within a recording, where the tip has grown by so
    many lines; `move(picture, grown, frame)` adds what moves, and `snails(picture, places)` the
    snails.
    """

    name: str
    height: int
    width: int
    water: Region
    tip: slice
    still: Callable[[float, float], Picture]
    move: Callable[[Picture, float, int], None]
    snails: Callable[[Picture, npt.NDArray[np.float64]], None]
