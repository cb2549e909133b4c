"""The owner's attributes: store.attributes, clip.attributes, convert(attributes=)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

import camzarr
from conftest import COMMAND, TFF, USUAL, Shelf, run, shelf_of


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return shelf_of(tmp_path, USUAL, TFF)


@pytest.fixture
def store(shelf: Shelf) -> camzarr.Store:
    return camzarr.open(shelf.path)


@pytest.fixture
def clip(shelf: Shelf, store: camzarr.Store) -> camzarr.Clip:
    return store[shelf.name(USUAL)]


def test_set_and_remove(clip: camzarr.Clip) -> None:
    frame = clip[3].data
    assert dict(clip.attributes) == {} and len(clip.attributes) == 0
    clip.attributes["license"] = "CC-BY-4.0"
    clip.attributes.update({"geospatial_lat_min": 45.93}, geospatial_bounds=[1, 2.5], keywords=["a", "ä"])
    assert clip.attributes == {
        **{"license": "CC-BY-4.0", "geospatial_lat_min": 45.93},
        **{"geospatial_bounds": [1, 2.5], "keywords": ["a", "ä"]},
    }
    del clip.attributes["geospatial_bounds"]
    assert "license" in clip.attributes and sorted(clip.attributes) == [
        *("geospatial_lat_min", "keywords", "license"),
    ]
    assert repr(clip.attributes).startswith(f"<Attributes of {clip.name}: {{'")
    told = json.loads(run(COMMAND, "attributes", clip.store.url, clip.name))
    assert told == dict(clip.attributes)
    group = zarr.open_group(f"{clip.store.url}/clips/{clip.name}", mode="r")
    assert group.attrs["license"] == "CC-BY-4.0"
    clip.attributes.clear()
    assert not clip.attributes and clip.store.verify(clip.name) == []
    assert np.array_equal(clip[3].data, frame), "an open clip stays usable"


def test_of_the_store(store: camzarr.Store, clip: camzarr.Clip) -> None:
    store.attributes["institution"] = "OOI"
    assert dict(store.attributes) == {"institution": "OOI"} and not clip.attributes
    sections = {"store": {"institution": "APL"}, "clips": {"license": "CC0-1.0"}}
    assert store.attributes.replace(sections) == 3
    assert store.attributes.replace(sections) == 0
    assert dict(store.attributes) == {"institution": "APL"}
    assert all(dict(store[name].attributes) == {"license": "CC0-1.0"} for name in store)


def test_values_of_numpy(clip: camzarr.Clip) -> None:
    clip.attributes.update(depth=np.float32(1.5), count=np.int64(3), bounds=np.array([1, 2]))
    assert dict(clip.attributes) == {"depth": 1.5, "count": 3, "bounds": [1, 2]}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"title": "mine"}, "title"),
        ({"time_coverage_start": "2018"}, "time_coverage_start"),
        ({"no name": 1}, "no name"),
        ({"nested": {"a": 1}}, "nested"),
        ({"depth": float("nan")}, r"attribute depth: nan is not"),
        ({"when": object()}, r"attribute when: <object.*is not a string"),
        ({3: "x"}, "attribute 3: names are strings"),
        ([("license", "x")], "not a mapping\nfor example"),
        ({"big": "x" * (65 << 10)}, "64 KiB|65536"),
    ],
)
def test_what_is_refused(value: Any, message: str, clip: camzarr.Clip, store: camzarr.Store) -> None:
    for attributes in (clip.attributes, store.attributes):
        with pytest.raises(camzarr.UsageError, match=message):
            attributes.replace(value)
        assert not attributes


def test_what_is_missing(shelf: Shelf, clip: camzarr.Clip) -> None:
    with pytest.raises(KeyError, match="license"):
        clip.attributes["license"]
    with pytest.raises(KeyError, match="license"):
        del clip.attributes["license"]
    with pytest.raises(camzarr.UnsupportedError, match="MOV by itself"):
        camzarr.open_movie(shelf.made[USUAL].path).attributes
    clip.store.remove(clip.name)
    with pytest.raises(camzarr.NotFoundError, match=clip.name):
        clip.attributes["license"] = "CC0-1.0"


def test_an_interrupted_conversion_keeps_its_attributes(clip: camzarr.Clip) -> None:
    (Path(clip.store.url) / "clips" / clip.name / "zarr.json").unlink()
    with pytest.raises(camzarr.CamzarrError):
        clip.attributes.clear()


def test_at_conversion(shelf: Shelf, tmp_path: Path) -> None:
    source, there = shelf.made[USUAL].path, tmp_path / "other"
    camzarr.convert(source, there, attributes={"license": "CC0-1.0"})
    clip = camzarr.open(there)[source.stem]
    assert dict(clip.attributes) == {"license": "CC0-1.0"}
    report = camzarr.convert(source, there, attributes={"clips": {}, "store": {"institution": "OOI"}})
    assert report.status == "present" and report.warnings
    assert not clip.attributes and dict(camzarr.open(there).attributes) == {"institution": "OOI"}
    with pytest.raises(camzarr.UsageError, match="title"):
        camzarr.convert(source, tmp_path / "third", attributes={"title": "mine"})
    assert not (tmp_path / "third").exists()
