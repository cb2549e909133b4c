"""Fixtures of the tests of the Python package, which is installed where they run.

The command of the release build writes the stores and says what pixels are right."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from maker import Made, make  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(os.environ.get("CAMZARR") or ROOT / "build/release/camzarr")
USUAL, TFF, ALPHA = "usual", "size_127x95_bff", "alpha_ap4h"


def run(*args: object, input: bytes | None = None) -> bytes:
    """A program's output; it must succeed."""
    done = subprocess.run([str(a) for a in args], capture_output=True, input=input)
    assert done.returncode == 0, f"{args}: {done.stderr.decode()}"
    return done.stdout


@dataclass
class Shelf:
    """A store, and by case what was put into it."""

    path: Path
    made: dict[str, Made]

    def name(self, case: str) -> str:
        """Of a case's clip."""
        return self.made[case].path.stem

    def tool(self, case: str, frames: str, form: str, *options: str) -> np.ndarray:
        """What `camzarr frame` decodes, as bytes."""
        out = run(
            *(COMMAND, "frame", self.path, self.name(case), frames),
            *("-o", "-", "--format", form, *options),
        )
        return np.frombuffer(out, np.uint8)


def shelf_of(folder: Path, *cases: str) -> Shelf:
    """Cases, converted into one store."""
    shelf = Shelf(folder / "store", {})
    for case in cases:
        (folder / case).mkdir()
        shelf.made[case] = make(case, folder / case)
        run(COMMAND, "convert", "--quiet", shelf.made[case].path, shelf.path)
    return shelf


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Sound clips: 4:2:2, odd sizes in fields, 4:4:4 with alpha. Tests only read it."""
    return shelf_of(tmp_path_factory.mktemp("sound"), USUAL, TFF, ALPHA)


@pytest.fixture(scope="session")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Clips with damaged and missing frames."""
    return shelf_of(tmp_path_factory.mktemp("damaged"), "damaged_frames", "cut_short")
