"""A description of a movie, and the file that is made from it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .atoms import IDENTITY, Atom, atom, ftyp, full, head, u32s
from .tracks import TIMESCALE, Hole, Part, Track

FTYP = ftyp(b"qt  ", b"qt  ", b"CINF")  # 24 bytes, as in the files after 2015-11


@dataclass
class Movie:
    """A QuickTime file. Chunks lie in rounds: the first of each track, then the second of each."""

    tracks: list[Track]
    main: int = 0  # the track whose frames are the clip
    order: Sequence[int] = ()  # of the tracks within a round, if it isn't theirs
    created: int = 0  # seconds from 1904
    timescale: int = TIMESCALE
    version: int = 0  # of mvhd
    ftyp: bytes = FTYP
    between: Sequence[Part] = ()  # atoms before mdat
    lead: Sequence[Part] = ()  # bytes inside mdat before the first chunk
    mdat: Literal["wide", "limited", "open", "none"] = "wide"  # 64-bit size, 32-bit, to the end
    moov: Literal["last", "first", "none"] = "last"
    extra: Sequence[Atom] = ()  # more atoms inside moov
    tail: Sequence[Part] = ()  # after all else
    edit: Callable[[Atom], Atom | None] | None = None  # changes moov, or gives another one
    cut: int | None = None  # where the file breaks off
    places: list[list[int]] = field(default_factory=list, init=False)  # of chunks

    @property
    def track(self) -> Track:
        """The one whose frames are the clip."""
        return self.tracks[self.main]

    def write(self, path: Path) -> None:
        """Write the file."""
        with path.open("wb") as file:
            for part in self.parts():
                if isinstance(part, Hole):
                    file.seek(part.size, 1)
                else:
                    file.write(bytes(part))
            file.truncate(file.tell() if self.cut is None else self.cut)

    def offsets(self) -> Iterable[int]:
        """Where the frames of the main track lie; after parts()."""
        for place, chunk in zip(self.places[self.main], self.track.chunks):
            for part in chunk.parts:
                yield place
                place += len(part)

    def parts(self) -> list[Part]:
        """Everything, in the order of the file; fills `places`."""
        media = list(self.lead)
        relative = [[0] * len(track.chunks) for track in self.tracks]
        at = sum(map(len, media))
        for number, turn in self._rounds():
            chunk = self.tracks[number].chunks[turn]
            relative[number][turn] = at
            pieces = [*chunk.parts, chunk.dead] if len(chunk.dead) else chunk.parts
            media += pieces
            at += sum(map(len, pieces))
        before: list[Part] = [self.ftyp, *self.between]
        header = self._mdat_head(at)
        base = sum(map(len, before)) + len(header)
        if self.moov == "first":
            # Offsets are as long whatever their values: the first moov only tells its length.
            base += len(self._moov(relative))
        self.places = [[base + place for place in places] for places in relative]
        moov = [] if self.moov == "none" else [self._moov(self.places)]
        if self.moov == "first":
            return [*before, *moov, header, *media, *self.tail]
        return [*before, header, *media, *moov, *self.tail]

    def _rounds(self) -> Iterator[tuple[int, int]]:
        order = self.order or range(len(self.tracks))
        for turn in range(max((len(track.chunks) for track in self.tracks), default=0)):
            for number in order:
                track = self.tracks[number]
                if turn < len(track.chunks):
                    yield number, track.shuffled[turn] if track.shuffled else turn

    def _mdat_head(self, payload: int) -> bytes:
        if self.mdat == "wide":
            return head(b"mdat", payload + 16, wide=True)
        if self.mdat == "none":
            return b""
        return head(b"mdat", payload + 8 if self.mdat == "limited" else 0)

    def _moov(self, places: list[list[int]]) -> bytes:
        lasts = max((int(track.duration * self.timescale) for track in self.tracks), default=0)
        form = ">QQIQ" if self.version else ">IIII"
        body = struct.pack(form, self.created, self.created, self.timescale, lasts)
        body += struct.pack(">IH10x", 0x10000, 256) + IDENTITY + bytes(24)
        mvhd = full(b"mvhd", body + u32s([len(self.tracks) + 1]), version=self.version)
        traks = [
            track.trak(i + 1, places[i], self.timescale) for i, track in enumerate(self.tracks)
        ]
        moov = atom(b"moov", mvhd, *traks, *self.extra)
        return bytes((self.edit and self.edit(moov)) or moov)
