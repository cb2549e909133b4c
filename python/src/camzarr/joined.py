"""Clips joined along time: which ones, in which order, and their frames by row.

A row is the number of a frame in the joined clips, from 0. Clips of a store are opened again when
their frames are read, since a store has more clips than may stay open.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import numpy as np
import numpy.typing as npt

from .clip import Clip, _store_at
from .conventions import common
from .errors import (
    CamzarrError,
    ClipNotFoundError,
    NotFoundError,
    SourceChangedError,
    UsageError,
)
from .facts import Clips, Facts
from .frame import Times
from .movie import Movie
from .store import Spans, Store
from .times import text
from .views import Pixels, Shape, View

OPENERS = 16  # clips that are opened at the same time: over a network each takes some round trips

Numbers = npt.NDArray[np.integer[Any]]
_LIMITS = np.iinfo(np.int64)
EVER = (int(_LIMITS.min), int(_LIMITS.max))


# ---- Frames by row


@dataclass(frozen=True)
class Part:
    """Frames `first` to `stop` - 1 of a clip, of which `source` is the store or the clip itself."""

    source: Store | Clip
    facts: Facts
    first: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.first

    def __reduce__(self) -> tuple[Any, ...]:
        if isinstance(self.source, Clip):
            return Part, (self.source, self.facts, self.first, self.stop)
        return _reopened, (self.source.url, self.facts, self.first, self.stop)

    @property
    def place(self) -> str:
        """Address of the store, for messages."""
        return self.source.url if isinstance(self.source, Store) else self.source.store.url

    def clip(self) -> Clip:
        """The clip, opened. Raises SourceChangedError if another one has its name by now."""
        if isinstance(self.source, Clip):
            return self.source
        found = self.source[self.facts.name]
        if found.facts != self.facts:
            raise SourceChangedError(
                f"{self.facts.name}: the clip was replaced since it was joined ({self.source.url})",
                "open the dataset again",
            )
        return found


def _reopened(url: str, facts: Facts, first: int, stop: int) -> Part:
    return Part(_store_at(url), facts, first, stop)


class Joined:
    """Parts of clips, one after the other.

    Parameters
    ----------
    parts : sequence of Part
        At least one, ascending in time.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self._stops = np.cumsum([len(part) for part in parts])

    def __len__(self) -> int:
        return int(self._stops[-1])

    @property
    def title(self) -> str:
        """Names of the first and the last clip."""
        first, last = self.parts[0].facts.name, self.parts[-1].facts.name
        return first if len(self.parts) == 1 else f"{first} to {last}, {len(self.parts)} clips"

    def owners(self, rows: Numbers) -> Numbers:
        """Number of the part that has each row."""
        return np.searchsorted(self._stops, rows, side="right")

    def numbers(self, rows: Numbers) -> Numbers:
        """Number of each row's frame in its clip."""
        shift = np.array([part.stop for part in self.parts]) - self._stops
        found: Numbers = rows + shift[self.owners(rows)]
        return found

    def _split(self, rows: Numbers) -> Iterator[tuple[Part, Any, Numbers]]:
        """Parts that have some of the rows: the part, which of the rows, their frames' numbers."""
        owners, numbers = self.owners(rows), self.numbers(rows)
        present = np.unique(owners)
        for owner in present:
            which: Any = slice(None) if len(present) == 1 else owners == owner
            yield self.parts[owner], which, numbers[which]

    def column(self, name: str, rows: Numbers, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Values of a column of the index, of rows of any shape."""
        flat = rows.ravel()
        values = np.empty(flat.shape, dtype)
        with ThreadPoolExecutor(OPENERS) as pool:
            split = list(self._split(flat))
            columns = pool.map(lambda one: one[0].clip().index[name][one[2]], split)
            for (_, which, _), column in zip(split, columns):
                values[which] = column
        return values.reshape(rows.shape)

    def pictures(self, rows: Numbers, view: View) -> Pixels:
        """Frames of rows in one dimension, decoded in one batch for each clip."""
        if not len(rows):
            return self.parts[0].clip()._frames([], view).data
        data: Pixels | None = None
        for part, which, numbers in self._split(rows):
            decoded = part.clip()._frames(numbers.tolist(), view).data
            if len(decoded) == len(rows):
                return decoded
            if data is None:
                data = np.empty((len(rows), *decoded.shape[1:]), decoded.dtype)
            data[which] = decoded
        assert data is not None
        return data


class Opened(NamedTuple):
    """Joined clips as they were when they were opened. `shapes`: of a picture, by layout;
    `attributes`: the owner's, those of the store and those that all clips have."""

    joined: Joined
    time: Times
    shapes: dict[str, Shape]
    attributes: dict[str, Any]


# ---- Which clips


class _Found(NamedTuple):
    part: Part
    time: Times
    shapes: dict[str, Shape]
    attributes: dict[str, Any]


def _found(source: Store | Clip, clip: Clip, view: View, span: tuple[int, int] | None) -> _Found:
    first, stop = 0, len(clip)
    if span is not None:
        t0, t1 = (np.datetime64(ns, "ns") if ns not in EVER else None for ns in span)
        numbers = clip._range_at(t0, t1)
        first, stop = (int(numbers[0]), int(numbers[-1]) + 1) if len(numbers) else (0, 0)
    shapes = {
        layout: clip.shape(layout=layout, scale=view.scale, fields=view.fields)
        for layout in (view.layout, "gray16le")
    }
    late = np.timedelta64(clip._lateness(view.fields), "ns")
    time = clip.time[first:stop] + late
    return _Found(Part(source, clip.facts, first, stop), time, shapes, _owners(clip))


def _owners(place: Store | Clip) -> dict[str, Any]:
    """The owner's attributes; a MOV by itself has none."""
    return {} if isinstance(place, Movie) else dict(place.attributes)


def of_clip(clip: Clip, view: View) -> Opened:
    """A clip by itself."""
    found = _found(clip, clip, view, None)
    above = {} if isinstance(clip, Movie) else _owners(clip.store)
    return Opened(Joined([found.part]), found.time, found.shapes, above | found.attributes)


def _is_begun(store: Store, name: str) -> bool:
    """Whether a clip's conversion is unfinished, as far as a store of this machine tells."""
    place = store.url
    if place.startswith("file://"):
        place = unquote(urlsplit(place).path)
    return "://" not in place and os.path.exists(os.path.join(place, "clips", name, "begun.json"))


def open_clip(store: Store, name: str) -> Clip:
    """A clip of a store. Raises what store[name] raises, and ClipNotFoundError for one half
    written."""
    try:
        return store[name]
    except NotFoundError as error:
        if _is_begun(store, name):
            raise ClipNotFoundError(
                f"{name}: half written: its conversion is not finished ({store.url})",
                f"`camzarr convert` of its MOV finishes it; clip=list(camzarr.open({store.url!r})) "
                "has the clips that are complete",
            ) from None
        raise error from None


def listing(part: Part, condition: str) -> str:
    """What to type for clip= instead."""
    return f"clip=[c.name for c in camzarr.open({part.place!r}).clips if {condition}]"


def _geometry(facts: Facts) -> str:
    alpha = f", alpha of {facts.alpha_bits} bits" if facts.alpha_bits else ""
    return f"{facts.width}x{facts.height} pixels, {facts.chroma}{alpha}"


def _check_geometry(found: Sequence[_Found]) -> None:
    first = found[0]
    for other in found[1:]:
        a, b = first.part.facts, other.part.facts
        if other.shapes == first.shapes and (a.width, a.height) == (b.width, b.height):
            continue
        condition = f"(c.width, c.height) == {a.width, a.height}"
        if (a.width, a.height) == (b.width, b.height):
            condition = f"(c.chroma, c.alpha_bits) == {a.chroma, a.alpha_bits}"
        raise UsageError(
            f"{b.name} and {a.name} can't be joined: {_geometry(b)}, and {_geometry(a)}",
            listing(other.part, condition),
        )


def _check_start(part: Part) -> None:
    if part.facts.start_from == "none":
        raise UsageError(
            f"{part.facts.name}: its start time is unknown, so it has no place among other clips",
            listing(part, 'c.start_from != "none"'),
        )


def _check_order(found: Sequence[_Found]) -> None:
    for a, b in pairwise(found):
        if b.time[0] > a.time[-1]:
            continue
        name, before = b.part.facts.name, a.part.facts
        if b.part.facts == before and b.part.place == a.part.place:
            raise UsageError(f"{name}: listed twice", "list each clip once")
        begin, end = (text(int(t.astype("int64"))) for t in (b.part.facts.start, before.end))
        raise UsageError(
            f"{name} and {before.name} can't be joined: they overlap, since one begins at {begin} "
            f"and the other ends at {end}",
            listing(b.part, f"c.name != {name!r}"),
        )


def join(clips: Sequence[tuple[Store, str]], view: View, span: tuple[int, int] | None) -> Opened:
    """Join clips along time.

    Parameters
    ----------
    clips : sequence of (Store, str)
        Stores and names of clips, in any order.
    view : View
        How pictures are decoded.
    span : (int, int), optional
        Take the frames that are shown in [t0, t1), in nanoseconds.

    Returns
    -------
    Opened

    Raises
    ------
    UsageError
        Clips that cannot be joined: of different geometry, overlapping, or without a start time.
    ClipNotFoundError
        A clip does not exist or is half written, or no frame is shown in the range.
    """

    def one(place: tuple[Store, str]) -> _Found:
        store, name = place
        return _found(store, open_clip(store, name), view, span)

    with ThreadPoolExecutor(OPENERS) as pool:
        found = list(pool.map(one, clips))
    if len(found) > 1 or span is not None:
        for each in found:
            _check_start(each.part)
    facts = Clips([each.part.facts for each in found])
    found = [each for each in found if len(each.part)]
    if not found:
        assert span is not None  # a clip has at least one frame
        raise nothing_shown(clips[0][0].url, span, Spans(facts))
    found.sort(key=lambda each: (each.part.facts.start, each.part.facts.name))
    _check_order(found)
    _check_geometry(found)
    time = np.concatenate([each.time for each in found])
    stores = {store.url: store for store, _ in clips}.values()
    above = common([_owners(store) for store in stores])
    owners = above | common([each.attributes for each in found])
    return Opened(Joined([each.part for each in found]), time, found[0].shapes, owners)


def nothing_shown(place: str, span: tuple[int, int], recorded: Spans) -> CamzarrError:
    t0, t1 = span
    if t1 <= t0:
        return UsageError(f"time: {text(t1)} is not after {text(t0)}", "time=slice(start, stop)")
    shown = " to ".join("..." if ns in EVER else text(ns) for ns in span)
    return ClipNotFoundError(f"{shown}: no frame of {place} is shown then", recorded.around(t0))
