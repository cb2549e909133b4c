"""Progress of calls that take long, and their interruption."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Semaphore
from typing import Any, TypeVar

T = TypeVar("T")

LINE_EVERY = 10.0  # seconds between two lines where tqdm is not installed


@dataclass(frozen=True)
class Progress:
    """Progress of convert(), verify() or restore().

    Attributes
    ----------
    bytes_done, bytes_total : int
        Bytes of the source, of the clip's objects, or of the restored MOV.
    frames_done, frames_total : int
        Frames of the clip, of a conversion.
    waiting : bool
        Another process is converting or removing the clip, and the conversion waits for it.
    """

    bytes_done: int
    bytes_total: int
    frames_done: int = 0
    frames_total: int = 0
    waiting: bool = False


Callback = Callable[[Progress], object]
Watch = bool | Callback | None  # the argument `progress`; True: a progress bar
Step = Callable[[Progress], int]  # called by C; a result other than 0 stops it


def run(call: Callable[[Step], T], progress: Watch, title: str) -> T:
    """Run call(step) in a thread of its own, so that the caller's can be interrupted: ctypes
    swallows exceptions in callbacks. The call waits while the callback runs; otherwise a conversion
    could publish its clip before an exception stops it. `title` is for a progress bar."""
    steps: SimpleQueue[Progress | None] = SimpleQueue()
    handled, stop = Semaphore(0), Event()

    with _callback(progress, title) as callback:

        def step(so_far: Progress) -> int:
            if callback is not None and not stop.is_set():
                steps.put(so_far)
                handled.acquire()
            return int(stop.is_set())

        with ThreadPoolExecutor(1) as pool:
            result = pool.submit(call, step)
            result.add_done_callback(lambda _: steps.put(None))
            try:
                while (so_far := steps.get()) is not None:
                    assert callback is not None
                    callback(so_far)
                    handled.release()
            except BaseException:  # Ctrl-C, too
                stop.set()
                handled.release()
                raise
            return result.result()


@contextmanager
def _callback(progress: Watch, title: str) -> Iterator[Callback | None]:
    if progress is not True:
        yield progress or None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        yield _Lines(title)
        return
    with tqdm(desc=title, unit="B", unit_scale=True, unit_divisor=1024) as bar:
        yield lambda so_far: _show(bar, so_far)


def _show(bar: Any, so_far: Progress) -> None:
    bar.total = so_far.bytes_total
    bar.set_postfix_str("waiting for another process" if so_far.waiting else "", refresh=False)
    bar.update(so_far.bytes_done - bar.n)


class _Lines:
    """Lines on standard error, for Pythons without tqdm."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._due = time.monotonic() + LINE_EVERY

    def __call__(self, so_far: Progress) -> None:
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + LINE_EVERY
        percent = 100 * so_far.bytes_done // max(1, so_far.bytes_total)
        state = "waiting for another process" if so_far.waiting else f"{percent} %"
        print(f"{self._title}: {state}", file=sys.stderr)
