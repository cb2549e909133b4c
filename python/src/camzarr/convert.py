"""A MOV becomes a clip of a store, as by the command `camzarr convert`:

    report = camzarr.convert("CAMHDA301-20180712T001500.mov", "/data/camhd")
    print(report.status, report.frames, report.warnings)
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Semaphore
from typing import Any

from . import _native

Path = str | os.PathLike[str]


@dataclass(frozen=True)
class Progress:
    """How far it is; bytes are the source's."""

    bytes_done: int
    bytes_total: int
    frames_done: int
    frames_total: int


@dataclass(frozen=True)
class Report:
    """What was done.

    clip            its name
    status          "converted", "recovered" (frames found by their own headers), "present" (it was
                    there already), "planned" (a dry run)
    bytes_read      of the source; bytes_written: what was not there already
    damaged_frames  kept as they are, and flagged in the index
    md5             of the source, or ""
    warnings        what is worth knowing of the source
    """

    clip: str
    status: str
    frames: int
    bytes_read: int
    bytes_written: int
    damaged_frames: int
    md5: str
    warnings: tuple[str, ...]


def _run(job: dict[str, Any], tell: Callable[[Progress], object] | None) -> Report:
    """The conversion has a thread of its own, so that the caller's can be interrupted: ctypes swallows
    what is raised inside of C. It waits while `tell` runs: otherwise it could be done, and the clip
    published, before an exception stops it."""
    told: SimpleQueue[Progress | None] = SimpleQueue()
    handled, stop = Semaphore(0), Event()

    def progress(so_far: _native.CProgress) -> int:
        if tell is not None and not stop.is_set():
            told.put(Progress(*(getattr(so_far, member[0]) for member in so_far._fields_)))
            handled.acquire()
        return int(stop.is_set())

    with ThreadPoolExecutor(1) as pool:
        report = pool.submit(_native.convert, job, progress)
        report.add_done_callback(lambda _: told.put(None))
        try:
            while (so_far := told.get()) is not None:
                assert tell is not None
                tell(so_far)
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
    memory: int = 256 << 20,
    threads: int = 0,
    overwrite: bool = False,
    recover: bool = False,
    sha256: bool = False,
    dry_run: bool = False,
    progress: Callable[[Progress], object] | None = None,
) -> Report:
    """Convert one MOV into one clip, and publish it whole or not at all; begun before and interrupted, it
    goes on. `source` is a path or an http or https URL; `store` is made if it isn't there.

    name              of the clip; else the source's without its ending
    zarr_format       3, or 2: the store's version of Zarr
    frames_per_shard  1 to 1024; in Zarr version 2 every frame is by itself
    memory            bytes at most for buffers
    threads           that check and write; 0: as many as there are processors
    overwrite         replace a clip that is there from another source or with other options
    recover           search for the frames though there are tables
    sha256            of the source, beside its MD5
    dry_run           read the tables and write nothing
    progress          called now and then with a Progress, from this thread, while the conversion
                      waits; an exception that it raises, Ctrl-C among them, stops the conversion
                      before anything is published, and comes out here. What is done by then is
                      kept for the next time

    Lets go of the interpreter's lock. Raises NotFoundError (no such file), FormatError (no MOV, an empty one, no
    frames in it), UnsupportedError, AlreadyExistsError, CorruptError (the .md5 file beside it disagrees), SourceChangedError, StoreFullError, DeniedError.
    """
    job: dict[str, Any] = {
        "source": os.fspath(source),
        "store": os.fspath(store),
        "name": name,
        "zarr_format": zarr_format,
        "frames_per_shard": frames_per_shard,
        "memory": memory,
        "threads": threads,
        "overwrite": overwrite,
        "recover": recover,
        "sha256": sha256,
        "dry_run": dry_run,
    }
    return _run(job, progress)
