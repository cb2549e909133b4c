"""Fixtures of the fault sweeps."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalogue import Material, catalogue
from injection import scratch
from jobs import Job


@pytest.fixture(scope="session")
def jobs() -> Iterator[dict[str, Job]]:
    """All jobs by name."""
    with catalogue() as found:
        yield {job.name: job for job in found}


@pytest.fixture(scope="session")
def material() -> Iterator[Material]:
    """Movies and stores of their own for the hostile stores."""
    folder = Path(tempfile.mkdtemp(prefix="cz-material-", dir=scratch()))
    yield Material(folder)
    shutil.rmtree(folder, ignore_errors=True)
