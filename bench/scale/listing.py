"""The measurements of bench/scale/run."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / part) for part in ("tests", "tests/e2e", "bench/cloud")]

from maker import make  # noqa: E402
from support import servers  # noqa: E402
from support.objects import Place  # noqa: E402
from transfers import relay  # noqa: E402

CAMZARR = Path(os.environ.get("CAMZARR") or ROOT / "build/release/camzarr")
RELAY = ROOT / "build/release/bench/cloud/bench-cloud-relay"
ARCHIVE = 20_000  # clips


def made(clips: int, folder: Path, store: str, environment: dict[str, str]) -> None:
    """Clips of one frame each; their sources are links to one movie."""
    movie = make("one_frame", folder).path
    (folder / "many").mkdir()
    sources = [folder / "many" / f"CAMHDA301-{i:08d}.mov" for i in range(clips)]
    for source in sources:
        source.symlink_to(movie)
    for at in range(0, clips, 500):
        command = [CAMZARR, "convert", "-q", *sources[at : at + 500], store]
        subprocess.run(command, check=True, env=environment)


def listed(store: str, environment: dict[str, str]) -> tuple[float, int, int]:
    """Seconds, requests and clips of `camzarr ls`."""
    start = time.perf_counter()
    command = [CAMZARR, "ls", "--json", "--stats", store]
    done = subprocess.run(command, capture_output=True, check=True, text=True, env=environment)
    seconds = time.perf_counter() - start
    requests = re.search(r"(\d+) requests", done.stderr)
    assert requests, done.stderr
    return seconds, int(requests[1]), len(done.stdout.splitlines())


def main() -> None:
    """Print clips, requests and seconds, and what the archive would take, without and with a catalog."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=20, help="milliseconds of a round trip")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, servers.versitygw() as gateway:
        store = Place(gateway).url("store")
        environment = {**os.environ, **gateway.environment()}
        made(given.clips, Path(name), store, environment)
        with relay(RELAY, gateway.endpoint, given.latency) as url:
            far = {**os.environ, **gateway.environment(url)}
            without = [listed(store, far) for _ in range(given.runs)]
            subprocess.run([CAMZARR, "catalog", "-q", store], check=True, env=environment)
            with_one = [listed(store, far) for _ in range(given.runs)]
    for name, runs in (("without a catalog", without), ("with one", with_one)):
        _, requests, clips = runs[0]
        assert clips == given.clips
        seconds = median(run[0] for run in runs)
        # With a catalog the number of requests does not grow with the clips.
        whole = f"; {ARCHIVE} clips at this rate {seconds / clips * ARCHIVE:.0f} s" if requests > clips else ""
        print(f"{name}: {clips} clips, {given.latency:g} ms: {requests} requests, {seconds:.2f} s{whole}")


main()
