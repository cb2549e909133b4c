"""zarr-python and xarray read the store without a plugin."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr
from zarr import registry
from zarr.abc.codec import ArrayBytesCodec
from zarr.errors import UnknownCodecError

from conftest import Converted, Converted_by
from maker import cases
from support import tree
from support.clips import Clip
from support.command import convert_one
from support.server import serving

TYPES = {
    "time": "int64",
    "source_offset": "uint64",
    "size": "uint32",
    "shard": "uint32",
    "shard_offset": "uint64",
    "crc32c": "uint32",
    "flags": "int64",
}
FEW = ["usual", "one_frame", "odd_timings", "edit_late_and_early", "everything", "timeless"]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A warning is a failure: it would be one for everybody who opens a store."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def crc32c(data: bytes) -> int:
    """CRC-32C by the library that zarr-python uses."""
    import google_crc32c

    return google_crc32c.value(data)


@pytest.mark.parametrize("case", cases("sound") + cases("recovered") + cases("damaged"))
def test_columns_have_the_expected_values(case: str, converted: Converted_by) -> None:
    one = converted(case)
    frames, clip = one.made.frames, one.clip
    assert {name: str(a.dtype) for name, a in clip.index.arrays()} == TYPES
    assert clip.column("time").tolist() == [frame.time for frame in frames]
    assert clip.column("source_offset").tolist() == [frame.offset for frame in frames]
    assert clip.column("size").tolist() == [frame.size for frame in frames]
    per_shard = clip.mark["frames_per_shard"]
    assert clip.column("shard").tolist() == [i // per_shard for i in range(len(frames))]
    sums = [crc32c(one.made.read(i)) if frames[i].size else 0 for i in range(len(frames))]
    assert clip.column("crc32c").tolist() == sums
    assert [clip.frame(i) for i in range(len(frames))] == [
        one.made.read(i) for i in range(len(frames))
    ]


def check_index(dataset: xr.Dataset, one: Converted) -> None:
    """What xarray makes of the index is the truth."""
    frames = one.made.frames
    assert dataset.sizes == {"time": len(frames)}
    assert dataset["time"].dtype == np.dtype("datetime64[ns]")
    assert dataset["time"].values.astype("int64").tolist() == [frame.time for frame in frames]
    for name in TYPES.keys() - {"time"}:
        assert dataset[name].dtype == TYPES[name], "masked, or taken for something else"
        assert dataset[name].values.tolist() == one.clip.column(name).tolist()
    last = dataset.sel(time=dataset["time"].values[-1])
    assert int(last["source_offset"]) == frames[-1].offset


@pytest.mark.parametrize("case", FEW)
def test_xarray_opens_the_index(case: str, converted: Converted_by) -> None:
    one = converted(case)
    with xr.open_zarr(one.clip.folder / "index") as dataset:
        check_index(dataset, one)


@pytest.mark.parametrize("case", FEW)
def test_xarray_opens_the_index_over_http(case: str, converted: Converted_by) -> None:
    one = converted(case)
    with serving(one.store) as address:
        with xr.open_zarr(f"{address}/clips/{one.name}/index") as dataset:
            check_index(dataset, one)


def test_flags_have_names(converted: Converted_by) -> None:
    one = converted("damaged_frames")
    attributes = dict(one.clip.index["flags"].attrs)
    masks, meanings = attributes["flag_masks"], attributes["flag_meanings"].split()
    assert len(masks) == len(meanings)
    told = dict(zip(meanings, masks))
    assert int(one.clip.column("flags")[2]) & told["size_mismatch"]


def test_groups_open_without_the_plugin(converted: Converted_by) -> None:
    one = converted("usual")
    root = zarr.open_group(one.store, mode="r")
    assert root.metadata.consolidated_metadata is None
    assert {name for name, _ in root.members()} == {"catalog", "clips", "specification"}
    assert [name for name, _ in root["clips"].members()] == [one.name]
    clip = zarr.open_group(one.clip.folder, mode="r")
    assert clip.attrs["camzarr"]["name"] == one.name
    for path in ("index", "source"):
        assert dict(clip[path].arrays())
    with pytest.raises(KeyError):
        clip["video"]  # not in the consolidated metadata, which any library reads
    with pytest.raises(UnknownCodecError, match="camzarr.prores"):
        zarr.open_group(one.clip.folder, mode="r", use_consolidated=False)["video"]
    times = zarr.open_array(one.clip.folder / "video/time", mode="r")
    assert np.asarray(times[:]).tolist() == one.clip.column("time").tolist()


class AsRecorded(ArrayBytesCodec):
    """Stands in for camzarr.prores: keeps the bytes that it is to decode, and gives no picture."""

    is_fixed_size = False
    seen: list[bytes] = []

    @classmethod
    def from_dict(cls, data: object) -> AsRecorded:
        return cls()

    def to_dict(self) -> dict[str, str]:
        return {"name": "camzarr.prores"}

    async def _decode_single(self, chunk_data, chunk_spec):  # type: ignore[no-untyped-def]
        self.seen.append(chunk_data.to_bytes())
        zeros = np.zeros(chunk_spec.shape, chunk_spec.dtype.to_native_dtype())
        return chunk_spec.prototype.nd_buffer.from_numpy_array(zeros)

    def compute_encoded_size(self, input_byte_length, chunk_spec):  # type: ignore[no-untyped-def]
        raise NotImplementedError


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What zarr-python hands to the codec, in the order of reading."""
    # There is no way to unregister a codec, and the other tests are to do without.
    names = vars(registry)
    known = names.get("__codec_registries") or names["_codec_registries"]  # until zarr 3.1; later
    monkeypatch.setitem(known, "camzarr.prores", registry.Registry())
    registry.register_codec("camzarr.prores", AsRecorded)
    AsRecorded.seen.clear()
    return AsRecorded.seen


@pytest.mark.parametrize("per_shard", [1, 4, 64])
@pytest.mark.parametrize("case", ["usual", "profile_apcn_tff", "cut_short"])
def test_inner_chunks_are_the_frames(
    case: str, per_shard: int, converted: Converted_by, recorded: list[bytes], tmp_path: Path
) -> None:
    made = converted(case).made
    convert_one(made.path, tmp_path / "store", "--frames-per-shard", str(per_shard))
    clip = Clip(tmp_path / "store", made.path.stem)
    pictures = zarr.open_array(clip.folder / "video/video", mode="r")
    assert made.facts
    count = len(made.frames)
    assert pictures.shape == (count, made.facts.height, made.facts.width, 3)
    for i in range(count):
        recorded.clear()
        pictures[i]
        # A frame that the source didn't have is a chunk that isn't there.
        assert recorded == ([made.read(i)] if made.frames[i].size else [])


def test_a_whole_shard_at_once(
    converted: Converted_by, recorded: list[bytes], tmp_path: Path
) -> None:
    made = converted("decoys_in_dead_bytes").made
    convert_one(made.path, tmp_path / "store", "--frames-per-shard", "16")
    folder = tmp_path / "store/clips" / made.path.stem
    zarr.open_array(folder / "video/video", mode="r")[16:32]
    assert sorted(recorded) == sorted(made.read(i) for i in range(16, 32))


@pytest.mark.parametrize("case", cases("sound") + cases("damaged"))
def test_the_source_group_completes_the_mov(case: str, converted: Converted_by) -> None:
    one = converted(case)
    group = zarr.open_group(one.clip.folder / "source", mode="r")
    rest = np.asarray(group["bytes"][:]).tobytes()
    offsets = np.asarray(group["range_offset"][:]).tolist()
    lengths = np.asarray(group["range_length"][:]).tolist()
    assert sum(lengths) == len(rest)
    pieces: list[tuple[int, bytes]] = []
    at = 0
    for offset, length in zip(offsets, lengths):
        assert not pieces or offset > sum(map(len, pieces[-1:])) + pieces[-1][0], "ranges touch"
        pieces.append((offset, rest[at : at + length]))
        at += length
    for i, offset in enumerate(one.clip.column("source_offset").tolist()):
        if one.clip.column("size")[i]:
            pieces.append((offset, one.clip.frame(i)))
    assert b"".join(piece for _, piece in sorted(pieces)) == one.made.path.read_bytes()


@pytest.mark.parametrize("where", [3, slice(None), slice(4, 6)])
def test_zeros_cannot_be_assigned_to_frames(
    where: int | slice, converted: Converted_by, recorded: list[bytes], tmp_path: Path
) -> None:
    """The fill value is another, so the codec is asked, and refuses."""
    made = converted("usual").made
    convert_one(made.path, tmp_path / "store")
    before = tree.digests(tmp_path / "store")
    pictures = zarr.open_array(tmp_path / "store/clips" / made.path.stem / "video/video")
    with pytest.raises(NotImplementedError):
        pictures[where] = 0
    assert tree.digests(tmp_path / "store") == before


def test_frames_without_bytes_read_as_the_fill_value(converted: Converted_by, recorded: list[bytes]) -> None:
    clip = converted("cut_short").clip
    pictures = zarr.open_array(clip.folder / "video/video", mode="r")
    (empty,) = np.nonzero(clip.column("size") == 0)
    assert pictures.fill_value == 1 and (np.asarray(pictures[int(empty[0])]) == 1).all()
