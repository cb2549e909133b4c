"""camzarr.camhd: PyCamHD's functions, over files and over a store."""

from __future__ import annotations

import http.server
import subprocess
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import camzarr
from camzarr import camhd
from conftest import ALPHA, TFF, USUAL, Shelf, run
from maker import cases, make

FORMATS = {"rgb24": "u1", "bgr24": "u1", "gray": "u1", "gray16le": "<u2", "gray16be": ">u2"}
FORMATS |= {f"{c}48{e}e": f"{'<' if e == 'l' else '>'}u2" for c in ("rgb", "bgr") for e in "lb"}


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    """Each test begins and ends with files."""
    camhd.use(None)
    yield
    camhd.use(None)


@pytest.fixture(params=["file", "store"])
def usual(request: pytest.FixtureRequest, shelf: Shelf) -> str:
    """The name of a file, which is read from where it is, or out of the store."""
    if request.param == "store":
        camhd.use(shelf.path)
        return f"https://example.org/not/asked/{shelf.made[USUAL].path.name}"
    return str(shelf.made[USUAL].path)


# ---- What a file is


def test_tables(usual: str, shelf: Shelf) -> None:
    made = shelf.made[USUAL]
    whole = made.path.read_bytes()
    assert camhd.get_frame_count(usual) == len(made.frames)
    assert camhd.get_frame_sizes(usual) == [f.size for f in made.frames]
    assert camhd.get_frame_offsets(usual) == [f.offset for f in made.frames]
    ftyp, mdat, moov = camhd.get_atom_sizes(usual)
    assert (ftyp, ftyp + mdat + moov) == (24, len(whole)), "as the camera lays them out"
    assert camhd.get_moov_atom(usual) == whole[-moov:] and whole[-moov + 4 :][:4] == b"moov"
    assert made.start.header_ns is not None
    assert camhd.get_timestamp(usual) == made.start.header_ns // 10**9
    assert camhd.get_bytes(usual, [4, 7]) == b"ftyp"


def test_with_the_moov_atom_as_before(usual: str, shelf: Shelf) -> None:
    moov = camhd.get_moov_atom(usual)
    assert camhd.get_timestamp(usual, moov) == camhd.get_timestamp(usual)
    assert camhd.get_frame_count(usual, moov) == camhd.get_frame_count(usual)
    assert camhd.get_frame_sizes(usual, moov) == camhd.get_frame_sizes(usual)
    assert camhd.get_frame_offsets(usual, moov_atom=moov) == camhd.get_frame_offsets(usual)
    assert camhd.get_frame_data(usual, 3, moov) == shelf.made[USUAL].read(3)
    assert np.array_equal(camhd.get_frame(usual, 3, "gray", moov), camhd.get_frame(usual, 3, "gray"))


@pytest.mark.parametrize("case", cases("sound"))
def test_any_layout_of_file(case: str, tmp_path: Path) -> None:
    """Where PyCamHD goes wrong: another ftyp, chunks of any length, stco, uniform sizes, more tracks."""
    made = make(case, tmp_path)
    if made.also:
        return  # may be refused
    name = str(made.path)
    last = len(made.frames) - 1
    assert camhd.get_frame_count(name) == len(made.frames)
    assert camhd.get_frame_offsets(name) == [f.offset for f in made.frames]
    assert camhd.get_frame_data(name, last) == made.read(last)
    moov = camhd.get_moov_atom(name)
    assert (len(moov), moov[4:8]) == (camhd.get_atom_sizes(name)[2], b"moov")
    if made.start.header_ns is not None and case != "time_in_mdhd":
        assert camhd.get_timestamp(name) == made.start.header_ns // 10**9


# ---- Frames


@pytest.mark.parametrize("pix_fmt", FORMATS)
def test_formats(pix_fmt: str, usual: str, shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(USUAL)]
    got = camhd.get_frame(usual, 5, pix_fmt)
    layout = pix_fmt.replace("bgr48", "rgb48").replace("be", "le")
    told = clip.get_frame_at(5, layout=layout).data
    if pix_fmt.startswith("bgr48"):
        told = told[..., ::-1]
    assert got.dtype == np.dtype(FORMATS[pix_fmt]) and got.flags.c_contiguous
    assert np.array_equal(got, told)
    data = camhd.get_frame_data(usual, 5)
    assert np.array_equal(camhd.decode_frame_data(data, pix_fmt), got)


@pytest.mark.parametrize("case", [TFF, ALPHA])
def test_other_pictures(case: str, shelf: Shelf) -> None:
    clip = camzarr.open(shelf.path)[shelf.name(case)]
    name = str(shelf.made[case].path)
    assert np.array_equal(camhd.get_frame(name, 2), clip[2].data)
    assert np.array_equal(camhd.decode_frame_data(camhd.get_frame_data(name, 2)), clip[2].data)


def test_a_region_and_a_scale(usual: str) -> None:
    whole = camhd.get_frame(usual, 4, "gray16le")
    part = camhd.get_frame(usual, 4, "gray16le", region=np.s_[8:40, :64])
    assert np.array_equal(part, whole[8:40, :64])
    assert camhd.get_frame(usual, 4, scale=4).shape == (24, 32, 3)


@pytest.mark.parametrize("case", [USUAL, TFF, ALPHA])
def test_avi(case: str, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = shelf.made[case]
    path = camhd.write_frame(str(made.path), 7)
    assert [p.name for p in tmp_path.iterdir()] == [f"{made.path.stem}_000007.avi"] == [path.name]
    assert path.read_bytes() == camhd.get_avi_file(made.read(7))
    copied = run("ffmpeg", "-v", "error", "-i", path, "-c", "copy", "-f", "data", "-map", "0:v", "-")
    assert copied == made.read(7)
    form = "yuva444p12le" if case == ALPHA else "yuv422p10le"
    out = run("ffmpeg", "-v", "error", "-i", path, "-pix_fmt", form, "-f", "rawvideo", "-")
    told = camzarr.open_movie(made.path).get_frame_at(7, layout="native").data
    assert np.array_equal(np.frombuffer(out, np.uint16), told)


# ---- How


def test_no_process_is_started(usual: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr("os.fork", refuse)
    assert camhd.get_frame(usual, 3).any() and camhd.get_timestamp(usual)


def test_tables_are_read_once(shelf: Shelf, tmp_path: Path) -> None:
    """The file's moov becomes unreadable: what was open stays so."""
    path = tmp_path / "x.mov"
    path.write_bytes(shelf.made[USUAL].path.read_bytes())
    assert camhd.get_frame_count(path) == 15
    at = path.read_bytes().rindex(b"moov")
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"free")
    assert camhd.get_frame_data(path, 3) == shelf.made[USUAL].read(3)
    assert camhd.get_frame_sizes(path) == [f.size for f in shelf.made[USUAL].frames]


# ---- A store


def test_a_clip_of_another_name(shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.made[USUAL]
    camzarr.convert(made.path, tmp_path / "store", name="other")
    camhd.use(camzarr.open(tmp_path / "store"))
    assert camhd.get_frame_data(f"/archive/{made.path.name}", 3) == made.read(3)
    assert camhd.get_file_list() == ([made.path.name], [made.length])
    assert camhd.get_file_list(date(2018, 7, 13)) == ([], [])
    assert camhd.get_stats() == (1, made.length / 2**40)


def test_a_file_that_the_store_does_not_have(shelf: Shelf) -> None:
    camhd.use(shelf.path)
    with pytest.raises(camzarr.ClipNotFoundError, match=r"CAMHDA301-20010101T000000\.mov: no clip in .* was made"):
        camhd.get_frame_count("https://example.org/CAMHDA301-20010101T000000.mov")
    with pytest.raises(camzarr.StoreNotFoundError):
        camhd.use("/nowhere/at/all")
    assert camhd.get_frame_count(shelf.made[USUAL].path.name) == 15, "still the store's"


# ---- What goes wrong


def test_wrong_arguments(usual: str) -> None:
    for number in (-1, 15):
        with pytest.raises(ValueError, match=f"frame {number}"):
            camhd.get_frame_data(usual, number)
        with pytest.raises(ValueError, match=f"frame {number}"):
            camhd.get_frame(usual, number)
    with pytest.raises(ValueError, match="'yuv': not one of rgb24, bgr24, .*gray16be"):
        camhd.get_frame(usual, 0, "yuv")
    with pytest.raises(ValueError, match="not AVI"):
        camhd.write_frame(usual, 0, file_type="PNG")
    with pytest.raises(camzarr.FormatError, match="not a ProRes frame"):
        camhd.get_avi_file(b"RIFF" * 20)
    with pytest.raises(camzarr.FormatError):
        camhd.decode_frame_data(b"no frame")
    with pytest.raises(camzarr.NotFoundError):
        camhd.get_bytes(usual, [10**9, 10**9 + 1])


def test_no_file() -> None:
    with pytest.raises(camzarr.NotFoundError, match=r"nothing\.mov"):
        camhd.get_frame_count("/nowhere/nothing.mov")


# ---- The archive's listings

PAGE = """<html><body><pre><img src="/icons/blank.gif" alt="Icon "> <a href="?C=N;O=D">Name</a>
<img src="/icons/back.gif" alt="[PARENTDIR]"> <a href="/files/">Parent Directory</a>                      -   
{rows}
</pre></body></html>"""
ROW = '<img src="/icons/movie.gif" alt="[VID]"> <a href="{0}">{0}</a> 2018-07-12 00:30  {1} \n'
DAYS = {
    "/2018/07/12/": {"A-20180712T001500.mov": ("14G", 5000), "A-20180712T001500.mp4": ("130M", 1)},
    "/2018/07/13/": {"A-20180713T001500.mov": ("850M", 77), "A-20180713T001500.mov.md5": (" 33 ", 33)},
}


class _Archive(http.server.BaseHTTPRequestHandler):
    """As the archive's server lists days, and names sizes."""

    def do_GET(self) -> None:
        folder, _, name = self.path.rpartition("/")
        files = DAYS.get(folder + "/", {})
        if folder == "/2019/01/01":
            self.send_error(503)
        elif not files or (name and name not in files):
            self.send_error(404)
        else:
            rows = "".join(ROW.format(n, size) for n, (size, _) in files.items())
            body = b"" if name else PAGE.format(rows=rows).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(files[name][1] if name else len(body)))
            self.end_headers()
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def archive() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Archive) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_listings(archive: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (f"{archive}{day}{next(iter(DAYS[day]))}" for day in DAYS)
    july = date(2018, 7, 1), date(2018, 7, 31)
    assert camhd.get_file_list(*july, archive=archive) == ([first, second], [5000, 77])
    eleventh = date(2018, 7, 11)
    assert camhd.get_file_list(eleventh, eleventh, archive=archive) == ([first], [5000]), "a day more"
    monkeypatch.setattr(camhd, "FIRST_DAY", date(2018, 7, 10))
    monkeypatch.setattr(camhd, "date", type("Today", (date,), {"today": lambda: date(2018, 8, 1)}))
    count, terabytes = camhd.get_stats(archive=archive)
    assert count == 2 and np.isclose(terabytes, 14 / 1024 + 850 / 1024**2)


def test_listings_that_cannot_be_had(archive: str) -> None:
    new_year = date(2019, 1, 1)
    with pytest.raises(camzarr.UnreachableError, match="2019/01/01/: HTTP 503"):
        camhd.get_file_list(new_year, new_year, archive=archive)
    with pytest.raises(camzarr.UnreachableError, match="refused"):
        camhd.get_file_list(new_year, new_year, archive="http://127.0.0.1:1")
