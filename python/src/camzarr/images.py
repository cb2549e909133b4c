"""Pictures as PNG and TIFF files of 8 or 16 bits, without a library, as JPEG files, and sheets of
many pictures.

A picture is (height, width) or (height, width, 3 or 4), uint8 or uint16.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from importlib import import_module
from math import ceil, sqrt
from typing import Any

import numpy as np

from .errors import UnsupportedError
from .views import Pixels


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(picture: Pixels, text: str = "") -> bytes:
    """A PNG file; `text` goes into it as its description."""
    height, width = picture.shape[:2]
    bits = 8 * picture.dtype.itemsize
    kind = {2: 0, 3: 2, 4: 6}[picture.ndim if picture.ndim == 2 else picture.shape[2]]
    big = np.ascontiguousarray(picture, picture.dtype.newbyteorder(">"))
    pixels = big.view(np.uint8).reshape(height, -1)
    step = pixels.shape[1] // width  # bytes of a pixel
    rows = np.empty((height, 1 + pixels.shape[1]), np.uint8)
    rows[:, 0] = 1  # filter Sub: differences from the pixel to the left
    rows[:, 1 : 1 + step] = pixels[:, :step]
    np.subtract(pixels[:, step:], pixels[:, :-step], out=rows[:, 1 + step :])
    head = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    description = _chunk(b"iTXt", b"Description\0\0\0\0\0" + text.encode()) if text else b""
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + description
        + _chunk(b"IDAT", zlib.compress(rows.data, 4))
        + _chunk(b"IEND", b"")
    )


def tiff(picture: Pixels, text: str = "") -> bytes:
    """A TIFF file (6.0, little-endian, one strip, not compressed)."""
    height, width = picture.shape[:2]
    samples = 1 if picture.ndim == 2 else picture.shape[2]
    little = np.ascontiguousarray(picture, picture.dtype.newbyteorder("<"))
    described = text.encode("ascii", "replace") + b"\0"
    short, long, ascii_ = 3, 4, 2
    entries: list[tuple[int, int, list[int] | bytes]] = [
        (256, long, [width]),
        (257, long, [height]),
        (258, short, [8 * picture.dtype.itemsize] * samples),  # bits
        (259, short, [1]),  # no compression
        (262, short, [1 if samples == 1 else 2]),  # 0 is black, or RGB
        (270, ascii_, described),
        (273, long, [0]),  # where the strip begins: below
        (277, short, [samples]),
        (278, long, [height]),
        (279, long, [little.nbytes]),
    ]
    if samples == 4:
        entries.append((338, short, [2]))  # alpha, not premultiplied
    at = 8 + 2 + 12 * len(entries) + 4
    extra = b""
    table = b""
    for tag, kind, values in entries:
        if isinstance(values, bytes):
            packed, count = values, len(values)
        else:
            packed = struct.pack(f"<{len(values)}{'I' if kind == long else 'H'}", *values)
            count = len(values)
        if len(packed) > 4:
            extra += b"\0" * (len(extra) % 2)
            packed, extra = struct.pack("<I", at + len(extra)), extra + packed
        table += struct.pack("<HHI", tag, kind, count) + packed.ljust(4, b"\0")
    strip = at + len(extra) + len(extra) % 2
    first = table.index(struct.pack("<HHI", 273, long, 1))
    table = table[: first + 8] + struct.pack("<I", strip) + table[first + 12 :]
    head = b"II" + struct.pack("<HIH", 42, 8, len(entries))
    return (head + table + b"\0" * 4 + extra).ljust(strip, b"\0") + little.tobytes()


def jpeg(picture: Pixels, text: str = "", quality: int = 95, subsampling: str = "4:2:2") -> bytes:
    """A JPEG file, by Pillow; `text` is its comment. Raises UnsupportedError for 16 bits and alpha,
    and where Pillow is not installed."""
    if picture.dtype != np.uint8 or picture.ndim == 3 and picture.shape[2] != 3:
        raise UnsupportedError(".jpg: holds 8 bits without alpha", 'layout="rgb24" or "gray"')
    try:
        image: Any = import_module("PIL.Image")
    except ImportError:
        raise UnsupportedError(
            ".jpg: Pillow is not installed, which writes JPEG", "pip install pillow, or write .png"
        ) from None
    file = io.BytesIO()
    options = {"quality": quality, "subsampling": subsampling, "comment": text}
    image.fromarray(np.ascontiguousarray(picture)).save(file, "JPEG", **options)
    return file.getvalue()


def sheet(pictures: Sequence[Pixels], columns: int = 4) -> Pixels:
    """Pictures of one size side by side, `columns` in a row, on black."""
    height, width = pictures[0].shape[:2]
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    whole = np.zeros((rows * height, columns * width, *pictures[0].shape[2:]), pictures[0].dtype)
    for i, picture in enumerate(pictures):
        y, x = i // columns * height, i % columns * width
        whole[y : y + height, x : x + width] = picture
    return whole


# ---- Previews

PREVIEW = 700_000  # bytes of pixels at most; a PNG of noise is hardly smaller than these


def reduced(picture: Pixels, most: int = PREVIEW) -> Pixels:
    """A picture in 8 bits and at most so many bytes: means of squares of pixels, each as wide as it
    has to be. One that is small enough keeps its size."""
    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    times = max(1, ceil(sqrt(picture.nbytes / most)))
    if times == 1:
        return picture
    height, width = (max(1, n // times) for n in picture.shape[:2])
    part = picture[: height * times, : width * times]
    high, wide = (min(times, n) for n in part.shape[:2])
    squares = part.reshape(height, high, width, wide, *part.shape[2:])
    small: Pixels = squares.mean(axis=(1, 3)).round().astype(np.uint8)
    return small


def preview(pictures: Sequence[Pixels]) -> bytes:
    """A PNG of pictures of one size, as a sheet if they are several, of PREVIEW bytes of pixels."""
    return png(sheet([reduced(picture, PREVIEW // len(pictures)) for picture in pictures]))
