"""The registry of named cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from .expected import Made

KINDS = ("sound", "recovered", "damaged", "empty", "hostile", "large")
MODULES = "names layout timing streams pictures recovered damaged tables structure large"


@dataclass(frozen=True)
class Case:
    """A case: what makes it, and the file name that it asks for."""

    kind: str
    file_name: str
    maker: Callable[[Path], Made]

    @property
    def summary(self) -> str:
        """What the case is about, in a line."""
        return (self.maker.__doc__ or "").partition("\n")[0]


_registered: dict[str, Case] = {}


def add(kind: str, maker: Callable[[Path], Made], name: str = "", file_name: str = "") -> None:
    """Register a case; its name is the function's if it isn't told."""
    name = name or maker.__name__
    if name in _registered:
        raise ValueError(f"two cases of the name {name}")
    _registered[name] = Case(kind, file_name or f"{name}.mov", maker)


def case(
    kind: str, file_name: str = ""
) -> Callable[[Callable[[Path], Made]], Callable[[Path], Made]]:
    """The same as a decorator."""

    def register(maker: Callable[[Path], Made]) -> Callable[[Path], Made]:
        add(kind, maker, file_name=file_name)
        return maker

    return register


def registered() -> dict[str, Case]:
    """All cases by name, in a fixed order. They are imported here, as they import this module."""
    for module in MODULES.split():
        import_module(f".kinds.{module}", __package__)
    return dict(_registered)


def cases(kind: str | None = None) -> list[str]:
    """Names of a kind's cases, or of all but the large ones."""
    if kind is not None and kind not in KINDS:
        raise ValueError(f"no kind {kind!r}: there are {', '.join(KINDS)}")
    found = registered().items()
    return [name for name, one in found if (one.kind == kind if kind else one.kind != "large")]


def make(name: str, path: Path) -> Made:
    """Make a case's file: in a folder under the name it asks for, or at a path ending in .mov."""
    one = registered()[name]
    made = one.maker(path if path.suffix == ".mov" else path / one.file_name)
    made.case, made.kind = name, one.kind
    return made
