"""What a notebook shows: tables, and a sheet of small pictures of a clip."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from . import images
from .errors import CamzarrError
from .times import text

if TYPE_CHECKING:
    from .clip import Clip
    from .facts import Clips, Facts
    from .matches import Match, Matches

PICTURES = 8  # in a contact sheet
ROWS = 40  # of a table of clips, before it is cut


def _when(value: np.datetime64) -> str:
    return text(int(value.astype("int64")))


def count(n: int, noun: str) -> str:
    """A number and its noun: "1 clip", "2 clips"."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _about(facts: Facts) -> list[tuple[str, str]]:
    damage = f"{facts.damaged_frames} damaged" if facts.damaged_frames else "none damaged"
    return [
        ("frames", f"{facts.frames}, {damage}"),
        ("time", f"{_when(facts.start)} to {_when(facts.end)} (from: {facts.start_from})"),
        ("pictures", f"{facts.width} x {facts.height}, {facts.codec}, {facts.interlace}"),
        ("rate", f"{facts.rate} a second"),
        ("source", f"{facts.source_name}, {facts.source_bytes:,} bytes"),
    ]


def _cells(values: Iterable[Any], tag: str = "td") -> str:
    style = ' style="text-align: left"'
    return "<tr>" + "".join(f"<{tag}{style}>{escape(str(v))}</{tag}>" for v in values) + "</tr>"


def _sheet(clip: Clip) -> str:
    """Frames spread over the clip, at 1/8 of the size; unreadable ones are left out."""
    wanted = np.unique(np.linspace(0, len(clip) - 1, min(PICTURES, len(clip))).astype(int))
    pictures = []
    for number in wanted[clip.index["size"][wanted] > 0].tolist():
        try:
            pictures.append(clip.get_frame_at(number, scale=8, conceal=True).data)
        except CamzarrError:
            continue
    if not pictures:
        return ""
    data = base64.b64encode(images.preview(pictures)).decode()
    return f'<img alt="frames of {escape(clip.name)}" src="data:image/png;base64,{data}"/>'


def clip(shown: Clip) -> str:
    """Facts and a contact sheet."""
    facts = "".join(_cells(row) for row in _about(shown.facts))
    return f"<b>{escape(shown.name)}</b><table>{facts}</table>{_sheet(shown)}"


_HEAD = ("clip", "start", "end", "frames", "picture", "codec", "damaged")


def _rows(clips: Sequence[Facts]) -> list[tuple[str, ...]]:
    return [
        (
            *(f.name, _when(f.start), _when(f.end), str(f.frames)),
            *(f"{f.width}x{f.height}", f.codec, str(f.damaged_frames)),
        )
        for f in clips[:ROWS]
    ]


def _more(clips: Sequence[Facts]) -> str:
    return count(len(clips), "clip") + (f", {ROWS} are shown" if len(clips) > ROWS else "")


def clips(shown: Clips) -> str:
    """A table for a notebook."""
    body = "".join(_cells(row) for row in _rows(shown))
    return f"<table>{_cells(_HEAD, 'th')}{body}</table>{_more(shown)}"


def _text(table: Sequence[tuple[str, ...]], more: str) -> str:
    width = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, width)).rstrip() for row in table]
    return "\n".join([*lines, more])


def clips_text(shown: Clips) -> str:
    """The same for a terminal."""
    return _text([_HEAD, *_rows(shown)], _more(shown))


_MATCH_HEAD = ("score", "clip", "scene", "frames", "start", "shift", "zoom")


def _match_rows(found: Sequence[Match]) -> list[tuple[str, ...]]:
    return [
        (
            *(f"{m.score:.3f}", m.clip, str(m.scene), f"{m.first}-{m.last}", _when(m.start)),
            *(f"{m.shift_x:+.1f},{m.shift_y:+.1f}", f"{m.zoom:.3f}"),
        )
        for m in found[:ROWS]
    ]


def _more_matches(found: Sequence[Match]) -> str:
    return count(len(found), "scene") + (f", {ROWS} are shown" if len(found) > ROWS else "")


def matches(found: Matches) -> str:
    """A table for a notebook."""
    body = "".join(_cells(row) for row in _match_rows(found))
    return f"<table>{_cells(_MATCH_HEAD, 'th')}{body}</table>{_more_matches(found)}"


def matches_text(found: Matches) -> str:
    """The same for a terminal."""
    return _text([_MATCH_HEAD, *_match_rows(found)], _more_matches(found))
