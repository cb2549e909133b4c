"""camzarr analyse and scenes: clips that are analysed later, and the list of scenes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Place_of
from support.cloud import environment
from support.command import FAILED, SOME_FAILED, camzarr
from test_analysis_store import made, opened
from test_statistics import filmed

VIEWS = [(700.0, 600.0, 1.0)] * 40 + [(700.0 + 9 * i, 600.0, 1.0) for i in range(25)] + [(2200.0, 2100.0, 1.0)] * 35


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A movie of two scenes with a pan between them."""
    movie = tmp_path_factory.mktemp("tour") / "tour.mov"
    filmed(VIEWS, movie)
    return movie


def tree(store: Path) -> dict[str, bytes]:
    return {f.relative_to(store).as_posix(): f.read_bytes() for f in store.rglob("*") if f.is_file()}


def analyse(*args: str | Path, **how: Any) -> list[dict[str, Any]]:
    return camzarr("analyse", "--json", *args, **how).lines()


# ---- The same bytes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("zarr", ["3", "2"])
@pytest.mark.parametrize("rate", ["1", "all", "2.5"])
def test_same_bytes_as_a_conversion(rate: str, zarr: str, tour: Path, tmp_path: Path) -> None:
    form = ["--zarr-format", zarr, "--sha256"]
    camzarr("convert", tour, tmp_path / "later", "--overview", "none", *form)
    camzarr("convert", tour, tmp_path / "at_once", "--overview", rate, *form)
    (line,) = analyse(tmp_path / "later", "--overview", rate)
    assert (line["clip"], line["status"], line["frames"], line["scenes"]) == ("tour", "analysed", 100, 2)
    assert line["pictures"] == len(opened(tmp_path / "later", "tour", "overview", int(zarr)).frame)
    assert tree(tmp_path / "later") == tree(tmp_path / "at_once")
    camzarr("verify", tmp_path / "later")
    (line,) = analyse(tmp_path / "later", "--overview", rate)
    assert (line["status"], line["bytes_read"], line["bytes_written"]) == ("present", 0, 0)


@pytest.mark.parametrize("zarr", ["3", "2"])
def test_another_rate_replaces_the_overview(zarr: str, tour: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    camzarr("convert", tour, store, "--overview", "all", "--zarr-format", zarr)
    frames = {key: data for key, data in tree(store).items() if "video" in key}
    (line,) = analyse(store)
    assert (line["status"], line["pictures"]) == ("analysed", 4)
    camzarr("convert", tour, tmp_path / "at_once", "--overview", "1", "--zarr-format", zarr)
    assert tree(store) == tree(tmp_path / "at_once")
    assert {key: data for key, data in tree(store).items() if "video" in key} == frames


def test_clips_with_damage_and_other_forms(tmp_path: Path) -> None:
    """Damaged frames are damaged in the analysis, too; every kind of frame gives the same bytes."""
    movies = [made(form, tmp_path) for form in ("progressive", "interlaced", "4444")]
    damaged = tmp_path / "damaged.mov"
    data = bytearray(movies[0].read_bytes())
    place = data.find(b"icpf", data.find(b"icpf") + 4)
    data[place + 4 : place + 60] = b"\xff" * 56
    damaged.write_bytes(data)
    truncated = tmp_path / "truncated.mov"
    truncated.write_bytes(movies[1].read_bytes()[:-60000])
    all_of = [*movies, damaged, truncated]
    camzarr("convert", *all_of, tmp_path / "later", "--overview", "none", code=None)
    camzarr("convert", *all_of, tmp_path / "at_once", "--overview", "1", code=None)
    lines = analyse(tmp_path / "later")
    assert [line["status"] for line in lines] == ["analysed"] * len(list((tmp_path / "at_once/clips").glob("*/")))
    assert tree(tmp_path / "later") == tree(tmp_path / "at_once")


@pytest.mark.parametrize("server", ["versity", "azure"])
def test_in_a_bucket(server: str, tour: Path, place_of: Place_of, tmp_path: Path) -> None:
    """A store without locks."""
    place = place_of(server)
    url, env = place.url("analysed"), environment(place.environment())
    camzarr("convert", tour, url, "--overview", "all", env=env)
    for status in ("analysed", "present"):
        (line,) = analyse(url, env=env)
        assert line["status"] == status
    camzarr("verify", url, env=env)
    camzarr("convert", tour, tmp_path / "at_once", "--overview", "1")
    objects = tree(tmp_path / "at_once/clips/tour")
    assert set(place.keys("analysed/clips/tour")) == set(objects)
    assert all(place.get(f"analysed/clips/tour/{key}") == data for key, data in objects.items())
    assert len(camzarr("scenes", "--json", url, "tour", env=env).lines()) == 2


def test_attributes_stay(tour: Path, tmp_path: Path) -> None:
    (tmp_path / "owner.json").write_text('{"license": "CC-BY-4.0"}')
    for name, rate in (("later", "none"), ("at_once", "1")):
        camzarr("convert", tour, tmp_path / name, "--overview", rate, "--attributes", tmp_path / "owner.json")
    analyse(tmp_path / "later")
    assert tree(tmp_path / "later") == tree(tmp_path / "at_once")
    camzarr("attributes", tmp_path / "later", "tour", "--remove", "license")
    camzarr("verify", tmp_path / "later")


# ---- The command --------------------------------------------------------------------------------------


def test_dry_run(tour: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    camzarr("convert", tour, store, "--overview", "none")
    before = tree(store)
    (line,) = analyse("--dry-run", store)
    assert (line["status"], line["frames"], line["pictures"]) == ("planned", 100, 4)
    assert tree(store) == before
    assert camzarr("analyse", "-n", store).err == "tour: 100 frames would be analysed\n"


def test_several_clips(tour: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copy(tour, tmp_path / "other.mov")
    camzarr("convert", tour, store, "--overview", "none")
    camzarr("convert", tmp_path / "other.mov", store, "--overview", "1")
    done = camzarr("analyse", "--json", store, "tour", "absent", "other", code=SOME_FAILED)
    assert [line["status"] for line in done.lines()] == ["analysed", "failed", "present"]
    assert "the store has other, tour" in done.err
    camzarr("analyse", store, "absent", code=FAILED)
    done = camzarr("analyse", store)
    assert done.err.splitlines()[-1] == "2 clips: 2 present"


def test_damage_in_the_store_is_an_error(tour: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    camzarr("convert", tour, store, "--overview", "none")
    before = tree(store)
    shard = store / "clips/tour/video/video/c/1/0/0/0"
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    (line,) = analyse(store, code=FAILED)
    assert (line["status"], line["error"]["code"]) == ("failed", "corrupt")
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    assert tree(store) == before, "nothing of the analysis is left"


# ---- Scenes -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def analysed_tour(tour: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("analysed") / "store"
    camzarr("convert", tour, store, "--overview", "1")
    return store


def test_scenes(analysed_tour: Path) -> None:
    lines = camzarr("scenes", "--json", analysed_tour, "tour").lines()
    data = opened(analysed_tour, "tour", "scenes", 3)
    assert [line["first"] for line in lines] == data.start_frame.values.tolist()
    assert [line["last"] for line in lines] == data.end_frame.values.tolist()
    assert [line["representative"] for line in lines] == data.representative_frame.values.tolist()
    times = opened(analysed_tour, "tour", "index", 3).time.values
    for i, line in enumerate(lines):
        assert (line["scene"], line["clip"], line["labels"]) == (i, "tour", [])
        assert np.datetime64(line["start"][:-1]) == times[line["first"]]
        after = times[line["last"] + 1] if line["last"] + 1 < len(times) else times[-1] + (times[1] - times[0])
        assert abs(np.datetime64(line["end"][:-1]) - after) < np.timedelta64(1, "us")
    table = camzarr("scenes", analysed_tour, "tour").out.decode().splitlines()
    assert table[0].split() == ["SCENE", "START", "DURATION", "FIRST", "LAST", "REPRESENTATIVE"]
    assert len(table) == 3 and table[2].split()[-1] == str(lines[1]["representative"])


def test_clip_without_analysis(tour: Path, tmp_path: Path) -> None:
    camzarr("convert", tour, tmp_path / "store", "--overview", "none")
    done = camzarr("scenes", tmp_path / "store", "tour", code=FAILED)
    assert done.err.splitlines()[1] == "`camzarr analyse` makes them"


CSV = "d2_p1_z0,0,30\nd2_p4_z1,20,39\nfar,45,60\nd5_p0_z0,62,99\n"
HEADED = (
    "mov_basename,date_time,start_frame,end_frame,scene_tag\n"
    "tour,2018,0,30,d2_p1_z0\nother,2018,0,99,wrong\n"
    'tour.mov,2018,20,39,"d2_p4_z1"\r\ntour,2018,45,60,far\ntour,2018,62,99,d5_p0_z0\n'
)
ROWS = [
    {"label": "d2_p1_z0", "start_frame": 0, "end_frame": 30},
    {"scene_tag": "d2_p4_z1", "start_frame": 20, "end_frame": 39, "clip": "tour"},
    {"label": "wrong", "start_frame": 0, "end_frame": 99, "clip": "other"},
    {"label": "d5_p0_z0", "start_frame": 62, "end_frame": 99, "more": [1]},
]


@pytest.mark.parametrize("text", [CSV, HEADED, json.dumps(ROWS)])
def test_labels(text: str, analysed_tour: Path, tmp_path: Path) -> None:
    (tmp_path / "labels").write_bytes(text.encode())
    lines = camzarr("scenes", "--json", analysed_tour, "tour", "--labels", tmp_path / "labels").lines()
    assert [line["labels"] for line in lines] == [["d2_p1_z0", "d2_p4_z1"], ["d5_p0_z0"]]
    table = camzarr("scenes", analysed_tour, "tour", "--labels", tmp_path / "labels").out.decode().splitlines()
    assert table[0].endswith("LABELS") and table[1].endswith("d2_p1_z0 d2_p4_z1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,1\n", "row 1: not label"),
        ("a,1,2\nb,x,3\n", "row 2: not label"),
        ("a,5,2\n", "row 1: frames 5 to 2"),
        (",1,2\n", "row 1: no label"),
        ("start_frame,end_frame\n1,2\n", "row 2: not label"),
        ("[1]", "row 1: not label"),
        ('[{"label":"a","start_frame":-1,"end_frame":2}]', "row 1: not label"),
        ("[", "labels"),
    ],
)
def test_labels_that_are_none(text: str, said: str, analysed_tour: Path, tmp_path: Path) -> None:
    (tmp_path / "labels").write_text(text)
    done = camzarr("scenes", analysed_tour, "tour", "--labels", tmp_path / "labels", code=FAILED)
    assert said in done.err


def test_labels_absent(analysed_tour: Path, tmp_path: Path) -> None:
    camzarr("scenes", analysed_tour, "tour", "--labels", tmp_path / "none", code=FAILED)
    (tmp_path / "empty").write_bytes(b"")
    lines = camzarr("scenes", "--json", analysed_tour, "tour", "--labels", tmp_path / "empty").lines()
    assert [line["labels"] for line in lines] == [[], []]
