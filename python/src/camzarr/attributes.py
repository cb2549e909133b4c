"""Attributes that the owner of a store gives: license, institution, geospatial_lat_min, ..."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np

from . import _native
from .errors import UsageError


def _plain(value: Any) -> Any:
    """A value of NumPy as one that JSON has."""
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def text_of(attributes: Mapping[str, Any]) -> str:
    """Attributes as JSON. Raises UsageError, which names the attribute that JSON cannot hold."""
    if not isinstance(attributes, Mapping):
        raise UsageError(
            f"attributes {attributes!r}: not a mapping", 'for example {"license": "CC-BY-4.0"}'
        )
    for name, value in attributes.items():
        if not isinstance(name, str):
            raise UsageError(f"attribute {name!r}: names are strings")
        try:
            json.dumps(value, allow_nan=False, default=_plain)
        except (TypeError, ValueError):
            raise UsageError(
                f"attribute {name}: {value!r} is not a string, a number or a list of them"
            ) from None
    return json.dumps(dict(attributes), allow_nan=False, default=_plain, ensure_ascii=False)


class Attributes(MutableMapping[str, Any]):
    """The owner's attributes of a clip or of a store: a mapping of names to values.

    `store.attributes` and `clip.attributes` return it. Names are those of the ACDD and CF
    conventions; values are strings, numbers, and lists of strings or of numbers. Each use reads
    what is stored now. Each change replaces the document that holds the attributes, in one step, and
    rewrites no frame; update() and replace() change many attributes in one step.

    Two processes that change attributes of the same clip at the same time can lose one of the
    changes.

    Parameters
    ----------
    handle, url, clip
        Internal.

    Raises
    ------
    UsageError
        A name that camzarr or a Zarr library writes, or a value of another type.
    UnsupportedError
        The store cannot be written: it is on a web server.
    UnreachableError
        Another process has been converting or removing the clip for 10 s.
    AlreadyExistsError
        A conversion or a removal of the clip was interrupted: convert or remove it first.
    DeniedError, InputOutputError
        The document cannot be written.

    Examples
    --------
    >>> clip.attributes["license"] = "CC-BY-4.0"
    >>> clip.attributes.update(geospatial_lat_min=45.93, geospatial_lat_max=45.93)
    >>> dict(clip.attributes)
    {'license': 'CC-BY-4.0', 'geospatial_lat_min': 45.93, 'geospatial_lat_max': 45.93}
    >>> del clip.attributes["license"]
    """

    def __init__(self, handle: _native.Handle, url: str, clip: str | None) -> None:
        self._handle = handle
        self._url = url
        self._clip = clip

    def _read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(_native.attributes_read(self._handle, self._clip))
        return found

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __setitem__(self, name: str, value: Any) -> None:
        self.update({name: value})

    def __delitem__(self, name: str) -> None:
        present = self._read()
        del present[name]
        self.replace(present)

    def update(self, *others: Any, **more: Any) -> None:
        """Set some attributes and keep the others.

        Parameters
        ----------
        *others
            A mapping, or pairs of names and values.
        **more
            Names and values.

        Raises
        ------
        UsageError
            A name or a value that is not possible; nothing is changed.
        """
        self.replace(self._read() | dict(*others, **more))

    def clear(self) -> None:
        """Remove all of them."""
        self.replace({})

    def replace(self, attributes: Mapping[str, Any]) -> int:
        """Set these attributes and remove all others.

        Parameters
        ----------
        attributes : mapping
            Names and values. Of a store it can have two sections instead, each a mapping: "store",
            for the store itself, and "clips", for each of its clips. A section that is missing
            changes nothing.

        Returns
        -------
        int
            Number of documents that had other attributes.

        Raises
        ------
        UsageError
            A name or a value that is not possible; nothing is changed.

        Examples
        --------
        >>> store.attributes.replace({"store": {"institution": "OOI"}, "clips": {"license": "CC0-1.0"}})
        3
        """
        return _native.attributes_write(self._handle, self._clip, text_of(attributes))

    def __repr__(self) -> str:
        return f"<Attributes of {self._clip or self._url}: {self._read()}>"
