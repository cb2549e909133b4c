"""Compare the test vectors of docs/pixels.md with the installed package camzarr, or make them anew.

    python make.py            compare: exit status 1 and one line for each difference
    python make.py --write    write the vectors anew

NAME.frame is the bytes of a frame, NAME.npz the arrays that camzarr decodes it to, vectors.json the list of
both. README.md describes the files.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from camzarr import _native
from camzarr.errors import CorruptError
from camzarr.views import View, shape_of
from damage import (
    BROKEN,
    LINE,
    as_bytes,
    broken,
    broken_slices,
    damaged_picture,
    damaged_slices,
    no_table,
    only_dc,
    slice_at,
    with_picture,
)
from writer import Slice, Spec, frame

HERE = Path(__file__).resolve().parent
MATRICES = ("frame", "bt601", "bt709", "bt2020")  # cz_matrix
INTERLACE = ("progressive", "top_field_first", "bottom_field_first")


# ---- Samples -----------------------------------------------------------------------------------------


def picture(width: int, height: int, chroma: int, interlace: int, alpha: int, seed: int) -> list[np.ndarray]:
    """Planes with smooth areas, edges and noise, over whole macroblocks; fields differ by motion."""
    lines = 32 if interlace else 16
    w, h = -(-width // 16) * 16, -(-height // lines) * lines
    top = 1023 if chroma == 2 else 4095
    noise = np.random.RandomState(seed)  # its streams never change
    y, x = np.mgrid[0:h, 0:w]
    x = x + (3 * (y % 2) if interlace else 0)
    luma = (x * 37 + y * 23) % 700 + 300 * ((x // 9 + y // 7) % 2)
    cb, cr = 900 - (x * 29 + y * 5) % 800, (x * 11 + y * 31) % 800 + 100 * (x // 16 % 2)
    planes = [luma, cb, cr]
    if chroma == 2:
        planes = [luma, cb[:, ::2], cr[:, ::2]]
    planes = [
        np.clip(p * top // 1023 + noise.randint(-top // 250, top // 250, p.shape), 0, top) for p in planes
    ]
    if alpha:
        most = 255 if alpha == 1 else 65535
        slope = 3 if alpha == 1 else 120
        ramp = np.where((x // 5) % 3 == 0, most, (x * most // w + y * slope) % (most + 1))
        ramp[y % 11 == 3] = most // 3
        planes.append(ramp)
    return planes


def weights(seed: int, low: int, high: int) -> list[int]:
    """A quantisation matrix whose elements all differ from their neighbours."""
    return [int(n) for n in np.random.RandomState(seed).randint(low, high + 1, 64)]


def made(width: int, height: int, seed: int, **fields: Any) -> Spec:
    chroma, interlace, alpha = (fields.get(k, d) for k, d in (("chroma", 2), ("interlace", 0), ("alpha", 0)))
    return Spec(width, height, picture(width, height, chroma, interlace, alpha, seed), **fields)


def quantisers(*q: int) -> Callable[[int, int, int], Slice]:
    """A quantization_index for each slice in turn."""
    return lambda p, row, col: Slice(q=q[(5 * p + 3 * row + col) % len(q)])


def sparse(seed: int, most: int) -> Callable[[int, int, int], Slice]:
    """Few coefficients of any size up to `most`: long runs, long codewords, sums that wrap."""
    noise = np.random.RandomState(seed)

    def change(plane: int, coefficients: np.ndarray) -> None:
        coefficients[:, 1:] = 0
        for block in coefficients:
            block[0] = noise.randint(-most // 3, most // 3 + 1)
            for _ in range(noise.randint(0, 5)):
                block[noise.randint(1, 64)] = noise.randint(-most, most + 1)

    return lambda p, row, col: Slice(q=(1, 7, 150)[(row + col) % 3], change=change)


def flat(p: int, row: int, col: int) -> Slice:
    """DC alone in every second slice; in the others low frequencies in some of the blocks."""

    def change(plane: int, coefficients: np.ndarray) -> None:
        kept = [0] if (row + col) % 2 else [0, 1, 8]
        coefficients[:, [i for i in range(64) if i not in kept]] = 0
        coefficients[::3, 1:] = 0

    return Slice(q=2, change=change)


def unusual(p: int, row: int, col: int) -> Slice:
    """What the format allows and no encoder writes."""
    return [
        Slice(q=3, no_chroma=True),
        Slice(q=0, header_more=1),
        Slice(q=5, cr_size=True, tail=b"\xff" * 5),
        Slice(q=255, cr_size=True, header_more=7, pad=3),
    ][(2 * row + col) % 4]


def alpha_slices(p: int, row: int, col: int) -> Slice:
    return [Slice(q=4), Slice(q=4, run_max=3), Slice(q=4, no_alpha=True, no_chroma=True)][(row + col) % 3]


def plain(p: int, row: int, col: int) -> Slice:
    return Slice(q=9, change=only_dc)


def exactly(values: list[int]) -> Callable[[int, int, int], Slice]:
    """These values in turn as first coefficient of a row of a block, alone or with 5 as the second one."""

    def change(plane: int, coefficients: np.ndarray) -> None:
        coefficients[:] = 0
        for i, block in enumerate(coefficients):
            value = values[i % len(values)]
            row = 0 if abs(value) < 10000 else 1 + i % 3
            block[8 * row] = value
            if i // len(values) % 2:
                block[8 * row + 1] = 5

    return lambda p, row, col: Slice(q=1, change=change)


def alpha_ends(p: int, row: int, col: int) -> Slice:
    """Runs of 11 bits, a run beyond the slice, data that end in a difference, after and before a run."""
    ends = [
        None,
        "1" + "01100000" + "0" + "0000" + "11111111111",
        "1" + "0110000",
        "1" + "01100000" + "0" + "0010" + "0" + "0001" + "0" + "0011",
        "1" + "01100000" + "0" + "0010" + "0" + "0001" + "0",
        "0" + "0001" + "0" + "0000" + "00000100000" + "0" + "0001" + "1" + "0100",
    ]
    text = ends[(row + col) % len(ends)]
    return Slice(q=9, change=only_dc, raw={} if text is None else {3: as_bytes(text)})


# ---- The vectors -------------------------------------------------------------------------------------

Q = quantisers(2, 4, 9, 1, 20)
ALL_Q = quantisers(1, 16, 64, 127, 128, 129, 140, 160, 200, 224)


def frames() -> dict[str, bytes]:
    """All frames by name."""
    specs = {
        "p422_48x32": made(48, 32, 1, slice_of=Q),
        "p422_64x34": made(64, 34, 2, log2_mbs=1, matrix=0, slice_of=Q),
        "p422_37x21": made(37, 21, 3, log2_mbs=0, matrix=9, slice_of=Q),
        "p422_1x1": made(1, 1, 4, matrix=6),
        "p422_wide": made(200, 9, 5, slice_of=quantisers(1, 5, 12)),
        "p422_q": made(80, 32, 6, log2_mbs=0, slice_of=ALL_Q),
        "p422_matrices": made(
            48, 32, 7, luma_matrix=weights(70, 2, 63), chroma_matrix=weights(71, 2, 63), slice_of=Q
        ),
        "p422_luma_matrix": made(32, 16, 8, luma_matrix=weights(80, 2, 40), slice_of=Q),
        "p422_chroma_matrix": made(32, 16, 9, chroma_matrix=weights(90, 2, 40), slice_of=Q),
        "p422_sparse": made(64, 32, 10, log2_mbs=2, slice_of=sparse(100, 600)),
        "p422_extreme": made(64, 32, 11, log2_mbs=1, slice_of=sparse(110, 16000)),
        "p422_unusual": made(
            48, 32, 12, log2_mbs=1, header_more=9, picture_more=5, stuffing=33, slice_of=unusual
        ),
        "p422_a8": made(48, 20, 13, alpha=1, log2_mbs=0, slice_of=alpha_slices),
        "p422_flat": made(64, 32, 14, log2_mbs=1, slice_of=flat),
        "i422_tff": made(48, 34, 15, interlace=1, log2_mbs=1, slice_of=Q),
        "i422_bff": made(51, 33, 16, interlace=2, log2_mbs=2, matrix=5, slice_of=Q),
        "i422_matrices": made(
            32, 32, 17, interlace=1, luma_matrix=weights(170, 2, 63), chroma_matrix=weights(171, 2, 63)
        ),
        "p444": made(34, 20, 18, chroma=3, slice_of=Q),
        "p444_a8": made(33, 20, 19, chroma=3, alpha=1, log2_mbs=0, slice_of=alpha_slices),
        "p444_a16": made(48, 16, 20, chroma=3, alpha=2, log2_mbs=0, matrix=10, slice_of=alpha_slices),
        "p444_extreme": made(48, 16, 21, chroma=3, log2_mbs=0, slice_of=sparse(210, 16000)),
        "p444_flat": made(64, 32, 22, chroma=3, log2_mbs=1, slice_of=flat),
        "i444_a16": made(33, 35, 23, chroma=3, alpha=2, interlace=2, log2_mbs=0, slice_of=alpha_slices),
        "p422_exact": made(64, 16, 26, luma_matrix=[1] * 64, slice_of=exactly([32767, -32768, 32766, 1, 5])),
        "p444_exact": made(
            *(64, 16, 27),
            chroma=3,
            luma_matrix=[5] * 64,
            slice_of=exactly([1, 9, 17, 601, 1001, 2001, -7, -19661]),
        ),
        "p422_2x720": made(2, 720, 28, matrix=2, slice_of=plain),
        "i422_5x1": made(5, 1, 29, interlace=1),
        "p422_alpha_ends": made(96, 16, 30, alpha=1, log2_mbs=0, slice_of=alpha_ends),
    }
    ramp = specs["p422_alpha_ends"].planes[3]
    ramp[:] = np.where(np.arange(16)[:, None] < 9, 77, 200)
    out = {name: frame(spec) for name, spec in specs.items()}
    out["p422_damaged"] = damaged_slices(frame(made(64, 18, 24, log2_mbs=0, slice_of=Q)))
    out["i444_damaged"] = damaged_picture(
        frame(made(32, 34, 25, chroma=3, alpha=1, interlace=1, log2_mbs=0, slice_of=alpha_slices))
    )
    whole = frame(made(16 * (len(BROKEN) + 7), 16, 31, log2_mbs=0, slice_of=broken))
    out["p422_slices_damaged"] = broken_slices(whole)
    whole = frame(made(48, 20, 32, log2_mbs=0, slice_of=plain))
    out["p422_frame_size_damaged"] = (len(whole) - 1).to_bytes(4, "big") + whole[4:]
    whole = frame(made(32, 6, 33, interlace=1, log2_mbs=0, slice_of=plain))
    out["i422_byte_7_damaged"] = with_picture(whole, 7, b"\x01")
    out["i422_header_damaged"] = with_picture(whole, 0, b"\x38")
    out["i422_inside_damaged"] = with_picture(whole, 1, b"\0\0\0\x0a")
    out["i422_cut_damaged"] = whole[: slice_at(whole, 1) + 3]
    out["i422_no_table_damaged"] = no_table(
        frame(made(1024, 2, 34, interlace=2, slice_of=lambda p, row, col: Slice(no_chroma=True, raw=LINE)))
    )
    return out


Result = dict[str, Any]  # the members of a view
Arrays = dict[str, np.ndarray]  # by name
# Left out of vectors.json.
DEFAULTS: Result = {"scale": 1, "fields": "weave", "matrix": "frame", "conceal": False, "region": None}


# Frames whose results include all of those below; the others have fewer of them, to keep the files small.
FULL = set("p422_64x34 p422_37x21 p422_1x1 p422_extreme i422_bff p444 p444_extreme i444_a16".split())
ALWAYS = [("native", 1), ("rgb24", 1), ("native", 8), ("rgb24", 8)]
MORE = [("rgb48le", 1), ("gray16le", 1), ("gray", 1), ("native", 2), ("native", 4)]


# The results of some frames, without DEFAULTS. The first one of a damaged frame fails unconcealed.
NATIVE: Result = {"layout": "native"}
HIDDEN: Result = {"layout": "native", "conceal": True}
FEW: dict[str, list[Result]] = {
    "p422_exact": [NATIVE, {**NATIVE, "scale": 2}],
    "p444_exact": [{**NATIVE, "scale": s} for s in (1, 2, 4, 8)],
    "p422_2x720": [{"layout": "rgb24"}],
    "i422_5x1": [{**NATIVE, "fields": f} for f in ("weave", "top", "bob-top", "bob-bottom")],
    "p422_alpha_ends": [NATIVE, {**NATIVE, "scale": 4}],
    "p422_slices_damaged": [{**HIDDEN, "scale": s} for s in (1, 2, 4, 8)]
    + [{"layout": "gray", "conceal": True}, {**HIDDEN, "region": [224, 0, 16, 16]}]
    + [{**NATIVE, "region": [209, 3, 15, 9]}],
    "p422_frame_size_damaged": [HIDDEN]
    + [{"layout": "rgb24", "region": r} for r in ([0, 2, 48, 1], [0, 17, 28, 1])],
    "i422_byte_7_damaged": [HIDDEN],
    "i422_header_damaged": [HIDDEN],
    "i422_inside_damaged": [HIDDEN]
    + [{**NATIVE, "fields": f, "scale": s} for s, f in ((1, "top"), (1, "bob-top"), (2, "bob-top"))],
    "i422_cut_damaged": [HIDDEN],
    "i422_no_table_damaged": [HIDDEN, {"layout": "gray", "fields": "top"}],
}
ONE_LINE: list[Result] = [{"layout": "rgb24", "fields": f} for f in ("bob-top", "bob-bottom")]
REGIONS: dict[str, list[Result]] = {
    "i422_tff": [
        {**NATIVE, "fields": "bob-top", "region": [5, 3, 17, 4]},
        {**NATIVE, "fields": "bob-bottom", "region": [5, 6, 17, 1]},
        {**NATIVE, "fields": "bob-bottom", "scale": 2, "region": [3, 7, 9, 5]},
        {"layout": "rgb24", "region": [21, 9, 9, 3]},
    ],
    "p422_1x1": [*ONE_LINE, {"layout": "rgba"}],
}


def results(name: str, data: bytes) -> list[Result]:
    """Which results a frame has."""
    if name in FEW:
        return [{**DEFAULTS, **w} for w in FEW[name]]
    more = MORE if name in FULL else []
    if name.endswith(("_flat", "_damaged")):
        more = [("native", 2), ("native", 4)]
    wanted = [{"layout": layout, "scale": scale} for layout, scale in ALWAYS + more]
    if data[25] & 15:
        wanted.append({"layout": "rgba", "scale": 1})
    if name in ("p422_37x21", "p444"):
        layouts = ("rgb24", "rgb48le") if name == "p444" else ("rgb24",)
        wanted += [{"layout": x, "scale": 1, "matrix": m} for x in layouts for m in MATRICES[1:]]
        wanted.append({"layout": "bgr24", "scale": 1})
    if name in ("p444", "p444_flat"):
        wanted += [{"layout": "yuv444p10le", "scale": s} for s in (1, 2)]
    if name in ("i422_tff", "i444_a16"):
        shown = [("rgb24", 1), ("native", 2)] if name == "i422_tff" else [("rgba", 4)]
        wanted += [
            {"layout": layout, "scale": s, "fields": f}
            for f in ("top", "bottom", "bob-top", "bob-bottom")
            for layout, s in shown
        ]
    if name.endswith("_damaged"):
        wanted = [{**w, "conceal": True} for w in wanted]
    wanted += REGIONS.get(name, [])
    return [{**DEFAULTS, **w} for w in wanted]


def name_of(r: Result) -> str:
    """The result's name in its .npz file: "rgb24", "native_2", "rgb24_bob-top"."""
    parts = [r["layout"]]
    parts += [str(r["scale"])] * (r["scale"] > 1)
    parts += [r["fields"]] * (r["fields"] != "weave") + [r["matrix"]] * (r["matrix"] != "frame")
    parts += ["region", *map(str, r["region"])] if r["region"] else []
    return "_".join(parts)


def decoded(data: bytes, r: Result) -> Arrays:
    """Arrays by their names; of planes one each, NAME.y and so on."""
    view = View(layout=r["layout"], scale=r["scale"], fields=r["fields"], conceal=r["conceal"]).native(0, 0)
    view.x, view.y, view.width, view.height = r["region"] or (0, 0, 0, 0)
    matrix = MATRICES.index(r["matrix"])
    decoder, raw = _native.decoder_new(), np.frombuffer(data, np.uint8)
    shape = shape_of(r["layout"], _native.decode(decoder, raw, view, matrix, None))
    out = np.empty(shape.array, shape.dtype)
    _native.decode(decoder, raw, view, matrix, out)
    if not shape.planes:
        return {name_of(r): out}
    return {f"{name_of(r)}.{plane}": samples for plane, samples in shape.split(out).items()}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def little(array: np.ndarray) -> np.ndarray:
    return array.astype(array.dtype.newbyteorder("<"))


def entry(name: str, data: bytes) -> tuple[Result, Arrays]:
    """A frame's entry in vectors.json, and its arrays."""
    arrays: Arrays = {}
    listed = []
    for r in results(name, data):
        got = {k: little(a) for k, a in decoded(data, r).items()}
        arrays |= got
        listed.append({k: v for k, v in r.items() if v != DEFAULTS.get(k)})
        listed[-1]["arrays"] = list(got)
        listed[-1]["dtype"] = next(iter(got.values())).dtype.str
        listed[-1]["sha256"] = sha256(b"".join(a.tobytes() for a in got.values()))
    return {
        "name": name,
        "frame": f"{name}.frame",
        "frame_bytes": len(data),
        "frame_sha256": sha256(data),
        "arrays": f"{name}.npz",
        "width": int.from_bytes(data[16:18], "big"),
        "height": int.from_bytes(data[18:20], "big"),
        "chroma": {2: "4:2:2", 3: "4:4:4"}[data[20] >> 6],
        "interlace": INTERLACE[data[20] >> 2 & 3],
        "alpha_bits": 8 * (data[25] & 15),
        "matrix_coefficients": data[24],
        "damaged": name.endswith("_damaged"),
        "results": listed,
    }, arrays


def check_damage(name: str, data: bytes) -> None:
    """A frame is an error without concealment if and only if it is named as damaged."""
    try:
        decoded(data, {**results(name, data)[0], "conceal": False})
    except CorruptError:
        if not name.endswith("_damaged"):
            raise
    else:
        if name.endswith("_damaged"):
            raise ValueError(f"{name}: decoded without an error")


def differences(whole: Result, all_frames: dict[str, bytes], arrays: dict[str, Arrays]) -> list[str]:
    """One line for each stored file or array that is not what was made now."""
    found = []
    if json.loads(json.dumps(whole)) != json.loads((HERE / "vectors.json").read_text()):
        found.append("vectors.json differs")
    for name, data in all_frames.items():
        if data != (HERE / f"{name}.frame").read_bytes():
            found.append(f"{name}.frame differs")
        with np.load(HERE / f"{name}.npz") as stored:
            if sorted(stored.files) != sorted(arrays[name]):
                found.append(f"{name}.npz has other arrays")
            found += [
                f"{name}.npz: {k} differs"
                for k in stored.files
                if k in arrays[name] and not np.array_equal(stored[k], arrays[name][k])
            ]
    return found


def write(whole: Result, all_frames: dict[str, bytes], arrays: dict[str, Arrays]) -> None:
    for name, data in all_frames.items():
        (HERE / f"{name}.frame").write_bytes(data)
        np.savez_compressed(HERE / f"{name}.npz", **arrays[name])  # type: ignore[arg-type]
    # One result per line.
    text = json.dumps({**whole, "vectors": []}).removesuffix("]}")
    for i, v in enumerate(whole["vectors"]):
        head = json.dumps({k: x for k, x in v.items() if k != "results"}).removesuffix("}")
        lines = ",\n  ".join(json.dumps(r) for r in v["results"])
        text += f'{"," if i else ""}\n {head}, "results": [\n  {lines}]}}'
    (HERE / "vectors.json").write_text(text + "\n]}\n")


def main() -> int:
    all_frames = frames()
    entries, arrays = [], {}
    for name, data in all_frames.items():
        check_damage(name, data)
        listed, arrays[name] = entry(name, data)
        entries.append(listed)
    whole = {"codec": "camzarr.prores", "version": 1, "document": "docs/pixels.md", "vectors": entries}
    if sys.argv[1:] == ["--write"]:
        write(whole, all_frames, arrays)
        return 0
    found = differences(whole, all_frames, arrays)
    print("\n".join(found) or f"{len(all_frames)} frames, {sum(map(len, arrays.values()))} arrays: as stored")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
