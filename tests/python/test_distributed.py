"""Dask distributed: workers in processes of their own, that get clips by address; and one that has not
got the package."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from distributed import Client, LocalCluster

import camzarr
from camzarr import camhd
from conftest import USUAL, Shelf

PATIENCE = 60


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Of two workers on loopback."""
    where = {"host": "127.0.0.1", "dashboard_address": ":0"}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **where) as cluster,
        Client(cluster) as client,
    ):
        yield client


def mean_of(clip: camzarr.Clip, number: int) -> tuple[int, float]:
    return os.getpid(), float(clip.get_frame_at(number, layout="gray16le").data.mean())


def test_clips_go_to_workers(client: Client, shelf: Shelf) -> None:
    made = shelf.made[USUAL]
    for clip in (camzarr.open(shelf.path)[shelf.name(USUAL)], camzarr.open_movie(made.path)):
        told = clip.get_frames_in_range(0, len(clip), layout="gray16le").data.mean(axis=(1, 2))
        got = client.gather(client.map(mean_of, [clip] * len(clip), range(len(clip))))
        assert np.allclose([mean for _, mean in got], told)
        assert os.getpid() not in {process for process, _ in got}


def test_xarray(client: Client, shelf: Shelf) -> None:
    name = shelf.name(USUAL)
    told = camzarr.open(shelf.path)[name][:].data
    with xr.open_dataset(shelf.path, engine="camzarr", clip=name, chunks={}) as dataset:
        assert np.allclose(dataset.video.mean(("y", "x", "channel")).compute(), told.mean(axis=(1, 2, 3)))
    with xr.open_zarr(shelf.path / "clips" / name / "video") as dataset:
        assert np.allclose(dataset.video.mean(("y", "x", "channel")).compute(), told.mean(axis=(1, 2, 3)))


def test_camhd(client: Client, shelf: Shelf) -> None:
    path = str(shelf.made[USUAL].path)
    frames = client.gather([client.submit(camhd.get_frame, path, n, "gray16be") for n in (3, 7)])
    assert np.array_equal(frames[1], camhd.get_frame(path, 7, "gray16be"))
    client.run(camhd.use, str(shelf.path))
    try:
        again = client.submit(camhd.get_frame, Path(path).name, 7, "gray16be", pure=False).result()
    finally:
        client.run(camhd.use, None)
    assert np.array_equal(again, frames[1])


def test_errors_come_back(client: Client, damaged: Shelf) -> None:
    clip = camzarr.open(damaged.path)[damaged.name("damaged_frames")]
    with pytest.raises(camzarr.CorruptError, match="frame 20.*slice"):
        client.submit(clip.get_frame_at, 20).result()
    with pytest.raises(camzarr.FrameNotFoundError, match="frame 999"):
        client.submit(mean_of, clip, 999).result()


def test_a_worker_without_the_package(shelf: Shelf, tmp_path: Path) -> None:
    """It reports what is missing: to the client, and in its log for a task that it cannot unpickle."""
    clip = camzarr.open(shelf.path)[shelf.name(USUAL)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny", "--no-dashboard"]
    log = tmp_path / "log"
    with (
        log.open("w") as out,
        LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0", processes=True) as cluster,
        Client(cluster) as client,
        subprocess.Popen(
            [*command, cluster.scheduler_address], env=environment, cwd=tmp_path, stderr=out
        ) as worker,
    ):
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
            with pytest.raises(Exception, match="No module named 'camzarr'"):
                client.run(camzarr.open, str(shelf.path))
            task = client.submit(len, clip)
            limit = time.monotonic() + PATIENCE
            while "No module named 'camzarr'" not in log.read_text() and time.monotonic() < limit:
                time.sleep(0.1)
            assert "No module named 'camzarr'" in log.read_text()
            task.cancel()
        finally:
            worker.terminate()
