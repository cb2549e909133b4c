"""Export of clips for other programs, as by the command `camzarr export`:

    camzarr.export("kerchunk", "/data/camhd", "camhd.json")
    camzarr.export("netcdf", clip, "frames.nc", frames=np.s_[::300], layout="gray16le", scale=4)
"""

from __future__ import annotations

import base64
import json
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Unpack

import numpy as np
import numpy.typing as npt

from . import _native, files, nwb, parquet_references
from ._native import COLUMNS
from .addresses import is_movie
from .clip import Clip
from .conventions import common, positions
from .coordinates import x_of, y_of
from .errors import ClipNotFoundError, InputOutputError, UnsupportedError, UsageError
from .joined import Joined, Part
from .movie import Movie, open_movie
from .references import array_attributes, codec_document, references
from .store import Store
from .store import open as open_store
from .times import text
from .views import View, ViewOptions, view_of

if TYPE_CHECKING:
    import xarray as xr

FORMS = ("kerchunk", "netcdf", "nwb")
OF_THE_COMMAND = ("torchcodec", "wav", "stac", "ifdo", "biigle", "fathomnet", "vars")
PARQUET = (".parquet", ".parq")
MANY = 1_000_000  # frames; more are too many for JSON
BYTES_IN_MEMORY = 1650  # of a reference in JSON, as fsspec holds it
ROWS = 1 << 16  # of a chunk of a column in netCDF
DEFLATE = {"zlib": True, "complevel": 4}

Place = str | os.PathLike[str] | Store | Clip


def export(
    form: str,
    place: Place,
    path: str | os.PathLike[str],
    *,
    clips: str | Iterable[str] | None = None,
    source: str | None = None,
    frames: Any = None,
    overwrite: bool = False,
    **view: Unpack[ViewOptions],
) -> None:
    """Write clips in a form that other programs read.

    The file appears under its name when it is complete. The command `camzarr export` has more forms:
    torchcodec, wav, stac, ifdo, biigle, fathomnet and vars.

    Parameters
    ----------
    form : {"kerchunk", "netcdf", "nwb"}
        "kerchunk": references, in which the frames are ranges of the shards or of the MOV; clips are
        joined along time. In JSON or, if `path` ends with .parquet or .parq, a folder of Parquet files,
        which fsspec reads lazily (needs pandas and fastparquet).
        "netcdf": a netCDF-4 file of the index of one clip, with pictures if `frames` is given (needs
        xarray, Dask and netCDF4).
        "nwb": an NWB file (HDF5) with one clip as an ImageSeries, whose external files are the shards,
        which are movies, or with `source` the MOV; with the time of each frame and the owner's
        attributes (needs pynwb, which gives every object an identifier of its own at random).
    place : str, path, Store or Clip
        A store, as for camzarr.open(), a MOV, as for camzarr.open_movie(), or what is open.
    path : str or path
        The file, or folder of Parquet files.
    clips : str or iterable of str, optional
        Names; by default all clips of the store.
    source : str, optional
        Of kerchunk and nwb: refer to the MOV at this address instead of the shards; ending with "/",
        to the folder of the MOVs.
    frames : int, slice, sequence or mask, optional
        Of netcdf: these frames, as in `clip[...]`, with their pictures.
    overwrite : bool
        Replace a file that exists.
    **view
        Options of View for the pictures.

    Raises
    ------
    ClipNotFoundError
        The store has no clip of that name, or none at all.
    UsageError
        Another form; clips that cannot be joined, or several for netcdf or nwb; an option that does not
        apply; for nwb, a clip whose shards are not movies, without `source`.
    UnsupportedError
        A library that the form needs is not installed; for nwb, a clip whose start is unknown.
    AlreadyExistsError
        The file exists.
    CorruptError, NotFoundError
        A frame is damaged or missing.
    InputOutputError, DeniedError, StoreFullError
        The file cannot be written.

    Examples
    --------
    >>> camzarr.export("kerchunk", "/data/camhd", "raw.json", source="https://example.org/raw/")
    >>> camzarr.export("netcdf", clip, "index.nc")
    """
    _check(form, source, frames, view)
    chosen = _chosen(place, [clips] if isinstance(clips, str) else clips)
    target = Path(path)
    if form == "kerchunk":
        job = _Kerchunk(chosen, source)
        if target.suffix in PARQUET:
            parquet_references.create(target, job.write_parquet, overwrite)
            return
        _warn_of_many(len(job.joined))
        files.create(target, job.write, overwrite)
        return
    if len(chosen.clips) > 1:
        raise UsageError(
            f"{chosen.store}: {len(chosen.clips)} clips, but {form} exports one",
            f'clips="{chosen.clips[0].name}"',
        )
    if form == "nwb":
        clip, folder = chosen.clips[0], target.absolute().parent
        produce = partial(nwb.write, clip, source, _attributes(chosen), folder)
        files.create_at(target, produce, overwrite)
        return
    files.create_at(target, partial(_write_netcdf, chosen, frames, view), overwrite)


def _warn_of_many(frames: int) -> None:
    if frames > MANY:
        warnings.warn(
            f"{frames} frames in one JSON file, which readers hold in memory as a whole, some "
            f"{frames * BYTES_IN_MEMORY / 1e9:.1f} GB: a name that ends with .parquet, and "
            "camzarr.icechunk(), give references that are read as they are needed",
            stacklevel=3,
        )


def _check(form: str, source: str | None, frames: Any, view: ViewOptions) -> None:
    if form not in FORMS:
        hint = f"the command has it: camzarr export {form}" if form in OF_THE_COMMAND else ""
        raise UsageError(f"form {form!r}: not one of {', '.join(FORMS)}", hint)
    view_of(view)
    if form == "netcdf" and source is not None:
        raise UsageError("source: of kerchunk and nwb only")
    if form != "netcdf" and (frames is not None or view):
        raise UsageError("frames and options of View: of netcdf only")
    if view and frames is None:
        raise UsageError(f"{', '.join(view)}: only with frames=", "frames=numpy.s_[::300]")


# ---- Which clips, and what is said of them


class _Chosen(NamedTuple):
    """Clips, sorted by start. `store`: unless it is a MOV by itself."""

    clips: Sequence[Clip]
    store: Store | None


def _chosen(place: Place, names: Iterable[str] | None) -> _Chosen:
    if isinstance(place, (str, os.PathLike)):
        address = os.fspath(place)
        place = open_movie(address) if is_movie(address) else open_store(address)
    if isinstance(place, Clip):
        if names is not None:
            raise UsageError(f"clips: {place.name} is one clip", "leave it out")
        return _Chosen([place], None if isinstance(place, Movie) else place.store)
    wanted = place.names if names is None else list(names)
    if not wanted:
        raise ClipNotFoundError(f"{place.url}: store has no clips")
    clips = sorted((place[name] for name in wanted), key=lambda clip: (clip.facts.start, clip.name))
    return _Chosen(clips, place)


def _attributes(chosen: _Chosen) -> dict[str, Any]:
    """Global attributes by CF and ACDD: what is known of the clips, and the owner's."""
    first, last = chosen.clips[0].facts, chosen.clips[-1].facts
    joined = f" to {last.name}, {len(chosen.clips)} clips" if len(chosen.clips) > 1 else ""
    found: dict[str, Any] = {
        "Conventions": "CF-1.11, ACDD-1.3",
        "title": first.name + joined,
        "history": f"camzarr {_native.version()}: export",
    }
    if len(chosen.clips) == 1:
        found["source"] = first.source_name
        if first.source_md5:
            found["source_md5"] = first.source_md5
    if "none" not in (first.start_from, last.start_from):
        found["time_coverage_start"] = text(int(first.start.astype("int64")))
        found["time_coverage_end"] = text(int(last.end.astype("int64")))
    found["codec"] = first.codec
    found["frame_rate"] = f"{first.rate.numerator}/{first.rate.denominator}"
    found["interlace"] = first.interlace
    return found | _owner_attributes(chosen)


def _owner_attributes(chosen: _Chosen) -> dict[str, Any]:
    """Those of the store, and those that all clips have with equal values."""
    if chosen.store is None:
        return {}
    return dict(chosen.store.attributes) | common([dict(clip.attributes) for clip in chosen.clips])


# ---- kerchunk


class _Kerchunk:
    """References in kerchunk's format, version 1: a group of Zarr version 2, the index in it."""

    def __init__(self, chosen: _Chosen, source: str | None) -> None:
        self.chosen = chosen
        parts = [Part(clip, clip.facts, 0, len(clip)) for clip in chosen.clips]
        self.joined = Joined(parts)
        _check_joint(chosen.clips, source)
        self.codec = codec_document(self.joined, "rgb24")["configuration"]
        self.references = references(self.joined, source)
        self.attributes = _attributes(chosen)
        self.positions = positions(self.attributes)

    def write(self, file: BinaryIO) -> None:
        """All of it, as JSON."""
        file.write(b'{"version":1,"refs":{\n')
        between = ""
        for key, value in chain(self._entries(), self._frames()):
            file.write(f"{between}{_json(key)}:{value}".encode())
            between = ",\n"
        file.write(b"\n}}\n")

    def write_parquet(self, folder: Path) -> None:
        """All of it, as Parquet files. A frame that the recording lacks is a byte of another object,
        which the codec refuses."""
        parquet_references.write(folder, self._entries(), "video", self.references)

    def _entries(self) -> Iterator[tuple[str, str]]:
        """Keys of all but the frames, and their values as JSON."""
        yield ".zgroup", _json(_json({"zarr_format": 2}))
        yield ".zattrs", _json(_json(self.attributes))
        for name, values in self._columns():
            yield from self._column(name, values)
        facts = self.chosen.clips[0].facts
        for name, values in (("y", y_of(facts, View(), facts.height)), ("x", x_of(View(), facts.width))):
            yield from _in_place(name, values, (name,), array_attributes(name))
        for name, (value, about) in self.positions.items():
            yield from _in_place(name, np.array(value), (), about)
        codec = {"id": "camzarr.prores", **self.codec, "height": facts.height, "width": facts.width}
        shape = (len(self.joined), facts.height, facts.width, 3)
        dims = ["time", "y", "x", "channel"]
        about = self._referring({"long_name": "pictures: red, green, blue", "units": "1"})
        attributes = {**about, "_ARRAY_DIMENSIONS": dims}
        yield "video/.zarray", _json(_json(_array(shape, (1, *shape[1:]), "|u1", [codec])))
        yield "video/.zattrs", _json(_json(attributes))

    def _columns(self) -> Iterator[tuple[str, npt.NDArray[Any]]]:
        for name in ("time", "source_offset", "size", "crc32c", "flags"):
            if all(name in clip.index for clip in self.chosen.clips):
                values = [clip.index[name] for clip in self.chosen.clips]
                yield name, np.concatenate(values).astype("int64" if name == "flags" else COLUMNS[name])
        counts = [len(clip) for clip in self.chosen.clips]
        yield "frame", np.concatenate([np.arange(n, dtype=np.uint32) for n in counts])
        yield "clip_number", np.repeat(np.arange(len(counts), dtype=np.uint32), counts)

    def _column(self, name: str, values: npt.NDArray[Any]) -> Iterator[tuple[str, str]]:
        attributes = array_attributes(name)
        if name == "clip_number":
            attributes["flag_values"] = list(range(len(self.chosen.clips)))
            attributes["flag_meanings"] = " ".join(clip.name for clip in self.chosen.clips)
        if name != "time":
            attributes = self._referring(attributes)
        yield from _in_place(name, values, ("time",), attributes)

    def _referring(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """With the names of the scalar coordinates, as CF has them."""
        return attributes | ({"coordinates": " ".join(self.positions)} if self.positions else {})

    def _frames(self) -> Iterator[tuple[str, str]]:
        """A frame that the recording lacks is an empty range, which the codec refuses."""
        sizes = np.concatenate([clip.index["size"] for clip in self.chosen.clips])
        rows = zip(sizes.tolist(), *(column.tolist() for column in self.references))
        for i, (size, location, offset, _) in enumerate(rows):
            value = _json([location, offset, size]) if size else '"base64:"'
            yield f"video/{i}.0.0.0", value


def _in_place(
    name: str, values: npt.NDArray[Any], dims: Sequence[str], attributes: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """An array in one chunk, which lies in the file itself."""
    little = values.astype(values.dtype.newbyteorder("<"))
    about = {**attributes, "_ARRAY_DIMENSIONS": list(dims)}
    yield f"{name}/.zarray", _json(_json(_array(little.shape, little.shape, little.dtype.str, None)))
    yield f"{name}/.zattrs", _json(_json(about))
    yield f"{name}/0", _json("base64:" + base64.b64encode(little.tobytes()).decode())


def _check_joint(clips: Sequence[Clip], source: str | None) -> None:
    first = clips[0].facts
    for other in (clip.facts for clip in clips[1:]):
        if (other.width, other.height) != (first.width, first.height):
            raise UsageError(
                f"{first.name} and {other.name} cannot be joined: {first.width}x{first.height} and "
                f"{other.width}x{other.height} pixels"
            )
    if source is not None and len(clips) > 1 and not source.endswith("/"):
        raise UsageError(
            f"source {source}: one MOV for {len(clips)} clips", "a folder of MOVs ends with /"
        )


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _array(
    shape: Sequence[int], chunks: Sequence[int], dtype: str, filters: list[dict[str, Any]] | None
) -> dict[str, Any]:
    """The document of an array of Zarr version 2."""
    return {
        "zarr_format": 2,
        "shape": shape,
        "chunks": chunks,
        "dtype": dtype,
        "compressor": None,
        "fill_value": None,
        "order": "C",
        "filters": filters,
        "dimension_separator": ".",
    }


# ---- netCDF


def _write_netcdf(chosen: _Chosen, frames: Any, view: ViewOptions, name: str) -> None:
    try:
        dataset, encoding = _dataset(chosen, frames, view)
        dataset.to_netcdf(name, engine="netcdf4", format="NETCDF4", encoding=encoding)
    except ImportError as error:
        raise UnsupportedError(
            f"netcdf: {error.name} is not installed", 'pip install "./python[xarray]" in a checkout'
        ) from None
    except RuntimeError as error:  # of netCDF4
        raise InputOutputError(f"{name}: {error}") from None


def _dataset(
    chosen: _Chosen, frames: Any, view: ViewOptions
) -> tuple[xr.Dataset, dict[Any, dict[str, Any]]]:
    """The file's variables, and how they are stored."""
    import xarray as xr

    clip = chosen.clips[0]
    key = slice(None) if frames is None else frames
    is_one = not isinstance(key, slice) and np.ndim(key) == 0
    picked = clip.select([key] if is_one else key, **view)
    variables: dict[str, tuple[Any, Any, dict[str, Any]]] = {
        name: ("time", values, about) for name, values, about in _rows(clip, picked, frames)
    }
    chunk = {"chunksizes": (max(1, min(ROWS, len(picked))),), "shuffle": True, **DEFLATE}
    encoding: dict[Any, dict[str, Any]] = {name: dict(chunk) for name in variables}
    if frames is not None:
        for name, dims, pixels in _pictures(picked):
            about = {"long_name": "pictures", "units": "1", "layout": picked.layout, **_described(view)}
            variables[name] = (dims, pixels, about)
            wide = picked.dtype.itemsize > 1
            encoding[name] = {"chunksizes": (1, *pixels.shape[1:]), "shuffle": wide, **DEFLATE}
    found = _attributes(chosen)
    places = positions(found)
    for name, (_, _, about) in variables.items():
        if places and name != "time":
            about["coordinates"] = " ".join(places)
    for name, (value, told) in places.items():
        variables[name] = ((), value, dict(told))
        encoding[name] = {"_FillValue": None}
    attributes = {k: _narrow(v) for k, v in found.items()}
    return xr.Dataset(variables, attrs=attributes), encoding


def _rows(clip: Clip, picked: Any, frames: Any) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Columns of the index; with pictures, those that describe frames, not shards."""
    for name in clip.index:
        if frames is not None and name in ("shard", "shard_offset"):
            continue
        column = picked.time if name == "time" else clip.index[name][picked.number]
        about = array_attributes(name)
        if "flag_masks" in about:
            about["flag_masks"] = np.array(about["flag_masks"], column.dtype)
        yield name, column.astype(COLUMNS[name]), about
    yield "frame", picked.number.astype(np.uint64), array_attributes("frame")


def _pictures(picked: Any) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    pixels = picked.to_dask()
    if not picked.shape.planes:
        yield "video", ("time", "y", "x", "channel")[: picked.ndim], pixels
        return
    width = picked.shape.planes[0][3]
    for name, at, high, wide in picked.shape.planes:
        dims = ("time", "y", "x" if wide == width else "x_chroma")
        yield f"video_{name}", dims, pixels[:, at : at + high * wide].reshape(-1, high, wide)


def _described(view: ViewOptions) -> dict[str, str]:
    """Options of pictures, in the form of the command."""
    found = {}
    if "scale" in view:
        found["scale"] = f"1/{view['scale']}"
    region = view.get("region")
    if region is not None:
        ends = [("" if n is None else n) for part in region for n in (part.start, part.stop)]
        found["region"] = "{}:{},{}:{}".format(*ends)
    if "fields" in view:
        found["fields"] = view["fields"]
    return found


def _narrow(value: Any) -> Any:
    """Numbers of an attribute in the narrowest of int32, int64, uint64 and float64."""
    numbers = value if isinstance(value, list) else [value]
    if not all(isinstance(one, (int, float)) for one in numbers):
        return value
    array = np.array(value)
    limits = np.iinfo(np.int32)
    fits = array.dtype.kind == "i" and limits.min <= array.min() and array.max() <= limits.max
    return array.astype(np.int32) if fits else array
