"""What docs/python.md shows runs, on a store that is smaller."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from conftest import ROOT, USUAL, Shelf


def test_the_manual(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shelf.made[USUAL].path.parent)
    text = (ROOT / "docs/python.md").read_text()
    here = {"/data/camhd": str(shelf.path), "T00:05:10.5": "T00:00:02.25", "7500": "7"}
    for there, it_is in here.items():
        assert there in text
        text = text.replace(there, it_is)
    assert shelf.name(USUAL) in text
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 6
    exec(blocks[0], names)
    assert len(blocks[0].splitlines()) == 5, "a scientist needs five lines"
    assert names["frame"].number == 7 and names["mean"].shape == (96, 128, 3)
    exec(blocks[1], names)
    exec(blocks[2], names)
    assert names["movie"].raw(7) == names["clip"].raw(7)
    try:
        exec(blocks[3], names)
    finally:
        names["camhd"].use(None)
    exec(blocks[4], names)
    shown = names["clip"].video.sel(time="2018-07-12T00:00:02.25", method="ffill")
    assert np.array_equal(shown.values, names["store"][shelf.name(USUAL)][7].data)
    exec(blocks[5], names)
    assert sorted(names["clips"]["clip_name"].values) == sorted(map(shelf.name, shelf.made))
