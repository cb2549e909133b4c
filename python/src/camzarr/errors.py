"""What can go wrong, each kind in a class of its own.

All are CamzarrError. Most are a class of Python's as well, so that code which knows nothing of
camzarr catches them where it expects them: a store that isn't there is a FileNotFoundError.
*NotFoundError*, *damaged* and *unreachable* are different classes, and none of them ever reads as pixels.

    try:
        picture = clip[7500]
    except camzarr.CorruptError as error:
        print(error.message, error.hint)
"""

from __future__ import annotations

from typing import Any


class CamzarrError(Exception):
    """`message` says what, why and where, in one line; `hint` what to do next, or it is "".

    `code` is the word that the command and its JSON have for it: "corrupt"."""

    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.hint)


class UsageError(CamzarrError, ValueError):
    """An argument that can't be."""

    code = "usage"


class OutOfMemoryError(CamzarrError, MemoryError):
    """Out of memory, or a limit on memory would be passed."""

    code = "no_memory"


class InputOutputError(CamzarrError, OSError):
    """The operating system failed to read or write."""

    code = "io"


class StoreFullError(CamzarrError, OSError):
    """No space left."""

    code = "full"


class NotFoundError(CamzarrError, LookupError):
    """What was asked for isn't there: also a frame that the recording lacks."""

    code = "absent"


class StoreNotFoundError(NotFoundError, FileNotFoundError):
    """Nothing is at that address."""


class ClipNotFoundError(NotFoundError, KeyError):
    """The store has no clip of that name, or none at that time."""


class FrameNotFoundError(NotFoundError, IndexError):
    """The clip has no frame of that number."""


class AlreadyExistsError(CamzarrError, FileExistsError):
    """What was to be made is there already."""

    code = "exists"


class DeniedError(CamzarrError, PermissionError):
    """Not permitted."""

    code = "denied"


class UnreachableError(CamzarrError, ConnectionError):
    """No response, or not now: a retry may help."""

    code = "unreachable"


class CorruptError(CamzarrError, ValueError):
    """Bytes are damaged: a checksum or a length is wrong."""

    code = "corrupt"


class FormatError(CamzarrError, ValueError):
    """Not what it should be: not a store, not a ProRes frame."""

    code = "format"


class UnsupportedError(CamzarrError, ValueError):
    """Sound, but of a kind that isn't read."""

    code = "unsupported"


class NewerFormatError(CamzarrError):
    """Written by a newer version than this one knows."""

    code = "newer"


class SourceChangedError(CamzarrError):
    """The source changed while it was read."""

    code = "changed"


class CancelledError(CamzarrError):
    """Stopped at the caller's request."""

    code = "cancelled"


class SkippedWarning(UserWarning):
    """Moments of Store.between() had no frame."""


# By the codes of camzarr.h.
BY_CODE: dict[int, type[CamzarrError]] = {
    -1: UsageError,
    -2: OutOfMemoryError,
    -3: InputOutputError,
    -4: StoreFullError,
    -5: NotFoundError,
    -6: AlreadyExistsError,
    -7: DeniedError,
    -8: UnreachableError,
    -9: CorruptError,
    -10: FormatError,
    -11: UnsupportedError,
    -12: NewerFormatError,
    -13: SourceChangedError,
    -14: CancelledError,
}
