"""Scenes, statistics and overview of a clip, and analyse()."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import camzarr
from conftest import COMMAND, TFF, USUAL, Shelf, run

xr = pytest.importorskip("xarray")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of a clip of 60 equal frames, with an overview of four pictures a second."""
    folder = tmp_path_factory.mktemp("still")
    equal = "trim=end_frame=1,loop=loop=59:size=1,setpts=N/30/TB"
    source = ("-f", "lavfi", "-i", "testsrc2=size=320x184:rate=30", "-vf", equal, "-r", "30")
    run("ffmpeg", "-v", "error", *source, "-c:v", "prores_ks", "-profile:v", "2", folder / "still.mov")
    run(COMMAND, "convert", folder / "still.mov", folder / "store", "--overview", "4")
    return folder / "store"


def files(store: Path) -> dict[str, bytes]:
    return {f.relative_to(store).as_posix(): f.read_bytes() for f in store.rglob("*") if f.is_file()}


def stored(store: Path, clip: str, group: str) -> xr.Dataset:
    """As xarray reads the Zarr group by itself."""
    return xr.open_zarr(store / "clips" / clip / group).load()


def test_scenes(still: Path) -> None:
    clip = camzarr.open(still)["still"]
    (scene,) = clip.scenes()
    assert (scene.first, scene.last, scene.representative) == (0, 59, 32)
    assert (scene.start, scene.end) == (clip.time[0], np.datetime64(clip.facts.end, "ns"))
    assert np.array_equal(scene.signature, stored(still, "still", "scenes").signature.values[0])
    assert scene.signature.std() > 20


def test_statistics_are_those_of_the_store(still: Path) -> None:
    data, wanted = camzarr.open(still)["still"].statistics(), stored(still, "still", "statistics")
    assert set(data.data_vars) == set(wanted.data_vars)
    assert data.time.equals(wanted.time)
    for name, values in wanted.data_vars.items():
        assert np.array_equal(data[name].values, values.values, equal_nan=values.dtype.kind == "f"), name
        assert data[name].attrs["long_name"] == values.attrs["long_name"]
    assert data["flags"].dtype == np.uint8
    assert data.luma_mean.isel(time=[3, 1]).shape == (2,) and data.size.isel(time=7).ndim == 0


def test_overview_is_that_of_the_store(still: Path) -> None:
    clip = camzarr.open(still)["still"]
    data, wanted = clip.overview(), stored(still, "still", "overview")
    assert np.array_equal(data.picture.values, wanted.picture.values)
    assert np.array_equal(data.frame.values, wanted.frame.values)
    assert np.array_equal(data.time, wanted.time) and data.time.attrs == wanted.time.attrs
    assert data.picture.dims == wanted.picture.dims
    one = data.picture.isel(time=2, y=slice(3, 9), channel=0)
    assert np.array_equal(one, wanted.picture.values[2, 3:9, :, 0])
    scaled = clip.get_frame_at(int(data.frame[2]), scale=8)
    assert np.array_equal(data.picture.values[2], scaled.data)
    frames = xr.open_dataset(still, engine="camzarr", clip="still", scale=8)
    assert data.y.equals(frames.y) and data.x.equals(frames.x)


def test_nothing_is_read_before_it_is_used(still: Path, tmp_path: Path) -> None:
    """The objects may go between opening and use."""
    store = shutil.copytree(still, tmp_path / "store")
    clip = camzarr.open(store)["still"]
    statistics, overview = clip.statistics(), clip.overview()
    shutil.rmtree(store / "clips/still/statistics/zoom")
    shutil.rmtree(store / "clips/still/overview/picture")
    assert statistics.luma_mean.values.shape == (60,)
    with pytest.raises(camzarr.NotFoundError):
        statistics.zoom.load()
    with pytest.raises(camzarr.NotFoundError):
        overview.picture.load()


def test_dask(still: Path) -> None:
    pytest.importorskip("dask")
    clip = camzarr.open(still)["still"]
    assert clip.overview().chunk({"time": 2}).picture.mean().compute() > 0


def test_clip_without_analysis(shelf: Shelf, tmp_path: Path) -> None:
    run(COMMAND, "convert", shelf.made[USUAL].path, tmp_path / "store", "--overview", "none")
    clip = camzarr.open(tmp_path / "store")[shelf.name(USUAL)]
    for method in (clip.scenes, clip.statistics, clip.overview):
        with pytest.raises(camzarr.NotFoundError, match="no statistics"):
            method()
    with pytest.raises(camzarr.UnsupportedError):
        camzarr.open_movie(shelf.made[USUAL].path).scenes()


# ---- analyse()


def test_analyse_gives_the_bytes_of_a_conversion(shelf: Shelf, tmp_path: Path) -> None:
    for case in (USUAL, TFF):
        run(COMMAND, "convert", shelf.made[case].path, tmp_path / "later", "--overview", "none", "--no-catalog")
        run(COMMAND, "convert", shelf.made[case].path, tmp_path / "at_once", "--overview", "0.5", "--no-catalog")
    store = camzarr.open(tmp_path / "later")
    name = shelf.name(USUAL)
    (plan,) = store.analyse(name, overview=0.5, dry_run=True)
    assert plan.status == "planned" and plan.scenes == 0
    seen: list[camzarr.Progress] = []
    (report,) = store.analyse(name, overview=Fraction(1, 2), progress=seen.append)
    assert (report.clip, report.status, report.frames) == (name, "analysed", len(store[name]))
    assert report.bytes_read == store[name].index["size"].sum() and report.bytes_written > 0
    assert seen and seen[-1].bytes_total == report.bytes_read
    assert [r.status for r in camzarr.analyse(tmp_path / "later", overview="1/2")] == ["present", "analysed"]
    assert files(tmp_path / "later") == files(tmp_path / "at_once")


def test_opened_anew_after_analyse(still: Path, tmp_path: Path) -> None:
    store = camzarr.open(shutil.copytree(still, tmp_path / "store"))
    before = store["still"]
    (report,) = store.analyse(overview="all")
    assert report.pictures == 60
    with pytest.raises(camzarr.SourceChangedError):
        before.overview().picture.load()
    assert store["still"].overview().picture.shape[0] == 60


def test_analyse_is_stopped(still: Path, tmp_path: Path) -> None:
    store = camzarr.open(shutil.copytree(still, tmp_path / "store"))

    def stop(_: camzarr.Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.analyse(overview="all", progress=stop)
    assert store.verify() == [], "the clip has no analysis, and nothing of one"
    with pytest.raises(camzarr.NotFoundError):
        store["still"].scenes()
    assert store.analyse()[0].status == "analysed"


@pytest.mark.parametrize("overview", [0, -1, "none", "1/0", float("nan"), 1e-9])
def test_impossible_rate(overview: float | str, still: Path) -> None:
    with pytest.raises(camzarr.UsageError, match="overview"):
        camzarr.open(still).analyse(overview=overview)


def test_analyse_names_the_missing_clip(still: Path) -> None:
    with pytest.raises(camzarr.ClipNotFoundError, match="absent"):
        camzarr.open(still).analyse(["still", "absent"], overview=4)
