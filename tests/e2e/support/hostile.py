"""Small stores whose documents claim large sizes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numcodecs
import numpy as np

from maker import Movie, frames
from maker.tracks import video

from .clips import Clip
from .command import camzarr

HUGE = (65535, 65535)
ZEROS = "0" * 64


def huge_pictures(folder: Path, size: frames.Size = HUGE, count: int = 16) -> Clip:
    """A clip of small frames whose headers, and so its commit marker, claim pictures of that size."""
    sample = frames.encode("hq", (64, 32), 1)[0]
    sample = frames.put_u16(frames.put_u16(sample, frames.WIDTH, size[0]), frames.HEIGHT, size[1])
    Movie([video([sample] * count, "apch", size)]).write(folder / "huge.mov")
    camzarr("convert", "-q", "--name", "huge", folder / "huge.mov", folder / "store")
    return Clip(folder / "store", "huge")


def rewrite_marker(clip: Clip, document: dict) -> None:
    """The clip's commit marker anew, with the digest that is right for it."""
    document["attributes"]["camzarr"]["digest"] = ZEROS
    text = json.dumps(document, indent=2) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    at = text.rindex(ZEROS)
    (clip.folder / "zarr.json").write_text(text[:at] + digest + text[at + len(ZEROS) :])


def claim_frames(clip: Clip, count: int) -> None:
    """Let the marker claim so many frames, with columns of as many zeros: next to nothing, compressed."""
    document = json.loads((clip.folder / "zarr.json").read_bytes())
    ours = document["attributes"]["camzarr"]
    codec = numcodecs.Blosc(cname="zstd", clevel=5, shuffle=1)
    listed = {entry["key"]: entry for entry in ours["objects"]}
    for name, column in clip.index.arrays():
        chunk = codec.encode(np.zeros(count, column.dtype))
        (clip.folder / f"index/{name}/c/0").write_bytes(chunk)
        listed[f"index/{name}/c/0"].update(size=len(chunk), sha256=hashlib.sha256(chunk).hexdigest())
    ours["frames"] = count
    rewrite_marker(clip, document)
