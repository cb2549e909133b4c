"""What the pictures of clips show: scenes, and the analysis of clips that are there.

    for scene in clip.scenes():
        print(scene.start, clip[scene.representative])
    clip.statistics().luma_mean.plot()
    clip.overview().picture[::60]
    camzarr.analyse("/data/camhd", progress=True)
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _native
from .errors import UsageError
from .progress import Progress, Step, Watch, run

if TYPE_CHECKING:
    from .clip import Clip

ALL = 2**32 - 1  # cz_analyse_job.overview_num: of every frame


class Scene(NamedTuple):
    """A stretch of a clip in which the camera does not move.

    Attributes
    ----------
    first, last : int
        Numbers of its first and its last frame, which both belong to it.
    representative : int
        Number of a frame that shows the scene: in its middle, and not damaged.
    start, end : numpy.datetime64
        When the first frame is shown, and when the last one ends, UTC.
    signature : ndarray
        (9, 16) uint8: luma of cells of the representative frame, less their mean, in steps of 1/48
        of their standard deviation, plus 128. Scenes of one view have similar signatures.

    Examples
    --------
    >>> scene = clip.scenes()[0]
    >>> clip[scene.first : scene.last + 1].mean(axis=0).shape
    (1080, 1920, 3)
    """

    first: int
    last: int
    representative: int
    start: np.datetime64
    end: np.datetime64
    signature: npt.NDArray[np.uint8]


def scenes_of(clip: Clip) -> list[Scene]:
    """As Clip.scenes()."""
    rows = _native.scenes(clip._handle)
    if not rows:
        return []
    begins, ends = clip.time, clip.time + clip.duration
    return [
        Scene(
            *(first, last, shows, begins[first], ends[last]),
            np.frombuffer(signature, np.uint8).reshape(9, 16),
        )
        for first, last, shows, signature in rows
    ]


@dataclass(frozen=True)
class AnalysisReport:
    """Result of the analysis of a clip.

    Attributes
    ----------
    clip : str
        Name of the clip.
    status : str
        "analysed", "present" (the clip had this analysis) or "planned" (a dry run).
    frames, pictures : int
        Frames of the clip, and pictures of its overview.
    scenes : int
        Scenes that were found; 0 unless the status is "analysed".
    bytes_read, bytes_written : int
        Bytes of frames that were read, and bytes that were written.
    """

    clip: str
    status: str
    frames: int
    pictures: int
    scenes: int
    bytes_read: int
    bytes_written: int


Rate = int | float | str | Fraction


def rate_of(overview: Rate) -> tuple[int, int]:
    """Pictures per second as a fraction. Raises UsageError."""
    if overview == "all":
        return ALL, 1
    try:
        rate = Fraction(str(overview))
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not (0 < rate.numerator < ALL and rate.denominator <= 10**6):
        raise UsageError(
            f'overview {overview!r}: not pictures per second, or "all"', "overview=1, or 0.5"
        )
    return rate.numerator, rate.denominator


def analyse_clip(
    store: _native.Handle, name: str, overview: Rate, threads: int, dry_run: bool, progress: Watch
) -> AnalysisReport:
    """As Store.analyse(), of a clip by name."""
    num, den = rate_of(overview)
    job: dict[str, Any] = {
        "overview_num": num,
        "overview_den": den,
        "threads": threads,
        "dry_run": dry_run,
    }

    def call(step: Step) -> dict[str, Any]:
        return _native.analyse(
            *(store, name, job),
            lambda so_far: step(Progress(*(getattr(so_far, m[0]) for m in so_far._fields_))),
        )

    return AnalysisReport(clip=name, **run(call, progress, name))


def analyse(
    store: str | os.PathLike[str],
    clips: str | Iterable[str] | None = None,
    *,
    overview: Rate = 1,
    threads: int = 0,
    dry_run: bool = False,
    progress: Watch = None,
) -> list[AnalysisReport]:
    """Make statistics, overview and scenes of clips from their own frames: see Store.analyse().

    Parameters
    ----------
    store : str or path
        The store, as for camzarr.open().
    clips, overview, threads, dry_run, progress
        As for Store.analyse().

    Returns
    -------
    list of AnalysisReport
        One a clip.

    Raises
    ------
    StoreNotFoundError
        There is no store at this address.
    CamzarrError
        As Store.analyse().

    Examples
    --------
    >>> [report.status for report in camzarr.analyse("/data/camhd", progress=True)]
    ['analysed', 'present']
    """
    from .store import open as open_store

    return open_store(store).analyse(
        clips, overview=overview, threads=threads, dry_run=dry_run, progress=progress
    )
