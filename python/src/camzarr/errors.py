"""What can go wrong, each kind in a class of its own.

All are CamzarrError. Most are a class of Python's as well, so that code which knows nothing of
camzarr catches them where it expects them: a store that isn't there is a FileNotFoundError.
*Absent*, *damaged* and *unreachable* are different classes, and none of them ever reads as pixels.

    try:
        picture = clip[7500]
    except camzarr.Corrupt as error:
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


class Usage(CamzarrError, ValueError):
    """An argument that can't be."""

    code = "usage"


class OutOfMemory(CamzarrError, MemoryError):
    """Out of memory, or a limit on memory would be passed."""

    code = "no_memory"


class InputOutput(CamzarrError, OSError):
    """The operating system failed to read or write."""

    code = "io"


class Full(CamzarrError, OSError):
    """No space left."""

    code = "full"


class Absent(CamzarrError, LookupError):
    """What was asked for isn't there: also a frame that the recording lacks."""

    code = "absent"


class NoStore(Absent, FileNotFoundError):
    """Nothing is at that address."""


class NoClip(Absent, KeyError):
    """The store has no clip of that name, or none at that time."""


class NoFrame(Absent, IndexError):
    """The clip has no frame of that number."""


class Exists(CamzarrError, FileExistsError):
    """What was to be made is there already."""

    code = "exists"


class Denied(CamzarrError, PermissionError):
    """Not permitted."""

    code = "denied"


class Unreachable(CamzarrError, ConnectionError):
    """Nobody answers, or not now: a retry may help."""

    code = "unreachable"


class Corrupt(CamzarrError, ValueError):
    """Bytes are damaged: a checksum or a length is wrong."""

    code = "corrupt"


class Format(CamzarrError, ValueError):
    """Not what it should be: not a store, not a ProRes frame."""

    code = "format"


class Unsupported(CamzarrError, ValueError):
    """Sound, but of a kind that isn't read."""

    code = "unsupported"


class Newer(CamzarrError):
    """Written by a newer version than this one knows."""

    code = "newer"


class Changed(CamzarrError):
    """The source changed while it was read."""

    code = "changed"


class Cancelled(CamzarrError):
    """Stopped because somebody asked for it."""

    code = "cancelled"


# By the codes of camzarr.h.
BY_CODE: dict[int, type[CamzarrError]] = {
    -1: Usage,
    -2: OutOfMemory,
    -3: InputOutput,
    -4: Full,
    -5: Absent,
    -6: Exists,
    -7: Denied,
    -8: Unreachable,
    -9: Corrupt,
    -10: Format,
    -11: Unsupported,
    -12: Newer,
    -13: Changed,
    -14: Cancelled,
}
