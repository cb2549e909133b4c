"""Clips joined along time by the engine for xarray, and clips that cannot be joined."""

from __future__ import annotations

import pickle
import shutil
import sys
import time
from collections.abc import Callable
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import camzarr
from camzarr import chunks, joined
from conftest import ALPHA, COMMAND, ROOT, TFF, USUAL, Shelf, run

sys.path.append(str(ROOT / "tests/e2e"))

from support.servers import nginx  # noqa: E402

A, B, C = (f"CAMHDA301-20190712T{hour:02}1500Z" for hour in (0, 3, 9))


def convert(source: Path, name: str, store: Path, *options: str) -> None:
    """A MOV, whose name gives the time at which it starts, as a clip of that name."""
    copy = store.parent / f"{name}.mov"
    copy.write_bytes(source.read_bytes())
    run(COMMAND, "convert", "--quiet", *options, copy, store)


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory, shelf: Shelf) -> camzarr.Store:
    """Three recordings of 15 frames, in shards of 4 frames."""
    folder = tmp_path_factory.mktemp("hours")
    for name in (A, B, C):
        convert(shelf.made[USUAL].path, name, folder / "store", "--frames-per-shard", "4")
    return camzarr.open(folder / "store")


def opened(place: Any, **options: Any) -> xr.Dataset:
    return xr.open_dataset(place, engine="camzarr", **options)


def same_rows(found: xr.Dataset, clips: list[camzarr.Clip]) -> None:
    """Time, columns and pictures are those of the clips, one after the other."""
    assert found.time.values.tolist() == np.concatenate([c.time for c in clips]).tolist()
    for name in ("size", "crc32c", "shard_offset", "flags"):
        assert found[name].values.tolist() == np.concatenate([c.index[name] for c in clips]).tolist()
        assert found[name].dtype == clips[0].index[name].dtype
    assert found["frame"].values.tolist() == [n for c in clips for n in range(len(c))]
    names = found.clip_number.attrs["flag_meanings"].split()
    rows = (0, 14, 15, 16, len(found.time) - 1)
    for row in rows:
        one = found.isel(time=row)
        clip = clips[int(one.clip_number)]
        assert names[int(one.clip_number)] == clip.name
        assert np.array_equal(one.video, clip[int(one["frame"])].data)
    many = found.video.isel(time=list(reversed(rows)), y=slice(8, 20), x=[3, 1]).values
    for picture, row in zip(many, reversed(rows)):
        assert np.array_equal(picture, clips[row // 15][row % 15].data[8:20, [3, 1]])


# ---- Which clips


def test_names(hours: camzarr.Store) -> None:
    with opened(hours.url, clip=[C, A, B]) as found:
        same_rows(found, [hours[name] for name in (A, B, C)])
        assert found.attrs["title"] == f"{A} to {C}, 3 clips"
        assert found.attrs["frame_rate"] == "30000/1001" and "source" not in found.attrs
        assert not found.video.variable._in_memory
    with opened(hours.url, clip=(B,)) as found, opened(hours.url, clip=B) as same:
        assert found.drop_vars(["frame", "clip_number"]).identical(same)


def test_paths(hours: camzarr.Store) -> None:
    clips = [hours[name] for name in (A, B, C)]
    paths = [f"{hours.url}/clips/{name}" for name in (B, C, A)]
    with opened(paths) as found:
        same_rows(found, clips)
    with opened(Path(paths[0])) as found, opened(hours.url, clip=B) as same:
        assert found.identical(same)
    with opened(f"{paths[0]}/", time=slice(clips[1].time[5], None)) as found:
        assert found["frame"].values.tolist() == list(range(5, 15))


def test_paths_of_several_stores(hours: camzarr.Store, shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    camzarr.convert(shelf.made[USUAL].path, tmp_path / "clips/other", name="x")
    other = camzarr.open(tmp_path / "clips/other")
    with opened([f"{hours.url}/clips/{A}", f"{other.url}/clips/x"]) as found:
        assert found.attrs["title"] == f"x to {A}, 2 clips"
        assert np.array_equal(found.video[20], hours[A][5].data)
    with opened(other.url) as found:  # a store in a folder called "clips"
        assert found.clip_name.values.tolist() == ["x"]


def test_a_pattern(hours: camzarr.Store) -> None:
    """Of everything in the folder, whose document is not a clip."""
    pattern = f"{hours.url}/clips/*"
    assert any(path.endswith("/zarr.json") for path in glob(pattern))
    with xr.open_mfdataset(pattern, engine="camzarr") as found:
        assert found.video.chunks[0] == 3 * (4, 4, 4, 3)
        assert found.attrs["title"] == A
        assert np.array_equal(found.video[31], hours[C][1].data)
        assert found["size"].dtype == np.uint32 and "frame_rate" in found.attrs
        with opened(sorted(glob(pattern))) as same:
            assert np.array_equal(found.time, same.time)
            assert found.drop_attrs().identical(same.drop_vars(["frame", "clip_number"]).drop_attrs())


def test_a_range_of_time(hours: camzarr.Store) -> None:
    a, b = hours[A], hours[B]
    late = a.time[3] + np.timedelta64(1, "ns")
    with opened(hours.url, time=slice(late, b.time[2])) as found:
        assert found["frame"].values.tolist() == [*range(3, 15), 0, 1]
        assert found.time.values.tolist() == [*a.time[3:].tolist(), *b.time[:2].tolist()]
        assert np.array_equal(found.video[[0, 12]], [a[3].data, b[0].data])
        assert found["size"].values.tolist() == [*a.index["size"][3:], *b.index["size"][:2]]
        assert found.luma.encoding["preferred_chunks"]["time"] == (1, 4, 4, 3, 2)
    with opened(hours.url, time=slice("2019-07-12T03", "2019-07-13")) as found:
        assert found.attrs["title"] == f"{B} to {C}, 2 clips"
    with opened(hours.url, time=slice(None, None)) as found:
        assert found.sizes["time"] == 45
    with opened(hours.url, clip=[A, C], time=slice("2019-07-12T03", None)) as found:
        assert found.attrs["title"] == C
    with opened(hours.url, clip=A, time=slice(None, a.time[1])) as found:
        assert found["frame"].values.tolist() == [0]


@pytest.mark.parametrize("fields", ["top", "bob-bottom"])
def test_fields(fields: str, shelf: Shelf, tmp_path: Path) -> None:
    for name in (A, B):
        convert(shelf.made[TFF].path, name, tmp_path / "store")
    with opened(tmp_path / "store", clip=[A, B], fields=fields, scale=2) as found:
        parts = [opened(tmp_path / "store", clip=n, fields=fields, scale=2) for n in (A, B)]
        assert found.time.values.tolist() == np.concatenate([p.time for p in parts]).tolist()
        assert np.array_equal(found.video, np.concatenate([p.video for p in parts]))


def test_planes(hours: camzarr.Store) -> None:
    with opened(hours.url, clip=[A, B], layout="native", drop_variables="luma") as found:
        assert "luma" not in found
        for row, clip in ((2, hours[A]), (17, hours[B])):
            planes = clip.get_frame_at(2, layout="native").planes
            for name in ("y", "cb", "cr"):
                assert np.array_equal(found[f"video_{name}"][row], planes[name])


def test_over_http(hours: camzarr.Store) -> None:
    with nginx(f"root {hours.url};") as web, opened(web.url, clip=[B, A]) as found:
        same_rows(found, [hours[A], hours[B]])
        with opened([f"{web.url}/clips/{A}", f"{web.url}/clips/{C}"]) as others:
            assert np.array_equal(others.video[15], hours[C][0].data)
        message = r"2001-01-01T00:00:00Z: no frame of .* is shown then\n.*begins at 2019-07-12"
        with pytest.raises(camzarr.ClipNotFoundError, match=message):
            opened(web.url, clip=[A, B], time=slice("2000", "2001"))


# ---- Dask


def test_no_task_a_frame(hours: camzarr.Store) -> None:
    with opened(hours.url, clip=[A, B], chunks={}) as found:
        assert found.video.chunks[0] == found.luma.chunks[0] == 2 * (4, 4, 4, 3)
        assert len(found.video.__dask_graph__()) <= 8 + 1
        assert len(found.drop_vars(["video", "luma"]).__dask_graph__()) <= 2 * len(found.variables)
        mean = found.video.mean("time").compute(scheduler="processes")
        whole = np.concatenate([hours[A][:].data, hours[B][:].data])
        assert np.allclose(mean, whole.mean(axis=0))
    with opened(hours.url, clip=[A, B], chunks={"time": 1}) as found:
        assert found.video.chunks[0] == 30 * (1,)


def test_selections_decode_no_other_frames(
    hours: camzarr.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ranges and steps; a list of frames takes whole chunks, of which it is picked by Dask."""
    decoded: list[int] = []
    pictures = joined.Joined.pictures

    def counted(self: joined.Joined, rows: joined.Numbers, view: camzarr.View) -> Any:
        decoded.extend(rows.tolist())
        return pictures(self, rows, view)

    monkeypatch.setattr(joined.Joined, "pictures", counted)
    with opened(hours.url, clip=[A, B], chunks={}) as found:
        for part in (slice(None, None, 7), slice(2, 17), slice(3, 25, 4), 16):
            decoded.clear()
            mean = found.video.isel(time=part).astype("float32").mean(("y", "x"))
            mean.compute(scheduler="synchronous")
            assert sorted(decoded) == np.atleast_1d(np.arange(30)[part]).tolist()
        decoded.clear()
        found.video.isel(time=[0, 16]).compute(scheduler="synchronous")
        assert len(decoded) <= 8


@pytest.mark.parametrize(
    ("shard", "bytes_a_frame", "frames"),
    [(64, 6_220_800, 8), (64, 24_883_200, 2), (1, 6_220_800, 8), (0, 100, 16), (17, 6_220_800, 10)],
)
def test_frames_a_chunk(shard: int, bytes_a_frame: int, frames: int) -> None:
    assert chunks.frames_a_chunk(shard, bytes_a_frame) == frames


def test_pickles_by_address(hours: camzarr.Store) -> None:
    with opened(hours.url, time=slice(None, None)) as found:
        again = pickle.loads(pickle.dumps(found))
        assert np.array_equal(again.video[20], hours[B][5].data)
        assert len(pickle.dumps(found)) < 40_000


def test_more_clips_than_stay_open(hours: camzarr.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camzarr.store, "OPEN", 1)
    with opened(hours.url, clip=[A, B, C]) as found:
        same_rows(found, [hours[name] for name in (A, B, C)])


# ---- Clips that cannot be joined


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory, shelf: Shelf) -> Path:
    """Clips that cannot be joined with A."""
    store = tmp_path_factory.mktemp("mixed") / "store"
    convert(shelf.made[USUAL].path, A, store)
    convert(shelf.made[TFF].path, "small-20190712T0100Z".replace("0100Z", "010000Z"), store)
    convert(shelf.made[ALPHA].path, "alpha-20190712T020000Z", store)
    convert(shelf.made[USUAL].path, "late-20190712T001500Z", store)
    convert(shelf.made[USUAL].path, "half-20190712T040000Z", store)
    half = store / "clips/half-20190712T040000Z"
    (half / "zarr.json").rename(half / "begun.json")
    return store


SMALL, LARGE = "small-20190712T010000Z", "alpha-20190712T020000Z"
LATE, HALF = "late-20190712T001500Z", "half-20190712T040000Z"
Refusal = tuple[type[Exception], str, dict[str, Any]]
REFUSED: list[Refusal] = [
    (
        camzarr.UsageError,
        rf"{SMALL} and {A} can't be joined: 127x95 pixels, 4:2:2, and 128x96 pixels, 4:2:2\n"
        r"clip=\[c\.name for c in camzarr\.open\('.*'\)\.clips if \(c\.width, c\.height\) == \(128, 96\)\]",
        {"clip": [A, SMALL]},
    ),
    (  # their pictures have the same size, but other coordinates
        camzarr.UsageError,
        rf"{SMALL} and {A} can't be joined: 127x95 pixels",
        {"clip": [A, SMALL], "scale": 8},
    ),
    (
        camzarr.UsageError,
        rf"{LARGE} and {A} can't be joined: .* 4:4:4, alpha of 16 bits, and .* 4:2:2\n.*c\.chroma",
        {"clip": [A, LARGE], "layout": "native"},
    ),
    (
        camzarr.UsageError,
        rf"{LATE} and {A} can't be joined: they overlap, since one begins at 2019-07-12T00:15:00Z "
        rf"and the other ends at 2019-07-12T00:15:00\.5005Z\n.*if c\.name != '{LATE}'\]",
        {"clip": [LATE, A]},
    ),
    (camzarr.UsageError, rf"{A}: listed twice", {"clip": [A, A]}),
    (
        camzarr.ClipNotFoundError,
        rf"{HALF}: half written: .*\n`camzarr convert` .*clip=list\(camzarr\.open\(",
        {"clip": [A, HALF]},
    ),
    (camzarr.ClipNotFoundError, "other: no clip of that name", {"clip": [A, "other"]}),
    (camzarr.UsageError, r"clip=\[\]: no clip to join", {"clip": []}),
    (camzarr.UsageError, r"clip 7: clip names are strings", {"clip": [7]}),
    (camzarr.UsageError, r"time '2019': not a range.*\ntime=slice\(", {"time": "2019"}),
    (camzarr.UsageError, r"time slice.*\n.*isel", {"time": slice("2018", "2019", 10)}),
    (camzarr.UsageError, "time 'now'", {"time": slice("now", None)}),
    (camzarr.UsageError, "2018-01-01.* is not after 2019", {"time": slice("2019", "2018")}),
    (camzarr.ClipNotFoundError, "2001.* to 2002.*\n.*begins at 2019", {"time": slice("2001", "2002")}),
    (camzarr.UsageError, "overlap", {"time": slice("2019", "2020")}),
]


@pytest.mark.parametrize(("kind", "message", "options"), REFUSED)
def test_refused(kind: type[Exception], message: str, options: dict[str, Any], mixed: Path) -> None:
    with pytest.raises(kind, match=message):
        opened(mixed, **options)


def test_hints_work(mixed: Path) -> None:
    """What a message says to type opens."""
    for clips in ([A, SMALL], [A, LATE]):
        with pytest.raises(camzarr.UsageError) as caught:
            opened(mixed, clip=clips)
        typed = eval(caught.value.hint.removeprefix("clip="), {"camzarr": camzarr})
        assert set(typed) & {A, LATE} and not {SMALL, LATE} <= set(typed)


def test_rgb_of_other_chroma_joins(mixed: Path) -> None:
    with opened(mixed, clip=[A, LARGE]) as found:
        alpha = camzarr.open(mixed)[LARGE]
        assert np.array_equal(found.video[15], alpha[0].data)


def test_a_clip_without_a_start(shelf: Shelf, tmp_path: Path) -> None:
    from maker import frames, write
    from maker.movie import Movie
    from maker.tracks import video

    pictures = frames.encode("standard", (128, 96), 2)
    made = write.converted(Movie([video(pictures)], created=0), tmp_path / "nameless.mov")
    run(COMMAND, "convert", "--quiet", made.path, tmp_path / "store")
    convert(shelf.made[USUAL].path, A, tmp_path / "store")
    message = r"nameless: its start time is unknown.*\n.*c\.start_from != \"none\"\]"
    for options in ({"clip": [A, "nameless"]}, {"time": slice(None, None)}):
        with pytest.raises(camzarr.UsageError, match=message):
            opened(tmp_path / "store", **options)
    with opened(tmp_path / "store", clip=["nameless"]) as found:
        assert found.sizes["time"] == 2
    with opened(tmp_path / "store", time=slice("2019", "2020")) as found:
        assert found.attrs["title"] == A


def test_lists_of_paths_that_are_none(mixed: Path) -> None:
    path = f"{mixed}/clips/{A}"
    wrong: list[tuple[str, Callable[[], object]]] = [
        (r"a store, where a list has clips\n.*/clips/NAME", lambda: opened([path, str(mixed)])),
        (r"clip: not an option of a list", lambda: opened([path], clip=A)),
        (r"clip: not an option of .*\n.*clip=", lambda: opened(path, clip=A)),
        (r"no clip to join", lambda: opened([])),
    ]
    for message, call in wrong:
        with pytest.raises(camzarr.UsageError, match=message):
            call()


def test_a_clip_that_is_replaced(shelf: Shelf, tmp_path: Path) -> None:
    for name in (A, B):
        convert(shelf.made[USUAL].path, name, tmp_path / "store")
    with opened(tmp_path / "store", clip=[A, B]) as found:
        kept = pickle.dumps(found)
        shutil.rmtree(tmp_path / "store/clips" / A)
        convert(shelf.made[TFF].path, A, tmp_path / "store")
        joined._store_at.cache_clear()
        with pytest.raises(camzarr.SourceChangedError, match="replaced since it was joined"):
            pickle.loads(kept).video[0].compute()


# ---- Speed


def test_a_hundred_clips(shelf: Shelf, tmp_path: Path) -> None:
    """Opened and read in a bounded time: bench/format measures it with recordings in HD."""
    store = tmp_path / "store"
    camzarr.convert(shelf.made[USUAL].path, store, name=A)
    made = shelf.made[USUAL].path.read_bytes()
    for n in range(100):
        name = f"CAMHDA301-201908{1 + n // 24:02}T{n % 24:02}0000Z"
        (tmp_path / "x").mkdir(exist_ok=True)
        (tmp_path / f"x/{name}.mov").write_bytes(made)
    run(COMMAND, "convert", "--quiet", *sorted((tmp_path / "x").iterdir()), store)
    start = time.perf_counter()
    with opened(store, time=slice("2019-08", "2019-09"), chunks={}) as found:
        spent = time.perf_counter() - start
        assert found.sizes["time"] == 1500
        assert len(found.__dask_graph__()) < 1500
        found.video[700].compute()
    assert spent < 2, f"opened in {spent} s"  # 0.1 s where nothing else runs
