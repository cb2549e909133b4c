"""NWB: a clip as an ImageSeries with external files, through pynwb. export() calls write()."""

from __future__ import annotations

import os
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _native
from .clip import Clip
from .errors import InputOutputError, UnsupportedError, UsageError
from .movie import Movie

NS_PER_US = 1000
NS = 10**9


def write(clip: Clip, source: str | None, attributes: dict[str, Any], folder: Path, name: str) -> None:
    """Write a file of that name, which will lie in `folder`: paths in it are relative to that."""
    try:
        import pynwb
    except ImportError as error:
        raise UnsupportedError(f"nwb: {error.name} is not installed", "pip install pynwb") from None
    if clip.facts.start_from == "none":
        raise UnsupportedError(f"{clip.name}: its start is unknown, and NWB requires one")
    start = int(clip.facts.start.astype("int64"))
    session = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=start // NS_PER_US)
    file = pynwb.NWBFile(
        session_description=_described(clip, attributes),
        identifier=f"{clip.name} {clip.facts.source_md5}".strip(),
        session_start_time=session,
        file_create_date=session,  # no clock in what is written
        session_id=clip.name,
        was_generated_by=[["camzarr", _native.version()]],
        **_about(clip, attributes),
    )
    instrument = str(attributes.get("instrument", "camera"))
    device = file.create_device(name=instrument.replace("/", "-"), description="the camera")
    file.add_acquisition(_series(clip, source, folder, session, device))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The file path provided")  # it is renamed when complete
            with pynwb.NWBHDF5IO(name, "w") as io:
                io.write(file)
    except OSError as error:
        raise InputOutputError(f"{name}: {error}") from None


def _series(clip: Clip, source: str | None, folder: Path, session: datetime, device: Any) -> Any:
    from pynwb.image import ImageSeries

    files, starting_frame = _files(clip, source, folder)
    first = (session - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * NS_PER_US
    times = clip.index["time"].astype("int64") - first
    return ImageSeries(
        name="video",
        description="ProRes frames as the camera recorded them; times as in the MOV",
        format="external",
        external_file=files,
        starting_frame=starting_frame,
        dimension=[clip.facts.width, clip.facts.height],
        num_samples=len(clip),
        unit="n.a.",
        device=device,
        **_times(times),
    )


def _times(times: npt.NDArray[np.int64]) -> dict[str, Any]:
    """In seconds, from nanoseconds since the session began: a rate where it is exact, else a time for
    each frame."""
    steps = np.unique(np.diff(times))
    if len(steps) == 1 and steps[0] > 0 and NS % int(steps[0]) == 0:
        return {"starting_time": int(times[0]) / NS, "rate": float(NS // int(steps[0]))}
    return {"timestamps": times / NS}


def _files(clip: Clip, source: str | None, folder: Path) -> tuple[list[str], list[int]]:
    """The MOV or, without its address, the shards, which are movies; and their first frames."""
    if isinstance(clip, Movie):
        return [_relative(source or clip.url, folder)], [0]
    if source is not None:
        address = source + clip.facts.source_name if source.endswith("/") else source
        return [_relative(address, folder)], [0]
    if not clip.index["shard_offset"].any():
        raise UsageError(f"{clip.name}: the shards of Zarr version 2 are no movies", "source= names the MOV")
    if not clip.index["size"].all():
        raise UsageError(f"{clip.name}: its shards lack frames", "source= names the MOV")
    each = clip.facts.frames_per_shard
    starting = list(range(0, len(clip), each))
    base = f"{clip.store.url.rstrip('/')}/clips/{clip.name}/video/video/c"
    return [_relative(f"{base}/{i}/0/0/0", folder) for i in range(len(starting))], starting


def _relative(place: str, folder: Path) -> str:
    """A path relative to the folder of the file, as NWB recommends; an address as it is."""
    place = place.removeprefix("file://")
    return place if "://" in place else os.path.relpath(place, folder)


def _described(clip: Clip, attributes: dict[str, Any]) -> str:
    text = str(attributes.get("comment", "")).strip()
    return text or f"Video clip {clip.name} from {clip.facts.source_name}."


def _about(clip: Clip, attributes: dict[str, Any]) -> dict[str, Any]:
    """Members of the file by the owner's attributes, and where the clip comes from."""
    facts = clip.facts
    notes = [f"source {facts.source_name}, {facts.source_bytes} bytes"]
    notes += [f"MD5 {facts.source_md5}"] if facts.source_md5 else []
    notes += [f"{facts.codec}, {facts.rate} frames per second, {facts.interlace}"]
    notes += [f"license: {attributes['license']}"] if "license" in attributes else []
    found: dict[str, Any] = {"notes": "; ".join(notes)}
    for member, name in (("institution", "institution"), ("experiment_description", "project")):
        if isinstance(attributes.get(name), str):
            found[member] = attributes[name]
    words = [word.strip() for word in str(attributes.get("keywords", "")).split(",")]
    if any(words):
        found["keywords"] = [word for word in words if word]
    return found
