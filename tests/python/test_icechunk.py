"""Icechunk repositories of clips, opened as their readers open them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import icechunk
import numpy as np
import pytest
import xarray as xr

import camzarr
from camzarr import icechunk_repository
from conftest import COMMAND, ROOT, TFF, USUAL, Shelf, run

sys.path.append(str(ROOT / "tests/e2e"))

from support.objects import client  # noqa: E402
from support.servers import nginx, versitygw  # noqa: E402

A, B, C = (f"CAMHDA301-2019070{day}T001500Z" for day in (1, 2, 3))


def convert(shelf: Shelf, name: str, store: Path | str, folder: Path, case: str = USUAL) -> None:
    path = folder / f"{name}.mov"
    path.write_bytes(shelf.made[case].path.read_bytes())
    camzarr.convert(path, store)


NEW = int(icechunk.__version__.split(".")[0]) >= 2


def allowing(prefix: str) -> Any:
    """What says that a repository may refer to files or a web server."""
    if not NEW:
        return icechunk.containers_credentials({prefix: None})
    kinds = {"file": "LocalFileSystemAccess", "http": "HttpAccess", "https": "HttpAccess"}
    return {prefix: getattr(icechunk.credentials, kinds[prefix.partition("://")[0]])}


def repository(storage: Any, prefix: str, credentials: Any = None) -> icechunk.Repository:
    if isinstance(storage, Path):
        storage = icechunk.local_filesystem_storage(str(storage))
    known = None if credentials is None else icechunk.containers_credentials({prefix: credentials})
    allowed = allowing(prefix) if known is None else known
    return icechunk.Repository.open(storage, authorize_virtual_chunk_access=allowed)


def opened(storage: Any, prefix: str, credentials: Any = None) -> xr.Dataset:
    """The newest commit, as a reader opens it."""
    session = repository(storage, prefix, credentials).readonly_session("main")
    return xr.open_zarr(session.store, consolidated=False, chunks=None)


def same(found: xr.Dataset, clips: list[camzarr.Clip], layout: str = "rgb24") -> None:
    assert found.time.values.tolist() == np.concatenate([c.time for c in clips]).tolist()
    for name in ("size", "crc32c", "flags", "source_offset"):
        assert found[name].values.tolist() == np.concatenate([c.index[name] for c in clips]).tolist()
    names = found.clip_number.attrs["flag_meanings"].split()
    assert names == [clip.name for clip in clips]
    ours = clips[0].to_xarray(layout=layout)
    for name in ("y", "x"):
        assert found[name].variable.identical(ours[name].variable)
    for row in (0, 14, found.sizes["time"] - 15, found.sizes["time"] - 1):
        one = found.isel(time=row)
        frame = clips[int(one.clip_number)].get_frame_at(int(one["frame"]), layout=layout)
        assert np.array_equal(one.video, frame.data)


@pytest.fixture
def store(shelf: Shelf, tmp_path: Path) -> camzarr.Store:
    for name in (B, A):
        convert(shelf, name, tmp_path / "store", tmp_path)
    return camzarr.open(tmp_path / "store")


def test_shards(store: camzarr.Store, shelf: Shelf, tmp_path: Path) -> None:
    """One commit for each clip; the next call appends what is new."""
    place, prefix = tmp_path / "repository", f"file://{store.url}/"
    assert camzarr.icechunk(store, place) == [A, B]
    assert camzarr.icechunk(store.url, str(place), [A, B]) == []
    same(opened(place, prefix), [store[A], store[B]])
    convert(shelf, C, store.url, tmp_path)
    assert camzarr.icechunk(store, place) == [C]
    same(opened(place, prefix), [store[name] for name in (A, B, C)])
    messages = [commit.message for commit in repository(place, prefix).ancestry(branch="main")]
    assert messages[:3] == [f"append {name}" for name in (C, B, A)]


def test_to_netcdf(store: camzarr.Store, tmp_path: Path) -> None:
    """Every attribute is one that netCDF can hold."""
    storage = icechunk.in_memory_storage()
    camzarr.icechunk(store, storage)
    found = opened(storage, f"file://{store.url}/").isel(time=slice(13, 17))
    found.to_netcdf(tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as copy:
        assert np.array_equal(copy.video, found.video)
        assert copy.attrs["camzarr_clips"] == [A, B]


PLACE = {f"geospatial_{axis}_{end}": at for axis, at in (("lat", 45.93), ("lon", -130)) for end in ("min", "max")}


def test_attributes_of_the_owner(store: camzarr.Store, shelf: Shelf, tmp_path: Path) -> None:
    """Those that all clips have; a clip that is appended can take some away."""
    storage, prefix = icechunk.in_memory_storage(), f"file://{store.url}/"
    convert(shelf, C, store.url, tmp_path)
    store.attributes.update(institution="OOI")
    for name, own in ((A, "A"), (B, "B"), (C, "C")):
        store[name].attributes.update(PLACE, creator_name=own, license="CC0-1.0")
    store[C].attributes.update(geospatial_lat_max=46, license="CC-BY-4.0")
    camzarr.icechunk(store, storage, [A, B])
    found = opened(storage, prefix)
    assert (found.attrs["institution"], found.attrs["license"]) == ("OOI", "CC0-1.0")
    assert "creator_name" not in found.attrs
    assert (float(found.lat), float(found.video.lon)) == (45.93, -130) and "lat" in found.coords
    assert found.lat.attrs["units"] == "degrees_north"
    camzarr.icechunk(store, storage)
    same(opened(storage, prefix), [store[name] for name in (A, B, C)])
    found = opened(storage, prefix)
    assert found.attrs["institution"] == "OOI" and "license" not in found.attrs
    assert "lat" not in found.variables and float(found.lon) == -130


def test_an_address_that_is_no_plain_url(shelf: Shelf, tmp_path: Path) -> None:
    for folder in ("a b", "a%41", "a#b"):
        (tmp_path / folder).mkdir()
        convert(shelf, A, tmp_path / folder / "store", tmp_path)
        with pytest.raises(camzarr.UnsupportedError, match=rf"{folder}/store/: Icechunk can't refer"):
            camzarr.icechunk(tmp_path / folder / "store", icechunk.in_memory_storage())


@pytest.mark.parametrize("layout", ["gray", "gray16le", "rgb48le"])
def test_layouts(layout: str, store: camzarr.Store, tmp_path: Path) -> None:
    storage = icechunk.in_memory_storage()
    assert camzarr.icechunk(store, storage, [B], layout=layout) == [B]
    same(opened(storage, f"file://{store.url}/"), [store[B]], layout)
    with pytest.raises(camzarr.UsageError, match=rf"can't be appended.*'layout': '{layout}'|pixels"):
        camzarr.icechunk(store, storage, [A], layout="rgb24")


def test_raw_movies(store: camzarr.Store, tmp_path: Path) -> None:
    folder = icechunk.in_memory_storage()
    assert camzarr.icechunk(store, folder, source=f"{tmp_path}/") == [A, B]
    same(opened(folder, f"file://{tmp_path}/"), [store[A], store[B]])
    one = icechunk.in_memory_storage()
    camzarr.icechunk(store, one, [A], source=f"{tmp_path}/{A}.mov")
    shutil.rmtree(store.url + f"/clips/{A}/video")
    assert opened(one, f"file://{tmp_path}/").video[3].values.any()
    with pytest.raises(camzarr.UsageError, match=r"one MOV, and there are 2 clips\n.*folder/"):
        camzarr.icechunk(store, icechunk.in_memory_storage(), source=f"{tmp_path}/{A}.mov")


def test_split_manifests(
    store: camzarr.Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(icechunk_repository, "SPLIT", 8)
    monkeypatch.setattr(icechunk_repository, "CHUNK", 8)
    camzarr.icechunk(store, tmp_path / "repository")
    same(opened(tmp_path / "repository", f"file://{store.url}/"), [store[A], store[B]])
    arrays = len(icechunk_repository._INDEX) + 4  # each has one manifest or more
    assert len(list((tmp_path / "repository/manifests").iterdir())) >= arrays + 30 // 8


def test_over_http(store: camzarr.Store, tmp_path: Path) -> None:
    """Icechunk 1 leaves the port out of an address, so such a server is refused."""
    storage = icechunk.in_memory_storage()
    with nginx(f"root {tmp_path};") as web:
        if NEW:
            camzarr.icechunk(f"{web.url}/store", storage, [A, B])
            same(opened(storage, f"{web.url}/store/"), [store[A], store[B]])
        else:
            with pytest.raises(camzarr.UnsupportedError, match=r"Icechunk 1 can't refer to .* a port"):
                camzarr.icechunk(f"{web.url}/store", storage, [A, B])
    storage = icechunk.in_memory_storage()
    camzarr.icechunk(store, storage, [A], source="https://example.org/raw/")
    session = repository(storage, "https://example.org/raw/").readonly_session("main")
    assert set(session.all_virtual_chunk_locations()) == {f"https://example.org/raw/{A}.mov"}


def test_in_a_bucket(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Store and repository."""
    with versitygw() as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        client(server).create_bucket(Bucket="camhd")
        for name in (A, B):
            convert(shelf, name, "s3://camhd/store", tmp_path)
        storage = icechunk.s3_storage(
            bucket="camhd",
            prefix="index",
            region=server.region,
            endpoint_url=server.endpoint,
            allow_http=True,
            force_path_style=True,
            from_env=True,
        )
        assert camzarr.icechunk("s3://camhd/store", storage) == [A, B]
        keys = icechunk.s3_from_env_credentials()
        store = camzarr.open("s3://camhd/store")
        same(opened(storage, "s3://camhd/store/", keys), [store[A], store[B]])


# ---- What is refused, and what is never black


def test_never_black(store: camzarr.Store, damaged: Shelf, tmp_path: Path) -> None:
    storage = icechunk.in_memory_storage()
    camzarr.icechunk(store, storage)
    next(Path(store.url).glob(f"clips/{A}/video/video/c/0/0/0/0")).unlink()
    found = opened(storage, f"file://{store.url}/")
    with pytest.raises(icechunk.IcechunkError):
        found.video[0].values
    storage = icechunk.in_memory_storage()
    name = damaged.name("cut_short")
    camzarr.icechunk(damaged.path, storage, [name])
    row = int(np.flatnonzero(camzarr.open(damaged.path)[name].index["size"] == 0)[0])
    with pytest.raises(camzarr.FormatError, match="1 byte"):
        opened(storage, f"file://{damaged.path}/").video[row].values


def test_refused(store: camzarr.Store, shelf: Shelf, tmp_path: Path) -> None:
    storage = icechunk.in_memory_storage()
    camzarr.icechunk(store, storage, [B])
    wrong = [
        (rf"{A} can't be appended: it begins at 2019-07-01.*before.*last frame at 2019-07-02", [A]),
        (r"other: no clip of that name", ["other"]),
    ]
    for message, names in wrong:
        with pytest.raises(camzarr.CamzarrError, match=message):
            camzarr.icechunk(store, storage, names)
    convert(shelf, C, store.url, tmp_path, TFF)
    with pytest.raises(camzarr.UsageError, match=rf"{C} can't be appended: it has 127x95 pixels"):
        camzarr.icechunk(store, storage, [C])
    with pytest.raises(camzarr.UsageError, match="layout 'rgba'"):
        camzarr.icechunk(store, storage, layout="rgba")
    same(opened(storage, f"file://{store.url}/"), [store[B]])
    shutil.rmtree(f"{store.url}/clips/{B}")
    run(COMMAND, "convert", "--quiet", "--name", B, shelf.made[TFF].path, store.url)
    with pytest.raises(camzarr.UsageError, match=f"{B}: the clip was replaced since"):
        camzarr.icechunk(store.url, storage, [B])


def test_a_repository_without_a_container(store: camzarr.Store) -> None:
    repo = icechunk.Repository.create(icechunk.in_memory_storage())
    with pytest.raises(camzarr.UsageError, match="no virtual chunk container for file://"):
        camzarr.icechunk(store, repo)
