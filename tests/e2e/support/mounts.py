"""Small file systems: to fill up, read-only, or without hard links. Mounting them takes root, which
CI has."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def tmpfs(place: Path, size: int) -> Iterator[Path]:
    """An empty file system of that many bytes."""
    if os.geteuid() != 0:
        pytest.skip("optional: mounting a file system takes root")
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@contextmanager
def formatted(kind: str, folder: Path, size: int) -> Iterator[Path]:
    """An empty file system without hard links on a loop device: "vfat" by the kernel, or "exfat" by
    FUSE, whose server refuses RENAME_NOREPLACE too."""
    if os.geteuid() != 0:
        pytest.skip("optional: mounting a file system takes root")
    if kind == "vfat" and not _in_kernel(kind):
        pytest.skip("optional: this kernel has no vfat")
    for device in ["/dev/loop-control"] + ["/dev/fuse"] * (kind == "exfat"):
        if not Path(device).exists():
            pytest.skip(f"optional: this machine has no {device}")
    place, image = folder / kind, folder / f"{kind}.image"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(size)
    command = ["losetup", "--find", "--show", image]
    loop = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    try:
        subprocess.run([f"mkfs.{kind}", loop], check=True, capture_output=True)
        mount = ["mount.exfat-fuse"] if kind == "exfat" else ["mount", "-t", kind]
        subprocess.run([*mount, loop, place], check=True, capture_output=True)
        try:
            yield place
        finally:
            subprocess.run(["umount", "-l", place], check=True)
    finally:
        subprocess.run(["losetup", "--detach", loop], check=True)


def _in_kernel(kind: str) -> bool:
    """Built in, or there as a module."""
    if shutil.which("modprobe"):
        subprocess.run(["modprobe", "-q", kind], check=False)
    return kind in Path("/proc/filesystems").read_text().split()


def remount(place: Path, options: str) -> None:
    """With other options: `ro`, `rw`, `size=...`."""
    subprocess.run(["mount", "-o", f"remount,{options}", place], check=True)
