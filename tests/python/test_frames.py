"""Frames that are decoded when they are used: batches, reductions, Dask; arrays of the caller's."""

from __future__ import annotations

import gc
import os
import pickle
import threading
import warnings
from collections.abc import Callable
from typing import Any

import dask
import numpy as np
import pytest

import camzarr
from camzarr import _native, buffers, chunks
from camzarr.reductions import variance
from conftest import USUAL, Shelf


@pytest.fixture
def clip(shelf: Shelf) -> camzarr.Clip:
    return camzarr.open(shelf.path)[shelf.name(USUAL)]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Numbers of the frames of each call that decodes."""
    seen: list[list[int]] = []
    decode = _native.pictures

    def counted(clip: Any, view: Any, numbers: Any, into: Any) -> None:
        seen.append(list(numbers))
        decode(clip, view, numbers, into)

    monkeypatch.setattr(_native, "pictures", counted)
    return seen


# ---- When frames are decoded


def test_frames_are_decoded_when_they_are_used(clip: camzarr.Clip, calls: list[list[int]]) -> None:
    frames = clip[2:12:2]
    assert len(frames) == 5 and frames.number.tolist() == [2, 4, 6, 8, 10]
    assert frames.dtype == np.uint8 and frames.ndim == 4 and frames.nbytes == 5 * 96 * 128 * 3
    assert "5x96x128x3" in repr(frames) and frames[1:3].number.tolist() == [4, 6]
    assert calls == []
    assert frames[-1].number == 10 and calls == [[10]]
    assert frames.data is frames.data and calls == [[10], [2, 4, 6, 8, 10]]
    assert np.shares_memory(frames[1:3].data, frames.data) and len(calls) == 2
    assert np.array_equal(frames[-1].data, clip[10].data)


def test_selections_have_options(clip: camzarr.Clip) -> None:
    small = clip.select(np.s_[::5], layout="gray16le", scale=2)
    assert np.array_equal(small.data, clip.get_frames_at([0, 5, 10], layout="gray16le", scale=2).data)
    for key in (clip.time[[0, 5, 10]], [0, 5, 10], np.arange(15) % 5 == 0):
        assert clip.select(key).number.tolist() == [0, 5, 10]
    late = clip.select([3], fields="bottom")
    assert late.time[0] == clip.get_frame_at(3, fields="bottom").time


def test_frames_pickle(clip: camzarr.Clip) -> None:
    frames = clip[2:5]
    assert len(pickle.dumps(frames)) < 10_000
    again = pickle.loads(pickle.dumps(frames))
    assert np.array_equal(again.data, frames.data) and again.time.tolist() == frames.time.tolist()
    assert np.array_equal(pickle.loads(pickle.dumps(frames)).data, frames.data)


@pytest.mark.parametrize(
    ("kind", "message", "call"),
    [
        (camzarr.FrameNotFoundError, "frame 99", lambda c: c.select([0, 99])),
        (camzarr.NotFoundError, "no frame is shown", lambda c: c.select(["2001-01-01"])),
        (camzarr.UsageError, r"frames 3: one frame\n.*get_frame_at\(3\), or \[3\]", lambda c: c.select(3)),
        (camzarr.UsageError, "one axis", lambda c: c.select((0, 3))),
        (camzarr.UsageError, r"not one of .*\ndid you mean layout='rgb24'", lambda c: c.select([0], layout="rgb42")),
        (camzarr.UnsupportedError, "4:2:2|444", lambda c: c.select([0], layout="yuv444p12le")),
        (TypeError, r"did you mean layout=\?", lambda c: c.select([0], layuot="gray")),
        (camzarr.UsageError, r"size 0: not a number of frames", lambda c: c[:].batches(0)),
        (camzarr.UsageError, r"size True", lambda c: c[:].batches(True)),
        (camzarr.UsageError, r"chunks 0: .*\nchunks=\"auto\"", lambda c: c[:].to_dask(0)),
        (camzarr.UsageError, r"chunks 'even'", lambda c: c[:].to_xarray(chunks="even")),
        (np.exceptions.AxisError, "axis 4", lambda c: c[:].mean(axis=4)),
        (ValueError, "duplicate", lambda c: c[:].sum(axis=(1, -3))),
        (ValueError, "zero-size|no identity", lambda c: c[5:5].max()),
    ],
)
def test_what_is_refused(
    kind: type[Exception], message: str, call: Callable[[camzarr.Clip], object], clip: camzarr.Clip
) -> None:
    with pytest.raises(kind, match=message):
        call(clip)


def test_damaged_frames(damaged: Shelf) -> None:
    clip = camzarr.open(damaged.path)[damaged.name("damaged_frames")]
    frames = clip[18:22]
    assert frames[0].number == 18
    for use in (
        lambda: frames.data,
        lambda: frames.mean(),
        lambda: list(frames),
        lambda: frames.to_dask(2).compute(),
        lambda: frames.to_xarray(),
        lambda: np.asarray(frames),
    ):
        with pytest.raises(camzarr.CorruptError, match="frame 20"):
            use()
    batches = frames.batches(2)
    assert next(batches).number.tolist() == [18, 19], "those before it come out"
    with pytest.raises(camzarr.CorruptError, match="frame 20"):
        next(batches)
    assert clip.select(np.s_[18:22], conceal=True).mean() > 0


# ---- Batches


def test_batches(clip: camzarr.Clip, calls: list[list[int]]) -> None:
    batches = list(clip[1:].batches(4))
    assert [batch.number.tolist() for batch in batches] == calls
    assert [len(batch) for batch in batches] == [4, 4, 4, 2]
    told = clip[1:].data
    assert np.array_equal(np.concatenate([batch.data for batch in batches]), told)
    assert [len(batch) for batch in clip[:].batches()] == [15]
    assert list(clip[5:5].batches()) == []


def test_a_loop_decodes_some_ahead(clip: camzarr.Clip, calls: list[list[int]]) -> None:
    frames = clip.select([n % 15 for n in range(100)])
    for frame in frames:
        if frame.number == 3:
            break
    assert sum(map(len, calls)) <= 32
    assert [frame.number for frame in clip] == list(range(15))


def test_sizes_of_batches() -> None:
    assert chunks.batch_size(None, 1920 * 1080 * 3) == 10
    assert chunks.batch_size(None, 1 << 30) == 1 and chunks.batch_size(None, 10) == 64
    assert chunks.batch_size(np.int64(3), 1) == 3  # type: ignore[arg-type]


# ---- Reductions

AXES = (None, 0, -1, (0, 1), (1, 2), (1, 2, 3), (0, -1), (0, 1, 2, 3))


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("layout", ["rgb24", "rgb48le"])
def test_reductions_are_numpys(layout: str, axis: Any, clip: camzarr.Clip) -> None:
    frames = clip.select(slice(1, None), layout=layout)
    data = clip.select(slice(1, None), layout=layout).data
    with pytest.MonkeyPatch.context() as patch:  # several batches
        patch.setattr(chunks, "FRAMES", 4)
        for name in ("mean", "sum", "min", "max"):
            ours, its = (getattr(np, name)(of, axis=axis) for of in (frames, data))
            assert np.array_equal(ours, its) and ours.dtype == its.dtype and type(ours) is type(its)
        for name in ("std", "var"):
            for more in ({}, {"ddof": 1}):
                ours, its = (getattr(np, name)(of, axis=axis, **more) for of in (frames, data))
                np.testing.assert_allclose(ours, its, rtol=1e-9, atol=1e-9)
                assert type(ours) is type(its)
    assert frames._data is None, "not kept"


def test_results_as_asked(clip: camzarr.Clip) -> None:
    frames, data = clip[1:], clip[1:].data
    into = np.empty(data.shape[1:], np.float32)
    assert frames.mean(axis=0, out=into) is into
    np.testing.assert_allclose(into, data.mean(axis=0), rtol=1e-6)
    assert frames.mean(axis=0, dtype="float32").dtype == np.float32
    assert frames.sum(axis=(0, 2), keepdims=True).shape == (1, 96, 1, 3)
    assert np.array_equal(np.max(frames, axis=(1, 2), keepdims=True), data.max(axis=(1, 2), keepdims=True))
    _ = frames.data
    assert np.array_equal(frames.mean(axis=0), data.mean(axis=0)), "of frames that are decoded, too"
    planes = clip.select(slice(3), layout="native")
    assert np.array_equal(planes.mean(axis=0), planes.data.mean(axis=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.isnan(clip[5:5].mean()) and np.isnan(clip[5:5].std(axis=0)).all()
    assert clip[5:5].sum() == 0 and clip[5:5].var(axis=(1, 2)).shape == (0, 3)


@pytest.mark.parametrize("name", ["sum", "mean", "var", "std", "min", "max"])
def test_reductions_of_no_frames_are_numpys(name: str, clip: camzarr.Clip) -> None:
    none = clip[5:5]
    for options in ({"axis": (1, 2)}, {"axis": -1, "keepdims": True}):
        found, told = getattr(none, name)(**options), getattr(np, name)(none.data, **options)
        assert found.shape == told.shape and found.dtype == told.dtype
    with pytest.raises(np.exceptions.AxisError):
        getattr(none, name)(axis=4)
    if name in ("min", "max"):
        with pytest.raises(ValueError, match="zero-size array"):
            getattr(none, name)()


def test_variances_of_large_values() -> None:
    noise = np.random.default_rng(1).integers(65000, 65536, (20, 30, 40), np.uint16)
    for axes in ((0,), (0, 1, 2), (1, 2)):
        count = int(np.prod([noise.shape[axis] for axis in axes]))
        np.testing.assert_allclose(variance([noise[:7], noise[7:]], axes, count, 0), noise.var(axis=axes))


def test_reductions_are_in_bounded_memory(clip: camzarr.Clip, calls: list[list[int]]) -> None:
    """A selection of many times the bound: each batch is dropped before the next but two."""
    live, most = [0], [0]
    real = buffers.empty

    class Counted(np.ndarray):
        def __del__(self) -> None:
            if self.base is not None and getattr(self, "counted", False):
                live[0] -= self.nbytes

    def counting(rows: int, row_bytes: int) -> Any:
        array = real(rows, row_bytes).view(Counted)
        array.counted = True
        live[0] += array.nbytes
        most[0] = max(most[0], live[0])
        return array

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buffers, "empty", counting)
        clip.select([n % 15 for n in range(1000)]).mean(axis=0)
    assert max(map(len, calls)) == 64 and most[0] <= 3 * 64 * 96 * 128 * 3


# ---- Dask and xarray


def test_dask(clip: camzarr.Clip, calls: list[list[int]]) -> None:
    array = clip[::2].to_dask(3)
    assert array.chunks[0] == (3, 3, 2) and array.shape == (8, 96, 128, 3) and array.dtype == np.uint8
    assert calls == []
    with dask.config.set(scheduler="synchronous"):
        assert np.array_equal(array.compute(), clip[::2].data)
        assert np.array_equal(clip[::2].to_dask().mean(axis=0).compute(), clip[::2].data.mean(axis=0))
    assert pickle.loads(pickle.dumps(array))[0].compute().shape == (96, 128, 3)
    lazy = clip.select(slice(None), layout="gray16le").to_xarray(chunks="auto")
    assert lazy.dims == ("time", "y", "x") and lazy.chunks is not None
    assert np.array_equal(lazy.isel(time=3), clip.get_frame_at(3, layout="gray16le").data)
    done = clip.get_frames_at([1, 2])
    assert np.array_equal(done.to_dask(1).compute(), done.data) and done.to_dask(1).numblocks[0] == 2
    assert clip[5:5].to_dask().compute().shape == (0, 96, 128, 3)


def test_tasks_decode_on_their_own_thread(clip: camzarr.Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    decode = _native.pictures

    def noted(handle: Any, view: Any, numbers: Any, into: Any) -> None:
        threads.append(view.threads)
        decode(handle, view, numbers, into)

    monkeypatch.setattr(_native, "pictures", noted)
    clip[:2].to_dask(1).compute()
    clip.select([0], threads=3).to_dask(1).compute()
    assert threads == [1, 1, 3]


def test_sizes_of_chunks() -> None:
    hd = 1920 * 1080 * 3  # 10 of them are a chunk's bytes

    def sizes(number: Any, asked: int | str = "auto") -> tuple[int, ...]:
        return chunks.chunk_sizes(np.asarray(number, np.int64), 64, hd, asked)

    assert sizes(range(64)) == (8,) * 8, "parts of a shard"
    assert sizes(range(60, 80)) == (4, 8, 8), "they end where the shard ends"
    assert sizes(range(0, 3000, 300)) == (10,), "strided: bytes alone count"
    assert sizes(range(0, 27000, 300)) == (10,) * 9
    assert sizes([5]) == (1,) and sizes([]) == (0,) and sizes(range(7), 3) == (3, 3, 1)
    small = chunks.chunk_sizes(np.arange(200), 64, 1000, "auto")
    assert small == (64, 64, 64, 8)


# ---- Arrays of the caller's


def test_arrays_of_the_callers(clip: camzarr.Clip) -> None:
    one, four = np.empty((96, 128, 3), np.uint8), np.empty((4, 96, 128, 3), np.uint8)
    frame = clip.get_frame_at(3, out=one)
    assert frame.data is one and frame.number == 3 and np.array_equal(one, clip[3].data)
    assert clip.get_frame_played_at(0.134, out=one).data is one
    for call in (
        lambda: clip.get_frames_at([0, 5, 5], out=four),
        lambda: clip.get_frames_in_range(0, 9, 3, out=four),
        lambda: clip.get_frames_played_at([0.0, 0.1], out=four),
        lambda: clip.get_frames_played_in_range(0.0, 0.1, out=four),
    ):
        frames = call()
        assert np.shares_memory(frames.data, four) and len(frames.data) == len(frames) <= 4
        assert np.array_equal(frames.data, clip.get_frames_at(frames.number).data)
    deep = np.empty((2, 24, 32), np.uint16)
    assert np.array_equal(
        clip.get_frames_at([1, 2], out=deep, layout="gray16le", scale=4).data,
        clip.get_frames_at([1, 2], layout="gray16le", scale=4).data,
    )
    assert clip.get_frames_at([], out=four).data.shape == (0, 96, 128, 3)


@pytest.mark.parametrize(
    "out",
    [
        np.empty((3, 96, 128, 3), np.uint16),
        np.empty((3, 96, 128), np.uint8),
        np.empty((1, 96, 128, 3), np.uint8),
        np.empty((2, 96, 256, 3), np.uint8)[:, :, ::2],
        np.frombuffer(bytes(2 * 96 * 128 * 3), np.uint8).reshape(2, 96, 128, 3),
        [],
        7,
    ],
)
def test_arrays_that_do_not_fit(out: Any, clip: camzarr.Clip) -> None:
    message = r"out: .*not a contiguous, writable array of uint8 \(2, 96, 128, 3\)\nout=numpy\.empty"
    with pytest.raises(camzarr.UsageError, match=message):
        clip.get_frames_at([0, 1], out=out)
    with pytest.raises(camzarr.UsageError, match="out: "):
        clip.get_frame_at(0, out=out)


# ---- Memory


def test_memory_is_used_again(clip: camzarr.Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = buffers._Pool(buffers.KEPT)
    monkeypatch.setattr(buffers, "_pool", pool)
    told = clip[:10].data.tobytes()
    frames = clip.get_frames_at(range(10))
    at, view = frames.data.ctypes.data, frames.data[3, :2]
    del frames
    gc.collect()
    assert pool.idle() == 0, "a view keeps it"
    assert view.tobytes() == clip[3].data[:2].tobytes()
    del view
    again = clip.get_frames_at(range(10))
    assert again.data.ctypes.data == at and again.data.tobytes() == told
    other = clip.get_frames_at(range(10))
    assert not np.shares_memory(other.data, again.data)
    for data in (again.data, other.data):
        assert data.flags.writeable and data.flags.c_contiguous and data.flags.aligned


@pytest.mark.parametrize("shape", [(), (0, 5), (3,), (1, 200, 300, 3), (1000, 1000)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_arrays_of_any_shape(shape: tuple[int, ...], dtype: type) -> None:
    for _ in range(3):
        array = buffers.array(shape, dtype)
        assert array.shape == shape and array.dtype == dtype and array.flags.c_contiguous
        array[...] = 7
        assert (array == 7).all()


def test_idle_memory_is_bounded() -> None:
    pool = buffers._Pool(10 << 20)
    taken = [pool.take(3 << 20) for _ in range(5)]
    for memory in taken:
        pool.give_back(memory)
    assert pool.idle() == 9 << 20
    assert pool.take(9 << 20).nbytes == 9 << 20 and pool.idle() == 9 << 20, "none is large enough"
    assert pool.take(1 << 20).nbytes == 1 << 20 and pool.idle() == 9 << 20, "nor small enough"
    assert pool.take(5 << 19).nbytes == 3 << 20 and pool.idle() == 6 << 20
    pool.give_back(np.empty(11 << 20, np.uint8))
    assert pool.idle() == 0


def test_many_threads_never_share_memory() -> None:
    failed: list[int] = []

    def work(seed: int) -> None:
        for turn in range(200):
            rows = buffers.empty(2, buffers.LEAST)
            rows[:] = mine = (seed * 7 + turn) % 251
            if not (rows == mine).all():
                failed.append(seed)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_child_has_memory_of_its_own() -> None:
    """Even if a thread was in the pool when the process forked."""
    with buffers._pool._lock:
        child = os.fork()
        if child == 0:
            buffers.empty(1, buffers.LEAST)[:] = 1
            os._exit(buffers._pool.idle())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
