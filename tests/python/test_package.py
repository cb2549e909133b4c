"""The package itself: types, and the wheel alone in a virtual environment of its own."""

from __future__ import annotations

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import numpy as np
import pytest

import camzarr
from camzarr.convert import ConvertOptions
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


# What is right, then lines with a misspelt option or a value of another type.
OPTIONS = """\
import camzarr
store = camzarr.open("store")
clip = store["clip"]
clip.get_frame_at(0, scale=2, layout="gray").data
clip.select(slice(9), layout="gray16le", threads=1).mean(axis=0)
reports = [report.clip for report in camzarr.convert(["a.mov"], "store", progress=True)]
report = camzarr.convert("a.mov", "store", memory="512M").clip
{wrong}
"""
WRONG = (
    "clip.get_frame_at(0, scal=2)",
    "clip.get_frames_in_range(0, 9, scale='2')",
    "clip.select(slice(9), layuot='gray')",
    "store.at('2018-07-12', tolerence='1 min')",
    "next(store.between('2018', '2019', regoin=None))",
    "clip.write(0, 'x.png', overwrit=True)",
    "clip.to_xarray(feilds='top')",
    "clip.verify(decod=True)",
    "camzarr.convert('a.mov', 'store', memry='512M')",
)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A program with an error in each of its last lines."""
    code = tmp_path / "notebook.py"
    code.write_text(OPTIONS.format(wrong="\n".join(WRONG)))
    return code


def lines_of_errors() -> list[int]:
    """As type checkers should report them."""
    first = OPTIONS.splitlines().index("{wrong}") + 1
    return list(range(first, first + len(WRONG)))


def test_mypy_finds_misspelt_options(notebook: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(ROOT / "build/mypy"), "--strict"]
    environment = os.environ | {"MYPYPATH": str(ROOT / "python/src")}
    done = subprocess.run([*command, str(notebook)], capture_output=True, text=True, env=environment)
    found = re.findall(rf"{notebook.name}:(\d+): error: (.*)", done.stdout)
    assert sorted({int(line) for line, _ in found}) == lines_of_errors(), done.stdout + done.stderr
    assert "scale" in found[0][1], "it names the like"


def test_types_of_conversions_have_every_option() -> None:
    parameters = inspect.signature(camzarr.convert).parameters.values()
    options = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    assert list(ConvertOptions.__annotations__) == options


def test_pyright_finds_misspelt_options(notebook: Path) -> None:
    """Basedpyright is pyright with its own Node, so it needs no network."""
    paths = {"extraPaths": [str(ROOT / "python/src")], "typeCheckingMode": "standard"}
    (notebook.parent / "pyrightconfig.json").write_text(json.dumps(paths))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run([*command, "--project", str(notebook.parent)], capture_output=True, text=True)
    found = {
        one["range"]["start"]["line"] + 1
        for one in json.loads(done.stdout)["generalDiagnostics"]
        if one["severity"] == "error"
    }
    assert sorted(found) == lines_of_errors(), done.stdout + done.stderr


@pytest.mark.parametrize("wrong", WRONG[:1] + WRONG[2:3] + WRONG[4:5] + WRONG[6:7])
def test_misspelt_options_name_their_like(wrong: str, shelf: Shelf) -> None:
    store = camzarr.open(shelf.path)
    with pytest.raises(TypeError, match=r"did you mean (scale|layout|region|fields)=\?"):
        eval(wrong, {"store": store, "clip": store[shelf.name(TFF)]})


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


def test_the_folder_copied_alone(tmp_path: Path) -> None:
    """One sentence that says what to do, instead of a traceback."""
    copy = shutil.copytree(ROOT / "python", tmp_path / "alone/python")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--no-build-isolation"]
    command = [*pip, "--disable-pip-version-check", "--target", str(tmp_path / "out"), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True)
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0 and "Traceback" not in told
    assert "copied without the C library's sources" in told and "pip install ./python" in told
    assert "[1 lines of output]" in told, "no more than that"


def test_declared_versions() -> None:
    """Pythons that are listed are those that `requires-python` permits, from the oldest on."""
    project = tomllib.loads((ROOT / "python/pyproject.toml").read_text())["project"]
    oldest = project["requires-python"].removeprefix(">=")
    named = [one.rpartition(":: ")[2] for one in project["classifiers"] if ":: Python :: 3." in one]
    assert named == ["3.11", "3.12", "3.13", "3.14"] and named[0] == oldest
    zarr = [one for one in project["optional-dependencies"]["xarray"] if one.startswith("zarr")]
    assert zarr == ["zarr>=3.1"]


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
