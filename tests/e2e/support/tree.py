"""Folders as values that can be compared."""

from __future__ import annotations

import hashlib
from pathlib import Path


def files(folder: Path) -> list[Path]:
    """All files below, by path."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file below, by its path from the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files(folder)
    }


def clip_digests(store: Path) -> dict[str, str]:
    """The same of a store, without its catalog, which not every run of a command brings up to date."""
    return {key: digest for key, digest in digests(store).items() if not key.startswith("catalog/")}


def identities(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of last change of each file: the same means that it wasn't written again."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in files(folder)
    }
