"""Unfinished clips: `ls --unfinished`, `info` and `verify` name them, `clean` removes them and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import obstore
import pytest

from conftest import Place_of
from maker import Made, make
from support import fault_proxy, tree
from support.cloud import environment
from support.command import FAILED, OK, SOME_FAILED, USAGE, camzarr, convert_one, verify
from support.fault_proxy import Exchange, FaultProxy
from support.objects import Place
from support.running import converting, ended, go_on, until

SHARDS = ("--frames-per-shard", "8")
DENIED = fault_proxy.status(403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make("long_clip", tmp_path_factory.mktemp("movie"))


@pytest.fixture(scope="module")
def whole(movie: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one complete clip."""
    store = tmp_path_factory.mktemp("whole") / "store"
    convert_one(movie.path, store, "--name", "complete")
    return store


@pytest.fixture
def store(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "store"))


def stopped_midway(run: Any, store: Path, name: str) -> None:
    """Stop a conversion (SIGSTOP) as soon as a shard of its clip is there, with more to come."""
    until(lambda: next((store / "clips" / name).glob("video/video/c/*/0/0/0"), None), run)
    run.send_signal(signal.SIGSTOP)
    assert run.poll() is None and not (store / "clips" / name / "zarr.json").exists(), "too late"


def interrupted(large: Made, store: Path, name: str = "broken") -> None:
    """A conversion that is killed midway."""
    with converting(large.path, store, "--name", name, *SHARDS) as run:
        stopped_midway(run, store, name)
        run.kill()
        run.wait()


def unfinished(store: Path | str, **how: Any) -> dict[str, dict[str, Any]]:
    lines = camzarr("ls", "--unfinished", "--json", store, **how).lines()
    return {line["name"]: line for line in lines}


def cleaned(store: Path | str, *args: str, code: int = OK, **how: Any) -> dict[str, dict[str, Any]]:
    lines = camzarr("clean", "--json", store, *args, code=code, **how).lines()
    return {line["clip"]: line for line in lines}


def test_interrupted_conversion(large: Made, store: Path) -> None:
    before = tree.digests(store)
    assert unfinished(store) == {} and cleaned(store) == {}
    interrupted(large, store)
    line = unfinished(store)["broken"]
    assert line["kind"] == "conversion" and line["in_progress"] is False
    assert line["source"] == large.path.name and line["source_bytes"] == large.path.stat().st_size
    files = [path for path in tree.files(store / "clips/broken") if not path.name.endswith(".part")]
    assert line["objects"] >= len(files) and line["modified"]
    text = camzarr("ls", "--unfinished", store).out.decode().splitlines()
    assert len(text) == 2 and text[1].startswith("broken ") and large.path.name in text[1]
    told = json.loads(camzarr("info", "--json", store).out)
    assert (told["clips"], told["unfinished_clips"]) == (1, 1)
    assert b"unfinished clips" in camzarr("info", store).out
    states = {line["clip"]: line["status"] for line in verify(store, "--json").lines()}
    assert states == {"broken": "unfinished", "complete": "sound"}

    assert cleaned(store, "--dry-run")["broken"]["status"] == "planned"
    assert unfinished(store).keys() == {"broken"}
    done = camzarr("clean", store)
    assert done.err.splitlines()[-1].startswith("1 unfinished clip: 1 removed (")
    assert unfinished(store) == {} and tree.digests(store) == before


def test_interrupted_removal_and_remains(large: Made, store: Path) -> None:
    """A removal's record, and objects without any record; a folder of another program is kept."""
    before = tree.digests(store)
    for name in ("removal", "remains"):
        shutil.copytree(store / "clips/complete", store / "clips" / name)
        (store / "clips" / name / "zarr.json").unlink()
    record = {"camzarr": {"format": "1.0", "kind": "removal", "fingerprint": "0" * 64}}
    (store / "clips/removal/begun.json").write_text(json.dumps(record))
    (store / "clips/notes").mkdir()
    (store / "clips/notes/readme.txt").write_text("mine")
    assert {name: line["kind"] for name, line in unfinished(store).items()} == {
        "removal": "removal",
        "remains": "remains",
    }
    assert {line["status"] for line in cleaned(store).values()} == {"removed"}
    (store / "clips/notes/readme.txt").unlink()
    (store / "clips/notes").rmdir()
    assert tree.digests(store) == before


def test_running_conversion_is_kept(large: Made, store: Path) -> None:
    """In a folder, the lock tells."""
    with converting(large.path, store, "--name", "running", *SHARDS) as run:
        stopped_midway(run, store, "running")
        assert unfinished(store)["running"]["in_progress"] is True
        line = cleaned(store, "--older-than", "0s")["running"]
        assert line["status"] == "kept" and "another process" in line["reason"]
        go_on(run)
        done, _ = ended(run)
    assert done.code == OK
    verify(store)
    assert unfinished(store) == {}


def test_age(large: Made, store: Path) -> None:
    interrupted(large, store)
    assert cleaned(store, "--older-than", "1h")["broken"]["status"] == "kept"
    for path in tree.files(store / "clips/broken"):
        os.utime(path, (time.time() - 7200,) * 2)
    assert cleaned(store, "--older-than", "1h")["broken"]["status"] == "removed"


def test_named_clips(large: Made, store: Path) -> None:
    """Complete and absent ones are errors, and stay as they are."""
    interrupted(large, store)
    before = tree.digests(store / "clips/complete")
    done = camzarr("clean", store, "complete", code=FAILED)
    assert "complete: complete" in done.err and "camzarr rm" in done.err
    camzarr("clean", store, "absent", code=FAILED)
    camzarr("clean", store, "../clips", code=USAGE)
    camzarr("clean", store, "broken", "absent", code=SOME_FAILED)
    assert unfinished(store) == {} and tree.digests(store / "clips/complete") == before
    camzarr("clean", store, "--older-than", "soon", code=USAGE)


def test_bucket(movie: Made, place_of: Place_of) -> None:
    """Without locks, what was changed lately may be a running conversion's."""
    for server in ("versity", "azure"):
        place = place_of(server)
        url, keys = place.url("a/store"), place.environment()
        failed = fault_proxy.always(
            lambda r: r.method == "PUT" and "/clips/clip/zarr.json" in r.path, DENIED
        )
        with FaultProxy(place.server.port, failed) as proxy:
            through = environment(place.environment(proxy.url))
            convert_one(movie.path, url, "--name", "clip", code=FAILED, env=through)
        env = environment(keys)
        line = unfinished(url, env=env)["clip"]
        assert line["kind"] == "conversion" and line["in_progress"] is None and line["objects"] > 30
        line = cleaned(url, env=env)["clip"]
        assert line["status"] == "kept" and "in progress" in line["reason"], server
        assert cleaned(url, "--older-than", "0s", env=env)["clip"]["status"] == "removed"
        assert [key for key in place.keys("a/store") if key.startswith("clips/clip/")] == []


def test_conversion_that_completes_meanwhile(movie: Made, place_of: Place_of) -> None:
    """In a bucket: its clip stays, though it was unfinished when it was listed."""
    place: Place = place_of("versity")
    url, env = place.url("store"), environment(place.environment())
    convert_one(movie.path, url, "--name", "clip", env=env)
    marker = place.get("store/clips/clip/zarr.json")
    whole = place.digests("store")
    obstore.delete(place.store(), "store/clips/clip/zarr.json")

    def complete_first(x: Exchange) -> None:
        place.put("store/clips/clip/zarr.json", marker)
        x.reply(x.forward())

    records = fault_proxy.when(
        lambda r: r.method == "PUT" and r.path.endswith("/clips/clip/begun.json"), complete_first
    )
    with FaultProxy(place.server.port, records) as proxy:
        through = environment(place.environment(proxy.url))
        line = cleaned(url, "--older-than", "0s", code=FAILED, env=through)["clip"]
    assert line["error"]["code"] == "exists"
    assert place.digests("store") == whole
