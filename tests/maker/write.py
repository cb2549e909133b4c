"""Writes a movie's file, with the contents that tests expect, or the reason why it is refused."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from . import frames
from .movie import Movie
from .tracks import DELTA, TIMESCALE, Hole
from .expected import NO_MARKS, RECOVERED, Facts, Frames, Made, Marks, Refusal, no_frames, start_of

# Frame rate codes of the frame header (RDD 36, table 4), as (timescale, duration).
RATES = {
    1: (24000, 1001),
    2: (24, 1),
    3: (25, 1),
    4: (30000, 1001),
    5: (30, 1),
    6: (50, 1),
    7: (60000, 1001),
    8: (60, 1),
}
SCANS = {
    "progressive": "progressive",
    "tff": "top_field_first",
    "bff": "bottom_field_first",
}


def converted(
    movie: Movie,
    path: Path,
    *,
    marks: Marks = NO_MARKS,
    free: Marks = NO_MARKS,
    first: bytes | None = None,
) -> Made:
    """A file whose tables tell of its frames.

    `marks` and `free` are flags by frame, `first` is the first sound frame if it isn't frame 0."""
    movie.write(path)
    track = movie.track
    start = start_of(path.name, movie.created or track.created, track.duration)
    found = Frames(
        offset=array("Q", movie.offsets()),
        stated=array("Q", track.sizes()),
        ticks=_ticks(movie),
        timescale=track.timescale,
        start=start.ns,
        end=path.stat().st_size,
        marks=marks,
        free=free,
    )
    facts = _facts(movie, first or _first(movie), moov=True)
    return Made(path, "converted", found, start, facts)


def recovered(movie: Movie, path: Path, *, lost: Iterable[int] = ()) -> Made:
    """A file that tells of its frames by the frames alone; those in `lost` can't be found.

    Nor is one that the end of the file cuts: what is left of it counts as bytes between frames."""
    movie.write(path)
    track = movie.track
    end = path.stat().st_size
    gone = set(lost)
    pairs = enumerate(zip(movie.offsets(), track.sizes()))
    seen = [pair for i, pair in pairs if i not in gone and sum(pair) <= end]
    first = _first(movie)
    track.timescale, delta = RATES.get(first[frames.RATE] & 15, (TIMESCALE, DELTA))
    track.stts = [(len(seen), delta)]
    start = start_of(path.name, 0, track.duration)
    found = Frames(
        offset=array("Q", (offset for offset, _ in seen)),
        stated=array("Q", (size for _, size in seen)),
        ticks=array("q", range(0, len(seen) * delta, delta)),
        timescale=track.timescale,
        start=start.ns,
        end=end,
        every=RECOVERED,
    )
    return Made(path, "recovered", found, start, _facts(movie, first, moov=False))


def refused(movie: Movie, path: Path, code: str, pattern: str) -> Made:
    """A file that isn't to be converted."""
    movie.write(path)
    return Made(path, "failed", no_frames(), error=Refusal(code, pattern))


def unusable(movie: Movie, path: Path, code: str, pattern: str) -> Made:
    """The same for one whose frames are sound: finding them without its tables is right as well."""
    made = recovered(movie, path)
    made.outcome, made.also, made.error = "failed", "recovered", Refusal(code, pattern)
    return made


def doubtful(made: Made, code: str, pattern: str) -> Made:
    """A file that may be converted with these contents, or refused."""
    made.also, made.error = "failed", Refusal(code, pattern)
    return made


def bare(path: Path, content: bytes, error: Refusal | None) -> Made:
    """A file that is no movie at all: empty, or to be refused."""
    path.write_bytes(content)
    return Made(path, "failed" if content else "empty", no_frames(), error=error)


def _first(movie: Movie) -> bytes:
    sample = movie.track.chunks[0].parts[0]
    if isinstance(sample, Hole):
        raise TypeError("a clip that begins with a hole needs its first sound frame told")
    return bytes(sample)


def _ticks(movie: Movie) -> array[int]:
    """Presentation times in the track's timescale, the edit list applied."""
    track = movie.track
    now = 0
    for lasts, media in track.edits:
        now += lasts * track.timescale // movie.timescale if media < 0 else -media
    ticks = array("q")
    for count, delta in track.stts:
        ticks.extend(range(now, now + count * delta, delta))
        now += count * delta
    return ticks


def _facts(movie: Movie, first: bytes, *, moov: bool) -> Facts:
    track = movie.track
    usual = max(track.stts, key=lambda run: run[0])[1]
    return Facts(
        width=track.size[0],
        height=track.size[1],
        codec=track.entry.kind.decode() if moov else "",
        frame_rate=Fraction(track.timescale, usual),
        interlace=SCANS[frames.scan_of(first)],
        timescale=track.timescale,
        duration=track.duration,
        moov=moov,
        audio=sum(1 for other in movie.tracks if other.handler == b"soun") if moov else 0,
    )
