"""`export ifdo`, `biigle`, `fathomnet` and `vars`: what tools for annotation and archives of images take.

iFDO is judged by the package ifdo, FathomNet's rows by the models of the package fathomnet; BIIGLE and VARS
have no validator of their own in Python, so their rules are written down here."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from fathomnet.dto import ABoundingBoxDTO, AImageDTO
from ifdo import iFDO

from maker import Made, make
from support.clips import Clip
from support.command import FAILED, USAGE, camzarr, convert_one

ROOT = Path(__file__).resolve().parents[2]
LAT, LON, DEPTH = 45.93, -130.01, 1540


@pytest.fixture(scope="module")
def movies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Made]:
    """By the name of the clip."""
    folder = tmp_path_factory.mktemp("raw")
    cases = {"long": "long_clip", "odd": "odd_timings", "sound": "audio_in24", "timeless": "timeless"}
    return {name: make(case, folder / f"{name}, raw.mov") for name, case in cases.items()}


@pytest.fixture(scope="module")
def store(movies: dict[str, Made], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of them with CamHD's attributes."""
    store = tmp_path_factory.mktemp("annotation") / "store"
    for name, made in movies.items():
        options = ["--sha256"] if name == "long" else []
        convert_one(made.path, store, "--name", name, "--overview", "none", *options)
    camzarr("attributes", store, "--set", ROOT / "examples/camhd-attributes.json")
    return store


def seconds(made: Made) -> list[int]:
    """Numbers of the frames that stand for the seconds of a clip at 30000/1001."""
    return list(range(0, len(made.frames), 30))


def ns(text: str) -> int:
    """Nanoseconds of a time in microseconds."""
    found = datetime.strptime(text + " +0000", "%Y-%m-%d %H:%M:%S.%f %z")
    return int(found.timestamp()) * 10**9 + found.microsecond * 1000


# ---- iFDO -------------------------------------------------------------------------------------------


def ifdo_of(store: Path, name: str, path: Path, *options: str) -> dict[str, Any]:
    """The document, after the package ifdo has read it and found nothing that it doesn't know."""
    camzarr("export", "ifdo", store, name, path, *options)
    document = json.loads(path.read_text())
    again = iFDO.load(path).to_dict()
    again.pop("$schema")
    assert again == document
    return document


def test_ifdo(store: Path, movies: dict[str, Made], tmp_path: Path) -> None:
    made, clip = movies["long"], Clip(store, "long")
    document = ifdo_of(store, "long", tmp_path / "x.json", "--source", "https://example.org/raw/")
    header = document["image-set-header"]
    assert header["image-set-name"] == "long"
    assert (header["image-latitude"], header["image-longitude"]) == (LAT, LON)
    assert header["image-altitude-meters"] == -DEPTH
    assert (header["image-acquisition"], header["image-deployment"]) == ("video", "stationary")
    ((file, items),) = document["image-set-items"].items()
    assert file == made.path.name == clip.mark["source"]["name"]
    first = items[0]
    assert first["image-hash-sha256"] == clip.mark["source"]["sha256"]
    assert first["image-handle"] == "https://example.org/raw/long%2C%20raw.mov"
    assert first["image-acquisition-settings"]["source"] == clip.mark["source"]
    times = [made.frames[i].time // 1000 * 1000 for i in seconds(made)]
    assert len(times) == 7 and [ns(item["image-datetime"]) for item in items] == times
    uuids = {header["image-set-uuid"], first["image-uuid"]}
    assert len(uuids) == 2 and all(UUID(uuid).version == 4 for uuid in uuids)


def test_ifdo_of_frames(store: Path, movies: dict[str, Made], tmp_path: Path) -> None:
    document = ifdo_of(store, "odd", tmp_path / "x.json", "--frames", "5,3,5")
    (items,) = document["image-set-items"].values()
    frames = movies["odd"].frames
    want = [frames[i].time // 1000 * 1000 for i in (0, 3, 5)]
    assert [ns(item["image-datetime"]) for item in items] == want


def test_ifdo_without_time_and_attributes(movies: dict[str, Made], tmp_path: Path) -> None:
    convert_one(movies["timeless"].path, tmp_path / "bare", "--name", "x")
    document = ifdo_of(tmp_path / "bare", "x", tmp_path / "x.json")
    (items,) = document["image-set-items"].values()
    assert len(items) == 1 and "image-datetime" not in items[0]
    assert "image-latitude" not in document["image-set-header"]
    assert "image-deployment" not in document["image-set-header"]


# ---- BIIGLE -----------------------------------------------------------------------------------------


def rows_of(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


def test_biigle(store: Path, movies: dict[str, Made]) -> None:
    """BIIGLE needs both of a position, a date, and takes a video to begin at its first row."""
    rows = rows_of(camzarr("export", "biigle", store, "-").out)
    assert list(rows[0]) == "filename,taken_at,lng,lat,gps_altitude,distance_to_ground,area,yaw".split(",")
    by_file: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_file.setdefault(row["filename"], []).append(row)
        assert (float(row["lng"]), float(row["lat"]), float(row["gps_altitude"])) == (LON, LAT, -DEPTH)
        assert row["yaw"] == row["area"] == row["distance_to_ground"] == ""
    assert list(by_file) == [movies[name].path.name for name in sorted(movies)]
    made = movies["long"]
    times = [ns(row["taken_at"]) for row in by_file[made.path.name]]
    assert times == [made.frames[i].time // 1000 * 1000 for i in seconds(made)]
    assert [row["taken_at"] for row in by_file[movies["timeless"].path.name]] == [""]


def test_biigle_begins_with_the_first_frame(store: Path, movies: dict[str, Made]) -> None:
    rows = rows_of(camzarr("export", "biigle", store, "long", "-", "--frames", "100:103").out)
    frames = movies["long"].frames
    want = [frames[i].time // 1000 * 1000 for i in (0, 100, 101, 102)]
    assert [ns(row["taken_at"]) for row in rows] == want


def test_biigle_of_a_movie(movies: dict[str, Made]) -> None:
    """Nothing is known of its place."""
    rows = rows_of(camzarr("export", "biigle", movies["long"].path, "-").out)
    assert len(rows) == 7 and {row["lat"] + row["lng"] + row["gps_altitude"] for row in rows} == {""}


# ---- FathomNet --------------------------------------------------------------------------------------


def test_fathomnet(store: Path, movies: dict[str, Made], tmp_path: Path) -> None:
    words = ["export", "fathomnet", store, "long", "odd", "-", "--frames", "3,1"]
    rows = rows_of(camzarr(*words, "--source", "https://example.org/pictures/").out)
    images, boxes = [], []
    for row in rows:
        place = {name: row[name] for name in ("latitude", "longitude", "depthMeters", "timestamp")}
        size = {"width": row["width"], "height": row["height"]}
        images.append(AImageDTO.model_validate({"url": row["image"], **place, **size}))
        box = {name: row[name] for name in ("concept", "x", "y", "width", "height")}
        boxes.append(ABoundingBoxDTO.model_validate(box))
    assert {(image.latitude, image.longitude, image.depthMeters) for image in images} == {(LAT, LON, DEPTH)}
    assert {(box.x, box.y, box.width, box.height) for box in boxes} == {(0, 0, 128, 96)}
    camzarr("frame", store, "long", "1,3", "-o", f"{tmp_path}/", "--format", "png")
    names = [image.url.removeprefix("https://example.org/pictures/") for image in images]
    assert names[:2] == sorted(path.name for path in tmp_path.iterdir())
    want = [movies[name].frames[i].time for name in ("long", "odd") for i in (1, 3)]
    told = [image.timestamp for image in images]
    assert [int(time_of(text)) for text in told] == want


def time_of(text: str) -> int:
    """Nanoseconds of an ISO 8601 time."""
    whole, _, part = text.removesuffix("Z").partition(".")
    at = datetime.strptime(whole + " +0000", "%Y-%m-%dT%H:%M:%S %z")
    return int(at.timestamp()) * 10**9 + int(part.ljust(9, "0") or 0)


def test_fathomnet_needs_the_folder(store: Path, tmp_path: Path) -> None:
    for options in ([], ["--source", "https://example.org/x"]):
        done = camzarr("export", "fathomnet", store, tmp_path / "x.csv", *options, code=USAGE)
        assert "--source" in done.err and not (tmp_path / "x.csv").exists()


# ---- VARS -------------------------------------------------------------------------------------------

TEXT = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 1}
MEDIA = {  # the class Media of vampire-squid; what createMedia requires
    "type": "object",
    "properties": {
        **dict.fromkeys(("video_sequence_name", "camera_id", "video_name", "container", "description"), TEXT),
        **dict.fromkeys(("video_codec", "audio_codec", "video_sequence_description"), TEXT),
        **dict.fromkeys(("duration_millis", "width", "height", "size_bytes"), COUNT),
        "uri": {"type": "string", "pattern": "^[a-z]+://"},
        "start_timestamp": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$"},
        "frame_rate": {"type": "number"},
    },
    "required": ["video_sequence_name", "camera_id", "video_name", "uri", "start_timestamp"],
    "additionalProperties": False,
}


def test_vars(store: Path, movies: dict[str, Made], tmp_path: Path) -> None:
    out = tmp_path / "x.json"
    camzarr("export", "vars", store, "sound", "long", out, "--source", "https://example.org/raw/")
    found = json.loads(out.read_text())
    for media in found:
        jsonschema.validate(media, MEDIA)
    assert [media["video_name"] for media in found] == ["long", "sound"]
    assert found[1]["audio_codec"] == "in24" and "audio_codec" not in found[0]
    made = movies["long"]
    assert time_of(found[0]["start_timestamp"]) == made.frames[0].time
    assert found[0]["uri"] == "https://example.org/raw/long%2C%20raw.mov"
    assert found[0]["size_bytes"] == made.path.stat().st_size and made.md5 in found[0]["description"]
    camzarr("export", "vars", store, "long", out, "--overwrite")
    (one,) = json.loads(out.read_text())
    assert one["uri"] == f"file://{store}/clips/long"
    camzarr("export", "vars", movies["sound"].path, out, "--overwrite")
    (one,) = json.loads(out.read_text())
    jsonschema.validate(one, MEDIA)


def test_vars_needs_a_start(store: Path, tmp_path: Path) -> None:
    done = camzarr("export", "vars", store, tmp_path / "x.json", code=FAILED)
    assert "timeless: its start is unknown" in done.err and not (tmp_path / "x.json").exists()


# ---- All of them ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["ifdo", "biigle", "fathomnet", "vars"])
def test_output(form: str, store: Path, tmp_path: Path) -> None:
    """The same every time, and never over a file that is there."""
    out = tmp_path / "out"
    source = ["--source", "https://example.org/x/"] if form == "fathomnet" else []
    (line,) = camzarr("export", form, store, "long", out, *source, "--json").lines()
    assert line == {"path": str(out), "form": form, "clips": ["long"]}
    first = out.read_bytes()
    done = camzarr("export", form, store, "long", out, *source, code=FAILED)
    assert "--overwrite" in done.err and out.read_bytes() == first
    assert camzarr("export", form, store, "long", "-", *source).out == first
