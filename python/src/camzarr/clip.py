"""A clip: one recording, its facts, its index and its frames.

    clip = camzarr.open("/data/camhd")["CAMHDA301-20180712T001500"]
    clip.get_frame_at(7500)                                  # torchcodec's names ...
    clip.get_frames_played_in_range(60, 61)                  # seconds from the first frame
    clip[7500]                                               # ... or indices
    clip["2018-07-12T00:05:10.5Z"]                           # ... or moments
    clip[::300]; clip["2018-07-12T00:05":"2018-07-12T00:06"]

What decodes takes the members of View by name: layout, scale, fields, region, conceal, threads.
A clip is opened once and can be shared between threads. It pickles by address.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from . import _native, display, files
from .errors import FrameNotFoundError, UnsupportedError, UsageError
from .facts import Facts
from .frame import Frame, Frames, Spans, Times
from .times import NS, is_moment, moment
from .views import FIELDS, Shape, View, as_pictures, shape_of

if TYPE_CHECKING:
    import pandas as pd

    from .store import Store

Integers = Sequence[int] | range | npt.NDArray[np.integer[Any]]


class Index(Mapping[str, npt.NDArray[Any]]):
    """The frame index: columns by name, one value a frame, not to be written to. `time` is
    datetime64[ns]. Each is read when it is asked for first."""

    def __init__(self, handle: _native.Handle, frames: int, names: Sequence[str]) -> None:
        self._handle = handle
        self._frames = frames
        self._names = names
        self._kept: dict[str, npt.NDArray[Any]] = {}

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name not in _native.COLUMNS:
            raise KeyError(f"{name!r}: not one of {', '.join(_native.COLUMNS)}")
        if name not in self._kept:
            values = _native.column(self._handle, name, self._frames)
            self._kept[name] = values.view("datetime64[ns]") if name == "time" else values
        return self._kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<Index: {', '.join(self)}; {self._frames} frames>"

    def to_pandas(self) -> pd.DataFrame:
        """As a table whose index is the frame's number."""
        import pandas as pd

        return pd.DataFrame(dict(self)).rename_axis("frame")


class Clip:
    """See the module. Made by `store[name]`, and by open_movie()."""

    _columns: Sequence[str] = tuple(_native.COLUMNS)

    def __init__(self, handle: _native.Handle, store: Store | None) -> None:
        self._handle = handle
        self._store = store
        self.facts = Facts.of(_native.clip_facts(handle))
        self.index = Index(handle, self.facts.frames, self._columns)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (self.store.url, self.name)

    @property
    def name(self) -> str:
        """Of the clip in its store; of a MOV its file name without the ending."""
        return self.facts.name

    @property
    def store(self) -> Store:
        """That it was opened from. Raises UnsupportedError for a MOV."""
        if self._store is None:
            raise UnsupportedError(f"{self.facts.source_name}: a MOV by itself has no store")
        return self._store

    def __len__(self) -> int:
        return self.facts.frames

    # ---- Times

    @property
    def time(self) -> Times:
        """When each frame is shown, UTC."""
        return self.index["time"]

    @cached_property
    def duration(self) -> Spans:
        """How long each frame is shown: until the next one."""
        return np.diff(self.time, append=self.facts.end)

    def number_at(self, when: Any) -> int:
        """The frame that is shown then. `when`: a moment (times.py), or seconds from the first
        frame. Raises NotFoundError before the first frame and when the last one is over."""
        return _native.frame_at(self._handle, self._moment(when))

    def _moment(self, when: Any) -> int:
        if is_moment(when):
            return moment(when)
        if isinstance(when, (int, float, np.integer, np.floating)):
            return int(self.time[0].astype("int64")) + round(float(when) * NS)
        raise UsageError(f"time {when!r}: neither a moment nor seconds from the first frame")

    def _range_at(self, start: Any, stop: Any) -> npt.NDArray[np.int64]:
        """Frames that are shown at some moment of [start, stop)."""
        time = self.time.astype("int64")
        over = time + self.duration.astype("int64")
        wanted = np.ones(len(self), bool)
        if start is not None and start is not ...:
            wanted &= over > self._moment(start)
        if stop is not None and stop is not ...:
            wanted &= time < self._moment(stop)
        return np.nonzero(wanted)[0]

    # ---- Frames as recorded

    def raw(self, number: int) -> bytes:
        """The bytes of a frame, as the camera recorded them."""
        if type(number) is not int or not 0 <= number < self.facts.frames:
            (number,) = self._numbers((number,))
        return _native.frame_raw(self._handle, number, self._sizes[number])

    def raws(self, numbers: Integers) -> list[bytes]:
        """Those of many: fetched together."""
        wanted = self._numbers(numbers)
        return _native.frames_raw(self._handle, wanted, [self._sizes[n] for n in wanted])

    @cached_property
    def _sizes(self) -> list[int]:
        """Of the frames, as ctypes likes them best."""
        sizes: list[int] = self.index["size"].tolist()
        return sizes

    def source_bytes(self, offset: int, size: int) -> bytes:
        """Any bytes of the MOV: what lies between its frames, too."""
        if offset < 0 or size < 0:
            raise UsageError(f"{size} bytes at {offset}: neither may be less than 0")
        return _native.source_read(self._handle, offset, size)

    # ---- Pictures

    def shape(self, **view: Any) -> Shape:
        """What a picture of that view is, as an array. Nothing is read."""
        return self._plan(View(**view))[1]

    def get_frame_at(self, index: int, **view: Any) -> Frame:
        """A frame by its number; negative ones count from the end."""
        return self.get_frames_at([index], **view)[0]

    def get_frames_at(self, indices: Integers, **view: Any) -> Frames:
        """Frames by number, in any order and with repetitions, fetched and decoded together."""
        return self._frames(self._numbers(indices), View(**view))

    def get_frames_in_range(self, start: int, stop: int, step: int = 1, **view: Any) -> Frames:
        """Frames start, start + step, ... before stop."""
        return self.get_frames_at(range(start, stop, step), **view)

    def get_frame_played_at(self, seconds: Any, **view: Any) -> Frame:
        """The frame that is shown `seconds` after the first one begins, or at a moment."""
        return self.get_frame_at(self.number_at(seconds), **view)

    def get_frames_played_at(self, seconds: Sequence[Any], **view: Any) -> Frames:
        """The same for many times at once."""
        return self.get_frames_at([self.number_at(s) for s in seconds], **view)

    def get_frames_played_in_range(self, start: Any, stop: Any, **view: Any) -> Frames:
        """Frames that are shown in [start, stop): seconds from the first one, or moments."""
        return self.get_frames_at(self._range_at(start, stop), **view)

    def write(self, number: int, path: Any, *, overwrite: bool = False, **view: Any) -> None:
        """A frame as a file, by the ending of its name: .png, .tif, .npy, or .icpf for the frame as
        recorded. Raises AlreadyExistsError if the file is there, unless it may be overwritten."""
        files.write(self, number, path, overwrite, view)

    def write_movie(
        self, path: Any, frames: slice | Integers = slice(None), *, overwrite: bool = False
    ) -> None:
        """Frames as a movie of their own, by stream copy (nothing is decoded): `.mov`, or `.avi` for
        tools that want it. `frames` is a slice or ascending numbers; each frame is shown until the
        next one is due, so a movie of every 30th frame takes as long as the clip.
        Raises AlreadyExistsError, UsageError (numbers that do not ascend), UnsupportedError (another ending; AVI beyond
        2 GiB or without one constant rate)."""
        chosen = range(*frames.indices(len(self))) if isinstance(frames, slice) else frames
        files.write_movie(self, self._numbers(chosen), path, overwrite)

    @overload
    def __getitem__(self, which: slice) -> Frames: ...
    @overload
    def __getitem__(self, which: Any) -> Frame: ...
    def __getitem__(self, which: Any) -> Frame | Frames:
        """RGB: by number, by moment, or by a slice of either. A slice of moments ends before its
        second one; `...` or nothing stands for the clip's own end."""
        if not isinstance(which, slice):
            return self.get_frame_at(self.number_at(which) if is_moment(which) else which)
        if is_moment(which.start) or is_moment(which.stop):
            return self.get_frames_at(self._range_at(which.start, which.stop)[:: which.step])
        return self.get_frames_at(range(*which.indices(len(self))))

    def __iter__(self) -> Iterator[Frame]:
        """All frames in their order; some are decoded ahead."""
        for start in range(0, len(self), 16):
            yield from self.get_frames_in_range(start, min(start + 16, len(self)))

    # ---- How it is done

    def _numbers(self, numbers: Integers) -> list[int]:
        count = self.facts.frames
        try:
            asked = [operator.index(n) for n in numbers]
        except TypeError:
            raise UsageError(f"frames {numbers!r}: not numbers of frames") from None
        for n in asked:
            if not -count <= n < count:
                raise FrameNotFoundError(f"frame {n} of {self.name}: it has frames 0 to {count - 1}")
        return [n % count for n in asked]

    def _plan(self, view: View) -> tuple[_native.CView, Shape]:
        whole = view.whole().native(0, 0)
        told = _native.shape_of(self._handle, whole)
        if view.region is not None:
            part = view.native(told.height, told.width)
            return part, shape_of(view.layout, _native.shape_of(self._handle, part))
        return whole, shape_of(view.layout, told)

    def _frames(self, numbers: list[int], view: View) -> Frames:
        native, shape = self._plan(view)
        rows = np.empty((len(numbers), shape.bytes), np.uint8)
        _native.pictures(self._handle, native, numbers, rows)
        late = self._lateness(view.fields)
        return Frames(
            as_pictures(shape, rows),
            np.array(numbers, np.int64),
            self.time[numbers] + np.timedelta64(late, "ns"),
            self.duration[numbers],
            self.name,
            view.layout,
            shape,
        )

    def _lateness(self, fields: str) -> int:
        """How long after a frame's time that field of it was taken."""
        code = FIELDS.index(fields)
        return _native.field_time(self._handle, code, 0) - _native.field_time(self._handle, 0, 0)

    # ---- What people see

    def __repr__(self) -> str:
        f = self.facts
        return f"<Clip {f.name}: {f.frames} frames of {f.width}x{f.height}, {f.codec}, from {f.start}Z>"

    def _repr_html_(self) -> str:
        return display.clip(self)


@lru_cache(8)
def _store_at(url: str) -> Store:
    """Of one process: each task that brings a clip along doesn't open its store again."""
    from .store import open

    return open(url)


def _reopen(url: str, name: str) -> Clip:
    return _store_at(url)[name]
