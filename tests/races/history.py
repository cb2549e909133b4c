"""What may be seen of one clip: a model of the commands that run at the same time.

Each command becomes an Event: from when until when it ran, and how it ended. The store is a single
variable, which is "absent" or the name of the source whose whole clip is there. A history is sound
if there is an order of the events' steps, each within its event's time, in which every event ends
as it did (linearizability, after Wing and Gong)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

ABSENT = "absent"


@dataclass(frozen=True)
class Event:
    """A command that ended, without what makes it wrong by itself (see actors.py)."""

    what: Literal["convert", "rm", "read"]
    begin: float
    end: float
    result: Literal["done", "present", "refused", "conflict", "saw"]
    source: str = ""  # of a convert; what a read saw: ABSENT, a source, "A|B", or "" (unknown)
    overwrite: bool = False

    def overlaps(self, other: Event) -> bool:
        """Did both run at some time?"""
        return self.begin <= other.end and other.begin <= self.end


@dataclass(frozen=True)
class Step:
    """A change of the store at one moment: in which states it may happen ("" is any, "A|B" either),
    and what is there afterwards ("" is what was there)."""

    where: str = ""
    then: str = ""


Way = tuple[Step, ...]  # the steps of one event, in their order
Left = tuple[frozenset[Way], ...]  # of each event: the ways that are possible still
DONE: frozenset[Way] = frozenset({()})


def _explained(event: Event, events: Sequence[Event], conflict: bool) -> bool:
    """Is there a reason for a conversion to fail that the state of the store doesn't show: another
    writer, or what one left that failed?"""
    others = [other for other in events if other is not event and other.what != "read"]
    if conflict:
        return any(event.overlaps(o) and o.result != "refused" for o in others)
    return any(
        o.begin < event.end
        if o.result == "conflict"
        else event.overlaps(o) and (o.what == "convert" or o.result == "done")
        for o in others
    )


def _convert(event: Event, events: Sequence[Event], remains: bool) -> Iterator[Way]:
    overwrite = event.overwrite
    for before in [(Step(then=ABSENT),), ()] if overwrite else [()]:
        if event.result == "done" and overwrite:
            yield (*before, Step(then=event.source))
        elif event.result == "done":
            yield (Step(where=ABSENT, then=event.source),)
            yield (Step(where=event.source),)
        elif event.result == "present":
            yield (*before, Step(where=event.source))
        elif event.result == "conflict" and _explained(event, events, True):
            yield before
        elif event.result == "refused":
            if remains or _explained(event, events, False):
                yield before
            elif not overwrite:
                yield (Step(where="other than " + event.source),)


def _rm(event: Event, events: Sequence[Event], remains: bool) -> Iterator[Way]:
    if event.result == "done":
        yield (Step(then=ABSENT),)
    elif event.result == "refused":
        yield (Step(where=ABSENT),)
    elif remains or any(o.what != "read" and o is not event and event.overlaps(o) for o in events):
        yield (Step(then=ABSENT),)
        yield ()


def ways(event: Event, events: Sequence[Event], remains: bool) -> list[Way]:
    """Each series of steps that explains how an event ended. None: it can't have ended so."""
    if event.what == "read":
        return [(Step(where=event.source),)]
    make = _convert if event.what == "convert" else _rm
    return list(make(event, events, remains))


def _fits(step: Step, state: str) -> bool:
    if step.where.startswith("other than "):
        return state not in (ABSENT, step.where.removeprefix("other than "))
    return not step.where or state in step.where.split("|")


def _others(left: Left, every: Sequence[Event], i: int) -> Left | None:
    """What is left of the events if the next step is the i-th one's: those that ended before it
    began must be done. None: one of them isn't."""
    out = list(left)
    for j, event in enumerate(every):
        if j != i and event.end < every[i].begin:
            if () not in left[j]:
                return None
            out[j] = DONE
    return tuple(out)


def is_sound(events: Sequence[Event], initial: str, final: str, remains: bool = False) -> bool:
    """Is there an order? `remains`: an unfinished conversion lay in the store at the beginning.

    A depth-first search over (the steps that are left of each event, the state)."""
    end = max((event.end for event in events), default=0.0)
    every = [*events, Event("read", end + 1, end + 2, "saw", final)]
    todo = [(tuple(frozenset(ways(event, events, remains)) for event in every), initial)]
    seen: set[tuple[Left, str]] = set()
    while todo:
        left, state = todo.pop()
        if (left, state) in seen or not all(left):
            continue
        seen.add((left, state))
        if all(() in options for options in left):
            return True
        for i, options in enumerate(left):
            others = _others(left, every, i)
            if others is None:
                continue
            for way in options:
                if way and _fits(way[0], state):
                    after = (*others[:i], frozenset({way[1:]}), *others[i + 1 :])
                    todo.append((after, way[0].then or state))
    return False
