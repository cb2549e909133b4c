"""Moments and spans of time in the forms that users write, converted to int64 nanoseconds.

A moment is text in the form of ISO 8601 ("2018-07-12T00:05:10.5Z"; without an offset it is UTC), a
datetime (naive: UTC), a numpy.datetime64 or a pandas.Timestamp. A span is text ("10min", "0.5 s",
"1h"), a timedelta, a numpy.timedelta64 or a number of seconds.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

from .errors import UsageError

NS = 1_000_000_000
_UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": NS, "min": 60 * NS, "h": 3600 * NS, "d": 86400 * NS}
_SPAN = re.compile(r"\s*(\d+(?:\.\d*)?)\s*([a-zA-Z]+)\s*")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d([T ]\d\d(:\d\d(:\d\d(\.\d{1,9})?)?)?)?)?)?")
_OFFSET = re.compile(r"(?:([+-])(\d\d):?(\d\d)|[Zz])$")


def _of_text(text: str) -> int:
    moment, away = text.strip(), 0
    offset = _OFFSET.search(moment) if "T" in moment.upper() or " " in moment else None
    if offset:
        moment = moment[: offset.start()]
        if offset[1]:
            minutes = int(offset[2]) * 60 + int(offset[3])
            away = minutes * 60 * NS * (-1 if offset[1] == "-" else 1)
    try:
        if _DATE.fullmatch(moment):
            return int(np.datetime64(moment, "ns").astype("int64")) - away
    except ValueError:  # a thirteenth month
        pass
    raise UsageError(f"time {text!r}: not in the form 2018-07-12T00:05:10.5Z")


def moment(value: Any) -> int:
    """Nanoseconds since 1970-01-01 UTC. Raises UsageError for anything that is no moment."""
    if isinstance(value, str):
        return _of_text(value)
    if hasattr(value, "to_datetime64"):  # pandas: has the nanoseconds that a datetime lacks
        value = value.to_datetime64()
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        since = aware - datetime(1970, 1, 1, tzinfo=timezone.utc)
        return (since.days * 86400 + since.seconds) * NS + since.microseconds * 1000
    if isinstance(value, np.datetime64) and not np.isnat(value):
        return int(value.astype("datetime64[ns]").astype("int64"))
    raise UsageError(f"time {value!r}: neither a text, a datetime nor a datetime64")


def is_moment(value: Any) -> bool:
    """Whether moment() takes the type of the value."""
    return isinstance(value, (str, datetime, np.datetime64)) or hasattr(value, "to_datetime64")


def seconds_from_start(value: Any) -> int:
    """Nanoseconds from the first frame: a number of seconds, a timedelta or a timedelta64, of any
    sign. Raises UsageError for anything else."""
    if isinstance(value, (timedelta, np.timedelta64)):
        return _span(value)
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return nanoseconds(float(value), "time")
    raise UsageError(
        f"time {value!r}: neither a moment nor seconds from the first frame",
        'a moment is "2018-07-12T00:05:10.5Z" or a datetime64; seconds are 12.5 or a timedelta64',
    )


def span(value: Any) -> int:
    """Nanoseconds, more than 0. Raises UsageError for anything that is no span."""
    ns = _span(value)
    if ns <= 0:
        raise UsageError(f"span {value!r}: not more than 0")
    return ns


def _span(value: Any) -> int:
    if isinstance(value, str):
        match = _SPAN.fullmatch(value)
        if not match or match[2].lower() not in _UNITS:
            raise UsageError(f'span {value!r}: not in the form "10min" ({", ".join(_UNITS)})')
        return round(float(match[1]) * _UNITS[match[2].lower()])
    if isinstance(value, timedelta):
        return (value.days * 86400 + value.seconds) * NS + value.microseconds * 1000
    if isinstance(value, np.timedelta64):  # an np.integer as well
        if np.isnat(value):
            raise UsageError("span NaT: not a span of time")
        return int(value.astype("timedelta64[ns]").astype("int64"))
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return nanoseconds(float(value), "span")
    raise UsageError(f"span {value!r}: neither a text, a timedelta nor a number of seconds")


def text(ns: int) -> str:
    """2018-07-12T00:05:10.5Z"""
    whole = str(np.datetime64(ns, "ns"))
    return (whole.rstrip("0").rstrip(".") if "." in whole else whole) + "Z"


def nanoseconds(seconds: float, what: str) -> int:
    """Seconds in nanoseconds. Raises UsageError for NaN, an infinity and more than 64 bits hold."""
    if not math.isfinite(seconds) or abs(seconds) * NS >= 2**63:
        raise UsageError(f"{what} {seconds!r}: not a finite number of seconds")
    return round(seconds * NS)


def as_datetime64(ns: int) -> np.datetime64:
    """For NumPy and pandas."""
    return np.datetime64(ns, "ns")
