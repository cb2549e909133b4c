"""Independent libraries open a store in the cloud without a plugin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr
from zarr.storage import FsspecStore, ObjectStore

from conftest import Place_of
from support.clips import Clip
from support.cloud import SHARDS, Movie, to_store
from support.command import convert_one
from support.objects import Place
from support.servers import nginx


@pytest.fixture
def local(movie: Movie, tmp_path: Path) -> Clip:
    """The same clip in a folder."""
    convert_one(movie.made.path, tmp_path / "store", *SHARDS)
    return Clip(tmp_path / "store", movie.name)


@pytest.fixture
def place(movie: Movie, place_of: Place_of) -> Place:
    """A store in a bucket, below "a/store"."""
    found = place_of("versity")
    to_store(movie.url, found.url("a/store"), found.environment())
    return found


def same(index: zarr.Group, local: Clip) -> None:
    """All columns."""
    names = sorted(name for name, _ in index.arrays())
    assert names == sorted(name for name, _ in local.index.arrays())
    for name in names:
        assert np.array_equal(index[name][:], local.column(name))


def test_zarr_with_obstore(place: Place, movie: Movie, local: Clip) -> None:
    store = ObjectStore(place.store(), read_only=True)
    path = f"a/store/clips/{movie.name}/index"
    same(zarr.open_group(store, path=path, mode="r"), local)


def test_zarr_and_xarray_with_s3fs(place: Place, movie: Movie, local: Clip) -> None:
    server = place.server
    options = {
        "key": server.access,
        "secret": server.secret,
        "endpoint_url": server.endpoint,
    }
    url = f"s3://{place.bucket}/a/store/clips/{movie.name}/index"
    store = FsspecStore.from_url(url, storage_options=options, read_only=True)
    same(zarr.open_group(store, mode="r"), local)
    with xr.open_zarr(url, storage_options=options) as dataset:
        assert dataset.sizes["time"] == len(movie.made.frames)
        assert np.array_equal(dataset["size"], local.column("size"))


def test_xarray_over_a_plain_server(movie: Movie, local: Clip) -> None:
    with nginx(f"root {local.store};") as web:
        with xr.open_zarr(f"{web.url}/clips/{movie.name}/index") as dataset:
            assert np.array_equal(dataset["size"], local.column("size"))
            first = dataset["time"].to_index()[0]
            assert dataset.sel(time=first)["flags"] == 0
