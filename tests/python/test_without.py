"""Without the package: the index opens, and the store itself says what is missing."""

from __future__ import annotations

import os
import subprocess
import sys

from conftest import USUAL, Shelf

SCRIPT = """
import sys, xarray, zarr
folder = sys.argv[1]
try:
    import camzarr
    sys.exit("camzarr is there")
except ImportError:
    pass
with xarray.open_zarr(folder + "/index") as index:
    print(index.sizes["time"])
video = __import__("json").load(open(folder + "/video/zarr.json"))
print(video["attributes"]["comment"])
try:
    zarr.open_group(folder + "/video", mode="r")
except Exception as error:
    print(type(error).__name__, error)
"""


def test_the_store_says_what_to_install(shelf: Shelf) -> None:
    folder = shelf.path / "clips" / shelf.name(USUAL)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [sys.executable, "-c", SCRIPT, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/")
    assert done.returncode == 0, done.stderr
    frames, comment, error = done.stdout.splitlines()
    assert frames == str(len(shelf.made[USUAL].frames))
    assert "the Python package of camzarr" in comment
    assert "camzarr.prores" in error
