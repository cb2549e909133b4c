"""verify demands all of a clip's statistics, overview and scenes, and that they agree with the rest.

Every digest is right here: the clips are such as a program with a mistake would write them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest

from maker import make
from support.command import DIFFERENT, convert_one, verify

CASE = "small_and_still"
GROUPS = ("statistics", "overview", "scenes")
ZEROS = "0" * 64


class Forged:
    """A clip whose objects are changed together with their digests."""

    def __init__(self, store: Path) -> None:
        self.store = store
        (self.folder,) = (path for path in (store / "clips").iterdir() if path.is_dir())
        self.is_v2 = (store / ".zgroup").exists()
        self.marker_name = ".zattrs" if self.is_v2 else "zarr.json"
        self.document = json.loads((self.folder / self.marker_name).read_bytes())

    @property
    def ours(self) -> dict[str, Any]:
        """The attribute camzarr of the commit marker."""
        return self.document["camzarr"] if self.is_v2 else self.document["attributes"]["camzarr"]

    def keys(self) -> list[str]:
        """Of the objects of the three groups, as the commit marker lists them."""
        return [one["key"] for one in self.ours["objects"] if one["key"].split("/")[0] in GROUPS]

    def drop(self, key: str) -> None:
        """Remove an object and its entry."""
        (self.folder / key).unlink()
        self.ours["objects"] = [one for one in self.ours["objects"] if one["key"] != key]

    def put(self, key: str, data: bytes) -> None:
        """Replace an object and its entry."""
        (self.folder / key).write_bytes(data)
        (entry,) = (one for one in self.ours["objects"] if one["key"] == key)
        entry.update(size=len(data), sha256=hashlib.sha256(data).hexdigest())

    def edit(self, key: str, change: Callable[[Any], None]) -> None:
        """Change a document."""
        document = json.loads((self.folder / key).read_bytes())
        change(document)
        self.put(key, json.dumps(document).encode())

    def values(self, array: str, values: np.ndarray) -> None:
        """Replace the only chunk of an array."""
        plain = self.is_v2 or array.endswith(("/y", "/x"))
        data = np.ascontiguousarray(values).tobytes()
        if not plain:
            data = numcodecs.Blosc(cname="zstd", clevel=5, shuffle=1).encode(np.ascontiguousarray(values))
        self.put(f"{array}/0" if self.is_v2 else f"{array}/c/0", data)

    def found(self) -> list[tuple[str, str]]:
        """What verify finds when the commit marker has its digest: (object, what)."""
        self.ours["digest"] = ZEROS
        text = json.dumps(self.document, indent=2) + "\n"
        at = text.rindex(ZEROS)
        digest = hashlib.sha256(text.encode()).hexdigest()
        (self.folder / self.marker_name).write_text(text[:at] + digest + text[at + len(ZEROS) :])
        lines = verify(self.store, "--json", code=None).lines()
        below = f"clips/{self.folder.name}/"
        return [(line["key"].removeprefix(below), line["what"]) for line in lines if "status" not in line]


@pytest.fixture(scope="module", params=["3", "2"])
def original(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a clip of format 1.1. Tests must not change it."""
    folder = tmp_path_factory.mktemp("analysis")
    made = make(CASE, folder)
    convert_one(made.path, folder / "store", "--overview", "10", "--zarr-format", request.param)
    verify(folder / "store")
    return folder / "store"


@pytest.fixture
def clip(original: Path, tmp_path: Path) -> Forged:
    """A copy, which they may."""
    return Forged(Path(shutil.copytree(original, tmp_path / "store")))


def test_nothing_is_forged(clip: Forged) -> None:
    assert clip.found() == []
    scenes = "scenes/signature/0.0.0" if clip.is_v2 else "scenes/signature/c/0/0/0"
    assert scenes in clip.keys() and len(clip.keys()) > 50


def test_every_object_is_demanded(clip: Forged, original: Path) -> None:
    """One at a time is left out, of the folder and of the commit marker's list."""
    listed = clip.ours["objects"]
    for key in clip.keys():
        clip.drop(key)
        if clip.is_v2 and key == "scenes/start_frame/0":  # then there are no scenes, and the others have too many
            assert {found for found, _ in clip.found()} >= {"scenes/end_frame/.zarray"}
        else:
            assert any(key in what for _, what in clip.found()), key
        clip.ours["objects"] = listed
        shutil.copy(original / "clips" / clip.folder.name / key, clip.folder / key)
    assert clip.found() == []


@pytest.mark.parametrize("array", ["statistics/zoom", "statistics/time", "overview/picture", "overview/frame", "scenes/end_frame"])
def test_lengths_that_differ(array: str, clip: Forged) -> None:
    """The document of one array claims an element more."""
    key = f"{array}/.zarray" if clip.is_v2 else f"{array}/zarr.json"

    def longer(document: Any) -> None:
        document["shape"][0] += 1

    clip.edit(key, longer)
    assert (key, "its member shape isn't that of the clip's frames and `analysis`") in clip.found()


@pytest.mark.parametrize("array", ["statistics/luma_std", "statistics/flags", "overview/picture", "scenes/signature"])
def test_versions_that_differ(array: str, clip: Forged) -> None:
    key = f"{array}/{'.zattrs' if clip.is_v2 else 'zarr.json'}"

    def other(document: Any) -> None:
        (document if clip.is_v2 else document["attributes"])["camzarr_analysis_version"] = 7

    clip.edit(key, other)
    found = clip.found()
    assert any(one == key and "camzarr_analysis_version" in what for one, what in found)
    assert any("its copy of" in what for _, what in found)


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_of_another_kind_or_format(group: str, clip: Forged) -> None:
    key = f"{group}/{'.zattrs' if clip.is_v2 else 'zarr.json'}"

    def other(document: Any) -> None:
        attributes = document if clip.is_v2 else document["attributes"]
        attributes.update(camzarr_kind="index", camzarr_format="1.0")

    clip.edit(key, other)
    told = " ".join(what for found, what in clip.found() if found == key)
    assert "camzarr_kind" in told and "camzarr_format" in told


def test_consolidated_metadata_of_other_arrays(clip: Forged) -> None:
    holder = "statistics/.zmetadata" if clip.is_v2 else "statistics/zarr.json"
    name = "zoom/.zarray" if clip.is_v2 else "zoom"

    def other(document: Any) -> None:
        nodes = document["metadata"] if clip.is_v2 else document["consolidated_metadata"]["metadata"]
        nodes[name]["shape"][0] = 99

    clip.edit(holder, other)
    assert clip.found() == [(holder, f"its copy of {name} differs")]
    if not clip.is_v2:
        del clip.document["consolidated_metadata"]["metadata"]["overview/frame"]
        assert (clip.marker_name, "its copy of overview/frame differs") in clip.found()


def changed(values: list[int], at: int = -1) -> np.ndarray:
    """With one that is another."""
    data = np.array(values, "i8")
    data[at] += 100
    return data


def read(clip: Forged, array: str) -> list[int]:
    """The values of an array of integers."""
    data = (clip.folder / (f"{array}/0" if clip.is_v2 else f"{array}/c/0")).read_bytes()
    if not clip.is_v2 and not array.endswith(("/y", "/x")):
        data = numcodecs.Blosc().decode(data)
    kind = "<u4" if array.endswith(("size", "frame")) else "<i8"
    return np.frombuffer(data, kind).tolist()


@pytest.mark.parametrize(
    "array",
    ["statistics/time", "statistics/size", "statistics/flags", "overview/time", "overview/frame", "overview/y", "overview/x"],
)
def test_values_that_contradict_the_rest(array: str, clip: Forged) -> None:
    values = changed(read(clip, array))
    clip.values(array, values.astype("u4") if array.endswith(("size", "frame")) else values)
    ((found, what),) = clip.found()
    assert found.startswith(f"{array}/") and what == (
        f"value {len(values) - 1} contradicts the index or the clip's `analysis`"
    )


def test_too_few_values(clip: Forged) -> None:
    clip.values("statistics/zoom", np.ones(2, "f4"))
    ((found, _),) = clip.found()
    assert found.startswith("statistics/zoom/")


@pytest.mark.parametrize("array", ["scenes/end_frame", "scenes/representative_frame"])
def test_scenes_beyond_the_clip(array: str, clip: Forged) -> None:
    clip.values(array, changed(read(clip, array)).astype("u4"))
    ((found, what),) = clip.found()
    assert found.startswith("scenes/") and "can't have frames" in what


@pytest.mark.parametrize("rate", ["11/1", "all", "2/4", "often", ""])
def test_the_rate_of_another_overview(rate: str, clip: Forged) -> None:
    clip.ours["analysis"]["overview"] = rate
    assert clip.found() != []


def test_format_and_analysis_belong_together(clip: Forged) -> None:
    analysis = clip.ours.pop("analysis")
    told = " ".join(what for found, what in clip.found() if found == clip.marker_name)
    assert "of format 1.1 without `analysis`" in told and "but has no `analysis`" in told
    digest = clip.ours.pop("digest")
    clip.ours.update(analysis=analysis, format="1.0", digest=digest)
    assert clip.found() == [(clip.marker_name, "it is of format 1.0, but has `analysis`")]
    assert verify(clip.store, code=DIFFERENT)


def test_a_clip_without_analysis_needs_none(tmp_path: Path) -> None:
    made = make(CASE, tmp_path)
    convert_one(made.path, tmp_path / "store", "--overview", "none")
    verify(tmp_path / "store")
