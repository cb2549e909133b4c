"""The sample tables of a track (QuickTime File Format, "Sample Atoms") and its edit list."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING

from .atoms import Atom, atom, full, runs, u32s, u64s

if TYPE_CHECKING:
    from .tracks import Track


def stbl(track: Track, offsets: list[int]) -> Atom:
    """All tables of a track whose chunks begin at these places."""
    sizes = [] if track.uniform else track.sizes()
    return atom(
        b"stbl",
        full(b"stsd", u32s([1]), track.entry),
        stts(track.stts),
        stsc(chunk.samples for chunk in track.chunks),
        stsz(sizes, track.uniform, track.samples),
        stco(offsets, wide=track.wide),
    )


def stts(times: list[tuple[int, int]]) -> Atom:
    """Durations of samples, as runs."""
    return full(b"stts", u32s([len(times), *chain.from_iterable(times)]))


def stsc(samples: Iterable[int]) -> Atom:
    """Samples of each chunk, as runs: an entry holds until the next one's first chunk."""
    entries = []
    first = 1
    for count, value in runs(samples):
        entries.append((first, value, 1))
        first += count
    return stsc_of(*entries)


def stsc_of(*entries: tuple[int, int, int]) -> Atom:
    """The same from its entries: first chunk, samples a chunk, sample description."""
    return full(b"stsc", u32s([len(entries), *chain.from_iterable(entries)]))


def stsz(sizes: list[int], uniform: int = 0, count: int | None = None) -> Atom:
    """Sizes of samples: one for all, or a table."""
    return full(b"stsz", u32s([uniform, len(sizes) if count is None else count, *sizes]))


def stco(offsets: list[int], *, wide: bool) -> Atom:
    """Where chunks begin, in 32 or 64 bits each."""
    packed = u64s(offsets) if wide else u32s(offsets)
    return full(b"co64" if wide else b"stco", u32s([len(offsets)]) + packed)


def edts(edits: list[tuple[int, int]]) -> Atom:
    """An edit list: (duration in the movie's timescale, media time or -1 to show nothing)."""
    body = b"".join(struct.pack(">IiI", lasts, media, 0x10000) for lasts, media in edits)
    return atom(b"edts", full(b"elst", u32s([len(edits)]) + body))
