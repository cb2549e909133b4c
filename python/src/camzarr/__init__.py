"""camzarr: the frames of ProRes QuickTime files, out of a Zarr store.

    import camzarr

    store = camzarr.open("/data/camhd")
    frame = store.at("2018-07-12T00:05:10.5Z")       # frame.data is a NumPy array

open() gives a Store (store.py), that has Clips (clip.py), which have Frames (frame.py); views.py says
how pictures can be wanted, times.py how moments are written, errors.py what can go wrong.
open_movie() gives a Clip of a MOV that is in no store (movie.py); convert() puts one into a store
(convert.py); camzarr.camhd has PyCamHD's functions (camhd.py).

Installed with the package, and found by themselves: the codec `camzarr.prores` for zarr-python
(zarr_codec.py) and for numcodecs (numcodecs_codec.py), and the engine `camzarr` for xarray
(xarray_engine.py).
"""

from __future__ import annotations

from ._native import version as _version
from .clip import Clip, Index
from .convert import Progress, Report, convert
from .errors import (
    NotFoundError,
    CamzarrError,
    CancelledError,
    SourceChangedError,
    CorruptError,
    DeniedError,
    AlreadyExistsError,
    FormatError,
    StoreFullError,
    InputOutputError,
    NewerFormatError,
    ClipNotFoundError,
    FrameNotFoundError,
    StoreNotFoundError,
    OutOfMemoryError,
    UnreachableError,
    UnsupportedError,
    UsageError,
)
from .facts import Clips, Facts
from .frame import Frame, Frames
from .movie import Movie, open_movie
from .store import Store, open
from .views import View

__version__ = _version()

__all__ = [
    "NotFoundError",
    "CamzarrError",
    "CancelledError",
    "SourceChangedError",
    "Clip",
    "Clips",
    "CorruptError",
    "DeniedError",
    "AlreadyExistsError",
    "Facts",
    "FormatError",
    "Frame",
    "Frames",
    "StoreFullError",
    "Index",
    "InputOutputError",
    "Movie",
    "NewerFormatError",
    "ClipNotFoundError",
    "FrameNotFoundError",
    "StoreNotFoundError",
    "OutOfMemoryError",
    "Progress",
    "Report",
    "Store",
    "UnreachableError",
    "UnsupportedError",
    "UsageError",
    "View",
    "convert",
    "open",
    "open_movie",
]
