"""The codec `camzarr.prores`, independent of the libraries that use it: its configuration, and the
decoding of a chunk.

A chunk is one ProRes frame as recorded. The configuration determines the decoded numbers for good,
so unknown members and values are refused: they could change the numbers.

    version  1: of the arithmetic
    layout   "rgb24" (uint8) or "rgb48le" (uint16), chunks (1, height, width, 3);
             "gray" (uint8) or "gray16le" (uint16), chunks (1, height, width)
    matrix   "bt601", "bt709" or "bt2020"
    range    "limited"
    fields   "weave"
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from . import _native, buffers
from .errors import FormatError, NewerFormatError, UnsupportedError, UsageError
from .views import LAYOUTS, Pixels, View, shape_of

NAME = "camzarr.prores"
VERSION = 1
_MATRICES = {"bt601": 1, "bt709": 2, "bt2020": 3}  # cz_matrix
_KNOWN: dict[str, tuple[str, ...]] = {
    "layout": ("rgb24", "rgb48le", "gray", "gray16le"),
    "matrix": tuple(_MATRICES),
    "range": ("limited",),
    "fields": ("weave",),
}


@dataclass(frozen=True)
class Configuration:
    """Configuration of the codec, as parse() checks it.

    Attributes
    ----------
    version : int
        Of the arithmetic: 1.
    layout, matrix, range, fields : str
        As the module's documentation lists them.
    """

    version: int
    layout: str
    matrix: str
    range: str
    fields: str

    def to_dict(self) -> dict[str, Any]:
        """The members, as in the array's document."""
        return asdict(self)


def parse(configuration: Mapping[str, Any] | None) -> Configuration:
    """Check a configuration.

    Parameters
    ----------
    configuration : mapping
        Of an array's document.

    Returns
    -------
    Configuration

    Raises
    ------
    NewerFormatError
        Its version is newer than this package.
    FormatError
        A member is missing.
    UnsupportedError
        A member or a value is unknown.
    """
    given = configuration or {}
    version = given.get("version")
    if isinstance(version, int) and version > VERSION:
        raise NewerFormatError(
            f"{NAME}: the store asks for version {version} of the codec, this is version {VERSION}",
            "pip install --upgrade camzarr",
        )
    members = ("version", *_KNOWN)
    missing = [m for m in members if m not in given]
    unknown = [m for m in given if m not in members]
    if missing or version != VERSION:
        raise FormatError(f"{NAME}: a configuration without {', '.join(missing) or 'version 1'}")
    if unknown:
        raise UnsupportedError(f"{NAME}: {', '.join(unknown)} in the configuration is unknown")
    for member, known in _KNOWN.items():
        if given[member] not in known:
            raise UnsupportedError(
                f"{NAME}: {member} {given[member]!r}: not one of {', '.join(known)}"
            )
    return Configuration(**{m: given[m] for m in members})


class _Decoders(threading.local):
    """A decoder for each thread."""

    def __init__(self) -> None:
        self.handle = _native.decoder_new()


_decoders = _Decoders()


def chunk_error(configuration: Configuration, shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
    """Why the configuration cannot decode into chunks of a shape and type; "" if it can."""
    layout = LAYOUTS[configuration.layout]
    axes = 3 if layout.channels == 1 else 4
    if dtype.newbyteorder("=") != np.dtype(layout.dtype):
        return f"{configuration.layout} gives {layout.dtype}, the array is {dtype}"
    if len(shape) != axes or shape[0] != 1 or (axes == 4 and shape[3] != layout.channels):
        whole = "(1, height, width" + (f", {layout.channels})" if axes == 4 else ")")
        return f"{configuration.layout} gives chunks {whole}, the array has {shape}"
    return ""


def decode(
    configuration: Configuration, frame: Pixels, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> Pixels:
    """Decode a chunk. Other Python threads run meanwhile.

    Parameters
    ----------
    configuration : Configuration
    frame : ndarray
        Bytes of a ProRes frame.
    shape : tuple of int
        Of the chunk.
    dtype : dtype
        Of the array.

    Returns
    -------
    ndarray
        Of that shape and type.

    Raises
    ------
    UsageError
        The configuration does not give such chunks.
    FormatError
        Not a ProRes frame, or one of another size.
    CorruptError
        The frame is damaged.
    """
    wrong = chunk_error(configuration, shape, dtype)
    if wrong:
        raise UsageError(f"{NAME}: {wrong}")
    view = View(layout=configuration.layout).native(0, 0)
    matrix = _MATRICES[configuration.matrix]
    out = buffers.array(shape, LAYOUTS[configuration.layout].dtype)
    data = np.ascontiguousarray(frame).view(np.uint8)
    made = _native.decode(_decoders.handle, data, view, matrix, None)
    if (made.height, made.width) != shape[1:3]:
        raise FormatError(
            f"{NAME}: a frame of {made.width} x {made.height} in an array of "
            f"{shape[2]} x {shape[1]}"
        )
    _native.decode(_decoders.handle, data, view, matrix, out)
    return out if dtype.isnative else out.astype(dtype)


def decode_frame(frame: bytes, layout: str) -> Pixels:
    """Decode a frame by the matrix that its own header names.

    Parameters
    ----------
    frame : bytes
        A ProRes frame.
    layout : str
        As in View.

    Returns
    -------
    ndarray
        (height, width) or (height, width, channels).

    Raises
    ------
    FormatError
        Not a ProRes frame.
    CorruptError
        The frame is damaged.
    """
    view = View(layout=layout).native(0, 0)
    data = np.frombuffer(frame, np.uint8)
    matrix = 0  # cz_matrix: the frame's
    shape = shape_of(layout, _native.decode(_decoders.handle, data, view, matrix, None))
    out = buffers.array(shape.array, shape.dtype)
    _native.decode(_decoders.handle, data, view, matrix, out)
    return out


def refuse_encoding() -> UnsupportedError:
    """The error that encoding raises."""
    return UnsupportedError(
        f"{NAME}: only reads: pixels don't become ProRes frames again",
        "dataset.drop_encoding().to_zarr(...) copies pixels; `camzarr convert` writes stores",
    )
