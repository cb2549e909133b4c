"""Frames as files, which appear under their names when they are complete."""

from __future__ import annotations

import errno
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from . import _native, images
from .errors import (
    AlreadyExistsError,
    CamzarrError,
    CancelledError,
    DeniedError,
    InputOutputError,
    StoreFullError,
    UnsupportedError,
)
from .progress import Progress, Step, Watch, run
from .times import text

if TYPE_CHECKING:
    from .clip import Clip
    from .views import ViewOptions

ENDINGS = (".png", ".tif", ".tiff", ".npy", ".icpf")


def _content(clip: Clip, number: int, ending: str, view: ViewOptions) -> bytes:
    if ending == ".icpf":
        if view:
            raise UnsupportedError(f"frame {number}: a frame as recorded has no {', '.join(view)}")
        return clip.raw(number)
    frame = clip.get_frame_at(number, **view)
    if ending == ".npy":
        file = io.BytesIO()
        np.save(file, frame.data)
        return file.getvalue()
    if frame.shape.planes:
        raise UnsupportedError(
            f"frame {number}: {ending} cannot hold {frame.layout}", 'layout="gray16le", or .npy'
        )
    when = text(int(frame.time.astype("int64")))
    described = f"clip {clip.name}, frame {frame.number}, {when}, from {clip.facts.source_name}"
    form = images.png if ending == ".png" else images.tiff
    return form(frame.picture(), described)


def _publish(path: Path, produce: Callable[[BinaryIO], object], overwrite: bool) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            produce(file)
        os.chmod(name, 0o666 & ~_mask())
        if overwrite:
            os.replace(name, path)
        else:
            os.link(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def _mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _create(target: Path, produce: Callable[[BinaryIO], object], overwrite: bool) -> None:
    """Write a file by produce(), which gets its name when it is complete."""
    if not overwrite and target.exists():
        raise AlreadyExistsError(f"{target}: exists", "overwrite=True replaces it")
    try:
        _publish(target, produce, overwrite)
    except CamzarrError:
        raise
    except FileExistsError:
        raise AlreadyExistsError(f"{target}: exists", "overwrite=True replaces it") from None
    except PermissionError as error:
        raise DeniedError(f"{target}: {error.strerror}") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFullError(f"{target}: {error.strerror}") from None
        missing = not target.parent.is_dir()
        hint = f"os.makedirs({str(target.parent)!r}) creates the folder" if missing else ""
        raise InputOutputError(f"{target}: {error.strerror}", hint) from None


def write(clip: Clip, number: int, path: Any, overwrite: bool, view: ViewOptions) -> None:
    """As Clip.write()."""
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise UnsupportedError(f"{target}: unknown file extension", f"one of {', '.join(ENDINGS)}")
    if not overwrite and target.exists():
        raise AlreadyExistsError(f"{target}: exists", "overwrite=True replaces it")
    content = _content(clip, number, ending, view)
    _create(target, lambda file: file.write(content), overwrite)


def write_movie(clip: Clip, numbers: list[int], path: Any, overwrite: bool) -> None:
    """As Clip.write_movie()."""
    target = Path(path)
    container = _native.CONTAINERS.get(target.suffix.lower())
    if container is None:
        endings = ", ".join(_native.CONTAINERS)
        raise UnsupportedError(f"{target}: unknown file extension", f"one of {endings}")
    movie = container
    _create(
        target,
        lambda file: _native.movie_write(clip._handle, movie, numbers, file.write),
        overwrite,
    )


def restore(clip: Clip, path: str | os.PathLike[str], overwrite: bool, progress: Watch) -> None:
    """As Clip.restore()."""

    def produce(file: BinaryIO) -> None:
        def call(step: Step) -> None:
            done = 0

            def write(data: bytes) -> None:
                nonlocal done
                done += file.write(data)
                if step(Progress(done, clip.facts.source_bytes)):
                    raise CancelledError(f"{clip.name}: stopped")

            _native.restore(clip._handle, write)

        run(call, progress, clip.name)

    _create(Path(path), produce, overwrite)
