"""Copies of pixels as other Zarr arrays, which are read without the codec, or what to type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import icechunk
import numpy as np
import pytest
import xarray as xr
import zarr
from zarr.registry import get_codec_class

import camzarr
from conftest import USUAL, Shelf


def check(folder: Path, source: xr.Dataset) -> None:
    """The copy has the same values, and no codec of camzarr's."""
    with xr.open_zarr(folder) as copy:
        assert copy.time.values.tolist() == source.time.values.tolist()
        assert np.array_equal(copy.video, source.video)
    array = zarr.open_array(folder / "video", mode="r")
    assert "camzarr" not in str(array.metadata.to_dict()["codecs"])


def opened(shelf: Shelf, **options: Any) -> xr.Dataset:
    return xr.open_zarr(shelf.path / "clips" / shelf.name(USUAL) / "video", **options)


@pytest.fixture(scope="module")
def places(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What xr.open_zarr() opens: shards, one frame an object, Zarr version 2, Icechunk."""
    folder = tmp_path_factory.mktemp("places")
    found: dict[str, Any] = {"shards": shelf.path / "clips" / shelf.name(USUAL) / "video"}
    for name, options in (("objects", {"frames_per_shard": 1}), ("version 2", {"zarr_format": 2})):
        camzarr.convert(shelf.made[USUAL].path, folder / name, **options)
        found[name] = folder / name / "clips" / shelf.name(USUAL) / "video"
    storage, prefix = icechunk.in_memory_storage(), f"file://{folder / 'objects'}/"
    camzarr.icechunk(folder / "objects", storage)
    allowed = icechunk.containers_credentials({prefix: None})
    repo = icechunk.Repository.open(storage, authorize_virtual_chunk_access=allowed)
    found["icechunk"] = repo.readonly_session("main").store
    return found


KINDS = ["shards", "objects", "version 2", "icechunk"]


@pytest.mark.parametrize("kind", KINDS)
def test_of_arrays(kind: str, places: dict[str, Any], tmp_path: Path) -> None:
    for number, part in enumerate((slice(0, 5), slice(1, None, 3), [9, 2])):
        found = xr.open_zarr(places[kind], consolidated=False).isel(time=part, y=slice(0, 20))
        found.drop_encoding().to_zarr(tmp_path / str(number))
        check(tmp_path / str(number), found)


@pytest.mark.parametrize("kind", KINDS)
def test_what_to_type(kind: str, places: dict[str, Any], tmp_path: Path) -> None:
    """Where a copy would take the codec along: the codec says it when it is asked to encode."""
    found = xr.open_zarr(places[kind], consolidated=False, chunks=None).isel(time=slice(3))
    version = 2 if kind == "version 2" else 3
    with pytest.raises(camzarr.UnsupportedError, match=r"only reads.*\ndataset\.drop_encoding\(\)\.to_zarr"):
        found.to_zarr(tmp_path / "out", zarr_format=version)


def test_xarray_refuses_parts_of_every_sharded_array(shelf: Shelf, tmp_path: Path) -> None:
    """With Dask, and before a codec is asked: those of ordinary numbers too. So no codec can make
    drop_encoding() unnecessary for what xr.open_zarr() opens."""
    ours = opened(shelf)
    stored = zarr.open_array(shelf.path / "clips" / shelf.name(USUAL) / "video" / "video", mode="r")
    zarr.create_group(tmp_path / "ordinary").create_array(
        "video",
        shape=stored.shape,
        dtype=stored.dtype,
        chunks=stored.chunks,
        shards=stored.shards,
        dimension_names=ours.video.dims,
    )
    for source in (ours, xr.open_zarr(tmp_path / "ordinary", consolidated=False)):
        with pytest.raises(ValueError, match="overlap multiple Dask chunks"):
            source.isel(time=slice(1, 5)).to_zarr(tmp_path / "out", mode="w")
        source.isel(time=slice(1, 5)).drop_encoding().to_zarr(tmp_path / "out", mode="w")


def test_of_the_engine(shelf: Shelf, tmp_path: Path) -> None:
    for name, chunks in (("dask", {}), ("memory", None)):
        whole = xr.open_dataset(shelf.path, engine="camzarr", clip=shelf.name(USUAL), chunks=chunks)
        found = whole.isel(time=slice(2, 8))
        found.to_zarr(tmp_path / name)
        check(tmp_path / name, found)
        assert np.array_equal(xr.open_zarr(tmp_path / name).luma, found.luma)


def test_an_array_of_frames_is_made_with_the_codec() -> None:
    """By its document, and by the object, as VirtualiZarr does; resizing keeps it."""
    members = {"version": 1, "layout": "gray", "matrix": "bt601", "range": "limited", "fields": "weave"}
    document = {"name": "camzarr.prores", "configuration": members}
    codec = get_codec_class("camzarr.prores").from_dict(document)
    for serializer in (document, codec):
        options = {"shape": (2, 4, 6), "chunks": (1, 4, 6), "dtype": "uint8", "compressors": None}
        array = zarr.create_array({}, serializer=serializer, **options)
        array.resize((5, 4, 6))
        array.attrs["title"] = "x"
        assert array.metadata.to_dict()["codecs"] == (document,)
        assert array.serializer == codec
