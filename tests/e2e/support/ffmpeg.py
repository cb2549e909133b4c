"""FFmpeg's view of a movie."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Packet:
    """A frame's place in the file, its time in seconds, and how long it is shown."""

    at: int
    size: int
    pts: Fraction
    lasts: Fraction


def _probe(path: Path, *what: str) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-of", "json", *what, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def movie(path: Path) -> dict[str, Any]:
    """The container: its format and streams."""
    return _probe(path, "-show_format", "-show_streams")


def prores_stream(path: Path) -> dict[str, Any]:
    """The first ProRes stream."""
    return next(s for s in movie(path)["streams"] if s.get("codec_name") == "prores")


def packets(path: Path) -> list[Packet]:
    """Packets of the first ProRes stream, in the order of the track."""
    told = _probe(path, "-show_streams", "-show_packets")
    stream = next(s for s in told["streams"] if s.get("codec_name") == "prores")
    base = Fraction(stream["time_base"])
    return [
        Packet(int(p["pos"]), int(p["size"]), p["pts"] * base, p["duration"] * base)
        for p in told["packets"]
        if p["stream_index"] == stream["index"]
    ]


def interlace(path: Path) -> str:
    """What the decoder says of the first picture of a movie of one stream."""
    (frame,) = _probe(path, "-read_intervals", "%+#1", "-show_frames")["frames"]
    if not frame["interlaced_frame"]:
        return "progressive"
    return "top_field_first" if frame["top_field_first"] else "bottom_field_first"


def copied(path: Path) -> bytes:
    """All frames of a movie of one stream, taken out without decoding them."""
    command: list[str | Path] = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        path,
        "-c",
        "copy",
        "-f",
        "rawvideo",
        "-",
    ]
    return subprocess.run(command, check=True, capture_output=True).stdout


def decoded(path: Path) -> list[str]:
    """A digest for each picture; fails on whatever FFmpeg complains about."""
    command: list[str | Path] = [
        "ffmpeg",
        "-v",
        "error",
        "-xerror",
        "-i",
        path,
        "-map",
        "0:v:0",
        "-f",
        "framemd5",
        "-",
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert not done.stderr, done.stderr
    rows = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    return [row.rpartition(",")[2].strip() for row in rows]
