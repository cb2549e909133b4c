"""Hostile stores: a sound one, changed in one to four places, by a seeded choice.

Links point at the test's own victim folder, and nowhere else. Some stores are signed again: sizes,
SHA-256 and the commit marker's digest fit what lies there, so that readers get past those checks;
the others are *blind*, and no reader may take what was changed in them for data."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import zlib
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import google_crc32c
import numcodecs

_DOCUMENTS = ("zarr.json", ".zattrs", ".zarray", ".zgroup", ".zmetadata", "begun.json")
_ZEROS = "0" * 64
_HUGE = 1 << 24
_NUMBERS = (
    *(-1, 0, 1, 2, 255, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**60),
    *(2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**30, -(2**63), 0.5, 1e308, -0.0),
)


@dataclass
class Store:
    """A store that is being spoilt, and what was done to it."""

    folder: Path
    victim: Path
    clip: str
    version: int
    rng: random.Random
    done: list[str] = field(default_factory=list)
    blind: bool = True  # not signed again
    spoilt: set[str] = field(default_factory=set)  # objects whose bytes were changed

    def files(self, *endings: str) -> list[Path]:
        """Regular files, in a fixed order; those of some names only, if names are given. Not those
        that were made huge."""
        all_of_them = sorted(self.folder.rglob("*"))
        found = (p for p in all_of_them if p.is_file() and not p.is_symlink())
        found = (p for p in found if p.stat().st_size < _HUGE)
        return [p for p in found if not endings or p.name.endswith(endings)]

    def folders(self) -> list[Path]:
        return [p for p in sorted(self.folder.rglob("*")) if p.is_dir() and not p.is_symlink()]

    @property
    def marker(self) -> Path:
        name = "zarr.json" if self.version == 3 else ".zattrs"
        return self.folder / "clips" / self.clip / name

    def key(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def note(self, what: str, path: Path) -> None:
        self.done.append(f"{what} {self.key(path)}")

    def write(self, path: Path, data: bytes) -> None:
        if path.read_bytes() != data:
            self.spoilt.add(self.key(path))
        path.write_bytes(data)

    def target(self, link: Path) -> str:
        """Something of the victim's to point at, from a link's place or absolutely."""
        choices = [self.victim, self.victim / "deep", self.victim / "file", self.victim / "absent"]
        chosen = self.rng.choice(choices)
        return str(chosen) if self.rng.random() < 0.5 else os.path.relpath(chosen, link.parent)


Mutation = Callable[[Store], None]


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def link_for_folder(s: Store) -> None:
    """A folder becomes a link: to the victim, or to where its content was moved."""
    path = s.rng.choice(s.folders())
    if s.rng.random() < 0.3 and not (s.victim / "moved").exists():
        shutil.copytree(path, s.victim / "moved", symlinks=True)
        _remove(path)
        path.symlink_to(os.path.relpath(s.victim / "moved", path.parent))
    else:
        _remove(path)
        path.symlink_to(s.target(path))
    s.note(f"link -> {os.readlink(path)} for folder", path)


def link_for_file(s: Store) -> None:
    path = s.rng.choice(s.files())
    s.spoilt.add(s.key(path))
    _remove(path)
    path.symlink_to(s.target(path) if s.rng.random() < 0.9 else path.name)
    s.note(f"link -> {os.readlink(path)} for file", path)


def link_beside(s: Store) -> None:
    """A link where nothing was: a clip, a temporary, a foreign name, a document of the future."""
    clip = s.folder / "clips" / s.clip
    names = [
        *("clips/evil", f"clips/{s.clip}/begun.json", f"clips/{s.clip}/.begun.json.part"),
        *(f"clips/{s.clip}/.zarr.json.part", f"clips/{s.clip}/foreign", ".zarr.json.part"),
        *(f"clips/{s.clip}/index/.zarr.json.part", f"clips/{s.clip}/statistics", "clips/new"),
        *("catalog", "clips/..zattrs.part", f"clips/{s.clip}/video/video/c/9"),
    ]
    path = s.folder / s.rng.choice(names)
    if path.parent.is_dir() and clip.exists() and not os.path.lexists(path):
        path.symlink_to(s.target(path))
        s.note(f"link -> {os.readlink(path)} at", path)


def other_kind(s: Store) -> None:
    """A FIFO or a folder for a file, a file for a folder."""
    if s.rng.random() < 0.3:
        path = s.rng.choice(s.folders())
        _remove(path)
        path.write_bytes(b"no folder")
        s.note("file for folder", path)
        return
    path = s.rng.choice(s.files())
    s.spoilt.add(s.key(path))
    path.unlink()
    if s.rng.random() < 0.5:
        os.mkfifo(path)
    else:
        path.mkdir()
    s.note("other kind", path)


def foreign(s: Store) -> None:
    """What camzarr doesn't know, somewhere."""
    path = s.rng.choice(s.folders()) / s.rng.choice(
        ["photo.jpg", ".hidden", "x\ny", "\x1b[2J", "9"]
    )
    if not os.path.lexists(path):
        path.write_bytes(b"foreign")
        s.note("foreign file", path)


def spoil_bytes(s: Store) -> None:
    path = s.rng.choice(s.files())
    data = bytearray(path.read_bytes())
    how = s.rng.choice(["flip", "cut", "longer", "zeros", "empty", "other", "noise", "sparse"])
    if how == "flip" and data:
        data[s.rng.randrange(len(data))] ^= 1 << s.rng.randrange(8)
    elif how == "cut":
        del data[s.rng.randrange(len(data) + 1) :]
    elif how == "longer":
        data += s.rng.randbytes(s.rng.randrange(1, 5000))
    elif how == "zeros":
        data = bytearray(len(data))
    elif how == "empty":
        data.clear()
    elif how == "other":
        data = bytearray(s.rng.choice(s.files()).read_bytes())
    elif how == "noise" and data:
        at = s.rng.randrange(len(data))
        noise = s.rng.randbytes(64)[: len(data) - at]
        data[at : at + len(noise)] = noise
    elif how == "sparse":
        os.truncate(path, 1 << s.rng.choice([31, 33, 40]))
        s.spoilt.add(s.key(path))
    if how != "sparse":
        s.write(path, bytes(data))
    s.note(how, path)


def remove_one(s: Store) -> None:
    path = s.rng.choice(s.files() if s.rng.random() < 0.8 else s.folders())
    if path.is_file():
        s.spoilt.add(s.key(path))
    s.note("no", path)
    _remove(path)


def _strange(rng: random.Random, old: Any) -> Any:
    """A value for the place of another."""
    texts = (
        "",
        "..",
        "../../victim/file",
        "/",
        "a" * 5000,
        "\x00",
        "\x1b[31m",
        "é\ud83d\ude00",
        "NaN",
    )
    choices: list[Callable[[], Any]] = [
        lambda: rng.choice(_NUMBERS),
        lambda: rng.choice(_NUMBERS),
        lambda: rng.choice(texts),
        lambda: rng.choice([None, True, [], {}]),
        lambda: [old] * rng.choice([2, 100]),
        lambda: {"x": old},
    ]
    if isinstance(old, int) and not isinstance(old, bool):
        choices += [lambda: old + rng.choice([-1, 1]), lambda: old * 2 ** rng.randrange(1, 40)]
    if isinstance(old, str):
        choices += [lambda: old[:-1], lambda: old + "/../x", lambda: "../../../victim/" + old]
    return rng.choice(choices)()


def _containers(node: Any) -> list[Any]:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    found = [node] if inner else []
    return found + [one for child in list(inner) for one in _containers(child)]


def _change(rng: random.Random, document: Any) -> str:
    """Change a member or an element somewhere; says which."""
    containers = _containers(document)
    if not containers:
        return "nothing"
    node = rng.choice(containers)
    at = rng.choice(list(node) if isinstance(node, dict) else range(len(node)))
    how = rng.choice(["value", "value", "value", "delete", "repeat"])
    if how == "delete":
        del node[at]
    elif how == "repeat" and isinstance(node, list):
        node.insert(at, node[at])
    elif how == "repeat":
        node[str(at) + "2"] = node[at]
    else:
        node[at] = _strange(rng, node[at])
    return f"{how} of {at!r:.60}"


def spoil_document(s: Store) -> None:
    """A value in a JSON document, which stays well-formed."""
    paths = s.files(*_DOCUMENTS)
    path = s.marker if s.rng.random() < 0.5 and s.marker.is_file() else s.rng.choice(paths)
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        return
    said = [_change(s.rng, document) for _ in range(s.rng.choice([1, 1, 2]))]
    s.write(path, json.dumps(document, indent=2).encode("utf-8", "surrogatepass"))
    s.note(", ".join(said), path)


def spoil_syntax(s: Store) -> None:
    """A JSON document that isn't one, or is a huge one."""
    path = s.rng.choice(s.files(*_DOCUMENTS, "chunks.jsonl"))
    text = path.read_bytes()
    deep = s.rng.choice([100, 100_000])
    choices = (b"[" * deep, b'{"a":' * deep, text * 2, text[:-2], b"\xff\xfe" + text, b"1" * deep)
    s.write(path, s.rng.choice(choices))
    s.note("syntax", path)


def spoil_lines(s: Store) -> None:
    """chunks.jsonl: lines changed, swapped, repeated."""
    paths = s.files("chunks.jsonl")
    if not paths:
        return
    path = s.rng.choice(paths)
    lines = path.read_bytes().splitlines()
    at = s.rng.randrange(len(lines))
    if s.rng.random() < 0.6:
        line = json.loads(lines[at])
        _change(s.rng, line)
        lines[at] = json.dumps(line).encode("utf-8", "surrogatepass")
    elif s.rng.random() < 0.5:
        lines *= s.rng.choice([2, 1000])
    else:
        s.rng.shuffle(lines)
    s.write(path, b"\n".join(lines) + b"\n")
    s.note("lines", path)


def spoil_column(s: Store) -> None:
    """Values of a column or of another small array, encoded as they were."""
    paths = [p for p in s.files() if "/index/" in s.key(p) or "/source/range" in s.key(p)]
    paths = [p for p in paths if p.name == "0"]
    if not paths:
        return
    path = s.rng.choice(paths)
    column = path.parent.name if s.version == 2 else path.parent.parent.name
    width = {"flags": 1, "size": 4, "shard": 4, "crc32c": 4}.get(column, 8)
    codec = numcodecs.Blosc("zstd", shuffle=numcodecs.Blosc.SHUFFLE)
    raw = path.read_bytes()
    try:
        values = bytearray(raw if s.version == 2 else codec.decode(raw))
    except (RuntimeError, ValueError):
        return
    for _ in range(s.rng.choice([1, 1, 3])):
        if len(values) >= width:
            at = s.rng.randrange(len(values) // width) * width
            number = s.rng.choice([n for n in _NUMBERS if isinstance(n, int) and 0 <= n < 2**64])
            values[at : at + width] = number.to_bytes(8, "little")[:width]
    if s.rng.random() < 0.1:
        values *= 1000
    s.write(path, bytes(values) if s.version == 2 else bytes(codec.encode(bytes(values))))
    s.note("column", path)


def spoil_frame(s: Store) -> None:
    """Fields of a ProRes frame's header, or of the movie around it."""
    paths = [p for p in s.files() if "/video/video/" in s.key(p) and p.name[0].isdigit()]
    if not paths:
        return
    path = s.rng.choice(paths)
    data = bytearray(path.read_bytes())
    marks = [i for i in range(len(data) - 3) if data[i : i + 4] == b"icpf"]
    if marks and s.rng.random() < 0.8:
        at = s.rng.choice(marks) + s.rng.choice(
            [-4, -2, 4, 6, 8, 12, 14, 16, 18, 20, 28, 30, 36, 40]
        )
        data[max(at, 0) : at + 2] = s.rng.choice(
            [b"\xff\xff", b"\x00\x00", b"\x7f\xff", b"\x00\x01"]
        )
        if s.rng.random() < 0.3:
            data[at + 2 : at + 4] = b"\xff\xff"
    elif s.version == 3 and len(data) > 100:  # the shard's index, with its checksum
        n = s.rng.randrange(1, 4)
        at = len(data) - 4 - 16 * n
        data[at : at + 8] = (
            s.rng.choice(_NUMBERS[:20]).__index__().to_bytes(16, "little", signed=True)[:8]
        )
    s.write(path, bytes(data))
    s.note("frame", path)


def huge_pictures(s: Store) -> None:
    """Pictures of 65 535 x 65 535 by all documents and frame headers: 12 GB each."""
    side = s.rng.choice([65535, 32768, 16384])
    for path in s.files():
        if "/video/video/" in s.key(path) and path.name[0].isdigit():
            data = bytearray(path.read_bytes())
            at = data.find(b"icpf")
            while at >= 0:
                data[at + 12 : at + 16] = side.to_bytes(2, "big") * 2
                at = data.find(b"icpf", at + 4)
            s.write(path, bytes(data))
    for path in s.files(*_DOCUMENTS):
        text = path.read_bytes()
        for name in (b"width", b"height"):
            text = re.sub(rb'("%s": ?)\d+' % name, rb"\g<1>%d" % side, text)
        s.write(path, text)
    s.note(f"pictures of {side} x {side}", s.marker)


MUTATIONS: tuple[tuple[int, Mutation], ...] = (
    (3, link_for_folder),
    (3, link_for_file),
    (2, link_beside),
    (1, other_kind),
    (1, foreign),
    (3, spoil_bytes),
    (1, remove_one),
    (6, spoil_document),
    (1, spoil_syntax),
    (2, spoil_lines),
    (4, spoil_column),
    (3, spoil_frame),
    (2, huge_pictures),
)


def _column(s: Store, name: str) -> tuple[Path, bytes]:
    """A column's object and its values."""
    path = s.marker.parent / "index" / name / ("0" if s.version == 2 else "c/0")
    if path not in s.files():
        raise ValueError(name)
    raw = path.read_bytes()
    if s.version == 3:
        try:
            raw = numcodecs.Blosc().decode(raw)
        except SystemError as error:  # a damaged size
            raise ValueError(name) from error
    return path, raw


def _fit_checksums(s: Store) -> None:
    """The column of CRC-32C fits the frames, so that readers get as far as the decoder."""
    sizes, shards = (array("I", _column(s, name)[1]) for name in ("size", "shard"))
    offsets = array("Q", _column(s, "shard_offset")[1])
    path, _ = _column(s, "crc32c")
    sums = array("I")
    for size, shard, offset in zip(sizes, shards, offsets, strict=True):
        name = f"video/video/c/{shard}/0/0/0" if s.version == 3 else f"video/video/{shard}.0.0.0"
        if not (s.marker.parent / name).is_file():
            raise ValueError(name)  # a FIFO, say
        frame = (s.marker.parent / name).read_bytes()[offset : offset + size]
        sums.append(google_crc32c.value(frame) if size else 0)
    codec = numcodecs.Blosc("zstd", shuffle=numcodecs.Blosc.SHUFFLE)
    path.write_bytes(sums.tobytes() if s.version == 2 else codec.encode(sums.tobytes()))


def sign(s: Store) -> None:
    """Update the digests to the present objects, as for a store that was manipulated on purpose."""
    folder = s.marker.parent
    chunks = folder / "source/bytes/chunks.jsonl"
    if s.marker not in s.files(s.marker.name):
        return
    with suppress(OSError, ValueError, RuntimeError, OverflowError):
        _fit_checksums(s)
    try:
        if chunks in s.files("chunks.jsonl"):
            lines = [json.loads(line) for line in chunks.read_bytes().splitlines()]
            for line in lines:
                _sign_entry(folder, line)
            chunks.write_bytes(
                b"".join(json.dumps(x, separators=(",", ":")).encode() + b"\n" for x in lines)
            )
        document = json.loads(s.marker.read_bytes())
        ours = (document["attributes"] if s.version == 3 else document)["camzarr"]
        for entry in ours["objects"]:
            _sign_entry(folder, entry)
        ours.pop("digest", None)
        ours["digest"] = _ZEROS
        text = json.dumps(document, indent=2).encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(text).hexdigest().encode()
        head, _, tail = text.rpartition(_ZEROS.encode())
        s.marker.write_bytes(head + digest + tail)
        s.blind = False
        s.done.append("signed again")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
        s.blind = False  # half signed: nothing is said of what readers make of it


def _sign_entry(folder: Path, entry: dict[str, Any]) -> None:
    path = folder / entry["key"]
    inside = path.resolve().is_relative_to(folder.resolve())
    if inside and path.is_file() and path.stat().st_size < _HUGE:
        data = path.read_bytes()
        entry["size"], entry["sha256"] = len(data), hashlib.sha256(data).hexdigest()


def spoil(sound: Path, folder: Path, victim: Path, clip: str, version: int, seed: int) -> Store:
    """A copy of a sound store in `folder`, spoilt."""
    rng = random.Random(zlib.crc32(f"hostile {version} {seed}".encode()))
    shutil.copytree(sound, folder)
    s = Store(folder, victim, clip, version, rng)
    weights = [weight for weight, _ in MUTATIONS]
    for mutation in rng.choices([m for _, m in MUTATIONS], weights, k=rng.choice([1, 1, 2, 3, 4])):
        if s.files() and s.folders():
            mutation(s)
    if rng.random() < 0.6:
        sign(s)
    return s
