"""The conventions CF and ACDD: scalar coordinates of the camera, and what the columns of tables are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

About = dict[str, Any]

PLACES = ("lat", "lon", "depth", "altitude")  # scalar coordinates that there can be


def common(each: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Attributes that all have with equal values, in the order of the first."""
    first, *others = each
    return {k: v for k, v in first.items() if all(k in o and o[k] == v for o in others)}


def positions(attributes: Mapping[str, Any]) -> dict[str, tuple[float, About]]:
    """Scalar coordinates of the camera, by the owner's attributes.

    Parameters
    ----------
    attributes : mapping
        Of a store, a clip or an export.

    Returns
    -------
    dict
        Value and attributes of `lat`, `lon` and `depth` or `altitude`. Those are absent that have no
        attributes, or a range of values (docs/format.md, Positions).
    """

    def point(axis: str) -> float | None:
        ends = [attributes.get(f"geospatial_{axis}_{end}") for end in ("min", "max")]
        same = all(isinstance(end, (int, float)) for end in ends) and ends[0] == ends[1]
        return float(ends[0]) if same else None  # type: ignore[arg-type]

    found: dict[str, tuple[float, About]] = {}

    def add(name: str, standard: str, units: str, value: float, **more: str) -> None:
        about = {"standard_name": standard, "long_name": f"{standard} of the camera", "units": units}
        found[name] = (value, about | more)

    if (value := point("lat")) is not None:
        add("lat", "latitude", "degrees_north", value)
    if (value := point("lon")) is not None:
        add("lon", "longitude", "degrees_east", value)
    positive = attributes.get("geospatial_vertical_positive")
    if (value := point("vertical")) is not None and positive in ("down", "up"):
        name = "depth" if positive == "down" else "altitude"
        add(name, name, attributes.get("geospatial_vertical_units", "m"), value, positive=positive)
    return found


def _column(long_name: str, units: str = "") -> Mapping[str, str]:
    return MappingProxyType({"long_name": long_name} | ({"units": units} if units else {}))


def _moment(long_name: str) -> Mapping[str, str]:
    scale = {"standard_name": "time", "units_metadata": "leap_seconds: none"}
    return MappingProxyType(scale | {"long_name": long_name})


# Of the members of Facts. Texts have no units, and xarray adds those of times.
CLIPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "name": _column("name of the clip"),
        "frames": _column("number of frames", "1"),
        "width": _column("width of a picture in pixels", "1"),
        "height": _column("height of a picture in pixels", "1"),
        "codec": _column("code of the codec in QuickTime"),
        "rate": _column("nominal frames a second", "s-1"),
        "start": _moment("time at which the first frame is shown"),
        "end": _moment("time at which the last frame ends"),
        "start_from": _column("what the start was taken from"),
        "chroma": _column("chroma sampling"),
        "alpha_bits": _column("bits of a sample of alpha, 0 without alpha", "1"),
        "matrix": _column("code of the matrix of Y'CbCr in ITU-T H.273", "1"),
        "interlace": _column("order of the fields"),
        "frames_per_shard": _column("frames of an object of the store", "1"),
        "damaged_frames": _column("number of frames that were damaged in the source", "1"),
        "recovered": _column("whether the frames were found by their own headers"),
        "source_name": _column("file name of the source"),
        "source_bytes": _column("size of the source", "byte"),
        "source_md5": _column("MD5 of the source, in hexadecimal digits"),
    }
)
