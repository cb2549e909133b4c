"""Files to be refused for what they are: broken atoms, other codecs, no movies. And empty ones."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from ..atoms import Atom, atom, free, ftyp, full, u32s
from ..movie import FTYP, Movie
from ..registry import case
from ..tables import stts
from ..write import bare, converted, doubtful, refused, unusable
from ..tracks import noise, pcm, video
from ..expected import Made, Refusal, Start, name_time
from .common import CREATED, SMALL, camhd, clip

MDIA = (b"trak", b"mdia")
STBL = (*MDIA, b"minf", b"stbl")


def _edited(
    path: Path, pattern: str, edit: Callable[[Atom], Atom | None], code: str = "FORMAT"
) -> Made:
    """The usual file with a moov that was changed, to be refused; if it is broken, or recovered."""
    tell = unusable if code == "FORMAT" else refused
    return tell(camhd(edit=edit), path, code, pattern)


# --- no movie at all -------------------------------------------------------------------------


@case("empty", "CAMHDA301-20181001T001500.mov")
def empty(path: Path) -> Made:
    """No bytes."""
    return bare(path, b"", None)


def _nothing(path: Path, content: bytes) -> Made:
    return bare(path, content, Refusal("FORMAT|ABSENT", "frame|moov|quicktime|movie|atom"))


@case("hostile", "CAMHDA301-20181001T031500.mov")
def zeros_8k(path: Path) -> Made:
    """8 192 zeros."""
    return _nothing(path, bytes(8192))


@case("hostile", "CAMHDA301-20181001T061500.mov")
def header_16k(path: Path) -> Made:
    """16 384 bytes: ftyp, an mdat that claims much, and no frame yet."""
    start = FTYP + struct.pack(">I4sQ", 1, b"mdat", 13_000_000_000)
    return _nothing(path, start.ljust(16384, b"\0"))


@case("hostile")
def one_byte(path: Path) -> Made:
    """A single byte."""
    return _nothing(path, b"\0")


@case("hostile")
def seven_bytes(path: Path) -> Made:
    """Less than an atom's header."""
    return _nothing(path, FTYP[:7])


@case("hostile")
def ftyp_alone(path: Path) -> Made:
    """An ftyp and nothing after it."""
    return _nothing(path, FTYP)


@case("hostile")
def random_bytes(path: Path) -> Made:
    """100 000 bytes of noise."""
    return _nothing(path, random.Random(3).randbytes(100_000))


@case("hostile")
def web_page(path: Path) -> Made:
    """The page of an error, saved under the name of a movie."""
    return _nothing(path, b"<!DOCTYPE html><title>404 Not Found</title>" * 20)


@case("hostile")
def lone_icpf(path: Path) -> Made:
    """`icpf` again and again, and never a frame."""
    return _nothing(path, FTYP + struct.pack(">I4s", 0, b"mdat") + b"icpf" * 5000)


# --- atoms -----------------------------------------------------------------------------------


@case("hostile")
def atom_of_no_size(path: Path) -> Made:
    """An atom of size 0 inside trak, where none may go on to the end of the file."""
    return _edited(path, "size|mdia|trak|atom", lambda m: _lie(m.find(*MDIA), 0))


@case("hostile")
def atom_too_small(path: Path) -> Made:
    """An atom that says it is 5 bytes long, its header included."""
    return _edited(path, "size|mdia|trak|atom", lambda m: _lie(m.find(*MDIA), 5))


@case("hostile")
def atom_too_large(path: Path) -> Made:
    """An atom that is larger than the one it lies in."""
    return _edited(path, "size|stbl|minf|atom", lambda m: _lie(m.find(*STBL), 0x7FFFFFFF))


@case("hostile")
def atom_too_small_on_top(path: Path) -> Made:
    """The same outside of moov: an atom of 4 bytes before mdat."""
    movie = camhd(moov="first", between=[struct.pack(">I4s", 4, b"free")])
    return unusable(movie, path, "FORMAT", "size|atom|free")


@case("hostile")
def atom_size_overflows(path: Path) -> Made:
    """A 64-bit size of 2^64-1 before moov."""
    between = [struct.pack(">I4sQ", 1, b"free", (1 << 64) - 1)]
    return unusable(
        camhd(moov="first", between=between), path, "FORMAT", "size|atom|free|moov|frame"
    )


@case("hostile")
def wide_size_too_small(path: Path) -> Made:
    """A 64-bit size that is less than its own header."""
    between = [struct.pack(">I4sQ", 1, b"free", 15)]
    return unusable(camhd(moov="first", between=between), path, "FORMAT", "size|atom|free")


def _lie(one: Atom, size: int) -> None:
    one.stated = size


@case("hostile")
def nested_deeply(path: Path) -> Made:
    """trak, mdia, minf and stbl in each other, 50 000 levels of them."""
    levels = 50_000
    heads = (struct.pack(">I4s", 8 * (levels - i), STBL[i % 4]) for i in range(levels))
    inside = b"".join(heads)
    return _edited(path, "nest|deep|stbl|trak|track|video", lambda m: Atom(b"moov", inside))


@case("hostile")
def moov_empty(path: Path) -> Made:
    """moov holds nothing."""
    return _edited(path, "moov|mvhd|track|video", lambda _: Atom(b"moov"))


@case("hostile")
def no_tracks(path: Path) -> Made:
    """moov has a header and no track."""
    return _edited(path, "track|video", lambda m: m.drop(b"trak"))


@case("hostile")
def no_mdia(path: Path) -> Made:
    """The track has no media."""
    return _edited(path, "mdia|track|video", lambda m: m.drop(*MDIA))


@case("hostile")
def no_mdhd(path: Path) -> Made:
    """The media has no header: no timescale."""
    return _edited(path, "mdhd|timescale", lambda m: m.drop(*MDIA, b"mdhd"))


@case("hostile")
def no_stbl(path: Path) -> Made:
    """The media has no tables."""
    return _edited(path, "stbl|table|video|track", lambda m: m.drop(*STBL))


@case("hostile")
def no_timescale(path: Path) -> Made:
    """The track's timescale is 0."""
    return _edited(path, "timescale|mdhd", lambda m: m.find(*MDIA, b"mdhd").poke(12, ">I", 0))


@case("hostile")
def entry_too_short(path: Path) -> Made:
    """A video sample entry of 8 bytes."""

    def cut(moov: Atom) -> None:
        moov.find(*STBL).put(full(b"stsd", u32s([1]), Atom(b"apcn")))

    return _edited(path, "stsd|apcn|entry|descri", cut)


@case("hostile")
def centuries(path: Path) -> Made:
    """Frames that last 136 years each: the eighth is beyond int64 nanoseconds."""

    def stretch(moov: Atom) -> None:
        moov.find(*STBL).put(stts([(15, 0xFFFFFFFF)]))
        moov.find(*MDIA, b"mdhd").poke(12, ">I", 1)

    return _edited(path, "time|stts|duration|overflow|range|last|centur", stretch)


@case("hostile", "CAMHDA301-20160101T060000Z.mov")
def created_at_the_end_of_time(path: Path) -> Made:
    """A creation time of 2^64-1 seconds: no time, so the name tells; refusing is right as well."""
    made = converted(camhd(version=1, created=(1 << 64) - 1), path)
    name = name_time(path.name)
    if name and made.start:
        made.start = Start(made.start.ns, made.start.source, name[0], None)
    return doubtful(made, "FORMAT", "time|mvhd|creat")


# --- sound movies that aren't for us ---------------------------------------------------------


@case("hostile")
def codec_avc1(path: Path) -> Made:
    """H.264 video."""
    movie = Movie([video(noise(15, 1, 3000), "avc1")], created=CREATED)
    return refused(movie, path, "UNSUPPORTED", "avc1")


@case("hostile")
def codec_jpeg(path: Path) -> Made:
    """Motion JPEG."""
    movie = Movie([video(noise(15, 1, 3000), "jpeg")], created=CREATED)
    return refused(movie, path, "UNSUPPORTED", "jpeg")


@case("hostile")
def audio_only(path: Path) -> Made:
    """Sound and no picture."""
    movie = Movie([pcm("in24", 2, video(clip()))], created=CREATED)
    return refused(movie, path, "UNSUPPORTED|FORMAT", "video|track")


@case("hostile")
def data_elsewhere(path: Path) -> Made:
    """dref refers to another file: the frames aren't here."""
    movie = camhd()
    movie.track.dref = full(b"url ", b"file:///other.mov\0")
    return refused(movie, path, "UNSUPPORTED", "dref|refer|another file|elsewhere|external")


@case("hostile")
def compressed_moov(path: Path) -> Made:
    """moov holds a cmov: itself, compressed by zlib."""

    def pack(moov: Atom) -> Atom:
        plain = bytes(moov)
        data = atom(b"cmvd", body=u32s([len(plain)]) + zlib.compress(plain))
        return atom(b"moov", atom(b"cmov", atom(b"dcom", body=b"zlib"), data))

    return _edited(path, "cmov|compress", pack, "UNSUPPORTED")


@case("hostile")
def fragmented(path: Path) -> Made:
    """moov has mvex and empty tables; the frames are told of by moof."""
    samples = clip(6)
    movie = camhd([], moov="first", mdat="none", ftyp=ftyp(b"isom", b"iso5", b"qt  "))
    movie.tracks[0].size = SMALL
    movie.extra = [atom(b"mvex", full(b"trex", u32s([1, 1, 1001, 0, 0])))]
    tfhd = full(b"tfhd", u32s([1]), flags=0x20000)
    run = u32s([len(samples), 0, *map(len, samples)])
    moof = atom(
        b"moof",
        full(b"mfhd", u32s([1])),
        atom(b"traf", tfhd, full(b"tfdt", u32s([0])), full(b"trun", run, flags=0x201)),
    )
    trun = moof.find(b"traf", b"trun")
    trun.poke(8, ">I", len(bytes(moof)) + 8)  # from moof's first byte to mdat's payload
    movie.tail = [bytes(moof), bytes(Atom(b"mdat", b"".join(samples)))]
    return refused(movie, path, "UNSUPPORTED", "moof|mvex|fragment")


@case("hostile")
def encrypted_entry(path: Path) -> Made:
    """A sample entry of an unknown kind."""
    movie = Movie([video(clip(), "drmi")], created=CREATED)
    return refused(movie, path, "UNSUPPORTED", "drmi")


@case("hostile")
def png_picture(path: Path) -> Made:
    """A PNG under the name of a movie."""
    return _nothing(path, b"\x89PNG\r\n\x1a\n" + free(600))
