"""A store: its clips, and moments across them.

    store = camzarr.open("/data/camhd")
    store.clips                                              # a table
    store["CAMHDA301-20180712T001500"]                       # a Clip
    store.at("2018-07-12T00:05:10.5Z")                       # the Frame that is shown then
    for frame in store.between("2018-07-12", "2018-07-13", every="10min", scale=4): ...
"""

from __future__ import annotations

import html
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np

from . import _native, catalog, display, verification
from .analysis import AnalysisReport, Rate, analyse_clip
from .attributes import Attributes
from .clip import Clip
from .errors import (
    ClipNotFoundError,
    DeniedError,
    FormatError,
    NotFoundError,
    SkippedWarning,
    StoreNotFoundError,
    UnsupportedError,
    UsageError,
)
from .facts import Clips, Facts
from .frame import Frame
from .matches import Match, Matches
from .progress import Progress, Step, Watch, run
from .times import moment, span, text
from .verification import Finding
from .views import ViewOptions

if TYPE_CHECKING:
    import xarray as xr

AHEAD = 16  # frames that are decoded together
OPEN = 32  # clips that are kept open


def open(url: str | os.PathLike[str]) -> Store:
    """Open a store.

    Parameters
    ----------
    url : str or path
        A path, file:// and a path, an http or https URL, or a bucket's address (s3://, gs://,
        az://): whatever the command `camzarr` opens.

    Returns
    -------
    Store

    Raises
    ------
    StoreNotFoundError
        Nothing is at that address (a FileNotFoundError).
    FormatError
        Something else is there, for example a MOV: camzarr.open_movie() opens that.
    NewerFormatError
        The store was written by a newer version.
    UnsupportedError
        An address of another kind.
    DeniedError, UnreachableError
        No permission; no response.

    Examples
    --------
    >>> store = camzarr.open("/data/camhd")
    >>> store = camzarr.open("https://example.org/camhd")
    """
    address = os.fspath(url)
    return Store(address if "://" in address else os.path.abspath(address))


class Spans:
    """Start and end of clips, sorted by start."""

    def __init__(self, clips: Clips) -> None:
        self.clips = clips
        ordered = sorted(clips, key=lambda facts: facts.start)
        self._names = [facts.name for facts in ordered]
        times = [(facts.start, facts.end) for facts in ordered]
        ns = np.array(times, "datetime64[ns]").astype("int64").reshape(-1, 2)
        self._start, self._end = ns[:, 0], ns[:, 1]

    def nearest(self, ns: int, reach: int) -> tuple[str, int] | None:
        """The clip that covers a time, or whose first or last frame is at most `reach` away, and
        the time, moved into the clip. Of several clips that cover it, the one that started last."""
        if not self._names:
            return None
        covering = np.nonzero((self._start <= ns) & (ns < self._end))[0]
        if len(covering):
            return self._names[covering[-1]], ns
        distance = np.maximum(self._start - ns, ns - (self._end - 1))
        i = int(np.argmin(distance))
        if distance[i] > reach:
            return None
        return self._names[i], min(max(ns, int(self._start[i])), int(self._end[i]) - 1)

    def sampled(self, moments: range, reach: int) -> Iterator[tuple[str, int]]:
        """nearest() of each moment that has one. Long gaps are passed in one step."""
        at = 0
        while at < len(moments):
            found = self.nearest(moments[at], reach)
            at += 1
            if found is not None:
                yield found
                continue
            later = self._start[self._start - reach > moments[at - 1]]
            if not len(later):
                return
            ahead = int(later.min()) - reach - moments[at - 1]
            at += max(0, -(-ahead // moments.step) - 1)

    def within(self, t0: int, t1: int) -> list[str]:
        """Clips that have a part of [t0, t1)."""
        return [self._names[i] for i in np.nonzero((self._start < t1) & (self._end > t0))[0]]

    def around(self, ns: int) -> str:
        """What was recorded before and after a moment, for people."""
        before, after = self._end[self._end <= ns], self._start[self._start > ns]
        found = [f"one ends at {text(int(before.max()))}"] if len(before) else []
        found += [f"one begins at {text(int(after.min()))}"] if len(after) else []
        return ", ".join(found)


class Store:
    """A store: a mapping of names to clips, and frames by moment across clips.

    `store[name]` is a Clip, `name in store`, `len(store)` and `for name in store` are about the
    names of the clips that are complete now, as `store.names` and `store.clips` are. A store can be
    shared between threads and pickles by address.

    Parameters
    ----------
    url : str
        The address; camzarr.open() makes a path absolute.

    Attributes
    ----------
    url : str
        The address.

    Raises
    ------
    ClipNotFoundError
        `store[name]` of a name that the store does not have (a KeyError).

    Examples
    --------
    >>> store = camzarr.open("/data/camhd")
    >>> store.names
    ['CAMHDA301-20180712T001500', 'CAMHDA301-20180712T031500']
    >>> store["CAMHDA301-20180712T001500"][7500].data.shape
    (1080, 1920, 3)
    >>> store.at("2018-07-12T00:05:10.5Z").number
    9307
    """

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._handle = _native.store_open(url)
        except NotFoundError as error:
            raise StoreNotFoundError(error.message, error.hint) from None
        except FormatError as error:
            path = re.split("[?#]", url, maxsplit=1)[0]
            hint = "camzarr.open_movie() opens a MOV" if path.lower().endswith(".mov") else error.hint
            raise FormatError(error.message, hint) from None
        self._clip = lru_cache(OPEN)(lambda name: Clip(self._clip_handle(name), self))
        self._listed: Clips | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.url,)

    def _clip_handle(self, name: str) -> _native.Handle:
        try:
            return _native.clip_open(self._handle, name)
        except NotFoundError as error:
            raise self._no_clip(name, error) from None

    def _no_clip(self, name: str, error: NotFoundError) -> NotFoundError:
        """The error for a clip that cannot be opened: `error` if it is listed, since then a part of
        it is missing, else one that names the clips that are listed."""
        try:
            names = _native.clips(self._handle)
        except UnsupportedError:  # plain HTTP lists nothing
            return ClipNotFoundError(f"{name}: no clip of that name in {self.url}")
        if name in names:
            return error
        some = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        return ClipNotFoundError(
            f"{name}: no clip of that name in {self.url}", f"it has {some or 'no clip'}"
        )

    # ---- Clips

    @property
    def names(self) -> list[str]:
        """Names of the clips that are complete now, sorted. Raises UnsupportedError for a store on
        a plain web server, which has no listing."""
        return _native.clips(self._handle)

    @property
    def clips(self) -> Clips:
        """Facts of the clips that are complete now: a sequence whose repr is a table. Only
        clips that were not listed before are read. Raises as `names`."""
        if self._listed is None:  # one request a clip instead of two
            facts = _native.facts_list(self._handle).values()
            self._listed = Clips([Facts.of(one) for one in facts])
            return self._listed
        names = self.names
        known = {facts.name: facts for facts in self._listed}
        if names != self._listed.names:
            new = [name for name in names if name not in known]
            with ThreadPoolExecutor(16) as pool:
                known |= zip(new, pool.map(self._facts, new))
            self._listed = Clips([known[name] for name in names])
        return self._listed

    def _facts(self, name: str) -> Facts:
        return Facts.of(_native.facts_read(self._handle, name))

    def __getitem__(self, name: str) -> Clip:
        if not isinstance(name, str):
            raise UsageError(f"clip {name!r}: clip names are strings")
        return self._clip(name)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    # ---- The catalog

    def catalog(self, table: Literal["clips", "scenes"] = "clips") -> xr.Dataset:
        """The catalog as it is now: one request, and one for each clip that has changed since it was
        written. No plugin is needed; a store without a catalog is read clip by clip.

        Parameters
        ----------
        table : str
            "clips": a row a clip, in order of start, then name. "scenes": a row a scene of any clip.

        Returns
        -------
        xarray.Dataset
            Along `clip`, whose coordinate is the clips' names, what docs/format.md lists: start, end,
            frames, bytes, deployment (0: unknown), damaged_frames, black_frames (-1: unknown), lat,
            lon, ... Or along `scene`: clip, start_frame, end_frame, representative_frame, signature.

        Raises
        ------
        UsageError
            There is no such table.
        UnsupportedError
            A store on a plain web server that has no catalog.
        UnreachableError, DeniedError, InputOutputError
            Clips cannot be read.

        Examples
        --------
        >>> store.catalog().to_dataframe().query("deployment == 5 and damaged_frames == 0")
        >>> store.catalog("scenes").groupby("clip").count()
        """
        return catalog.dataset(_native.catalog_read(self._handle), table)

    def update_catalog(self, *, dry_run: bool = False) -> dict[str, Any]:
        """Write the catalog, as `camzarr catalog` does. Only clips that it does not have as they are now
        are read.

        Parameters
        ----------
        dry_run : bool
            Write nothing.

        Returns
        -------
        dict
            clips, scenes, unreadable, incomplete, read, gone, bytes, and whether anything changed.

        Raises
        ------
        UnsupportedError
            The store cannot be listed or written.
        UnreachableError
            Another process has been writing the catalog for 10 s; or no response.
        DeniedError, StoreFullError, InputOutputError
            It cannot be written.

        Examples
        --------
        >>> store.update_catalog()["clips"]
        3
        """
        return _native.catalog_write(self._handle, dry_run)

    # ---- The owner's attributes, verification, removal

    @property
    def attributes(self) -> Attributes:
        """Attributes that the owner gave to the store itself: institution, license, ... A mapping
        that can be changed; its replace() can change those of all clips as well."""
        return Attributes(self._handle, self.url, None)

    def verify(
        self,
        clips: str | Iterable[str] | None = None,
        *,
        decode: bool = False,
        progress: Watch = None,
    ) -> list[Finding]:
        """Read all objects of clips and check them against their digests: see Clip.verify().

        The command `camzarr verify` also checks the documents above the clips, and names clips whose
        conversion was interrupted.

        Parameters
        ----------
        clips : str or iterable of str, optional
            Names; by default all clips that are complete now.
        decode : bool
            Decode every frame as well.
        progress : bool or callable, optional
            As for camzarr.convert(); it begins anew with each clip.

        Returns
        -------
        list of Finding
            One a difference; empty if there is none.

        Raises
        ------
        ClipNotFoundError
            The store has no clip of that name.
        UnreachableError, DeniedError, InputOutputError
            Objects cannot be read.

        Examples
        --------
        >>> store.verify("CAMHDA301-20180712T001500")
        []
        """
        names = self.names if clips is None else [clips] if isinstance(clips, str) else list(clips)
        found: list[Finding] = []
        for name in names:
            try:
                found += verification.verify(self._handle, name, None, decode, progress)
            except NotFoundError as error:
                raise self._no_clip(name, error) from None
        return found

    def analyse(
        self,
        clips: str | Iterable[str] | None = None,
        *,
        overview: Rate = 1,
        threads: int = 0,
        dry_run: bool = False,
        progress: Watch = None,
    ) -> list[AnalysisReport]:
        """Make statistics, overview and scenes of clips from their own frames.

        A clip then has the bytes of one that was converted with this overview. One that has them
        already, at the same rate and with the definitions of this version, is left as it is. Frames
        are not rewritten. Readers find the earlier analysis, then for a while none, then the new
        one. Clips that were opened before have to be opened again.

        Parameters
        ----------
        clips : str or iterable of str, optional
            Names; by default all clips that are complete now.
        overview : int, float, str or Fraction
            Pictures per second of the overview: 1, 0.5, "1/10"; "all": of every frame.
        threads : int
            Threads that read and analyse frames; 0: as many as there are processors.
        dry_run : bool
            Write nothing.
        progress : bool or callable, optional
            As for camzarr.convert(); it begins anew with each clip.

        Returns
        -------
        list of AnalysisReport
            One a clip.

        Raises
        ------
        ClipNotFoundError
            The store has no clip of that name.
        CorruptError
            A frame differs from its checksum.
        AlreadyExistsError
            A conversion or a removal of the clip was interrupted.
        UnreachableError
            Another process has been converting or removing the clip for 10 s.
        SourceChangedError
            A conversion or a removal took the clip over meanwhile.
        UsageError
            `overview` is no rate.
        UnsupportedError, DeniedError, StoreFullError
            The store cannot be written, or the frames are too large. After any error, the clips
            before the one that failed are analysed.

        Examples
        --------
        >>> [report.scenes for report in store.analyse("CAMHDA301-20180712T001500")]
        [41]
        """
        names = self.names if clips is None else [clips] if isinstance(clips, str) else list(clips)
        reports: list[AnalysisReport] = []
        try:
            for name in names:
                reports.append(
                    analyse_clip(self._handle, name, overview, threads, dry_run, progress)
                )
        except NotFoundError as error:
            raise self._no_clip(names[len(reports)], error) from None
        finally:
            self._clip.cache_clear()
        return reports

    def remove(self, name: str, *, dry_run: bool = False) -> list[str]:
        """Remove a clip, or the remains of an interrupted conversion.

        Readers cannot open the clip as soon as the removal has begun. Files in the clip's folder
        that are not of the format are kept.

        Parameters
        ----------
        name : str
            Of the clip.
        dry_run : bool
            Only check whether the clip can be removed.

        Returns
        -------
        list of str
            Keys of the files that are kept.

        Raises
        ------
        ClipNotFoundError
            The store has no clip of that name.
        FormatError
            The folder of that name is not a clip; nothing is removed.
        DeniedError, UnsupportedError
            No permission, a store on a web server, or a symbolic link in the clip's folder; nothing is
            removed.
        UnreachableError
            Another process has been converting or removing the clip for 10 s.

        Examples
        --------
        >>> store.remove("CAMHDA301-20180712T001500")
        []
        """
        try:
            return _native.remove(self._handle, name, dry_run)
        except NotFoundError as error:
            raise self._no_clip(name, error) from None
        finally:
            self._clip.cache_clear()

    # ---- The same view again

    def find(
        self,
        frame: Frame,
        clips: str | Iterable[str] | None = None,
        *,
        min_score: float = 0.7,
        limit: int | None = None,
        clip: Clip | None = None,
        progress: Watch = None,
    ) -> Matches:
        """Find the scenes that show what a frame shows, although the camera has moved since.

        Scenes are selected by their signatures; of those that are similar, one frame each is read
        and registered with the given one (docs/analysis.md, The same view again).

        Parameters
        ----------
        frame : Frame
            Its whole picture is searched for, whatever part or scale it was decoded at.
        clips : str or iterable of str, optional
            Names of the clips to search; by default all.
        min_score : float
            Least score of a match, above 0 and up to 1.
        limit : int, optional
            The best matches alone.
        clip : Clip, optional
            Of the frame, if it is not one of this store: of another store, or a MOV.
        progress : bool or callable, optional
            As for camzarr.convert(), with clips in place of bytes, for each of two steps; an
            exception in it, such as KeyboardInterrupt, ends the search.

        Returns
        -------
        Matches
            Best first; the frame's own scene is one of them. Clips without scenes are skipped.

        Raises
        ------
        ClipNotFoundError
            The store has no clip of that name.
        UsageError
            `min_score` or `limit` is out of range.
        UnsupportedError
            A store that cannot be listed, and `clips` is not given.

        Examples
        --------
        >>> found = store.find(store["CAMHDA301-20180712T001500"][7500])
        >>> found.to_xarray(scale=4).std("time").plot.imshow(yincrease=False)
        """
        if not 0 < min_score <= 1:
            raise UsageError(f"min_score {min_score!r}: not above 0 and up to 1")
        if limit is not None and limit < 1:
            raise UsageError(f"limit {limit!r}: not 1 or more")
        names = [] if clips is None else [clips] if isinstance(clips, str) else list(clips)
        if clips is not None and not names:
            return Matches([], self, clip or self[frame.clip])
        query = clip or self[frame.clip]

        def call(step: Step) -> list[dict[str, Any]]:
            found, _ = _native.find(
                *(self._handle, query._handle, frame.number, names, min_score, limit or 0),
                lambda done, total: step(Progress(done, total)),
            )
            return found

        try:
            rows = run(call, progress, "find")
        except NotFoundError as error:
            missing = [name for name in names if name not in self.names]
            raise self._no_clip(missing[0], error) if missing else error from None
        return Matches([Match.of(row) for row in rows], self, query)

    # ---- Moments

    def at(self, when: Any, *, tolerance: Any = None, **view: Unpack[ViewOptions]) -> Frame:
        """Decode the frame that is shown at a moment, whichever clip has it.

        Parameters
        ----------
        when : str, datetime, datetime64 or pandas.Timestamp
            The moment; UTC unless it has an offset.
        tolerance : str, timedelta, timedelta64 or float, optional
            Where nothing was recorded then, take the nearest frame that is at most so far away:
            "10 min", or a number of seconds.
        **view
            Options of View.

        Returns
        -------
        Frame
            Of several clips that have the moment, from the one that began last.

        Raises
        ------
        ClipNotFoundError
            Nothing was recorded then, or within the tolerance.
        UsageError
            `when` or `tolerance` is no time.
        CorruptError, UnsupportedError
            As Clip.get_frame_at().

        Examples
        --------
        >>> store.at("2018-07-12T00:05:10.5Z", scale=4)
        >>> store.at("2018-07-12T03:00", tolerance="1 min").time
        """
        ns = moment(when)
        reach = 0 if tolerance is None else span(tolerance)
        found = self._spans.nearest(ns, reach) or self._refreshed().nearest(ns, reach)
        if found is None:
            raise ClipNotFoundError(
                f"{text(ns)}: no clip in {self.url} covers this time", self._spans.around(ns)
            )
        name, shown = found
        return self[name].get_frame_played_at(np.datetime64(shown, "ns"), **view)

    def between(
        self, start: Any, stop: Any, every: Any = None, *, tolerance: Any = None, **view: Unpack[ViewOptions]
    ) -> Iterator[Frame]:
        """Iterate over frames of a range of time, across clips.

        Parameters
        ----------
        start, stop : str, datetime, datetime64 or pandas.Timestamp
            The range [start, stop); UTC unless they have an offset.
        every : str, timedelta, timedelta64 or float, optional
            Take the frames at start, start + every, ...: "3h", or a number of seconds. Without it,
            every frame.
        tolerance : str, timedelta, timedelta64 or float, optional
            How far from such a moment its frame may be where nothing is recorded at the moment
            itself; the nearest frame is taken. By default a tenth of `every`.
        **view
            Options of View.

        Yields
        ------
        Frame
            In order of time, decoded in batches of 16.

        Warns
        -----
        SkippedWarning
            After the last frame, if moments had no frame within the tolerance.

        Raises
        ------
        UsageError
            `start`, `stop`, `every` or `tolerance` is no time.
        CorruptError, UnsupportedError
            As Clip.get_frame_at().

        Examples
        --------
        >>> for frame in store.between("2018-07-12", "2018-07-13", every="3h", scale=4):
        ...     print(frame.time, frame.data.mean())
        """
        t0, t1 = moment(start), moment(stop)
        spans = self._refreshed()
        if every is None:
            if tolerance is not None:
                raise UsageError("tolerance: only with every=", 'every="3h"')
            return self._all(spans, t0, t1, view)
        step = span(every)
        reach = step // 10 if tolerance is None else span(tolerance)
        return self._stepped(spans, range(t0, t1, step), reach, view)

    @cached_property
    def _spans(self) -> Spans:
        return Spans(self.clips)

    def _refreshed(self) -> Spans:
        """The times of the clips that are complete now."""
        clips = self.clips
        if self._spans.clips is not clips:
            self.__dict__["_spans"] = Spans(clips)
        return self._spans

    def _all(self, spans: Spans, t0: int, t1: int, view: ViewOptions) -> Iterator[Frame]:
        for name in spans.within(t0, t1):
            clip = self[name]
            numbers = clip._range_at(np.datetime64(t0, "ns"), np.datetime64(t1, "ns"))
            for at in range(0, len(numbers), AHEAD):
                yield from clip.get_frames_at(numbers[at : at + AHEAD], **view)

    def _stepped(
        self, spans: Spans, moments: range, reach: int, view: ViewOptions
    ) -> Iterator[Frame]:
        owner = ""
        batch: list[np.datetime64] = []
        found = 0
        for name, ns in spans.sampled(moments, reach):
            if batch and (name != owner or len(batch) == AHEAD):
                yield from self[owner].get_frames_played_at(batch, **view)
                batch = []
            owner = name
            batch.append(np.datetime64(ns, "ns"))
            found += 1
        if batch:
            yield from self[owner].get_frames_played_at(batch, **view)
        if found < len(moments):
            skipped = f"{len(moments) - found} of {display.count(len(moments), 'moment')} skipped"
            within = timedelta(microseconds=reach // 1000)
            warnings.warn(
                f"{skipped}: no frame within {within} (tolerance= widens it)",
                SkippedWarning,
                stacklevel=2,
            )

    # ---- What a notebook shows

    def __repr__(self) -> str:
        try:
            return f"<Store {self.url}: {display.count(len(self), 'clip')}>"
        except (UnsupportedError, DeniedError):  # a web server, a bucket whose names may not be listed
            return f"<Store {self.url}>"

    def _repr_html_(self) -> str:
        try:
            return display.clips(self.clips)
        except (UnsupportedError, DeniedError):
            return html.escape(repr(self))
