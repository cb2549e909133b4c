"""The same numbers by every way: camzarr.open, xarray, Zarr, the command, FFmpeg."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
import zarr

import camzarr
from camzarr.views import FIELDS, LAYOUTS
from conftest import ALPHA, TFF, USUAL, Shelf, run

CASES = [USUAL, TFF, ALPHA]
EVERYWHERE = ["native", "gray", "gray16le", "rgb24", "bgr24", "rgb48le", "rgba"]
ORDER = [5, 0, 7, 7, 1, 6]


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def one_by_one(shelf: Shelf, case: str, numbers: list[int], form: str, *more: str) -> np.ndarray:
    return shelf.tool(case, ",".join(map(str, numbers)), form, *more).reshape(len(numbers), -1)


@pytest.mark.parametrize("threads", [1, 8])
@pytest.mark.parametrize("layout", EVERYWHERE)
def test_every_layout_in_random_order(case: str, layout: str, threads: int, shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(case)]
    frames = clip.get_frames_at(ORDER, layout=layout, threads=threads)
    assert frames.data.dtype == LAYOUTS[layout].dtype
    assert frames.number.tolist() == ORDER
    told = one_by_one(shelf, case, ORDER, layout)
    assert np.array_equal(frames.data.view(np.uint8).reshape(len(ORDER), -1), told)


@pytest.mark.parametrize("scale", [1, 2, 8])
@pytest.mark.parametrize("fields", FIELDS)
def test_fields_and_scales(fields: str, scale: int, shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(TFF)]
    frames = clip.get_frames_at(ORDER, fields=fields, scale=scale)
    options = ["--fields", fields, *(["--scale", f"1/{scale}"] if scale > 1 else [])]
    told = one_by_one(shelf, TFF, ORDER, "rgb24", *options)
    assert np.array_equal(frames.data.reshape(len(ORDER), -1), told)


def test_regions(case: str, shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(case)]
    whole = clip.get_frame_at(3, layout="rgb48le").data
    part = np.s_[17:40, 33:-5]
    assert np.array_equal(clip.get_frame_at(3, layout="rgb48le", region=part).data, whole[part])


@pytest.mark.parametrize(
    ("case", "layout"),
    [(USUAL, "yuv422p10le"), (TFF, "yuv422p10le"), (ALPHA, "yuva444p12le")],
)
def test_planes_are_ffmpegs(case: str, layout: str, shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(case)]
    planes = clip.get_frames_in_range(0, len(clip), layout="native").data
    made = ("-i", shelf.made[case].path, "-map", "0:v:0", "-pix_fmt", layout, "-f", "rawvideo", "-")
    told = np.frombuffer(run("ffmpeg", "-v", "error", *made), np.uint16)
    assert np.array_equal(planes, told.reshape(planes.shape))


@pytest.mark.parametrize("case", [USUAL, TFF])
def test_gray_is_ffmpegs(case: str, shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(case)]
    luma = clip.get_frames_in_range(0, len(clip), layout="gray").data
    made = ("-i", shelf.made[case].path, "-map", "0:v:0", "-f", "rawvideo", "-pix_fmt", "gray", "-")
    told = np.frombuffer(run("ffmpeg", "-v", "error", *made), np.uint8).reshape(luma.shape)
    assert np.abs(luma.astype(int) - told).max() <= 1


def test_planes_by_name(shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(ALPHA)]
    frame = clip.get_frame_at(2, layout="native")
    assert list(frame.planes) == ["y", "cb", "cr", "alpha"]
    assert np.array_equal(np.concatenate([p.ravel() for p in frame.planes.values()]), frame.data)


def test_xarray(case: str, shelf: Shelf) -> None:
    name = shelf.name(case)
    clip = camzarr.open(shelf.path)[name]
    for layout in ("rgb24", "rgb48le", "gray", "rgba"):
        with xr.open_dataset(shelf.path, engine="camzarr", clip=name, layout=layout) as dataset:
            told = clip.get_frames_in_range(0, len(clip), layout=layout).data
            assert np.array_equal(dataset.video.values, told)
            assert np.array_equal(dataset.video[ORDER].values, told[ORDER])
    luma = clip.get_frames_in_range(0, len(clip), layout="gray16le").data
    assert dataset.luma.dtype == np.uint16
    assert np.array_equal(dataset.luma.values, luma)


KEYS = [
    np.s_[2],
    np.s_[-1, 5, 6, 2],
    np.s_[1:6:2, 10:40, 8:20],
    np.s_[::-1, ::3, ::-2],
    np.s_[[4, 1], 3, 5:30],
    np.s_[:, [7, 1, 30], [60, 2], 1],
    np.s_[3:3],
    np.s_[2, 9:9],
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_xarray_selects_as_numpy_along_each_axis(key: object, shelf: Shelf) -> None:
    name = shelf.name(TFF)
    data = camzarr.open(shelf.path)[name][:].data
    told = xr.DataArray(data, dims=("time", "y", "x", "channel"))[key]
    with xr.open_dataset(shelf.path, engine="camzarr", clip=name) as dataset:
        assert np.array_equal(dataset.video[key].values, told.values)


def test_xarray_planes(shelf: Shelf) -> None:
    name = shelf.name(TFF)
    frames = camzarr.open(shelf.path)[name].get_frames_at([0, 4], layout="native")
    with xr.open_dataset(shelf.path, engine="camzarr", clip=name, layout="native") as dataset:
        assert dataset.video_cb.dims == ("time", "y", "x_chroma")
        for plane in ("y", "cb", "cr"):
            told = np.stack([frame.planes[plane] for frame in frames])
            assert np.array_equal(dataset[f"video_{plane}"][[0, 4]].values, told)


@pytest.mark.filterwarnings("ignore:The specified chunks")  # as good as others
@pytest.mark.parametrize("scheduler", ["threads", "synchronous"])
def test_dask(scheduler: str, shelf: Shelf) -> None:
    name = shelf.name(USUAL)
    told = camzarr.open(shelf.path)[name][:].data
    with xr.open_dataset(shelf.path, engine="camzarr", clip=name, chunks={"time": 4}) as dataset:
        assert np.array_equal(dataset.video.data.compute(scheduler=scheduler), told)
        assert np.isclose(dataset.luma.mean().compute(scheduler=scheduler), dataset.luma.values.mean())


def test_zarr(case: str, shelf: Shelf) -> None:
    name = shelf.name(case)
    told = camzarr.open(shelf.path)[name][:].data
    video = zarr.open(shelf.path, mode="r")[f"clips/{name}/video/video"]
    assert np.array_equal(video[:], told)
    for i in ORDER:
        assert np.array_equal(video[i], told[i])
    with xr.open_zarr(shelf.path / "clips" / name / "video") as dataset:
        assert np.array_equal(dataset.video[2:5].values, told[2:5])
        assert dataset.time.dtype == "datetime64[ns]"
