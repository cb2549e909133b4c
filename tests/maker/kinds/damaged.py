"""Files with usable tables whose frames are broken, cut off or missing."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from .. import frames
from ..atoms import Atom
from ..movie import Movie
from ..registry import case
from ..tables import stsc, stts
from ..write import converted, doubtful
from ..tracks import DELTA, TIMESCALE, video
from ..expected import BAD_HEADER, HEADER_VARIES, MISSING, NO_ICPF, SIZE_MISMATCH, Made
from .common import CREATED, camhd, clip

MANY = 0xFFFFFFFF
WHOLE_HEADER = 28  # bytes of a frame up to where its header's fixed part ends


def _resized(frame: bytes, by: int) -> bytes:
    return struct.pack(">I", len(frame) + by) + frame[4:]


def _flipped(frame: bytes) -> bytes:
    """Some bytes in the last slice inverted: no check but a decoder's can see it."""
    return frame[:-40] + bytes(byte ^ 0xFF for byte in frame[-40:-20]) + frame[-20:]


@case("damaged", "CAMHDA301-20180801T001500.mov")
def damaged_frames(path: Path) -> Made:
    """One of each: wrong size fields, no icpf, wrong and unreadable headers, slices, zeros."""
    samples = clip(30)
    changes = {  # frame: (its bytes, flags)
        2: (_resized(samples[2], 64), SIZE_MISMATCH),
        4: (_resized(samples[4], -64), SIZE_MISMATCH),
        6: (frames.put(samples[6], 0, b"\xff\xff\xff\xff"), SIZE_MISMATCH),
        8: (frames.put(samples[8], 4, b"icpg"), NO_ICPF),
        10: (frames.put_u16(samples[10], frames.WIDTH, 256), BAD_HEADER),
        12: (frames.put_u16(samples[12], frames.HEIGHT, 0), BAD_HEADER),
        14: (frames.put_u16(samples[14], frames.HEADER_SIZE, 0xFFFF), BAD_HEADER),
        16: (frames.put_u16(samples[16], frames.VERSION, 9), BAD_HEADER),
        18: (frames.put(samples[18], frames.KIND, b"\xc0"), BAD_HEADER),
        20: (_flipped(samples[20]), 0),
        22: (bytes(len(samples[22])), NO_ICPF),
    }
    for i, (frame, _) in changes.items():
        samples[i] = frame
    marks = {i: flags for i, (_, flags) in changes.items()}
    return converted(camhd(samples), path, marks=marks)


@case("damaged")
def first_frame_damaged(path: Path) -> Made:
    """The first frame's header says another size: the clip is known by its second frame."""
    samples = clip()
    samples[0] = frames.put_u16(clip(scan="tff")[0], frames.WIDTH, 640)
    movie = camhd(samples)
    return converted(movie, path, marks={0: BAD_HEADER}, free={0: HEADER_VARIES}, first=samples[1])


@case("damaged")
def no_frame_sound(path: Path) -> Made:
    """No frame has an icpf. What the clip is like can't be told from them: no facts."""
    samples = [frames.put(frame, 4, b"\0\0\0\0") for frame in clip()]
    made = converted(camhd(samples), path, marks=dict.fromkeys(range(15), NO_ICPF))
    made.facts = None
    return made


@case("damaged")
def wrong_track_size(path: Path) -> Made:
    """The track says 64x48, its frames 128x96: whom to believe is left open."""
    movie = Movie([video(clip(), size=(64, 48))], created=CREATED)
    made = converted(movie, path, free=dict.fromkeys(range(15), BAD_HEADER))
    made.facts = None
    return doubtful(made, "FORMAT|UNSUPPORTED", "64|128|size")


@case("damaged")
def scraps(path: Path) -> Made:
    """Samples too short for a frame: 8 bytes that end with icpf, and 3 bytes."""
    samples = clip()
    samples[4] = struct.pack(">I4s", 8, b"icpf")
    samples[5] = b"\0\0\0"
    return converted(camhd(samples), path, marks={4: BAD_HEADER, 5: NO_ICPF})


@case("damaged")
def empty_sample(path: Path) -> Made:
    """One sample of no bytes: missing, or a reason to refuse."""
    samples = clip()
    samples[6] = b""
    made = converted(camhd(samples), path, marks={6: MISSING})
    return doubtful(made, "UNSUPPORTED|FORMAT", "no bytes|empty|size")


# --- the file ends early ---------------------------------------------------------------------


def _cut(path: Path, frame: int, there: int, mdat: Literal["wide", "open"] = "wide") -> Made:
    """A file with moov first that ends after so many bytes of a frame."""
    movie = camhd(clip(30), moov="first", mdat=mdat)
    movie.parts()
    movie.cut = list(movie.offsets())[frame] + there
    short = there < WHOLE_HEADER
    return converted(movie, path, free={frame: NO_ICPF | BAD_HEADER} if short else {})


@case("damaged", "CAMHDA301-20180801T031500.mov")
def cut_short(path: Path) -> Made:
    """moov first, and the file ends inside frame 20: one is truncated, nine are missing."""
    return _cut(path, 20, 1000)


@case("damaged", "CAMHDA301-20180712T001500.mov")
def small_and_cut(path: Path) -> Made:
    """Eight pictures of 33x17, interlaced: one is truncated, one missing. Its clip is in tests/fixtures."""
    samples = clip(8, size=(33, 17), scan="tff")
    movie = Movie([video(samples, size=(33, 17))], created=CREATED, moov="first")
    movie.parts()
    movie.cut = list(movie.offsets())[6] + 300
    return converted(movie, path)


@case("damaged", "CAMHDA301-20180712T001500.mov")
def small_and_still(path: Path) -> Made:
    """A picture of 33x17 that stays for 32 frames, and four others, the last one truncated: a scene.

    Its clip is in tests/fixtures."""
    samples = clip(5, size=(33, 17))
    movie = Movie([video([samples[0]] * 32 + samples[1:], size=(33, 17))], created=CREATED, moov="first")
    movie.parts()
    movie.cut = list(movie.offsets())[35] + 300
    return converted(movie, path)


@case("damaged")
def cut_in_size_field(path: Path) -> Made:
    """The file ends two bytes into a frame."""
    return _cut(path, 20, 2)


@case("damaged")
def cut_in_header(path: Path) -> Made:
    """The file ends 20 bytes into a frame, inside its header."""
    return _cut(path, 20, 20)


@case("damaged")
def cut_between_frames(path: Path) -> Made:
    """The file ends just before a frame: none is truncated."""
    return _cut(path, 20, 0)


@case("damaged")
def cut_open_mdat(path: Path) -> Made:
    """As cut_short, but mdat has size 0: only the tables show that bytes are missing."""
    return _cut(path, 20, 1000, "open")


@case("damaged")
def cut_before_all(path: Path) -> Made:
    """moov is whole, and not a byte of a frame is there."""
    made = _cut(path, 0, 0)
    made.facts = None
    return doubtful(made, "FORMAT|CORRUPT|ABSENT", "frame|end|cut|short|beyond")


# --- tables that are wrong, but not beyond use -----------------------------------------------


def _tables(
    path: Path, edit: Callable[[Atom], None], movie: Movie | None = None, **told: Any
) -> Made:
    """A file whose stbl is changed after the expected contents were recorded."""
    movie = movie or camhd()
    movie.edit = lambda moov: edit(moov.find(b"trak", b"mdia", b"minf", b"stbl"))
    return doubtful(
        converted(movie, path, **told), "FORMAT", "stts|stsz|stsc|frame|offset|size|time"
    )


@case("damaged")
def stts_short(path: Path) -> Made:
    """stts ends two frames early: they last as long as the others."""
    return _tables(path, lambda stbl: stbl.put(stts([(13, DELTA)])))


@case("damaged")
def stts_long(path: Path) -> Made:
    """stts goes on for two frames more than there are."""
    return _tables(path, lambda stbl: stbl.put(stts([(17, DELTA)])))


@case("damaged")
def stts_endless(path: Path) -> Made:
    """stts has 2^33 frames of ten hours each, which no int64 of ns can hold; 15 of them exist."""
    long = 36_000 * TIMESCALE
    movie = camhd(version=1)
    movie.track.version, movie.track.stts = 1, [(15, long)]
    return _tables(path, lambda stbl: stbl.put(stts([(MANY, long), (MANY, long)])), movie)


@case("damaged")
def stsc_without_last(path: Path) -> Made:
    """stsc leaves out that the last chunk is short, as careless recorders do: only stsz shows it."""
    return _tables(path, lambda stbl: stbl.put(stsc([6, 6, 6])))


@case("damaged")
def chunk_shifted(path: Path) -> Made:
    """The first chunk is said to lie at the beginning of the file: its frames aren't frames."""
    movie = camhd()
    movie.parts()
    shift = movie.places[0][0]
    marks = dict.fromkeys(range(6), NO_ICPF)
    made = _tables(path, lambda stbl: stbl.find(b"co64").poke(8, ">Q", 0), movie, marks=marks)
    for i in range(6):
        made.frames.offset[i] -= shift
    return made


@case("damaged")
def chunk_outside(path: Path) -> Made:
    """The last chunk is said to lie beyond the end of a file that isn't cut: missing frames."""
    made = _tables(path, lambda stbl: stbl.find(b"co64").poke(8 + 2 * 8, ">Q", 1 << 40))
    shift = (1 << 40) - made.frames.offset[12]
    for i in range(12, 15):
        made.frames.offset[i] += shift
    return made


@case("damaged")
def frame_outside(path: Path) -> Made:
    """The last frame is said to be 4 GiB long: the source ends inside it."""
    made = _tables(path, lambda stbl: stbl.find(b"stsz").poke(12 + 4 * 14, ">I", MANY))
    made.frames.stated[14] = MANY
    made.frames.marks = {14: SIZE_MISMATCH}
    return made
