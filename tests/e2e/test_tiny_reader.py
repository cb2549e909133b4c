"""docs/format.md suffices: a reader that was written from it alone reads every clip correctly."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tiny_reader
from conftest import Converted_by
from maker import cases

SOURCE = Path(tiny_reader.__file__)


def test_size_and_dependencies() -> None:
    text = SOURCE.read_text()
    assert len(text.splitlines()) <= 100
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    assert found == {"__future__", "hashlib", "json", "numpy", "pathlib", "sys"}


@pytest.mark.parametrize("case", cases("sound") + cases("recovered") + cases("damaged"))
def test_frames_times_and_digests(case: str, converted: Converted_by) -> None:
    one = converted(case)
    clip = tiny_reader.Clip(one.store, one.name)
    assert clip.times.tolist() == [frame.time for frame in one.made.frames]
    for i in range(len(clip)):
        assert clip.frame(i) == one.made.read(i)
    clip.check()
    listed = {entry["key"] for entry in clip.objects()} | {"zarr.json"}
    assert listed == set(one.clip.objects())


def test_as_a_command(converted: Converted_by) -> None:
    one = converted("usual")
    command: list[str | Path] = [sys.executable, SOURCE, one.store, one.name, "7"]
    assert subprocess.run(command, check=True, capture_output=True).stdout == one.made.read(7)


@pytest.mark.parametrize("key", ["zarr.json", "video/time/c/0", "video/video/c/0/0/0/0"])
def test_damage_is_an_error(key: str, converted: Converted_by, tmp_path: Path) -> None:
    one = converted("usual")
    shutil.copytree(one.store, tmp_path / "store")
    path = tmp_path / "store/clips" / one.name / key
    data = bytearray(path.read_bytes())
    # In the commit marker the case of a letter in a text; elsewhere the last byte, part of a checksum.
    at = data.index(b"summary") if key == "zarr.json" else len(data) - 1
    data[at] ^= 0x20
    path.write_bytes(data)
    with pytest.raises(ValueError, match=key.removesuffix("/c/0")):
        tiny_reader.Clip(tmp_path / "store", one.name).frame(0)
