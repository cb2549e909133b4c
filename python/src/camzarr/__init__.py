"""camzarr: frames of ProRes QuickTime recordings, from a Zarr store.

    import camzarr

    store = camzarr.open("/data/camhd")              # a Store: a mapping of names to clips
    clip = store["CAMHDA301-20180712T001500"]        # a Clip: a sequence of frames
    frame = clip[7500]                               # a Frame: np.asarray(frame) is its picture
    frame = store.at("2018-07-12T00:05:10.5Z")       # the one that is shown at a moment
    mean = clip[::300].mean(axis=0)                  # of many frames, in bounded memory

open_movie() opens a MOV that is in no store; convert() converts MOVs into clips of a store, analyse()
makes statistics, small pictures and scenes of clips, and export() writes clips for other programs. Stores and clips have verify(), restore(), remove(), write()
and attributes. View has the options of decoding, the module errors the exceptions, and camzarr.camhd
PyCamHD's functions.

The package registers the codec `camzarr.prores` with zarr-python 3 (zarr_codec.py) and with
numcodecs (numcodecs_codec.py), and the engine `camzarr` with xarray (xarray_engine.py). icechunk()
writes virtual references to frames into an Icechunk repository; the module virtualizarr has a parser
for VirtualiZarr.
"""

from __future__ import annotations

from ._native import version as _version
from .analysis import AnalysisReport, Scene, analyse
from .attributes import Attributes
from .audio import Audio
from .catalog import catalog_geoparquet
from .clip import Clip, Index
from .convert import Report, convert
from .errors import (
    AlreadyExistsError,
    CamzarrError,
    CancelledError,
    ClipNotFoundError,
    ConversionsFailedError,
    CorruptError,
    DeniedError,
    FormatError,
    FrameNotFoundError,
    InputOutputError,
    NewerFormatError,
    NotFoundError,
    OutOfMemoryError,
    SkippedWarning,
    SourceChangedError,
    StoreFullError,
    StoreNotFoundError,
    UnreachableError,
    UnsupportedError,
    UsageError,
)
from .export import export
from .facts import Clips, Facts
from .frame import Frame, Frames
from .icechunk_repository import icechunk
from .matches import Match, Matches
from .movie import Movie, open_movie
from .progress import Progress
from .store import Store, open
from .verification import Finding
from .views import View

__version__ = _version()

__all__ = [
    "AlreadyExistsError",
    "AnalysisReport",
    "Attributes",
    "Audio",
    "CamzarrError",
    "CancelledError",
    "Clip",
    "ClipNotFoundError",
    "Clips",
    "ConversionsFailedError",
    "CorruptError",
    "DeniedError",
    "Facts",
    "Finding",
    "FormatError",
    "Frame",
    "FrameNotFoundError",
    "Frames",
    "Index",
    "InputOutputError",
    "Match",
    "Matches",
    "Movie",
    "NewerFormatError",
    "NotFoundError",
    "OutOfMemoryError",
    "Progress",
    "Report",
    "Scene",
    "SkippedWarning",
    "SourceChangedError",
    "Store",
    "StoreFullError",
    "StoreNotFoundError",
    "UnreachableError",
    "UnsupportedError",
    "UsageError",
    "View",
    "analyse",
    "catalog_geoparquet",
    "convert",
    "export",
    "icechunk",
    "open",
    "open_movie",
]
