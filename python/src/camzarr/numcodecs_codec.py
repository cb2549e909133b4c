"""`camzarr.prores` for Zarr version 2 and for kerchunk's references, through numcodecs.

It is the `compressor` of an array whose chunks are frames. Such a codec does not learn the shape of
a chunk, so its configuration has `height` and `width` as well:

    {"id": "camzarr.prores", "version": 1, "layout": "rgb24", "matrix": "bt709", "range": "limited",
     "fields": "weave", "height": 1080, "width": 1920}
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numcodecs.abc import Codec
from numcodecs.compat import ensure_contiguous_ndarray

from .codec import NAME, decode, parse, refuse_encoding
from .errors import FormatError
from .views import LAYOUTS


class Prores(Codec):  # type: ignore[misc]  # numcodecs has no types
    """The codec for numcodecs. It only decodes; encoding raises UnsupportedError."""

    codec_id = NAME

    def __init__(self, height: int, width: int, **configuration: Any) -> None:
        if not all(isinstance(n, int) and 0 < n < 65536 for n in (height, width)):
            raise FormatError(f"{NAME}: a picture of {width} x {height}")
        self.height, self.width = height, width
        self.configuration = parse(configuration)

    def get_config(self) -> dict[str, Any]:
        """The configuration, as in the array's document."""
        size = {"height": self.height, "width": self.width}
        return {"id": NAME, **self.configuration.to_dict(), **size}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make the codec from the array's document. Raises FormatError, UnsupportedError and
        NewerFormatError."""
        members = {k: v for k, v in config.items() if k != "id"}
        for member in ("height", "width"):
            if member not in members:
                raise FormatError(f"{NAME}: a configuration without {member}")
        return cls(**members)

    def decode(self, buf: Any, out: Any = None) -> Any:
        """Decode a frame into a picture (1, height, width[, 3]), or into `out`."""
        layout = LAYOUTS[self.configuration.layout]
        shape: tuple[int, ...] = (1, self.height, self.width)
        if layout.channels > 1:
            shape += (layout.channels,)
        frame = ensure_contiguous_ndarray(buf)
        picture = decode(self.configuration, frame, shape, np.dtype(layout.dtype))
        if out is None:
            return picture
        flat = ensure_contiguous_ndarray(out)
        flat.view(np.uint8)[:] = picture.reshape(-1).view(np.uint8)
        return out

    def encode(self, buf: Any) -> Any:
        """Not possible: raises UnsupportedError."""
        raise refuse_encoding()

    def __repr__(self) -> str:
        return f"Prores({self.get_config()})"
