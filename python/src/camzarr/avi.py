"""One ProRes frame as an AVI file of one frame, for tools that want a movie.

The frame is copied as it is. Its size and rate are those of its own header (SMPTE RDD 36, 5.1 and
6.1); the file is laid out by the AVI RIFF File Reference.
"""

from __future__ import annotations

import struct

from .errors import Format

HEAD = 28  # bytes of a frame that are looked at: size, mark, 20 of the header
INDEX_FLAG, KEY_FRAME = 0x10, 0x10
# frame_rate_code (RDD 36, table 4) -> a fraction; codes that name none count as the first one here.
_RATES = (
    *((30000, 1001), (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1)),
    *((60000, 1001), (60, 1), (100, 1), (120000, 1001), (120, 1)),
)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(kind: bytes, *parts: bytes) -> bytes:
    return _chunk(b"LIST", kind + b"".join(parts))


def avi(frame: bytes) -> bytes:
    """The file. Raises Format for what is no ProRes frame."""
    if len(frame) < HEAD or frame[4:8] != b"icpf":
        raise Format(f"{len(frame)} bytes that are no ProRes frame")
    width, height = struct.unpack_from(">HH", frame, 16)
    codec = b"ap4h" if frame[20] >> 6 == 3 else b"apcn"
    code = frame[21] & 15
    rate, scale = _RATES[code if code < len(_RATES) else 0]
    size, frame_us = len(frame), 1000000 * scale // rate
    main = (frame_us, rate * size // scale, 0, INDEX_FLAG, 1, 0, 1, size, width, height)
    stream = (scale, rate, 0, 1, size, 0xFFFFFFFF, 0)
    avih = struct.pack("<10I16x", *main)
    strh = struct.pack("<4s4s3I", b"vids", codec, 0, 0, 0)
    strh += struct.pack("<7I4H", *stream, 0, 0, width, height)
    strf = struct.pack("<IIIHH4sI16x", 40, width, height, 1, 24, codec, 3 * width * height)
    header = _list(b"strl", _chunk(b"strh", strh), _chunk(b"strf", strf))
    index = struct.pack("<4sIII", b"00dc", KEY_FRAME, 4, size)
    body = _list(b"hdrl", _chunk(b"avih", avih), header)
    body += _list(b"movi", _chunk(b"00dc", frame)) + _chunk(b"idx1", index)
    return _chunk(b"RIFF", b"AVI " + body)
