"""The readers in napari itself, without a window: run by scripts/versions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from napari.components import ViewerModel  # noqa: E402
from npe2 import PluginManager  # noqa: E402

import camzarr  # noqa: E402
from conftest import ALPHA, USUAL, Shelf, shelf_of  # noqa: E402


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Two clips."""
    return shelf_of(tmp_path_factory.mktemp("clips"), USUAL, ALPHA)


@pytest.fixture
def viewer() -> Any:
    """What a window would show, with the plugins that napari finds."""
    PluginManager.instance().discover()
    return ViewerModel()


def shown(layer: Any) -> np.ndarray:
    """The picture at the slider's position."""
    return np.asarray(layer._slice.image.view)


def test_the_manifest_is_valid() -> None:
    command = [sys.executable, "-m", "npe2", "validate", "camzarr", "--imports"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0 and "'camzarr' valid" in done.stdout, done.stdout + done.stderr


def test_a_store_opens(viewer: Any, shelf: Shelf) -> None:
    layers = viewer.open(str(shelf.path), plugin="camzarr.colour_reader")
    assert [layer.name for layer in layers] == sorted(map(shelf.name, shelf.made))
    assert [layer.visible for layer in layers] == [True, False]
    clip = camzarr.open(shelf.path)[layers[0].name]
    assert layers[0].rgb and layers[0].data.shape == (len(clip), *clip[0].data.shape)
    for number in (0, 7):
        viewer.dims.set_current_step(0, number)
        assert np.array_equal(shown(layers[0]), clip[number].data)


@pytest.mark.parametrize("place", ["clip", "movie"])
def test_luma_opens(place: str, viewer: Any, shelf: Shelf) -> None:
    name = shelf.name(USUAL)
    path = shelf.path / "clips" / name if place == "clip" else shelf.made[USUAL].path
    (layer,) = viewer.open(str(path), plugin="camzarr.luma_reader")
    viewer.dims.set_current_step(0, 5)
    told = camzarr.open(shelf.path)[name].get_frame_at(5, layout="gray16le").data
    assert not layer.rgb and np.array_equal(shown(layer), told)
    assert list(layer.contrast_limits) == [0, 65535]
