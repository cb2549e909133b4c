"""Statistics, overview and scenes of a converted clip: values, readers without a plugin, verify."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from support.command import DIFFERENT, camzarr
from test_statistics import BOUNDS, SHARPNESS_BOUND, analysed, dc_plane, decoded, expected, ffmpeg, filmed

xarray = pytest.importorskip("xarray")

FLOATS = ("luma_mean", "luma_std", "cb_mean", "cr_mean", "sharpness", "difference", "shift_x", "shift_y", "zoom")
INTEGERS = ("size", "luma_min", "luma_max", "luma_p05", "luma_p50", "luma_p95", "flags")
FORMS = {
    "progressive": ((640, 360), "yuv422p10le", ["-profile:v", "2"]),
    "interlaced": ((400, 232), "yuv422p10le", ["-profile:v", "3", "-flags", "+ildct", "-top", "1"]),
    "4444": ((320, 184), "yuv444p12le", ["-profile:v", "4"]),
}


def made(form: str, folder: Path, frames: int = 8) -> Path:
    """A ProRes movie of a test picture with noise."""
    size, pixels, options = FORMS[form]
    movie = folder / f"{form}.mov"
    source = f"testsrc2=size={size[0]}x{size[1]}:rate=25,noise=alls=12:allf=t"
    ffmpeg("-f", "lavfi", "-i", source, "-frames:v", str(frames), "-pix_fmt", pixels, "-c:v", "prores_ks", *options, movie)
    return movie


def opened(store: Path, clip: str, group: str, zarr: int) -> Any:
    """A group as xarray opens it; any warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return xarray.open_zarr(store / "clips" / clip / group, zarr_format=zarr).load()


@pytest.mark.parametrize("zarr", [3, 2])
@pytest.mark.parametrize("form", FORMS)
def test_statistics_are_those_of_numpy(form: str, zarr: int, tmp_path: Path) -> None:
    size, pixels, _ = FORMS[form]
    movie, store = made(form, tmp_path), tmp_path / "store"
    camzarr("convert", movie, store, "--overview", "all", "--zarr-format", str(zarr), "--frames-per-shard", "3")
    data = opened(store, form, "statistics", zarr)
    lines, _ = analysed(movie)
    assert set(data.data_vars) == {*FLOATS, *INTEGERS}
    assert all(a.attrs["camzarr_analysis_version"] == 1 and a.attrs["comment"] for a in data.data_vars.values())
    for name in FLOATS:
        wanted = np.array([np.nan if line[name] is None else line[name] for line in lines], "f4")
        assert np.allclose(data[name].values, wanted, rtol=1e-4, atol=1e-4, equal_nan=True), name
    for name in INTEGERS:
        assert data[name].values.tolist() == [line[name] for line in lines], name
    before = None
    for i, planes in enumerate(decoded(movie, *size, pixels)):
        now = [dc_plane(plane, form == "interlaced") for plane in planes]
        for name, value in expected(now, before).items():
            bound = BOUNDS.get(name, SHARPNESS_BOUND * value + 0.5)
            assert abs(float(data[name][i]) - value) <= bound, (name, i)
        before = now


@pytest.mark.parametrize("zarr", [3, 2])
@pytest.mark.parametrize("form", FORMS)
def test_overview_is_the_picture_at_an_eighth(form: str, zarr: int, tmp_path: Path) -> None:
    movie, store = made(form, tmp_path, 30), tmp_path / "store"
    camzarr("convert", movie, store, "--overview", "2.5", "--zarr-format", str(zarr), "--frames-per-shard", "7")
    data = opened(store, form, "overview", zarr)
    assert data.frame.values.tolist() == [0, 10, 20]
    assert data.picture.dtype == np.uint8
    assert np.array_equal(data.time, opened(store, form, "statistics", zarr).time[[0, 10, 20]])
    width, height = FORMS[form][0]
    assert data.x.values.tolist() == list(range(0, width, 8))
    assert data.y.values.tolist() == list(range(height - 1, -1, -8))
    for i, frame in enumerate(data.frame.values):
        out = tmp_path / "picture.npy"
        camzarr("frame", store, form, str(frame), "--scale", "1/8", "--format", "rgb24", "-o", out, "--overwrite")
        pixels = np.load(out).reshape(data.picture.shape[1:])
        # The analysis has samples of 10 bits, those of 4:4:4 frames have 12.
        worst = np.abs(pixels.astype(int) - data.picture.values[i]).max()
        assert worst <= (1 if form == "4444" else 0)


@pytest.mark.parametrize("zarr", [3, 2])
def test_scenes(zarr: int, tmp_path: Path) -> None:
    path = [(700.0, 600.0, 1.0)] * 40
    path += [(700.0 + 9 * i, 600.0, 1.0) for i in range(25)]
    path += [(2200.0, 2100.0, 1.0)] * 35
    movie, store = tmp_path / "tour.mov", tmp_path / "store"
    filmed(path, movie)
    camzarr("convert", movie, store, "--overview", "1", "--zarr-format", str(zarr), "--frames-per-shard", "16")
    data = opened(store, "tour", "scenes", zarr)
    _, wanted = analysed(movie)
    assert len(wanted) == 2
    assert data.start_frame.values.tolist() == [v["first"] for v in wanted]
    assert data.end_frame.values.tolist() == [v["last"] for v in wanted]
    assert data.representative_frame.values.tolist() == [v["representative"] for v in wanted]
    assert data.signature.shape == (2, 9, 16)
    assert all(abs(view.astype(float).mean() - 128) < 2 and view.std() > 20 for view in data.signature.values)


@pytest.mark.parametrize("zarr", [3, 2])
def test_verify_covers_the_groups(zarr: int, tmp_path: Path) -> None:
    movie, store = made("progressive", tmp_path), tmp_path / "store"
    camzarr("convert", movie, store, "--overview", "all", "--zarr-format", str(zarr))
    camzarr("verify", store)
    first = ("c/0/0/0/0", "c/0") if zarr == 3 else ("0.0.0.0", "0")
    for key in (f"overview/picture/{first[0]}", f"statistics/zoom/{first[1]}", f"overview/frame/{first[1]}"):
        file = store / "clips/progressive" / key
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 4
        file.write_bytes(data)
        done = camzarr("verify", store, "--json", code=None)
        assert done.code == DIFFERENT
        assert key in done.out.decode()
        data[len(data) // 2] ^= 4
        file.write_bytes(data)
    camzarr("verify", store)


def test_one_frame(tmp_path: Path) -> None:
    movie, store = made("progressive", tmp_path, 1), tmp_path / "store"
    camzarr("convert", movie, store, "--overview", "1")
    camzarr("verify", store)
    assert opened(store, "progressive", "overview", 3).frame.values.tolist() == [0]
    assert opened(store, "progressive", "statistics", 3).flags.values.tolist() == [8]


def test_damaged_frame_is_black_and_unknown(tmp_path: Path) -> None:
    movie, store = made("progressive", tmp_path), tmp_path / "store"
    data = bytearray(movie.read_bytes())
    places = [i for i in range(len(data) - 4) if data[i : i + 4] == b"icpf"]
    assert len(places) == 8
    data[places[3] + 4 : places[3] + 60] = b"\xff" * 56
    movie.write_bytes(data)
    camzarr("convert", movie, store, "--overview", "all", code=None)
    statistics = opened(store, "progressive", "statistics", 3)
    assert statistics.flags.values[3] & 4
    assert np.isnan(statistics.luma_mean.values[3]) and not np.isnan(statistics.luma_mean.values[4])
    pictures = opened(store, "progressive", "overview", 3).picture.values
    assert pictures[2].any() and not pictures[3].any() and pictures[4].any()
    camzarr("verify", store)


def test_threads_give_the_same_bytes(tmp_path: Path) -> None:
    movie = made("interlaced", tmp_path, 50)
    trees = []
    for threads in ("1", "5"):
        store = tmp_path / threads
        camzarr("convert", movie, store, "--overview", "all", "--threads", threads, "--frames-per-shard", "2")
        trees.append({f.relative_to(store): f.read_bytes() for f in store.rglob("*") if f.is_file()})
    assert trees[0] == trees[1]


def test_none_is_format_1_0(tmp_path: Path) -> None:
    movie = made("progressive", tmp_path)
    for rate, form in (("none", "1.0"), ("1", "1.1")):
        camzarr("convert", movie, tmp_path / rate, "--overview", rate)
        clip = json.loads((tmp_path / rate / "clips/progressive/zarr.json").read_text())
        assert clip["attributes"]["camzarr"]["format"] == form
        assert ("statistics/zoom" in clip["consolidated_metadata"]["metadata"]) == (form == "1.1")


@pytest.mark.parametrize("rate", ["0", "x", "1/0", "-1", "1.", "1/2/3", "99999999", "0.0"])
def test_impossible_rate(rate: str, tmp_path: Path) -> None:
    done = camzarr("convert", made("progressive", tmp_path, 1), tmp_path / "store", f"--overview={rate}", code=2)
    assert "--overview" in done.err
