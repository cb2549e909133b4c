"""A reader of camzarr stores, written from docs/format.md alone: JSON, arrays of integers, SHA-256.

    clip = Clip("store", "CAMHDA301-20180712T001500")
    clip.times[7], clip.frame(7)            # ns since 1970-01-01, the ProRes frame's bytes
    clip.check()                            # every object of the clip by size and SHA-256

    python tiny_reader.py STORE CLIP FRAME > frame.icpf

It uses no Zarr library and no codec: what it needs of `video` is not encoded.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

ABSENT = 2**64 - 1


def crc32c(data: bytes) -> int:
    """CRC-32C, a bit at a time: it checks a few kilobytes here."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Clip:
    """A whole clip: its commit marker exists and matches its own digest."""

    def __init__(self, store: str | Path, name: str) -> None:
        self.folder = Path(store) / "clips" / name
        text = (self.folder / "zarr.json").read_bytes()
        self.mark = json.loads(text)["attributes"]["camzarr"]
        if self.mark["format"].split(".")[0] != "1":
            raise ValueError(f"format {self.mark['format']} is newer than this reader")
        said = self.mark["digest"].encode()
        if text.count(said) != 1 or self._sha(text.replace(said, b"0" * 64)) != said.decode():
            raise ValueError("zarr.json: digest")
        self.times = np.frombuffer(self._object("video/time/c/0"), "<i8")
        if len(self.times) != self.mark["frames"]:
            raise ValueError("video/time: length")

    def __len__(self) -> int:
        return len(self.times)

    def frame(self, i: int) -> bytes:
        """The bytes of frame i, by the index that ends its shard; none if the source had none."""
        per_shard = self.mark["frames_per_shard"]
        path = self.folder / f"video/video/c/{i // per_shard}/0/0/0"
        if not path.exists() and not self._listed(path):
            return b""
        with path.open("rb") as shard:
            shard.seek(-16 * per_shard - 4, 2)
            index = shard.read()
            if crc32c(index[:-4]) != int.from_bytes(index[-4:], "little"):
                raise ValueError(f"{path}: checksum")
            index = np.frombuffer(index[:-4], "<u8").reshape(-1, 2)
            offset, length = map(int, index[i % per_shard])
            if offset == length == ABSENT:
                return b""
            shard.seek(offset)
            return shard.read(length)

    def objects(self) -> list[dict]:
        """Key, size and SHA-256 of every object but the commit marker."""
        lines = (self.folder / "source/bytes/chunks.jsonl").read_bytes().splitlines()
        return self.mark["objects"] + [json.loads(line) for line in lines]

    def check(self) -> None:
        """Raise ValueError for the first object that isn't what it should be."""
        for one in self.objects():
            data = (self.folder / one["key"]).read_bytes()
            if len(data) != one["size"] or self._sha(data) != one["sha256"]:
                raise ValueError(f"{one['key']}: size or digest")

    def _object(self, key: str) -> bytes:
        """An object of the commit marker, compared with its digest."""
        data = (self.folder / key).read_bytes()
        if {"key": key, "size": len(data), "sha256": self._sha(data)} not in self.mark["objects"]:
            raise ValueError(f"{key}: digest")
        return data

    def _listed(self, path: Path) -> bool:
        key = path.relative_to(self.folder).as_posix()
        return any(one["key"] == key for one in self.objects())

    @staticmethod
    def _sha(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    sys.stdout.buffer.write(Clip(sys.argv[1], sys.argv[2]).frame(int(sys.argv[3])))
