"""Coded data and headers that are damaged on purpose, for the test vectors."""

from __future__ import annotations

import numpy as np
from writer import DC_CODES, FIRST_DC_CODE, LEVEL_CODES, RUN_CODES, Bits, Slice


def only_dc(plane: int, coefficients: np.ndarray) -> None:
    coefficients[:, 1:] = 0


# ---- Coded data bit by bit ---------------------------------------------------------------------------


def as_bytes(text: str) -> bytes:
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def cut(text: str) -> bytes:
    """The whole bytes of `text`; the bits after them are missing."""
    return as_bytes(text[: len(text) // 8 * 8])


def coded(blocks: int, *pairs: tuple[int, int], first: int = 20, second: int = 0, longest: int = 31) -> str:
    """Coded data of a component: codes of the first DC and difference, runs and levels. All signs are 0."""
    bits = Bits(longest)
    bits.code(FIRST_DC_CODE, first)
    code = 5
    for following in [second] + [0] * (blocks - 2):
        bits.code(DC_CODES[min(code, 5)], following)
        code = following
    run_before, level_before = 4, 2
    for run, level in pairs:
        bits.code(RUN_CODES[min(run_before, 15)], run)
        if level:  # 0: the data end after the run
            bits.code(LEVEL_CODES[min(level_before, 9) - 1], level - 1)
            bits.put(0, 1)
        run_before, level_before = run, level
    return "".join(bits.text)


# ---- Damage ------------------------------------------------------------------------------------------


def table_of(data: bytes, number: int = 0) -> tuple[int, int]:
    """Where the slice table of a picture lies, and how many slices it has by its header."""
    at = 8 + int.from_bytes(data[8:10], "big")
    for _ in range(number):
        at += int.from_bytes(data[at + 1 : at + 5], "big")
    return at + (data[at] >> 3), int.from_bytes(data[at + 5 : at + 7], "big")


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def slice_at(data: bytes, index: int, number: int = 0) -> int:
    table, count = table_of(data, number)
    sizes = np.frombuffer(data, ">u2", count, table)
    return table + 2 * count + int(sizes[:index].sum())


def damaged_slices(data: bytes) -> bytes:
    """Slice 1: sizes beyond the slice; 3: no 1 bit; 4: codewords past the end; 6: ones; the last: cut off."""
    data = patched(data, slice_at(data, 1) + 2, b"\xff\xff")
    data = patched(data, slice_at(data, 4) + 2, b"\x00\x01")
    three = slice_at(data, 3)
    data = patched(data, three + 6, bytes(int.from_bytes(data[three + 2 : three + 4], "big")))
    six = slice_at(data, 6)
    data = patched(data, six + 6, b"\xff" * int.from_bytes(data[six + 2 : six + 4], "big"))
    return data[:-40]


def damaged_picture(data: bytes) -> bytes:
    """The second picture's header says slices of 16 macroblocks."""
    table, _ = table_of(data, 1)
    return patched(data, table - 1, b"\x40")


LINE = {0: as_bytes(coded(32, first=7))}  # of a slice of 8 macroblocks
INVALID = "0" * 40 + "1"  # no codeword
ONES = [(0, 1)] * 7  # the last sign is the first bit of a byte
# Slices of one macroblock by coded data of components. The comment says at which sizes they are damaged.
BROKEN: list[dict[int, bytes]] = [
    {0: cut(coded(4, *ONES))},  # the last sign is past the end: all but 1/8
    {0: cut(coded(4, first=40)[:-1] + "00100")},  # the last DC codeword is past the end: all
    {2: b""},  # all, except gray
    {1: b""},  # the same
    {1: b"\0\0"},  # the same
    {2: as_bytes(coded(2, (15, 1), (130, 1)))},  # an index beyond the slice, not gray: full size
    {0: as_bytes(coded(4, (15, 1), *[(63, 1)] * 4))},  # the same, of Y
    {1: as_bytes(coded(2, (15, 1), (59, 1), (59, 1)))},  # the same, with short codewords
    {0: as_bytes(coded(4, (15, 1), (70, 0)) + INVALID)},  # after a run past what 1/2 needs: full size
    {0: cut(coded(4, *[(40, 1)] * 2, (4, 300), (0, 1), (0, 1)))},  # past the end, after such a run: full size
    {0: as_bytes(coded(4, second=1 << 17, longest=32))},  # all
    {0: as_bytes(coded(4, (0, 1 << 15 | 5), longest=32))},  # all but 1/8
    {0: as_bytes(coded(4, (10, 1), (1 << 16, 1), longest=32))},  # the same
    {0: as_bytes(coded(4, (0, 10), (1, 70000), second=1 << 16))},  # none: codewords of 30 and 31 bits
    {0: as_bytes(coded(4) + INVALID)},  # all but 1/8
    {0: cut(coded(4, (15, 1), (70, 0)))},  # a run past what 1/2 needs, its last bit past the end: full size
]


def broken(p: int, row: int, col: int) -> Slice:
    if col < len(BROKEN):
        return Slice(q=9, change=only_dc, raw=BROKEN[col])
    return Slice(q=9, change=only_dc, cr_size=True, cut={len(BROKEN): 5, len(BROKEN) + 1: 0}.get(col))


def broken_slices(data: bytes) -> bytes:
    """After BROKEN, slices of 5 and 0 bytes, and headers: 5 bytes; more than the slice; Cr 1 byte too many.

    Of the last two slices one is undamaged, and one exceeds the picture by a byte.
    """
    table, _ = table_of(data)
    at = [slice_at(data, len(BROKEN) + i) for i in range(7)]
    data = patched(data, at[2], b"\x28")
    data = patched(data, at[3], b"\xf8")
    cr = int.from_bytes(data[at[4] + 6 : at[4] + 8], "big")
    data = patched(data, at[4] + 6, (cr + 1).to_bytes(2, "big"))
    size = int.from_bytes(data[table - 7 : table - 3], "big")
    return patched(data, table - 7, (size - 1).to_bytes(4, "big"))


def with_picture(data: bytes, at: int, new: bytes) -> bytes:
    """With other bytes in the header of the first picture."""
    return patched(data, table_of(data)[0] - 8 + at, new)


def no_table(data: bytes) -> bytes:
    """The first picture is a header alone, whose slice table would exceed the frame; the second is whole."""
    table, _ = table_of(data)
    size = int.from_bytes(data[table - 7 : table - 3], "big")
    header = b"\x40\0\0\0\x08\0\0\0"
    data = data[: table - 8] + header + data[table - 8 + size :]
    return len(data).to_bytes(4, "big") + data[4:]
