"""References in Parquet, and the warning where JSON has too many."""

from __future__ import annotations

import importlib
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from fsspec.implementations.reference import LazyReferenceMapper

import camzarr
from camzarr import parquet_references
from conftest import TFF, USUAL, Shelf, shelf_of


def opened(path: Path) -> xr.Dataset:
    """Through fsspec's reference file system, as kerchunk's engine opens it."""
    return xr.open_dataset(str(path), engine="kerchunk", chunks={})


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> camzarr.Store:
    return camzarr.open(shelf_of(tmp_path_factory.mktemp("two"), "long_clip", USUAL).path)


@pytest.mark.parametrize("record", [10_000, 7])
def test_the_values_are_those_of_json(
    record: int, two: camzarr.Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_references, "RECORD", record)
    camzarr.export("kerchunk", two, tmp_path / "all.json")
    camzarr.export("kerchunk", two, tmp_path / "all.parquet")
    frames = sum(clip.frames for clip in two.clips)
    files = list((tmp_path / "all.parquet/video").iterdir())
    assert len(files) == -(-frames // record)
    with opened(tmp_path / "all.json") as json_, opened(tmp_path / "all.parquet") as parquet:
        assert parquet.sizes["time"] == frames and parquet.video.dtype == np.uint8
        assert parquet.drop_vars("video").identical(json_.drop_vars("video"))
        for row in (0, 6, 7, frames - 1):
            one = parquet.isel(time=row)
            clip = two[parquet.clip_number.attrs["flag_meanings"].split()[int(one.clip_number)]]
            assert np.array_equal(one.video, clip[int(one["frame"])].data)


def test_the_references_are_those_of_json(shelf: Shelf, tmp_path: Path) -> None:
    movie = shelf.made[TFF].path
    camzarr.export("kerchunk", movie, tmp_path / "a.json")
    camzarr.export("kerchunk", str(movie), tmp_path / "a.parq")
    told = json.loads((tmp_path / "a.json").read_text())["refs"]
    lazy = LazyReferenceMapper(str(tmp_path / "a.parq"))
    for key, value in told.items():
        if key.startswith("video/") and ".z" not in key:
            assert list(lazy[key]) == value


def test_a_missing_frame_is_an_error(damaged: Shelf, tmp_path: Path) -> None:
    name = damaged.name("cut_short")
    camzarr.export("kerchunk", damaged.path, tmp_path / "cut.parquet", clips=name)
    with opened(tmp_path / "cut.parquet") as found:
        row = int(np.flatnonzero(found["size"].values == 0)[0])
        with pytest.raises(camzarr.FormatError, match="1 byte"):
            found.video[row].compute()


def test_a_shard_that_went_away_is_an_error(shelf: Shelf, tmp_path: Path) -> None:
    """Through references of both forms."""
    camzarr.convert(shelf.made[USUAL].path, tmp_path / "store", frames_per_shard=4)
    for form in ("a.json", "a.parquet"):
        camzarr.export("kerchunk", tmp_path / "store", tmp_path / form)
    next((tmp_path / "store/clips").glob("*/video/video/c/1/0/0/0")).unlink()
    for form in ("a.json", "a.parquet"):
        with opened(tmp_path / form) as found:
            assert found.video[3].values.any()
            with pytest.raises(Exception, match=r"c/1/0/0/0|not reachable|ReferenceNotReachable|video/4"):
                found.video[4].compute()


def test_what_is_there_stays(shelf: Shelf, tmp_path: Path) -> None:
    path = shelf.made[USUAL].path
    target = tmp_path / "a.parquet"
    camzarr.export("kerchunk", path, target)
    (target / "old").write_text("")
    with pytest.raises(camzarr.AlreadyExistsError, match=r"a\.parquet: exists\noverwrite=True"):
        camzarr.export("kerchunk", path, target)
    camzarr.export("kerchunk", path, target, overwrite=True)
    assert not (target / "old").exists() and (target / ".zmetadata").exists()
    (tmp_path / "other.parquet").mkdir()
    with pytest.raises(camzarr.UsageError, match="no folder of references"):
        camzarr.export("kerchunk", path, tmp_path / "other.parquet", overwrite=True)
    with pytest.raises(camzarr.InputOutputError, match="No such file"):
        camzarr.export("kerchunk", path, tmp_path / "none/a.parquet")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.parquet", "other.parquet"]


def test_many_frames_in_json(
    two: camzarr.Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = sum(clip.frames for clip in two.clips)
    module = importlib.import_module("camzarr.export")  # a function of that name hides it
    monkeypatch.setattr(module, "MANY", frames - 1)
    with pytest.warns(UserWarning, match=rf"{frames} frames in one JSON.*\.parquet.*camzarr\.icechunk"):
        camzarr.export("kerchunk", two, tmp_path / "all.json")
    monkeypatch.setattr(module, "MANY", frames)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        camzarr.export("kerchunk", two, tmp_path / "all.json", overwrite=True)
