"""QuickTime atoms as a tree that can be edited, given false sizes, and converted to bytes.

From Apple's QuickTime File Format; shares no code with the parser under test.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

IDENTITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass
class Atom:
    """A kind, a body, then child atoms. `stated` is a false size to write instead of the real one."""

    kind: bytes
    body: bytes = b""
    children: list[Atom] = field(default_factory=list)
    stated: int | None = None

    def __bytes__(self) -> bytes:
        inside = self.body + b"".join(map(bytes, self.children))
        return head(self.kind, 8 + len(inside) if self.stated is None else self.stated) + inside

    def find(self, *path: bytes) -> Atom:
        """The first atom inside with these kinds, step by step."""
        atom = self
        for kind in path:
            atom = next(child for child in atom.children if child.kind == kind)
        return atom

    def put(self, new: Atom) -> None:
        """Put an atom in the place of the first child of its kind."""
        old = self.find(new.kind)
        self.children[self.children.index(old)] = new

    def poke(self, at: int, form: str, *values: int) -> None:
        """Overwrite numbers in the body, by a format of struct."""
        body = bytearray(self.body)
        struct.pack_into(form, body, at, *values)
        self.body = bytes(body)

    def drop(self, *path: bytes) -> None:
        """Take the first atom at that path out."""
        parent = self.find(*path[:-1])
        parent.children.remove(self.find(*path))


def head(kind: bytes, size: int, *, wide: bool = False) -> bytes:
    """An atom's header for a size that counts the header; `wide` makes it the 64-bit form."""
    if wide:
        return struct.pack(">I4sQ", 1, kind, size)
    return struct.pack(">I4s", size, kind)


def atom(kind: bytes, *children: Atom, body: bytes = b"") -> Atom:
    """An atom of atoms, or of bytes, or of both in the order bytes, atoms."""
    return Atom(kind, body, list(children))


def full(kind: bytes, body: bytes, *children: Atom, version: int = 0, flags: int = 0) -> Atom:
    """An atom whose body begins with a version and 24 bits of flags."""
    return Atom(kind, struct.pack(">I", version << 24 | flags) + body, list(children))


def free(size: int, fill: bytes = b"\0", kind: bytes = b"free") -> bytes:
    """Unused space of `size` bytes in all."""
    return head(kind, size) + (fill * size)[: size - 8]


def ftyp(*brands: bytes, minor: int = 0x20050300) -> bytes:
    """The first atom: its major brand and those that it is compatible with."""
    return bytes(Atom(b"ftyp", brands[0] + struct.pack(">I", minor) + b"".join(brands[1:])))


def runs(values: Iterable[int]) -> list[tuple[int, int]]:
    """(how often, value) for values that follow each other."""
    found: list[tuple[int, int]] = []
    for value in values:
        if found and found[-1][1] == value:
            found[-1] = (found[-1][0] + 1, value)
        else:
            found.append((1, value))
    return found


def u32s(values: Iterable[int]) -> bytes:
    """Big-endian 32-bit numbers."""
    values = list(values)
    return struct.pack(f">{len(values)}I", *values)


def u64s(values: Iterable[int]) -> bytes:
    """Big-endian 64-bit numbers."""
    values = list(values)
    return struct.pack(f">{len(values)}Q", *values)
