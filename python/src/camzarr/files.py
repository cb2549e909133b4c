"""A frame as a file, which appears under its name when it is complete."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import images
from .errors import Denied, Exists, InputOutput, Unsupported
from .times import text

if TYPE_CHECKING:
    from .clip import Clip

ENDINGS = (".png", ".tif", ".tiff", ".npy", ".icpf")


def _content(clip: Clip, number: int, ending: str, view: dict[str, Any]) -> bytes:
    if ending == ".icpf":
        if view:
            raise Unsupported(f"frame {number}: a frame as recorded has no {', '.join(view)}")
        return clip.raw(number)
    frame = clip.get_frame_at(number, **view)
    if ending == ".npy":
        file = io.BytesIO()
        np.save(file, frame.data)
        return file.getvalue()
    if frame.shape.planes:
        raise Unsupported(
            f"frame {number}: {ending} holds no {frame.layout}", 'layout="gray16le", or .npy'
        )
    when = text(int(frame.time.astype("int64")))
    told = f"clip {clip.name}, frame {frame.number}, {when}, from {clip.facts.source_name}"
    form = images.png if ending == ".png" else images.tiff
    return form(frame.picture(), told)


def _publish(path: Path, content: bytes, overwrite: bool) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
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


def write(clip: Clip, number: int, path: Any, overwrite: bool, view: dict[str, Any]) -> None:
    """As Clip.write()."""
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise Unsupported(f"{target}: no ending that is known", f"one of {', '.join(ENDINGS)}")
    if not overwrite and target.exists():
        raise Exists(f"{target}: it is there", "overwrite=True replaces it")
    content = _content(clip, number, ending, view)
    try:
        _publish(target, content, overwrite)
    except FileExistsError:
        raise Exists(f"{target}: it is there", "overwrite=True replaces it") from None
    except PermissionError as error:
        raise Denied(f"{target}: {error.strerror}") from None
    except OSError as error:
        raise InputOutput(f"{target}: {error.strerror}") from None
