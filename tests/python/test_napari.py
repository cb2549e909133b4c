"""The readers for napari, as its plugin engine finds and calls them; there is no display."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import npe2
import numpy as np
import pytest

import camzarr
import camzarr.napari
from conftest import ALPHA, USUAL, Shelf


COLOUR, LUMA = "camzarr.colour_reader", "camzarr.luma_reader"


@pytest.fixture(scope="module")
def manager() -> Any:
    """An engine that has found this package by its entry point."""
    engine = npe2.PluginManager.instance()
    engine.discover()
    return engine


def layer(path: Path, reader: str) -> tuple[Any, dict[str, Any]]:
    """The one layer that a reader makes of a path."""
    layers, used = npe2.io_utils.read_get_reader([str(path)], plugin_name=reader, stack=False)
    assert used.command == reader
    ((data, options, kind),) = layers
    assert kind == "image"
    return data, options


def test_the_manifest() -> None:
    command = [sys.executable, "-m", "npe2", "validate", "camzarr", "--imports"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "'camzarr' valid" in done.stdout, done.stdout + done.stderr


def test_it_is_found(manager: Any, shelf: Shelf) -> None:
    for path in (shelf.path, shelf.made[USUAL].path):
        found = [reader.command for reader in manager.iter_compatible_readers([str(path)])]
        assert {COLOUR, LUMA} <= set(found)
    assert manager.get_manifest("camzarr").display_name == "camzarr"


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize("place", ["clip", "movie"])
@pytest.mark.parametrize(("reader", "layout"), [(COLOUR, "rgb24"), (LUMA, "gray16le")])
def test_frames_are_those_of_the_clip(shelf: Shelf, place: str, reader: str, layout: str) -> None:
    name = shelf.name(USUAL)
    path = shelf.path / "clips" / name if place == "clip" else shelf.made[USUAL].path
    data, options = layer(path, reader)
    told = camzarr.open(shelf.path)[name].get_frames_in_range(0, 15, layout=layout).data
    assert (data.shape, data.dtype) == (told.shape, told.dtype)
    assert data.chunks[0] == (1,) * len(told)
    assert np.array_equal(data[7].compute(), told[7])
    assert np.array_equal(data[3:9:2, 10:20, 5:].compute(), told[3:9:2, 10:20, 5:])
    assert options["name"] == name
    assert options["metadata"]["start"] == str(camzarr.open(shelf.path)[name].facts.start)
    assert options.get("rgb", False) == (layout == "rgb24")
    assert options.get("contrast_limits") == (None if layout == "rgb24" else (0, 65535))


@pytest.mark.usefixtures("manager")
def test_only_what_is_shown_is_decoded(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[int]] = []
    decode = camzarr.Clip.get_frames_at

    def watched(clip: camzarr.Clip, numbers: Any, **view: Any) -> camzarr.Frames:
        seen.append(list(numbers))
        return decode(clip, numbers, **view)

    monkeypatch.setattr(camzarr.Clip, "get_frames_at", watched)
    data, _ = layer(shelf.path / "clips" / shelf.name(USUAL), COLOUR)
    assert seen == []
    data[4].compute()
    assert seen == [[4]]


@pytest.mark.usefixtures("manager")
def test_a_store_is_one_layer_a_clip(shelf: Shelf) -> None:
    layers = npe2.read([str(shelf.path)], stack=False, plugin_name=COLOUR)
    assert [options["name"] for _, options, _ in layers] == sorted(map(shelf.name, shelf.made))
    assert [options["visible"] for _, options, _ in layers] == [True, False, False]


def test_what_it_leaves_to_other_readers(tmp_path: Path, shelf: Shelf) -> None:
    (tmp_path / "pictures").mkdir()
    readers = camzarr.napari.colour_reader, camzarr.napari.luma_reader
    for reader in readers:
        assert reader(str(tmp_path / "pictures")) is None
        assert reader(str(tmp_path / "nothing")) is None
        assert reader(str(shelf.path / "clips" / "no-such-clip")) is not None, "says so when it reads"
        assert reader([str(shelf.made[USUAL].path), str(shelf.made[ALPHA].path)]) is None
    with pytest.raises(camzarr.ClipNotFoundError, match="no-such-clip"):
        camzarr.napari.read_colour(shelf.path / "clips" / "no-such-clip")


def test_damage_is_grey(damaged: Shelf) -> None:
    """A frame whose slices cannot be decoded is shown nevertheless."""
    clip = damaged.path / "clips" / damaged.name("damaged_frames")
    ((data, _, _),) = camzarr.napari.read_luma(clip)
    whole = camzarr.open(damaged.path)[clip.name]
    broken = [n for n in range(len(whole)) if _fails(whole, n)]
    assert broken
    told = whole.get_frame_at(broken[0], layout="gray16le", conceal=True).data
    assert np.array_equal(data[broken[0]].compute(), told)


def _fails(clip: camzarr.Clip, number: int) -> bool:
    try:
        clip.get_frame_at(number)
    except camzarr.CorruptError:
        return True
    except camzarr.CamzarrError:
        return False
    return False
