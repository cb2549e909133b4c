"""store.find(): the scenes that show a view, as a table and as an aligned time-lapse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import camzarr
from conftest import COMMAND, run

WIDTH, HEIGHT = 480, 272
# Where the camera looks in a made plane, and its zoom: of two views, in order of time.
VISITS = [(400, 300, 1.0), (1200, 700, 1.0), (418, 291, 1.1), (391, 309, 0.95)]


def plane() -> np.ndarray:
    """Noise of several sizes, 8 bit."""
    random, total = np.random.default_rng(7), np.full((1000, 1600), 110.0)
    for size, strength in ((90, 45), (30, 35), (12, 25)):
        grid = random.uniform(-1, 1, (1000 // size + 2, 1600 // size + 2))
        total += strength * sample(grid, np.arange(1000) / size, np.arange(1600) / size)
    return np.clip(total, 0, 255)


def sample(of: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Bilinear, at all pairs of positions."""
    j, i = down.astype(int), across.astype(int)
    v, u = (down - j)[:, None], across - i
    above, below = of[j], of[j + 1]
    return (above[:, i] * (1 - u) + above[:, i + 1] * u) * (1 - v) + (below[:, i] * (1 - u) + below[:, i + 1] * u) * v


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> camzarr.Store:
    folder, of = tmp_path_factory.mktemp("views"), plane()
    random = np.random.default_rng(1)
    for hour, (x, y, zoom) in enumerate(VISITS):
        across = x + (np.arange(WIDTH) + 0.5 - WIDTH / 2) / zoom - 0.5
        down = y + (np.arange(HEIGHT) + 0.5 - HEIGHT / 2) / zoom - 0.5
        seen = sample(of, down, across) + random.normal(0, 2, (HEIGHT, WIDTH))
        picture = np.clip(np.round(64 + seen * 876 / 255), 4, 1019).astype("<u2").tobytes()
        frame = picture + np.full(WIDTH * HEIGHT, 512, "<u2").tobytes()
        movie = folder / f"CAM-20180712T{hour:02}0000Z.mov"
        form = ["-f", "rawvideo", "-pix_fmt", "yuv422p10le", "-s", f"{WIDTH}x{HEIGHT}", "-r", "30"]
        run("ffmpeg", "-v", "error", *form, "-i", "-", "-c:v", "prores_ks", movie, input=2 * frame)
        run(COMMAND, "convert", "--quiet", movie, folder / "store", "--overview", "1")
    return camzarr.open(folder / "store")


def test_matches(store: camzarr.Store) -> None:
    frame = store[store.names[0]][1]
    found = store.find(frame)
    assert {match.clip for match in found} == {store.names[i] for i in (0, 2, 3)}
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)
    assert found[0].clip == frame.clip
    for match in found:
        x, y, zoom = VISITS[store.names.index(match.clip)]
        assert abs(match.shift_x - (VISITS[0][0] - x) * zoom) < 2
        assert abs(match.shift_y - (VISITS[0][1] - y) * zoom) < 2
        assert abs(match.zoom / zoom - 1) < 0.01
        assert (match.scene, match.first, match.last, match.frame) == (0, 0, 1, 0)
        assert match.start == store[match.clip].facts.start
        assert match.end == store[match.clip].facts.end


def test_it_is_a_sequence_and_a_table(store: camzarr.Store) -> None:
    found = store.find(store[store.names[0]][0])
    assert len(found) == len(list(found)) == 3
    assert list(found[1:]) == list(found)[1:]
    lines = repr(found).splitlines()
    assert lines[0].split() == ["score", "clip", "scene", "frames", "start", "shift", "zoom"]
    assert len(lines) == 5
    assert lines[-1] == "3 scenes"
    assert found[2].clip in found._repr_html_()
    table = found.to_pandas()
    assert table["clip"].tolist() == [match.clip for match in found]
    assert str(table["start"].dtype) == "datetime64[ns]"


def test_arguments(store: camzarr.Store, tmp_path: Path) -> None:
    names, frame = store.names, store[store.names[0]][0]
    assert [m.clip for m in store.find(frame, names[3])] == [names[3]]
    assert [m.clip for m in store.find(frame, [names[1], names[0]])] == [names[0]]
    assert len(store.find(frame, [])) == 0
    assert len(store.find(frame, limit=2)) == 2
    best, second = (match.score for match in store.find(frame)[:2])
    assert len(store.find(frame, min_score=(best + second) / 2)) == 1
    for wrong in ({"min_score": 0}, {"min_score": 1.5}, {"limit": 0}):
        with pytest.raises(camzarr.UsageError):
            store.find(frame, **wrong)  # type: ignore[arg-type]
    with pytest.raises(camzarr.ClipNotFoundError, match="nosuch"):
        store.find(frame, ["nosuch"])
    # A frame of a MOV, and how the call is interrupted.
    movie = tmp_path / "elsewhere.mov"
    store[names[2]].restore(movie)
    clip = camzarr.open_movie(movie)
    assert store.find(clip[0], clip=clip)[0].clip == names[2]

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.find(frame, progress=stop)


def test_aligned(store: camzarr.Store) -> None:
    """In order of time, and what they show coincides."""
    pytest.importorskip("xarray")
    found = store.find(store[store.names[0]][0])
    for scale in (1, 2):
        data = found.to_xarray(scale)
        assert data.dims == ("time", "y", "x", "channel")
        assert data.shape == (3, HEIGHT // scale, WIDTH // scale, 3)
        assert data["clip"].values.tolist() == [store.names[i] for i in (0, 2, 3)]
        assert data["time"].values.tolist() == sorted(data["time"].values.tolist())
        assert set(data.coords) == {"time", "clip", "scene", "frame", "score", "shift_x", "shift_y", "zoom"}
        first, *others = data.values[..., 1].astype(float)
        edge = 40 // scale
        for other in others:
            known = other > 0
            known[:edge], known[-edge:], known[:, :edge], known[:, -edge:] = False, False, False, False
            here = np.corrcoef(first[known], other[known])[0, 1]
            assert here > 0.98
            for by in (-2, 2):
                for axis in (0, 1):
                    moved = np.roll(other, by, axis)
                    assert np.corrcoef(first[known], moved[known])[0, 1] < here
    assert len(found[:0].to_xarray()) == 0
    with pytest.raises(camzarr.UsageError):
        found.to_xarray(3)
