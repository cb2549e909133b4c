"""The examples of README.md run as they are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from maker import Made, make
from support.command import CAMZARR, OK, ROOT, camzarr

TEXT = (ROOT / "README.md").read_text()
CLIP = "CAMHDA301-20180712T001500"
LIBRARIES = CAMZARR.resolve().parent


def block(language: str) -> str:
    """The one block of code in a language."""
    (code,) = re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    return code


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A folder with `store` in it, as the README has it: a clip of that name, from 00:00:02 on."""
    folder = tmp_path_factory.mktemp("readme")
    source = make("long_clip", folder / f"{CLIP}.mov")
    camzarr("convert", source.path, folder / "store")
    return source


def test_python(made: Made) -> None:
    code = block("python") + "\nopen('python.icpf', 'wb').write(frame); print(int(row.time))\n"
    told = camzarr("info", "--json", made.path).lines()[0]["start"]
    code = code.replace("2018-07-12T00:00:03.5", told.replace("Z", "")[:19] + ".5")
    run = subprocess.run([sys.executable, "-c", code], cwd=made.path.parent, capture_output=True, check=True)
    want = [i for i, frame in enumerate(made.frames) if frame.time <= made.frames[0].time + 500_000_000][-1]
    assert (made.path.parent / "python.icpf").read_bytes() == made.read(want)
    assert int(run.stdout) == made.frames[want].time


def test_c(made: Made) -> None:
    folder = made.path.parent
    time = made.frames[30].time
    source = block("c").replace("1531353603500000000", str(time))
    assert source != block("c")
    (folder / "picture.c").write_text(source)
    build = ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "include", "picture.c", "-L", LIBRARIES]
    subprocess.run([*build, "-lcamzarr", f"-Wl,-rpath,{LIBRARIES}", "-o", "picture"], cwd=folder, check=True)
    run = subprocess.run(["./picture"], cwd=folder, capture_output=True)
    assert run.returncode == OK, run.stderr
    assert made.facts
    width, height = -(-made.facts.width // 4), -(-made.facts.height // 4)
    head = b"P6 %d %d 255\n" % (width, height)
    assert run.stdout.startswith(head)
    assert len(run.stdout) == len(head) + 3 * width * height


def test_commands() -> None:
    """Their verbs and options exist; test_cli.py has what they do."""
    lines = re.findall(r"^    camzarr (.*?)(?: +#.*)?$", TEXT, re.MULTILINE)
    assert len(lines) >= 8
    for line in lines:
        verb, *words = line.split()
        text = camzarr(verb, "--help").out.decode()
        for word in words:
            assert not word.startswith("-") or f"{word} " in text


def test_links() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert target.startswith("https://") or (ROOT / target).exists(), target
    for document in Path(ROOT / "docs").glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            assert target.startswith("https://") or (document.parent / target).exists(), target
