"""Each shard is a QuickTime movie that FFmpeg plays by itself."""

from __future__ import annotations

import struct
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from conftest import Converted_by
from maker import cases
from support import ffmpeg
from support.clips import Clip
from support.command import convert_one

PICTURES = [case for case in cases("sound") if case.startswith(("profile", "alpha", "size", "hd"))]
FEW = ["usual", "rate_25", "odd_timings", "dropped_frames", "nanosecond_timescale", "timeless"]
NS = 1_000_000_000


def atoms(data: bytes) -> list[tuple[bytes, int, int]]:
    """Kind, offset and size of the outermost atoms."""
    found = []
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        size = struct.unpack_from(">Q", data, at + 8)[0] if size == 1 else size
        found.append((kind, at, size))
        at += size
    assert at == len(data)
    return found


@pytest.mark.parametrize("case", PICTURES)
def test_shards_decode_to_the_pictures_of_the_source(case: str, converted: Converted_by) -> None:
    one = converted(case)
    (shard,) = one.clip.shards()
    assert one.made.facts
    assert ffmpeg.decoded(shard) == ffmpeg.decoded(one.made.path)
    assert ffmpeg.copied(shard) == b"".join(map(one.made.read, range(len(one.made.frames))))
    stream = ffmpeg.prores_stream(shard)
    source = ffmpeg.prores_stream(one.made.path)
    for fact in ("width", "height", "codec_tag_string", "pix_fmt"):
        assert stream[fact] == source[fact]
    if "field_order" in source:
        assert stream["field_order"] == source["field_order"]
    assert ffmpeg.interlace(shard) == one.made.facts.interlace


@pytest.mark.parametrize("case", FEW)
def test_times_begin_at_zero_in_each_shard(case: str, converted: Converted_by, tmp_path: Path) -> None:
    made = converted(case).made
    convert_one(made.path, tmp_path / "store", "--frames-per-shard", "4")
    clip = Clip(tmp_path / "store", made.path.stem)
    assert len(clip.shards()) == (len(made.frames) + 3) // 4
    ends = [frame.pts for frame in made.frames][1:]
    ends.append(made.frames[0].pts + made.facts.duration if made.facts else Fraction(0))
    for k, shard in enumerate(clip.shards()):
        frames = list(made.frames)[4 * k : 4 * k + 4]
        packets = ffmpeg.packets(shard)
        assert [p.pts for p in packets] == [frame.pts - frames[0].pts for frame in frames]
        lasts = [ends[4 * k + i] - frame.pts for i, frame in enumerate(frames)]
        assert [p.lasts for p in packets] == lasts
        mine = range(4 * k, 4 * k + len(frames))
        assert [p.at for p in packets] == clip.column("shard_offset")[mine].tolist()
        assert ffmpeg.copied(shard) == b"".join(map(made.read, mine))


@pytest.mark.parametrize("case", ["usual", "z_named", "edit_late", "timeless"])
def test_the_absolute_start_is_in_the_header(
    case: str, converted: Converted_by, tmp_path: Path
) -> None:
    made = converted(case).made
    convert_one(made.path, tmp_path / "store", "--frames-per-shard", "8")
    clip = Clip(tmp_path / "store", made.path.stem)
    for k, shard in enumerate(clip.shards()):
        told = ffmpeg.movie(shard)["format"].get("tags", {}).get("creation_time")
        if clip.mark["start_from"] == "none":
            assert told is None
        else:
            assert told
            assert int(datetime.fromisoformat(told).timestamp()) == made.frames[8 * k].time // NS


@pytest.mark.parametrize("case", ["usual", "long_clip", "cut_short", "hd"])
def test_atoms_follow_the_format(case: str, converted: Converted_by) -> None:
    """ftyp, moov, mdat with frames and nothing else, free with the Zarr index and nothing else."""
    one = converted(case)
    per_shard = one.clip.mark["frames_per_shard"]
    for k, shard in enumerate(one.clip.shards()):
        data = shard.read_bytes()
        found = atoms(data)
        assert [kind for kind, _, _ in found] == [b"ftyp", b"moov", b"mdat", b"free"]
        _, at, size = found[2]
        mine = range(k * per_shard, min((k + 1) * per_shard, len(one.made.frames)))
        frames = b"".join(map(one.made.read, mine))
        assert data[at + size - len(frames) : at + size] == frames
        assert size - len(frames) in (8, 16)
        assert found[3][2] == 8 + 16 * per_shard + 4
        index = np.frombuffer(data[-16 * per_shard - 4 : -4], "<u8").reshape(-1, 2).tolist()
        offsets, sizes = one.clip.column("shard_offset"), one.clip.column("size")
        absent = [2**64 - 1] * 2
        want = [[int(offsets[i]), int(sizes[i])] if sizes[i] else absent for i in mine]
        assert index == want + [absent] * (per_shard - len(want))


def test_a_shard_with_frames_missing(converted: Converted_by, tmp_path: Path) -> None:
    """They are in none of its tables; shards that would hold nothing aren't written."""
    made = converted("cut_short").made
    convert_one(made.path, tmp_path / "store", "--frames-per-shard", "8")
    clip = Clip(tmp_path / "store", made.path.stem)
    assert [path.parts[-4] for path in clip.shards()] == ["0", "1", "2"]
    packets = ffmpeg.packets(clip.shard(2))
    assert [p.size for p in packets] == [frame.size for frame in list(made.frames)[16:21]]
    assert made.facts
    # The last one that is there is shown for those that are missing.
    assert packets[-1].lasts == 4 / made.facts.frame_rate
