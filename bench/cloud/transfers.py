"""The measurements of bench/cloud/run, a table each."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median

from maker import big
from support.measure import Usage, measured
from support.objects import Place
from support.servers import S3, nginx, versitygw

NAME = "CAMHDA301-20180712T001500"
Command = Callable[[Path], list[str]]  # of a new folder for results
Runs = dict[str, list[Usage]]


@contextmanager
def relay(program: Path, url: str, milliseconds: float) -> Iterator[str]:
    """The server's address through a relay that adds that many milliseconds to a round trip."""
    port = url.rpartition(":")[2]
    command = [program, port, str(milliseconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        try:
            yield f"http://127.0.0.1:{run.stdout.readline().strip()}"
        finally:
            run.kill()


class Bench:
    """A source, its converted store, and the measurements."""

    def __init__(self, folder: Path, build: Path, peers: Path, size: float, runs: int) -> None:
        self.folder = folder
        self.camzarr = str(build / "camzarr")
        self.build = build
        self.peers = peers
        self.runs = runs
        self.relay = build / "bench/cloud/bench-cloud-relay"
        for target in ("bench-cloud", "bench-cloud-relay"):
            command = ["cmake", "--build", build, "--target", target]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        self.mov = folder / "web" / f"{NAME}.mov"
        self.mov.parent.mkdir()
        big(self.mov, int(size * 1e9))
        self.gb = self.mov.stat().st_size / 1e9
        self.store = folder / "store"
        subprocess.run([self.camzarr, "convert", "-q", self.mov, self.store], check=True)

    def versions(self) -> str:
        """The machine and the programs' versions, in one line."""
        parts = [f"{platform.machine()}, {os.cpu_count()} processors", platform.release()]
        for command in (
            [self.camzarr, "--version"],
            ["curl", "--version"],
            [self.peers / "aws", "--version"],
            [self.peers / "rclone", "version"],
            [self.peers / "s5cmd", "version"],
        ):
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            parts.append(" ".join(done.stdout.split()[:3]))
        return "; ".join(parts)

    # ---- The parts -----------------------------------------------------------------------------

    def source(self) -> None:
        """From HTTP to a folder."""
        convert = [self.camzarr, "convert", "-q"]
        with nginx(f"root {self.mov.parent};") as web:
            url = f"{web.url}/{NAME}.mov"
            runs = self._turns(
                {
                    "convert URL STORE": lambda to: [*convert, url, f"{to}/store"],
                    "convert MOV STORE": lambda to: [*convert, f"{self.mov}", f"{to}/store"],
                    "curl -o FILE URL": lambda to: ["curl", "-s", "-o", f"{to}/file", url],
                }
            )
        self._table("HTTP source to a folder", runs)
        slower = _ratios(
            runs, "convert URL STORE", "convert MOV STORE", "curl -o FILE URL", worst=True
        )
        _say("rate against the slower of curl and the local convert", slower, "at least 0.9")
        self._connections()

    def _connections(self) -> None:
        part = self.folder / "part"
        part.mkdir()
        big(part / f"{NAME}.mov", int(min(self.gb, 0.2) * 1e9))
        convert = [self.camzarr, "convert", "-q", "--connections"]
        with nginx(f"root {part}; limit_rate 20m;") as web:
            url = f"{web.url}/{NAME}.mov"
            runs = self._turns(
                {
                    "8 connections": lambda to: [*convert, "8", url, f"{to}/store"],
                    "1 connection": lambda to: [*convert, "1", url, f"{to}/store"],
                }
            )
        shutil.rmtree(part)
        ratios = _ratios(runs, "8 connections", "1 connection")
        _say("20 MB/s a connection: 8 connections against one", ratios, "at least 7.5")

    def upload(self) -> None:
        """From a file to an S3 store; peers copy the same bytes as existing objects."""
        with versitygw() as server:
            os.environ.update(server.environment())
            runs = self._turns(self._uploads(server), lambda: _empty(server))
            self._table("MOV to S3 (versitygw)", runs)
            digests = {
                "convert MOV STORE": lambda to: [
                    self.camzarr,
                    "convert",
                    "-q",
                    f"{self.mov}",
                    f"{to}/s",
                ],
                "openssl sha256": lambda _: ["openssl", "dgst", "-sha256", f"{self.mov}"],
                "openssl md5": lambda _: ["openssl", "dgst", "-md5", f"{self.mov}"],
            }
            parts = self._turns(digests)
            _say_cpu(runs["convert MOV S3"], parts)
            peers = [name for name in runs if name != "convert MOV S3"]
            ratios = _ratios(runs, "convert MOV S3", *peers)
            _say("rate against the fastest of them", ratios, "at least 0.8")
            self._latency(server)

    def _uploads(self, server: S3) -> dict[str, Command]:
        def to() -> str:
            return f"{Place(server).bucket}/x"

        copy = f":s3,provider=Other,env_auth=true,endpoint='{server.endpoint}':"
        aws = [f"{self.peers}/aws", "--endpoint-url", server.endpoint, "s3", "cp", "--quiet"]
        s5 = [f"{self.peers}/s5cmd", "--log", "error", "--endpoint-url", server.endpoint]
        one = [f"{self.peers}/rclone", "--config", "", "--transfers", "16", "copy"]
        store = f"{self.store}"
        return {
            "convert MOV S3": lambda _: [
                self.camzarr,
                "convert",
                "-q",
                f"{self.mov}",
                f"s3://{to()}",
            ],
            "aws s3 cp": lambda _: [*aws, "--recursive", store, f"s3://{to()}"],
            "rclone copy": lambda _: [*one, "--s3-no-check-bucket", store, f"{copy}{to()}"],
            "s5cmd cp": lambda _: [*s5, "cp", f"{store}/*", f"s3://{to()}/"],
        }

    def _latency(self, server: S3) -> None:
        """Both through the relay, so that its cost is the same for both."""

        def convert(_: Path) -> list[str]:
            return [self.camzarr, "convert", "-q", f"{self.mov}", Place(server).url("x")]

        runs: Runs = {"0 ms": [], "20 ms": []}
        for _ in range(self.runs):
            for milliseconds in (0, 20):
                with relay(self.relay, server.endpoint, milliseconds) as url:
                    os.environ["AWS_ENDPOINT_URL"] = url
                    runs[f"{milliseconds} ms"].append(measured(*convert(self.folder)))
                _empty(server)
        os.environ["AWS_ENDPOINT_URL"] = server.endpoint
        _say(
            "rate with 20 ms of latency against none",
            _ratios(runs, "20 ms", "0 ms"),
            "at least 0.9",
        )

    def frames(self) -> None:
        """Random frames over HTTP."""
        with nginx(f"root {self.store};") as web:
            rows = self._frames(web.url, 1000)
            _say(
                "time of a frame against bare libcurl, warm",
                [c / o for c, o, _ in rows],
                "at most 1.2",
            )
            with relay(self.relay, web.url, 20) as url:
                rows = self._frames(url, 64)
        _say(
            "20 ms: eight in flight against one at a time",
            [e / o for _, o, e in rows],
            "at least 7",
        )

    def _frames(self, url: str, count: int) -> list[list[float]]:
        command = [self.build / "bench/cloud/bench-cloud", str(self.runs), str(count), url, NAME]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return [[float(word) for word in line.split()] for line in done.stdout.splitlines()]

    # ---- Turns ---------------------------------------------------------------------------------

    def _turns(
        self, commands: dict[str, Command], after: Callable[[], None] = lambda: None
    ) -> Runs:
        """Each once per turn, after a turn to warm up, in a random but reproducible order: a program that runs after
        a large copy is slowed down by its write-back."""
        runs: Runs = {name: [] for name in commands}
        chance = Random(0)
        for turn in range(self.runs + 1):
            for name in chance.sample(list(commands), len(commands)):
                command = commands[name]
                to = self.folder / "to"
                to.mkdir()
                used = measured(*command(to))
                shutil.rmtree(to)
                after()
                if turn:
                    runs[name].append(used)
        return runs

    def _table(self, title: str, runs: Runs) -> None:
        print(f"\n{title}, {self.gb:.2f} GB, {self.runs} turns")
        print(f"{'':18} {'GB/s':>6} {'CPU s/GB':>9} {'MiB':>6}")
        for name, used in runs.items():
            rate = median(self.gb / one.seconds for one in used)
            cpu = median(one.cpu for one in used) / self.gb
            print(f"{name:18} {rate:6.2f} {cpu:9.2f} {max(one.peak for one in used) / 2**20:6.0f}")


def _empty(server: S3) -> None:
    """Remove the objects that were put, which would fill the disk."""
    for bucket in (server.log.parent / "objects").iterdir():
        for child in bucket.iterdir():
            shutil.rmtree(child)


def _ratios(runs: Runs, ours: str, *peers: str, worst: bool = False) -> list[float]:
    """camzarr's rates divided by those of the fastest, or slowest, peer of the same turn."""
    choose = max if worst else min
    found = []
    for turn, us in enumerate(runs[ours]):
        found.append(choose(runs[peer][turn].seconds for peer in peers) / us.seconds)
    return found


def _say(what: str, ratios: list[float], bar: str) -> None:
    spread = f"({min(ratios):.2f}-{max(ratios):.2f})"
    print(f"{what}: {median(ratios):.2f} {spread}; aim: {bar}", flush=True)


def _say_cpu(ours: list[Usage], parts: Runs) -> None:
    sums = [sum(one.cpu for one in turn) for turn in zip(*parts.values(), strict=True)]
    ratios = [us.cpu / other for us, other in zip(ours, sums, strict=True)]
    _say("CPU against the local convert + SHA-256 + MD5", ratios, "at most 1.3")
