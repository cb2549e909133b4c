"""Addresses of stores, clips and MOVs, and which clips they name."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from .errors import FormatError, StoreNotFoundError, UsageError
from .joined import EVER, nothing_shown
from .movie import Movie, open_movie
from .store import Store
from .store import open as open_store
from .times import moment

DOCUMENT = "zarr.json"  # of the group of clips: the pattern clips/* matches it as well


def is_movie_name(address: str) -> bool:
    """Whether an address ends as that of a MOV."""
    path = urlsplit(address).path if "://" in address else address
    return path.lower().endswith((".mov", ".qt"))


def is_movie(address: str) -> bool:
    """Whether an address is that of a MOV: it ends as one, or is a file. A folder is none."""
    path = address.removeprefix("file://")
    if os.path.isdir(path) or os.path.basename(path) == DOCUMENT:
        return False
    return is_movie_name(path) or os.path.isfile(path)


def movie_alone(
    place: str | os.PathLike[str], names: Any, span: tuple[int, int] | None, recover: bool = False
) -> Movie:
    """A MOV that is in no store. Raises UsageError for what only stores have, and what
    open_movie() raises."""
    address = os.fspath(place)
    if names is not None or span is not None:
        raise UsageError(
            f"{address}: a MOV by itself: clip and time are options of stores",
            ".sel(time=slice(start, stop)) takes a range of its frames",
        )
    return open_movie(address.removeprefix("file://"), recover=recover)


def is_store(address: str) -> bool:
    """Whether a path is that of a store, or of a clip in one. Other addresses are not asked."""
    path = os.path.abspath(address.removeprefix("file://"))
    split = _split_path(path)
    return "://" not in path and (_is_root(path) or split is not None and _is_root(split[0]))


def _is_root(folder: str) -> bool:
    """Whether a folder has the document of a store, in Zarr version 3 or 2."""
    for name in ("zarr.json", ".zattrs"):
        try:
            with open(os.path.join(folder, name), "rb") as file:
                document = json.load(file)
            attributes = document["attributes"] if name == "zarr.json" else document
            return bool(attributes["camzarr_kind"] == "store")
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            continue
    return False


def span_of(time: Any) -> tuple[int, int]:
    """Nanoseconds from slice(start, stop), of moments or None. Raises UsageError."""
    if not isinstance(time, slice) or time.step is not None:
        raise UsageError(
            f"time {time!r}: not a range of time",
            'time=slice("2018-07-12T00:00", "2018-07-13"); .isel(time=slice(None, None, 10)) '
            "takes every tenth frame",
        )
    ends = (time.start, time.stop)
    t0, t1 = (ns if end is None else moment(end) for end, ns in zip(ends, EVER, strict=True))
    return t0, t1


def clips_within(store: Store, span: tuple[int, int]) -> list[tuple[Store, str]]:
    """Clips of the store that have a part of a range of time. Raises ClipNotFoundError."""
    recorded = store._refreshed()
    names = recorded.within(*span)
    if not names:
        raise nothing_shown(store.url, span, recorded)
    return [(store, name) for name in names]


def _split_path(address: str) -> tuple[str, str] | None:
    """STORE/clips/NAME as its store and its name."""
    above, _, name = address.rstrip("/").rpartition("/")
    store, _, folder = above.rpartition("/")
    return (store or "/", name) if folder == "clips" and name and above else None


class Places:
    """Addresses of stores and of clips in them; each store is opened once."""

    def __init__(self) -> None:
        self._stores: dict[str, Store] = {}

    def store(self, address: str) -> Store:
        """Raises what camzarr.open() raises."""
        if address not in self._stores:
            self._stores[address] = open_store(address)
        return self._stores[address]

    def find(self, place: str | os.PathLike[str]) -> tuple[Store, str | None]:
        """A store and, of the address STORE/clips/NAME, the clip's name."""
        address = os.fspath(place)
        whole = address if "://" in address else os.path.abspath(address)
        split = _split_path(whole)
        if split is not None:
            try:
                return self.store(split[0]), split[1]
            except (StoreNotFoundError, FormatError):
                pass  # a store can itself lie in a folder called "clips"
        return self.store(whole), None

    def clip(self, place: str | os.PathLike[str]) -> tuple[Store, str]:
        """A clip's store and name. Raises UsageError for the address of a store or a MOV."""
        if is_movie(os.fspath(place)):
            raise UsageError(
                f"{os.fspath(place)}: a MOV, where a list has clips of stores",
                "xarray.open_mfdataset(paths, engine='camzarr') joins MOVs",
            )
        store, name = self.find(place)
        if name is None:
            raise UsageError(
                f"{os.fspath(place)}: a store, where a list has clips",
                f'its clips are "{store.url}/clips/NAME"; clip=[...] joins clips of one store',
            )
        return store, name


def clips_of(
    places: Any, names: str | Sequence[str] | None
) -> tuple[Store, str | list[tuple[Store, str]] | None]:
    """Clips that are named by addresses, or by the address of a store and names: the store, and
    one clip, several, or None where no clip is named. Raises UsageError."""
    found = Places()
    if not isinstance(places, (str, os.PathLike)):
        if names is not None:
            raise UsageError("clip: not an option of a list of clips", "name clips in one of the two")
        each = [found.clip(place) for place in places]
        each = [(store, name) for store, name in each if name != DOCUMENT]
        if not each:
            raise UsageError("no clip to join: the list is empty")
        return each[0][0], each
    store, name = found.find(places)
    if name is not None and names is not None:
        raise UsageError(
            f"clip: not an option of {os.fspath(places)}, which is a clip",
            f"xarray.open_dataset({store.url!r}, engine='camzarr', clip=...)",
        )
    if names is None or isinstance(names, str):
        return store, names if names is not None else name
    each = [(store, one) for one in names]
    if not each:
        raise UsageError("clip=[]: no clip to join", f"it has {', '.join(store.names[:3])}, ...")
    return store, each


def clips_to_join(
    store: Store, clips: str | list[tuple[Store, str]] | None, span: tuple[int, int] | None
) -> list[tuple[Store, str]]:
    """What join() takes, of what clips_of() returned; without names, the clips that have a part of
    the range, or all of the store. Raises ClipNotFoundError."""
    if clips is None:
        return clips_within(store, EVER if span is None else span)
    return [(store, clips)] if isinstance(clips, str) else clips
