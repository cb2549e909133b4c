"""Arrays as people write them: keys, times, sizes and options, and what a notebook shows of
them."""

from __future__ import annotations

import inspect
import pydoc
import re
import tomllib
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import camzarr
from camzarr import _native, camhd, display, images
from camzarr.convert import size_of
from conftest import ALPHA, COMMAND, ROOT, TFF, USUAL, Shelf, run
from maker import cases, make


@pytest.fixture
def clip(shelf: Shelf) -> camzarr.Clip:
    return camzarr.open(shelf.path)[shelf.name(USUAL)]


# ---- Keys


def test_lists_and_masks(clip: camzarr.Clip) -> None:
    mask = np.zeros(len(clip), bool)
    mask[[2, 5]] = True
    numbers = np.array([3, 0, -1], np.int16)
    assert clip[[0, 10, 3, 0]].number.tolist() == [0, 10, 3, 0]
    assert clip[numbers].number.tolist() == [3, 0, len(clip) - 1]
    assert clip[np.int64(4)].number == 4
    for same in (mask, mask.tolist(), pd.Series(mask), xr.DataArray(mask)):
        assert clip[same].number.tolist() == [2, 5]
    assert clip.get_frames_at(mask, scale=2).data.shape == (2, 48, 64, 3)
    assert clip[clip.time > clip.time[12]].number.tolist() == [13, 14]
    assert len(clip[[]]) == len(clip[~np.ones(len(clip), bool)]) == 0
    assert np.array_equal(clip[[0, 10]].data[1], clip[10].data)


def test_times_as_keys(clip: camzarr.Clip) -> None:
    second = clip.time[4] + np.timedelta64(1, "ms")
    assert clip[[clip.time[1], second]].number.tolist() == [1, 4]
    assert clip[clip.time[::5]].number.tolist() == [0, 5, 10]
    for span in (np.timedelta64(134, "ms"), timedelta(milliseconds=134)):
        assert clip[span].number == clip.number_at(span) == clip.number_at(0.134) == 4
    assert clip[np.timedelta64(134, "ms") :].number[0] == 4


Call = Callable[[camzarr.Clip], object]
WRONG: list[tuple[str, Call]] = [
    (r"mask of shape \(3,\): .* has 15 frames\n.*\(15,\)", lambda c: c[np.ones(3, bool)]),
    (r"clip\[0, .*one axis.*\n.*clip\.video\[number", lambda c: c[0, 4:8]),
    (r"frames \[0\.5\].*\n.*get_frame_played_at", lambda c: c[0.5]),
    (r"slice\(0\.1.*\n.*get_frames_played_in_range", lambda c: c[0.1:0.3]),
    (
        r"region \(0, 10, 2, 8\).*\n.*numpy\.s_\[0:10, 2:8\]",
        lambda c: c.get_frame_at(0, region=(0, 10, 2, 8)),
    ),
    (r"region 7.*\n.*numpy\.s_\[y0:y1, x0:x1\]", lambda c: c.get_frame_at(0, region=7)),
    (r"time nan: not a finite number", lambda c: c.get_frame_played_at(float("nan"))),
    (r"time inf: not a finite number", lambda c: c.get_frame_played_at(np.inf)),
    (r"time -inf", lambda c: c.get_frames_played_in_range(-np.inf, 3)),
    (r"time .*NaT", lambda c: c.number_at(np.datetime64("NaT"))),
    (r"span .*NaT", lambda c: c.number_at(np.timedelta64("NaT"))),
    (r"time None.*\n.*2018-07-12T00:05:10", lambda c: c.number_at(None)),
    (r"span nan: not a finite", lambda c: c.store.between("2018", "2019", every=np.nan)),
    (r"tolerance: only", lambda c: c.store.between("2018", "2019", tolerance="1s")),
    (r"region: not an option of a lazy", lambda c: c.to_xarray(region=np.s_[:4, :4])),
]


@pytest.mark.parametrize(("message", "call"), WRONG)
def test_what_to_type_instead(message: str, call: Call, clip: camzarr.Clip) -> None:
    with pytest.raises(camzarr.UsageError, match=message):
        call(clip)


def test_times_beyond_64_bits(clip: camzarr.Clip) -> None:
    for seconds in (9.2e9, -9.2e9):
        with pytest.raises(camzarr.NotFoundError, match="no frame is shown"):
            clip.get_frame_played_at(seconds)


def test_a_misspelt_option_names_its_like(clip: camzarr.Clip) -> None:
    with pytest.raises(TypeError, match=r"'scal'.* mean scale=\?.*layout, scale, fields"):
        clip.get_frame_at(0, scal=2)


def test_sizes(tmp_path: Path, shelf: Shelf) -> None:
    assert size_of("512M") == size_of("512 MiB") == size_of("0.5g") == 512 << 20
    assert size_of("64 kB") == 65536 and size_of("7") == size_of(7) == size_of(np.int64(7)) == 7
    for wrong in ("512X", "", "-1M", "much", -1, 1.5, None, 2**64):
        with pytest.raises(camzarr.UsageError, match='memory .*\n.*memory="512M"'):
            size_of(wrong)  # type: ignore[arg-type]
    report = camzarr.convert(shelf.made[USUAL].path, tmp_path / "store", memory="64M")
    assert report.status == "converted"


def test_a_missing_folder_says_how_to_make_it(clip: camzarr.Clip, tmp_path: Path) -> None:
    message = r"No such file.*\n.*os\.makedirs\('.*none'\)"
    with pytest.raises(camzarr.InputOutputError, match=message):
        clip.write(3, tmp_path / "none/a.png")


def test_hints_are_python(tmp_path: Path, shelf: Shelf) -> None:
    source = shelf.made[USUAL].path
    camzarr.convert(source, tmp_path / "store")
    with pytest.raises(camzarr.AlreadyExistsError) as caught:
        camzarr.convert(source, tmp_path / "store", frames_per_shard=5)
    assert "overwrite=True" in caught.value.hint and "name=NAME" in caught.value.hint
    assert "--" not in caught.value.hint
    for hint, expected in {
        "--zarr-format 2": "zarr_format=2",
        "--recover searches": "recover=True searches",
        "more --memory, or fewer --frames-per-shard": "more memory=, or fewer frames_per_shard=",
        "--allow-private-redirects permits it": "--allow-private-redirects permits it",
        "--named": "--named",
    }.items():
        assert _native.python_hint(hint) == expected


# ---- Arrays


def test_frames_are_arrays(clip: camzarr.Clip) -> None:
    frame, frames = clip[3], clip[[3, 5]]
    assert np.asarray(frame) is frame.data and np.asarray(frames) is frames.data
    assert np.asarray(frame, np.float32).dtype == np.float32
    assert np.array(frame) is not frame.data
    assert np.asarray(frames).mean() == frames.data.mean()
    assert np.array_equal(np.subtract(frame, frames[0]), np.zeros_like(frame.data))
    for data in (frame.data, frames.data):  # as torch.from_numpy() wants it
        assert data.flags.c_contiguous and data.flags.writeable and data.dtype.isnative


def test_matplotlib_shows_a_frame(clip: camzarr.Clip) -> None:
    pyplot = pytest.importorskip("matplotlib.figure")
    shown = pyplot.Figure().add_subplot().imshow(clip[0])
    assert np.array_equal(shown.get_array(), clip[0].data)


def test_frames_to_xarray(clip: camzarr.Clip) -> None:
    frames = clip[[3, 5]]
    array = frames.to_xarray()
    assert array.dims == ("time", "y", "x", "channel") and array.name == "video"
    assert array["frame"].values.tolist() == [3, 5]
    assert array.time.values.tolist() == frames.time.tolist()
    assert np.shares_memory(array.values, frames.data)
    gray = clip.get_frames_at([1], layout="gray16le").to_xarray()
    assert gray.dims == ("time", "y", "x") and gray.dtype == np.uint16
    with pytest.raises(camzarr.UnsupportedError, match=r"native.*\n.*planes"):
        clip.get_frames_at([1], layout="native").to_xarray()


def test_a_lazy_clip(clip: camzarr.Clip, shelf: Shelf) -> None:
    assert clip.video.dims == ("time", "y", "x", "channel") and clip.video is clip.video
    assert np.array_equal(clip.video[3, 8:16, 4:9], clip[3].data[8:16, 4:9])
    small = clip.to_xarray(scale=2, layout="gray")
    assert small.video.shape == (15, 48, 64)
    options = {"clip": clip.name, "scale": 2, "layout": "gray"}
    with xr.open_dataset(shelf.path, engine="camzarr", **options) as same:
        assert same.identical(small)
    movie = camzarr.open_movie(shelf.made[USUAL].path)
    assert np.array_equal(movie.video[3], clip[3].data)
    assert "size" in movie.to_xarray() and "crc32c" not in movie.to_xarray()


# ---- Times


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory, shelf: Shelf) -> camzarr.Store:
    """Recordings every three hours that begin some seconds after the hour; the third is missing."""
    folder = tmp_path_factory.mktemp("hours")
    for hour in (0, 3, 9):
        path = folder / f"CAMHDA301-20190712T{hour:02}1500Z.mov"
        path.write_bytes(shelf.made[USUAL].path.read_bytes())
        run(COMMAND, "convert", "--quiet", path, folder / "store")
    return camzarr.open(folder / "store")


def test_moments_near_recordings(hours: camzarr.Store) -> None:
    early, end = "2019-07-12T00:14:52Z", "2019-07-12T12:00Z"
    assert hours.clips[0].start == np.datetime64("2019-07-12T00:15")
    with pytest.warns(camzarr.SkippedWarning, match=r"1 of 4 moments skipped.*0:18:00.*tolerance="):
        found = list(hours.between(early, end, every="3h", scale=8))
    assert [(frame.clip, frame.number) for frame in found] == [(name, 0) for name in hours.names]
    with pytest.warns(camzarr.SkippedWarning, match="4 of 4"):
        assert not list(hours.between(early, end, every="3h", tolerance="1 s"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        steps = hours.between(early, end, every="3h", tolerance=3600 * 3)
        assert [frame.clip for frame in steps] == [hours.names[i] for i in (0, 1, 1, 2)]


def test_a_moment_with_a_tolerance(hours: camzarr.Store) -> None:
    first = hours[hours.names[0]]
    before, after = first.time[0] - np.timedelta64(2, "s"), first.facts.end + np.timedelta64(2, "s")
    assert hours.at(before, tolerance=3).number == 0
    assert hours.at(after, tolerance="3 s").number == len(first) - 1
    for when in (before, after):
        with pytest.raises(camzarr.ClipNotFoundError, match="begins"):
            hours.at(when, tolerance=timedelta(seconds=1))


def test_an_empty_range_is_empty(clip: camzarr.Clip) -> None:
    assert len(clip.get_frames_played_in_range(0.1, 0.1)) == 0
    assert len(clip.get_frames_played_in_range(0.2, 0.1)) == 0
    assert clip.get_frames_played_in_range(None, ...).number.tolist() == list(range(15))


# ---- Stores that grow


def test_clips_are_as_new_as_names(shelf: Shelf, tmp_path: Path) -> None:
    source = shelf.made[USUAL].path
    camzarr.convert(source, tmp_path / "store", name="a")
    store = camzarr.open(tmp_path / "store")
    assert repr(store).endswith(": 1 clip>") and repr(store.clips).endswith("1 clip")
    assert len(store.clips) == 1 and store.clips is store.clips
    other = tmp_path / "CAMHDA301-20190712T001500Z.mov"
    other.write_bytes(source.read_bytes())
    camzarr.convert(other, tmp_path / "store", name="b")
    assert len(store.clips) == len(store) == 2 and store.clips.names == ["a", "b"]
    assert store.at(store.clips[1].start).clip == "b"
    assert display.count(2, "clip") == "2 clips"


def test_the_table_has_no_name_of_a_method(shelf: Shelf) -> None:
    with xr.open_dataset(shelf.path, engine="camzarr") as clips:
        for name in (*clips.variables, *clips.dims):
            assert not hasattr(xr.Dataset, str(name)), f"{name} hides a method of Dataset"
        assert clips.sel(clip_name=shelf.name(TFF))["frames"].item() > 0


# ---- What a notebook shows


def size_of_png(data: bytes) -> tuple[int, int]:
    assert data.startswith(b"\x89PNG")
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


@pytest.mark.parametrize("shape", [(1080, 1920, 3), (2160, 4096, 4), (1080, 1920), (1, 9000, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("count", [1, 16])
def test_previews_are_bounded(shape: tuple[int, ...], dtype: type, count: int) -> None:
    noise = np.random.default_rng(1).integers(0, np.iinfo(dtype).max, shape, dtype)
    png = images.preview([noise] * count)
    assert len(png) < 1 << 20 and min(size_of_png(png)) > 0


def test_a_preview_is_a_mean() -> None:
    picture = np.repeat(np.repeat(np.arange(200, dtype=np.uint8).reshape(10, 20), 3, 0), 3, 1)
    assert np.array_equal(images.reduced(picture, 200), np.arange(200).reshape(10, 20))
    assert images.reduced(picture, 1800) is picture


def test_many_frames_are_a_sheet(clip: camzarr.Clip, shelf: Shelf) -> None:
    assert size_of_png(clip[0]._repr_png_()) == (128, 96)
    wide, high = size_of_png(clip[[n % 15 for n in range(100)]]._repr_png_())
    assert wide * high * 3 <= images.PREVIEW and wide // 4 > 50
    assert clip[5:5]._repr_png_() is None
    alpha = camzarr.open(shelf.path)[shelf.name(ALPHA)]
    assert alpha.get_frames_at([0, 1], layout="rgba")._repr_png_()


# ---- PyCamHD


@pytest.mark.parametrize("case", cases("sound"))
def test_chunks(case: str, tmp_path: Path) -> None:
    """Frames lie where chunks begin, or follow the frame before."""
    made = make(case, tmp_path)
    if made.also:
        return  # may be refused
    name = str(made.path)
    starts = camhd.get_chunk_offsets(name)
    assert camhd.get_chunk_count(name) == len(starts) == len(set(starts)) > 0
    moov = camhd.get_moov_atom(name)
    assert camhd.get_chunk_offsets(name, moov) == starts
    ends = [f.offset + f.size for f in made.frames]
    follow = {f.offset for f, end in zip(made.frames[1:], ends) if f.offset == end}
    assert {f.offset for f in made.frames} - follow <= set(starts)


def test_integers(shelf: Shelf) -> None:
    name = str(shelf.made[USUAL].path)
    assert camhd.get_integer(name, [0, 3]) == 24
    assert camhd.get_integer(name, [0, 7]) == (24 << 32) + int.from_bytes(b"ftyp", "big")
    assert camhd.get_integer(name, [0, 1]) is None
    with pytest.raises(camzarr.FormatError, match="no complete table of chunk offsets"):
        camhd.get_chunk_offsets(name, camhd.get_moov_atom(name).replace(b"co64", b"free"))


# ---- The package


def test_extras() -> None:
    project = tomllib.loads((ROOT / "python/pyproject.toml").read_text())["project"]
    extra = {one.partition(">")[0] for one in project["optional-dependencies"]["xarray"]}
    assert {"netCDF4", "fsspec", "aiohttp"} <= extra


def public() -> list[tuple[str, Callable[..., object]]]:
    """Functions, and methods of classes, that the package exports."""
    found: list[tuple[str, Callable[..., object]]] = []
    for module, names in ((camzarr, camzarr.__all__), (camhd, camhd.__all__)):
        for name in names:
            one = getattr(module, name)
            if inspect.isfunction(one):
                found.append((f"{module.__name__}.{name}", one))
            if inspect.isclass(one) and module is camzarr:
                members = inspect.getmembers(one, inspect.isfunction)
                own = [(n, m) for n, m in members if not n.startswith("_") and n in vars(one)]
                found += [(f"{name}.{n}", m) for n, m in own]
    return sorted(dict(found).items())


@pytest.mark.parametrize(("name", "function"), public(), ids=[name for name, _ in public()])
def test_docstrings_of_functions(name: str, function: Callable[..., object]) -> None:
    """In numpydoc's form, with every parameter."""
    text = inspect.getdoc(function) or ""
    assert text and "See the module" not in text
    parameters = [p for p in inspect.signature(function).parameters if p not in ("self", "cls")]
    if parameters:
        section = text.partition("Parameters\n----------\n")[2].partition("\n\n")[0]
        described = re.findall(r"^\*{0,2}(\w+(?:, \w+)*)(?: :|$)", section, re.MULTILINE)
        assert parameters == [one for line in described for one in line.split(", ")]
    returned = str(inspect.signature(function).return_annotation)
    if parameters and returned != "None":
        assert re.search(r"^(Returns|Yields)\n-+\n", text, re.MULTILINE)


def test_docstrings_of_classes() -> None:
    for module in (camzarr, camhd):
        assert module.__all__ == sorted(module.__all__)
    for name in camzarr.__all__:
        text = inspect.getdoc(getattr(camzarr, name)) or ""
        assert text and "See the module" not in text, name
    for one in (camzarr.Clip, camzarr.Store, camzarr.open, camzarr.convert, camzarr.open_movie):
        for part in ("Parameters", "Raises", "Examples"):
            assert f"{part}\n---" in (inspect.getdoc(one) or ""), f"{one}: {part}"
    help_text = pydoc.render_doc(camzarr.Clip, renderer=pydoc.plaintext)
    for part in ("Raises", "CorruptError", "Seconds from the first", "uint8", ">>> clip[7500]"):
        assert part in help_text
