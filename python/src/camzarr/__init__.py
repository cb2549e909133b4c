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
    Absent,
    CamzarrError,
    Cancelled,
    Changed,
    Corrupt,
    Denied,
    Exists,
    Format,
    Full,
    InputOutput,
    Newer,
    NoClip,
    NoFrame,
    NoStore,
    OutOfMemory,
    Unreachable,
    Unsupported,
    Usage,
)
from .facts import Clips, Facts
from .frame import Frame, Frames
from .movie import Movie, open_movie
from .store import Store, open
from .views import View

__version__ = _version()

__all__ = [
    "Absent",
    "CamzarrError",
    "Cancelled",
    "Changed",
    "Clip",
    "Clips",
    "Corrupt",
    "Denied",
    "Exists",
    "Facts",
    "Format",
    "Frame",
    "Frames",
    "Full",
    "Index",
    "InputOutput",
    "Movie",
    "Newer",
    "NoClip",
    "NoFrame",
    "NoStore",
    "OutOfMemory",
    "Progress",
    "Report",
    "Store",
    "Unreachable",
    "Unsupported",
    "Usage",
    "View",
    "convert",
    "open",
    "open_movie",
]
