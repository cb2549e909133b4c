"""Frames, times, facts and the restored MOV, compared with the source file and FFmpeg."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from conftest import Converted, Converted_by
from maker import Made, cases, make
from support import ffmpeg
from support.command import camzarr, convert_one, verify

NS = 1_000_000_000
HIDDEN = {"edit_early": 2, "edit_late_and_early": 2}


def taken_out(one: Converted, folder: Path) -> list[bytes]:
    """Every frame by `camzarr frame`, in one batch."""
    folder.mkdir()
    count = len(one.made.frames)
    camzarr("frame", one.store, one.name, f"0:{count}", "-o", folder / "%06d.icpf")
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == [f"{i:06d}.icpf" for i in range(count)]
    return [path.read_bytes() for path in files]


def rounded(seconds: Fraction) -> int:
    """To ns, ties up, from the exact fraction."""
    return (seconds * NS + Fraction(1, 2)).__floor__()


@pytest.mark.parametrize("case", cases("sound"))
def test_frames_equal_the_packets_of_ffprobe(
    case: str, converted: Converted_by, tmp_path: Path
) -> None:
    one = converted(case)
    source = one.made.path.read_bytes()
    packets = ffmpeg.packets(one.made.path)
    # FFmpeg leaves out frames that an edit list hides; the truth and test_zarr_python.py have them.
    hidden = HIDDEN.get(case, 0)
    frames = taken_out(one, tmp_path / "frames")[hidden:]
    assert frames == [source[p.at : p.at + p.size] for p in packets]
    assert one.clip.column("source_offset")[hidden:].tolist() == [p.at for p in packets]
    assert one.clip.column("size")[hidden:].tolist() == [p.size for p in packets]
    assert one.made.start
    times = [int(t) - one.made.start.ns for t in one.clip.column("time")[hidden:]]
    assert times == [rounded(p.pts) for p in packets]


@pytest.mark.parametrize("case", cases("sound"))
def test_facts_and_start_equal_those_of_the_file(case: str, converted: Converted_by) -> None:
    one = converted(case)
    mark, facts, start = one.clip.mark, one.made.facts, one.made.start
    assert facts and start
    assert (mark["width"], mark["height"], mark["codec"]) == (
        facts.width,
        facts.height,
        facts.codec,
    )
    assert Fraction(mark["frame_rate"]) == facts.frame_rate
    assert mark["interlace"] == facts.interlace
    assert mark["timescale"] == facts.timescale
    assert len(mark["audio"]) == facts.audio
    assert (mark["frames"], mark["damaged_frames"]) == (len(one.made.frames), 0)
    first, last = one.made.frames[0], start.ns + rounded(one.made.frames[0].pts + facts.duration)
    assert (mark["start_ns"], mark["end_ns"], mark["start_from"]) == (
        first.time,
        last,
        start.source,
    )
    assert ("name_time" in mark) == (start.name_ns is not None)
    assert ("header_time" in mark) == (start.header_ns is not None)
    assert mark["source"]["name"] == one.made.path.name
    assert mark["source"]["frame_bytes"] == sum(frame.size for frame in one.made.frames)


@pytest.mark.parametrize("case", cases("sound") + cases("recovered"))
def test_restored_source_is_identical(case: str, converted: Converted_by, tmp_path: Path) -> None:
    one = converted(case)
    camzarr("restore", one.store, one.name, tmp_path / "again.mov")
    again = (tmp_path / "again.mov").read_bytes()
    assert again == one.made.path.read_bytes()
    assert one.clip.mark["source"]["md5"] == one.line["md5"] == hashlib.md5(again).hexdigest()
    assert one.clip.mark["source"]["bytes"] == len(again)


@pytest.mark.parametrize("case", cases("sound") + cases("recovered"))
def test_verify_finds_nothing(case: str, converted: Converted_by) -> None:
    one = converted(case)
    verify(one.store)
    verify(one.store, one.name, "--source", one.made.path)


def test_frames_in_any_order(converted: Converted_by, tmp_path: Path) -> None:
    """And repeated, from any number of shards."""
    made = converted("decoys_in_dead_bytes").made
    store = tmp_path / "store"
    convert_one(made.path, store, "--frames-per-shard", "4")
    want = [59, 0, 31, 31, 4, 3]
    done = camzarr(
        "frame", store, made.path.stem, ",".join(map(str, want)), "-o", "-", "--format", "raw"
    )
    assert done.out == b"".join(made.read(i) for i in want)


CASES_OF_TIME = ("odd_timings", "dropped_frames", "long_clip", "edit_late", "edit_early")


@pytest.mark.parametrize("case", CASES_OF_TIME)
def test_ranges_of_time(case: str, converted: Converted_by) -> None:
    """Compared with the index's own times: all frames that begin in a range, and those on display
    at moments within it."""
    one = converted(case)
    time = one.clip.column("time").astype("int64")
    start, end = (int(one.clip.mark[key]) for key in ("start_ns", "end_ns"))
    first, last = (end - start) // 3, 2 * (end - start) // 3
    late = np.datetime64(start + last, "ns")

    def selected(frames: str) -> bytes:
        args = ("-o", "-", "--format", "raw")
        return camzarr("frame", one.store, one.name, frames, *args).out

    def read(numbers: Iterable[int]) -> bytes:
        return b"".join(one.made.read(int(i)) for i in numbers)

    def text(ns: int) -> str:
        return f"@+{ns // NS}.{ns % NS:09d}"

    within = np.flatnonzero((start + first <= time) & (time < start + last))
    assert len(within) > 0
    assert selected(f"{text(first)}:{text(last)}") == read(within)
    assert selected(f"{text(first)}:@{late}") == read(within)
    for step_ms in (1, 70, 400):  # shorter than a frame, two frames, many
        moments = np.arange(start + first, start + last, step_ms * 1_000_000)
        shown = np.unique(np.searchsorted(time, moments, side="right") - 1)
        assert selected(f"{text(first)}:{text(last)}:{step_ms}ms") == read(shown)
    # Cut to the clip: from long before it to long after it.
    assert selected("@2000-01-01:@2100-01-01") == read(np.flatnonzero(time >= start))


def test_a_range_of_time_without_a_frame(converted: Converted_by) -> None:
    one = converted("usual")
    for frames in ("@2000-01-01:@2000-01-02", "@2100-01-01:@2100-01-02:1h", "@+9000:@+9001"):
        done = camzarr("frame", one.store, one.name, frames, "-o", "-", "--format", "raw", code=1)
        assert f"{frames}: no frame is shown then ({one.name} runs from " in done.err
        assert done.out == b""


def _frames_are_right(made: Made, folder: Path) -> None:
    """For files too large to be kept by a fixture: convert, and compare all frames."""
    store, count = folder / "store", len(made.frames)
    convert_one(made.path, store)
    done = camzarr("frame", store, made.path.stem, f"0:{count}", "-o", "-", "--format", "raw")
    assert done.out == b"".join(made.read(i) for i in range(count))
    assert [p.at for p in ffmpeg.packets(made.path)] == [frame.offset for frame in made.frames]


def test_a_frame_across_4_gib(tmp_path: Path) -> None:
    _frames_are_right(make("around_4gib", tmp_path), tmp_path)


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", ["beyond_4gib", "free_beyond_4gib", "moov_first_beyond_4gib"])
def test_beyond_4_gib(case: str, tmp_path: Path) -> None:
    made = make(case, tmp_path)
    _frames_are_right(made, tmp_path)
    verify(tmp_path / "store", made.path.stem, "--source", made.path)
    camzarr("restore", tmp_path / "store", made.path.stem, tmp_path / "again.mov")
    with (tmp_path / "again.mov").open("rb") as again:
        assert hashlib.file_digest(again, "md5").hexdigest() == made.md5
