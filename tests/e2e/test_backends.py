"""The suite for all object stores (tests/unit/store/test_store.c), against servers that check signatures."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from support.command import CAMZARR, FAILED, camzarr
from support.google import SECRET, google
from support.objects import Place
from support.servers import S3, Azure

# scripts/test gives the one with sanitizers.
SUITE = Path(os.environ.get("CZ_STORE_AT_URL") or CAMZARR.parent / "tests/unit/store_at_url")


def passes(url: str, environment: dict[str, str], folder: Path) -> None:
    """Each case of the suite, below this address."""
    command = [SUITE, "--jobs", "2", "--short-filename"]
    # Criterion passes a test that leaks: see tests/run.
    sanitizers = {"ASAN_OPTIONS": f"log_path={folder}/asan", "UBSAN_OPTIONS": "halt_on_error=1"}
    environment = {**os.environ, **environment, **sanitizers, "CZ_TEST_STORE": url}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240)
    told = re.search(r"Tested: (\d+) \| Passing: (\d+)", re.sub(r"\x1b\[[0-9;]*m", "", done.stderr))
    assert done.returncode == 0 and told, done.stderr
    tested, passing = map(int, told.groups())
    assert tested == passing >= 20
    assert not [log.read_text() for log in folder.glob("asan*")]


@pytest.mark.parametrize("server", ["versity", "rados", "azure"])
@pytest.mark.parametrize("prefix", ["x", "a prefix/of+two"])
def test_backend(
    server: str, prefix: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    service: S3 | Azure = request.getfixturevalue(server)
    place = Place(service)
    passes(place.url(prefix), place.environment(), tmp_path)


def test_google(versity: S3, tmp_path: Path) -> None:
    """The S3 interface of Google, with an HMAC key; signatures are verified by other code."""
    place = Place(versity)
    with google(versity) as service:
        passes(f"gs://{place.bucket}/x", service.environment(), tmp_path)
        assert service.signed and all(" Credential=GOOG1" in one for one in service.signed)
        assert not any(SECRET in one for one in service.signed)


def test_google_refuses_wrong_signatures(versity: S3) -> None:
    place = Place(versity)
    with google(versity) as service:
        keys = {**service.environment(), "GS_SECRET_ACCESS_KEY": "wrong"}
        done = camzarr("ls", f"gs://{place.bucket}/x", code=FAILED, env={**os.environ, **keys})
        assert "secret" in done.err and not service.signed
