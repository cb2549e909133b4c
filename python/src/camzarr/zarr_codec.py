"""`camzarr.prores` for zarr-python 3, found by its entry point:

    zarr.open(store)["clips/NAME/video/video"][7500]
    xarray.open_zarr(f"{store}/clips/NAME/video")

A copy of pixels needs another codec, since this one only reads: open the clip with the engine
`camzarr`, or write `dataset.drop_encoding().to_zarr(...)`. Without drop_encoding() xarray writes
with the shards and the codec that it read. With Dask it refuses parts of any sharded array; without
Dask the codec is asked to encode and says what to type. The codec can't be replaced when the array
is made: VirtualiZarr and Icechunk hand the same object to zarr-python to make arrays whose chunks
*are* frames, and zarr-python does not say what an array is made for.

A chunk is decoded in a thread of zarr-python's, without the interpreter's lock. zarr-python returns
zeros for a chunk that does not exist: a frame that the recording lacks (`index/size` is 0).
camzarr.open() and the xarray engine raise NotFoundError for it instead.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from zarr.abc.codec import ArrayBytesCodec

from .codec import NAME, Configuration, decode, parse, refuse_encoding

if TYPE_CHECKING:
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer, NDBuffer
    from zarr.core.common import JSON


def _dtype(spec: ArraySpec) -> np.dtype[Any]:
    """The array's type; zarr-python 3.0 has NumPy's own in a spec."""
    found: Any = spec.dtype
    native = found if isinstance(found, np.dtype) else found.to_native_dtype()
    return cast("np.dtype[Any]", native)


@dataclass(frozen=True)
class ProresCodec(ArrayBytesCodec):
    """The codec for zarr-python 3. It only decodes; encoding raises UnsupportedError."""

    configuration: Configuration
    is_fixed_size = False

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        """Make the codec from the array's document. Raises what codec.parse() raises."""
        return cls(parse(cast("dict[str, Any]", data.get("configuration"))))

    def to_dict(self) -> dict[str, JSON]:
        """Name and configuration, as in the array's document."""
        return {"name": NAME, "configuration": self.configuration.to_dict()}

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        frame = chunk_data.as_numpy_array()
        picture = decode(self.configuration, frame, chunk_spec.shape, _dtype(chunk_spec))
        return chunk_spec.prototype.nd_buffer.from_numpy_array(picture)

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        return await asyncio.to_thread(self._decode_sync, chunk_data, chunk_spec)

    def _encode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer | None:
        raise refuse_encoding()

    async def _encode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer | None:
        raise refuse_encoding()

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """Unknown: frames have different sizes."""
        raise NotImplementedError


@dataclass(frozen=True)
class NumcodecsProresCodec(ProresCodec):
    """The codec of Zarr version 2 in an array of version 3, as VirtualiZarr makes it from
    kerchunk's references: its name is `numcodecs.camzarr.prores`, and its configuration has
    `height` and `width` as well."""

    height: int = 0
    width: int = 0

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        """Make the codec from the array's document. Raises what codec.parse() raises."""
        found = dict(cast("dict[str, Any]", data.get("configuration") or {}))
        height, width = found.pop("height", 0), found.pop("width", 0)
        return cls(parse(found), height, width)

    def to_dict(self) -> dict[str, JSON]:
        """Name and configuration, as in the array's document."""
        size = {"height": self.height, "width": self.width}
        return {
            "name": f"numcodecs.{NAME}",
            "configuration": {**self.configuration.to_dict(), **size},
        }
