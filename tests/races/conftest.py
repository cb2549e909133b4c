"""Fixtures of the race driver: two sources, what becomes of each without a race, and the shim."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "e2e")]

from actors import NAME, SHARDS, Source  # noqa: E402
from driver import build_shim  # noqa: E402
from history import ABSENT  # noqa: E402
from maker import make  # noqa: E402
from support import servers, tree  # noqa: E402
from support.cloud import until  # noqa: E402
from support.command import CAMZARR, camzarr, convert_one  # noqa: E402

CASES = {"A": "usual", "B": "size_127x95_bff"}
States = Mapping[str, Mapping[str, Path]]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("races")
    group.addoption("--seed", type=int, default=1, help="of the first round; the next is one more")
    group.addoption("--rounds", type=int, help="how many (default: as many as the test's time has)")
    group.addoption("--faults", type=int, default=1, help="end a series after so many faults")


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """By label: a source, and the store that holds its clip alone."""
    out = {}
    for label, case in CASES.items():
        folder = tmp_path_factory.mktemp(label)
        made = make(case, folder / f"{label}.mov")
        convert_one(made.path, folder / "store", "--name", NAME, *SHARDS)
        out[label] = (made.path, folder / "store")
    return out


@pytest.fixture(scope="session")
def sources(stores: dict[str, tuple[Path, Path]]) -> dict[str, Source]:
    out = {}
    for label, (movie, store) in stores.items():
        raw = camzarr("frame", store, NAME, "0:8", "--format", "raw", "-o", "-")
        out[label] = Source(label, movie, tree.digests(store / "clips" / NAME), raw.out)
    return out


def _conversion_record(movie: Path, store: Path, shim: Path) -> Path:
    """begun.json of a conversion into an empty store, killed before that is removed."""
    env = {**os.environ, "LD_PRELOAD": str(shim), "CZ_SLOW": "0:unlink=60000000!"}
    words = ["convert", "-q", "--name", NAME, *SHARDS, str(movie), str(store)]
    clip = store / "clips" / NAME
    with subprocess.Popen([str(CAMZARR), *words], env=env) as run:
        try:
            until((clip / "begun.json").exists)
        finally:
            run.kill()
    return clip / "begun.json"


@pytest.fixture(scope="session")
def states(
    stores: dict[str, tuple[Path, Path]], shim: Path, tmp_path_factory: pytest.TempPathFactory
) -> States:
    """The whole store's objects: with no clip, with either, and with half a conversion of A."""
    out: dict[str, dict[str, Path]] = {}
    for label, (_, store) in stores.items():
        out[label] = {path.relative_to(store).as_posix(): path for path in tree.files(store)}
    clip = f"clips/{NAME}/"
    out[ABSENT] = {key: path for key, path in out["A"].items() if not key.startswith(clip)}
    half = {key: path for key, path in out["A"].items() if key.startswith(clip + "video/")}
    movie, folder = stores["A"][0], tmp_path_factory.mktemp("begun")
    for key, path in out[ABSENT].items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / key)
    record = _conversion_record(movie, folder, shim)
    out["half of A"] = {**out[ABSENT], **half, clip + "begun.json": record}
    return out


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_shim(tmp_path_factory.mktemp("shim"))


@pytest.fixture(scope="session")
def versity() -> Iterator[servers.S3]:
    with servers.versitygw() as server:
        yield server
