"""Coordinates of pixels: `y` and `x` of a picture, whatever its scale and fields.

They are the centres of the pixels, in pixels of the whole picture at full size from its lower left
corner, as the arrays `video/y` and `video/x` of a store have them: row 0 is the top one and has the
largest `y`. So pictures of several scales lie on one another, and plots, whose y axis increases
upwards, show them the right way up.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from .facts import Facts
from .views import View

Centres = npt.NDArray[np.floating[Any]]  # float64

_X = "distance of the pixel's centre from the left edge of the picture, in pixels"
_Y = "distance of the pixel's centre from the lower edge of the picture, in pixels"
ATTRIBUTES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "y": {"long_name": _Y, "units": "1", "axis": "Y"},
        "x": {"long_name": _X, "units": "1", "axis": "X"},
        "x_chroma": {"long_name": _X.replace("pixel's", "chroma sample's"), "units": "1"},
    }
)


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
    row = (np.arange(rows) + 0.5) * view.scale - 0.5  # at full size
    if view.fields in ("top", "bottom"):
        row = 2 * row + (view.fields == "bottom")
    return facts.height - 0.5 - row


def x_of(view: View, columns: int) -> Centres:
    """Centres of the columns of a picture, or of its samples of luma, ascending."""
    return (np.arange(columns) + 0.5) * view.scale


def x_chroma_of(view: View, columns: int) -> Centres:
    """Centres of the samples of a plane with half as many columns as luma has. At full size they
    lie on the even samples of luma."""
    return (2 * np.arange(columns) + 1) * view.scale - 0.5
