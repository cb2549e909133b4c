"""A clip: one recording, its facts, its index and its frames.

    clip = camzarr.open("/data/camhd")["CAMHDA301-20180712T001500"]
    clip[7500]                                               # by number
    clip["2018-07-12T00:05:10.5Z"]                           # by time
    clip[::300]; clip[[0, 10, 20]]; clip[clip.index["flags"] == 0]
    clip[::300].mean(axis=0)                                 # in bounded memory
    clip["2018-07-12T00:05":"2018-07-12T00:06"]
    clip.get_frames_played_in_range(60, 61, scale=4)         # seconds from the first frame

The get_ methods have the names of torchcodec's and take the options of View by name.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Unpack, overload

import numpy as np
import numpy.typing as npt

from . import _native, buffers, display, files, verification
from .analysis import Scene, scenes_of
from .attributes import Attributes
from .errors import FrameNotFoundError, UnsupportedError, UsageError
from .facts import Facts
from .frame import Frame, Frames, Spans, Times
from .progress import Watch
from .times import is_moment, moment, seconds_from_start
from .verification import Finding
from .views import (
    FIELDS,
    Pixels,
    Shape,
    View,
    ViewOptions,
    as_pictures,
    rows_of,
    shape_of,
    view_of,
)

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from .store import Store

Integers = Sequence[int] | range | npt.NDArray[np.integer[Any]] | npt.NDArray[np.bool_]

_LIMITS = np.iinfo(np.int64)


class Index(Mapping[str, npt.NDArray[Any]]):
    """The frame index of a clip: read-only columns by name, each (frames,).

    A column is read when it is first used. The columns of a clip in a store are `time`
    (datetime64[ns], UTC), `source_offset` and `size` (bytes), `crc32c`, `shard`, `shard_offset`
    (bytes) and `flags`; a MOV by itself has no `crc32c`, `shard` and `shard_offset`.

    Examples
    --------
    >>> clip.index["size"].max()
    1228800
    >>> clip.index.to_pandas().query("flags != 0")
    """

    def __init__(self, handle: _native.Handle, frames: int, names: Sequence[str]) -> None:
        self._handle = handle
        self._frames = frames
        self._names = names
        self._kept: dict[str, npt.NDArray[Any]] = {}

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name not in _native.COLUMNS:
            raise KeyError(f"{name!r}: not one of {', '.join(_native.COLUMNS)}")
        if name not in self._kept:
            values = _native.column(self._handle, name, self._frames)
            self._kept[name] = values.view("datetime64[ns]") if name == "time" else values
        return self._kept[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<Index: {', '.join(self)}; {display.count(self._frames, 'frame')}>"

    def to_pandas(self) -> pd.DataFrame:
        """The columns as a pandas table.

        Returns
        -------
        pandas.DataFrame
            One row a frame; its index, "frame", is the frame's number.
        """
        import pandas as pd

        return pd.DataFrame(dict(self)).rename_axis("frame")


class Clip:
    """One recording: its facts, its frame index and its frames.

    A clip comes from `store[name]` or from camzarr.open_movie(); it is not constructed directly.
    `len(clip)` is the number of its frames and `for frame in clip` decodes them in their order. It
    can be shared between threads, used after fork, and pickled: only its address is pickled.

    `clip[key]` is RGB, 8 bits. One frame is decoded at once, several when they are used (see
    Frames):

    ====================================  =========================================================
    key                                   result
    ====================================  =========================================================
    7500, -1                              Frame of that number, from 0; negative: from the end
    "2018-07-12T00:05:10.5Z"              Frame that is shown at that moment (str, datetime,
                                          datetime64, pandas.Timestamp; UTC without an offset)
    timedelta(seconds=60)                 Frame that is shown that long after the first one begins
    ::300                                 Frames of a slice of numbers
    t0:t1                                 Frames that are shown in [t0, t1); `...` is the clip's end
    [0, 10, 20]                           Frames of these numbers, or of these moments
    mask                                  Frames where a mask of (frames,) is true
    ====================================  =========================================================

    Attributes
    ----------
    facts : Facts
        Size, codec, rate, time and source of the recording.
    index : Index
        Columns with one value a frame: `size` (bytes), `crc32c`, `flags`, ...

    Parameters
    ----------
    handle, store
        Internal.

    Raises
    ------
    FrameNotFoundError
        `clip[key]` of a number that the clip does not have (an IndexError).
    NotFoundError
        `clip[key]` of a moment before the first or after the last frame, or of a frame that the
        recording lacks.
    CorruptError
        The frame is damaged: its checksum or a slice of it is wrong.
    UsageError
        A key of another type.

    Examples
    --------
    >>> clip = camzarr.open("/data/camhd")["CAMHDA301-20180712T001500"]
    >>> clip[7500].data.shape
    (1080, 1920, 3)
    >>> clip.get_frames_in_range(0, 300, 30, layout="gray16le", scale=4).data.shape
    (10, 270, 480)
    >>> clip[::300].mean(axis=0).shape
    (1080, 1920, 3)
    >>> clip[clip.index["size"] > 1_000_000].number
    """

    _columns: Sequence[str] = tuple(_native.COLUMNS)

    def __init__(self, handle: _native.Handle, store: Store | None) -> None:
        self._handle = handle
        self._store = store
        self.facts = Facts.of(_native.clip_facts(handle))
        self.index = Index(handle, self.facts.frames, self._columns)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (self.store.url, self.name)

    @property
    def name(self) -> str:
        """Name of the clip in its store; of a MOV its file name without the ending."""
        return self.facts.name

    @property
    def store(self) -> Store:
        """The store that the clip was opened from. Raises UnsupportedError for a MOV by itself."""
        if self._store is None:
            raise UnsupportedError(f"{self.facts.source_name}: a MOV by itself has no store")
        return self._store

    def __len__(self) -> int:
        return self.facts.frames

    # ---- Times

    @property
    def time(self) -> Times:
        """When each frame is shown: (frames,) datetime64[ns], UTC."""
        return self.index["time"]

    @cached_property
    def duration(self) -> Spans:
        """How long each frame is shown, until the next one: (frames,) timedelta64[ns]."""
        return np.diff(self.time, append=self.facts.end)

    def number_at(self, when: Any) -> int:
        """Find the frame that is shown at a time.

        Parameters
        ----------
        when : str, datetime, datetime64, pandas.Timestamp, float, timedelta or timedelta64
            A moment (UTC unless it has an offset), or the time from the first frame: seconds or a
            timedelta.

        Returns
        -------
        int
            Number of the frame, from 0.

        Raises
        ------
        NotFoundError
            The time is before the first frame, or not before the end of the last one.
        UsageError
            `when` has another type, or is NaN or infinite.

        Examples
        --------
        >>> clip.number_at("2018-07-12T00:05:10.5Z"), clip.number_at(60.0)
        """
        return _native.frame_at(self._handle, self._moment(when))

    def _moment(self, when: Any) -> int:
        if is_moment(when):
            return moment(when)
        ns = int(self.time[0].astype("int64")) + seconds_from_start(when)
        return min(max(ns, int(_LIMITS.min)), int(_LIMITS.max))

    def _range_at(self, start: Any, stop: Any) -> npt.NDArray[np.int64]:
        """Frames that are shown at some moment of [start, stop)."""
        time = self.time.astype("int64")
        over = time + self.duration.astype("int64")
        t0 = int(_LIMITS.min) if start is None or start is ... else self._moment(start)
        t1 = int(_LIMITS.max) if stop is None or stop is ... else self._moment(stop)
        if t1 <= t0:
            return np.empty(0, np.int64)
        return np.nonzero((over > t0) & (time < t1))[0]

    # ---- Frames as recorded

    def raw(self, number: int) -> bytes:
        """Read a frame as the camera recorded it.

        Parameters
        ----------
        number : int
            From 0; negative: from the end.

        Returns
        -------
        bytes
            The ProRes frame, `index["size"][number]` bytes, checked against its CRC-32C.

        Raises
        ------
        FrameNotFoundError
            The clip has no frame of that number.
        NotFoundError
            The recording lacks the frame, or its object is missing.
        CorruptError
            The checksum is wrong.
        """
        if type(number) is not int or not 0 <= number < self.facts.frames:
            (number,) = self._numbers((number,))
        return _native.frame_raw(self._handle, number, self._sizes[number])

    def raws(self, numbers: Integers) -> list[bytes]:
        """Read many frames as recorded; they are fetched together.

        Parameters
        ----------
        numbers : sequence of int, or a mask
            In any order, with repetitions.

        Returns
        -------
        list of bytes
            One per frame.

        Raises
        ------
        FrameNotFoundError, NotFoundError, CorruptError
            As raw(), for the first frame that fails.
        """
        wanted = self._numbers(numbers)
        return _native.frames_raw(self._handle, wanted, [self._sizes[n] for n in wanted])

    @cached_property
    def _sizes(self) -> list[int]:
        """Sizes of the frames as Python integers, which ctypes converts fastest."""
        sizes: list[int] = self.index["size"].tolist()
        return sizes

    def source_bytes(self, offset: int, size: int) -> bytes:
        """Read bytes of the MOV, also those that lie between its frames.

        Parameters
        ----------
        offset, size : int
            In bytes.

        Returns
        -------
        bytes
            `size` bytes.

        Raises
        ------
        NotFoundError
            The range ends beyond the file.
        UsageError
            A negative offset or size.
        """
        if offset < 0 or size < 0:
            raise UsageError(f"{size} bytes at {offset}: neither may be less than 0")
        return _native.source_read(self._handle, offset, size)

    # ---- Pictures

    def shape(self, **view: Unpack[ViewOptions]) -> Shape:
        """Describe the array of one picture; nothing is read.

        Parameters
        ----------
        **view
            Options of View.

        Returns
        -------
        Shape
            Type, axes and planes.

        Examples
        --------
        >>> clip.shape(scale=4).array
        (270, 480, 3)
        """
        return self._plan(view_of(view))[1]

    def select(self, key: Any, **view: Unpack[ViewOptions]) -> Frames:
        """Choose frames, which are decoded when they are used.

        `clip.select(key)` is `clip[key]` of several frames, with options. Nothing is read yet: iteration,
        batches(), mean() and the other reductions, to_dask() and to_xarray(chunks=...) of the result
        decode some frames at a time.

        Parameters
        ----------
        key : slice, sequence or mask
            As in `clip[key]`: a slice of numbers or times (`numpy.s_[::300]`), numbers, times, or a
            mask.
        **view
            Options of View.

        Returns
        -------
        Frames

        Raises
        ------
        FrameNotFoundError
            The clip has no frame of such a number.
        NotFoundError
            No frame is shown at such a time.
        UnsupportedError
            The recording has no such layout.
        UsageError
            A key or an option has an impossible value.

        Examples
        --------
        >>> clip.select(np.s_[::300], layout="gray16le", scale=4).mean(axis=0).shape
        (270, 480)
        """
        chosen = view_of(view)
        return self._lazy(self._numbers(self._chosen(key)), chosen)

    def get_frame_at(
        self, index: int, *, out: Pixels | None = None, **view: Unpack[ViewOptions]
    ) -> Frame:
        """Decode a frame by its number.

        Parameters
        ----------
        index : int
            From 0; negative: from the end.
        out : ndarray, optional
            Array that takes the picture, of the shape and type of `data`, contiguous; `data` is then
            this array. Its content is undefined if the frame fails.
        **view
            Options of View: layout, scale, fields, region, conceal, threads.

        Returns
        -------
        Frame
            `data` is (height, width, 3) of uint8 without options.

        Raises
        ------
        FrameNotFoundError
            The clip has no frame of that number.
        NotFoundError
            The recording lacks the frame.
        CorruptError
            The frame is damaged.
        UnsupportedError
            The recording has no such layout: "yuv444p12le" of 4:2:2.
        UsageError
            An option has an impossible value.

        Examples
        --------
        >>> clip.get_frame_at(7500, layout="gray16le").data.dtype
        dtype('uint16')
        """
        chosen = view_of(view)
        into = out[np.newaxis] if isinstance(out, np.ndarray) else out
        frame = self._frames(self._numbers([index]), chosen, into)[0]
        return frame if out is None else replace(frame, data=out)

    def get_frames_at(
        self, indices: Integers, *, out: Pixels | None = None, **view: Unpack[ViewOptions]
    ) -> Frames:
        """Decode frames by number; they are fetched and decoded together.

        Parameters
        ----------
        indices : sequence of int, or a mask
            Numbers in any order, with repetitions; or booleans, one a frame of the clip.
        out : ndarray, optional
            Array that takes the pictures, of the shape and type of `data`, contiguous; it can be
            longer. `data` is then a view of it. Its content is undefined if a frame fails.
        **view
            Options of View.

        Returns
        -------
        Frames
            `data` is (frames, height, width, 3) of uint8 without options.

        Raises
        ------
        FrameNotFoundError, NotFoundError, CorruptError, UnsupportedError, UsageError
            As get_frame_at(), for the first frame that fails.

        Examples
        --------
        >>> buffer = np.empty((16, 1080, 1920, 3), np.uint8)
        >>> for first in range(0, len(clip), 16):
        ...     numbers = range(first, min(first + 16, len(clip)))
        ...     print(clip.get_frames_at(numbers, out=buffer).data.mean())
        """
        return self._frames(self._numbers(indices), view_of(view), out)

    def get_frames_in_range(
        self,
        start: int,
        stop: int,
        step: int = 1,
        *,
        out: Pixels | None = None,
        **view: Unpack[ViewOptions],
    ) -> Frames:
        """Decode frames start, start + step, ... before stop.

        Parameters
        ----------
        start, stop, step : int
            Numbers of frames, as range() takes them.
        out : ndarray, optional
            As for get_frames_at().
        **view
            Options of View.

        Returns
        -------
        Frames

        Raises
        ------
        FrameNotFoundError, NotFoundError, CorruptError, UnsupportedError, UsageError
            As get_frame_at(), for the first frame that fails.
        """
        return self.get_frames_at(range(start, stop, step), out=out, **view)

    def get_frame_played_at(
        self, seconds: Any, *, out: Pixels | None = None, **view: Unpack[ViewOptions]
    ) -> Frame:
        """Decode the frame that is shown at a time.

        Parameters
        ----------
        seconds : float, timedelta, str, datetime or datetime64
            Seconds from the first frame, or a moment; see number_at().
        out : ndarray, optional
            As for get_frame_at().
        **view
            Options of View.

        Returns
        -------
        Frame

        Raises
        ------
        NotFoundError
            No frame is shown then.
        CorruptError, UnsupportedError, UsageError
            As get_frame_at().
        """
        return self.get_frame_at(self.number_at(seconds), out=out, **view)

    def get_frames_played_at(
        self, seconds: Sequence[Any], *, out: Pixels | None = None, **view: Unpack[ViewOptions]
    ) -> Frames:
        """Decode the frames that are shown at many times.

        Parameters
        ----------
        seconds : sequence
            Times, each as in get_frame_played_at().
        out : ndarray, optional
            As for get_frames_at().
        **view
            Options of View.

        Returns
        -------
        Frames
            One a time, in their order.

        Raises
        ------
        NotFoundError, CorruptError, UnsupportedError, UsageError
            As get_frame_played_at().
        """
        return self.get_frames_at([self.number_at(s) for s in seconds], out=out, **view)

    def get_frames_played_in_range(
        self, start: Any, stop: Any, *, out: Pixels | None = None, **view: Unpack[ViewOptions]
    ) -> Frames:
        """Decode all frames that are shown in [start, stop).

        Parameters
        ----------
        start, stop : float, timedelta, str, datetime or datetime64
            Times, each as in get_frame_played_at(); None or `...`: the clip's own start or end.
        out : ndarray, optional
            As for get_frames_at().
        **view
            Options of View.

        Returns
        -------
        Frames
            None of them if stop is not after start.

        Raises
        ------
        CorruptError, UnsupportedError, UsageError
            As get_frame_at().
        """
        return self.get_frames_at(self._range_at(start, stop), out=out, **view)

    # ---- xarray

    def to_xarray(self, **view: Unpack[ViewOptions]) -> xr.Dataset:
        """The clip as a lazy xarray Dataset: what the engine `camzarr` opens.

        Parameters
        ----------
        **view
            layout, scale, fields and threads of View.

        Returns
        -------
        xarray.Dataset
            `video` (time, y, x, channel), `luma` (time, y, x; uint16) and the columns of the
            index. Frames are decoded when values are used.

        Raises
        ------
        UsageError
            An option has an impossible value, or is `region` or `conceal`: use isel().

        Examples
        --------
        >>> clip.to_xarray(scale=4).luma[::300].mean("time")
        """
        from .xarray_engine import clip_dataset

        for name in ("region", "conceal"):
            if name in view:
                raise UsageError(
                    f"{name}: not an option of a lazy array", "select with isel(y=..., x=...)"
                )
        return clip_dataset(self, view_of(view))

    @cached_property
    def video(self) -> xr.DataArray:
        """RGB pictures as a lazy xarray DataArray (time, y, x, channel) of uint8."""
        return self.to_xarray()["video"]

    # ---- The owner's attributes

    @property
    def attributes(self) -> Attributes:
        """Attributes that the owner gave to the clip: license, geospatial_lat_min, ... A mapping that
        can be changed. Raises UnsupportedError for a MOV by itself."""
        return Attributes(self.store._handle, self.store.url, self.name)

    # ---- The whole recording

    # ---- What pictures show

    def scenes(self) -> list[Scene]:
        """Read the scenes: the stretches in which the camera does not move.

        Returns
        -------
        list of Scene
            In their order; empty if there is none.

        Raises
        ------
        NotFoundError
            The clip was not analysed: see Store.analyse().
        SourceChangedError
            The clip was replaced, or analysed anew, since it was opened.
        UnsupportedError
            A MOV by itself.

        Examples
        --------
        >>> [(scene.first, scene.last) for scene in clip.scenes()]
        [(0, 1311), (1402, 1597)]
        """
        return scenes_of(self)

    def statistics(self) -> xr.Dataset:
        """Open the statistics: one value a frame, of all frames.

        Returns
        -------
        xarray.Dataset
            Along `time`: luma_mean, luma_std, luma_min, luma_max, luma_p05, luma_p50, luma_p95,
            cb_mean, cr_mean (10-bit scale), sharpness, difference, shift_x, shift_y (pixels since
            the frame before), zoom, size (bytes) and flags. What is not known is NaN, of integers 0.
            A variable is read when it is used; no plugin of Zarr is needed.

        Raises
        ------
        NotFoundError, SourceChangedError, UnsupportedError
            As scenes().

        Examples
        --------
        >>> dark = clip.statistics().luma_mean < 100
        >>> clip[dark.values].number
        """
        from .analysis_datasets import statistics_of

        return statistics_of(self)

    def overview(self) -> xr.Dataset:
        """Open the overview: pictures of some frames at 1/8 scale.

        Returns
        -------
        xarray.Dataset
            `picture` (time, y, x, channel) uint8 RGB, black where a frame cannot be decoded;
            coordinates are `time`, `frame`, the number of the frame that a picture shows, and the
            centres of the pixels, `y` and `x`, as of frames at scale=8. Pictures are read when they
            are used; no plugin of Zarr is needed.

        Raises
        ------
        NotFoundError, SourceChangedError, UnsupportedError
            As scenes().

        Examples
        --------
        >>> clip.overview().picture.sel(time="2018-07-12T00:05", method="nearest").plot.imshow()
        """
        from .analysis_datasets import overview_of

        return overview_of(self)

    def verify(
        self,
        *,
        source: str | os.PathLike[str] | None = None,
        decode: bool = False,
        progress: Watch = None,
    ) -> list[Finding]:
        """Read all objects of the clip and check them against their digests.

        Checked are the size and SHA-256 of every object, the CRC-32C of every frame, and whether an
        object is missing or unexpected.

        Parameters
        ----------
        source : str or path, optional
            Compare the clip with this MOV, byte for byte: a path, or an http or https URL.
        decode : bool
            Decode every frame as well.
        progress : bool or callable, optional
            As for camzarr.convert().

        Returns
        -------
        list of Finding
            One a difference; empty if there is none.

        Raises
        ------
        NotFoundError
            The clip was removed, or there is no such source.
        SourceChangedError
            The clip was replaced meanwhile.
        UnsupportedError
            A MOV by itself has no digests.
        UnreachableError, DeniedError, InputOutputError
            Objects cannot be read.

        Examples
        --------
        >>> clip.verify(progress=True)
        []
        """
        return verification.verify(self.store._handle, self.name, source, decode, progress)

    def restore(
        self, path: str | os.PathLike[str], *, overwrite: bool = False, progress: Watch = None
    ) -> str:
        """Write the MOV that the clip was converted from, bit for bit.

        Every frame is checked, and so is the MD5 of what was written. The file appears under its
        name when it is complete.

        Parameters
        ----------
        path : str or path
            The file.
        overwrite : bool
            Replace a file that exists.
        progress : bool or callable, optional
            As for camzarr.convert().

        Returns
        -------
        str
            The MD5 of the file, in hexadecimal digits.

        Raises
        ------
        AlreadyExistsError
            The file exists.
        CorruptError
            An object is damaged.
        NotFoundError
            An object is missing.
        UnsupportedError
            A MOV by itself.
        InputOutputError, DeniedError, StoreFullError
            The file cannot be written.

        Examples
        --------
        >>> clip.restore("CAMHDA301-20180712T001500.mov", progress=True)
        '9e107d9d372bb6826bd81d3542a419d6'
        """
        if self._store is None:
            raise UnsupportedError(f"{self.facts.source_name}: a MOV by itself, not a clip of a store")
        files.restore(self, path, overwrite, progress)
        return self.facts.source_md5

    # ---- Files

    def write(
        self,
        frames: Any,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        quality: int | None = None,
        **view: Unpack[ViewOptions],
    ) -> None:
        """Write frames as files, each of which appears under its name when it is complete.

        Pictures are encoded on all processors, in memory for some batches of 64 MiB.

        Parameters
        ----------
        frames : int, moment, slice, sequence or mask
            A frame, or several, as in `clip[...]`.
        path : str or path
            Its ending decides: .png, .tif, .jpg (needs Pillow), .icpf for a frame as recorded; .npy for
            an array, .yuv for the samples of the planes; .mov or .avi for a movie, see write_movie().
            A file of the first four kinds holds one frame: of several, `%06d` or `%d` in the name is
            replaced by the frame's number.
        overwrite : bool
            Replace files that exist.
        quality : int, optional
            Of JPEG, 1 to 100; 95 by default. Chroma is sampled as in the recording.
        **view
            Options of View. The layout is "rgb24" by default, of .yuv "native".

        Raises
        ------
        FrameNotFoundError, NotFoundError, CorruptError
            A frame is not there or damaged; files of frames before it may have been written.
        AlreadyExistsError
            A file exists.
        UsageError
            Several frames for a file that holds one; an option has an impossible value.
        UnsupportedError
            Another ending, or a layout that such a file cannot hold.
        InputOutputError, DeniedError, StoreFullError
            A file cannot be written.

        Examples
        --------
        >>> clip.write(7500, "frame.tif", layout="gray16le")
        >>> clip.write(np.s_[::300], "frames/%06d.jpg", quality=90)
        >>> clip.write("2018-07-12T00:05:10.5Z", "frame.png")
        """
        is_one = _is_single(frames) or not (isinstance(frames, slice) or hasattr(frames, "__len__"))
        if _is_time(frames):
            numbers = [self.number_at(frames)]
        else:
            numbers = self._numbers([frames] if is_one else self._chosen(frames))
        files.write(self, numbers, is_one, path, files.Options(overwrite, quality, view))

    def write_movie(
        self, path: Any, frames: slice | Integers = slice(None), *, overwrite: bool = False
    ) -> None:
        """Write frames as a movie of their own, by stream copy: nothing is decoded.

        Each frame is shown until the next one is due, so a movie of every 30th frame takes as long
        as the clip.

        Parameters
        ----------
        path : str or path
            Its ending decides: .mov or .avi.
        frames : slice, or ascending numbers
            By default all.
        overwrite : bool
            Replace a file that exists.

        Raises
        ------
        AlreadyExistsError
            The file exists.
        UsageError
            Numbers that do not ascend.
        UnsupportedError
            Another ending; AVI beyond 2 GiB or without one constant rate.

        Examples
        --------
        >>> clip.write_movie("first-seconds.mov", slice(0, 300))
        """
        chosen = range(*frames.indices(len(self))) if isinstance(frames, slice) else frames
        files.write_movie(self, self._numbers(chosen), path, overwrite)

    # ---- By key

    @overload
    def __getitem__(self, which: slice | list[Any] | npt.NDArray[Any]) -> Frames: ...
    @overload
    def __getitem__(self, which: Any) -> Frame: ...
    def __getitem__(self, which: Any) -> Frame | Frames:
        if isinstance(which, slice) or (hasattr(which, "__len__") and not _is_single(which)):
            return self.select(which)
        if _is_time(which):
            return self.get_frame_at(self.number_at(which))
        return self.get_frame_at(which)

    def _chosen(self, key: Any) -> Integers:
        """Numbers of the frames that a key of several frames means."""
        if isinstance(key, slice):
            return self._sliced(key)
        if isinstance(key, tuple):
            raise UsageError(
                f"clip[{', '.join(map(str, key))}]: a clip has one axis, its frames",
                "clip[number].data[y0:y1, x0:x1], or clip.video[number, y0:y1, x0:x1]",
            )
        if _is_time(key) or not hasattr(key, "__len__"):
            raise UsageError(f"frames {key!r}: one frame", f"clip.get_frame_at({key!r}), or [{key!r}]")
        if len(key) and _is_time(next(iter(key))):  # a list, an array, a Series
            return [self.number_at(when) for when in key]
        found: Integers = key
        return found

    def _sliced(self, which: slice) -> Integers:
        if _is_time(which.start) or _is_time(which.stop):
            return self._range_at(which.start, which.stop)[:: which.step]
        try:
            return range(*which.indices(len(self)))
        except TypeError:
            raise UsageError(
                f"frames {which}: neither frame numbers nor times",
                "clip.get_frames_played_in_range(start, stop) takes seconds",
            ) from None

    def __iter__(self) -> Iterator[Frame]:
        """All frames in their order; some are decoded ahead."""
        return iter(self.select(slice(None)))

    # ---- How it is done

    def _numbers(self, numbers: Integers) -> list[int]:
        count = self.facts.frames
        if _is_mask(numbers):
            mask = np.asarray(numbers)
            if mask.shape != (count,):
                raise UsageError(
                    f"mask of shape {mask.shape}: {self.name} has {display.count(count, 'frame')}",
                    f"a mask has shape ({count},)",
                )
            return np.nonzero(mask)[0].tolist()
        try:
            asked = [operator.index(n) for n in numbers]
        except TypeError:
            raise UsageError(
                f"frames {numbers!r}: not frame numbers",
                "numbers are integers; get_frame_played_at() takes seconds and moments",
            ) from None
        for n in asked:
            if not -count <= n < count:
                raise FrameNotFoundError(
                    f"frame {n} of {self.name}: it has frames 0 to {count - 1}"
                )
        return [n % count for n in asked]

    def _plan(self, view: View) -> tuple[_native.CView, Shape]:
        whole = view.whole().native(0, 0)
        full = _native.shape_of(self._handle, whole)
        if view.region is not None:
            part = view.native(full.height, full.width)
            return part, shape_of(view.layout, _native.shape_of(self._handle, part))
        return whole, shape_of(view.layout, full)

    def _pictures(self, numbers: list[int], view: View, out: Any = None) -> Pixels:
        native, shape = self._plan(view)
        if out is None:
            rows = buffers.empty(len(numbers), shape.bytes)
        else:
            rows = rows_of(out, len(numbers), shape)
        _native.pictures(self._handle, native, numbers, rows)
        return as_pictures(shape, rows)

    def _frames(self, numbers: list[int], view: View, out: Any = None) -> Frames:
        """Frames, decoded."""
        return self._lazy(numbers, view, self._pictures(numbers, view, out))

    def _lazy(self, numbers: list[int], view: View, data: Pixels | None = None) -> Frames:
        late = self._lateness(view.fields)
        return Frames(
            np.array(numbers, np.int64),
            self.time[numbers] + np.timedelta64(late, "ns"),
            self.duration[numbers],
            self.name,
            view.layout,
            self._plan(view)[1],
            data=data,
            decode=_Decode(self, view),
        )

    def _lateness(self, fields: str) -> int:
        """Nanoseconds from a frame's time until that field of it was taken."""
        code = FIELDS.index(fields)
        return _native.field_time(self._handle, code, 0) - _native.field_time(self._handle, 0, 0)

    # ---- What a notebook shows

    def __repr__(self) -> str:
        f = self.facts
        frames = display.count(f.frames, "frame")
        return f"<Clip {f.name}: {frames} of {f.width}x{f.height}, {f.codec}, from {f.start}Z>"

    def _repr_html_(self) -> str:
        return display.clip(self)


@dataclass(frozen=True)
class _Decode:
    """Decodes frames of a clip; pickles with it."""

    clip: Clip
    view: View

    @property
    def per_shard(self) -> int:
        """Frames of an object."""
        return self.clip.facts.frames_per_shard

    def __call__(self, number: npt.NDArray[np.int64]) -> Pixels:
        return self.clip._pictures(number.tolist(), self.view)

    def on_one_thread(self) -> _Decode:
        """The same on the calling thread, unless the view has a number of threads."""
        return replace(self, view=replace(self.view, threads=self.view.threads or 1))


def _is_single(key: Any) -> bool:
    """A key that has a length and means one frame: a text, an array without axes."""
    return _is_time(key) or getattr(key, "ndim", 1) == 0


def _is_time(value: Any) -> bool:
    return is_moment(value) or isinstance(value, (timedelta, np.timedelta64))


def _is_mask(numbers: Any) -> bool:
    if isinstance(numbers, list):
        return len(numbers) > 0 and all(isinstance(n, (bool, np.bool_)) for n in numbers)
    return getattr(numbers, "dtype", None) == np.bool_


@lru_cache(8)
def _store_at(url: str) -> Store:
    """Stores of this process: tasks that unpickle clips share one."""
    from .store import open

    return open(url)


def _reopen(url: str, name: str) -> Clip:
    return _store_at(url)[name]
