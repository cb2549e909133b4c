"""Conversion of a MOV into a clip of a store, as by the command `camzarr convert`:

    report = camzarr.convert("CAMHDA301-20180712T001500.mov", "/data/camhd")
    print(report.status, report.frames, report.warnings)
"""

from __future__ import annotations

import operator
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Semaphore
from typing import Any

from . import _native
from .errors import UsageError

Path = str | os.PathLike[str]


@dataclass(frozen=True)
class Progress:
    """Progress of a conversion.

    Attributes
    ----------
    bytes_done, bytes_total : int
        Bytes of the source.
    frames_done, frames_total : int
        Frames of the clip.
    waiting : bool
        Another process is converting or removing the clip, and the conversion waits for it.
    """

    bytes_done: int
    bytes_total: int
    frames_done: int
    frames_total: int
    waiting: bool = False


@dataclass(frozen=True)
class Report:
    """Result of a conversion.

    Attributes
    ----------
    clip : str
        Name of the clip.
    status : str
        "converted", "recovered" (frames were found by their own headers), "present" (the store had
        the clip) or "planned" (a dry run).
    frames : int
        Frames of the clip.
    bytes_read, bytes_written : int
        Bytes of the source that were read, and bytes that the store did not have yet.
    damaged_frames : int
        Frames that are damaged in the source; they are kept as they are and flagged in the index.
    md5 : str
        Of the source, in hexadecimal digits, or "".
    warnings : tuple of str
        Findings in the source that do not prevent its conversion.
    """

    clip: str
    status: str
    frames: int
    bytes_read: int
    bytes_written: int
    damaged_frames: int
    md5: str
    warnings: tuple[str, ...]


_SIZE = re.compile(r"\s*(\d+(?:\.\d*)?)\s*([KMGT]?)(?:i?B)?\s*", re.IGNORECASE)


def size_of(value: int | str) -> int:
    """Bytes: a number, or text with a unit of 1024 ("512M", "2 GiB"). Raises UsageError."""
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        return int(float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " "))
    try:
        number = -1 if isinstance(value, str) else operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number < 2**64:
        raise UsageError(
            f"memory {value!r}: not a size in bytes", 'memory="512M", or memory=512 << 20'
        )
    return number


def _run(job: dict[str, Any], callback: Callable[[Progress], object] | None) -> Report:
    """Convert in a thread of its own, so that the caller's can be interrupted: ctypes swallows
    exceptions in callbacks. The conversion waits while `callback` runs; otherwise it could publish
    the clip before an exception stops it."""
    steps: SimpleQueue[Progress | None] = SimpleQueue()
    handled, stop = Semaphore(0), Event()

    def progress(so_far: _native.CProgress) -> int:
        if callback is not None and not stop.is_set():
            steps.put(Progress(*(getattr(so_far, member[0]) for member in so_far._fields_)))
            handled.acquire()
        return int(stop.is_set())

    with ThreadPoolExecutor(1) as pool:
        report = pool.submit(_native.convert, job, progress)
        report.add_done_callback(lambda _: steps.put(None))
        try:
            while (so_far := steps.get()) is not None:
                assert callback is not None
                callback(so_far)
                handled.release()
        except BaseException:  # Ctrl-C, too
            stop.set()
            handled.release()
            raise
        return Report(**report.result())


def convert(
    source: Path,
    store: Path,
    *,
    name: str | None = None,
    zarr_format: int = 3,
    frames_per_shard: int = 64,
    memory: int | str = 256 << 20,
    threads: int = 0,
    overwrite: bool = False,
    recover: bool = False,
    sha256: bool = False,
    dry_run: bool = False,
    progress: Callable[[Progress], object] | None = None,
) -> Report:
    """Convert one MOV into one clip of a store.

    The clip is published whole or not at all. A conversion that was interrupted is resumed.

    Parameters
    ----------
    source : str or path
        The MOV: a path, or an http or https URL.
    store : str or path
        The store, as for camzarr.open(); created if it does not exist.
    name : str, optional
        Name of the clip; by default the name of the source without its ending.
    zarr_format : {3, 2}
        Version of Zarr that a new store has.
    frames_per_shard : int
        1 to 1024. In Zarr version 2 every frame is an object of its own.
    memory : int or str
        Bytes of buffers at most, or text such as "512M" (units of 1024).
    threads : int
        Threads that check and write; 0: as many as there are processors.
    overwrite : bool
        Replace a clip that was converted from another source or with other options.
    recover : bool
        Search the file for frames although it has tables.
    sha256 : bool
        Compute the source's SHA-256 beside its MD5.
    dry_run : bool
        Read the tables and write nothing.
    progress : callable, optional
        Called with a Progress from this thread, while the conversion waits. An exception that it
        raises, KeyboardInterrupt included, stops the conversion before the clip is published and
        is raised here; what was written is kept for the next attempt.

    Returns
    -------
    Report
        What was done.

    Raises
    ------
    NotFoundError
        There is no such file.
    FormatError
        The file is no MOV, is empty or has no frames.
    UnsupportedError
        A codec or an address of another kind.
    UsageError
        An option has an impossible value.
    AlreadyExistsError
        The store has another clip of that name.
    CorruptError
        The source's MD5 differs from the .md5 file beside it.
    SourceChangedError
        The source changed while it was read.
    StoreFullError, DeniedError, UnreachableError
        The store cannot be written.

    Notes
    -----
    Other Python threads run during the conversion.

    Examples
    --------
    >>> report = camzarr.convert("CAMHDA301-20180712T001500.mov", "/data/camhd", memory="512M")
    >>> report.status, report.frames
    ('converted', 27000)
    """
    job: dict[str, Any] = {
        "source": os.fspath(source),
        "store": os.fspath(store),
        "name": name,
        "zarr_format": zarr_format,
        "frames_per_shard": frames_per_shard,
        "memory": size_of(memory),
        "threads": threads,
        "overwrite": overwrite,
        "recover": recover,
        "sha256": sha256,
        "dry_run": dry_run,
    }
    return _run(job, progress)
