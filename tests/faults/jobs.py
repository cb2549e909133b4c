"""What is run with faults, and which ends of it are allowed.

A job is a command, the folder it begins with, and the one an undisturbed run leaves. Allowed are:

    done        exit 0, and the folder is what an undisturbed run leaves, byte for byte
    error       exit code 1, 3 or 5, `camzarr: WHAT...` on standard error, and every clip with a
                commit marker is whole: the one that was there before or the one that was to come
    killed      by our SIGKILL: the same of the clips

and after each of them the same command without a fault leaves what an undisturbed run leaves.
A command that writes a file leaves it complete, with exit 0, or leaves no file at all."""

from __future__ import annotations

import hashlib
import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from injection import End, Fault, camzarr
from libraries import PRINTED, allowed_of_library

Tree = dict[str, str]
_MARKERS = ("/zarr.json", "/.zattrs")
_ERRORS = (1, 3, 5)


class NotAllowed(Exception):
    """An end that isn't allowed."""


def demand(true: object, what: str) -> None:
    if not true:
        raise NotAllowed(what)


def tree_of(folder: Path) -> Tree:
    """SHA-256 of each file below, by its path; folders by their path and a slash."""
    found: Tree = {}
    for path in folder.rglob("*"):
        key = path.relative_to(folder).as_posix()
        if path.is_dir():
            found[f"{key}/"] = "folder"
        else:
            found[key] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def difference(have: Tree, want: Tree) -> str:
    """What distinguishes two folders, in a line."""
    told = [
        f"left over: {sorted(have.keys() - want.keys())[:6]}" if have.keys() - want.keys() else ""
    ]
    told += [
        f"missing: {sorted(want.keys() - have.keys())[:6]}" if want.keys() - have.keys() else ""
    ]
    other = sorted(key for key in have.keys() & want.keys() if have[key] != want[key])
    told += [f"other bytes: {other[:6]}" if other else ""]
    return "; ".join(text for text in told if text)


def clip_of(marker: str) -> str:
    """`clips/NAME/` of a commit marker's key, else ""."""
    folder, slash, name = marker.rpartition("/")
    is_marker = folder.startswith("clips/") and folder.count("/") == 1 and slash + name in _MARKERS
    return folder + "/" if is_marker else ""


def check_clips(have: Tree, before: Tree, after: Tree, touched: str) -> bool:
    """Every clip that is visible is whole, and those that the job isn't about are as they were.
    True if the touched clip is visible as it is to become."""
    for key, digest in before.items():
        if not key.startswith(f"clips/{touched}/") and key.startswith("clips/") and clip_in(key):
            demand(have.get(key) == digest, f"another clip was changed: {key}")
    ready = False
    for marker in have:
        clip = clip_of(marker)
        if not clip:
            continue
        wholes = [whole for whole in (before, after) if whole.get(marker) == have[marker]]
        demand(wholes, f"{marker}: a commit marker that no undisturbed run writes")
        problems = [
            {key for key in whole if key.startswith(clip) and have.get(key) != whole[key]}
            for whole in wholes
        ]
        demand(not all(problems), f"{clip} is visible and not whole: {sorted(problems[0])[:6]}")
        ready |= clip == f"clips/{touched}/" and after.get(marker) == have[marker]
    return ready


def clip_in(key: str) -> bool:
    """Whether a key lies in a clip's folder."""
    return key.count("/") >= 2


def check_end(job: str, end: End, fault: Fault, codes: tuple[int, ...] = _ERRORS) -> str:
    """The exit code and the words: `done`, `error`, `killed`, or `library` where a library brought
    the process down: what it leaves is judged all the same."""
    try:
        return _check_end(end, fault, codes)
    except NotAllowed as wrong:
        if not allowed_of_library(job, fault, end, str(wrong)):
            raise
        return "library"


def _check_end(end: End, fault: Fault, codes: tuple[int, ...]) -> str:
    demand(end.code is not None, "hangs")
    if fault.kills and end.hit:
        demand(end.code == -signal.SIGKILL, f"exit {end.code} where it was to be killed")
        return "killed"
    assert end.code is not None
    demand(end.code >= 0, f"crashed by signal {-end.code}: {end.err[-200:]}")
    if end.code == 0:
        return "done"
    demand(end.code in codes, f"exit {end.code}: {end.err[-200:]!r}")
    words = any(line.startswith("camzarr: ") for line in end.err.splitlines())
    demand(words or end.code == 4, f"exit {end.code} without a message: {end.err[-200:]!r}")
    demand(not (fault.transparent and end.hit), f"exit {end.code}: {end.err[-200:]!r}")
    return "error"


@dataclass
class Job:
    """A command with placeholders: {store}, {out}, {movie}; `{here}` is the run's folder."""

    name: str
    args: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 60

    def command(self, here: Path) -> list[str]:
        return [word.replace("{here}", str(here)) for word in self.args]

    def prepare(self, here: Path) -> None:
        """Make the folder that a run begins with."""
        raise NotImplementedError

    def learn(self, here: Path) -> None:
        """Run once without a fault and remember what that leaves."""
        raise NotImplementedError

    def judge(self, here: Path, end: End, fault: Fault) -> str:
        """Which allowed end it is; NotAllowed if it is none."""
        raise NotImplementedError

    def undisturbed(self, here: Path) -> End:
        end = camzarr(self.command(here), self.environment, timeout=self.timeout)
        return end


@dataclass
class WriteJob(Job):
    """A command that changes a store."""

    clip: str = ""
    start: Path | None = None  # the store it begins with
    before: Tree = field(default_factory=dict)
    after: Tree = field(default_factory=dict)
    tree: Callable[[Path], Tree] = lambda here: tree_of(here / "store")

    def prepare(self, here: Path) -> None:
        if self.start:
            shutil.copytree(self.start, here / "store")

    def learn(self, here: Path) -> None:
        self.before = self.tree(here)
        end = self.undisturbed(here)
        assert end.code == 0, end
        self.after = self.tree(here)

    def judge(self, here: Path, end: End, fault: Fault) -> str:
        kind = check_end(self.name, end, fault)
        have = self.tree(here)
        if kind == "done":
            demand(have == self.after, f"exit 0, but {difference(have, self.after)}")
        else:
            ready = check_clips(have, self.before, self.after, self.clip)
            kind += ", clip whole" if ready else ""
        again = self.undisturbed(here)
        now = self.tree(here)
        gone = self.args[0] == "rm" and have == self.after  # nothing is left to remove
        demand(again.code == 0 or gone, f"the next run: exit {again.code}: {again.err[-200:]!r}")
        demand(now == self.after, f"after the next run {difference(now, self.after)}")
        return kind


@dataclass
class ReadJob(Job):
    """A command that reads a store, which it must not touch, and may write a file `out`."""

    store: Path = Path()
    equal: Callable[[Path], bool] | None = None  # where other bytes may mean the same
    out: bytes = b""
    files: Tree = field(default_factory=dict)
    untouched: object = None

    def prepare(self, here: Path) -> None:
        pass

    def state(self) -> object:
        """Names and times of what lies in the store."""
        paths = sorted(self.store.rglob("*"))
        return [(str(p), p.lstat().st_mtime_ns, p.lstat().st_size, p.lstat().st_ino) for p in paths]

    def learn(self, here: Path) -> None:
        end = self.undisturbed(here)
        assert end.code == 0, end
        self.out, self.files, self.untouched = self.shown(end, here), tree_of(here), self.state()

    def shown(self, end: End, here: Path) -> bytes:
        out = end.out.replace(PRINTED, b"") if "libblosc" in end.trace else end.out
        return out.replace(str(here).encode(), b"")

    def judge(self, here: Path, end: End, fault: Fault) -> str:
        # What can't be read is a finding to verify, as long as it is named.
        finds = self.name.startswith("verify") and fault.kind != "alloc" and end.out
        kind = check_end(self.name, end, fault, (*_ERRORS, 4) if finds else _ERRORS)
        demand(self.state() == self.untouched, "the store was changed")
        have = tree_of(here)
        if kind == "done":
            same = have == self.files or (self.equal and self.equal(here))
            demand(same, f"exit 0, but {difference(have, self.files)}")
            demand(self.shown(end, here) == self.out, f"exit 0, but printed {end.out[:200]!r}")
        else:
            self.check_files(have, kind, fault)
        for path in here.iterdir():
            path.unlink()
        again = self.undisturbed(here)
        now = tree_of(here)
        demand(again.code == 0, f"the next run: exit {again.code}: {again.err[-200:]!r}")
        demand(now == self.files, f"after the next run {difference(now, self.files)}")
        return kind

    def check_files(self, have: Tree, kind: str, fault: Fault) -> None:
        """Nothing under the file's name; a temporary only after SIGKILL, or where no file can be
        unlinked at all."""
        named = have.keys() & self.files.keys()
        if kind in ("killed", "library"):
            wrong = {key for key in named if have[key] != self.files[key]}
            demand(not wrong, f"killed, and an incomplete {sorted(wrong)}")
            return
        demand(not named, f"an error, and yet {sorted(named)} is there")
        stuck = fault.kind == "unlink" and fault.lasting
        demand(stuck or not have, f"an error, and left over: {sorted(have)}")
