"""PyCamHD's functions, with the same names, arguments and meaning. A notebook that says

    import pycamhd as camhd

runs with

    from camzarr import camhd

Files are MOVs by path or by http or https URL or, after use(store), clips of a store: then each
file name stands for the clip that was converted from it. A file is opened once and stays open: its
tables are read once, connections are kept, and no process is started. Therefore the argument
`moov_atom` of every function is not needed; only get_timestamp(), get_chunk_count() and
get_chunk_offsets() read it.

Differences from PyCamHD: the type and size of the first atom, the number of frames in a chunk,
tables of 32-bit offsets, tables of one size for all samples, sound tracks and any size of picture
are supported, and times and offsets follow from all tables. Errors are camzarr.CamzarrError; those
of wrong arguments are ValueErrors, as PyCamHD's.
"""

from __future__ import annotations

import os
import re
import struct
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from . import _native
from .clip import Clip
from .codec import decode_frame
from .errors import (
    CamzarrError,
    ClipNotFoundError,
    DeniedError,
    FormatError,
    FrameNotFoundError,
    UnreachableError,
    UsageError,
)
from .movie import open_movie
from .store import Store
from .store import open as open_store
from .views import Pixels

__all__ = [
    "decode_frame_data",
    "get_atom_sizes",
    "get_avi_file",
    "get_bytes",
    "get_chunk_count",
    "get_chunk_offsets",
    "get_file_list",
    "get_frame",
    "get_frame_count",
    "get_frame_data",
    "get_frame_offsets",
    "get_frame_sizes",
    "get_integer",
    "get_moov_atom",
    "get_stats",
    "get_timestamp",
    "use",
    "write_frame",
]

ARCHIVE = "https://rawdata.oceanobservatories.org/files/RS03ASHS/PN03B/06-CAMHDA301"
FIRST_DAY = date(2015, 7, 9)

File = str | os.PathLike[str]

_AVI = _native.CONTAINERS[".avi"]
_OPEN = 64  # files that are kept open
_AT_ONCE = 8  # requests to the archive's listings
_TIMEOUT = 60  # seconds of one of them
_EPOCH_1904 = 2082844800  # seconds from 1904-01-01 to 1970-01-01
# pix_fmt -> the layout, whether red and blue change places, and the type of a sample
_FORMATS = {
    "rgb24": ("rgb24", False, "u1"),
    "bgr24": ("bgr24", False, "u1"),
    "rgb48le": ("rgb48le", False, "<u2"),
    "rgb48be": ("rgb48le", False, ">u2"),
    "bgr48le": ("rgb48le", True, "<u2"),
    "bgr48be": ("rgb48le", True, ">u2"),
    "gray": ("gray", False, "u1"),
    "gray16le": ("gray16le", False, "<u2"),
    "gray16be": ("gray16le", False, ">u2"),
}


# ---- Where frames come from


class _Place:
    """Resolves file names to clips and MOVs in this process."""

    def __init__(self, store: Store | None) -> None:
        self.store = store
        self.clip = lru_cache(_OPEN)(self._clip)

    def _clip(self, file: str) -> Clip:
        if self.store is None:
            return open_movie(file)
        base = file.rpartition("/")[2]
        stem = base.rpartition(".")[0] or base
        try:
            clip = self.store[stem]
        except (ClipNotFoundError, UsageError):
            pass
        else:
            if clip.facts.source_name in (base, stem):
                return clip
        named = [facts.name for facts in self.store.clips if facts.source_name == base]
        if not named:
            raise ClipNotFoundError(f"{base}: no clip in {self.store.url} was made from it")
        return self.store[named[0]]


_places = [_Place(None)]


def use(store: Store | File | None) -> None:
    """Read file names from a store: each stands for the clip that was converted from it.

    It holds for this process. On a Dask cluster, `client.run(camhd.use, address)` sets it for all
    workers.

    Parameters
    ----------
    store : Store, str, path or None
        A store or its address; None: file names stand for files again.

    Raises
    ------
    StoreNotFoundError, FormatError
        As camzarr.open().

    Examples
    --------
    >>> camhd.use("/data/camhd")
    >>> camhd.get_frame("CAMHDA301-20180712T001500.mov", 7500).shape
    (1080, 1920, 3)
    """
    opened = store if store is None or isinstance(store, Store) else open_store(store)
    _places[0] = _Place(opened)


def _clip(filename: File) -> Clip:
    return _places[0].clip(os.fspath(filename))


def _frame(frame_number: int) -> int:
    if frame_number < 0:
        raise UsageError(f"frame {frame_number}: frame_number must not be negative")
    return frame_number


# ---- What a file is


def get_bytes(filename: File, byte_range: Any) -> bytes:
    """Read bytes of a file.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.
    byte_range : sequence of int
        Offsets of the first and the last byte.

    Returns
    -------
    bytes

    Raises
    ------
    NotFoundError
        The range ends beyond the file.
    """
    first, last = byte_range
    return _clip(filename).source_bytes(first, last - first + 1)


def get_integer(filename: File, byte_range: Any) -> int | None:
    """Read a big-endian unsigned integer of 32 or 64 bits.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.
    byte_range : sequence of int
        Offsets of the first and the last byte: 4 or 8 bytes.

    Returns
    -------
    int or None
        None for any other number of bytes, as in PyCamHD.

    Raises
    ------
    NotFoundError
        The range ends beyond the file.
    """
    data = get_bytes(filename, byte_range)
    return int.from_bytes(data, "big") if len(data) in (4, 8) else None


def _atoms(read: Callable[[int, int], bytes], at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Sequence of atoms: type, offset and size in bytes with the header."""
    while end - at >= 8:
        size, kind = struct.unpack(">I4s", read(at, 8))
        head = 8
        if size == 1 and end - at >= 16:
            head, size = 16, int.from_bytes(read(at + 8, 8), "big")
        if size == 0:
            size = end - at
        if not head <= size <= end - at:
            return
        yield kind, at, size
        at += size


def _file_atoms(filename: File) -> dict[bytes, tuple[int, int]]:
    clip = _clip(filename)
    found: dict[bytes, tuple[int, int]] = {}
    for kind, at, size in _atoms(clip.source_bytes, 0, clip.facts.source_bytes):
        if size > found.get(kind, (0, 0))[1]:
            found[kind] = at, size
    return found


def get_atom_sizes(filename: File) -> tuple[int, int, int]:
    """Read the sizes of the atoms ftyp, mdat and moov.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.

    Returns
    -------
    tuple of int
        Sizes in bytes with the headers; 0 for an atom that does not exist. Of several mdat it is
        the largest. Files of other recorders may have more atoms, and moov before mdat.
    """
    found = _file_atoms(filename)
    ftyp, mdat, moov = (found.get(kind, (0, 0))[1] for kind in (b"ftyp", b"mdat", b"moov"))
    return ftyp, mdat, moov


def get_moov_atom(filename: File) -> bytes:
    """Read the moov atom.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.

    Returns
    -------
    bytes
        With its header.

    Raises
    ------
    FormatError
        There is none.
    """
    found = _file_atoms(filename)
    if b"moov" not in found:
        raise FormatError(f"{os.fspath(filename)}: no moov atom")
    return _clip(filename).source_bytes(*found[b"moov"])


def _inside(atom: bytes, header: int = 8) -> Iterator[tuple[bytes, bytes]]:
    """Types and bytes of the atoms in an atom."""
    for kind, at, size in _atoms(lambda at, n: atom[at : at + n], header, len(atom)):
        yield kind, atom[at : at + size]


def _descend(atom: bytes, *path: bytes) -> bytes:
    """The atom at a path of types, or b"" if there is none."""
    for wanted in path:
        atom = next((data for kind, data in _inside(atom) if kind == wanted), b"")
    return atom


def _chunk_tables(moov: bytes) -> Iterator[list[int]]:
    """Chunk offsets of each track, from its co64 or stco."""
    for track in (data for kind, data in _inside(moov) if kind == b"trak"):
        for kind, data in _inside(_descend(track, b"mdia", b"minf", b"stbl")):
            if kind in (b"co64", b"stco"):
                form = np.dtype(">u8" if kind == b"co64" else ">u4")
                count = int.from_bytes(data[12:16], "big")
                entries = data[16 : 16 + count * form.itemsize]
                if len(entries) == count * form.itemsize:
                    yield np.frombuffer(entries, form).tolist()


def get_chunk_count(filename: File, moov_atom: Any = False) -> int:
    """Count the chunks of the video track. A chunk is a run of frames that are stored together.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.
    moov_atom : bytes, optional
        What get_moov_atom() returned; read from the file without it.

    Returns
    -------
    int
        Entries of the table co64, or of stco in files below 4 GiB.

    Raises
    ------
    FormatError
        There is no such table, or it is cut short.
    """
    return len(get_chunk_offsets(filename, moov_atom))


def get_chunk_offsets(filename: File, moov_atom: Any = False) -> list[int]:
    """Read where each chunk of the video track begins.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.
    moov_atom : bytes, optional
        What get_moov_atom() returned; read from the file without it.

    Returns
    -------
    list of int
        Offsets in bytes from the beginning of the file.

    Raises
    ------
    FormatError
        There is no table of chunk offsets, or it is cut short.
    """
    first = int(_clip(filename).index["source_offset"][0])
    for offsets in _chunk_tables(moov_atom or get_moov_atom(filename)):
        if first in offsets:  # there may be tracks of sound, and of other pictures
            return offsets
    raise FormatError(f"{os.fspath(filename)}: no complete table of chunk offsets (co64 or stco)")


def get_timestamp(filename: File, moov_atom: Any = False) -> int:
    """Read when the file was recorded.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.
    moov_atom : bytes, optional
        What get_moov_atom() returned; read from the file without it.

    Returns
    -------
    int
        Creation time of the movie header, in seconds since 1970-01-01 UTC.

    Raises
    ------
    FormatError
        There is no movie header.
    """
    moov = moov_atom or get_moov_atom(filename)
    for kind, at, size in _atoms(lambda at, n: moov[at : at + n], 8, len(moov)):
        if kind == b"mvhd" and size >= 20:
            wide = moov[at + 8] == 1
            return int.from_bytes(moov[at + 12 : at + (20 if wide else 16)], "big") - _EPOCH_1904
    raise FormatError(f"{os.fspath(filename)}: no movie header")


def get_frame_count(filename: File, moov_atom: Any = False) -> int:
    """Count the frames.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.
    moov_atom : optional
        Not needed, and not read.

    Returns
    -------
    int
    """
    return len(_clip(filename))


def get_frame_sizes(filename: File, moov_atom: Any = False) -> list[int]:
    """Read the size of each frame.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.
    moov_atom : optional
        Not needed, and not read.

    Returns
    -------
    list of int
        In bytes.
    """
    sizes: list[int] = _clip(filename).index["size"].tolist()
    return sizes


def get_frame_offsets(filename: File, moov_atom: Any = False) -> list[int]:
    """Read where each frame begins.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.
    moov_atom : optional
        Not needed, and not read.

    Returns
    -------
    list of int
        Offsets in bytes from the beginning of the file.
    """
    offsets: list[int] = _clip(filename).index["source_offset"].tolist()
    return offsets


# ---- Frames


def get_frame_data(filename: File, frame_number: int, moov_atom: Any = False) -> bytes:
    """Read a frame as it was recorded.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.
    frame_number : int
        From 0.
    moov_atom : optional
        Not needed, and not read.

    Returns
    -------
    bytes
        The ProRes frame.

    Raises
    ------
    UsageError
        There is no frame of that number (a ValueError).
    CorruptError
        The checksum of the frame in the store is wrong.
    """
    try:
        return _clip(filename).raw(_frame(frame_number))
    except FrameNotFoundError as error:
        raise UsageError(error.message, error.hint) from None


def get_frame(
    filename: File, frame_number: int, pix_fmt: str = "rgb24", moov_atom: Any = False, **view: Any
) -> Pixels:
    """Decode a frame.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.
    frame_number : int
        From 0.
    pix_fmt : str
        rgb24, bgr24, rgb48le, rgb48be, bgr48le, bgr48be, gray, gray16le or gray16be.
    moov_atom : optional
        Not needed, and not read.
    **view
        Options that PyCamHD does not have: region, scale, fields, conceal and threads of View.

    Returns
    -------
    ndarray
        (height, width, 3), or (height, width) of the gray formats; uint8, or uint16 in the byte
        order of pix_fmt.

    Raises
    ------
    UsageError
        There is no frame of that number, or another pix_fmt (a ValueError).
    CorruptError
        The frame is damaged.

    Examples
    --------
    >>> camhd.get_frame("CAMHDA301-20180712T001500.mov", 7500, "gray16le").shape
    (1080, 1920)
    """
    layout = _format(pix_fmt)[0]
    try:
        frame = _clip(filename).get_frame_at(_frame(frame_number), layout=layout, **view)
    except FrameNotFoundError as error:
        raise UsageError(error.message, error.hint) from None
    return _as_asked(frame.data, pix_fmt)


def decode_frame_data(frame_data: bytes, pix_fmt: str = "rgb24") -> Pixels:
    """Decode what get_frame_data() returned.

    Parameters
    ----------
    frame_data : bytes
        A ProRes frame.
    pix_fmt : str
        As for get_frame().

    Returns
    -------
    ndarray
        As get_frame().

    Raises
    ------
    UsageError
        Another pix_fmt.
    FormatError, CorruptError
        Not a ProRes frame; a damaged one.
    """
    return _as_asked(decode_frame(frame_data, _format(pix_fmt)[0]), pix_fmt)


def _format(pix_fmt: str) -> tuple[str, bool, str]:
    if pix_fmt not in _FORMATS:
        raise UsageError(f"pix_fmt {pix_fmt!r}: not one of {', '.join(_FORMATS)}")
    return _FORMATS[pix_fmt]


def _as_asked(data: Pixels, pix_fmt: str) -> Pixels:
    _, swap, dtype = _format(pix_fmt)
    return np.ascontiguousarray(data[..., ::-1] if swap else data, dtype)


def get_avi_file(frame_data: bytes) -> bytes:
    """Make an AVI file of one frame.

    Parameters
    ----------
    frame_data : bytes
        What get_frame_data() returned.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    FormatError
        Not a ProRes frame.
    """
    return _native.movie_of_frame(_AVI, frame_data)


def write_frame(
    filename: File, frame_number: int, moov_atom: Any = False, file_type: str = "AVI"
) -> Path:
    """Write a frame as an AVI file into the current folder; an existing file is replaced.

    Parameters
    ----------
    filename : str or path
        The file, or after use() the name of the file that a clip was converted from.
    frame_number : int
        From 0.
    moov_atom : optional
        Not needed, and not read.
    file_type : str
        "AVI". Clip.write() writes pictures.

    Returns
    -------
    Path
        NAME_NUMBER.avi: the file's name up to its first dot, and the number in six digits.

    Raises
    ------
    UsageError
        There is no frame of that number, or another file_type.
    """
    if file_type != "AVI":
        raise UsageError(
            f"file_type {file_type!r}: not AVI", "camzarr.open_movie(file).write(7, 'x.png')"
        )
    base = os.fspath(filename).rpartition("/")[2].partition(".")[0]
    path = Path(f"{base}_{frame_number:06.0f}.avi")
    path.write_bytes(get_avi_file(get_frame_data(filename, frame_number)))
    return path


# ---- The archive

_ROW = re.compile(r'<a href="([^"/?]+\.mov)">.*?([0-9.]+)([KMGT]?)\s*$', re.MULTILINE)
_TERABYTES = {"": 2.0**-40, "K": 2.0**-30, "M": 2.0**-20, "G": 2.0**-10, "T": 1.0}


def _ask(url: str, method: str = "GET") -> Any:
    """The response, or None if the server has no such file."""
    try:
        return urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        kind: type[CamzarrError] = DeniedError if error.code in (401, 403) else UnreachableError
        raise kind(f"{url}: HTTP {error.code}") from None
    except OSError as error:
        raise UnreachableError(f"{url}: {getattr(error, 'reason', error)}") from None


def _day(day: date, archive: str) -> list[tuple[str, float]]:
    """Addresses of a day's files, and their sizes as the listing rounds them, in TB."""
    folder = f"{archive}{day:/%Y/%m/%d/}"
    answer = _ask(folder)
    if answer is None:
        return []
    with answer:
        rows = _ROW.findall(answer.read().decode(errors="replace"))
    return [(folder + name, float(size) * _TERABYTES[unit]) for name, size, unit in rows]


def _length(url: str) -> int:
    answer = _ask(url, "HEAD")
    return int(answer.headers.get("Content-Length") or 0) if answer else 0


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(i) for i in range((last - first).days)]


def _listed(first: date, last: date, archive: str) -> list[tuple[str, float]]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(_day, _days(first, last), [archive] * (last - first).days)
        return [file for day in found for file in day]


def _stored(store: Store, first: date, last: date) -> list[tuple[str, int]]:
    start, end = np.datetime64(first), np.datetime64(last)
    within = [facts for facts in store.clips if start <= facts.start < end]
    return [(facts.source_name, facts.source_bytes) for facts in within]


def get_file_list(
    start_date: date = FIRST_DAY, end_date: date | None = None, *, archive: str = ARCHIVE
) -> tuple[list[str], list[int]]:
    """List the archive's files.

    Parameters
    ----------
    start_date : date, optional
        The first day.
    end_date : date, optional
        The day before the last one; by default today.
    archive : str
        Address of the archive.

    Returns
    -------
    files : list of str
        Addresses; after use() the names of the files that the store's clips were converted from.
    sizes : list of int
        In bytes; 0 if the server does not send it.

    Raises
    ------
    UnreachableError, DeniedError
        The archive does not respond, or refuses.
    """
    last = (end_date or date.today()) + timedelta(2)
    store = _places[0].store
    if store is not None:
        clips = _stored(store, start_date, last)
        return [name for name, _ in clips], [size for _, size in clips]
    files = [url for url, _ in _listed(start_date, last, archive)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return files, list(pool.map(_length, files))


def get_stats(*, archive: str = ARCHIVE) -> tuple[int, float]:
    """Count the archive's files and their size.

    Parameters
    ----------
    archive : str
        Address of the archive.

    Returns
    -------
    count : int
        Number of files; after use() of those that the store's clips were converted from.
    size : float
        In TB (2^40 bytes), as the archive's listings round it.

    Raises
    ------
    UnreachableError, DeniedError
        The archive does not respond, or refuses.
    """
    last = date.today() + timedelta(2)
    store = _places[0].store
    if store is not None:
        sizes = [size * _TERABYTES[""] for _, size in _stored(store, FIRST_DAY, last)]
    else:
        sizes = [size for _, size in _listed(FIRST_DAY, last, archive)]
    return len(sizes), sum(sizes)
