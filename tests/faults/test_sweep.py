"""The command with injected faults: jobs.py has the ends that are allowed, shim.c the faults.

By hand: `build/venv/bin/python tests/faults/sweep.py --help`."""

from __future__ import annotations

import os
import random

import pytest
from catalogue import NAMES
from jobs import Job
from sweep import Outcome, all_faults, learn, sample, sweep

SIZE = 6  # faults of each kind and job in the sample


def _judge(outcome: Outcome) -> None:
    told = "\n".join(outcome.bad[:30])
    assert not outcome.bad, f"{len(outcome.bad)} of {outcome.runs} ends aren't allowed:\n{told}"
    missed = sum(n for (_, end), n in outcome.ends.items() if end == "not reached")
    assert missed <= outcome.runs // 5, "the faults miss the run: the test tests nothing"


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_of_faults(jobs: dict[str, Job], name: str) -> None:
    job = jobs[name]
    rng = random.Random(f"{os.environ.get('CZ_SEED', '1')} {name}")
    _judge(sweep(job, sample(learn(job), rng, SIZE)))


@pytest.mark.full
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", NAMES)
def test_all_faults(jobs: dict[str, Job], name: str) -> None:
    job = jobs[name]
    _judge(sweep(job, all_faults(learn(job), stride=3 if name.startswith("s3") else 1)))
