"""Compare independent_decoder.py with every array of the test vectors, byte for byte."""

from __future__ import annotations

import hashlib
import json
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
sys.path.insert(0, str(VECTORS))

from independent_decoder import Damage, decode  # noqa: E402

ENTRIES: list[dict[str, Any]] = json.loads((VECTORS / "vectors.json").read_text())["vectors"]
OPTIONS = ("layout", "scale", "fields", "matrix", "conceal", "region")


def frame_bytes(entry: dict[str, Any]) -> bytes:
    path: Path = VECTORS / entry["frame"]
    return path.read_bytes()


@lru_cache(maxsize=None)
def results(index: int, number: int) -> list[np.ndarray[Any, Any]]:
    """Decode result `number` of vector `index`, once for all its arrays."""
    entry = ENTRIES[index]
    options = {name: entry["results"][number][name] for name in OPTIONS if name in entry["results"][number]}
    return decode(frame_bytes(entry), **options)


@lru_cache(maxsize=None)
def expected(index: int) -> dict[str, np.ndarray[Any, Any]]:
    """Read all arrays of vector `index`."""
    with np.load(VECTORS / ENTRIES[index]["arrays"]) as arrays:
        return dict(arrays)


RESULTS = [pytest.param(i, j, id=f"{entry['name']}-{result['arrays'][0].split('.')[0]}")
           for i, entry in enumerate(ENTRIES) for j, result in enumerate(entry["results"])]
ARRAYS = [pytest.param(i, j, k, id=f"{entry['name']}-{name}") for i, entry in enumerate(ENTRIES)
          for j, result in enumerate(entry["results"]) for k, name in enumerate(result["arrays"])]


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["name"] for entry in ENTRIES])
def test_frame_file(entry: dict[str, Any]) -> None:
    data = frame_bytes(entry)
    assert len(data) == entry["frame_bytes"]
    assert hashlib.sha256(data).hexdigest() == entry["frame_sha256"]


@pytest.mark.parametrize("index, number, plane", ARRAYS)
def test_array(index: int, number: int, plane: int) -> None:
    result = ENTRIES[index]["results"][number]
    want = expected(index)[result["arrays"][plane]]
    got = results(index, number)[plane]
    assert len(results(index, number)) == len(result["arrays"])
    assert want.dtype.str == got.dtype.str == result["dtype"]
    assert got.shape == want.shape
    different = np.argwhere(got != want)
    assert len(different) == 0, f"{len(different)} samples differ, first at {different[0]}"
    assert got.tobytes() == want.tobytes()


@pytest.mark.parametrize("index, number", RESULTS)
def test_sha256(index: int, number: int) -> None:
    data = b"".join(array.tobytes() for array in results(index, number))
    assert hashlib.sha256(data).hexdigest() == ENTRIES[index]["results"][number]["sha256"]


@pytest.mark.parametrize("index", [i for i, entry in enumerate(ENTRIES) if entry["damaged"]],
                         ids=[entry["name"] for entry in ENTRIES if entry["damaged"]])
def test_damage_is_an_error(index: int) -> None:
    with pytest.raises(Damage):
        decode(frame_bytes(ENTRIES[index]))


def test_every_array_is_listed() -> None:
    for index, entry in enumerate(ENTRIES):
        listed = [name for result in entry["results"] for name in result["arrays"]]
        assert sorted(listed) == sorted(expected(index))
