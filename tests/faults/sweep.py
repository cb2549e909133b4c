"""usage: sweep.py [--full] [--seed N] [--job NAME]... [--kind KIND]... [--stride N]

Run each job (jobs.py, catalogue.py) with faults: a seeded sample of them, or all. Prints a table of
the ends and each end that isn't allowed, with the command that gives it again."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import injection
from injection import LASTING, ONCE, Calls, Fault, calls_of, symbols
from jobs import Job, NotAllowed

WORKERS = 2


@dataclass
class Outcome:
    """What came of a job's faults."""

    job: Job
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)  # by kind of fault and end
    bad: list[str] = field(default_factory=list)
    seconds: float = 0

    @property
    def runs(self) -> int:
        return sum(self.ends.values())


def all_faults(calls: Calls, stride: int = 1) -> Iterator[Fault]:
    """Each effect on each call. Where more than 50 calls of a kind can fail, the first effect on
    each and the others in turn: then it is the place that differs, not the error."""
    for kind, numbers in calls.items():
        for lasting, effects in ((False, ONCE[kind]), (True, LASTING.get(kind, ()))):
            for n in numbers[::stride]:
                for i, effect in enumerate(effects):
                    if len(numbers) <= 50 or i == 0 or n % len(effects) == i:
                        yield Fault(kind, n, effect, lasting)


def sample(calls: Calls, rng: random.Random, size: int) -> list[Fault]:
    """`size` faults of each kind, six times that of the allocations; a third of them last."""
    chosen: set[Fault] = set()
    for kind, numbers in calls.items():
        for _ in range(size * (6 if kind == "alloc" else 1) if numbers else 0):
            lasting = kind in LASTING and rng.random() < 0.33
            effect = rng.choice((LASTING if lasting else ONCE)[kind])
            chosen.add(Fault(kind, rng.choice(numbers), effect, lasting))
    return sorted(chosen, key=str)


@contextmanager
def folder_for_run() -> Iterator[Path]:
    here = Path(tempfile.mkdtemp(prefix="cz-run-", dir=injection.scratch()))
    try:
        yield here
    finally:
        shutil.rmtree(here, ignore_errors=True)


def learn(job: Job) -> Calls:
    """What an undisturbed run leaves and which calls it makes."""
    with folder_for_run() as here:
        job.prepare(here)
        job.learn(here)
    with folder_for_run() as here:
        job.prepare(here)
        return calls_of(job.command(here), job.environment)


def one(job: Job, fault: Fault) -> tuple[Fault, str, str]:
    """The end of a run with a fault, and what is wrong with it, or ""."""
    with folder_for_run() as here:
        job.prepare(here)
        end = injection.camzarr(job.command(here), job.environment, fault, job.timeout)
        try:
            kind = job.judge(here, end, fault)
            return fault, kind if end.hit else "not reached", ""
        except NotAllowed as wrong:
            command = " ".join(["camzarr", *job.command(here)])
            where = f"\n    at {symbols(end.trace)}" if end.hit else ""
            where += f"\n    crashed at {symbols(end.crash)}" if end.crash else ""
            return fault, "NOT ALLOWED", f"{job.name} {fault}: {wrong}\n    {command}{where}"


def sweep(job: Job, faults: Iterable[Fault], show: bool = False) -> Outcome:
    """Run a job with each of the faults, two at a time."""
    outcome, began = Outcome(job), time.monotonic()
    with ThreadPoolExecutor(WORKERS) as workers:
        for fault, kind, wrong in workers.map(lambda fault: one(job, fault), faults):
            outcome.ends[(fault.kind, kind)] += 1
            if wrong:
                outcome.bad.append(wrong)
                if show:
                    print(wrong, flush=True)
    outcome.seconds = time.monotonic() - began
    return outcome


def table(outcomes: list[Outcome]) -> str:
    """A line a job."""
    lines = [
        f"{'job':22} {'faults':>7} {'done':>7} {'error':>7} {'killed':>7} {'other':>7} {'bad':>5}"
    ]
    for o in outcomes:
        by_end: Counter[str] = Counter()
        for (_, end), n in o.ends.items():
            by_end[end.partition(",")[0]] += n
        bad = by_end.pop("NOT ALLOWED", 0)
        row = [by_end.pop(end, 0) for end in ("done", "error", "killed")]
        cells = " ".join(f"{n:7}" for n in (o.runs, *row, sum(by_end.values())))
        lines.append(f"{o.job.name:22} {cells} {bad:5}   {o.seconds:.0f} s")
    return "\n".join(lines)


def main() -> int:
    from catalogue import catalogue

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=8, help="faults of each kind in a sample")
    parser.add_argument("--stride", type=int, default=1, help="of a full sweep, each Nth call")
    parser.add_argument("--job", action="append", help="only jobs whose names begin so")
    parser.add_argument("--kind", action="append", help="only faults of this kind")
    given = parser.parse_args()
    outcomes = []
    with catalogue() as jobs:
        for job in jobs:
            if given.job and not job.name.startswith(tuple(given.job)):
                continue
            calls = {k: n for k, n in learn(job).items() if not given.kind or k in given.kind}
            rng = random.Random(f"{given.seed} {job.name}")
            faults = (
                all_faults(calls, given.stride) if given.full else sample(calls, rng, given.size)
            )
            outcomes.append(sweep(job, faults, show=True))
            print(table(outcomes[-1:]).splitlines()[-1], file=sys.stderr, flush=True)
    print(table(outcomes))
    return 1 if any(o.bad for o in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
