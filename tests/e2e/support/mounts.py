"""Small file systems that fill up or can't be written to. They take root, which CI is."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def tmpfs(place: Path, size: int) -> Iterator[Path]:
    """An empty file system of so many bytes."""
    if os.geteuid() != 0:
        pytest.skip("optional: mounting a file system takes root")
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def remount(place: Path, options: str) -> None:
    """With other options: `ro`, `rw`, `size=...`."""
    subprocess.run(["mount", "-o", f"remount,{options}", place], check=True)
