"""Damaged files are kept as they are and flagged; hostile ones are refused and change nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conftest import Converted_by
from maker import Made, cases, make
from support import tree
from support.clips import Clip
from support.command import FAILED, SOME_FAILED, USAGE, camzarr, convert, convert_one, verify

# Of what may be refused, what isn't: tables that don't get in the way of the frames' own headers.
KEPT = {
    "wrong_track_size": "converted",
    "cut_before_all": "converted",
    "created_at_the_end_of_time": "converted",
    "stsz_missing": "recovered",
    "stsz_count_zero": "recovered",
    "atom_too_small_on_top": "recovered",
    "atom_size_overflows": "recovered",
    "wide_size_too_small": "recovered",
    "moov_empty": "recovered",
    "no_tracks": "recovered",
}
# Not hostile, but refused: one pass over the source can't have them, or nothing would be published.
REFUSED = ["out_of_order", "empty_sample"]


def check_refusal(made: Made, line: dict, message: str) -> None:
    """The error says what it is about."""
    assert made.error
    error = line["error"]
    assert line["status"] == "failed"
    assert made.error.matches(error["code"].upper(), error["message"]), error
    assert error["message"] in message


@pytest.fixture
def store(converted: Converted_by, tmp_path: Path) -> Path:
    """A store with a clip in it that nothing below may touch."""
    shutil.copytree(converted("one_frame").store, tmp_path / "store")
    return tmp_path / "store"


@pytest.mark.parametrize("case", cases("damaged") + cases("recovered") + cases("sound"))
def test_flags_and_messages(case: str, converted: Converted_by) -> None:
    one = converted(case)
    made, flags = one.made, one.clip.column("flags").tolist()
    assert len(flags) == len(made.frames)
    for i, (frame, told) in enumerate(zip(made.frames, flags)):
        assert told & ~frame.free == frame.flags, f"frame {i}"
    damaged = sum(1 for told in flags if told & 0b11111)
    assert one.line["damaged_frames"] == one.clip.mark["damaged_frames"] == damaged
    assert one.line["status"] == made.outcome
    assert one.clip.mark["recovered"] == (made.outcome == "recovered")
    if damaged or made.outcome == "recovered":
        assert one.line["warnings"] == one.clip.mark["warnings"] != []


@pytest.mark.parametrize("case", cases("damaged"))
def test_damaged_files_are_restored_unchanged(
    case: str, converted: Converted_by, tmp_path: Path
) -> None:
    one = converted(case)
    camzarr("restore", one.store, one.name, tmp_path / "again.mov")
    assert (tmp_path / "again.mov").read_bytes() == one.made.path.read_bytes()
    verify(one.store, one.name, "--source", one.made.path)


def test_missing_frame(converted: Converted_by, tmp_path: Path) -> None:
    """A truncated one is given as far as it is there; of a missing one there is nothing to give."""
    one = converted("cut_short")
    camzarr("frame", one.store, one.name, "20", "-o", tmp_path / "20.icpf")
    assert (tmp_path / "20.icpf").read_bytes() == one.made.read(20)
    done = camzarr("frame", one.store, one.name, "21", "-o", tmp_path / "21.icpf", code=FAILED)
    assert "21" in done.err
    assert not (tmp_path / "21.icpf").exists()


@pytest.mark.parametrize("case", ["damaged_frames", "cut_short"])
def test_strict(case: str, tmp_path: Path) -> None:
    made = make(case, tmp_path)
    convert_one(made.path, tmp_path / "store", "--strict", code=FAILED)
    convert_one(make("usual", tmp_path).path, tmp_path / "sound", "--strict")


@pytest.mark.parametrize("case", KEPT)
def test_optional_refusals_are_accepted(case: str, store: Path, tmp_path: Path) -> None:
    made = make(case, tmp_path)
    (line,) = camzarr("convert", "--json", made.path, store).lines()
    assert line["status"] == KEPT[case]
    assert line["status"] in made.outcomes
    verify(store)
    sources = Clip(store, made.path.stem).column("source_offset").tolist()
    assert sources == [frame.offset for frame in made.frames]


@pytest.mark.parametrize(
    "case", sorted({*cases("hostile"), *cases("empty"), *REFUSED} - KEPT.keys())
)
def test_refused_files(case: str, store: Path, tmp_path: Path) -> None:
    """The error says why, and the store is as it was."""
    made = make(case, tmp_path)
    before = tree.identities(store)
    run = camzarr("convert", "--json", made.path, store, code=FAILED)
    (line,) = run.lines()
    assert line["status"] in made.outcomes
    assert tree.identities(store) == before
    if made.outcome == "empty":
        assert "empty" in run.err
    else:
        check_refusal(made, line, run.err)


@pytest.mark.parametrize("case", ["zeros_8k", "codec_avc1", "empty"])
def test_refused_file_creates_no_store(case: str, tmp_path: Path) -> None:
    made = make(case, tmp_path)
    camzarr("convert", made.path, tmp_path / "store", code=FAILED)
    assert not list((tmp_path / "store").rglob("clips/*/*"))


def test_info_survives_hostile_files(tmp_path: Path) -> None:
    """It reads the same tables."""
    for case in cases("hostile") + cases("empty"):
        made = make(case, tmp_path)
        assert camzarr("info", "--json", made.path, code=None).code in (0, 1)


def test_one_bad_file_among_others(tmp_path: Path) -> None:
    paths = [make(case, tmp_path).path for case in ("usual", "codec_avc1", "empty", "one_frame")]
    lines = convert(*paths, tmp_path / "store", code=SOME_FAILED)
    told = {line["source"]: line["status"] for line in lines}
    assert [told[str(path)] for path in paths] == ["converted", "failed", "empty", "converted"]
    verify(tmp_path / "store")
    assert {p.name for p in (tmp_path / "store/clips").iterdir() if p.is_dir()} == {
        paths[0].stem,
        paths[3].stem,
    }


def test_two_sources_of_one_name(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    sources = [
        make(case, tmp_path / f / "same.mov") for case, f in (("usual", "a"), ("rate_25", "b"))
    ]
    done = camzarr("convert", *(made.path for made in sources), tmp_path / "store", code=None)
    assert done.code != 0
    assert "--name" in done.err


@pytest.mark.parametrize("form", ["{}\n", "{}", "{}  CAMHDA301-20180712T001500.mov\n"])
def test_md5_file(form: str, tmp_path: Path) -> None:
    """A .md5 that agrees is fine; one that doesn't stops it, and nothing is published."""
    made = make("usual", tmp_path)
    beside = made.path.with_name(made.path.name + ".md5")
    beside.write_text(form.format(made.md5))
    convert_one(made.path, tmp_path / "right")
    wrong = ("0" if made.md5[0] != "0" else "1") + made.md5[1:]
    beside.write_text(form.format(wrong))
    line = convert_one(made.path, tmp_path / "wrong", code=FAILED)
    assert line["error"]["code"] == "corrupt"
    assert "md5" in line["error"]["message"].lower()
    assert f"camzarr clean STORE {made.path.stem}" in line["error"]["hint"], "bytes are left"
    assert not list((tmp_path / "wrong").glob("clips/*/zarr.json"))


def test_md5_option(tmp_path: Path) -> None:
    """--md5 takes the place of a .md5 file, right or wrong, and decides."""
    made = make("usual", tmp_path)
    beside = made.path.with_name(made.path.name + ".md5")
    beside.write_text("0" * 32)
    convert_one(made.path, tmp_path / "none", "--md5", "none")
    convert_one(made.path, tmp_path / "given", "--md5", made.md5.upper())
    assert tree.digests(tmp_path / "none") == tree.digests(tmp_path / "given")
    line = convert_one(made.path, tmp_path / "wrong", "--md5", "1" * 32, code=FAILED)
    assert line["error"]["code"] == "corrupt" and "--md5" in line["error"]["message"]
    done = camzarr("convert", made.path, tmp_path / "none", code=FAILED)
    assert "the clip is complete" in done.err, "a clip that is there, and a file that disagrees"
    beside.write_text("not a digest")
    assert "--md5 none" in camzarr("convert", made.path, tmp_path / "bad", code=FAILED).err
    beside.write_text("<html>Not found</html>")
    assert "a web page, not an MD5" in camzarr("convert", made.path, tmp_path / "bad", code=FAILED).err
    for wrong in ("1" * 31, "x" * 32, "None"):
        camzarr("convert", made.path, tmp_path / "bad", "--md5", wrong, code=USAGE)
    camzarr("convert", made.path, tmp_path / "a.mov", tmp_path / "bad", "--md5", made.md5, code=USAGE)
