"""A parser for VirtualiZarr: frames of stores and of raw MOVs as virtual references.

    from camzarr.virtualizarr import Parser
    from obspec_utils.registry import ObjectStoreRegistry
    from obstore.store import LocalStore
    from virtualizarr import open_virtual_dataset

    registry = ObjectStoreRegistry({"file://": LocalStore()})
    parser = Parser(clip=NAME)
    virtual = open_virtual_dataset("file:///data/camhd", registry=registry, parser=parser)
    virtual.vz.to_icechunk(session.store)

A chunk of `video` is one frame: a range of a shard or of the MOV. `time`, `y` and `x` are in memory;
VirtualiZarr loads them by default. The index of a store and the tables of a MOV are read by camzarr itself, with
the settings of docs/cloud.md; frames are read through the registry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from obstore.store import MemoryStore
from virtualizarr.manifests import ChunkManifest, ManifestArray, ManifestGroup, ManifestStore
from zarr.core.metadata import ArrayV3Metadata

from .addresses import clips_of, clips_to_join, is_movie, movie_alone, span_of
from .joined import Opened, join, of_clip
from .references import LAYOUTS, coordinate_arrays, references, video_document
from .views import View, one_of

if TYPE_CHECKING:
    from obspec_utils.registry import ObjectStoreRegistry


class Parser:
    """A parser for virtualizarr.open_virtual_dataset() and open_virtual_mfdataset().

    It is called with the address of a store, of a clip (STORE/clips/NAME) or of a MOV: a path, or a
    file, http or https URL; of a store also s3, gs and az.

    Parameters
    ----------
    clip : str or sequence of str, optional
        Name of a clip of the store, or names of clips to join along time. Without it and `time`,
        all clips of the store are joined.
    time : slice, optional
        Take the frames that are shown in [start, stop), as the engine `camzarr` for xarray does.
    layout : str
        What a pixel is: "rgb24", "rgb48le", "gray" or "gray16le".

    Raises
    ------
    UsageError
        An option has an impossible value. When called: clips that can't be joined.

    Examples
    --------
    >>> open_virtual_dataset("s3://bucket/camhd", registry=registry, parser=Parser(clip=NAME))
    """

    def __init__(
        self,
        clip: str | Sequence[str] | None = None,
        time: slice | None = None,
        layout: str = "rgb24",
    ) -> None:
        one_of("layout", layout, LAYOUTS)
        self.clip, self.layout = clip, layout
        self.span = None if time is None else span_of(time)

    def __call__(self, url: str, registry: ObjectStoreRegistry[Any]) -> ManifestStore:
        """References to the frames at an address.

        Parameters
        ----------
        url : str
            Of a store, a clip or a MOV.
        registry : ObjectStoreRegistry
            Has the object stores that the frames are read from. A store in memory, which has the
            coordinates, is added to it.

        Returns
        -------
        ManifestStore
            `video`, `time`, `y` and `x`.

        Raises
        ------
        StoreNotFoundError, ClipNotFoundError, FormatError, UsageError
            As xarray.open_dataset() with the engine `camzarr`.
        """
        opened = self._opened(url)
        joined = opened.joined
        attributes = {"Conventions": "CF-1.11", "title": joined.title, **opened.attributes}
        coordinates = _in_memory(registry, coordinate_arrays(opened, self.layout))
        arrays = {"video": self._video(opened), **coordinates}
        return ManifestStore(ManifestGroup(arrays=arrays, attributes=attributes), registry=registry)

    def _opened(self, url: str) -> Opened:
        if is_movie(url):
            return of_clip(movie_alone(url, self.clip, self.span), View(layout=self.layout))
        store, clips = clips_of(url, self.clip)
        return join(clips_to_join(store, clips, self.span), View(layout=self.layout), self.span)

    def _video(self, opened: Opened) -> ManifestArray:
        refs = references(opened.joined)
        shape = (len(refs.offset), *(1,) * len(opened.shapes[self.layout].array))
        manifest = ChunkManifest.from_arrays(
            paths=refs.location.reshape(shape),
            offsets=refs.offset.reshape(shape),
            lengths=refs.length.reshape(shape),
            validate_paths=False,
        )
        document = video_document(opened, self.layout)
        return ManifestArray(metadata=ArrayV3Metadata.from_dict(document), chunkmanifest=manifest)


def _in_memory(
    registry: ObjectStoreRegistry[Any], documents: dict[str, tuple[dict[str, Any], bytes]]
) -> dict[str, ManifestArray]:
    """Arrays of one chunk each: documents and values, by name."""
    url = f"memory://camzarr-{uuid4().hex}"
    memory = MemoryStore()
    registry.register(url, memory)
    made = {}
    for name, (document, values) in documents.items():
        memory.put(name, values)
        entry = {"path": f"{url}/{name}", "offset": 0, "length": len(values)}
        metadata = ArrayV3Metadata.from_dict(document)
        made[name] = ManifestArray(metadata=metadata, chunkmanifest=ChunkManifest({"0": entry}))
    return made
