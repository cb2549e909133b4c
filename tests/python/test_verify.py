"""Store.verify(), Clip.verify(), Clip.restore() and Store.remove(): what the commands do, as calls."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import camzarr
from camzarr import progress as progress_module
from conftest import COMMAND, TFF, USUAL, Shelf, shelf_of
from maker import big

MIB = 1 << 20


@pytest.fixture
def copy(shelf: Shelf, tmp_path: Path) -> camzarr.Store:
    """A store that may be broken."""
    return camzarr.open(shutil.copytree(shelf.path, tmp_path / "copy"))


@pytest.fixture
def large(tmp_path: Path) -> camzarr.Clip:
    """A clip that takes a while."""
    source = big(tmp_path / "CAMHDA301-20180712T001500.mov", 100 * MIB).path
    camzarr.convert(source, tmp_path / "large")
    return camzarr.open(tmp_path / "large")[source.stem]


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)


# ---- Verify


def test_a_sound_store(shelf: Shelf) -> None:
    store = camzarr.open(shelf.path)
    seen: list[camzarr.Progress] = []
    assert store.verify(progress=seen.append) == []
    assert seen and all(0 <= p.bytes_done <= p.bytes_total for p in seen)
    clip = store[shelf.name(USUAL)]
    assert clip.verify(decode=True, source=shelf.made[USUAL].path) == []
    assert store.verify(clip.name) == store.verify([clip.name, shelf.name(TFF)], decode=True) == []


def test_differences(copy: camzarr.Store, shelf: Shelf) -> None:
    clip = copy[shelf.name(USUAL)]
    folder = Path(copy.url) / "clips" / clip.name
    flip(folder / "video/video/c/0/0/0/0", int(clip.index["shard_offset"][3]) + 200)
    (folder / "extra").write_bytes(b"x")
    found = copy.verify()
    assert found == clip.verify() and {one.clip for one in found} == {clip.name}
    assert {one.code for one in found} == {"corrupt", "exists"}
    (frame,) = [one for one in found if one.frame is not None]
    assert frame.frame == 3 and frame.key.endswith("c/0/0/0/0")
    assert str(frame) == f"{clip.name}: {frame.key}: {frame.what}"
    assert pickle.loads(pickle.dumps(found)) == found
    assert copy.verify(shelf.name(TFF)) == []


def test_another_source(shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(USUAL)]
    assert clip.verify(source=shelf.made[TFF].path)
    with pytest.raises(camzarr.NotFoundError, match=r"none\.mov"):
        clip.verify(source="none.mov")


def test_what_cannot_be_verified(copy: camzarr.Store, shelf: Shelf) -> None:
    with pytest.raises(camzarr.ClipNotFoundError, match="other: no clip of that name"):
        copy.verify("other")
    clip = copy[shelf.name(USUAL)]
    shutil.rmtree(Path(copy.url) / "clips" / clip.name)
    with pytest.raises(camzarr.NotFoundError):
        clip.verify()
    with pytest.raises(camzarr.UnsupportedError, match="no store"):
        camzarr.open_movie(shelf.made[USUAL].path).verify()


class Enough(Exception):
    pass


def stop(so_far: camzarr.Progress) -> None:
    raise Enough


def test_progress_stops_it(large: camzarr.Clip, tmp_path: Path) -> None:
    with pytest.raises(Enough):
        large.verify(progress=stop)
    with pytest.raises(Enough):
        large.restore(tmp_path / "out.mov", progress=stop)
    assert not [path for path in tmp_path.iterdir() if "out.mov" in path.name], "nothing is left"


# ---- Restore


def test_the_mov_again(shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.made[USUAL]
    seen: list[camzarr.Progress] = []
    clip, out = camzarr.open(shelf.path)[shelf.name(USUAL)], tmp_path / "out.mov"
    assert clip.restore(out, progress=seen.append) == made.md5
    assert out.read_bytes() == made.path.read_bytes()
    assert seen[-1].bytes_done == seen[-1].bytes_total == made.length
    with pytest.raises(camzarr.AlreadyExistsError, match=r"out\.mov: exists\noverwrite=True"):
        clip.restore(out)
    assert clip.restore(str(out), overwrite=True) == made.md5


def test_what_cannot_be_restored(copy: camzarr.Store, shelf: Shelf, tmp_path: Path) -> None:
    clip = copy[shelf.name(USUAL)]
    shard = Path(copy.url) / "clips" / clip.name / "video/video/c/0/0/0/0"
    flip(shard, int(clip.index["shard_offset"][3]) + 200)
    with pytest.raises(camzarr.CorruptError, match="(?i)frame 3.*crc"):
        clip.restore(tmp_path / "out.mov")
    shutil.rmtree(shard.parents[3])
    with pytest.raises(camzarr.NotFoundError, match="video/video/c/0"):
        clip.restore(tmp_path / "out.mov")
    with pytest.raises(camzarr.InputOutputError, match=r"No such file.*\n.*os\.makedirs"):
        clip.restore(tmp_path / "none/out.mov")
    with pytest.raises(camzarr.UnsupportedError, match="MOV by itself"):
        camzarr.open_movie(shelf.made[USUAL].path).restore(tmp_path / "out.mov")
    assert [path.name for path in tmp_path.iterdir()] == ["copy"], "no part of a file is left"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="optional: a full device")
def test_a_full_disk(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened = os.fdopen

    def on_a_full_device(handle: int, mode: str) -> Any:
        os.close(handle)
        return opened(os.open("/dev/full", os.O_WRONLY), mode)

    monkeypatch.setattr(os, "fdopen", on_a_full_device)
    with pytest.raises(camzarr.StoreFullError, match=r"out\.mov: No space left"):
        camzarr.open(shelf.path)[shelf.name(USUAL)].restore(tmp_path / "out.mov")
    assert not list(tmp_path.iterdir())


# ---- Remove


def test_a_clip_is_removed(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, USUAL, TFF)
    store, name = camzarr.open(shelf.path), shelf.name(USUAL)
    clip = store[name]
    extra = shelf.path / "clips" / name / "notes.txt"
    extra.write_text("mine")
    assert store.remove(name, dry_run=True) == store.remove(name) != []
    assert store.names == [shelf.name(TFF)] and extra.read_text() == "mine"
    with pytest.raises(camzarr.ClipNotFoundError, match="no clip of that name"):
        store[name]
    with pytest.raises(camzarr.SourceChangedError, match="removed or replaced"):
        clip[0]
    for wrong in ("other", name):
        with pytest.raises(camzarr.CamzarrError):
            store.remove(wrong)


def test_what_is_not_removed(copy: camzarr.Store, shelf: Shelf) -> None:
    with pytest.raises(camzarr.ClipNotFoundError, match="other: no clip of that name.*\nit has CAMHD"):
        copy.remove("other")
    folder = Path(copy.url) / "clips" / shelf.name(USUAL)
    (folder / "video/linked").symlink_to(folder)
    with pytest.raises(camzarr.DeniedError, match="symbolic link"):
        copy.remove(shelf.name(USUAL))
    assert (folder / "zarr.json").exists()


# ---- Progress bars


def test_a_bar_of_tqdm(shelf: Shelf, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(USUAL)]
    clip.restore(tmp_path / "out.mov", progress=True)
    shown = capsys.readouterr().err
    assert clip.name in shown and "100%" in shown


def test_lines_without_tqdm(
    large: camzarr.Clip, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr(progress_module, "LINE_EVERY", 0.0)
    large.verify(progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert lines and all(line.startswith(f"{large.name}: ") and line.endswith(" %") for line in lines)


def test_the_same_differences_as_the_commands(copy: camzarr.Store, shelf: Shelf) -> None:
    folder = Path(copy.url) / "clips" / shelf.name(USUAL)
    (folder / "video/video/c/0/0/0/0").unlink()
    (folder / "extra").write_bytes(b"x")
    command = [COMMAND, "verify", "--json", copy.url, folder.name]
    done = subprocess.run(command, capture_output=True, text=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()][:-1]
    ours = [(f.clip, f.code, f.key, f.what) for f in copy.verify()]
    assert ours == [(r["clip"], r["code"], r["key"], r["what"]) for r in rows] and len(rows) > 1
