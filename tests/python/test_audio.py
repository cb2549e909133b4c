"""Clip.audio: the samples are those that FFmpeg decodes."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

import camzarr
from conftest import USUAL, Shelf, run, shelf_of

IN24, SOWT, TWICE = "audio_in24", "audio_sowt", "audio_twice"


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Clips with sound, and one without."""
    return shelf_of(tmp_path_factory.mktemp("sounds"), IN24, SOWT, TWICE, USUAL, "no_moov_audio")


def clip_of(shelf: Shelf, case: str) -> camzarr.Clip:
    return camzarr.open(shelf.path)[shelf.name(case)]


def decoded(shelf: Shelf, case: str, sound: camzarr.Audio, track: int = 0) -> np.ndarray:
    form = {16: "s16", 24: "s32"}[sound.bits]
    movie = shelf.made[case].path
    raw = run("ffmpeg", "-v", "error", "-i", movie, "-map", f"0:a:{track}", "-f", f"{form}le", "-")
    values = np.frombuffer(raw, sound.dtype).reshape(-1, sound.channels)
    return values >> 8 if sound.bits == 24 else values


@pytest.mark.parametrize("case", [IN24, SOWT])
def test_samples(case: str, sounds: Shelf) -> None:
    clip = clip_of(sounds, case)
    sound = clip.audio
    want = decoded(sounds, case, sound)
    assert sound.shape == want.shape and len(sound) == len(want) and sound.dtype == want.dtype
    assert np.array_equal(np.asarray(sound), want)
    assert np.asarray(sound, np.float64).dtype == np.float64
    for key in (
        *(slice(10, 20), slice(-5, None), slice(5, 2), slice(None, None, 1000), slice(20, 3, -7)),
        *(7, -1, (3, 1), (slice(0, 9), 1), (slice(0, 900, 9), slice(0, 2)), (slice(None, None, -1), -1)),
    ):
        assert np.array_equal(sound[key], want[key]), key
    assert sound[3, 1].dtype == want.dtype and sound[3].shape == (sound.channels,)


def test_blocks(sounds: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step reads blocks of bounded size; the result is the same."""
    sound = clip_of(sounds, IN24).audio
    want = sound[:][5::77]
    monkeypatch.setattr("camzarr.audio.BLOCK", 5000)
    assert np.array_equal(sound[5::77], want)


def test_facts(sounds: Shelf) -> None:
    clip = clip_of(sounds, IN24)
    sound = clip.audio
    assert (sound.codec, sound.bits, sound.rate, sound.channels, sound.ndim) == ("in24", 24, 48000, 16, 2)
    assert sound.start == clip.time[0]
    assert sound.duration.total_seconds() == pytest.approx(len(sound) / 48000)
    assert sound.nbytes == sound.size * 4 == np.asarray(sound).nbytes
    assert "in24" in repr(sound) and clip.name in repr(sound)


def test_tracks(sounds: Shelf) -> None:
    clip = clip_of(sounds, TWICE)
    tracks = clip.audio_tracks
    assert [track.track for track in tracks] == [1, 2] and clip.audio.track == 1
    for i, track in enumerate(tracks):
        assert np.array_equal(track[:], decoded(sounds, TWICE, track, i))
    assert not np.array_equal(tracks[0][:], tracks[1][:])
    again = pickle.loads(pickle.dumps(tracks[1]))
    assert np.array_equal(again[:100], tracks[1][:100])


def test_movie(sounds: Shelf) -> None:
    movie = camzarr.open_movie(sounds.made[SOWT].path)
    assert np.array_equal(movie.audio[:], clip_of(sounds, SOWT).audio[:])


@pytest.mark.parametrize("case", [USUAL, "no_moov_audio"])
def test_no_sound(case: str, sounds: Shelf) -> None:
    clip = clip_of(sounds, case)
    assert clip.audio_tracks == ()
    with pytest.raises(camzarr.NotFoundError, match="has no sound"):
        _ = clip.audio


def test_bad_keys(sounds: Shelf) -> None:
    sound = clip_of(sounds, SOWT).audio
    for key in (len(sound), (0, 2), (0, -3)):
        with pytest.raises(IndexError):
            sound[key]
    with pytest.raises(camzarr.UsageError):
        sound["a"]
    with pytest.raises(ValueError, match="copy"):
        sound.__array__(copy=False)


def test_the_clip_stays_open(sounds: Shelf, tmp_path: Path) -> None:
    """As long as its sound is used."""
    sound = clip_of(sounds, SOWT).audio
    assert sound[:10].any()
