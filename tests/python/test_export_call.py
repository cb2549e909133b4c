"""camzarr.export(): the files of the command `camzarr export`, as a call."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr

import camzarr
from conftest import ALPHA, COMMAND, TFF, USUAL, Shelf, run, shelf_of


def told(path: Path) -> Any:
    """A file of references, with the documents in it parsed."""
    refs = json.loads(path.read_text())
    refs["refs"] = {
        key: json.loads(value) if key.rpartition("/")[2].startswith(".z") else value
        for key, value in refs["refs"].items()
    }
    return refs


# ---- kerchunk


def test_references_are_the_commands(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, USUAL, "long_clip")
    store, (ours, its) = camzarr.open(shelf.path), (tmp_path / "ours.json", tmp_path / "its.json")
    store.attributes.replace({"store": {"institution": "OOI", "license": "x"}, "clips": {"license": "CC0-1.0"}})
    store[shelf.name(USUAL)].attributes["comment"] = "only one has it"
    one, movie = shelf.name(USUAL), shelf.made[USUAL].path
    cases: list[tuple[Any, dict[str, Any], list[Any]]] = [
        (store, {}, [shelf.path]),
        (str(shelf.path), {"clips": one}, [shelf.path, one]),
        (store[one], {"source": str(movie)}, [shelf.path, one, "--source", movie]),
        (shelf.path, {"source": f"{tmp_path}/"}, [shelf.path, "--source", f"{tmp_path}/"]),
        (store, {"source": "https://example.org/raw/"}, [shelf.path, "--source", "https://example.org/raw/"]),
        (movie, {}, [movie]),
    ]
    for place, options, (first, *rest) in cases:
        camzarr.export("kerchunk", place, ours, overwrite=True, **options)
        named = [name for name in rest[:1] if not str(name).startswith("--")]
        run(COMMAND, "export", "kerchunk", "--overwrite", first, *named, its, *rest[len(named) :])
        assert told(ours) == told(its), options


def test_references_over_version_2(tmp_path: Path, shelf: Shelf) -> None:
    run(COMMAND, "convert", "-q", "--zarr-format", "2", shelf.made[TFF].path, tmp_path / "store")
    camzarr.export("kerchunk", tmp_path / "store", tmp_path / "ours.json")
    run(COMMAND, "export", "kerchunk", tmp_path / "store", tmp_path / "its.json")
    assert told(tmp_path / "ours.json") == told(tmp_path / "its.json")


def test_references_of_missing_frames(damaged: Shelf, tmp_path: Path) -> None:
    name = damaged.name("cut_short")
    camzarr.export("kerchunk", damaged.path, tmp_path / "ours.json", clips=[name])
    run(COMMAND, "export", "kerchunk", damaged.path, name, tmp_path / "its.json")
    assert told(tmp_path / "ours.json") == told(tmp_path / "its.json")
    assert "base64:" in told(tmp_path / "ours.json")["refs"].values()


# ---- netCDF


def same_netcdf(ours: Path, its: Path) -> None:
    with netCDF4.Dataset(ours) as a, netCDF4.Dataset(its) as b:
        assert set(a.variables) == set(b.variables) and a.data_model == b.data_model
        assert {k: len(v) for k, v in a.dimensions.items()} == {k: len(v) for k, v in b.dimensions.items()}
        for x, y in [(a, b), *((a[name], b[name]) for name in b.variables)]:
            assert sorted(x.ncattrs()) == sorted(y.ncattrs())
            for name in y.ncattrs():
                assert np.array_equal(x.getncattr(name), y.getncattr(name)), name
                assert np.asarray(x.getncattr(name)).dtype == np.asarray(y.getncattr(name)).dtype
        for name, y in b.variables.items():
            x = a[name]
            x.set_auto_mask(False), y.set_auto_mask(False)
            assert (x.dtype, x.dimensions) == (y.dtype, y.dimensions) and np.array_equal(x[:], y[:])
            assert x.chunking() == y.chunking() and x.filters() == y.filters(), name


@pytest.mark.parametrize(
    ("case", "frames", "view", "options"),
    [
        (USUAL, None, {}, []),
        (USUAL, slice(0, 15, 7), {}, ["--frames", "0:15:7"]),
        (USUAL, 3, {"layout": "gray16le", "scale": 2}, ["--frames", "3", "--format", "gray16le", "--scale", "1/2"]),
        (USUAL, [4, 2], {"layout": "native"}, ["--frames", "4,2", "--format", "native"]),
        (USUAL, [1], {"region": np.s_[8:24, 0:16]}, ["--frames", "1", "--region", "8:24,0:16"]),
        (TFF, slice(2), {"fields": "bottom"}, ["--frames", "0:2", "--fields", "bottom"]),
        (ALPHA, [1], {"layout": "rgba"}, ["--frames", "1", "--format", "rgba"]),
    ],
)
def test_netcdf_is_the_commands(
    case: str, frames: Any, view: Any, options: list[str], shelf: Shelf, tmp_path: Path
) -> None:
    store = shutil.copytree(shelf.path, tmp_path / "store")
    clip = camzarr.open(store)[shelf.name(case)]
    clip.attributes.update(depth=1542, geospatial_lat_min=45.93, bounds=[1, 2.5], keywords=["a", "b"], n=1 << 40)
    ours, its = tmp_path / "ours.nc", tmp_path / "its.nc"
    camzarr.export("netcdf", clip, ours, frames=frames, **view)
    run(COMMAND, "export", "netcdf", store, clip.name, its, *options)
    same_netcdf(ours, its)
    with xr.open_dataset(ours) as found:
        assert found["crc32c"].values.tolist() == clip.index["crc32c"][found["frame"].values].tolist()


def test_a_mov_by_itself(shelf: Shelf, tmp_path: Path) -> None:
    movie = shelf.made[USUAL].path
    camzarr.export("netcdf", movie, tmp_path / "a.nc", frames=slice(3))
    with xr.open_dataset(tmp_path / "a.nc") as found:
        assert np.array_equal(found.video, camzarr.open_movie(movie)[0:3].data)


# ---- What is refused


Call = Callable[[Shelf, Path], object]
REFUSED: list[tuple[type[Exception], str, Call]] = [
    (camzarr.UsageError, "form 'stac': not one of kerchunk, netcdf", lambda s, p: camzarr.export("stac", s.path, p)),
    (camzarr.UsageError, r"torchcodec.*\n.*camzarr export torchcodec", lambda s, p: camzarr.export("torchcodec", s.path, p)),
    (camzarr.UsageError, r"3 clips, but netcdf exports one\nclips=", lambda s, p: camzarr.export("netcdf", s.path, p)),
    (camzarr.UsageError, "cannot be joined: .*pixels", lambda s, p: camzarr.export("kerchunk", s.path, p)),
    (camzarr.UsageError, "source: of kerchunk", lambda s, p: camzarr.export("netcdf", s.path, p, source="x")),
    (camzarr.UsageError, "of netcdf only", lambda s, p: camzarr.export("kerchunk", s.path, p, frames=3)),
    (camzarr.UsageError, r"scale: only with frames=", lambda s, p: camzarr.export("netcdf", s.path, p, scale=2)),
    (camzarr.UsageError, "is one clip", lambda s, p: camzarr.export("netcdf", s.made[USUAL].path, p, clips="a")),
    (camzarr.ClipNotFoundError, "other: no clip", lambda s, p: camzarr.export("netcdf", s.path, p, clips="other")),
    (camzarr.StoreNotFoundError, "nowhere", lambda s, p: camzarr.export("kerchunk", p / "nowhere", p)),
    (TypeError, "did you mean scale", lambda s, p: camzarr.export("netcdf", s.path, p, scal=2, frames=0)),
    (
        camzarr.FrameNotFoundError,
        "frame 99",
        lambda s, p: camzarr.export("netcdf", s.path, p, clips=s.name(USUAL), frames=99),
    ),
    (
        camzarr.InputOutputError,
        r"No such file.*\n.*makedirs",
        lambda s, p: camzarr.export("kerchunk", s.path, p / "no/a.json", clips=s.name(USUAL)),
    ),
]


@pytest.mark.parametrize(("kind", "message", "call"), REFUSED)
def test_what_is_refused(kind: type[Exception], message: str, call: Call, shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(kind, match=message):
        call(shelf, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_damage_leaves_no_file(damaged: Shelf, tmp_path: Path) -> None:
    name = damaged.name("damaged_frames")
    with pytest.raises(camzarr.CorruptError, match="frame 20"):
        camzarr.export("netcdf", damaged.path, tmp_path / "a.nc", clips=name, frames=[20])
    assert not list(tmp_path.iterdir())


def test_an_empty_store_and_a_file_that_exists(shelf: Shelf, tmp_path: Path) -> None:
    store = camzarr.open(shutil.copytree(shelf.path, tmp_path / "store"))
    (tmp_path / "a.json").write_text("mine")
    with pytest.raises(camzarr.AlreadyExistsError, match=r"a\.json: exists\noverwrite=True"):
        camzarr.export("kerchunk", store, tmp_path / "a.json", clips=shelf.name(USUAL))
    assert (tmp_path / "a.json").read_text() == "mine"
    for name in store.names:
        store.remove(name)
    with pytest.raises(camzarr.ClipNotFoundError, match="store has no clips"):
        camzarr.export("kerchunk", store, tmp_path / "b.json")


def test_without_xarray(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    clip = camzarr.open(shelf.path)[shelf.name(USUAL)]
    with pytest.raises(camzarr.UnsupportedError, match=r"netcdf: xarray is not installed\npip install"):
        camzarr.export("netcdf", clip, tmp_path / "a.nc")
    assert not list(tmp_path.iterdir())
