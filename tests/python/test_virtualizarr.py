"""The parser for VirtualiZarr: local files, a web server, a bucket."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import icechunk
import numpy as np
import pytest
import xarray as xr
from obspec_utils.registry import ObjectStoreRegistry
from obstore.store import HTTPStore, LocalStore, S3Store
from virtualizarr import open_virtual_dataset, open_virtual_mfdataset

import camzarr
from camzarr.virtualizarr import Parser
from conftest import COMMAND, ROOT, TFF, USUAL, Shelf, run

sys.path.append(str(ROOT / "tests/e2e"))

from support.objects import client  # noqa: E402
from support.servers import nginx, versitygw  # noqa: E402


def local() -> ObjectStoreRegistry[Any]:
    return ObjectStoreRegistry({"file://": LocalStore()})


def same(url: str, parser: Parser, registry: ObjectStoreRegistry[Any], clip: camzarr.Clip) -> None:
    """Through zarr-python, as VirtualiZarr's own store gives the frames."""
    virtual = open_virtual_dataset(url, registry=registry, parser=parser)
    assert virtual.video.dims[:3] == ("time", "y", "x") and virtual.sizes["time"] == len(clip)
    assert virtual.time.values.tolist() == clip.time.tolist()
    through = xr.open_zarr(parser(url, registry), consolidated=False, zarr_format=3)
    ours = clip.to_xarray(layout=parser.layout)
    for name in ("y", "x"):
        assert through[name].identical(ours[name])
    for number in (0, 7, len(clip) - 1):
        told = clip.get_frame_at(number, layout=parser.layout).data
        assert np.array_equal(through.video[number], told)


@pytest.mark.parametrize("case", [USUAL, TFF])
@pytest.mark.parametrize("layout", ["rgb24", "gray16le"])
def test_local(case: str, layout: str, shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(case)]
    same(f"file://{shelf.path}", Parser(clip.name, layout=layout), local(), clip)
    same(f"{shelf.path}/clips/{clip.name}", Parser(layout=layout), local(), clip)
    for movie in (str(shelf.made[case].path), f"file://{shelf.made[case].path}"):
        same(movie, Parser(layout=layout), local(), clip)


def test_attributes_of_the_owner(shelf: Shelf, tmp_path: Path) -> None:
    run(COMMAND, "convert", "--quiet", shelf.made[USUAL].path, tmp_path / "store")
    camzarr.open(tmp_path / "store").attributes.update(license="CC0-1.0")
    virtual = open_virtual_dataset(f"{tmp_path}/store", registry=local(), parser=Parser(shelf.name(USUAL)))
    assert virtual.attrs["license"] == "CC0-1.0"


@pytest.mark.parametrize("options", [("--frames-per-shard", "1"), ("--zarr-format", "2")])
def test_a_frame_an_object(options: tuple[str, str], shelf: Shelf, tmp_path: Path) -> None:
    run(COMMAND, "convert", "--quiet", *options, shelf.made[USUAL].path, tmp_path / "store")
    same(f"{tmp_path}/store", Parser(), local(), camzarr.open(tmp_path / "store")[shelf.name(USUAL)])


def test_over_http(shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(USUAL)]
    with nginx(f"root {shelf.path.parent};") as web:
        registry = ObjectStoreRegistry(
            {web.url: HTTPStore.from_url(web.url, client_options={"allow_http": True})}
        )
        same(f"{web.url}/store", Parser(clip.name), registry, clip)
        movie = shelf.made[USUAL].path.relative_to(shelf.path.parent)
        same(f"{web.url}/{movie}", Parser(), registry, clip)


def test_in_a_bucket(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    with versitygw() as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        client(server).create_bucket(Bucket="camhd")
        camzarr.convert(shelf.made[USUAL].path, "s3://camhd/store")
        bucket = S3Store(
            "camhd",
            endpoint=server.endpoint,
            access_key_id=server.access,
            secret_access_key=server.secret,
            region=server.region,
            client_options={"allow_http": True},
            virtual_hosted_style_request=False,
        )
        clip = camzarr.open("s3://camhd/store")[shelf.name(USUAL)]
        same("s3://camhd/store", Parser(clip.name), ObjectStoreRegistry({"s3://camhd": bucket}), clip)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory, shelf: Shelf) -> camzarr.Store:
    folder = tmp_path_factory.mktemp("days")
    for day in (1, 2):
        path = folder / f"CAMHDA301-2019070{day}T001500Z.mov"
        path.write_bytes(shelf.made[USUAL].path.read_bytes())
        run(COMMAND, "convert", "--quiet", path, folder / "store")
    return camzarr.open(folder / "store")


def test_joined(days: camzarr.Store) -> None:
    """By the parser, and by VirtualiZarr; written into an Icechunk repository."""
    clips = [days[name] for name in days.names]
    whole = open_virtual_dataset(days.url, registry=local(), parser=Parser())
    paths = [f"{days.url}/clips/{name}" for name in days.names]
    both = open_virtual_mfdataset(
        paths, registry=local(), parser=Parser(), combine="nested", concat_dim="time"
    )
    prefix = f"file://{days.url}/"
    local_files = icechunk.local_filesystem_store(days.url)
    config = icechunk.RepositoryConfig.default()
    config.set_virtual_chunk_container(icechunk.VirtualChunkContainer(prefix, local_files))
    for virtual in (whole, both):
        assert virtual.sizes["time"] == 30
        memory = icechunk.in_memory_storage()
        allowed = icechunk.containers_credentials({prefix: None})
        repository = icechunk.Repository.create(memory, config, authorize_virtual_chunk_access=allowed)
        session = repository.writable_session("main")
        virtual.vz.to_icechunk(session.store)
        found = xr.open_zarr(session.store, consolidated=False)
        assert found.time.values.tolist() == [*clips[0].time.tolist(), *clips[1].time.tolist()]
        assert np.array_equal(found.video[[3, 18]], [clips[0][3].data, clips[1][3].data])
    part = Parser(time=slice(clips[0].time[10], clips[1].time[2]))
    through = xr.open_zarr(part(days.url, local()), consolidated=False, zarr_format=3)
    assert through.sizes["time"] == 7
    assert np.array_equal(through.video[[0, 6]], [clips[0][10].data, clips[1][1].data])


def test_never_black(damaged: Shelf, shelf: Shelf, tmp_path: Path) -> None:
    """A frame without bytes, and one whose shard went away."""
    name = damaged.name("cut_short")
    row = int(np.flatnonzero(camzarr.open(damaged.path)[name].index["size"] == 0)[0])
    for url, parser in ((str(damaged.path), Parser(name)), (str(damaged.made["cut_short"].path), Parser())):
        found = xr.open_zarr(parser(url, local()), consolidated=False, zarr_format=3)
        with pytest.raises(camzarr.FormatError, match=r"1 bytes?|not a ProRes|icpf"):
            found.video[row].compute()
    run(COMMAND, "convert", "--quiet", shelf.made[USUAL].path, tmp_path / "store")
    found = xr.open_zarr(Parser()(f"{tmp_path}/store", local()), consolidated=False, zarr_format=3)
    next((tmp_path / "store/clips").glob("*/video/video/c/0/0/0/0")).unlink()
    with pytest.raises(FileNotFoundError):
        found.video[0].compute()


def test_refused(shelf: Shelf, days: camzarr.Store) -> None:
    with pytest.raises(camzarr.UsageError, match="can't be joined"):
        Parser()(str(shelf.path), local())
    with pytest.raises(camzarr.UsageError, match="layout 'rgba': not one of rgb24"):
        Parser(layout="rgba")
    with pytest.raises(camzarr.UsageError, match="a MOV by itself"):
        Parser("x")(str(shelf.made[USUAL].path), local())
    with pytest.raises(camzarr.ClipNotFoundError, match="other"):
        Parser("other")(days.url, local())
