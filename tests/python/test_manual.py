"""What docs/python.md shows runs, on a store that is smaller."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import camzarr
from conftest import ROOT, USUAL, Shelf


def joined_clips(block: str, shelf: Shelf, folder: Path) -> None:
    """Clips of two days, in one store and in two."""
    source = shelf.made[USUAL].path
    later = folder / "CAMHDA301-20180714T001500.mov"
    later.write_bytes(source.read_bytes())
    for store, movies in (("one", (source, later)), ("more", (later,))):
        for movie in movies:
            camzarr.convert(movie, folder / store)
    names: dict[str, Any] = {}
    block = block.replace(str(shelf.path), str(folder / "one"))
    exec("import xarray as xr\n" + block.replace("/data/more", str(folder / "more")), names)
    assert names["day"].sizes["time"] == 15
    for name in ("some", "same", "many"):
        assert names[name].sizes["time"] == 30


def analysed_clips(block: str, shelf: Shelf, folder: Path) -> None:
    """In a copy of the store, which the analysis changes."""
    names: dict[str, Any] = {"store": camzarr.open(shutil.copytree(shelf.path, folder / "copy"))}
    exec(block, names)
    assert names["statistics"].sizes["time"] == len(names["clip"])
    assert names["overview"].dims == ("time", "y", "x", "channel")


def test_the_manual(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(shelf.made[USUAL].path.parent)
    text = (ROOT / "docs/python.md").read_text()
    here = {"/data/camhd": str(shelf.path), "T00:05:10.5": "T00:00:02.25", "7500": "7"}
    for there, it_is in here.items():
        assert there in text
        text = text.replace(there, it_is)
    assert shelf.name(USUAL) in text
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 10
    exec(blocks[0], names)
    assert len(blocks[0].splitlines()) == 5, "a scientist needs five lines"
    assert names["frame"].number == 7 and names["mean"].shape == (96, 128, 3)
    exec(blocks[1], names)
    analysed_clips(blocks[2], shelf, tmp_path)
    exec(blocks[3], names)
    assert names["movie"].raw(7) == names["clip"].raw(7)
    try:
        exec(blocks[4], names)
    finally:
        names["camhd"].use(None)
    exec(blocks[5], names)
    shown = names["clip"].video.sel(time="2018-07-12T00:00:02.25", method="ffill")
    assert np.array_equal(shown.values, names["store"][shelf.name(USUAL)][7].data)
    exec(blocks[6], names)
    assert np.array_equal(names["movie"].video[7], names["store"][shelf.name(USUAL)][7].data)
    joined_clips(blocks[7], shelf, tmp_path)
    exec(blocks[8], names)
    assert sorted(names["clips"]["clip_name"].values) == sorted(map(shelf.name, shelf.made))
    monkeypatch.chdir(tmp_path)
    exec(blocks[9], names)
    for copy in ("part.zarr", "same.zarr"):
        video = xr.open_zarr(copy).video
        assert "camzarr" not in repr(video.encoding) and np.array_equal(video, names["clip"].video)
