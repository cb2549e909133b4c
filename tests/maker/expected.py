"""The expected contents of a file that was made, which tests compare with."""

from __future__ import annotations

import hashlib
import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import overload

SIZE_MISMATCH = 1
NO_ICPF = 2
BAD_HEADER = 4
TRUNCATED = 8
MISSING = 16
RECOVERED = 32
HEADER_VARIES = 64
DAMAGE = SIZE_MISMATCH | NO_ICPF | BAD_HEADER | TRUNCATED | MISSING

NS = 1_000_000_000
DAY = 86_400 * NS
MAC_EPOCH = 2_082_844_800  # seconds from 1904-01-01, where QuickTime counts from, to 1970-01-01

_STAMP = re.compile(r"(\d{8}T\d{6})(Z?)")


@dataclass(frozen=True)
class Frame:
    """One frame; the package's docstring says what the fields mean."""

    offset: int
    size: int
    stated: int
    pts: Fraction
    time: int
    flags: int
    free: int


@dataclass(frozen=True)
class Refusal:
    """The error that a file deserves: codes without CZ_, and a pattern for the message."""

    code: str
    pattern: str

    def matches(self, code: str, message: str) -> bool:
        """Whether an error is the expected one; `code` may come with its prefix."""
        right = code.removeprefix("CZ_") in self.code.split("|")
        return right and re.search(self.pattern, message, re.IGNORECASE) is not None


@dataclass(frozen=True)
class Start:
    """Where the clip's time begins, and which of its candidates that is."""

    ns: int
    source: str
    name_ns: int | None
    header_ns: int | None


@dataclass(frozen=True)
class Facts:
    """What a clip is as a whole."""

    width: int
    height: int
    codec: str
    frame_rate: Fraction
    interlace: str
    timescale: int
    duration: Fraction
    moov: bool
    audio: int


def nearest(ns: Fraction) -> int:
    """To whole nanoseconds; no timescale in use makes a tie."""
    return (2 * ns.numerator + ns.denominator) // (2 * ns.denominator)


def name_time(name: str) -> tuple[int, bool] | None:
    """The first time in a file name, in ns, and whether it ends in Z; None if there is none."""
    found = _STAMP.search(name)
    if not found:
        return None
    when = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return int(when.timestamp()) * NS, found[2] == "Z"


def start_of(name: str, created: int, duration: Fraction) -> Start:
    """Choose a start as the package's docstring says. `created` counts seconds from 1904."""
    header = (created - MAC_EPOCH) * NS if created else None
    stamp = name_time(name)
    name_ns = stamp[0] if stamp else None
    if header is not None and (name_ns is None or abs(header - name_ns) <= DAY):
        return Start(header, "header", name_ns, header)
    if stamp and stamp[1]:
        return Start(stamp[0], "name", name_ns, header)
    if stamp:
        return Start(stamp[0] - nearest(duration * NS), "name_end", name_ns, header)
    return Start(0, "none", None, header)


@dataclass(frozen=True)
class Stretch:
    """The same flags for a row of frames; a mapping as far as Frames asks."""

    where: range
    flags: int

    def get(self, i: int, default: int) -> int:
        """The flags of frame i."""
        return self.flags if i in self.where else default


Marks = Mapping[int, int] | Stretch
NO_MARKS = Stretch(range(0), 0)


@dataclass
class Frames(Sequence[Frame]):
    """Columns that look like a list of Frame, so that 3.2 million frames fit into a test."""

    offset: array[int]
    stated: array[int]
    ticks: array[int]
    timescale: int
    start: int = 0
    end: int = 1 << 64  # of the file: what lies beyond is cut off
    marks: Marks = NO_MARKS
    free: Marks = NO_MARKS
    every: int = 0  # bits that all frames have

    def __len__(self) -> int:
        return len(self.offset)

    @overload
    def __getitem__(self, i: int) -> Frame: ...

    @overload
    def __getitem__(self, i: slice) -> list[Frame]: ...

    def __getitem__(self, i: int | slice) -> Frame | list[Frame]:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        i = range(len(self))[i]
        pts = Fraction(self.ticks[i], self.timescale)
        there = max(0, min(self.stated[i], self.end - self.offset[i]))
        cut = 0 if there == self.stated[i] else TRUNCATED if there else MISSING
        return Frame(
            offset=self.offset[i],
            size=there,
            stated=self.stated[i],
            pts=pts,
            time=self.start + nearest(pts * NS),
            flags=self.every | self.marks.get(i, 0) | cut,
            free=self.free.get(i, 0),
        )


def no_frames() -> Frames:
    """For files in which there is nothing to find."""
    return Frames(array("Q"), array("Q"), array("q"), 1)


@dataclass
class Made:
    """A file that was made, with its expected contents."""

    path: Path
    outcome: str
    frames: Frames
    start: Start | None = None
    facts: Facts | None = None
    error: Refusal | None = None
    also: str = ""
    case: str = ""
    kind: str = ""

    @property
    def outcomes(self) -> set[str]:
        """All outcomes that are right."""
        return {self.outcome, self.also} - {""}

    @property
    def length(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    @cached_property
    def md5(self) -> str:
        """Hex digest of the file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest()

    def read(self, i: int) -> bytes:
        """Frame i as it lies in the file."""
        frame = self.frames[i]
        with self.path.open("rb") as file:
            file.seek(frame.offset)
            return file.read(frame.size)

    def flags(self) -> list[int]:
        """The flags of all frames."""
        return [frame.flags for frame in self.frames]

    @property
    def damaged(self) -> int:
        """How many frames aren't sound."""
        return sum(1 for frame in self.frames if frame.flags & DAMAGE)
