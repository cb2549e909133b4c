"""camzarr.convert(): what the command does, as a call."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import camzarr
from conftest import COMMAND, USUAL, run
from maker import big, make

MIB = 1 << 20


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A MOV that takes a while."""
    return big(tmp_path / "CAMHDA301-20180712T001500.mov", 200 * MIB).path


def test_a_clip_is_made(tmp_path: Path) -> None:
    made = make(USUAL, tmp_path)
    seen: list[camzarr.Progress] = []
    report = camzarr.convert(made.path, tmp_path / "store", sha256=True, progress=seen.append)
    assert (report.clip, report.status, report.md5) == (made.path.stem, "converted", made.md5)
    assert report.frames == len(made.frames) and report.bytes_read == made.length
    assert report.bytes_written > report.bytes_read and report.damaged_frames == 0
    assert report.warnings == ()
    assert seen and seen[-1].bytes_total == made.length and seen[-1].bytes_done <= made.length
    clip = camzarr.open(tmp_path / "store")[report.clip]
    assert [clip.raw(i) for i in range(len(clip))] == [made.read(i) for i in range(len(clip))]
    again = camzarr.convert(made.path, tmp_path / "store", sha256=True)
    assert (again.status, again.bytes_written) == ("present", 0)


def test_the_same_store_as_the_commands(tmp_path: Path) -> None:
    made = make(USUAL, tmp_path)
    options = {"name": "other", "frames_per_shard": 4, "threads": 1}
    camzarr.convert(made.path, tmp_path / "ours", **options)  # type: ignore[arg-type]
    told = ("--name", "other", "--frames-per-shard", "4", "--threads", "1", "--quiet", "--no-catalog")
    run(COMMAND, "convert", *told, made.path, tmp_path / "its")
    assert tree(tmp_path / "ours") == tree(tmp_path / "its")


def marker(store: Path) -> dict[str, Any]:
    """The attribute camzarr of the only clip's commit marker."""
    (path,) = store.glob("clips/*/zarr.json")
    return json.loads(path.read_bytes())["attributes"]["camzarr"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("overview", "text"),
    [
        (1, "1/1"),
        (0.5, "1/2"),
        (2.5, "5/2"),
        (Fraction(2, 20), "1/10"),
        ("1/10", "1/10"),
        ("0.1", "1/10"),
        ("all", "all"),
    ],
)
def test_an_overview_as_by_the_command(overview: Any, text: str, tmp_path: Path) -> None:
    made = make(USUAL, tmp_path)
    camzarr.convert(made.path, tmp_path / "ours", overview=overview)
    assert (marker(tmp_path / "ours")["format"], marker(tmp_path / "ours")["analysis"]["overview"]) == ("1.1", text)
    run(COMMAND, "convert", "--overview", text, "--quiet", "--no-catalog", made.path, tmp_path / "its")
    assert tree(tmp_path / "ours") == tree(tmp_path / "its")
    assert camzarr.open(tmp_path / "ours").verify() == []


@pytest.mark.parametrize("overview", [None, "none"])
def test_no_overview_is_format_1_0(overview: str | None, tmp_path: Path) -> None:
    camzarr.convert(make(USUAL, tmp_path).path, tmp_path / "store", overview=overview)
    assert marker(tmp_path / "store")["format"] == "1.0" and "analysis" not in marker(tmp_path / "store")


@pytest.mark.parametrize("overview", [0, -1, "0", "often", "1/0", float("nan"), float("inf"), True, 2**32, 1e-9, ""])
def test_an_impossible_overview(overview: Any, tmp_path: Path) -> None:
    with pytest.raises(camzarr.UsageError, match="not a number of pictures per second"):
        camzarr.convert(tmp_path / "none.mov", tmp_path / "store", overview=overview)


def test_clips_with_and_without_an_analysis_are_read_alike(tmp_path: Path) -> None:
    """Opened one by one, joined along time, and beside each other in a store."""
    made = make(USUAL, tmp_path)
    store = tmp_path / "store"
    one, two = (f"CAMHDA301-20190712T{hour:02}1500Z" for hour in (0, 3))
    for name, overview in ((one, 5), (two, None)):
        source = made.path.with_name(f"{name}.mov")
        source.write_bytes(made.path.read_bytes())
        camzarr.convert(source, store, overview=overview)
    joined = xr.open_dataset(store, engine="camzarr", clip=[one, two])
    single = [xr.open_dataset(store, engine="camzarr", clip=name) for name in (one, two)]
    assert set(single[0].variables) == set(single[1].variables) == set(joined.variables) - {"frame", "clip_number"}
    count = len(made.frames)
    assert joined.sizes["time"] == 2 * count
    for data, first in ((single[0], 0), (single[1], count)):
        assert np.array_equal(data["video"][3].values, joined["video"][first + 3].values)
    clips = [camzarr.open(store)[name] for name in (one, two)]
    assert [clips[0].raw(i) for i in range(count)] == [clips[1].raw(i) for i in range(count)]
    assert camzarr.open(store).verify() == []


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    made = make(USUAL, tmp_path)
    report = camzarr.convert(made.path, tmp_path / "store", dry_run=True)
    assert report.status == "planned" and report.frames == len(made.frames)
    assert not (tmp_path / "store").exists()


def test_the_conversion_waits_for_its_callback(tmp_path: Path) -> None:
    """However slow it is: what it raises comes before the commit."""
    made, calls = make(USUAL, tmp_path), 0

    def stop(so_far: camzarr.Progress) -> None:
        nonlocal calls
        calls += 1
        time.sleep(0.5)
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        camzarr.convert(made.path, tmp_path / "store", progress=stop)
    assert calls == 1 and camzarr.open(tmp_path / "store").names == []


def test_recovered_and_damaged(tmp_path: Path) -> None:
    report = camzarr.convert(make(USUAL, tmp_path).path, tmp_path / "store", recover=True)
    assert report.status == "recovered"
    report = camzarr.convert(make("damaged_frames", tmp_path).path, tmp_path / "store")
    assert report.damaged_frames > 0 and report.warnings


def test_what_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "store"
    made = make(USUAL, tmp_path)
    camzarr.convert(made.path, store)
    with pytest.raises(camzarr.AlreadyExistsError, match="exists or is incomplete") as caught:
        camzarr.convert(made.path, store, frames_per_shard=5)
    assert "overwrite" in caught.value.hint
    assert camzarr.convert(made.path, store, frames_per_shard=5, overwrite=True).status == "converted"
    with pytest.raises(camzarr.NotFoundError, match=r"nothing\.mov: No such file"):
        camzarr.convert(tmp_path / "nothing.mov", store)
    (tmp_path / "empty.mov").touch()
    with pytest.raises(camzarr.FormatError, match=r"empty\.mov: empty file"):
        camzarr.convert(tmp_path / "empty.mov", store)
    with pytest.raises(camzarr.UsageError, match="5000 frames per shard: not 1 to 1024"):
        camzarr.convert(made.path, store, frames_per_shard=5000)
    made.path.with_suffix(".mov.md5").write_text("0" * 32)
    with pytest.raises(camzarr.CorruptError, match="md5"):
        camzarr.convert(made.path, tmp_path / "other")
    with pytest.raises(camzarr.UnsupportedError, match="gopher"):
        camzarr.convert(make(USUAL, tmp_path / "again.mov").path, "gopher://there")


def test_what_progress_raises_comes_out(large: Path, tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def stop(so_far: camzarr.Progress) -> None:
        assert threading.current_thread() is threading.main_thread()
        if so_far.bytes_done > 20 * MIB:
            raise Enough

    with pytest.raises(Enough):
        camzarr.convert(large, tmp_path / "store", progress=stop)
    assert camzarr.open(tmp_path / "store").names == []
    report = camzarr.convert(large, tmp_path / "store")
    assert report.status == "converted", "it goes on"
    assert np.all(camzarr.open(tmp_path / "store")[report.clip].index["flags"] == 0)


def test_many_sources(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sources = []
    for hour in (0, 3):
        sources.append(tmp_path / f"CAMHDA301-20190712T{hour:02}1500Z.mov")
        sources[-1].write_bytes(make(USUAL, tmp_path).path.read_bytes())
    reports = camzarr.convert(iter(sources), tmp_path / "store", progress=True)
    assert [report.clip for report in reports] == [source.stem for source in sources]
    assert [report.source for report in reports] == list(map(str, sources))
    assert all(report.error is None for report in reports)
    shown = capsys.readouterr().err
    assert all(source.stem in shown for source in sources)
    assert camzarr.convert([], tmp_path / "store") == []
    assert camzarr.convert(sources[:1], tmp_path / "store", name="other")[0].clip == "other"


def test_some_of_many_fail(tmp_path: Path) -> None:
    good = make(USUAL, tmp_path).path
    (tmp_path / "empty.mov").touch()
    sources = [tmp_path / "empty.mov", good, tmp_path / "none.mov"]
    message = r"2 of 3 sources failed: .*empty\.mov.*; .*none\.mov"
    with pytest.raises(camzarr.ConversionsFailedError, match=message) as caught:
        camzarr.convert(sources, tmp_path / "store")
    reports = caught.value.reports
    assert [report.status for report in reports] == ["failed", "converted", "failed"]
    assert isinstance(reports[0].error, camzarr.FormatError) and reports[1].error is None
    assert isinstance(reports[2].error, camzarr.NotFoundError)
    assert camzarr.open(tmp_path / "store").names == [good.stem]
    again = pickle.loads(pickle.dumps(caught.value))
    assert [report.status for report in again.reports] == [report.status for report in reports]


def test_sources_that_collide(tmp_path: Path) -> None:
    good = make(USUAL, tmp_path).path
    for other in (tmp_path / "other" / good.name, f"https://example.org/a%20b/{good.name}?x=/y.mov"):
        with pytest.raises(camzarr.UsageError, match="has the same name\n.*name=NAME"):
            camzarr.convert([good, other], tmp_path / "store")
    with pytest.raises(camzarr.UsageError, match="name 'a': for one source, not 2"):
        camzarr.convert([good, "b.mov"], tmp_path / "store", name="a")
    assert not (tmp_path / "store").exists()


def test_an_exception_of_progress_stops_all(tmp_path: Path) -> None:
    sources = [make(USUAL, tmp_path).path, tmp_path / "none.mov"]

    def stop(so_far: camzarr.Progress) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        camzarr.convert(sources, tmp_path / "store", progress=stop)
    assert camzarr.open(tmp_path / "store").names == []


# It waits in its callback until it is interrupted, and the conversion waits for the callback. Jobs in a
# shell's background inherit that SIGINT is ignored.
INTERRUPTED = """
import signal, sys, time, camzarr
signal.signal(signal.SIGINT, signal.default_int_handler)
def tell(p):
    if p.bytes_done > 10 << 20:
        print("begun", flush=True)
        time.sleep(100)
try:
    camzarr.convert(*sys.argv[1:], progress=tell, threads=1)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_stops_it(large: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(large), str(tmp_path / "store")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stdout.readline() == "begun\n"
        os.kill(child.pid, signal.SIGINT)
        told = child.stdout.read().split("\n")
    assert child.returncode == 0 and "interrupted" in told
    assert not list((tmp_path / "store").glob("clips/*/zarr.json"))
