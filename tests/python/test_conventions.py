"""What the engine for xarray says of its variables, by the conventions CF and ACDD."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import camzarr
from camzarr.conventions import CLIPS, positions
from camzarr.facts import Facts
from conftest import USUAL, Shelf, shelf_of

PLACE = {
    **{f"geospatial_lat_{end}": 45.93 for end in ("min", "max")},
    **{f"geospatial_lon_{end}": -130 for end in ("min", "max")},
    **{f"geospatial_vertical_{end}": 1540 for end in ("min", "max")},
    "geospatial_vertical_positive": "down",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> camzarr.Store:
    """Two clips with attributes of their own and of the store."""
    folder = tmp_path_factory.mktemp("owned")
    shelf = shelf_of(folder, USUAL)
    later = folder / "CAMHDA301-20180714T001500.mov"
    later.write_bytes(shelf.made[USUAL].path.read_bytes())
    camzarr.convert(later, shelf.path)
    found = camzarr.open(shelf.path)
    found.attributes.update(institution="OOI", license="of the store")
    found[shelf.name(USUAL)].attributes.update(PLACE, license="CC0-1.0", keywords=["a", "b"])
    found[later.stem].attributes.update(PLACE, license="CC-BY-4.0", geospatial_lat_max=46)
    return found


@pytest.fixture(scope="module")
def names(store: camzarr.Store) -> list[str]:
    """Of the clips."""
    return store.names


def opened(store: camzarr.Store, **options: Any) -> xr.Dataset:
    return xr.open_dataset(store.url, engine="camzarr", **options)


def place_of(dataset: xr.Dataset) -> dict[str, float]:
    return {str(n): float(c) for n, c in dataset.coords.items() if c.ndim == 0}


def test_the_place_of_the_camera(store: camzarr.Store, names: list[str]) -> None:
    one = opened(store, clip=names[0])
    assert place_of(one) == {"lat": 45.93, "lon": -130.0, "depth": 1540.0}
    assert one.lat.attrs["standard_name"] == "latitude" and one.lon.attrs["units"] == "degrees_east"
    assert (one.depth.attrs["units"], one.depth.attrs["positive"]) == ("m", "down")
    assert place_of(opened(store, clip=names[1])) == {"lon": -130.0, "depth": 1540.0}, "one that moves"
    assert place_of(opened(store, clip=names)) == {"lon": -130.0, "depth": 1540.0}, "what both have"
    assert place_of(opened(store, clip=names[0], drop_variables="lat")) == {"lon": -130.0, "depth": 1540.0}
    assert one.video.isel(time=0).lat == 45.93, "variables have it"


def test_places_above_water() -> None:
    up = PLACE | {"geospatial_vertical_positive": "up", "geospatial_vertical_units": "km"}
    assert positions(up)["altitude"][1]["units"] == "km" and "depth" not in positions(up)
    assert positions({"geospatial_lat_min": 1, "geospatial_vertical_min": 1}) == {}
    assert positions({"geospatial_lat_min": "1", "geospatial_lat_max": "1"}) == {}


def test_attributes_of_the_owner(store: camzarr.Store, names: list[str]) -> None:
    one, both = opened(store, clip=names[0]).attrs, opened(store, clip=names).attrs
    assert (one["institution"], one["license"], one["keywords"]) == ("OOI", "CC0-1.0", ["a", "b"])
    assert (both["institution"], both["license"]) == ("OOI", "of the store") and "keywords" not in both
    assert opened(store).attrs["institution"] == "OOI"
    assert one["time_coverage_start"] == "2018-07-12T00:00:02Z" and "camzarr" in one["history"]


def test_of_a_mov_by_itself(store: camzarr.Store, names: list[str], tmp_path: Path) -> None:
    store[names[0]].restore(tmp_path / "it.mov")
    found = xr.open_dataset(tmp_path / "it.mov", engine="camzarr")
    assert place_of(found) == {} and "license" not in found.attrs


def described(dataset: xr.Dataset) -> None:
    """Every variable says what it is, and numbers their units."""
    for name, variable in dataset.variables.items():
        assert "long_name" in variable.attrs, name
        is_quantity = variable.dtype.kind in "iuf" and "flag_meanings" not in variable.attrs
        assert ("units" in variable.attrs) == is_quantity, name


def test_every_variable_is_described(store: camzarr.Store, names: list[str]) -> None:
    described(opened(store))
    for layout in ("rgb24", "native"):
        described(opened(store, clip=names[0], layout=layout))
        described(opened(store, clip=names, layout=layout))
    joined = opened(store, clip=names)
    assert joined.clip_number.attrs["flag_values"].dtype == joined.clip_number.dtype
    assert joined.flags.attrs["flag_masks"].dtype == joined.flags.dtype


def test_the_table_of_clips_is_described() -> None:
    assert list(CLIPS) == list(Facts.__annotations__)


@pytest.mark.parametrize("what", ["table", "index", "pictures"])
def test_netcdf_follows_cf(what: str, store: camzarr.Store, names: list[str], tmp_path: Path) -> None:
    """With all recommendations but one for pictures: the checker does not know rows for y."""
    found = opened(store) if what == "table" else opened(store, clip=names[0], scale=2)
    if what != "table":
        found = found.isel(time=slice(3))
    found = found.drop_vars(["video", "luma", "y", "x"]) if what == "index" else found
    found.to_netcdf(tmp_path / "it.nc")
    checker = Path(sys.executable).with_name("compliance-checker")
    run = [checker, "--test", "cf:1.11", "--criteria", "strict", tmp_path / "it.nc"]
    done = subprocess.run(run, capture_output=True, text=True)
    findings = [line for line in done.stdout.splitlines() if line.startswith("* ")]
    if what == "pictures":
        findings = [line for line in findings if "not in the recommended order T, Z, Y, X" not in line]
    assert findings == [], done.stdout
    with xr.open_dataset(tmp_path / "it.nc") as back:
        for name in found.variables:
            assert np.array_equal(back[name], found[name]), name
