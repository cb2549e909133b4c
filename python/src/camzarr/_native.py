"""The calls of camzarr.h, each as one Python function. Nothing else in the package touches ctypes.

ctypes lets go of the interpreter's lock while C runs. What C opens is closed when its Handle is
collected. Handles may be shared between threads and used after fork, as camzarr.h says.
"""

from __future__ import annotations

import ctypes
import re
import sys
import weakref
from collections.abc import Callable, Sequence
from ctypes import POINTER, byref, c_bool, c_char, c_char_p, c_double, c_int, c_int64, c_size_t
from ctypes import c_uint, c_uint8, c_uint32, c_uint64, c_void_p
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import BY_CODE, CamzarrError, NotFoundError

Bytes = npt.NDArray[np.uint8]


class CError(ctypes.Structure):
    """cz_error"""

    _fields_ = [("code", c_int), ("message", c_char * 768), ("hint", c_char * 256)]


class CNetwork(ctypes.Structure):
    """cz_network"""

    _fields_ = [
        ("connections", c_uint),
        ("rate_limit", c_uint64),
        ("allow_private_redirects", c_bool),
        ("reserved", c_uint64 * 4),
    ]


class COptions(ctypes.Structure):
    """cz_options"""

    _fields_ = [
        ("no_check", c_bool),
        ("recover", c_bool),
        ("network", CNetwork),
        ("reserved", c_uint64 * 8),
    ]


class CFacts(ctypes.Structure):
    """cz_facts"""

    _fields_ = [
        ("name", c_char_p),
        ("frames", c_uint64),
        ("width", c_uint32),
        ("height", c_uint32),
        ("codec", c_char_p),
        ("rate_num", c_uint32),
        ("rate_den", c_uint32),
        ("start", c_int64),
        ("end", c_int64),
        ("start_from", c_char_p),
        ("chroma", c_char_p),
        ("alpha_bits", c_uint32),
        ("matrix", c_uint32),
        ("interlace", c_char_p),
        ("frames_per_shard", c_uint32),
        ("damaged_frames", c_uint64),
        ("recovered", c_bool),
        ("source_name", c_char_p),
        ("source_bytes", c_uint64),
        ("source_md5", c_char_p),
    ]


class CAudioFacts(ctypes.Structure):
    """cz_audio_facts"""

    _fields_ = [
        ("track", c_uint32),
        ("codec", c_char_p),
        ("format", c_int),
        ("sample_bytes", c_uint32),
        ("channels", c_uint32),
        ("rate", c_uint32),
        ("samples", c_uint64),
        ("start", c_int64),
    ]


class CRequest(ctypes.Structure):
    """cz_request"""

    _fields_ = [
        ("frame", c_uint64),
        ("data", c_char_p),  # takes bytes as they lie, and addresses
        ("room", c_size_t),
        ("size", c_size_t),
        ("rc", c_int),
        ("damaged", c_size_t),
        ("owned", c_bool),
        ("reserved", c_uint64 * 2),
    ]


class CView(ctypes.Structure):
    """cz_view"""

    _fields_ = [
        ("layout", c_int),
        ("fields", c_int),
        ("scale", c_uint32),
        ("x", c_uint32),
        ("y", c_uint32),
        ("width", c_uint32),
        ("height", c_uint32),
        ("conceal", c_bool),
        ("threads", c_uint),
        ("reserved", c_uint64 * 8),
    ]


class CPlane(ctypes.Structure):
    """cz_shape.plane"""

    _fields_ = [
        ("width", c_uint32),
        ("height", c_uint32),
        ("pixel_bytes", c_uint32),
        ("offset", c_size_t),
    ]


class CShape(ctypes.Structure):
    """cz_shape"""

    _fields_ = [
        ("width", c_uint32),
        ("height", c_uint32),
        ("depth", c_uint32),
        ("planes", c_uint32),
        ("plane", CPlane * 4),
        ("bytes", c_size_t),
        ("reserved", c_uint64 * 4),
    ]


class CProgress(ctypes.Structure):
    """cz_progress"""

    _fields_ = [
        ("bytes_done", c_uint64),
        ("bytes_total", c_uint64),
        ("frames_done", c_uint64),
        ("frames_total", c_uint64),
        ("waiting", c_bool),
    ]


# write(user, data, n) of cz_movie_write()
WRITE = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)
CONTAINERS = {".mov": 0, ".avi": 1}  # cz_container
CANCELLED = -14
# each(user, name, facts, failed) of cz_list()
LIST_EACH = ctypes.CFUNCTYPE(c_int, c_void_p, c_char_p, POINTER(CFacts), POINTER(CError))
CONVERT_PROGRESS = ctypes.CFUNCTYPE(c_int, c_void_p, POINTER(CProgress))


class CStatistics(ctypes.Structure):
    """cz_statistics"""

    _fields_ = [
        ("requests", c_uint64),
        ("retries", c_uint64),
        ("hedges", c_uint64),
        ("bytes_in", c_uint64),
        ("bytes_out", c_uint64),
        ("median", c_uint64),
        ("percentile_90", c_uint64),
        ("percentile_99", c_uint64),
        ("longest", c_uint64),
        ("reserved", c_uint64 * 8),
    ]


class CCatalogJob(ctypes.Structure):
    """cz_catalog_job"""

    _fields_ = [("dry_run", c_bool), ("reserved", c_uint64 * 8)]


class CCatalogReport(ctypes.Structure):
    """cz_catalog_report"""

    _fields_ = [
        ("clips", c_uint64),
        ("scenes", c_uint64),
        ("unreadable", c_uint64),
        ("incomplete", c_uint64),
        ("read", c_uint64),
        ("gone", c_uint64),
        ("bytes", c_uint64),
        ("changed", c_bool),
        ("reserved", c_uint64 * 8),
    ]


class CConvertJob(ctypes.Structure):
    """cz_convert_job"""

    _fields_ = [
        ("source", c_char_p),
        ("store", c_char_p),
        ("name", c_char_p),
        ("zarr_format", c_uint32),
        ("frames_per_shard", c_uint32),
        ("memory", c_uint64),
        ("threads", c_uint),
        ("overwrite", c_bool),
        ("recover", c_bool),
        ("sha256", c_bool),
        ("dry_run", c_bool),
        ("network", CNetwork),
        ("progress", CONVERT_PROGRESS),
        ("user", c_void_p),
        ("attributes", c_char_p),
        ("overview_num", c_uint32),
        ("overview_den", c_uint32),
        ("md5", c_char_p),
        ("reserved", c_uint64 * 13),
    ]


class CReport(ctypes.Structure):
    """cz_report"""

    _fields_ = [
        ("clip", c_char_p),
        ("status", c_char_p),
        ("frames", c_uint64),
        ("bytes_read", c_uint64),
        ("bytes_written", c_uint64),
        ("damaged_frames", c_uint64),
        ("md5", c_char * 33),
        ("warning", POINTER(c_char_p)),
        ("n_warnings", c_size_t),
        ("network", CStatistics),
        ("reserved", c_uint64 * 16),
    ]


class CFinding(ctypes.Structure):
    """cz_finding"""

    _fields_ = [("code", c_int), ("key", c_char_p), ("frame", c_int64), ("what", c_char_p)]


FOUND = ctypes.CFUNCTYPE(None, c_void_p, POINTER(CFinding))
VERIFY_PROGRESS = ctypes.CFUNCTYPE(c_int, c_void_p, c_uint64, c_uint64)


class CVerifyJob(ctypes.Structure):
    """cz_verify_job"""

    _fields_ = [
        ("source", c_char_p),
        ("decode", c_bool),
        ("found", FOUND),
        ("progress", VERIFY_PROGRESS),
        ("user", c_void_p),
        ("reserved", c_uint64 * 8),
    ]


class CScene(ctypes.Structure):
    """cz_scene"""

    _fields_ = [
        ("first", c_uint64),
        ("last", c_uint64),
        ("representative", c_uint64),
        ("signature", c_uint8 * (9 * 16)),
        ("reserved", c_uint64 * 4),
    ]


class COverview(ctypes.Structure):
    """cz_overview"""

    _fields_ = [
        ("pictures", c_uint64),
        ("width", c_uint32),
        ("height", c_uint32),
        ("step_num", c_uint32),
        ("step_den", c_uint32),
        ("rate_num", c_uint32),
        ("rate_den", c_uint32),
        ("version", c_uint32),
        ("chunk_pictures", c_uint64),
        ("reserved", c_uint64 * 4),
    ]


class CAnalyseJob(ctypes.Structure):
    """cz_analyse_job"""

    _fields_ = [
        ("overview_num", c_uint32),
        ("overview_den", c_uint32),
        ("threads", c_uint),
        ("dry_run", c_bool),
        ("progress", CONVERT_PROGRESS),
        ("user", c_void_p),
        ("reserved", c_uint64 * 8),
    ]


class CAnalyseReport(ctypes.Structure):
    """cz_analyse_report"""

    _fields_ = [
        ("status", c_char_p),
        ("frames", c_uint64),
        ("pictures", c_uint64),
        ("scenes", c_uint64),
        ("bytes_read", c_uint64),
        ("bytes_written", c_uint64),
        ("reserved", c_uint64 * 8),
    ]


KEPT = ctypes.CFUNCTYPE(None, c_void_p, c_char_p)


class CRemoveJob(ctypes.Structure):
    """cz_remove_job"""

    _fields_ = [
        ("dry_run", c_bool),
        ("kept", KEPT),
        ("user", c_void_p),
        ("reserved", c_uint64 * 8),
    ]


class CMatch(ctypes.Structure):
    """cz_match"""

    _fields_ = [
        ("clip", c_char_p),
        ("scene", c_uint64),
        ("first", c_uint64),
        ("last", c_uint64),
        ("frame", c_uint64),
        ("start", c_int64),
        ("end", c_int64),
        ("score", c_double),
        ("shift_x", c_double),
        ("shift_y", c_double),
        ("zoom", c_double),
        ("reserved", c_uint64 * 4),
    ]


class CFound(ctypes.Structure):
    """cz_found"""

    _fields_ = [
        ("match", POINTER(CMatch)),
        ("n", c_size_t),
        ("clips", c_uint64),
        ("without_scenes", c_uint64),
        ("unreadable", c_uint64),
        ("scenes", c_uint64),
        ("registered", c_uint64),
        ("reserved", c_uint64 * 4),
    ]


class CFindJob(ctypes.Structure):
    """cz_find_job"""

    _fields_ = [
        ("clips", POINTER(c_char_p)),
        ("n_clips", c_size_t),
        ("min_score", c_double),
        ("limit", c_size_t),
        ("threads", c_uint),
        ("progress", VERIFY_PROGRESS),
        ("user", c_void_p),
        ("reserved", c_uint64 * 8),
    ]


def _load() -> ctypes.CDLL:
    name = "libcamzarr.dylib" if sys.platform == "darwin" else "libcamzarr.so"
    path = Path(__file__).with_name(name)
    if not path.is_file():
        raise ImportError(
            f"{path} not found: this is the source tree of camzarr. Install the package: "
            "`pip install ./python` in a checkout"
        )
    return ctypes.CDLL(str(path))


_lib = _load()
_STORE, _CLIP, _AUDIO, _DECODER = c_void_p, c_void_p, c_void_p, c_void_p
_ERROR, _REQUESTS, _VIEW = POINTER(CError), POINTER(CRequest), POINTER(CView)
_ARGUMENTS: dict[str, list[Any]] = {
    "cz_open": [POINTER(_STORE), c_char_p, c_void_p, _ERROR],
    "cz_clips": [POINTER(POINTER(c_char_p)), POINTER(c_size_t), _STORE, _ERROR],
    "cz_list": [_STORE, LIST_EACH, c_void_p, _ERROR],
    "cz_facts_read": [POINTER(POINTER(CFacts)), _STORE, c_char_p, _ERROR],
    "cz_clip_open": [POINTER(_CLIP), _STORE, c_char_p, _ERROR],
    "cz_movie_open": [POINTER(_CLIP), c_char_p, POINTER(COptions), _ERROR],
    "cz_source_read": [c_void_p, _CLIP, c_uint64, c_size_t, _ERROR],
    "cz_clip_audio_open": [POINTER(_AUDIO), _CLIP, c_size_t, _ERROR],
    "cz_clip_audio_read": [c_void_p, _AUDIO, c_uint64, c_size_t, _ERROR],
    "cz_column_read": [POINTER(c_void_p), _CLIP, c_int, _ERROR],
    "cz_frame_at": [POINTER(c_uint64), _CLIP, c_int64, _ERROR],
    "cz_field_time": [POINTER(c_int64), _CLIP, c_int, c_uint64, _ERROR],
    "cz_frames_raw": [_CLIP, _REQUESTS, c_size_t, c_void_p, c_void_p, _ERROR],
    "cz_shape_of": [POINTER(CShape), _CLIP, _VIEW, _ERROR],
    "cz_pictures": [_CLIP, _VIEW, _REQUESTS, c_size_t, c_void_p, c_void_p, _ERROR],
    "cz_movie_write": [_CLIP, c_int, c_void_p, c_size_t, WRITE, c_void_p, _ERROR],
    "cz_movie_write_frame": [c_int, c_char_p, c_size_t, WRITE, c_void_p, _ERROR],
    "cz_restore": [_CLIP, WRITE, c_void_p, _ERROR],
    "cz_verify": [POINTER(c_uint64), _STORE, c_char_p, POINTER(CVerifyJob), _ERROR],
    "cz_remove": [_STORE, c_char_p, POINTER(CRemoveJob), _ERROR],
    "cz_attributes_read": [POINTER(c_void_p), _STORE, c_char_p, _ERROR],
    "cz_attributes_write": [POINTER(c_size_t), _STORE, c_char_p, c_char_p, _ERROR],
    "cz_catalog_read": [POINTER(c_void_p), POINTER(c_size_t), _STORE, _ERROR],
    "cz_catalog_write": [POINTER(CCatalogReport), _STORE, POINTER(CCatalogJob), _ERROR],
    "cz_convert": [POINTER(CConvertJob), POINTER(CReport), _ERROR],
    "cz_find": [POINTER(CFound), _STORE, _CLIP, c_uint64, POINTER(CFindJob), _ERROR],
    "cz_align": [
        *(c_void_p, c_uint32, c_uint32, c_void_p, c_uint32, c_uint32),
        *(POINTER(CMatch), _ERROR),
    ],
    "cz_clip_scenes": [POINTER(POINTER(CScene)), POINTER(c_size_t), _CLIP, _ERROR],
    "cz_statistic_read": [POINTER(c_void_p), _CLIP, c_int, _ERROR],
    "cz_clip_overview": [POINTER(COverview), _CLIP, _ERROR],
    "cz_overview_pictures": [_CLIP, _REQUESTS, c_size_t, _ERROR],
    "cz_analyse": [POINTER(CAnalyseReport), _STORE, c_char_p, POINTER(CAnalyseJob), _ERROR],
    "cz_decoder_new": [POINTER(_DECODER), _ERROR],
    "cz_decode": [
        *(POINTER(CShape), _DECODER, c_void_p, c_size_t),
        *(_VIEW, c_int, c_void_p, c_size_t, _ERROR),
    ],
}
for _name, _types in _ARGUMENTS.items():
    getattr(_lib, _name).argtypes = _types
_lib.cz_version.restype = c_char_p
_lib.cz_clip_facts.argtypes = [_CLIP]
_lib.cz_clip_facts.restype = POINTER(CFacts)
_lib.cz_clip_audio_facts.argtypes = [_AUDIO]
_lib.cz_clip_audio_facts.restype = POINTER(CAudioFacts)
for _name in ("cz_close", "cz_clip_close", "cz_clip_audio_close", "cz_decoder_free"):
    getattr(_lib, _name).argtypes = [POINTER(c_void_p)]
    getattr(_lib, _name).restype = None
_lib.cz_names_free.argtypes = [POINTER(POINTER(c_char_p)), c_size_t]
_lib.cz_names_free.restype = None
_lib.cz_convert_defaults.argtypes = [POINTER(CConvertJob)]
_lib.cz_convert_defaults.restype = None
_lib.cz_found_free.argtypes = [POINTER(CFound)]
_lib.cz_found_free.restype = None
_lib.cz_report_free.argtypes = [POINTER(CReport)]
_lib.cz_report_free.restype = None
_lib.cz_attributes_free.argtypes = [POINTER(c_void_p)]
_lib.cz_attributes_free.restype = None
_lib.cz_catalog_free.argtypes = [POINTER(c_void_p)]
_lib.cz_catalog_free.restype = None
_lib.cz_facts_free.argtypes = [POINTER(POINTER(CFacts))]
_lib.cz_facts_free.restype = None
_lib.cz_scenes_free.argtypes = [POINTER(POINTER(CScene))]
_lib.cz_scenes_free.restype = None


_NAMES = ["column_name", "column_description", "flag_name", "layout_name", "fields_name"]
_NAMES += ["statistic_name", "statistic_description"]
for _name in _NAMES:
    getattr(_lib, f"cz_{_name}").argtypes = [c_int]
    getattr(_lib, f"cz_{_name}").restype = c_char_p
for _name in ("cz_layout_channels", "cz_layout_sample_bytes"):
    getattr(_lib, _name).argtypes = [c_int]
    getattr(_lib, _name).restype = c_uint


def names(function: str) -> list[str]:
    """What cz_FUNCTION() names, from 0 on."""
    found: list[str] = []
    while name := getattr(_lib, f"cz_{function}")(len(found)):
        found.append(name.decode())
    return found


def layout_samples(code: int) -> tuple[int, int]:
    """cz_layout_channels(), cz_layout_sample_bytes()"""
    return _lib.cz_layout_channels(code), _lib.cz_layout_sample_bytes(code)


# Columns of the index, in the order of cz_column, and the types of their values.
COLUMNS: dict[str, str] = dict(
    zip(
        names("column_name"),
        ("int64", "uint64", "uint32", "uint32", "uint64", "uint32", "uint8"),
        strict=True,
    )
)

# Statistics of frames, in the order of cz_statistic, and the types of their values.
STATISTICS: dict[str, str] = dict(
    zip(
        names("statistic_name"),
        (*9 * ["float32"], "uint32", *5 * ["uint16"], "uint8"),
        strict=True,
    )
)

_new_bytes = ctypes.pythonapi.PyBytes_FromStringAndSize  # of NULL: bytes still to be written
_new_bytes.argtypes = [c_void_p, ctypes.c_ssize_t]
_new_bytes.restype = ctypes.py_object


_FLAGS = ("overwrite", "recover", "sha256", "dry-run")
_VALUES = ("name", "zarr-format", "frames-per-shard", "memory", "threads")
_OPTION = re.compile(rf"--({'|'.join([*_FLAGS, *_VALUES])})\b(?: (\d+|[A-Z]+\b))?")


def python_hint(hint: str) -> str:
    """A hint of the library with the command's options as arguments of convert()."""

    def argument(option: re.Match[str]) -> str:
        name = option[1].replace("-", "_")
        return f"{name}=True" if option[1] in _FLAGS else f"{name}={option[2] or ''}"

    return _OPTION.sub(argument, hint)


def _exception(code: int, error: CError) -> CamzarrError:
    message = error.message.decode(errors="replace")
    hint = python_hint(error.hint.decode(errors="replace"))
    return BY_CODE.get(code, CamzarrError)(message, hint)


def _call(function: str, *arguments: Any) -> None:
    """Call a function of the library, and raise its error."""
    error = CError()
    code: int = getattr(_lib, function)(*arguments, byref(error))
    if code < 0:
        raise _exception(code, error)


class Handle:
    """A pointer of the library's, closed when its last reference is dropped."""

    def __init__(self, pointer: c_void_p, close: Callable[[Any], None]) -> None:
        self.pointer = pointer
        weakref.finalize(self, lambda: close(byref(pointer)))


def version() -> str:
    """Version of the library."""
    text: bytes = _lib.cz_version()
    return text.decode()


def store_open(url: str) -> Handle:
    """cz_open()"""
    out = c_void_p()
    _call("cz_open", byref(out), url.encode(), None)
    return Handle(out, _lib.cz_close)


def clips(store: Handle) -> list[str]:
    """cz_clips(): names."""
    out, n = POINTER(c_char_p)(), c_size_t()
    _call("cz_clips", byref(out), byref(n), store.pointer)
    try:
        return [(out[i] or b"").decode() for i in range(n.value)]
    finally:
        _lib.cz_names_free(byref(out), n)


def _facts(of: CFacts) -> dict[str, Any]:
    values = {member[0]: getattr(of, member[0]) for member in CFacts._fields_}
    return {k: v.decode() if isinstance(v, bytes) else v for k, v in values.items()}


def facts_read(store: Handle, name: str) -> dict[str, Any]:
    """cz_facts_read()"""
    out = POINTER(CFacts)()
    _call("cz_facts_read", byref(out), store.pointer, name.encode())
    try:
        return _facts(out.contents)
    finally:
        _lib.cz_facts_free(byref(out))


def facts_list(store: Handle) -> dict[str, dict[str, Any]]:
    """cz_list(): facts of all complete clips, by name. Raises for the first that cannot be read."""
    found: dict[str, dict[str, Any]] = {}
    error, unreadable = CError(), CError()

    def each(_: Any, name: bytes, facts: Any, failed: Any) -> int:
        if facts:
            found[name.decode()] = _facts(facts.contents)
            return 0
        ctypes.memmove(byref(unreadable), failed, ctypes.sizeof(unreadable))
        return CANCELLED

    code = _lib.cz_list(store.pointer, LIST_EACH(each), None, byref(error))
    if unreadable.code < 0:
        raise _exception(unreadable.code, unreadable)
    if code < 0:
        raise _exception(code, error)
    return found


def clip_open(store: Handle, name: str) -> Handle:
    """cz_clip_open()"""
    out = c_void_p()
    _call("cz_clip_open", byref(out), store.pointer, name.encode())
    return Handle(out, _lib.cz_clip_close)


def movie_open(url: str, recover: bool) -> Handle:
    """cz_movie_open()"""
    out = c_void_p()
    _call("cz_movie_open", byref(out), url.encode(), byref(COptions(recover=recover)))
    return Handle(out, _lib.cz_clip_close)


def source_read(clip: Handle, offset: int, size: int) -> bytes:
    """cz_source_read()"""
    out = _new_bytes(None, size)
    _call("cz_source_read", c_char_p(out), clip.pointer, offset, size)
    return bytes(out)


def audio_open(clip: Handle, number: int) -> Handle | None:
    """cz_clip_audio_open(); None: the clip has no more sound tracks."""
    out = c_void_p()
    try:
        _call("cz_clip_audio_open", byref(out), clip.pointer, number)
    except NotFoundError:
        return None
    return Handle(out, _lib.cz_clip_audio_close)


def audio_facts(audio: Handle) -> dict[str, Any]:
    """cz_clip_audio_facts()"""
    found = _lib.cz_clip_audio_facts(audio.pointer).contents
    values = {member[0]: getattr(found, member[0]) for member in CAudioFacts._fields_}
    return {k: v.decode() if isinstance(v, bytes) else v for k, v in values.items()}


def audio_read(audio: Handle, out: npt.NDArray[Any], first: int, count: int) -> None:
    """cz_clip_audio_read() to a contiguous array."""
    _call("cz_clip_audio_read", out.ctypes.data, audio.pointer, first, count)


def clip_facts(clip: Handle) -> dict[str, Any]:
    """cz_clip_facts()"""
    return _facts(_lib.cz_clip_facts(clip.pointer).contents)


def column(clip: Handle, name: str, frames: int) -> npt.NDArray[Any]:
    """cz_column_read(): a copy, not to be written to."""
    out = c_void_p()
    _call("cz_column_read", byref(out), clip.pointer, list(COLUMNS).index(name))
    dtype = np.dtype(COLUMNS[name])
    return np.frombuffer(ctypes.string_at(out.value or 0, frames * dtype.itemsize), dtype)


def frame_at(clip: Handle, time: int) -> int:
    """cz_frame_at()"""
    out = c_uint64()
    _call("cz_frame_at", byref(out), clip.pointer, time)
    return out.value


def field_time(clip: Handle, fields: int, frame: int) -> int:
    """cz_field_time()"""
    out = c_int64()
    _call("cz_field_time", byref(out), clip.pointer, fields, frame)
    return out.value


def frames_raw(clip: Handle, numbers: Sequence[int], sizes: Sequence[int]) -> list[bytes]:
    """cz_frames_raw(): all of them, or the error of the first that failed. `sizes` is what the
    index says of each: C writes into the bytes that are returned, so none is copied."""
    requests = (CRequest * len(numbers))()
    frames = [_new_bytes(None, size) for size in sizes]
    for request, number, size, frame in zip(requests, numbers, sizes, frames):
        request.frame, request.data, request.room = number, frame, size
    _call("cz_frames_raw", clip.pointer, requests, len(numbers), None, None)
    return frames


def frame_raw(clip: Handle, number: int, size: int) -> bytes:
    """frames_raw() of one frame, with less overhead: a read takes only some 40 microseconds."""
    frame: bytes = _new_bytes(None, size)
    request = CRequest(number, frame, size)
    _call("cz_frames_raw", clip.pointer, byref(request), 1, None, None)
    return frame


def shape_of(clip: Handle, view: CView) -> CShape:
    """cz_shape_of()"""
    out = CShape()
    _call("cz_shape_of", byref(out), clip.pointer, byref(view))
    return out


def pictures(clip: Handle, view: CView, numbers: Sequence[int], into: Bytes) -> None:
    """cz_pictures(): picture i goes to into[i], a row of as many bytes as shape_of() says."""
    requests = (CRequest * len(numbers))()
    base, step = into.ctypes.data, into.strides[0]
    for i, (request, number) in enumerate(zip(requests, numbers)):
        request.frame, request.data, request.room = number, base + i * step, into.shape[1]
    _call("cz_pictures", clip.pointer, byref(view), requests, len(numbers), None, None)


def scenes(clip: Handle) -> list[tuple[int, int, int, bytes]]:
    """cz_clip_scenes(): first, last and representative frame, and signature of each."""
    out, n = POINTER(CScene)(), c_size_t()
    _call("cz_clip_scenes", byref(out), byref(n), clip.pointer)
    try:
        each = (out[i] for i in range(n.value))
        return [(s.first, s.last, s.representative, bytes(s.signature)) for s in each]
    finally:
        _lib.cz_scenes_free(byref(out))


def statistic(clip: Handle, name: str, frames: int) -> npt.NDArray[Any]:
    """cz_statistic_read(): a copy, not to be written to."""
    out = c_void_p()
    _call("cz_statistic_read", byref(out), clip.pointer, list(STATISTICS).index(name))
    dtype = np.dtype(STATISTICS[name])
    return np.frombuffer(ctypes.string_at(out.value or 0, frames * dtype.itemsize), dtype)


def overview(clip: Handle) -> COverview:
    """cz_clip_overview()"""
    out = COverview()
    _call("cz_clip_overview", byref(out), clip.pointer)
    return out


def overview_pictures(clip: Handle, numbers: Sequence[int], into: Bytes) -> None:
    """cz_overview_pictures(): picture i goes to into[i], a row."""
    requests = (CRequest * len(numbers))()
    base, step = into.ctypes.data, into.strides[0]
    for i, (request, number) in enumerate(zip(requests, numbers)):
        request.frame, request.data, request.room = number, base + i * step, into.shape[1]
    _call("cz_overview_pictures", clip.pointer, requests, len(numbers))


def analyse(
    store: Handle, name: str, job: dict[str, Any], progress: Callable[[CProgress], int]
) -> dict[str, Any]:
    """cz_analyse(). progress() is called from this thread and must not raise."""
    native, report = CAnalyseJob(**job), CAnalyseReport()
    native.progress = CONVERT_PROGRESS(lambda _, so_far: progress(so_far.contents))
    _call("cz_analyse", byref(report), store.pointer, name.encode(), byref(native))
    members = {m[0]: getattr(report, m[0]) for m in CAnalyseReport._fields_[:-1]}
    return members | {"status": members["status"].decode()}


def convert(job: dict[str, Any], progress: Callable[[CProgress], int]) -> dict[str, Any]:
    """cz_convert(); `job` has the members that differ from the defaults. progress() is called from
    this thread and must not raise."""
    native, report = CConvertJob(), CReport()
    _lib.cz_convert_defaults(byref(native))
    for member, value in job.items():
        setattr(native, member, value.encode() if isinstance(value, str) else value)
    native.progress = CONVERT_PROGRESS(lambda _, so_far: progress(so_far.contents))
    try:
        _call("cz_convert", byref(native), byref(report))
        members = {m[0]: getattr(report, m[0]) for m in CReport._fields_[:-4]}
        members["warnings"] = [report.warning[i] or b"" for i in range(report.n_warnings)]
    finally:
        _lib.cz_report_free(byref(report))
    text = {k: v.decode(errors="replace") for k, v in members.items() if isinstance(v, bytes)}
    warnings = tuple(w.decode(errors="replace") for w in members["warnings"])
    return members | text | {"warnings": warnings}


def _write_through(write: Callable[[bytes], object], call: Callable[[Any], None]) -> None:
    """call() with a callback for C that passes bytes to write() and re-raises its exception."""
    raised: list[BaseException] = []

    def callback(_: Any, data: int, n: int) -> int:
        try:
            write(ctypes.string_at(data, n))
        except BaseException as error:  # must not pass through C
            raised.append(error)
            return CANCELLED
        return 0

    try:
        call(WRITE(callback))
    except CamzarrError:
        if raised:
            raise raised[0] from None
        raise


def movie_write(
    clip: Handle, container: int, numbers: Sequence[int], write: Callable[[bytes], object]
) -> None:
    """cz_movie_write()"""
    frames = np.array(numbers, np.uint64)
    _write_through(
        write,
        lambda callback: _call(
            "cz_movie_write",
            *(clip.pointer, container, frames.ctypes.data, frames.size, callback, None),
        ),
    )


def movie_of_frame(container: int, frame: bytes) -> bytes:
    """cz_movie_write_frame(): the file."""
    parts: list[bytes] = []
    _write_through(
        parts.append,
        lambda callback: _call(
            "cz_movie_write_frame", container, frame, len(frame), callback, None
        ),
    )
    return b"".join(parts)


def restore(clip: Handle, write: Callable[[bytes], object]) -> None:
    """cz_restore()"""
    _write_through(write, lambda callback: _call("cz_restore", clip.pointer, callback, None))


def verify(
    store: Handle,
    name: str,
    source: str | None,
    decode: bool,
    progress: Callable[[int, int], int],
) -> list[tuple[int, str, int | None, str]]:
    """cz_verify(): code, key, frame and description of each difference. progress() is called from
    this thread and must not raise."""
    rows: list[tuple[int, str, int | None, str]] = []

    def found(_: Any, finding: Any) -> None:
        one = finding.contents
        key, what = (text.decode(errors="replace") for text in (one.key, one.what))
        rows.append((one.code, key, None if one.frame < 0 else one.frame, what))

    job = CVerifyJob(
        source=None if source is None else source.encode(),
        decode=decode,
        found=FOUND(found),
        progress=VERIFY_PROGRESS(lambda _, done, total: progress(done, total)),
    )
    _call("cz_verify", byref(c_uint64()), store.pointer, name.encode(), byref(job))
    return rows


def remove(store: Handle, name: str, dry_run: bool) -> list[str]:
    """cz_remove(): keys of the files that were kept."""
    keys: list[str] = []
    kept = KEPT(lambda _, key: keys.append(key.decode(errors="replace")))
    job = CRemoveJob(dry_run=dry_run, kept=kept)
    _call("cz_remove", store.pointer, name.encode(), byref(job))
    return keys


def find(
    store: Handle,
    clip: Handle,
    frame: int,
    clips: Sequence[str],
    min_score: float,
    limit: int,
    progress: Callable[[int, int], int],
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """cz_find(): members of each match, and the counts. progress() is called from this thread and
    must not raise."""
    names = (c_char_p * len(clips))(*(name.encode() for name in clips))
    job = CFindJob(
        clips=ctypes.cast(names, POINTER(c_char_p)),
        n_clips=len(clips),
        min_score=min_score,
        limit=limit,
        progress=VERIFY_PROGRESS(lambda _, done, total: progress(done, total)),
    )
    found = CFound()
    _call("cz_find", byref(found), store.pointer, clip.pointer, frame, byref(job))
    try:
        matches = [
            {m[0]: getattr(found.match[i], m[0]) for m in CMatch._fields_[:-1]}
            for i in range(found.n)
        ]
        counts = {m[0]: getattr(found, m[0]) for m in CFound._fields_[2:-1]}
    finally:
        _lib.cz_found_free(byref(found))
    return [match | {"clip": match["clip"].decode()} for match in matches], counts


def align(into: Bytes, picture: Bytes, shift_x: float, shift_y: float, zoom: float) -> None:
    """cz_align(): a contiguous (height, width, 3) picture into one of the query's size."""
    match = CMatch(shift_x=shift_x, shift_y=shift_y, zoom=zoom)
    height, width, _ = into.shape
    rows, columns, _ = picture.shape
    _call(
        *("cz_align", into.ctypes.data, width, height),
        *(picture.ctypes.data, columns, rows, byref(match)),
    )


def catalog_read(store: Handle) -> bytes:
    """cz_catalog_read(): the text of catalog.jsonl as it is now."""
    out, size = c_void_p(), c_size_t()
    _call("cz_catalog_read", byref(out), byref(size), store.pointer)
    try:
        return ctypes.string_at(out.value or 0, size.value)
    finally:
        _lib.cz_catalog_free(byref(out))


def catalog_write(store: Handle, dry_run: bool) -> dict[str, Any]:
    """cz_catalog_write(): the members of its report."""
    report = CCatalogReport()
    _call("cz_catalog_write", byref(report), store.pointer, byref(CCatalogJob(dry_run=dry_run)))
    return {name: getattr(report, name) for name, *_ in report._fields_ if name != "reserved"}


def attributes_read(store: Handle, clip: str | None) -> str:
    """cz_attributes_read()"""
    out = c_void_p()
    _call("cz_attributes_read", byref(out), store.pointer, None if clip is None else clip.encode())
    try:
        return ctypes.string_at(out.value or 0).decode()
    finally:
        _lib.cz_attributes_free(byref(out))


def attributes_write(store: Handle, clip: str | None, text: str) -> int:
    """cz_attributes_write(): the number of documents that changed."""
    changed = c_size_t()
    name = None if clip is None else clip.encode()
    try:
        _call("cz_attributes_write", byref(changed), store.pointer, name, text.encode())
    except CamzarrError as error:
        if changed.value:
            error.hint = f"{changed.value} documents were changed; repeat the call for the others"
        raise
    return changed.value


def decoder_new() -> Handle:
    """cz_decoder_new()"""
    out = c_void_p()
    _call("cz_decoder_new", byref(out))
    return Handle(out, _lib.cz_decoder_free)


def decode(
    decoder: Handle, frame: Bytes, view: CView, matrix: int, into: npt.NDArray[Any] | None
) -> CShape:
    """cz_decode(): into `into`, which is contiguous; or into nothing, to learn the shape."""
    out = CShape()
    room = 0 if into is None else into.nbytes
    at = None if into is None else into.ctypes.data
    arguments = (byref(view), matrix, at, room)
    _call("cz_decode", byref(out), decoder.pointer, frame.ctypes.data, frame.nbytes, *arguments)
    return out
