"""Sizes of batches and of Dask chunks: some frames each, in bounded memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .errors import UsageError

BATCH = 64 << 20  # bytes of pixels of a batch, unless one frame has more
FRAMES = 64  # of a batch at most
CHUNK = 64 << 20  # bytes of pixels of a chunk, unless one frame has more


def batch_size(size: int | None, bytes_a_frame: int) -> int:
    """Frames of a batch; `size`: as the user asked. Raises UsageError."""
    if size is None:
        return max(1, min(FRAMES, BATCH // max(1, bytes_a_frame)))
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
        raise UsageError(f"size {size!r}: not a number of frames", "batches(16)")
    return int(size)


def frames_a_chunk(per_shard: int, bytes_a_frame: int) -> int:
    """Frames of a chunk of neighbouring frames: if possible a part of a shard that divides it."""
    most = max(1, CHUNK // max(1, bytes_a_frame))
    shard = per_shard if per_shard > 1 else 16  # a MOV by itself, or one frame an object
    if shard <= most:
        return shard
    even = next(n for n in range(most, 0, -1) if shard % n == 0)
    return even if 2 * even > most else most


def chunk_sizes(
    number: npt.NDArray[np.int64], per_shard: int, bytes_a_frame: int, asked: int | str
) -> tuple[int, ...]:
    """Sizes of the chunks of frames with these numbers. Neighbouring frames are cut where shards
    end, so that no object is read by two tasks; others into chunks of CHUNK bytes. `asked`: frames a
    chunk, or "auto". Raises UsageError."""
    rows = len(number)
    if rows == 0:
        return (0,)
    if asked == "auto":
        is_range = rows > 1 and bool(np.all(np.diff(number) == 1))
        step = frames_a_chunk(per_shard, bytes_a_frame) if is_range else max(1, CHUNK // max(1, bytes_a_frame))
        first = step - int(number[0]) % step if is_range else step
    elif isinstance(asked, (int, np.integer)) and not isinstance(asked, bool) and asked > 0:
        first = step = int(asked)
    else:
        raise UsageError(f"chunks {asked!r}: not a number of frames", 'chunks="auto", or chunks=16')
    ends = [*range(first, rows, step), rows]
    return tuple(np.diff(ends, prepend=0).tolist())
