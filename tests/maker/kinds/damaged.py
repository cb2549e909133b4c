"""Files with usable tables whose frames are broken, cut off or missing."""

from __future__ import annotations

import struct
from pathlib import Path

from .. import frames
from ..movie import Movie
from ..registry import case
from ..tell import converted
from ..tracks import video
from ..truth import (
    BAD_HEADER,
    HEADER_VARIES,
    MISSING,
    NO_ICPF,
    SIZE_MISMATCH,
    Made,
    Refusal,
)
from .common import CREATED, camhd, clip


def _resized(frame: bytes, by: int) -> bytes:
    return struct.pack(">I", len(frame) + by) + frame[4:]


def _flipped(frame: bytes) -> bytes:
    """Some bytes in the last slice inverted: no check but a decoder's can see it."""
    return frame[:-40] + bytes(byte ^ 0xFF for byte in frame[-40:-20]) + frame[-20:]


@case("damaged", "CAMHDA301-20180801T001500.mov")
def damaged_frames(path: Path) -> Made:
    """One of each: wrong size fields, no icpf, wrong and unreadable headers, slices, zeros."""
    samples = clip(30)
    changes = {
        2: (_resized(samples[2], 64), SIZE_MISMATCH, 0),
        4: (_resized(samples[4], -64), SIZE_MISMATCH, 0),
        6: (frames.put(samples[6], 0, b"\xff\xff\xff\xff"), SIZE_MISMATCH, 0),
        8: (frames.put(samples[8], 4, b"icpg"), NO_ICPF, BAD_HEADER),
        10: (frames.put_u16(samples[10], frames.WIDTH, 256), BAD_HEADER, 0),
        12: (frames.put_u16(samples[12], frames.HEIGHT, 0), BAD_HEADER, 0),
        14: (frames.put_u16(samples[14], frames.HEADER_SIZE, 0xFFFF), BAD_HEADER, HEADER_VARIES),
        16: (frames.put_u16(samples[16], frames.VERSION, 9), BAD_HEADER, HEADER_VARIES),
        18: (frames.put(samples[18], frames.KIND, b"\xc0"), BAD_HEADER, 0),
        20: (_flipped(samples[20]), 0, 0),
        22: (bytes(len(samples[22])), SIZE_MISMATCH | NO_ICPF, BAD_HEADER | HEADER_VARIES),
    }
    for i, (frame, _, _) in changes.items():
        samples[i] = frame
    marks = {i: flags for i, (_, flags, _) in changes.items()}
    return converted(camhd(samples), path, marks=marks, free={i: c[2] for i, c in changes.items()})


@case("damaged")
def first_frame_damaged(path: Path) -> Made:
    """The first frame's header says another size: the clip is known by its second frame."""
    samples = clip()
    samples[0] = frames.put_u16(clip(scan="tff")[0], frames.WIDTH, 640)
    marks = {0: BAD_HEADER}
    return converted(camhd(samples), path, marks=marks, free={0: HEADER_VARIES}, first=samples[1])


@case("damaged")
def no_frame_sound(path: Path) -> Made:
    """No frame has an icpf. What the clip is like can't be told from them: no facts."""
    samples = [frames.put(frame, 4, b"\0\0\0\0") for frame in clip()]
    every = range(len(samples))
    free = BAD_HEADER | HEADER_VARIES
    made = converted(
        camhd(samples), path, marks=dict.fromkeys(every, NO_ICPF), free=dict.fromkeys(every, free)
    )
    made.facts = None
    return made


@case("damaged")
def wrong_track_size(path: Path) -> Made:
    """The track says 64x48, its frames 128x96: each contradicts it. Refusing is right as well."""
    samples = clip()
    marks = dict.fromkeys(range(len(samples)), BAD_HEADER)
    made = converted(Movie([video(samples, size=(64, 48))], created=CREATED), path, marks=marks)
    made.facts = None
    made.refusable, made.error = True, Refusal("FORMAT|UNSUPPORTED", "64|128|size")
    return made


@case("damaged")
def scraps(path: Path) -> Made:
    """Samples too short for a frame: 8 bytes with icpf, 3 bytes, and none at all."""
    samples = clip()
    samples[4] = struct.pack(">I4s", 8, b"icpf")
    samples[5] = b"\0\0\0"
    samples[6] = b""
    every = SIZE_MISMATCH | NO_ICPF | BAD_HEADER | MISSING | HEADER_VARIES
    marks = {4: BAD_HEADER, 5: NO_ICPF, 6: 0}
    free = {4: HEADER_VARIES, 5: every & ~NO_ICPF & ~MISSING, 6: every}
    return converted(camhd(samples), path, marks=marks, free=free)


def _cut(path: Path, frame: int, there: int) -> Made:
    """A file with moov first that ends after so many bytes of a frame."""
    movie = camhd(clip(30), moov="first")
    movie.parts()
    movie.cut = list(movie.offsets())[frame] + there
    return converted(movie, path)


@case("damaged", "CAMHDA301-20180801T031500.mov")
def cut_short(path: Path) -> Made:
    """moov first, and the file ends inside frame 20: one is truncated, nine are missing."""
    return _cut(path, 20, 1000)


@case("damaged")
def cut_in_size_field(path: Path) -> Made:
    """The file ends two bytes into a frame."""
    return _cut(path, 20, 2)


@case("damaged")
def cut_between_frames(path: Path) -> Made:
    """The file ends just before a frame: none is truncated."""
    return _cut(path, 20, 0)


@case("damaged")
def cut_before_all(path: Path) -> Made:
    """moov is whole, and not a byte of a frame is there. Refusing is right as well."""
    made = _cut(path, 0, 0)
    made.facts = None
    made.refusable, made.error = True, Refusal("FORMAT|CORRUPT", "frame|end|cut|short|beyond")
    return made


@case("damaged")
def cut_open_mdat(path: Path) -> Made:
    """The same as cut_short, but mdat has size 0: only the tables tell that something is missing."""
    movie = camhd(clip(30), moov="first", mdat="open")
    movie.parts()
    movie.cut = list(movie.offsets())[20] + 1000
    return converted(movie, path)
