"""The index, opened by Zarr libraries other than zarr-python."""

from __future__ import annotations

import numpy as np
import pytest
import tensorstore
import zarr
import zarrs  # noqa: F401  # registers its pipeline

from conftest import Converted_by
from support.clips import Clip

FEW = ["usual", "one_frame", "everything", "damaged_frames"]
COLUMNS = ["time", "source_offset", "size", "shard", "shard_offset", "crc32c", "flags"]


def plain(clip: Clip, name: str) -> np.ndarray:
    """By zarr-python."""
    return clip.column(name)


@pytest.mark.parametrize("case", FEW)
def test_tensorstore(case: str, converted: Converted_by) -> None:
    clip = converted(case).clip
    for name in COLUMNS:
        kept = {"driver": "file", "path": f"{clip.folder}/index/{name}"}
        array = tensorstore.open({"driver": "zarr3", "kvstore": kept}, read=True).result()
        assert array.domain.labels == ("time",)
        assert np.array_equal(array.read().result(), plain(clip, name))


@pytest.mark.parametrize("case", FEW)
def test_zarrs(case: str, converted: Converted_by) -> None:
    clip = converted(case).clip
    for name in COLUMNS:
        want = plain(clip, name)
        with zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"}):
            array = zarr.open_array(clip.folder / "index" / name, mode="r")
            assert "Zarrs" in type(array.async_array.codec_pipeline).__name__
            assert np.array_equal(array[:], want)
