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

OPEN = 32  # movies of a process that unpickled clips share


class Movie(Clip):
    """A MOV by itself, as a Clip. camzarr.open_movie() returns it.

    Frames have no recorded checksums, and `index` has no `crc32c`, `shard` and `shard_offset`.

    Parameters
    ----------
    url : str
        An absolute path, or an http or https URL.
    recover : bool
        As for open_movie().

    Attributes
    ----------
    url : str
        The address.

    Examples
    --------
    >>> camzarr.open_movie("CAMHDA301-20180712T001500.mov")[7500]
    """

    _columns = ("time", "source_offset", "size", "flags")

    def __init__(self, url: str, recover: bool) -> None:
        super().__init__(_native.movie_open(url, recover), None)
        self.url = url
        self._recover = recover

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (self.url, self._recover)


def open_movie(url: str | os.PathLike[str], *, recover: bool = False) -> Movie:
    """Open a MOV that is in no store.

    Its tables are read once; each frame is read from where it lies.

    Parameters
    ----------
    url : str or path
        A path, or an http or https URL.
    recover : bool
        Search all of a file that has no tables for its frames.

    Returns
    -------
    Movie

    Raises
    ------
    NotFoundError
        There is no such file, or it has no tables.
    FormatError
        Not a MOV.
    UnsupportedError
        Another codec.
    DeniedError, UnreachableError
        No permission; no response.

    Examples
    --------
    >>> movie = camzarr.open_movie("https://example.org/CAMHDA301-20180712T001500.mov")
    >>> movie.get_frame_at(7500, scale=4)
    """
    address = os.fspath(url)
    return Movie(address if "://" in address else os.path.abspath(address), recover)


@lru_cache(OPEN)
def _reopen(url: str, recover: bool) -> Movie:
    """Movies of this process: tasks that unpickle one share it, so its tables are read once."""
    return Movie(url, recover)
