"""The owner's attributes: given at conversion, changed later, passed on to exports."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr
import zarr

from conftest import Converted, Converted_by
from support import schemas
from support.command import FAILED, OK, USAGE, camzarr, convert_one, verify

CAMHD = Path(__file__).resolve().parents[2] / "examples/camhd-attributes.json"
EXAMPLES = sorted((schemas.FOLDER / "examples/attributes").glob("*.json"))
NEW = {"license": "CC-BY-4.0", "depth": 1540, "large": 2**53 + 1, "limits": [1, 2.5], "keywords": ["vents", "Axial"]}


def written(folder: Path, attributes: Any) -> Path:
    """A file of attributes."""
    path = folder / "attributes.json"
    path.write_text(json.dumps(attributes))
    return path


def without_notes(store: Path) -> dict[str, bytes]:
    """Its files, without the notes for readers of the catalog that a clip has changed."""
    return {key: text for key, text in files(store).items() if not key.startswith("catalog/changed/")}


def shown(*words: str | Path) -> Any:
    """What `camzarr attributes` prints, both ways."""
    (line,) = camzarr("attributes", "--json", *words).lines()
    assert json.loads(camzarr("attributes", *words).out) == line["attributes"]
    assert line["clip"] == (words[1] if len(words) > 1 else None)
    return line["attributes"]


@pytest.fixture
def usual(converted: Converted_by) -> Converted:
    """A small clip."""
    return converted("usual")


@pytest.fixture
def copy(usual: Converted, tmp_path: Path) -> Path:
    """Its store, to be changed."""
    return Path(shutil.copytree(usual.store, tmp_path / "copy"))


def files(store: Path) -> dict[str, bytes]:
    """All objects of a store."""
    return {p.relative_to(store).as_posix(): p.read_bytes() for p in store.rglob("*") if p.is_file()}


@pytest.mark.parametrize("version", ["3", "2"])
def test_the_file_for_camhd(version: str, usual: Converted, tmp_path: Path) -> None:
    document = schemas.parse(CAMHD.read_bytes())
    schemas.validate("attributes", document)
    store = tmp_path / "store"
    convert_one(usual.made.path, store, "--zarr-format", version, "--attributes", str(CAMHD))
    verify(store)
    if version == "3":
        schemas.validate_tree(store)
    assert shown(store) == document["store"]
    assert shown(store, usual.name) == document["clips"]
    for path, section in (("", "store"), (f"clips/{usual.name}", "clips")):
        attributes = dict(zarr.open_group(store / path, mode="r").attrs)
        assert attributes.items() >= document[section].items()
        assert attributes["title"] and attributes.keys() & {"camzarr", "camzarr_format"}


@pytest.mark.parametrize("version", ["3", "2"])
def test_changed_later(version: str, usual: Converted, tmp_path: Path) -> None:
    store = tmp_path / "store"
    convert_one(usual.made.path, store, "--zarr-format", version)
    before = files(store)
    done = camzarr("attributes", store, usual.name, "--set", written(tmp_path, NEW))
    assert done.err == f"{usual.name}: 1 document changed\n"
    verify(store)
    after = files(store)
    (note,) = {key for key in after if key.startswith("catalog/changed/")}
    marker = f"clips/{usual.name}/{'zarr.json' if version == '3' else '.zattrs'}"
    assert {key for key in before | after if before.get(key) != after.get(key)} == {marker, note}
    assert shown(store, usual.name) == NEW
    assert camzarr("attributes", store, usual.name, "--set", written(tmp_path, NEW)).err.endswith(" 0 documents changed\n")
    camzarr("attributes", store, usual.name, "--set", written(tmp_path, {}))
    assert without_notes(store) == before


@pytest.mark.parametrize("version", ["3", "2"])
@pytest.mark.parametrize("of_clip", [True, False])
def test_removed(version: str, of_clip: bool, usual: Converted, tmp_path: Path) -> None:
    store = tmp_path / "store"
    convert_one(usual.made.path, store, "--zarr-format", version, "--attributes", str(CAMHD))
    place: list[str | Path] = [store, usual.name] if of_clip else [store]
    before = shown(*place)
    done = camzarr("attributes", *place, "--remove", "license", "--remove", "geospatial_lat_min")
    assert done.err.endswith(": 1 document changed\n")
    verify(store)
    gone = {"license", "geospatial_lat_min"}
    assert shown(*place) == {name: value for name, value in before.items() if name not in gone}
    (line,) = camzarr("attributes", "--json", *place, "--remove", "project").lines()
    assert line == {"clip": usual.name if of_clip else None, "changed": 1}


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("licence", FAILED, '"licence": no such attribute'),
        ("title", USAGE, '"title": reserved: camzarr itself writes this attribute'),
        ("camzarr_format", USAGE, '"camzarr_format": reserved'),
        ("_FillValue", USAGE, '"_FillValue": reserved: Zarr and netCDF libraries write this attribute'),
        ("", USAGE, "--remove: requires a value"),
    ],
)
def test_what_cannot_be_removed(name: str, code: int, said: str, usual: Converted, copy: Path, tmp_path: Path) -> None:
    """And then none of the others is."""
    camzarr("attributes", copy, "--set", written(tmp_path, NEW))
    before = files(copy)
    done = camzarr("attributes", copy, "--remove", "license", "--remove", name, code=code)
    assert said in done.err and files(copy) == before
    if name == "licence":
        assert "there are: license, depth" in done.err


def test_set_and_remove_exclude_each_other(copy: Path, tmp_path: Path) -> None:
    done = camzarr("attributes", copy, "--set", written(tmp_path, NEW), "--remove", "license", code=USAGE)
    assert "--set and --remove: give one of them" in done.err
    many = [word for _ in range(65) for word in ("--remove", "license")]
    assert "more than 64 times" in camzarr("attributes", copy, *many, code=USAGE).err


def test_a_document_with_sections_changes_all(usual: Converted, copy: Path, tmp_path: Path) -> None:
    convert_one(usual.made.path, copy, "--name", "another")
    file = written(tmp_path, {"store": {"license": "a"}, "clips": {"license": "b"}})
    (line,) = camzarr("attributes", "--json", copy, "--set", file).lines()
    assert line == {"clip": None, "changed": 3}
    assert [shown(copy), shown(copy, "another"), shown(copy, usual.name)] == [{"license": x} for x in "abb"]
    verify(copy)


def test_a_clip_that_is_there_is_given_them(usual: Converted, copy: Path, tmp_path: Path) -> None:
    words = (usual.made.path, copy, "--attributes", str(written(tmp_path, NEW)))
    line = convert_one(*words)
    assert line["status"] == "present" and line["warnings"] == ["attributes: replaced those of the existing clip"]
    assert shown(copy, usual.name) == NEW
    assert convert_one(*words)["warnings"] == []
    assert convert_one(usual.made.path, copy)["warnings"] == []
    assert shown(copy, usual.name) == NEW


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_command_agrees_with_the_schema(path: Path, usual: Converted, copy: Path) -> None:
    before = files(copy)
    code = OK if path.stem.startswith("valid") else USAGE
    done = camzarr("attributes", copy, usual.name, "--set", path, code=code)
    if code == USAGE:
        assert files(copy) == before and str(path) in done.err


@pytest.mark.parametrize(
    "name",
    ["camzarr", "title", "summary", "source", "history", "Conventions", "time_coverage_start", "time_coverage_resolution"],
)
def test_what_camzarr_writes_is_reserved(name: str, usual: Converted, copy: Path, tmp_path: Path) -> None:
    file = written(tmp_path, {"license": "x", name: "y"})
    assert schemas.errors("attributes", {name: "y"})
    for words in (["attributes", copy, "--set", file], ["convert", usual.made.path, copy, "--attributes", file]):
        assert f'"{name}": reserved' in camzarr(*words, code=USAGE).err
    assert files(copy) == files(usual.store)


def test_other_errors(usual: Converted, copy: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    large.write_text(json.dumps({"comment": "x" * 65536}))
    assert "65536" in camzarr("attributes", copy, "--set", large, code=USAGE).err
    assert "no such clip" in camzarr("attributes", copy, "none", code=FAILED).err
    camzarr("attributes", copy, "none", "--set", written(tmp_path, NEW), code=FAILED)
    camzarr("attributes", copy, "--set", tmp_path / "none.json", code=FAILED)
    assert not (copy / "clips/none").exists()
    assert files(copy) == files(usual.store)


def test_exports_have_them(usual: Converted, copy: Path, tmp_path: Path) -> None:
    convert_one(usual.made.path, copy, "--name", "another")
    camzarr("attributes", copy, "--set", written(tmp_path, {"license": "of the store", "project": "p"}))
    camzarr("attributes", copy, usual.name, "--set", written(tmp_path, NEW))
    camzarr("attributes", copy, "another", "--set", written(tmp_path, {"depth": 1540, "license": "of another"}))
    camzarr("export", "netcdf", copy, usual.name, tmp_path / "one.nc")
    with netCDF4.Dataset(tmp_path / "one.nc") as data:
        found = {name: data.getncattr(name) for name in data.ncattrs()}
    assert found["project"] == "p" and found["title"] == usual.name
    for name, value in NEW.items():
        assert np.array_equal(found[name], value), name
    camzarr("export", "kerchunk", copy, usual.name, tmp_path / "one.json")
    camzarr("export", "kerchunk", copy, tmp_path / "two.json")
    one, two = (
        json.loads(json.loads((tmp_path / name).read_text())["refs"][".zattrs"]) for name in ("one.json", "two.json")
    )
    assert one.items() >= (NEW | {"project": "p"}).items()
    assert (two["license"], two["depth"], two["project"]) == ("of the store", 1540, "p")
    assert "keywords" not in two


PLACE = {
    **{f"geospatial_lat_{end}": 45.93 for end in ("min", "max")},
    **{f"geospatial_lon_{end}": -130 for end in ("min", "max")},
    **{f"geospatial_vertical_{end}": 1540 for end in ("min", "max")},
    "geospatial_vertical_positive": "down",
}


def exported(form: str, store: Path, clip: str, folder: Path) -> xr.Dataset:
    """A clip through netCDF or references."""
    out = folder / f"{len(list(folder.iterdir()))}.{form}"
    camzarr("export", form, store, clip, out)
    if form == "netcdf":
        return xr.open_dataset(out)
    refs = json.loads(out.read_text())["refs"]
    text = {key: value for key, value in refs.items() if not isinstance(value, list)}
    files = {key: base64.b64decode(v[7:]) if v.startswith("base64:") else v.encode() for key, v in text.items()}
    for key, data in files.items():
        if key.split("/")[0] != "video":  # needs the codec
            (out.with_suffix("") / key).parent.mkdir(parents=True, exist_ok=True)
            (out.with_suffix("") / key).write_bytes(data)
    return xr.open_zarr(out.with_suffix(""), consolidated=False, zarr_format=2)


@pytest.mark.parametrize("form", ["netcdf", "kerchunk"])
def test_exports_have_positions(form: str, usual: Converted, copy: Path, tmp_path: Path) -> None:
    def place(attributes: dict[str, Any]) -> dict[str, tuple[float, dict[str, Any]]]:
        camzarr("attributes", copy, usual.name, "--set", written(tmp_path, attributes))
        with exported(form, copy, usual.name, tmp_path) as data:
            found = {str(n): c for n, c in data.coords.items() if n not in ("time", "x", "y")}
            assert not {"lat", "lon", "depth", "altitude"} & set(data.data_vars), "coordinates"
            return {name: (float(c), dict(c.attrs)) for name, c in found.items()}

    found = place(PLACE)
    assert {name: value for name, (value, _) in found.items()} == {"lat": 45.93, "lon": -130.0, "depth": 1540.0}
    assert found["lat"][1] == {"standard_name": "latitude", "long_name": "latitude of the camera", "units": "degrees_north"}
    assert (found["depth"][1]["units"], found["depth"][1]["positive"]) == ("m", "down")
    moved = PLACE | {"geospatial_lat_max": 46, "geospatial_vertical_positive": "up", "geospatial_vertical_units": "km"}
    found = place(moved)
    assert set(found) == {"lon", "altitude"} and found["altitude"][1]["units"] == "km"
    assert place({"geospatial_lat_min": 1, "geospatial_vertical_min": 1, "geospatial_vertical_max": 1}) == {}


def test_positions_follow_cf(usual: Converted, copy: Path, tmp_path: Path) -> None:
    camzarr("attributes", copy, "--set", written(tmp_path, PLACE))
    camzarr("export", "netcdf", copy, usual.name, tmp_path / "it.nc")
    checker = Path(sys.executable).with_name("compliance-checker")
    run = subprocess.run([checker, "--test", "cf:1.11", "--criteria", "strict", tmp_path / "it.nc"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
