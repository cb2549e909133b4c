"""The command's interface: verbs, options, exit codes, and the form of its output."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest

from conftest import Converted, Converted_by
from maker import make
from support import ffmpeg, tree
from support.clips import Clip
from support.command import (
    CAMZARR,
    DIFFERENT,
    FAILED,
    OK,
    ROOT,
    SOME_FAILED,
    USAGE,
    Done,
    camzarr,
    convert_one,
)

VERBS = ["convert", "ls", "info", "frame", "sheet", "find", "verify", "restore", "export", "attributes", "rm"]
VERBS += ["clean", "manifest", "doctor", "serve", "analyse", "scenes", "catalog"]
OPTION = re.compile(r"^  (?:-(\w), |    )--([a-z0-9-]+)(?: (\S+))?  +\S", re.MULTILINE)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def options_of(verb: str) -> dict[str, str]:
    """Its options by their help: name to value, "" for a flag."""
    text = camzarr(verb, "--help").out.decode()
    return {name: value for _, name, value in OPTION.findall(text)}


def error_lines(done: Done) -> list[str]:
    """Standard error, of which the first line is the error and a second one may be a hint."""
    lines = done.err.splitlines()
    assert 1 <= len(lines) <= 2, done.err
    assert re.fullmatch(r"camzarr: \S.*: \S.*", lines[0]), done.err
    return lines


@pytest.fixture
def long_clip(converted: Converted_by) -> Converted:
    """200 frames in four shards."""
    return converted("long_clip")


# ---- Help and usage ---------------------------------------------------------------------------------


def test_version() -> None:
    assert re.fullmatch(rb"camzarr \d+\.\d+\.\d+\n", camzarr("--version").out)


def test_all_ways_to_get_help_print_the_same() -> None:
    text = camzarr("--help").out
    assert text == camzarr("-h").out == camzarr("help").out
    for verb in VERBS:
        assert f"  {verb} ".encode() in text
        own = camzarr(verb, "--help").out
        assert own == camzarr("help", verb).out == camzarr(verb, "-h").out
        assert own.startswith(f"usage: camzarr {verb} ".encode())
        assert max(map(len, own.splitlines())) <= 100


def test_no_command_prints_the_help_and_fails() -> None:
    run = subprocess.run([CAMZARR], capture_output=True)
    assert (run.returncode, run.stdout) == (USAGE, b"")
    assert run.stderr == camzarr("--help").out


@pytest.mark.parametrize(
    "words, said",
    [
        (["frobnicate"], "no such command"),
        (["--json", "ls", "S"], "before the command"),
        (["help", "frobnicate"], "no such command"),
        (["help", "ls", "rm"], "one command"),
        (["convert"], "SOURCE... STORE"),
        (["convert", "a.mov"], "SOURCE... STORE"),
        (["ls"], "STORE"),
        (["ls", "S", "T"], "T: unexpected argument"),
        (["info"], "missing argument"),
        (["info", "S", "C", "x"], "x: unexpected argument"),
        (["frame", "S", "C"], "missing argument"),
        (["frame", "S", "C", "7"], "-o OUT"),
        (["frame", "S", "C", "7", "-o"], "--out: requires OUT"),
        (["frame", "S", "C", "7", "-o", ""], "--out"),
        (["frame", "S", "C", "7", "-o", "-", "--json"], "standard output"),
        (["sheet", "S", "C"], "-o OUT"),
        (["sheet", "S", "C", "-o", "x.gif"], ".jpg or .png"),
        (["sheet", "S", "C", "-o", "-"], ".jpg or .png"),
        (["sheet", "S", "C", "-o", "-", "--format", "png", "--json"], "standard output"),
        (["serve"], "missing argument"),
        (["serve", "S", "--port", "x"], "--port x"),
        (["serve", "S", "--port", "70000"], "--port 70000"),
        (["serve", "S", "--listen", "0.0.0.0"], "--remote"),
        (["find", "S"], "--like CLIP@FRAME"),
        (["find", "S", "--like"], "--like: requires CLIP@FRAME"),
        (["find", "S", "--like", "C@0", "--limit", "0"], "1 to"),
        (["find", "S", "--like", "C@0", "--min-score", "1.1"], "--min-score 1.1"),
        (["restore", "S", "C"], "missing argument"),
        (["restore", "S", "C", "-", "--json"], "standard output"),
        (["export", "kerchunk", "S"], "missing argument"),
        (["analyse"], "missing argument"),
        (["analyse", "S", "--overview", "none"], "nothing to make"),
        (["analyse", "S", "--overview", "0"], "not pictures per second"),
        (["scenes", "S"], "missing argument"),
        (["scenes", "S", "C", "--labels"], "--labels: requires FILE"),
        (["attributes"], "missing argument"),
        (["attributes", "S", "C", "x"], "x: unexpected argument"),
        (["attributes", "S", "--set"], "--set: requires FILE"),
        (["rm", "S"], "missing argument"),
        (["verify", "S", "--source", "a.mov"], "requires exactly one clip"),
        (["verify", "S", "A", "B", "--source", "a.mov"], "requires exactly one clip"),
        (["ls", "S", "--frobnicate"], "--frobnicate: unknown option"),
        (["ls", "S", "-x"], "-x: unknown option"),
        (["ls", "S", "--overwrite"], "--overwrite: unknown option"),
        (["ls", "S", "--json=yes"], "--json: takes no value"),
        (["convert", "a", "S", "--name"], "--name: requires NAME"),
        (["convert", "a", "b", "S", "--name", "c"], "one source"),
        (["convert", "a", "S", "--frames-per-shard", "0"], "1 to 1024"),
        (["convert", "a", "S", "--frames-per-shard", "1025"], "1 to 1024"),
        (["convert", "a", "S", "--frames-per-shard", "-1"], "1 to 1024"),
        (["convert", "a", "S", "--frames-per-shard", "64x"], "1 to 1024"),
        (["convert", "a", "S", "--frames-per-shard", "18446744073709551680"], "1 to 1024"),
        (["convert", "a", "S", "--threads", "0"], "1 to 1024"),
        (["convert", "a", "S", "--memory", "lots"], "not a size"),
        (["convert", "a", "S", "--memory", "1GB"], "not a size"),
        (["convert", "a", "S", "--memory", "1000"], "not a size"),
        (["convert", "a", "S", "--memory", "99999999999T"], "not a size"),
        (["convert", "x/a.mov", "y/a.mp4", "S"], "--name"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_usage_errors(words: list[str], said: str, tmp_path: Path) -> None:
    done = camzarr(*words, code=USAGE, cwd=tmp_path)
    assert said in "\n".join(error_lines(done))
    assert done.out == b""
    assert not list(tmp_path.iterdir()), "nothing is made of a usage error"


def test_options_may_follow_arguments(long_clip: Converted, tmp_path: Path) -> None:
    want = camzarr("info", long_clip.store, long_clip.name, "--json").out
    assert camzarr("info", "--json", long_clip.store, long_clip.name).out == want
    assert camzarr("info", long_clip.store, "--json", long_clip.name).out == want
    out = tmp_path / "7.icpf"
    camzarr("frame", f"--out={out}", long_clip.store, long_clip.name, "--", "7")
    assert out.read_bytes() == long_clip.made.read(7)


def test_every_command_has_the_common_options() -> None:
    for verb in VERBS:
        assert {"json", "quiet", "verbose", "help"} <= set(options_of(verb))


def test_completion_offers_the_options_of_the_help() -> None:
    bash = (ROOT / "cli/completion/camzarr.bash").read_text()
    common = re.search(r"common='([^']*)'", bash)
    network = re.search(r"network='([^']*)'", bash)
    with_value = re.search(r"values='([^']*)'", bash)
    assert common and network and with_value
    told = {name: value for verb in VERBS for name, value in options_of(verb).items()}
    assert set(with_value[1].split()) == {f"--{name}" for name, value in told.items() if value}
    zsh = (ROOT / "cli/completion/_camzarr").read_text()
    shared = re.search(r"common=\((.*?)\n    \)", zsh, re.DOTALL)
    online = re.search(r"network=\((.*?)\n    \)", zsh, re.DOTALL)
    assert shared and online
    for verb in VERBS:
        options = {f"--{name}" for name in options_of(verb)}
        line = re.search(rf"^    {verb}\) options=(.*) ;;$", bash, re.MULTILINE)
        assert line
        words = line[1].strip('"').replace("$common", common[1]).replace("$network", network[1])
        assert sorted(words.split()) == sorted(options)
        part = re.search(rf"^    {verb}\)(.*?);;$", zsh, re.MULTILINE | re.DOTALL)
        assert part
        offered = part[1].replace("$network", online[1]) + shared[1]
        assert set(re.findall(r"--[a-z0-9-]+", offered)) == options


def test_the_manual_has_every_option() -> None:
    manual = (ROOT / "docs/camzarr.1").read_text()
    described = set(re.findall(r"^\.It Fl -([a-z0-9-]+)", manual, re.MULTILINE))
    assert described == {name for verb in VERBS for name in options_of(verb)}
    for verb in VERBS:
        assert f"\n.Cm {verb}\n" in manual and f"\n.It Cm {verb}\n" in manual


def test_the_bash_completion_completes(long_clip: Converted) -> None:
    script = ROOT / "cli/completion/camzarr.bash"

    def complete(*words: str) -> list[str]:
        shell = (
            f'source {script}; compopt() {{ :; }}; COMP_WORDS=(camzarr "$@"); COMP_CWORD=$#; '
            '_camzarr; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        run = subprocess.run(["bash", "-c", shell, "-", *words], capture_output=True, check=True)
        return run.stdout.decode().split()

    assert complete("ver") == ["verify"]
    assert complete("convert", "--frames") == ["--frames-per-shard"]
    assert complete("info", str(long_clip.store), "") == [long_clip.name]
    assert complete("frame", "-o", "x.mov", str(long_clip.store), "") == [long_clip.name]
    planes = ["yuv422p10le", "yuv444p10le", "yuv444p12le", "yuva444p10le", "yuva444p12le"]
    assert complete("frame", "--format", "y") == ["yuv", *planes]
    assert complete("frame", "--compression", "") == ["fast", "default", "best", "none"]
    assert complete("frame", "--scale", "") == ["1/2", "1/4", "1/8"]


# ---- convert ----------------------------------------------------------------------------------------


def test_convert_prints_text_on_stderr(tmp_path: Path) -> None:
    source, store = make("usual", tmp_path).path, tmp_path / "store"
    done = camzarr("convert", source, store)
    assert done.out == b""
    assert re.fullmatch(
        rf"{source.stem}: converted \d+ frames, \d+\.\d kB in \d+\.\d s \(.* [kMG]?B/s\)\n", done.err
    )
    assert camzarr("convert", source, store).err == f"{source.stem}: already in the store\n"
    done = camzarr("convert", "-v", source, store)
    assert hashlib.md5(source.read_bytes()).hexdigest() in done.err
    assert camzarr("convert", "-q", source, store, "--overwrite").err == ""


def test_convert_prints_nothing_else_with_json(tmp_path: Path) -> None:
    done = camzarr("convert", "--json", make("usual", tmp_path).path, tmp_path / "store")
    (line,) = done.lines()
    assert done.err == ""
    assert line["status"] == "converted"
    assert line["bytes_read"] == make("usual", tmp_path).length
    assert line["seconds"] > 0


def test_report_has_the_same_lines_and_is_appended_to(tmp_path: Path) -> None:
    report, store = tmp_path / "run.jsonl", tmp_path / "store"
    source = make("usual", tmp_path).path
    printed = camzarr("convert", "--json", "--report", report, source, store).out
    assert report.read_bytes() == printed
    camzarr("convert", "--report", report, source, store)
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert [line["status"] for line in lines] == ["converted", "present"]


def test_unwritable_report_is_an_error_before_the_conversion(tmp_path: Path) -> None:
    source, store = make("usual", tmp_path).path, tmp_path / "store"
    done = camzarr("convert", "--report", tmp_path / "no/run.jsonl", source, store, code=FAILED)
    assert "run.jsonl" in error_lines(done)[0]
    assert not store.exists()
    done = camzarr("convert", "-q", "--report", "/dev/full", source, store, code=FAILED)
    assert "/dev/full: No space left" in error_lines(done)[0]


def test_dry_run(tmp_path: Path) -> None:
    source, store = make("usual", tmp_path).path, tmp_path / "store"
    line = convert_one("--dry-run", source, store)
    assert (line["status"], line["bytes_written"]) == ("planned", 0)
    assert not store.exists()
    assert "would be converted" in camzarr("convert", "-n", source, store).err
    camzarr("convert", source, store)
    before = tree.identities(store)
    assert convert_one("--dry-run", source, store)["status"] == "present"
    assert camzarr("rm", "--dry-run", store, source.stem).err == f"{source.stem}: would be removed\n"
    assert tree.identities(store) == before
    camzarr("rm", "--dry-run", store, "another", code=FAILED)


def test_options_of_convert_reach_the_store(tmp_path: Path) -> None:
    made, store = make("long_clip", tmp_path), tmp_path / "store"
    line = convert_one(
        made.path, store, "--name", "a", "--frames-per-shard", "10", "--sha256", "--threads", "3", "--memory", "128M"
    )
    assert line["clip"] == "a"
    clip = Clip(store, "a")
    assert len(clip.shards()) == 20
    assert clip.mark["source"]["sha256"] == hashlib.sha256(made.path.read_bytes()).hexdigest()
    line = convert_one(made.path, store, "--recover")
    assert line["status"] == "recovered"
    assert camzarr("ls", store, "--json").lines()[0]["name"] == "a"


def test_conflicting_source_is_refused_with_a_hint(tmp_path: Path) -> None:
    store = tmp_path / "store"
    convert_one(make("usual", tmp_path).path, store, "--name", "a")
    other = make("rate_25", tmp_path).path
    done = camzarr("convert", other, store, "--name", "a", code=FAILED)
    assert "--overwrite" in error_lines(done)[1]
    assert convert_one(other, store, "--name", "a", "--overwrite")["status"] == "converted"
    assert camzarr("info", store, "a", "--json").lines()[0]["frame_rate"] == "25/1"


def test_exit_codes_of_several_sources(tmp_path: Path) -> None:
    good, empty = make("usual", tmp_path).path, make("empty", tmp_path).path
    store = tmp_path / "store"
    lines = camzarr("convert", "--json", empty, good, "gone.mov", store, code=SOME_FAILED).lines()
    assert [line["status"] for line in lines] == ["empty", "converted", "failed"]
    assert [line["clip"] for line in lines] == [empty.stem, good.stem, "gone"]
    assert lines[2]["error"]["code"] == "absent"
    assert lines[2]["md5"] is None
    camzarr("convert", empty, store, code=FAILED)
    camzarr("convert", empty, "gone.mov", store, code=FAILED)
    camzarr("convert", good, store)


def test_damage_is_a_warning_and_with_strict_an_error(tmp_path: Path) -> None:
    made, store = make("damaged_frames", tmp_path), tmp_path / "store"
    done = camzarr("convert", made.path, store)
    assert f"camzarr: warning: {made.path.stem}: " in done.err
    assert camzarr("convert", "-q", made.path, store, "--overwrite").err == ""
    done = camzarr("convert", "-q", "--strict", made.path, store, code=FAILED)
    assert "damaged" in error_lines(done)[0]
    line = convert_one("--strict", made.path, store, code=FAILED)
    assert line["damaged_frames"] == made.damaged


# ---- ls and info ------------------------------------------------------------------------------------


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A store of three clips, one of them without a known start."""
    store = tmp_path / "store"
    sources = [make(case, tmp_path).path for case in ("usual", "timeless", "hd")]
    camzarr("convert", "-q", *sources, store)
    return store


def test_ls_is_a_table(three: Path) -> None:
    rows = camzarr("ls", three).out.decode().splitlines()
    lines = camzarr("ls", "--json", three).lines()
    assert rows[0].split() == ["NAME", "START", "DURATION", "FRAMES", "SIZE", "PICTURE", "CODEC"]
    assert len(rows) == 4
    for row, line in zip(rows[1:], lines, strict=True):
        cells = re.split(r"  +", row)
        assert cells[0] == line["name"]
        assert cells[1] == ("-" if line["start_from"] == "none" else line["start"])
        assert cells[3] == str(line["frames"])
        assert cells[5:] == [f"{line['width']}x{line['height']}", line["codec"]]
    assert [line["name"] for line in lines] == sorted(line["name"] for line in lines)
    assert rows[0].index("CODEC") == rows[1].index(lines[0]["codec"])
    assert lines[1]["source"] in camzarr("ls", "-v", three).out.decode()


def test_ls_lists_readable_clips(three: Path) -> None:
    names = [line["name"] for line in camzarr("ls", "--json", three).lines()]
    mark = three / "clips" / names[0] / "zarr.json"
    mark.write_bytes(mark.read_bytes()[:-20])
    done = camzarr("ls", "--json", three, code=SOME_FAILED)
    assert [line["name"] for line in done.lines()] == names[1:]
    assert names[0] in error_lines(done)[0]
    assert len(camzarr("ls", three, code=SOME_FAILED).out.splitlines()) == 3
    (told,) = camzarr("info", "--json", three).lines()
    assert (told["clips"], told["unreadable_clips"]) == (3, 1)
    for name in names[1:]:
        (three / "clips" / name / "zarr.json").write_bytes(b"")
    assert camzarr("ls", three, code=FAILED).out == b""


def test_store_without_clips(tmp_path: Path) -> None:
    source, store = make("usual", tmp_path).path, tmp_path / "store"
    camzarr("convert", source, store)
    camzarr("rm", store, source.stem)
    assert camzarr("ls", store).out == b""
    assert camzarr("ls", "--json", store).lines() == []
    assert camzarr("verify", store).err.splitlines()[0] == "0 of 0 clips intact"
    assert camzarr("info", "--json", store).lines()[0]["clips"] == 0


@pytest.mark.parametrize("verb", ["ls", "info", "verify"])
def test_not_a_store(verb: str, tmp_path: Path) -> None:
    assert "nowhere" in error_lines(camzarr(verb, tmp_path / "nowhere", code=FAILED))[0]
    (tmp_path / "folder").mkdir()
    error_lines(camzarr(verb, tmp_path / "folder", code=FAILED))


def test_info_of_a_mov_and_its_clip_is_the_same(converted: Converted_by) -> None:
    one = converted("everything")
    (mov,) = camzarr("info", "--json", one.made.path).lines()
    (clip,) = camzarr("info", "--json", one.store, one.name).lines()
    shared = set(mov) & set(clip)
    assert {"frames", "start", "duration", "audio", "timecode", "header_time"} <= shared
    assert {key: mov[key] for key in shared} == {key: clip[key] for key in shared}
    facts = one.made.facts
    assert facts and one.made.start
    assert (mov["width"], mov["height"], mov["codec"]) == (facts.width, facts.height, facts.codec)
    assert Fraction(mov["frame_rate"]) == facts.frame_rate
    assert mov["moov"] is facts.moov is True
    assert mov["bytes"] == one.made.length
    assert mov["start_from"] == one.made.start.source
    assert [track["kind"] for track in mov["tracks"]].count("soun") == facts.audio
    assert mov["notes"] == [{"key": "\xa9swr", "text": "icpf moov stsz"}]


def test_info_text_has_a_row_per_member(converted: Converted_by) -> None:
    one = converted("everything")
    for words in ([one.made.path], [one.store], [one.store, one.name]):
        (told,) = camzarr("info", "--json", *words).lines()
        text = camzarr("info", "-v", *words).out.decode()
        titles = {key.replace("_", " ") for key, value in told.items() if value != []}
        assert titles == {re.split(r"  ", row)[0] for row in text.splitlines() if row[0] != " "}
        assert str(told["frames"]) in text
        assert len(camzarr("info", *words).out) <= len(text)


def test_info_recovers_a_mov_without_moov(tmp_path: Path) -> None:
    made = make("no_moov", tmp_path)
    (line,) = camzarr("info", "--json", made.path).lines()
    assert (line["moov"], line["frames"]) == (False, len(made.frames))
    assert line["warnings"]


def test_info_of_other_files(tmp_path: Path) -> None:
    made = make("usual", tmp_path)
    assert "not a store" in error_lines(camzarr("info", made.path, "clip", code=USAGE))[0]
    error_lines(camzarr("info", make("empty", tmp_path).path, code=FAILED))
    error_lines(camzarr("info", tmp_path / "gone.mov", code=FAILED))


# ---- frame ------------------------------------------------------------------------------------------


def numbers(one: Converted, frames: str, tmp_path: Path) -> list[int]:
    """The frames that FRAMES means, by their bytes on standard output."""
    done = camzarr("frame", one.store, one.name, frames, "--format", "raw", "-o", "-")
    data, at = [], 0
    while at < len(done.out):
        size = int.from_bytes(done.out[at : at + 4], "big")
        data.append(done.out[at : at + size])
        at += size
    known = {one.made.read(i): i for i in range(len(one.made.frames))}
    return [known[frame] for frame in data]


@pytest.mark.parametrize(
    "frames, want",
    [
        ("7", [7]),
        ("7,9,12", [7, 9, 12]),
        ("12,7,7", [12, 7, 7]),
        ("0:5", [0, 1, 2, 3, 4]),
        ("0:200:60", [0, 60, 120, 180]),
        ("198:", [198, 199]),
        (":2", [0, 1]),
        ("::100", [0, 100]),
        ("@+0", [0]),
        ("@+1", [29]),
        ("@+1.001", [30]),
        ("199,@+0.05,3:5", [199, 1, 3, 4]),
    ],
)
def test_frames(frames: str, want: list[int], long_clip: Converted, tmp_path: Path) -> None:
    assert numbers(long_clip, frames, tmp_path) == want


def test_frames_by_time(long_clip: Converted, tmp_path: Path) -> None:
    out = camzarr("frame", long_clip.store, long_clip.name, "40", "-o", tmp_path / "a.icpf", "--json")
    time = out.lines()[0]["time"]
    assert numbers(long_clip, f"@{time}", tmp_path) == [40]
    assert numbers(long_clip, f"@{time.rstrip('Z').replace('T', ' ')}", tmp_path) == [40]


@pytest.mark.parametrize("frames", ["200", "0:201", "200:", "7,1000000", "@+6.68", "@2018", "@1999-01-01"])
def test_missing_frames(frames: str, long_clip: Converted, tmp_path: Path) -> None:
    out = tmp_path / "x.icpf"
    code = USAGE if frames == "@2018" else FAILED
    done = camzarr("frame", long_clip.store, long_clip.name, frames, "-o", out, code=code)
    line = error_lines(done)[0]
    if code == FAILED:
        assert "frames 0 to 199" in line if "@" not in frames else "runs from" in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("frames", ["", "x", "-1", "5:5", "9:3", "0:9:0", "7,,9", "@", "@+", "1.5"])
def test_invalid_frames_arguments(frames: str, long_clip: Converted, tmp_path: Path) -> None:
    words = ["-o", tmp_path / "x.icpf", "--", long_clip.store, long_clip.name, frames]
    assert "0:300:30" in error_lines(camzarr("frame", *words, code=USAGE))[1]


def test_one_file_per_frame(long_clip: Converted, tmp_path: Path) -> None:
    words = ["frame", long_clip.store, long_clip.name, "7,199"]
    (tmp_path / "there").mkdir()
    for out, names in [
        (tmp_path / "a_%06d.icpf", ["a_000007.icpf", "a_000199.icpf"]),
        (tmp_path / "b%d.icpf", ["b7.icpf", "b199.icpf"]),
        (f"{tmp_path}/new/", [f"new/{long_clip.name}_000007.icpf", f"new/{long_clip.name}_000199.icpf"]),
        (tmp_path / "there", [f"there/{long_clip.name}_000007.icpf", f"there/{long_clip.name}_000199.icpf"]),
    ]:
        lines = camzarr(*words, "-o", out, "--json").lines()
        assert [line["path"] for line in lines] == [str(tmp_path / name) for name in names]
        assert [(line["clip"], line["frame"]) for line in lines] == [(long_clip.name, 7), (long_clip.name, 199)]
        for name, frame in zip(names, (7, 199), strict=True):
            assert (tmp_path / name).read_bytes() == long_clip.made.read(frame)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 8, "and nothing else"


def test_several_frames_need_several_names(long_clip: Converted, tmp_path: Path) -> None:
    done = camzarr("frame", long_clip.store, long_clip.name, "7,9", "-o", tmp_path / "x.icpf", code=USAGE)
    hint = error_lines(done)[1]
    assert "%06d" in hint and "folder" in hint
    assert not list(tmp_path.iterdir())


def test_existing_files_are_kept(long_clip: Converted, tmp_path: Path) -> None:
    out = tmp_path / "x.icpf"
    out.write_bytes(b"mine")
    words = ["frame", long_clip.store, long_clip.name, "7", "-o", out]
    done = camzarr(*words, code=FAILED)
    assert "--overwrite" in error_lines(done)[1]
    assert out.read_bytes() == b"mine"
    camzarr(*words, "--overwrite")
    assert out.read_bytes() == long_clip.made.read(7)
    assert out.stat().st_mode & 0o777 == 0o666 & ~current_umask()
    assert list(tmp_path.iterdir()) == [out]


def current_umask() -> int:
    """Of this process, and so of the ones that it starts."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    "out, code, said",
    [
        ("x.gif", USAGE, "file formats are"),
        ("x", USAGE, "file formats are"),
        ("-", USAGE, "--format"),
        ("/dev/null", USAGE, "form"),
        ("no/x.icpf", FAILED, "no/x.icpf"),
    ],
)
def test_invalid_outputs(
    out: str, code: int, said: str, long_clip: Converted, tmp_path: Path
) -> None:
    done = camzarr("frame", long_clip.store, long_clip.name, "7", "-o", out, code=code, cwd=tmp_path)
    assert said in "\n".join(error_lines(done))


@pytest.mark.parametrize(
    "out, form", [("x.png", "yuv"), ("x.mov", "raw"), ("x.icpf", "raw"), ("%d.tif", "png")]
)
def test_a_format_that_contradicts_the_extension(
    out: str, form: str, long_clip: Converted, tmp_path: Path
) -> None:
    words = ("frame", long_clip.store, long_clip.name, "7", "-o", out, "--format", form)
    done = camzarr(*words, code=USAGE, cwd=tmp_path)
    extension = out[out.index(".") :]
    assert error_lines(done)[0] == (
        f"camzarr: {out}: --format {form} contradicts the extension {extension}"
    )
    assert list(tmp_path.iterdir()) == []


def test_only_regular_files_are_replaced(long_clip: Converted, tmp_path: Path) -> None:
    """Such as a device; a FIFO of the test's own stands for one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = ["frame", long_clip.store, long_clip.name, "7", "-o", pipe, "--format", "raw"]
    assert "not a regular file" in error_lines(camzarr(*words, "--overwrite", code=USAGE))[0]
    assert pipe.is_fifo()


def test_failed_output_leaves_no_file(long_clip: Converted, tmp_path: Path) -> None:
    store = tmp_path / "store"
    subprocess.run(["cp", "-r", long_clip.store, store], check=True)
    clip = Clip(store, long_clip.name)
    shard = clip.shard(2)
    shard.write_bytes(shard.read_bytes()[: int(clip.column("shard_offset")[150])])
    (tmp_path / "out").mkdir()
    for name in ("x.mov", "x.avi", "x.raw", "%d.icpf"):
        error_lines(camzarr("frame", store, clip.name, "150", "-o", tmp_path / "out" / name, code=FAILED))
    error_lines(camzarr("restore", store, clip.name, tmp_path / "out/again.mov", code=FAILED))
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("case", ["long_clip", "odd_timings", "dropped_frames", "rate_2997", "edit_late", "hd_tff"])
def test_movie_keeps_frames_and_times(case: str, converted: Converted_by, tmp_path: Path) -> None:
    one = converted(case)
    out = tmp_path / "x.mov"
    camzarr("frame", one.store, one.name, "2:", "-o", out)
    was, now = ffmpeg.packets(one.made.path)[2:], ffmpeg.packets(out)
    data = out.read_bytes()
    assert [data[p.at : p.at + p.size] for p in now] == [one.made.read(i) for i in range(2, len(now) + 2)]
    assert [p.pts for p in now] == [p.pts - was[0].pts for p in was]
    assert [p.lasts for p in now] == [p.lasts for p in was]
    shown = ffmpeg.prores_stream(out)
    source = ffmpeg.prores_stream(one.made.path)
    for key in ("codec_tag_string", "width", "height", "field_order", "time_base"):
        assert shown.get(key) == source.get(key)


def test_movie_of_every_nth_frame_has_the_duration_of_the_clip(long_clip: Converted, tmp_path: Path) -> None:
    out = tmp_path / "x.mov"
    (line,) = camzarr("frame", long_clip.store, long_clip.name, "0:200:50", "-o", out, "--json").lines()
    assert (line["frame"], line["frames"]) == (0, 4)
    step = 50 * Fraction(1001, 30000)
    assert [(p.pts, p.lasts) for p in ffmpeg.packets(out)] == [(i * step, step) for i in range(4)]
    assert len(ffmpeg.decoded(out)) == 4


def test_avi(long_clip: Converted, tmp_path: Path) -> None:
    out = tmp_path / "x.avi"
    camzarr("frame", long_clip.store, long_clip.name, ":", "-o", out)
    assert ffmpeg.copied(out) == b"".join(long_clip.made.read(i) for i in range(200))
    assert ffmpeg.prores_stream(out)["r_frame_rate"] == "30000/1001"
    assert ffmpeg.decoded(out)[:3] == ffmpeg.decoded(long_clip.made.path)[:3]
    done = camzarr("frame", long_clip.store, long_clip.name, "7,9,12", "-o", tmp_path / "y.avi", code=FAILED)
    assert ".mov" in error_lines(done)[1]
    assert list(tmp_path.iterdir()) == [out]


def test_movie_frames_must_be_ascending(long_clip: Converted, tmp_path: Path) -> None:
    for frames in ("9,7", "7,7"):
        words = ["frame", long_clip.store, long_clip.name, frames, "-o", tmp_path / "x.mov"]
        assert "ascend" in error_lines(camzarr(*words, code=USAGE))[0]


def test_movie_through_a_pipe(long_clip: Converted, tmp_path: Path) -> None:
    words = ["frame", long_clip.store, long_clip.name, "5:9"]
    camzarr(*words, "-o", tmp_path / "x.mov")
    assert camzarr(*words, "-o", "-", "--format", "mov").out == (tmp_path / "x.mov").read_bytes()


# ---- verify, restore, rm ----------------------------------------------------------------------------


def test_verify_prints_a_summary(three: Path) -> None:
    done = camzarr("verify", three)
    assert (done.out, done.err) == (b"", "3 of 3 clips intact\n")
    assert camzarr("verify", "-q", three).err == ""
    assert camzarr("verify", "-v", three).out.count(b": intact\n") == 3
    name = camzarr("ls", "--json", three).lines()[0]["name"]
    shard = three / "clips" / name / "video/video/c/0/0/0/0"
    shard.unlink()
    done = camzarr("verify", three, code=DIFFERENT)
    assert f"{name}: clips/{name}/video/video/c/0/0/0/0: " in done.out.decode()
    assert done.err == "2 of 3 clips intact\n"
    lines = camzarr("verify", "--json", three, name, code=DIFFERENT).lines()
    assert lines[-1] == {
        "clip": name,
        "status": "different",
        "differences": len(lines) - 1,
        "bytes_read": True,
    }


def test_verify_groups_findings(long_clip: Converted, tmp_path: Path) -> None:
    """One line for an object with its frames, however many of them are damaged; JSON lists each."""
    store = tmp_path / "store"
    shutil.copytree(long_clip.store, store)
    name = long_clip.name
    shard = f"clips/{name}/video/video/c/0/0/0/0"
    index = long_clip.clip
    offset, size = (index.column(c) for c in ("shard_offset", "size"))

    def damage(frames: Iterable[int]) -> None:
        with (store / shard).open("r+b") as file:
            for i in frames:
                file.seek(int(offset[i]) + int(size[i]) - 1)
                (byte,) = file.read(1)
                file.seek(-1, os.SEEK_CUR)
                file.write(bytes([byte ^ 0xFF]))

    why = "the frame's CRC-32C is wrong"
    damage([7])
    assert camzarr("verify", store, code=DIFFERENT).out.decode() == f"{name}: {shard}: frame 7: {why}\n"
    damage([8, 9, 10])
    done = camzarr("verify", store, code=DIFFERENT)
    assert done.out.decode() == f"{name}: {shard}: frames 7 to 10: {why}\n"
    damage([3])
    done = camzarr("verify", store, code=DIFFERENT)
    assert done.out.decode() == f"{name}: {shard}: 5 of the frames 3 to 10: {why}\n"
    lines = camzarr("verify", "--json", store, code=DIFFERENT).lines()
    assert [line.get("frame") for line in lines] == [3, 7, 8, 9, 10, None]


@pytest.mark.parametrize(
    "words",
    [
        "info STORE NAME",
        "frame STORE NAME 0 -o - --format raw",
        "restore STORE NAME -",
        "verify -q STORE NAME",
        "attributes STORE NAME",
        "analyse STORE NAME",
        "scenes STORE NAME",
        "sheet STORE NAME -o sheet.png",
        "export kerchunk STORE NAME -",
        "rm STORE NAME",
    ],
)
def test_a_missing_clip_names_those_that_are_there(words: str, three: Path) -> None:
    names = [line["name"] for line in camzarr("ls", "--json", three).lines()]
    for missing in ("another", "zzz", "0"):
        split = [{"STORE": three, "NAME": missing}.get(word, word) for word in words.split()]
        done = camzarr(*split, code=FAILED)
        assert done.err == (
            f"camzarr: {missing}: no such clip ({three})\nthe store has {', '.join(names)}\n"
        )
    incomplete = three / "clips" / names[0]
    marker = incomplete / "zarr.json"
    marker.rename(incomplete / "begun.json")  # as a conversion leaves it that was interrupted
    if not words.startswith(("rm", "verify")):  # rm removes it, verify reports a difference
        split = [{"STORE": three, "NAME": names[0]}.get(word, word) for word in words.split()]
        done = camzarr(*split, code=FAILED)
        assert f"camzarr: {names[0]}: no such clip" in done.err
        assert "it is incomplete; run camzarr convert again" in done.err


def test_restore_prints_lines_for_md5sum(converted: Converted_by, tmp_path: Path) -> None:
    one = converted("everything")
    done = camzarr("restore", one.store, one.name, "again.mov", cwd=tmp_path)
    assert done.out.decode() == f"{one.made.md5}  again.mov\n"
    subprocess.run(["md5sum", "-c", "-"], input=done.out, check=True, cwd=tmp_path, capture_output=True)
    done = camzarr("restore", one.store, one.name, "again.mov", cwd=tmp_path, code=FAILED)
    assert "--overwrite" in error_lines(done)[1]
    (line,) = camzarr(
        "restore", "--overwrite", "--json", one.store, one.name, "again.mov", cwd=tmp_path
    ).lines()
    assert line == {"clip": one.name, "path": "again.mov", "bytes": one.made.length, "md5": one.made.md5}
    assert [path.name for path in tmp_path.iterdir()] == ["again.mov"]
    done = camzarr("restore", one.store, one.name, "-")
    assert done.out == one.made.path.read_bytes()
    assert done.err == f"{one.made.md5}  -\n"


def test_rm(three: Path) -> None:
    name = camzarr("ls", "--json", three).lines()[0]["name"]
    assert camzarr("rm", "--json", "--dry-run", three, name).lines() == [{"clip": name, "status": "planned"}]
    assert (three / "clips" / name / "zarr.json").exists()
    assert camzarr("rm", "--json", three, name).lines() == [{"clip": name, "status": "removed"}]
    assert not (three / "clips" / name).exists()
    assert name in error_lines(camzarr("rm", three, name, code=FAILED))[0]
    assert len(camzarr("ls", "--json", three).lines()) == 2
    camzarr("verify", three)


def test_rm_keeps_foreign_files(three: Path) -> None:
    name = camzarr("ls", "--json", three).lines()[0]["name"]
    notes = three / "clips" / name / "notes.txt"
    victim = three / "clips" / "papers"
    notes.write_text("mine")
    victim.mkdir()
    (victim / "thesis.tex").write_text("mine")
    assert f"kept clips/{name}/notes.txt: not part of the clip\n" in camzarr("rm", three, name).err
    assert notes.read_text() == "mine"
    assert [path.name for path in notes.parent.iterdir()] == ["notes.txt"]
    assert "not a clip" in error_lines(camzarr("rm", three, "papers", code=FAILED))[0]
    assert (victim / "thesis.tex").read_text() == "mine"


def test_verify_checks_the_documents_of_the_store(three: Path) -> None:
    """Its own documents, and clips that lost their commit marker."""
    names = [line["name"] for line in camzarr("ls", "--json", three).lines()]
    (three / "clips" / names[0] / "zarr.json").unlink()
    assert names[0] in camzarr("verify", three, code=DIFFERENT).out.decode()
    group = three / "clips" / "zarr.json"
    group.write_text(group.read_text().replace('"group"', '"groop"'))
    assert "clips/zarr.json" in camzarr("verify", three, code=DIFFERENT).out.decode()
    (three / "zarr.json").write_text("{")
    assert "zarr.json" in camzarr("verify", three, code=DIFFERENT).out.decode()


# ---- What goes out, and to whom ---------------------------------------------------------------------


def test_control_characters_are_replaced(tmp_path: Path) -> None:
    """A file name and a note that try, in every output for people; JSON escapes what it keeps."""
    made = make("described", tmp_path / "described.mov")
    evil = b"a\x1b[31m\x07\x9b\xc2\x9bb\r\nc"
    data = made.path.read_bytes()
    assert data.count(b"icpf moov stsz") == 1
    source = tmp_path / os.fsdecode(b"x\x1b]0;t\x07\xff.mov")
    source.write_bytes(data.replace(b"icpf moov stsz", evil))
    runs = [
        camzarr("info", "-v", source),
        camzarr("info", "--json", source),
        camzarr("convert", source, tmp_path / "store", code=USAGE),
        camzarr("convert", "--json", source, tmp_path / "store", code=USAGE),
        camzarr("convert", "-v", source, tmp_path / "store", "--name", "a"),
        camzarr("ls", "-v", tmp_path / "store"),
        camzarr("info", tmp_path / "store", "a"),
        camzarr("info", tmp_path / "gone\x1b[31m", code=FAILED),
        camzarr("frame", tmp_path / "store", "a\x1b[31m", "7", "-o", tmp_path / "x.icpf", code=None),
        camzarr("\x1b[31m", code=USAGE),
    ]
    for done in runs:
        for text in (done.out.decode(), done.err):
            assert not CONTROL.search(text.replace("\n", "")), ascii(text)
    assert "\ufffd[31m" in runs[0].out.decode()


def test_no_escape_codes_without_a_terminal(long_clip: Converted, tmp_path: Path) -> None:
    done = camzarr("convert", long_clip.made.path, tmp_path / "store", env={**os.environ, "TERM": "xterm"})
    assert "\x1b" not in done.err and "\r" not in done.err


@pytest.mark.parametrize("words", [["--help"], ["ls", "STORE"], ["ls", "--json", "STORE"], ["info", "STORE"]])
def test_full_standard_output(words: list[str], long_clip: Converted) -> None:
    command = [str(long_clip.store) if word == "STORE" else word for word in words]
    with open("/dev/full", "wb") as full:
        run = subprocess.run([CAMZARR, *command], stdout=full, stderr=subprocess.PIPE)
    assert run.returncode == FAILED
    assert run.stderr == b"camzarr: standard output: No space left on device\n"


def test_closed_pipe(long_clip: Converted, tmp_path: Path) -> None:
    """A listing ends there, as any filter does; a conversion goes on, and fails at its end."""
    read, write = os.pipe()
    os.close(read)

    def code(*words: str | Path) -> int:
        return subprocess.run([CAMZARR, *words], stdout=write, stderr=subprocess.DEVNULL).returncode

    assert code("ls", long_clip.store) == -signal.SIGPIPE
    assert code("convert", "--json", long_clip.made.path, tmp_path / "store") == FAILED
    assert code("frame", long_clip.store, long_clip.name, ":", "--format", "raw", "-o", "-") == FAILED
    os.close(write)
    camzarr("verify", tmp_path / "store", long_clip.name)


def test_error_lines_have_one_form(tmp_path: Path) -> None:
    store = tmp_path / "store"
    camzarr("convert", "-q", make("usual", tmp_path).path, store)
    for words in (
        ["ls", tmp_path / "gone"],
        ["info", tmp_path / "gone"],
        ["frame", store, "gone", "7", "-o", tmp_path / "x.icpf"],
        ["restore", store, "gone", tmp_path / "x.mov"],
        ["rm", store, "gone"],
        ["convert", tmp_path / "gone.mov", store],
        ["convert", tmp_path, store],
    ):
        error_lines(camzarr(*words, code=FAILED))
    assert camzarr("verify", store).code == OK
