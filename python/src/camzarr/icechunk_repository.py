"""Icechunk repositories of clips: frames as virtual references, one commit for each clip.

    camzarr.icechunk("/data/camhd", "/data/camhd.icechunk")     # again: appends the clips that are new

`video` has a virtual reference to each frame, a range of a shard or of a raw MOV; `time` and the
other columns are in the repository. Manifests are split, so a reader fetches only a part of them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import quote, urlsplit

import numpy as np
import numpy.typing as npt

from ._native import COLUMNS
from .conventions import PLACES, common, positions
from .coordinates import x_of, y_of
from .errors import UnsupportedError, UsageError
from .facts import Facts
from .joined import Joined, Opened, join
from .references import LAYOUTS, References, array_attributes, codec_document, references, url_of
from .store import Store
from .store import open as open_store
from .times import text
from .views import View, one_of

if TYPE_CHECKING:
    import zarr
    from icechunk import Repository, Session

SPLIT = 1 << 14  # references in a manifest: some 400 kB, which the first frame of it costs
CHUNK = 1 << 16  # values of a column in a chunk
_CLIPS, _DIGESTS = "camzarr_clips", "camzarr_source_md5"  # lists, which netCDF can hold as well
_OURS = ("Conventions", _CLIPS, _DIGESTS)  # attributes; the others are the owner's
_INDEX = ("time", "source_offset", "size", "crc32c", "flags")


class Rows(NamedTuple):
    """Frames to append: references to them, and their columns by name."""

    references: References
    columns: dict[str, npt.NDArray[Any]]


def icechunk(
    store: str | os.PathLike[str] | Store,
    repository: Any,
    clips: Sequence[str] | None = None,
    *,
    layout: str = "rgb24",
    source: str | None = None,
) -> list[str]:
    """Make an Icechunk repository of clips joined along time, or append clips to one.

    No frame is copied: chunks of `video` are virtual references. The repository has the owner's
    attributes that all its clips have, and `lat`, `lon` and `depth` by them. Each clip is one commit to the
    branch main, so an interrupted call is completed by the next one. A frame is an error for the
    reader if its object went away or was changed after the reference was written.

    Parameters
    ----------
    store : str, path or Store
        The store, as for camzarr.open().
    repository : str, path, icechunk.Storage or icechunk.Repository
        A folder, or where the repository is or will be. The configuration of a Repository is used
        as it is; it needs a virtual chunk container for the frames.
    clips : sequence of str, optional
        Names of clips, in any order; by default all. Those that the repository has are left out.
    layout : str
        What a pixel is: "rgb24", "rgb48le", "gray" or "gray16le".
    source : str, optional
        Refer to the raw MOVs instead of the shards: the address of a folder, ending with "/", that
        has them under the names that they were converted from; or, of one clip, of its MOV.

    Returns
    -------
    list of str
        Names of the clips that were appended.

    Raises
    ------
    UsageError
        Clips that can't be joined, or appended: they begin before the repository's last frame ends,
        differ from its pictures, or were replaced since they were appended.
    ClipNotFoundError
        A clip does not exist or is half written.
    UnsupportedError
        The package icechunk is not installed.

    Examples
    --------
    >>> camzarr.icechunk("s3://bucket/camhd", icechunk.s3_storage(bucket="bucket", prefix="index"))
    ['CAMHDA301-20180712T001500', 'CAMHDA301-20180712T031500']
    """
    one_of("layout", layout, LAYOUTS)
    opened_store = store if isinstance(store, Store) else open_store(store)
    base = url_of(opened_store.url) + "/" if source is None else url_of(source)
    if source is not None and source.endswith("/"):
        base += "/"
    repo = _repository(repository, base)
    known = _known(repo)
    wanted = opened_store.names if clips is None else list(clips)
    _check_same(opened_store, known, [name for name in wanted if name in known])
    new = [(opened_store, name) for name in wanted if name not in known]
    if not new:
        return []
    if source is not None and not source.endswith("/") and len(wanted) > 1:
        raise UsageError(
            f"source {source}: one MOV, and there are {len(wanted)} clips",
            'source="https://.../folder/" is the folder of their MOVs',
        )
    _check_address(base)
    opened = join(new, View(layout=layout), None)
    codec = codec_document(opened.joined, layout)
    _check_appendable(repo, opened, codec, layout)
    for part in opened.joined.parts:
        _append(repo, Joined([part]), opened, codec, layout, source)
    return [part.facts.name for part in opened.joined.parts]


# ---- The repository


def _library() -> Any:
    try:
        import icechunk as library
    except ImportError:
        raise UnsupportedError("icechunk is not installed", "pip install icechunk") from None
    return library


def _check_address(base: str) -> None:
    """Refuse a place that Icechunk, which parses locations as URLs, takes for another one. Names of
    clips are plain."""
    if base.startswith(("http://", "https://")) or base == quote(base, safe="/:@+=,&;~!$'()*"):
        return
    raise UnsupportedError(
        f"{base}: Icechunk can't refer to such an address",
        "letters, digits, '-', '_' and '.' are possible in the names of folders",
    )


def _container(base: str) -> Any:
    """Where the frames are, as Icechunk is told."""
    library = _library()
    scheme, _, rest = base.partition("://")
    folder = base if base.endswith("/") else base.rpartition("/")[0] + "/"
    if scheme == "file":
        place = library.local_filesystem_store(rest if folder == base else rest.rpartition("/")[0])
    elif scheme in ("http", "https"):
        if urlsplit(base).port is not None and library.__version__.startswith("1."):
            raise UnsupportedError(
                f"{base}: Icechunk 1 can't refer to web servers with a port: it leaves the port out",
                "use an address without one, or Icechunk 2, which needs Python 3.12",
            )
        place = library.http_store({"allow_http": "true"} if scheme == "http" else None)
    elif scheme == "s3":
        endpoint = os.environ.get("AWS_ENDPOINT_URL")
        place = library.s3_store(
            region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
            endpoint_url=endpoint,
            allow_http=bool(endpoint and endpoint.startswith("http://")),
            s3_compatible=endpoint is not None,
            force_path_style=endpoint is not None,
        )
    else:
        raise UnsupportedError(
            f"{base}: no virtual chunk container is known for {scheme}://",
            "repository=icechunk.Repository.open(...) with one in its configuration",
        )
    return library.VirtualChunkContainer(folder, place)


def _configuration(base: str) -> Any:
    library = _library()
    dimension = library.ManifestSplitDimCondition.DimensionName("time")
    split = {library.ManifestSplitCondition.name_matches("^video$"): {dimension: SPLIT}}
    config = library.RepositoryConfig.default()
    config.manifest = library.ManifestConfig(
        splitting=library.ManifestSplittingConfig.from_dict(split)
    )
    config.set_virtual_chunk_container(_container(base))
    return config


def _repository(repository: Any, base: str) -> Repository:
    library = _library()
    if isinstance(repository, library.Repository):
        return cast("Repository", repository)
    storage = repository
    if isinstance(repository, (str, os.PathLike)):
        storage = library.local_filesystem_storage(os.fspath(repository))
    if library.Repository.exists(storage):
        return cast("Repository", library.Repository.open(storage))
    made: Repository = library.Repository.create(storage, _configuration(base))
    made.save_config()
    return made


# ---- What it has


def _group(session: Session, mode: str) -> zarr.Group:
    import zarr

    return zarr.open_group(session.store, mode=mode)  # type: ignore[arg-type]


def _present(repo: Repository) -> zarr.Group | None:
    """The repository's group, or None before the first commit."""
    import zarr

    try:
        group = zarr.open_group(repo.readonly_session("main").store, mode="r")
    except FileNotFoundError:
        return None
    return group if "video" in group else None


def _known(repo: Repository) -> dict[str, str]:
    """MD5 of the MOV of each clip that the repository has, by the clip's name."""
    group = _present(repo)
    if group is None:
        return {}
    names, digests = (cast("list[str]", group.attrs[name]) for name in (_CLIPS, _DIGESTS))
    return dict(zip(names, digests, strict=True))


def _check_same(store: Store, known: dict[str, str], names: Sequence[str]) -> None:
    for name in names:
        if store._facts(name).source_md5 != known[name]:
            raise UsageError(
                f"{name}: the clip was replaced since it was appended to the repository",
                "make another repository",
            )


def _geometry(shape: Sequence[int]) -> str:
    return f"{shape[1]}x{shape[0]} pixels"


def _check_appendable(repo: Repository, opened: Opened, codec: Any, layout: str) -> None:
    group = _present(repo)
    if group is None:
        return
    video: Any = group["video"]
    first = opened.joined.parts[0].facts
    shape = opened.shapes[layout].array
    if tuple(video.shape[1:]) != tuple(shape):
        raise UsageError(
            f"{first.name} can't be appended: it has {_geometry(shape)}, and the repository "
            f"{_geometry(video.shape[1:])}",
            "make another repository, or name clips=[...]",
        )
    told = video.metadata.to_dict()["codecs"][0]["configuration"]
    if told != codec["configuration"]:
        differ = {k: v for k, v in told.items() if codec["configuration"][k] != v}
        raise UsageError(
            f"{first.name} can't be appended: the repository has {differ}",
            "layout= has to be the same at each call; clips of one matrix can be joined",
        )
    times: Any = group["time"]
    last = int(times[-1])
    if int(opened.time[0].astype("int64")) <= last:
        raise UsageError(
            f"{first.name} can't be appended: it begins at {text(int(first.start.astype('int64')))}, "
            f"before the repository's last frame at {text(last)}",
            "make another repository: clips are appended in their order",
        )


# ---- Appending


def _append(
    repo: Repository,
    part: Joined,
    opened: Opened,
    codec: dict[str, Any],
    layout: str,
    source: str | None,
) -> None:
    rows = np.arange(len(part))
    columns = {n: part.column(n, rows, np.dtype(COLUMNS[n])).view(COLUMNS[n]) for n in _INDEX}
    columns["frame"] = rows.astype(np.uint32)
    shape, dtype = opened.shapes[layout].array, opened.shapes[layout].dtype
    session = repo.writable_session("main")
    group = _group(session, "a")
    if "video" not in group:
        _create(group, shape, dtype, codec, layout)
        _write_coordinates(group, part.parts[0].facts, shape)
        _describe(group, opened.attributes)
    else:
        _describe(group, common([_owners(group), opened.attributes]))
    write(session, group, part.parts[0].facts, Rows(references(part, source), columns))
    session.commit(f"append {part.title}")


def _create(
    group: zarr.Group, shape: Sequence[int], dtype: str, codec: dict[str, Any], layout: str
) -> None:
    """Arrays without frames."""
    group.create_array(
        "video",
        shape=(0, *shape),
        chunks=(1, *shape),
        dtype=dtype,
        serializer=codec,
        compressors=None,
        filters=None,
        fill_value=0,
        dimension_names=("time", "y", "x", "channel")[: 1 + len(shape)],
        attributes={"long_name": f"pictures, {layout}", "units": "1"},
    )
    for name in (*_INDEX, "frame", "clip_number"):
        group.create_array(
            name,
            shape=(0,),
            chunks=(CHUNK,),
            dtype=COLUMNS.get(name, "uint32"),
            fill_value=0,
            dimension_names=("time",),
            attributes=array_attributes(name),
        )
    group.attrs.update({"Conventions": "CF-1.11", _CLIPS: [], _DIGESTS: []})


def _write_coordinates(group: zarr.Group, facts: Facts, shape: Sequence[int]) -> None:
    """Centres of the pixels, which all clips have in common."""
    view = View()
    for name, centres in (("y", y_of(facts, view, shape[0])), ("x", x_of(view, shape[1]))):
        group.create_array(
            name, data=centres, dimension_names=(name,), attributes=array_attributes(name)
        )


def _owners(group: zarr.Group) -> dict[str, Any]:
    """The owner's attributes in a repository."""
    return {name: value for name, value in group.attrs.items() if name not in _OURS}


def _describe(group: zarr.Group, owners: dict[str, Any]) -> None:
    """Write attributes of the owner that all clips have, and the place of the camera by them."""
    about = {name: value for name, value in group.attrs.items() if name in _OURS}
    group.attrs.put(about | owners)
    places = positions(owners)
    for name in PLACES:
        if name in group and name not in places:
            del group[name]
    for name, (value, told) in places.items():
        if name not in group:
            group.create_array(name, data=np.array(value), attributes=told)
    video = {name: value for name, value in group["video"].attrs.items() if name != "coordinates"}
    group["video"].attrs.put(video | ({"coordinates": " ".join(places)} if places else {}))


def write(session: Session, group: zarr.Group, facts: Facts, rows: Rows) -> None:
    """Append the frames of a clip. The caller commits the session."""
    video: Any = group["video"]
    begin, end = video.shape[0], video.shape[0] + len(rows.references.offset)
    names, digests = (cast("list[str]", group.attrs[name]) for name in (_CLIPS, _DIGESTS))
    names = [*names, facts.name]
    columns = dict(rows.columns)
    columns["clip_number"] = np.full(end - begin, len(names) - 1, np.uint32)
    video.resize((end, *video.shape[1:]))
    for name, values in columns.items():
        array: Any = group[name]
        array.resize((end,))
        array[begin:end] = values
    _set_references(session, facts.name, rows.references, begin, len(video.shape) - 1)
    group["clip_number"].attrs.update(
        {"flag_values": list(range(len(names))), "flag_meanings": " ".join(names)}
    )
    group.attrs.update({_CLIPS: names, _DIGESTS: [*digests, facts.source_md5]})


def _set_references(
    session: Session, name: str, found: References, begin: int, inner_axes: int
) -> None:
    """References of a clip's frames, the first of which is row `begin`. Icechunk 2 takes them as
    arrays; Icechunk 1 as an object for each, and needs four times as long for them."""
    changed = datetime.now(timezone.utc) + timedelta(seconds=1)  # Icechunk compares whole seconds
    inside = (0,) * inner_axes
    locations = found.location.tolist()
    store: Any = session.store
    if hasattr(store, "set_virtual_refs_arr"):
        grid = (len(locations), *(1,) * inner_axes)
        refused = store.set_virtual_refs_arr(
            "video",
            *(grid, locations, found.offset, found.length),
            arr_offset=(begin, *inside),
            checksum=changed,
        )
    else:
        spec = _library().VirtualChunkSpec
        ranges = zip(locations, found.offset.tolist(), found.length.tolist(), strict=True)
        each = [
            spec([row, *inside], location, offset, length, None, changed)
            for row, (location, offset, length) in enumerate(ranges, begin)
        ]
        refused = store.set_virtual_refs("video", each)
    if refused:
        raise UsageError(
            f"{name}: the repository has no virtual chunk container for {locations[0]}",
            "add one to its configuration, or hand over its storage",
        )
