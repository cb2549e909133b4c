"""deploy/slurm/ingest.sbatch: as a plain process with Slurm's environment, and as an array of jobs of a
Slurm of its own (scripts/slurm)."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maker import make
from support import schemas, servers, simulated, tree
from support.archive import Archive, serving_archive
from support.command import CAMZARR, RETRY, SOME_FAILED, STOPPED, USAGE, camzarr
from support.running import until
from support.slurm import Slurm, slurm

SCRIPT = Path(__file__).resolve().parents[2] / "deploy/slurm/ingest.sbatch"
NAMES = [f"CAMHDA301-201807{day:02}T001500" for day in range(10, 20)]
TASKS = 3


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive")
    make("long_clip", root / f"{NAMES[0]}.mov")
    for name in NAMES[1:]:
        shutil.copy(root / f"{NAMES[0]}.mov", root / f"{name}.mov")
    return root


@pytest.fixture(scope="module")
def expected(files: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    store = tmp_path_factory.mktemp("expected") / "store"
    camzarr("convert", *sorted(files.glob("*.mov")), store)
    return tree.clip_digests(store)


@pytest.fixture
def archive(files: Path) -> Iterator[Archive]:
    with serving_archive(files) as server:
        yield server


def listed(url: str, files: Path, folder: Path) -> Path:
    out = folder / "manifest.jsonl"
    rows = [{"source": f"{url}/{name}.mov", "size": (files / f"{name}.mov").stat().st_size} for name in NAMES]
    out.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return out


def read_reports(folder: Path) -> list[dict[str, Any]]:
    texts = [path.read_text() for path in sorted(folder.glob("*.jsonl"))]
    lines = [json.loads(line) for text in texts for line in text.splitlines()]
    for line in lines:
        schemas.validate("convert-line", line)
    return lines


# ---- Without Slurm -----------------------------------------------------------------------------------


class Task:
    """The script as a job's process. A `scontrol` in front of the PATH notes what it is asked."""

    def __init__(self, folder: Path, *args: str | Path, **environment: str) -> None:
        self.asked = folder / "asked"
        programs = folder / "bin"
        programs.mkdir(exist_ok=True)
        (programs / "scontrol").write_text(f'#!/bin/sh\necho "$@" >>{self.asked}\n')
        (programs / "scontrol").chmod(0o755)
        ours = {k: v for k, v in os.environ.items() if not k.startswith("SLURM_")}
        task = {"SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_MIN": "0"}
        count = {"SLURM_ARRAY_TASK_COUNT": "2", "PATH": f"{programs}:{os.environ['PATH']}"}
        self.environment = {**ours, **task, **count, "CAMZARR": str(CAMZARR), **environment}
        self.words = ["bash", SCRIPT, *args]

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(self.words, env=self.environment, stderr=subprocess.PIPE, text=True)

    def run(self) -> int:
        run = self.start()
        run.communicate(timeout=120)
        return run.returncode

    def requeued(self) -> str:
        return self.asked.read_text() if self.asked.exists() else ""


def test_a_task_converts_its_share(files: Path, tmp_path: Path) -> None:
    task = Task(tmp_path, listed(str(files), files, tmp_path), tmp_path / "s", tmp_path / "reports")
    assert task.run() == 0 and not task.requeued()
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["1.jsonl"]
    assert [line["clip"] for line in read_reports(tmp_path / "reports")] == NAMES[1::2]


@pytest.mark.parametrize("sent, requeue", [(signal.SIGUSR1, "requeue 7_1\n"), (signal.SIGTERM, "")])
def test_signals(
    sent: signal.Signals, requeue: str, archive: Archive, files: Path, tmp_path: Path, expected: dict[str, str]
) -> None:
    """The time limit is near, or the job is preempted: the command stops, and can go on."""
    rows, archive.held = listed(archive.url, files, tmp_path), threading.Event()
    args = rows, tmp_path / "s", tmp_path / "reports"
    task = Task(tmp_path, *args)
    with task.start() as run:
        until(lambda: [m for m, path in archive.log if m == "GET" and path.endswith(".mov")], run)
        run.send_signal(sent)
        _, err = run.communicate(timeout=120)
    assert run.returncode == STOPPED and "run the same command again" in err
    assert task.requeued() == requeue
    archive.held.set()
    assert Task(tmp_path, *args, SLURM_RESTART_COUNT="1").run() == 0
    assert Task(tmp_path, *args, SLURM_ARRAY_TASK_ID="0").run() == 0
    assert tree.clip_digests(tmp_path / "s") == expected


@pytest.mark.parametrize(
    "code, restarts, requeue",
    [(RETRY, "0", True), (RETRY, "8", False), (SOME_FAILED, "0", False), (137, "2", True), (STOPPED, "0", False)],
)
def test_exit_codes(code: int, restarts: str, requeue: bool, tmp_path: Path) -> None:
    command = tmp_path / "command"
    command.write_text(f"#!/bin/sh\nexit {code}\n")
    command.chmod(0o755)
    words = "manifest", "store", tmp_path / "reports"
    task = Task(tmp_path, *words, CAMZARR=str(command), SLURM_RESTART_COUNT=restarts)
    assert task.run() == code and bool(task.requeued()) == requeue


def test_usage(tmp_path: Path) -> None:
    assert Task(tmp_path, "manifest", "store").run() == USAGE


# ---- With Slurm --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster() -> Iterator[Slurm]:
    os.environ["CAMZARR"] = str(CAMZARR)
    with slurm(cpus=TASKS) as found:
        yield found


OPTIONS = (f"--array=0-{TASKS - 1}", "--cpus-per-task=1", "--mem=256M")


@pytest.mark.full
def test_array(
    cluster: Slurm, archive: Archive, files: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    rows, store, reports = listed(archive.url, files, tmp_path), tmp_path / "s", tmp_path / "reports"
    job = cluster.submit(SCRIPT, rows, store, reports, cwd=tmp_path, options=OPTIONS)
    assert cluster.wait(job) == ["COMPLETED"] * TASKS, cluster.logs()
    assert tree.clip_digests(store) == expected
    lines = read_reports(reports)
    assert sorted(line["clip"] for line in lines) == NAMES
    assert {line["status"] for line in lines} == {"converted"}
    job = cluster.submit(SCRIPT, rows, store, reports, cwd=tmp_path, options=OPTIONS)
    assert cluster.wait(job) == ["COMPLETED"] * TASKS
    assert Counter(line["status"] for line in read_reports(reports)) == {"converted": 10, "present": 10}


def commands(store: Path) -> list[int]:
    found = subprocess.run(["pgrep", "-f", f"convert .* {store}$"], capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


@pytest.mark.full
def test_workers_die_at_random(
    cluster: Slurm, archive: Archive, files: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    """By SIGKILL, as when memory is short: their tasks are queued again."""
    rows, store, reports = listed(archive.url, files, tmp_path), tmp_path / "s", tmp_path / "reports"
    archive.held, choice, killed = threading.Event(), random.Random(0), 0
    job = cluster.submit(SCRIPT, rows, store, reports, cwd=tmp_path, options=OPTIONS)
    limit = time.monotonic() + 120
    while killed < 4:
        assert time.monotonic() < limit, cluster.logs()
        if running := commands(store):
            os.kill(choice.choice(running), signal.SIGKILL)
            killed += 1
        time.sleep(1)
    archive.held.set()
    assert cluster.wait(job) == ["COMPLETED"] * TASKS, cluster.logs()
    assert tree.clip_digests(store) == expected
    lines = read_reports(reports)
    assert sorted({line["clip"] for line in lines}) == NAMES
    assert {line["status"] for line in lines} <= {"converted", "present"}


@pytest.mark.full
def test_near_the_time_limit(
    cluster: Slurm, archive: Archive, files: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    """The tasks stop, are queued again, and end."""
    rows, store, reports = listed(archive.url, files, tmp_path), tmp_path / "s", tmp_path / "reports"
    archive.held = threading.Event()
    job = cluster.submit(SCRIPT, rows, store, reports, cwd=tmp_path, options=OPTIONS)
    limit = time.monotonic() + 120
    while len(commands(store)) < TASKS or "PENDING" in cluster.states(job):
        assert time.monotonic() < limit, cluster.logs()
        time.sleep(0.2)
    cluster.run("scancel", "--batch", "--signal=USR1", job)
    while commands(store):
        assert time.monotonic() < limit, cluster.logs()
        time.sleep(0.2)
    archive.held.set()
    assert cluster.wait(job) == ["COMPLETED"] * TASKS, cluster.logs()
    assert tree.clip_digests(store) == expected
    logs = "".join(path.read_text() for path in tmp_path.glob("camzarr-*.log"))
    assert logs.count("queued again, as restart 1") == TASKS


@pytest.mark.full
def test_a_clip_that_fails(cluster: Slurm, archive: Archive, files: Path, tmp_path: Path) -> None:
    """Its task fails after the other clips, and is not queued again; --only failed is."""
    rows, store, reports = listed(archive.url, files, tmp_path), tmp_path / "s", tmp_path / "reports"
    archive.statuses[f"/{NAMES[4]}.mov"] = [404] * 9
    job = cluster.submit(SCRIPT, rows, store, reports, cwd=tmp_path, options=OPTIONS)
    assert cluster.wait(job) == ["COMPLETED"] * (TASKS - 1) + ["FAILED"]
    assert [line["clip"] for line in read_reports(reports) if "error" in line] == [NAMES[4]]
    archive.statuses.clear()
    words = rows, store, reports, "--only", "failed"
    job = cluster.submit(SCRIPT, *words, cwd=tmp_path, options=OPTIONS)
    assert cluster.wait(job) == ["COMPLETED"] * TASKS
    assert len(read_reports(reports)) == len(NAMES) + 1


@pytest.mark.full
def test_simulated_archive(cluster: Slurm, tmp_path: Path) -> None:
    """The store of a single process, and each file is reported once, with what it is."""
    items = simulated.invented(1000)
    simulated.build(items, tmp_path / "archive")
    one, many, reports = (tmp_path / name for name in ("one", "many", "reports"))
    with servers.nginx(f"root {tmp_path / 'archive'}; autoindex on;") as web:
        manifest = tmp_path / "manifest.jsonl"
        camzarr("manifest", f"{web.url}/", "-o", manifest)
        camzarr("convert", "-q", "--manifest", manifest, one, code=SOME_FAILED)
        job = cluster.submit(SCRIPT, manifest, many, reports, cwd=tmp_path, options=OPTIONS)
        assert set(cluster.wait(job)) <= {"COMPLETED", "FAILED"}
    assert tree.clip_digests(many) == tree.clip_digests(one)
    found = [(line["clip"], line["status"]) for line in read_reports(reports)]
    assert sorted(found) == sorted((item.name, simulated.status_of(item)) for item in items)
