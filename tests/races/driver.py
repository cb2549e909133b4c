"""Rounds of commands that run at the same time on one clip, each at a moment of its own.

A round is planned by its seed alone: which commands, when each starts, which system calls of it are
delayed and by how much (slow.c). How they meet in the end is the scheduler's choice, so a seed that
showed a fault once shows it often rather than always."""

from __future__ import annotations

import os
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from actors import Actor, Fault, Ran, Source, converting, readers, removing
from history import ABSENT, Event, is_sound
from places import Bucket, Folder
from support.command import CAMZARR

# Longest delays of the kinds of calls in slow.c, in microseconds.
PROFILES = (
    "",
    "sync=200000",
    "link=60000,unlink=60000",
    "unlink=30000,stat=10000",
    "rename=20000,create=10000",
    "sync=50000,link=20000,rename=5000,unlink=20000,create=5000,stat=5000",
)
NET_PROFILES = ("", "net=3000", "net=30000")


@dataclass(frozen=True)
class Start:
    """A command of a round."""

    actor: Actor
    after: float  # seconds from the beginning of the round
    slow: str = ""  # of slow.c
    key: str = ""  # of the clip: the command starts when it is there (in a folder only)


@dataclass(frozen=True)
class Round:
    """What is known before it is run. `initial` None: what the round before it left."""

    seed: int
    initial: str | None
    starts: Sequence[Start]


@dataclass
class Result:
    """What came of a series of rounds."""

    rounds: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, str]] = field(default_factory=list)  # (kind, all about the round)

    def told(self) -> str:
        kinds = Counter(kind for kind, _ in self.faults)
        lines = [f"{self.rounds} rounds; ends: {dict(sorted(self.ends.items()))}"]
        lines += [f"{n} times: {kind}" for kind, n in kinds.most_common()]
        first = {kind: text for kind, text in reversed(self.faults)}
        return "\n".join([*lines, *(f"\n== {kind}\n{text}" for kind, text in first.items())])


def _writers(starts: Sequence[Start]) -> str:
    """What wrote in a round: faults of one cause mostly have the same."""
    words = {start.actor.words for start in starts}
    kinds = {f"{w[0]} --overwrite" if "--overwrite" in w else w[0] for w in words}
    return " beside ".join(sorted(kind for kind in kinds if kind.split()[0] in ("convert", "rm")))


class Race:
    """A store, and the sources whose clips are put there under one name."""

    def __init__(
        self,
        place: Folder | Bucket,
        sources: Mapping[str, Source],
        states: Mapping[str, Mapping[str, Path]],
        shim: Path,
    ) -> None:
        """`states`: the objects of the whole store, by the name of what it holds (see plan())."""
        self.place, self.sources, self.states, self.shim = place, sources, states, shim

    # ---- Before a round ----------------------------------------------------------------------

    def _writer(self, chance: random.Random) -> Actor:
        if chance.random() < 0.35:
            return removing(self.place.url)
        source = self.sources[chance.choice(sorted(self.sources))]
        return converting(self.place.url, source, chance.random() < 0.4)

    def plan(self, seed: int) -> Round:
        """Two or three writers, up to three readers."""
        chance = random.Random(seed)
        reading = list(readers(self.place.url, self.sources).values())
        actors = [self._writer(chance) for _ in range(chance.choice((2, 2, 3)))]
        actors += chance.choices(reading, k=chance.randrange(4))
        profiles = NET_PROFILES if isinstance(self.place, Bucket) else PROFILES
        span = chance.choice((0.0, 0.02, 0.1, 0.3))
        starts = []
        for actor in actors:
            profile = chance.choice(profiles)
            slow = f"{chance.randrange(1 << 32)}:{profile}" if profile else ""
            starts.append(Start(actor, chance.uniform(0, span), slow))
        initial = chance.choice([None, *self.states])
        return Round(seed, initial, starts)

    # ---- A round -----------------------------------------------------------------------------

    def _run(self, start: Start, beginning: float, out: list[Ran | None], i: int) -> None:
        env = dict(self.place.environment)
        if start.slow:
            env.update(LD_PRELOAD=str(self.shim), CZ_SLOW=start.slow)
        time.sleep(max(0.0, beginning + start.after - time.monotonic()))
        if start.key and isinstance(self.place, Folder):
            self.place.wait_for(start.key)
        begin = time.monotonic() - beginning
        command = [str(CAMZARR), *start.actor.words]
        try:
            done = subprocess.run(command, capture_output=True, env=env, timeout=120)
            code, text, err = done.returncode, done.stdout, done.stderr.decode(errors="replace")
        except subprocess.TimeoutExpired:
            code, text, err = -1, b"", "not done after 120 s"
        end = time.monotonic() - beginning
        words = (*start.actor.words, *([f"[{start.slow}]"] if start.slow else []))
        out[i] = Ran(words, begin, end, code, text, err)

    def _all(self, starts: Sequence[Start]) -> list[Ran]:
        out: list[Ran | None] = [None] * len(starts)
        beginning = time.monotonic()
        threads = [
            threading.Thread(target=self._run, args=(start, beginning, out, i))
            for i, start in enumerate(starts)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [ran for ran in out if ran]

    # ---- After a round -----------------------------------------------------------------------

    def state(self) -> tuple[str, bool]:
        """What the store holds: "absent" or a source's label, and whether there are remains."""
        there = self.place.clip()
        if "zarr.json" not in there:
            return ABSENT, bool(there)
        for label, source in self.sources.items():
            if there["zarr.json"] != source.clip["zarr.json"]:
                continue
            wrong = [key for key, digest in source.clip.items() if there.get(key) != digest]
            extra = sorted(there.keys() - source.clip.keys())
            if wrong:
                lost = [key for key in wrong if key not in there]
                text = f"clip {label}: {len(lost)} objects missing, {len(wrong) - len(lost)} wrong"
                raise Fault("a clip that isn't whole", f"{text}: {wrong[:6]}")
            if extra:
                raise Fault("a clip with foreign objects", f"clip {label}: {extra[:6]}")
            return label, False
        raise Fault("a clip of no source", "zarr.json is no source's")

    def _judge(
        self, ran: Sequence[Ran], initial: tuple[str, bool], starts: Sequence[Start]
    ) -> None:
        events: list[Event] = []
        faults: list[Fault] = []
        for one, start in zip(ran, starts):
            try:
                if one.code < 0:
                    raise Fault("killed by a signal, or it never ended", one.told())
                events.append(start.actor.outcome(one))
            except Fault as fault:
                faults.append(fault)
        final, _ = self.state()
        if faults:
            raise faults[0]
        if not is_sound(events, initial[0], final, initial[1]):
            raise Fault("no order of the commands explains it", f"it ended with {final}")

    def pinned(self, initial: str, starts: Sequence[Start]) -> list[Ran]:
        """A round that is given rather than planned. Raises Fault."""
        self.place.reset(self.states[initial])
        ran = self._all(starts)
        self._judge(ran, (initial, False), starts)
        return ran

    def round(self, plan: Round, result: Result) -> None:
        """Run one and add what came of it."""
        if plan.initial is not None:
            self.place.reset(self.states[plan.initial])
        ran: list[Ran] = []
        before: tuple[str, bool] | None = None
        try:
            before = self.state()
            ran = self._all(plan.starts)
            self._judge(ran, before, plan.starts)
            result.ends[self.state()[0]] += 1
        except Fault as fault:
            lines = [f"seed {plan.seed}, from {plan.initial or 'the round before'} {before}"]
            lines += [one.told() for one in sorted(ran, key=lambda r: r.begin)]
            kind = f"{fault.args[0]} ({_writers(plan.starts)})"
            result.faults.append((kind, "\n".join([*lines, fault.args[1]])))
            self.place.reset(self.states[ABSENT])
        result.rounds += 1


def race(race_: Race, seed: int, rounds: int, seconds: float, faults: int = 1) -> Result:
    """Rounds until there were so many, or the time is over, or so many faults."""
    result, limit = Result(), time.monotonic() + seconds
    race_.place.reset(race_.states[ABSENT])
    while result.rounds < rounds and time.monotonic() < limit and len(result.faults) < faults:
        race_.round(race_.plan(seed + result.rounds), result)
    return result


def build_shim(folder: Path) -> Path:
    """slow.c, compiled."""
    out = folder / "slow.so"
    source = Path(__file__).with_name("slow.c")
    compiler = os.environ.get("CC", "cc")
    flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-D_GNU_SOURCE"]
    subprocess.run([compiler, *flags, source, "-o", out, "-ldl"], check=True)
    return out
