"""Stores in Zarr version 2: the same pixels by every way to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr

import camzarr
from conftest import COMMAND, TFF, USUAL, run
from maker import make


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sound clips and one whose end is missing."""
    folder = tmp_path_factory.mktemp("v2")
    for case in (USUAL, TFF, "cut_short"):
        (folder / case).mkdir()
        source = make(case, folder / case).path
        run(COMMAND, "convert", "--quiet", "--zarr-format", "2", "--name", case, source, folder / "store")
    return folder / "store"


@pytest.mark.parametrize("case", [USUAL, TFF])
def test_pixels(case: str, store: Path) -> None:
    clip = camzarr.open(store)[case]
    video = store / "clips" / case / "video"
    want = np.frombuffer(run(COMMAND, "frame", store, case, "3", "-o", "-", "--format", "rgb24"), np.uint8)
    assert np.array_equal(clip[3].data.reshape(-1), want)
    array = zarr.open_array(video / "video", mode="r")
    assert array.metadata.zarr_format == 2
    assert np.array_equal(array[3], clip[3].data)
    with xr.open_zarr(video) as found:
        assert found.video.dtype == np.uint8, "not masked"
        assert np.array_equal(found.time, clip.time)
        assert np.array_equal(found.video[:5], clip[:5].data)
    with xr.open_dataset(store, engine="camzarr", clip=case) as found:
        assert np.array_equal(found.video[3], clip[3].data)


def test_a_frame_that_is_missing_is_an_error(store: Path) -> None:
    clip = camzarr.open(store)["cut_short"]
    i = int(np.flatnonzero(clip.index["size"] == 0)[0])
    with pytest.raises(camzarr.NotFoundError):
        clip[i]
    with pytest.raises(camzarr.FormatError, match="0 bytes"):
        zarr.open_array(store / "clips/cut_short/video/video", mode="r")[i]


def test_it_can_be_asked_for(tmp_path: Path) -> None:
    source = make(USUAL, tmp_path).path
    report = camzarr.convert(source, tmp_path / "store", zarr_format=2)
    assert report.status == "converted"
    assert (tmp_path / "store/clips" / report.clip / "video/video/0.0.0.0").is_file()
    with pytest.raises(camzarr.UsageError, match="Zarr version 2"):
        camzarr.convert(source, tmp_path / "store", name="b")
