"""The command on hostile stores (mutations.py): it ends in time and in little memory, with a
documented exit code, and changes nothing outside of the store.

    CZ_SEED=17 CZ_STORES=1 pytest tests/faults/test_hostile.py     one store again"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from catalogue import Material
from injection import CAMZARR, ROOT, scratch
from mutations import Store, spoil

DEV = ROOT / "build/dev/camzarr"  # AddressSanitizer and UndefinedBehaviorSanitizer
CODES = (0, 1, 2, 3, 4, 5, 130)
LIMIT_SECONDS = 60
LIMIT_MEMORY = {CAMZARR: 400 << 20, DEV: 900 << 20}
_SANITIZERS = {
    "ASAN_OPTIONS": "allocator_may_return_null=1:max_allocation_size_mb=1024:quarantine_size_mb=16:"
    "hard_rss_limit_mb=2048:detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


def first_seed() -> int:
    return int(os.environ.get("CZ_SEED", "1"))


def how_many(usual: int) -> int:
    return int(os.environ.get("CZ_STORES", usual))


@dataclass(frozen=True)
class Ended:
    """A run: exit code, what it printed, its peak of memory."""

    code: int | None
    out: bytes
    err: str
    peak: int


def run(program: Path, args: list[str], here: Path) -> Ended:
    """Run it, for LIMIT_SECONDS at most. The release build has a limit of address space, so
    that a memory bomb doesn't take the machine down."""
    limit = ["prlimit", f"--as={2 << 30}"] if program == CAMZARR else fixed_addresses()
    with (here / "stdout").open("w+b") as out, (here / "stderr").open("w+b") as err:
        env = {**os.environ, **_SANITIZERS}
        child = subprocess.Popen(
            [*limit, program, *args], stdout=out, stderr=err, env=env, cwd=here
        )
        late = time.monotonic() + LIMIT_SECONDS
        peak = 0
        while child.poll() is None:
            peak = max(peak, memory_of(child.pid, program))
            if time.monotonic() > late:
                child.kill()
                child.wait()
                return Ended(None, b"", "", peak)
            time.sleep(0.003)
        out.seek(0)
        err.seek(0)
        text = err.read(1 << 20).decode(errors="replace")
        return Ended(child.returncode, out.read(1 << 20), text, peak)


@cache
def fixed_addresses() -> list[str]:
    """As in tests/run: old sanitizers fail with the address randomisation of new kernels."""
    fixed = ["setarch", "-R"]
    return fixed if subprocess.run([*fixed, "true"], capture_output=True).returncode == 0 else []


def memory_of(pid: int, program: Path) -> int:
    """The peak so far of a process that runs a program. wait4() would count the memory of the
    Python process that it was forked from."""
    try:
        if os.readlink(f"/proc/{pid}/exe") != str(program.resolve()):
            return 0
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) << 10 if found else 0


def snapshot(folder: Path) -> dict[str, object]:
    """Names, kinds, times and bytes of all below a folder, and of itself."""
    found: dict[str, object] = {}
    for path in (folder, *folder.rglob("*")):
        st = path.lstat()
        data = path.read_bytes() if stat.S_ISREG(st.st_mode) and st.st_size < 1 << 26 else b""
        link = os.readlink(path) if path.is_symlink() else ""
        digest = hashlib.sha256(data).hexdigest()
        found[str(path)] = (
            st.st_mode,
            st.st_size,
            st.st_ino,
            st.st_nlink,
            st.st_mtime_ns,
            link,
            digest,
        )
    return found


def commands(m: Material, s: Store, out: Path) -> list[tuple[str, list[str]]]:
    """Everything that reads a store, then what changes it."""
    store, clip = str(s.folder), s.clip
    convert = ["convert", "-q", "--zarr-format", str(s.version)]
    return [
        ("ls", ["ls", "--json", store]),
        ("info store", ["info", store]),
        ("info clip", ["info", "--json", store, clip]),
        ("verify", ["verify", store]),
        ("verify decode", ["verify", "--decode", "--json", store, clip]),
        ("icpf", ["frame", store, clip, "3", "-o", str(out / "a.icpf")]),
        ("png", ["frame", store, clip, "3", "-o", str(out / "a.png")]),
        ("mov", ["frame", store, clip, ":", "-o", str(out / "a.mov")]),
        ("restore", ["restore", store, clip, str(out / "b.mov")]),
        ("kerchunk", ["export", "kerchunk", store, clip, str(out / "a.json")]),
        ("netcdf", ["export", "netcdf", store, clip, str(out / "a.nc")]),
        ("stac", ["export", "stac", store, clip, str(out / "stac")]),
        ("ifdo", ["export", "ifdo", store, clip, str(out / "ifdo.json")]),
        ("wav", ["export", "wav", store, clip, str(out / "a.wav")]),
        ("verify report", ["verify", store, "--report", str(out / "report.json")]),
        ("convert", [*convert, str(m.movie), store]),
        ("convert evil", [*convert, "--name", "evil", str(m.other), store]),
        ("rm evil", ["rm", store, "evil"]),
        ("overwrite", [*convert, "--overwrite", str(m.movie), store]),
        ("rm", ["rm", store, clip]),
        ("convert new", [*convert, "--name", "new", str(m.other), store]),
    ]


class Referee:
    """What holds of each run on a hostile store."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.movie = material.movie.read_bytes()
        self.bad: list[str] = []
        self.runs = 0

    def victim(self, folder: Path) -> Path:
        """A folder that stays as it is: the canary."""
        (folder / "deep/deeper").mkdir(parents=True)
        names = (
            "file",
            "zarr.json",
            "deep/begun.json",
            "deep/zarr.json",
            "deep/deeper/0",
            ".x.part",
        )
        for name in names:
            (folder / name).write_bytes(b"the victim's " + name.encode())
        shutil.copytree(self.material.stores[3] / "clips", folder / "clips")
        return folder

    def store(self, seed: int, program: Path) -> None:
        """A hostile store and all commands on it."""
        here = Path(tempfile.mkdtemp(prefix="cz-hostile-", dir=scratch()))
        try:
            version = 3 if seed % 3 else 2
            victim = self.victim(here / "victim")
            (here / "work").mkdir()
            (here / "out").mkdir()
            sound = self.material.stores[version]
            s = spoil(sound, here / "store", victim, self.material.clip, version, seed)
            canary = snapshot(victim)
            for name, args in commands(self.material, s, here / "out"):
                end = run(program, args, here / "work")
                self.runs += 1
                problems = self.problems(name, end, s, program, here / "out")
                now = snapshot(victim)
                if now != canary:
                    changed = sorted(
                        k for k in now.keys() | canary.keys() if now.get(k) != canary.get(k)
                    )
                    problems.append(f"TOUCHED OUTSIDE: {changed[:5]}")
                    canary = now
                for problem in problems:
                    what = "; ".join(s.done)
                    self.bad.append(f"seed {seed} v{version} {name}: {problem}\n    store: {what}")
        finally:
            shutil.rmtree(here, ignore_errors=True)

    def problems(self, name: str, end: Ended, s: Store, program: Path, out: Path) -> list[str]:
        if end.code is None:
            return [f"not done after {LIMIT_SECONDS} s"]
        found = []
        if end.code not in CODES:
            found.append(f"exit {end.code}: {end.err[-600:]}")
        asked = re.search(r"failed to allocate (0x[0-9a-f]+)", end.err)
        if asked:
            found.append(f"asks for {int(asked[1], 16) >> 20} MiB of memory")
        elif re.search(r"Sanitizer|runtime error", end.err) and end.code in CODES:
            found.append(f"a sanitizer: {end.err[-600:]}")
        if end.code not in (0, 4) and "camzarr: " not in end.err:
            found.append(f"exit {end.code} without a message: {end.err[-200:]!r}")
        if end.peak > LIMIT_MEMORY[program]:
            found.append(f"{end.peak >> 20} MiB of memory")
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", end.err):
            found.append(f"control characters: {end.err[-200:]!r}")
        if s.blind:
            found += self.lies(name, end, s, out)
        return found

    def lies(self, name: str, end: Ended, s: Store, out: Path) -> list[str]:
        """Damage that was taken for data, in a store that wasn't signed again."""
        inside = sorted(key for key in s.spoilt if key.startswith(f"clips/{s.clip}/"))
        if end.code != 0:
            return []
        if name == "restore" and (out / "b.mov").read_bytes() != self.movie:
            return ["exit 0 and another movie"]
        if name == "icpf" and (out / "a.icpf").read_bytes() not in self.movie:
            return ["exit 0 and no frame of the movie"]
        if name == "verify" and inside:
            return [f"exit 0, though {inside[:3]} changed"]
        return []


def _sweep(referee: Referee, seeds: range, programs: tuple[Path, ...]) -> None:
    work = [(seed, programs[seed % len(programs)]) for seed in seeds]
    with ThreadPoolExecutor(2) as workers:
        for _ in workers.map(lambda one: referee.store(*one), work):
            pass
    told = "\n".join(referee.bad[:40])
    assert not referee.bad, f"{len(referee.bad)} of {referee.runs} runs:\n{told}"


@pytest.fixture
def referee(material: Material) -> Iterator[Referee]:
    """Prints how many runs it saw."""
    one = Referee(material)
    yield one
    print(f"{one.runs} runs, {len(one.bad)} that may not be")


def test_hostile_stores(referee: Referee) -> None:
    """Some 200; each second one with the sanitizers."""
    _sweep(referee, range(first_seed(), first_seed() + how_many(200)), (CAMZARR, DEV))


@pytest.mark.full
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", range(10))
def test_many_hostile_stores(referee: Referee, part: int) -> None:
    """Some 4000, each with both builds."""
    start = 1000 + part * 400
    for program in (CAMZARR, DEV):
        _sweep(referee, range(start, start + how_many(400)), (program,))
