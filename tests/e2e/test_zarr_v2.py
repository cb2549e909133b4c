"""Stores in Zarr version 2: the same contents, read by netCDF-C and by Zarr libraries."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import zarr

from conftest import Converted, Converted_by
from maker import Made, make
from support import tree
from support.command import CAMZARR, DIFFERENT, FAILED, USAGE, camzarr, convert_one, verify

FEW = ["usual", "one_frame", "odd_timings", "audio_in24", "no_moov", "damaged_frames", "cut_short"]
TYPES = {
    **{"time": "<i8", "source_offset": "<u8", "size": "<u4", "shard": "<u4"},
    **{"shard_offset": "<u8", "crc32c": "<u4", "flags": "<i8"},
}


def convert(made: Made, store: Path, *options: str) -> Path:
    """The clip's folder."""
    convert_one(made.path, store, "--zarr-format", "2", *options, code=None)
    return store / "clips" / made.path.stem


def document(path: Path) -> Any:
    """JSON of a file."""
    return json.loads(path.read_bytes())


def column(clip: Path, name: str) -> np.ndarray:
    """Values of a column, by the document and the bytes alone."""
    array = document(clip / "index" / name / ".zarray")
    assert (array["dtype"], array["chunks"]) == (TYPES[name], array["shape"])
    assert array["compressor"] is array["filters"] is array["fill_value"] is None
    assert document(clip / "index" / name / ".zattrs")["_ARRAY_DIMENSIONS"] == ["time"]
    return np.fromfile(clip / "index" / name / "0", array["dtype"])


@pytest.mark.parametrize("case", FEW)
def test_tree_has_the_expected_values(case: str, tmp_path: Path) -> None:
    made = make(case, tmp_path)
    clip, frames = convert(made, tmp_path / "store"), made.frames
    assert column(clip, "time").tolist() == [frame.time for frame in frames]
    assert column(clip, "source_offset").tolist() == [frame.offset for frame in frames]
    assert column(clip, "size").tolist() == [frame.size for frame in frames]
    assert column(clip, "flags").tolist() == made.flags()
    assert column(clip, "shard").tolist() == list(range(len(frames)))
    assert not column(clip, "shard_offset").any()
    objects = [(clip / f"video/video/{i}.0.0.0").read_bytes() for i in range(len(frames))]
    assert objects == [made.read(i) if frame.size else b"" for i, frame in enumerate(frames)]
    assert not list(clip.rglob("zarr.json"))


@pytest.mark.parametrize("case", FEW)
def test_verify_and_restore(case: str, tmp_path: Path) -> None:
    made = make(case, tmp_path)
    clip, store = convert(made, tmp_path / "store"), tmp_path / "store"
    verify(store)
    verify(store, clip.name, "--source", str(made.path))
    camzarr("restore", store, clip.name, tmp_path / "again.mov")
    assert (tmp_path / "again.mov").read_bytes() == made.path.read_bytes()
    camzarr("rm", store, clip.name)
    assert not clip.exists()
    verify(store)


def test_every_object_is_covered(tmp_path: Path) -> None:
    """A flipped bit anywhere is found; and an object that is missing, or one too many."""
    made = make("audio_in24", tmp_path)
    store = tmp_path / "store"
    clip = convert(made, store)
    for path in sorted(p for p in clip.rglob("*") if p.is_file()):
        whole = path.read_bytes()
        spoilt = bytearray(whole)
        spoilt[len(whole) // 2] ^= 1
        path.write_bytes(spoilt)
        verify(store, code=DIFFERENT)
        if path.name != ".zattrs" or path.parent != clip:
            path.unlink()
            verify(store, code=DIFFERENT)
        path.write_bytes(whole)
    stray = clip / "video/video/99.0.0.0"
    stray.write_bytes(b"")
    verify(store, code=DIFFERENT)
    stray.unlink()
    verify(store)


def test_digests_as_in_version_3(tmp_path: Path) -> None:
    made = make("usual", tmp_path)
    clip = convert(made, tmp_path / "store")
    text = (clip / ".zattrs").read_text()
    mark = json.loads(text)["camzarr"]
    blank = text.replace(mark["digest"], "0" * 64)
    assert hashlib.sha256(blank.encode()).hexdigest() == mark["digest"]
    listed = {o["key"]: o for o in mark["objects"]}
    listed |= {o["key"]: o for o in map(json.loads, (clip / "source/bytes/chunks.jsonl").read_text().splitlines())}
    there = {p.relative_to(clip).as_posix() for p in clip.rglob("*") if p.is_file()}
    assert there == listed.keys() | {".zattrs"}
    for key, told in listed.items():
        data = (clip / key).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (told["size"], told["sha256"])
    for group in ("index", "video", "source"):
        inside = document(clip / group / ".zmetadata")["metadata"]
        found = {p.relative_to(clip / group).as_posix(): document(p) for p in (clip / group).rglob(".z*")}
        assert inside == {key: value for key, value in found.items() if key != ".zmetadata"}


def test_killed_and_started_again(large: Made, tmp_path: Path) -> None:
    convert_one(large.path, tmp_path / "whole", "--zarr-format", "2", "--threads", "1")
    want = tree.digests(tmp_path / "whole")
    shutil.rmtree(tmp_path / "whole")
    store = tmp_path / "store"
    command = [CAMZARR, "convert", "--quiet", "--zarr-format", "2", large.path, store]
    with subprocess.Popen(command) as run:
        deadline = time.monotonic() + 60
        while run.poll() is None and len(list(store.glob("clips/*/video/video/*"))) < 20:
            assert time.monotonic() < deadline
        run.send_signal(signal.SIGKILL)
    line = convert_one(large.path, store, "--zarr-format", "2")
    assert line["status"] == "converted" and line["bytes_written"] < large.length
    assert tree.digests(store) == want
    assert convert_one(large.path, store, "--zarr-format", "2")["status"] == "present"


def test_versions_are_not_mixed(converted: Converted_by, tmp_path: Path) -> None:
    made = converted("usual").made
    for there, other in (("2", "3"), ("3", "2")):
        store = tmp_path / there
        convert_one(made.path, store, "--zarr-format", there)
        before = tree.digests(store)
        done = camzarr("convert", made.path, store, "--name", "b", "--zarr-format", other, code=None)
        assert done.code in (FAILED, USAGE)
        assert f"a store of Zarr version {there}" in done.err and f"--zarr-format {there}" in done.err
        assert tree.digests(store) == before


def test_commands_read_version_2(converted: Converted_by, tmp_path: Path) -> None:
    one: Converted = converted("long_clip")
    store = tmp_path / "store"
    convert(one.made, store)
    for options in (["::50", "-o", "-", "--format", "rgb24"], ["7:9", "-o", "-", "--format", "mov"]):
        assert camzarr("frame", store, one.name, *options).out == camzarr("frame", one.store, one.name, *options).out
    assert camzarr("ls", "--json", store).lines() == camzarr("ls", "--json", one.store).lines()
    assert camzarr("info", "--json", store, one.name).lines()[0]["zarr_format"] == 2
    camzarr("export", "kerchunk", store, tmp_path / "refs.json")
    refs = document(tmp_path / "refs.json")["refs"]
    frame = store / "clips" / one.name / "video/video/7.0.0.0"
    assert refs["video/7.0.0.0"] == [f"file://{frame}", 0, frame.stat().st_size]


def test_netcdf_c_reads_the_index(tmp_path: Path) -> None:
    made = make("odd_timings", tmp_path)
    clip = convert(made, tmp_path / "store")
    for mode in ("zarr", "nczarr"):
        address = f"file://{clip}/index#mode={mode},file"
        run = subprocess.run(["ncdump", address], check=True, capture_output=True, text=True)
        assert run.stderr == ""
        text = run.stdout
        assert f"time = {len(made.frames)} ;" in text and "int64 time(time) ;" in text
        assert 'time:units = "nanoseconds since 1970-01-01" ;' in text
        for name in TYPES:
            (told,) = re.findall(rf"^ {name} = ([^;]*);", text, re.MULTILINE)
            assert [int(v) for v in told.split(",")] == column(clip, name).tolist()


def test_zarr_python_and_xarray_open_it(tmp_path: Path) -> None:
    made = make("odd_timings", tmp_path)
    clip = convert(made, tmp_path / "store")
    group = zarr.open_group(tmp_path / "store", mode="r")
    assert group.metadata.zarr_format == 2
    assert group[f"clips/{clip.name}/index/size"][:].tolist() == [frame.size for frame in made.frames]
    with xr.open_zarr(clip / "index") as index:
        assert index["time"].values.astype("datetime64[ns]").astype(int).tolist() == [f.time for f in made.frames]
        for name in TYPES.keys() - {"time"}:
            assert index[name].dtype == np.dtype(TYPES[name]), "masked, or taken for something else"
            assert index[name].values.tolist() == column(clip, name).tolist()
