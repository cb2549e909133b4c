"""A day of recordings as a store in an S3 bucket. The bucket is of a server on this machine, versitygw,
which scripts/servers installs; with one elsewhere only the environment differs.

    import bucket
    store = bucket.a_day()                # s3://camhd/store: eight recordings, one every three hours

The scene is drawn.py's. Its lamps are dimmed and lit again over the day.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import camzarr
import drawn
import scene

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests/e2e"))

from support.objects import client  # noqa: E402
from support.servers import versitygw  # noqa: E402

NAME = "camhd"
FIRST, EVERY = datetime(2017, 8, 15), timedelta(hours=3)
RECORDINGS, FRAMES = 8, 24  # of the day; of a recording

_running = ExitStack()  # the server ends with this process


def light(hours: float) -> float:
    """Of the lamps, of their full power."""
    return float(0.8 + 0.2 * np.cos(2 * np.pi * hours / 24))


def _picture(hours: float, frame: int) -> npt.NDArray[np.uint8]:
    shown = drawn.BACKDROP.still(hours / 24, 0).copy()
    drawn.BACKDROP.move(shown, 0, frame)
    noise = np.random.default_rng((round(hours), frame)).normal(0, 0.01, shown.shape)
    return np.asarray(np.clip(255 * (light(hours) * shown + noise), 0, 255), np.uint8)


def _encode(path: Path, start: datetime) -> None:
    """Write a recording, which gets its name when it is complete."""
    hours = (start - FIRST) / timedelta(hours=1)
    size = f"{drawn.WIDTH}x{drawn.HEIGHT}"
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "30000/1001", "-i", "-")
    prores = ("-c:v", "prores_ks", "-profile:v", "standard", "-pix_fmt", "yuv422p10le")
    told = ("-metadata", f"creation_time={start.isoformat()}Z", "-f", "mov")
    part = path.with_suffix(".part")
    pictures = b"".join(_picture(hours, frame).tobytes() for frame in range(FRAMES))
    command = ["ffmpeg", "-v", "error", "-y", *raw, *prores, *told, str(part)]
    subprocess.run(command, input=pictures, check=True)
    part.rename(path)


def recordings() -> list[Path]:
    """The MOVs. Names stamp the end of a recording, to the minute, as the archive's do."""
    files = []
    for i in range(RECORDINGS):
        start = FIRST + i * EVERY
        name = f"CAMHDA301-{start + timedelta(minutes=15):%Y%m%dT%H%M%S}.mov"
        path = scene.folder() / "day" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _encode(path, start)
        files.append(path)
    return files


def a_day() -> camzarr.Store:
    """Start a server with a bucket, and convert the recordings into it."""
    server = _running.enter_context(versitygw())
    os.environ.update(server.environment())
    client(server).create_bucket(Bucket=NAME)
    for path in recordings():
        camzarr.convert(path, f"s3://{NAME}/store")
    return camzarr.open(f"s3://{NAME}/store")


def of_icechunk() -> dict[str, Any]:
    """What icechunk.s3_storage() has to know of a server that is not Amazon's."""
    return {
        "region": os.environ["AWS_REGION"],
        "endpoint_url": os.environ["AWS_ENDPOINT_URL"],
        "allow_http": True,
        "force_path_style": True,
        "from_env": True,
    }
