"""Sound files with more than one track, or with more said about it."""

from __future__ import annotations

from pathlib import Path

from ..atoms import Atom, atom, u32s
from ..movie import Movie
from ..registry import case
from ..write import converted
from ..tracks import Track, noise, pcm, timecode, video
from ..expected import Made
from .common import CREATED, camhd, clip


def _with_audio(path: Path, codec: str, channels: int, order: tuple[int, ...]) -> Made:
    movie = camhd()
    movie.tracks.append(pcm(codec, channels, movie.track))
    movie.order = order
    return converted(movie, path)


@case("sound")
def audio_in24(path: Path) -> Made:
    """16 channels of 24-bit PCM after the video of each chunk."""
    return _with_audio(path, "in24", 16, (0, 1))


@case("sound")
def audio_first(path: Path) -> Made:
    """The same, before the video."""
    return _with_audio(path, "in24", 16, (1, 0))


@case("sound")
def audio_lpcm(path: Path) -> Made:
    """16 channels as lpcm, a sound description of version 2."""
    return _with_audio(path, "lpcm", 16, (0, 1))


@case("sound")
def audio_sowt(path: Path) -> Made:
    """Two channels of 16-bit little-endian PCM."""
    return _with_audio(path, "sowt", 2, (1, 0))


@case("sound")
def audio_twice(path: Path) -> Made:
    """Two audio tracks that stand before the video in moov."""
    picture = video(clip())
    sound = [pcm("sowt", 2, picture, seed) for seed in (1, 2)]
    return converted(Movie([*sound, picture], main=2, created=CREATED), path)


@case("sound")
def time_code(path: Path) -> Made:
    """A tmcd track, referred to by the video."""
    movie = camhd()
    movie.tracks.append(timecode(movie.track))
    movie.track.timecode = 2
    return converted(movie, path)


def _preview() -> Track:
    """A video track that isn't ProRes."""
    return video(noise(15, 9, 500), "jpeg", (64, 48), dead=[])


@case("sound")
def second_track_is_prores(path: Path) -> Made:
    """The first video track is JPEG: the ProRes one is the clip."""
    return converted(Movie([_preview(), video(clip())], main=1, created=CREATED), path)


@case("sound")
def first_track_is_prores(path: Path) -> Made:
    """The second video track is JPEG."""
    return converted(Movie([video(clip()), _preview()], created=CREATED), path)


@case("sound")
def everything(path: Path) -> Made:
    """JPEG, ProRes, two audio tracks, a time code, an edit list and udta, moov first."""
    picture = video(clip())
    picture.timecode, picture.edits = 5, [(1001, -1), (15 * 1001, 0)]
    sound = [pcm("in24", 16, picture, 1), pcm("sowt", 2, picture, 2)]
    movie = Movie([_preview(), picture, *sound, timecode(picture)], main=1, created=CREATED)
    movie.moov, movie.order, movie.extra = "first", (4, 2, 1, 3, 0), [_udta()]
    return converted(movie, path)


def _udta() -> Atom:
    """User data: a string that names atoms, and the 32-bit zero that may end it and is no atom."""
    text = b"icpf moov stsz"
    string = atom(b"\xa9swr", body=len(text).to_bytes(2, "big") + bytes(2) + text)
    return atom(b"udta", body=bytes(string) + bytes(4))


@case("sound")
def described(path: Path) -> Made:
    """udta strings, and fiel, colr, pasp and gama in the sample entry."""
    extensions = [
        atom(b"fiel", body=bytes([1, 0])),
        atom(b"colr", body=b"nclc" + bytes([0, 1, 0, 1, 0, 1])),
        atom(b"pasp", body=u32s([1, 1])),
        atom(b"gama", body=u32s([0x23333])),
    ]
    picture = video(clip(), extensions=extensions)
    return converted(Movie([picture], created=CREATED, extra=[_udta()]), path)
