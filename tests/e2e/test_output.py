"""Standard output that can't be written: no verb ends as if it could."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conftest import Converted, Converted_by
from support.command import CAMZARR, FAILED, OK, camzarr
from test_analysis_store import made


@pytest.fixture(scope="module")
def usual(converted: Converted_by) -> Converted:
    """A small clip."""
    return converted("usual")


# Every verb, and every form of its output, that prints to standard output. MOV, STORE and CLIP are
# those of a clip that is there, NEW a store that isn't there yet, OUT a file.
PRINTING = [
    "--help",
    "--version",
    "help",
    "help verify",
    "ls --help",
    "convert --json MOV NEW",
    "convert --json --dry-run MOV NEW",
    "ls STORE",
    "ls --json STORE",
    "ls -v STORE",
    "ls --unfinished BROKEN",
    "ls --unfinished --json BROKEN",
    "info MOV",
    "info --json MOV",
    "info STORE",
    "info --json STORE",
    "info STORE CLIP",
    "info --json STORE CLIP",
    "frame STORE CLIP 7 -o OUT.icpf --json",
    "frame STORE CLIP 7 -o - --format raw",
    "frame STORE CLIP 7 -o - --format rgb24",
    "frame STORE CLIP 0:9 -o - --format mov",
    "verify -v STORE",
    "verify --json STORE",
    "verify --json STORE CLIP",
    "verify -v STORE --manifest ROWS",
    "verify --json STORE --manifest ROWS",
    "verify DAMAGED",
    "verify --json DAMAGED",
    "restore STORE CLIP OUT.mov",
    "restore --json STORE CLIP OUT.mov",
    "restore STORE CLIP -",
    "export kerchunk STORE OUT.json --json",
    "export kerchunk STORE -",
    "export netcdf STORE CLIP -",
    "export torchcodec STORE CLIP -",
    "sheet STORE CLIP -o OUT.png --json",
    "sheet STORE CLIP -o - --format png",
    "serve --json --port 0 STORE",
    "manifest FOLDER",
    "attributes STORE",
    "attributes STORE CLIP",
    "attributes --json STORE CLIP",
    "analyse --json --dry-run STORE CLIP",
    "analyse --json COPY",
    "scenes ANALYSED progressive",
    "scenes --json ANALYSED progressive",
    "find ANALYSED --like progressive@0",
    "find --json ANALYSED --like progressive@0",
    "find --json ANALYSED --like progressive@0 --align OUT_%d.png",
    "catalog --json COPY",
    "rm --json --dry-run STORE CLIP",
    "rm --json COPY CLIP",
    "clean --json BROKEN",
    "clean --json --dry-run BROKEN",
    "doctor COPY",
    "doctor --json COPY",
]


def test_table_covers_all_commands() -> None:
    """A new verb that prints has to be added."""
    verbs = re.findall(r"^  ([a-z]+)  ", camzarr("--help").out.decode(), re.MULTILINE)
    assert {words.split()[0] for words in PRINTING} >= set(verbs)


def printing(words: str, clip: Converted, folder: Path, **how: Any) -> subprocess.CompletedProcess[bytes]:
    """Run one of PRINTING."""
    if any(word in words for word in ("COPY", "DAMAGED", "BROKEN")):
        shutil.copytree(clip.store, folder / "copy")
    if "DAMAGED" in words:
        (folder / "copy/clips" / clip.name / "source/bytes/chunks.jsonl").write_bytes(b"")
    if "BROKEN" in words:
        (folder / "copy/clips" / clip.name / "zarr.json").unlink()
    if "ROWS" in words:
        (folder / "rows").write_text(json.dumps({"source": str(clip.made.path)}) + "\n")
    if "ANALYSED" in words:
        camzarr("convert", made("progressive", folder, 1), folder / "analysed", "--overview", "1")
    stands_for = {
        "ROWS": folder / "rows",
        "MOV": clip.made.path,
        "FOLDER": clip.made.path.parent,
        "STORE": clip.store,
        "CLIP": clip.name,
        "NEW": folder / "new",
        "COPY": folder / "copy",
        "ANALYSED": folder / "analysed",
        "DAMAGED": folder / "copy",
        "BROKEN": folder / "copy",
    }
    command = [str(stands_for.get(word, word.replace("OUT", f"{folder}/out"))) for word in words.split()]
    return subprocess.run([CAMZARR, *command], stderr=subprocess.PIPE, timeout=120, **how)


@pytest.mark.parametrize("words", PRINTING)
def test_full_standard_output(words: str, usual: Converted, tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        run = printing(words, usual, tmp_path, stdout=full)
    assert run.returncode == FAILED, run.stderr
    said = run.stderr.splitlines()
    assert said.count(b"camzarr: standard output: No space left on device") == 1, run.stderr


@pytest.mark.parametrize("words", PRINTING)
def test_closed_pipe(words: str, usual: Converted, tmp_path: Path) -> None:
    """Whether the one who started it has SIGPIPE ignored or not: never exit code 0."""
    read, write = os.pipe()
    os.close(read)
    for ignored in (False, True):
        (tmp_path / f"{ignored}").mkdir()
        run = printing(words, usual, tmp_path / f"{ignored}", stdout=write, restore_signals=not ignored)
        if ignored or run.returncode != -signal.SIGPIPE:
            assert run.returncode == FAILED, run.stderr
            assert run.stderr.splitlines().count(b"camzarr: standard output: Broken pipe") == 1, run.stderr
    os.close(write)


def test_closed_standard_output(usual: Converted, tmp_path: Path) -> None:
    """The file that is opened next isn't taken for it."""
    words = f"frame {usual.store} {usual.name} 7 --json -o"

    def closed(*command: str) -> subprocess.CompletedProcess[str]:
        script = 'exec "$@" >&-'
        return subprocess.run(["sh", "-c", script, "sh", *command], stderr=subprocess.PIPE, text=True)

    camzarr(*words.split(), tmp_path / "right.icpf")
    run = closed(str(CAMZARR), *words.split(), f"{tmp_path}/x.icpf")
    assert run.returncode == FAILED
    assert run.stderr == "camzarr: standard output: Bad file descriptor\n"
    assert (tmp_path / "x.icpf").read_bytes() == (tmp_path / "right.icpf").read_bytes()
    assert closed(str(CAMZARR), "verify", "-q", str(usual.store)).returncode == OK
