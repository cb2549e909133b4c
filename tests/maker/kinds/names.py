"""Sound files whose names and clocks differ: where a clip's time begins."""

from __future__ import annotations

from pathlib import Path

from ..atoms import ftyp
from ..registry import case
from ..write import converted
from ..tracks import pcm, video
from ..expected import Made
from .common import camhd, clip, mac


@case("sound", "CAMHDA301-20180712T001500.mov")
def usual(path: Path) -> Made:
    """The file of most years: named by its end, moov last, header 898 s before the name."""
    return converted(camhd(), path)


@case("sound", "CAMHDA301-20151128T060000Z.mov")
def z_named(path: Path) -> Made:
    """Named by its start, an ftyp of 20 bytes, and a clock that was 362 s late."""
    made = mac("2015-11-28T06:00:00", 362)
    return converted(camhd(ftyp=ftyp(b"qt  ", b"qt  "), created=made), path)


@case("sound", "CAMHDA301-20160101T000000Z_01.mov")
def z_named_wrong_clock(path: Path) -> Made:
    """The header's time is years off: the name's is the start."""
    return converted(camhd(created=mac("2010-01-01T00:00:00")), path)


@case("sound", "CAMHDA301-20190101T031500.mov")
def end_named_no_clock(path: Path) -> Made:
    """No time in the header: the start is the name's time minus the duration."""
    return converted(camhd(created=0), path)


@case("sound", "CAMHDA301-20190101T061500.mov")
def end_named_wrong_clock(path: Path) -> Made:
    """The header's time is just over a day from the name's."""
    return converted(camhd(created=mac("2019-01-01T06:15:00", -86_401)), path)


@case("sound", "CAMHDA301-20190101T091500.mov")
def clock_a_day_off(path: Path) -> Made:
    """The header's time is just a day from the name's: near enough."""
    return converted(camhd(created=mac("2019-01-01T09:15:00", -86_400)), path)


@case("sound")
def unnamed(path: Path) -> Made:
    """A name without a time: the header's is the only one."""
    return converted(camhd(), path)


@case("sound")
def timeless(path: Path) -> Made:
    """No time anywhere: times count from 1970."""
    return converted(camhd(created=0), path)


@case("sound", "CAMHDA301-20180712T031500.mov")
def time_in_mdhd(path: Path) -> Made:
    """mvhd has no time, the video track's mdhd has."""
    movie = camhd(created=0)
    movie.track.created = mac("2018-07-12T03:00:07")
    return converted(movie, path)


def _recorder_2015(path: Path, created: int) -> Made:
    movie = camhd(clip(profile="hq"), created=created)
    movie.tracks = [video(clip(profile="hq"), "apch")]
    movie.tracks.append(pcm("in24", 16, movie.track))
    movie.ftyp = ftyp(b"qt  ", b"qt  ", b"CINF", b"\0\0\0\0", b"\0\0\0\0")
    return converted(movie, path)


@case("sound", "CAMHDA301-20150709T060021Z.mov")
def recorder_2015(path: Path) -> Made:
    """ProRes HQ, 16 channels of 24-bit PCM, an ftyp of 32 bytes."""
    return _recorder_2015(path, mac("2015-07-09T06:00:21", 4))


@case("sound", "CAMHDA301-20150709T010015Z_03.mov")
def recorder_2015_part(path: Path) -> Made:
    """The same, the third part of a long recording: 30 minutes after the time in its name."""
    return _recorder_2015(path, mac("2015-07-09T01:00:15", 1800))
