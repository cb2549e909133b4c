"""Stores of format 1.0 that were written once, tests/fixtures: they stay readable."""

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

FOLDER = TESTS / "fixtures/format-1.0"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_bytes())
NAME: str = EXPECTED["name"]
FRAMES = range(len(EXPECTED["time"]))
DECODED = [i for i in FRAMES if EXPECTED["rgb24"][i]]


@pytest.fixture(params=["zarr3", "zarr2"])
def store(request: pytest.FixtureRequest) -> Path:
    """A store that tests must not change."""
    return FOLDER / request.param


@pytest.fixture
def copy(store: Path, tmp_path: Path) -> Path:
    """One that they may change."""
    return Path(shutil.copytree(store, tmp_path / "copy"))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_nothing_of_it_was_changed() -> None:
    """Make a fixture of a new version of the format instead."""
    found = tree.digests(FOLDER)
    del found["expected.json"]
    assert found == EXPECTED["files"]
    assert 0 < len(DECODED) < len(FRAMES) and 0 in EXPECTED["size"]


def test_it_is_intact(store: Path) -> None:
    verify(store)
    assert tree.digests(FOLDER).keys() - {"expected.json"} == EXPECTED["files"].keys()


def test_its_description(store: Path) -> None:
    (clip,) = camzarr("info", "--json", store, NAME).lines()
    source = EXPECTED["source"]
    assert (clip["source"], clip["bytes"], clip["md5"]) == (source["name"], source["bytes"], source["md5"])
    assert (clip["width"], clip["height"], clip["frames"]) == (EXPECTED["width"], EXPECTED["height"], len(FRAMES))
    assert clip["damaged_frames"] == len(FRAMES) - len(DECODED) and clip["interlace"] == "top_field_first"
    for words, section in (([store], "store"), ([store, NAME], "clips")):
        (line,) = camzarr("attributes", "--json", *words).lines()
        assert line["attributes"] == EXPECTED["attributes"][section]


def test_it_is_restored(store: Path, tmp_path: Path) -> None:
    camzarr("restore", store, NAME, tmp_path / "again.mov")
    assert sha256((tmp_path / "again.mov").read_bytes()) == EXPECTED["source"]["sha256"]


@pytest.mark.parametrize("layout", ["rgb24", "gray16le"])
def test_its_pixels(layout: str, store: Path) -> None:
    for i in DECODED:
        data = camzarr("frame", store, NAME, str(i), "-o", "-", "--format", layout).out
        assert sha256(data) == EXPECTED[layout][i], i


def test_its_frames_as_recorded(store: Path) -> None:
    for i in DECODED:
        assert sha256(camzarr("frame", store, NAME, str(i), "-o", "-", "--format", "icpf").out) == EXPECTED["frames"][i]


def test_a_reader_of_the_document_alone() -> None:
    clip = TinyClip(FOLDER / "zarr3", NAME)
    clip.check()
    assert clip.times.tolist() == EXPECTED["time"]
    assert [sha256(clip.frame(i)) for i in FRAMES] == EXPECTED["frames"]


def test_schemas_of_1_0_describe_it() -> None:
    schemas.validate_tree(FOLDER / "zarr3")


def test_its_index_through_zarr_python(store: Path) -> None:
    with xr.open_zarr(store / "clips" / NAME / "index") as index:
        assert index["time"].values.astype("int64").tolist() == EXPECTED["time"]
        for name in ("source_offset", "size", "flags"):
            assert index[name].values.tolist() == EXPECTED[name]


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


def test_its_pixels_through_zarr_python(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(getattr(registry, "__codec_registries"), "camzarr.prores", registry.Registry())
    registry.register_codec("camzarr.prores", Decode)
    monkeypatch.setitem(codec_registry, "camzarr.prores", DecodeV2)
    video = xr.open_zarr(store / "clips" / NAME / "video", chunks=None)
    assert [sha256(np.ascontiguousarray(video["video"][i].values).tobytes()) for i in DECODED] == [
        EXPECTED["rgb24"][i] for i in DECODED
    ]
    assert video["time"].values.astype("int64").tolist() == EXPECTED["time"]
    assert video["y"].values.tolist() == list(range(EXPECTED["height"]))[::-1]
    assert video["x"].values.tolist() == list(range(EXPECTED["width"]))


def test_its_source_is_there_already(copy: Path, tmp_path: Path) -> None:
    """The fingerprint is computed as it was."""
    source = tmp_path / EXPECTED["source"]["name"]
    camzarr("restore", copy, NAME, source)
    before = tree.digests(copy)
    version = "3" if (copy / "zarr.json").exists() else "2"
    report = convert_one(source, copy, "--zarr-format", version, "--frames-per-shard", "4", code=None)
    assert report["status"] == "present" and tree.digests(copy) == before


def test_its_attributes_can_be_changed(copy: Path) -> None:
    for words in ([copy, "--remove", "keywords"], [copy, NAME, "--remove", "license"]):
        camzarr("attributes", *words)
    verify(copy)
    camzarr("rm", copy, NAME)
    assert not (copy / "clips" / NAME).exists()
