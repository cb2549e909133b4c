"""Sound files of each kind of ProRes picture: profiles, scans, sizes, alpha."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import frames
from ..atoms import atom
from ..movie import Movie
from ..registry import add, case
from ..write import converted
from ..tracks import video
from ..expected import HEADER_VARIES, Made
from .common import CREATED, SMALL, camhd, clip


def _pictures(path: Path, profile: str, size: frames.Size = SMALL, **options: Any) -> Made:
    """A clip of one kind of picture."""
    scan = options.get("scan", "progressive")
    fiel = atom(b"fiel", body={"progressive": b"\1\0", "tff": b"\2\x09", "bff": b"\2\x0e"}[scan])
    samples = clip(options.pop("count", 8), profile, size, **options)
    movie = Movie([video(samples, frames.PROFILES[profile], size, extensions=[fiel])])
    movie.created = CREATED
    return converted(movie, path)


def _add(name: str, doc: str, *arguments: Any, **options: Any) -> None:
    def maker(path: Path) -> Made:
        return _pictures(path, *arguments, **options)

    maker.__doc__ = doc
    add("sound", maker, name)


for _profile, _codec in frames.PROFILES.items():
    _add(f"profile_{_codec}", f"ProRes {_profile}, progressive.", _profile)
    for _scan in ("tff", "bff"):
        _add(f"profile_{_codec}_{_scan}", f"ProRes {_profile}, {_scan}.", _profile, scan=_scan)

_add("alpha_ap4h", "ProRes 4444 with an alpha plane of 16 bits.", "4444", alpha=True)
_add("alpha_ap4x_tff", "ProRes 4444 XQ with alpha, interlaced.", "4444xq", alpha=True, scan="tff")

for _size in ((127, 95), (33, 17), (17, 19), (16, 16), (1, 1), (720, 486), (2048, 64)):
    _name = f"size_{_size[0]}x{_size[1]}"
    _add(_name, "A picture of that size, ProRes 422.", "standard", _size)
_add("size_127x95_ap4h", "An odd size in 4:4:4.", "4444", (127, 95))
_add("size_127x95_bff", "An odd size in fields.", "standard", (127, 95), scan="bff")

_HD = (1920, 1080)
_add("hd", "1920x1080, ProRes 422, as the camera's.", "standard", _HD, count=4)
_add("hd_tff", "1920x1080, HQ, interlaced.", "hq", _HD, count=4, scan="tff")


@case("sound")
def near_original(path: Path) -> Made:
    """Frames on the lattice of real CamHD pictures if they are here, else ffmpeg's of that size."""
    samples = (frames.near_original() or clip(2, size=_HD)) * 4
    return converted(Movie([video(samples, size=_HD)], created=CREATED), path)


@case("sound")
def long_clip(path: Path) -> Made:
    """200 frames: several shards of 64, and a last one that isn't full."""
    return converted(camhd(clip(200)), path)


@case("sound")
def encoder_changes(path: Path) -> Made:
    """Each frame names another encoder: no difference that matters."""
    samples = [frames.put(f, frames.ENCODER, b"en%02d" % i) for i, f in enumerate(clip())]
    return converted(camhd(samples), path)


@case("sound")
def header_varies(path: Path) -> Made:
    """Field order, aspect, rate and colour change within the clip: flagged, but sound."""
    samples = clip()
    samples[3] = clip(15, scan="tff")[3]
    samples[5] = frames.put(samples[5], frames.RATE, b"\x33")
    samples[6] = frames.put(samples[6], frames.RATE, b"\x24")
    samples[9] = frames.put(samples[9], frames.PRIMARIES, bytes([9, 16, 9]))
    return converted(camhd(samples), path, marks=dict.fromkeys((3, 5, 6, 9), HEADER_VARIES))


@case("sound")
def alpha_appears(path: Path) -> Made:
    """4444 whose fifth frame has alpha."""
    samples = clip(8, "4444")
    samples[4] = clip(8, "4444", alpha=True)[4]
    movie = Movie([video(samples, "ap4h")], created=CREATED)
    return converted(movie, path, marks={4: HEADER_VARIES})
