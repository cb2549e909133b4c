"""The same source and options give the same bytes: on any number of threads, after any interruption."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from maker import Made, big, cases, make
from support import tree
from support.command import STOPPED, camzarr, convert_one, verify
from support.running import converting, ended, go_on, held_at_first_shard

MANY = [case for case in cases() if case not in cases("hostile") + cases("empty")]
SHARDS = ("--frames-per-shard", "8")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Large enough to be interrupted in the midst of it."""
    return big(tmp_path_factory.mktemp("source") / "CAMHDA301-20180712T001500.mov", 200 << 20)


@pytest.fixture(scope="module")
def reference(source: Made, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The tree that an undisturbed conversion makes of it."""
    store = tmp_path_factory.mktemp("reference") / "store"
    convert_one(source.path, store, *SHARDS)
    verify(store)
    return tree.digests(store)


@pytest.mark.parametrize("case", MANY)
def test_one_and_eight_threads(case: str, tmp_path: Path) -> None:
    made = make(case, tmp_path)
    trees = []
    for threads in ("1", "8"):
        store = tmp_path / threads
        camzarr("convert", made.path, store, "--threads", threads, "--frames-per-shard", "4", code=None)
        trees.append(tree.digests(store))
    assert trees[0] == trees[1]


def test_one_and_eight_threads_of_a_large_one(
    source: Made, reference: dict[str, str], tmp_path: Path
) -> None:
    for threads in ("1", "8"):
        convert_one(source.path, tmp_path / threads, *SHARDS, "--threads", threads)
        assert tree.digests(tmp_path / threads) == reference


def test_where_it_lies_makes_no_difference(source: Made, reference: dict[str, str], tmp_path: Path) -> None:
    """Nor does the time: another folder, another time of change."""
    moved = tmp_path / "elsewhere" / source.path.name
    moved.parent.mkdir()
    os.link(source.path, moved)
    os.utime(moved, (1, 1))
    convert_one(moved, tmp_path / "store", *SHARDS, env={**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C"})
    assert tree.digests(tmp_path / "store") == reference


def _takes(source: Made, store: Path) -> float:
    begun = time.monotonic()
    convert_one(source.path, store, *SHARDS)
    taken = time.monotonic() - begun
    shutil.rmtree(store)
    return taken


def _killed_and_resumed(source: Made, store: Path, after: float, reference: dict[str, str]) -> bool:
    """Kill a conversion so many seconds after it began, and do it again. True if it was under way."""
    with converting(source.path, store, *SHARDS) as run:
        time.sleep(after)
        run.send_signal(signal.SIGKILL)
        was_killed = run.wait() == -signal.SIGKILL
    there = tree.digests(store) if store.exists() else {}
    whole = {key for key, digest in there.items() if reference.get(key) == digest}
    mark = f"clips/{source.path.stem}/zarr.json"
    assert mark not in there or there[mark] == reference[mark]
    shards = {key for key in whole if "/video/video/c/" in key}
    torn = {key for key in there if "/video/video/c/" in key and key.endswith("/0/0/0")} - shards
    assert not torn, "an object under its final name that isn't whole"
    before = tree.identities(store) if store.exists() else {}
    convert_one(source.path, store, *SHARDS)
    verify(store)
    assert tree.digests(store) == reference
    after_again = tree.identities(store)
    assert {key for key in shards if before[key] != after_again[key]} == set(), "written again"
    return was_killed


def _kills(source: Made, folder: Path, reference: dict[str, str], times: int, seed: int) -> None:
    moments = random.Random(seed)
    lasts = _takes(source, folder / "warm")
    under_way = 0
    for i in range(times):
        store = folder / f"store{i}"
        under_way += _killed_and_resumed(source, store, moments.uniform(0, lasts), reference)
        shutil.rmtree(store)
    assert under_way >= times // 2, "the moments miss the conversion: the test tests nothing"


def test_killed_and_done_again(source: Made, reference: dict[str, str], tmp_path: Path) -> None:
    _kills(source, tmp_path, reference, 8, seed=1)


@pytest.mark.full
def test_killed_fifty_times(source: Made, reference: dict[str, str], tmp_path: Path) -> None:
    _kills(source, tmp_path, reference, 50, seed=2)


def test_killed_again_and_again_in_one_store(
    source: Made, reference: dict[str, str], tmp_path: Path
) -> None:
    """Each run gets a little farther: what is whole is never done twice."""
    store = tmp_path / "store"
    shards: set[str] = set()
    for _ in range(4):
        with converting(source.path, store, *SHARDS) as run:
            time.sleep(0.15)
            run.send_signal(signal.SIGKILL)
            run.wait()
        here = {key for key in tree.digests(store) if key.endswith("/0/0/0")}
        assert shards <= here
        shards = here
    line = convert_one(source.path, store, *SHARDS)
    assert line["status"] in ("converted", "present")
    assert tree.digests(store) == reference


def test_resuming_writes_only_what_is_missing(
    source: Made, reference: dict[str, str], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    with converting(source.path, store, *SHARDS) as run:
        held_at_first_shard(run, store)
        run.send_signal(signal.SIGKILL)
    # A shard that lost its end, as a file system without barriers may leave it.
    whole = {key for key in tree.digests(store) if key.endswith("/0/0/0")}
    torn = store / min(whole)
    os.truncate(torn, torn.stat().st_size // 2)
    line = convert_one(source.path, store, *SHARDS)
    total = sum(path.stat().st_size for path in tree.files(store))
    kept = sum((store / key).stat().st_size for key in whole - {min(whole)})
    assert line["bytes_written"] <= total - kept
    assert tree.digests(store) == reference


def test_done_already(source: Made, reference: dict[str, str], tmp_path: Path) -> None:
    store = tmp_path / "store"
    convert_one(source.path, store, *SHARDS)
    before = tree.identities(store)
    line = convert_one(source.path, store, *SHARDS)
    assert (line["status"], line["bytes_written"]) == ("present", 0)
    assert tree.identities(store) == before


def test_overwriting_is_asked_for(source: Made, reference: dict[str, str], tmp_path: Path) -> None:
    """Another fingerprint under the same name: refused, or what was there is gone altogether."""
    store = tmp_path / "store"
    convert_one(source.path, store, "--frames-per-shard", "4")
    before = tree.digests(store)
    line = convert_one(source.path, store, *SHARDS, code=1)
    assert line["error"]["code"] == "exists"
    assert tree.digests(store) == before
    convert_one(source.path, store, *SHARDS, "--overwrite")
    assert tree.digests(store) == reference


def test_interrupted_by_hand(source: Made, reference: dict[str, str], tmp_path: Path) -> None:
    """SIGINT: stops by itself, says how to go on, publishes nothing."""
    store = tmp_path / "store"
    with converting(source.path, store, *SHARDS) as run:
        held_at_first_shard(run, store)
        run.send_signal(signal.SIGINT)
        go_on(run)
        done, _ = ended(run)
    assert done.code == STOPPED
    assert "again" in done.err or "goes on" in done.err or "resume" in done.err
    assert not list(store.glob("clips/*/zarr.json"))
    convert_one(source.path, store, *SHARDS)
    assert tree.digests(store) == reference


def test_two_converters_of_one_source(source: Made, reference: dict[str, str], tmp_path: Path) -> None:
    """They may take turns or one may give way: one succeeds, and the clip is right."""
    store = tmp_path / "store"
    with converting(source.path, store, *SHARDS) as one, converting(source.path, store, *SHARDS) as two:
        ends = [ended(one), ended(two)]
    assert any(done.code == 0 for done, _ in ends)
    for done, line in ends:
        assert done.code == 0 or line["error"]["code"] in ("exists", "changed"), done.err
    verify(store)
    assert tree.digests(store) == reference


def test_two_converters_of_two_sources_by_one_name(
    source: Made, reference: dict[str, str], tmp_path: Path
) -> None:
    """One of them gets the name; no mixture."""
    other = big(tmp_path / "other.mov", 150 << 20).path
    convert_one(other, tmp_path / "alone", *SHARDS, "--name", source.path.stem)
    store = tmp_path / "store"
    name = ("--name", source.path.stem)
    with (
        converting(source.path, store, *SHARDS, *name) as one,
        converting(other, store, *SHARDS, *name) as two,
    ):
        codes = [ended(one)[0].code, ended(two)[0].code]
    assert sorted(codes) == [0, 1]
    verify(store)
    assert tree.digests(store) == (tree.digests(tmp_path / "alone") if codes[0] else reference)
