"""Stores on file systems without hard links: exFAT by FUSE, and FAT where the kernel has it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from maker import Made, make
from support import tree
from support.command import CAMZARR, OK, camzarr, convert_one, verify
from support.mounts import formatted
from support.running import converting, ended

# The suite of every store: see test_backends.py.
SUITE = Path(os.environ.get("CZ_STORE_AT_URL") or CAMZARR.parent / "tests/unit/store_at_url")
SHARDS = ("--frames-per-shard", "8")


@pytest.fixture(scope="module", params=["exfat", "vfat"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """An empty file system; each test has a folder of its own there."""
    with formatted(request.param, tmp_path_factory.mktemp("mounted"), 1 << 30) as mounted:
        with pytest.raises(OSError):  # or it shows nothing
            (mounted / "a").touch()
            os.link(mounted / "a", mounted / "b")
        yield mounted


@pytest.mark.parametrize("zarr", ["2", "3"])
def test_convert_verify_and_remove(zarr: str, place: Path, tmp_path: Path) -> None:
    """The store's bytes are those of any other file system, and nothing is left beside them."""
    made, store, plain = make("usual", tmp_path), place / f"v{zarr}", tmp_path / "plain"
    for one in (store, plain):
        convert_one(made.path, one, "--zarr-format", zarr)
    assert tree.digests(store) == tree.digests(plain)
    verify(store)
    assert convert_one(made.path, store, "--zarr-format", zarr)["status"] == "present"
    camzarr("restore", store, made.path.stem, tmp_path / "again.mov")
    assert (tmp_path / "again.mov").read_bytes() == made.path.read_bytes()
    convert_one(made.path, store, "--zarr-format", zarr, "--overwrite")
    assert tree.digests(store) == tree.digests(plain)
    camzarr("rm", store, made.path.stem)
    assert not (store / "clips" / made.path.stem).exists()


def test_object_store_suite(place: Path) -> None:
    """But for names that such a file system can't have, or takes for one."""
    folder = place / "suite"
    folder.mkdir()
    done = subprocess.run(
        [SUITE, "--jobs", "2", "--filter", "*/!(names_may_contain*|list_is_in_byte_order*)"],
        capture_output=True,
        text=True,
        env={**os.environ, "CZ_TEST_STORE": str(folder)},
        timeout=240,
    )
    told = re.search(r"Tested: (\d+) \| Passing: (\d+)", re.sub(r"\x1b\[[0-9;]*m", "", done.stderr))
    assert done.returncode == 0 and told, done.stderr
    assert int(told.group(1)) == int(told.group(2)) >= 18, done.stderr


def test_two_conversions_at_once(place: Path, tmp_path: Path) -> None:
    made = make("usual", tmp_path)
    convert_one(made.path, tmp_path / "plain")
    for i in range(8):
        store = place / f"two{i}"
        with converting(made.path, store) as one, converting(made.path, store) as two:
            codes = [ended(run)[0].code for run in (one, two)]
        assert OK in codes, codes
        convert_one(made.path, store)
        verify(store)
        assert tree.digests(store) == tree.digests(tmp_path / "plain")


def test_killed_and_resumed(large: Made, large_tree: dict[str, str], place: Path) -> None:
    in_time = 0
    for i, objects in enumerate([1, 3, len(large_tree) // 2]):
        store = place / f"killed{i}"
        with converting(large.path, store, *SHARDS) as run:
            while run.poll() is None and (
                not store.exists() or len(list(store.rglob("*"))) < objects
            ):
                time.sleep(0.0005)
            run.send_signal(signal.SIGKILL)
            in_time += run.wait() == -signal.SIGKILL
        convert_one(large.path, store, *SHARDS)
        verify(store)
        assert tree.digests(store) == large_tree
        camzarr("rm", store, large.path.stem)
    assert in_time >= 2, "the kills come too late: the test tests nothing"
