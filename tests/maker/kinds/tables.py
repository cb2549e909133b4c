"""Hostile files: sample tables that lie. Each differs in one thing from a sound file.

That file has 15 frames in three chunks of six, six and three, and moov last."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..atoms import Atom
from ..registry import add
from ..tables import stco, stsc_of, stsz, stts
from ..write import unusable
from ..tracks import DELTA
from ..expected import Made
from .common import camhd

FRAMES = 15
MANY = 0xFFFFFFFF
COUNTS = {b"stsd": 4, b"stts": 4, b"stsc": 4, b"stsz": 8, b"co64": 4}  # where the count stands

Edit = Callable[[Atom], None]


def _register(name: str, summary: str, pattern: str, edit: Edit) -> None:
    def maker(path: Path) -> Made:
        movie = camhd(edit=lambda moov: edit(moov.find(b"trak", b"mdia", b"minf", b"stbl")))
        return unusable(movie, path, "FORMAT|UNSUPPORTED", pattern)

    maker.__doc__ = summary
    add("hostile", maker, name)


def _hostile(pattern: str) -> Callable[[Edit], Edit]:
    """The function changes an stbl so that the file is to be refused with such a message."""

    def register(edit: Edit) -> Edit:
        _register(edit.__name__, edit.__doc__ or "", pattern, edit)
        return edit

    return register


def _count(kind: bytes, at: int, count: int, stbl: Atom) -> None:
    stbl.find(kind).poke(at, ">I", count)


def _register_counts(kind: bytes, at: int) -> None:
    """What can be wrong with any of the tables."""
    name = kind.decode()
    others = f"{name}|stts|stsc|stsz|stco|co64|sample|chunk|frame|track"
    _register(f"{name}_missing", f"There is no {name}.", others, lambda stbl: stbl.drop(kind))
    _register(f"{name}_blank", f"{name} has no body.", others, lambda stbl: stbl.put(Atom(kind)))
    for word, count in (("beyond", MANY), ("million", 1_000_000), ("zero", 0)):
        _register(
            f"{name}_count_{word}",
            f"{name} says that it has {count} entries.",
            others,
            partial(_count, kind, at, count),
        )


for _kind, _at in COUNTS.items():
    _register_counts(_kind, _at)


def _offsets(stbl: Atom) -> list[int]:
    return list(struct.unpack(">3Q", stbl.find(b"co64").body[8:]))


def _move(stbl: Atom, chunk: int, offset: int) -> None:
    """Say that a chunk lies elsewhere."""
    stbl.find(b"co64").poke(8 + 8 * chunk, ">Q", offset)


# --- how many frames there are ---------------------------------------------------------------


@_hostile("stsz|stsc|chunk|frame|sample")
def stsz_one_more(stbl: Atom) -> None:
    """stsz has a frame more than the chunks hold."""
    stbl.put(stsz([5000] * (FRAMES + 1)))


@_hostile("stsz|stsc|chunk|frame|sample")
def stsz_three_less(stbl: Atom) -> None:
    """stsz has as many frames less as the last chunk holds."""
    stbl.put(stsz([5000] * (FRAMES - 3)))


@_hostile("stsz|stsc|chunk|frame|sample")
def stsz_uniform_endless(stbl: Atom) -> None:
    """2^32-1 frames of one size in a small file."""
    stbl.put(stsz([], 5000, MANY))


@_hostile("stsz|stsc|stts|chunk|frame|sample|file")
def all_tables_endless(stbl: Atom) -> None:
    """All tables agree on 2^32-1 frames of one byte: only the file's size speaks against it."""
    stbl.put(stsz([], 1, MANY))
    stbl.put(stsc_of((1, MANY, 1)))
    stbl.put(stts([(MANY, DELTA)]))
    stbl.put(stco(_offsets(stbl)[:1], wide=True))


@_hostile("stsz|stsc|stts|chunk|frame|sample|file")
def frames_of_nothing(stbl: Atom) -> None:
    """All tables but stsz's own agree on 2^32-1 frames: memory for them would be gone."""
    stbl.put(stsz([], 0, MANY))
    stbl.put(stsc_of((1, MANY, 1)))
    stbl.put(stts([(MANY, DELTA)]))


# --- where they lie --------------------------------------------------------------------------


@_hostile("beyond|outside|past|end|file|offset|overflow")
def offset_overflows(stbl: Atom) -> None:
    """An offset just below 2^64: with the frame's size it passes the end of all numbers."""
    _move(stbl, 1, (1 << 64) - 1000)


@_hostile("beyond|outside|past|end|file|offset|overflow")
def offset_negative(stbl: Atom) -> None:
    """An offset of 2^63, which is negative as a signed integer."""
    _move(stbl, 1, 1 << 63)


@_hostile("overlap|order|twice|same")
def chunks_overlap(stbl: Atom) -> None:
    """The second chunk begins inside the first."""
    _move(stbl, 1, _offsets(stbl)[0] + 100)


@_hostile("overlap|order|twice|same")
def chunks_same(stbl: Atom) -> None:
    """Two chunks lie at the same place: a small file of many frames."""
    _move(stbl, 1, _offsets(stbl)[0])


# --- which chunk holds how many --------------------------------------------------------------


@_hostile("stsc")
def stsc_descending(stbl: Atom) -> None:
    """First chunks go down."""
    stbl.put(stsc_of((1, 6, 1), (3, 3, 1), (2, 6, 1)))


@_hostile("stsc")
def stsc_repeated(stbl: Atom) -> None:
    """A first chunk comes twice."""
    stbl.put(stsc_of((1, 6, 1), (1, 6, 1), (3, 3, 1)))


@_hostile("stsc")
def stsc_from_zero(stbl: Atom) -> None:
    """The first chunk is 0; chunks count from 1."""
    stbl.put(stsc_of((0, 6, 1), (3, 3, 1)))


@_hostile("stsc")
def stsc_from_two(stbl: Atom) -> None:
    """The first entry begins at chunk 2: nothing is said about chunk 1."""
    stbl.put(stsc_of((2, 6, 1), (3, 9, 1)))


@_hostile("stsc|chunk|frame|sample")
def stsc_beyond_chunks(stbl: Atom) -> None:
    """An entry begins at a chunk that isn't there."""
    stbl.put(stsc_of((1, 6, 1), (3, 3, 1), (9, 1, 1)))


@_hostile("stsc|chunk|frame|sample")
def stsc_no_samples(stbl: Atom) -> None:
    """Chunks of no samples."""
    stbl.put(stsc_of((1, 0, 1)))


@_hostile("stsc|chunk|frame|sample|stsz")
def stsc_endless(stbl: Atom) -> None:
    """Chunks of 2^32-1 samples: three of them overflow 32 bits."""
    stbl.put(stsc_of((1, MANY, 1)))


@_hostile("stsc|descri|stsd")
def stsc_no_description(stbl: Atom) -> None:
    """Samples are of the seventh description; there is one."""
    stbl.put(stsc_of((1, 6, 7), (3, 3, 7)))
