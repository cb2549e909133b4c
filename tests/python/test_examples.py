"""The notebooks in examples/ run from beginning to end, on recordings made here, and show pictures."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
SMALLEST = 10_000  # bytes of a picture that shows something


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn once, for all of them."""
    return tmp_path_factory.mktemp("examples")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook(path: Path, recordings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMZARR_EXAMPLES", str(recordings))
    monkeypatch.setenv("IPYTHONDIR", str(recordings / "ipython"))
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=240, kernel_name="python3", resources=place).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    told = [out for out in outputs if out.get("name") == "stderr"]
    assert not told, "warnings in a notebook that people learn from"
    pictures = [out.data["image/png"] for out in outputs if "image/png" in out.get("data", {})]
    assert pictures, "no picture"
    assert max(len(base64.b64decode(picture)) for picture in pictures) > SMALLEST
    if kept := os.environ.get("CZ_EXAMPLES_OUT"):
        nbformat.write(notebook, Path(kept) / path.name)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_no_output_is_kept(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) == 6
