"""Coordinates of pixels: `y` and `x` of a picture, whatever its scale and fields.

They count pixels of the whole picture at full size, from its lower left one, as the arrays `video/y`
and `video/x` of a store do: row 0 is the top one and has the largest `y`. A pixel of a smaller
picture, or of a field, lies at the mean of those that it covers. So pictures of several scales lie on
one another, and plots, whose y axis increases upwards, show them the right way up.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from .facts import Facts
from .views import View

Centres = npt.NDArray[Any]  # int64 if all are whole, else float64

_X = "column of the pixel, counted from the left"
_Y = "row of the pixel, counted from the bottom"
ATTRIBUTES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "y": {"long_name": _Y, "units": "1"},
        "x": {"long_name": _X, "units": "1"},
        "x_chroma": {"long_name": _X.replace("pixel", "chroma sample"), "units": "1"},
    }
)


def _centres(n: int, scale: int) -> Centres:
    """Of n pixels, each of which covers `scale` pixels at full size."""
    return (np.arange(n) + 0.5) * scale - 0.5


def _exact(centres: Centres) -> Centres:
    whole = centres.astype(np.int64)
    return whole if np.array_equal(whole, centres) else centres


def y_of(facts: Facts, view: View, rows: int) -> Centres:
    """Centres of the rows of a picture, descending.

    Parameters
    ----------
    facts : Facts
        Of the clip.
    view : View
        How the picture is decoded; without a region.
    rows : int
        Of the picture.
    """
    row = _centres(rows, view.scale)
    if view.fields in ("top", "bottom"):
        row = 2 * row + (view.fields == "bottom")
    return _exact(facts.height - 1 - row)


def x_of(view: View, columns: int) -> Centres:
    """Centres of the columns of a picture, or of its samples of luma, ascending."""
    return _exact(_centres(columns, view.scale))


def x_chroma_of(view: View, columns: int) -> Centres:
    """Centres of the samples of a plane with half as many columns as luma has. At full size they
    lie on the even samples of luma."""
    return _exact((2 * np.arange(columns) + 1) * view.scale - 1.0)
