"""Stores in Zarr version 2, with zarr 2: run by scripts/versions."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import xarray as xr  # noqa: E402
import zarr  # noqa: E402

import camzarr  # noqa: E402
from conftest import COMMAND, USUAL, run  # noqa: E402
from maker import make  # noqa: E402


@pytest.fixture
def clip(tmp_path: Path) -> camzarr.Clip:
    """Of a store in version 2."""
    source = make(USUAL, tmp_path).path
    run(COMMAND, "convert", "--quiet", "--zarr-format", "2", source, tmp_path / "store")
    return camzarr.open(tmp_path / "store")[source.stem]


def group(clip: camzarr.Clip, name: str) -> str:
    """A group of the clip's."""
    assert clip.store
    return f"{clip.store.url}/clips/{clip.name}/{name}"


def test_pixels(clip: camzarr.Clip) -> None:
    assert zarr.__version__.startswith("2.")
    array = zarr.open(group(clip, "video"), mode="r")["video"]
    assert np.array_equal(array[3], clip[3].data)
    with xr.open_zarr(group(clip, "video")) as found:
        assert np.array_equal(found.time, clip.time)
        assert np.array_equal(found.video[:5], clip[:5].data)


def test_index(clip: camzarr.Clip) -> None:
    with xr.open_zarr(group(clip, "index")) as found:
        assert np.array_equal(found.time, clip.time)
        assert np.array_equal(found["size"], clip.index["size"])
