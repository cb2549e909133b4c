"""A store: its clips, and moments across them.

    store = camzarr.open("/data/camhd")
    store.clips                                              # a table
    store["CAMHDA301-20180712T001500"]                       # a Clip
    store.at("2018-07-12T00:05:10.5Z")                       # the frame that is shown then
    for frame in store.between("2018-07-12", "2018-07-13", every="10min", scale=4): ...
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from . import _native, display
from .clip import Clip
from .errors import NotFoundError, DeniedError, FormatError, ClipNotFoundError, StoreNotFoundError, UnsupportedError, UsageError
from .facts import Clips, Facts
from .frame import Frame
from .times import moment, span, text

AHEAD = 16  # frames that are decoded together
OPEN = 32  # clips that are kept open


def open(url: str | os.PathLike[str]) -> Store:
    """Open the store at an address: a path, or file:// and a path. Raises StoreNotFoundError, FormatError (something
    else is there), NewerFormatError, UnsupportedError (another kind of address), DeniedError."""
    address = os.fspath(url)
    return Store(address if "://" in address else os.path.abspath(address))


class Store:
    """See the module. It doesn't change once it is open, can be shared between threads and pickles
    by address."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._handle = _native.store_open(url)
        except NotFoundError as error:
            raise StoreNotFoundError(error.message, error.hint) from None
        except FormatError as error:
            path = re.split("[?#]", url, maxsplit=1)[0]
            hint = "camzarr.open_movie() opens a MOV" if path.lower().endswith(".mov") else error.hint
            raise FormatError(error.message, hint) from None
        self._clip = lru_cache(OPEN)(lambda name: Clip(self._clip_handle(name), self))

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.url,)

    def _clip_handle(self, name: str) -> _native.Handle:
        try:
            return _native.clip_open(self._handle, name)
        except NotFoundError as error:
            raise self._no_clip(name, error) from None

    def _no_clip(self, name: str, error: NotFoundError) -> NotFoundError:
        """Of a clip that is listed, something is missing; else tell what is listed."""
        try:
            names = _native.clips(self._handle)
        except UnsupportedError:  # plain HTTP lists nothing
            return ClipNotFoundError(f"{name}: no clip of that name in {self.url}")
        if name in names:
            return error
        some = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        return ClipNotFoundError(f"{name}: no clip of that name in {self.url}", f"it has {some or 'no clip'}")

    # ---- Clips

    @property
    def names(self) -> list[str]:
        """Names of the clips that are whole now."""
        return _native.clips(self._handle)

    @cached_property
    def clips(self) -> Clips:
        """All clips with their facts, as they were when first asked for."""
        with ThreadPoolExecutor(16) as pool:
            return Clips(list(pool.map(self._facts, self.names)))

    def _facts(self, name: str) -> Facts:
        return Facts.of(_native.facts_read(self._handle, name))

    def __getitem__(self, name: str) -> Clip:
        if not isinstance(name, str):
            raise UsageError(f"clip {name!r}: not a name")
        return self._clip(name)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    # ---- Moments

    def at(self, when: Any, **view: Any) -> Frame:
        """The frame that is shown at a moment, whichever clip has it: of several the one that began
        last. `view`: as Clip.get_frame_at(). Raises ClipNotFoundError where nothing was recorded."""
        ns = moment(when)
        name = self._owner(ns)
        if name is None:
            raise ClipNotFoundError(f"{text(ns)}: no clip in {self.url} has that moment", self._around(ns))
        return self[name].get_frame_played_at(np.datetime64(ns, "ns"), **view)

    def between(self, start: Any, stop: Any, every: Any = None, **view: Any) -> Iterator[Frame]:
        """Frames that are shown at start, start + every, ... before stop, as far as clips have them;
        every frame there is when `every` is None. They are decoded as they are asked for, some
        ahead."""
        t0, t1 = moment(start), moment(stop)
        if every is None:
            return self._all(t0, t1, view)
        return self._stepped(t0, t1, span(every), view)

    @cached_property
    def _spans(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Names, starts and ends of the clips, by start."""
        clips = sorted(self.clips, key=lambda facts: facts.start)
        start = np.array([c.start for c in clips], "datetime64[ns]").astype("int64")
        end = np.array([c.end for c in clips], "datetime64[ns]").astype("int64")
        return [c.name for c in clips], start, end

    def _owner(self, ns: int) -> str | None:
        names, start, end = self._spans
        covering = np.nonzero((start <= ns) & (ns < end))[0]
        return names[covering[-1]] if len(covering) else None

    def _around(self, ns: int) -> str:
        _, start, end = self._spans
        before, after = end[end <= ns], start[start > ns]
        told = [f"one ends at {text(int(before.max()))}"] if len(before) else []
        told += [f"one begins at {text(int(after.min()))}"] if len(after) else []
        return ", ".join(told)

    def _all(self, t0: int, t1: int, view: dict[str, Any]) -> Iterator[Frame]:
        names, start, end = self._spans
        for i in np.nonzero((start < t1) & (end > t0))[0]:
            clip = self[names[i]]
            numbers = clip._range_at(np.datetime64(t0, "ns"), np.datetime64(t1, "ns"))
            for at in range(0, len(numbers), AHEAD):
                yield from clip.get_frames_at(numbers[at : at + AHEAD], **view)

    def _stepped(self, t0: int, t1: int, every: int, view: dict[str, Any]) -> Iterator[Frame]:
        owner: str | None = None
        wanted: list[np.datetime64] = []
        for name, ns in self._moments(t0, t1, every):
            if wanted and (name != owner or len(wanted) == AHEAD):
                yield from self[owner or name].get_frames_played_at(wanted, **view)
                wanted = []
            owner = name
            wanted.append(np.datetime64(ns, "ns"))
        if owner is not None:
            yield from self[owner].get_frames_played_at(wanted, **view)

    def _moments(self, t0: int, t1: int, every: int) -> Iterator[tuple[str, int]]:
        """Moments that a clip has; where nothing was recorded, time is skipped at once."""
        _, start, _ = self._spans
        ns = t0
        while ns < t1:
            name = self._owner(ns)
            if name is not None:
                yield name, ns
                ns += every
                continue
            later = start[start > ns]
            if not len(later):
                return
            ns += every * -(-(int(later.min()) - ns) // every)

    # ---- What people see

    def __repr__(self) -> str:
        try:
            return f"<Store {self.url}: {len(self)} clips>"
        except (UnsupportedError, DeniedError):  # a web server, a bucket whose names may not be listed
            return f"<Store {self.url}>"

    def _repr_html_(self) -> str:
        try:
            return display.clips(self.clips)
        except (UnsupportedError, DeniedError):
            return html.escape(repr(self))
