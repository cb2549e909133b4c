"""What the cases share: the usual frames, names, times and movies."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any

from .. import frames
from ..movie import Movie
from ..tracks import video
from ..expected import MAC_EPOCH

SMALL: frames.Size = (128, 96)


def mac(text: str, seconds: int = 0) -> int:
    """Seconds from 1904 to a time such as 2018-07-12T00:15:00, and so many more."""
    when = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return int(when.timestamp()) + MAC_EPOCH + seconds


CREATED = mac("2018-07-12T00:15:00", -898)  # the drift of the years with names without Z


def clip(
    count: int = 15,
    profile: str = "standard",
    size: frames.Size = SMALL,
    scan: frames.Scan = "progressive",
    **options: Any,
) -> list[bytes]:
    """Frames of a camera that says its frame rate, unlike prores_ks. 15 make a short last chunk."""
    made = frames.encode(profile, size, count, scan, **options)
    return [frames.put(frame, frames.RATE, bytes([frames.NTSC])) for frame in made]


def camhd(samples: list[bytes] | None = None, **fields: Any) -> Movie:
    """The layout of most files: ftyp, mdat, moov; six frames and 160 dead bytes a chunk."""
    fields.setdefault("created", CREATED)
    return Movie([video(clip() if samples is None else samples)], **fields)


def decoys(frame: bytes, fill: int = 160) -> list[bytes]:
    """Bytes that look like atoms or frames and are none; `frame` lends a header."""
    header = frame[8:156]
    lies = [
        struct.pack(">I4s", 5000, b"icpf") + frames.put_u16(frame, frames.HEADER_SIZE, 5)[8:156],
        struct.pack(">I4s", 5000, b"icpf") + frames.put_u16(frame, frames.WIDTH, 0)[8:156],
        struct.pack(">I4s", 5000, b"icpf") + frames.put_u16(frame, frames.VERSION, 7)[8:156],
        struct.pack(">I4s", 0xFFFFFFF0, b"icpf") + header,
        struct.pack(">I4s", 20, b"icpf") + header,
        struct.pack(">I4sIIII", 5000, b"stsz", 0, 0, 1000, 77) * 6,
        struct.pack(">I4sI4s", 5000, b"moov", 108, b"mvhd") * 9,
        b"icpfstszmoovco64mdat" * 7,
    ]
    return [lie[:fill].ljust(fill, b"\0") for lie in lies]
