"""Memory of pictures, which is used again.

The kernel zeroes pages that a process touches for the first time, which takes a noticeable part of
the time that decoding takes. Therefore an array of empty() returns its memory to a pool when its
last reference is dropped, views included, and the next array of similar size takes that memory.
Idle memory is at most KEPT bytes in a process.
"""

from __future__ import annotations

import os
from collections import deque
from threading import Lock

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

KEPT = 256 << 20  # idle bytes at most
LEAST = 256 << 10  # the allocator itself reuses memory of smaller arrays


class _Pool:
    """Idle memory. Any thread may use it, and so may a garbage collection during its own calls."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._returned: deque[Bytes] = deque()  # not yet in _idle
        self._idle: list[Bytes] = []  # the oldest first

    def take(self, size: int) -> Bytes:
        """Memory of `size` bytes, or up to a quarter more."""
        with self._lock:
            self._collect()
            fitting = [m for m in self._idle if size <= m.nbytes <= size + size // 4]
            if fitting:
                best = min(fitting, key=lambda memory: memory.nbytes)
                self._idle = [m for m in self._idle if m is not best]
                return best
        return np.empty(size, np.uint8)  # of large arrays NumPy takes huge pages where it may

    def give_back(self, memory: Bytes) -> None:
        """Called by the garbage collector, so it must not wait for the lock."""
        self._returned.append(memory)
        if self._lock.acquire(blocking=False):
            try:
                self._collect()
            finally:
                self._lock.release()

    def _collect(self) -> None:
        """Under the lock."""
        while self._returned:
            self._idle.append(self._returned.popleft())
        while self.idle() > self._most:
            del self._idle[0]

    def idle(self) -> int:
        """Bytes that are kept."""
        return sum(memory.nbytes for memory in self._idle)


class _Lease:
    """Memory in use, until the arrays over it are gone."""

    def __init__(self, pool: _Pool, memory: Bytes) -> None:
        self._pool, self._memory = pool, memory
        self.__array_interface__ = memory.__array_interface__

    def __del__(self) -> None:
        self._pool.give_back(self._memory)


_pool = _Pool(KEPT)


def _start_anew() -> None:
    """A child of fork(): another thread may have held the lock."""
    global _pool
    _pool = _Pool(KEPT)


os.register_at_fork(after_in_child=_start_anew)


def empty(rows: int, row_bytes: int) -> Bytes:
    """An array (rows, row_bytes) of bytes that are not initialised."""
    size = rows * row_bytes
    if size < LEAST:
        return np.empty((rows, row_bytes), np.uint8)
    memory: Bytes = np.asarray(_Lease(_pool, _pool.take(size)))
    return memory[:size].reshape(rows, row_bytes)
