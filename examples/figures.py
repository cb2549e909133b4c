"""What the notebooks' figures have in common."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle


def show(axis: Axes, picture: Any, title: str, bar: int = 100, **options: Any) -> AxesImage:
    """A picture without axes, but with a scale bar of `bar` pixels: the camera's scale in
    millimetres depends on its zoom and on the distance, which the recordings do not contain."""
    shown = axis.imshow(picture, **options)
    height, width = shown.get_array().shape[:2]
    left, line = 0.03 * width, 0.95 * height
    axis.plot([left, left + bar], [line, line], color="white", lw=3, solid_capstyle="butt")
    axis.text(left, line - 0.02 * height, f"{bar} pixels", color="white", fontsize=9)
    axis.set_title(title, fontsize=11)
    axis.set_axis_off()
    return shown


def outline(axis: Axes, region: tuple[slice, slice], color: str) -> None:
    """The border of a region `numpy.s_[y0:y1, x0:x1]`."""
    y, x = region
    size = x.stop - x.start, y.stop - y.start
    axis.add_patch(Rectangle((x.start, y.start), *size, fill=False, color=color, lw=2))
