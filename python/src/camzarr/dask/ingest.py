"""convert(): the rows of a manifest as tasks, and what becomes of them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any

from .. import display
from ..convert import Report, size_of
from ..errors import (
    CamzarrError,
    ConversionsFailedError,
    UsageError,
)
from ..store import open as open_store
from .rows import (
    Manifest,
    append_line,
    error_of,
    failed_before,
    failed_line,
    name_of,
    open_report,
    read_manifest,
    report_of,
)
from .task import RETRY, USAGE, Line, Outcome, Row, convert_rows

if TYPE_CHECKING:
    from distributed import Client

PRESENT = 64  # rows of a task whose clips are there: each costs one request

Future = Any  # of distributed, whose calls have few types
Watch = bool | Callable[[Report], object]


class _Run:
    """One call of convert(): its tasks, and the lines of the report so far."""

    def __init__(self, submit: Callable[[list[Row], int], Future], retries: int) -> None:
        self.lines: dict[str, Line] = {}
        self.futures: dict[Future, tuple[list[Row], int]] = {}
        self.refused: CamzarrError | None = None
        self._submit = submit
        self._retries = retries

    def submit(self, rows: list[Row], attempt: int = 0) -> Future:
        future = self._submit(rows, attempt)
        self.futures[future] = rows, attempt
        return future

    def settle(self, future: Future, outcome: Outcome | BaseException) -> tuple[list[Line], list[Future]]:
        """Lines that are final, and futures of what is tried again."""
        rows, attempt = self.futures.pop(future)
        lines = outcome.lines if isinstance(outcome, Outcome) else []
        self.refused = self.refused or _refusal(outcome)
        final, again = [], []
        for number, row in enumerate(rows):  # the command converts them in their order
            is_tried = number < len(lines)
            line = lines[number] if is_tried else _lost(row, outcome)
            if self.refused is not None and not is_tried:
                continue
            if self.refused is None and attempt < self._retries and _may_be_cured(line):
                again.append(row)
                continue
            final.append(line)
            self.lines[name_of(row)] = line
        # One by one, so that a row that kills its worker takes no other with it.
        return final, [self.submit([row], attempt + 1) for row in again]


def _may_be_cured(line: Line) -> bool:
    """By another attempt: a server was unreachable, or a signal ended the command."""
    return "error" in line and (line["error"]["retryable"] or line["error"]["code"] == "cancelled")


def _lost(row: Row, outcome: Outcome | BaseException) -> Line:
    """The line of a row of which there is none."""
    if isinstance(outcome, Outcome):
        ended = f"signal {-outcome.code}" if outcome.code < 0 else f"exit code {outcome.code}"
        message = outcome.message or f"{name_of(row)}: the command ended with {ended}"
        return failed_line(row, "unreachable", message, outcome.hint, True)
    reason = f"{type(outcome).__name__}: {outcome}".splitlines()[0]
    hint = "the log of the worker says more; its memory may be too small"
    return failed_line(row, "unreachable", f"{name_of(row)}: its worker was lost: {reason}", hint, True)


def _refusal(outcome: Outcome | BaseException) -> CamzarrError | None:
    """Why no further clip is worth trying: the store is full, or refuses before any clip."""
    if not isinstance(outcome, Outcome):
        return outcome if isinstance(outcome, CamzarrError) else None
    full = next((line for line in outcome.lines if line.get("error", {}).get("code") == "full"), None)
    if full is not None:
        return error_of(full)
    if outcome.lines or outcome.code <= 0 or outcome.code == RETRY or outcome.code > 128:
        return None
    return (UsageError if outcome.code == USAGE else CamzarrError)(outcome.message, outcome.hint)


# ---- Options


def _options(**given: Any) -> list[str]:
    """Those of the command."""
    words: list[str] = []
    for name, value in given.items():
        if value is True:
            words.append(f"--{name.replace('_', '-')}")
        elif value is not None and value is not False:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return words


# ---- Tasks


def _batches(rows: Sequence[Row], store: str, batch: int, may_skip: bool) -> Iterator[list[Row]]:
    """Rows of a task each: one or `batch`, and many of those whose clips are there."""
    try:
        names = set(open_store(store).names) if may_skip else set()
    except CamzarrError:  # no store yet, or none that can be read or listed here: workers may differ
        names = set()
    there = [row for row in rows if name_of(row) in names]
    missing = [row for row in rows if name_of(row) not in names]
    for part, size in ((missing, batch), (there, max(batch, PRESENT))):
        yield from (list(part[i : i + size]) for i in range(0, len(part), size))


@contextmanager
def _shown(progress: Watch, total: int) -> Iterator[Callable[[Report], object]]:
    """What is called with each Report."""
    if callable(progress):
        yield progress
    elif not progress:
        yield lambda report: None
    else:
        from tqdm.auto import tqdm

        with tqdm(total=total, desc="convert", unit="clip") as bar:
            yield lambda report: bar.update()


def _follow(run: _Run, file: IO[str] | None, show: Callable[[Report], object]) -> None:
    """Until every task has ended, or the store refuses."""
    ended = import_module("distributed").as_completed(list(run.futures), raise_errors=False)
    for future in ended:
        error = future.exception() if future.status != "finished" else None
        final, again = run.settle(future, error or future.result())
        ended.update(again)
        for line in final:
            if file is not None:
                append_line(file, line)
            show(report_of(line))
        if run.refused is not None:
            return


def convert(
    manifest: Manifest,
    store: str | os.PathLike[str],
    client: Client,
    *,
    report: str | os.PathLike[str] | None = None,
    only: str | None = None,
    batch: int = 1,
    retries: int = 3,
    connections: int = 16,
    progress: Watch = False,
    zarr_format: int | None = None,
    frames_per_shard: int | None = None,
    overview: float | str | None = None,
    memory: int | str | None = None,
    threads: int | None = None,
    patience: str | None = None,
    overwrite: bool = False,
    recover: bool = False,
    sha256: bool = False,
) -> list[Report]:
    """Convert the sources of a manifest into clips of a store, on the workers of a Dask cluster.

    Each clip is a task, "camzarr-convert" in the dashboard. A task whose worker dies is run by
    another one, which continues the conversion; a clip that fails does not stop the others. Clips that
    are there are skipped as by `camzarr convert --manifest`. The same call again continues an ingest
    that was stopped.

    Parameters
    ----------
    manifest : str, path, or iterable of mappings, str or paths
        File of `camzarr manifest`, or its rows, or sources. Workers must be able to read the sources.
    store : str or path
        As for camzarr.open(); a folder must be shared by the workers.
    client : distributed.Client
        Of the cluster. Workers need this package and, for a bucket, its credentials.
    report : str or path, optional
        File to which a line for each clip is appended, in the form of `camzarr convert --report`.
    only : {"failed"}, optional
        Convert the clips whose last line in `report` has an error.
    batch : int
        Clips a task: more than 1 for clips that take less than a second.
    retries : int
        Further tasks for a clip whose worker died, or whose source or store was unreachable. Dask
        itself starts a task again on another worker before that (distributed.scheduler.allowed-failures).
    connections : int
        To servers, of all conversions together. Each gets its share, by the number of the cluster's
        threads at its start, but at least one.
    progress : bool or callable
        True: a progress bar (needs tqdm). A callable is called with the Report of each clip; an
        exception that it raises ends the call.
    zarr_format, frames_per_shard, memory, threads, overwrite, recover, sha256
        As for camzarr.convert(), for each conversion. A worker runs as many at a time as it has
        threads. They are processes of their own: their memory is not counted by the worker's limit.
    overview : float or str, optional
        Statistics are stored and as many pictures a second, or "all": `camzarr convert --overview`.
    patience : str, optional
        How long a conversion waits for an unreachable server: "30m"; two minutes by default.

    Returns
    -------
    list of Report
        One a clip, in the order of the manifest.

    Raises
    ------
    ConversionsFailedError
        Some clips failed; its `reports` has all. Or the store refused, because it is full or denies:
        then `reports` has those that were tried.
    UsageError, FormatError, NotFoundError
        Of the arguments, or of the manifest, before anything is converted.

    Notes
    -----
    If the call ends early, tasks that have not begun are cancelled. Conversions on their way end by
    themselves and publish their clips.

    Examples
    --------
    >>> client = distributed.Client("tcp://scheduler:8786")
    >>> reports = camzarr.dask.convert("camhd.jsonl", "s3://bucket/camhd", client, report="run.jsonl")
    """
    if only not in (None, "failed") or (only and report is None):
        raise UsageError(f"only {only!r}: not possible", 'only="failed", with report=FILE')
    if min(batch, connections) < 1 or retries < 0:
        raise UsageError("batch and connections are at least 1, retries at least 0")
    rows = read_manifest(manifest)
    if only and report is not None:
        rows = failed_before(rows, report)
    place = os.fspath(store)
    place = place if "://" in place else os.path.abspath(place)
    words = _options(
        zarr_format=zarr_format,
        frames_per_shard=frames_per_shard,
        overview=overview,
        memory=None if memory is None else size_of(memory),
        threads=threads or None,
        patience=patience,
        overwrite=overwrite,
        recover=recover,
        sha256=sha256,
    )
    token = uuid.uuid4().hex
    cluster: Any = client

    def submit(part: list[Row], attempt: int) -> Future:
        key = (f"camzarr-convert-{token}", name_of(part[0]), attempt)
        return cluster.submit(convert_rows, part, place, words, connections, key=key, pure=False)

    run = _Run(submit, retries)
    with ExitStack() as stack:
        file = None if report is None else stack.enter_context(open_report(report))
        show = stack.enter_context(_shown(progress, len(rows)))
        try:
            for part in _batches(rows, place, batch, not (overwrite or recover or sha256)):
                run.submit(part)
            _follow(run, file, show)
        finally:
            cluster.cancel(list(run.futures))
    return _ended(run, rows)


def _ended(run: _Run, rows: Iterable[Row]) -> list[Report]:
    """The reports, or the error that has them."""
    names = [name_of(row) for row in rows]
    reports = [report_of(run.lines[name]) for name in names if name in run.lines]
    failed = [report for report in reports if report.error]
    if run.refused is not None:
        untried = display.count(len(names) - len(reports), "clip")
        message = f"the store refuses: {untried} not tried: {run.refused.message}"
        raise ConversionsFailedError(message, run.refused.hint, reports)
    if failed:
        some = "; ".join(report.error.message for report in failed[:3] if report.error)
        more = "; ..." if len(failed) > 3 else ""
        message = f"{len(failed)} of {display.count(len(names), 'clip')} failed: {some}{more}"
        raise ConversionsFailedError(message, "report=FILE keeps them; only=\"failed\"", reports)
    return reports
