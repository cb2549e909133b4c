"""Conversions and reading on a cluster of Dask workers:

    import camzarr.dask
    from distributed import Client

    client = Client("tcp://scheduler:8786")
    camzarr.dask.convert("camhd.jsonl", "s3://bucket/camhd", client, report="run.jsonl")
    mean = camzarr.dask.map_frames(lambda frame: frame.data.mean(), store, layout="gray16le", scale=4)
    mean.compute()

convert() is `camzarr convert --manifest` with one task a clip; map_frames() calls a function on frames
of many clips. Needs the packages dask and distributed, and map_frames() also xarray.
"""

from __future__ import annotations

from .ingest import convert
from .mapping import map_frames

__all__ = ["convert", "map_frames"]
