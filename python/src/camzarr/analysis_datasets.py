"""Statistics and overview of a clip as datasets of xarray, whose arrays are read when they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from . import _native
from .coordinates import ATTRIBUTES, x_of, y_of
from .references import array_attributes
from .views import View

if TYPE_CHECKING:
    from .clip import Clip

_FLAGS = {"flag_masks": np.array([1, 2, 4, 8], np.uint8), "flag_meanings": "black frozen damaged no_motion"}


class _Statistic(BackendArray):
    """One value a frame; the array is read whole, and kept by the clip."""

    def __init__(self, clip: Clip, name: str) -> None:
        self.clip, self.name = clip, name
        self.shape = (len(clip),)
        self.dtype = np.dtype(_native.STATISTICS[name])

    def __getitem__(self, key: Any) -> Any:
        how = indexing.IndexingSupport.OUTER
        return indexing.explicit_indexing_adapter(key, self.shape, how, self._read)

    def _read(self, key: tuple[Any, ...]) -> npt.NDArray[Any]:
        values = _native.statistic(self.clip._handle, self.name, len(self.clip))
        return np.array(values[key])


class _Pictures(BackendArray):
    """Pictures of the overview: of a selection, the objects that have them are read."""

    def __init__(self, clip: Clip, about: _native.COverview) -> None:
        self.clip = clip
        self.shape = (about.pictures, about.height, about.width, 3)
        self.dtype = np.dtype(np.uint8)

    def __getitem__(self, key: Any) -> Any:
        how = indexing.IndexingSupport.OUTER
        return indexing.explicit_indexing_adapter(key, self.shape, how, self._read)

    def _read(self, key: tuple[Any, ...]) -> npt.NDArray[Any]:
        rows = np.arange(self.shape[0])[key[0]]
        numbers = np.atleast_1d(rows).tolist()
        data = np.empty((len(numbers), int(np.prod(self.shape[1:]))), np.uint8)
        if numbers:
            _native.overview_pictures(self.clip._handle, numbers, data)
        picked = data.reshape(-1, *self.shape[1:])
        for axis in range(3, 0, -1):  # the last first: a number takes its axis away
            picked = picked[(slice(None),) * axis + (key[axis],)]
        return picked[0] if rows.ndim == 0 else picked


def _attributes(clip: Clip, about: _native.COverview, title: str) -> dict[str, Any]:
    return {
        "Conventions": "CF-1.11",
        "title": f"{clip.name}: {title}",
        "source": clip.facts.source_name,
        "camzarr_analysis_version": about.version,
    }


def _time(at: npt.NDArray[Any]) -> tuple[str, Any, dict[str, Any]]:
    told = array_attributes("time")
    return "time", at, {name: told[name] for name in told if name not in ("units", "calendar")}


def statistics_of(clip: Clip) -> xr.Dataset:
    """As Clip.statistics()."""
    about = _native.overview(clip._handle)
    told = dict(zip(_native.STATISTICS, _native.names("statistic_description"), strict=True))
    variables = {
        name: xr.Variable(
            ("time",),
            indexing.LazilyIndexedArray(_Statistic(clip, name)),
            {"long_name": told[name]} | (_FLAGS if name == "flags" else {}),
        )
        for name in _native.STATISTICS
    }
    coordinates = {"time": _time(clip.time)}
    return xr.Dataset(variables, coordinates, _attributes(clip, about, "statistics of the frames"))


def overview_of(clip: Clip) -> xr.Dataset:
    """As Clip.overview()."""
    about = _native.overview(clip._handle)
    numbers = np.arange(about.pictures, dtype=object) * about.step_num // about.step_den
    frame = numbers.astype(np.uint32)
    view = View(scale=8)
    lazy = indexing.LazilyIndexedArray(_Pictures(clip, about))
    chunks = {"preferred_chunks": {"time": about.chunk_pictures}}
    dims = ("time", "y", "x", "channel")
    picture = xr.Variable(dims, lazy, {"long_name": "pictures at 1/8 scale"}, chunks)
    coordinates = {
        "time": _time(clip.time[frame]),
        "frame": ("time", frame, {"long_name": "number of the frame that the picture shows"}),
        "y": ("y", y_of(clip.facts, view, about.height), dict(ATTRIBUTES["y"])),
        "x": ("x", x_of(view, about.width), dict(ATTRIBUTES["x"])),
    }
    return xr.Dataset({"picture": picture}, coordinates, _attributes(clip, about, "overview"))
