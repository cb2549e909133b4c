"""Stores of each version of the format that were written once, tests/fixtures: they stay readable."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import zarr
from numcodecs.abc import Codec
from numcodecs.registry import codec_registry
from zarr import registry
from zarr.abc.codec import ArrayBytesCodec

from support import schemas, tree
from support.command import camzarr, convert_one, verify
from tiny_reader import Clip as TinyClip

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS / "vectors"))

from independent_decoder import decode  # noqa: E402

FOLDERS = {version: TESTS / f"fixtures/format-{version}" for version in ("1.0", "1.1")}
FRAMES_PER_SHARD = {"1.0": "4", "1.1": "16"}


class Frozen:
    """The stores of a version of the format, and what a reader must find in them."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.folder = FOLDERS[version]
        self.expected: dict[str, Any] = json.loads((self.folder / "expected.json").read_bytes())
        self.name: str = self.expected["name"]
        self.frames = range(len(self.expected["time"]))
        self.decoded = [i for i in self.frames if self.expected["rgb24"][i]]


@pytest.fixture(params=FOLDERS)
def frozen(request: pytest.FixtureRequest) -> Frozen:
    """Each version."""
    return Frozen(request.param)


@pytest.fixture(params=["zarr3", "zarr2"])
def store(frozen: Frozen, request: pytest.FixtureRequest) -> Path:
    """A store that tests must not change."""
    return frozen.folder / request.param


@pytest.fixture
def copy(store: Path, tmp_path: Path) -> Path:
    """One that they may change."""
    return Path(shutil.copytree(store, tmp_path / "copy"))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_nothing_of_it_was_changed(frozen: Frozen) -> None:
    """Make a fixture of a new version of the format instead."""
    found = tree.digests(frozen.folder)
    del found["expected.json"]
    assert found == frozen.expected["files"]
    assert 0 < len(frozen.decoded) < len(frozen.frames)
    assert 0 in frozen.expected["size"] or frozen.version != "1.0"


def test_it_is_intact(store: Path, frozen: Frozen) -> None:
    verify(store)
    assert tree.digests(frozen.folder).keys() - {"expected.json"} == frozen.expected["files"].keys()


def test_its_description(store: Path, frozen: Frozen) -> None:
    (clip,) = camzarr("info", "--json", store, frozen.name).lines()
    source = frozen.expected["source"]
    assert (clip["source"], clip["bytes"], clip["md5"]) == (source["name"], source["bytes"], source["md5"])
    assert (clip["width"], clip["height"]) == (frozen.expected["width"], frozen.expected["height"])
    assert clip["frames"] == len(frozen.frames)
    assert clip["damaged_frames"] == len(frozen.frames) - len(frozen.decoded) and clip["interlace"] == (
        "top_field_first" if frozen.version == "1.0" else "progressive"
    )
    for words, section in (([store], "store"), ([store, frozen.name], "clips")):
        (line,) = camzarr("attributes", "--json", *words).lines()
        assert line["attributes"] == frozen.expected["attributes"][section]


def test_it_is_restored(store: Path, tmp_path: Path, frozen: Frozen) -> None:
    camzarr("restore", store, frozen.name, tmp_path / "again.mov")
    assert sha256((tmp_path / "again.mov").read_bytes()) == frozen.expected["source"]["sha256"]


@pytest.mark.parametrize("layout", ["rgb24", "gray16le"])
def test_its_pixels(layout: str, store: Path, frozen: Frozen) -> None:
    for i in frozen.decoded:
        data = camzarr("frame", store, frozen.name, str(i), "-o", "-", "--format", layout).out
        assert sha256(data) == frozen.expected[layout][i], i


def test_its_frames_as_recorded(store: Path, frozen: Frozen) -> None:
    for i in frozen.decoded:
        data = camzarr("frame", store, frozen.name, str(i), "-o", "-", "--format", "icpf").out
        assert sha256(data) == frozen.expected["frames"][i]


def test_a_reader_of_the_document_alone(frozen: Frozen) -> None:
    clip = TinyClip(frozen.folder / "zarr3", frozen.name)
    clip.check()
    assert clip.times.tolist() == frozen.expected["time"]
    assert [sha256(clip.frame(i)) for i in frozen.frames] == frozen.expected["frames"]


def test_schemas_describe_it(frozen: Frozen) -> None:
    schemas.validate_tree(frozen.folder / "zarr3")


def test_its_index_through_zarr_python(store: Path, frozen: Frozen) -> None:
    with xr.open_zarr(store / "clips" / frozen.name / "index") as index:
        assert index["time"].values.astype("int64").tolist() == frozen.expected["time"]
        for name in ("source_offset", "size", "flags"):
            assert index[name].values.tolist() == frozen.expected[name]


class Decode(ArrayBytesCodec):
    """camzarr.prores by the independent decoder."""

    is_fixed_size = False

    @classmethod
    def from_dict(cls, data: object) -> Decode:
        return cls()

    def to_dict(self) -> dict[str, str]:
        return {"name": "camzarr.prores"}

    async def _decode_single(self, chunk_data, chunk_spec):  # type: ignore[no-untyped-def]
        (samples,) = decode(chunk_data.to_bytes(), "rgb24")
        return chunk_spec.prototype.nd_buffer.from_numpy_array(samples.reshape(chunk_spec.shape))

    def compute_encoded_size(self, input_byte_length, chunk_spec):  # type: ignore[no-untyped-def]
        raise NotImplementedError


class DecodeV2(Codec):
    """The same for Zarr version 2."""

    codec_id = "camzarr.prores"

    def __init__(self, **configuration: Any) -> None:
        self.configuration = configuration

    def get_config(self) -> dict[str, Any]:
        return {"id": self.codec_id, **self.configuration}

    def decode(self, buf: Any, out: Any = None) -> Any:
        (samples,) = decode(bytes(buf), "rgb24")
        return samples[None]

    def encode(self, buf: Any) -> Any:
        raise NotImplementedError


def test_its_pixels_through_zarr_python(store: Path, monkeypatch: pytest.MonkeyPatch, frozen: Frozen) -> None:
    monkeypatch.setitem(getattr(registry, "__codec_registries"), "camzarr.prores", registry.Registry())
    registry.register_codec("camzarr.prores", Decode)
    monkeypatch.setitem(codec_registry, "camzarr.prores", DecodeV2)
    video = xr.open_zarr(store / "clips" / frozen.name / "video", chunks=None)
    assert [sha256(np.ascontiguousarray(video["video"][i].values).tobytes()) for i in frozen.decoded] == [
        frozen.expected["rgb24"][i] for i in frozen.decoded
    ]
    assert video["time"].values.astype("int64").tolist() == frozen.expected["time"]
    assert video["y"].values.tolist() == list(range(frozen.expected["height"]))[::-1]
    assert video["x"].values.tolist() == list(range(frozen.expected["width"]))


def test_its_source_is_there_already(copy: Path, tmp_path: Path, frozen: Frozen) -> None:
    """The fingerprint is computed as it was."""
    source = tmp_path / frozen.expected["source"]["name"]
    camzarr("restore", copy, frozen.name, source)
    before = tree.digests(copy)
    version = "3" if (copy / "zarr.json").exists() else "2"
    per_shard = FRAMES_PER_SHARD[frozen.version]
    options = ["--zarr-format", version, "--frames-per-shard", per_shard, "--no-catalog"]
    report = convert_one(source, copy, *options, code=None)
    assert report["status"] == "present" and tree.digests(copy) == before


def test_its_attributes_can_be_changed(copy: Path, frozen: Frozen) -> None:
    for words in ([copy, "--remove", "keywords"], [copy, frozen.name, "--remove", "license"]):
        camzarr("attributes", *words)
    verify(copy)
    camzarr("rm", copy, frozen.name)
    assert not (copy / "clips" / frozen.name).exists()


@pytest.mark.parametrize("version", [3, 2])
def test_what_its_pictures_show(version: int) -> None:
    """Format 1.1: statistics, overview and scenes, by zarr-python without the codec."""
    frozen = Frozen("1.1")
    analysis = frozen.expected["analysis"]
    groups = {
        name: xr.open_zarr(frozen.folder / f"zarr{version}/clips" / frozen.name / name, zarr_format=version).load()
        for name in ("statistics", "overview", "scenes")
    }
    statistics, overview, scenes = groups.values()
    known = [i for i, mean in enumerate(analysis["luma_mean"]) if mean is not None]
    assert known == frozen.decoded and len(known) < len(frozen.frames)
    means = statistics["luma_mean"].values
    assert np.abs(means[known] - np.array(analysis["luma_mean"])[known].astype(float)).max() <= 0.25
    assert [i for i in frozen.frames if np.isnan(means[i])] == [i for i in frozen.frames if i not in known]
    assert statistics["size"].values.tolist() == frozen.expected["size"]
    assert statistics["time"].values.astype("int64").tolist() == frozen.expected["time"]
    assert overview["frame"].values.tolist() == analysis["shown"]
    assert overview["picture"].shape == (len(analysis["shown"]), 3, 5, 3)
    columns = ("start_frame", "end_frame", "representative_frame")
    assert np.stack([scenes[name].values for name in columns], 1).tolist() == analysis["scenes"]
    assert scenes["signature"].shape == (1, 9, 16)


@pytest.mark.parametrize("version", ["3", "2"])
def test_its_analysis_by_the_present_command(version: str) -> None:
    frozen = Frozen("1.1")
    lines = camzarr("scenes", "--json", frozen.folder / f"zarr{version}", frozen.name).lines()
    found = [[line["first"], line["last"], line["representative"]] for line in lines]
    assert found == frozen.expected["analysis"]["scenes"]
