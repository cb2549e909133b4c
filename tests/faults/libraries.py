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

    job: str
    kind: str
    library: str  # on the stack of the failing call
    problem: str  # a pattern of what jobs.py says
    reason: str


LIBRARY_ENDS: tuple[LibraryEnd, ...] = ()


def allowed_of_library(job: str, fault: Fault, end: End, problem: str) -> bool:
    """Whether an end is one of those."""
    return end.hit and any(
        one.job == job
        and one.kind == fault.kind
        and one.library in end.trace
        and re.search(one.problem, problem)
        for one in LIBRARY_ENDS
    )
