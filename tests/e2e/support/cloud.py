"""Conversions from HTTP to an object store, and their expected result."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maker import Made

from . import tree
from .command import Done, camzarr, convert_one
from .objects import Place

SHARDS = ("--frames-per-shard", "4")
# Where a credential could come from otherwise, or a proxy be told of.
_FOREIGN = ("AWS_", "AZURE_", "GS_", "GOOGLE_", "http_proxy", "https_proxy", "all_proxy", "HTTP")


def environment(*more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without credentials, plus those of the test."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
    for one in more:
        ours.update(one)
    return ours


@dataclass(frozen=True)
class Movie:
    """A file, where it is served, and what becomes of it in an undisturbed local conversion."""

    made: Made
    folder: Path
    url: str
    port: int
    tree: dict[str, str]

    @property
    def name(self) -> str:
        """Of the clip."""
        return self.made.path.stem

    @property
    def mark(self) -> str:
        """Key of the commit marker."""
        return f"clips/{self.name}/zarr.json"

    def at(self, base: str) -> str:
        """Its address through a relay."""
        return f"{base}/{self.made.path.name}"


def reference(made: Made, folder: Path) -> dict[str, str]:
    """Digests of what a local conversion writes, but for the catalog, which a bucket has on request."""
    convert_one(made.path, folder / "reference", *SHARDS, "--no-catalog")
    return tree.digests(folder / "reference")


def to_store(
    source: str, store: str, keys: Mapping[str, str], *args: str, code: int | None = 0, **more: Any
) -> tuple[Done, dict[str, Any]]:
    """A conversion: how it ended, and its line."""
    words = ["convert", "--json", source, store, *SHARDS, *args]
    done = camzarr(*words, code=code, env=environment(keys), **more)
    lines = done.lines()
    return done, lines[0] if lines else {}


def whole(movie: Movie, place: Place, prefix: str = "") -> None:
    """The clip is there, as it would be in a folder: object for object, byte for byte."""
    assert place.digests(prefix) == movie.tree


def whole_or_nothing(movie: Movie, place: Place, prefix: str, done: Done) -> None:
    """Success and the whole clip, or a clear error and no clip at all; never anything else."""
    if done.code == 0:
        whole(movie, place, prefix)
        return
    assert done.code in (1, 5), done.err
    assert movie.mark not in place.keys(prefix), f"half a clip is visible: {done.err}"


def until(found: Any, seconds: float = 60) -> None:
    """Wait for something."""
    limit = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < limit, "that never came"
        time.sleep(0.002)
