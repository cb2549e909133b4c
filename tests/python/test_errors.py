"""What goes wrong, as a user meets it: the class, and the message."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import camzarr
from camzarr.errors import BY_CODE
from conftest import USUAL, Shelf


@pytest.fixture
def copy(shelf: Shelf, tmp_path: Path) -> Path:
    """A store that may be broken."""
    return Path(shutil.copytree(shelf.path, tmp_path / "copy"))


def folder(store: Path, shelf: Shelf) -> Path:
    return store / "clips" / shelf.name(USUAL)


def test_no_store(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere: No such file") as caught:
        camzarr.open(tmp_path / "nowhere")
    assert caught.type is camzarr.StoreNotFoundError and caught.value.code == "absent"
    with pytest.raises(camzarr.FormatError, match="not a store of camzarr's"):
        camzarr.open(tmp_path)
    with pytest.raises(camzarr.UnsupportedError, match="gopher"):
        camzarr.open("gopher://there")


def test_no_clip(shelf: Shelf) -> None:
    store = camzarr.open(shelf.path)
    with pytest.raises(KeyError) as caught:
        store["CAMHDA301-20180712T001501"]
    assert caught.type is camzarr.ClipNotFoundError
    assert "no clip of that name" in str(caught.value) and store.names[0] in str(caught.value)
    with pytest.raises(camzarr.ClipNotFoundError, match="no clip of that name"):
        xr.open_dataset(shelf.path, engine="camzarr", clip="other")
    with pytest.raises(camzarr.UsageError, match="clip names are strings"):
        store[0]  # type: ignore[index]


Call = Callable[[camzarr.Clip], object]
WRONG: list[tuple[type[Exception], str, Call]] = [
    (camzarr.FrameNotFoundError, "frame 15 .* 0 to 14", lambda c: c[15]),
    (camzarr.FrameNotFoundError, "frame -16 ", lambda c: c.raw(-16)),
    (IndexError, "frame 99 ", lambda c: c.get_frames_at([0, 99])),
    (camzarr.NotFoundError, "no frame is shown at", lambda c: c.get_frame_played_at(-0.1)),
    (camzarr.NotFoundError, "no frame is shown at", lambda c: c.get_frame_played_at(1e6)),
    (camzarr.NotFoundError, "at 2001-01-01T00:00:00Z", lambda c: c["2001-01-01T00:00:00"]),
    (camzarr.UsageError, "2018-07-12T00:05:10.5Z", lambda c: c["now"]),
    (camzarr.UsageError, "not frame numbers", lambda c: c.get_frames_at([0.5])),
    (camzarr.UsageError, "'rgb': not one of native, .*rgb24", lambda c: c.get_frame_at(0, layout="rgb")),
    (camzarr.UsageError, "scale 3: not one of 1, 2, 4, 8", lambda c: c.get_frame_at(0, scale=3)),
    (camzarr.UsageError, "fields 'odd': not one of weave", lambda c: c.get_frame_at(0, fields="odd")),
    (camzarr.UsageError, "region .* 96 lines of 128", lambda c: c.get_frame_at(0, region=np.s_[9:3, :])),
    (camzarr.UsageError, "region", lambda c: c.get_frame_at(0, region=np.s_[::2, :])),
    (camzarr.UnsupportedError, "4:2:2|444", lambda c: c.get_frame_at(0, layout="yuv444p12le")),
    (TypeError, "size", lambda c: c.get_frame_at(0, size=3)),
]


@pytest.mark.parametrize(("kind", "message", "call"), WRONG)
def test_wrong_arguments(kind: type[Exception], message: str, call: Call, shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(USUAL)]
    with pytest.raises(kind, match=message):
        call(clip)


def test_damaged_bytes(copy: Path, shelf: Shelf) -> None:
    clip = camzarr.open(copy)[shelf.name(USUAL)]
    shard = folder(copy, shelf) / "video/video/c/0/0/0/0"
    at = int(clip.index["shard_offset"][3]) + 200
    data = bytearray(shard.read_bytes())
    data[at] ^= 0xFF
    shard.write_bytes(data)
    clip = camzarr.open(copy)[clip.name]
    for call in (
        lambda: clip[3],
        lambda: clip.raw(3),
        lambda: clip[:].data,
        lambda: xr.open_dataset(copy, engine="camzarr", clip=clip.name).video.values,
    ):
        with pytest.raises(camzarr.CorruptError, match="(?i)frame 3.*crc"):
            call()
    assert clip[2].number == 2


def test_a_shard_that_is_gone(copy: Path, shelf: Shelf) -> None:
    shutil.rmtree(folder(copy, shelf) / "video/video/c")
    clip = camzarr.open(copy)[shelf.name(USUAL)]
    with pytest.raises(camzarr.NotFoundError, match="video/video/c/0"):
        clip[0]
    with xr.open_dataset(copy, engine="camzarr", clip=clip.name) as dataset:
        with pytest.raises(camzarr.NotFoundError, match="video/video/c/0"):
            dataset.video.values


def test_a_clip_half_there(copy: Path, shelf: Shelf) -> None:
    shutil.rmtree(folder(copy, shelf) / "index/size")
    with pytest.raises(camzarr.NotFoundError, match="index/size") as caught:
        camzarr.open(copy)[shelf.name(USUAL)]
    assert not isinstance(caught.value, KeyError), "it is listed"
    (folder(copy, shelf) / "zarr.json").unlink()
    with pytest.raises(camzarr.ClipNotFoundError, match="no clip of that name"):
        camzarr.open(copy)[shelf.name(USUAL)]


def test_a_newer_store(copy: Path) -> None:
    root = json.loads((copy / "zarr.json").read_text())
    root["attributes"]["camzarr"]["format"] = "2.0"
    (copy / "zarr.json").write_text(json.dumps(root))
    with pytest.raises(camzarr.NewerFormatError, match="2.0"):
        camzarr.open(copy)


def test_frames_that_the_source_lacks(damaged: Shelf) -> None:
    clip = camzarr.open(damaged.path)[damaged.name("cut_short")]
    missing = int(np.nonzero(clip.index["size"] == 0)[0][0])
    for call in (clip.raw, clip.get_frame_at, clip.__getitem__):
        with pytest.raises(camzarr.NotFoundError, match=f"frame {missing}") as caught:
            call(missing)
        assert not isinstance(caught.value, IndexError), "a loop would take it for the end"
    with pytest.raises(camzarr.CorruptError, match="frame 20"):  # the last that is there is cut
        list(clip)
    with xr.open_dataset(damaged.path, engine="camzarr", clip=clip.name) as dataset:
        with pytest.raises(camzarr.NotFoundError):
            dataset.video[missing].values


def test_slices_that_cannot_be_decoded(damaged: Shelf) -> None:
    clip = camzarr.open(damaged.path)[damaged.name("damaged_frames")]
    with pytest.raises(camzarr.CorruptError, match="frame 20.*slice"):
        clip[20]
    assert clip.get_frame_at(20, conceal=True).data.any()
    with pytest.raises(camzarr.FormatError, match="frame 8.*icpf"):
        clip[8]


def test_every_error_pickles() -> None:
    for code, kind in BY_CODE.items():
        again = pickle.loads(pickle.dumps(kind("what: why", "a hint")))
        assert type(again) is kind and (again.message, again.hint) == ("what: why", "a hint")
        assert str(again) == "what: why\na hint", code
