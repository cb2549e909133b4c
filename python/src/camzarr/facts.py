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
    """What the store's metadata says of a clip; docs/format.md explains each member.

    Attributes
    ----------
    name : str
        Of the clip.
    frames : int
        Number of frames.
    width, height : int
        Of a picture, in pixels.
    codec : str
        Four characters: "apcn" is ProRes 422.
    rate : Fraction
        Nominal frames a second; the true times are in the index.
    start, end : datetime64[ns]
        When the first frame is shown, and when the last one is over; UTC.
    start_from : str
        What the start was taken from: "header", "name", "name_end" or "none".
    chroma : str
        Chroma sampling: "4:2:2" or "4:4:4".
    alpha_bits : int
        Bits of an alpha sample; 0: no alpha.
    matrix : int
        Of Y'CbCr, by the code of the frames: 1 is BT.709, 6 is BT.601.
    interlace : str
        "progressive", "top_field_first" or "bottom_field_first".
    frames_per_shard : int
        Frames of an object of the store; 0 for a MOV by itself.
    damaged_frames : int
        Frames that were damaged in the source.
    recovered : bool
        The frames were found by their own headers.
    source_name : str
        File name of the MOV.
    source_bytes : int
        Its size in bytes.
    source_md5 : str
        Its MD5, in hexadecimal digits, or "".
    """

    name: str
    frames: int
    width: int
    height: int
    codec: str
    rate: Fraction
    start: np.datetime64
    end: np.datetime64
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
    def of(cls, members: dict[str, Any]) -> Facts:
        """From the members of cz_facts."""
        known = dict(members)
        known["rate"] = Fraction(known.pop("rate_num"), known.pop("rate_den") or 1)
        known["start"] = as_datetime64(known["start"])
        known["end"] = as_datetime64(known["end"])
        return cls(**known)


class Clips(Sequence[Facts]):
    """Facts of a store's clips, sorted by name: a sequence whose repr is a table.

    Examples
    --------
    >>> store.clips[0].start
    >>> store.clips.to_pandas().query("damaged_frames > 0")
    """

    def __init__(self, facts: Sequence[Facts]) -> None:
        self._facts = tuple(facts)

    @property
    def names(self) -> list[str]:
        """Names of the clips."""
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
        """Members of Facts, each with a list of one value a clip."""
        return {f.name: [getattr(clip, f.name) for clip in self] for f in fields(Facts)}

    def to_pandas(self) -> pd.DataFrame:
        """The facts as a pandas table.

        Returns
        -------
        pandas.DataFrame
            One row a clip; its index, "name", is the clip's name. `rate` is a float.
        """
        import pandas as pd

        table = self.columns()
        table["rate"] = [float(rate) for rate in table["rate"]]
        return pd.DataFrame(table).set_index("name")

    def __repr__(self) -> str:
        return display.clips_text(self)

    def _repr_html_(self) -> str:
        return display.clips(self)
