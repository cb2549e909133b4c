"""A clip in a store: its objects as the format document names them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import zarr


@dataclass
class Clip:
    """A clip by the folder of its store and its name."""

    store: Path
    name: str

    @property
    def folder(self) -> Path:
        """Where its objects lie."""
        return self.store / "clips" / self.name

    @cached_property
    def mark(self) -> dict[str, Any]:
        """attributes.camzarr of the commit marker."""
        document = json.loads((self.folder / "zarr.json").read_bytes())
        return document["attributes"]["camzarr"]

    @cached_property
    def index(self) -> zarr.Group:
        """The frame index, opened by zarr-python."""
        return zarr.open_group(self.folder / "index", mode="r")

    @cached_property
    def _columns(self) -> dict[str, np.ndarray]:
        return {name: np.asarray(column[:]) for name, column in self.index.arrays()}

    def column(self, name: str) -> np.ndarray:
        """All values of a column."""
        return self._columns[name]

    def shards(self) -> list[Path]:
        """Shards that are there, in their order."""
        found = (self.folder / "video/video/c").glob("*/0/0/0")
        return sorted(found, key=lambda path: int(path.parts[-4]))

    def shard(self, number: int) -> Path:
        """One shard."""
        return self.folder / f"video/video/c/{number}/0/0/0"

    def frame(self, i: int) -> bytes:
        """A frame by the index: one range of one object."""
        size, number, offset = (int(self.column(c)[i]) for c in ("size", "shard", "shard_offset"))
        if not size:
            return b""
        with self.shard(number).open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def objects(self) -> list[str]:
        """Keys of everything that is there, from the clip's folder."""
        found = (p.relative_to(self.folder) for p in self.folder.rglob("*") if p.is_file())
        return sorted(path.as_posix() for path in found)
