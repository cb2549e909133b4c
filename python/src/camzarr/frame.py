"""One decoded frame, and several of them in one array."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import overload

import numpy as np
import numpy.typing as npt

from . import images
from .views import Pixels, Shape

Times = npt.NDArray[np.datetime64]
Spans = npt.NDArray[np.timedelta64]


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture with its place and its time. In a notebook it shows itself.

    data      (height, width) or (height, width, channels); of a layout of planes the samples of all
              planes one behind the other, which `planes` has by name
    number    in its clip, from 0
    time      when it is shown, or when the field that was asked for was taken
    duration  until the next one
    """

    data: Pixels
    number: int
    time: np.datetime64
    duration: np.timedelta64
    clip: str
    layout: str
    shape: Shape = field(repr=False)

    @property
    def planes(self) -> dict[str, Pixels]:
        """Of a layout of planes: "y", "cb", "cr" and, where there is one, "alpha"; no copy."""
        return self.shape.split(self.data)

    def picture(self) -> Pixels:
        """What an image file can hold: gray, RGB or RGBA. Of planes it is the luma, 8 bit."""
        if self.shape.planes:
            return (self.planes["y"] >> (self.shape.depth - 8)).astype(np.uint8)
        return self.data[..., ::-1] if self.layout == "bgr24" else self.data

    def __repr__(self) -> str:
        size = "x".join(map(str, self.data.shape))
        return f"<Frame {self.number} of {self.clip}, {self.time}Z, {self.layout} {size}>"

    def _repr_png_(self) -> bytes:
        return images.png(self.picture())


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames in the order in which they were asked for: arrays whose first axis is the frame.

    It has a length, can be iterated over, and `frames[i]` is a Frame; `data`, `number`, `time` and
    `duration` are as in Frame, for all at once."""

    data: Pixels
    number: npt.NDArray[np.int64]
    time: Times
    duration: Spans
    clip: str
    layout: str
    shape: Shape = field(repr=False)

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Frame]:
        return (self[i] for i in range(len(self)))

    @overload
    def __getitem__(self, which: int) -> Frame: ...
    @overload
    def __getitem__(self, which: slice) -> Frames: ...
    def __getitem__(self, which: int | slice) -> Frame | Frames:
        rest = self.clip, self.layout, self.shape
        data = self.data[which]
        if isinstance(which, slice):
            return Frames(data, self.number[which], self.time[which], self.duration[which], *rest)
        number = int(self.number[which])
        return Frame(data, number, self.time[which], self.duration[which], *rest)

    def __repr__(self) -> str:
        size = "x".join(map(str, self.data.shape))
        return f"<Frames: {len(self)} of {self.clip}, {self.layout} {size}>"

    def _repr_png_(self) -> bytes | None:
        return images.png(images.sheet([f.picture() for f in self[:24]])) if len(self) else None
