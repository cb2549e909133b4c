"""Finding a view again (docs/analysis.md): ten views, visited many times by a camera that drifts.

The views are parts of a real picture where ../shared/data has it, of a made one elsewhere. Each visit
differs from the first one by shift, zoom, light, noise, and floc in front of the camera.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from support.command import CAMZARR, FAILED, USAGE, camzarr
from test_statistics import ffmpeg

PROGRAM = CAMZARR.parent / "tests/register_views"
PICTURE = Path(__file__).resolve().parents[2] / "../shared/data/camhd_20180712T001500_frame1259.png"
SCORE = 0.7  # CZ_FIND_SCORE
SIMILAR_CELLS, SIMILAR_HALVES = 0.45, 0.6  # analyse/view_search.h
ENLARGED = 4.8  # pixels of a frame of 1920 x 1080 for a pixel of the picture
Plane = NDArray[np.float64]


@dataclass(frozen=True)
class Visit:
    """Where the camera looks: the middle of its picture, in pixels of the picture, and the zoom."""

    view: int
    x: float
    y: float
    zoom: float

    def seen_from(self, query: Visit, enlarged: float) -> tuple[float, float, float]:
        """shift_x, shift_y and zoom of this visit as `find` tells them for a query."""
        scale = self.zoom * enlarged
        return (query.x - self.x) * scale, (query.y - self.y) * scale, self.zoom / query.zoom


def picture() -> Plane:
    """Luma of 1920 x 1080: real, or noise of several sizes."""
    if PICTURE.exists():
        raw = ffmpeg("-i", PICTURE, "-f", "rawvideo", "-pix_fmt", "gray", "-")
        return np.frombuffer(raw, "u1").reshape(1080, 1920).astype(float)
    random, total = np.random.default_rng(7), np.full((1080, 1920), 110.0)
    for size, strength in ((160, 45), (40, 35), (12, 25), (4, 15)):
        grid = random.uniform(-1, 1, (1080 // size + 2, 1920 // size + 2))
        total += strength * sample(grid, np.arange(1080) / size, np.arange(1920) / size)
    return np.clip(total, 0, 255)


def sample(plane: Plane, down: Plane, across: Plane) -> Plane:
    """Bilinear, at all pairs of positions; those outside are moved to the edge."""
    down = np.clip(down, 0, plane.shape[0] - 1.001)
    across = np.clip(across, 0, plane.shape[1] - 1.001)
    j, i = down.astype(int), across.astype(int)
    v, u = (down - j)[:, None], across - i
    above = plane[j][:, i] * (1 - u) + plane[j][:, i + 1] * u
    return above * (1 - v) + (plane[j + 1][:, i] * (1 - u) + plane[j + 1][:, i + 1] * u) * v


def looks(plane: Plane, visit: Visit, width: int, height: int, block: int, enlarged: float) -> Plane:
    """What the camera sees, as means of block x block pixels."""
    fine = 4 if block > 1 else 1
    across = ((np.arange(width // block * fine) + 0.5) * block / fine - width / 2) / (visit.zoom * enlarged)
    down = ((np.arange(height // block * fine) + 0.5) * block / fine - height / 2) / (visit.zoom * enlarged)
    seen = sample(plane, visit.y + down - 0.5, visit.x + across - 0.5)
    return seen.reshape(height // block, fine, width // block, fine).mean((1, 3))


def disturbed(seen: Plane, random: np.random.Generator, block: int) -> Plane:
    """Under other light, with noise, and with floc: dots of 6 to 26 pixels across."""
    rows, columns = seen.shape
    y, x = np.mgrid[:rows, :columns]
    lamp_x, lamp_y = random.uniform(-0.3, 0.3, 2)
    distance = (x / columns - 0.5 - lamp_x) ** 2 + (y / rows - 0.5 - lamp_y) ** 2
    seen = seen * random.uniform(0.55, 1.3) * np.clip(1 - random.uniform(0, 1) * distance, 0.2, 1)
    seen = seen + random.uniform(-15, 15)
    for _ in range(int(random.integers(10, 100) * rows * columns * block**2 / (1920 * 1080))):
        at_x, at_y, size = random.uniform(0, columns), random.uniform(0, rows), random.uniform(3.2, 13) / block
        left, top, reach = int(at_x), int(at_y), int(4 * size) + 1
        part = np.s_[max(top - reach, 0) : top + reach, max(left - reach, 0) : left + reach]
        square = (x[part] - at_x) ** 2 + (y[part] - at_y) ** 2
        seen[part] += random.uniform(30, 200) * np.exp(-square / (2 * size**2))
    return np.clip(seen + random.normal(0, 2, seen.shape), 0, 255)


def tour(random: np.random.Generator, visits: int) -> list[Visit]:
    """Ten of sixteen views, each visited several times."""
    chosen = random.permutation(16)[:10]
    found = []
    for view, k in enumerate(chosen):
        x, y = 240 + 480 * (k % 4), 135 + 270 * (k // 4)
        found.append(Visit(view, x, y, 1))
        for _ in range(visits - 1):
            drift = random.uniform(-1, 1, 2) * (40, 22)
            zoom = float(np.exp(random.uniform(np.log(0.85), np.log(1.2))))
            found.append(Visit(view, float(x + drift[0]), float(y + drift[1]), zoom))
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_registration_of_ten_views(seed: int, tmp_path: Path) -> None:
    """Pictures at 1/8 scale, of frames of 1920 x 1080."""
    random, plane, visits = np.random.default_rng(seed), picture(), tour(np.random.default_rng(seed), 8)
    pictures = [disturbed(looks(plane, visit, 1920, 1080, 8, ENLARGED), random, 8) for visit in visits]
    (tmp_path / "views").write_bytes(b"".join(np.round(p).astype("u1").tobytes() for p in pictures))
    pairs = [(i, k) for i in range(0, len(visits), 8) for k in range(len(visits)) if i != k]
    done = subprocess.run(
        [PROGRAM, "1920", "1080", tmp_path / "views"],
        input="".join(f"{i} {k}\n" for i, k in pairs),
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    same, other = [], []
    for (i, k), line in zip(pairs, done.stdout.splitlines(), strict=True):
        *at, score, cells, halves = map(float, line.split())
        if visits[i].view != visits[k].view:
            other.append((score, cells, halves))
            continue
        wanted = visits[k].seen_from(visits[i], ENLARGED)
        errors = abs(at[0] - wanted[0]), abs(at[1] - wanted[1]), abs(at[2] / wanted[2] - 1)
        same.append((visits[i].view, score, cells, halves, *errors))
    print("\nview  visits  least score  similarity  shift error  zoom error")
    for view in range(10):
        of = np.array([row for row in same if row[0] == view])
        print(
            f"{view:4} {len(of):7} {of[:, 1].min():12.3f} {of[:, 3].min():11.3f}"
            f" {of[:, 4:6].max():9.2f} px {100 * of[:, 6].max():9.2f} %"
        )
    rows, others = np.array(same), np.array(other)
    print(f"{len(others)} pairs of other views: score at most {others[:, 0].max():.3f}")
    assert rows[:, 1].min() >= SCORE > others[:, 0].max() + 0.1
    assert rows[:, 2].min() >= SIMILAR_CELLS
    assert rows[:, 3].min() >= SIMILAR_HALVES
    assert rows[:, 4:6].max() < 2
    assert rows[:, 6].max() < 0.01


# ---- A store -------------------------------------------------------------------------------------

WIDTH, HEIGHT, VISITS = 960, 544, 4
IN_STORE = 2.4  # ENLARGED, for frames of this size


def film(folder: Path, visits: list[Visit]) -> Path:
    """A store with a clip for each visit, an hour apart; the last one is damaged, one has no scenes."""
    random, plane, store = np.random.default_rng(5), picture(), folder / "store"
    gray = np.full(WIDTH * HEIGHT, 512, "<u2").tobytes()
    for i, visit in enumerate(visits):
        seen = disturbed(looks(plane, visit, WIDTH, HEIGHT, 1, IN_STORE), random, 1)
        luma = np.round(64 + seen * 876 / 255)
        frames = b"".join(
            np.clip(luma + random.normal(0, 4, luma.shape), 4, 1019).astype("<u2").tobytes() + gray for _ in range(3)
        )
        movie = folder / name_of(i)
        form = ["-f", "rawvideo", "-pix_fmt", "yuv422p10le", "-s", f"{WIDTH}x{HEIGHT}", "-r", "30"]
        ffmpeg(*form, "-i", "-", "-c:v", "prores_ks", "-profile:v", "2", f"{movie}.mov", data=frames)
        camzarr("convert", f"{movie}.mov", store, "--overview", "1")
        Path(f"{movie}.mov").unlink()
    return store


def name_of(i: int) -> str:
    """Of the clip of a visit."""
    return f"CAMHDA301-20180712T{i // 60:02}{i % 60:02}00Z"


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Visit]]:
    """The store of a tour, of ten views with four visits each."""
    visits = tour(np.random.default_rng(11), VISITS)
    return film(tmp_path_factory.mktemp("views"), visits), visits


def test_every_visit_is_found_and_no_other(visited: tuple[Path, list[Visit]]) -> None:
    store, visits = visited
    print("\nview  visits found  others found  least score  shift error  zoom error")
    for i in range(0, len(visits), VISITS):
        lines = camzarr("find", store, "--like", f"{name_of(i)}@0", "--json").lines()
        wanted = {name_of(i + k): visits[i + k] for k in range(VISITS)}
        assert [line["score"] for line in lines] == sorted((line["score"] for line in lines), reverse=True)
        assert lines[0]["clip"] == name_of(i)
        assert lines[0]["score"] > 0.95
        errors = []
        for line in lines:
            assert list(line) == ["clip", "scene", "first", "last", "start", "end", "frame", "score", "shift_x", "shift_y", "zoom"]
            assert (line["scene"], line["first"], line["last"], line["frame"]) == (0, 0, 2, 0)
            start, end = (np.datetime64(line[key][:-1]) for key in ("start", "end"))
            assert end - start == np.timedelta64(100, "ms")
            x, y, zoom = wanted[line["clip"]].seen_from(visits[i], IN_STORE)
            errors.append((abs(line["shift_x"] - x), abs(line["shift_y"] - y), abs(line["zoom"] / zoom - 1)))
        worst = np.array(errors)
        print(
            f"{visits[i].view:4} {len(lines):7} of {VISITS} {len(lines) - VISITS:13} {lines[-1]['score']:12.3f}"
            f" {worst[:, :2].max():9.2f} px {100 * worst[:, 2].max():9.2f} %"
        )
        assert {line["clip"] for line in lines} == set(wanted)
        assert len(lines) == VISITS
        assert worst[:, :2].max() < 2
        assert worst[:, 2].max() < 0.01


def test_the_result_does_not_depend_on_threads(visited: tuple[Path, list[Visit]]) -> None:
    store, _ = visited
    query = ("find", store, "--like", f"{name_of(4)}@1", "--json", "--min-score", "0.3")
    assert camzarr(*query, "--threads", "1").out == camzarr(*query, "--threads", "7").out


def test_clips_limit_and_score(visited: tuple[Path, list[Visit]]) -> None:
    store, _ = visited
    query = ("find", store, "--like", f"{name_of(8)}@+0.05", "--json")
    everything = [line["clip"] for line in camzarr(*query).lines()]
    assert len(everything) == VISITS
    assert [line["clip"] for line in camzarr(*query, "--limit", "2").lines()] == everything[:2]
    some = camzarr(*query, "--clips", name_of(9), "--clips", name_of(0)).lines()
    assert [line["clip"] for line in some] == [name_of(9)]
    some = camzarr(*query, "--clips", "CAMHDA301-*T000[89]00Z").lines()
    assert {line["clip"] for line in some} == {name_of(8), name_of(9)}
    assert [line["clip"] for line in camzarr(*query, "--min-score", "0.97").lines()] == [name_of(8)]


def test_the_table(visited: tuple[Path, list[Visit]]) -> None:
    store, _ = visited
    done = camzarr("find", store, "--like", f"{name_of(0)}@0")
    first, *rows = done.out.decode().splitlines()
    assert first.split() == ["SCORE", "CLIP", "SCENE", "FRAMES", "START", "SHIFT", "ZOOM"]
    assert len(rows) == VISITS
    assert rows[0].split()[1:4] == [name_of(0), "0", "0-2"]
    done = camzarr("find", store, "--like", f"{name_of(0)}@0", "--clips", name_of(9))
    assert (done.out, done.err) == (b"", "camzarr: no scene shows this view (1 scenes of 1 clips)\n")


def test_a_label_spreads(visited: tuple[Path, list[Visit]], tmp_path: Path) -> None:
    """As a proposal with score, in the form that `scenes --labels` reads."""
    store, _ = visited
    rows = camzarr("find", store, "--like", f"{name_of(20)}@0", "--label", "d2_p1_z0").out
    (tmp_path / "labels.csv").write_bytes(rows)
    head, *lines = rows.decode().splitlines()
    assert head == "label,start_frame,end_frame,clip,score"
    assert lines[0] == f"d2_p1_z0,0,2,{name_of(20)},1.000"
    assert len(lines) == VISITS
    labels = {}
    for i in (19, 20, 22, 24):
        (scene,) = camzarr("scenes", store, name_of(i), "--labels", tmp_path / "labels.csv", "--json").lines()
        labels[i] = scene["labels"]
    assert labels == {19: [], 20: ["d2_p1_z0"], 22: ["d2_p1_z0"], 24: []}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], USAGE, "requires --like CLIP@FRAME"),
        (["--like", "x"], USAGE, "x: not CLIP@FRAME"),
        (["--like", "@7"], USAGE, "@7: not CLIP@FRAME"),
        (["--like", "nosuch@0"], FAILED, "nosuch: no such clip"),
        (["--like", f"{name_of(0)}@3"], FAILED, "frame"),
        (["--like", f"{name_of(0)}@0:2"], USAGE, "0:2"),
        (["--like", f"{name_of(0)}@0", "--clips", "nosuch"], FAILED, "nosuch"),
        (["--like", f"{name_of(0)}@0", "--clips", "no*"], FAILED, "no*: no clip"),
        (["--like", f"{name_of(0)}@0", "--min-score", "2"], USAGE, "--min-score 2"),
        (["--like", f"{name_of(0)}@0", "--min-score", "0.5x"], USAGE, "--min-score 0.5x"),
        (["--like", f"{name_of(0)}@0", "--label", "a,b"], USAGE, "--label"),
        (["--like", f"{name_of(0)}@0", "--label", "a", "--json"], USAGE, "--json"),
        (["--like", f"{name_of(0)}@0", "--align", "x.npy"], USAGE, "x.npy"),
        (["--like", f"{name_of(0)}@0", "--align", "x.png"], USAGE, "%06d"),
    ],
)
def test_refusals(words: list[str], code: int, said: str, visited: tuple[Path, list[Visit]]) -> None:
    done = camzarr("find", visited[0], *words, code=code)
    assert said in done.err
    assert done.out == b""


def test_aligned_pictures(visited: tuple[Path, list[Visit]], tmp_path: Path) -> None:
    """The time-lapse: pictures in order of time, which coincide to a pixel."""
    store, _ = visited
    lines = camzarr("find", store, "--like", f"{name_of(12)}@0", "--json", "--align", tmp_path / "view_%06d.png").lines()
    by_time = sorted(lines, key=lambda line: line["start"])
    assert [Path(line["path"]).name for line in by_time] == [f"view_{i:06}.png" for i in range(VISITS)]
    planes = []
    for line in by_time:
        raw = ffmpeg("-i", line["path"], "-f", "rawvideo", "-pix_fmt", "gray", "-")
        planes.append(np.frombuffer(raw, "u1").reshape(HEIGHT, WIDTH).astype(float))
    assert by_time[0]["clip"] == name_of(12)
    for line, plane in zip(by_time[1:], planes[1:], strict=True):
        scores = {
            (dx, dy): correlation(planes[0], np.roll(plane, (dy, dx), (0, 1)), plane > 0)
            for dx in (-3, 0, 3)
            for dy in (-3, 0, 3)
        }
        assert max(scores, key=lambda at: scores[at]) == (0, 0), (line, scores)


def correlation(a: Plane, b: Plane, known: NDArray[np.bool_]) -> float:
    """Of the fine structure of two pictures, where both are known."""
    fine = [p[40:-40, 40:-40] - p[36:-44, 40:-40] for p in (a, b)]
    mask = known[40:-40, 40:-40] & known[36:-44, 40:-40]
    return float(np.corrcoef(np.clip(fine[0][mask], -20, 20), np.clip(fine[1][mask], -20, 20))[0, 1])


def test_scenes_come_from_the_catalog(visited: tuple[Path, list[Visit]], tmp_path: Path) -> None:
    """Clips of other views are not opened; without a catalog the result is the same."""
    store = tmp_path / "store"
    shutil.copytree(visited[0], store)
    query = ("find", store, "--like", f"{name_of(16)}@0", "--json")
    wanted = camzarr(*query)
    assert len(wanted.lines()) == VISITS
    shutil.rmtree(store / "catalog")
    assert camzarr(*query).out == wanted.out
    camzarr("catalog", store)
    for i in (0, 1, 2, 3):  # never to be looked at again
        shutil.rmtree(store / "clips" / name_of(i) / "scenes")
    done = camzarr(*query)
    assert (done.out, done.err) == (wanted.out, "")


def test_clips_without_scenes_and_damaged_ones(visited: tuple[Path, list[Visit]], tmp_path: Path) -> None:
    """They are told of, and the others are searched."""
    store, visits = tmp_path / "store", visited[1][:2]
    movie = tmp_path / "plain.mov"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25", "-frames:v", "3", "-c:v", "prores_ks", movie)
    made = film(tmp_path, visits)
    assert made == store
    camzarr("convert", movie, store, "--overview", "none")
    camzarr("convert", movie, store, "--name", "broken", "--overview", "1")
    marker = store / "clips/broken/zarr.json"
    marker.write_bytes(marker.read_bytes()[:-20])
    done = camzarr("find", store, "--like", f"{name_of(0)}@0", "--json")
    assert {json.loads(line)["clip"] for line in done.out.splitlines()} == {name_of(0), name_of(1)}
    assert "1 of 4 clips have no scenes; see camzarr analyse" in done.err
    assert "1 of 4 clips cannot be read; see camzarr verify" in done.err
    # A query that has no scenes itself finds nothing here, without an error.
    done = camzarr("find", store, "--like", "plain@0")
    assert "no scene shows this view" in done.err
