"""Sums, means, variances and extremes of frames, computed batch by batch.

Sums are exact, so sums and means equal those of NumPy over all frames at once. A variance is
computed from sums of differences from the first frame, which are exact as well where `axis` is 0.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Axis = int | Sequence[int] | None
Axes = tuple[int, ...]

_UNSIGNED = (np.uint16, np.uint32, np.uint64)


def axes_of(axis: Axis, ndim: int) -> Axes:
    """Axes as numbers from 0, ascending. Raises numpy's AxisError for others."""
    if axis is None:
        return tuple(range(ndim))
    found = []
    for one in axis if isinstance(axis, Sequence) else [axis]:
        number = operator.index(one)
        if not -ndim <= number < ndim:
            raise np.exceptions.AxisError(number, ndim)
        found.append(number % ndim)
    if len(set(found)) < len(found):
        raise ValueError("duplicate value in 'axis'")
    return tuple(sorted(found))


def _exact_sum(data: Array, axes: Axes) -> Array:
    """The outermost axis first, in the narrowest type that holds the result: NumPy reduces those
    fastest."""
    bound = int(np.iinfo(data.dtype).max)
    for done, axis in enumerate(axes):
        bound *= data.shape[axis - done]
        dtype = next((t for t in _UNSIGNED if bound <= np.iinfo(t).max), np.uint64)
        data = np.add.reduce(data, axis=axis - done, dtype=dtype)
    return np.asarray(data)


def _combine(
    parts: Iterator[Array], add: Callable[..., Any], axes: Axes, dtype: npt.DTypeLike | None = None
) -> Array:
    """Results of batches as one: combined where time is reduced, else one after the other."""
    if 0 not in axes:
        return np.concatenate(list(parts), dtype=dtype)
    whole = np.array(next(parts), dtype)  # a copy
    for part in parts:
        add(whole, part, out=whole)
    return whole


def total(batches: Iterable[Array], axes: Axes) -> Array:
    """Sums, of uint64."""
    return _combine((_exact_sum(data, axes) for data in batches), np.add, axes, np.uint64)


def extreme(batches: Iterable[Array], axes: Axes, of: np.ufunc) -> Array:
    """Minima or maxima: `of` is np.minimum or np.maximum."""
    return _combine((np.asarray(of.reduce(data, axis=axes)) for data in batches), of, axes)


def variance(batches: Iterable[Array], axes: Axes, count: int, ddof: float) -> Array:
    """Variances of `count` values each, of float64."""
    inner = tuple(axis - 1 for axis in axes if axis > 0)
    frames = (frame for data in batches for frame in data)
    if 0 in axes:
        return _over_time(frames, inner, count, ddof)
    return np.array([np.var(frame, axis=inner, ddof=ddof) for frame in frames])


def _over_time(frames: Iterator[Array], inner: Axes, count: int, ddof: float) -> Array:
    first = next(frames)
    wide = np.int32 if first.dtype == np.uint8 else np.int64
    about = np.rint(first.mean(axis=inner, keepdims=True)) if inner else first
    about = about.astype(wide)
    kind = np.float64 if inner else np.int64  # sums over all pixels could pass 64 bits
    shape = tuple(n for axis, n in enumerate(first.shape) if axis not in inner)
    sums, squares = np.zeros(shape, kind), np.zeros(shape, kind)
    away = np.empty(first.shape, wide)
    frame: Array | None = first
    while frame is not None:
        np.subtract(frame, about, out=away, casting="unsafe")
        sums += away.sum(axis=inner, dtype=np.int64) if inner else away
        np.multiply(away, away, out=away)
        squares += away.sum(axis=inner, dtype=np.int64) if inner else away
        frame = next(frames, None)
    mean = sums / count
    with np.errstate(divide="ignore", invalid="ignore"):  # ddof as large as count: as NumPy
        found: Array = np.maximum(squares - sums * mean, 0) / max(count - ddof, 0)
    return found
