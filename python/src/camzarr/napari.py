"""Readers for napari: a MOV, a clip or a store as lazy layers of frames.

napari finds them by the package's entry point `napari.manifest` (napari.yaml) and offers two, colour
with 8 bits and luma with 16 bits, for files that end in .mov and for folders. A frame is decoded
when it is shown. Damaged parts of a frame are grey; a frame that the recording lacks is an error.

    napari --plugin camzarr /data/camhd/clips/CAMHDA301-20180712T001500
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from .addresses import Places
from .clip import Clip
from .errors import CamzarrError
from .movie import open_movie

Layer = tuple[Any, dict[str, Any], str]
Reader = Callable[[Any], list[Layer]]

_COLOUR, _LUMA = "rgb24", "gray16le"


class _Video:
    """The frames of a clip as an array to index, from which Dask makes a lazy one."""

    def __init__(self, clip: Clip, layout: str) -> None:
        shape = clip.shape(layout=layout)
        self._clip = clip
        self._layout = layout
        self.shape = (len(clip), *shape.array)
        self.dtype = np.dtype(shape.dtype)
        self.ndim = len(self.shape)

    def __getitem__(self, key: tuple[Any, ...]) -> npt.NDArray[Any]:
        frames, *within = key
        numbers = np.arange(len(self._clip))[frames]
        pictures = self._clip.get_frames_at(np.atleast_1d(numbers), layout=self._layout, conceal=True).data
        return pictures[(0 if numbers.ndim == 0 else slice(None), *within)]


def _clips(path: str) -> list[Clip]:
    """Those at an address: of a MOV, of a clip in a store, or of a store."""
    if PurePosixPath(path).suffix.lower() == ".mov":
        return [open_movie(path)]
    store, name = Places().find(path)
    return [store[one] for one in ([name] if name is not None else store.names)]


def _layer(clip: Clip, layout: str, visible: bool) -> Layer:
    import dask.array as da

    video = _Video(clip, layout)
    chunks = 1, *video.shape[1:]
    meta = np.empty(0, video.dtype)
    frames = da.from_array(video, chunks=chunks, asarray=False, meta=meta)  # type: ignore[no-untyped-call]
    facts = clip.facts
    about = {"clip": clip.name, "start": str(facts.start), "end": str(facts.end), "source": facts.source_name}
    options: dict[str, Any] = {"name": clip.name, "visible": visible, "metadata": about}
    if layout == _COLOUR:
        options["rgb"] = True
    else:
        options |= {"colormap": "gray", "contrast_limits": (0, 65535)}
    return frames, options, "image"


def _read(path: str | os.PathLike[str], layout: str) -> list[Layer]:
    clips = _clips(os.fspath(path))
    return [_layer(clip, layout, visible=clip is clips[0]) for clip in clips]


def read_colour(path: str | os.PathLike[str]) -> list[Layer]:
    """Open frames in colour.

    Parameters
    ----------
    path : str or path
        A MOV, a clip (STORE/clips/NAME) or a store; each can also be at a URL.

    Returns
    -------
    list of (data, options, "image")
        One layer a clip, of which the first is visible: a Dask array of (frames, height, width, 3),
        uint8, one chunk a frame, and the layer's options.

    Raises
    ------
    StoreNotFoundError, ClipNotFoundError, FormatError
        There is no such store, clip or MOV.

    Examples
    --------
    >>> ((frames, options, kind),) = read_colour("CAMHDA301-20180712T001500.mov")
    """
    return _read(path, _COLOUR)


def read_luma(path: str | os.PathLike[str]) -> list[Layer]:
    """Open frames as luma.

    Parameters
    ----------
    path : str or path
        As for read_colour().

    Returns
    -------
    list of (data, options, "image")
        As read_colour(), with arrays of (frames, height, width), uint16, full range.

    Raises
    ------
    StoreNotFoundError, ClipNotFoundError, FormatError
        There is no such store, clip or MOV.

    Examples
    --------
    >>> ((frames, options, kind),) = read_luma("/data/camhd/clips/CAMHDA301-20180712T001500")
    >>> frames[7500].compute().max()
    """
    return _read(path, _LUMA)


def _reader(path: str | Sequence[str], layout: str) -> Reader | None:
    """What reads a path; None if it is neither a MOV nor a clip nor a store."""
    if not isinstance(path, (str, os.PathLike)):
        return None  # files that are to be stacked
    address = os.fspath(path)
    if PurePosixPath(address).suffix.lower() != ".mov":
        try:
            Places().find(address)
        except CamzarrError:
            return None
    return partial(_read, layout=layout)


def colour_reader(path: str | Sequence[str]) -> Reader | None:
    """The plugin's reader of colour: a function that makes layers, or None if camzarr can't open
    the path."""
    return _reader(path, _COLOUR)


def luma_reader(path: str | Sequence[str]) -> Reader | None:
    """The plugin's reader of luma: as colour_reader()."""
    return _reader(path, _LUMA)
