"""What a clip is, and the table of a store's clips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from . import display
from .times import as_datetime64

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Facts:
    """What the store says of a clip. docs/format.md explains each member."""

    name: str
    frames: int
    width: int
    height: int
    codec: str
    rate: Fraction  # nominal frames a second; true times are in the index
    start: np.datetime64  # of the first frame
    end: np.datetime64  # when the last one is over
    start_from: str
    chroma: str
    alpha_bits: int
    matrix: int
    interlace: str
    frames_per_shard: int
    damaged_frames: int
    recovered: bool
    source_name: str
    source_bytes: int
    source_md5: str

    @classmethod
    def of(cls, told: dict[str, Any]) -> Facts:
        """From what C tells."""
        known = dict(told)
        known["rate"] = Fraction(known.pop("rate_num"), known.pop("rate_den") or 1)
        known["start"] = as_datetime64(known["start"])
        known["end"] = as_datetime64(known["end"])
        return cls(**known)


class Clips(Sequence[Facts]):
    """Clips of a store in the order of their names: a list of Facts that shows itself as a table."""

    def __init__(self, facts: Sequence[Facts]) -> None:
        self._facts = tuple(facts)

    @property
    def names(self) -> list[str]:
        """Of all clips."""
        return [facts.name for facts in self._facts]

    def __len__(self) -> int:
        return len(self._facts)

    def __iter__(self) -> Iterator[Facts]:
        return iter(self._facts)

    @overload
    def __getitem__(self, which: int) -> Facts: ...
    @overload
    def __getitem__(self, which: slice) -> Clips: ...
    def __getitem__(self, which: int | slice) -> Facts | Clips:
        return Clips(self._facts[which]) if isinstance(which, slice) else self._facts[which]

    def columns(self) -> dict[str, list[Any]]:
        """The table by columns."""
        return {f.name: [getattr(clip, f.name) for clip in self] for f in fields(Facts)}

    def to_pandas(self) -> pd.DataFrame:
        """As a table whose index is the name."""
        import pandas as pd

        table = self.columns()
        table["rate"] = [float(rate) for rate in table["rate"]]
        return pd.DataFrame(table).set_index("name")

    def __repr__(self) -> str:
        return display.clips_text(self)

    def _repr_html_(self) -> str:
        return display.clips(self)
