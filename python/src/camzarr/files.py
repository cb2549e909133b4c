"""Frames as files, which appear under their names when they are complete."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

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
    UsageError,
)
from .progress import Progress, Step, Watch, run
from .times import text
from .views import ViewOptions

if TYPE_CHECKING:
    from .clip import Clip
    from .frame import Frame

ONE = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".icpf")  # a file holds one frame
MANY = (".npy", ".yuv", *_native.CONTAINERS)
QUALITY = 95  # of JPEG, as the command's

_NUMBER = re.compile(r"%(0\d{1,2})?d")


class Options(NamedTuple):
    """Options of Clip.write(). `quality`: as the user gave it."""

    overwrite: bool
    quality: int | None
    view: ViewOptions


def _encoded(clip: Clip, frame: Frame, ending: str, options: Options) -> bytes:
    if frame.shape.planes:
        raise UnsupportedError(
            f"frame {frame.number}: {ending} cannot hold {frame.layout}",
            'layout="gray16le", or .npy',
        )
    when = text(int(frame.time.astype("int64")))
    described = f"clip {clip.name}, frame {frame.number}, {when}, from {clip.facts.source_name}"
    if ending == ".png":
        return images.png(frame.picture(), described)
    if ending.startswith(".tif"):
        return images.tiff(frame.picture(), described)
    quality = QUALITY if options.quality is None else options.quality
    subsampling = "4:4:4" if clip.facts.chroma == "4:4:4" else "4:2:2"
    return images.jpeg(frame.picture(), described, quality, subsampling)


def _publish(path: Path, produce: Callable[[str], object], overwrite: bool) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        produce(name)
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


def create(target: Path, produce: Callable[[BinaryIO], object], overwrite: bool) -> None:
    """Write a file by produce(file). It gets its name when it is complete. Raises
    AlreadyExistsError, DeniedError, StoreFullError and InputOutputError."""

    def produce_at(name: str) -> None:
        with os.fdopen(os.open(name, os.O_WRONLY), "wb") as file:
            produce(file)

    create_at(target, produce_at, overwrite)


def create_at(target: Path, produce: Callable[[str], object], overwrite: bool) -> None:
    """The same by produce(name), which writes a temporary file of that name."""
    if not overwrite and target.exists():
        raise _exists(target)
    try:
        _publish(target, produce, overwrite)
    except CamzarrError:
        raise
    except FileExistsError:
        raise _exists(target) from None
    except PermissionError as error:
        raise DeniedError(f"{target}: {error.strerror}") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFullError(f"{target}: {error.strerror}") from None
        missing = not target.parent.is_dir()
        hint = f"os.makedirs({str(target.parent)!r}) creates the folder" if missing else ""
        raise InputOutputError(f"{target}: {error.strerror}", hint) from None


def _exists(target: Path) -> AlreadyExistsError:
    return AlreadyExistsError(f"{target}: exists", "overwrite=True replaces it")


def _check(target: Path, ending: str, frames: int, options: Options) -> None:
    """Raise what can be told before anything is read."""
    if ending not in (*ONE, *MANY):
        known = ", ".join((*ONE, *MANY))
        raise UnsupportedError(f"{target}: unknown file extension", f"one of {known}")
    if options.view and ending in (".icpf", *_native.CONTAINERS):
        names = ", ".join(options.view)
        raise UnsupportedError(f"{target}: holds frames as recorded, which have no {names}")
    if options.quality is not None and ending not in (".jpg", ".jpeg"):
        raise UsageError(f"{target}: quality is for .jpg")
    if options.quality is not None and not 1 <= options.quality <= 100:
        raise UsageError(f"quality {options.quality!r}: not 1 to 100")
    numbers = len(_NUMBER.findall(target.name)) if ending in ONE else 0
    if numbers > 1:
        raise UsageError(f"{target}: more than one %d in the name")
    if ending in ONE and frames != 1 and numbers == 0:
        raise UsageError(
            f"{target}: {ending} holds one frame, not {frames}",
            f'"{target.stem}_%06d{ending}" writes a file a frame; .npy and .mov hold many',
        )
    if numbers == 0 and not options.overwrite and target.exists():
        raise _exists(target)


def _named(target: Path, number: int) -> Path:
    """The file of a frame: its number in place of %d or %06d."""
    return target.with_name(_NUMBER.sub(lambda match: match[0] % number, target.name))


def write(clip: Clip, numbers: list[int], is_one: bool, path: Any, options: Options) -> None:
    """As Clip.write(). `is_one`: a frame by itself, so an array has no axis of frames."""
    target = Path(path)
    ending = target.suffix.lower()
    _check(target, ending, len(numbers), options)
    if ending in _native.CONTAINERS:
        write_movie(clip, numbers, target, options.overwrite)
    elif ending == ".icpf":
        _write_raw(clip, numbers, target, options)
    elif ending in ONE:
        _write_pictures(clip, numbers, target, options)
    elif ending == ".npy":
        create(target, lambda file: _write_array(clip, numbers, is_one, file, options), options.overwrite)
    else:
        create(target, lambda file: _write_planes(clip, numbers, file, options), options.overwrite)


def _write_raw(clip: Clip, numbers: list[int], target: Path, options: Options) -> None:
    for number in numbers:
        data = clip.raw(number)
        create(_named(target, number), partial(_write_all, data), options.overwrite)


def _write_all(data: bytes, file: BinaryIO) -> None:
    file.write(data)


def _write_pictures(clip: Clip, numbers: list[int], target: Path, options: Options) -> None:
    """Files are encoded on all processors. Those before a frame that fails are complete."""
    ending = target.suffix.lower()

    def one(frame: Frame) -> None:
        data = _encoded(clip, frame, ending, options)
        create(_named(target, frame.number), partial(_write_all, data), options.overwrite)

    with ThreadPoolExecutor(options.view.get("threads") or os.cpu_count()) as pool:
        for batch in clip.select(numbers, **options.view).batches():
            for _ in pool.map(one, [batch[i] for i in range(len(batch))]):
                pass


def _write_array(
    clip: Clip, numbers: list[int], is_one: bool, file: BinaryIO, options: Options
) -> None:
    frames = clip.select(numbers, **options.view)
    shape = frames.shape.array if is_one else (len(frames), *frames.shape.array)
    descr = np.lib.format.dtype_to_descr(frames.dtype)
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    for batch in frames.batches():
        file.write(batch.data.data)


def _write_planes(clip: Clip, numbers: list[int], file: BinaryIO, options: Options) -> None:
    view: ViewOptions = {"layout": "native", **options.view}
    for batch in clip.select(numbers, **view).batches():
        file.write(batch.data.data)


def write_movie(clip: Clip, numbers: list[int], path: Any, overwrite: bool) -> None:
    """As Clip.write_movie()."""
    target = Path(path)
    container = _native.CONTAINERS.get(target.suffix.lower())
    if container is None:
        endings = ", ".join(_native.CONTAINERS)
        raise UnsupportedError(f"{target}: unknown file extension", f"one of {endings}")
    movie = container
    create(
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

    create(Path(path), produce, overwrite)
