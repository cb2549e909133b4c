"""Stores, clips and frames: times, indices, tables, pictures in a notebook, files."""

from __future__ import annotations

import base64
import re
import shutil
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import camzarr
from camzarr import times
from conftest import ALPHA, COMMAND, TFF, USUAL, Shelf, run


@pytest.fixture
def store(shelf: Shelf) -> camzarr.Store:
    return camzarr.open(shelf.path)


@pytest.fixture
def clip(shelf: Shelf, store: camzarr.Store) -> camzarr.Clip:
    return store[shelf.name(USUAL)]


def test_the_table_of_clips(store: camzarr.Store, shelf: Shelf) -> None:
    names = sorted(shelf.name(case) for case in shelf.made)
    assert store.names == store.clips.names == list(store) == names
    assert len(store) == len(store.clips) == 3
    assert names[0] in store and "other" not in store
    usual = next(c for c in store.clips if c.name == shelf.name(USUAL))
    assert (usual.width, usual.height, usual.frames) == (128, 96, len(shelf.made[USUAL].frames))
    assert usual.rate == Fraction(30000, 1001)
    assert usual.source_md5 == shelf.made[USUAL].md5
    assert usual == store[usual.name].facts
    table = store.clips.to_pandas()
    assert table.loc[usual.name, "start"] == pd.Timestamp(usual.start)
    assert store.clips[1:].names == names[1:]
    with xr.open_dataset(store.url, engine="camzarr") as dataset:
        assert dataset["clip_name"].values.tolist() == names
        assert dataset.start.values.tolist() == table.start.to_numpy("datetime64[ns]").tolist()


def test_the_index_is_the_truth(clip: camzarr.Clip, shelf: Shelf) -> None:
    frames = shelf.made[USUAL].frames
    assert len(clip) == len(frames)
    assert clip.time.astype("int64").tolist() == [f.time for f in frames]
    assert clip.index["size"].tolist() == [f.size for f in frames]
    assert clip.index["source_offset"].tolist() == [f.offset for f in frames]
    assert (clip.time + clip.duration)[:-1].tolist() == clip.time[1:].tolist()
    assert clip.index.to_pandas().shape == (len(frames), 7)
    with pytest.raises(ValueError):
        clip.index["size"][0] = 1
    with pytest.raises(KeyError, match="crc32c"):
        clip.index["sizes"]


def test_raw_frames(clip: camzarr.Clip, shelf: Shelf) -> None:
    made = shelf.made[USUAL]
    assert clip.raws([3, 0, 3, -1]) == [made.read(i) for i in (3, 0, 3, len(clip) - 1)]
    assert clip.raw(2) == made.read(2)


def test_what_a_frame_tells(clip: camzarr.Clip) -> None:
    frame = clip[-1]
    assert (frame.number, frame.clip) == (len(clip) - 1, clip.name)
    assert frame.time == clip.time[-1]
    assert frame.time + frame.duration == clip.facts.end


def test_fields_have_times_of_their_own(store: camzarr.Store, shelf: Shelf) -> None:
    clip = store[shelf.name(TFF)]  # the bottom field comes first
    half = np.timedelta64(16_683_333, "ns")
    bottom, top = (clip.get_frame_at(1, fields=f).time for f in ("bottom", "top"))
    assert bottom == clip.time[1] and top == clip.time[1] + half
    with xr.open_dataset(store.url, engine="camzarr", clip=clip.name, fields="top") as dataset:
        assert dataset.time.values[1] == top
        assert dataset.sizes["y"] == 48


def test_frames_by_time(clip: camzarr.Clip) -> None:
    middle = clip.time[4] + np.timedelta64(1_000_000, "ns")
    text = times.text(int(middle.astype("int64")))
    for when in (middle, text, pd.Timestamp(middle), 4 * 1001 / 30000 + 0.001):
        assert clip.get_frame_played_at(when).number == 4
    assert clip[text].number == 4
    assert clip.get_frames_played_at([0, 0.1, 0.05]).number.tolist() == [0, 2, 1]
    assert clip.get_frames_played_in_range(0.05, 0.15).number.tolist() == [1, 2, 3, 4]
    later = times.text(int(clip.time[7].astype("int64")))
    assert clip[text:later].number.tolist() == [4, 5, 6]
    assert clip[text:...].number.tolist() == clip[text:].number.tolist()
    assert clip[text:][-1].number == len(clip) - 1
    assert clip[:later:3].number.tolist() == [0, 3, 6]


def test_frames_by_number(clip: camzarr.Clip) -> None:
    whole = clip[:]
    assert whole.number.tolist() == list(range(len(clip)))
    assert clip[1:9:3].number.tolist() == [1, 4, 7]
    assert clip.get_frames_in_range(2, 5).number.tolist() == [2, 3, 4]
    assert len(clip[5:5]) == 0 and clip[5:5].data.shape == (0, 96, 128, 3)
    assert [f.number for f in clip] == whole.number.tolist()
    assert np.array_equal(np.stack([f.data for f in clip]), whole.data)
    assert whole[2:4].number.tolist() == [2, 3] and whole[-1].number == len(clip) - 1


def test_moments_across_clips(tmp_path: Path, shelf: Shelf) -> None:
    """Two clips an hour apart by their names, with nothing between."""
    source = shelf.made[USUAL].path
    for hour in ("00", "01"):
        name = tmp_path / f"CAMHDA301-20190712T{hour}1500Z.mov"
        name.write_bytes(source.read_bytes())
        run(COMMAND, "convert", "--quiet", name, tmp_path / "store")
    store = camzarr.open(tmp_path / "store")
    first, second = (store[name] for name in store.names)
    assert second.facts.start - first.facts.start == np.timedelta64(3600, "s")
    for one in (first, second):
        frame = store.at(one.time[3], scale=2)
        assert (frame.clip, frame.number, frame.data.shape) == (one.name, 3, (48, 64, 3))
    every = list(store.between(first.facts.start, second.facts.end))
    assert [f.clip for f in every] == [first.name] * len(first) + [second.name] * len(second)
    with pytest.warns(camzarr.SkippedWarning, match="98988 of 99000 moments"):
        stepped = list(store.between(first.facts.start, "2019-07-12T03", every="0.1 s", scale=8))
    assert [(f.clip, f.number) for f in stepped[:3]] == [(first.name, n) for n in (0, 2, 5)]
    hourly = store.between(first.facts.start, second.facts.end, every=timedelta(hours=1))
    assert [(f.clip, f.number) for f in hourly] == [(first.name, 0), (second.name, 0)]
    with pytest.warns(camzarr.SkippedWarning, match="365 of 365"):
        assert list(store.between("2001-01-01", "2002-01-01", every="1d")) == []
    with pytest.raises(camzarr.ClipNotFoundError, match=r"2019-07-12T00:20:00Z.*\n.*ends.*begins"):
        store.at("2019-07-12T00:20")


def test_moments_and_spans() -> None:
    ns = 1_531_354_510_500_000_000
    for same in (
        *("2018-07-12T00:15:10.5Z", "2018-07-12T00:15:10.5", "2018-07-12 02:15:10.5+02:00"),
        datetime(2018, 7, 12, 0, 15, 10, 500_000),
        datetime(2018, 7, 11, 19, 15, 10, 500_000, timezone(timedelta(hours=-5))),
        np.datetime64(ns, "ns"),
        pd.Timestamp(ns, tz="UTC"),
    ):
        assert times.moment(same) == ns
    assert times.moment("2018-07-12") == 1_531_353_600_000_000_000
    for wrong in ("now", "", "2018-13-01", "12:00", 7, None, np.datetime64("NaT")):
        with pytest.raises(camzarr.UsageError, match="time"):
            times.moment(wrong)
    spans = {"10min": 600.0, "0.5 s": 0.5, "1h": 3600, "2d": 172800}
    for text, seconds in spans.items():
        assert times.span(text) == times.span(seconds) == times.span(timedelta(seconds=seconds))
    for wrong in ("10 fortnights", "min", 0, "-1s", None, True):
        with pytest.raises(camzarr.UsageError, match="span"):
            times.span(wrong)


def image_of(file: bytes | Path, form: str) -> np.ndarray:
    """As FFmpeg reads it."""
    name, content = ("-", file) if isinstance(file, bytes) else (file, None)
    command = ("ffmpeg", "-v", "error", "-i", name, "-f", "rawvideo", "-pix_fmt", form, "-")
    told = run(*command, input=content)
    return np.frombuffer(told, "<u2" if "16" in form or "48" in form else np.uint8)


@pytest.mark.parametrize("ending", [".png", ".tif"])
@pytest.mark.parametrize("layout", ["rgb24", "rgb48le", "gray", "gray16le", "rgba", "bgr24"])
def test_files_of_images(ending: str, layout: str, clip: camzarr.Clip, tmp_path: Path) -> None:
    path = tmp_path / f"frame{ending}"
    clip.write(3, path, layout=layout)
    form = "rgb24" if layout == "bgr24" else layout
    told = clip.get_frame_at(3, layout=form).data
    assert np.array_equal(image_of(path, form).reshape(told.shape), told)
    assert f"clip {clip.name}, frame 3, ".encode() in path.read_bytes()


def test_files_of_other_kinds(clip: camzarr.Clip, tmp_path: Path) -> None:
    clip.write(3, tmp_path / "a.npy", layout="native")
    assert np.array_equal(np.load(tmp_path / "a.npy"), clip.get_frame_at(3, layout="native").data)
    clip.write(3, str(tmp_path / "a.icpf"))
    assert (tmp_path / "a.icpf").read_bytes() == clip.raw(3)
    with pytest.raises(camzarr.AlreadyExistsError, match="overwrite=True"):
        clip.write(4, tmp_path / "a.icpf")
    clip.write(4, tmp_path / "a.icpf", overwrite=True)
    assert (tmp_path / "a.icpf").read_bytes() == clip.raw(4)
    with pytest.raises(camzarr.UnsupportedError, match=r"\.bmp.*\n.*\.png"):
        clip.write(3, tmp_path / "a.bmp")
    with pytest.raises(camzarr.UnsupportedError, match="gray16le"):
        clip.write(3, tmp_path / "a.png", layout="native")
    with pytest.raises(camzarr.InputOutputError, match="No such file"):
        clip.write(3, tmp_path / "none/a.png")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.icpf", "a.npy"]


def test_what_a_notebook_shows(store: camzarr.Store, clip: camzarr.Clip, shelf: Shelf) -> None:
    shown = image_of(clip[2]._repr_png_(), "rgb24")
    assert np.array_equal(shown, clip[2].data.ravel())
    luma = clip.get_frame_at(2, layout="native")
    assert np.array_equal(image_of(luma._repr_png_(), "gray"), (luma.planes["y"] >> 2).ravel())
    html = clip._repr_html_()
    assert clip.name in html and "15" in html and "apcn" in html
    sheet = base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])
    first = clip.get_frame_at(0, scale=8).data
    tiled = image_of(sheet, "rgb24").reshape(2 * first.shape[0], 4 * first.shape[1], 3)
    assert np.array_equal(tiled[: first.shape[0], : first.shape[1]], first)
    for name in store.names:
        assert name in store._repr_html_() and name in repr(store.clips)
    assert shelf.name(ALPHA) in repr(store[shelf.name(ALPHA)][0])


def test_a_damaged_clip_shows_itself(damaged: Shelf) -> None:
    store = camzarr.open(damaged.path)
    for name in store.names:
        html = store[name]._repr_html_()
        assert "damaged" in html and "base64" in html


def test_datatree(store: camzarr.Store) -> None:
    tree = xr.open_datatree(store.url, engine="camzarr", scale=2)
    assert sorted(tree.children) == store.names
    name = store.names[0]
    assert np.array_equal(tree[f"{name}/video"][1].values, store[name].get_frame_at(1, scale=2).data)


def test_clips_are_listed_anew_and_a_damaged_one_is_named(shelf: Shelf, tmp_path: Path) -> None:
    copy = tmp_path / "store"
    shutil.copytree(shelf.path, copy)
    store = camzarr.open(copy)
    names = store.clips.names
    marker = copy / "clips" / names[0] / "zarr.json"
    text = marker.read_bytes()
    marker.unlink()
    assert store.clips.names == names[1:]
    marker.write_bytes(text)
    assert store.clips.names == names
    marker.write_bytes(text.replace(b"frames", b"frame", 1))
    with pytest.raises(camzarr.CorruptError, match=names[0]):
        _ = camzarr.open(copy).clips
