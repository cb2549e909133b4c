"""Symbolic links inside a store: no command follows one, and their targets stay unchanged."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from maker import Made, make
from support.command import FAILED, OK, Done, camzarr, convert_one

OTHER = "kept"  # a clip beside the one that the link is in


@dataclass
class Linked:
    """A store in which a part is a link, and the folder that it points to."""

    made: Made
    store: Path
    link: str
    victim: Path

    @property
    def clip(self) -> str:
        """The clip that the link is, or is in."""
        return "evil" if self.link == "clips/evil" else self.made.path.stem


def state(folder: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """All below: mode, inode, time of last change, and bytes or, of a link, where it points to."""
    return {
        path.relative_to(folder).as_posix(): (
            (there := path.lstat()).st_mode,
            there.st_ino,
            there.st_mtime_ns,
            os.readlink(path).encode()
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else b"",
        )
        for path in [folder, *folder.rglob("*")]
    }


def replaced(path: Path, victim: Path) -> None:
    """The path becomes a link to a folder that has all that was there, and a foreign file."""
    if path.exists():
        path.rename(victim)
    else:
        shutil.copytree(path.parent / OTHER, victim)
    (victim / "precious.txt").write_text("not camzarr's\n")
    path.symlink_to(os.path.relpath(victim, path.parent))


PLACES = ["clips/evil", "clips", "clips/NAME", "clips/NAME/video", "clips/NAME/video/video/c"]


@pytest.fixture(params=PLACES)
def linked(request: pytest.FixtureRequest, tmp_path: Path) -> Linked:
    """Each place as a link, out of the store."""
    made, store = make("usual", tmp_path), tmp_path / "store"
    convert_one(made.path, store)
    convert_one(made.path, store, "--name", OTHER)
    link = request.param.replace("NAME", made.path.stem)
    replaced(store / link, tmp_path / "victim")
    return Linked(made, store, link, tmp_path / "victim")


def refused(linked: Linked, *args: str | Path) -> Done:
    """The command fails and names the link; nothing behind the link changes, nor the link."""
    before = state(linked.victim)
    done = camzarr(*args, code=None)
    told = f"camzarr {' '.join(map(str, args))}: {done.err}{done.out!r}"
    assert done.code != OK, told
    assert f"{linked.link}: a symbolic link" in done.err + done.out.decode(), told
    assert state(linked.victim) == before, told
    assert (linked.store / linked.link).is_symlink(), told
    return done


def test_rm(linked: Linked) -> None:
    refused(linked, "rm", linked.store, linked.clip)


def test_convert_overwrite(linked: Linked) -> None:
    refused(linked, "convert", "--overwrite", "--name", linked.clip, linked.made.path, linked.store)


def test_convert_overwrite_of_another_kind(linked: Linked) -> None:
    """What the new clip doesn't name would be removed."""
    options = ("--overwrite", "--frames-per-shard", "2", "--name", linked.clip)
    refused(linked, "convert", *options, linked.made.path, linked.store)


def test_convert_without_the_commit_marker(linked: Linked) -> None:
    """As if it had been interrupted: it would keep what is there."""
    mark = linked.store / "clips" / linked.clip / "zarr.json"
    if (linked.store / "clips").resolve() in mark.resolve().parents:
        mark.unlink(missing_ok=True)
    refused(linked, "convert", "--name", linked.clip, linked.made.path, linked.store)


def test_convert_into_it(linked: Linked) -> None:
    """A clip of a new name: beside a link it is made, behind one it isn't."""
    args = ("convert", "--name", "new", linked.made.path, linked.store)
    if linked.link == "clips":
        refused(linked, *args)
    else:
        before = state(linked.victim)
        camzarr(*args)
        assert state(linked.victim) == before


def test_verify(linked: Linked) -> None:
    refused(linked, "verify", linked.store)
    refused(linked, "verify", linked.store, linked.clip)
    refused(linked, "verify", "--json", linked.store)


def test_reading(linked: Linked, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    inside = not linked.clip == "evil" and linked.link != "clips"
    refused(linked, "restore", linked.store, linked.clip, out / "a.mov")
    refused(linked, "frame", linked.store, linked.clip, "0", "-o", out / "a.icpf")
    if not inside or linked.link == f"clips/{linked.clip}":
        # Of a clip whose commit marker is no link, these read the commit marker alone.
        refused(linked, "info", linked.store, linked.clip)
        refused(linked, "export", "kerchunk", linked.store, linked.clip, out / "a.json")
    assert not list(out.iterdir())


def test_ls(linked: Linked) -> None:
    """Clips beside a link are listed; where all of them lie behind it, that is said."""
    if linked.link == "clips":
        refused(linked, "ls", linked.store)
        refused(linked, "info", linked.store)
        return
    before = state(linked.victim)
    names = {line["name"] for line in camzarr("ls", "--json", linked.store).lines()}
    own = {OTHER, linked.made.path.stem}
    assert names == own - ({linked.clip} if linked.link == f"clips/{linked.clip}" else set())
    assert state(linked.victim) == before


@pytest.mark.parametrize("name", ["zarr.json", "begun.json", "index/size/c/0", ".zarr.json.part"])
def test_linked_object(name: str, tmp_path: Path) -> None:
    made, store, victim = make("usual", tmp_path), tmp_path / "store", tmp_path / "victim"
    convert_one(made.path, store)
    victim.mkdir()
    link = f"clips/{made.path.stem}/{name}"
    if (store / link).exists():
        shutil.move(store / link, victim / "file")
    else:
        (victim / "file").write_text("not camzarr's\n")
    (store / link).symlink_to(victim / "file")
    linked = Linked(made, store, link, victim)
    refused(linked, "rm", store, made.path.stem)
    refused(linked, "convert", "--overwrite", made.path, store)


def test_the_store_may_be_a_link(tmp_path: Path) -> None:
    made, store = make("usual", tmp_path), tmp_path / "store"
    (tmp_path / "real").mkdir()
    store.symlink_to("real")
    convert_one(made.path, store)
    camzarr("verify", store)
    camzarr("rm", store, made.path.stem)
    assert ": no such clip (" in camzarr("rm", store, made.path.stem, code=FAILED).err
    assert store.is_symlink() and (tmp_path / "real/zarr.json").exists()
