"""A conversion that was interrupted anywhere and run again writes the same bytes and repeats no work."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from maker import Made, big
from support import tree
from support.command import CAMZARR, STOPPED, convert_one, verify
from support.running import converting, ended, go_on, held_at_first_shard

SHARDS = ("--frames-per-shard", "8")


def _killed(large: Made, store: Path, objects: int, later: float) -> bool:
    """Kill a conversion some seconds after so many objects lie in the store. True if it was in time.

    By objects and not by the clock, as a machine that others use too is never as fast again."""
    with converting(large.path, store, *SHARDS) as run:
        while run.poll() is None and len(tree.files(store)) < objects:
            time.sleep(0.0005)
        time.sleep(later)
        run.send_signal(signal.SIGKILL)
        return run.wait() == -signal.SIGKILL


def _resumed(large: Made, store: Path, large_tree: dict[str, str]) -> None:
    """Do it again: nothing there is torn, what is whole is kept, the end is what it always is."""
    there, before = tree.digests(store), tree.identities(store)
    shards = {key for key in there if "/video/video/c/" in key and key.endswith("/0/0/0")}
    torn = {key for key in shards if there[key] != large_tree[key]}
    assert not torn, "an object under its final name that isn't whole"
    mark = f"clips/{large.path.stem}/zarr.json"
    assert mark not in there or there.items() <= large_tree.items() | _begun(there)
    convert_one(large.path, store, *SHARDS)
    verify(store)
    assert tree.digests(store) == large_tree
    after = tree.identities(store)
    assert {key for key in shards if before[key] != after[key]} == set(), "written again"


def _begun(there: dict[str, str]) -> set[tuple[str, str]]:
    """begun.json is removed after the commit marker was put; then the catalog is written."""
    unfinished = (key for key in there if key.startswith("catalog/") and key.endswith(".part"))
    begun = (key for key in there if key.endswith("/begun.json"))
    return {(key, there[key]) for key in (*unfinished, *begun)}


def _kills(large: Made, folder: Path, large_tree: dict[str, str], times: int, seed: int) -> None:
    moments = random.Random(seed)
    in_time = 0
    for i in range(times):
        store = folder / f"store{i}"
        objects, later = moments.randrange(len(large_tree)), moments.uniform(0, 0.01)
        in_time += _killed(large, store, objects, later)
        _resumed(large, store, large_tree)
        shutil.rmtree(store)
    assert in_time >= times // 2, "the moments miss the conversion: the test tests nothing"


def test_killed_and_resumed(large: Made, large_tree: dict[str, str], tmp_path: Path) -> None:
    _kills(large, tmp_path, large_tree, 8, seed=1)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_killed_fifty_times(large: Made, large_tree: dict[str, str], tmp_path: Path) -> None:
    _kills(large, tmp_path, large_tree, 50, seed=2)


def test_killed_repeatedly_in_one_store(
    large: Made, large_tree: dict[str, str], tmp_path: Path
) -> None:
    """Each run gets a little farther: what is whole is never done twice."""
    store = tmp_path / "store"
    shards: set[str] = set()
    in_time = 0
    for objects in range(6, len(large_tree), len(large_tree) // 5):
        in_time += _killed(large, store, objects, 0)
        here = {key for key in tree.digests(store) if key.endswith("/0/0/0")}
        assert shards <= here
        shards = here
    assert in_time > 1, "the moments miss the conversion: the test tests nothing"
    convert_one(large.path, store, *SHARDS)
    assert tree.digests(store) == large_tree


def test_resuming_writes_only_what_is_missing(
    large: Made, large_tree: dict[str, str], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    with converting(large.path, store, *SHARDS) as run:
        held_at_first_shard(run, store)
        run.send_signal(signal.SIGKILL)
    # A shard that lost its end, as a file system without barriers may leave it.
    whole = {key for key in tree.digests(store) if key.endswith("/0/0/0")}
    torn = store / min(whole)
    os.truncate(torn, torn.stat().st_size // 2)
    line = convert_one(large.path, store, *SHARDS)
    total = sum(path.stat().st_size for path in tree.files(store))
    kept = sum((store / key).stat().st_size for key in whole - {min(whole)})
    assert line["bytes_written"] <= total - kept
    assert tree.digests(store) == large_tree


def test_interrupted_by_a_signal(large: Made, large_tree: dict[str, str], tmp_path: Path) -> None:
    """SIGINT: stops by itself, says how to go on, publishes nothing."""
    store = tmp_path / "store"
    with converting(large.path, store, *SHARDS) as run:
        held_at_first_shard(run, store)
        run.send_signal(signal.SIGINT)
        go_on(run)
        done, _ = ended(run)
    assert done.code == STOPPED
    assert "run the same command again to resume" in done.err
    assert not list(store.glob("clips/*/zarr.json"))
    convert_one(large.path, store, *SHARDS)
    assert tree.digests(store) == large_tree


def test_two_converters_of_one_source(
    large: Made, large_tree: dict[str, str], tmp_path: Path
) -> None:
    """They may take turns or one may give way: one succeeds, and the clip is right."""
    store = tmp_path / "store"
    with (
        converting(large.path, store, *SHARDS) as one,
        converting(large.path, store, *SHARDS) as two,
    ):
        ends = [ended(one), ended(two)]
    assert any(done.code == 0 for done, _ in ends)
    for done, line in ends:
        assert done.code == 0 or line["error"]["code"] in ("exists", "changed"), done.err
    verify(store)
    assert tree.digests(store) == large_tree


def test_two_converters_of_two_sources_by_one_name(
    large: Made, large_tree: dict[str, str], tmp_path: Path
) -> None:
    """One of them gets the name; no mixture."""
    other = big(tmp_path / "other.mov", 150 << 20).path
    convert_one(other, tmp_path / "alone", *SHARDS, "--name", large.path.stem)
    store = tmp_path / "store"
    name = ("--name", large.path.stem)
    with (
        converting(large.path, store, *SHARDS, *name) as one,
        converting(other, store, *SHARDS, *name) as two,
    ):
        codes = [ended(one)[0].code, ended(two)[0].code]
    assert sorted(codes) == [0, 1]
    verify(store)
    assert tree.digests(store) == (tree.digests(tmp_path / "alone") if codes[0] else large_tree)


@pytest.mark.parametrize(
    "words",
    [
        ["manifest", "{url}/"],
        ["manifest", "{rows}", "--check"],
        ["manifest", "{rows}", "--sidecars"],
        ["convert", "--manifest", "{rows}", "{folder}/store"],
        ["convert", "{url}/a.mov", "{folder}/store"],
    ],
    ids=["listing", "check", "sidecars", "manifest", "convert"],
)
def test_a_signal_ends_the_wait_for_a_server_that_does_not_answer(words: list[str], tmp_path: Path) -> None:
    """Long before its time limits, which are minutes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        rows = tmp_path / "rows.jsonl"
        rows.write_text(json.dumps({"source": f"{url}/a.mov", "size": 1000, "sidecar": True}))
        filled = [word.format(url=url, rows=rows, folder=tmp_path) for word in words]
        with subprocess.Popen([CAMZARR, *filled], stderr=subprocess.PIPE, text=True) as run:
            asked, _ = server.accept()
            with asked:
                asked.recv(1)
                run.send_signal(signal.SIGTERM)
                _, err = run.communicate(timeout=60)
    assert run.returncode == STOPPED, err
    assert "stopped" in err
