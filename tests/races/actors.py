"""The commands that meet: how each is called, and what its end says about the clip.

What can't be right in any order is a Fault: an exit code that means damage, bytes of no source, an
error that nothing explains."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from history import ABSENT, Event
from support.command import DIFFERENT, OK

NAME = "clip"
SHARDS = ("--frames-per-shard", "4")


@dataclass(frozen=True)
class Source:
    """A file, and what becomes of it without any race."""

    label: str  # "A", "B"
    path: Path
    clip: Mapping[str, str]  # digests of the clip's objects, by their keys from clips/NAME/ on
    frames: bytes  # of all frames, as recorded


@dataclass(frozen=True)
class Ran:
    """A command that ended."""

    words: tuple[str, ...]
    begin: float
    end: float
    code: int
    out: bytes
    err: str

    def told(self) -> str:
        line = f"{self.begin:7.3f} to {self.end:7.3f}  exit {self.code:3}  {' '.join(self.words)}"
        error = self.err.strip().replace("\n", " | ")
        return f"{line}\n{'':20}{error}" if error else line


class Fault(Exception):
    """What no order of the commands explains: (kind, text)."""


@dataclass(frozen=True)
class Actor:
    """A verb with its arguments, and the reading of its end."""

    words: tuple[str, ...]
    outcome: Callable[[Ran], Event]


# What a command says that finds no clip, or that lost against another one. versitygw keeps objects
# in folders, and answers 409 to a put into one that a delete removes at that moment.
_ABSENT = re.compile(rf"(clips/)?{NAME}(/zarr\.json)?: .*(no such|not found|absent)", re.IGNORECASE)
_REFUSED = re.compile(r"exists or is incomplete")
_CONFLICT = re.compile(
    r"another conversion|took (it|this clip) over|is being (converted|removed)|in progress"
    r"|(removed|replaced|changed) while|is in its way \(PUT, HTTP 409",
    re.IGNORECASE,
)


def converting(store: str, source: Source, overwrite: bool) -> Actor:
    """`camzarr convert`."""

    def outcome(ran: Ran) -> Event:
        def event(result: Any) -> Event:
            return Event("convert", ran.begin, ran.end, result, source.label, overwrite)

        if ran.code == OK:
            status = json.loads(ran.out)["status"]
            return event("present" if status == "present" else "done")
        if _REFUSED.search(ran.err):
            return event("refused")
        if _CONFLICT.search(ran.err):
            return event("conflict")
        raise Fault("an error that no race explains", ran.told())

    words = ("convert", "--json", "--name", NAME, *SHARDS, str(source.path), store)
    return Actor((*words, *(["--overwrite"] if overwrite else [])), outcome)


def removing(store: str) -> Actor:
    """`camzarr rm`."""

    def outcome(ran: Ran) -> Event:
        if ran.code == OK:
            return Event("rm", ran.begin, ran.end, "done")
        if _ABSENT.search(ran.err):
            return Event("rm", ran.begin, ran.end, "refused")
        if _CONFLICT.search(ran.err):
            return Event("rm", ran.begin, ran.end, "conflict")
        raise Fault("an error that no race explains", ran.told())

    return Actor(("rm", store, NAME), outcome)


def _lines(out: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def _different(ran: Ran) -> set[str]:
    """`verify` says 4. Of a clip that was named and isn't finished yet that is the truth."""
    found = [line["what"] for line in _lines(ran.out) if "what" in line]
    named = NAME in ran.words
    if named and len(found) == 1 and "was begun and isn't finished" in found[0]:
        return {ABSENT}
    verb = "verify STORE CLIP" if named else "verify STORE"
    raise Fault(f"{verb} exits 4: {found[0] if found else ''}", ran.told())


def _read(words: tuple[str, ...], seen: Callable[[bytes], set[str]]) -> Actor:
    """A command that reads: `seen` says of its output which sources it may come from."""

    def outcome(ran: Ran) -> Event:
        if ran.code == DIFFERENT:
            states = _different(ran)
        elif ran.code == OK:
            states = seen(ran.out)
            if not states:
                raise Fault("bytes of no source", ran.told())
        elif _ABSENT.search(ran.err):
            states = {ABSENT}
        elif _CONFLICT.search(ran.err):
            states = set()
        else:
            raise Fault("a reader says damage", ran.told())
        return Event("read", ran.begin, ran.end, "saw", "|".join(sorted(states)))

    return Actor(words, outcome)


def readers(store: str, sources: Mapping[str, Source]) -> dict[str, Actor]:
    """Every command that reads a clip or looks for it."""
    every = set(sources)
    by_name = {source.path.name: {label} for label, source in sources.items()}

    def by_source(out: bytes) -> set[str]:
        """Of `ls` and `info`."""
        names = [line["source"] for line in _lines(out)]
        names = [name["name"] if isinstance(name, dict) else name for name in names]
        return by_name.get(names[0], set()) if names else {ABSENT}

    def verified(out: bytes) -> set[str]:
        """Of `verify`, whose end doesn't tell which clip it was."""
        told = [line for line in _lines(out) if line.get("clip") == NAME]
        return every if any(line.get("status") != "unfinished" for line in told) else {ABSENT}

    def frames(out: bytes) -> set[str]:
        return {label for label, source in sources.items() if source.frames == out}

    def movie(out: bytes) -> set[str]:
        return {label for label, source in sources.items() if source.path.read_bytes() == out}

    raw = ("--format", "raw", "-o", "-")
    return {
        "ls": _read(("ls", "--json", store), by_source),
        "info": _read(("info", "--json", store, NAME), by_source),
        "verify all": _read(("verify", "--json", store), verified),
        "verify": _read(("verify", "--json", store, NAME), verified),
        "frame": _read(("frame", store, NAME, "0:8", *raw), frames),
        "restore": _read(("restore", "-q", store, NAME, "-"), movie),
    }
