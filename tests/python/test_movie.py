"""camzarr.open_movie(): a MOV as it is, like a clip of a store."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

import camzarr
from conftest import ALPHA, TFF, USUAL, Shelf, run
from maker import cases, make

ORDER = [9, 3, 3, 14, 0, 7, 1, 12]


@pytest.mark.parametrize("case", cases("sound"))
def test_every_kind_of_sound_file(case: str, tmp_path: Path) -> None:
    made = make(case, tmp_path)
    try:
        clip = camzarr.open_movie(made.path)
    except camzarr.UnsupportedError:
        assert made.also == "failed", "a file that may be refused"
        return
    assert len(clip) == len(made.frames) and clip.facts.source_bytes == made.length
    assert clip.facts.start == np.datetime64(made.frames[0].time, "ns")
    assert clip.facts.start_from == made.start.source
    assert clip.index["size"].tolist() == [f.size for f in made.frames]
    assert clip.index["source_offset"].tolist() == [f.offset for f in made.frames]
    assert clip.time.astype("int64").tolist() == [f.time for f in made.frames]
    assert clip.raws(range(len(clip))) == [made.read(i) for i in range(len(clip))]


@pytest.mark.parametrize("case", [USUAL, TFF, ALPHA])
def test_like_the_clip_in_a_store(case: str, shelf: Shelf) -> None:
    stored = camzarr.open(shelf.path)[shelf.name(case)]
    raw = camzarr.open_movie(shelf.made[case].path)
    for name in ("name", "codec", "rate", "width", "height", "chroma", "alpha_bits", "matrix", "interlace"):
        assert getattr(raw.facts, name) == getattr(stored.facts, name), name
    order = [n % len(raw) for n in ORDER]
    for layout in ("rgb24", "gray16le", "native"):
        ours, its = (c.get_frames_at(order, layout=layout, scale=2) for c in (raw, stored))
        assert np.array_equal(ours.data, its.data) and np.array_equal(ours.time, its.time)
    fields = [c.get_frame_at(1, fields="bottom") if case == TFF else c[1] for c in (raw, stored)]
    assert fields[0].time == fields[1].time and np.array_equal(fields[0].data, fields[1].data)
    assert raw.get_frame_played_at(0.1).number == stored.get_frame_played_at(0.1).number
    assert "<img" in raw._repr_html_() and raw.facts.source_md5 == ""
    for at, size in ((0, 64), (raw.facts.source_bytes - 50, 50)):
        told = shelf.made[case].path.read_bytes()[at : at + size]
        assert raw.source_bytes(at, size) == stored.source_bytes(at, size) == told


def test_what_it_lacks(shelf: Shelf) -> None:
    clip = camzarr.open_movie(shelf.made[USUAL].path)
    assert list(clip.index) == ["time", "source_offset", "size", "flags"]
    assert list(clip.index.to_pandas()) == list(clip.index)
    assert "size" in clip.index and "crc32c" not in clip.index
    with pytest.raises(camzarr.NotFoundError, match="a MOV by itself has no crc32c"):
        clip.index["crc32c"]
    with pytest.raises(KeyError, match="colour"):
        clip.index["colour"]
    with pytest.raises(camzarr.UnsupportedError, match="no store"):
        print(clip.store)


def number_of(clip: camzarr.Movie, number: int) -> np.ndarray:
    return clip[number].data


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_pickles_by_address(method: str, shelf: Shelf) -> None:
    clip = camzarr.open_movie(shelf.made[USUAL].path)
    assert len(pickle.dumps(clip)) < 500
    told = clip[:].data
    with ProcessPoolExecutor(2, get_context(method)) as pool:
        for n, data in zip(ORDER, pool.map(number_of, [clip] * len(ORDER), ORDER)):
            assert np.array_equal(data, told[n])


def test_no_tables(tmp_path: Path) -> None:
    for case in cases("recovered"):
        made = make(case, tmp_path)
        if "recovered" not in made.outcomes or made.also:
            continue
        if not made.facts.moov:
            with pytest.raises(camzarr.NotFoundError, match=made.path.name) as caught:
                camzarr.open_movie(made.path)
            assert "recover" in caught.value.hint, case
        clip = camzarr.open_movie(made.path, recover=True)
        assert clip.facts.recovered and len(clip) == len(made.frames), case
        assert clip.index["source_offset"].tolist() == [f.offset for f in made.frames], case


def test_cut_short(tmp_path: Path) -> None:
    made = make("cut_short", tmp_path)
    clip = camzarr.open_movie(made.path)
    missing = [i for i, f in enumerate(made.frames) if f.size == 0]
    assert missing and clip.facts.damaged_frames >= len(missing)
    with pytest.raises(camzarr.NotFoundError, match=f"frame {missing[0]}"):
        clip.raw(missing[0])


REFUSED: list[tuple[str, type[camzarr.CamzarrError], str, Callable[[Path], object]]] = [
    ("no file", camzarr.NotFoundError, "nothing.mov: No such file", lambda p: p / "nothing.mov"),
    ("a folder", camzarr.UnsupportedError, "not a file", lambda p: p),
    ("a scheme", camzarr.CamzarrError, "gopher", lambda p: "gopher://there/x.mov"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda c: c[0])
def test_wrong_addresses(
    case: tuple[str, type[camzarr.CamzarrError], str, Callable[[Path], str]], tmp_path: Path
) -> None:
    _, kind, message, address = case
    with pytest.raises(kind, match=message):
        camzarr.open_movie(address(tmp_path))


@pytest.mark.parametrize("case", [*cases("hostile"), *cases("empty")])
def test_hostile_files_are_refused(case: str, tmp_path: Path) -> None:
    made = make(case, tmp_path)
    try:
        clip = camzarr.open_movie(made.path)
    except (camzarr.FormatError, camzarr.UnsupportedError, camzarr.NotFoundError, camzarr.OutOfMemoryError) as error:
        assert made.path.name in error.message
    else:
        assert made.also, "a file that may be opened"
        assert len(clip.raws(range(3))) == 3


def test_a_mov_is_no_store(shelf: Shelf) -> None:
    with pytest.raises(camzarr.FormatError) as caught:
        camzarr.open(shelf.made[USUAL].path)
    assert "open_movie" in caught.value.hint


@pytest.mark.parametrize("ending", [".mov", ".avi"])
@pytest.mark.parametrize("case", [USUAL, TFF, ALPHA])
def test_stream_copies(case: str, ending: str, shelf: Shelf, tmp_path: Path) -> None:
    """By FFmpeg the very frames; of a store and of the MOV itself the same file but for its name."""
    made = shelf.made[case]
    numbers = [2, 4, 6]
    clips = (camzarr.open(shelf.path)[shelf.name(case)], camzarr.open_movie(made.path))
    for clip, path in zip(clips, (tmp_path / f"store{ending}", tmp_path / f"raw{ending}")):
        clip.write_movie(path, numbers)
        copied = run("ffmpeg", "-v", "error", "-i", path, "-c", "copy", "-f", "data", "-map", "0:v", "-")
        assert copied == b"".join(made.read(n) for n in numbers)
        with pytest.raises(FileExistsError, match="exists\noverwrite=True"):
            clip.write_movie(path)
        clip.write_movie(path, slice(1, 3), overwrite=True)
        assert len(camzarr.open_movie(path)) == 2 if ending == ".mov" else path.stat().st_size > 0
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"raw{ending}", f"store{ending}"]


def test_no_stream_copy(shelf: Shelf, tmp_path: Path) -> None:
    clip = camzarr.open_movie(shelf.made[USUAL].path)
    with pytest.raises(camzarr.UsageError, match="must ascend"):
        clip.write_movie(tmp_path / "a.mov", [3, 2])
    with pytest.raises(camzarr.UsageError, match="no frames"):
        clip.write_movie(tmp_path / "a.mov", [])
    with pytest.raises(camzarr.FrameNotFoundError):
        clip.write_movie(tmp_path / "a.mov", [1000])
    with pytest.raises(camzarr.UnsupportedError, match="unknown file extension\n.*.mov, .avi"):
        clip.write_movie(tmp_path / "a.mkv")
    with pytest.raises(camzarr.InputOutputError):
        clip.write_movie(tmp_path / "none" / "a.mov")
    assert not list(tmp_path.iterdir())
