"""The machine and the versions of the programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


def line(camzarr: Path) -> str:
    """The machine and the programs' versions, in one line."""
    parts = [
        _processor(),
        f"{len(os.sched_getaffinity(0))} processors used",
        f"Linux {os.uname().release}",
    ]
    for command in (
        [camzarr, "--version"],
        ["ffmpeg", "-version"],
        ["md5sum", "--version"],
        ["openssl", "version"],
    ):
        parts.append(_first_line(command))
    return "; ".join(parts)


def room(folder: Path) -> int:
    """Free bytes on its file system."""
    return shutil.disk_usage(folder).free


def file_system(folder: Path) -> str:
    """The type of its file system: tmpfs, ext4, ..."""
    return _first_line(["stat", "-f", "-c", "%T", folder])


def _first_line(command: list[str | Path]) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[0].split(" Copyright")[0]


def _processor() -> str:
    for text in Path("/proc/cpuinfo").read_text().splitlines():
        if text.startswith("model name"):
            return text.partition(":")[2].strip()
    return os.uname().machine
