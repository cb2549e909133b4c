"""camzarr.dask.convert(): the store of a single process, although workers die; and a true report."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from distributed import Client, LocalCluster

import camzarr
import camzarr.dask
from camzarr.dask.task import Outcome
from conftest import COMMAND, ROOT, run
from maker import make

sys.path.insert(0, str(ROOT / "tests/e2e"))

from support import schemas, servers, simulated, tree  # noqa: E402
from support.archive import Archive, serving_archive  # noqa: E402
from support.mounts import remount, tmpfs  # noqa: E402

PATIENCE = 60  # seconds
CASES = ("usual", "long_clip")
NAMES = [f"CAMHDA301-2018{month:02}{day:02}T000000" for month in (7, 8) for day in range(10, 16)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of two recordings in turn."""
    root = tmp_path_factory.mktemp("archive")
    for i, name in enumerate(NAMES):
        made = root / f"{name}.mov"
        if i < len(CASES):
            make(CASES[i], made)
        else:
            shutil.copy(root / f"{NAMES[i % len(CASES)]}.mov", made)
    return root


@pytest.fixture(scope="module")
def expected(files: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Digests of the store that one process makes."""
    store = tmp_path_factory.mktemp("expected") / "store"
    run(COMMAND, "convert", "--quiet", *sorted(files.glob("*.mov")), store)
    return tree.clip_digests(store)


@pytest.fixture
def archive(files: Path) -> Iterator[Archive]:
    with serving_archive(files) as server:
        yield server


@contextmanager
def workers(n: int, threads: int = 1) -> Iterator[Client]:
    """A cluster of processes on loopback."""
    where = {"host": "127.0.0.1", "dashboard_address": ":0"}
    with (
        LocalCluster(n_workers=n, threads_per_worker=threads, processes=True, **where) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with workers(3) as client:
        yield client


def rows_of(url: str, files: Path) -> list[dict[str, Any]]:
    sizes = {name: (files / f"{name}.mov").stat().st_size for name in NAMES}
    return [{"source": f"{url}/{name}.mov", "size": size} for name, size in sizes.items()]


def manifest_of(rows: list[dict[str, Any]], folder: Path) -> Path:
    path = folder / "manifest.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read_report(path: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        schemas.validate("convert-line", line)
    return lines


def test_same_store_as_one_process(
    client: Client, archive: Archive, files: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    manifest, store = manifest_of(rows_of(archive.url, files), tmp_path), tmp_path / "store"
    report, seen = tmp_path / "report.jsonl", list[str]()
    done = camzarr.dask.convert(
        manifest, store, client, report=report, progress=lambda one: seen.append(one.clip)
    )
    assert [one.clip for one in done] == NAMES and {one.status for one in done} == {"converted"}
    assert tree.clip_digests(store) == expected
    lines = read_report(report)
    assert [line["clip"] for line in lines] == seen and sorted(seen) == NAMES
    assert all(line["seconds"] and line["network"]["requests"] for line in lines)

    archive.log.clear()
    again = camzarr.dask.convert(manifest, store, client, report=report)
    assert {one.status for one in again} == {"present"}
    assert sorted(archive.log) == sorted(("HEAD", f"/{name}.mov") for name in NAMES)
    assert len(read_report(report)) == 2 * len(NAMES)
    only = ["convert", "--manifest", manifest, "--only", "failed", "--report", report, store]
    assert run(COMMAND, *only) == b"", "the command reads the report"


def test_paths_and_batches(client: Client, files: Path, expected: dict[str, str], tmp_path: Path) -> None:
    done = camzarr.dask.convert(sorted(files.glob("*.mov")), tmp_path / "store", client, batch=5)
    assert [one.clip for one in done] == NAMES
    assert tree.clip_digests(tmp_path / "store") == expected


# ---- Workers that die ------------------------------------------------------------------------------


def commands(store: Path) -> set[int]:
    """Processes of the command that convert to a store."""
    found = set()
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if str(store) in words and "convert" in words:
            found.add(process.pid)
    return found


def until(found: Callable[[], object]) -> None:
    limit = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < limit, "that never came"
        time.sleep(0.05)


def kill_one(client: Client, choice: random.Random) -> None:
    """A worker, by SIGKILL; its nanny starts another."""
    found = client.run(os.getpid, on_error="ignore")
    with suppress(ProcessLookupError):
        os.kill(choice.choice(sorted(found.values())), signal.SIGKILL)


def test_a_worker_dies_and_another_takes_its_clip(
    client: Client, archive: Archive, files: Path, tmp_path: Path
) -> None:
    """The dead one's command ends, too."""
    archive.held, store, report = threading.Event(), tmp_path / "store", tmp_path / "report.jsonl"
    rows = rows_of(archive.url, files)[:1]
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(camzarr.dask.convert, rows, store, client, report=report)
        until(lambda: [method for method, _ in archive.log if method == "GET"])
        (first,) = commands(store)
        os.kill(psutil.Process(first).ppid(), signal.SIGKILL)
        until(lambda: first not in commands(store))
        archive.held.set()
        (done,) = ended.result()
    assert done.status == "converted"
    assert [line["status"] for line in read_report(report)] == ["converted"]


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(1, 9))])
def test_workers_die_at_random(
    seed: int, archive: Archive, files: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    """One at every third clip: nothing is lost, nothing is doubled, and the report is true."""
    store, report, choice = tmp_path / "store", tmp_path / "report.jsonl", random.Random(seed)
    seen: list[str] = []
    with workers(3) as client:

        def on_clip(one: camzarr.Report) -> None:
            seen.append(one.clip)
            if len(seen) % 3 == 1:
                kill_one(client, choice)

        rows = rows_of(archive.url, files)
        done = camzarr.dask.convert(rows, store, client, report=report, progress=on_clip, retries=9)
    assert tree.clip_digests(store) == expected
    assert [one.clip for one in done] == NAMES
    assert sorted(seen) == NAMES == sorted(line["clip"] for line in read_report(report))
    assert {one.status for one in done} <= {"converted", "present"}
    assert all(one.frames and one.md5 for one in done)


@pytest.mark.full
def test_simulated_archive(tmp_path: Path) -> None:
    """Three workers, one killed every 20 s: the store of a single process, and each file is reported."""
    items = simulated.invented(1000)
    simulated.build(items, tmp_path / "archive")
    one, many, report = (tmp_path / name for name in ("one", "many", "report.jsonl"))
    with servers.nginx(f"root {tmp_path / 'archive'}; autoindex on;") as web, workers(3) as client:
        manifest = tmp_path / "manifest.jsonl"
        run(COMMAND, "manifest", f"{web.url}/", "-o", manifest)
        words = [str(COMMAND), "convert", "-q", "--manifest", str(manifest), str(one)]
        assert subprocess.run(words, stderr=subprocess.DEVNULL).returncode == 3, "some files are bad"
        stop, choice = threading.Event(), random.Random(5)

        def kill_them() -> int:
            kills = 0
            while not stop.wait(20):
                kill_one(client, choice)
                kills += 1
            return kills

        with ThreadPoolExecutor(1) as pool:
            killer = pool.submit(kill_them)
            try:
                with pytest.raises(camzarr.ConversionsFailedError) as raised:
                    camzarr.dask.convert(manifest, many, client, report=report, retries=9)
            finally:
                stop.set()
            assert killer.result() >= 1, "it was over before a worker was killed"
    assert tree.clip_digests(many) == tree.clip_digests(one)
    lines = read_report(report)
    assert len(lines) == len(items) == len(raised.value.reports)
    found = {line["clip"]: line["status"] for line in lines}
    for item in items:
        told = simulated.status_of(item)
        is_late = found[item.name] == "present" and told in ("converted", "recovered")
        assert found[item.name] == told or is_late, item


def test_a_row_whose_command_is_always_killed(
    client: Client, archive: Archive, files: Path, tmp_path: Path
) -> None:
    """As when memory is short: it fails after its attempts."""
    archive.held, store, stop = threading.Event(), tmp_path / "store", threading.Event()

    def kill_them() -> None:
        while not stop.wait(0.1):
            for process in commands(store):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    with ThreadPoolExecutor(1) as pool:
        killer = pool.submit(kill_them)
        try:
            with pytest.raises(camzarr.ConversionsFailedError, match="1 of 1 clip failed.*signal 9") as raised:
                camzarr.dask.convert(rows_of(archive.url, files)[:1], store, client, retries=1)
        finally:
            stop.set()
            killer.result()
    (line,) = raised.value.reports
    assert line.status == "failed" and isinstance(line.error, camzarr.UnreachableError)


# ---- Failures --------------------------------------------------------------------------------------


def test_goes_on_past_what_fails(client: Client, archive: Archive, files: Path, tmp_path: Path) -> None:
    rows, report, store = rows_of(archive.url, files), tmp_path / "report.jsonl", tmp_path / "store"
    gone, cut, denied = (f"/{NAMES[i]}.mov" for i in (0, 5, 7))
    archive.statuses |= {gone: [404] * 9, denied: [403] * 9}
    archive.pages[cut] = (files / cut[1:]).read_bytes()[:5000]
    with pytest.raises(camzarr.ConversionsFailedError, match="3 of 12 clips failed: ") as raised:
        camzarr.dask.convert(rows, store, client, report=report)
    errors = {one.clip: type(one.error) for one in raised.value.reports if one.error}
    assert errors == {
        NAMES[0]: camzarr.NotFoundError,
        NAMES[5]: camzarr.SourceChangedError,
        NAMES[7]: camzarr.DeniedError,
    }
    assert [one.clip for one in raised.value.reports] == NAMES
    assert len(read_report(report)) == len(NAMES)
    archive.statuses.clear()
    archive.pages.clear()
    with report.open("a") as file:
        file.write('{"clip": "cut o')
    done = camzarr.dask.convert(rows, store, client, report=report, only="failed")
    assert [one.clip for one in done] == [NAMES[i] for i in (0, 5, 7)]
    assert camzarr.dask.convert(rows, store, client, report=report, only="failed") == []


@pytest.mark.full
def test_tries_again_while_a_source_is_unreachable(client: Client, files: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    rows = [{"source": f"{url}/{NAMES[0]}.mov"}]
    with pytest.raises(camzarr.ConversionsFailedError) as raised:
        camzarr.dask.convert(rows, tmp_path / "store", client, retries=1, patience="0")
    assert isinstance(raised.value.reports[0].error, camzarr.UnreachableError)


def test_a_full_store_ends_the_run(
    client: Client, files: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    rows, report = rows_of(str(files), files), tmp_path / "report.jsonl"
    with tmpfs(tmp_path / "small", 2 << 20) as place:
        with pytest.raises(camzarr.ConversionsFailedError, match="the store refuses: .* not tried") as raised:
            camzarr.dask.convert(rows, place / "s", client, report=report)
        lines = read_report(report)
        assert [one.clip for one in raised.value.reports if one.error]
        assert {line["error"]["code"] for line in lines if "error" in line} == {"full"}
        assert len(lines) < len(NAMES)
        until(lambda: not commands(place / "s"))  # the other workers' last ones
        remount(place, "size=64m")
        camzarr.dask.convert(rows, place / "s", client, report=report)
        assert tree.clip_digests(place / "s") == expected


def test_a_store_that_refuses_ends_the_run(
    client: Client, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the command does when credentials are wrong: it ends before the first clip."""
    refused = Outcome([], 1, "403: denied", "new credentials")
    monkeypatch.setattr("camzarr.dask.ingest.convert_rows", lambda *_: refused)
    with pytest.raises(camzarr.ConversionsFailedError, match="the store refuses: 12 clips not tried: 403") as e:
        camzarr.dask.convert(rows_of(str(files), files), tmp_path / "store", client)
    assert e.value.reports == [] and e.value.hint == "new credentials"


def test_two_operators(
    client: Client, archive: Archive, files: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    rows, store = rows_of(archive.url, files), tmp_path / "store"
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(camzarr.dask.convert, rows, store, client) for _ in range(2)]
        done = [[report.status for report in run.result()] for run in runs]
    assert all(set(statuses) <= {"converted", "present"} for statuses in done)
    assert tree.clip_digests(store) == expected


def test_connections_are_shared(archive: Archive, files: Path, tmp_path: Path) -> None:
    """Two workers of two threads and eight connections: two for each conversion, and one for its HEAD
    request."""
    with workers(2, threads=2) as client:
        camzarr.dask.convert(rows_of(archive.url, files), tmp_path / "store", client, connections=8)
    assert archive.most_connections <= 8 + 4


# ---- Arguments -------------------------------------------------------------------------------------


def test_a_damaged_manifest_is_refused(client: Client, files: Path, tmp_path: Path) -> None:
    path = manifest_of(rows_of(str(files), files), tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(camzarr.FormatError, match="row 12: not a line of a manifest"):
        camzarr.dask.convert(path, tmp_path / "store", client)
    with pytest.raises(camzarr.NotFoundError, match="none.jsonl: no such file"):
        camzarr.dask.convert(tmp_path / "none.jsonl", tmp_path / "store", client)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    "manifest, options",
    [
        (["a/x.mov", "b/x.mov"], {}),
        ([{"name": "x"}], {}),
        (["a.mov"], {"only": "failed"}),
        (["a.mov"], {"only": "some", "report": "r"}),
        (["a.mov"], {"batch": 0}),
        (["a.mov"], {"memory": "much"}),
    ],
)
def test_usage(manifest: list[Any], options: dict[str, Any], client: Client, tmp_path: Path) -> None:
    with pytest.raises(camzarr.UsageError):
        camzarr.dask.convert(manifest, tmp_path / "store", client, **options)
    assert not list(tmp_path.iterdir())


def test_a_compressed_manifest_names_and_options(
    client: Client, files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.jsonl.gz"
    with gzip.open(path, "wt") as file:
        file.write(json.dumps({"source": f"{files}/{NAMES[0]}.mov", "name": "dive-1"}) + "\n")
    options: dict[str, Any] = {"zarr_format": 2, "memory": "64M", "overview": 1}
    (done,) = camzarr.dask.convert(path, tmp_path / "store", client, progress=True, **options)
    assert done.clip == "dive-1" and (tmp_path / "store/clips/dive-1/.zattrs").exists()
    assert (tmp_path / "store/clips/dive-1/overview").is_dir()
    assert "1/1" in capsys.readouterr().err, "a progress bar"


def test_an_interruption_cancels_the_rest(client: Client, files: Path, tmp_path: Path) -> None:
    def stop(report: camzarr.Report) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        camzarr.dask.convert(rows_of(str(files), files), tmp_path / "store", client, progress=stop)
    until(lambda: not commands(tmp_path / "store"))
    names = camzarr.open(tmp_path / "store").names
    assert len(names) < len(NAMES)
