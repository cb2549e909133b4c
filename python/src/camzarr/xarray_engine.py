"""The engine `camzarr` for xarray:

    xarray.open_dataset("/data/camhd", engine="camzarr")                       # the table of clips
    clip = xarray.open_dataset("/data/camhd", engine="camzarr", clip=NAME, chunks={})
    clip.video.sel(time="2018-07-12T00:05:10.5", method="ffill")
    xarray.open_dataset("/data/camhd", engine="camzarr", clip=[NAME, NAME])    # joined along time
    xarray.open_dataset("/data/camhd", engine="camzarr", time=slice("2018-07-12", "2018-07-13"))
    xarray.open_mfdataset("/data/camhd/clips/*", engine="camzarr")
    xarray.open_dataset("https://example.org/2018/07/12/NAME.mov", engine="camzarr")

Of a clip: `video` (time, y, x, channel), `luma` (time, y, x; uint16) and the columns of the index;
coordinates are `time` and the centres of the pixels, `y` and `x` (coordinates.py). Of a layout of
planes there are `video_y`, `video_cb`, `video_cr` and, if recorded, `video_alpha` instead of
`video`. Arrays are lazy: frames of one selection are fetched and decoded together, and of a
selection along y and x only the part around it is decoded. A frame that cannot be read raises what
camzarr.open() would raise. Of joined clips, `clip_number` and `frame` say where each frame is from.

xarray.open_datatree() opens a whole store: the table of clips, and each clip below it by its name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import xarray as xr
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing

from . import _native
from ._native import COLUMNS
from .addresses import (
    DOCUMENT,
    clips_of,
    clips_to_join,
    is_movie,
    is_movie_name,
    is_store,
    movie_alone,
    span_of,
)
from .chunks import frames_a_chunk
from .clip import Clip
from .conventions import CLIPS, common, positions
from .coordinates import ATTRIBUTES, x_chroma_of, x_of, y_of
from .facts import Facts
from .joined import Joined, Opened, join, of_clip, open_clip
from .references import array_attributes
from .store import Store
from .store import open as open_store
from .times import text
from .views import LAYOUTS, Shape, View

Key = tuple[Any, ...]

_COLUMNS = tuple(name for name in COLUMNS if name != "time")  # which is the coordinate
_AS_IT_IS = {"_FillValue": None}  # CF allows no missing values among coordinates


# ---- Lazy arrays


class _Column(BackendArray):
    """A column of the index, or the number of a frame's clip or of the frame in it."""

    def __init__(self, joined: Joined, name: str) -> None:
        self.joined, self.name = joined, name
        self.shape = (len(joined),)
        self.dtype = np.dtype(COLUMNS.get(name, "uint32"))

    def __getitem__(self, key: Any) -> Any:
        how = indexing.IndexingSupport.VECTORIZED
        return indexing.explicit_indexing_adapter(key, self.shape, how, self._read)

    def _read(self, key: Key) -> npt.NDArray[Any]:
        rows = np.asarray(np.arange(len(self.joined))[key])
        if self.name == "frame":
            return self.joined.numbers(rows).astype(self.dtype)
        if self.name == "clip_number":
            return self.joined.owners(rows).astype(self.dtype)
        return self.joined.column(self.name, rows, self.dtype)


@dataclass(frozen=True)
class _Window:
    """The shortest range of an axis that contains a selection, and the selection in that range."""

    low: int
    high: int
    pick: Any

    @classmethod
    def of(cls, key: Any, length: int) -> _Window:
        """`key`: a number, a slice or an array of numbers."""
        wanted = np.arange(length)[key]
        if wanted.size == 0:
            return cls(0, length, key)
        low, high = int(wanted.min()), int(wanted.max()) + 1
        if isinstance(key, slice):  # no copy
            return cls(low, high, slice(None, None, key.step))
        return cls(low, high, wanted - low)


class _Pictures(BackendArray):
    """Frames as pictures, or one plane of each."""

    def __init__(self, joined: Joined, view: View, shape: Shape, plane: str = "") -> None:
        self.joined, self.view = joined, view
        self.plane = next((p for p in shape.planes if p[0] == plane), None)
        picture = self.plane[2:] if self.plane else shape.array
        self.shape = (len(joined), *picture)
        self.dtype = np.dtype(shape.dtype)

    def __getitem__(self, key: Any) -> Any:
        how = indexing.IndexingSupport.OUTER
        return indexing.explicit_indexing_adapter(key, self.shape, how, self._read)

    def _read(self, key: Key) -> npt.NDArray[Any]:
        rows = np.arange(len(self.joined))[key[0]]
        inside: Key = key[1:]
        view = self.view
        if not self.plane:  # planes of different sizes have no common part
            y, x = (_Window.of(k, n) for k, n in zip(inside, self.shape[1:3]))
            view = replace(view, region=(slice(y.low, y.high), slice(x.low, x.high)))
            inside = (y.pick, x.pick, *inside[2:])
        picked = self._decoded(np.atleast_1d(rows), view)
        for axis in range(len(inside), 0, -1):  # the last first: a number takes its axis away
            picked = picked[(slice(None),) * axis + (inside[axis - 1],)]
        return picked[0] if rows.ndim == 0 else picked

    def _decoded(self, rows: npt.NDArray[Any], view: View) -> npt.NDArray[Any]:
        data = self.joined.pictures(rows, view)
        if self.plane is None:
            return data
        _, at, height, width = self.plane
        return data[:, at : at + height * width].reshape(-1, height, width)


# ---- What xarray gets


def _chunks(joined: Joined, bytes_a_frame: int) -> tuple[int, ...]:
    """Sizes of chunks, none of which crosses the end of a clip."""
    sizes: list[int] = []
    for part in joined.parts:
        step = frames_a_chunk(part.facts.frames_per_shard, bytes_a_frame)
        ends = [*range(part.first - part.first % step + step, part.stop, step), part.stop]
        sizes += np.diff(ends, prepend=part.first).tolist()
    return tuple(sizes)


def _pictures(
    opened: Opened, view: View, dims: Key, about: str, plane: str = ""
) -> xr.Variable:
    joined = opened.joined
    array = _Pictures(joined, view, opened.shapes[view.layout], plane)
    bytes_a_frame = int(np.prod(array.shape[1:])) * array.dtype.itemsize
    chunks: dict[Any, Any] = {"time": _chunks(joined, bytes_a_frame)}
    chunks |= dict(zip(dims[1:], array.shape[1:]))
    lazy = indexing.LazilyIndexedArray(array)
    told = {"long_name": about, "units": "1"}
    return xr.Variable(dims, lazy, told, {"preferred_chunks": chunks})


def _video(opened: Opened, view: View) -> dict[str, xr.Variable]:
    channels = LAYOUTS[view.layout].channels
    if channels == 0:
        found = {}
        planes = opened.shapes[view.layout].planes
        for name, _, _, width in planes:
            across = "x" if width == planes[0][3] else "x_chroma"
            about = f"plane {name}, as recorded"
            found[f"video_{name}"] = _pictures(opened, view, ("time", "y", across), about, name)
        return found
    dims: Key = ("time", "y", "x", "channel")[: 4 if channels > 1 else 3]
    return {"video": _pictures(opened, view, dims, f"pictures, {view.layout}")}


def _columns(joined: Joined, names: Iterable[str]) -> dict[str, xr.Variable]:
    found = {}
    for name in names:
        column = _Column(joined, name)
        about = array_attributes(name)
        if "flag_masks" in about:
            about["flag_masks"] = np.array(about["flag_masks"], column.dtype)
        if name == "clip_number":
            about["flag_values"] = np.arange(len(joined.parts), dtype=column.dtype)
            about["flag_meanings"] = " ".join(part.facts.name for part in joined.parts)
        found[name] = xr.Variable(("time",), indexing.LazilyIndexedArray(column), about)
    return found


def _attributes_of(facts: Facts) -> dict[str, Any]:
    return {
        "Conventions": "CF-1.11, ACDD-1.3",
        "title": facts.name,
        "history": _history(),
        "source": facts.source_name,
        "source_md5": facts.source_md5,
        "codec": facts.codec,
        "frame_rate": str(facts.rate),
        "interlace": facts.interlace,
        "start_from": facts.start_from,
    }


def _history() -> str:
    return f"camzarr {_native.version()}: opened by the engine camzarr of xarray"


def _attributes(opened: Opened) -> dict[str, Any]:
    """Of joined clips, those that all of them have; and the owner's."""
    joined = opened.joined
    found = common([_attributes_of(part.facts) for part in joined.parts])
    found["title"] = joined.title
    first, last = joined.parts[0].facts, joined.parts[-1].facts
    if "none" not in (first.start_from, last.start_from):
        found["time_coverage_start"] = text(int(opened.time[0].astype("int64")))
        found["time_coverage_end"] = text(int(opened.time[-1].astype("int64")))
    return found | opened.attributes


def _coordinates(opened: Opened, view: View) -> dict[str, tuple[Any, ...]]:
    """`time`, the centres of pixels, and the place of the camera where the owner gave it."""
    told = array_attributes("time")
    about_time = {name: told[name] for name in told if name not in ("units", "calendar")}
    found: dict[str, tuple[Any, ...]] = {"time": ("time", opened.time, about_time)}
    rows, columns = opened.shapes["gray16le"].array
    centres = {
        "y": y_of(opened.joined.parts[0].facts, view, rows),
        "x": x_of(view, columns),
    }
    for name, _, _, width in opened.shapes[view.layout].planes:
        if name == "cb" and width != columns:
            centres["x_chroma"] = x_chroma_of(view, width)
    found |= {n: (n, at, dict(ATTRIBUTES[n]), _AS_IT_IS) for n, at in centres.items()}
    places = positions(opened.attributes)
    return found | {n: ((), value, dict(about), _AS_IT_IS) for n, (value, about) in places.items()}


def _dataset(opened: Opened, view: View, columns: Iterable[str], drop: Iterable[str]) -> xr.Dataset:
    luma = replace(view, layout="gray16le")
    about = "luma, full range, 16 bit"
    variables = {
        **_video(opened, view),
        "luma": _pictures(opened, luma, ("time", "y", "x"), about),
        **_columns(opened.joined, columns),
    }
    coordinates = _coordinates(opened, view)
    return xr.Dataset(
        {name: variable for name, variable in variables.items() if name not in drop},
        {name: variable for name, variable in coordinates.items() if name not in drop},
        _attributes(opened),
    )


def clip_dataset(clip: Clip, view: View, drop: Iterable[str] = ()) -> xr.Dataset:
    """A clip as a lazy Dataset."""
    names = [name for name in _COLUMNS if name in clip._columns]  # a MOV by itself lacks some
    return _dataset(of_clip(clip, view), view, names, drop)


def joined_dataset(opened: Opened, view: View, drop: Iterable[str] = ()) -> xr.Dataset:
    """Clips that are joined along time, as a lazy Dataset."""
    return _dataset(opened, view, [*_COLUMNS, "frame", "clip_number"], drop)


def clips_dataset(store: Store) -> xr.Dataset:
    """The table of clips. Its dimension is not called "clip": Dataset has a method of that name."""
    columns: dict[str, Any] = dict(store.clips.columns())
    columns["rate"] = [float(rate) for rate in columns["rate"]]
    for name in ("start", "end"):
        columns[name] = np.array(columns[name], "datetime64[ns]")
    names = np.array(columns.pop("name"), str)
    about = {"Conventions": "CF-1.11, ACDD-1.3", "title": "clips of a store", "history": _history()}
    return xr.Dataset(
        {n: ("clip_name", np.array(values), dict(CLIPS[n])) for n, values in columns.items()},
        {"clip_name": ("clip_name", names, dict(CLIPS["name"]))},
        about | dict(store.attributes),
    )


def _open(
    places: Any,
    names: Any,
    span: tuple[int, int] | None,
    view: View,
    drop: Iterable[str],
    recover: bool,
) -> xr.Dataset:
    if isinstance(places, (str, os.PathLike)) and is_movie(os.fspath(places)):
        return clip_dataset(movie_alone(places, names, span, recover=recover), view, drop)
    store, clips = clips_of(places, names)
    if clips == DOCUMENT:
        return xr.Dataset()
    if isinstance(clips, str) and span is None:
        return clip_dataset(open_clip(store, clips), view, drop)
    if clips is None and span is None:
        return clips_dataset(store).drop_vars(drop, errors="ignore")
    return joined_dataset(join(clips_to_join(store, clips, span), view, span), view, drop)


def _close() -> None:
    """xarray.open_mfdataset() calls it for each Dataset; clips are closed with the last reference."""


class CamzarrBackend(BackendEntrypoint):
    """The engine `camzarr` of xarray.

    Examples
    --------
    >>> xr.open_dataset("/data/camhd", engine="camzarr")
    >>> xr.open_dataset("/data/camhd", engine="camzarr", clip="CAMHDA301-20180712T001500", chunks={})
    """

    description = "Frames of ProRes files in a camzarr store"
    open_dataset_parameters: ClassVar[tuple[str, ...] | None] = (
        *("filename_or_obj", "drop_variables", "clip", "time"),
        *("layout", "scale", "fields", "threads", "recover"),
    )
    supports_groups: ClassVar[bool] = True

    def open_dataset(  # type: ignore[override]
        self,
        filename_or_obj: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        drop_variables: str | Iterable[str] | None = None,
        clip: str | Sequence[str] | None = None,
        time: slice | None = None,
        layout: str = "rgb24",
        scale: int = 1,
        fields: str = "weave",
        threads: int = 0,
        recover: bool = False,
    ) -> xr.Dataset:
        """Open a clip, clips joined along time, the table of clips, or a MOV that is in no store.

        Parameters
        ----------
        filename_or_obj : str, path or sequence of them
            The store, as for camzarr.open(), or a clip of it, STORE/clips/NAME, or a MOV: a path,
            or an http or https URL. Clips of a sequence are joined.
        drop_variables : str or iterable of str, optional
            Variables to leave out.
        clip : str or sequence of str, optional
            Name of a clip, or names of clips to join, in any order.
        time : slice, optional
            Join the frames that are shown in [start, stop), of the clips that are named, or of all
            clips of the store. Moments are as for Store.between(); None: from the first, to the
            last frame.
        layout, scale, fields, threads
            Options of View.
        recover : bool
            Of a MOV that has no tables, search all of it for its frames.

        Returns
        -------
        xarray.Dataset
            Of a clip: `video` (time, y, x, channel), `luma` (time, y, x; uint16) and the columns of
            the index. Of joined clips `frame` and `clip_number` as well. Without `clip` and
            `time`: Facts by `clip_name`.

        Raises
        ------
        StoreNotFoundError, ClipNotFoundError, FormatError
            As camzarr.open(), store[name] and camzarr.open_movie(); a clip is half written; nothing
            was recorded then.
        UsageError
            An option has an impossible value, or clips can't be joined: they differ in geometry,
            overlap, or have no start time.
        """
        drop = [drop_variables] if isinstance(drop_variables, str) else list(drop_variables or ())
        view = View(layout=layout, scale=scale, fields=fields, threads=threads)
        span = None if time is None else span_of(time)
        found = _open(filename_or_obj, clip, span, view, drop, recover)
        found.set_close(_close)
        return found

    def guess_can_open(self, filename_or_obj: object) -> bool:
        """Whether it is a MOV by its name, or a store or clip in a folder. Other addresses are not
        asked: xarray guesses for everything that it opens."""
        if not isinstance(filename_or_obj, (str, os.PathLike)):
            return False
        return is_store(os.fspath(filename_or_obj)) or is_movie_name(os.fspath(filename_or_obj))

    def open_groups_as_dict(  # type: ignore[override]
        self,
        filename_or_obj: str | os.PathLike[str],
        *,
        drop_variables: str | Iterable[str] | None = None,
        **options: Any,
    ) -> dict[str, xr.Dataset]:
        """Open the table of clips as "/" and each clip as "/NAME"; options as open_dataset()."""
        store = open_store(filename_or_obj)
        options["drop_variables"] = drop_variables
        return {"/": self.open_dataset(store.url, drop_variables=drop_variables)} | {
            f"/{name}": self.open_dataset(store.url, clip=name, **options) for name in store
        }

    def open_datatree(  # type: ignore[override]
        self,
        filename_or_obj: str | os.PathLike[str],
        *,
        drop_variables: str | Iterable[str] | None = None,
        **options: Any,
    ) -> xr.DataTree:
        """Open a whole store; options as open_dataset()."""
        options["drop_variables"] = drop_variables
        groups: Mapping[str, xr.Dataset] = self.open_groups_as_dict(filename_or_obj, **options)
        return xr.DataTree.from_dict(groups)
