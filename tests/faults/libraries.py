"""Ends that a library of other people causes by itself, where nothing of ours can make another of
them. Narrow on purpose: a job, a kind of fault, a library on the stack of the call that failed, and
the end that is borne with."""

from __future__ import annotations

import re
from dataclasses import dataclass

from injection import End, Fault


@dataclass(frozen=True)
class LibraryEnd:
    """An end that is borne with, and the reason."""

    job: str  # how its name begins; "" is any
    kind: str
    library: str  # found in the innermost frames of the crash, or of the call that failed
    problem: str  # a pattern of what jobs.py says
    reason: str


LIBRARY_ENDS: tuple[LibraryEnd, ...] = (
    LibraryEnd(
        "netcdf",
        "alloc",
        r"libhdf5|libnetcdf",
        r"^crashed by signal (6|11)|^exit 255",
        "HDF5 1.10 dereferences what its own failed allocations returned, and netCDF-C 4.9 aborts"
        " (ncbytes: 'bytebuffer failure') or exits by itself; neither has a hook.",
    ),
    LibraryEnd(
        "frame tif",
        "alloc",
        r"libtiff",
        r"^crashed by signal (6|11)",
        "libtiff 4.5 counts a field before the list of fields has grown, and TIFFClose() frees what"
        " is not there; a copy of a text that failed counts as set, and is written.",
    ),
    LibraryEnd(
        "",
        "alloc",
        r"libcrypto",
        r"^crashed by signal 11",
        "OpenSSL 3.0 goes on with a lock that is NULL when an allocation of its one-time"
        " initialisation failed.",
    ),
)


# What c-blosc 1.x prints on standard output when an allocation fails, and then goes on without.
PRINTED = b"Error allocating memory!"


def allowed_of_library(job: str, fault: Fault, end: End, problem: str) -> bool:
    """Whether an end is one of those."""
    # Of a crash, the handler's frame comes first, then those of abort() and free() in libc.
    where = "\n".join((end.crash or end.trace).splitlines()[:16])
    return end.hit and any(
        job.startswith(one.job)
        and one.kind == fault.kind
        and re.search(one.library, where)
        and re.search(one.problem, problem)
        for one in LIBRARY_ENDS
    )
