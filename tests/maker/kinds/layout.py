"""Sound files that are laid out differently: atoms, sizes, chunks and what lies between them."""

from __future__ import annotations

from pathlib import Path

from .. import frames
from ..atoms import free
from ..movie import Movie
from ..registry import case
from ..write import converted, doubtful
from ..tracks import chunked, noise, video
from ..expected import Made
from .common import CREATED, camhd, clip, decoys


@case("sound")
def one_frame(path: Path) -> Made:
    """A single frame."""
    return converted(camhd(clip(1)), path)


@case("sound")
def one_chunk(path: Path) -> Made:
    """All frames in one chunk, without dead bytes."""
    return converted(Movie([video(clip(), per_chunk=15, dead=[])], created=CREATED), path)


@case("sound")
def frame_a_chunk(path: Path) -> Made:
    """One frame a chunk, dead bytes of changing length after each."""
    dead = [bytes([n]) * n for n in (1, 0, 7, 160)]
    return converted(Movie([video(clip(), per_chunk=1, dead=dead)], created=CREATED), path)


@case("sound")
def uneven_chunks(path: Path) -> Made:
    """Chunks of 1, 4, 4, 2, 3 and 1 frames: an stsc of five entries."""
    movie = camhd()
    samples, dead = clip(), noise(6)
    movie.track.chunks = []
    for count in (1, 4, 4, 2, 3, 1):
        one = chunked(samples[:count], count, [dead.pop()])
        movie.track.chunks += one
        samples = samples[count:]
    return converted(movie, path)


@case("sound")
def moov_first(path: Path) -> Made:
    """moov before mdat, as for streaming."""
    return converted(camhd(moov="first"), path)


@case("sound")
def narrow(path: Path) -> Made:
    """32 bits everywhere: `wide` before an mdat of 32-bit size, stco."""
    movie = camhd(mdat="limited", between=[free(8, kind=b"wide")])
    movie.track.wide = False
    return converted(movie, path)


@case("sound")
def mdat_to_the_end(path: Path) -> Made:
    """The last atom is an mdat of size 0: it goes on to the end of the file."""
    return converted(camhd(mdat="open", moov="first"), path)


@case("sound")
def moov_to_the_end(path: Path) -> Made:
    """The last atom is a moov of size 0."""
    return converted(camhd(edit=lambda moov: setattr(moov, "stated", 0)), path)


@case("sound")
def free_atoms(path: Path) -> Made:
    """`free`, `skip`, an unknown atom and a second mdat around what counts; decoys inside them."""
    lies = b"".join(decoys(clip(1)[0]))
    between = [free(100), free(900, lies, b"skip"), free(90, lies[:40], b"mdat")]
    return converted(camhd(between=between, tail=[free(600, lies, b"xyzw")]), path)


@case("sound")
def decoys_in_dead_bytes(path: Path) -> Made:
    """The dead bytes of the chunks look like stsz, moov and ProRes frames."""
    samples = clip(60)
    return converted(Movie([video(samples, dead=decoys(samples[0]))], created=CREATED), path)


@case("sound")
def dead_space_in_mdat(path: Path) -> Made:
    """Bytes of no frame before the first chunk, too."""
    return converted(camhd(lead=[b"icpf" * 1000]), path)


@case("sound")
def versions_1(path: Path) -> Made:
    """mvhd, tkhd and mdhd of version 1, with 64-bit times."""
    movie = camhd(version=1)
    movie.track.version = 1
    return converted(movie, path)


@case("sound")
def uniform_sizes(path: Path) -> Made:
    """All frames of one size, as when the camera is off: one number in stsz."""
    samples = clip(noise=0)
    size = max(map(len, samples)) + 9
    movie = camhd([frames.stuffed(frame, size) for frame in samples])
    movie.track.uniform = size
    return converted(movie, path)


@case("sound")
def out_of_order(path: Path) -> Made:
    """Chunks that lie in another order than they are shown: legal, but no recorder's."""
    movie = camhd(clip(24))
    movie.track.shuffled = (2, 0, 1, 3)
    return doubtful(converted(movie, path), "UNSUPPORTED", "order|before|frame")
