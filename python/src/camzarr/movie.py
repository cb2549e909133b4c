"""A MOV as it is, without a store, as a Clip:

    clip = camzarr.open_movie("https://example.org/2018/07/12/CAMHDA301-20180712T001500.mov")
    clip[7500]

Its own tables are read, once; frames come from where they lie. There are no recorded
checksums to compare frames with, and the index has no `crc32c`,
`shard` and `shard_offset`.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

from . import _native
from .clip import Clip

OPEN = 32  # movies of one process that unpickled clips share


class Movie(Clip):
    """See the module. Made by open_movie()."""

    _columns = ("time", "source_offset", "size", "flags")

    def __init__(self, url: str, recover: bool) -> None:
        super().__init__(_native.movie_open(url, recover), None)
        self.url = url
        self._recover = recover

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (self.url, self._recover)


def open_movie(url: str | os.PathLike[str], *, recover: bool = False) -> Movie:
    """Open the MOV at a path or at an http or https URL. Where it has no tables its frames are searched
    for with `recover`, in all of the file. Raises NotFoundError (no file; no tables), FormatError, UnsupportedError
    (another codec), DeniedError, UnreachableError."""
    address = os.fspath(url)
    return Movie(address if "://" in address else os.path.abspath(address), recover)


@lru_cache(OPEN)
def _reopen(url: str, recover: bool) -> Movie:
    """Of one process: each task that brings a clip along doesn't read its tables again."""
    return Movie(url, recover)
