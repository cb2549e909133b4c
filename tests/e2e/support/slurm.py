"""Slurm on one node: munged, slurmctld and slurmd of the test's own, in a temporary folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

DAEMONS = ("munged", "slurmctld", "slurmd")
WAIT = 120  # seconds
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"

CONFIG = """
ClusterName=camzarr
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
KillWait=5
MinJobAge=600
ReturnToService=2
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=4096 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@dataclass
class Slurm:
    """A cluster of one node."""

    folder: Path
    environment: dict[str, str]

    def run(self, *words: str | Path, cwd: Path | None = None) -> str:
        """Output of one of Slurm's commands, which must succeed."""
        done = subprocess.run(
            [str(w) for w in words], env=self.environment, cwd=cwd, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{words}: {done.stderr}{self.logs()}"
        return done.stdout

    def submit(self, script: Path, *args: str | Path, cwd: Path, options: tuple[str, ...] = ()) -> str:
        """The job's number."""
        words = [*options, script, *args]
        return self.run("sbatch", "--parsable", *words, cwd=cwd).strip()

    def states(self, job: str) -> list[str]:
        """Of the tasks of an array."""
        out = self.run("squeue", "--all", "--array", "--states=all", "--noheader", "-o", "%T", "-j", job)
        return sorted(out.split())

    def wait(self, job: str) -> list[str]:
        """The states in which its tasks ended."""
        limit = time.monotonic() + WAIT
        while left := set(self.states(job)) & {"PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "REQUEUED"}:
            assert time.monotonic() < limit, f"still {left}: {self.run('squeue')}{self.logs()}"
            time.sleep(0.2)
        return self.states(job)

    def logs(self) -> str:
        """The end of the daemons' logs, for messages."""
        found = sorted(self.folder.glob("*.log"))
        return "".join(f"\n{p.name}:\n{p.read_text(errors='replace')[-1500:]}" for p in found)


def _free_ports(n: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(n)]
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def _daemon(words: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    """In the foreground of a session of its own, which ends with the block."""
    with log.open("ab") as out:
        run = subprocess.Popen(words, env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        yield
    finally:
        run.send_signal(signal.SIGTERM)
        try:
            run.wait(20)
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()


@contextmanager
def slurm(cpus: int) -> Iterator[Slurm]:
    """A cluster, as long as the block lasts. Skips the test where it cannot run."""
    missing = [name for name in DAEMONS if not shutil.which(name, path=PATH)]
    if missing:
        pytest.skip(f"optional: {', '.join(missing)} not installed: scripts/slurm")
    if os.geteuid() != 0:
        pytest.skip("optional: slurmd runs as root")
    with tempfile.TemporaryDirectory(prefix="slurm-") as name, ExitStack() as stack:
        folder = Path(name)
        for part in ("state", "spool"):
            (folder / part).mkdir()
        host = socket.gethostname().partition(".")[0]
        config = folder / "slurm.conf"
        config.write_text(CONFIG.format(host=host, folder=folder, ports=_free_ports(2), cpus=cpus))
        key = folder / "munge.key"
        key.touch(0o600)
        key.write_bytes(os.urandom(1024))
        places = [f"--{kind}={folder}/munge.{kind}" for kind in ("socket", "pid-file", "log-file", "seed-file")]
        environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(config)}
        cluster = Slurm(folder, environment)
        daemons = [
            ["munged", "--foreground", "--force", f"--key-file={key}", *places],
            ["slurmctld", "-D", "-f", str(config)],
            ["slurmd", "-D", "-f", str(config), "-N", host],
        ]
        for words in daemons:
            stack.enter_context(_daemon(words, environment, folder / f"{words[0]}.out.log"))
            if words[0] == "munged":
                _until((folder / "munge.socket").exists, cluster)
        _until(lambda: "idle" in _nodes(cluster), cluster)
        yield cluster


def _until(found: Callable[[], bool], cluster: Slurm) -> None:
    limit = time.monotonic() + WAIT
    while not found():
        assert time.monotonic() < limit, f"Slurm did not start: {cluster.logs()}"
        time.sleep(0.1)


def _nodes(cluster: Slurm) -> str:
    words = ["sinfo", "--noheader", "-o", "%t"]
    return subprocess.run(words, env=cluster.environment, capture_output=True, text=True).stdout
