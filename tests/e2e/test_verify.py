"""verify finds and names a flipped bit anywhere, a missing object and an extra one."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maker import Made, make
from support.clips import Clip
from support.command import DIFFERENT, Done, camzarr, convert_one, verify


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Made, Clip]]:
    """A clip with audio, a time code and several shards. Each test leaves it sound."""
    folder = tmp_path_factory.mktemp("verify")
    made = make("everything", folder)
    convert_one(made.path, folder / "store", "--frames-per-shard", "4")
    clip = Clip(folder / "store", made.path.stem)
    yield made, clip
    verify(clip.store)


def flipped(path: Path, at: int, bit: int) -> bytes:
    """Flip a bit, and give what was there before."""
    was = path.read_bytes()
    data = bytearray(was)
    data[at] ^= 1 << bit
    path.write_bytes(data)
    return was


def differences(done: Done) -> list[dict[str, Any]]:
    """What verify found, without the lines that sum up."""
    return [line for line in done.lines() if "status" not in line]


def found(clip: Clip, key: str, frame: int | None = None) -> set[str]:
    """Verify must name the object, and the frame where there is one. Gives all keys it names."""
    told = differences(verify(clip.store, clip.name, "--json", code=DIFFERENT))
    mine = [line for line in told if line["key"] == f"clips/{clip.name}/{key}"]
    assert mine, told
    assert frame is None or frame in [line.get("frame") for line in mine], told
    return {line["key"] for line in told}


def test_flipped_bit_in_each_object(sound: tuple[Made, Clip]) -> None:
    _, clip = sound
    places = random.Random(3)
    objects = clip.objects()
    assert len(objects) > 25
    for key in objects:
        path = clip.folder / key
        for _ in range(2):
            was = flipped(path, places.randrange(path.stat().st_size), places.randrange(8))
            found(clip, key)
            path.write_bytes(was)


def test_flipped_bits_of_the_commit_marker(sound: tuple[Made, Clip]) -> None:
    """JSON may stay JSON, the format another version, the name another name."""
    _, clip = sound
    places = random.Random(4)
    path = clip.folder / "zarr.json"
    size = path.stat().st_size
    for at in [0, size - 1, *(places.randrange(size) for _ in range(40))]:
        was = flipped(path, at, places.randrange(8))
        found(clip, "zarr.json")
        path.write_bytes(was)


def test_parts_of_a_shard(sound: tuple[Made, Clip]) -> None:
    """Its header, each of its frames (by name), and its index."""
    _, clip = sound
    places = random.Random(5)
    offsets, sizes = clip.column("shard_offset"), clip.column("size")
    for k, path in enumerate(clip.shards()):
        key = path.relative_to(clip.folder).as_posix()
        first = int(offsets[4 * k])
        for at in (0, 4, first // 2, first - 1):
            was = flipped(path, at, places.randrange(8))
            found(clip, key)
            path.write_bytes(was)
        for i in range(4 * k, min(4 * k + 4, len(sizes))):
            at = int(offsets[i]) + places.randrange(int(sizes[i]))
            was = flipped(path, at, places.randrange(8))
            found(clip, key, frame=i)
            path.write_bytes(was)
        size = path.stat().st_size
        for at in (size - 1, size - 4, size - 5, size - 40, size - 16 * 4 - 4 - 8):
            was = flipped(path, at, places.randrange(8))
            found(clip, key)
            path.write_bytes(was)


def test_missing_object(sound: tuple[Made, Clip]) -> None:
    _, clip = sound
    for key in clip.objects():
        if key == "zarr.json":
            continue  # without its commit marker it is no clip
        path = clip.folder / key
        was = path.read_bytes()
        path.unlink()
        found(clip, key)
        path.write_bytes(was)


def test_empty_or_longer_object(sound: tuple[Made, Clip]) -> None:
    _, clip = sound
    for key in clip.objects():
        path = clip.folder / key
        was = path.read_bytes()
        for now in (b"", was[:-1], was + b"\0"):
            path.write_bytes(now)
            found(clip, key)
        path.write_bytes(was)


@pytest.mark.parametrize(
    "key",
    [
        "notes.txt",
        "index/time/c/1",
        "video/video/c/99/0/0/0",
        "source/bytes/c/7",
        "statistics/zarr.json",
    ],
)
def test_unexpected_object(key: str, sound: tuple[Made, Clip]) -> None:
    _, clip = sound
    path = clip.folder / key
    new = [parent for parent in path.parents if not parent.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"{}")
    found(clip, key)
    path.unlink()
    for parent in new:
        parent.rmdir()


def test_swapped_shards(sound: tuple[Made, Clip]) -> None:
    """Each is sound by itself."""
    _, clip = sound
    one, two = clip.shards()[:2]
    kept = one.read_bytes(), two.read_bytes()
    one.write_bytes(kept[1])
    two.write_bytes(kept[0])
    assert f"clips/{clip.name}/video/video/c/1/0/0/0" in found(clip, "video/video/c/0/0/0/0")
    one.write_bytes(kept[0])
    two.write_bytes(kept[1])


def test_the_wrong_source(sound: tuple[Made, Clip], tmp_path: Path) -> None:
    made, clip = sound
    verify(clip.store, clip.name, "--source", made.path)
    other = tmp_path / made.path.name
    shutil.copy(made.path, other)
    for at in (0, made.frames[3].offset + 100, made.length - 1):
        was = flipped(other, at, 2)
        verify(clip.store, clip.name, "--source", other, code=DIFFERENT)
        other.write_bytes(was)
    other.write_bytes(other.read_bytes()[:-1])
    verify(clip.store, clip.name, "--source", other, code=DIFFERENT)


def test_damage_is_noticed_when_reading(sound: tuple[Made, Clip], tmp_path: Path) -> None:
    """frame and restore refuse it, and leave nothing under the name of a result."""
    _, clip = sound
    path = clip.shard(1)
    was = flipped(path, int(clip.column("shard_offset")[5]) + 50, 3)
    done = camzarr("frame", clip.store, clip.name, "5", "-o", tmp_path / "5.icpf", code=1)
    assert "5" in done.err
    assert not (tmp_path / "5.icpf").exists()
    camzarr("frame", clip.store, clip.name, "4", "-o", tmp_path / "4.icpf")
    camzarr("restore", clip.store, clip.name, tmp_path / "again.mov", code=1)
    assert not (tmp_path / "again.mov").exists()
    path.write_bytes(was)


def test_several_clips(sound: tuple[Made, Clip], tmp_path: Path) -> None:
    """Those that are sound are not named; all are looked at."""
    made, clip = sound
    store = tmp_path / "store"
    for name in ("a", "b", "c"):
        convert_one(made.path, store, "--name", name)
    (store / "clips/b/source/bytes/chunks.jsonl").unlink()
    done = verify(store, "--json", code=DIFFERENT)
    assert {line["clip"] for line in differences(done)} == {"b"}
    ends = {line["clip"]: line["status"] for line in done.lines() if "status" in line}
    assert ends == {"a": "sound", "b": "different", "c": "sound"}
    verify(store, "a", "c")
