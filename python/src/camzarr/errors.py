"""Exceptions. All are subclasses of CamzarrError.

Most are subclasses of one of Python's own exceptions as well, so that general code catches them
where it expects them: StoreNotFoundError is a FileNotFoundError. A frame that is missing
(NotFoundError), damaged (CorruptError) or unreachable (UnreachableError) is never returned as
pixels.

    try:
        picture = clip[7500]
    except camzarr.CorruptError as error:
        print(error.message, error.hint)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .convert import Report


class CamzarrError(Exception):
    """Base class of all errors of camzarr.

    Parameters
    ----------
    message : str
        What failed, why and where, in one line.
    hint : str, optional
        What to do next.

    Attributes
    ----------
    message, hint : str
        The arguments.
    code : str
        The error's name in the command and its JSON: "corrupt".
    """

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
    """An argument has an impossible value."""

    code = "usage"


class OutOfMemoryError(CamzarrError, MemoryError):
    """Out of memory, or a limit on memory would be exceeded."""

    code = "no_memory"


class InputOutputError(CamzarrError, OSError):
    """The operating system failed to read or write."""

    code = "io"


class StoreFullError(CamzarrError, OSError):
    """No space left."""

    code = "full"


class NotFoundError(CamzarrError, LookupError):
    """Something does not exist: a store, a clip, a file, or a frame that the recording lacks."""

    code = "absent"


class StoreNotFoundError(NotFoundError, FileNotFoundError):
    """Nothing is at that address."""


class ClipNotFoundError(NotFoundError, KeyError):
    """The store has no clip of that name, or none that was recorded at that time."""


class FrameNotFoundError(NotFoundError, IndexError):
    """The clip has no frame of that number."""


class AlreadyExistsError(CamzarrError, FileExistsError):
    """The file or clip exists already."""

    code = "exists"


class DeniedError(CamzarrError, PermissionError):
    """Not permitted."""

    code = "denied"


class UnreachableError(CamzarrError, ConnectionError):
    """No response, or a temporary failure: a retry may help."""

    code = "unreachable"


class CorruptError(CamzarrError, ValueError):
    """Data is damaged: a checksum or a length is wrong."""

    code = "corrupt"


class FormatError(CamzarrError, ValueError):
    """Data of another kind: not a store, not a ProRes frame."""

    code = "format"


class UnsupportedError(CamzarrError, ValueError):
    """Valid, but of a kind that camzarr does not read or write."""

    code = "unsupported"


class NewerFormatError(CamzarrError):
    """Written by a newer version of camzarr."""

    code = "newer"


class SourceChangedError(CamzarrError):
    """The source changed while it was read, or the clip was removed or replaced."""

    code = "changed"


class CancelledError(CamzarrError):
    """Stopped at the caller's request."""

    code = "cancelled"


class ConversionsFailedError(CamzarrError):
    """Some of the sources given to convert() failed; the others were converted.

    Attributes
    ----------
    reports : list of Report
        One a source, in their order; `error` of those that failed says why.
    """

    code = "failed"

    def __init__(self, message: str, hint: str = "", reports: Sequence[Report] = ()) -> None:
        super().__init__(message, hint)
        self.reports = list(reports)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.hint, self.reports)


class SkippedWarning(UserWarning):
    """Warning: some times given to Store.between() had no frame."""


# By cz_code.
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
