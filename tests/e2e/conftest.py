"""Fixtures of the end-to-end tests; each case of the maker is converted once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from maker import Made, big, make  # noqa: E402
from support import cloud, servers, tree  # noqa: E402
from support.clips import Clip  # noqa: E402
from support.command import OK, convert_one, verify  # noqa: E402
from support.objects import Place  # noqa: E402

Converted_by = Callable[[str], "Converted"]
Place_of = Callable[[str], Place]


@dataclass
class Converted:
    """A case, its file, and its converted store. Tests must not change it."""

    made: Made
    line: dict[str, Any]
    store: Path
    clip: Clip

    @property
    def name(self) -> str:
        """Of the clip."""
        return self.clip.name


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Converted_by:
    """converted("usual"): the case in a store of its own, converted on first use.

    Some cases may be refused; the tests that need them are skipped then, and test_damage.py looks
    at the refusal."""
    kept: dict[str, Converted] = {}

    def convert(case: str) -> Converted:
        if case not in kept:
            folder = tmp_path_factory.mktemp(case)
            made, store = make(case, folder), folder / "store"
            line = convert_one(made.path, store, code=None if made.also else OK)
            kept[case] = Converted(made, line, store, Clip(store, made.path.stem))
        if "error" in kept[case].line:
            pytest.skip("optional: refused, as it may be")
        return kept[case]

    return convert


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A file whose conversion takes long enough to be interrupted. Tests must not change it."""
    return big(tmp_path_factory.mktemp("large") / "CAMHDA301-20180712T001500.mov", 200 << 20)


@pytest.fixture(scope="session")
def large_tree(large: Made, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Digests by path of its store after an uninterrupted conversion with 8 frames per shard."""
    store = tmp_path_factory.mktemp("large") / "store"
    convert_one(large.path, store, "--frames-per-shard", "8")
    verify(store)
    return tree.digests(store)


@pytest.fixture(scope="session")
def versity() -> Iterator[servers.S3]:
    """An S3 server: versitygw."""
    with servers.versitygw() as server:
        yield server


@pytest.fixture(scope="session")
def rados() -> Iterator[servers.S3]:
    """An S3 server: Ceph's radosgw."""
    with servers.radosgw() as server:
        yield server


@pytest.fixture(scope="session")
def azure() -> Iterator[servers.Azure]:
    """The emulator of Azure's blob service, Azurite."""
    with servers.azurite() as server:
        yield server


@pytest.fixture
def place_of(request: pytest.FixtureRequest) -> Place_of:
    """place_of("versity"): an empty bucket or container there."""
    return lambda server: Place(request.getfixturevalue(server))


@pytest.fixture(scope="session")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cloud.Movie]:
    """A small file of a few shards on a web server."""
    folder = tmp_path_factory.mktemp("movie")
    (folder / "web").mkdir()
    made = make("usual", folder / "web")
    with servers.nginx(f"root {folder}/web;") as web:
        url, port = f"{web.url}/{made.path.name}", int(web.url.rpartition(":")[2])
        yield cloud.Movie(made, folder / "web", url, port, cloud.reference(made, folder))
