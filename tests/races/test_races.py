"""Commands that meet on one clip: what each of them says, and what is there in the end."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from actors import Source, converting, readers, removing
from conftest import States
from driver import Race, Start, race
from history import ABSENT
from places import Bucket, Folder
from support.objects import Place
from support.servers import S3

FULL = bool(os.environ.get("CZ_FULL"))
SAMPLE = 15.0  # seconds


def _run(racing: Race, request: pytest.FixtureRequest, full: int) -> None:
    """`full`: rounds of `make test-full`, unless the command line says how many."""
    option = request.config.getoption
    rounds = option("--rounds") or (full if FULL else None)
    seconds = math.inf if rounds else SAMPLE
    result = race(racing, option("--seed"), rounds or full, seconds, option("--faults"))
    print(result.told())
    if result.faults:
        pytest.fail(result.told(), pytrace=False)
    if result.rounds >= 100:
        assert len(result.ends) == 3, "the rounds all end alike: the test tests nothing"


@pytest.fixture
def folder(sources: dict[str, Source], states: States, shim: Path, tmp_path: Path) -> Race:
    return Race(Folder(tmp_path / "store"), sources, states, shim)


def test_rm_meets_a_slow_commit(folder: Race) -> None:
    """The commit waits for the disk; what it is about to publish is removed meanwhile."""
    convert = converting(folder.place.url, folder.sources["A"], overwrite=False)
    rm = removing(folder.place.url)
    folder.pinned(
        ABSENT,
        [Start(convert, 0, "0:sync=400000!"), Start(rm, 0.1, key="source/bytes/chunks.jsonl")],
    )


def test_verify_in_the_last_moment_of_a_conversion(folder: Race) -> None:
    """The commit marker is there, and what remains to be removed is there still."""
    url = folder.place.url
    convert = converting(url, folder.sources["A"], overwrite=False)
    verify = readers(url, folder.sources)["verify all"]
    late = [Start(verify, 0, key="zarr.json"), Start(verify, 0.2, key="zarr.json")]
    folder.pinned(ABSENT, [Start(convert, 0, "0:unlink=400000!"), *late])


def test_in_a_folder(folder: Race, request: pytest.FixtureRequest) -> None:
    _run(folder, request, 3000)


def test_in_a_bucket(
    sources: dict[str, Source],
    states: States,
    shim: Path,
    versity: S3,
    request: pytest.FixtureRequest,
) -> None:
    _run(Race(Bucket(Place(versity)), sources, states, shim), request, 1000)
