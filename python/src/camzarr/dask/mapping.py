"""map_frames(): a function of each frame, as Dask arrays in xarray."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import numpy.typing as npt

from ..clip import Clip
from ..errors import UsageError
from ..frame import Frame, Frames
from ..store import Store
from ..store import open as open_store
from ..views import ViewOptions

if TYPE_CHECKING:
    import xarray as xr

BLOCK = 1024  # frames of a clip from which a task takes its own, at most
LEAST = 16  # frames of a task that are far apart

Array = npt.NDArray[Any]
Results = dict[str, Array]  # by variable
Function = Callable[[Frame], Any]
Chosen = str | os.PathLike[str] | Store | Clip | Frames | Iterable[Clip | Frames]


@dataclass(frozen=True)
class _Kind:
    """What a function returns: types and shapes by variable, of which "" is one without a name."""

    dtypes: dict[str, np.dtype[Any]]
    shapes: dict[str, tuple[int, ...]]

    def check(self, values: Results, frame: Frame) -> None:
        for name in self.dtypes.keys() | values.keys():
            value = values.get(name)
            if value is not None and name in self.dtypes:
                is_safe = np.can_cast(value.dtype, self.dtypes[name], "same_kind")
                if value.shape == self.shapes[name] and is_safe:
                    continue
            found = "nothing" if value is None else f"{value.dtype} {value.shape}"
            first = f"{self.dtypes[name]} {self.shapes[name]}" if name in self.dtypes else "nothing"
            raise UsageError(
                f"{frame.clip}, frame {frame.number}: the function returns {found}"
                f"{f' as {name}' if name else ''}, and of the first frame {first}",
                "it must return values of one shape and type for all frames",
            )


def _values(function: Function, frame: Frame) -> Results:
    value = function(frame)
    if isinstance(value, Mapping):
        return {str(name): np.asarray(one) for name, one in value.items()}
    return {"": np.asarray(value)}


def _map_block(function: Function, frames: Frames, kind: _Kind) -> Results:
    """What a task does. Some frames are decoded ahead: memory does not depend on their number."""
    out = {name: np.empty((len(frames), *kind.shapes[name]), kind.dtypes[name]) for name in kind.dtypes}
    for row, frame in enumerate(frames):
        values = _values(function, frame)
        kind.check(values, frame)
        for name, value in values.items():
            out[name][row] = value
    return out


def _cuts(frames: Frames, chunk: int | None) -> list[int]:
    """Rows at which tasks begin, and the number of rows. Tasks begin where shards do, so that no
    shard is read by two."""
    rows = len(frames)
    if chunk is not None:
        return [*range(0, rows, chunk), rows]
    per_shard = frames._decode.per_shard if frames._decode is not None else 1
    block = frames.number // (max(1, BLOCK // max(1, per_shard)) * max(1, per_shard))
    cuts = [0]
    for row in (np.flatnonzero(np.diff(block)) + 1).tolist():
        if row - cuts[-1] >= LEAST:
            cuts.append(row)
    return [*cuts, rows]


def _parts(frames: Frames, chunk: int | None) -> Iterator[Frames]:
    cuts = _cuts(frames, chunk)
    for start, stop in zip(cuts, cuts[1:]):
        part = frames[start:stop]
        if part._decode is not None:  # other tasks use the other processors
            part._decode = part._decode.on_one_thread()
        yield part


def _chosen(frames: Chosen, view: ViewOptions) -> list[Frames]:
    if isinstance(frames, (str, os.PathLike)):
        frames = open_store(frames)
    if isinstance(frames, Store):
        store = frames
        names = [facts.name for facts in sorted(store.clips, key=lambda facts: (facts.start, facts.name))]
        frames = [store[name] for name in names]
    items = [frames] if isinstance(frames, (Clip, Frames)) else list(frames)
    found = []
    for one in items:
        if isinstance(one, Frames) and view:
            raise UsageError("options of View are for clips, not for frames", "clip.select(key, scale=4)")
        if not isinstance(one, (Clip, Frames)):
            raise UsageError(f"{one!r}: neither a clip nor frames of one")
        found.append(one if isinstance(one, Frames) else one.select(slice(None), **view))
    found = [one for one in found if len(one)]
    if not found:
        raise UsageError("there are no frames")
    return found


def _kind_of(function: Function, frame: Frame) -> _Kind:
    values = _values(function, frame)
    for name, value in values.items():
        if value.dtype.kind not in "biufcmM":
            raise UsageError(
                f"the function returns {value.dtype}{f' as {name}' if name else ''}",
                "it must return numbers, arrays, or a mapping of names to them",
            )
    return _Kind({n: v.dtype for n, v in values.items()}, {n: v.shape for n, v in values.items()})


def map_frames(
    function: Function, frames: Chosen, *, chunk: int | None = None, **view: Unpack[ViewOptions]
) -> xr.DataArray | xr.Dataset:
    """Call a function on each frame of many clips, lazily, by Dask.

    Parameters
    ----------
    function : callable
        Gets a Frame and returns a number, an array, or a mapping of names to them: of one shape and
        type for all frames. It is called for the first frame at once, to learn these. For workers in
        other processes it must be one that Dask can pickle.
    frames : str, path, Store, Clip, Frames, or iterable of Clip and Frames
        All frames of a store, by time; of a clip; or those that are chosen:
        `[clip[::300] for clip in clips]`.
    chunk : int, optional
        Frames a task. By default a task has the frames that are chosen of some neighbouring shards,
        1024 frames at most, so that no shard is read by two tasks.
    **view
        Options of View, for clips.

    Returns
    -------
    xarray.DataArray or xarray.Dataset
        The results along `time`, as Dask arrays; a Dataset if the function returns mappings. The
        coordinates are `time` (datetime64[ns], UTC), `clip` (name) and `frame` (number in its clip).
        Nothing but the first frame is read before it is computed, by whichever scheduler.

    Raises
    ------
    UsageError
        No frames, or a result that is neither number nor array; when it is computed: results of
        different shapes or types.
    NotFoundError, CorruptError
        A frame is missing or damaged, now or when it is computed. With `conceal=True` damaged slices
        are filled.

    Notes
    -----
    A task reads its frames in their order, in batches of 64 MiB at most, and decodes on one thread. It
    holds three batches and its results, whatever the number of frames. Clips are opened on the workers
    by their addresses.

    Examples
    --------
    >>> mean = camzarr.dask.map_frames(lambda frame: frame.data.mean(), store, layout="gray16le", scale=8)
    >>> mean.resample(time="1D").mean().compute()
    >>> sheet = camzarr.dask.map_frames(np.asarray, [clip.select(np.s_[::900], scale=8) for clip in clips])
    """
    import xarray as xr

    if chunk is not None and (isinstance(chunk, bool) or chunk < 1):
        raise UsageError(f"chunk {chunk!r}: not a number of frames", "chunk=256")
    chosen = _chosen(frames, view)
    kind = _kind_of(function, chosen[0][0])
    parts = [part for one in chosen for part in _parts(one, chunk)]
    arrays = _arrays(function, parts, kind)
    names = np.repeat([part.clip for part in parts], [len(part) for part in parts])
    coords = {
        "time": ("time", np.concatenate([part.time for part in parts])),
        "clip": ("time", names),
        "frame": ("time", np.concatenate([part.number for part in parts])),
    }
    variables = {
        name: (("time", *(f"dim_{axis}" for axis in range(array.ndim - 1))), array)
        for name, array in arrays.items()
    }
    if variables.keys() == {""}:
        dims, array = variables[""]
        return xr.DataArray(array, coords, dims, getattr(function, "__name__", None))
    return xr.Dataset(variables, coords)


def _arrays(function: Function, parts: Sequence[Frames], kind: _Kind) -> dict[str, Any]:
    """A Dask array for each variable."""
    delayed, array = import_module("dask").delayed, import_module("dask.array")  # have few types
    token = f"camzarr-map-{uuid.uuid4().hex}"
    shared = delayed(function, pure=False), delayed(kind, pure=False)
    call = delayed(_map_block, pure=False, traverse=False)
    results = [
        call(shared[0], part, shared[1], dask_key_name=(token, number))
        for number, part in enumerate(parts)
    ]
    return {
        name: array.concatenate(
            [
                array.from_delayed(one[name], (len(part), *kind.shapes[name]), kind.dtypes[name])
                for one, part in zip(results, parts)
            ]
        )
        for name in kind.dtypes
    }
