"""Other people's libraries on a store, without the codec camzarr.prores: every document is strictly
valid, every array but the pixels is read right, and the pixels are refused by name, never black.

What opens the pixels (the package's codec, VirtualiZarr, Icechunk) is in tests/python; obstore, s3fs
and plain web servers are in test_cloud_readers.py."""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import tensorstore
import zarr
import zarr_metadata.model
import zarrs  # noqa: F401  # registers its pipeline

from conftest import Converted_by
from support.command import camzarr, convert_one
from support.servers import BIN

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    "version 3": (),
    "a frame a shard": ("--frames-per-shard", "1"),
    "version 2": ("--zarr-format", "2"),
}
CASES = ["usual", "audio_in24", "damaged_frames", "cut_short", "timeless"]


@pytest.fixture(scope="module")
def stores(converted: Converted_by, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One store of each kind, with all cases."""
    folder = tmp_path_factory.mktemp("readers")
    for kind, options in KINDS.items():
        for case in CASES:
            made = converted(case).made
            named = ("--name", case)
            convert_one(made.path, folder / kind, *options, *named, code=None)
    return {kind: folder / kind for kind in KINDS}


def clips(store: Path) -> list[Path]:
    return sorted(path for path in (store / "clips").iterdir() if path.is_dir())


def arrays(clip: Path) -> dict[str, np.ndarray]:
    """Every array but the pixels, read by zarr-python. Groups are opened alone: a clip in version 2
    has no consolidated metadata of its own."""
    found: dict[str, np.ndarray] = {}
    for document in sorted([*clip.glob("*/*/zarr.json"), *clip.glob("*/*/.zarray")]):
        name = str(document.parent.relative_to(clip))
        if name != "video/video":
            found[name] = np.asarray(zarr.open_array(document.parent, mode="r")[:])
    assert {"index/time", "index/size", "video/time"} <= set(found)
    return found


def same(read: np.ndarray, want: np.ndarray) -> bool:
    return read.dtype == want.dtype and np.array_equal(read, want)


# ---- Documents


def documents(folder: Path) -> dict[str, Any]:
    """JSON of a node in version 2, by file name."""
    names = (".zarray", ".zgroup", ".zattrs")
    return {n: json.loads((folder / n).read_bytes()) for n in names if (folder / n).exists()}


@pytest.mark.parametrize("kind", ["version 3", "a frame a shard"])
def test_documents_are_strictly_valid(kind: str, stores: dict[str, Path]) -> None:
    read = zarr_metadata.model.read_node_metadata_v3
    seen = 0
    for path in stores[kind].rglob("zarr.json"):
        document = json.loads(path.read_bytes())
        assert not read(document).problems, path
        inline = document.get("consolidated_metadata")
        if inline is not None:
            assert not zarr_metadata.model.read_consolidated_metadata_v3(inline).problems, path
            for name, node in inline["metadata"].items():
                assert not read(node).problems, (path, name)
                own = json.loads((path.parent / name / "zarr.json").read_bytes())
                own.pop("consolidated_metadata", None)
                assert node == own, (path, name)
        seen += 1
    assert seen >= 10 * len(CASES)


def test_documents_of_version_2_are_strictly_valid(stores: dict[str, Path]) -> None:
    seen = 0
    for folder, _, names in os.walk(stores["version 2"]):
        files = documents(Path(folder))
        if files:
            assert not zarr_metadata.model.read_node_metadata_v2(files).problems, folder
            seen += 1
        if ".zmetadata" in names:
            whole = json.loads((Path(folder) / ".zmetadata").read_bytes())
            assert not zarr_metadata.model.read_consolidated_metadata_v2(whole).problems, folder
    assert seen >= 10 * len(CASES)


def test_references_are_strictly_valid(stores: dict[str, Path], tmp_path: Path) -> None:
    camzarr("export", "kerchunk", stores["version 3"], "usual", tmp_path / "references.json")
    whole = json.loads((tmp_path / "references.json").read_bytes())
    nodes: dict[str, dict[str, Any]] = {}
    for key, value in whole["refs"].items():
        folder, _, name = key.rpartition("/")
        if name in (".zarray", ".zgroup", ".zattrs"):
            nodes.setdefault(folder, {})[name] = json.loads(value)
    assert "video" in nodes
    for folder, files in nodes.items():
        assert not zarr_metadata.model.read_node_metadata_v2(files).problems, folder


# ---- Values

Reader = Callable[[Path, str], np.ndarray]


def by_tensorstore(clip: Path, name: str) -> np.ndarray:
    driver = "zarr" if (clip / name / ".zarray").exists() else "zarr3"
    kept = {"driver": "file", "path": str(clip / name)}
    found = tensorstore.open({"driver": driver, "kvstore": kept}, read=True).result()
    return np.asarray(found.read().result())


def by_zarrs(clip: Path, name: str) -> np.ndarray:
    with zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"}):
        found = zarr.open_array(clip / name, mode="r")
        assert "Zarrs" in type(found.async_array.codec_pipeline).__name__
        return np.asarray(found[:])


def by_gdal(clip: Path, name: str) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an array of numbers is nowhere on the earth
        with rasterio.open(f'ZARR:"{clip}":/{name}') as found:
            return np.asarray(found.read()).reshape(-1)


# GDAL reads version 3 as it was released since 3.11, which rasterio has for Python 3.12 and later
GDAL_3 = tuple(int(n) for n in rasterio.__gdal_version__.split(".")[:2]) >= (3, 11)
PAIRS: list[tuple[Reader, str]] = [
    *((by_tensorstore, kind) for kind in KINDS),
    *((by_zarrs, kind) for kind in KINDS if kind != "version 2"),
    *((by_gdal, kind) for kind in KINDS if GDAL_3 or kind == "version 2"),
]


@pytest.mark.parametrize(("reader", "kind"), PAIRS)
def test_every_array_but_the_pixels(reader: Reader, kind: str, stores: dict[str, Path]) -> None:
    for clip in clips(stores[kind]):
        for name, want in arrays(clip).items():
            if want.size:
                assert same(reader(clip, name), want), (clip.name, name)


@pytest.mark.parametrize(("reader", "kind"), PAIRS)
def test_pixels_are_refused_by_name(reader: Reader, kind: str, stores: dict[str, Path]) -> None:
    with pytest.raises(Exception, match=r"camzarr\.prores|filters are not|sharding_indexed"):
        reader(stores[kind] / "clips/usual", "video/video")


@pytest.mark.parametrize("kind", KINDS)
def test_zarrita(kind: str, stores: dict[str, Path]) -> None:
    """The library of browsers."""
    script = Path(__file__).with_name("read_with_zarrita.mjs")
    for case in ("audio_in24", "cut_short"):
        clip = stores[kind] / "clips" / case
        told = arrays(clip)
        names = [f"/{name}" for name in (*told, "video/video")]
        command = [BIN / "node", script, ROOT / "build/readers/node_modules", clip, *names]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        for name, want in told.items():
            one = found[f"/{name}"]
            assert one.get("error") is None, one
            assert (one["dtype"], tuple(one["shape"])) == (want.dtype.name, want.shape)
            assert np.array_equal(np.array(one["values"], want.dtype), want.reshape(-1)), name
        assert "camzarr.prores" in found["/video/video"]["error"]
        assert found[""]["title"] == clip.name


def test_netcdf_c(stores: dict[str, Path]) -> None:
    """Of version 2; values of the index are in test_zarr_v2.py."""
    for clip in clips(stores["version 2"]):
        run = ["ncdump", "-h", f"file://{clip}/index#mode=zarr,file"]
        done = subprocess.run(run, check=True, capture_output=True, text=True)
        assert done.stderr == "" and "int64 time(time) ;" in done.stdout
        run[2] = f"file://{clip}/video#mode=zarr,file"
        done = subprocess.run(run, check=True, capture_output=True, text=True)
        assert "such as ncdump, shows compressed bytes instead of pixels" in done.stdout
