"""`export stac`, judged by pystac with the schemas of STAC 1.1 and of the extensions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pystac
import pytest
import zarr
from PIL import Image
from pystac.validation import RegisteredValidator

from maker import make
from support.clips import Clip
from support.command import FAILED, USAGE, camzarr, convert_one

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path(__file__).parent / "support/stac"
PLACE = {
    "geospatial_lat_min": 45.93,
    "geospatial_lat_max": 45.93,
    "geospatial_lon_min": -130.01,
    "geospatial_lon_max": -130.01,
}


@pytest.fixture(scope="module", autouse=True)
def offline() -> None:
    """The schemas of the extensions lie beside this file."""
    validator: Any = RegisteredValidator.get_validator()
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text())
        validator.schema_cache[schema["$id"].removesuffix("#")] = schema


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clips, one of unknown time; the camera of one of them moves."""
    folder = tmp_path_factory.mktemp("stac")
    store = folder / "my store"
    for case, name, options in (
        ("usual", "a+b", ["--overview", "1", "--sha256"]),
        ("timeless", "timeless", ["--overview", "none"]),
        ("audio_in24", "sound", ["--overview", "none"]),
    ):
        convert_one(make(case, folder / f"{case}.mov").path, store, "--name", name, *options)
    camzarr("attributes", store, "--set", ROOT / "examples/camhd-attributes.json")
    moving = folder / "moving.json"
    moving.write_text(json.dumps(PLACE | {"geospatial_lat_max": 46, "platform": "ROV"}))
    camzarr("attributes", store, "sound", "--set", moving)
    return store


def exported(store: Path, out: Path, *words: str | Path) -> pystac.Collection:
    """The collection, after pystac has accepted it and all of its items."""
    camzarr("export", "stac", store, *words, out)
    collection = pystac.Collection.from_file(str(out / "collection.json"))
    assert collection.validate_all() == len(list(collection.get_items(recursive=True)))
    collection.validate()
    return collection


def opened(href: str) -> zarr.Group:
    """The group at a file:// address."""
    return zarr.open_group(unquote(href.removeprefix("file://")), mode="r")


def test_pystac_accepts_it(store: Path, tmp_path: Path) -> None:
    collection = exported(store, tmp_path / "out")
    assert collection.id == "RS03ASHS-PN03B-06-CAMHDA301"
    assert collection.extent.spatial.bboxes == [[-130.01, 45.93, -130.01, 46]]
    assert [item.id for item in collection.get_items()] == ["a+b", "sound", "timeless"]
    for item in collection.get_items():
        assert item.collection_id == collection.id
        assert item.get_collection().id == collection.id
    (interval,) = collection.extent.temporal.intervals
    known = [collection.get_item(name) for name in ("a+b", "sound")]
    assert interval[0] == min(item.datetime for item in known)
    assert "CamHD" in collection.keywords and collection.providers[0].roles == ["producer"]


def test_items_say_where_clips_come_from(store: Path, tmp_path: Path) -> None:
    item = exported(store, tmp_path / "out", "--source", "https://example.org/raw files/").get_item("a+b")
    marker = Clip(store, "a+b").mark
    found = item.properties
    assert found["camzarr:source"] == marker["source"]
    assert found["camzarr:fingerprint"] == marker["fingerprint"]
    assert found["processing:software"] == {"camzarr": marker["software"].removeprefix("camzarr ")}
    source = item.assets["source"]
    assert source.href == "https://example.org/raw files/" + marker["source"]["name"]
    assert source.extra_fields["file:checksum"] == "1220" + marker["source"]["sha256"]
    assert source.extra_fields["file:size"] == marker["source"]["bytes"]


def test_times_are_exact(store: Path, tmp_path: Path) -> None:
    camzarr("export", "stac", store, tmp_path / "out")
    for name in ("a+b", "sound", "timeless"):
        item = json.loads((tmp_path / f"out/{name}/{name}.json").read_text())
        marker = Clip(store, name).mark
        for member, ns in (("start_datetime", "start_ns"), ("end_datetime", "end_ns")):
            told = np.datetime64(item["properties"][member].removesuffix("Z"), "ns")
            assert told.astype(int) == marker[ns]
        assert item["properties"]["camzarr:start_from"] == marker["start_from"]


def test_places(store: Path, tmp_path: Path) -> None:
    collection = exported(store, tmp_path / "out")
    point, area = collection.get_item("a+b"), collection.get_item("sound")
    assert point.geometry == {"type": "Point", "coordinates": [-130.01, 45.93]}
    assert area.geometry["type"] == "Polygon"
    assert area.bbox == [-130.01, 45.93, -130.01, 46]
    (ring,) = area.geometry["coordinates"]
    assert ring[0] == ring[-1] and len(ring) == 5
    assert area.properties["platform"] == "ROV", "the clip's attribute wins"


def test_without_attributes(tmp_path: Path) -> None:
    """An unknown place is no place in an item; a collection must have one, and has the world."""
    convert_one(make("timeless", tmp_path / "raw.mov").path, tmp_path / "bare", "--name", "x")
    collection = exported(tmp_path / "bare", tmp_path / "out")
    assert collection.id == "bare" and collection.license == "other"
    assert collection.extent.spatial.bboxes == [[-180, -90, 180, 90]]
    assert collection.extent.temporal.intervals == [[None, None]]
    item = collection.get_item("x")
    assert item.geometry is None and item.bbox is None
    assert "source" not in item.assets


def test_assets_are_there(store: Path, tmp_path: Path) -> None:
    collection = exported(store, tmp_path / "out")
    item = collection.get_item("a+b")
    assert item.assets["clip"].href.startswith("file:///") and " " not in item.assets["clip"].href
    for name in ("clip", "index", "source_bytes", "overview", "statistics", "scenes"):
        assert opened(item.assets[name].href).attrs["title"]
    assert "overview" not in collection.get_item("timeless").assets
    assert opened(collection.assets["store"].href).attrs["camzarr_kind"] == "store"
    with Image.open(tmp_path / "out/a+b/a+b.png") as picture:
        frames = Clip(store, "a+b").mark["frames"]
        camzarr("frame", store, "a+b", str(frames // 2), "-o", tmp_path / "x.png", "--scale", "1/8")
        with Image.open(tmp_path / "x.png") as want:
            assert np.array_equal(np.asarray(picture), np.asarray(want))


def test_a_clip_without_a_picture(tmp_path: Path) -> None:
    """Its item has no thumbnail."""
    made = make("one_frame", tmp_path / "raw.mov")
    size, offset = made.frames[0].size, made.frames[0].offset
    with made.path.open("r+b") as file:
        file.seek(offset + 8)
        file.write(bytes(size - 8))
    convert_one(made.path, tmp_path / "store", "--name", "x", code=None)
    item = exported(tmp_path / "store", tmp_path / "out").get_item("x")
    assert "thumbnail" not in item.assets and not list((tmp_path / "out/x").glob("*.png"))


def test_named_clips_and_what_is_there(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (line,) = camzarr("export", "stac", store, "timeless", "a+b", out, "--json").lines()
    assert line == {"path": str(out), "form": "stac", "clips": ["a+b", "timeless"]}
    first = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    done = camzarr("export", "stac", store, "a+b", out, code=FAILED)
    assert "--overwrite" in done.err
    camzarr("export", "stac", store, "timeless", "a+b", out, "--overwrite")
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["STORE", "-"], "OUT is a folder"),
        (["MOV", "OUT"], "only clips of a store"),
        (["STORE", "OUT", "--frames", "0"], "--frames does not apply"),
    ],
)
def test_usage_errors(words: list[str], said: str, store: Path, tmp_path: Path) -> None:
    (tmp_path / "x.mov").touch()
    there = {"STORE": str(store), "OUT": str(tmp_path / "out"), "MOV": str(tmp_path / "x.mov")}
    done = camzarr("export", "stac", *[there.get(word, word) for word in words], code=USAGE)
    assert said in done.err and not (tmp_path / "out").exists()


def test_a_missing_clip_leaves_no_collection(store: Path, tmp_path: Path) -> None:
    done = camzarr("export", "stac", store, "a+b", "nothing", tmp_path / "out", code=FAILED)
    assert "no such clip" in done.err
    assert not (tmp_path / "out/collection.json").exists()
