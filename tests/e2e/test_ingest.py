"""An ingest from its listing to the store, with what happens in months: bad files, files that change
between manifest and conversion, a source that goes away, workers that are killed, operators that meet.

Each time nothing is lost, nothing is doubled, and the report is true."""

from __future__ import annotations

import http.server
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
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support import archive as web
from support import schemas, simulated, tree
from support.archive import Archive, serving_archive
from support.command import CAMZARR, FAILED, OK, SOME_FAILED, STOPPED, camzarr
from support.mounts import remount, tmpfs
from support.running import until

ITEMS = [replace(item, kind="whole") for item in simulated.invented(16)]
NAMES = [item.name for item in ITEMS]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("simulated") / "archive"
    simulated.build(ITEMS, root)
    return root


@pytest.fixture(scope="module")
def expected(files: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Digests of the store of conversions one by one."""
    store = tmp_path_factory.mktemp("expected") / "store"
    camzarr("convert", *sorted(files.rglob("*.mov")), store)
    return tree.clip_digests(store)


def manifest_of(source: str | Path, folder: Path, code: int = OK) -> Path:
    out = folder / "manifest.jsonl"
    camzarr("manifest", source, "-o", out, "--overwrite", code=code)
    return out


def read_report(path: Path) -> list[dict[str, Any]]:
    """Its lines; one that a killed run cut off is no line."""
    lines = []
    for text in path.read_text().splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue
        schemas.validate("convert-line", lines[-1])
    return lines


def last_lines(*reports: Path) -> dict[str, dict[str, Any]]:
    """The last line of each clip, which counts."""
    return {line["clip"]: line for path in reports for line in read_report(path)}


# ---- Bad files ---------------------------------------------------------------------------------------


def row_of(item: simulated.Item, folder: Path) -> dict[str, Any]:
    """As dbcamhd.json has it; a broken recording ends with a whole block."""
    path = folder / item.path
    if item.kind == "broken_off":
        size = path.stat().st_size
        os.truncate(path, size - size % simulated.BLOCK)
    moov = item.kind == "whole"
    row = {"filename": str(path), "filesize": path.stat().st_size, "moov": moov, "deployment": 5}
    return row | {"frame_count": 0, "timestamp": 0, "index": None}


def test_the_report_accounts_for_every_row_of_a_listing(tmp_path: Path) -> None:
    """Bad ones with their reason, and those of 2015 for what they are."""
    kinds = {0: "empty", 3: "stub", 5: "broken_off", 8: "empty"}
    items = [replace(item, kind=kinds.get(i, "whole"), frames=30) for i, item in enumerate(ITEMS)]
    folder = tmp_path / "archive"
    simulated.build(items, folder)
    rows = [row_of(item, folder) for item in items]
    rows[10]["frame_count"] = 1_936_287_860  # of another field
    rows[12] |= {"moov": False, "frame_count": 0}  # PyCamHD could not read it; it is whole
    listing, report = tmp_path / "dbcamhd.json", tmp_path / "report.jsonl"
    listing.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"filename": 7}\nnot JSON\n')

    manifest = manifest_of(listing, tmp_path, code=SOME_FAILED)
    listed = {row["name"]: row for row in map(json.loads, manifest.read_text().splitlines())}
    problems = {name: row["problem"]["code"] for name, row in listed.items() if "problem" in row}
    told = {items[i].name: kind for i, kind in kinds.items()} | {items[10].name: "frame_count"}
    assert problems == told
    unread = [name for name, row in listed.items() if row.get("unread")]
    assert unread == [items[12].name]

    words = ["convert", "--manifest", manifest, "--report", report, tmp_path / "store"]
    camzarr(*words, code=SOME_FAILED)
    lines = last_lines(report)
    assert len(read_report(report)) == len(lines) == len(items)
    for item in items:
        line = lines[item.name]
        assert line["status"] == simulated.status_of(item), line
        if item.kind in ("empty", "stub"):
            assert line["error"]["message"] and not line["error"]["retryable"]
        elif item.kind == "whole":
            assert line["frames"] == 30
    assert camzarr("convert", "--manifest", manifest, tmp_path / "store", code=SOME_FAILED)


# ---- Files that change between manifest and conversion -----------------------------------------------


def test_files_that_vanish_change_and_are_cut(files: Path, tmp_path: Path, expected: dict[str, str]) -> None:
    """The manifest is older than the files. Listed again, all that is there is converted."""
    folder, report = tmp_path / "archive", tmp_path / "report.jsonl"
    shutil.copytree(files, folder)
    with serving_archive(folder, "nginx") as server:
        manifest = manifest_of(server.url + "/", tmp_path)
        gone, cut, grown, other = (folder / item.path for item in ITEMS[:4])
        whole = {path: path.read_bytes() for path in (gone, cut, grown, other)}
        gone.unlink()
        cut.write_bytes(whole[cut][:-600])
        grown.write_bytes(whole[grown] + b"\0\0\0\x08free")
        other.write_bytes(whole[cut] + whole[grown])
        words = ["convert", "--manifest", manifest, "--jobs", "2", "--report", report, tmp_path / "store"]
        camzarr(*words, code=SOME_FAILED)
        codes = {name: line["error"]["code"] for name, line in last_lines(report).items() if "error" in line}
        changed = dict.fromkeys((path.stem for path in (cut, grown, other)), "changed")
        assert codes == {gone.stem: "absent"} | changed
        clips = {path.name for path in (tmp_path / "store/clips").iterdir() if path.is_dir()}
        assert clips == set(NAMES) - set(codes), "nothing of a file that changed"
        for path, content in whole.items():
            path.write_bytes(content)
        manifest_of(server.url + "/", tmp_path)
        camzarr(*words)
    assert tree.clip_digests(tmp_path / "store") == expected
    assert Counter(line["status"] for line in last_lines(report).values()) == {"converted": 4, "present": 12}


# ---- A source that goes away -------------------------------------------------------------------------


@contextmanager
def server_at(folder: Path, port: int) -> Iterator[Archive]:
    """The archive at a port of its choice, or at that one."""
    found = Archive(folder)
    handler = type("Handler", (web._Handler,), {"archive": found})
    with web._Server(("127.0.0.1", port), handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


def test_the_source_is_away_for_a_while(files: Path, expected: dict[str, str], tmp_path: Path) -> None:
    """Nothing answers at its port, until the run has said that it waits."""
    report, store = tmp_path / "report.jsonl", tmp_path / "store"
    with server_at(files, 0) as first:
        port = int(first.url.rpartition(":")[2])
        manifest = manifest_of(first.url + "/", tmp_path)
        words = ["convert", "--manifest", manifest, "--jobs", "2", "--patience", "10m"]
        run = subprocess.Popen(
            [CAMZARR, *map(str, [*words, "--report", report, store])], stderr=subprocess.PIPE, text=True
        )
        until(lambda: report.exists() and len(report.read_text().splitlines()) >= 3, run)
    assert run.stderr
    for line in run.stderr:
        if "trying for" in line:
            break
    with server_at(files, port):
        _, err = run.communicate(timeout=240)
    assert run.returncode == OK, err
    assert tree.clip_digests(store) == expected
    lines = read_report(report)
    assert sorted(line["clip"] for line in lines) == sorted(NAMES)
    assert {line["status"] for line in lines} == {"converted"}


# ---- Workers that are killed, operators that meet ----------------------------------------------------


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.full) for n in range(1, 6))])
def test_killed_again_and_again(seed: int, files: Path, expected: dict[str, str], tmp_path: Path) -> None:
    """SIGKILL, at a random number of lines of the report. The next run goes on."""
    report, store, choice = tmp_path / "report.jsonl", tmp_path / "store", random.Random(seed)
    manifest = manifest_of(files, tmp_path)
    words = ["convert", "-q", "--manifest", manifest, "--jobs", "3", "--report", report, store]
    report.touch()
    killed = 0
    for _ in range(5):
        enough = report.read_text().count("\n") + choice.randrange(1, 5)
        with subprocess.Popen([CAMZARR, *map(str, words)]) as run:
            limit = time.monotonic() + 60
            while run.poll() is None and report.read_text().count("\n") < enough:
                assert time.monotonic() < limit
            run.kill()
        killed += run.returncode == -signal.SIGKILL
    assert killed
    camzarr(*words)
    assert tree.clip_digests(store) == expected
    lines = read_report(report)
    assert {line["clip"] for line in lines} == set(NAMES)
    assert {line["status"] for line in lines} <= {"converted", "present"}
    converted = Counter(line["clip"] for line in lines if line["status"] == "converted")
    assert set(converted.values()) <= {1}, "each clip once"


def test_two_operators_with_other_shares(files: Path, expected: dict[str, str], tmp_path: Path) -> None:
    """One has two workers, the other three; one of the workers is stopped, and is not replaced."""
    store, manifest = tmp_path / "store", manifest_of(files, tmp_path)
    runs = {}
    for k, n in [(0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]:
        report = tmp_path / f"report-{k}-{n}.jsonl"
        words = ["convert", "-q", "--manifest", manifest, "--index", f"{k}/{n}", "--report", report, store]
        runs[report] = subprocess.Popen([CAMZARR, *map(str, words)], stderr=subprocess.DEVNULL)
    stopped = tmp_path / "report-1-2.jsonl"
    runs[stopped].send_signal(signal.SIGTERM)
    codes = {report: run.wait(240) for report, run in runs.items()}
    assert codes.pop(stopped) in (STOPPED, OK, -signal.SIGTERM) and set(codes.values()) == {OK}
    assert tree.clip_digests(store) == expected
    lines = [line for report in codes for line in read_report(report)]
    assert {line["clip"] for line in lines} == set(NAMES)
    assert {line["status"] for line in lines} <= {"converted", "present"}


# ---- A store that is full ----------------------------------------------------------------------------


def test_workers_of_a_full_store(files: Path, expected: dict[str, str], tmp_path: Path) -> None:
    """Both end, their reports say why, and the same commands go on when there is room."""
    manifest = manifest_of(files, tmp_path)
    with tmpfs(tmp_path / "small", 1 << 20) as place:
        reports = [tmp_path / f"report-{k}.jsonl" for k in range(2)]
        for code in (SOME_FAILED, OK):
            commands = [
                ["convert", "-q", "--manifest", manifest, "--index", f"{k}/2", "--report", reports[k]]
                for k in range(2)
            ]
            runs = [subprocess.Popen([CAMZARR, *map(str, [*c, place / "s"])]) for c in commands]
            codes = [run.wait(240) for run in runs]
            lines = last_lines(*reports)
            full = [line for line in lines.values() if "error" in line]
            if code == OK:
                assert codes == [OK, OK] and not full
            else:
                assert set(codes) <= {SOME_FAILED, FAILED}
                assert {line["error"]["code"] for line in full} == {"full"} and len(lines) < len(NAMES)
                remount(place, "size=64m")
        assert tree.clip_digests(place / "s") == expected
