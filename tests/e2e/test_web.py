"""The decoder in WebAssembly, as the npm package of web/prores: its own tests, in Node.js."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import Converted_by
from support.command import ROOT, camzarr

PACKAGE = ROOT / "web/prores"


@pytest.fixture(scope="session")
def node() -> str:
    """Node.js, that of the machine or that of the tests."""
    found = shutil.which("node") or str(ROOT / "build/servers/bin/node")
    if not Path(found).exists():
        pytest.skip("no Node.js")
    return found


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """prores.wasm, compiled by CMake from prores/."""
    release = ROOT / "build/release"
    build = ["cmake", "--build", str(release), "--target", "prores_wasm"]
    subprocess.run(build, check=True, capture_output=True, timeout=600)
    return release / "web/prores.wasm"


def passed(node: str, *files: str, **environment: str) -> int:
    """Run tests of the package, which must pass; how many."""
    command = [node, "--test", *(str(PACKAGE / "test" / name) for name in files)]
    run = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout + run.stderr
    (line,) = re.findall(r"^(?:#|ℹ) pass (\d+)$", run.stdout, re.MULTILINE)
    return int(line)


def test_every_vector_is_exact(node: str, module: Path) -> None:
    assert passed(node, "vectors.test.js", PRORES_WASM=str(module)) >= 30


def test_zarrita_reads_frames(node: str, module: Path, converted: Converted_by, tmp_path: Path) -> None:
    clip = converted("usual")
    pixels = tmp_path / "pixels.raw"
    out = camzarr("frame", clip.store, clip.name, ":", "--format", "rgb24", "-o", "-").out
    pixels.write_bytes(out)
    modules = ROOT / "build/readers/node_modules"
    folder = clip.store / "clips" / clip.name
    given = {"ZARRITA": str(modules), "CLIP": str(folder), "PIXELS": str(pixels), "PRORES_WASM": str(module)}
    assert passed(node, "zarrita.test.js", **given) == 1


def test_module_is_small(module: Path) -> None:
    """What a page has to load before it shows a frame."""
    compressed = subprocess.run(["gzip", "-9", "-c", module], capture_output=True, check=True).stdout
    assert len(compressed) < 60_000
