"""Assigning to frames through zarr-python rewrites a shard; `camzarr` finds and mends it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import zarr

import camzarr
from conftest import COMMAND, USUAL, Shelf, run


def _objects(store: Path) -> dict[str, bytes]:
    return {
        path.relative_to(store).as_posix(): path.read_bytes()
        for path in store.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def store(shelf: Shelf, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(shelf.path, tmp_path / "store"))


def _verify(store: Path, clip: str) -> tuple[int, list[dict[str, object]]]:
    """The exit code, and what differs."""
    done = subprocess.run([COMMAND, "verify", "--json", store, clip], capture_output=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, [line for line in lines if "what" in line]


@pytest.mark.parametrize("value", [0, 7, 255])
def test_values_cannot_be_assigned(value: int, shelf: Shelf, store: Path) -> None:
    """The codec refuses, and nothing is changed."""
    sound = _objects(store)
    pictures = zarr.open_array(store / "clips" / shelf.name(USUAL) / "video/video", mode="r+")
    for where in (3, slice(None)):
        with pytest.raises(camzarr.UnsupportedError):
            pictures[where] = value
    assert _objects(store) == sound


def test_the_fill_value_is_assigned_to_a_frame(shelf: Shelf, store: Path) -> None:
    """The frame is dropped from its shard, and nothing is encoded."""
    clip, sound = shelf.name(USUAL), _objects(store)
    pictures = zarr.open_array(store / "clips" / clip / "video/video", mode="r+")
    pictures[3] = pictures.fill_value
    changed = {key for key, data in _objects(store).items() if sound.get(key) != data}
    shard = f"clips/{clip}/video/video/c/0/0/0/0"
    assert changed == {shard}, "the assignment rewrites one shard"

    code, found = _verify(store, clip)
    assert code == 4
    assert {line["key"] for line in found} == {shard}

    line = run(COMMAND, "convert", "--json", shelf.made[USUAL].path, store)
    report = json.loads(line)
    assert report["status"] == "converted"
    assert any("repaired 1 object" in warning for warning in report["warnings"]), report
    assert _objects(store) == sound
    assert _verify(store, clip) == (0, [])
