"""Peak memory for a small and a large source."""

from __future__ import annotations

import shutil
from pathlib import Path

import machine
from maker import big
from support.measure import measured

SIZES = (1, 8)  # GB


def print_table(camzarr: Path, folder: Path) -> None:
    """Sources and stores are written to the folder."""
    need = int(2.1e9 * max(SIZES))
    if machine.room(folder) < need:
        print(f"\npeak memory: skipped, {folder} has no room for {need / 1e9:.0f} GB (--dir)")
        return
    print(f"\n{'':16} peak memory, MiB (aim: 256)")
    for size in SIZES:
        source = big(folder / "source.mov", size * 10**9).path
        used = measured(camzarr, "convert", "-q", source, folder / "store")
        print(f"{size:13} GB {used.peak / 2**20:6.0f}", flush=True)
        shutil.rmtree(folder / "store")
        source.unlink()
    print("    camzarr convert -q SOURCE STORE")
