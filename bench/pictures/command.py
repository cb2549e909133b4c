"""The command: pixels to a pipe, pictures to files."""

from __future__ import annotations

import shutil
import subprocess

from pairs import Command, Setup, run, turns


def pipe(setup: Setup) -> None:
    """The whole command to a pipe that `cat` reads."""
    for threads in (1, 2):
        ours = setup.frame(":", "--format", "yuv422p10le", "-o", "-", "--threads", str(threads))
        peer = setup.ffmpeg(threads, setup.frames, "-f", "rawvideo", "-pix_fmt", "yuv422p10le", "-")
        turns(f"yuv422p10le to a pipe, threads: {threads}", setup.pairs, setup.frames, ours, peer, "cat")


def files(setup: Setup) -> None:
    """Files in a folder. The peer is FFmpeg, and the command without encoding for .npy."""
    few = min(24, setup.frames)
    for name, ending, format, options, peer in (
        ("PNG rgb24", "png", "rgb24", (), ()),
        ("PNG rgb24, --compression fast", "png", "rgb24", ("--compression", "fast"), ()),
        ("JPEG, q:v 2", "jpg", "yuvj422p", (), ("-q:v", "2")),
        ("TIFF rgb48le, PackBits", "tif", "rgb48le", (), ()),
        ("TIFF rgb48le, none", "tif", "rgb48le", ("--compression", "none"), ("-compression_algo", "raw")),
    ):
        if options and not knows(setup, options[0]):
            continue
        ours = setup.frame(f"0:{few}", "-o", setup.out / f"a%06d.{ending}", "--overwrite", *options)
        its = setup.ffmpeg(0, few, "-pix_fmt", format, *peer, setup.out / f"b%06d.{ending}")
        run(ours), run(its)
        sizes = [sum(path.stat().st_size for path in setup.out.glob(f"{side}*")) for side in "ab"]
        turns(name, setup.pairs, few, ours, its, after=f"   size {sizes[0] / sizes[1]:.2f}")
        clear(setup)
    npy = setup.frame(":", "--format", "gray16le", "-o", setup.out / "a.npy", "--overwrite")
    decode = setup.frame(":", "--format", "gray16le", "-o", "-")
    turns(".npy gray16le; the decode alone", setup.pairs, setup.frames, npy, decode)
    clear(setup)


def faults(setup: Setup) -> None:
    """Minor page faults for each further frame."""
    for threads in (1, 2):
        many, half = (faults_of(setup, n, threads) for n in (setup.frames, setup.frames // 2))
        each = (many - half) / (setup.frames - setup.frames // 2)
        print(f"{f'minor page faults a frame, threads: {threads}':46} {each:7.1f}", flush=True)


def faults_of(setup: Setup, frames: int, threads: int) -> int:
    """Of the command, decoding so many frames to a pipe."""
    command: Command = setup.frame(
        f"0:{frames}", "--format", "yuv422p10le", "-o", "-", "--threads", str(threads)
    )
    return run(command, "cat").faults


def knows(setup: Setup, option: str) -> bool:
    """The command has this option: an older one may be measured."""
    return option in run_text([setup.camzarr, "frame", "--help"])


def run_text(command: Command) -> str:
    """What it prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def clear(setup: Setup) -> None:
    """Empty the folder of results."""
    shutil.rmtree(setup.out)
    setup.out.mkdir()
