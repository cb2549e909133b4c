"""camzarr.export("nwb"): pynwb reads the file, and its validator and nwbinspector accept it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pynwb
import pytest
from nwbinspector import Importance, inspect_nwbfile

import camzarr
from conftest import COMMAND, ROOT, USUAL, Shelf, run, shelf_of

LONG, RATE_25, ODD, CUT, TIMELESS = "long_clip", "rate_25", "odd_timings", "cut_short", "timeless"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Clips with CamHD's attributes."""
    folder = tmp_path_factory.mktemp("nwb")
    made = shelf_of(folder, LONG, RATE_25, ODD, TIMELESS)
    run(COMMAND, "attributes", made.path, "--set", ROOT / "examples/camhd-attributes.json")
    return made


def accepted(path: Path) -> None:
    """Nothing is invalid, and no best practice violated but for the subject, an animal: there is none."""
    assert pynwb.validate(path=str(path)) == []
    least = Importance.BEST_PRACTICE_VIOLATION
    found = [one.message for one in inspect_nwbfile(nwbfile_path=path, importance_threshold=least)]
    assert found == ["Subject is missing."]


@pytest.mark.parametrize("case", [LONG, RATE_25, ODD])
def test_accepted(case: str, shelf: Shelf, tmp_path: Path) -> None:
    """By shards: each is a movie that begins at its frame."""
    clip = camzarr.open(shelf.path)[shelf.name(case)]
    path = tmp_path / "x.nwb"
    camzarr.export("nwb", clip, path)
    accepted(path)
    with pynwb.NWBHDF5IO(path, "r") as io:
        file = io.read()
        series = file.acquisition["video"]
        start = np.datetime64(file.session_start_time.replace(tzinfo=None), "ns")
        each = clip.facts.frames_per_shard
        assert list(series.starting_frame) == list(range(0, len(clip), each))
        if series.timestamps is None:
            times = series.starting_time + np.arange(len(clip)) / series.rate
        else:
            times = series.timestamps[:]
        told = start + np.rint(times * 1e9).astype("timedelta64[ns]")
        assert np.array_equal(told, clip.index["time"])
        assert (series.rate == 25) == (case == RATE_25)
        assert file.institution == "Ocean Observatories Initiative (OOI)" and "CamHD" in file.keywords
        assert file.session_id == clip.name and clip.facts.source_md5 in file.notes
        movie = tmp_path / series.external_file[-1]
        count = ["ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets"]
        told_frames = subprocess.run([*count, "-of", "csv=p=0", movie], check=True, capture_output=True).stdout
        assert int(told_frames) == len(clip) - series.starting_frame[-1]


def test_the_source(shelf: Shelf, tmp_path: Path) -> None:
    store, movie = camzarr.open(shelf.path), shelf.made[LONG].path
    for name, source in (("a", str(movie)), ("b", f"{movie.parent}/")):
        path = tmp_path / f"{name}.nwb"
        camzarr.export("nwb", store, path, clips=shelf.name(LONG), source=source)
        accepted(path)
        with pynwb.NWBHDF5IO(path, "r") as io:
            (file,) = io.read().acquisition["video"].external_file
            assert os.path.samefile(tmp_path / file, movie)
    camzarr.export("nwb", movie, tmp_path / "movie.nwb")
    accepted(tmp_path / "movie.nwb")
    address = "https://example.org/raw/"
    camzarr.export("nwb", store[shelf.name(LONG)], tmp_path / "c.nwb", source=address)
    assert pynwb.validate(path=str(tmp_path / "c.nwb")) == []
    with pynwb.NWBHDF5IO(tmp_path / "c.nwb", "r") as io:
        assert list(io.read().acquisition["video"].external_file) == [address + movie.name]


def test_without_attributes(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, USUAL)
    camzarr.export("nwb", shelf.path, tmp_path / "x.nwb")
    accepted(tmp_path / "x.nwb")


def test_what_nwb_cannot_have(shelf: Shelf, tmp_path: Path) -> None:
    store, path = camzarr.open(shelf.path), tmp_path / "x.nwb"
    with pytest.raises(camzarr.UnsupportedError, match="start is unknown"):
        camzarr.export("nwb", store[shelf.name(TIMELESS)], path)
    with pytest.raises(camzarr.UsageError, match="nwb exports one"):
        camzarr.export("nwb", store, path)
    with pytest.raises(camzarr.UsageError, match="of netcdf only"):
        camzarr.export("nwb", store[shelf.name(LONG)], path, frames=[0])
    cut = shelf_of(tmp_path, CUT)
    with pytest.raises(camzarr.UsageError, match="lack frames"):
        camzarr.export("nwb", cut.path, path)
    old = tmp_path / "old"
    run(COMMAND, "convert", "--quiet", "--zarr-format", "2", shelf.made[LONG].path, old)
    with pytest.raises(camzarr.UsageError, match="version 2"):
        camzarr.export("nwb", old, path)
    assert not path.exists()


def test_existing_files_are_kept(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "x.nwb"
    path.write_text("mine")
    clip = camzarr.open(shelf.path)[shelf.name(LONG)]
    with pytest.raises(camzarr.AlreadyExistsError):
        camzarr.export("nwb", clip, path)
    assert path.read_text() == "mine"
    camzarr.export("nwb", clip, path, overwrite=True)
    accepted(path)
    assert list(tmp_path.iterdir()) == [path]


def test_without_pynwb(shelf: Shelf, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pynwb'] = None; import camzarr\n"
        f"try: camzarr.export('nwb', {str(shelf.path)!r}, 'x.nwb', clips={shelf.name(LONG)!r})\n"
        "except camzarr.UnsupportedError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True)
    assert b"pynwb is not installed" in done.stdout and list(tmp_path.iterdir()) == []


def test_the_command_says_where_it_is(shelf: Shelf) -> None:
    done = subprocess.run([COMMAND, "export", "nwb", shelf.path, "x.nwb"], capture_output=True, text=True)
    assert done.returncode == 2 and "Python" in done.stderr
