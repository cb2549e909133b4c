"""A writer of small ProRes frames (SMPTE RDD 36) for the test vectors.

It transforms and quantises the samples of planes with integers only, so the same planes give the same
bytes on every machine. Optional parts of the format that common encoders do not use (longer headers,
slices without chroma, custom matrices) are written on request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

SCANS = (
    """ 0  1  8  9  2  3 10 11 16 17 24 25 18 19 26 27  4  5 12 20 13  6  7 14 21 28 29 22 15 23 30 31
       32 33 40 48 41 34 35 42 49 56 57 50 43 36 37 44 51 58 59 52 45 38 39 46 53 60 61 54 47 55 62 63""",
    """ 0  8  1  9 16 24 17 25  2 10  3 11 18 26 19 27 32 40 33 34 41 48 56 49 42 35 43 50 57 58 51 59
        4 12  5  6 13 20 28 21 14  7 15 22 29 36 44 37 30 23 31 38 45 52 60 53 46 39 47 54 61 62 55 63""",
)
# (largest quotient of a Rice code, Rice order, exponential order), by the value coded before.
DC_CODES = [(0, 0, 1), (0, 1, 2), (0, 1, 2), (1, 2, 3), (1, 2, 3), (0, 3, 4)]
RUN_CODES = [(2, 0, 1)] * 2 + [(1, 0, 1)] * 2 + [(0, 0, 1)] + [(1, 1, 2)] * 4 + [(0, 1, 2)] * 6 + [(0, 2, 3)]
LEVEL_CODES = [(2, 0, 2), (1, 0, 1), (2, 0, 1), (0, 0, 1)] + [(0, 1, 2)] * 4 + [(0, 2, 3)]
FIRST_DC_CODE = (0, 5, 6)

Planes = list[np.ndarray]
# (plane, blocks x 64 quantised coefficients) of a slice: changes them in place.
Change = Callable[[int, np.ndarray], None]


@dataclass
class Slice:
    """What may differ from slice to slice."""

    q: int = 4
    no_chroma: bool = False
    no_alpha: bool = False
    header_more: int = 0  # bytes that the header is longer than necessary
    cr_size: bool = False  # the size of Cr stands in the header, although there is no alpha
    tail: bytes = b""  # after all components; needs cr_size and no alpha
    pad: int = 0  # zero bytes after each component
    run_max: int = 2047  # of alpha
    change: Change | None = None
    raw: dict[int, bytes] = field(default_factory=dict)  # coded data of components, in place of the samples'
    cut: int | None = None  # the slice's first bytes only


@dataclass
class Spec:
    """A frame. Planes cover whole macroblocks (both fields woven): Y, Cb, Cr, alpha as coded."""

    width: int
    height: int
    planes: Planes
    chroma: int = 2  # 2: 4:2:2, 3: 4:4:4
    interlace: int = 0  # 0: progressive, 1: top field first, 2: bottom field first
    alpha: int = 0  # 0: none, 1: 8 bits, 2: 16 bits
    matrix: int = 1  # matrix_coefficients
    log2_mbs: int = 3
    luma_matrix: list[int] | None = None
    chroma_matrix: list[int] | None = None
    header_more: int = 0
    picture_more: int = 0
    stuffing: int = 0
    slice_of: Callable[[int, int, int], Slice] = field(default=lambda p, row, col: Slice())


class Bits:
    """Bits, the most significant first. Codewords of more than `longest` bits are refused."""

    def __init__(self, longest: int = 31) -> None:
        self.text: list[str] = []
        self.longest = longest

    def put(self, value: int, n: int) -> None:
        if n:
            self.text.append(format(value, f"0{n}b"))

    def code(self, parameters: tuple[int, int, int], value: int) -> None:
        last, rice, order = parameters
        if value < (last + 1) << rice:
            self.put(1, (value >> rice) + 1)
            self.put(value & ((1 << rice) - 1), rice)
            return
        number = value - ((last + 1) << rice) + (1 << order)
        n = number.bit_length()
        if 2 * n - order + last > self.longest:
            raise ValueError(f"{value}: its codeword has more than {self.longest} bits")
        self.put(number, 2 * n - order + last)

    def bytes(self) -> bytes:
        text = "".join(self.text)
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big") if text else b""


def component(coefficients: np.ndarray, interlaced: bool) -> bytes:
    """Coded data of blocks x 64 quantised coefficients in raster order."""
    scan = [int(n) for n in SCANS[interlaced].split()]
    c = coefficients[:, scan].T.reshape(-1).tolist()
    blocks, bits = len(coefficients), Bits()
    bits.code(FIRST_DC_CODE, 2 * c[0] if c[0] >= 0 else -2 * c[0] - 1)
    code, negative = 5, False
    for b in range(1, blocks):
        difference, parameters = c[b] - c[b - 1], DC_CODES[min(code, 5)]
        code = 2 * abs(difference) - ((difference < 0) != negative) if difference else 0
        negative = difference < 0
        bits.code(parameters, code)
    run, run_before, level_before = 0, 4, 2
    for value in c[blocks:]:
        if value == 0:
            run += 1
            continue
        bits.code(RUN_CODES[min(run_before, 15)], run)
        bits.code(LEVEL_CODES[min(level_before, 9) - 1], abs(value) - 1)
        bits.put(value < 0, 1)
        run, run_before, level_before = 0, run, abs(value)
    return bits.bytes()


def alpha_data(samples: list[int], depth: int, run_max: int) -> bytes:
    """Coded alpha of a slice, in raster order."""
    bits, before, i = Bits(), (1 << depth) - 1, 0
    small, short = (64, 7) if depth == 16 else (8, 4)
    while i < len(samples):
        difference, before, i = samples[i] - before, samples[i], i + 1
        if difference == 0 or abs(difference) > small:
            bits.put(1, 1)
            bits.put(difference % (1 << depth), depth)
        else:
            bits.put(0, 1)
            bits.put(2 * abs(difference) - 2 + (difference < 0), short)
        run = 0
        while i < len(samples) and run < run_max and samples[i] == before:
            run, i = run + 1, i + 1
        if run == 0:
            if i < len(samples):
                bits.put(1, 1)
        else:
            bits.put(0, 1)
            bits.put(run, 4 if run < 16 else 15)
    return bits.bytes()


def _basis() -> np.ndarray:
    n = np.arange(8)
    basis = np.cos((2 * n[None, :] + 1) * n[:, None] * np.pi / 16) / 2
    basis[0] = np.sqrt(1 / 8)
    return np.rint(basis * 8192).astype(np.int64)


BASIS = _basis()


def quantise(block: np.ndarray, weights: np.ndarray, bits: int) -> np.ndarray:
    """64 coefficients of a block of samples."""
    centred = block.astype(np.int64) - (1 << (bits - 1))
    transformed = BASIS @ centred @ BASIS.T * (4 if bits == 10 else 1)
    unit = weights.reshape(8, 8).astype(np.int64) << 26
    magnitude = (2 * np.abs(transformed) + unit) // (2 * unit)
    return (np.sign(transformed) * magnitude).reshape(64)


def _blocks(plane: np.ndarray, kind: str) -> list[np.ndarray]:
    """Blocks of a slice of a plane, in their order: "luma", "422" or "444"."""
    places = {
        "luma": [(0, 0), (0, 8), (8, 0), (8, 8)],
        "422": [(0, 0), (8, 0)],
        "444": [(0, 0), (8, 0), (0, 8), (8, 8)],
    }[kind]
    step = 8 if kind == "422" else 16
    return [
        plane[y : y + 8, x + at : x + at + 8] for at in range(0, plane.shape[1], step) for y, x in places
    ]


def _slice(spec: Spec, s: Slice, parts: Planes) -> bytes:
    q = min(max(s.q, 1), 224)
    scale = q if q <= 128 else 4 * (q - 96)
    luma = spec.luma_matrix or [4] * 64
    data = []
    for i in range(3):
        kind = "luma" if i == 0 else "422" if spec.chroma == 2 else "444"
        weights = np.array((spec.chroma_matrix or luma) if i else luma) * scale
        blocks = _blocks(parts[i], kind)
        coefficients = np.stack([quantise(b, weights, 10 if spec.chroma == 2 else 12) for b in blocks])
        if s.change:
            s.change(i, coefficients)
        data.append(component(coefficients, spec.interlace != 0) + bytes(s.pad))
    if s.no_chroma:
        data[1] = data[2] = b""
    alpha = b""
    if spec.alpha and not s.no_alpha:
        alpha = alpha_data(parts[3].reshape(-1).tolist(), 8 * spec.alpha, s.run_max)
    for i, coded in s.raw.items():
        if i == 3:
            alpha = coded
        else:
            data[i] = coded
    sized = s.cr_size or spec.alpha != 0
    header = bytes([(6 + 2 * sized + s.header_more) << 3, s.q])
    header += b"".join(len(d).to_bytes(2, "big") for d in data[: 2 + sized]) + bytes(s.header_more)
    return (header + b"".join(data) + alpha + s.tail)[: s.cut]


def _picture(spec: Spec, number: int, planes: Planes) -> bytes:
    mbs, rows, slices = (spec.width + 15) // 16, planes[0].shape[0] // 16, []
    for row in range(rows):
        x, n, col = 0, 1 << spec.log2_mbs, 0
        while x < mbs:
            while n > mbs - x:
                n //= 2
            across = [16, 8 if spec.chroma == 2 else 16, 8 if spec.chroma == 2 else 16, 16]
            parts = [
                p[16 * row : 16 * row + 16, w * x : w * (x + n)] for p, w in zip(planes, across, strict=False)
            ]
            slices.append(_slice(spec, spec.slice_of(number, row, col), parts))
            x, col = x + n, col + 1
    header_size = 8 + spec.picture_more
    table = b"".join(len(s).to_bytes(2, "big") for s in slices)
    size = header_size + len(table) + sum(map(len, slices))
    header = bytes([header_size << 3]) + size.to_bytes(4, "big") + len(slices).to_bytes(2, "big")
    header += bytes([spec.log2_mbs << 4]) + bytes(spec.picture_more)
    return header + table + b"".join(slices)


def frame(spec: Spec) -> bytes:
    """The frame's bytes."""
    matrices = bytes(spec.luma_matrix or []) + bytes(spec.chroma_matrix or [])
    size = 20 + len(matrices) + spec.header_more
    flags = 2 * (spec.luma_matrix is not None) + (spec.chroma_matrix is not None)
    header = size.to_bytes(2, "big") + bytes(2) + b"camz"
    header += spec.width.to_bytes(2, "big") + spec.height.to_bytes(2, "big")
    header += bytes([spec.chroma << 6 | spec.interlace << 2, 0x13, 1, 1, spec.matrix, spec.alpha, 0, flags])
    header += matrices + bytes(spec.header_more)
    body = b"icpf" + header
    if spec.interlace == 0:
        body += _picture(spec, 0, spec.planes)
    else:
        for number in range(2):
            bottom = (spec.interlace == 2) == (number == 0)
            body += _picture(spec, number, [p[int(bottom) :: 2] for p in spec.planes])
    body += bytes(spec.stuffing)
    return (len(body) + 4).to_bytes(4, "big") + body
