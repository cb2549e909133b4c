"""CamHD-like QuickTime files with known contents: the project's own test material.

FFmpeg encodes the frames (prores_ks); every atom around them is written here, by code that shares
nothing with camzarr's. A file and the contents that tests expect in it come from one description, and
test_maker.py has ffprobe confirm that description.

Use
---
    from maker import cases, make

    made = make("usual", tmp_path)         # in a folder, under the case's own name
    made = make("usual", tmp_path / "CAMHDA301-20180712T001500.mov")    # or under another name
    for name in cases("sound"): ...        # the names of all cases of a kind, in a fixed order

    python -m maker CASE OUT.mov           # the same by hand (tests/ on PYTHONPATH)
    python -m maker --list [KIND]

The start of a clip depends on the file's name, and so do the expected contents: those for the name that
was really used. The same case under the same name has the same bytes each time, with the same
ffmpeg. Encodes are kept in $CAMZARR_TEST_CACHE, else in a folder below the temporary one.

Kinds
-----
    sound       whole files: each frame is to come out, unflagged unless the case says otherwise
    recovered   no usable moov: frames are to be found by their own headers
    damaged     usable tables, but frames are broken, cut or missing: converted with warnings
    empty       nothing in it at all
    hostile     to be refused with a clear error, and nothing published
    large       sparse files beyond 4 GiB, tables of 3.2 million frames: slow to digest

`cases()` without a kind gives all but `large`, which a test has to ask for.

The result of make(): Made
-----------------------
    path, case, kind
    outcome      "converted", "recovered", "empty" or "failed": the status of `convert --json`
    error        Refusal(code, pattern) or None: code names the CZ_ error without its prefix
                 ("FORMAT", "UNSUPPORTED"; several joined by "|"), pattern is a regular expression,
                 to be searched for in the message, case ignored
    also         another outcome that is as right, or "": a file that may be refused (with `error`)
                 instead of converted, or recovered (with `frames`) instead of refused
    outcomes     both of them, a set
    frames       a sequence of Frame (computed when asked for: 3.2 million of them cost little)
    start        Start(ns, source, name_ns, header_ns): the chosen start; which of "header", "name",
                 "name_end" and "none" it was taken from; both candidates, None where there is none
    facts        Facts(width, height, codec, frame_rate, interlace, timescale, duration, moov,
                 audio): frame_rate and duration (seconds) are Fractions, interlace is
                 "progressive", "top_field_first" or "bottom_field_first", audio counts tracks.
                 Where frames were recovered: codec "" (unknown from frames), no audio
    length       bytes of the file
    md5          hex digest of the file (read when asked for)
    read(i)      the bytes of frame i, as they lie in the file
    flags()      the flags of all frames, a list
    damaged      how many frames have one of the bits DAMAGE

Frame
-----
    offset, size    where its bytes lie in the file; size counts those that are there, so it is
                    less than `stated` for a truncated frame and 0 for a missing one
    stated          the size by the file's table (by its own header where it was recovered)
    pts             Fraction of a second after the clip's start, edit list applied
    time            ns since 1970-01-01: start + pts, the pts rounded to the nearest ns
    flags           bits that must be set; all others must be clear ...
    free            ... but for these, which nothing demands and nothing forbids

Bits of `flags`
---------------
    SIZE_MISMATCH  1   the frame's own size field isn't the table's
    NO_ICPF        2   no `icpf` where it should be; then nothing else is asked of the frame
    BAD_HEADER     4   header unreadable, or its picture size or chroma contradicts the track
    TRUNCATED      8   the source ended inside the frame
    MISSING       16   the source ended before it
    RECOVERED     32   found by scanning, not by a table
    HEADER_VARIES 64   field order, aspect, frame rate, colour or alpha aren't those of the clip's
                       first sound frame

The start
---------
Header time: the creation time of mvhd, or where that is 0 the one of the video track's mdhd; 0 is
no time. Name time: the first YYYYMMDDTHHMMSS in the name, with or without Z. The header time is
the start if it is within a day of the name time, or if the name tells none. Else a name with Z
stamps the start, one without stamps the end: name time minus the duration of the video (sum of
stts), rounded to ns. Neither: 0.

A recovered clip has no header time, and its frames follow each other at the rate that the frame
headers name, or at 30000/1001 where they name none. A frame that the end of the file cuts is not
recovered.

Files of any shape
------------------
    from maker import many, big, Movie, frames

    many(path, 3_204_951)        a Made with that many frames in its tables, in a sparse file
    big(path, 3 << 30)           a Made of about so many bytes for benchmarks: 1080p, all frames
                                 distinct, the usual layout; takes about as long as writing them
    frames.encode("hq", (128, 96), 5, scan="tff")     a list of frames, as bytes
    frames.near_original()                            real CamHD frames if they are there, else []

`Movie` (movie.py) lays out a file from tracks; kinds/ shows how.
"""

from __future__ import annotations

from . import frames
from .large import big, many
from .movie import Movie
from .registry import cases, make
from .expected import (
    BAD_HEADER,
    DAMAGE,
    HEADER_VARIES,
    MISSING,
    NO_ICPF,
    RECOVERED,
    SIZE_MISMATCH,
    TRUNCATED,
    Facts,
    Frame,
    Made,
    Refusal,
    Start,
)

__all__ = [
    "BAD_HEADER",
    "DAMAGE",
    "HEADER_VARIES",
    "MISSING",
    "NO_ICPF",
    "RECOVERED",
    "SIZE_MISMATCH",
    "TRUNCATED",
    "Facts",
    "Frame",
    "Made",
    "Movie",
    "Refusal",
    "Start",
    "big",
    "cases",
    "frames",
    "make",
    "many",
]
