"""The sound of a clip: a sound track of its MOV, as a lazy array of samples and channels.

    sound = clip.audio
    sound[: 10 * sound.rate]                 # the first ten seconds, all channels
    sound[:, 0]                              # all of one channel
    np.asarray(sound)                        # everything
"""

from __future__ import annotations

import operator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _native
from .errors import UnsupportedError, UsageError

if TYPE_CHECKING:
    from .clip import Clip

SOUND = ("uint8", "int8", "int16", "int32", "int32", "float32", "float64")  # by cz_sample_format
BITS = (8, 8, 16, 24, 32, 32, 64)
BLOCK = 1 << 20  # values that a read with a step has in memory beside its result


class Audio:
    """A sound track of a clip: a lazy, read-only array of shape (samples, channels).

    `Clip.audio` and `Clip.audio_tracks` make it. Indexing with an integer or a slice, for samples and
    for channels, reads these samples and returns a NumPy array. Values are those recorded: PCM of 24
    bits is int32 from -2**23 to 2**23 - 1.

    Attributes
    ----------
    track : int
        Its number in the MOV, as `camzarr info` shows it.
    codec : str
        As in the MOV: "in24", "sowt", "lpcm", ...
    bits : int
        Of a sample as recorded.
    rate : int
        Samples of a channel per second.
    channels : int
    dtype : numpy.dtype
    shape : tuple of int
        (samples, channels).
    start : numpy.datetime64
        Time of the first sample, on the scale of the clip's `time`.

    Examples
    --------
    >>> sound = clip.audio
    >>> minute = sound[: 60 * sound.rate, 0]
    """

    def __init__(self, clip: Clip, handle: _native.Handle, number: int) -> None:
        self._clip = clip  # the library needs it open
        self._handle = handle
        self._number = number
        facts = _native.audio_facts(handle)
        self.track: int = facts["track"]
        self.codec: str = facts["codec"]
        self.bits: int = BITS[facts["format"]]
        self.rate: int = facts["rate"]
        self.channels: int = facts["channels"]
        self.dtype = np.dtype(SOUND[facts["format"]])
        self.shape: tuple[int, int] = (facts["samples"], facts["channels"])
        self.start = np.datetime64(facts["start"], "ns")

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (self._clip, self._number)

    @property
    def ndim(self) -> int:
        """2"""
        return 2

    @property
    def size(self) -> int:
        """Values of all channels."""
        return self.shape[0] * self.shape[1]

    @property
    def nbytes(self) -> int:
        """Bytes of all of it as an array."""
        return self.size * self.dtype.itemsize

    @property
    def duration(self) -> timedelta:
        """How long it lasts."""
        return timedelta(seconds=self.shape[0] / self.rate)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> npt.NDArray[Any]:
        rows, columns = key if isinstance(key, tuple) and len(key) == 2 else (key, slice(None))
        if isinstance(rows, slice):
            return self._slice(rows, columns)
        number = self._one(rows, len(self), "sample")
        sample: npt.NDArray[Any] = self._read(number, 1)[0, self._channel(columns)]
        return sample

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("a copy is needed: the samples are read")
        values = self[:]
        return values if dtype is None else values.astype(dtype, copy=False)

    def __repr__(self) -> str:
        return (
            f"<camzarr.Audio of {self._clip.name}: track {self.track}, {self.codec}, "
            f"{self.shape[0]} samples, {self.channels} channels, {self.rate} Hz>"
        )

    def _slice(self, rows: slice, columns: Any) -> npt.NDArray[Any]:
        wanted = range(len(self))[rows]
        channel = self._channel(columns)
        if wanted.step == 1:
            return self._read(wanted.start, len(wanted))[:, channel]
        lowest = wanted if wanted.step > 0 else wanted[::-1]
        step = lowest.step
        parts = [self._read(0, 0)[:, channel]]
        each = max(1, BLOCK // (self.channels * step))  # rows of the result in a block
        for first in range(0, len(lowest), each):
            block = lowest[first : first + each]
            parts.append(self._read(block[0], block[-1] - block[0] + 1)[::step, channel])
        found = np.concatenate(parts)
        return found if wanted.step > 0 else found[::-1]

    def _channel(self, columns: Any) -> Any:
        return columns if isinstance(columns, slice) else self._one(columns, self.channels, "channel")

    def _one(self, number: Any, count: int, what: str) -> int:
        try:
            index = operator.index(number)
        except TypeError:
            raise UsageError(f"{number!r}: not an integer or a slice", "sound[0:48000, 1]") from None
        if not -count <= index < count:
            raise IndexError(f"{what} {index} of {self._clip.name}: there are {count}")
        return index % count

    def _read(self, first: int, count: int) -> npt.NDArray[Any]:
        out = np.empty((count, self.channels), self.dtype)
        _native.audio_read(self._handle, out, first, count)
        return out


def open_tracks(clip: Clip, handle: _native.Handle) -> tuple[Audio, ...]:
    """The sound tracks of a clip that can be read."""
    found: list[Audio] = []
    number = 0
    while True:
        try:
            opened = _native.audio_open(handle, number)
        except UnsupportedError:
            opened = None
        else:
            if opened is None:
                return tuple(found)
            found.append(Audio(clip, opened, number))
        number += 1


def open_track(clip: Clip, handle: _native.Handle, number: int) -> Audio | None:
    """One of them; None if there are no more."""
    opened = _native.audio_open(handle, number)
    return None if opened is None else Audio(clip, opened, number)


def _reopen(clip: Clip, number: int) -> Audio:
    track = clip._sound(number)
    assert track is not None, "it was opened before"
    return track
