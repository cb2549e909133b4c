"""ProRes decoder, written from pixels.md only; numbers in parentheses are sections of that document."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, NamedTuple, Optional

import numpy as np

Array = np.ndarray[Any, Any]

# Layouts (15.1): component names, chroma format that is required (0: any), bytes of a sample.
LAYOUTS: dict[str, tuple[str, int, int]] = {
    "native": ("planes", 0, 2), "yuv422p10le": ("planes", 2, 2), "yuv444p10le": ("planes", 3, 2),
    "yuv444p12le": ("planes", 3, 2), "gray": ("Y", 0, 1), "gray16le": ("Y", 0, 2), "rgb24": ("RGB", 0, 1),
    "bgr24": ("BGR", 0, 1), "rgb48le": ("RGB", 0, 2), "rgba": ("RGBA", 0, 1)}
FIELDS = ("weave", "top", "bottom", "bob-top", "bob-bottom")

# Codes (5.1): lastRiceQ, kRice, kExp.
Code = tuple[int, int, int]
A: Code = (0, 5, 6)
E0, E1, E2, E3 = (0, 0, 1), (0, 1, 2), (0, 2, 3), (0, 3, 4)
R1, R2, R3, R4, R5 = (1, 0, 1), (2, 0, 1), (2, 0, 2), (1, 1, 2), (1, 2, 3)
DC_CODES = (E0, E1, E1, R5, R5, E3)  # by the code before, last: from 5 on (5.2)
RUN_CODES = (R2, R2, R1, R1, E0) + (R4,) * 4 + (E1,) * 6 + (E2,)  # by previous_run, last: from 15 on (5.3)
LEVEL_CODES = (R3, R3, R1, R2, E0) + (E1,) * 4 + (E2,)  # by previous_level, last: from 9 on

PROGRESSIVE_SCAN = [  # (6)
    0, 1, 8, 9, 2, 3, 10, 11, 16, 17, 24, 25, 18, 19, 26, 27, 4, 5, 12, 20, 13, 6, 7, 14, 21, 28, 29, 22,
    15, 23, 30, 31, 32, 33, 40, 48, 41, 34, 35, 42, 49, 56, 57, 50, 43, 36, 37, 44, 51, 58, 59, 52, 45,
    38, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63]
INTERLACED_SCAN = [
    0, 8, 1, 9, 16, 24, 17, 25, 2, 10, 3, 11, 18, 26, 19, 27, 32, 40, 33, 34, 41, 48, 56, 49, 42, 35, 43,
    50, 57, 58, 51, 59, 4, 12, 5, 6, 13, 20, 28, 21, 14, 7, 15, 22, 29, 36, 44, 37, 30, 23, 31, 38, 45,
    52, 60, 53, 46, 39, 47, 54, 61, 62, 55, 63]
WEIGHTS = {10: np.array([16384, 22725, 21407, 19265, 16384, 12873, 8867, 4520]),  # W4, W1 .. W7 (8)
           12: np.array([32767, 45451, 42813, 38531, 32767, 25746, 17734, 9041])}
MATRIX_8 = {"bt601": (9539, 13075, -3209, -6660, 16525), "bt709": (9539, 14686, -1747, -4366, 17305),
            "bt2020": (9539, 13752, -1535, -5328, 17545)}  # (13.4)
MATRIX_16 = {"bt601": (19077, 26149, -6419, -13320, 33050), "bt709": (19077, 29372, -3494, -8731, 34610),
             "bt2020": (19077, 27503, -3069, -10657, 35091)}  # (13.5)


class Damage(ValueError):
    """A slice or picture is damaged (12). What is refused (2.1, 15) is a plain ValueError."""


def wrap16(x: Any) -> Any:
    return ((x + 32768) & 0xFFFF) - 32768


def ceil_div(a: int, b: int) -> int:
    return -(-a // b)


class Bits:
    """Bits of coded data, from the most significant of each byte on; past the end they read as 0 (5)."""

    def __init__(self, data: bytes) -> None:
        self.data = data + bytes(16)
        self.pos = 0
        self.end = 8 * len(data)
        number = int.from_bytes(data, "big")
        self.end_of_ones = self.end + 1 - (number & -number).bit_length() if number else 0

    def read(self, count: int) -> int:
        byte, used = self.pos >> 3, self.pos & 7
        self.pos += count
        window = int.from_bytes(self.data[byte:byte + 5], "big")
        return (window >> (40 - used - count)) & ((1 << count) - 1)

    def codeword(self, code: Code) -> int:
        """Read a Rice or exponential codeword (5.1)."""
        last, rice, exp = code
        byte, used = self.pos >> 3, self.pos & 7
        window = (int.from_bytes(self.data[byte:byte + 5], "big") >> (8 - used)) & 0xFFFFFFFF
        zeros = 32 - window.bit_length()
        if zeros <= last:
            length = zeros + 1 + rice
            value = (zeros << rice) + ((window >> (32 - length)) & ((1 << rice) - 1))
        else:
            length = 2 * zeros - last + exp
            if length > 31:
                raise Damage("codeword of more than 31 bits")
            value = (window >> (32 - length)) - (1 << exp) + ((last + 1) << rice)
        self.pos += length
        return value


Header = NamedTuple("Header", [  # (2.1) place of the first picture; N; ...; matrices of luma, chroma (2.2)
    ("size", int), ("limit", int), ("width", int), ("height", int), ("chroma", int), ("interlace", int),
    ("matrix", int), ("alpha", int), ("weights", tuple[Array, Array])])


def read_header(data: bytes) -> Header:
    """Parse the frame header, and refuse by the rules of section 2.1 that do not depend on the layout."""
    if len(data) < 28 or data[4:8] != b"icpf":
        raise ValueError("no ProRes frame")
    (frame_size, header_size, version, width, height, modes, _, _, _, matrix, alpha, _, load) = struct.unpack(
        ">I4xHH4xHHBBBBBBBB", data[:28])
    fields = 28 + 64 * ((load >> 1 & 1) + (load & 1))
    chroma, interlace, alpha, size = modes >> 6, modes >> 2 & 3, alpha & 15, 8 + header_size
    if (version > 1 or len(data) < fields or size < fields or frame_size < size + 8 or width == 0
            or height == 0 or chroma < 2 or interlace == 3 or alpha > 2):
        raise ValueError("invalid frame header")
    luma = np.frombuffer(data, np.uint8, 64, 28).astype(np.int64) if load & 2 else np.full(64, 4)
    other = np.frombuffer(data, np.uint8, 64, fields - 64).astype(np.int64) if load & 1 else luma
    end = min(frame_size, len(data))
    return Header(size, end, width, height, chroma, interlace, matrix, alpha, (luma, other))


def read_coefficients(data: bytes, blocks: int, positions: int) -> Array:
    """Coefficients of a component, (blocks, 64) in scan order; those from `positions` on stay 0 (5, 14)."""
    bits, c = Bits(data), np.zeros(64 * blocks, np.int64)
    total = s = bits.codeword(A)
    total = c[0] = wrap16(-((s + 1) >> 1) if s & 1 else s >> 1)
    code, negative = 5, False
    for b in range(1, blocks):
        code = bits.codeword(DC_CODES[min(code, 5)])
        negative = code != 0 and negative != bool(code & 1)
        d = (code + 1) >> 1
        total = c[b] = wrap16(total + (-d if negative else d))
    n, run, level = blocks - 1, 4, 2
    while bits.pos < bits.end_of_ones and positions > 1:
        run = bits.codeword(RUN_CODES[min(run, 15)])
        n += run + 1
        if n >= positions * blocks:
            if positions == 64:
                raise Damage("coefficient beyond the slice")
            return c.reshape(64, blocks).T  # the rest need not be valid (14)
        level = bits.codeword(LEVEL_CODES[min(level, 9)]) + 1
        c[n] = wrap16(-level if bits.read(1) else level)
    if bits.pos > bits.end:
        raise Damage("codeword past the end of the data")
    return c.reshape(64, blocks).T


def transform(x: Array, bits: int, bias: int, shift: int) -> Array:
    """T8, T4, T2 or T1 over the last axis, by its length (8.1, 14.1)."""
    size, w = x.shape[-1], WEIGHTS[bits]
    angles = np.outer(2 * np.arange(size) + 1, np.arange(0, 8, 8 // size)) % 32  # W_a: cos(pi a / 16)
    angles = np.minimum(angles, 32 - angles)
    matrix = np.where(angles < 8, w[angles & 7], -w[(16 - angles) & 7])
    y = x @ matrix.T + bias
    y = ((y + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)  # wrap32
    return np.asarray(np.clip(y >> shift, -32768, 32767))


def inverse_transform(x: Array, bits: int) -> Array:
    """Samples of blocks (B, h, w) of dequantised coefficients (8.2, 8.3, 14.1)."""
    if bits == 10:
        y = transform(np.concatenate([wrap16(x[..., :1] + 1), x[..., 1:]], axis=-1), bits, 0, 15)
    else:
        flat = ~np.any(x[..., 1:], axis=-1, keepdims=True)
        y = np.where(flat, (x[..., :1] + 1) >> 1, transform(x, bits, 32768, 16))
    y[:, 0, :] = wrap16(y[:, 0, :] + (8200 if bits == 10 else 8192))
    bias, shift, top = (0, 18, 1019) if bits == 10 else (65534, 17, 4091)
    return np.clip(transform(y.swapaxes(1, 2), bits, bias, shift).swapaxes(1, 2), 4, top)


def read_alpha(data: bytes, count: int, alpha_type: int, bits: int) -> Array:
    """Alpha samples of a slice, taken to `bits` (10)."""
    if not data:
        return np.full(count, (1 << bits) - 1, np.int64)
    depth = 8 * alpha_type
    stream, mask = Bits(data), (1 << depth) - 1
    value, i, alpha = mask, 0, np.zeros(count, np.int64)
    while i < count:
        while True:
            if stream.read(1):
                difference = stream.read(depth)
            else:
                code = stream.read(7 if depth == 16 else 4)
                difference = -((code + 2) >> 1) if code & 1 else (code + 2) >> 1
            value = (value + difference) & mask
            alpha[i] = value
            i += 1
            if i == count or stream.pos >= stream.end or stream.read(1) == 0:
                break
        if i < count:
            run = stream.read(4) or stream.read(11)
            if run > count - i or stream.pos >= stream.end:
                run = count - i
            alpha[i:i + run] = value
            i += run
    return alpha >> (16 - bits) if depth == 16 else (alpha << (bits - 8)) | (alpha >> (16 - bits))


@dataclass
class Decoder:
    """Decodes pictures to planes, with blocks of w x h samples (9, 14)."""

    data: bytes
    header: Header
    bits: int
    w: int
    h: int
    planes: int  # 1: Y; 3: Y, Cb, Cr; 4: with alpha
    conceal: bool
    field: str  # "weave", or the only field that is decoded: "top", "bottom"
    rows: range  # rows of slices that are decoded
    columns: tuple[int, int]  # so are slices that begin before the second and end after the first (15.3)

    def component(self, data: bytes, index: int, q: int, n: int) -> Array:
        """Samples of Y (0), Cb (1) or Cr (2) of a slice of n macroblocks (5 to 9)."""
        w, h = self.w, self.h
        across = 2 if index == 0 or self.header.chroma == 3 else 1
        blocks = 2 * across * n
        c = read_coefficients(data, blocks, w * h)
        q = min(max(q, 1), 224)
        weights = wrap16(self.header.weights[index > 0] * (q if q <= 128 else 4 * (q - 96)))
        x = np.empty((blocks, 64), np.int64)
        x[:, INTERLACED_SCAN if self.header.interlace else PROGRESSIVE_SCAN] = c
        x = wrap16(x * weights).reshape(blocks, 8, 8)[:, :h, :w]
        s = inverse_transform(x, self.bits)
        if index and across == 2:  # chroma of 4:4:4 goes down first
            s = s.reshape(n, 2, 2, h, w).transpose(2, 3, 0, 1, 4)
        else:
            s = s.reshape(n, 2, across, h, w).transpose(1, 3, 0, 2, 4)
        return s.reshape(2 * h, n * across * w)

    def slice(self, data: bytes, n: int) -> list[Array]:
        """Planes of a slice (4); raises Damage (12, rules 3 to 5)."""
        size = data[0] >> 3 if data else 0
        if len(data) < 6 or size < 6 or size > len(data):
            raise Damage("slice header")
        sizes = [*struct.unpack(">HHH", data[2:8])] if size >= 8 else [*struct.unpack(">HH", data[2:6])]
        if size + sum(sizes) > len(data):
            raise Damage("sizes of components")
        if len(sizes) == 2:
            sizes.append(len(data) - size - sum(sizes))
        ends = [size + sum(sizes[:i]) for i in range(4)]
        result = []
        for i in range(min(self.planes, 3)):
            if i and sizes[1] == sizes[2] == 0:
                columns = n * self.w * (self.header.chroma - 1)
                result.append(np.full((2 * self.h, columns), 511 if self.bits == 10 else 2044))
            else:
                result.append(self.component(data[ends[i]:ends[i + 1]], i, data[1], n))
        if self.planes == 4:
            alpha = read_alpha(data[ends[3]:], 256 * n, self.header.alpha, self.bits)
            s, lines = 8 // self.w, 8 // self.h  # mean of s columns and `lines` lines (14.2)
            sums = alpha.reshape(2 * self.h, lines, 2 * self.w * n, s).sum(axis=(1, 3))
            result.append((sums + s * lines // 2) // (s * lines))
        return result

    def pictures(self) -> list[list[Array]]:
        """Planes of the picture, or of the top and the bottom field (3)."""
        start = self.header.size
        order = ("frame", "top bottom", "bottom top")[self.header.interlace].split()
        result = {}
        for name in order:
            result[name], start = self.picture(start, self.field in ("weave", name) or name == "frame")
        return [result[name] for name in sorted(order, reverse=True)]

    def picture(self, start: int, wanted: bool) -> tuple[list[Array], int]:
        """Planes of the picture at `start` (0: unknown), and the place of the next one (3, 12)."""
        header, data, limit = self.header, self.data, self.header.limit
        columns, rows = ceil_div(header.width, 16), ceil_div(header.height, 32 if header.interlace else 16)
        planes = []
        for i in range(self.planes):
            shape = (2 * self.h * rows, (header.chroma - 1 if i in (1, 2) else 2) * self.w * columns)
            planes.append(np.full(shape, (1 << self.bits) - 1 if i == 3 else 1 << (self.bits - 1)))
        next_start, at, widths = 0, limit + 1, list[int]()  # 0: unknown
        if start and limit - start >= 8:
            header_size, size, last = data[start] >> 3, *struct.unpack(">I2xB", data[start + 1:start + 8])
            if header_size >= 8 and size >= header_size and last in (0x00, 0x10, 0x20, 0x30):
                next_start, table, n = start + size, start + header_size, 1 << (last >> 4)
                while (left := columns - sum(widths)) > 0:  # (3.1)
                    n = min(n, 1 << (left.bit_length() - 1))
                    widths.append(n)
                at = table + 2 * len(widths) * rows  # the first slice
        if wanted and not self.conceal and at > limit:
            raise Damage("picture header or slice table")
        if not wanted or at > limit:
            return planes, next_start
        end = limit if next_start > limit or next_start < at else next_start
        for i, (length,) in enumerate(struct.iter_unpack(">H", data[table:at])):
            row, n, column = i // len(widths), widths[i % len(widths)], sum(widths[:i % len(widths)])
            at += length
            x, step = column * 2 * self.w, n * 2 * self.w
            if row not in self.rows or x >= self.columns[1] or x + step <= self.columns[0]:
                continue
            try:
                if at > end:
                    raise Damage("slice exceeds the picture")
                for plane, part in zip(planes, self.slice(data[at - length:at], n)):
                    x = column * plane.shape[1] // columns
                    plane[2 * self.h * row:2 * self.h * (row + 1), x:x + part.shape[1]] = part
            except Damage:
                if not self.conceal:
                    raise
        return planes, next_start


def product(a: Array, b: int) -> Array:
    """M(a, b) of section 13.2."""
    return (((a * b) >> 14) + 1) >> 1


def chroma_15(plane: Array, width: int, bits: int, is_422: bool) -> Array:
    """U or V of each pixel (13.3)."""
    c = plane << (15 - bits)
    if not is_422:
        return c - 16384
    n = c.shape[1]
    c = np.pad(c, ((0, 0), (2, 2)), mode="edge")
    far2, far1, here, near1, near2 = (c[:, i:i + n] for i in range(5))  # c[i - 2] .. c[i + 2]
    centre = product(here, 28570) - 16384
    result = np.empty((c.shape[0], 2 * n), np.int64)
    result[:, 0::2] = centre + product(far1, 7885) + product(near1, -2765) + product(far2, -922)
    result[:, 1::2] = centre + product(near1, 7885) + product(far1, -2765) + product(near2, -922)
    return result[:, :width]


def convert(planes: list[Array], layout: str, matrix: str, bits: int, is_422: bool) -> Array:
    """Convert cropped planes to gray or packed colours (13)."""
    channels, _, depth = LAYOUTS[layout]
    times = product if depth == 1 else np.multiply
    y, rv, gu, gv, bu = (MATRIX_8 if depth == 1 else MATRIX_16)[matrix]
    shift, half, top = (5, 16, 255) if depth == 1 else (13, 4096, 65535)
    luma = times((planes[0] << (15 - bits)) - 2048, y) + half
    out = {"Y": luma}
    if channels != "Y":
        u, v = (chroma_15(plane, luma.shape[1], bits, is_422) for plane in planes[1:3])
        out = {"R": luma + times(v, rv), "G": luma + times(u, gu) + times(v, gv), "B": luma + times(u, bu)}
    out = {name: np.clip(value >> shift, 0, top) for name, value in out.items()}
    out["A"] = planes[3] >> (bits - 8) if len(planes) == 4 else np.full(luma.shape, 255)
    return out["Y"] if channels == "Y" else np.stack([out[name] for name in channels], axis=-1)


def bob(full: Array, parity: int, first: int, lines: int, scale: int) -> Array:
    """Lines `first` .. `first + lines - 1` of bob-top (parity 0) or bob-bottom (parity 1) (15.2)."""
    own = full[first:first + lines]
    out = own.copy()
    if scale > 1:
        a, b = (slice(None, -1), slice(1, None)) if parity == 0 else (slice(1, None), slice(None, -1))
        out[a] = ((2 * scale - 1) * own[a] + own[b] + scale) // (2 * scale)
        return out
    for i in range((first + parity + 1) % 2, lines, 2):
        if lines == 1:
            out[i] = full[first ^ 1]
        else:
            above, below = i - 1 if i else 1, i + 1 if i + 1 < lines else i - 1
            out[i] = (own[above] + own[below] + 1) // 2
    return out


def decode(data: bytes, layout: str = "native", scale: int = 1, fields: str = "weave", matrix: str = "frame",
           conceal: bool = False, region: Optional[tuple[int, int, int, int]] = None) -> list[Array]:
    """Decode a frame to one array, or to one for each plane; `region` is (x, y, width, height) (15.3)."""
    header = read_header(data)
    kind, chroma, depth = LAYOUTS[layout]
    interlaced, is_422, is_bob = header.interlace != 0, header.chroma == 2, fields.startswith("bob")
    if (chroma not in (0, header.chroma) or scale not in (1, 2, 4, 8) or fields not in FIELDS or
            scale > 1 and fields != "weave" and not interlaced or fields == "bottom" and header.height < 2):
        raise ValueError("layout, scale or fields")
    bits = 10 if is_422 or layout == "yuv444p10le" else 12
    count = 1 if kind == "Y" else 4 if header.alpha and layout in ("native", "rgba") else 3
    parity, single = int(fields.endswith("bottom")), fields in ("top", "bottom")
    lines, columns = (header.height + 1 - parity) // 2 if single else header.height, header.width
    lines, columns = ceil_div(lines, scale), ceil_div(columns, scale)
    x, y, width, height = region or (0, 0, columns, lines)
    chroma_width = ceil_div(x + width, 2) - x // 2 if is_422 else width
    samples = height * ((count - 2) * width + 2 * chroma_width if kind == "planes" else len(kind) * width)
    pictures, mb_lines, mbs = 1 + interlaced, 16 << interlaced, ceil_div(header.width, 16)
    slices = pictures * ceil_div(header.height, mb_lines) * (mbs // 8 + bin(mbs % 8).count("1"))
    if samples * depth > 1 << 28 and len(data) < header.size + 8 * pictures + 8 * slices:
        raise ValueError("too few bytes for the size of the picture")  # (2.1)
    one_field = interlaced and (single or (is_bob and scale > 1))
    h = 16 // scale if interlaced and scale > 1 and not single else 8 // scale
    field = ("top", "bottom")[parity] if fields != "weave" else "weave"
    row_lines = (mb_lines // 2 if single else mb_lines) // scale
    rows, margin = range(y // row_lines, (y + height - 1) // row_lines + 1), 4 if "R" in kind else 0
    touched = x - margin, x + width + margin
    planes_of = Decoder(data, header, bits, 8 // scale, h, count, conceal, field, rows, touched).pictures()
    if one_field:
        planes = planes_of[parity]
    elif not interlaced:
        planes = [plane[parity::2] if single else plane for plane in planes_of[0]]
    elif scale == 1:
        planes = [np.stack(pair, axis=1).reshape(-1, pair[0].shape[1]) for pair in zip(*planes_of)]
    else:
        planes = [(a + b + 1) >> 1 for a, b in zip(*planes_of)]
    decoded = lines + lines % 2 if is_bob and scale == 1 else lines  # 15.2: bob of one line
    planes = [plane[:decoded, :ceil_div(columns, 2) if is_422 and i in (1, 2) else columns]
              for i, plane in enumerate(planes)]
    if kind != "planes":
        if matrix == "frame":  # (13.1)
            names = {1: "bt709", 5: "bt601", 6: "bt601", 9: "bt2020", 10: "bt2020"}
            matrix = names.get(header.matrix, "bt709" if header.height >= 720 else "bt601")
        planes = [convert(planes, layout, matrix, bits, is_422)]
    result = []
    for i, plane in enumerate(planes):
        left, right = (x // 2, ceil_div(x + width, 2)) if is_422 and i in (1, 2) else (x, x + width)
        plane = plane[:, left:right]
        plane = bob(plane, parity, y, height, scale) if is_bob else plane[y:y + height]
        result.append(np.ascontiguousarray(plane, dtype="|u1" if depth == 1 else "<u2"))
    return result
