"""The maker's expectations, confirmed by independent code: ffprobe and ffmpeg."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from maker import DAMAGE, NO_ICPF, RECOVERED, Made, Movie, big, cases, frames, make, many  # noqa: E402
from maker.tracks import pcm, video  # noqa: E402

# Frames that an edit list leaves out: ffmpeg doesn't show them, but they are in the file.
UNSHOWN = {"edit_early": 2, "edit_late_and_early": 2}
# Files whose frames are decoded with errors, as decoys lie in their slices.
SPOILT = {"no_moov_decoys", "no_moov_twins"}
INTERLACE = {"progressive": (0, 0), "top_field_first": (1, 1), "bottom_field_first": (1, 0)}

Packet = tuple[int, int, Fraction]


def probe(path: Path, *what: str) -> dict:
    """ffprobe's answer, as JSON."""
    command = ["ffprobe", "-v", "error", "-of", "json", *what, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def prores_stream(path: Path) -> dict:
    """What ffprobe says of the first ProRes stream."""
    streams = probe(path, "-show_streams")["streams"]
    return next(stream for stream in streams if stream.get("codec_name") == "prores")


def packets(path: Path) -> list[Packet]:
    """(place, size, time) of each frame, in the order of the track."""
    stream = prores_stream(path)
    base = Fraction(stream["time_base"])
    found = probe(path, "-select_streams", str(stream["index"]), "-show_packets")["packets"]
    return [(int(p["pos"]), int(p["size"]), p["pts"] * base) for p in found]


def decode(path: Path, *options: str) -> None:
    """Let ffmpeg decode a file, and stop at the first error."""
    command = ["ffmpeg", "-v", "fatal", "-xerror", "-err_detect", "explode", "-i", str(path)]
    subprocess.run([*command, *options, "-f", "null", "-"], check=True)


def told(made: Made) -> list[Packet]:
    """The expected contents."""
    return [(frame.offset, frame.stated, frame.pts) for frame in made.frames]


@pytest.mark.parametrize("name", cases("sound"))
def test_ffprobe_finds_the_frames_of_valid_files(name: str, tmp_path: Path) -> None:
    made = make(name, tmp_path)
    assert packets(made.path) == told(made)[UNSHOWN.get(name, 0) :]
    for i, frame in enumerate(made.frames):
        assert made.read(i)[:8] == frame.size.to_bytes(4, "big") + b"icpf"
        assert not frame.flags & DAMAGE


@pytest.mark.parametrize("name", cases("sound"))
def test_ffprobe_agrees_with_the_facts(name: str, tmp_path: Path) -> None:
    made = make(name, tmp_path)
    facts = made.facts
    assert facts
    stream = prores_stream(made.path)
    assert (stream["width"], stream["height"]) == (facts.width, facts.height)
    assert stream["codec_tag_string"] == facts.codec
    assert Fraction(stream["time_base"]) == Fraction(1, facts.timescale)
    streams = probe(made.path, "-show_streams")["streams"]
    assert sum(one["codec_type"] == "audio" for one in streams) == facts.audio
    which = ["-select_streams", str(stream["index"]), "-read_intervals", "%+#1", "-show_frames"]
    picture = probe(made.path, *which)["frames"][0]
    shown = (picture["interlaced_frame"], picture["top_field_first"])
    assert shown == INTERLACE[facts.interlace]


@pytest.mark.parametrize("name", cases("sound"))
def test_ffmpeg_decodes_the_frames_of_valid_files(name: str, tmp_path: Path) -> None:
    made = make(name, tmp_path)
    chosen = ["-map", f"0:{prores_stream(made.path)['index']}"]
    decode(made.path, *chosen)


@pytest.mark.parametrize("name", cases())
def test_a_case_has_the_same_bytes_each_time(name: str, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    assert make(name, tmp_path).md5 == make(name, tmp_path / "again").md5


def test_encoding_again_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make("profile_ap4h_tff", tmp_path).md5
    monkeypatch.setenv("CAMZARR_TEST_CACHE", str(tmp_path / "empty"))
    assert make("profile_ap4h_tff", tmp_path).md5 == first
    assert len(list((tmp_path / "empty").iterdir())) == 1


def test_defects_are_in_the_bytes(tmp_path: Path) -> None:
    found: dict[str, str] = {}
    for name in ("usual", *cases("damaged"), *cases("hostile")):
        md5 = make(name, tmp_path).md5
        assert md5 not in found, f"{name} and {found[md5]}"
        found[md5] = name


@pytest.mark.parametrize("name", cases("recovered"))
def test_frames_of_files_without_moov_have_the_expected_offsets(name: str, tmp_path: Path) -> None:
    made = make(name, tmp_path)
    command = ["ffprobe", "-v", "quiet", "-show_streams", made.path]
    assert subprocess.run(command, capture_output=True).stdout == b""
    whole = made.path.read_bytes()
    behind = 0
    for frame in made.frames:
        assert frame.flags == RECOVERED
        assert frame.offset >= behind
        behind = frame.offset + frame.size
        assert whole[frame.offset :][:8] == frame.size.to_bytes(4, "big") + b"icpf"
    assert behind <= made.length


@pytest.mark.parametrize("name", sorted({*cases("recovered")} - SPOILT))
def test_ffmpeg_decodes_the_frames_to_recover(name: str, tmp_path: Path) -> None:
    made = make(name, tmp_path)
    found = [made.read(i) for i in range(len(made.frames))]
    again = tmp_path / "again.mov"
    Movie([video(found, size=frames.size_of(found[0]))]).write(again)
    assert len(packets(again)) == len(found)
    decode(again)


@pytest.mark.parametrize("name", sorted({*cases("damaged")} - {"frame_outside"}))
def test_ffprobe_finds_the_complete_frames_of_damaged_files(name: str, tmp_path: Path) -> None:
    made = make(name, tmp_path)
    whole = {(frame.offset, frame.size) for frame in made.frames if frame.size == frame.stated > 0}
    seen = {packet[:2] for packet in packets(made.path)} if whole else set()
    assert whole <= seen


def test_truncated_and_missing_frames_are_flagged(tmp_path: Path) -> None:
    made = make("cut_short", tmp_path)
    assert made.flags() == [0] * 20 + [8] + [16] * 9
    assert [frame.size for frame in made.frames[19:22]] == [made.frames[19].stated, 1000, 0]
    assert made.frames[20].offset + 1000 == made.length
    assert made.damaged == 10


def test_hostile_files_have_a_reason(tmp_path: Path) -> None:
    for name in cases("hostile"):
        made = make(name, tmp_path)
        assert made.error, name
        assert "failed" in made.outcomes, name
        assert made.length > 0, name


STARTS = [  # case, start_from, start in ns; checked by hand
    ("usual", "header", 1_531_353_602),
    ("z_named", "header", 1_448_690_762),
    ("z_named_wrong_clock", "name", 1_451_606_400),
    ("clock_a_day_off", "header", 1_546_247_700),
    ("unnamed", "header", 1_531_353_602),
    ("timeless", "none", 0),
    ("time_in_mdhd", "header", 1_531_364_407),
    ("no_moov_z", "name", 1_468_303_200),
]


@pytest.mark.parametrize(("name", "source", "seconds"), STARTS)
def test_starts(name: str, source: str, seconds: int, tmp_path: Path) -> None:
    made = make(name, tmp_path)
    assert made.start
    assert (made.start.source, made.start.ns) == (source, seconds * 10**9)
    assert made.frames[0].time == made.start.ns


@pytest.mark.parametrize("name", ["end_named_no_clock", "end_named_wrong_clock"])
def test_a_start_before_the_name(name: str, tmp_path: Path) -> None:
    made = make(name, tmp_path)
    assert made.start and made.start.name_ns and made.facts
    assert made.start.source == "name_end"
    assert made.facts.duration == Fraction(15 * 1001, 30000)
    assert made.start.name_ns - made.start.ns == 500_500_000
    assert made.frames[1].time - made.frames[0].time == 33_366_667


def test_the_name_that_is_used_decides(tmp_path: Path) -> None:
    made = make("timeless", tmp_path / "CAMHDA301-20160101T000000Z_01.mov")
    assert made.start and (made.start.source, made.start.ns) == ("name", 1_451_606_400 * 10**9)


def test_ffmpeg_finds_the_sound(tmp_path: Path) -> None:
    made = make("recorder_2015", tmp_path)
    streams = probe(made.path, "-show_streams")["streams"]
    sound = next(stream for stream in streams if stream["codec_type"] == "audio")
    assert (sound["codec_tag_string"], sound["channels"], sound["sample_rate"]) == (
        "in24",
        16,
        "48000",
    )
    command = ["ffmpeg", "-v", "error", "-i", made.path, "-map", "0:a", "-c", "copy", "-f", "data"]
    heard = subprocess.run([*command, "-"], check=True, capture_output=True).stdout
    like = video([made.read(i) for i in range(len(made.frames))])
    assert heard == b"".join(bytes(chunk.parts[0]) for chunk in pcm("in24", 16, like).chunks)


def test_ffmpeg_finds_the_time_code(tmp_path: Path) -> None:
    made = make("time_code", tmp_path)
    assert prores_stream(made.path)["tags"]["timecode"] == "01:00:00:00"


@pytest.mark.parametrize("name", [name for name in cases("large") if name != "many_frames"])
def test_ffprobe_reads_beyond_4_gib(name: str, tmp_path: Path) -> None:
    made = make(name, tmp_path)
    assert made.length > 1 << 32
    assert made.path.stat().st_blocks * 512 < 1 << 20
    assert packets(made.path) == told(made)


def test_a_frame_lies_across_4_gib(tmp_path: Path) -> None:
    frame = make("around_4gib", tmp_path).frames[6]
    assert frame.offset < 1 << 32 < frame.offset + frame.size


def test_many_frames(tmp_path: Path) -> None:
    made = many(tmp_path / "many.mov", 20_000)
    assert packets(made.path) == told(made)
    assert made.path.stat().st_blocks * 512 < 1 << 20
    assert made.flags() == [0] * 6 + [NO_ICPF] * 19_988 + [0] * 6


def test_big_files_have_distinct_frames(tmp_path: Path) -> None:
    made = big(tmp_path / "big.mov", 20_000_000)
    assert abs(made.length - 20_000_000) < 1_000_000
    assert packets(made.path) == told(made)
    seen = {made.read(i) for i in range(len(made.frames))}
    assert len(seen) == len(made.frames) > 20
    assert made.facts and (made.facts.width, made.facts.height) == (1920, 1080)


def test_frames_are_cut_apart_rightly() -> None:
    two = frames.encode("lt", (64, 48), 2)
    assert frames.split(b"".join(two)) == two
    with pytest.raises(ValueError, match="at byte"):
        frames.split(two[0] + two[1][:-1])
