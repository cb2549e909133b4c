"""The same source and options give the same bytes, on any number of threads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from maker import Made, cases, make
from support import tree
from support.command import camzarr, convert_one

CONVERTED = [case for case in cases() if case not in cases("hostile") + cases("empty")]
SHARDS = ("--frames-per-shard", "8")


@pytest.mark.parametrize("case", CONVERTED)
def test_one_and_eight_threads(case: str, tmp_path: Path) -> None:
    made = make(case, tmp_path)
    trees = []
    for threads in ("1", "8"):
        store = tmp_path / threads
        camzarr(
            "convert", made.path, store, "--threads", threads, "--frames-per-shard", "4", code=None
        )
        trees.append(tree.digests(store))
    assert trees[0] == trees[1]
    assert trees[0] or made.also


def test_one_and_eight_threads_large_movie(
    large: Made, large_tree: dict[str, str], tmp_path: Path
) -> None:
    for threads in ("1", "8"):
        convert_one(large.path, tmp_path / threads, *SHARDS, "--threads", threads)
        assert tree.digests(tmp_path / threads) == large_tree


def test_location_has_no_effect(
    large: Made, large_tree: dict[str, str], tmp_path: Path
) -> None:
    """Nor does the time: another folder, another time of change."""
    moved = tmp_path / "elsewhere" / large.path.name
    moved.parent.mkdir()
    os.link(large.path, moved)
    os.utime(moved, (1, 1))
    convert_one(
        moved, tmp_path / "store", *SHARDS, env={**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    )
    assert tree.digests(tmp_path / "store") == large_tree


def test_already_converted(large: Made, large_tree: dict[str, str], tmp_path: Path) -> None:
    store = tmp_path / "store"
    convert_one(large.path, store, *SHARDS)
    before = tree.identities(store)
    line = convert_one(large.path, store, *SHARDS)
    assert (line["status"], line["bytes_written"]) == ("present", 0)
    assert tree.identities(store) == before


def test_overwrite_requires_the_option(large: Made, large_tree: dict[str, str], tmp_path: Path) -> None:
    """Another fingerprint under the same name: refused, or what was there is gone altogether."""
    store = tmp_path / "store"
    convert_one(large.path, store, "--frames-per-shard", "4")
    before = tree.digests(store)
    line = convert_one(large.path, store, *SHARDS, code=1)
    assert line["error"]["code"] == "exists"
    assert tree.digests(store) == before
    convert_one(large.path, store, *SHARDS, "--overwrite")
    assert tree.digests(store) == large_tree
