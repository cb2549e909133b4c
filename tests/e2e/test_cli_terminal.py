"""The command in a terminal: the progress bar, its width, and interruption by the user."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from maker import Made, big
from support import tree
from support.command import CAMZARR, OK, STOPPED, USAGE, camzarr

ERASE = "\x1b[K"


class Terminal:
    """A command whose standard streams are a terminal of some width."""

    def __init__(self, *words: str | Path, columns: int = 100, stdout: int | None = None, **env: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.run = subprocess.Popen(
            [CAMZARR, *words],
            stdin=slave,
            stdout=slave if stdout is None else stdout,
            stderr=slave,
            env={**os.environ, "TERM": "xterm", **env},
            start_new_session=True,
        )
        os.close(slave)
        self.text = ""

    def read(self, timeout: float = 0.1) -> bool:
        """More of what it showed; False at its end."""
        if not select.select([self._master], [], [], timeout)[0]:
            return True
        try:
            more = os.read(self._master, 65536)
        except OSError:  # Linux: the other side is closed
            return False
        self.text += more.decode()
        return bool(more)

    def until(self, pattern: str) -> None:
        """Wait until it shows that."""
        limit = time.monotonic() + 60
        while not re.search(pattern, self.text):
            assert self.read(), f"it ended without: {pattern}\n{self.text!r}"
            assert time.monotonic() < limit, self.text

    def end(self) -> int:
        """Wait for its end: its exit code."""
        while self.read(60):
            pass
        return self.run.wait(60)

    def close(self) -> None:
        self.run.kill()
        self.run.wait()
        os.close(self._master)

    def bars(self) -> list[str]:
        """Each state of the bar."""
        return re.findall(r"\r([^\r\n\x1b]+)\x1b\[K", self.text)


@contextmanager
def terminal(*words: str | Path, **options: object) -> Iterator[Terminal]:
    """One that is gone when the block is left."""
    shown = Terminal(*words, **options)  # type: ignore[arg-type]
    try:
        yield shown
    finally:
        shown.close()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Large enough that converting it takes a moment."""
    return big(tmp_path_factory.mktemp("terminal") / "CAMHDA301-20180712T001500.mov", 400 << 20)


def test_bar_shows_the_progress(source: Made, tmp_path: Path) -> None:
    with terminal("convert", source.path, tmp_path / "store") as shown:
        assert shown.end() == OK
        bars = shown.bars()
        assert bars
        for bar in bars:
            assert bar.startswith(source.path.stem)
            assert len(bar) < 100
            assert re.search(r"\[=* *\] +\d+ %", bar)
            assert re.search(r"\d+\.\d [kMG]B/s|\d+ B/s", bar)
        percents = [int(re.search(r"(\d+) %", bar)[1]) for bar in bars]  # type: ignore[index]
        assert percents == sorted(percents)
        left = shown.text.rpartition(ERASE)[2]
        assert re.fullmatch(rf"{source.path.stem}: converted .* MB/s\)\r\n", left), "the bar is gone"


@pytest.mark.parametrize("columns", [20, 40, 60, 200])
def test_bar_fits_its_line(columns: int, source: Made, tmp_path: Path) -> None:
    words = ["convert", source.path, tmp_path / "store"]
    with terminal(*words, columns=columns) as shown:
        shown.until(re.escape(ERASE))
        shown.read()
        assert all(len(bar) < columns for bar in shown.bars())
        assert ("[" in shown.bars()[0]) == (columns > 50)


@pytest.mark.parametrize("words, env", [(["-q"], {}), ([], {"TERM": "dumb"})])
def test_no_bar_with_quiet_or_a_dumb_terminal(
    words: list[str], env: dict[str, str], source: Made, tmp_path: Path
) -> None:
    with terminal("convert", *words, source.path, tmp_path / "store", **env) as shown:
        assert shown.end() == OK
        assert ERASE not in shown.text
        assert (shown.text == "") == (words == ["-q"])


def test_no_colour_at_all(source: Made, tmp_path: Path) -> None:
    """So NO_COLOR has nothing to turn off: the one escape code erases a line."""
    with terminal("convert", source.path, tmp_path / "store") as shown:
        shown.end()
        assert set(re.findall(r"\x1b\[[0-9;]*[A-Za-z]", shown.text)) == {ERASE}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_and_resumed(how: signal.Signals, source: Made, tmp_path: Path) -> None:
    store = tmp_path / "store"
    with terminal("convert", source.path, store, "--frames-per-shard", "8") as shown:
        shown.until(r"[1-9]\d? %")
        shown.run.send_signal(how)
        assert shown.end() == STOPPED
        last = shown.text.rpartition(ERASE)[2].splitlines()
        assert last[0] == f"camzarr: {source.path.stem}: stopped"
        assert "same command" in last[1]
    assert camzarr("ls", store).out == b"", "nothing of it is to be seen"
    kept = tree.identities(store / "clips" / source.path.stem / "video")
    assert kept
    camzarr("convert", source.path, store, "--frames-per-shard", "8")
    camzarr("verify", store)
    now = tree.identities(store / "clips" / source.path.stem / "video")
    whole = [key for key in kept if "/0/0/0" in key and not key.endswith(".part")]
    assert [now[key] for key in whole] == [kept[key] for key in whole], "what was whole stays"


@contextmanager
def locked(store: Path, clip: str) -> Iterator[None]:
    """The lock of the clip is held by this test, so that a conversion waits."""
    folder = store / "clips" / clip
    folder.mkdir(parents=True, exist_ok=True)
    holder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(holder)


def test_conversion_reports_that_it_waits(source: Made, tmp_path: Path) -> None:
    with locked(tmp_path / "store", source.path.stem):
        shown = Terminal("convert", source.path, tmp_path / "store")
        shown.until("waiting: another process is converting or removing this clip")
    assert shown.end() == OK
    shown.close()
    camzarr("verify", tmp_path / "store")


def test_second_signal_kills(source: Made, tmp_path: Path) -> None:
    store = tmp_path / "store"
    with locked(store, source.path.stem), terminal("convert", source.path, store) as shown:
        shown.until("waiting")  # it does not end by itself before the signals arrive
        shown.run.send_signal(signal.SIGSTOP)  # so that it can't answer the first in between
        shown.run.send_signal(signal.SIGINT)
        shown.run.send_signal(signal.SIGTERM)
        shown.run.send_signal(signal.SIGCONT)
        assert shown.end() == -signal.SIGTERM
    camzarr("convert", source.path, store)
    camzarr("verify", store)


def test_interrupted_output_leaves_no_partial_file(source: Made, tmp_path: Path) -> None:
    store, out = tmp_path / "store", tmp_path / "out"
    camzarr("convert", source.path, store)
    out.mkdir()
    for words in (
        ["restore", store, source.path.stem, out / "again.mov"],
        ["frame", store, source.path.stem, ":", "-o", out / "x.mov"],
    ):
        with terminal(*words) as shown:
            limit = time.monotonic() + 60
            while not list(out.iterdir()):
                assert shown.run.poll() is None and time.monotonic() < limit
            shown.run.send_signal(signal.SIGINT)
            assert shown.end() == STOPPED
            assert f"camzarr: {source.path.stem}: stopped\r\n" in shown.text
        assert not list(out.iterdir())


def test_verify_shows_a_bar_and_stops(source: Made, tmp_path: Path) -> None:
    store = tmp_path / "store"
    camzarr("convert", source.path, store)
    with terminal("verify", store) as shown:
        assert shown.end() == OK
        assert shown.bars()
        assert shown.text.endswith("1 of 1 clip intact\r\n")
    with terminal("verify", store) as shown:
        shown.until(re.escape(ERASE))
        shown.run.send_signal(signal.SIGINT)
        assert shown.end() == STOPPED


def test_frames_are_not_written_to_a_terminal(source: Made, tmp_path: Path) -> None:
    store = tmp_path / "store"
    camzarr("convert", source.path, store)
    clip = source.path.stem
    for words in (["frame", store, clip, "7", "--format", "raw", "-o", "-"], ["restore", store, clip, "-"]):
        with terminal(*words) as shown:
            assert shown.end() == USAGE
            assert shown.text.startswith("camzarr: -: refusing to write binary data to a terminal")
            assert len(shown.text) < 200


def test_dated_lines_without_a_terminal(tmp_path: Path) -> None:
    """Every ten seconds: a source that takes so long is held for as long."""
    made = big(tmp_path / "a.mov", 300 << 20)
    command = [CAMZARR, "convert", made.path, tmp_path / "store"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        time.sleep(0.1)
        run.send_signal(signal.SIGSTOP)
        assert run.poll() is None
        time.sleep(10.5)
        run.send_signal(signal.SIGCONT)
        _, text = run.communicate(timeout=60)
    line = text.splitlines()[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ a +\d+ %  .*", line), text
    assert run.returncode == OK
    assert ERASE not in text
