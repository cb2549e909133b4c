"""The model itself: histories that it must accept, and others that it must not."""

from __future__ import annotations

import pytest

from history import ABSENT, Event, is_sound


def convert(
    begin: float, end: float, source: str, result: str = "done", over: bool = False
) -> Event:
    return Event("convert", begin, end, result, source, over)  # type: ignore[arg-type]


def rm(begin: float, end: float, result: str = "done") -> Event:
    return Event("rm", begin, end, result)  # type: ignore[arg-type]


def saw(begin: float, end: float, state: str) -> Event:
    return Event("read", begin, end, "saw", state)


SOUND = {
    "nothing happens": ([], "A", "A"),
    "converted": ([convert(0, 1, "A")], ABSENT, "A"),
    "twins": ([convert(0, 2, "A"), convert(1, 3, "A", "present")], ABSENT, "A"),
    "rm during a conversion, which fails": (
        [convert(0, 3, "A", "conflict"), rm(1, 2)],
        ABSENT,
        ABSENT,
    ),
    "rm before the commit": ([convert(0, 3, "A"), rm(1, 2)], "A", "A"),
    "rm after the commit": ([convert(0, 3, "A"), rm(2, 4)], ABSENT, ABSENT),
    "overwritten, with nothing there in between": (
        [convert(0, 9, "B", over=True), saw(1, 2, "A"), saw(3, 4, ABSENT), saw(5, 6, "B")],
        "A",
        "B",
    ),
    "an overwrite that fails leaves nothing": (
        [convert(0, 9, "B", "conflict", True), rm(1, 2, "conflict"), saw(3, 4, ABSENT)],
        "A",
        ABSENT,
    ),
    "refused, as another clip is there": ([convert(0, 1, "B", "refused")], "A", "A"),
    "refused, as another one has begun": (
        [convert(0, 3, "A"), convert(1, 2, "B", "refused")],
        ABSENT,
        "A",
    ),
    "either is seen": ([saw(0, 1, "A|B")], "B", "B"),
    "a read that was disturbed": ([saw(0, 1, "")], "B", "B"),
    "refused, as a removal is under way": (
        [rm(0, 9), saw(1, 2, ABSENT), convert(3, 4, "B", "refused")],
        "A",
        ABSENT,
    ),
    "nothing to remove": ([rm(0, 1, "refused")], ABSENT, ABSENT),
}

UNSOUND = {
    "lost": ([convert(0, 1, "A")], ABSENT, ABSENT),
    "from nowhere": ([], ABSENT, "A"),
    "rm did nothing": ([rm(0, 1)], "A", "A"),
    "the last one to begin has won and isn't there": (
        [convert(0, 1, "A", over=True), convert(2, 3, "B", over=True)],
        ABSENT,
        "A",
    ),
    "refused without a reason": ([convert(0, 1, "A", "refused")], ABSENT, ABSENT),
    "a conflict without a rival": ([convert(0, 1, "A", "conflict")], ABSENT, ABSENT),
    "refused, and overwritten": ([convert(0, 1, "B", "refused")], "A", "B"),
    "replaced without --overwrite": ([convert(0, 1, "B")], "A", "B"),
    "seen before it was there": ([saw(0, 1, "A"), convert(2, 3, "A")], ABSENT, "A"),
    "seen after it was removed": ([rm(0, 1), saw(2, 3, "A")], "A", ABSENT),
    "a failed overwrite that removes after its end": (
        [convert(0, 1, "B", "conflict", True), rm(0, 1, "conflict"), saw(2, 3, "A")],
        "A",
        ABSENT,
    ),
    "neither is there": ([saw(0, 1, "A|B")], ABSENT, ABSENT),
    "back again": ([saw(1, 2, "B"), saw(3, 4, "A"), convert(0, 5, "B", over=True)], "A", "B"),
    "present, but it wasn't": ([convert(0, 1, "A", "present")], ABSENT, ABSENT),
    "nothing to remove, but there was": ([rm(0, 1, "refused")], "A", "A"),
}


@pytest.mark.parametrize("name", SOUND)
def test_consistent_histories(name: str) -> None:
    assert is_sound(*SOUND[name])


@pytest.mark.parametrize("name", UNSOUND)
def test_inconsistent_histories(name: str) -> None:
    assert not is_sound(*UNSOUND[name])


def test_remains_explain_a_refusal() -> None:
    events = [convert(0, 1, "A", "refused")]
    assert is_sound(events, ABSENT, ABSENT, remains=True)
    assert not is_sound(events, ABSENT, "A", remains=True)
