"""Damage is never read as data: with any single bit of a store flipped, each verb gives the same result as
on the undamaged store, or fails. Then what it had written is correct too, and no output file is left."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from maker import make
from support.clips import Clip
from support.command import DIFFERENT, FAILED, OK, RETRY, camzarr, convert_one

FLIPS = 400 if os.environ.get("CZ_FULL") else 15  # of each version

Files = dict[str, bytes]

# OUT is a new folder. Each has one file in it, but for the second one, which has one a frame.
READING = [
    "ls --json STORE",
    "frame STORE CLIP 0:9:4 --format icpf -o OUT/frames/",
    "info --json STORE",
    "info --json STORE CLIP",
    "frame STORE CLIP 0:9:2 -o OUT/x.mov",
    "frame STORE CLIP 0:9:2 -o OUT/x.avi",
    "frame STORE CLIP 0:9:2 -o OUT/x.npy",
    "frame STORE CLIP 7 -o OUT/x.png",
    "frame STORE CLIP 7 -o OUT/x.tif",
    "restore STORE CLIP OUT/x.mov",
    "restore -q STORE CLIP -",
    "export kerchunk STORE OUT/x.json",
    "export netcdf STORE CLIP OUT/x.nc",
    "export netcdf STORE CLIP OUT/x.nc --frames 3:5",
    "export torchcodec STORE CLIP OUT/x.json",
]


@pytest.fixture(scope="module", params=[3, 2])
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A clip with sound, of three shards."""
    folder = tmp_path_factory.mktemp(f"flips{request.param}")
    made = make("everything", folder)
    shards = ["--frames-per-shard", "6"] if request.param == 3 else []
    convert_one(made.path, folder / "store", "--no-catalog", "--zarr-format", str(request.param), *shards)
    return Clip(folder / "store", made.path.stem)


def read(words: str, clip: Clip, out: Path) -> tuple[int, bytes, Files, str]:
    """Exit code, standard output, files, standard error."""
    out.mkdir()
    stands_for = {"STORE": clip.store, "CLIP": clip.name}
    command = [str(stands_for.get(word, word.replace("OUT", str(out)))) for word in words.split()]
    done = camzarr(*command, code=None)
    files = {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    shutil.rmtree(out)
    return done.code, done.out.replace(str(out).encode(), b"OUT"), files, done.err


def objects(store: Path) -> list[Path]:
    """Of the store, in the order of their paths."""
    return sorted(p for p in store.rglob("*") if p.is_file() and p.stat().st_size > 0)


def flipped(path: Path, places: random.Random) -> Callable[[], None]:
    """Flip a bit; what is returned flips it back."""
    was = path.read_bytes()
    data = bytearray(was)
    data[places.randrange(len(was))] ^= 1 << places.randrange(8)
    path.write_bytes(data)
    return lambda: path.write_bytes(was) and None


def test_every_command_is_right_or_fails(clip: Clip, tmp_path: Path) -> None:
    out = tmp_path / "out"
    truth = [read(words, clip, out) for words in READING]
    assert all(code == OK for code, *_ in truth), truth
    places = random.Random(clip.store.name)
    every = objects(clip.store)
    failed = 0
    for i in range(FLIPS):
        path = places.choice(every) if i >= len(every) else every[i * 7 % len(every)]
        back = flipped(path, places)
        key = str(path.relative_to(clip.store))
        # The specification is text for people, which another version of camzarr may have written.
        found = camzarr("verify", "-q", clip.store, code=None).code in (DIFFERENT, FAILED)
        assert found or key.startswith("specification/"), key
        for words, (_, right, right_files, _) in zip(READING, truth):
            code, got, files, err = read(words, clip, out)
            if b'"unreadable_clips":1' in got:
                assert words == "info --json STORE" and path.parent == clip.folder
                continue
            if code == OK:
                assert (got, files) == (right, right_files), f"{words}: {key}"
                continue
            failed += 1
            assert code in (FAILED, RETRY), f"{words}: {key}: {err}"
            assert right.startswith(got), f"{words}: {key}"
            one_each = words == READING[1]
            assert one_each or not files, f"{words}: {key}: {list(files)}"
            assert all(right_files[name] == data for name, data in files.items()), f"{words}: {key}"
            assert path.name in err, f"{words}: {key}: {err}"
        back()
    assert failed > FLIPS
