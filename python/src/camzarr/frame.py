"""One decoded frame, and several of them in one array."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from math import prod
from typing import TYPE_CHECKING, Any, Protocol, overload

import numpy as np
import numpy.typing as npt

from . import images
from .chunks import batch_size, chunk_sizes
from .coordinates import ATTRIBUTES, Centres
from .errors import UnsupportedError
from .reductions import Axes, Axis, axes_of, extreme, total, variance
from .views import Pixels, Shape

if TYPE_CHECKING:
    import dask.array as da
    import xarray as xr

Times = npt.NDArray[np.datetime64]
Spans = npt.NDArray[np.timedelta64]

SHEET = 16  # pictures at most in the preview of many frames
AHEAD = 16  # frames that iteration decodes together, at most


class Decode(Protocol):
    """How frames of a clip are decoded. It can be pickled."""

    @property
    def per_shard(self) -> int:
        """Frames of an object of the store."""
        ...

    def centres(self) -> tuple[Centres, Centres]:
        """Coordinates of the rows and of the columns of a picture."""
        ...

    def __call__(self, number: npt.NDArray[np.int64]) -> Pixels:
        """Pictures of these frames."""
        ...

    def on_one_thread(self) -> Decode:
        """The same on the calling thread, unless the view has a number of threads."""
        ...


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
            Gray, RGB or RGBA, as `data`; BGR becomes RGB, 10 bits become 16, and planes become
            their luma in 8 bits.
        """
        if self.shape.planes:
            return (self.planes["y"] >> (self.shape.depth - 8)).astype(np.uint8)
        if self.layout == "gray10le":
            return self.data << 6 | self.data >> 4
        return self.data[..., ::-1] if self.layout in ("bgr24", "bgr48le") else self.data

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Pixels:
        return _as_array(self.data, dtype, copy)

    def __repr__(self) -> str:
        size = "x".join(map(str, self.data.shape))
        return f"<Frame {self.number} of {self.clip}, {self.time}Z, {self.layout} {size}>"

    def _repr_png_(self) -> bytes:
        return images.preview([self.picture()])


class Frames:
    """Frames of one clip, in the order in which they were requested.

    It has a length, can be iterated over, and `frames[i]` is a Frame. `np.asarray(frames)` is
    `frames.data`, without a copy; the array is contiguous and writable, as `torch.from_numpy()`
    wants it. As the last value of a notebook's cell it shows up to 16 frames, evenly spaced.

    Frames of `clip[...]` and clip.select() are decoded when they are used: all of them by `data`,
    which keeps them, and some at a time by iteration, batches(), the reductions and to_dask(), which
    need memory for some batches of 64 MiB only. NumPy's functions of the same names call the
    reductions: `np.mean(frames, axis=0)`.

    Parameters
    ----------
    number, time, duration, clip, layout, shape
        The attributes.
    data : ndarray, optional
        The pictures, if they are decoded.
    decode : callable, optional
        Internal.

    Attributes
    ----------
    data : ndarray of uint8 or uint16
        (frames, height, width) or (frames, height, width, channels); of a layout of planes
        (frames, samples). Decodes all frames when it is used for the first time.
    number : ndarray of int64
        (frames,): in the clip, from 0.
    time : ndarray of datetime64[ns]
        (frames,): when each is shown, UTC.
    duration : ndarray of timedelta64[ns]
        (frames,): until the next frame of the clip.
    clip, layout, shape
        As in Frame; `shape` is that of one frame.

    Raises
    ------
    NotFoundError
        `data`, or a method that decodes: the recording lacks a frame.
    CorruptError
        The same: a frame is damaged.

    Examples
    --------
    >>> frames = clip[::300]
    >>> frames.mean(axis=0).shape
    (1080, 1920, 3)
    >>> for batch in frames.batches(16):
    ...     model(torch.from_numpy(batch.data))
    """

    def __init__(
        self,
        number: npt.NDArray[np.int64],
        time: Times,
        duration: Spans,
        clip: str,
        layout: str,
        shape: Shape,
        *,
        data: Pixels | None = None,
        decode: Decode | None = None,
    ) -> None:
        self.number = number
        self.time = time
        self.duration = duration
        self.clip = clip
        self.layout = layout
        self.shape = shape
        self._data = data
        self._decode = decode

    # ---- Arrays

    @property
    def data(self) -> Pixels:
        """All pictures in one array."""
        if self._data is None:
            self._data = self._decoded(self.number)
        return self._data

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a sample: uint8 or uint16."""
        return np.dtype(self.shape.dtype)

    @property
    def ndim(self) -> int:
        """Number of axes of `data`."""
        return 1 + len(self.shape.array)

    @property
    def nbytes(self) -> int:
        """Bytes of `data`."""
        return len(self) * self.shape.bytes

    def _decoded(self, number: npt.NDArray[np.int64]) -> Pixels:
        assert self._decode is not None
        return self._decode(number)

    def _part(self, which: slice) -> Frames:
        rest = self.clip, self.layout, self.shape
        data = None if self._data is None else self._data[which]
        rows = self.number[which], self.time[which], self.duration[which]
        return Frames(*rows, *rest, data=data, decode=self._decode)

    def __len__(self) -> int:
        return len(self.number)

    def __iter__(self) -> Iterator[Frame]:
        """Some frames are decoded ahead."""
        for batch in self.batches(min(AHEAD, batch_size(None, self.shape.bytes))):
            yield from (batch[i] for i in range(len(batch)))

    @overload
    def __getitem__(self, which: int) -> Frame: ...
    @overload
    def __getitem__(self, which: slice) -> Frames: ...
    def __getitem__(self, which: int | slice) -> Frame | Frames:
        if isinstance(which, slice):
            return self._part(which)
        number = self.number[which]
        data = self._decoded(number.reshape(1))[0] if self._data is None else self._data[which]
        when = self.time[which], self.duration[which]
        return Frame(data, int(number), *when, self.clip, self.layout, self.shape)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Pixels:
        return _as_array(self.data, dtype, copy)

    # ---- Batches

    def batches(self, size: int | None = None) -> Iterator[Frames]:
        """Iterate over the frames in batches; the next one is decoded while one is used.

        Memory of a batch is used again when its arrays are dropped, so a loop that keeps none of
        them needs memory for three batches at most.

        Parameters
        ----------
        size : int, optional
            Frames of a batch; the last one can have fewer. By default as many as have 64 MiB, at
            most 64.

        Yields
        ------
        Frames
            Decoded.

        Raises
        ------
        UsageError
            `size` is no number of frames.
        NotFoundError, CorruptError
            A frame of the next batch is missing or damaged.

        Examples
        --------
        >>> for batch in clip.select(slice(None), scale=4).batches(16):
        ...     print(batch.number[0], batch.data.mean())
        """
        return self._batches(batch_size(size, self.shape.bytes))

    def _batches(self, size: int) -> Iterator[Frames]:
        parts = (self._part(slice(at, at + size)) for at in range(0, len(self), size))
        if self._data is not None:
            yield from parts
            return
        with ThreadPoolExecutor(1) as pool:
            ahead: Future[Frames] | None = None
            for part in parts:
                following = pool.submit(_decoded, part)
                if ahead is not None:
                    yield ahead.result()
                ahead = following
                del following
            if ahead is not None:
                yield ahead.result()

    # ---- Reductions

    def mean(
        self,
        axis: Axis = None,
        dtype: npt.DTypeLike | None = None,
        out: Pixels | None = None,
        keepdims: bool = False,
    ) -> Any:
        """Mean over axes of `data`, batch by batch.

        Parameters
        ----------
        axis : int or tuple of int, optional
            0 is that of the frames; by default all axes.
        dtype : dtype, optional
            Type of the result; by default float64.
        out : ndarray, optional
            Array that takes the result.
        keepdims : bool
            Keep reduced axes with length 1.

        Returns
        -------
        ndarray or float64
            Equal to `numpy.mean(frames.data, axis)`.

        Raises
        ------
        NotFoundError, CorruptError
            A frame is missing or damaged.

        Examples
        --------
        >>> clip[::300].mean(axis=0).shape
        (1080, 1920, 3)
        >>> clip.select(slice(None), layout="gray16le", scale=8).mean(axis=(1, 2))
        """
        return self._reduced(np.mean, self._mean, axis, dtype, out, keepdims)

    def sum(
        self,
        axis: Axis = None,
        dtype: npt.DTypeLike | None = None,
        out: Pixels | None = None,
        keepdims: bool = False,
    ) -> Any:
        """Sum over axes of `data`, batch by batch.

        Parameters
        ----------
        axis, dtype, out, keepdims
            As for mean(); the type is uint64 by default.

        Returns
        -------
        ndarray or uint64
            Equal to `numpy.sum(frames.data, axis)`.

        Raises
        ------
        NotFoundError, CorruptError
            A frame is missing or damaged.
        """
        return self._reduced(np.sum, total, axis, dtype, out, keepdims)

    def var(
        self,
        axis: Axis = None,
        dtype: npt.DTypeLike | None = None,
        out: Pixels | None = None,
        ddof: float = 0,
        keepdims: bool = False,
    ) -> Any:
        """Variance over axes of `data`, frame by frame.

        Parameters
        ----------
        axis, dtype, out
            As for mean().
        ddof : float
            The divisor is the number of values less `ddof`.
        keepdims : bool
            As for mean().

        Returns
        -------
        ndarray or float64
            `numpy.var(frames.data, axis, ddof=ddof)`, but for rounding.

        Raises
        ------
        NotFoundError, CorruptError
            A frame is missing or damaged.
        """
        by_batch = partial(self._variance, ddof=ddof)
        return self._reduced(partial(np.var, ddof=ddof), by_batch, axis, dtype, out, keepdims)

    def std(
        self,
        axis: Axis = None,
        dtype: npt.DTypeLike | None = None,
        out: Pixels | None = None,
        ddof: float = 0,
        keepdims: bool = False,
    ) -> Any:
        """Standard deviation over axes of `data`, frame by frame.

        Parameters
        ----------
        axis, dtype, out, ddof, keepdims
            As for var().

        Returns
        -------
        ndarray or float64
            `numpy.std(frames.data, axis, ddof=ddof)`, but for rounding.

        Raises
        ------
        NotFoundError, CorruptError
            A frame is missing or damaged.
        """
        by_batch = partial(self._deviation, ddof=ddof)
        return self._reduced(partial(np.std, ddof=ddof), by_batch, axis, dtype, out, keepdims)

    def min(self, axis: Axis = None, out: Pixels | None = None, keepdims: bool = False) -> Any:
        """Minimum over axes of `data`, batch by batch.

        Parameters
        ----------
        axis, out, keepdims
            As for mean().

        Returns
        -------
        ndarray or sample
            `numpy.min(frames.data, axis)`.

        Raises
        ------
        ValueError
            There are no frames.
        NotFoundError, CorruptError
            A frame is missing or damaged.
        """
        by_batch = partial(extreme, of=np.minimum)
        return self._reduced(np.minimum.reduce, by_batch, axis, None, out, keepdims)

    def max(self, axis: Axis = None, out: Pixels | None = None, keepdims: bool = False) -> Any:
        """Maximum over axes of `data`, batch by batch.

        Parameters
        ----------
        axis, out, keepdims
            As for mean().

        Returns
        -------
        ndarray or sample
            `numpy.max(frames.data, axis)`.

        Raises
        ------
        ValueError
            There are no frames.
        NotFoundError, CorruptError
            A frame is missing or damaged.
        """
        by_batch = partial(extreme, of=np.maximum)
        return self._reduced(np.maximum.reduce, by_batch, axis, None, out, keepdims)

    def _reduced(
        self,
        of_array: Callable[..., Any],
        by_batch: Callable[[Iterator[Pixels], Axes], Pixels],
        axis: Axis,
        dtype: npt.DTypeLike | None,
        out: Pixels | None,
        keepdims: bool,
    ) -> Any:
        """A reduction by batches; without frames that of NumPy, with its warnings and errors."""
        axes = axes_of(axis, self.ndim)
        if not len(self):
            return of_array(self.data, axis=axes, dtype=dtype, out=out, keepdims=keepdims)
        found = by_batch((batch.data for batch in self.batches()), axes)
        return self._result(found, axes, dtype, out, keepdims)

    def _mean(self, batches: Iterator[Pixels], axes: Axes) -> Pixels:
        return np.asarray(total(batches, axes) / self._count(axes))

    def _variance(self, batches: Iterator[Pixels], axes: Axes, ddof: float) -> Pixels:
        return variance(batches, axes, self._count(axes), ddof)

    def _deviation(self, batches: Iterator[Pixels], axes: Axes, ddof: float) -> Pixels:
        return np.sqrt(self._variance(batches, axes, ddof))

    def _count(self, axes: Axes) -> int:
        """Values that are reduced to one."""
        return prod((len(self), *self.shape.array)[axis] for axis in axes)

    def _result(
        self,
        found: Pixels,
        axes: Axes,
        dtype: npt.DTypeLike | None,
        out: Pixels | None,
        keepdims: bool,
    ) -> Any:
        if dtype is not None:
            found = np.asarray(found).astype(dtype)
        if keepdims:
            found = np.expand_dims(found, axes)
        if out is None:
            return found[()]
        np.copyto(out, found, casting="unsafe")
        return out

    # ---- Dask and xarray

    def to_dask(self, chunks: int | str = "auto") -> da.Array:
        """The frames as a Dask array, whose chunks are decoded when they are computed.

        Parameters
        ----------
        chunks : int or "auto"
            Frames of a chunk. "auto": as many as have 64 MiB; of neighbouring frames, chunks end where
            shards end, so that no object is read by two tasks.

        Returns
        -------
        dask.array.Array
            Of the shape and type of `data`. A task decodes on its own thread alone, unless the view
            has `threads`.

        Raises
        ------
        UsageError
            `chunks` is no number of frames.

        Examples
        --------
        >>> clip.select(slice(None, None, 30), layout="gray16le").to_dask().std(axis=0).compute()
        """
        array: Any = import_module("dask.array")  # it has few types
        assert self._decode is not None
        sizes = chunk_sizes(self.number, self._decode.per_shard, self.shape.bytes, chunks)
        if self._data is not None:
            made = array.from_array(self._data, (sizes, *self.shape.array), name=False)
        else:
            made = array.map_blocks(
                _decode_block,
                array.from_array(self.number, (sizes,)),
                decode=self._decode.on_one_thread(),
                dtype=self.dtype,
                chunks=(sizes, *((n,) for n in self.shape.array)),
                new_axis=list(range(1, self.ndim)),
                meta=np.empty((0,) * self.ndim, self.dtype),
            )
        lazy: da.Array = made
        return lazy

    def to_xarray(self, chunks: int | str | None = None) -> xr.DataArray:
        """The frames as an xarray DataArray.

        Parameters
        ----------
        chunks : int or "auto", optional
            Dask chunks, as for to_dask(). By default all frames are in memory: the array shares it
            with `data`.

        Returns
        -------
        xarray.DataArray
            Named "video", of dimensions (time, y, x) or (time, y, x, channel), with the
            coordinates `time` (datetime64[ns], UTC), `frame` (number in the clip), `y` and `x`
            (centres of the pixels, counted from the lower left one of the whole picture at full
            size, as the store has them; so plots are the right way up).

        Raises
        ------
        UnsupportedError
            The layout is one of planes, which have different sizes.
        UsageError
            `chunks` is no number of frames.
        NotFoundError, CorruptError
            A frame is missing or damaged.

        Examples
        --------
        >>> clip[::300].to_xarray().mean("time").plot.imshow()
        >>> clip[:].to_xarray(chunks="auto").std("time").compute()
        """
        if self.shape.planes:
            raise UnsupportedError(
                f"{self.layout}: planes of different sizes do not form one array",
                'frames[0].planes["y"], or layout="gray16le"',
            )
        import xarray as xr

        assert self._decode is not None
        y, x = self._decode.centres()
        dims = ("time", "y", "x", "channel")[: self.ndim]
        coords = {
            "time": ("time", self.time),
            "frame": ("time", self.number),
            "y": ("y", y, dict(ATTRIBUTES["y"])),
            "x": ("x", x, dict(ATTRIBUTES["x"])),
        }
        attributes = {"long_name": f"pictures, {self.layout}", "clip": self.clip}
        data = self.data if chunks is None else self.to_dask(chunks)
        return xr.DataArray(data, coords, dims, "video", attributes)

    # ---- What a notebook shows

    def __repr__(self) -> str:
        size = "x".join(map(str, (len(self), *self.shape.array)))
        return f"<Frames: {len(self)} of {self.clip}, {self.layout} {size}>"

    def _repr_png_(self) -> bytes | None:
        if not len(self):
            return None
        shown = np.unique(np.linspace(0, len(self) - 1, min(SHEET, len(self))).astype(int))
        return images.preview([self[i].picture() for i in shown.tolist()])


def _decoded(frames: Frames) -> Frames:
    """Decode all of them."""
    _ = frames.data
    return frames


def _decode_block(number: npt.NDArray[np.int64], decode: Decode) -> Pixels:
    """A chunk of a Dask array."""
    return decode(number)
