"""The scenes that store.find() found: a table, and their pictures aligned with the frame.

    found = store.find(clip[7500])
    found[0].score, found[0].shift_x
    found.to_xarray(scale=4)                                 # a time-lapse of the view
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from . import _native, display
from .errors import UsageError
from .times import as_datetime64

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from .clip import Clip
    from .store import Store

SCALES = (1, 2, 4, 8)


@dataclass(frozen=True)
class Match:
    """A scene that shows the view.

    What lies at p in the picture of the frame that was searched for, in pixels right and down from
    its center, lies at zoom * p + (shift_x, shift_y) in the picture of this one.

    Attributes
    ----------
    clip : str
        Name of its clip.
    scene : int
        Number of the scene in the clip.
    first, last : int
        Frames; both belong to the scene.
    frame : int
        The representative frame, which was compared.
    start, end : datetime64[ns]
        When the scene begins, and when its last frame is over; UTC.
    score : float
        From 0 to 1: correlation of what both pictures show.
    shift_x, shift_y : float
        Pixels at full scale.
    zoom : float
        How much larger things are.
    """

    clip: str
    scene: int
    first: int
    last: int
    frame: int
    start: np.datetime64
    end: np.datetime64
    score: float
    shift_x: float
    shift_y: float
    zoom: float

    @classmethod
    def of(cls, members: dict[str, Any]) -> Match:
        """From the members of cz_match."""
        times = {name: as_datetime64(members[name]) for name in ("start", "end")}
        return cls(**(members | times))


class Matches(Sequence[Match]):
    """The scenes that show a view, best first: a sequence whose repr is a table.

    Parameters
    ----------
    matches : sequence of Match
        Best first.
    store : Store
        Their store.
    clip : Clip
        That of the frame which was searched for.

    Examples
    --------
    >>> [match.clip for match in store.find(frame) if match.score > 0.9]
    """

    def __init__(self, matches: Sequence[Match], store: Store, clip: Clip) -> None:
        self._matches = tuple(matches)
        self._store = store
        self._clip = clip

    def __len__(self) -> int:
        return len(self._matches)

    @overload
    def __getitem__(self, which: int) -> Match: ...
    @overload
    def __getitem__(self, which: slice) -> Matches: ...
    def __getitem__(self, which: int | slice) -> Match | Matches:
        if isinstance(which, slice):
            return Matches(self._matches[which], self._store, self._clip)
        return self._matches[which]

    def to_pandas(self) -> pd.DataFrame:
        """The matches as a pandas table.

        Returns
        -------
        pandas.DataFrame
            One row a match, best first.
        """
        import pandas as pd

        columns = {f.name: [getattr(match, f.name) for match in self] for f in fields(Match)}
        return pd.DataFrame(columns)

    def to_xarray(self, scale: int = 1) -> xr.DataArray:
        """A time-lapse of the view: the representative frames, shifted and zoomed to coincide with
        the frame that was searched for, to a pixel.

        Parameters
        ----------
        scale : int
            1, 2, 4 or 8: pictures are 1/scale as wide and high.

        Returns
        -------
        xarray.DataArray
            Named "view", uint8 RGB, (time, y, x, channel), in order of time, with the coordinates
            `time` (datetime64[ns], UTC) of the frame, `clip`, `scene`, `frame`, `score`, `shift_x`,
            `shift_y` and `zoom`, all along time. Black where a picture has nothing, gray where it is
            damaged. All pictures are in memory.

        Raises
        ------
        UsageError
            Another scale.
        NotFoundError, FormatError
            A clip or its frame is gone, or cannot be decoded.

        Examples
        --------
        >>> found.to_xarray(scale=4).isel(time=0).plot.imshow(yincrease=False)
        """
        if scale not in SCALES:
            raise UsageError(f"scale {scale!r}: not 1, 2, 4 or 8")
        import xarray as xr

        ordered = sorted(self, key=lambda match: (match.start, match.clip, match.scene))
        facts = self._clip.facts
        height, width = -(-facts.height // scale), -(-facts.width // scale)
        data = np.empty((len(ordered), height, width, 3), np.uint8)
        time = np.empty(len(ordered), "datetime64[ns]")
        for i, match in enumerate(ordered):
            frame = self._store[match.clip].get_frame_at(match.frame, scale=scale, conceal=True)
            picture = np.ascontiguousarray(frame.data)
            _native.align(data[i], picture, match.shift_x / scale, match.shift_y / scale, match.zoom)
            time[i] = frame.time
        names = ("clip", "scene", "frame", "score", "shift_x", "shift_y", "zoom")
        coords: dict[str, Any] = {"time": time}
        for name in names:
            coords[name] = ("time", np.array([getattr(match, name) for match in ordered]))
        attributes = {"long_name": "pictures of a view, aligned, rgb24", "query": self._clip.name}
        return xr.DataArray(data, coords, ("time", "y", "x", "channel"), "view", attributes)

    def __repr__(self) -> str:
        return display.matches_text(self)

    def _repr_html_(self) -> str:
        return display.matches(self)
