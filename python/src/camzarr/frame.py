"""One decoded frame, and several of them in one array."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

import numpy as np
import numpy.typing as npt

from . import images
from .errors import UnsupportedError
from .views import Pixels, Shape

if TYPE_CHECKING:
    import xarray as xr

Times = npt.NDArray[np.datetime64]
Spans = npt.NDArray[np.timedelta64]

SHEET = 16  # pictures at most in the preview of many frames


def _as_array(data: Pixels, dtype: npt.DTypeLike | None, copy: bool | None) -> Pixels:
    """What __array__() returns."""
    if dtype is not None and np.dtype(dtype) != data.dtype:
        if copy is False:
            raise ValueError(f"a copy is needed to convert {data.dtype} to {np.dtype(dtype)}")
        return data.astype(dtype)
    return data.copy() if copy else data


@dataclass(frozen=True, eq=False)
class Frame:
    """A decoded frame with its number and its time.

    NumPy and matplotlib take it as an array: `np.asarray(frame)` is `frame.data`, without a copy,
    and `plt.imshow(frame)` shows it. As the last value of a notebook's cell it shows a preview of
    at most 1 MB.

    Attributes
    ----------
    data : ndarray of uint8 or uint16
        (height, width) or (height, width, channels). Of a layout of planes: the samples of all
        planes one after the other, (samples,); `planes` has them by name.
    number : int
        In its clip, from 0.
    time : datetime64[ns]
        When the frame is shown, UTC; with `fields`, when that field was taken.
    duration : timedelta64[ns]
        Until the next frame is shown.
    clip : str
        Name of its clip.
    layout : str
        What a pixel is, as in View: "rgb24".
    shape : Shape
        Type, axes and planes of `data`.

    Examples
    --------
    >>> frame = clip[7500]
    >>> frame.data.shape, frame.time
    ((1080, 1920, 3), numpy.datetime64('2018-07-12T00:04:10.250000000'))
    """

    data: Pixels
    number: int
    time: np.datetime64
    duration: np.timedelta64
    clip: str
    layout: str
    shape: Shape = field(repr=False)

    @property
    def planes(self) -> dict[str, Pixels]:
        """Planes by name, each (height, width), without a copy: "y", "cb", "cr" and, where it is
        recorded, "alpha". Empty unless the layout is one of planes."""
        return self.shape.split(self.data)

    def picture(self) -> Pixels:
        """The picture as an image file can hold it.

        Returns
        -------
        ndarray
            Gray, RGB or RGBA, as `data`; BGR becomes RGB, and planes become their luma in 8 bits.
        """
        if self.shape.planes:
            return (self.planes["y"] >> (self.shape.depth - 8)).astype(np.uint8)
        return self.data[..., ::-1] if self.layout in ("bgr24", "bgr48le") else self.data

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Pixels:
        return _as_array(self.data, dtype, copy)

    def __repr__(self) -> str:
        size = "x".join(map(str, self.data.shape))
        return f"<Frame {self.number} of {self.clip}, {self.time}Z, {self.layout} {size}>"

    def _repr_png_(self) -> bytes:
        return images.preview([self.picture()])


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames of one clip, in the order in which they were requested.

    It has a length, can be iterated over, and `frames[i]` is a Frame. `np.asarray(frames)` is
    `frames.data`, without a copy; the array is contiguous and writable, as `torch.from_numpy()`
    wants it. As the last value of a notebook's cell it shows up to 16 frames, evenly spaced.

    Attributes
    ----------
    data : ndarray of uint8 or uint16
        (frames, height, width) or (frames, height, width, channels); of a layout of planes
        (frames, samples).
    number : ndarray of int64
        (frames,): in the clip, from 0.
    time : ndarray of datetime64[ns]
        (frames,): when each is shown, UTC.
    duration : ndarray of timedelta64[ns]
        (frames,): until the next frame of the clip.
    clip, layout, shape
        As in Frame; `shape` is that of one frame.

    Examples
    --------
    >>> frames = clip[::300]
    >>> np.asarray(frames).mean(axis=0).shape
    (1080, 1920, 3)
    """

    data: Pixels
    number: npt.NDArray[np.int64]
    time: Times
    duration: Spans
    clip: str
    layout: str
    shape: Shape = field(repr=False)

    def to_xarray(self) -> xr.DataArray:
        """The frames as an xarray DataArray, without a copy.

        Returns
        -------
        xarray.DataArray
            Named "video", of dimensions (time, y, x) or (time, y, x, channel), with the
            coordinates `time` (datetime64[ns], UTC) and `frame` (number in the clip).

        Raises
        ------
        UnsupportedError
            The layout is one of planes, which have different sizes.

        Examples
        --------
        >>> clip[::300].to_xarray().mean("time").plot.imshow(yincrease=False)
        """
        if self.shape.planes:
            raise UnsupportedError(
                f"{self.layout}: planes of different sizes do not form one array",
                'frames[0].planes["y"], or layout="gray16le"',
            )
        import xarray as xr

        dims = ("time", "y", "x", "channel")[: self.data.ndim]
        coords = {"time": ("time", self.time), "frame": ("time", self.number)}
        attributes = {"long_name": f"pictures, {self.layout}", "clip": self.clip}
        return xr.DataArray(self.data, coords, dims, "video", attributes)

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Frame]:
        return (self[i] for i in range(len(self)))

    @overload
    def __getitem__(self, which: int) -> Frame: ...
    @overload
    def __getitem__(self, which: slice) -> Frames: ...
    def __getitem__(self, which: int | slice) -> Frame | Frames:
        rest = self.clip, self.layout, self.shape
        data = self.data[which]
        if isinstance(which, slice):
            return Frames(data, self.number[which], self.time[which], self.duration[which], *rest)
        number = int(self.number[which])
        return Frame(data, number, self.time[which], self.duration[which], *rest)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Pixels:
        return _as_array(self.data, dtype, copy)

    def __repr__(self) -> str:
        size = "x".join(map(str, self.data.shape))
        return f"<Frames: {len(self)} of {self.clip}, {self.layout} {size}>"

    def _repr_png_(self) -> bytes | None:
        if not len(self):
            return None
        shown = np.unique(np.linspace(0, len(self) - 1, min(SHEET, len(self))).astype(int))
        return images.preview([self[i].picture() for i in shown.tolist()])
