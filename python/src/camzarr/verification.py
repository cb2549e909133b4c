"""Verification of clips, as by the command `camzarr verify`:

    for finding in camzarr.open("/data/camhd").verify(progress=True):
        print(finding)
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from . import _native
from .errors import BY_CODE, CamzarrError
from .progress import Progress, Step, Watch, run


@dataclass(frozen=True)
class Finding:
    """A difference between a clip and what it should be. Its text is one line.

    Attributes
    ----------
    clip : str
        Name of the clip.
    code : str
        "absent" (an object is missing), "exists" (an object that does not belong to the clip),
        "corrupt" (wrong bytes), "format" (cannot be parsed), or the code of another error.
    key : str
        Key of the object, relative to the store.
    frame : int or None
        Number of the frame that is affected, if it is one frame.
    what : str
        Description.

    Examples
    --------
    >>> [finding.frame for finding in clip.verify() if finding.code == "corrupt"]
    [7500]
    """

    clip: str
    code: str
    key: str
    frame: int | None
    what: str

    def __str__(self) -> str:
        return f"{self.clip}: {self.key}: {self.what}"


def verify(
    store: _native.Handle,
    name: str,
    source: str | os.PathLike[str] | None,
    decode: bool,
    progress: Watch,
) -> list[Finding]:
    """As Clip.verify(), of a clip by name."""

    def call(step: Step) -> list[Finding]:
        rows = _native.verify(
            *(store, name, None if source is None else os.fspath(source), decode),
            lambda done, total: step(Progress(done, total)),
        )
        return [
            Finding(name, BY_CODE.get(code, CamzarrError).code, key, frame, what)
            for code, key, frame, what in rows
        ]

    return run(call, progress, name)
