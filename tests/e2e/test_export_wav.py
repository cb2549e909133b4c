"""`export wav`: every sample of a sound track is what FFmpeg decodes from the MOV."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from conftest import Converted_by
from maker.atoms import full
from maker.kinds.common import CREATED, camhd
from maker.movie import Movie
from maker.tracks import Chunk, Hole, Track, pcm
from support.command import FAILED, OK, USAGE, camzarr, convert_one

# The codecs that FFmpeg writes into a MOV: name in FFmpeg, bytes of a sample in WAV.
CODECS = {
    "pcm_u8": 1,
    "pcm_s8": 1,
    "pcm_s16le": 2,
    "pcm_s16be": 2,
    "pcm_s24le": 3,
    "pcm_s24be": 3,
    "pcm_s32le": 4,
    "pcm_s32be": 4,
    "pcm_f32le": 4,
    "pcm_f32be": 4,
    "pcm_f64le": 8,
    "pcm_f64be": 8,
}


def run(*words: str | Path) -> bytes:
    """FFmpeg's output."""
    command = ["ffmpeg", "-v", "error", "-nostdin", *words]
    return subprocess.run(command, check=True, capture_output=True).stdout


def decoded(path: Path, track: int = 0) -> bytes:
    """A sound track as double precision, in which every format is exact."""
    return run("-i", path, "-map", f"0:a:{track}", "-f", "f64le", "-")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of MOVs with noise in each codec, and a store of them."""
    folder = tmp_path_factory.mktemp("codecs")
    for codec in CODECS:
        sound = "anoisesrc=duration=0.4:sample_rate=44100:seed=7:amplitude=0.9"
        channels = "3" if codec == "pcm_s24le" else "2"
        run(
            *("-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=0.4", "-f", "lavfi", "-i", sound),
            *("-c:v", "prores_ks", "-c:a", codec, "-ac", channels, folder / f"{codec}.mov"),
        )
        convert_one(folder / f"{codec}.mov", folder / "store", "--overview", "none")
    return folder


@pytest.mark.parametrize("codec", CODECS)
def test_codecs(codec: str, recorded: Path, tmp_path: Path) -> None:
    movie, out = recorded / f"{codec}.mov", tmp_path / "x.wav"
    camzarr("export", "wav", recorded / "store", codec, out)
    want = decoded(movie)
    assert len(want) > 100_000 and decoded(out) == want
    data = out.read_bytes()
    head = struct.unpack_from("<4sI4s4sIHHIIHH", data)
    channels = 3 if codec == "pcm_s24le" else 2
    assert head[:4] == (b"RIFF", len(data) - 8, b"WAVE", b"fmt ")
    assert head[5] == (0xFFFE if channels > 2 else 3 if "_f" in codec else 1)
    assert head[6:8] == (channels, 44100) and head[10] == 8 * CODECS[codec]
    camzarr("export", "wav", movie, tmp_path / "raw.wav")
    assert (tmp_path / "raw.wav").read_bytes() == data, "of the MOV itself"


@pytest.mark.parametrize(
    "case", ["audio_in24", "audio_first", "audio_lpcm", "audio_sowt", "recorder_2015", "everything"]
)
def test_recorders(case: str, converted: Converted_by, tmp_path: Path) -> None:
    one, out = converted(case), tmp_path / "x.wav"
    camzarr("export", "wav", one.store, out)
    assert decoded(out) == decoded(one.made.path)
    done = camzarr("export", "wav", one.store, one.name, "-")
    assert done.out == out.read_bytes()


def test_tracks(converted: Converted_by, tmp_path: Path) -> None:
    """By the numbers that info shows; the first one by default."""
    one = converted("audio_twice")
    (told,) = camzarr("info", one.store, one.name, "--json").lines()
    numbers = [track["track"] for track in told["audio"]]
    for i, number in enumerate(numbers):
        out = tmp_path / f"{number}.wav"
        camzarr("export", "wav", one.store, out, "--track", str(number))
        assert decoded(out) == decoded(one.made.path, i)
    assert decoded(tmp_path / f"{numbers[0]}.wav") != decoded(tmp_path / f"{numbers[1]}.wav")
    first = camzarr("export", "wav", one.store, "-").out
    assert first == (tmp_path / f"{numbers[0]}.wav").read_bytes()
    done = camzarr("export", "wav", one.store, tmp_path / "x.wav", "--track", "9", code=FAILED)
    assert "track 9 is no sound track" in done.err and not (tmp_path / "x.wav").exists()


@pytest.mark.parametrize(
    ("case", "words", "said"),
    [
        ("usual", [], "has no sound"),
        ("no_moov_audio", [], "no moov atom"),
        ("usual", ["--source", "x.mov"], "--source does not apply"),
    ],
)
def test_no_sound(case: str, words: list[str], said: str, converted: Converted_by, tmp_path: Path) -> None:
    one, out = converted(case), tmp_path / "x.wav"
    done = camzarr("export", "wav", one.store, out, *words, code=USAGE if words else FAILED)
    assert said in done.err and not out.exists()


def test_track_is_of_wav(converted: Converted_by, tmp_path: Path) -> None:
    one = converted("audio_twice")
    done = camzarr("export", "kerchunk", one.store, tmp_path / "x", "--track", "1", code=USAGE)
    assert "--track does not apply" in done.err


def test_compressed_sound(tmp_path: Path) -> None:
    movie = tmp_path / "aac.mov"
    run(
        *("-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=0.4", "-f", "lavfi", "-i", "sine=duration=0.4"),
        *("-c:v", "prores_ks", "-c:a", "aac", movie),
    )
    done = camzarr("export", "wav", movie, tmp_path / "x.wav", code=FAILED)
    assert "codec mp4a" in done.err and "not PCM" in done.err


# ---- Hostile files ----------------------------------------------------------------------------------


def made(path: Path, sound: Track) -> Path:
    """A movie with this sound track, as a file."""
    movie = camhd()
    movie.tracks.append(sound)
    movie.write(path)
    return path


def test_chunks_that_overlap(tmp_path: Path) -> None:
    """A table can promise any amount of sound; the file bounds it."""
    sound = pcm("sowt", 2, camhd().track)
    for chunk in sound.chunks:
        chunk.samples = 20_000_000
    sound.stts = [(sum(chunk.samples for chunk in sound.chunks), 1)]
    movie = made(tmp_path / "x.mov", sound)
    done = camzarr("export", "wav", movie, tmp_path / "x.wav", code=FAILED)
    assert "more bytes than the file" in done.err or "not in order" in done.err
    assert not (tmp_path / "x.wav").exists()


def test_sound_that_is_elsewhere(tmp_path: Path) -> None:
    sound = pcm("sowt", 2, camhd().track)
    sound.dref = full(b"url ", b"file:///etc/passwd\0", flags=0)
    movie = made(tmp_path / "x.mov", sound)
    done = camzarr("export", "wav", movie, tmp_path / "x.wav", code=FAILED)
    assert "its samples are in another file" in done.err


def test_tables_that_are_invalid(tmp_path: Path) -> None:
    """The clip does without its sound; its sound says so."""
    movie = made(tmp_path / "x.mov", pcm("sowt", 2, camhd().track))
    data = bytearray(movie.read_bytes())
    place = data.rfind(b"stsc") + 4 + 4 + 4 + 4  # version, count, first chunk
    data[place : place + 4] = bytes(4)
    movie.write_bytes(data)
    done = camzarr("export", "wav", movie, tmp_path / "x.wav", code=FAILED)
    assert "its tables are invalid" in done.err
    camzarr("export", "kerchunk", movie, tmp_path / "x.json")


def test_file_that_ends_early(tmp_path: Path) -> None:
    """Samples up to the end of the file."""
    whole = made(tmp_path / "whole.mov", pcm("sowt", 2, camhd().track))
    camzarr("export", "wav", whole, tmp_path / "whole.wav")
    sound = pcm("sowt", 2, camhd().track)
    movie = Movie([camhd().track, sound], created=CREATED, moov="first")
    path = tmp_path / "short.mov"
    movie.write(path)
    last = movie.places[1][-1]
    with path.open("r+b") as file:
        file.truncate(last + 402)
    camzarr("export", "wav", path, tmp_path / "short.wav")
    samples = sum(chunk.samples for chunk in sound.chunks[:-1]) + 100
    assert (tmp_path / "short.wav").read_bytes()[44:] == (tmp_path / "whole.wav").read_bytes()[44:][: 4 * samples]


@pytest.mark.full
def test_more_than_4_gib(tmp_path: Path) -> None:
    """RF64, which FFmpeg reads; the sound is a hole in the file, with a mark at its end."""
    seconds = 4_400
    mark = bytes(range(192))
    part = [Hole(seconds * 48_000 * 24 - len(mark)), mark]
    sound = pcm("in24", 8, camhd().track)
    sound.chunks = [Chunk(part, seconds * 48_000)]
    sound.stts = [(seconds * 48_000, 1)]
    movie, out = made(tmp_path / "x.mov", sound), tmp_path / "x.wav"
    camzarr("export", "wav", movie, out, code=OK, timeout=1200)
    with out.open("rb") as file:
        assert file.read(4) == b"RF64"
        file.seek(-192, 2)
        want = b"".join(mark[i + 2 : i - 1 if i else None : -1] for i in range(0, 192, 3))
        assert file.read() == want
    probe = ["ffprobe", "-v", "error", "-show_entries", "stream=duration", "-of", "csv=p=0", out]
    told = subprocess.run(probe, check=True, capture_output=True).stdout
    assert float(told) == pytest.approx(seconds)
