"""The package itself: types, and the wheel alone in a virtual environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import numpy as np

import camzarr
from conftest import ROOT, TFF, Shelf

WHEEL = os.environ.get("CZ_WHEEL", "")

SMOKE = """
import pathlib, subprocess, sys, camzarr, numpy, xarray, zarr
from camzarr import camhd
path, name, out = sys.argv[1:]
clip = camzarr.open(path)[name]
told = clip.get_frames_in_range(0, 3)
assert numpy.array_equal(xarray.open_dataset(path, engine="camzarr", clip=name).video[:3], told.data)
assert numpy.array_equal(zarr.open(path, mode="r")[f"clips/{name}/video/video"][:3], told.data)
numpy.save(out, told.data)
restored = out + ".mov"
command = pathlib.Path(sys.executable).with_name("camzarr")  # its first line names where it was
restore = [sys.executable, command, "restore", "--quiet", path, name, restored]
subprocess.run(restore, check=True, stdout=subprocess.DEVNULL)
assert camzarr.convert(restored, out + ".store").md5 == clip.facts.source_md5
assert camhd.get_frame_data(restored, 2) == clip.raw(2)
print(camzarr.__file__)
"""


def test_types() -> None:
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(ROOT / "build/mypy")]
    done = subprocess.run(command, cwd=ROOT / "python", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_of_options(tmp_path: Path) -> None:
    """A type checker finds a misspelt option and a value of another type."""
    code = tmp_path / "notebook.py"
    code.write_text(
        "import camzarr\n"
        "clip = camzarr.open('store')['clip']\n"
        "clip.get_frame_at(0, scale=2, layout='gray')\n"
        "clip.get_frame_at(0, scal=2)\n"
        "clip.get_frames_in_range(0, 9, scale='2')\n"
    )
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(ROOT / "build/mypy"), "--strict"]
    environment = os.environ | {"MYPYPATH": str(ROOT / "python/src")}
    done = subprocess.run([*command, str(code)], capture_output=True, text=True, env=environment)
    lines = [line for line in done.stdout.splitlines() if " error: " in line]
    errors = [line for line in lines if f"{code.name}:" in line]
    assert [line.split(":")[1] for line in errors] == ["4", "5"], done.stdout + done.stderr
    assert "scale" in errors[0]


def test_the_wheel_by_itself(shelf: Shelf, tmp_path: Path) -> None:
    """In a fresh environment that is moved, with NumPy and Zarr from the tests' own."""
    assert WHEEL, "CZ_WHEEL names the wheel"
    assert "-py3-none-" in WHEEL
    made = tmp_path / "made"
    venv.create(made, symlinks=True)
    site = next(made.glob("lib/python*/site-packages"))
    pip = [sys.executable, "-m", "pip", "--python", str(made / "bin/python"), "install"]
    pip += ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", WHEEL]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    subprocess.run(pip, check=True, env=environment)
    (site / "others.pth").write_text(str(Path(np.__file__).parents[1]))
    moved = made.rename(tmp_path / "moved")
    args = [str(shelf.path), shelf.name(TFF), str(tmp_path / "out.npy")]
    command = [str(moved / "bin/python"), "-c", SMOKE, *args]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(moved)), done.stdout
    told = shelf.tool(TFF, "0:3", "rgb24")
    assert np.array_equal(np.load(tmp_path / "out.npy").ravel(), told)


def test_what_the_wheel_holds() -> None:
    with zipfile.ZipFile(WHEEL) as wheel:
        names = wheel.namelist()
    assert "camzarr/py.typed" in names
    assert len([n for n in names if n.startswith("camzarr/libcamzarr")]) == 1
    assert any(n.endswith(".data/scripts/camzarr") for n in names), "the command"
    assert not [n for n in names if n.endswith((".c", ".h", ".a", ".pc"))]


def test_import_is_quick() -> None:
    """And brings along no library that it can do without: 100 ms beyond NumPy are the limit."""
    code = "import sys, camzarr; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "numpy" in loaded
    for heavy in ("zarr", "xarray", "pandas", "dask", "numcodecs", "asyncio"):
        assert heavy not in loaded


def test_version() -> None:
    assert f'#define CZ_VERSION "{camzarr.__version__}"' in (ROOT / "include/camzarr.h").read_text()
