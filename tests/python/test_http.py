"""Stores and raw files behind a web server: nginx, whose log says what was asked for."""

from __future__ import annotations

import itertools
import pickle
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import pytest
import xarray as xr

import camzarr
from camzarr import camhd
from conftest import ROOT, USUAL, Shelf

sys.path.append(str(ROOT / "tests/e2e"))

from support.servers import Web, nginx  # noqa: E402

_markers = itertools.count()
ORDER = [9, 3, 14, 0, 7, 1, 12]


@pytest.fixture
def served(shelf: Shelf, tmp_path: Path) -> Iterator[tuple[Web, Path]]:
    """A copy of the shelf, and the files that it was made from."""
    shutil.copytree(shelf.path, tmp_path / "store")
    for made in shelf.made.values():
        shutil.copy(made.path, tmp_path)
    with nginx(f"root {tmp_path};") as web:
        yield web, tmp_path


def asked(web: Web, work: Callable[[], object]) -> int:
    """How many requests that took."""
    before = ended(web)
    work()
    return ended(web) - before


def ended(web: Web) -> int:
    """How many requests are over for the server, too. One of our own is the marker: nginx has one
    worker, which logs a request before it reads one that came after its end."""
    marker = f"/marker-{next(_markers)}"
    with pytest.raises(HTTPError):
        urlopen(web.url + marker, timeout=60).close()
    limit = time.monotonic() + 60
    while not any(marker in line for line in web.requests()):
        assert time.monotonic() < limit, "the marker is never logged"
        time.sleep(0.01)
    return sum("/marker-" not in line for line in web.requests())


# ---- Requests


def test_a_clip_of_a_store(served: tuple[Web, Path], shelf: Shelf) -> None:
    web, _ = served
    name, made = shelf.name(USUAL), shelf.made[USUAL]
    store = camzarr.open(f"{web.url}/store")
    assert asked(web, lambda: store[name]) <= 4
    clip = store[name]
    assert asked(web, lambda: [clip.raw(i) for i in ORDER]) == len(ORDER), "one a frame"
    assert [clip.raw(i) for i in ORDER] == [made.read(i) for i in ORDER]
    assert asked(web, lambda: clip.raws(range(15))) == 1, "neighbours come together"
    assert np.array_equal(clip[:].data, camzarr.open(shelf.path)[name][:].data)


def test_a_raw_file(served: tuple[Web, Path], shelf: Shelf) -> None:
    web, _ = served
    made = shelf.made[USUAL]
    url = f"{web.url}/{made.path.name}"
    assert asked(web, lambda: camhd.get_frame_count(url)) <= 4
    assert asked(web, lambda: [camhd.get_frame_data(url, i) for i in ORDER]) == len(ORDER), "no tables again"
    assert asked(web, lambda: (camhd.get_frame_sizes(url), camhd.get_frame_offsets(url))) == 0
    assert [camhd.get_frame_data(url, i) for i in ORDER] == [made.read(i) for i in ORDER]
    assert camhd.get_moov_atom(url) == camhd.get_moov_atom(made.path)
    assert np.array_equal(camhd.get_frame(url, 3), camhd.get_frame(made.path, 3))
    clip = camzarr.open_movie(url)
    assert asked(web, lambda: clip.raws(range(15))) == 1, "neighbours come together"
    assert (clip.name, clip.facts.start) == (made.path.stem, camzarr.open_movie(made.path).facts.start)


def test_xarray(served: tuple[Web, Path], shelf: Shelf) -> None:
    web, _ = served
    name = shelf.name(USUAL)
    told = camzarr.open(shelf.path)[name]
    opened = lambda: xr.open_dataset(f"{web.url}/store", engine="camzarr", clip=name)  # noqa: E731
    with opened() as dataset:
        assert asked(web, lambda: dataset.video[5].values) == 1
        assert np.array_equal(dataset.video[5].values, told[5].data)
    plain = lambda: xr.open_zarr(f"{web.url}/store/clips/{name}/video")  # noqa: E731
    assert asked(web, plain) <= 9  # two of them for y and x
    with plain() as dataset:
        assert np.array_equal(dataset.video[2:4].values, told[2:4].data)


def test_convert_from_there(served: tuple[Web, Path], shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.made[USUAL]
    report = camzarr.convert(f"{served[0].url}/{made.path.name}", tmp_path / "again")
    assert (report.status, report.md5) == ("converted", made.md5)


# ---- Elsewhere


def raw_of(clip: camzarr.Clip, number: int) -> bytes:
    return clip.raw(number)


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(method: str, served: tuple[Web, Path], shelf: Shelf) -> None:
    web, made = served[0], shelf.made[USUAL]
    stored = camzarr.open(f"{web.url}/store")[shelf.name(USUAL)]
    for clip in (stored, camzarr.open_movie(f"{web.url}/{made.path.name}")):
        assert clip.raw(0) == made.read(0), "with connections that the children must not share"
        with ProcessPoolExecutor(2, get_context(method)) as pool:
            got = list(pool.map(raw_of, [clip] * len(ORDER), ORDER))
        assert got == [made.read(i) for i in ORDER]
        assert pickle.loads(pickle.dumps(clip)).raw(3) == made.read(3)


def test_threads(served: tuple[Web, Path], shelf: Shelf) -> None:
    web, made = served[0], shelf.made[USUAL]
    clip = camzarr.open_movie(f"{web.url}/{made.path.name}")
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(clip.raw, ORDER * 8)) == [made.read(i) for i in ORDER * 8]


# ---- What goes wrong


def test_the_catalog_lists_what_a_web_server_cannot(served: tuple[Web, Path]) -> None:
    web, folder = served
    names = camzarr.open(folder / "store").names
    store = camzarr.open(f"{web.url}/store")
    assert store.names == store.clips.names == names
    assert repr(store) == f"<Store {web.url}/store: {len(names)} clips>"
    assert sorted(store.catalog()["clip"].values) == names


def test_wrong_addresses(served: tuple[Web, Path]) -> None:
    web, folder = served
    shutil.rmtree(folder / "store/catalog")
    with pytest.raises(camzarr.NotFoundError, match=r"nothing\.mov: .*HTTP 404"):
        camzarr.open_movie(f"{web.url}/nothing.mov")
    with pytest.raises(camzarr.NotFoundError, match=r"nothing\.mov"):
        camhd.get_frame(f"{web.url}/nothing.mov", 0)
    with pytest.raises(camzarr.FormatError, match="not a store of camzarr's"):
        camzarr.open(f"{web.url}/nowhere")
    store = camzarr.open(f"{web.url}/store")
    with pytest.raises(camzarr.ClipNotFoundError, match="other: no clip of that name in http://127"):
        store["other"]
    with pytest.raises(camzarr.UnsupportedError, match="cannot be listed"):
        print(store.clips)
    assert repr(store) == f"<Store {web.url}/store>"
    assert store._repr_html_() == f"&lt;Store {web.url}/store&gt;"


def test_no_permission() -> None:
    with nginx("return 403;") as web:
        for call in (camzarr.open, camzarr.open_movie, camhd.get_timestamp):
            with pytest.raises(PermissionError, match="HTTP 403") as caught:
                call(f"{web.url}/x.mov")
            assert caught.type is camzarr.DeniedError


def test_damage_and_absence(served: tuple[Web, Path], shelf: Shelf) -> None:
    web, folder = served
    clip = camzarr.open(f"{web.url}/store")[shelf.name(USUAL)]
    shard = folder / "store/clips" / clip.name / "video/video/c/0/0/0/0"
    data = bytearray(shard.read_bytes())
    data[int(clip.index["shard_offset"][3]) + 200] ^= 0xFF
    shard.write_bytes(data)
    with pytest.raises(camzarr.CorruptError, match="frame 3.*CRC"):
        clip[3]
    assert clip[2].number == 2
    shard.unlink()
    with pytest.raises(camzarr.NotFoundError, match="frame 2.*HTTP 404"):
        clip[2]


def test_a_file_that_changes(served: tuple[Web, Path], shelf: Shelf) -> None:
    web, folder = served
    name = shelf.made[USUAL].path.name
    clip = camzarr.open_movie(f"{web.url}/{name}")
    (folder / name).write_bytes((folder / name).read_bytes() + b"more")
    with pytest.raises(camzarr.SourceChangedError, match=name):
        clip.raw(3)


def test_shards_that_are_gone(shelf: Shelf, tmp_path: Path) -> None:
    """Reads fail after some attempts, which take a while; none hangs or returns zeros."""
    made = shelf.made[USUAL]
    with nginx(f"root {shelf.path};") as web:
        clip = camzarr.open(web.url)[shelf.name(USUAL)]
        dataset = xr.open_dataset(web.url, engine="camzarr", clip=clip.name)
    with nginx(f"root {made.path.parent};") as web:
        raw = camzarr.open_movie(f"{web.url}/{made.path.name}")
    calls: list[Callable[[], object]] = [
        lambda: clip[3],
        lambda: raw.raw(3),
        lambda: dataset.luma[3].values,
        lambda: camzarr.open_movie(raw.url),
        lambda: camzarr.open(clip.store.url),
    ]
    with ThreadPoolExecutor(len(calls)) as pool:
        for ended in [pool.submit(call) for call in calls]:
            with pytest.raises(ConnectionError, match="127.0.0.1") as caught:
                ended.result()
            assert caught.type is camzarr.UnreachableError


# ---- What a web server permits


def test_a_store_that_cannot_be_written(served: tuple[Web, Path], shelf: Shelf, tmp_path: Path) -> None:
    web, _ = served
    store, made = camzarr.open(f"{web.url}/store"), shelf.made[USUAL]
    clip = store[shelf.name(USUAL)]
    assert dict(clip.attributes) == dict(store.attributes) == {}
    for change in (
        lambda: clip.attributes.update(license="CC0-1.0"),
        lambda: store.attributes.update(license="CC0-1.0"),
        lambda: store.remove(clip.name),
        lambda: camzarr.convert(made.path, store.url),
    ):
        with pytest.raises((camzarr.DeniedError, camzarr.UnsupportedError), match="http"):
            change()
    assert clip.restore(tmp_path / "again.mov") == made.md5
    assert (tmp_path / "again.mov").read_bytes() == made.path.read_bytes()
    camzarr.export("kerchunk", clip, tmp_path / "a.json")
    assert f"{web.url}/store/clips/{clip.name}/video/video/c/0/0/0/0" in (tmp_path / "a.json").read_text()


def test_batches_are_one_request_each(served: tuple[Web, Path], shelf: Shelf) -> None:
    web, _ = served
    clip = camzarr.open(f"{web.url}/store")[shelf.name(USUAL)]
    frames = clip[:]  # reads the times
    assert asked(web, lambda: frames.mean(axis=0)) == 1
    assert asked(web, lambda: list(clip[:].batches(5))) == 3


def test_shards_that_are_gone(served: tuple[Web, Path], shelf: Shelf) -> None:
    web, folder = served
    clip = camzarr.open(f"{web.url}/store")[shelf.name(USUAL)]
    shutil.rmtree(folder / "store/clips" / clip.name / "video")
    for use in (lambda: clip[:].mean(), lambda: next(clip[:].batches(2))):
        with pytest.raises(camzarr.NotFoundError, match="video/video/c/0"):
            use()
    assert "absent" in {finding.code for finding in clip.verify()}
