"""The catalog of a store as xarray datasets, and as GeoParquet.

    store.catalog().to_dataframe().query("deployment == 5 and damaged_frames == 0")
    store.catalog("scenes")
    camzarr.catalog_geoparquet(store, "camhd.parquet")
"""

from __future__ import annotations

import base64
import json
import os
import struct
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .attributes import Attributes
from .errors import AlreadyExistsError, FormatError, UnsupportedError, UsageError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from .store import Store

SIGNATURE = (9, 16)  # cells of a scene's signature
UNKNOWN = {"deployment": 0, "black_frames": -1}  # where the catalog has null
POSITIONS = {
    "lat": {"standard_name": "latitude", "units": "degrees_north"},
    "lon": {"standard_name": "longitude", "units": "degrees_east"},
    "depth": {"standard_name": "depth", "units": "m", "positive": "down"},
}
TEXTS = ("codec", "source", "url", "start_from", "interlace", "chroma", "md5", "sha256", "overview")
NUMBERS = (
    *("frames", "bytes", "width", "height", "deployment", "damaged_frames", "black_frames"),
    *("frame_bytes", "scenes"),
)


class CatalogText:
    """The lines of catalog.jsonl."""

    def __init__(self, text: bytes) -> None:
        self.clips: list[dict[str, Any]] = []
        self.scenes: list[dict[str, Any]] = []
        self.unreadable: dict[str, str] = {}
        for line in text.splitlines():
            row = json.loads(line)
            if "scenes_of" in row:
                self.scenes.append(row)
            elif "error" in row:
                self.unreadable[row["unreadable"]] = row["error"]
            elif "name" in row:
                self.clips.append(row)

    def _column(self, name: str) -> list[Any]:
        return [row[name] for row in self.clips]

    def clips_dataset(self) -> xr.Dataset:
        """A row a clip, with the names as coordinate."""
        import xarray as xr

        columns: dict[str, Any] = {
            name: np.array([UNKNOWN.get(name, 0) if v is None else v for v in self._column(name)], "int64")
            for name in NUMBERS
        }
        for name in TEXTS:
            columns[name] = np.array([v or "" for v in self._column(name)], "U")
        for name in ("start", "end"):
            columns[name] = np.array(self._column(f"{name}_ns"), "int64").astype("datetime64[ns]")
        columns["recovered"] = np.array(self._column("recovered"), "bool")
        columns["frame_rate"] = np.array([float(Fraction(v)) for v in self._column("frame_rate")], "float64")
        found = xr.Dataset({name: ("clip", values) for name, values in columns.items()})
        for name, attributes in POSITIONS.items():
            values = np.array([np.nan if v is None else v for v in self._column(name)], "float64")
            found[name] = ("clip", values, attributes)
        return found.assign_coords(clip=np.array(self._column("name"), "U"))

    def scenes_dataset(self) -> xr.Dataset:
        """A row a scene, with the name of its clip."""
        import xarray as xr

        frames = ("start_frame", "end_frame", "representative_frame")
        counts = [len(row["start_frame"]) for row in self.scenes]
        names = [name for row, n in zip(self.scenes, counts) for name in [row["scenes_of"]] * n]
        raw = b"".join(base64.b64decode(row["signature"], validate=True) for row in self.scenes)
        cells = np.frombuffer(raw, "uint8")
        if cells.size != len(names) * SIGNATURE[0] * SIGNATURE[1]:
            raise FormatError("catalog/catalog.jsonl: malformed signatures")
        found = xr.Dataset({"clip": ("scene", np.array(names, "U"))})
        for name in frames:
            found[name] = ("scene", np.array([v for row in self.scenes for v in row[name]], "int64"))
        found["signature"] = (("scene", "row", "column"), cells.reshape(-1, *SIGNATURE))
        return found


def dataset(text: bytes, table: str) -> xr.Dataset:
    """A table of the catalog."""
    if table not in ("clips", "scenes"):
        raise UsageError(f"table={table!r}: not a table of the catalog", 'it has "clips" and "scenes"')
    parsed = CatalogText(text)
    return parsed.clips_dataset() if table == "clips" else parsed.scenes_dataset()


# ---- GeoParquet


def _position_of_store(attributes: Attributes) -> dict[str, float]:
    """lat and lon of the store's own attributes, if they are points."""
    names = {"lat": "geospatial_lat", "lon": "geospatial_lon"}
    ends = {name: (attributes.get(f"{a}_min"), attributes.get(f"{a}_max")) for name, a in names.items()}
    return {name: float(low) for name, (low, high) in ends.items() if low is not None and low == high}


def _point(lon: float, lat: float) -> bytes | None:
    """WKB of a point, little-endian; None if it is not known."""
    known = not (np.isnan(lon) or np.isnan(lat))
    return struct.pack("<BIdd", 1, 1, lon, lat) if known else None


def _geo(points: list[tuple[float, float]]) -> str:
    """The metadata of GeoParquet 1.1. Without `crs` coordinates are OGC:CRS84: longitude, latitude."""
    column: dict[str, Any] = {"encoding": "WKB", "geometry_types": ["Point"] if points else []}
    if points:
        lon, lat = zip(*points)
        column["bbox"] = [min(lon), min(lat), max(lon), max(lat)]
    return json.dumps({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}})


def _with_positions(table: pd.DataFrame, fallback: dict[str, float]) -> pd.DataFrame:
    return table.fillna({name: value for name, value in fallback.items() if name in table})


def catalog_geoparquet(store: Store, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write the catalog's clips as GeoParquet 1.1, a row a clip, with pyarrow.

    The column `geometry` is the camera's position by the attributes of the clip or, where it has
    none, of the store (`geospatial_lat_min` = `geospatial_lat_max`, likewise `lon`); null where
    neither is known. The other columns are those of `store.catalog()`.

    Parameters
    ----------
    store : Store
        The store.
    path : str or path
        Of the file to write. It appears when it is complete.
    overwrite : bool
        Replace a file that exists.

    Raises
    ------
    AlreadyExistsError
        There is a file at `path`.
    UnsupportedError
        pyarrow or pandas is not installed; the store has neither a catalog nor a listing.

    Examples
    --------
    >>> camzarr.catalog_geoparquet(store, "camhd.parquet")
    >>> geopandas.read_parquet("camhd.parquet").query("deployment == 5")
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UnsupportedError("GeoParquet: pyarrow is not installed", "pip install pyarrow") from None
    table = store.catalog().to_dataframe().reset_index().rename(columns={"clip": "name"})
    table = _with_positions(table, _position_of_store(store.attributes))
    geometry = [_point(lon, lat) for lon, lat in zip(table["lon"], table["lat"])]
    known = [at for at, wkb in zip(zip(table["lon"], table["lat"]), geometry) if wkb is not None]
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    arrow = arrow.append_column("geometry", pa.array(geometry, pa.binary()))
    arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), b"geo": _geo(known).encode()})
    _write_file(Path(path), lambda part: pq.write_table(arrow, part), overwrite)


def _write_file(path: Path, produce: Callable[[Path], object], overwrite: bool) -> None:
    """produce(another file), which gets its name when it is complete."""
    if path.exists() and not overwrite:
        raise AlreadyExistsError(f"{path}: exists", "overwrite=True replaces it")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        part = Path(folder) / path.name
        produce(part)
        os.replace(part, path)
