"""A shard that a Zarr library rewrote: frames and a shard index, without the movie around them.

tests/python/test_rewritten.py has zarr-python write one; here the bytes are made by hand, so that
neither zarr-python's codecs nor the camzarr package is needed."""

from __future__ import annotations

import struct
from pathlib import Path

import google_crc32c
import pytest

from maker import make
from support import tree
from support.clips import Clip
from support.command import DIFFERENT, camzarr, convert_one, verify

PER_SHARD = 4
ABSENT = (1 << 64) - 1  # offset and length of a chunk that a shard does not have


def plain_shard(frames: list[bytes]) -> bytes:
    """As the sharding codec writes it: the chunks that are there, then the index and its CRC-32C."""
    data, index = b"", b""
    for frame in frames:
        span = (len(data), len(frame)) if frame else (ABSENT, ABSENT)
        index += struct.pack("<2Q", *span)
        data += frame
    return data + index + struct.pack("<I", google_crc32c.value(index))


@pytest.mark.parametrize("dropped", [{1}, {0, 3}, set()])
def test_rewritten_shard_is_reported_and_repaired(dropped: set[int], tmp_path: Path) -> None:
    made = make("usual", tmp_path)
    store = tmp_path / "store"
    convert_one(made.path, store, "--frames-per-shard", str(PER_SHARD))
    clip, sound = Clip(store, made.path.stem), tree.digests(store)
    shard = clip.shard(1)
    frames = [b"" if i in dropped else clip.frame(PER_SHARD + i) for i in range(PER_SHARD)]
    before = shard.stat().st_size
    shard.write_bytes(plain_shard(frames))
    assert shard.stat().st_size < before, "it has no movie header"

    lines = verify(store, clip.name, "--json", code=DIFFERENT).lines()
    found = [line for line in lines if "what" in line]
    assert [line["key"] for line in found] == [shard.relative_to(store).as_posix()]
    assert f"has {PER_SHARD - len(dropped)} frame" in found[0]["what"]

    (told,) = camzarr("info", "--json", store, clip.name).lines()
    (warning,) = told["warnings"]
    assert warning.startswith("1 object missing or of another size") and "video/video/c/1/0/0/0" in warning
    assert "repairs" in camzarr("info", store, clip.name).out.decode()

    report = convert_one(made.path, store, "--frames-per-shard", str(PER_SHARD))
    assert report["status"] == "converted"
    assert any(warning.startswith("repaired 1 object") for warning in report["warnings"])
    assert tree.digests(store) == sound
    verify(store, clip.name)
    assert camzarr("info", "--json", store, clip.name).lines()[0]["warnings"] == []
