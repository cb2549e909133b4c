"""`verify --report`: a record of a verification, complete, with a digest, the same every time."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import Converted_by
from support import schemas
from support.clips import Clip
from support.command import DIFFERENT, FAILED, OK, USAGE, camzarr, convert_one


def report_of(path: Path) -> dict[str, Any]:
    """A report that is what the schema says and has the right digest."""
    text = path.read_bytes()
    report = schemas.parse(text)
    schemas.validate("verify-report", report)
    assert list(report)[-1] == "digest"
    zeroed = text.replace(report["digest"].encode(), b"0" * 64)
    assert zeroed.count(b"0" * 64) == 1
    assert hashlib.sha256(zeroed).hexdigest() == report["digest"]
    return report


@pytest.fixture
def store(converted: Converted_by, tmp_path: Path) -> Path:
    """Two clips, a copy that tests may change."""
    store = tmp_path / "store"
    shutil.copytree(converted("usual").store, store)
    convert_one(converted("audio_in24").made.path, store, "--name", "sound", "--sha256")
    return store


def test_sound(store: Path, converted: Converted_by, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    camzarr("verify", store, "--report", path)
    report = report_of(path)
    assert report["status"] == "sound" and report["findings"] == []
    assert report["counts"]["sound"] == 2 and sum(report["counts"].values()) == 2
    assert report["checks"] == {"objects": True, "frames": True, "decoded": False, "source": False}
    for one in report["clips"]:
        clip = Clip(store, one["clip"])
        assert one["marker_digest"] == clip.mark["digest"]
        assert one["source"] == clip.mark["source"]
        assert one["objects"] == len(clip.objects())
        assert "compared_with" not in one
    assert [one["clip"] for one in report["clips"]] == sorted([converted("usual").name, "sound"])


def test_compared_with_the_source(store: Path, converted: Converted_by, tmp_path: Path) -> None:
    path, movie = tmp_path / "report.json", converted("audio_in24").made.path
    camzarr("verify", store, "sound", "--source", movie, "--decode", "--report", path)
    report = report_of(path)
    assert report["checks"]["source"] and report["checks"]["decoded"]
    (one,) = report["clips"]
    assert one["compared_with"] == str(movie)
    assert one["source"]["sha256"] == hashlib.sha256(movie.read_bytes()).hexdigest()


def test_different(store: Path, tmp_path: Path) -> None:
    shard = Clip(store, "sound").shard(0)
    damaged = bytearray(shard.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    shard.write_bytes(damaged)
    path = tmp_path / "report.json"
    done = camzarr("verify", store, "--report", path, "--json", code=DIFFERENT)
    report = report_of(path)
    assert report["status"] == "not_sound"
    assert report["counts"]["different"] == report["counts"]["sound"] == 1
    one = next(one for one in report["clips"] if one["clip"] == "sound")
    told = [line for line in done.lines() if "status" not in line]
    assert one["findings"] == [{k: v for k, v in line.items() if k != "clip"} for line in told]
    assert one["differences"] == len(told) > 0


def test_many_findings_are_counted(store: Path, tmp_path: Path) -> None:
    for i in range(1005):
        (Clip(store, "sound").folder / f"video/{i}").touch()
    path = tmp_path / "report.json"
    camzarr("verify", store, "sound", "--report", path, code=DIFFERENT)
    (one,) = report_of(path)["clips"]
    assert one["differences"] == 1005 and len(one["findings"]) == 1000 and one["findings_omitted"] == 5


def test_above_the_clips(store: Path, tmp_path: Path) -> None:
    (store / "clips/zarr.json").write_text("{}")
    path = tmp_path / "report.json"
    camzarr("verify", store, "--report", path, code=DIFFERENT)
    report = report_of(path)
    assert report["status"] == "not_sound" and report["counts"]["different"] == 0
    assert [finding["key"] for finding in report["findings"]] == ["clips/zarr.json"]


def test_unfinished_clips_are_not_sound(store: Path, tmp_path: Path) -> None:
    folder = Clip(store, "sound").folder
    (folder / "zarr.json").unlink()
    (folder / "begun.json").write_text("{}")
    path = tmp_path / "report.json"
    camzarr("verify", store, "--report", path, code=OK)
    report = report_of(path)
    assert report["status"] == "not_sound" and report["counts"]["unfinished"] == 1


def test_missing_clip(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    camzarr("verify", store, "nothing", "--report", path, code=FAILED)
    (one,) = report_of(path)["clips"]
    assert one["status"] == "failed" and one["error"]["code"] == "absent"


def test_the_same_every_time(store: Path, tmp_path: Path) -> None:
    """The second one in another second than the first."""
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    camzarr("verify", store, "--report", first)
    begun = int(time.time())
    while int(time.time()) == begun:
        time.sleep(0.05)
    camzarr("verify", store, "--report", second)
    assert first.read_bytes() == second.read_bytes()


def test_a_report_is_not_replaced(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("mine")
    done = camzarr("verify", store, "--report", path, code=FAILED)
    assert "--overwrite" in done.err and path.read_text() == "mine"
    camzarr("verify", store, "--report", path, "--overwrite")
    assert report_of(path)["status"] == "sound"


def test_usage(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    manifest = tmp_path / "manifest.jsonl"
    manifest.touch()
    done = camzarr("verify", store, "--manifest", manifest, "--report", path, code=USAGE)
    assert "--report and --manifest" in done.err
    camzarr("verify", tmp_path / "nothing", "--report", path, code=FAILED)
    assert not path.exists()


def test_credentials_stay_out(store: Path, tmp_path: Path) -> None:
    """An address that has one: nothing answers there, and the report says so without it."""
    path = tmp_path / "report.json"
    source = "http://user:secret@127.0.0.1:1/x.mov?token=secret"
    camzarr("verify", store, "sound", "--source", source, "--report", path, code=None)
    (one,) = report_of(path)["clips"]
    assert one["status"] == "failed" and "secret" not in json.dumps(one)
    assert one["compared_with"] == "http://127.0.0.1:1/x.mov"
