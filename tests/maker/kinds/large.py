"""Sparse files: offsets and sizes beyond 32 bits, and tables of millions of frames."""

from __future__ import annotations

from pathlib import Path

from ..atoms import head
from ..large import many
from ..registry import case
from ..write import converted
from ..tracks import Chunk, Hole
from ..expected import Made
from .common import camhd

GIB = 1 << 30


@case("large", "CAMHDA301-20180901T001500.mov")
def beyond_4gib(path: Path) -> Made:
    """More than 4 GiB of dead bytes in mdat, then the frames, then moov."""
    return converted(camhd(lead=[Hole(4 * GIB + 12345)]), path)


@case("large")
def free_beyond_4gib(path: Path) -> Made:
    """A `free` atom of a 64-bit size before mdat."""
    size = 5 * GIB
    between = [head(b"free", 16 + size, wide=True), Hole(size)]
    return converted(camhd(between=between), path)


@case("large")
def around_4gib(path: Path) -> Made:
    """Frames before, on and after the border of 4 GiB: one of them lies across it."""
    movie = camhd()
    movie.parts()
    offsets = list(movie.offsets())
    first, *rest = movie.track.chunks
    hole = 4 * GIB - offsets[6] - 100  # so that frame 6 begins 100 bytes before the border
    first = Chunk(first.parts, first.samples, Hole(len(first.dead) + hole))
    movie.track.chunks = [first, *rest]
    return converted(movie, path)


@case("large")
def moov_first_beyond_4gib(path: Path) -> Made:
    """moov first, mdat to the end of the file, 6 GiB of it dead."""
    return converted(camhd(moov="first", mdat="open", lead=[Hole(6 * GIB)]), path)


@case("large")
def many_frames(path: Path) -> Made:
    """The 3 204 951 frames of the archive's longest file, nearly all of them holes."""
    return many(path, 3_204_951)
