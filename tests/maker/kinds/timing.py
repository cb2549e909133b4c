"""Sound files whose frames are shown at other times: durations, timescales and edit lists."""

from __future__ import annotations

from pathlib import Path

from ..atoms import runs
from ..registry import case
from ..write import converted
from ..tracks import DELTA, TIMESCALE
from ..expected import Made
from .common import camhd


def _at(path: Path, timescale: int, stts: list[tuple[int, int]]) -> Made:
    movie = camhd()
    movie.track.timescale, movie.track.stts = timescale, stts
    return converted(movie, path)


def _edited(path: Path, *edits: tuple[int, int]) -> Made:
    movie = camhd()
    movie.track.edits = list(edits)
    return converted(movie, path)


@case("sound")
def rate_25(path: Path) -> Made:
    """25 frames a second, in a timescale of 25."""
    return _at(path, 25, [(15, 1)])


@case("sound")
def rate_2997(path: Path) -> Made:
    """A timescale of 2997 with durations of 100: 29.97, not 30000/1001."""
    return _at(path, 2997, [(15, 100)])


@case("sound")
def odd_timings(path: Path) -> Made:
    """Each frame has a duration of its own."""
    return _at(path, TIMESCALE, runs(DELTA + 37 * (k * k % 11) for k in range(15)))


@case("sound")
def dropped_frames(path: Path) -> Made:
    """Runs of usual durations with gaps of two and five frames in them."""
    return _at(
        path, TIMESCALE, [(6, DELTA), (1, 2 * DELTA), (4, DELTA), (1, 5 * DELTA), (3, DELTA)]
    )


@case("sound")
def nanosecond_timescale(path: Path) -> Made:
    """A timescale of 10^9: times that can't be rounded wrongly, but overflow 32 bits soon."""
    return _at(path, 1_000_000_000, [(15, 33_366_667)])


@case("sound")
def many_runs(path: Path) -> Made:
    """stts with one entry a frame, all the same."""
    return _at(path, TIMESCALE, [(1, DELTA)] * 15)


@case("sound")
def edit_whole(path: Path) -> Made:
    """An edit list that shows all of it from the beginning: no change."""
    return _edited(path, (15 * DELTA, 0))


@case("sound")
def edit_late(path: Path) -> Made:
    """Nothing is shown for two seconds, then all of it."""
    return _edited(path, (2 * TIMESCALE, -1), (15 * DELTA, 0))


@case("sound")
def edit_early(path: Path) -> Made:
    """The first two frames lie before the edit: their times are negative, their bytes are there."""
    return _edited(path, (13 * DELTA, 2 * DELTA))


@case("sound")
def edit_late_and_early(path: Path) -> Made:
    """A second of nothing, then from the third frame on."""
    return _edited(path, (TIMESCALE, -1), (13 * DELTA, 2 * DELTA))
