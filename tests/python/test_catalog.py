"""store.catalog(), GeoParquet, and the archive's listing as a catalog."""

from __future__ import annotations

import gzip
import json
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

import camzarr
from conftest import COMMAND, ROOT, Shelf, run
from maker import make

LISTING = ROOT.parent / "shared/data/dbcamhd.json.gz"
EPOCH_1904 = 2_082_844_800  # of QuickTime, before 1970


def lines(path: Path) -> list[dict[str, Any]]:
    """Clips by `camzarr ls --json`."""
    return [json.loads(line) for line in run(COMMAND, "ls", "--json", path).splitlines()]


@pytest.fixture
def changing(shelf: Shelf, tmp_path: Path) -> Path:
    """A store for a test to change."""
    return Path(shutil.copytree(shelf.path, tmp_path / "store"))


# ---- Datasets


def test_it_says_what_ls_says(shelf: Shelf) -> None:
    clips = camzarr.open(shelf.path).catalog()
    table = clips.to_dataframe()
    listed = {line["name"]: line for line in lines(shelf.path)}
    assert set(table.index) == set(listed)
    assert table["start"].is_monotonic_increasing
    for name, line in listed.items():
        row = table.loc[name]
        for member in ("frames", "bytes", "width", "height", "codec", "source"):
            assert row[member] == line[member]
        assert row["start"] == pd.Timestamp(line["start"]).tz_localize(None)
        assert row["frame_rate"] == pytest.approx(float(camzarr.open(shelf.path)[name].facts.rate))


def test_the_columns_of_the_store_are_the_same(changing: Path) -> None:
    store = camzarr.open(changing)
    store.update_catalog()
    clips, columns = store.catalog(), xr.open_zarr(changing / "catalog/clips").load()
    for name in set(columns) - {"name", "flags", "marker_digest"}:
        np.testing.assert_array_equal(clips[name].values, columns[name].values, name)


def test_a_store_without_a_catalog(changing: Path) -> None:
    before = camzarr.open(changing).catalog()
    shutil.rmtree(changing / "catalog")
    assert camzarr.open(changing).catalog().identical(before)


def test_changes_are_seen(changing: Path) -> None:
    store = camzarr.open(changing)
    names = store.names
    store[names[0]].attributes["geospatial_lat_min"] = 45.5
    store[names[0]].attributes["geospatial_lat_max"] = 45.5
    store.remove(names[1])
    clips = store.catalog()
    assert float(clips["lat"].sel(clip=names[0])) == 45.5
    assert set(clips["clip"].values) == set(names) - {names[1]} == set(store.clips.names)
    report = store.update_catalog(dry_run=True)
    assert report["changed"] and (report["read"], report["clips"]) == (1, len(names) - 1)
    assert store.update_catalog()["changed"] and not store.update_catalog()["changed"]


def test_scenes(changing: Path) -> None:
    made = make("long_clip", changing.parent)
    run(COMMAND, "convert", "--overview", "1", "--name", "analysed", made.path, changing)
    scenes = camzarr.open(changing).catalog("scenes")
    stored = xr.open_zarr(changing / "clips/analysed/scenes").load()
    assert set(scenes["clip"].values) == ({"analysed"} if stored.sizes["scene"] else set())
    for name in ("start_frame", "end_frame", "representative_frame", "signature"):
        np.testing.assert_array_equal(scenes[name], stored[name])


def test_no_such_table(shelf: Shelf) -> None:
    with pytest.raises(camzarr.UsageError, match="not a table"):
        camzarr.open(shelf.path).catalog("frames")  # type: ignore[arg-type]


# ---- GeoParquet


def test_geoparquet(changing: Path, tmp_path: Path) -> None:
    """Positions of clips, else of the store; the metadata is that of GeoParquet 1.1."""
    store = camzarr.open(changing)
    names = store.names
    own = {"geospatial_lat_min": 10, "geospatial_lat_max": 10, "geospatial_lon_min": 20, "geospatial_lon_max": 20}
    store[names[0]].attributes.replace(own)
    out = tmp_path / "clips.parquet"
    camzarr.catalog_geoparquet(store, out)
    table = pq.read_table(out)
    points = dict(zip(table["name"].to_pylist(), table["geometry"].to_pylist()))
    assert points.pop(names[0]) == struct.pack("<BIdd", 1, 1, 20, 10)
    assert set(points.values()) == {None}
    geo = json.loads(table.schema.metadata[b"geo"])
    assert geo == {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"], "bbox": [20, 10, 20, 10]}},
    }
    with pytest.raises(camzarr.AlreadyExistsError):
        camzarr.catalog_geoparquet(store, out)
    store.attributes.replace(own | {"geospatial_lon_min": -130, "geospatial_lon_max": -130})
    camzarr.catalog_geoparquet(store, out, overwrite=True)
    table = pq.read_table(out)
    points = dict(zip(table["name"].to_pylist(), table["geometry"].to_pylist()))
    assert points.pop(names[0]) == struct.pack("<BIdd", 1, 1, 20, 10)
    assert set(points.values()) == {struct.pack("<BIdd", 1, 1, -130, 10)}
    assert table["start"].to_pylist() == store.catalog()["start"].to_pandas().tolist()
    assert {path.name for path in tmp_path.iterdir()} == {"store", "clips.parquet"}


# ---- The archive


def _made_listing(n: int) -> pd.DataFrame:
    """Rows in the form of the archive's listing, for machines that do not have it: every third hour."""
    times = pd.date_range("2016-07-20", periods=n, freq="3h")
    seconds = (times - pd.Timestamp(0)) // pd.Timedelta("1s")
    return pd.DataFrame(
        {
            "deployment": np.where(times <= "2016-07-26T21:18", 2, 3),
            "filename": [f"CAMHDA301-{t:%Y%m%dT%H%M%S}Z.mov" for t in times],
            "filesize": 1 + np.arange(n),
            "moov": np.arange(n) % 9 != 0,
            "timestamp": np.where(np.arange(n) % 9 != 0, seconds + 1, 0),
        }
    )


def listing(n: int) -> pd.DataFrame:
    """The first n rows: name, start, deployment, moov; those of empty files left out."""
    table = pd.read_json(gzip.open(LISTING), lines=True).head(n) if LISTING.exists() else _made_listing(n)
    table = table[table["filesize"] > 0].copy()
    table["name"] = table["filename"].str.extract(r"([^/]+)\.mov$")
    in_name = pd.to_datetime(table["name"].str.extract(r"(\d{8}T\d{6})")[0], format="%Y%m%dT%H%M%S")
    header = pd.to_datetime(table["timestamp"], unit="s")
    by_header = table["moov"] & (table["timestamp"] > 0) & ((header - in_name).abs() <= pd.Timedelta("1D"))
    table["start"] = header.where(by_header, in_name)
    # The listing has deployments by its timestamps, and so 2 where these are missing or wrong.
    table["knows_deployment"] = by_header | (in_name < "2016-07-26")
    return table.set_index("name").sort_index()


def archive(rows: pd.DataFrame, folder: Path) -> Path:
    """A store of tiny clips with these names and times; where the listing misses moov, they have none."""
    made = make("one_frame", folder)
    whole = made.path.read_bytes()
    at, moov = whole.index(b"mvhd") + 8, whole.index(b"moov") - 4
    for name, row in rows.iterrows():
        time = int(row["timestamp"]) + EPOCH_1904 if row["timestamp"] else 0
        text = whole[:at] + struct.pack(">I", time) + whole[at + 4 :]
        (folder / f"{name}.mov").write_bytes(text if row["moov"] else text[:moov])
    names = folder / "names.txt"
    names.write_text("".join(f"{folder}/{name}.mov\n" for name in rows.index))
    run(COMMAND, "convert", "--quiet", "--from", names, folder / "store", "--jobs", "2")
    return folder / "store"


@pytest.mark.parametrize("n", [300, pytest.param(2000, marks=pytest.mark.full)])
def test_queries_give_what_pandas_gives_on_the_listing(n: int, tmp_path: Path) -> None:
    rows = listing(n)
    store = camzarr.open(archive(rows, tmp_path))
    table = store.catalog().to_dataframe().sort_index()
    assert table.index.tolist() == rows.index.tolist()
    # Names without a Z are the end of a recording, here of a single frame.
    assert ((table["start"] - rows["start"]).abs() < pd.Timedelta("50ms")).all()
    middle, last = rows["start"].quantile([0.5, 0.9])
    for query in (f"start < '{middle}'", f"'{middle}' <= start < '{last}'"):
        assert table.query(query).index.tolist() == rows.query(query).index.tolist(), query
    known = rows[rows["knows_deployment"]]
    for query in ("deployment == 2", "deployment == 3", f"deployment == 2 and start >= '{middle}'"):
        found = table.loc[known.index].query(query)
        assert found.index.tolist() == known.query(query).index.tolist(), query
    assert table.query("recovered").index.tolist() == rows.query("~moov").index.tolist()
    assert table.query("damaged_frames == 0").index.tolist() == rows.index.tolist()
    columns = xr.open_zarr(tmp_path / "store/catalog/clips").load()
    flagged = columns["name"].values[(columns["flags"].values & 4) != 0]
    assert sorted(flagged.tolist()) == rows.query("~moov").index.tolist()
    when = rows.query("moov")["start"].iloc[-1]
    assert store.at(when, tolerance="1 s", scale=8).clip in rows.index
