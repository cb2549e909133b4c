"""The notebooks in examples/ run from beginning to end, on recordings made here, and are committed
with the outputs that scripts/notebooks wrote."""

from __future__ import annotations

import base64
import importlib.machinery
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
SMALLEST = 10_000  # bytes of a picture that shows something
LARGEST = 4_800_000  # bytes of all notebooks


def load_script() -> ModuleType:
    """scripts/notebooks."""
    loader = importlib.machinery.SourceFileLoader("notebooks", str(ROOT / "scripts/notebooks"))
    spec = importlib.util.spec_from_loader("notebooks", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def script() -> ModuleType:
    return load_script()


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once, for all of them, and not within the time that a cell may take."""
    folder = tmp_path_factory.mktemp("examples")
    command = [sys.executable, "-c", "import scene; scene.store(); scene.season()"]
    environment = os.environ | {"CAMZARR_EXAMPLES": str(folder)}
    subprocess.run(command, check=True, cwd=ROOT / "examples", env=environment)
    return folder


def pictures(notebook: Any) -> list[bytes]:
    """PNGs in its outputs."""
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    found = [out.data["image/png"] for out in outputs if "image/png" in out.get("data", {})]
    return [base64.b64decode(picture) for picture in found]


def kinds(cell: Any) -> list[tuple[str, list[str]]]:
    """What a cell shows, without its content."""
    return [(out.output_type, sorted(out.get("data", ()))) for out in cell.get("outputs", ())]


@pytest.mark.timeout(900)  # the first one makes the recordings
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook(
    path: Path, script: ModuleType, recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMZARR_EXAMPLES", str(recordings))
    monkeypatch.setenv("IPYTHONDIR", str(recordings / "ipython"))
    committed = nbformat.read(path, as_version=4)
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=900, kernel_name="python3", resources=place).execute()
    assert not [problem for cell in notebook.cells for problem in script.problems(cell)]
    assert max(map(len, pictures(notebook))) > SMALLEST
    for cell, before in zip(notebook.cells, committed.cells, strict=True):
        assert kinds(cell) == kinds(before), f"run scripts/notebooks {path.stem}\n{cell.source}"
    if kept := os.environ.get("CZ_EXAMPLES_OUT"):
        nbformat.write(notebook, Path(kept) / path.name)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_outputs_are_committed(path: Path, script: ModuleType) -> None:
    """Those of these sources, with pictures, and nothing of the run that made them."""
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata["camzarr"]["sources"] == script.digest(notebook), "run scripts/notebooks"
    assert not [problem for cell in notebook.cells for problem in script.problems(cell)]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [cell for cell in code if cell.metadata], "times of execution"
    assert pictures(notebook) and max(map(len, pictures(notebook))) > SMALLEST


def test_an_output_that_may_not_be_committed(script: ModuleType) -> None:
    for text in ("<Legend at 0x7f01>", "'/home/someone/x.mov'", "/tmp/store", "Store /root/a"):
        output = nbformat.v4.new_output("stream", text=text)
        assert script.problems(nbformat.v4.new_code_cell(outputs=[output])), text
    for text in ("https://example.org/tmp/x", "RS03ASHS/PN03B", "1 / 2"):
        output = nbformat.v4.new_output("stream", text=text)
        assert not script.problems(nbformat.v4.new_code_cell(outputs=[output])), text
    for output in (
        nbformat.v4.new_output("error", ename="E", evalue="wrong", traceback=[]),
        nbformat.v4.new_output("stream", name="stderr", text="a warning"),
    ):
        assert script.problems(nbformat.v4.new_code_cell(outputs=[output]))


def test_they_stay_small() -> None:
    assert sum(path.stat().st_size for path in NOTEBOOKS) < LARGEST


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) == 8
