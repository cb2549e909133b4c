"""An archive like CamHD's, with tiny recordings: names and times of a listing, and what is wrong with its
files, in day folders that a web server can show.

Files of one kind and number of frames are hard links to one file, so thousands take little space.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests"))

from maker import frames  # noqa: E402
from maker.movie import Movie  # noqa: E402
from maker.tracks import video  # noqa: E402

LEAST, MOST = 3, 30  # frames of a recording
SIZE = (64, 48)
STUB = 32 << 10  # bytes; a shorter file without a moov atom has no whole frame
BLOCK = 4096  # bytes; the recorder writes whole blocks, unless the file is complete
FIRST = datetime(2016, 1, 1, 0, 15)


@dataclass(frozen=True)
class Item:
    """A file: its path below the archive, frames, and kind: "whole", "empty", "stub" or "broken_off"."""

    path: str
    frames: int
    kind: str = "whole"

    @property
    def name(self) -> str:
        return Path(self.path).stem


def _kind(size: int, moov: bool) -> str:
    if size == 0:
        return "empty"
    if not moov and size < STUB:
        return "stub"
    return "broken_off" if not moov and size % BLOCK == 0 else "whole"


def items_of(listing: Path) -> list[Item]:
    """Of dbcamhd.json, compressed by gzip or not; in its order."""
    opened = gzip.open(listing, "rt") if listing.suffix == ".gz" else listing.open()
    with opened as file:
        rows = [json.loads(line) for line in file]
    usual = sorted(row["filesize"] for row in rows)[len(rows) * 99 // 100]  # a few are much larger
    found = []
    for row in rows:
        path = re.search(r"\d{4}/\d\d/\d\d/[^/]+\.mov$", row["filename"])
        assert path, row
        count = min(MOST, LEAST + (MOST - LEAST) * row["filesize"] // usual)
        found.append(Item(path[0], count, _kind(row["filesize"], row["moov"])))
    return found


def invented(n: int) -> list[Item]:
    """As many files, one every three hours, of which some are bad."""
    found = []
    for i in range(n):
        when = FIRST + timedelta(hours=3 * i)
        name = f"{when:%Y/%m/%d}/CAMHDA301-{when:%Y%m%dT%H%M%S}{'Z' if i % 2 else ''}.mov"
        kind = {40: "empty", 80: "stub", 120: "broken_off"}.get(i % 160, "whole")
        found.append(Item(name, LEAST + i * 7 % (MOST - LEAST + 1), kind))
    return found


def _write(path: Path, item: Item) -> None:
    if item.kind == "empty":
        path.touch()
    elif item.kind == "stub":
        path.write_bytes(b"\0\0\0\x08wide" + bytes(100))
    else:
        moov = "none" if item.kind == "broken_off" else "last"
        samples = frames.encode("standard", SIZE, item.frames)
        Movie([video(samples, size=SIZE)], moov=moov).write(path)


def build(items: Iterable[Item], folder: Path) -> None:
    """The archive, in a folder of its own. Models of its files are beside it."""
    models = folder.parent / f"{folder.name}-models"
    models.mkdir()
    for item in items:
        model = models / f"{item.kind}-{item.frames}"
        if not model.exists():
            _write(model, item)
        path = folder / item.path
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(model, path)


def status_of(item: Item) -> str:
    """What a conversion reports."""
    return {"whole": "converted", "broken_off": "recovered", "empty": "empty", "stub": "failed"}[item.kind]
