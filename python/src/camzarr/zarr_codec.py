"""`camzarr.prores` for zarr-python 3, found by its entry point:

    zarr.open(store)["clips/NAME/video/video"][7500]
    xarray.open_zarr(f"{store}/clips/NAME/video")

A chunk is decoded in a thread of zarr's own, without the interpreter's lock. zarr-python gives
zeros for a chunk that isn't there: a frame that the recording lacks (`index/size` is 0). camzarr.open()
and the xarray engine raise NotFoundError for it instead.
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
    """zarr-python 3.0 has NumPy's own there."""
    told: Any = spec.dtype
    native = told if isinstance(told, np.dtype) else told.to_native_dtype()
    return cast("np.dtype[Any]", native)


@dataclass(frozen=True)
class ProresCodec(ArrayBytesCodec):
    """Reads; encoding raises UnsupportedError."""

    configuration: Configuration
    is_fixed_size = False

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        """From the array's document. Raises as codec.parse()."""
        return cls(parse(cast("dict[str, Any]", data.get("configuration"))))

    def to_dict(self) -> dict[str, JSON]:
        """As it stands there."""
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
        """A frame has any size."""
        raise NotImplementedError


@dataclass(frozen=True)
class NumcodecsProresCodec(ProresCodec):
    """The codec of version 2 in version 3's clothes, as VirtualiZarr makes them of kerchunk's references:
    its name is `numcodecs.camzarr.prores`, and its configuration has the size of a picture as well."""

    height: int = 0
    width: int = 0

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        """From the array's document. Raises as codec.parse()."""
        told = dict(cast("dict[str, Any]", data.get("configuration") or {}))
        height, width = told.pop("height", 0), told.pop("width", 0)
        return cls(parse(told), height, width)

    def to_dict(self) -> dict[str, JSON]:
        """As it stands there."""
        size = {"height": self.height, "width": self.width}
        return {
            "name": f"numcodecs.{NAME}",
            "configuration": {**self.configuration.to_dict(), **size},
        }
