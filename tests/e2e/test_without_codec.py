"""What Zarr libraries that lack the codec camzarr.prores make of a store: all but the pixels opens,
without a warning."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import obstore
import pytest
import xarray
import zarr
from zarr.storage import ObjectStore

from conftest import Converted_by
from support.command import ROOT, convert_one, verify


@pytest.fixture
def clip(converted: Converted_by) -> str:
    return str(converted("usual").clip.folder)


def quiet(open_it: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return open_it()


def test_codec_is_not_registered(clip: str) -> None:
    """Or this file tests nothing."""
    with pytest.raises(Exception, match="camzarr.prores"):
        zarr.open_array(f"{clip}/video/video", mode="r")


@pytest.fixture(params=["3", "2"])
def store(request: pytest.FixtureRequest, converted: Converted_by, tmp_path: Path) -> Path:
    """A store of either Zarr version."""
    convert_one(converted("usual").made.path, tmp_path / "store", "--zarr-format", request.param)
    return tmp_path / "store"


@pytest.mark.parametrize("through", [str, lambda path: ObjectStore(obstore.store.LocalStore(path))])
def test_the_root(through: Callable[[Path], Any], store: Path) -> None:
    """No object of it is taken for something else than a node."""
    root = quiet(lambda: zarr.open_group(through(store), mode="r"))
    assert {name for name, _ in quiet(lambda: list(root.members()))} == {"catalog", "clips", "specification"}
    assert quiet(lambda: [name for name, _ in root["clips"].members()]) == [next(store.glob("clips/*[0-9]")).name]


def test_a_store_carries_its_specification(store: Path) -> None:
    root = zarr.open_group(store, mode="r")
    assert "specification/format" in root.attrs["camzarr_specification"]
    group = quiet(lambda: root["specification"])
    for name in ("format", "pixels"):
        text = (ROOT / f"docs/{name}.md").read_bytes()
        assert quiet(lambda name=name: group[name][:]).tobytes() == text
        assert any(path.read_bytes() == text for path in (store / "specification" / name).rglob("0")), "plain"


def test_the_specification_is_left_as_it_is(store: Path, converted: Converted_by) -> None:
    """It may be the text of another version, or gone."""
    (chunk,) = (store / "specification/format").rglob("0")
    chunk.write_bytes(b"another version")
    verify(store)
    convert_one(converted("one_frame").made.path, store, "--zarr-format", "2" if (store / ".zgroup").exists() else "3")
    assert chunk.read_bytes() == b"another version"
    shutil.rmtree(store / "specification")
    verify(store)


def test_the_tree(clip: str) -> None:
    names = [name for name, _ in quiet(lambda: zarr.open_group(clip, mode="r").members(max_depth=None))]
    assert {"index", "index/time", "index/size", "source", "source/bytes"} <= set(names)
    assert not any(name.startswith("video") for name in names)
    assert "index" in str(quiet(lambda: zarr.open_group(clip, mode="r").tree()))


def test_the_tree_through_obstore(clip: str) -> None:
    store = ObjectStore(obstore.store.LocalStore(clip))
    names = [name for name, _ in quiet(lambda: zarr.open_group(store, mode="r").members())]
    assert sorted(names) == ["index", "source"]


def test_without_consolidated_metadata_only_groups_are_found(clip: str) -> None:
    """No object of the clip is taken for a node."""
    group = quiet(lambda: zarr.open_group(clip, mode="r", use_consolidated=False))
    for name in ("index", "source"):
        assert len(list(quiet(lambda name=name: group[name].members()))) >= 3


def test_xarray(clip: str) -> None:
    tree = quiet(lambda: xarray.open_datatree(clip, engine="zarr", chunks=None))
    assert set(tree.children) == {"index", "source"}
    table = quiet(lambda: xarray.open_zarr(f"{clip}/index", chunks=None))
    assert table.sizes["time"] == 15


def test_the_times_beside_the_video(clip: str) -> None:
    """Bytes without a codec, so that the simplest reader has them."""
    times = quiet(lambda: zarr.open_array(f"{clip}/video/time", mode="r"))
    assert [type(codec).__name__ for codec in times.metadata.codecs] == ["BytesCodec"]
    assert (times[:] == zarr.open_array(f"{clip}/index/time", mode="r")[:]).all()
