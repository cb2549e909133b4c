"""Frames as ranges of objects, and the documents of arrays that have them as chunks."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _native
from ._native import COLUMNS
from .clip import Clip
from .codec import NAME, VERSION
from .coordinates import ATTRIBUTES, x_of, y_of
from .errors import UsageError
from .facts import Facts
from .joined import Joined, Opened, Part, listing
from .movie import Movie
from .views import View

LAYOUTS = ("rgb24", "rgb48le", "gray", "gray16le")
_MATRICES = {1: "bt709", 5: "bt601", 6: "bt601", 9: "bt2020", 10: "bt2020"}


class References(NamedTuple):
    """One range of an object for each frame, none of them empty."""

    location: Any  # URLs, an array of NumPy's StringDType
    offset: npt.NDArray[np.uint64]
    length: npt.NDArray[np.uint64]


def url_of(address: str) -> str:
    """An address with its scheme, without a slash at its end."""
    whole = address if "://" in address else f"file://{os.path.abspath(address)}"
    return whole.rstrip("/")


def _shard_keys(part: Part, shards: npt.NDArray[Any]) -> Any:
    clip = part.clip()
    base = f"{url_of(part.place)}/clips/{part.facts.name}/video/video/"
    zarr3 = clip.facts.frames_per_shard != 1 or not _is_zarr2(part)
    unique, inverse = np.unique(shards, return_inverse=True)
    keys = [f"{base}c/{k}/0/0/0" if zarr3 else f"{base}{k}.0.0.0" for k in unique.tolist()]
    return np.array(keys, np.dtypes.StringDType())[inverse]


def _is_zarr2(part: Part) -> bool:
    """Where one frame is one object: a shard of version 3 has a movie's header before the frame."""
    return not part.clip().index["shard_offset"].any()


def _movie_url(clip: Clip, source: str | None) -> str | None:
    """The MOV to refer to, if it is one."""
    if source is not None and source.endswith("/"):
        return f"{url_of(source)}/{clip.facts.source_name}"
    if source is not None:
        return url_of(source)
    return url_of(clip.url) if isinstance(clip, Movie) else None


def _of_part(part: Part, source: str | None) -> References:
    clip = part.clip()
    rows = slice(part.first, part.stop)
    size = clip.index["size"][rows].astype(np.uint64)
    movie = _movie_url(clip, source)
    if movie is not None:
        marker = movie
        location: Any = np.full(len(size), marker, np.dtypes.StringDType())
        offset = clip.index["source_offset"][rows].copy()
    else:
        document = ".zattrs" if _is_zarr2(part) else "zarr.json"
        marker = f"{url_of(part.place)}/clips/{part.facts.name}/{document}"
        location = _shard_keys(part, clip.index["shard"][rows])
        offset = clip.index["shard_offset"][rows].copy()
    # A chunk that does not exist reads as black; the codec refuses a byte of another object.
    missing = size == 0
    location[missing], offset[missing], size[missing] = marker, 0, 1
    return References(location, offset, size)


def references(joined: Joined, source: str | None = None) -> References:
    """Ranges of all frames. Frames without bytes refer to a byte that the codec refuses. `source`:
    address of the MOV instead of the shards or, ending with "/", of the folder of the MOVs."""
    parts = [_of_part(part, source) for part in joined.parts]
    return References(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def matrix_of(facts: Facts) -> str:
    """The codec's name of the matrix: docs/pixels.md, 13.1."""
    return _MATRICES.get(facts.matrix, "bt709" if facts.height >= 720 else "bt601")


def codec_document(joined: Joined, layout: str) -> dict[str, Any]:
    """The codec for all frames. Raises UsageError where clips have different matrices."""
    first = joined.parts[0].facts
    for part in joined.parts:
        if matrix_of(part.facts) != matrix_of(first):
            raise UsageError(
                f"{part.facts.name} and {first.name} can't be joined: their colours are "
                f"{matrix_of(part.facts)} and {matrix_of(first)}, and an array has one matrix",
                listing(part, f"c.matrix == {first.matrix}"),
            )
    told = {"layout": layout, "matrix": matrix_of(first), "range": "limited", "fields": "weave"}
    return {"name": NAME, "configuration": {"version": VERSION, **told}}


def _array(
    shape: tuple[int, ...],
    chunk: tuple[int, ...],
    dtype: str,
    codecs: list[dict[str, Any]],
    dims: tuple[str, ...],
    attributes: dict[str, Any],
) -> dict[str, Any]:
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape,
        "data_type": dtype,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunk}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "."}},
        "fill_value": 0,
        "codecs": codecs,
        "dimension_names": dims,
        "attributes": attributes,
    }


def video_document(opened: Opened, layout: str) -> dict[str, Any]:
    """Of an array of Zarr version 3, each chunk of which is a frame."""
    codec = codec_document(opened.joined, layout)
    shape = opened.shapes[layout]
    dims = ("time", "y", "x", "channel")[: 1 + len(shape.array)]
    about = {"long_name": f"pictures, {layout}", "units": "1"}
    whole = (len(opened.joined), *shape.array)
    return _array(whole, (1, *shape.array), shape.dtype, [codec], dims, about)


def coordinate_arrays(opened: Opened, layout: str) -> dict[str, tuple[dict[str, Any], bytes]]:
    """`time`, `y` and `x`, each in one chunk: documents and bytes."""
    first, view = opened.joined.parts[0].facts, View(layout=layout)
    height, width = opened.shapes[layout].array[:2]
    values: dict[str, npt.NDArray[Any]] = {
        "time": opened.time.astype("<i8"),
        "y": y_of(first, view, height),
        "x": x_of(view, width),
    }
    codec = {"name": "bytes", "configuration": {"endian": "little"}}
    return {
        name: (
            _array(at.shape, at.shape, at.dtype.name, [codec], (name,), array_attributes(name)),
            at.astype(at.dtype.newbyteorder("<")).tobytes(),
        )
        for name, at in values.items()
    }


def array_attributes(name: str) -> dict[str, Any]:
    """Of a column or coordinate, by the conventions of CF."""
    if name in ATTRIBUTES:
        return dict(ATTRIBUTES[name])
    if name == "time":
        return {
            "standard_name": "time",
            "long_name": "time at which the frame is shown",
            "axis": "T",
            "units": "nanoseconds since 1970-01-01",
            "calendar": "proleptic_gregorian",
            "units_metadata": "leap_seconds: none",
        }
    about = {"frame": "number of the frame in its clip", "clip_number": "clip that the frame is from"}
    about |= zip(COLUMNS, _native.names("column_description"), strict=True)
    found: dict[str, Any] = {"long_name": about[name]}
    if name not in ("flags", "clip_number"):
        found["units"] = "byte" if name in ("source_offset", "size", "shard_offset") else "1"
    if name == "flags":
        flags = _native.names("flag_name")
        found |= {"flag_masks": [1 << i for i in range(len(flags))], "flag_meanings": " ".join(flags)}
    return found
