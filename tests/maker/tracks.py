"""Tracks of a movie: their chunks and their trak atoms."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from . import frames, tables
from .atoms import IDENTITY, Atom, atom, full, u32s

TIMESCALE, DELTA = 30000, 1001
DEAD = 160  # bytes in each chunk of a CamHD file that belong to no frame
RATE = 48000


@dataclass(frozen=True, slots=True)
class Hole:
    """Zeros that take no place on the disk."""

    size: int

    def __len__(self) -> int:
        return self.size


@dataclass(frozen=True, slots=True)
class Numbered:
    """A frame under another encoder id: a frame of its own, but no copy until it is written."""

    frame: bytes
    number: int

    def __len__(self) -> int:
        return len(self.frame)

    def __bytes__(self) -> bytes:
        return frames.put(self.frame, frames.ENCODER, self.number.to_bytes(4, "big"))


Part = bytes | Hole | Numbered


@dataclass
class Chunk:
    """Samples that lie together. For video each part is one, for PCM one part holds them all."""

    parts: Sequence[Part]
    samples: int
    dead: Part = b""


@dataclass
class Track:
    """One track; the defaults are those of CamHD's video."""

    handler: bytes
    entry: Atom
    chunks: list[Chunk]
    stts: list[tuple[int, int]]  # (samples, duration)
    timescale: int = TIMESCALE
    uniform: int = 0  # the size of all samples, or 0: a table of sizes
    size: frames.Size = (0, 0)
    edits: list[tuple[int, int]] = field(default_factory=list)  # (duration, media time or -1)
    created: int = 0
    version: int = 0  # of mdhd and tkhd
    wide: bool = True  # co64 instead of stco
    dref: Atom = field(default_factory=lambda: full(b"alis", b"", flags=1))
    timecode: int = 0  # the id of the track that names its time code
    shuffled: Sequence[int] = ()  # order of the chunks in the file, if it isn't theirs

    @property
    def samples(self) -> int:
        return sum(chunk.samples for chunk in self.chunks)

    @property
    def duration(self) -> Fraction:
        """In seconds, by stts."""
        return Fraction(sum(n * delta for n, delta in self.stts), self.timescale or 1)

    def sizes(self) -> list[int]:
        """Of all parts, in their order."""
        return [len(part) for chunk in self.chunks for part in chunk.parts]

    def trak(self, number: int, offsets: list[int], movie_timescale: int) -> Atom:
        """The trak atom, for chunks that begin at these places."""
        lasts = int(self.duration * movie_timescale)
        children = [_tkhd(self, number, lasts)]
        if self.edits:
            children.append(tables.edts(self.edits))
        if self.timecode:
            children.append(atom(b"tref", atom(b"tmcd", body=u32s([self.timecode]))))
        children.append(
            atom(b"mdia", _mdhd(self), _hdlr(b"mhlr", self.handler), _minf(self, offsets))
        )
        return atom(b"trak", *children)


def chunked(samples: Sequence[Part], per_chunk: int = 6, dead: Sequence[Part] = ()) -> list[Chunk]:
    """Samples in chunks; the last one may be short. `dead` is used in turn, one item a chunk."""
    found = []
    for first in range(0, len(samples), per_chunk):
        parts = samples[first : first + per_chunk]
        rest = dead[first // per_chunk % len(dead)] if dead else b""
        found.append(Chunk(parts, len(parts), rest))
    return found


def noise(count: int, seed: int = 0, size: int = DEAD) -> list[bytes]:
    """Bytes that mean nothing, `count` times."""
    source = random.Random(seed)
    return [source.randbytes(size) for _ in range(count)]


def video(
    samples: Sequence[Part],
    codec: str = "apcn",
    size: frames.Size = (128, 96),
    *,
    per_chunk: int = 6,
    dead: Sequence[Part] | None = None,
    extensions: Sequence[Atom] = (),
) -> Track:
    """A video track of these frames, at 30000/1001, with 160 dead bytes a chunk by default."""
    if dead is None:
        dead = noise(7)
    return Track(
        handler=b"vide",
        entry=_visual(codec.encode(), size, extensions),
        chunks=chunked(samples, per_chunk, dead),
        stts=[(len(samples), DELTA)] if samples else [],
        size=size,
    )


def pcm(codec: str, channels: int, beside: Track, seed: int = 5) -> Track:
    """Audio as long as a video track, a chunk for each of its chunks: in24, lpcm (24 bit), sowt."""
    width = channels * (2 if codec == "sowt" else 3)
    source = random.Random(seed)
    chunks = []
    shown = heard = 0
    for chunk in beside.chunks:
        shown += chunk.samples
        until = shown * DELTA * RATE // TIMESCALE
        chunks.append(Chunk([source.randbytes((until - heard) * width)], until - heard))
        heard = until
    entry = _sound_v2(channels) if codec == "lpcm" else _sound_v1(codec.encode(), channels, width)
    track = Track(b"soun", entry, chunks, [(heard, 1)], RATE)
    track.uniform = width if codec == "lpcm" else 1  # QuickTime counts old PCM in units of 1
    return track


def timecode(beside: Track, first: int = 108000) -> Track:
    """A tmcd track: one sample, the number of the first frame since midnight."""
    body = bytes(6) + struct.pack(">HIIIIBB", 1, 0, 0, TIMESCALE, DELTA, 30, 0)
    lasts = beside.samples * DELTA
    return Track(b"tmcd", atom(b"tmcd", body=body), [Chunk([u32s([first])], 1)], [(1, lasts)])


def _visual(codec: bytes, size: frames.Size, extensions: Sequence[Atom]) -> Atom:
    name = b"Apple ProRes 422"
    body = bytes(6) + struct.pack(">HHH4sII", 1, 0, 0, b"AJA ", 512, 512)
    body += struct.pack(">HHIIIH", *size, 72 << 16, 72 << 16, 0, 1)
    body += bytes([len(name)]) + name.ljust(31, b"\0") + struct.pack(">Hh", 24, -1)
    return atom(codec, *extensions, body=body)


def _sound_v1(codec: bytes, channels: int, width: int) -> Atom:
    """Sound description of version 1, with the four fields that say how bytes make frames."""
    body = bytes(6) + struct.pack(">HHH4sHHhHI", 1, 1, 0, b"AJA ", channels, 16, -1, 0, RATE << 16)
    return atom(codec, body=body + u32s([1, width // channels, width, 2]))


def _sound_v2(channels: int) -> Atom:
    """Sound description of version 2, for lpcm: big-endian, signed, packed, 24 bit."""
    body = bytes(6) + struct.pack(">HHH4sHHhHI", 1, 2, 0, b"AJA ", 3, 16, -2, 0, 65536)
    body += struct.pack(">IdIIIIII", 72, RATE, channels, 0x7F000000, 24, 0xE, channels * 3, 1)
    return atom(b"lpcm", body=body)


def _tkhd(track: Track, number: int, lasts: int) -> Atom:
    form = ">QQIIQ" if track.version else ">IIIII"
    body = struct.pack(form, track.created, track.created, number, 0, lasts) + bytes(8)
    body += struct.pack(">hhHH", 0, 0, 0x100 if track.handler == b"soun" else 0, 0) + IDENTITY
    body += u32s([track.size[0] << 16, track.size[1] << 16])
    return full(b"tkhd", body, version=track.version, flags=0xF)


def _mdhd(track: Track) -> Atom:
    lasts = sum(n * delta for n, delta in track.stts)
    form = ">QQIQHH" if track.version else ">IIIIHH"
    body = struct.pack(form, track.created, track.created, track.timescale, lasts, 0, 0)
    return full(b"mdhd", body, version=track.version)


def _hdlr(component: bytes, kind: bytes) -> Atom:
    name = b"camzarr test maker"
    body = component + kind + b"appl" + bytes(8) + bytes([len(name)]) + name
    return full(b"hdlr", body)


def _minf(track: Track, offsets: list[int]) -> Atom:
    media = {
        b"vide": full(b"vmhd", struct.pack(">4H", 64, 32768, 32768, 32768), flags=1),
        b"soun": full(b"smhd", bytes(4)),
        b"tmcd": _gmhd(),
    }[track.handler]
    dinf = atom(b"dinf", full(b"dref", u32s([1]), track.dref))
    return atom(b"minf", media, _hdlr(b"dhlr", b"alis"), dinf, tables.stbl(track, offsets))


def _gmhd() -> Atom:
    gmin = full(b"gmin", struct.pack(">5H2x", 64, 32768, 32768, 32768, 0))
    style = struct.pack(">HHHH6H", 0, 0, 12, 0, 0, 0, 0, 65535, 65535, 65535)
    tcmi = full(b"tcmi", style + b"\x05Arial")
    return atom(b"gmhd", gmin, atom(b"tmcd", tcmi))
