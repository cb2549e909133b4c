"""CITATION.cff is valid and names the version that the header names."""

from __future__ import annotations

import subprocess

import yaml

import camzarr
from conftest import ROOT


def citation(*args: str) -> str:
    """The output of scripts/citation; it must succeed."""
    done = subprocess.run([ROOT / "scripts/citation", *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_valid() -> None:
    assert "valid according to schema version 1.2.0" in citation()


def test_it_gives_a_reference() -> None:
    assert "title = {camzarr: " in citation("-f", "bibtex")


def test_it_agrees_with_the_project() -> None:
    facts = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert facts["version"] == camzarr.__version__
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith(f"{facts['license']} License")
    assert facts["authors"][0]["name"] in text
    page = (ROOT / "docs/site/citing.md").read_text()
    assert facts["title"] in page and f"{{{facts['version']}}}" in page
