"""The same pictures in threads, in processes that are forked and spawned, and by Dask."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
import xarray as xr
import zarr

import camzarr
from conftest import USUAL, Shelf

ORDER = [9, 3, 3, 14, 0, 7, 1, 12]


def frame_of(clip: camzarr.Clip, number: int) -> np.ndarray:
    return clip[number].data


def chunk_of(path: str, number: int) -> np.ndarray:
    return np.asarray(zarr.open_array(path, mode="r")[number])


@pytest.fixture
def clip(shelf: Shelf) -> camzarr.Clip:
    clip = camzarr.open(shelf.path)[shelf.name(USUAL)]
    clip[0]
    return clip


def test_threads_share_a_clip(clip: camzarr.Clip) -> None:
    told = clip[:].data
    with ThreadPoolExecutor(8) as pool:
        for n, data in zip(ORDER * 8, pool.map(lambda n: clip[n].data, ORDER * 8)):
            assert np.array_equal(data, told[n])


def test_threads_share_a_zarr_array(clip: camzarr.Clip) -> None:
    told = clip[:].data
    video = zarr.open(clip.store.url, mode="r")[f"clips/{clip.name}/video/video"]
    with ThreadPoolExecutor(8) as pool:
        for n, data in zip(ORDER * 4, pool.map(lambda n: video[n], ORDER * 4)):
            assert np.array_equal(data, told[n])


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(method: str, clip: camzarr.Clip) -> None:
    told = clip[:].data
    path = f"{clip.store.url}/clips/{clip.name}/video/video"
    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        for n, data in zip(ORDER, pool.map(frame_of, [clip] * len(ORDER), ORDER)):
            assert np.array_equal(data, told[n])
        if method == "spawn":  # zarr-python's own loop doesn't survive a fork
            assert np.array_equal(pool.submit(chunk_of, path, 5).result(), told[5])


def inherited(number: int) -> np.ndarray:
    return INHERITED[0][number].data


INHERITED: list[camzarr.Clip] = []


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_goes_on_with_an_open_clip(clip: camzarr.Clip) -> None:
    INHERITED[:] = [clip]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for n, data in zip(ORDER, pool.map(inherited, ORDER)):
            assert np.array_equal(data, clip[n].data)


def test_pickles_by_address(clip: camzarr.Clip) -> None:
    assert len(pickle.dumps(clip)) < 1000
    again = pickle.loads(pickle.dumps(clip))
    assert again.name == clip.name and np.array_equal(again[3].data, clip[3].data)
    assert pickle.loads(pickle.dumps(clip.store)).names == clip.store.names
    frame = pickle.loads(pickle.dumps(clip[3]))
    assert frame.number == 3 and np.array_equal(frame.data, clip[3].data)


def test_a_relative_path_is_good_elsewhere(clip: camzarr.Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(clip.store.url)
    store = camzarr.open(".")
    monkeypatch.chdir("/")
    assert pickle.loads(pickle.dumps(store)).names == clip.store.names


@pytest.mark.filterwarnings("ignore:The specified chunks")  # as good as others
def test_dask_processes(clip: camzarr.Clip) -> None:
    where = {"engine": "camzarr", "clip": clip.name, "chunks": {"time": 5}}
    with xr.open_dataset(clip.store.url, **where) as dataset:
        told = clip[:].data.mean(axis=(1, 2, 3))
        mean = dataset.video.mean(("y", "x", "channel")).compute(scheduler="processes", num_workers=2)
        assert np.allclose(mean.values, told)
