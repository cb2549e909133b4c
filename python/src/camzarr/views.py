"""Options of decoding, and pictures as NumPy arrays.

Names are those of the command: the layouts FFmpeg's (`rgb24`, `gray16le`, ...), the fields `weave`,
`top`, `bottom`, `bob-top` and `bob-bottom`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, NamedTuple, TypedDict, cast

import numpy as np
import numpy.typing as npt

from . import _native
from ._native import CShape, CView
from .errors import UsageError

Pixels = npt.NDArray[Any]  # uint8 or uint16
Region = tuple[slice, slice]


class ViewOptions(TypedDict, total=False):
    """Options of View, for type checkers."""

    layout: str
    scale: int
    fields: str
    region: Region | None
    conceal: bool
    threads: int


class Layout(NamedTuple):
    """A layout: `channels` of a pixel; 1: no axis for them; 0: planes."""

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


def view_of(options: ViewOptions) -> View:
    """Make a View of keyword options. Raises TypeError for an unknown name."""
    known = [option.name for option in dataclass_fields(View)]
    for name in options:
        if name not in known:
            like = get_close_matches(name, known, 1)
            meant = f", did you mean {like[0]}=?" if like else ""
            raise TypeError(f"unknown option {name!r}{meant} (options: {', '.join(known)})")
    return View(**cast("dict[str, Any]", options))


def one_of(what: str, value: object, known: Sequence[Any]) -> None:
    """Raise UsageError unless `value` is one of those known."""
    if value in known:
        return
    like = get_close_matches(value, known, 1) if isinstance(value, str) else []
    hint = f"did you mean {what}={like[0]!r}?" if like else ""
    raise UsageError(f"{what} {value!r}: not one of {', '.join(map(str, known))}", hint)


@dataclass(frozen=True)
class View:
    """How pictures are decoded. Every function that decodes takes these options by name.

    Parameters
    ----------
    layout : str
        What a pixel is: "rgb24" (the default), "rgb48le", "bgr24", "bgr48le", "rgba", "rgba64le",
        "gray", "gray10le", "gray16le". Planes as recorded: "native" (y, cb, cr and, where it is
        recorded, alpha: 10 bits of 4:2:2, 12 bits of 4:4:4), "yuv422p10le", "yuv444p10le",
        "yuv444p12le", "yuva444p10le", "yuva444p12le".
    scale : {1, 2, 4, 8}
        Divide width and height by it; smaller pictures are decoded faster.
    fields : str
        Of an interlaced recording: "weave" (both, the default), "top" or "bottom" (one, half as
        high), "bob-top" or "bob-bottom" (one, at full height).
    region : tuple of two slices, optional
        A part of the scaled picture in pixels, `numpy.s_[y0:y1, x0:x1]`; only that is decoded.
    conceal : bool
        Damaged slices become grey instead of the error CorruptError.
    threads : int
        Threads that decode; 0: as many as there are processors.

    Raises
    ------
    UsageError
        An option has a value that is not in its list.

    Examples
    --------
    >>> clip.get_frame_at(7500, layout="gray16le", scale=4, region=np.s_[0:128, 0:128])
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
        if self.region is not None:
            _check_region(self.region)

    def whole(self) -> View:
        """The view without its region."""
        return replace(self, region=None)

    def native(self, height: int, width: int) -> CView:
        """The view as the library takes it.

        Parameters
        ----------
        height, width : int
            Of the picture without the region, in pixels.

        Returns
        -------
        CView
            cz_view.

        Raises
        ------
        UsageError
            The region is not a part of such a picture.
        """
        y0, y1, x0, x1 = _corners(self.region, height, width)
        view = CView(LAYOUTS[self.layout].code, FIELDS.index(self.fields), self.scale)
        if self.region is not None:
            view.x, view.y, view.width, view.height = x0, y0, x1 - x0, y1 - y0
        view.conceal, view.threads = self.conceal, self.threads
        return view


def _check_region(region: object) -> None:
    if isinstance(region, tuple) and len(region) == 2 and all(isinstance(p, slice) for p in region):
        return
    hint = "region=numpy.s_[y0:y1, x0:x1]"
    if isinstance(region, (tuple, list)) and len(region) == 4:
        hint = "region=numpy.s_[{}:{}, {}:{}] has lines, then columns".format(*region)
    raise UsageError(f"region {region!r}: not two slices", hint)


def _corners(region: Region | None, height: int, width: int) -> tuple[int, int, int, int]:
    if region is None:
        return 0, height, 0, width
    corners: list[int] = []
    for part, length in zip(region, (height, width), strict=True):
        start, stop, step = part.indices(length)
        if step != 1 or stop <= start:
            raise UsageError(
                f"region {region}: no part of a picture of {height} lines of {width} pixels",
                f"region=numpy.s_[0:{height}, 0:{width}] is all of it; steps are not possible",
            )
        corners += (start, stop)
    return corners[0], corners[1], corners[2], corners[3]


@dataclass(frozen=True)
class Shape:
    """The array of one picture.

    Attributes
    ----------
    bytes : int
        Of the array.
    dtype : str
        "uint8" or "uint16".
    array : tuple of int
        (height, width) or (height, width, channels); of a layout of planes (samples,).
    planes : tuple
        Of a layout of planes: (name, first sample, height, width) of each.
    depth : int
        Significant bits of a sample.
    """

    bytes: int
    dtype: str
    array: tuple[int, ...]
    planes: tuple[tuple[str, int, int, int], ...]
    depth: int

    def split(self, data: Pixels) -> dict[str, Pixels]:
        """Planes of a picture by name, each (height, width), without a copy."""
        return {n: data[at : at + h * w].reshape(h, w) for n, at, h, w in self.planes}


def shape_of(layout: str, native: CShape) -> Shape:
    """From cz_shape, of a view."""
    kind = LAYOUTS[layout]
    if kind.channels == 0:
        each = tuple(
            (PLANES[i], native.plane[i].offset // 2, native.plane[i].height, native.plane[i].width)
            for i in range(native.planes)
        )
        return Shape(native.bytes, kind.dtype, (native.bytes // 2,), each, native.depth)
    array: tuple[int, ...] = (native.height, native.width)
    if kind.channels > 1:
        array += (kind.channels,)
    return Shape(native.bytes, kind.dtype, array, (), native.depth)


def rows_of(out: Any, count: int, shape: Shape) -> npt.NDArray[np.uint8]:
    """The rows of bytes, one a picture, of an array that the caller provides for `count` pictures.
    Raises UsageError unless it has their type and shape."""
    wanted = np.dtype(shape.dtype)
    fits = (
        isinstance(out, np.ndarray)
        and out.dtype == wanted
        and out.shape[1:] == shape.array
        and len(out) >= count
        and out.flags.c_contiguous
        and out.flags.writeable
    )
    if not fits:
        given = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise UsageError(
            f"out: {given}: not a contiguous, writable array of {wanted} {(count, *shape.array)}",
            f'out=numpy.empty({(count, *shape.array)}, "{wanted}")',
        )
    rows: npt.NDArray[np.uint8] = out[:count].reshape(-1).view(np.uint8)
    return rows.reshape(count, shape.bytes)


def as_pictures(shape: Shape, rows: npt.NDArray[np.uint8]) -> Pixels:
    """Rows of bytes, one a picture, as pictures, without a copy."""
    return rows.view(shape.dtype).reshape((len(rows), *shape.array))
