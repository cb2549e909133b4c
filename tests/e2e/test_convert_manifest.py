"""`camzarr convert --manifest`: many clips in one run, on past what fails, and the report is true."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import Place_of
from maker import make
from support import schemas, tree
from support.archive import Archive, serving_archive
from support.cloud import environment
from support.command import CAMZARR, FAILED, OK, RETRY, SOME_FAILED, STOPPED, USAGE, Done, camzarr, convert
from support.mounts import remount, tmpfs
from support.running import until

NAMES = [f"CAMHDA301-2018071{day}T0{hour}1500" for day in (2, 3) for hour in (0, 3, 6)]
SCHEDULERS = ("SLURM_", "JOB_COMPLETION_INDEX")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six recordings, of two cases in turn."""
    root = tmp_path_factory.mktemp("archive")
    for i, name in enumerate(NAMES):
        make(("usual", "long_clip")[i % 2], root / f"{name}.mov")
    return root


@pytest.fixture(scope="module", name="expected")
def fixture_expected(files: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The digests of the store that conversions one by one give."""
    store = tmp_path_factory.mktemp("expected") / "store"
    for name in NAMES:
        camzarr("convert", files / f"{name}.mov", store)
    return tree.digests(store)


@pytest.fixture
def archive(files: Path) -> Iterator[Archive]:
    with serving_archive(files) as server:
        yield server


def listed(source: str | Path, folder: Path, *args: str) -> Path:
    """A manifest of a listing."""
    out = folder / "manifest.jsonl"
    camzarr("manifest", source, "-o", out, "--overwrite", *args)
    return out


def exactly(url: str, files: Path, folder: Path) -> Path:
    """A manifest of the archive with exact sizes, as the folder has them."""
    out = folder / "manifest.jsonl"
    rows = [{"source": f"{url}/{name}.mov", "size": (files / f"{name}.mov").stat().st_size} for name in NAMES]
    out.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return out


def by_clip(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {line["clip"]: line for line in lines}


def read_report(path: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        schemas.validate("convert-line", line)
    return lines


# ---- What becomes of a manifest ----------------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_same_store_as_one_by_one(
    jobs: str, archive: Archive, expected: dict[str, str], tmp_path: Path
) -> None:
    rows, store, report = listed(archive.url, tmp_path), tmp_path / "store", tmp_path / "report.jsonl"
    done = camzarr("convert", "--manifest", rows, "--jobs", jobs, "--report", report, store)
    assert tree.digests(store) == expected
    assert done.err.splitlines()[-1] == "6 clips: 6 converted"
    lines = by_clip(read_report(report))
    assert set(lines) == set(NAMES)
    for line in lines.values():
        assert line["status"] == "converted" and line["network"]["requests"] > 0 and line["time"]


def test_present_clips_cost_one_head_each(archive: Archive, files: Path, tmp_path: Path) -> None:
    rows, store = listed(archive.url, tmp_path), tmp_path / "store"
    convert("--manifest", rows, store)
    archive.log.clear()
    lines = convert("--manifest", rows, "--jobs", "3", store)
    assert {line["status"] for line in lines} == {"present"}
    assert all(line["md5"] and line["frames"] for line in lines)
    assert sorted(archive.log) == sorted(("HEAD", f"/{name}.mov") for name in NAMES)


def test_only_new_clips_are_added(archive: Archive, tmp_path: Path, expected: dict[str, str]) -> None:
    rows, store = listed(archive.url, tmp_path), tmp_path / "store"
    some = tmp_path / "some.jsonl"
    some.write_text("".join(rows.read_text().splitlines(keepends=True)[:4]))
    convert("--manifest", some, store)
    archive.log.clear()
    done = camzarr("convert", "--manifest", rows, store)
    assert done.err.splitlines()[-1] == "6 clips: 2 converted, 4 already in the store"
    assert {path for method, path in archive.log if method == "GET" and ".md5" not in path} == {
        f"/{name}.mov" for name in NAMES[4:]
    }
    assert tree.digests(store) == expected


def test_a_record_that_a_killed_run_left_is_removed(
    files: Path, tmp_path: Path, expected: dict[str, str]
) -> None:
    """Of a conversion that was killed after it had published its clip."""
    rows, store = listed(files, tmp_path), tmp_path / "store"
    record = store / f"clips/{NAMES[0]}/begun.json"
    with subprocess.Popen([CAMZARR, "convert", files / f"{NAMES[0]}.mov", store]) as run:
        until(record.exists, run)
        run.send_signal(signal.SIGSTOP)
        kept = record.read_bytes()
        run.send_signal(signal.SIGCONT)
    camzarr("convert", "--manifest", rows, store)
    record.write_bytes(kept)
    lines = by_clip(convert("--manifest", rows, store))
    assert {line["status"] for line in lines.values()} == {"present"}
    assert tree.digests(store) == expected


def test_plain_lists(files: Path, expected: dict[str, str], tmp_path: Path) -> None:
    text = "# a comment\n\n" + "".join(f"{files}/{name}.mov\r\n" for name in NAMES)
    (tmp_path / "list").write_text(text)
    camzarr("convert", "--from", tmp_path / "list", tmp_path / "one")
    camzarr("convert", "--from", "-", tmp_path / "two", input=text.encode())
    assert tree.digests(tmp_path / "one") == tree.digests(tmp_path / "two") == expected


def test_names_of_a_manifest_are_the_clips(files: Path, tmp_path: Path) -> None:
    row = {"source": f"{files}/{NAMES[0]}.mov", "name": "dive-1"}
    (tmp_path / "m.jsonl").write_text(json.dumps(row))
    (line,) = convert("--manifest", tmp_path / "m.jsonl", tmp_path / "store")
    assert line["clip"] == "dive-1" and (tmp_path / "store/clips/dive-1/zarr.json").exists()
    (line,) = convert("--manifest", tmp_path / "m.jsonl", tmp_path / "store")
    assert line["status"] == "present"


def test_a_damaged_manifest_is_refused_before_anything_is_converted(files: Path, tmp_path: Path) -> None:
    rows = listed(files, tmp_path)
    rows.write_bytes(rows.read_bytes()[:-50])
    done = camzarr("convert", "--manifest", rows, tmp_path / "store", code=FAILED)
    assert "manifest.jsonl: row 6" in done.err and not (tmp_path / "store").exists()


def test_two_sources_of_one_name_are_refused(files: Path, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"{files}/{NAMES[0]}.mov\n/elsewhere/{NAMES[0]}.mov\n")
    done = camzarr("convert", "--from", tmp_path / "list", tmp_path / "store", code=USAGE)
    assert "has the same name" in done.err


# ---- What fails --------------------------------------------------------------------------------------


def test_the_run_goes_on_past_what_fails(archive: Archive, files: Path, tmp_path: Path) -> None:
    rows, store, report = exactly(archive.url, files, tmp_path), tmp_path / "store", tmp_path / "r.jsonl"
    gone, cut, denied = (f"/{NAMES[i]}.mov" for i in (0, 2, 3))
    archive.statuses[gone] = [404] * 9
    archive.statuses[denied] = [403] * 9
    archive.pages[cut] = (files / cut[1:]).read_bytes()[:5000]
    done = camzarr(
        *("convert", "--manifest", rows, "--jobs", "2", "--report", report, store), code=SOME_FAILED
    )
    assert done.err.splitlines()[-2:] == ["6 clips: 3 converted, 3 failed", "3 of 6 failed"]
    lines = by_clip(read_report(report))
    errors = {clip: line["error"]["code"] for clip, line in lines.items() if "error" in line}
    assert errors == {NAMES[0]: "absent", NAMES[2]: "changed", NAMES[3]: "denied"}
    assert "has 5000 bytes, the manifest says" in lines[NAMES[2]]["error"]["message"]
    assert lines[NAMES[2]]["error"]["hint"] and not lines[NAMES[2]]["error"]["retryable"]
    assert not (store / "clips" / NAMES[2]).exists(), "nothing of a file that was cut"

    archive.statuses.clear()
    archive.pages.clear()
    archive.log.clear()
    with report.open("a") as file:
        file.write('{"clip": "cut o')  # as a killed run leaves it
    again = camzarr("convert", "--manifest", rows, "--only", "failed", "--report", report, store)
    assert again.err.splitlines()[-1] == "3 clips: 3 converted"
    assert {path.removesuffix(".md5") for _, path in archive.log} == {gone, cut, denied}
    done = camzarr("convert", "--manifest", rows, "--only", "failed", "--report", report, store)
    assert done.err.splitlines()[-1] == "0 clips"
    assert "report" in done.err and "line 7: not JSON" in done.err


def test_a_source_that_is_gone_after_its_conversion(archive: Archive, files: Path, tmp_path: Path) -> None:
    rows, store = exactly(archive.url, files, tmp_path), tmp_path / "store"
    convert("--manifest", rows, store)
    archive.statuses[f"/{NAMES[1]}.mov"] = [404]
    lines = by_clip(convert("--manifest", rows, store))
    assert {line["status"] for line in lines.values()} == {"present"}
    assert lines[NAMES[1]]["warnings"] == ["the source is gone"]


def test_a_source_that_was_replaced_is_noticed(files: Path, tmp_path: Path) -> None:
    source, store = tmp_path / "a.mov", tmp_path / "store"
    make("usual", source)
    convert("--from", "-", store, input=f"{source}".encode())
    make("long_clip", source)
    (line,) = convert("--from", "-", store, input=f"{source}".encode(), code=FAILED)
    assert line["error"]["code"] == "exists" and "--overwrite" in line["error"]["hint"]


def test_a_digest_of_the_manifest_that_disagrees(files: Path, tmp_path: Path) -> None:
    row = {"source": f"{files}/{NAMES[0]}.mov", "md5": "0" * 32}
    (tmp_path / "m.jsonl").write_text(json.dumps(row))
    (line,) = convert("--manifest", tmp_path / "m.jsonl", tmp_path / "store", code=FAILED)
    assert (line["error"]["code"], line["md5"] != "0" * 32) == ("corrupt", True)
    assert "camzarr rm STORE" in line["error"]["hint"]


def test_a_store_that_refuses_ends_the_run(files: Path, tmp_path: Path, place_of: Place_of) -> None:
    place, report = place_of("versity"), tmp_path / "report.jsonl"
    rows = listed(files, tmp_path)
    wrong = environment(place.environment(), {"AWS_SECRET_ACCESS_KEY": "another"})
    sources = [files / f"{name}.mov" for name in NAMES]
    done = camzarr("convert", "--report", report, *sources, place.url("s"), env=wrong, code=FAILED)
    assert "the store refuses: no further clip was tried" in done.err
    assert "6 clips: 2 failed, 4 not tried" in done.err
    assert [line["error"]["code"] for line in read_report(report)] == ["denied"] * 2
    done = camzarr("convert", "--manifest", rows, place.url("s"), env=wrong, code=FAILED)
    assert len(done.err.splitlines()) <= 2, "refused before the first clip"
    camzarr("convert", "--manifest", rows, place.url("s"), env=environment(place.environment()))


def test_a_full_store_ends_the_run(files: Path, tmp_path: Path, expected: dict[str, str]) -> None:
    """There is room for the first clips; with more of it the same command goes on."""
    rows, report = listed(files, tmp_path), tmp_path / "report.jsonl"
    with tmpfs(tmp_path / "small", 2 << 20) as place:
        done = camzarr("convert", "--manifest", rows, "--report", report, place / "s", code=SOME_FAILED)
        assert "the store refuses: no further clip was tried" in done.err
        lines = read_report(report)
        assert [line["error"]["code"] for line in lines if "error" in line] == ["full"]
        assert f"{len(NAMES) - len(lines)} not tried" in done.err
        remount(place, "size=64m")
        camzarr("convert", "--manifest", rows, "--report", report, place / "s")
        assert tree.digests(place / "s") == expected


def test_two_operators_of_one_ingest(archive: Archive, expected: dict[str, str], tmp_path: Path) -> None:
    rows, store = listed(archive.url, tmp_path), tmp_path / "store"
    words = ["convert", "--json", "--manifest", str(rows), "--jobs", "2", str(store)]
    runs = [subprocess.Popen([CAMZARR, *words], stdout=subprocess.PIPE) for _ in range(3)]
    lines = [[json.loads(line) for line in run.communicate(timeout=240)[0].splitlines()] for run in runs]
    assert [run.returncode for run in runs] == [OK] * 3
    assert all(sorted(line["clip"] for line in of) == NAMES for of in lines)
    converted = [line["clip"] for of in lines for line in of if line["status"] == "converted"]
    assert sorted(converted) == NAMES, "each clip by one of them"
    assert tree.digests(store) == expected


def test_a_server_that_refuses_head(archive: Archive, files: Path, tmp_path: Path) -> None:
    rows, store = exactly(archive.url, files, tmp_path), tmp_path / "store"
    for status in ("converted", "present"):
        archive.statuses.update({f"/{name}.mov": [405] for name in NAMES})
        assert {line["status"] for line in convert("--manifest", rows, store)} == {status}


def test_a_source_that_refuses_does_not_end_the_run(archive: Archive, files: Path, tmp_path: Path) -> None:
    rows = exactly(archive.url, files, tmp_path)
    for name in NAMES[:4]:
        archive.statuses[f"/{name}.mov"] = [403] * 9
    lines = convert("--manifest", rows, tmp_path / "store", code=SOME_FAILED)
    assert [line["status"] for line in lines] == ["failed"] * 4 + ["converted"] * 2


def test_files_that_may_not_be_read_do_not_end_the_run(files: Path, tmp_path: Path) -> None:
    """Their permissions are not the store's."""
    user: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as name:  # which another user can enter, unlike tmp_path
        place = Path(name)
        place.chmod(0o777)
        command = shutil.copy(CAMZARR, place / "camzarr")
        for clip in NAMES[:4]:
            shutil.copy(files / f"{clip}.mov", place)
        for clip in NAMES[:3]:
            (place / f"{clip}.mov").chmod(0)
        rows = "".join(f"{place}/{clip}.mov\n" for clip in NAMES[:4])
        words = [str(command), "convert", "--from", "-", str(place / "store")]
        done = subprocess.run(words, input=rows, capture_output=True, text=True, **user)
        assert done.stderr.count("Permission denied") == 3
        assert "4 clips: 1 converted, 3 failed" in done.stderr, done.stderr
        assert done.returncode == SOME_FAILED


@pytest.mark.full
def test_patience_outlasts_a_restart(archive: Archive, files: Path, tmp_path: Path) -> None:
    """More failures in a row than the attempts of one request."""
    source = f"{archive.url}/{NAMES[0]}.mov"
    make_fail = {f"/{NAMES[0]}.mov": [503] * 12}
    archive.statuses.update(make_fail)
    done = camzarr("convert", "--patience", "5m", source, tmp_path / "store")
    assert "converted" in done.err and not archive.statuses[f"/{NAMES[0]}.mov"]


@pytest.mark.full
def test_without_patience_a_server_that_is_down_is_left_to_the_next_run(tmp_path: Path) -> None:
    text = b"http://127.0.0.1:1/a.mov\nhttp://127.0.0.1:1/b.mov\n"
    lines = convert("--from", "-", "--patience", "0", tmp_path / "store", input=text, code=RETRY)
    assert [line["error"]["retryable"] for line in lines] == [True, True]


# ---- Shares of workers -------------------------------------------------------------------------------


def share(rows: Path, store: Path, index: str, env: dict[str, str], code: int = OK) -> Done:
    """A worker's run, with what its scheduler sets and nothing of another."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(SCHEDULERS)}
    words: list[str | Path] = ["--json", "--manifest", rows, "--index", index, store]
    return camzarr("convert", *words, code=code, env={**ours, **env})


WORKERS: list[list[tuple[str, dict[str, str]]]] = [
    [(f"{k}/3", {}) for k in range(3)],
    [
        ("auto", {"SLURM_ARRAY_TASK_ID": str(k), "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_COUNT": "3"})
        for k in (1, 2, 3)
    ],
    [
        (
            "auto",
            {
                "SLURM_ARRAY_TASK_ID": str(k),
                "SLURM_ARRAY_TASK_MIN": "0",
                "SLURM_ARRAY_TASK_STEP": "10",
                "SLURM_ARRAY_TASK_COUNT": "3",
            },
        )
        for k in (0, 10, 20)
    ],
    [(str(k), {"SLURM_ARRAY_TASK_COUNT": "3"}) for k in range(3)],
    [("auto/3", {"JOB_COMPLETION_INDEX": str(k)}) for k in range(3)],
    [(f"{k}/9", {}) for k in range(9)],
]


@pytest.mark.parametrize("workers", WORKERS, ids=["k/n", "slurm", "slurm-step", "k", "kubernetes", "many"])
def test_shares_are_disjoint_and_whole(
    workers: list[tuple[str, dict[str, str]]], files: Path, expected: dict[str, str], tmp_path: Path
) -> None:
    rows, store = listed(files, tmp_path), tmp_path / "store"
    clips = [[line["clip"] for line in share(rows, store, index, env).lines()] for index, env in workers]
    assert sorted(sum(clips, [])) == NAMES
    assert max(map(len, clips)) - min(map(len, clips)) <= 1
    assert tree.digests(store / "clips") == {
        key.removeprefix("clips/"): digest for key, digest in expected.items() if key.startswith("clips/")
    }
    assert not (store / "catalog").exists(), "each worker would write one"
    camzarr("catalog", store)
    assert tree.digests(store) == expected


@pytest.mark.parametrize("index", ["3/3", "x", "1/0", "1/", "/3", "-1/3", "1", "auto", "auto/3", "1/2/3"])
def test_shares_that_make_no_sense(index: str, files: Path, tmp_path: Path) -> None:
    share(listed(files, tmp_path), tmp_path / "store", index, {}, code=USAGE)


@pytest.mark.parametrize(
    "args",
    [
        ["--manifest", "m", "--from", "l", "store"],
        ["--manifest", "m", "a.mov", "store"],
        ["--manifest", "m", "--name", "x", "store"],
        ["--only", "failed", "a.mov", "store"],
        ["--only", "some", "--report", "r", "a.mov", "store"],
        ["--jobs", "0", "a.mov", "store"],
        ["--jobs", "32", "--memory", "256M", "a.mov", "store"],
        ["--patience", "soon", "a.mov", "store"],
        ["store"],
    ],
)
def test_usage(args: list[str], tmp_path: Path) -> None:
    camzarr("convert", *args, code=USAGE, cwd=tmp_path)
    assert not list(tmp_path.iterdir())


def test_workers_share_the_connections(archive: Archive, files: Path, tmp_path: Path) -> None:
    """Four jobs of a worker that has a quarter of eight connections: one each."""
    rows = exactly(archive.url, files, tmp_path)
    camzarr("convert", "--manifest", rows, "--jobs", "4", "--connections", "4", tmp_path / "store")
    assert archive.most_connections <= 4 + 4, "those of the sources, and of the requests for their size"


# ---- Progress, metrics, signals ----------------------------------------------------------------------


def test_metrics_are_in_the_openmetrics_form(files: Path, tmp_path: Path) -> None:
    rows, metrics = listed(files, tmp_path), tmp_path / "camzarr.prom"
    (files_gone := tmp_path / "list").write_text(f"{files}/{NAMES[0]}.mov\n{tmp_path}/none.mov\n")
    camzarr("convert", "--from", files_gone, "--metrics", metrics, tmp_path / "s", code=SOME_FAILED)
    lines = metrics.read_text().splitlines()
    assert lines[-1] == "# EOF"
    assert 'camzarr_clips_total{status="converted"} 1' in lines
    assert 'camzarr_clips_total{status="failed"} 1' in lines
    assert "camzarr_clips_left 0" in lines
    camzarr("convert", "--manifest", rows, "--metrics", metrics, tmp_path / "s")
    assert 'camzarr_clips_total{status="present"} 1' in metrics.read_text()
    assert [path.name for path in tmp_path.iterdir() if ".prom" in path.name] == ["camzarr.prom"]
    done = camzarr("convert", "--from", files_gone, "--metrics", "/nowhere/m", tmp_path / "s", code=None)
    assert done.code != OK and "/nowhere/m" in done.err


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_run_and_it_can_go_on(
    sent: signal.Signals, archive: Archive, expected: dict[str, str], tmp_path: Path
) -> None:
    rows, store, report = listed(archive.url, tmp_path), tmp_path / "store", tmp_path / "r.jsonl"
    archive.held = threading.Event()
    command = ["convert", "--manifest", str(rows), "--jobs", "2", "--report", str(report), str(store)]
    with subprocess.Popen([CAMZARR, *command], stderr=subprocess.PIPE) as run:
        until(lambda: [m for m, path in archive.log if m == "GET" and path.endswith(".mov")], run)
        run.send_signal(sent)
        archive.held.set()
        _, err = run.communicate(timeout=120)
    assert run.returncode == STOPPED
    text = err.decode()
    assert "not tried" in text and text.splitlines()[-1] == "run the same command again to go on"
    camzarr(*command)
    assert tree.digests(store) == expected


@pytest.mark.full
def test_a_stall_is_shown(archive: Archive, files: Path, tmp_path: Path) -> None:
    """A server that accepts a request and does not answer: a line says so before it does."""
    rows = exactly(archive.url, files, tmp_path)
    archive.held = threading.Event()
    words = ["convert", "--manifest", str(rows), str(tmp_path / "store")]
    with subprocess.Popen([CAMZARR, *words], stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr
        for line in run.stderr:
            if "waiting: no progress for" in line:
                break
        archive.held.set()
        run.communicate(timeout=120)
    assert run.returncode == OK


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """200 bytes for a row of the archive's usual length."""

    def peak(n: int) -> int:
        rows = tmp_path / f"{n}.jsonl"
        base = "https://rawdata.oceanobservatories.org/files/RS03ASHS/PN03B/06-CAMHDA301/2018/07/12"
        with rows.open("w") as file:
            for i in range(n):
                file.write('{"source": "%s/CAMHDA301-20180712T%06d.mov", "size": 15234567890}\n' % (base, i))
        command = ["/usr/bin/env", "python3", "-c", PEAK, CAMZARR, "convert", "--manifest", rows]
        words = [*map(str, command), "--index", f"0/{10 * n}", "--only", "failed", "--report", os.devnull]
        return int(subprocess.run([*words, tmp_path / "s"], capture_output=True, check=True).stdout)

    few, many = peak(10_000), peak(210_000)
    assert (many - few) * 1024 / 200_000 < 200 + 16


PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
