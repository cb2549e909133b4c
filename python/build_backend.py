"""The build backend of the package: scikit-build-core, if the C sources are where it needs them.

The package contains libcamzarr, which is built from the folders beside `python/`.
"""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
if not (_ROOT / "include/camzarr.h").is_file():
    raise SystemExit(
        f"camzarr: {Path(__file__).parent} was copied without the C library's sources, which lie beside "
        "it in a checkout of the project: run `pip install ./python` there, or install a wheel that "
        "`scripts/wheel` makes there"
    )

from scikit_build_core.build import *  # noqa: E402, F403
