"""`camzarr verify --manifest`: all that a manifest names is there, whole, and of the same sources."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from conftest import Place_of
from maker import make
from support.cloud import environment
from support.command import DIFFERENT, FAILED, OK, USAGE, camzarr, convert

NAMES = [f"CAMHDA301-2018071{day}T0{hour}1500" for day in (2, 3) for hour in (0, 3, 6)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive")
    for i, name in enumerate(NAMES):
        make(("usual", "long_clip")[i % 2], root / f"{name}.mov")
    return root


@pytest.fixture(scope="module")
def whole(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with all of them; tests change copies."""
    store = tmp_path_factory.mktemp("whole") / "store"
    convert(*sorted(files.glob("*.mov")), store)
    return store


@pytest.fixture
def store(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "store"))


@pytest.fixture
def rows(files: Path, whole: Path, tmp_path: Path) -> Path:
    """A manifest with the digests of the store."""
    out = tmp_path / "manifest.jsonl"
    camzarr("manifest", files, "-o", out)
    md5 = {
        name: json.loads(camzarr("info", "--json", whole, name).out)["md5"]
        for name in NAMES
    }
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    out.write_text("".join(json.dumps({**line, "md5": md5[line["name"]]}) + "\n" for line in lines))
    return out


def changed(rows: Path, name: str, **members: Any) -> None:
    """Change the row of a clip."""
    lines = [json.loads(line) for line in rows.read_text().splitlines()]
    rows.write_text(
        "".join(json.dumps({**line, **(members if line["name"] == name else {})}) + "\n" for line in lines)
    )


def results(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The lines that sum up, by clip: each clip has one."""
    sums = [line for line in lines if "status" in line]
    assert len({line["clip"] for line in sums}) == len(sums)
    return {line["clip"]: line for line in sums}


def test_whole_store(rows: Path, store: Path) -> None:
    done = camzarr("verify", store, "--manifest", rows, "--json")
    assert done.err == "6 of 6 clips intact\n"
    assert [line["clip"] for line in done.lines()] == NAMES
    assert all(line["status"] == "sound" and not line["bytes_read"] for line in done.lines())


def test_each_difference_is_named(rows: Path, store: Path) -> None:
    """A clip that is missing, one that is incomplete, and sources of another size, MD5 or name."""
    shutil.rmtree(store / "clips" / NAMES[0])
    (store / "clips" / NAMES[1] / "zarr.json").rename(store / "clips" / NAMES[1] / "begun.json")
    changed(rows, NAMES[2], size=12345)
    changed(rows, NAMES[3], md5="0" * 32)
    changed(rows, NAMES[4], source="/elsewhere/other.mov")
    done = camzarr("verify", store, "--manifest", rows, "--json", code=DIFFERENT)
    told = results(done.lines())
    assert [told[name]["status"] for name in NAMES] == [
        "missing",
        "unfinished",
        "different",
        "different",
        "different",
        "sound",
    ]
    why = {line["clip"]: line for line in done.lines() if "what" in line}
    assert why[NAMES[2]]["code"] == "changed" and "12345" in why[NAMES[2]]["what"]
    assert "MD5" in why[NAMES[3]]["what"] and "other.mov" in why[NAMES[4]]["what"]
    assert done.err == "1 of 6 clips intact, 1 missing, 1 incomplete, 3 different\n"
    said = camzarr("verify", store, "--manifest", rows, code=DIFFERENT).out.decode().splitlines()
    assert said[0] == f"{NAMES[0]}: not in the store" and len(said) == 5


def test_objects_missing_or_cut(rows: Path, store: Path) -> None:
    """Found by the listing alone."""
    shards = [next((store / "clips" / name).glob("video/video/c/*/0/0/0")) for name in NAMES[:2]]
    shards[0].unlink()
    shards[1].write_bytes(shards[1].read_bytes()[:-1])
    (store / "clips" / NAMES[2] / "source/bytes/chunks.jsonl").write_bytes(b"{}\n")
    (store / "clips" / NAMES[3] / "zarr.json").write_bytes(b"{}")
    done = camzarr("verify", store, "--manifest", rows, "--json", code=DIFFERENT)
    told = results(done.lines())
    assert [told[name]["status"] for name in NAMES] == ["different"] * 4 + ["sound"] * 2
    assert all(told[name]["differences"] >= 1 for name in NAMES[:4])


def test_sample(rows: Path, store: Path) -> None:
    """Always the same clips, more of them with a larger percentage, and at least one."""

    def read(percent: str, code: int = OK) -> set[str]:
        done = camzarr("verify", store, "--manifest", rows, "--sample", percent, "--json", code=code)
        told = results(done.lines())
        assert set(told) == set(NAMES)
        return {name for name, line in told.items() if line["bytes_read"]}

    one = read("0.5%")
    assert len(one) == 1 and read("0.5%") == one
    half = read("50%")
    assert len(half) == 3 and half >= one and read("100%") == set(NAMES)
    (chosen,) = one
    shard = next((store / "clips" / chosen).glob("video/video/c/*/0/0/0"))
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    assert camzarr("verify", store, "--manifest", rows).err == "6 of 6 clips intact\n"
    assert read("0.5%", code=DIFFERENT) == one
    told = camzarr("verify", store, "--manifest", rows, "--sample", "1%", code=DIFFERENT)
    assert told.err == "5 of 6 clips intact, 1 different; all bytes of 1 read\n"


def test_bucket(rows: Path, place_of: Place_of) -> None:
    place = place_of("versity")
    url, keys = place.url("store"), environment(place.environment())
    convert("--manifest", rows, url, env=keys)
    assert camzarr("verify", url, "--manifest", rows, env=keys).err == "6 of 6 clips intact\n"
    camzarr("rm", url, NAMES[4], env=keys)
    done = camzarr("verify", url, "--manifest", rows, code=DIFFERENT, env=keys)
    assert done.out.decode() == f"{NAMES[4]}: not in the store\n"


def test_usage(rows: Path, store: Path, tmp_path: Path) -> None:
    camzarr("verify", store, NAMES[0], "--manifest", rows, code=USAGE)
    camzarr("verify", store, "--sample", "1%", code=USAGE)
    camzarr("verify", store, "--manifest", rows, "--decode", code=USAGE)
    for text in ("1", "0%", "101%", "x%", "%", "nan%"):
        camzarr("verify", store, "--manifest", rows, "--sample", text, code=USAGE)
    camzarr("verify", store, "--manifest", tmp_path / "absent.jsonl", code=FAILED)
    (tmp_path / "cut.jsonl").write_text(rows.read_text()[:-20])
    camzarr("verify", store, "--manifest", tmp_path / "cut.jsonl", code=FAILED)


def test_replaced_source_is_reported(files: Path, store: Path, tmp_path: Path) -> None:
    """Of another size: at the next run. The clip of the first recording is kept."""
    archive = Path(shutil.copytree(files, tmp_path / "archive"))
    make("long_clip", archive / f"{NAMES[0]}.mov")
    rows, report = tmp_path / "new.jsonl", tmp_path / "report.jsonl"
    camzarr("manifest", archive, "-o", rows)
    convert("--manifest", rows, "--report", report, store, code=3)
    failed = [json.loads(line) for line in report.read_text().splitlines() if '"error"' in line]
    assert [(line["clip"], line["error"]["code"]) for line in failed] == [(NAMES[0], "exists")]
    done = camzarr("verify", store, "--manifest", rows, "--json", code=DIFFERENT)
    assert results(done.lines())[NAMES[0]]["status"] == "different"
