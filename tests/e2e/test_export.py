"""What `export` writes, read by independent programs. Pictures through references are in tests/python."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr

from conftest import Converted_by
from maker import cases, many
from support import ffmpeg
from support.command import FAILED, OK, USAGE, camzarr, convert_one

FEW = ["usual", "odd_timings", "edit_early", "audio_in24", "size_127x95_bff", "cut_short", "timeless"]


def references(path: Path) -> dict[str, Any]:
    """The references of a file, version 1."""
    document = json.loads(path.read_text())
    assert document.keys() == {"version", "refs"} and document["version"] == 1
    return document["refs"]


def column(refs: dict[str, Any], name: str) -> np.ndarray:
    """A column, which stands in the file."""
    array = json.loads(refs[f"{name}/.zarray"])
    assert array["chunks"] == array["shape"] and array["compressor"] is None
    assert json.loads(refs[f"{name}/.zattrs"])["_ARRAY_DIMENSIONS"] == ["time"]
    encoded = refs[f"{name}/0"]
    assert encoded.startswith("base64:")
    return np.frombuffer(base64.b64decode(encoded[7:], validate=True), array["dtype"])


def referred(reference: Any) -> bytes:
    """The bytes of a frame: a range of a file, or none."""
    if reference == "base64:":
        return b""
    address, offset, length = reference
    assert address.startswith("file:///")
    with open(address.removeprefix("file://"), "rb") as file:
        file.seek(offset)
        return file.read(length)


# ---- kerchunk ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["store", "its MOV", "MOV"])
@pytest.mark.parametrize("case", FEW)
def test_references_are_the_frames(case: str, place: str, converted: Converted_by, tmp_path: Path) -> None:
    one, out = converted(case), tmp_path / "refs.json"
    source = ["--source", str(one.made.path)] if place == "its MOV" else []
    camzarr("export", "kerchunk", one.made.path if place == "MOV" else one.store, out, *source)
    refs, frames = references(out), one.made.frames
    assert [referred(refs[f"video/{i}.0.0.0"]) for i in range(len(frames))] == [
        one.made.read(i) for i in range(len(frames))
    ]
    assert column(refs, "time").tolist() == [frame.time for frame in frames]
    assert column(refs, "size").tolist() == [frame.size for frame in frames]
    assert column(refs, "source_offset").tolist() == [frame.offset for frame in frames]
    assert column(refs, "frame").tolist() == list(range(len(frames)))
    assert ("crc32c/0" in refs) == (place != "MOV"), "a MOV by itself has none"
    assert json.loads(refs["video/.zarray"])["fill_value"] is None
    assert json.loads(refs["time/.zattrs"])["units"] == "nanoseconds since 1970-01-01"


@pytest.fixture(scope="module")
def several(converted: Converted_by, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clips, put there in another order than that of their starts, and one of another size."""
    store = tmp_path_factory.mktemp("several") / "store"
    for case, name in (("damaged_frames", "c"), ("long_clip", "b"), ("usual", "a"), ("size_127x95", "z")):
        convert_one(converted(case).made.path, store, "--name", name, code=None)
    return store


def test_clips_are_joined_by_time(several: Path, converted: Converted_by, tmp_path: Path) -> None:
    out = tmp_path / "refs.json"
    camzarr("export", "kerchunk", several, "c", "a", out)
    refs = references(out)
    first, second = converted("usual").made, converted("damaged_frames").made
    times = [frame.time for made in (first, second) for frame in made.frames]
    assert column(refs, "time").tolist() == times == sorted(times)
    count = len(first.frames)
    assert column(refs, "clip_number").tolist() == [0] * count + [1] * len(second.frames)
    about = json.loads(refs["clip_number/.zattrs"])
    assert (about["flag_values"], about["flag_meanings"]) == ([0, 1], "a c")
    assert referred(refs[f"video/{count + 2}.0.0.0"]) == second.read(2)


def test_folder_of_sources(several: Path, converted: Converted_by, tmp_path: Path) -> None:
    out = tmp_path / "refs.json"
    camzarr("export", "kerchunk", several, "a", "b", out, "--source", "https://example.org/files/")
    refs = references(out)
    made = converted("usual").made
    frame = made.frames[3]
    assert ["https://example.org/files/" + made.path.name, frame.offset, frame.size] in refs.values()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["kerchunk", "STORE", "OUT"], "cannot be joined: 128x96 and 127x95"),
        (["kerchunk", "STORE", "a", "b", "OUT", "--source", "x.mov"], "one MOV for 2 clips"),
        (["kerchunk", "STORE", "a", "OUT", "--scale", "1/2"], "picture options apply to netcdf only"),
        (["netcdf", "STORE", "OUT"], "4 clips, but netcdf exports one"),
        (["netcdf", "STORE", "a", "b", "OUT"], "2 clips, but netcdf exports one"),
        (["netcdf", "STORE", "a", "OUT", "--scale", "1/2"], "--frames"),
        (["netcdf", "STORE", "a", "OUT", "--frames", "0", "--format", "png"], "unknown pixel format"),
        (["netcdf", "STORE", "a", "OUT", "--frames", "0", "--region", "0:9,0:999"], "999"),
        (["torchcodec", "STORE", "a", "OUT", "--source", "x.mov"], "--source does not apply"),
        (["docx", "STORE", "a", "OUT"], "docx: unknown form"),
        (["kerchunk", "STORE", "a", "-", "--json"], "standard output"),
    ],
)
def test_usage_errors(words: list[str], said: str, several: Path, tmp_path: Path) -> None:
    there = {"STORE": str(several), "OUT": str(tmp_path / "out")}
    done = camzarr("export", *[there.get(word, word) for word in words], code=USAGE)
    assert said in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.full
def test_many_references_are_warned_of(tmp_path: Path) -> None:
    """In one sentence, beyond a million."""
    for count, warned in ((1_000_000, False), (1_000_001, True)):
        path = tmp_path / f"{count}.mov"
        many(path, count)
        done = camzarr("export", "kerchunk", path, tmp_path / f"{count}.json")
        told = rf"camzarr: warning: {count} frames in one JSON .* 1\.7 GB .*\.parquet.*\n"
        assert re.fullmatch(told if warned else "", done.err)
        path.unlink()
        (tmp_path / f"{count}.json").unlink()


@pytest.mark.parametrize("form", ["kerchunk", "netcdf", "torchcodec"])
def test_existing_files_are_kept(form: str, several: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("mine")
    done = camzarr("export", form, several, "a", out, code=FAILED)
    assert "--overwrite" in done.err and out.read_text() == "mine"
    camzarr("export", form, several, "absent", out, "--overwrite", code=FAILED)
    assert out.read_text() == "mine"
    (line,) = camzarr("export", form, several, "a", out, "--overwrite", "--json").lines()
    assert line == {"path": str(out), "form": form, "clips": ["a"]}
    assert out.read_bytes() != b"mine" and list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("form", ["kerchunk", "netcdf", "torchcodec"])
def test_output_is_deterministic(form: str, several: Path, tmp_path: Path) -> None:
    """The second one in another second than the first, for who would keep the time."""
    frames = ["--frames", "1,5,2"] if form == "netcdf" else []
    camzarr("export", form, several, "a", tmp_path / "1", *frames)
    begun = int(time.time())
    while int(time.time()) == begun:
        time.sleep(0.05)
    camzarr("export", form, several, "a", tmp_path / "2", *frames)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


# ---- netCDF -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", FEW)
def test_netcdf_has_the_index(case: str, converted: Converted_by, tmp_path: Path) -> None:
    one, out = converted(case), tmp_path / "index.nc"
    camzarr("export", "netcdf", one.store, one.name, out)
    with netCDF4.Dataset(out) as found:
        for name, variable in one.clip.index.arrays():
            assert found[name].dtype == (np.uint8 if name == "flags" else variable.dtype)
            assert found[name][:].tolist() == one.clip.column(name).tolist()
            assert found[name].filters()["zlib"], "compressed"
        assert found["flags"].flag_masks.dtype == np.uint8, "as the variable, by CF"
        assert found["frame"][:].tolist() == list(range(len(one.made.frames)))
        assert found.source == one.made.path.name and found.source_md5 == one.made.md5
    with xr.open_dataset(out) as dataset:
        told = dataset["time"].values.astype("datetime64[ns]").astype(np.int64)
        assert told.tolist() == [frame.time for frame in one.made.frames]
    header = subprocess.run(["ncdump", "-h", out], check=True, capture_output=True, text=True).stdout
    assert f"time = {len(one.made.frames)} ;" in header


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("rgb24", []),
        ("gray16le", ["--scale", "1/2"]),
        ("gray", ["--region", "8:40,16:20"]),
        ("rgb48le", ["--fields", "top"]),
        ("native", []),
    ],
)
def test_netcdf_has_pictures(form: str, options: list[str], converted: Converted_by, tmp_path: Path) -> None:
    one, out = converted("profile_apcn_tff"), tmp_path / "some.nc"
    camzarr("export", "netcdf", one.store, out, "--frames", "3,0:3:2", "--format", form, *options)
    want = camzarr("frame", one.store, one.name, "3,0:3:2", "-o", "-", "--format", form, *options).out
    with netCDF4.Dataset(out) as found:
        found.set_auto_maskandscale(False)
        names = ["video"] if form != "native" else ["video_y", "video_cb", "video_cr"]
        pictures = [b"".join(np.asarray(found[n][i]).tobytes() for n in names) for i in range(3)]
        assert b"".join(pictures) == want
        assert found[names[0]].dimensions[:3] == ("time", "y", "x")
        assert found[names[0]].chunking()[0] == 1 and found[names[0]].filters()["zlib"]
        assert found[names[0]].layout == form
        assert found["frame"][:].tolist() == [3, 0, 2]
        fields = [one.made.frames[i].time for i in (3, 0, 2)]
        assert found["time"][:].tolist() == fields, "of the top field, which is the first"


def test_netcdf_is_complete_or_absent(converted: Converted_by, tmp_path: Path) -> None:
    one = converted("cut_short")
    missing = next(i for i, frame in enumerate(one.made.frames) if frame.size == 0)
    done = camzarr("export", "netcdf", one.store, tmp_path / "x.nc", "--frames", str(missing), code=FAILED)
    assert "the source has no byte of it" in done.err
    done = camzarr("export", "netcdf", one.store, tmp_path / "no" / "x.nc", code=FAILED)
    assert str(tmp_path / "no") in done.err
    too_many = "0:15," * 16000 + "0"
    done = camzarr("export", "netcdf", one.store, tmp_path / "x.nc", "--frames", too_many, code=USAGE)
    assert "4 GiB" in done.err
    limited = ["sh", "-c", 'ulimit -f 8; trap "" XFSZ; exec "$@"', "sh"]
    command = os.environ.get("CAMZARR") or "build/release/camzarr"
    words = ["export", "netcdf", str(one.store), str(tmp_path / "x.nc")]
    run = subprocess.run([*limited, command, *words], capture_output=True, text=True)
    assert (run.returncode, list(tmp_path.iterdir())) == (FAILED, []), run.stderr
    assert run.stderr.startswith(f"camzarr: {tmp_path}/x.nc: "), run.stderr


@pytest.mark.parametrize("name", ["c:x.nc", "with space.nc", "100%.nc", "a#mode=zarr.nc"])
def test_netcdf_path_with_special_characters(
    name: str, converted: Converted_by, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = converted("usual")
    monkeypatch.chdir(tmp_path)
    camzarr("export", "netcdf", one.store, name)
    assert (tmp_path / name).read_bytes().startswith(b"\x89HDF")


# ---- torchcodec -------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [c for c in cases("sound") if not c.startswith(("profile_", "size_"))])
def test_mappings_equal_those_of_ffmpeg(case: str, converted: Converted_by, tmp_path: Path) -> None:
    one = converted(case)
    done = camzarr("export", "torchcodec", one.store, one.name, tmp_path / "of_store.json")
    assert done.out == b""
    camzarr("export", "torchcodec", one.made.path, tmp_path / "of_mov.json")
    text = (tmp_path / "of_store.json").read_text()
    assert text == (tmp_path / "of_mov.json").read_text()
    base = Fraction(ffmpeg.prores_stream(one.made.path)["time_base"])
    packets = [p for p in ffmpeg.packets(one.made.path) if p.pts >= 0 or "edit" not in case]
    told = json.loads(text)["frames"]
    assert all(frame["key_frame"] == 1 for frame in told)
    if "early" in case:  # packets before the edit are there, but no frame is made of them
        packets = packets[-len(told) :]
        assert len(told) == 13
    assert [(f["pts"] * base, f["duration"] * base) for f in told] == [(p.pts, p.lasts) for p in packets]


def test_mappings_of_unplayable_movies(converted: Converted_by, tmp_path: Path) -> None:
    one = converted("no_moov")
    done = camzarr("export", "torchcodec", one.store, tmp_path / "x.json", code=FAILED)
    assert "no moov atom" in done.err


def test_standard_output(converted: Converted_by, tmp_path: Path) -> None:
    one = converted("usual")
    for form in ("kerchunk", "netcdf", "torchcodec"):
        camzarr("export", form, one.store, tmp_path / form, code=OK)
        assert camzarr("export", form, one.store, "-").out == (tmp_path / form).read_bytes()
