"""Conversion in a failing environment: the disk is full, the target is no store, the source changes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from maker import Made, big, make
from support import tree
from support.clips import Clip
from support.command import FAILED, USAGE, camzarr, convert_one, verify
from support.mounts import remount, tmpfs
from support.running import converting, ended, go_on, held_at_first_shard

SHARDS = ("--frames-per-shard", "8")
MIB = 1 << 20


@pytest.fixture
def fragile(tmp_path: Path) -> Made:
    """One that may be changed."""
    return big(tmp_path / "CAMHDA301-20180712T001500.mov", 200 * MIB)


def no_clip(store: Path) -> bool:
    """Nothing is published."""
    return not list(store.glob("clips/*/zarr.json"))


def test_full_disk(large: Made, large_tree: dict[str, str], tmp_path: Path) -> None:
    """Said so; and with more room it goes on from where it was."""
    with tmpfs(tmp_path / "disk", 80 * MIB) as disk:
        line = convert_one(large.path, disk / "store", *SHARDS, code=FAILED)
        assert line["error"]["code"] == "full"
        assert no_clip(disk / "store")
        shards = {k: v for k, v in tree.identities(disk / "store").items() if k.endswith("/0/0/0")}
        assert shards
        remount(disk, f"size={500 * MIB}")
        convert_one(large.path, disk / "store", *SHARDS)
        verify(disk / "store", large.path.stem, "--source", large.path)
        after = tree.identities(disk / "store")
        assert shards.items() <= after.items()
        assert tree.digests(disk / "store") == large_tree


def test_full_disk_at_the_end(tmp_path: Path) -> None:
    """Shards fit; the small objects after them find no room, at one point or another."""
    made = make("usual", tmp_path)
    full = [_full_at_the_end(made, pages, tmp_path / str(pages)) for pages in range(0, 80, 4)]
    assert full == sorted(full, reverse=True), "more room, and less fits"
    assert sum(full) > 5, "the sizes miss the end of a conversion: the test tests nothing"
    assert not full[-1]


def _full_at_the_end(made: Made, pages: int, folder: Path) -> bool:
    """Whether the disk was too small; if so, that was said, and a larger one is all it takes."""
    need = sum(frame.size for frame in made.frames) + 16 * 4096
    with tmpfs(folder, need + pages * 4096) as disk:
        run = camzarr("convert", "--json", made.path, disk / "store", code=None)
        (line,) = run.lines()
        full = run.code != 0
        if full:
            assert (run.code, line["error"]["code"]) == (FAILED, "full")
            assert no_clip(disk / "store")
            remount(disk, f"size={need + 400 * 4096}")
            convert_one(made.path, disk / "store")
        verify(disk / "store")
        return full


def test_read_only_target(large: Made, tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk", 4 * MIB) as disk:
        remount(disk, "ro")
        line = convert_one(large.path, disk / "store", code=FAILED)
        assert line["error"]["code"] == "denied"


def test_store_became_read_only(tmp_path: Path) -> None:
    made = make("usual", tmp_path)
    with tmpfs(tmp_path / "disk", 4 * MIB) as disk:
        convert_one(make("one_frame", tmp_path).path, disk / "store")
        before = tree.digests(disk)
        remount(disk, "ro")
        line = convert_one(made.path, disk / "store", code=FAILED)
        assert line["error"]["code"] == "denied"
        assert tree.digests(disk) == before
        # It is still read.
        verify(disk / "store")


def test_invalid_targets(tmp_path: Path) -> None:
    made = make("usual", tmp_path)
    foreign = tmp_path / "foreign"
    (foreign / "photos").mkdir(parents=True)
    (foreign / "photos/cat.jpg").write_bytes(b"meow")
    group = tmp_path / "group"
    group.mkdir()
    (group / "zarr.json").write_text('{"zarr_format":3,"node_type":"group","attributes":{}}')
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "zarr.json").write_text(
        '{"zarr_format":3,"node_type":"group","attributes":{"camzarr_format":"2.0","camzarr_kind":"store"}}'
    )
    file = tmp_path / "file"
    file.write_bytes(b"not a folder")
    for target, codes in (
        (foreign, {"format"}),
        (group, {"format"}),
        (newer, {"newer"}),
        (file, {"format"}),
        (file / "below", {"format", "absent"}),
        (tmp_path / "no/such/parent", {"absent"}),
    ):
        before = tree.identities(tmp_path)
        line = convert_one(made.path, target, code=FAILED)
        assert line["error"]["code"] in codes, (target.name, line["error"])
        assert tree.identities(tmp_path) == before


def test_an_empty_folder_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    convert_one(make("usual", tmp_path).path, tmp_path / "store")
    verify(tmp_path / "store")


def test_unreadable_sources(tmp_path: Path) -> None:
    """Not there, a folder, a device without an end."""
    store = tmp_path / "store"
    (tmp_path / "folder.mov").mkdir()
    for source in (tmp_path / "nothing.mov", tmp_path / "folder.mov", Path("/dev/zero")):
        done = camzarr("convert", source, store, "--name", "x", code=None, timeout=20)
        assert done.code in (FAILED, USAGE)
        assert source.name in done.err
    assert not list(tmp_path.rglob("clips/*/*"))


def test_the_source_shrinks(fragile: Made, tmp_path: Path) -> None:
    store = tmp_path / "store"
    with converting(fragile.path, store, *SHARDS) as run:
        held_at_first_shard(run, store)
        os.truncate(fragile.path, fragile.length // 2)
        go_on(run)
        done, line = ended(run)
    assert (done.code, line["error"]["code"]) == (FAILED, "changed"), done.err
    assert no_clip(store)


def test_the_source_grows(fragile: Made, tmp_path: Path) -> None:
    store = tmp_path / "store"
    with converting(fragile.path, store, *SHARDS) as run:
        held_at_first_shard(run, store)
        with fragile.path.open("ab") as file:
            file.write(b"more")
        go_on(run)
        done, line = ended(run)
    assert (done.code, line["error"]["code"]) == (FAILED, "changed"), done.err
    assert no_clip(store)


def test_the_source_is_written_to(fragile: Made, tmp_path: Path) -> None:
    store = tmp_path / "store"
    with converting(fragile.path, store, *SHARDS) as run:
        held_at_first_shard(run, store)
        with fragile.path.open("r+b") as file:
            file.seek(fragile.frames[-1].offset + 5000)
            file.write(b"other bytes")
        go_on(run)
        done, line = ended(run)
    assert (done.code, line["error"]["code"]) == (FAILED, "changed"), done.err
    assert no_clip(store)


def test_source_is_replaced_before_resuming(fragile: Made, tmp_path: Path) -> None:
    """What was begun with one source doesn't go on with another."""
    store = tmp_path / "store"
    with converting(fragile.path, store, *SHARDS) as run:
        held_at_first_shard(run, store)
        run.send_signal(signal.SIGKILL)
    with fragile.path.open("r+b") as file:
        file.seek(fragile.frames[-1].offset + 5000)
        file.write(b"other bytes")
    line = convert_one(fragile.path, store, *SHARDS, code=FAILED)
    assert line["error"]["code"] in ("exists", "changed")
    convert_one(fragile.path, store, *SHARDS, "--overwrite")
    verify(store, fragile.path.stem, "--source", fragile.path)


def test_the_clip_is_removed_meanwhile(fragile: Made, tmp_path: Path) -> None:
    """The clip's folder is removed meanwhile: no part of the clip is published."""
    store = tmp_path / "store"
    with converting(fragile.path, store, *SHARDS) as run:
        held_at_first_shard(run, store)
        (store / "clips" / fragile.path.stem).rename(tmp_path / "taken")
        go_on(run)
        done, _ = ended(run)
    assert done.code == FAILED
    assert no_clip(store)


def test_rm_keeps_other_clips(tmp_path: Path) -> None:
    store = tmp_path / "store"
    for case in ("usual", "one_frame"):
        convert_one(make(case, tmp_path).path, store)
    kept = tree.digests(store / "clips/one_frame")
    camzarr("rm", store, "CAMHDA301-20180712T001500")
    assert [p.name for p in (store / "clips").iterdir() if p.is_dir()] == ["one_frame"]
    assert tree.digests(store / "clips/one_frame") == kept
    assert Clip(store, "one_frame").mark["frames"] == 1
    verify(store)
