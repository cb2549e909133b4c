"""The installed package gives every test vector of docs/pixels.md, byte for byte."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))

import make as vectors  # noqa: E402

FRAMES = vectors.frames()


@pytest.mark.parametrize("name", FRAMES)
def test_damage_is_an_error_without_concealment(name: str) -> None:
    vectors.check_damage(name, FRAMES[name])


def test_package_gives_every_vector(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["make.py"])
    status = vectors.main()
    assert status == 0, capsys.readouterr().out
