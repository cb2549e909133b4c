"""What notebooks on the camera's recordings do with PyCamHD, after their import alone was changed: five
ways of work, each written anew and run over files and over a store."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import dask
import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure
from PIL import Image

from camzarr import camhd  # was: import pycamhd as camhd
from conftest import TFF, USUAL, Shelf

LINES, COLUMNS = 96, 128


@pytest.fixture(params=["files", "store"])
def names(request: pytest.FixtureRequest, shelf: Shelf) -> list[str]:
    """Of recordings."""
    camhd.use(shelf.path if request.param == "store" else None)
    request.addfinalizer(lambda: camhd.use(None))
    return [str(shelf.made[case].path) for case in (USUAL, TFF)]


def test_one_frame_is_shown_and_written(names: list[str], tmp_path: Path) -> None:
    filename = names[0]
    moov_atom = camhd.get_moov_atom(filename)
    middle = camhd.get_frame_count(filename, moov_atom) // 2
    frame = camhd.get_frame(filename, middle, "rgb24", moov_atom)
    assert frame.shape == (LINES, COLUMNS, 3) and frame.dtype == np.uint8
    shown = Figure().add_subplot().imshow(frame)
    Image.fromarray(frame).save(tmp_path / "frame.png")
    assert np.array_equal(shown.get_array(), frame)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "frame.png")), frame)
    deep = camhd.get_frame(filename, middle, "gray16le", moov_atom)
    assert deep.shape == (LINES, COLUMNS) and deep.max() > 255


def test_a_database_and_a_lazy_array(names: list[str], shelf: Shelf, tmp_path: Path) -> None:
    """Frames of one recording as a Dask array with times, and its mean."""
    rows = []
    for filename in names:
        moov_atom = camhd.get_moov_atom(filename)
        frames, moment = camhd.get_frame_count(filename, moov_atom), camhd.get_timestamp(filename, moov_atom)
        rows.append({"filename": filename, "timestamp": moment, "frame_count": frames, "deployment": 2})
    (tmp_path / "dbcamhd.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    database = pd.read_json(tmp_path / "dbcamhd.json", orient="records", lines=True)
    one = database[(database.deployment == 2) & (database.frame_count > 5)].iloc[0]
    numbers = np.linspace(1, one.frame_count - 2, 6, dtype=np.int64)
    moov_atom = camhd.get_moov_atom(one.filename)
    delayed = [dask.delayed(camhd.get_frame)(one.filename, n, "gray16le", moov_atom) for n in numbers]
    arrays = [da.from_delayed(each, (LINES, COLUMNS), np.uint16)[None] for each in delayed]
    start = one.timestamp.timestamp() if isinstance(one.timestamp, pd.Timestamp) else float(one.timestamp)
    times = [datetime.fromtimestamp(start + n / 29.97, timezone.utc).replace(tzinfo=None) for n in numbers]
    video = xr.DataArray(da.concatenate(arrays), {"time": times}, ("time", "y", "x"))
    told = np.stack([shelf.tool(USUAL, str(n), "gray16le").view("<u2").reshape(LINES, COLUMNS) for n in numbers])
    np.testing.assert_allclose(video.mean("time").compute(), told.mean(axis=0))


def test_a_frame_of_each_recording_side_by_side(names: list[str]) -> None:
    """The growth of something, cut out of one frame a recording."""
    columns = []
    for filename in names:
        frame = camhd.get_frame(filename, 3, "rgb24")
        columns.append(frame[:90, 40:60])
    strip = np.concatenate(columns, axis=1)
    assert strip.shape == (90, 40, 3) and strip[:, :20].any() and strip[:, 20:].any()


def test_a_time_series_of_spots(names: list[str]) -> None:
    """What drifts past, as the number of bright pixels against the median of neighbouring frames."""
    filename, n = names[0], 6
    frames = np.array([camhd.get_frame(filename, i, "gray") for i in range(n)])
    background = np.median(frames, axis=0)
    counts = ((frames.astype(float) - background) > 8).sum(axis=(1, 2))
    assert counts.shape == (n,) and counts.max() > counts.min() >= 0


def test_frames_as_recorded(names: list[str], shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes of frames by offsets and sizes, and a frame in a file of its own for other programs."""
    monkeypatch.chdir(tmp_path)
    filename, made = names[0], shelf.made[USUAL]
    moov_atom = camhd.get_moov_atom(filename)
    offsets, sizes = camhd.get_frame_offsets(filename, moov_atom), camhd.get_frame_sizes(filename, moov_atom)
    data = camhd.get_frame_data(filename, 5, moov_atom)
    assert data == made.path.read_bytes()[offsets[5] : offsets[5] + sizes[5]] and data[4:8] == b"icpf"
    camhd.write_frame(filename, 5, moov_atom)
    (written,) = tmp_path.glob("*.avi")
    assert data in written.read_bytes()
