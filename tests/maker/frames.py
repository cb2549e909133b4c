"""ProRes frames as bytes: encoded by ffmpeg, kept in a cache, and small changes to them.

A frame begins with its own 32-bit size and `icpf`; its header follows at byte 8 (SMPTE RDD 36).
"""

from __future__ import annotations

import hashlib
import os
import struct
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Literal

Scan = Literal["progressive", "tff", "bff"]
Size = tuple[int, int]

PROFILES = {
    "proxy": "apco",
    "lt": "apcs",
    "standard": "apcn",
    "hq": "apch",
    "4444": "ap4h",
    "4444xq": "ap4x",
}

# Where the fields of the frame header lie, from the first byte of the frame.
HEADER_SIZE, VERSION, ENCODER, WIDTH, HEIGHT, KIND, RATE, PRIMARIES = 8, 10, 12, 16, 18, 20, 21, 22
NTSC = 0x34  # 16:9, 30000/1001: what a camera writes at RATE; prores_ks leaves it 0

_SOURCE = "testsrc2=s={w}x{h}:r={rate},format=yuv444p,crop={x}:{y}:0:0:exact=1"
_NOISE = "noise=alls={noise}:allf=t:all_seed={seed}"


def encode(
    profile: str,
    size: Size,
    count: int,
    scan: Scan = "progressive",
    *,
    seed: int = 1,
    noise: int = 8,
    alpha: bool = False,
) -> list[bytes]:
    """That many frames of a moving test picture with noise. The same arguments give the same bytes."""
    wide, high = size
    rate = "30000/1001" if scan == "progressive" else "60000/1001"
    picture = _SOURCE.format(w=wide + wide % 2, h=high + high % 2, rate=rate, x=wide, y=high)
    filters = f"{picture},{_NOISE.format(noise=noise, seed=seed)}"
    options = ["-profile:v", str(list(PROFILES).index(profile))]
    if scan != "progressive":
        # setfield: between here and the encoder ffmpeg forgets which field came first.
        filters += f",interlace=scan={scan}:lowpass=0"
        options += ["-vf", f"setfield={scan}"]
        options += ["-flags", "+ildct"]
    chroma = "yuv422p10le" if profile in ("proxy", "lt", "standard", "hq") else "yuv444p10le"
    options += ["-pix_fmt", "yuva444p10le" if alpha else chroma]
    return split(_encoded(filters, count, tuple(options)))


@cache
def near_original() -> list[bytes]:
    """Frames rebuilt from real CamHD pictures, if they lie beside the repository; else []."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data"
    return [path.read_bytes() for path in sorted(folder.glob("camhd_*.icpf"))]


def split(stream: bytes) -> list[bytes]:
    """Frames that follow each other without gaps, apart again."""
    frames = []
    at = 0
    while at < len(stream):
        size = int.from_bytes(stream[at : at + 4], "big")
        if stream[at + 4 : at + 8] != b"icpf" or at + size > len(stream):
            raise ValueError(f"no whole ProRes frame at byte {at} of the encoder's output")
        frames.append(stream[at : at + size])
        at += size
    return frames


def put(frame: bytes, at: int, data: bytes) -> bytes:
    """The frame with other bytes at a place."""
    return frame[:at] + data + frame[at + len(data) :]


def put_u16(frame: bytes, at: int, value: int) -> bytes:
    """The frame with another big-endian number at a place."""
    return put(frame, at, struct.pack(">H", value))


def hide(frame: bytes, data: bytes) -> bytes:
    """The frame with bytes amid the coefficients of its first slice, where anything may stand."""
    picture = 8 + int.from_bytes(frame[HEADER_SIZE : HEADER_SIZE + 2], "big")
    table = picture + (frame[picture] >> 3)
    count, size = struct.unpack_from(">H", frame, picture + 5), struct.unpack_from(">H", frame, table)
    if len(data) > size[0] - 8:
        raise ValueError(f"{len(data)} bytes don't fit into a slice of {size[0]}")
    return put(frame, table + 2 * count[0] + 8, data)


def stuffed(frame: bytes, size: int) -> bytes:
    """The frame made longer by zero stuffing at its end, which its own size counts."""
    if size < len(frame):
        raise ValueError(f"{len(frame)} bytes don't fit into {size}")
    return struct.pack(">I", size) + frame[4:].ljust(size - 4, b"\0")


def scan_of(frame: bytes) -> Scan:
    """Field order by the frame's header."""
    scans: tuple[Scan, ...] = ("progressive", "tff", "bff")
    return scans[frame[KIND] >> 2 & 3]


def size_of(frame: bytes) -> Size:
    """Width and height by the frame's header."""
    wide, high = struct.unpack_from(">HH", frame, WIDTH)
    return wide, high


def _encoded(filters: str, count: int, options: tuple[str, ...]) -> bytes:
    """ffmpeg's output for a source, from the cache if it has been made before."""
    # The number of threads has no influence on the bytes; two leave room for tests beside us.
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", filters, "-frames:v", str(count)]
    command += ["-c:v", "prores_ks", *options, "-threads", "2", "-f", "rawvideo", "-"]
    key = hashlib.sha256("\n".join([_version(), *command]).encode()).hexdigest()[:24]
    kept = _cache_folder() / f"{key}.icpf"
    if kept.exists():
        return kept.read_bytes()
    stream = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    # Under a name of our own first: other processes look into the same folder.
    with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as file:
        file.write(stream)
    os.replace(file.name, kept)
    return stream


@cache
def _version() -> str:
    done = subprocess.run(["ffmpeg", "-version"], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[0]


def _cache_folder() -> Path:
    chosen = os.environ.get("CAMZARR_TEST_CACHE")
    default = Path(tempfile.gettempdir()) / f"camzarr-frames-{os.getuid()}"
    folder = Path(chosen) if chosen else default
    folder.mkdir(parents=True, exist_ok=True)
    return folder
