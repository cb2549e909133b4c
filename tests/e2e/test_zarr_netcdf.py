"""What xarray makes of a store: netCDF files that follow the CF conventions, and pictures that are
plotted the right way up."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import netCDF4
import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot
from zarr import registry
from zarr.abc.codec import ArrayBytesCodec

from conftest import Converted_by
from maker import make
from support.command import convert_one

matplotlib.use("agg")
CHECKER = Path(sys.executable).with_name("compliance-checker")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture(params=["3", "2"])
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of a clip in a store of either version."""
    made = make("usual", tmp_path)
    convert_one(made.path, tmp_path / "store", "--zarr-format", request.param)
    return tmp_path / "store/clips" / made.path.stem


class Ramp(ArrayBytesCodec):
    """Stands in for camzarr.prores: pictures that are brighter from row to row."""

    is_fixed_size = False

    @classmethod
    def from_dict(cls, data: object) -> Ramp:
        return cls()

    def to_dict(self) -> dict[str, str]:
        return {"name": "camzarr.prores"}

    async def _decode_single(self, chunk_data, chunk_spec):  # type: ignore[no-untyped-def]
        rows = np.arange(chunk_spec.shape[1], dtype=np.uint8)[:, None, None]
        picture = np.broadcast_to(rows, chunk_spec.shape).copy()
        return chunk_spec.prototype.nd_buffer.from_numpy_array(picture)

    def compute_encoded_size(self, input_byte_length, chunk_spec):  # type: ignore[no-untyped-def]
        raise NotImplementedError


@pytest.fixture
def video(converted: Converted_by, monkeypatch: pytest.MonkeyPatch) -> xr.Dataset:
    """The group `video`, with pictures."""
    known = getattr(registry, "__codec_registries")
    monkeypatch.setitem(known, "camzarr.prores", registry.Registry())
    registry.register_codec("camzarr.prores", Ramp)
    return xr.open_zarr(converted("usual").clip.folder / "video", chunks=None)


def check_cf(path: Path, criteria: str = "strict") -> None:
    """By the compliance checker of IOOS; "strict": recommendations are followed, too."""
    command = [CHECKER, "--test", "cf:1.11", "--criteria", criteria, path]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("group", ["index", "source"])
def test_netcdf_of_a_group_follows_cf(group: str, clip: Path, tmp_path: Path) -> None:
    with xr.open_zarr(clip / group) as dataset:
        dataset.to_netcdf(tmp_path / "it.nc")
    check_cf(tmp_path / "it.nc")
    with netCDF4.Dataset(tmp_path / "it.nc") as found:
        assert (found.camzarr_format, found.camzarr_kind) == ("1.0", group)
        for name, variable in found.variables.items():
            assert variable.long_name
            assert name == "flags" or variable.units
        if group == "index":
            assert found["flags"].dtype == found["flags"].flag_masks.dtype


@pytest.mark.parametrize("path", ["", "clips"])
def test_netcdf_of_the_groups_above(path: str, clip: Path, tmp_path: Path) -> None:
    with xr.open_zarr(clip.parents[1] / path, consolidated=False) as dataset:
        dataset.to_netcdf(tmp_path / "it.nc")


def test_netcdf_of_frames_follows_cf(video: xr.Dataset, tmp_path: Path) -> None:
    """All but the recommended place of `channel`, before time."""
    video.isel(time=slice(0, 2)).drop_encoding().to_netcdf(tmp_path / "it.nc")
    check_cf(tmp_path / "it.nc", "lenient")


def test_coordinates_are_rows_and_columns(video: xr.Dataset) -> None:
    height, width = video.sizes["y"], video.sizes["x"]
    assert video["x"].values.tolist() == list(range(width))
    assert video["y"].values.tolist() == list(range(height))[::-1]
    assert video["x"].dtype == video["y"].dtype == np.int64


def test_frames_are_plotted_the_right_way_up(video: xr.Dataset) -> None:
    figure, axes = pyplot.subplots()
    video["video"].isel(time=0).plot.imshow(ax=axes)
    axes.set(position=(0, 0, 1, 1))
    figure.canvas.draw()
    shown = np.asarray(figure.canvas.buffer_rgba())[:, :, 0].mean(axis=1)
    pyplot.close(figure)
    inside = shown[1:-1]  # without the frame around the plot
    assert (np.diff(inside) >= 0).all() and inside[0] < inside[-1], "the first row is at the top"
