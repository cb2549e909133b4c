"""The catalog: what it holds, that readers notice what has changed, and what becomes of a damaged one."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from conftest import Place_of
from maker import make
from support import schemas, tree
from support.cloud import environment
from support.command import CAMZARR, DIFFERENT, OK, USAGE, camzarr, verify
from support.server import serving

NAMES = ["CAMHDA301-20180712T001500", "CAMHDA301-20180712T031500", "CAMHDA301-20180713T001500"]
ATTRIBUTES = {"geospatial_lat_min": 45.93, "geospatial_lat_max": 45.93}


@pytest.fixture(scope="session")
def movies(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same movie under three names, which come from different days."""
    made = make("one_frame", tmp_path_factory.mktemp("made"))
    folder = tmp_path_factory.mktemp("movies")
    return [Path(shutil.copy(made.path, folder / f"{name}.mov")) for name in NAMES]


@pytest.fixture(scope="session")
def three(movies: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the three; tests must not change it."""
    store = tmp_path_factory.mktemp("three") / "store"
    camzarr("convert", *movies, store, "--overview", "1")
    return store


@pytest.fixture
def store(three: Path, tmp_path: Path) -> Path:
    """The same for a test to change."""
    return shutil.copytree(three, tmp_path / "store")


def jsonl(store: Path) -> Path:
    """Its catalog."""
    return store / "catalog/catalog.jsonl"


def rows(store: Path) -> list[dict[str, Any]]:
    """The rows of its catalog."""
    lines = [json.loads(line) for line in jsonl(store).read_bytes().splitlines()]
    return [line for line in lines if "name" in line]


def listed(store: Path | str) -> list[dict[str, Any]]:
    """What ls says."""
    return camzarr("ls", store, "--json").lines()


def listed_without(store: Path, tmp_path: Path) -> list[dict[str, Any]]:
    """What ls says of the same store without a catalog."""
    copy = shutil.copytree(store, tmp_path / "without")
    shutil.rmtree(copy / "catalog")
    said = listed(copy)
    shutil.rmtree(copy)
    return said


def update(store: Path, *options: str) -> dict[str, Any]:
    """Bring the catalog up to date: what was done."""
    (line,) = camzarr("catalog", store, "--json", *options).lines()
    schemas.validate("catalog-report", line)
    return line


def closed(lines: list[str]) -> bytes:
    """The text of a catalog with a right digest."""
    body = "".join(f"{line}\n" for line in lines).encode()
    return body + f'{{"digest":"{hashlib.sha256(body).hexdigest()}"}}\n'.encode()


# ---- What it holds ----------------------------------------------------------------------------------


def test_convert_writes_what_the_clips_say(three: Path) -> None:
    for line in jsonl(three).read_bytes().splitlines():
        schemas.validate("catalog-line", schemas.parse(line))
    found = rows(three)
    assert [row["name"] for row in found] == NAMES
    for row in found:
        marker = three / f"clips/{row['name']}/zarr.json"
        ours = json.loads(marker.read_bytes())["attributes"]["camzarr"]
        assert row["marker_digest"] == ours["digest"]
        assert row["marker_bytes"] == marker.stat().st_size
        assert (row["start_ns"], row["end_ns"]) == (ours["start_ns"], ours["end_ns"])
        assert (row["md5"], row["sha256"], row["overview"]) == (ours["source"]["md5"], None, "1/1")
        assert (row["deployment"], row["black_frames"]) == (5, 0)
    names = ("name", "start", "end", "frames", "bytes", "width", "height", "codec", "source")
    assert [{n: row[n] for n in names} for row in found] == [
        {n: line[n] for n in names} for line in listed(three)
    ]
    assert update(three)["changed"] is False


def test_scenes_are_those_of_the_clips(three: Path) -> None:
    scenes = xr.open_zarr(three / "catalog/scenes").load()
    of_clips = [xr.open_zarr(three / f"clips/{name}/scenes").load() for name in NAMES]
    assert scenes.sizes["scene"] == sum(one.sizes["scene"] for one in of_clips)
    for i, one in enumerate(of_clips):
        mine = scenes.isel(scene=scenes["clip"].values == i)
        for column in ("start_frame", "end_frame", "representative_frame", "signature"):
            np.testing.assert_array_equal(mine[column], one[column])


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.filterwarnings("error")
def test_columns_open_without_plugin_or_warning(
    version: int, movies: list[Path], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    camzarr("convert", *movies, store, "--zarr-format", str(version))
    clips = xr.open_zarr(store / "catalog/clips", zarr_format=version).load()
    if version == 3:
        schemas.validate_tree(store)
    found = rows(store)
    for name in ("name", "frames", "bytes", "width", "height", "codec", "md5", "source", "scenes"):
        assert clips[name].values.tolist() == [row[name] for row in found]
    for name in ("start", "end"):
        assert clips[name].values.astype("int64").tolist() == [row[f"{name}_ns"] for row in found]
    assert clips["black_frames"].values.tolist() == [-1] * 3
    assert clips["flags"].values.tolist() == [0] * 3
    assert np.isnan(clips["lat"]).all()
    assert clips["frame_rate"].values == pytest.approx(30000 / 1001)
    digest = json.loads(jsonl(store).read_bytes().splitlines()[-1])["digest"]
    assert clips.attrs["camzarr_catalog_digest"] == digest


def test_flags_and_positions(store: Path, tmp_path: Path) -> None:
    made = make("damaged_frames", tmp_path)
    camzarr("convert", made.path, store, "--name", "damaged", code=None)
    attributes = tmp_path / "attributes.json"
    attributes.write_text(json.dumps(ATTRIBUTES))
    camzarr("attributes", store, NAMES[0], "--set", attributes)
    black = tmp_path / "black.mov"
    source = ("-f", "lavfi", "-i", "color=black:s=160x128", "-frames:v", "3")
    subprocess.run(["ffmpeg", "-v", "error", *source, "-c:v", "prores_ks", black], check=True)
    camzarr("convert", black, store, "--overview", "1")
    clips = xr.open_zarr(store / "catalog/clips").load().set_index(clip="name")
    damaged = clips.sel(clip="damaged")
    assert int(damaged["flags"]) & 1 == (int(damaged["damaged_frames"]) > 0) == 1
    assert float(clips["lat"].sel(clip=NAMES[0])) == 45.93
    assert np.isnan(clips["lat"].sel(clip=NAMES[1]))
    assert (int(clips["flags"].sel(clip="black")), int(clips["black_frames"].sel(clip="black"))) == (2, 3)
    assert int(clips["flags"].sel(clip=NAMES[0])) == 0


def test_it_does_not_depend_on_who_wrote_it(movies: list[Path], three: Path, tmp_path: Path) -> None:
    """One by one, in another order, and by two workers that leave the catalog to a third."""
    one_by_one, shared = tmp_path / "one", tmp_path / "shared"
    for movie in reversed(movies):
        camzarr("convert", movie, one_by_one, "--overview", "1")
    manifest = tmp_path / "manifest.jsonl"
    camzarr("manifest", movies[0].parent, "-o", manifest)
    for k in range(2):
        camzarr("convert", "--manifest", manifest, shared, "--index", f"{k}/2", "--overview", "1")
    assert not (shared / "catalog").exists()
    update(shared)
    wanted = tree.digests(three / "catalog")
    assert tree.digests(one_by_one / "catalog") == wanted
    assert tree.digests(shared / "catalog") == wanted


def test_no_catalog(movies: list[Path], tmp_path: Path) -> None:
    store = tmp_path / "store"
    camzarr("convert", movies[0], store, "--no-catalog")
    camzarr("convert", movies[1], store, "--dry-run")
    assert not (store / "catalog").exists()
    assert update(store, "--dry-run")["changed"] and not (store / "catalog").exists()
    assert update(store)["read"] == 1


# ---- What has changed -------------------------------------------------------------------------------


def _attributes(store: Path, movies: list[Path], tmp_path: Path) -> None:
    """Two texts of one length: the second leaves a marker of the size that the catalog has."""
    for license in ("CC-BY-4.0", "CC-BY-3.0"):
        path = tmp_path / "attributes.json"
        path.write_text(json.dumps({"license": license}))
        camzarr("attributes", store, NAMES[1], "--set", path)
        if license == "CC-BY-4.0":
            update(store)


def _removed(store: Path, movies: list[Path], tmp_path: Path) -> None:
    camzarr("rm", store, NAMES[1])


def _removed_by_hand(store: Path, movies: list[Path], tmp_path: Path) -> None:
    shutil.rmtree(store / "clips" / NAMES[1])


def _marker_removed_by_hand(store: Path, movies: list[Path], tmp_path: Path) -> None:
    (store / "clips" / NAMES[1] / "zarr.json").unlink()


def _added(store: Path, movies: list[Path], tmp_path: Path) -> None:
    camzarr("convert", movies[0], store, "--name", "new", "--no-catalog")


def _overwritten(store: Path, movies: list[Path], tmp_path: Path) -> None:
    options = ("--overwrite", "--no-catalog", "--frames-per-shard", "8")
    camzarr("convert", movies[1], store, *options)


def _analysed(store: Path, movies: list[Path], tmp_path: Path) -> None:
    camzarr("analyse", "--no-catalog", store, NAMES[1], "--overview", "all")


CHANGES = [_attributes, _removed, _removed_by_hand, _marker_removed_by_hand, _added, _overwritten, _analysed]


@pytest.mark.parametrize("change", CHANGES)
def test_readers_notice_a_change(
    change: Callable[[Path, list[Path], Path], None], store: Path, movies: list[Path], tmp_path: Path
) -> None:
    change(store, movies, tmp_path)
    assert listed(store) == listed_without(store, tmp_path)
    done = update(store)
    assert done["changed"] and done["read"] <= 1, "only what has changed is read"
    assert listed(store) == listed_without(store, tmp_path)
    assert not list((store / "catalog").glob("changed/*"))
    wanted = tree.digests(store / "catalog")
    shutil.rmtree(store / "catalog")
    update(store)
    assert tree.digests(store / "catalog") == wanted, "as one that is made anew"


def test_a_stale_catalog_is_no_damage(store: Path) -> None:
    camzarr("rm", store, NAMES[0])
    done = camzarr("verify", store)
    assert "catalog: out of date: 1 clip changed" in done.err


def test_a_note_stays_while_its_change_may_go_on(store: Path) -> None:
    """A change that was killed after it put its note: the clip is looked at until the change has ended."""
    note = store / f"catalog/changed/{NAMES[0]}.0123456789abcdef"
    note.parent.mkdir()
    note.touch()
    record = store / f"clips/{NAMES[0]}/begun.json"
    record.write_text("{}")
    assert update(store)["read"] == 1 and note.exists()
    record.unlink()
    assert update(store)["read"] == 1 and not note.exists()
    assert update(store)["read"] == 0


def test_names_that_are_no_notes(store: Path) -> None:
    folder = store / "catalog/changed"
    folder.mkdir()
    for name in ("x", ".hidden.0123456789abcdef", f"{NAMES[0]}.0123", f"{'a' * 201}.0123456789abcdef"):
        (folder / name).touch()
    assert update(store) == update(store) and update(store)["read"] == 0
    assert len(listed(store)) == 3


def test_an_update_reads_the_new_clip_alone(store: Path, movies: list[Path]) -> None:
    """The markers of the others could not be read, which is not noticed."""
    for name in NAMES:
        marker = store / f"clips/{name}/zarr.json"
        marker.write_bytes(bytes(marker.stat().st_size))
    camzarr("convert", movies[0], store, "--name", "new", "--no-catalog")
    done = update(store)
    assert (done["read"], done["clips"], done["unreadable_clips"]) == (1, 4, 0)


# ---- Clips that cannot be read ----------------------------------------------------------------------


def test_clips_that_cannot_be_read_are_flagged(store: Path) -> None:
    damaged, newer, half = (store / f"clips/{name}/zarr.json" for name in NAMES)
    damaged.write_bytes(damaged.read_bytes().replace(b'"frames": 1', b'"frames": 2'))
    newer.write_bytes(newer.read_bytes().replace(b'"format": "1.1"', b'"format": "2.0"'))
    half.unlink()
    shutil.rmtree(store / "catalog")
    done = update(store)
    assert (done["clips"], done["unreadable_clips"], done["incomplete_clips"]) == (0, 2, 1)
    lines = [json.loads(line) for line in jsonl(store).read_bytes().splitlines()]
    unreadable = {line["unreadable"]: line["error"] for line in lines if "error" in line}
    assert unreadable == {NAMES[0]: "corrupt", NAMES[1]: "newer"}
    assert update(store)["changed"] is False
    said = camzarr("ls", store, code=None)
    assert said.code != OK and NAMES[0] in said.err and NAMES[1] in said.err


def test_no_clips(tmp_path: Path, movies: list[Path]) -> None:
    store = tmp_path / "store"
    camzarr("convert", movies[0], store)
    camzarr("rm", store, NAMES[0])
    assert update(store)["clips"] == 0
    assert xr.open_zarr(store / "catalog/clips").sizes["clip"] == 0
    assert listed(store) == []


# ---- Catalogs that are no good ----------------------------------------------------------------------


def _cut(text: bytes) -> bytes:
    return text[: len(text) // 2]


def _flip(text: bytes) -> bytes:
    return text.replace(b'"frames":1', b'"frames":2', 1)


def _relined(edit: Callable[[list[str]], list[str]]) -> Callable[[bytes], bytes]:
    return lambda text: closed(edit(text.decode().splitlines()[:-1]))


def _first(**members: Any) -> Callable[[list[str]], list[str]]:
    """The first row with other members."""

    def edit(lines: list[str]) -> list[str]:
        row = json.loads(lines[1]) | members
        return [lines[0], json.dumps({k: v for k, v in row.items() if v != "gone"}), *lines[2:]]

    return edit


def _header(**members: Any) -> Callable[[list[str]], list[str]]:
    return lambda lines: [json.dumps(json.loads(lines[0]) | members), *lines[1:]]


BAD: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda text: b"",
    "cut": _cut,
    "without its end": lambda text: text[:-1],
    "a flipped value": _flip,
    "zeros": lambda text: bytes(len(text)),
    "newer": _relined(_header(camzarr_format="2.0")),
    "another kind": _relined(_header(camzarr_kind="clip")),
    "a huge count": _relined(_header(clips=2**40)),
    "a count too small": _relined(_header(clips=2)),
    "a count too large": _relined(_header(clips=4)),
    "scenes that are not there": _relined(_header(scenes=2**62)),
    "not in order": _relined(lambda lines: [lines[0], lines[2], lines[1], *lines[3:]]),
    "a clip twice": _relined(lambda lines: [lines[0], lines[1], lines[1], *lines[3:]]),
    "a path for a name": _relined(_first(name="../../etc/passwd")),
    "no name": _relined(_first(name="gone")),
    "no digest": _relined(_first(marker_digest="gone")),
    "negative frames": _relined(_first(frames=-1)),
    "a fraction of frames": _relined(_first(frames=1.5)),
    "too many frames": _relined(_first(frames=2**40)),
    "an end before the start": _relined(_first(end_ns=-(2**63))),
    "a time of 65 bits": _relined(_first(start_ns=2**64)),
    "a text for a number": _relined(_first(width="128")),
    "an unknown codec": _relined(_first(codec="avc1")),
    "a rate of 0": _relined(_first(frame_rate="0/0")),
    "a nested value": _relined(_first(md5=["a"])),
    "no JSON": _relined(lambda lines: [lines[0], "}{", *lines[2:]]),
    "nested too deep": _relined(lambda lines: [lines[0], "[" * 10000, *lines[2:]]),
}


@pytest.mark.parametrize("what", BAD)
def test_a_catalog_that_cannot_be_used(what: str, store: Path, tmp_path: Path) -> None:
    jsonl(store).write_bytes(BAD[what](jsonl(store).read_bytes()))
    wanted = listed_without(store, tmp_path)
    done = camzarr("ls", store, "--json")
    assert done.lines() == wanted
    assert "camzarr: warning: catalog not used: catalog/catalog.jsonl: " in done.err
    found = camzarr("verify", store, code=DIFFERENT)
    assert "catalog/catalog.jsonl" in found.err + found.out.decode()
    assert update(store)["read"] == 3
    verify(store)


@pytest.mark.parametrize("key", ["catalog", "catalog/catalog.jsonl", "catalog/changed"])
def test_symbolic_links_are_not_followed(key: str, store: Path, tmp_path: Path) -> None:
    wanted = listed_without(store, tmp_path)
    moved = (store / key).rename(tmp_path / "moved") if (store / key).exists() else tmp_path
    before = tree.digests(tmp_path / "moved") if moved.is_dir() and moved != tmp_path else {}
    (store / key).symlink_to(moved)
    done = camzarr("ls", store, "--json")
    assert done.lines() == wanted
    assert "symbolic link" in camzarr("catalog", store, code=None).err or key == "catalog/changed"
    assert not before or tree.digests(tmp_path / "moved") == before


def test_rows_of_later_minor_versions(store: Path) -> None:
    """Members that this version does not know, and texts that are not plain, are read."""
    edit = _relined(_first(new={"a": [1]}, source="a\u00e9\n\u2028\\\".mov", lon=-1.3e2, depth=1e-7))
    jsonl(store).write_bytes(edit(jsonl(store).read_bytes()))
    assert listed(store)[0]["name"] == NAMES[0]
    assert camzarr("ls", store).err == ""


def test_a_row_that_contradicts_its_clip(store: Path) -> None:
    """A catalog with a right digest that someone has edited: readers trust it, verify does not."""
    edit = _relined(_first(frames=2, frame_rate="24/1"))
    jsonl(store).write_bytes(edit(jsonl(store).read_bytes()))
    found = camzarr("verify", store, code=DIFFERENT)
    assert NAMES[0] in found.err + found.out.decode()


def test_a_column_that_is_damaged(store: Path) -> None:
    chunk = store / "catalog/clips/frames/c/0"
    chunk.write_bytes(chunk.read_bytes()[:-1] + b"x")
    assert len(listed(store)) == 3
    found = camzarr("verify", store, code=DIFFERENT)
    assert "catalog/clips/frames/c/0" in found.err + found.out.decode()


def test_an_update_that_was_killed(three: Path, tmp_path: Path) -> None:
    """At any write: readers get a whole catalog or none, and the next update completes it."""
    wanted = tree.digests(three / "catalog")
    last = len(wanted) + 3
    for nth in (1, 2, 3, 10, last // 2, last - 4, last - 3, last - 2):
        store = shutil.copytree(three, tmp_path / f"store{nth}")
        shutil.rmtree(store / "catalog")
        killed = ["strace", "-f", "-qq", "-e", "trace=renameat2,renameat,rename,linkat",
                  "-e", f"inject=renameat2,renameat,rename,linkat:signal=KILL:when={nth}"]
        subprocess.run([*killed, CAMZARR, "catalog", store], capture_output=True)
        assert len(listed(store)) == 3
        update(store)
        left = tree.digests(store / "catalog")
        assert left == wanted
        shutil.rmtree(store)


# ---- Without a listing ------------------------------------------------------------------------------


def test_over_plain_http(store: Path) -> None:
    """Nothing can be listed there: the catalog names the clips."""
    wanted = listed(store)
    with serving(store) as url:
        assert listed(url) == wanted
        said = camzarr("info", url, "--json").lines()
        assert said[0]["clips"] == 3
        shutil.rmtree(store / "catalog")
        assert "list" in camzarr("ls", url, code=None).err


# ---- The command ------------------------------------------------------------------------------------


def test_what_it_says(store: Path) -> None:
    assert camzarr("catalog", store).err == "catalog: 3 clips, 3 scenes: up to date\n"
    jsonl(store).unlink()
    assert camzarr("catalog", store, "-n").err == "catalog: 3 clips, 3 scenes, 3 read: would be written\n"
    assert camzarr("catalog", store).err == "catalog: 3 clips, 3 scenes, 3 read: written\n"
    assert camzarr("catalog", store, "-q").err == ""
    assert camzarr("catalog", code=USAGE).code == USAGE


def test_a_store_that_cannot_be_written(store: Path, movies: list[Path]) -> None:
    """The conversion is done, so that it is no failure."""
    shutil.rmtree(store / "catalog")
    (store / "catalog").write_text("in the way")
    done = camzarr("convert", movies[0], store, "--name", "new")
    assert "warning: catalog not updated" in done.err
    assert camzarr("catalog", store, code=None).code != OK


# ---- In a bucket ------------------------------------------------------------------------------------


def test_in_a_bucket(movies: list[Path], place_of: Place_of, tmp_path: Path) -> None:
    """Markers are not looked at one by one there: listings, the catalog and the notes say it all."""
    place = place_of("versity")
    store, env = place.url("s"), environment(place.environment())
    camzarr("convert", *movies, store, env=env)
    assert not [key for key in place.keys() if "/catalog/" in key], "only on request"

    def said(*options: str) -> tuple[list[str], int]:
        done = camzarr("ls", store, "--json", "--stats", *options, env=env)
        asked = re.search(r"(\d+) requests", done.err)
        assert asked
        return [line["name"] for line in done.lines()], int(asked[1])

    _, without = said()
    assert camzarr("catalog", store, env=env).err == "catalog: 3 clips, 3 read: written\n"
    assert said() == (NAMES, without - 3 + 1), "the catalog instead of three markers"
    path = tmp_path / "attributes.json"
    path.write_text(json.dumps({"license": "CC-BY-4.0"}))
    camzarr("attributes", store, NAMES[0], "--set", path, env=env)
    camzarr("rm", store, NAMES[2], env=env)
    assert said() == (NAMES[:2], without - 3 + 2), "and the marker of the noted clip"
    report = json.loads(camzarr("catalog", store, "--json", env=env).out)
    assert (report["clips"], report["read"], report["gone"]) == (2, 1, 2)
    assert not [key for key in place.keys() if "/changed/" in key]
    assert said() == (NAMES[:2], without - 3 + 1)
