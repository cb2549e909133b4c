"""Files without a usable moov: frames are to be found by their own headers."""

from __future__ import annotations

from pathlib import Path

from .. import frames
from ..atoms import free, ftyp
from ..movie import Movie
from ..registry import case
from ..write import recovered
from ..tracks import pcm, video
from ..expected import Made
from .common import camhd, clip, decoys, mac

BLOCK = 4096
TOLD = 64  # bytes of a frame that tell enough of it: size, icpf and the fixed part of its header


def broken_off(movie: Movie) -> Movie:
    """The movie as a recording that broke off: no moov, whole blocks, the end inside a frame."""
    movie.moov = "none"
    movie.parts()
    for place, size in reversed(list(zip(movie.offsets(), movie.track.sizes()))):
        cut = (place + size - 1) // BLOCK * BLOCK
        if cut >= place + TOLD:
            movie.cut = cut
            return movie
    raise ValueError("no block ends inside a frame")


@case("recovered", "CAMHDA301-20180712T061500.mov")
def no_moov(path: Path) -> Made:
    """A recording that broke off: mdat claims more than there is, the last frame is cut."""
    return recovered(broken_off(camhd(clip(40))), path)


@case("recovered", "CAMHDA301-20160712T060000Z.mov")
def no_moov_z(path: Path) -> Made:
    """The same, named by its start."""
    return recovered(broken_off(camhd(clip(40))), path)


@case("recovered")
def no_moov_open(path: Path) -> Made:
    """mdat has size 0, as a recorder may leave it; no time anywhere."""
    return recovered(broken_off(camhd(clip(40), mdat="open")), path)


@case("recovered")
def no_moov_empty_mdat(path: Path) -> Made:
    """mdat claims to be empty: its size was never filled in, and frames follow it."""
    movie = camhd(clip(40), mdat="none", between=[free(8, kind=b"wide"), free(8, kind=b"mdat")])
    return recovered(broken_off(movie), path)


@case("recovered")
def no_moov_whole(path: Path) -> Made:
    """moov was never written, but all frames are there, the dead bytes of the last chunk too."""
    return recovered(camhd(moov="none"), path)


@case("recovered")
def no_moov_one_frame(path: Path) -> Made:
    """One frame and no moov."""
    return recovered(camhd(clip(1), moov="none"), path)


@case("recovered")
def no_moov_rate_25(path: Path) -> Made:
    """The frame headers say 25 frames a second."""
    samples = [frames.put(frame, frames.RATE, b"\x33") for frame in clip()]
    return recovered(camhd(samples, moov="none"), path)


@case("recovered")
def no_moov_no_rate(path: Path) -> Made:
    """The frame headers say no rate: 30000/1001 is the camera's."""
    samples = [frames.put(frame, frames.RATE, b"\0") for frame in clip()]
    return recovered(camhd(samples, moov="none"), path)


@case("recovered", "CAMHDA301-20150709T120021Z.mov")
def no_moov_audio(path: Path) -> Made:
    """The recorder of 2015 broke off: PCM between the frames."""
    movie = Movie([video(clip(40, "hq"), "apch")])
    movie.tracks.append(pcm("in24", 16, movie.track))
    movie.ftyp = ftyp(b"qt  ", b"qt  ", b"CINF", b"\0\0\0\0", b"\0\0\0\0")
    return recovered(broken_off(movie), path)


@case("recovered")
def no_moov_interlaced(path: Path) -> Made:
    """HQ in fields, bottom first."""
    movie = Movie([video(clip(20, "hq", scan="bff"), "apch")])
    return recovered(broken_off(movie), path)


@case("recovered")
def no_moov_4444(path: Path) -> Made:
    """4444 with alpha: only the headers tell that it isn't 4:2:2."""
    movie = Movie([video(clip(20, "4444", alpha=True), "ap4h")])
    return recovered(broken_off(movie), path)


@case("recovered")
def no_moov_decoys(path: Path) -> Made:
    """Bytes that look like frames and atoms, in the slices of frames and between the chunks."""
    samples = clip(60)
    lies = decoys(samples[0])
    samples = [frames.hide(frame, lies[i % 8]) for i, frame in enumerate(samples)]
    movie = camhd(samples, moov="none")
    movie.tracks = [video(samples, dead=lies)]
    return recovered(broken_off(movie), path)


@case("recovered")
def no_moov_twins(path: Path) -> Made:
    """A whole small frame lies inside the slices of each frame: only the outer ones count."""
    small = clip(1, size=(16, 16))[0]
    samples = [frames.hide(frame, small) for frame in clip(40)]
    return recovered(broken_off(camhd(samples)), path)


@case("recovered")
def no_moov_cunning_decoys(path: Path) -> Made:
    """The dead bytes begin with a true frame header and a size that fits: no picture follows it."""
    samples = clip(40)
    lie = (2000).to_bytes(4, "big") + samples[0][4:156] + b"\xff" * 4
    movie = camhd(samples, moov="none")
    movie.tracks = [video(samples, dead=[lie])]
    return recovered(broken_off(movie), path)


@case("recovered")
def no_moov_lost_frame(path: Path) -> Made:
    """The `icpf` of one frame is gone: that one can't be found, all others can."""
    samples = clip(40)
    samples[7] = frames.put(samples[7], 4, b"\0\0\0\0")
    return recovered(broken_off(camhd(samples)), path, lost=[7])


@case("recovered", "CAMHDA301-20180712T091500.mov")
def moov_cut(path: Path) -> Made:
    """The file ends inside moov, in the middle of its tables."""
    movie = camhd()
    movie.cut = sum(map(len, movie.parts())) - 50
    return recovered(movie, path)


@case("recovered")
def moov_barely_begun(path: Path) -> Made:
    """The file ends after the first 8 bytes of moov."""
    movie = camhd()
    whole = movie.parts()
    movie.cut = sum(map(len, whole)) - len(whole[-1]) + 8
    return recovered(movie, path)


@case("recovered")
def moov_blank(path: Path) -> Made:
    """Where moov should be there are zeros: blocks that were never written."""
    movie = camhd(moov="none", created=mac("2018-07-12T00:00:00"))
    movie.tail = [bytes(BLOCK)]
    return recovered(movie, path)
