"""The simulated archive of bench/scale/run: how long the ingest of many small files takes."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/e2e")]

from support import servers, simulated, tree  # noqa: E402

CAMZARR = Path(os.environ.get("CAMZARR") or ROOT / "build/release/camzarr")


def timed(*words: str | Path) -> float:
    """Seconds of a command; some clips of an archive may fail."""
    start = time.perf_counter()
    done = subprocess.run([CAMZARR, *words], capture_output=True, text=True)
    assert done.returncode in (0, 3), f"{words}: {done.stderr[-2000:]}"
    return time.perf_counter() - start


def processor() -> float:
    """Seconds that commands have used, in user and system mode."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ingest(workers: int, manifest: Path, store: Path, reports: Path) -> tuple[float, float]:
    """Seconds of the conversion by that many processes, and of processors."""
    reports.mkdir(exist_ok=True)
    start, before = time.perf_counter(), processor()
    runs = []
    for k in range(workers):
        words = ["--manifest", manifest, "--index", f"{k}/{workers}", "--memory", "64M", "--threads", "1"]
        words += ["--report", reports / f"{k}.jsonl", store]
        runs.append(subprocess.Popen([CAMZARR, "convert", "-q", *words], stderr=subprocess.DEVNULL))
    codes = {run.wait() for run in runs}
    assert codes <= {0, 3}, codes
    return time.perf_counter() - start, processor() - before


def copied(folder: Path, to: Path) -> float:
    """Seconds in which a process reads the bytes of the archive and writes them, with their digests."""
    start = time.perf_counter()
    for path in sorted(folder.rglob("*.mov")):
        target = to / path.name
        target.write_bytes(path.read_bytes())
    return time.perf_counter() - start


def check(reports: Path, items: list[simulated.Item]) -> None:
    """Each file is in the report once, and with what it is."""
    lines = [json.loads(line) for path in reports.glob("*.jsonl") for line in path.open()]
    found = {line["clip"]: line["status"] for line in lines}
    assert len(lines) == len(found) == len(items), (len(lines), len(found), len(items))
    wrong = {item.name: found[item.name] for item in items if found[item.name] != simulated.status_of(item)}
    assert not wrong, wrong


def main() -> None:
    """Print a line for each measurement."""
    parser = argparse.ArgumentParser(prog="bench/scale/run archive")
    parser.add_argument("--listing", type=Path, help="dbcamhd.json: its names and times")
    parser.add_argument("--rows", type=int, default=2000, help="0: all of the listing")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    given = parser.parse_args()
    if given.listing:
        items = simulated.items_of(given.listing)
        items = items[:: max(1, len(items) // given.rows)][: given.rows] if given.rows else items
    else:
        items = simulated.invented(given.rows)
    with tempfile.TemporaryDirectory(dir=os.environ.get("CAMZARR_BENCH")) as name:
        measure(items, Path(name), given.workers)


def measure(items: list[simulated.Item], folder: Path, workers: list[int]) -> None:
    archive, manifest = folder / "archive", folder / "manifest.jsonl"
    simulated.build(items, archive)
    frames = sum(item.frames for item in items if item.kind in ("whole", "broken_off"))
    size = sum(path.stat().st_size for path in archive.rglob("*.mov"))
    print(f"archive: {dict(Counter(i.kind for i in items))}, {frames} frames, {size / 1e6:.0f} MB", flush=True)
    with servers.nginx(f"root {archive}; autoindex on;") as web:
        seconds = timed("manifest", f"{web.url}/", "-o", manifest)
        rows = len(manifest.read_text().splitlines())
        print(f"manifest: {rows} rows in {seconds:.1f} s", flush=True)
        assert rows == len(items)
        digests = {}
        for n in workers:
            store, reports = folder / f"store-{n}", folder / f"reports-{n}"
            seconds, used = ingest(n, manifest, store, reports)
            check(reports, items)
            print(f"{n} workers: {seconds:.0f} s, {seconds / rows * 1000:.1f} ms a clip, "
                  f"{used / rows * 1000:.1f} ms of a processor", flush=True)
            digests[n] = tree.digests(store)
            assert digests[n] == digests[workers[0]], "the stores differ"
        print(f"stores: the same {len(digests[workers[0]])} files", flush=True)
        seconds = timed("convert", "-q", "--manifest", manifest, "--jobs", "4", store)
        print(f"second run, --jobs 4: {seconds:.1f} s", flush=True)
    (folder / "copies").mkdir()
    print(f"a copy of the files: {copied(archive, folder / 'copies') / rows * 1000:.1f} ms a file")


main()
