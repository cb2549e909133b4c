"""camzarr.dask.map_frames(): a function of the frames of many clips, as xarray."""

from __future__ import annotations

import os
import pickle

from typing import Any

import dask
import numpy as np
import pytest
import xarray as xr
from distributed import Client, LocalCluster

import camzarr
import camzarr.dask
from conftest import COMMAND, TFF, USUAL, Shelf, run
from maker import make

NAMES = ["CAMHDA301-20180712T000000", "CAMHDA301-20180713T000000"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> camzarr.Store:
    """Two clips of one geometry, in shards of 16 frames; the later one has the first name."""
    folder = tmp_path_factory.mktemp("map")
    for name in NAMES:
        make("long_clip", folder / f"{name}.mov")
        run(COMMAND, "convert", "--quiet", "--frames-per-shard", 16, folder / f"{name}.mov", folder / "store")
    return camzarr.open(folder / "store")


def mean(frame: camzarr.Frame) -> float:
    return float(frame.data.mean())


def several(frame: camzarr.Frame) -> dict[str, Any]:
    return {"mean": frame.data.mean(), "small": frame.data[::8, ::8], "pid": os.getpid()}


def test_a_number_a_frame(store: camzarr.Store) -> None:
    found = camzarr.dask.map_frames(mean, store, layout="gray16le", scale=2)
    assert isinstance(found, xr.DataArray) and found.dims == ("time",) and found.name == "mean"
    assert found.chunks is not None
    frames = [store[name].select(slice(None), layout="gray16le", scale=2) for name in NAMES]
    told = np.concatenate([one.data.mean(axis=(1, 2)) for one in frames])
    assert np.array_equal(found.compute(scheduler="threads"), told)
    assert np.array_equal(found.time, np.concatenate([one.time for one in frames]))
    assert np.array_equal(found.frame, np.concatenate([one.number for one in frames]))
    assert found["clip"].values.tolist() == [one.clip for one in frames for _ in one.number]


def test_chosen_frames_and_mappings(store: camzarr.Store) -> None:
    clips = [store[name] for name in NAMES]
    chosen = [clips[1].select(np.s_[::7], layout="gray16le"), clips[0].select([5, 3], layout="gray16le")]
    found = camzarr.dask.map_frames(several, chosen, chunk=2)
    assert isinstance(found, xr.Dataset)
    told = np.concatenate([one.data[:, ::8, ::8] for one in chosen])
    assert found.small.dims == ("time", "dim_0", "dim_1") and found.small.dtype == np.uint16
    assert np.array_equal(found.small.compute(scheduler="synchronous"), told)
    assert found.frame.values.tolist() == [*range(0, len(clips[1]), 7), 5, 3]
    assert max(found.chunksizes["time"]) == 2


def test_workers_compute_it(store: camzarr.Store, shelf: Shelf) -> None:
    """Also frames of a MOV, and all variables of a frame by one call."""
    movie = camzarr.open_movie(shelf.made[USUAL].path)
    where = {"host": "127.0.0.1", "dashboard_address": ":0"}
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **where) as cluster, Client(cluster):
        found = camzarr.dask.map_frames(several, [*(store[name] for name in NAMES), movie], scale=4)
        (done,) = dask.compute(found)
    assert os.getpid() not in done.pid.values
    assert np.allclose(done["mean"][-1], movie.select(slice(-1, None), scale=4).data.mean())


def test_tasks_begin_where_shards_do(monkeypatch: pytest.MonkeyPatch, store: camzarr.Store) -> None:
    monkeypatch.setattr("camzarr.dask.mapping.BLOCK", 16)
    frames = len(store[NAMES[0]])
    found = camzarr.dask.map_frames(mean, store[NAMES[0]][9:])
    assert found.chunksizes["time"][0] == 16 + 16 - 9, "less than LEAST frames are not a task of their own"
    found = camzarr.dask.map_frames(mean, store[NAMES[0]])
    assert found.chunksizes["time"] == (*[16] * (frames // 16), *([frames % 16] if frames % 16 else []))


def test_a_task_holds_some_frames_only(monkeypatch: pytest.MonkeyPatch, store: camzarr.Store) -> None:
    """And decodes on one thread."""
    alive: list[int] = []
    clip = store[NAMES[0]]
    decode = camzarr.Clip._pictures

    def counted(self: camzarr.Clip, numbers: list[int], view: camzarr.View, out: Any = None) -> Any:
        alive.append(len(numbers))
        assert view.threads == 1 or len(numbers) == 1
        return decode(self, numbers, view, out)

    monkeypatch.setattr(camzarr.Clip, "_pictures", counted)
    camzarr.dask.map_frames(mean, clip).compute(scheduler="synchronous")
    assert max(alive) <= 16 and sum(alive) == len(clip) + 1


def test_results_that_differ(store: camzarr.Store) -> None:
    def by_number(frame: camzarr.Frame) -> Any:
        return np.zeros(1 + frame.number // 20)

    with pytest.raises(camzarr.UsageError, match=r"frame [2-9]\d: the function returns float64 \(\d,\)"):
        camzarr.dask.map_frames(by_number, store).compute(scheduler="synchronous")

    def by_name(frame: camzarr.Frame) -> Any:
        return {"a": 1} if frame.number < 20 else {"b": 1}

    with pytest.raises(camzarr.UsageError, match="frame 20"):
        camzarr.dask.map_frames(by_name, store).compute(scheduler="synchronous")


@pytest.mark.parametrize("value", [None, "text", [object()]])
def test_results_that_are_no_numbers(value: Any, store: camzarr.Store) -> None:
    with pytest.raises(camzarr.UsageError, match="returns"):
        camzarr.dask.map_frames(lambda frame: value, store)


def test_frames_that_make_no_sense(store: camzarr.Store, shelf: Shelf) -> None:
    clip = store[NAMES[0]]
    for chosen, view in (([], {}), (clip[0:0], {}), ([7], {}), (clip[:], {"scale": 2})):
        with pytest.raises(camzarr.UsageError):
            camzarr.dask.map_frames(mean, chosen, **view)
    with pytest.raises(camzarr.UsageError):
        camzarr.dask.map_frames(mean, clip, chunk=0)
    with pytest.raises(camzarr.StoreNotFoundError):
        camzarr.dask.map_frames(mean, "/nowhere")


def test_damage(damaged: Shelf) -> None:
    clip = camzarr.open(damaged.path)[damaged.name("damaged_frames")]
    lazy = camzarr.dask.map_frames(mean, clip)
    with pytest.raises(camzarr.CorruptError):
        lazy.compute(scheduler="synchronous")
    sound = camzarr.dask.map_frames(mean, clip[:4]).compute(scheduler="synchronous")
    assert sound.sizes == {"time": 4}


def test_fields_have_their_times(shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(TFF)]
    found = camzarr.dask.map_frames(mean, clip, fields="bob-top")
    assert np.array_equal(found.time, clip.select(slice(None), fields="bob-top").time)
    assert pickle.loads(pickle.dumps(found)).equals(found.compute(scheduler="synchronous"))
