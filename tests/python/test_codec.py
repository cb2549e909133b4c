"""The codec apart from stores: its configuration, other layouts, Zarr version 2, encoding."""

from __future__ import annotations

import json
from pathlib import Path

import numcodecs
import numpy as np
import pytest
import zarr
from numcodecs.registry import get_codec
from zarr.registry import get_codec_class

import camzarr
from camzarr.codec import parse
from conftest import USUAL, Shelf

GOOD = {"version": 1, "layout": "rgb24", "matrix": "bt601", "range": "limited", "fields": "weave"}


@pytest.fixture
def clip(shelf: Shelf) -> camzarr.Clip:
    return camzarr.open(shelf.path)[shelf.name(USUAL)]


def array_of(folder: Path, frames: list[bytes], dtype: str, shape: list[int], **told: object) -> Path:
    """A Zarr version 3 array by hand, one frame a chunk."""
    codec = {"name": "camzarr.prores", "configuration": GOOD | told}
    document = {
        **{"zarr_format": 3, "node_type": "array", "shape": [len(frames), *shape]},
        **{"data_type": dtype, "fill_value": 0, "attributes": {}, "codecs": [codec]},
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1, *shape]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
    }
    for i, frame in enumerate(frames):
        chunk = folder.joinpath("c", str(i), *["0"] * len(shape))
        chunk.parent.mkdir(parents=True)
        chunk.write_bytes(frame)
    (folder / "zarr.json").write_text(json.dumps(document))
    return folder


@pytest.mark.parametrize(
    ("layout", "dtype", "shape"),
    [
        ("rgb24", "uint8", [96, 128, 3]),
        ("rgb48le", "uint16", [96, 128, 3]),
        ("gray", "uint8", [96, 128]),
        ("gray16le", "uint16", [96, 128]),
    ],
)
def test_layouts(layout: str, dtype: str, shape: list[int], clip: camzarr.Clip, tmp_path: Path) -> None:
    array = zarr.open_array(array_of(tmp_path, clip.raws([4, 2]), dtype, shape, layout=layout))
    assert array.dtype == dtype
    assert np.array_equal(array[:], clip.get_frames_at([4, 2], layout=layout).data)


def test_the_matrix_is_the_configurations(clip: camzarr.Clip, tmp_path: Path) -> None:
    for matrix in ("bt601", "bt709", "bt2020"):
        (tmp_path / matrix).mkdir()
        array_of(tmp_path / matrix, [clip.raw(0)], "uint8", [96, 128, 3], matrix=matrix)
    pictures = [zarr.open_array(tmp_path / m)[0] for m in ("bt601", "bt709", "bt2020")]
    assert not np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[1], pictures[2])
    assert any(np.array_equal(p, clip[0].data) for p in pictures)


@pytest.mark.parametrize(
    ("dtype", "shape", "message"),
    [
        ("uint16", [96, 128, 3], "rgb24 gives uint8, the array is uint16"),
        ("uint8", [96, 128], r"gives chunks \(1, height, width, 3\)"),
        ("uint8", [96, 127, 3], "a frame of 128 x 96 in an array of 127 x 96"),
    ],
)
def test_arrays_that_cannot_be(
    dtype: str, shape: list[int], message: str, clip: camzarr.Clip, tmp_path: Path
) -> None:
    array = zarr.open_array(array_of(tmp_path, [clip.raw(0)], dtype, shape))
    with pytest.raises(camzarr.CamzarrError, match=message):
        array[0]


def test_a_damaged_chunk(clip: camzarr.Clip, tmp_path: Path) -> None:
    frame = clip.raw(0)
    chunks = [frame[:200], frame[:-100], b"nothing", frame]
    array = zarr.open_array(array_of(tmp_path, chunks, "uint8", [96, 128, 3]))
    for i, kind in enumerate((camzarr.CamzarrError, camzarr.CorruptError, camzarr.FormatError)):
        with pytest.raises(kind):
            array[i]
    assert np.array_equal(array[3], clip[0].data)


def test_configurations_are_closed() -> None:
    assert parse(GOOD).to_dict() == GOOD
    with pytest.raises(camzarr.NewerFormatError, match="version 2.*\npip install --upgrade"):
        parse(GOOD | {"version": 2})
    for member in GOOD:
        with pytest.raises(camzarr.FormatError, match=member):
            parse({k: v for k, v in GOOD.items() if k != member})
    with pytest.raises(camzarr.UnsupportedError, match="gamma in the configuration is unknown"):
        parse(GOOD | {"gamma": 2})
    for member in ("layout", "matrix", "range", "fields"):
        with pytest.raises(camzarr.UnsupportedError, match=f"{member} 'other': not one of"):
            parse(GOOD | {member: "other"})
    with pytest.raises(camzarr.FormatError):
        parse(None)


def test_nothing_is_encoded(clip: camzarr.Clip, tmp_path: Path) -> None:
    array = zarr.open_array(array_of(tmp_path, [clip.raw(0)], "uint8", [96, 128, 3]), mode="r+")
    with pytest.raises(camzarr.UnsupportedError, match="only reads.*\n.*camzarr convert"):
        array[0] = 1
    assert np.array_equal(array[0], clip[0].data)


def test_the_document_comes_back() -> None:
    codec = get_codec_class("camzarr.prores").from_dict(
        {"name": "camzarr.prores", "configuration": GOOD}
    )
    assert codec.to_dict() == {"name": "camzarr.prores", "configuration": GOOD}


V2 = {"id": "camzarr.prores", **GOOD, "height": 96, "width": 128}


def test_zarr_version_2(clip: camzarr.Clip, tmp_path: Path) -> None:
    document = {
        **{"zarr_format": 2, "shape": [2, 96, 128, 3], "chunks": [1, 96, 128, 3], "order": "C"},
        **{"dtype": "|u1", "fill_value": None, "compressor": V2, "filters": None},
    }
    (tmp_path / ".zarray").write_text(json.dumps(document))
    for i in range(2):
        (tmp_path / f"{i}.0.0.0").write_bytes(clip.raw(i))
    array = zarr.open_array(tmp_path, mode="r", zarr_format=2)
    assert np.array_equal(array[:], clip[:2].data)


def test_numcodecs(clip: camzarr.Clip) -> None:
    codec = get_codec(dict(V2))
    assert isinstance(codec, numcodecs.abc.Codec)
    assert codec.get_config() == V2
    told = clip[3].data
    assert np.array_equal(codec.decode(clip.raw(3))[0], told)
    into = np.zeros_like(told)
    codec.decode(clip.raw(3), into)
    assert np.array_equal(into, told)
    with pytest.raises(camzarr.UnsupportedError, match="only reads"):
        codec.encode(told)
    with pytest.raises(camzarr.FormatError, match="width"):
        get_codec({k: v for k, v in V2.items() if k != "width"})
    with pytest.raises(camzarr.FormatError, match="0 x 96"):
        get_codec(V2 | {"width": 0})
