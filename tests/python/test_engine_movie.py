"""The engine on MOVs that are in no store, and what it says that it can open."""

from __future__ import annotations

import pickle
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import camzarr
from camzarr.xarray_engine import CamzarrBackend
from conftest import ROOT, USUAL, Shelf
from maker import make

sys.path.append(str(ROOT / "tests/e2e"))

from support.servers import nginx  # noqa: E402

COLUMNS = {"source_offset", "size", "flags"}


def same(found: xr.Dataset, clip: camzarr.Clip) -> None:
    """Lazy, and the numbers of the clip in a store."""
    assert not found.video.variable._in_memory
    assert found.time.values.tolist() == clip.time.tolist()
    assert set(found.data_vars) == {"video", "luma"} | COLUMNS
    assert found["size"].values.tolist() == clip.index["size"].tolist()
    assert np.array_equal(found.video[[7, 2], 4:9], clip[[7, 2]].data[:, 4:9])
    assert np.array_equal(pickle.loads(pickle.dumps(found)).video[3], clip[3].data)


def test_a_path(shelf: Shelf) -> None:
    path = shelf.made[USUAL].path
    clip = camzarr.open(shelf.path)[shelf.name(USUAL)]
    for address in (path, str(path), f"file://{path}"):
        with xr.open_dataset(address, engine="camzarr") as found:
            same(found, clip)
            assert found.attrs["title"] == clip.name and found.attrs["source"] == path.name
    options = {"scale": 2, "layout": "gray"}
    with xr.open_dataset(path, engine="camzarr", chunks={}, **options) as half:
        assert half.video.chunks[0] == (15,)
        picture = half.video[4].compute(scheduler="processes")
        assert np.array_equal(picture, clip.get_frame_at(4, **options).data)


def test_an_address(shelf: Shelf) -> None:
    path = shelf.made[USUAL].path
    with nginx(f"root {path.parent};") as web:
        with xr.open_dataset(f"{web.url}/{path.name}", engine="camzarr") as found:
            same(found, camzarr.open(shelf.path)[shelf.name(USUAL)])
        with xr.open_dataset(f"{web.url}/{path.name}?signature=a%2Fb", engine="camzarr") as found:
            assert found.sizes["time"] == 15
        with pytest.raises(camzarr.NotFoundError, match=r"none\.mov"):
            xr.open_dataset(f"{web.url}/none.mov", engine="camzarr")


def test_any_name(shelf: Shelf, tmp_path: Path) -> None:
    """A file is a MOV whatever it is called."""
    shutil.copy(shelf.made[USUAL].path, tmp_path / "recording")
    with xr.open_dataset(tmp_path / "recording", engine="camzarr") as found:
        assert found.sizes["time"] == 15
    (tmp_path / "text").write_text("words")
    with pytest.raises(camzarr.CamzarrError, match="text"):
        xr.open_dataset(tmp_path / "text", engine="camzarr")


def test_a_pattern(shelf: Shelf, tmp_path: Path) -> None:
    for hour in (0, 3):
        shutil.copy(shelf.made[USUAL].path, tmp_path / f"CAMHDA301-20190712T{hour:02}1500Z.mov")
    with xr.open_mfdataset(f"{tmp_path}/*.mov", engine="camzarr") as found:
        assert found.video.chunks[0] == (15, 15)
        clip = camzarr.open(shelf.path)[shelf.name(USUAL)]
        assert np.array_equal(found.video[17], clip[2].data)


def test_without_tables(tmp_path: Path) -> None:
    made = make("no_moov", tmp_path)
    with pytest.raises(camzarr.CamzarrError, match="set `recover`"):
        xr.open_dataset(made.path, engine="camzarr")
    with xr.open_dataset(made.path, engine="camzarr", recover=True) as found:
        assert found.sizes["time"] == len(made.frames)
        assert np.array_equal(found["size"], [frame.size for frame in made.frames])


def test_options_of_stores(shelf: Shelf) -> None:
    path = shelf.made[USUAL].path
    for options in ({"clip": "x"}, {"time": slice("2018", "2019")}):
        with pytest.raises(camzarr.UsageError, match=r"\.mov: a MOV by itself.*\n\.sel\(time="):
            xr.open_dataset(path, engine="camzarr", **options)
    with pytest.raises(camzarr.UsageError, match=r"\.mov: a MOV, where.*\n.*open_mfdataset"):
        xr.open_dataset([path, path], engine="camzarr")


# ---- Guessing


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in Zarr version 2."""
    folder = tmp_path_factory.mktemp("old")
    camzarr.convert(make(USUAL, folder).path, folder / "store", zarr_format=2)
    return folder / "store"


def test_the_engine_is_guessed(shelf: Shelf, old: Path) -> None:
    path, name = shelf.made[USUAL].path, shelf.name(USUAL)
    with xr.open_dataset(path) as found:
        assert found.sizes["time"] == 15 and "video" in found
    for store in (shelf.path, old):
        with xr.open_dataset(store) as table:
            assert name in table.clip_name
        with xr.open_dataset(store, clip=name) as found, xr.open_dataset(store / "clips" / name) as same:
            assert found.identical(same)


def test_what_is_not_ours(shelf: Shelf, tmp_path: Path) -> None:
    """Groups of a clip are zarr's; nothing is asked over a network."""
    guess = CamzarrBackend().guess_can_open
    clip = shelf.path / "clips" / shelf.name(USUAL)
    assert guess(shelf.path) and guess(str(clip)) and guess(f"{clip}/") and guess("x.MOV")
    assert guess("https://example.org/a.mov?b") and guess(shelf.path / "clips/other")
    for other in (clip / "index", clip / "video", tmp_path, tmp_path / "none", "s3://bucket/store"):
        assert not guess(other)
    for wrong in (b"\0\0\0\x14ftypqt", 7, None, object()):
        assert not guess(wrong)
    for text in ("[]", "{}", '{"attributes": 7}', '{"attributes": {"camzarr": 7}}', "{", "\xff"):
        (tmp_path / "zarr.json").write_text(text, "latin-1")
        assert not guess(tmp_path)
