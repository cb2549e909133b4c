"""The documentation site: it builds without a warning, its links lead somewhere, it needs no network,
and what its pages show runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import warnings
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import matplotlib
import pytest

import camzarr
from conftest import COMMAND, ROOT, USUAL, Shelf

SITE = ROOT / "docs/site"
sys.path.insert(0, str(SITE))

from generate import header, manpage  # noqa: E402
from generate.links import BrokenLinkError, Links  # noqa: E402

HEADER = (ROOT / "include/camzarr.h").read_text()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as scripts/site builds them. A proxy that does not exist keeps it off the network."""
    out = tmp_path_factory.mktemp("site") / "html"
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    command = [sys.executable, ROOT / "scripts/site", out]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | nowhere)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    return out


# ---- Pages


class Page(HTMLParser):
    """Links, resources and anchors of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.resources: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {str(given[name]) for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag in ("img", "script", "source") and given.get("src"):
            self.resources.append(str(given["src"]))
        if tag == "link" and given.get("rel") != "canonical" and given.get("href"):
            self.resources.append(str(given["href"]))


def pages(site: Path) -> dict[Path, Page]:
    """All of them; the theme's templates among its styles are none."""
    return {path: Page(path) for path in site.rglob("*.html") if "_static" not in path.parts}


def broken(site: Path, all_pages: dict[Path, Page]) -> list[str]:
    """Links and resources of the site that do not exist."""
    found = []
    for path, page in all_pages.items():
        for link in [*page.links, *page.resources]:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                found.append(f"{path.relative_to(site)}: {link}")
            elif parts.fragment and target in all_pages:
                anchors = all_pages[target].anchors | {"", "top"}
                found += [f"{path.relative_to(site)}: {link}"] * (unquote(parts.fragment) not in anchors)
    return found


def test_links(site: Path, tmp_path: Path) -> None:
    all_pages = pages(site)
    assert len(all_pages) > 40
    assert broken(site, all_pages) == []
    (tmp_path / "a.html").write_text('<a href="b.html">b</a> <a href="#c">c</a> <img src="d.png">')
    assert len(broken(tmp_path, pages(tmp_path))) == 3


def test_it_needs_no_network(site: Path) -> None:
    for path, page in pages(site).items():
        outside = [place for place in page.resources if urlsplit(place).scheme in ("http", "https")]
        assert not outside, f"{path.relative_to(site)}: {outside}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?https?:", style.read_text()), style


def test_documents_are_there(site: Path) -> None:
    for document in (ROOT / "docs").glob("*.md"):
        assert (site / f"manual/{document.stem}.html").is_file(), "add it to scripts/site"
    for notebook in (ROOT / "examples").glob("*.ipynb"):
        page = (site / f"gallery/{notebook.stem}.html").read_text()
        assert (
            page.count("<img") >= 1 and f"{notebook.stem}.html" in (site / "gallery/index.html").read_text()
        )


# ---- References


def documented(site: Path) -> set[str]:
    """Names in the index that Sphinx writes for other projects, members also by themselves."""
    data = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    names = {line.split(" ")[0] for line in zlib.decompress(data).decode().splitlines()}
    return names | {name.rpartition(".")[2] for name in names if "CZ_" in name}


def test_every_public_name_is_documented(site: Path) -> None:
    known = documented(site)
    places = [(f"camzarr.{name}", f"camzarr.errors.{name}") for name in camzarr.__all__]
    missing = [place[0] for place in places if not known.intersection(place)]
    assert missing == []
    for method in ("Clip.get_frame_at", "Store.between", "Frames.to_xarray", "camhd.get_frame"):
        assert f"camzarr.{method}" in known


def test_every_declaration_of_the_header_is_documented(site: Path) -> None:
    known = documented(site)
    code = re.sub(r"/\*.*?\*/", "", HEADER, flags=re.DOTALL)
    names = set(re.findall(r"\b(cz_\w+)\(", code)) | set(
        re.findall(r"typedef (?:struct|enum) (cz_\w+)", code)
    )
    for body in re.findall(r"enum[^{;]*\{(.*?)\}", code, re.DOTALL):
        names |= set(re.findall(r"\b(CZ_\w+)", body))
    assert len(names) > 100
    assert sorted(names - known) == []


def test_the_header_as_a_page() -> None:
    page = header.reference(
        "/* A library.\n *\n * - A rule with `code`. */\n"
        "#define CZ_VERSION_MAJOR 0\n\n"
        "/* ---- Things ---- */\n\n"
        "/* A pair. Free it with cz_free(). */\ntypedef struct cz_pair {\n"
        "    int a, b; /* both */\n    void (*f)(void *user); /* called */\n} cz_pair;\n\n"
        "/* Free it. Errors: USAGE (not a pair). */\nCZ_API int cz_free(cz_pair *pair,\n    int n);\n"
    )
    assert "- A rule with ``code``." in page
    assert "A pair. Free it with :c:func:`cz_free`." in page
    for line in (
        ".. c:struct:: cz_pair",
        ".. c:member:: int a",
        ".. c:member:: int b",
        ".. c:member:: void (*f)(void *user)",
        ".. c:function:: int cz_free(cz_pair *pair, int n)",
    ):
        assert line in page
    assert "**Errors:** USAGE (not a pair)." in page


def test_the_manual_page() -> None:
    text = manpage.markdown((ROOT / "docs/camzarr.1").read_text())
    assert not re.search(r"^\.[A-Z]|\\[&e]|\0", text, re.MULTILINE), "roff is left"
    for option in re.findall(r"^\.It Fl -([\w-]+)", (ROOT / "docs/camzarr.1").read_text(), re.MULTILINE):
        assert f"\n`--{option}`" in text
    shown = manpage.markdown(
        ".Sh DESCRIPTION\nIt\n.Em is\n.Pq see Cm attributes .\n.Li s3:// Ns Ar bucket Ns Li / ,\n"
    )
    assert "It *is* (see `attributes`). `s3://`*bucket*`/`," in shown


def test_a_link_to_nothing(tmp_path: Path) -> None:
    links = Links(ROOT, {"docs/format.md": "manual/format.md", "README.md": "index.md"})
    text = "[a](../README.md#b) ```[c](d)``` [e](https://example.org) [f](#g)\n[h]: ../LICENSE\n```\n[i](j)\n```\n"
    assert links.rewrite("docs/format.md", "[a](../README.md#b) [e](https://example.org) [f](#g)") == (
        "[a](../index.md#b) [e](https://example.org) [f](#g)"
    )
    shown = links.rewrite("docs/format.md", text.replace("```[c](d)``` ", ""))
    assert "[h]: ../files/LICENSE" in shown and "[i](j)" in shown
    assert links.files == {"LICENSE": "files/LICENSE"}
    with pytest.raises(BrokenLinkError, match="docs/format.md: no page for the link to nothing.md"):
        links.rewrite("docs/format.md", "[a](nothing.md)")


# ---- What the pages show


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of each block of code that can run."""
    found = re.findall(r"^```(python|console)\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
    assert found or "```text" in page.read_text(), page
    return found


def run_block(language: str, code: str, names: dict[str, Any]) -> None:
    if language == "python":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(code, names)
        return
    commands = re.sub(r"^\$ ", "", code, flags=re.MULTILINE)
    path = f"{COMMAND.resolve().parent}:{os.environ['PATH']}"
    shell = ["bash", "-euc", commands]
    done = subprocess.run(shell, capture_output=True, text=True, env=os.environ | {"PATH": path})
    assert done.returncode == 0, commands + done.stderr


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# A recording of the tests is shorter and smaller than those that the pages are about.
SMALLER = {
    "T00:05:10.5Z": "T00:00:02.25Z",
    "7500": "7",
    "::300": "::3",
    ", 300, scale": ", 3, scale",
    "None, 300": "None, 3",
    "(0, 300)": "(0, 9)",
    " 0:300 ": " 0:9 ",
    "0:30 ": "0:9 ",
    "@+2 ": "@+0.2 ",
    "seconds=2)": "seconds=0.2)",
    "number_at(2.0)": "number_at(0.2)",
}
HOWTO = sorted(page for page in (SITE / "howto").glob("*.md") if page.stem != "index")
OTHERS = [SITE / "howto/index.md", SITE / "citing.md", SITE / "index.md"]


@pytest.mark.parametrize("page", [*HOWTO, *OTHERS], ids=lambda p: p.stem)
def test_howto(page: Path, shelf: Shelf, folder: Path) -> None:
    movie = shelf.made[USUAL].path
    shutil.copy(movie, folder / movie.name)
    names: dict[str, Any] = {}
    for language, code in blocks(page):
        for there, here in SMALLER.items():
            code = code.replace(there, here)
        code = code.replace("/data/camhd", str(shelf.path)).replace("examples/", f"{ROOT}/examples/")
        run_block(language, code, names)


def test_every_howto_is_listed() -> None:
    listing = (SITE / "howto/index.md").read_text()
    assert [page.stem for page in HOWTO if f"\n{page.stem}\n" not in listing] == []


def test_tutorial(folder: Path) -> None:
    """From the recording on; the installation is test_package.py's and the demo's."""
    (_, install), *rest = blocks(SITE / "tutorial.md")
    assert "pip install" in install
    names: dict[str, Any] = {}
    for language, code in rest:
        run_block(language, code, names)
    assert (folder / "luma.png").stat().st_size > 5000 and (folder / "frame.png").stat().st_size > 5000
    assert names["frames"].data.shape == (24, 360, 640, 3)
