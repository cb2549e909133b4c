"""References that `camzarr export kerchunk` writes, opened by those for whom they are."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr
from obspec_utils.registry import ObjectStoreRegistry
from obstore.store import LocalStore
from virtualizarr import open_virtual_dataset
from virtualizarr.parsers import KerchunkJSONParser

import camzarr
from conftest import COMMAND, TFF, USUAL, Shelf, run, shelf_of

COLUMNS = ["time", "source_offset", "size", "crc32c", "flags", "frame", "clip_number"]


def opened(path: Path) -> xr.Dataset:
    """Through fsspec's reference file system."""
    storage = {"fo": str(path), "remote_protocol": "file"}
    how = {"consolidated": False, "storage_options": storage}
    return xr.open_dataset("reference://", engine="zarr", chunks={}, backend_kwargs=how)


@pytest.mark.parametrize("case", [USUAL, TFF])
def test_pixels_are_the_same_over_a_store_and_over_the_mov(case: str, shelf: Shelf, tmp_path: Path) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(case)]
    made = shelf.made[case]
    export = [COMMAND, "export", "kerchunk"]
    run(*export, shelf.path, clip.facts.name, tmp_path / "shards.json")
    run(*export, shelf.path, clip.facts.name, tmp_path / "source.json", "--source", made.path)
    run(*export, made.path, tmp_path / "mov.json")
    for path in sorted(tmp_path.iterdir()):
        with opened(path) as found:
            assert found.video.dtype == np.uint8 and found.video.dims == ("time", "y", "x", "channel")
            assert np.array_equal(found.time, clip.time)
            assert found["size"].values.tolist() == clip.index["size"].tolist(), "no float, no mask"
            assert found["source_offset"].dtype == np.uint64
            for i in (0, 7, len(clip) - 1):
                assert np.array_equal(found.video[i], clip[i].data), path
            chosen = found.video.sel(time=clip.time[3])
            assert np.array_equal(chosen, clip[3].data)


def test_joined_clips_through_kerchunks_engine(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, "long_clip", USUAL)
    run(COMMAND, "export", "kerchunk", shelf.path, tmp_path / "all.json")
    with xr.open_dataset(str(tmp_path / "all.json"), engine="kerchunk", chunks={}) as found:
        assert found.sizes["time"] == sum(len(made.frames) for made in shelf.made.values())
        names = found.clip_number.attrs["flag_meanings"].split()
        clips = [camzarr.open(shelf.path)[name] for name in names]
        assert [clip.time[0] for clip in clips] == sorted(clip.time[0] for clip in clips)
        for row in (0, len(clips[0]) - 1, len(clips[0]), found.sizes["time"] - 1):
            one = found.isel(time=row)
            clip = clips[int(one.clip_number)]
            assert np.array_equal(one.video, clip[int(one.frame)].data)


def test_a_frame_that_is_missing_is_an_error(damaged: Shelf, tmp_path: Path) -> None:
    name = damaged.name("cut_short")
    run(COMMAND, "export", "kerchunk", damaged.path, name, tmp_path / "cut.json")
    with opened(tmp_path / "cut.json") as found:
        row = int(np.flatnonzero(found["size"].values == 0)[0])
        with pytest.raises(camzarr.FormatError, match="0 bytes"):
            found.video[row].compute()


def test_virtualizarr(shelf: Shelf, tmp_path: Path) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(USUAL)]
    run(COMMAND, "export", "kerchunk", shelf.path, clip.facts.name, tmp_path / "one.json")
    registry = ObjectStoreRegistry({"file://": LocalStore()})
    parser = KerchunkJSONParser(skip_variables=[*COLUMNS, "y", "x"])
    address = f"file://{tmp_path}/one.json"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of zarr-python: numcodecs in version 3 is no standard
        virtual = open_virtual_dataset(url=address, registry=registry, parser=parser)
        assert virtual.video.shape == (len(clip), 96, 128, 3)
        through = xr.open_zarr(parser(url=address, registry=registry), consolidated=False, zarr_format=3)
        assert np.array_equal(through.video[5], clip[5].data)


def test_the_codec_that_virtualizarr_names() -> None:
    told = {
        **{"version": 1, "layout": "rgb24", "matrix": "bt601", "range": "limited"},
        **{"fields": "weave", "height": 96, "width": 128},
    }
    kind = zarr.registry.get_codec_class("numcodecs.camzarr.prores")
    document = {"name": "numcodecs.camzarr.prores", "configuration": told}
    assert kind.from_dict(document).to_dict() == document
