"""Centres of pixels: coordinates `y` and `x` of every scale and field, and plots the right way up."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import camzarr
from conftest import ALPHA, TFF, USUAL, Shelf


def opened(shelf: Shelf, case: str, **options: object) -> xr.Dataset:
    return xr.open_dataset(shelf.path, engine="camzarr", clip=shelf.name(case), **options)


def drawn(array: xr.DataArray) -> np.ndarray:
    """What a plot shows, a pixel of the picture a pixel of the figure."""
    height, width = array.shape[:2]
    figure = Figure(figsize=(width / 100, height / 100), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    array.plot.imshow(ax=axes, interpolation="nearest")
    axes.set_axis_off()
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3]


@pytest.mark.parametrize("scale", [1, 2])
def test_a_plot_is_the_right_way_up(scale: int, shelf: Shelf) -> None:
    frame = opened(shelf, USUAL, scale=scale).video.isel(time=0)
    assert not np.array_equal(frame, frame[::-1]) and not np.array_equal(frame, frame[:, ::-1])
    assert np.array_equal(drawn(frame), frame)


@pytest.mark.parametrize("chunks", [None, 4])
def test_plots_of_decoded_frames_are_the_right_way_up(chunks: int | None, shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(USUAL)]
    frames = clip.get_frames_at([0], region=np.s_[8:72, 16:112])
    shown = frames.to_xarray(chunks).isel(time=0)
    assert np.array_equal(drawn(shown), frames.data[0])


@pytest.mark.parametrize("fields", ["weave", "bottom", "bob-top"])
@pytest.mark.parametrize("scale", [1, 4])
def test_decoded_frames_lie_where_the_lazy_ones_do(scale: int, fields: str, shelf: Shelf) -> None:
    lazy = opened(shelf, TFF, scale=scale, fields=fields).video
    clip = camzarr.open(shelf.path)[shelf.name(TFF)]
    options = {"scale": scale, "fields": fields}
    whole = clip.get_frames_at([1, 0], **options).to_xarray()
    part = clip.get_frames_at([1, 0], region=np.s_[2:9, -5:], **options).to_xarray()
    for found, same in ((whole, lazy[[1, 0]]), (part, lazy[[1, 0], 2:9, -5:])):
        for name in ("time", "y", "x"):
            assert found[name].dtype == same[name].dtype
            assert np.array_equal(found[name], same[name])
        assert np.array_equal(found, same)
        assert found.y.attrs == same.y.attrs and found.x.attrs == same.x.attrs


def test_full_size(shelf: Shelf) -> None:
    found = opened(shelf, USUAL)
    height, width = found.luma.shape[1:]
    assert found.y.values.tolist() == [height - 1 - i for i in range(height)]
    assert found.x.values.tolist() == list(range(width))
    assert found.y.dtype == found.x.dtype == np.int64 and found.x.attrs["units"] == "1"
    stored = xr.open_zarr(f"{shelf.path}/clips/{shelf.name(USUAL)}/video")
    for name in ("y", "x"):
        assert found[name].equals(stored[name]) and found[name].attrs == stored[name].attrs
    part = found.video.isel(y=slice(8, 12), x=[3, 5])
    assert part.y.values.tolist() == found.y.values[8:12].tolist()
    top = found.video.sel(y=height, x=0, method="nearest")  # the upper left corner
    assert np.array_equal(top, found.video[:, 0, 0])


def brute(length: int, scale: int, count: int, rows: list[int]) -> list[float]:
    """Means of the centres, from the upper or left edge, of the rows that each line covers."""
    rows = rows + [rows[-1] + (rows[-1] - rows[-2]) * (k + 1) for k in range(scale)]
    return [float(np.mean(rows[i * scale : (i + 1) * scale])) for i in range(count)]


@pytest.mark.parametrize("scale", [1, 2, 4, 8])
@pytest.mark.parametrize("fields", ["weave", "top", "bottom", "bob-top", "bob-bottom"])
def test_pictures_of_every_kind_lie_on_one_another(scale: int, fields: str, shelf: Shelf) -> None:
    found = opened(shelf, TFF, scale=scale, fields=fields)
    clip = camzarr.open(shelf.path)[shelf.name(TFF)]
    rows = list(range(clip.facts.height))
    if fields in ("top", "bottom"):
        rows = rows[fields == "bottom" :: 2]
    count, across = found.luma.shape[1:]
    below_top = clip.facts.height - 1 - found.y.values
    assert below_top.tolist() == brute(clip.facts.height, scale, count, rows)
    assert found.x.values.tolist() == brute(127, scale, across, list(range(127)))


def test_planes(shelf: Shelf) -> None:
    found = opened(shelf, USUAL, layout="native")
    assert found.video_cb.dims == ("time", "y", "x_chroma")
    assert found.x_chroma.values.tolist() == found.x.values[::2].tolist()
    small = opened(shelf, USUAL, layout="native", scale=2)
    assert small.x_chroma.values[:2].tolist() == [found.x_chroma[:2].mean(), found.x_chroma[2:4].mean()]
    assert "x_chroma" not in opened(shelf, ALPHA, layout="native").coords
    assert "x_chroma" not in found.drop_dims("x_chroma").coords


def test_variables_to_leave_out(shelf: Shelf) -> None:
    found = opened(shelf, USUAL, drop_variables=["y", "luma"])
    assert set(found.coords) == {"time", "x"} and "luma" not in found
