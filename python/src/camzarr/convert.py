"""Conversion of MOVs into clips of a store, as by the command `camzarr convert`:

    report = camzarr.convert("CAMHDA301-20180712T001500.mov", "/data/camhd")
    print(report.status, report.frames, report.warnings)
    reports = camzarr.convert(sorted(folder.glob("*.mov")), "/data/camhd", progress=True)
"""

from __future__ import annotations

import operator
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath
from typing import Any, TypedDict, Unpack, overload
from urllib.parse import unquote

from . import _native, display
from .attributes import text_of
from .errors import CamzarrError, CancelledError, ConversionsFailedError, UsageError
from .progress import Progress, Step, Watch, run

Path = str | os.PathLike[str]
Rate = str | float | Fraction


@dataclass(frozen=True)
class Report:
    """Result of a conversion.

    Attributes
    ----------
    clip : str
        Name of the clip.
    status : str
        "converted", "recovered" (frames were found by their own headers), "present" (the store had
        the clip), "planned" (a dry run) or, of one source of many, "failed".
    frames : int
        Frames of the clip.
    bytes_read, bytes_written : int
        Bytes of the source that were read, and bytes that the store did not have yet.
    damaged_frames : int
        Frames that are damaged in the source; they are kept as they are and flagged in the index.
    md5 : str
        Of the source, in hexadecimal digits, or "".
    warnings : tuple of str
        Findings in the source that do not prevent its conversion.
    source : str
        The source, as it was given.
    error : CamzarrError or None
        Why the conversion failed.
    """

    clip: str
    status: str
    frames: int
    bytes_read: int
    bytes_written: int
    damaged_frames: int
    md5: str
    warnings: tuple[str, ...]
    source: str = ""
    error: CamzarrError | None = None


_SIZE = re.compile(r"\s*(\d+(?:\.\d*)?)\s*([KMGT]?)(?:i?B)?\s*", re.IGNORECASE)


def size_of(value: int | str) -> int:
    """Bytes: a number, or text with a unit of 1024 ("512M", "2 GiB"). Raises UsageError."""
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        return int(float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " "))
    try:
        number = -1 if isinstance(value, str) else operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number < 2**64:
        raise UsageError(
            f"memory {value!r}: not a size in bytes", 'memory="512M", or memory=512 << 20'
        )
    return number


_ALL = 2**32 - 1  # of cz_convert_job.overview_num


def rate_of(value: Rate | None) -> tuple[int, int]:
    """Pictures of the overview per second, as numerator and denominator. Raises UsageError."""
    if value is None or value == "none":
        return 0, 0
    if value == "all":
        return _ALL, 1
    try:
        rate = Fraction(str(value)) if not isinstance(value, bool) else Fraction(0)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate.numerator < _ALL or rate.denominator > 1_000_000:
        raise UsageError(
            f"overview {value!r}: not a number of pictures per second",
            'overview=1, overview=0.5, overview="1/10", overview="all" or overview=None',
        )
    return rate.numerator, rate.denominator


def _stem(source: str) -> str:
    """The name that a source's clip gets."""
    address = re.split("[?#]", source, maxsplit=1)[0] if "://" in source else source
    name = address.rstrip("/").rpartition("/")[2]
    return PurePath(unquote(name) if "://" in source else name).stem


def _check_names(sources: Sequence[str]) -> None:
    """Raise UsageError for two sources that would become one clip."""
    known: dict[str, str] = {}
    for source in sources:
        other = known.setdefault(_stem(source), source)
        if other is not source:
            raise UsageError(
                f"{source}: another source, {other}, has the same name",
                "convert one of them by itself, with name=NAME",
            )


def _convert(job: dict[str, Any], progress: Watch) -> Report:
    def call(step: Step) -> dict[str, Any]:
        return _native.convert(
            job,
            lambda so_far: step(Progress(*(getattr(so_far, m[0]) for m in so_far._fields_))),
        )

    title = job["name"] or _stem(job["source"])
    return Report(**run(call, progress, title), source=job["source"])


def _failed(source: str, error: CamzarrError) -> Report:
    return Report(_stem(source), "failed", 0, 0, 0, 0, "", (), source, error)


def _convert_all(sources: Sequence[str], job: dict[str, Any], progress: Watch) -> list[Report]:
    reports: list[Report] = []
    for source in sources:
        try:
            reports.append(_convert({**job, "source": source}, progress))
        except CancelledError:
            raise
        except CamzarrError as error:
            reports.append(_failed(source, error))
    errors = [f"{report.source}: {report.error.message}" for report in reports if report.error]
    if errors:
        failed = f"{len(errors)} of {display.count(len(sources), 'source')} failed"
        raise ConversionsFailedError(f"{failed}: {'; '.join(errors)}", reports=reports)
    return reports


class ConvertOptions(TypedDict, total=False):
    """Options of convert(), for type checkers."""

    name: str | None
    zarr_format: int
    frames_per_shard: int
    overview: Rate | None
    memory: int | str
    threads: int
    overwrite: bool
    recover: bool
    sha256: bool
    dry_run: bool
    attributes: Mapping[str, Any] | None
    progress: Watch


@overload
def convert(  # type: ignore[overload-overlap] # a str is an iterable of str
    source: Path, store: Path, **options: Unpack[ConvertOptions]
) -> Report: ...
@overload
def convert(
    source: Iterable[Path], store: Path, **options: Unpack[ConvertOptions]
) -> list[Report]: ...
def convert(
    source: Path | Iterable[Path],
    store: Path,
    *,
    name: str | None = None,
    zarr_format: int = 3,
    frames_per_shard: int = 64,
    overview: Rate | None = None,
    memory: int | str = 256 << 20,
    threads: int = 0,
    overwrite: bool = False,
    recover: bool = False,
    sha256: bool = False,
    dry_run: bool = False,
    attributes: Mapping[str, Any] | None = None,
    progress: Watch = None,
) -> Report | list[Report]:
    """Convert MOVs into clips of a store, one each.

    A clip is published whole or not at all. A conversion that was interrupted is resumed.

    Parameters
    ----------
    source : str, path, or iterable of them
        The MOV: a path, or an http or https URL. Several are converted one after the other, and one
        that fails does not stop the others.
    store : str or path
        The store, as for camzarr.open(); created if it does not exist.
    name : str, optional
        Name of the clip, if there is one source; by default the name of the source without its
        ending.
    zarr_format : {3, 2}
        Version of Zarr that a new store has.
    frames_per_shard : int
        1 to 1024. In Zarr version 2 every frame is an object of its own.
    overview : number, "1/10", "all" or None
        Pictures per second of the overview, "all" for every frame, exactly as by the command's
        option: the clip gets the groups statistics, overview and scenes, and is of format 1.1.
        None or "none": without them, of format 1.0. A clip that was converted before with another
        overview keeps that one.
    memory : int or str
        Bytes of buffers at most, or text such as "512M" (units of 1024).
    threads : int
        Threads that check and write; 0: as many as there are processors.
    overwrite : bool
        Replace a clip that was converted from another source or with other options.
    recover : bool
        Search the file for frames although it has tables.
    sha256 : bool
        Compute the source's SHA-256 beside its MD5.
    dry_run : bool
        Read the tables and write nothing.
    attributes : mapping, optional
        Attributes for the clip, as for Attributes.replace(); by default a clip that exists already
        keeps its own.
    progress : bool or callable, optional
        True: a progress bar of tqdm, or lines on standard error where tqdm is not installed. A
        callable is called with a Progress from this thread, while the conversion waits. An
        exception that it raises, KeyboardInterrupt included, stops the conversion before the clip is
        published and is raised here; what was written is kept for the next attempt.

    Returns
    -------
    Report or list of Report
        What was done, of one source or of each.

    Raises
    ------
    NotFoundError
        There is no such file.
    FormatError
        The file is no MOV, is empty or has no frames.
    UnsupportedError
        A codec or an address of another kind.
    UsageError
        An option has an impossible value; two sources would become one clip.
    AlreadyExistsError
        The store has another clip of that name.
    CorruptError
        The source's MD5 differs from the .md5 file beside it.
    SourceChangedError
        The source changed while it was read.
    StoreFullError, DeniedError, UnreachableError
        The store cannot be written.
    ConversionsFailedError
        Some of several sources failed. Its `reports` has a Report of each source, and `error` of a
        Report says why that source failed.

    Notes
    -----
    Other Python threads run during the conversion.

    Examples
    --------
    >>> report = camzarr.convert("CAMHDA301-20180712T001500.mov", "/data/camhd", memory="512M")
    >>> report.status, report.frames
    ('converted', 27000)
    >>> reports = camzarr.convert(sorted(Path("raw").glob("*.mov")), "/data/camhd", progress=True)
    """
    overview_num, overview_den = rate_of(overview)
    job: dict[str, Any] = {
        "store": os.fspath(store),
        "name": name,
        "zarr_format": zarr_format,
        "frames_per_shard": frames_per_shard,
        "overview_num": overview_num,
        "overview_den": overview_den,
        "memory": size_of(memory),
        "threads": threads,
        "overwrite": overwrite,
        "recover": recover,
        "sha256": sha256,
        "dry_run": dry_run,
        "attributes": None if attributes is None else text_of(attributes),
    }
    if isinstance(source, (str, os.PathLike)):
        return _convert({**job, "source": os.fspath(source)}, progress)
    sources = [os.fspath(one) for one in source]
    if name is not None and len(sources) > 1:
        raise UsageError(f"name {name!r}: for one source, not {len(sources)}")
    _check_names(sources)
    return _convert_all(sources, job, progress)
