"""Read a clip as rgb24 on one thread, and print the seconds for a frame, elapsed and of the processor.

usage: read.py batches|random|av STORE MOVIE
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable


def batches(store: str) -> int:
    """By 16 frames a call."""
    import camzarr

    clip = camzarr.open(store)["clip"]
    for first in range(0, len(clip) - 15, 16):
        clip.get_frames_in_range(first, first + 16, threads=1)
    return len(clip) // 16 * 16


def scattered(store: str) -> int:
    """One by one, in random order."""
    import camzarr

    clip = camzarr.open(store)["clip"]
    order = list(range(len(clip)))
    random.Random(1).shuffle(order)
    for frame in order:
        clip.get_frame_at(frame, threads=1)
    return len(order)


def peer(movie: str) -> int:
    """PyAV."""
    import av

    count = 0
    with av.open(movie) as container:
        container.streams.video[0].thread_count = 1
        for frame in container.decode(video=0):
            frame.to_ndarray(format="rgb24")
            count += 1
    return count


def measure(work: Callable[[str], int], argument: str) -> tuple[float, float]:
    """Seconds for a frame of the second of two runs: the first one imports and warms up."""
    work(argument)
    start, processor = time.perf_counter(), time.process_time()
    count = work(argument)
    return (time.perf_counter() - start) / count, (time.process_time() - processor) / count


def main() -> None:
    """Print a JSON array."""
    what, store, movie = sys.argv[1:]
    work = {"batches": batches, "random": scattered, "av": peer}[what]
    print(json.dumps(measure(work, movie if what == "av" else store)))


if __name__ == "__main__":
    main()
