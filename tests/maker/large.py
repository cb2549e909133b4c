"""Files for measurements: millions of frames in the tables, or gigabytes of frames."""

from __future__ import annotations

import random
from pathlib import Path

from . import frames, write
from .movie import Movie
from .tracks import DEAD, Hole, Numbered, Part, video
from .expected import NO_ICPF, Made, Stretch

HD = (1920, 1080)
CREATED = 3_614_198_402  # 2018-07-12T00:00:02, in seconds from 1904


def many(path: Path, count: int, *, ends: int = 6) -> Made:
    """A sparse file with so many frames in its tables, of changing sizes as the archive's are.

    The first and the last `ends` frames are real ones, all others holes: for parsers and tables,
    not for looking at frames."""
    real = frames.encode("standard", (128, 96), 2 * ends)
    source = random.Random(count)
    holes = [Hole(source.randrange(30_000, 46_000)) for _ in range(1000)]
    samples: list[Part] = [*real[:ends], *source.choices(holes, k=count - 2 * ends), *real[ends:]]
    return write.converted(
        Movie([video(samples, dead=[Hole(DEAD)])], created=CREATED),
        path,
        marks=Stretch(range(ends, count - ends), NO_ICPF),
    )


def big(path: Path, size: int) -> Made:
    """A file of about `size` bytes in the usual layout, 1080p, with all frames distinct.

    The frames repeat a few real ones; only the encoder id, four bytes that no decoder looks at,
    numbers them. So nothing that compresses or compares single frames gains by the repetition."""
    pictures = frames.near_original() or frames.encode("standard", HD, 4)
    usual = sum(map(len, pictures)) // len(pictures)
    count = max(1, size // (usual + DEAD // 6))
    samples = [Numbered(pictures[i % len(pictures)], i) for i in range(count)]
    return write.converted(Movie([video(samples, size=HD)], created=CREATED), path)
