"""The engine `camzarr` for xarray:

    xarray.open_dataset("/data/camhd", engine="camzarr")                       # the table of clips
    clip = xarray.open_dataset("/data/camhd", engine="camzarr", clip=NAME, chunks={})
    clip.video.sel(time="2018-07-12T00:05:10.5", method="ffill")

Of a clip: `video` (time, y, x, channel), `luma` (time, y, x; uint16) and the columns of the index.
Of a layout of planes there are `video_y`, `video_cb`, `video_cr` and, if recorded, `video_alpha`
instead of `video`. Arrays are lazy: frames of one selection are fetched and decoded together, and
of a selection along y and x only the part around it is decoded. A frame that cannot be read raises
what camzarr.open() would raise.

xarray.open_datatree() opens a whole store: the table of clips, and each clip below it by its name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import xarray as xr
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing

from . import _native
from ._native import COLUMNS
from .clip import Clip
from .facts import Clips
from .store import open as open_store
from .views import LAYOUTS, View

Key = tuple[Any, ...]

CHUNK = 64 << 20  # bytes of pixels at most in a chunk that Dask is offered
_ABOUT = dict(zip(COLUMNS, _native.names("column_description"), strict=True))
del _ABOUT["time"]  # the coordinate, which says more of itself
_FLAG_NAMES = _native.names("flag_name")
_FLAGS = {
    "flag_masks": np.array([1 << i for i in range(len(_FLAG_NAMES))], np.uint8),
    "flag_meanings": " ".join(_FLAG_NAMES),
}


# ---- Lazy arrays


class _Column(BackendArray):
    """A column of the index."""

    def __init__(self, clip: Clip, name: str) -> None:
        self.clip, self.name = clip, name
        self.shape = (len(clip),)
        self.dtype = np.dtype(COLUMNS[name])

    def __getitem__(self, key: Any) -> Any:
        how = indexing.IndexingSupport.VECTORIZED
        return indexing.explicit_indexing_adapter(key, self.shape, how, self._read)

    def _read(self, key: Key) -> npt.NDArray[Any]:
        return np.asarray(self.clip.index[self.name][key])


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

    def __init__(self, clip: Clip, view: View, plane: str = "") -> None:
        self.clip, self.view, self.plane = clip, view, plane
        shape = clip.shape(layout=view.layout, scale=view.scale, fields=view.fields)
        picture = shape.array
        if plane:
            picture = next(p[2:] for p in shape.planes if p[0] == plane)
        self.shape = (len(clip), *picture)
        self.dtype = np.dtype(shape.dtype)

    def __getitem__(self, key: Any) -> Any:
        how = indexing.IndexingSupport.OUTER
        return indexing.explicit_indexing_adapter(key, self.shape, how, self._read)

    def _read(self, key: Key) -> npt.NDArray[Any]:
        numbers = np.arange(len(self.clip))[key[0]]
        inside: Key = key[1:]
        view = self.view
        if not self.plane:  # planes of different sizes have no common part
            y, x = (_Window.of(k, n) for k, n in zip(inside, self.shape[1:3]))
            view = replace(view, region=(slice(y.low, y.high), slice(x.low, x.high)))
            inside = (y.pick, x.pick, *inside[2:])
        picked = self._decoded(np.atleast_1d(numbers), view)
        for axis in range(len(inside), 0, -1):  # the last first: a number takes its axis away
            picked = picked[(slice(None),) * axis + (inside[axis - 1],)]
        return picked[0] if numbers.ndim == 0 else picked

    def _decoded(self, numbers: npt.NDArray[Any], view: View) -> npt.NDArray[Any]:
        frames = self.clip._frames(numbers.tolist(), view)
        if not self.plane:
            return frames.data
        name, at, height, width = next(p for p in frames.shape.planes if p[0] == self.plane)
        return frames.data[:, at : at + height * width].reshape(-1, height, width)


# ---- What xarray gets


def _frames_a_chunk(clip: Clip, bytes_a_frame: int) -> int:
    """A part of a shard, in whole frames, that divides it evenly."""
    shard = clip.facts.frames_per_shard or 16  # of a MOV by itself: any
    most = max(1, min(shard, CHUNK // bytes_a_frame))
    return next(n for n in range(most, 0, -1) if shard % n == 0)


def _pictures(clip: Clip, view: View, dims: Key, about: str, plane: str = "") -> xr.Variable:
    array = _Pictures(clip, view, plane)
    bytes_a_frame = int(np.prod(array.shape[1:])) * array.dtype.itemsize
    chunks = {"time": _frames_a_chunk(clip, bytes_a_frame)}
    chunks |= dict(zip(dims[1:], array.shape[1:]))
    lazy = indexing.LazilyIndexedArray(array)
    return xr.Variable(dims, lazy, {"long_name": about}, {"preferred_chunks": chunks})


def _video(clip: Clip, view: View) -> dict[str, xr.Variable]:
    channels = LAYOUTS[view.layout].channels
    if channels == 0:
        found = {}
        planes = clip.shape(layout=view.layout, scale=view.scale, fields=view.fields).planes
        for name, _, _, width in planes:
            across = "x" if width == planes[0][3] else "x_chroma"
            about = f"plane {name}, as recorded"
            found[f"video_{name}"] = _pictures(clip, view, ("time", "y", across), about, name)
        return found
    dims: Key = ("time", "y", "x", "channel")[: 4 if channels > 1 else 3]
    return {"video": _pictures(clip, view, dims, f"pictures, {view.layout}")}


def _columns(clip: Clip) -> dict[str, xr.Variable]:
    found = {}
    for name, about in _ABOUT.items():
        if name not in clip._columns:  # of a MOV by itself
            continue
        attributes = {"long_name": about} | (_FLAGS if name == "flags" else {})
        lazy = indexing.LazilyIndexedArray(_Column(clip, name))
        found[name] = xr.Variable(("time",), lazy, attributes)
    return found


def _attributes(clip: Clip) -> dict[str, Any]:
    facts = clip.facts
    return {
        "Conventions": "CF-1.11",
        "title": facts.name,
        "source": facts.source_name,
        "source_md5": facts.source_md5,
        "codec": facts.codec,
        "frame_rate": str(facts.rate),
        "interlace": facts.interlace,
        "start_from": facts.start_from,
    }


def clip_dataset(clip: Clip, view: View, drop: Iterable[str] = ()) -> xr.Dataset:
    """A clip as a lazy Dataset."""
    luma = replace(view, layout="gray16le")
    about = "luma, full range, 16 bit"
    variables = {
        **_video(clip, view),
        "luma": _pictures(clip, luma, ("time", "y", "x"), about),
        **_columns(clip),
    }
    time = clip.time + np.timedelta64(clip._lateness(view.fields), "ns")
    about_time = {"standard_name": "time", "long_name": "time at which the frame is shown", "axis": "T"}
    return xr.Dataset(
        {name: variable for name, variable in variables.items() if name not in drop},
        {"time": ("time", time, about_time)},
        _attributes(clip),
    )


def clips_dataset(clips: Clips) -> xr.Dataset:
    """The table of clips. Its dimension is not called "clip": Dataset has a method of that name."""
    columns = clips.columns()
    columns["rate"] = [float(rate) for rate in columns["rate"]]
    names = columns.pop("name")
    times = {name: np.array(columns.pop(name), "datetime64[ns]") for name in ("start", "end")}
    data = times | {name: np.array(values) for name, values in columns.items()}
    return xr.Dataset(
        {name: ("clip_name", values) for name, values in data.items()},
        {"clip_name": ("clip_name", np.array(names, str))},
    )


class CamzarrBackend(BackendEntrypoint):
    """The engine `camzarr` of xarray.

    Examples
    --------
    >>> xr.open_dataset("/data/camhd", engine="camzarr")
    >>> xr.open_dataset("/data/camhd", engine="camzarr", clip="CAMHDA301-20180712T001500", chunks={})
    """

    description = "Frames of ProRes files in a camzarr store"
    open_dataset_parameters: ClassVar[tuple[str, ...] | None] = (
        *("filename_or_obj", "drop_variables", "clip"),
        *("layout", "scale", "fields", "threads"),
    )
    supports_groups: ClassVar[bool] = True

    def open_dataset(  # type: ignore[override]
        self,
        filename_or_obj: str | os.PathLike[str],
        *,
        drop_variables: str | Iterable[str] | None = None,
        clip: str | None = None,
        layout: str = "rgb24",
        scale: int = 1,
        fields: str = "weave",
        threads: int = 0,
    ) -> xr.Dataset:
        """Open a clip, or the table of clips.

        Parameters
        ----------
        filename_or_obj : str or path
            The store, as for camzarr.open().
        drop_variables : str or iterable of str, optional
            Variables to leave out.
        clip : str, optional
            Name of a clip; without it, the table of clips.
        layout, scale, fields, threads
            Options of View.

        Returns
        -------
        xarray.Dataset
            Of a clip: `video` (time, y, x, channel), `luma` (time, y, x; uint16) and the columns of
            the index. Of the table: Facts by `clip_name`.

        Raises
        ------
        StoreNotFoundError, ClipNotFoundError, FormatError, UsageError
            As camzarr.open() and store[name].
        """
        drop = [drop_variables] if isinstance(drop_variables, str) else list(drop_variables or ())
        view = View(layout=layout, scale=scale, fields=fields, threads=threads)
        store = open_store(filename_or_obj)
        if clip is None:
            return clips_dataset(store.clips).drop_vars(drop, errors="ignore")
        return clip_dataset(store[clip], view, drop)

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
