"""Damage never reads as data: with any one bit of a store flipped, each function of the package gives what
it gives of the sound store, or raises."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import camzarr
from camzarr import camhd
from camzarr.xarray_engine import CamzarrBackend
from conftest import COMMAND, USUAL, run
from maker import make

FLIPS = 1000 if os.environ.get("CZ_FULL") else 60  # of each version


@pytest.fixture(scope="module", params=[3, 2])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one clip."""
    folder = tmp_path_factory.mktemp(f"flips{request.param}")
    made = make(USUAL, folder)
    shards = ["--frames-per-shard", "6"] if request.param == 3 else []
    options = ["--quiet", "--zarr-format", request.param, "--no-catalog", *shards]
    run(COMMAND, "convert", *options, made.path, folder / "store")
    return folder / "store"


def plain(value: Any) -> Any:
    """What can be compared."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    return value


def in_steps(clip: camzarr.Clip) -> bytes:
    """The MOV, in small reads."""
    size, step = clip.facts.source_bytes, 5000
    return b"".join(clip.source_bytes(at, min(step, size - at)) for at in range(0, size, step))


def with_camhd(store: camzarr.Store, name: str, read: Callable[[str], Any]) -> Any:
    """One of PyCamHD's functions."""
    camhd.use(store)
    try:
        return read(f"{name}.mov")
    finally:
        camhd.use(None)


def written(clip: camzarr.Clip, to: Path) -> bytes:
    """A frame's file."""
    to.unlink(missing_ok=True)
    try:
        clip.write(7, to)
    except camzarr.CamzarrError:
        assert not to.exists()
        raise
    return to.read_bytes()


def reads(path: Path, name: str, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What there is to read, each by a clip that is opened for it."""

    def store() -> camzarr.Store:
        return camzarr.open(path)

    def clip() -> camzarr.Clip:
        return store()[name]

    def dataset() -> Any:
        return CamzarrBackend().open_dataset(str(path), clip=name)

    yield "names", lambda: store().names
    yield "facts", lambda: [repr(facts) for facts in store().clips]
    yield "clip", lambda: repr(clip().facts)
    for column in clip().index:
        yield f"index {column}", lambda column=column: clip().index[column]
    yield "duration", lambda: clip().duration
    yield "raws", lambda: clip().raws(range(len(clip())))
    for frame in range(0, len(clip()), 3):
        yield f"raw {frame}", lambda frame=frame: clip().raw(frame)
    yield "source", lambda: clip().source_bytes(0, clip().facts.source_bytes)
    yield "source in steps", lambda: in_steps(clip())
    yield "pictures", lambda: clip()[:].data
    yield "gray", lambda: clip().get_frames_at([1, 8], layout="gray16le", scale=2).data
    yield "at a time", lambda: clip().get_frame_played_at(0.2).data
    yield "at a moment", lambda: store().at(clip().time[5]).data
    yield "write", lambda: written(clip(), folder / "x.png")
    yield "table", lambda: repr(CamzarrBackend().open_dataset(str(path)))
    yield "video", lambda: dataset().video[2:9, 3:30, ::2].values
    yield "luma", lambda: dataset().luma[4].values
    yield "crc32c", lambda: dataset().crc32c.values
    yield "moov", lambda: with_camhd(store(), name, camhd.get_moov_atom)
    yield "frame sizes", lambda: with_camhd(store(), name, camhd.get_frame_sizes)
    yield "frame data", lambda: with_camhd(store(), name, lambda file: camhd.get_frame_data(file, 3))


def answer(read: Callable[[], Any]) -> Any:
    """What it gives; None when it raises."""
    try:
        return plain(read())
    except camzarr.CamzarrError:
        return None


def test_every_read_is_right_or_raises(path: Path, tmp_path: Path) -> None:
    (name,) = camzarr.open(path).names
    every = dict(reads(path, name, tmp_path))
    truth = {what: answer(read) for what, read in every.items()}
    assert None not in truth.values(), [what for what, value in truth.items() if value is None]
    places = random.Random(9)
    objects = sorted(p for p in path.rglob("*") if p.is_file() and p.stat().st_size > 0)
    failed = 0
    for i in range(FLIPS):
        damaged = objects[i] if i < len(objects) else places.choice(objects)
        was = damaged.read_bytes()
        data = bytearray(was)
        data[places.randrange(len(was))] ^= 1 << places.randrange(8)
        damaged.write_bytes(data)
        for what, read in every.items():
            got = answer(read)
            failed += got is None
            assert got is None or got == truth[what], f"{what}: {damaged.relative_to(path)}"
        damaged.write_bytes(was)
    assert failed > FLIPS
