"""How pictures are wanted, and what they are as NumPy arrays.

Names are those of the command: the layouts FFmpeg's (`rgb24`, `gray16le`, ...), the fields `weave`,
`top`, `bottom`, `bob-top` and `bob-bottom`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _native
from ._native import CShape, CView
from .errors import UsageError

Pixels = npt.NDArray[Any]  # uint8 or uint16
Region = tuple[slice, slice]


class Layout(NamedTuple):
    """`channels` of a pixel; 1: no axis for them; 0: planes."""

    code: int
    dtype: str
    channels: int


def _layout(code: int) -> Layout:
    channels, sample_bytes = _native.layout_samples(code)
    return Layout(code, f"uint{8 * sample_bytes}", channels)


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {name: _layout(code) for code, name in enumerate(_native.names("layout_name"))}
)
FIELDS: Sequence[str] = tuple(_native.names("fields_name"))
SCALES: Sequence[int] = (1, 2, 4, 8)
PLANES: Sequence[str] = ("y", "cb", "cr", "alpha")


def one_of(what: str, value: object, known: Sequence[Any]) -> None:
    """Raise UsageError unless it is."""
    if value not in known:
        raise UsageError(f"{what} {value!r}: not one of {', '.join(map(str, known))}")


@dataclass(frozen=True)
class View:
    """How pictures are wanted. Every function that decodes takes these by name.

    layout   what a pixel is: "rgb24", "rgb48le", "gray", "gray16le", "bgr24", "rgba"; or planes as
             recorded: "native" (y, cb, cr and, where there is one, alpha: 10 bit of 4:2:2, 12 bit of
             4:4:4), "yuv422p10le", "yuv444p10le", "yuv444p12le"
    scale    1, 2, 4 or 8: as much smaller, and faster to decode
    fields   of an interlaced recording: "weave" (both), "top" or "bottom" (one, half as high),
             "bob-top" or "bob-bottom" (one at full height)
    region   a part of the result, `numpy.s_[y0:y1, x0:x1]`; only that is decoded
    conceal  damaged slices become grey instead of the error CorruptError
    threads  that decode; 0: as many as there are processors
    """

    layout: str = "rgb24"
    scale: int = 1
    fields: str = "weave"
    region: Region | None = None
    conceal: bool = False
    threads: int = 0

    def __post_init__(self) -> None:
        one_of("layout", self.layout, list(LAYOUTS))
        one_of("scale", self.scale, SCALES)
        one_of("fields", self.fields, FIELDS)

    def whole(self) -> View:
        """The same of the whole picture."""
        return replace(self, region=None)

    def native(self, height: int, width: int) -> CView:
        """For C; height and width are those of the whole result."""
        y0, y1, x0, x1 = _corners(self.region, height, width)
        view = CView(LAYOUTS[self.layout].code, FIELDS.index(self.fields), self.scale)
        if self.region is not None:
            view.x, view.y, view.width, view.height = x0, y0, x1 - x0, y1 - y0
        view.conceal, view.threads = self.conceal, self.threads
        return view


def _corners(region: Region | None, height: int, width: int) -> tuple[int, int, int, int]:
    if region is None:
        return 0, height, 0, width
    corners: list[int] = []
    for part, length in zip(region, (height, width), strict=True):
        start, stop, step = part.indices(length)
        if step != 1 or stop <= start:
            raise UsageError(f"region {region}: no part of a picture of {height} lines of {width}")
        corners += (start, stop)
    return corners[0], corners[1], corners[2], corners[3]


@dataclass(frozen=True)
class Shape:
    """What one picture is as an array: `array` of `dtype`, or 1-D samples where it has `planes`."""

    bytes: int
    dtype: str
    array: tuple[int, ...]
    planes: tuple[tuple[str, int, int, int], ...]  # name, first sample, height, width
    depth: int

    def split(self, data: Pixels) -> dict[str, Pixels]:
        """Planes of a picture by name; no copy."""
        return {n: data[at : at + h * w].reshape(h, w) for n, at, h, w in self.planes}


def shape_of(layout: str, told: CShape) -> Shape:
    """From what C says of a view."""
    kind = LAYOUTS[layout]
    if kind.channels == 0:
        each = tuple(
            (PLANES[i], told.plane[i].offset // 2, told.plane[i].height, told.plane[i].width)
            for i in range(told.planes)
        )
        return Shape(told.bytes, kind.dtype, (told.bytes // 2,), each, told.depth)
    array: tuple[int, ...] = (told.height, told.width)
    if kind.channels > 1:
        array += (kind.channels,)
    return Shape(told.bytes, kind.dtype, array, (), told.depth)


def as_pictures(shape: Shape, rows: npt.NDArray[np.uint8]) -> Pixels:
    """Rows of bytes, one a picture, as pictures; no copy."""
    return rows.view(shape.dtype).reshape((len(rows), *shape.array))
