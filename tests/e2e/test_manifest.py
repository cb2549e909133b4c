"""`camzarr manifest`: listings of an archive become rows, and what is wrong with them is told."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import Place_of
from maker import make
from support import schemas
from support.archive import FORMS, Archive, serving_archive
from support.cloud import environment
from support.command import CAMZARR, FAILED, RETRY, SOME_FAILED, STOPPED, USAGE, Done, camzarr
from support.running import until
from support.servers import nginx

URL = "https://rawdata.oceanobservatories.org/files/RS03ASHS/PN03B/06-CAMHDA301"
DAYS = ["2016/11/20", "2018/07/12", "2018/07/13"]
NAMES = [
    "CAMHDA301-20161120T180000Z.mov",
    "CAMHDA301-20180712T001500.mov",
    "CAMHDA301-20180712T031500.mov",
    "CAMHDA301-20180713T001500.mov",
]


def rows_of(done: Done) -> list[dict[str, Any]]:
    """The manifest on standard output; each row is valid."""
    rows = done.lines()
    for row in rows:
        schemas.validate("manifest-line", row)
    return rows


def manifest(*args: str | Path, code: int = 0, **options: Any) -> list[dict[str, Any]]:
    return rows_of(camzarr("manifest", *args, code=code, **options))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of four recordings in day folders, with what lies beside them."""
    root = tmp_path_factory.mktemp("archive")
    for name in NAMES:
        day = root / "files" / name[10:14] / name[14:16] / name[16:18]
        day.mkdir(parents=True, exist_ok=True)
        made = make("usual", day / name)
        (day / name).with_suffix(".mp4").write_bytes(b"the same in H.264")
        if name.startswith("CAMHDA301-2018"):
            (day / f"{name}.md5").write_text(f"{made.md5}\n")
    return root


@pytest.fixture
def archive(files: Path) -> Iterator[Archive]:
    with serving_archive(files) as server:
        yield server


# ---- Folders of a web server -------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_listing(form: str, files: Path) -> None:
    with serving_archive(files, form) as archive:
        rows = manifest(f"{archive.url}/files/")
        sizes = {path.name: path.stat().st_size for path in files.rglob("*.mov")}
        assert [Path(row["source"]).name for row in rows] == NAMES
        for row, name in zip(rows, NAMES, strict=True):
            day = f"{name[10:14]}/{name[14:16]}/{name[16:18]}"
            assert row["source"] == f"{archive.url}/files/{day}/{name}"
            assert row["name"] == name.removesuffix(".mov")
            assert row["md5"] is None
            assert row.get("sidecar", False) == ("-2018" in name)
            if form == "nginx":
                assert row["size"] == sizes[name] and "size_is_rounded" not in row
            elif form == "plain":
                assert row["size"] is None and row["modified"] is None
            else:
                assert row["size_is_rounded"] and abs(row["size"] - sizes[name]) < 1024
            if form != "plain":
                assert row["modified"] == "2018-07-12T00:16:00Z"
        assert archive.most_connections <= 4, "a listing is not worth more of the server"
        assert {method for method, _ in archive.log} == {"GET"}
        assert not archive.requested(".mov"), "no file is opened"


def test_names_give_start_or_end_and_the_deployment(archive: Archive) -> None:
    first, *others = manifest(f"{archive.url}/files")
    assert (first["start"], "end" in first, first["deployment"]) == ("2016-11-20T18:00:00Z", False, 3)
    assert [(row["start"], row["end"]) for row in others] == [
        (None, "2018-07-12T00:15:00Z"),
        (None, "2018-07-12T03:15:00Z"),
        (None, "2018-07-13T00:15:00Z"),
    ]
    assert {row["deployment"] for row in others} == {5}


def test_filters_and_the_folders_that_they_spare(archive: Archive) -> None:
    url = f"{archive.url}/files/"
    rows = manifest(url, "--since", "2018-07-12T01:00", "--until", "2018-07-13")
    assert [row["name"] for row in rows] == ["CAMHDA301-20180712T031500"]
    assert not archive.requested("/2016/"), "folders of other years are not requested"
    assert [row["name"] for row in manifest(url, "--deployment", "3")] == ["CAMHDA301-20161120T180000Z"]
    assert manifest(url, "--min-size", "1T") == []


def test_sidecars_are_read_when_asked_for(archive: Archive) -> None:
    rows = manifest(f"{archive.url}/files/", "--sidecars")
    for row in rows:
        path = archive.folder / row["source"].removeprefix(archive.url + "/")
        md5 = hashlib.md5(path.read_bytes()).hexdigest()
        assert row["md5"] == (md5 if "-2018" in row["name"] else None)


def test_a_sidecar_that_is_a_web_page_is_named(archive: Archive) -> None:
    page = f"/files/2018/07/12/{NAMES[1]}.md5"
    archive.pages[page] = "<html>Please log in</html>"
    done = camzarr("manifest", "--sidecars", f"{archive.url}/files/", code=SOME_FAILED)
    assert f"{NAMES[1]}.md5: the server returned a web page" in done.err
    assert [row["md5"] is None for row in rows_of(done)] == [True, True, False, False]


def test_a_folder_that_fails_fails_the_listing(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    archive.statuses["/files/2018/07/13/"] = [403]
    done = camzarr("manifest", "-o", out, f"{archive.url}/files/", code=FAILED)
    assert "2018/07/13" in done.err and done.out == b""
    assert not out.exists(), "a manifest that lacks rows is not written"
    archive.statuses["/files/2018/07/13/"] = [503]
    assert len(manifest(f"{archive.url}/files/")) == len(NAMES), "a temporary failure is retried"


HOSTILE = [
    "../secret.mov",
    "/etc/passwd.mov",
    "//other.example/x.mov",
    "http://other.example/x.mov",
    "%2e%2e/x.mov",
    "..%2fx.mov",
    "a%00.mov",
    "a%0a.mov",
    "%zz.mov",
    "javascript:x.mov",
    "?x.mov",
    "#x.mov",
    "./../x.mov",
    "&bogus;.mov",
    "x" * 5000 + ".mov",
]


def test_links_that_lead_elsewhere_are_ignored(archive: Archive) -> None:
    links = "".join(f'<a href="{href}">x</a> 2018-07-12 00:16 99999999999999999999G\n' for href in HOSTILE)
    more = "<a href=ok.mov>ok.mov</a> 2018-02-31 00:16 99999999999999999999999\n<a href='b&amp;c.mov'>b</a>"
    archive.pages["/hostile/"] = f"<html><a<a ><a href><a href=><a href='{links}{more}<a href=\"cut.mov"
    rows = manifest(f"{archive.url}/hostile/", code=SOME_FAILED)
    assert {row["source"].rpartition("/hostile/")[2] for row in rows} <= {"ok.mov", "b&c.mov"}
    archive.pages["/hostile/"] = f"<html>{links}{more}"
    done = camzarr("manifest", f"{archive.url}/hostile/", code=SOME_FAILED)
    assert "5 rows skipped" in done.err, "those that may be files of this folder"
    rows = rows_of(done)
    assert [(row["source"].rpartition("/hostile/")[2], row["size"]) for row in rows] == [
        ("b&c.mov", None),
        ("ok.mov", None),
    ]


def test_endless_folders_are_refused(archive: Archive) -> None:
    for depth in range(40):
        archive.pages["/loop/" + "a/" * depth] = '<html><a href="a/">a/</a>'
    done = camzarr("manifest", f"{archive.url}/loop/", code=FAILED)
    assert "more than 12 folders deep" in done.err


# ---- Buckets -----------------------------------------------------------------------------------------


def azure_page(names: list[str], marker: str) -> bytes:
    blobs = "".join(
        f"<Blob><Name>{name}</Name><Properties><Last-Modified>Thu, 12 Jul 2018 00:16:00 GMT</Last-Modified>"
        f"<Content-Length>{1000 + i}</Content-Length><Content-MD5>AAECAwQFBgcICQoLDA0ODw==</Content-MD5>"
        f"</Properties></Blob>"
        for i, name in enumerate(names)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs>{blobs}</Blobs>'
        f"<NextMarker>{marker}</NextMarker></EnumerationResults>"
    ).encode()


def s3_page(names: list[str], token: str) -> bytes:
    contents = "".join(
        f"<Contents><Key>{name}</Key><LastModified>2018-07-12T00:16:00.000Z</LastModified>"
        f"<Size>{1000 + i}</Size></Contents>"
        for i, name in enumerate(names)
    )
    more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    return (
        f"<ListBucketResult><IsTruncated>{'true' if token else 'false'}</IsTruncated>{contents}{more}"
        "</ListBucketResult>"
    ).encode()


def test_azure_container_in_pages(archive: Archive) -> None:
    query = "/camhd?restype=container&comp=list"
    archive.pages[query] = azure_page([NAMES[1], "a b.mov", "x.mp4"], "p/2")
    archive.pages[query + "&marker=p%2F2"] = azure_page([NAMES[2]], "")
    rows = manifest(archive.url + query)
    assert [(row["source"], row["size"]) for row in rows] == [
        (f"{archive.url}/camhd/a%20b.mov", 1001),
        (f"{archive.url}/camhd/{NAMES[1]}", 1000),
        (f"{archive.url}/camhd/{NAMES[2]}", 1000),
    ]
    assert {row["md5"] for row in rows} == {"000102030405060708090a0b0c0d0e0f"}
    assert {row["modified"] for row in rows} == {"2018-07-12T00:16:00Z"}
    assert rows[0]["name"] == "a b"


def test_s3_bucket_in_pages(archive: Archive) -> None:
    query = "/bucket?list-type=2&prefix=raw"
    archive.pages[query] = s3_page([f"raw/{NAMES[1]}", f"raw/{NAMES[1]}.md5"], "next==")
    archive.pages[query + "&continuation-token=next%3D%3D"] = s3_page([f"raw/{NAMES[2]}"], "")
    rows = manifest(archive.url + query)
    assert [row["source"] for row in rows] == [f"{archive.url}/bucket/raw/{name}" for name in NAMES[1:3]]
    assert [row.get("sidecar", False) for row in rows] == [True, False]


def test_a_bucket_of_endless_empty_pages_is_refused(archive: Archive) -> None:
    query = "/bucket?list-type=2"
    archive.pages[query] = s3_page([], "0")
    for i in range(1100):
        archive.pages[f"{query}&continuation-token={i}"] = s3_page([], str(i + 1))
    done = camzarr("manifest", archive.url + query, code=FAILED)
    assert "makes no progress" in done.err and len(archive.log) == 1000


@pytest.mark.parametrize("server", ["versity", "azure"])
def test_buckets_with_credentials(server: str, place_of: Place_of) -> None:
    """The sources are addresses without a signature or token."""
    place = place_of(server)
    for name in (NAMES[1], f"{NAMES[1]}.md5", "a b+c.mov", "x.mp4"):
        place.put(f"raw/2018/{name}", b"12345")
    env = environment(place.environment())
    rows = manifest(place.url("raw"), env=env)
    assert [(row["name"], row["size"], row.get("sidecar", False)) for row in rows] == [
        ("a b+c", 5, False),
        (NAMES[1].removesuffix(".mov"), 5, True),
    ]
    for row, name in zip(rows, ("a%20b%2Bc.mov", NAMES[1]), strict=True):
        assert row["source"].endswith(f"/raw/2018/{name}")
        assert row["source"].startswith(place.server.endpoint + "/")
        assert "?" not in row["source"]


def test_nginx_itself(files: Path) -> None:
    with nginx(f"root {files}; autoindex on;") as web:
        rows = manifest(f"{web.url}/files/")
    assert [Path(row["source"]).name for row in rows] == NAMES
    assert [row["size"] for row in rows] == [
        next(files.rglob(name)).stat().st_size for name in NAMES
    ]
    assert all(row["modified"] for row in rows)


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (s3_page(["a.mov"], "same"), "makes no progress"),
        (b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "without a token"),
        (b"<ListBucketResult><Contents><Size>-1</Size></Contents></ListBucketResult>", "invalid size"),
        (b"<ListBucketResult><Contents>", "invalid XML"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><ListBucketResult/>', "FORMAT|no row|not a folder"),
    ],
)
def test_malformed_pages_are_refused(page: bytes, why: str, archive: Archive) -> None:
    archive.pages["/b?list-type=2"] = page
    archive.pages["/b?list-type=2&continuation-token=same"] = page
    done = camzarr("manifest", f"{archive.url}/b?list-type=2", code=FAILED)
    assert any(text in done.err for text in why.split("|")), done.err


# ---- Folders and files -------------------------------------------------------------------------------


def test_a_folder_and_links_in_it(files: Path, tmp_path: Path) -> None:
    rows = manifest(files / "files")
    assert [Path(row["source"]) for row in rows] == sorted((files / "files").rglob("*.mov"))
    assert all(row["size"] == Path(row["source"]).stat().st_size for row in rows)
    assert rows[0]["modified"] is not None
    (tmp_path / "linked.mov").symlink_to(rows[0]["source"])
    (tmp_path / "dangling.mov").symlink_to(tmp_path / "nothing")
    done = camzarr("manifest", tmp_path, code=SOME_FAILED)
    assert "dangling.mov: not a file" in done.err
    assert [row["size"] for row in rows_of(done)] == [rows[0]["size"]]


def camhd_row(name: str, size: int, frames: int = 0, moov: bool = False, time: int = 0) -> dict[str, Any]:
    day = f"{name[10:14]}/{name[14:16]}/{name[16:18]}"
    return {
        "deployment": 2,
        "filename": f"{URL}/{day}/{name}",
        "filesize": size,
        "frame_count": frames,
        "index": None,
        "moov": moov,
        "timestamp": time,
    }


BAD_ROWS = [
    (camhd_row("CAMHDA301-20160126T090000Z.mov", 0), "empty"),
    (camhd_row("CAMHDA301-20180920T231200.mov", 16384), "stub"),
    (camhd_row("CAMHDA301-20160310T150000Z.mov", 13858848768), "broken_off"),
    (camhd_row("CAMHDA301-20161120T220000Z.mov", 10817416192, 6382956, True, 64639362), "frame_count"),
]


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


@pytest.mark.parametrize("name", ["dbcamhd.json", "dbcamhd.json.gz"])
def test_garbage_rows_of_dbcamhd_are_reported(name: str, tmp_path: Path) -> None:
    whole = camhd_row("CAMHDA301-20180712T001500.mov", 15234567890, 26120, True, 1531353602)
    monthly = camhd_row("CAMHDA301-20181005T204200.mov", 121895690951, 3204951, True, 1538665201)
    old = camhd_row("CAMHDA301-20150915T010015Z_03.mov", 23974068593)
    rows = [whole, *(row for row, _ in BAD_ROWS), monthly, old]
    report = tmp_path / "report.jsonl"
    done = camzarr("manifest", write_lines(tmp_path / name, rows), "--report", report)
    got = {row["name"]: row for row in rows_of(done)}
    assert len(got) == len(rows), "every row stays"

    row = got["CAMHDA301-20180712T001500"]
    assert (row["size"], row["frames"], row["start"]) == (15234567890, 26120, "2018-07-12T00:00:02Z")
    assert (row["start_from"], row["deployment"]) == ("header", 5)
    assert got["CAMHDA301-20181005T204200"]["frames"] == 3204951, "many frames, but they fit"
    row = got["CAMHDA301-20150915T010015Z_03"]
    assert row["unread"] and "problem" not in row, "of the recorder of 2015: probably whole"
    assert "1 file was recorded as having no moov atom" in done.err

    told = [json.loads(line) for line in report.read_text().splitlines()]
    for i, (bad, code) in enumerate(BAD_ROWS):
        name = Path(bad["filename"]).stem
        assert got[name]["problem"]["code"] == code
        assert got[name]["frames"] is None
        (line,) = [line for line in told if line["name"] == name]
        assert (line["row"], line["problem"]["code"]) == (i + 2, code)
        assert f"row {i + 2}: {name}: " in done.err


def test_rows_that_cannot_be_used(tmp_path: Path) -> None:
    good = camhd_row("CAMHDA301-20180712T001500.mov", 15234567890, 26120, True, 1531353602)
    lines = [
        json.dumps(good),
        '{"filename": "a.mov", "filesize": -1}',
        '{"filename": "b.mov", "filesize": 1e400}',
        '{"filename": 7}',
        '{"name": "c"}',
        "[1, 2]",
        '{"filename": "d.mov"',
        '{"source": "e\\u0007.mov"}',
        '{"source": "f.mov", "md5": "xyz"}',
        '{"source": "g.mov", "start": "yesterday"}',
        "x" * 100000,
        "",
        '{"source": "last.mov", "size": 18446744073709551614}',
    ]
    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(lines))
    done = camzarr("manifest", path, code=SOME_FAILED)
    assert [row["name"] for row in rows_of(done)] == ["last", "CAMHDA301-20180712T001500"]
    for row in range(2, 12):
        assert f"row {row}" in done.err, row
    assert "10 rows skipped" in done.err


def test_zeros_that_a_crash_left_are_told(tmp_path: Path) -> None:
    """They are no empty line: rows were there."""
    good = b'{"source": "a.mov"}\n'
    path = tmp_path / "lines.jsonl"
    for zeros in (bytes(4096), bytes(200_000), bytes(100) + b"\n", b'{"source": "c.mov"}' + bytes(9)):
        path.write_bytes(good + zeros + b'{"source": "b.mov"}\n' + good.replace(b"a", b"d"))
        done = camzarr("manifest", path, code=SOME_FAILED)
        assert "row 2: has a NUL: the file is damaged" in done.err
        assert {"a", "d"} <= {row["name"] for row in rows_of(done)}
        done = camzarr("convert", "--manifest", path, tmp_path / "store", code=FAILED)
        assert "row 2" in done.err and not (tmp_path / "store").exists()


def test_a_signal_ends_the_reading_of_a_compressed_line_without_end(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(1000):
            file.write(b"x" * (1 << 20))
    with subprocess.Popen([CAMZARR, "manifest", str(path)], stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr
        assert "row 1" in run.stderr.readline(), "it is at the line"
        run.send_signal(signal.SIGTERM)
        assert "stopped" in run.stderr.read()
    assert run.returncode == STOPPED


def test_a_listing_without_rows_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html>")
    assert "no row" in camzarr("manifest", tmp_path / "page.html", code=FAILED).err
    assert "No such file" in camzarr("manifest", tmp_path / "none", code=FAILED).err
    cut = gzip.compress(b'{"source": "a.mov"}\n' * 10000)[:-20]
    (tmp_path / "cut.json.gz").write_bytes(cut)
    assert "truncated" in camzarr("manifest", tmp_path / "cut.json.gz", code=FAILED).err


# ---- Several listings --------------------------------------------------------------------------------


def test_a_file_of_another_kind_is_refused_early(tmp_path: Path) -> None:
    """Not with a line for each of its thousands of lines."""
    film = tmp_path / "film.mov"
    film.write_bytes(b"\x00\x01moov\n" * 100_000)
    done = camzarr("manifest", film, code=FAILED)
    assert "film.mov: not a listing: none of its first 100 lines is a row" in done.err
    assert len(done.err.splitlines()) <= 101


def test_listings_are_merged_and_the_first_one_wins(archive: Archive, tmp_path: Path) -> None:
    rows = [camhd_row(name, 0, 0, True, 0) | {"filesize": None} for name in NAMES[1:3]]
    rows[0] |= {"filesize": 15234567890, "frame_count": 26120, "timestamp": 1531353602}
    listing = write_lines(tmp_path / "dbcamhd.json", rows)
    got = manifest(f"{archive.url}/files/", listing)
    assert len(got) == len(NAMES)
    joined = {row["name"]: row for row in got}["CAMHDA301-20180712T001500"]
    assert joined["source"].startswith(archive.url)
    assert (joined["size"], joined["frames"], joined["start_from"]) == (15234567890, 26120, "header")
    other_way = {row["name"]: row for row in manifest(listing, f"{archive.url}/files/")}
    assert other_way["CAMHDA301-20180712T001500"]["source"].startswith(URL)


def test_sources_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    one = write_lines(tmp_path / "one.jsonl", [{"source": "/a/x.mov", "size": 100}])
    two = write_lines(tmp_path / "two.jsonl", [{"source": "/b/x.mov", "size": 101, "frames": 7}])
    done = camzarr("manifest", one, two)
    (row,) = rows_of(done)
    assert (row["source"], row["size"], row["frames"]) == ("/a/x.mov", 100, None)
    assert "two.jsonl: row 1: x: another size or digest than that of /a/x.mov" in done.err


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [camhd_row(f"CAMHDA301-201807{day:02}T001500.mov", 10**9 + day, 9, True) for day in range(1, 29)]
    one = camzarr("manifest", write_lines(tmp_path / "a.jsonl", rows)).out
    two = camzarr("manifest", write_lines(tmp_path / "b.jsonl", rows[::-1] + rows[:5])).out
    assert one == two
    again = tmp_path / "again.jsonl"
    again.write_bytes(one)
    assert camzarr("manifest", again).out == one, "a manifest is a listing, too"
    assert camzarr("manifest", "-", input=gzip.compress(one)).out == one


# ---- Checking ----------------------------------------------------------------------------------------


def test_check_says_what_will_fail_and_what_the_whole_costs(tmp_path: Path, archive: Archive) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    make("usual", folder / NAMES[1])
    make("no_moov", folder / NAMES[2])
    (folder / "empty.mov").write_bytes(b"")
    (folder / "text.mov").write_text("this is no movie" * 100)
    prices, report = tmp_path / "prices.json", tmp_path / "report.jsonl"
    prices.write_text('{"currency": "EUR", "put_1000": 1000, "get_1000": 0, "storage_gb_month": 0}')
    listing = write_lines(tmp_path / "gone.jsonl", [{"source": f"{archive.url}/gone.mov"}])
    done = camzarr(
        *("manifest", folder, listing, "--check", "--prices", prices, "--report", report),
        code=SOME_FAILED,
    )
    rows = {row["name"]: row for row in rows_of(done)}
    usual = rows[NAMES[1].removesuffix(".mov")]
    assert usual["frames"] == len(make("usual", tmp_path).frames) and "problem" not in usual
    assert rows[NAMES[2].removesuffix(".mov")]["problem"]["code"] == "broken_off"
    assert rows["empty"]["problem"]["code"] == "empty"
    assert rows["gone"]["problem"]["code"] == "unreadable"
    assert "no such" in rows["gone"]["problem"]["message"]
    estimate = json.loads(report.read_text().splitlines()[-1])["estimate"]
    assert estimate["currency"] == "EUR"
    assert estimate["request_cost"] == pytest.approx(estimate["puts"])
    assert estimate["bytes"] == sum(row["size"] or 0 for row in rows.values())


def test_check_says_which_names_a_conversion_refuses(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    make("usual", folder / "my file.mov")
    make("usual", folder / "fine.mov")
    done = camzarr("manifest", folder, "--check", code=SOME_FAILED)
    problems = {row["name"]: row["problem"]["message"] for row in rows_of(done) if "problem" in row}
    assert list(problems) == ["my file"]
    assert "my file: invalid clip name" in problems["my file"]


def test_prices_that_are_not_known_are_refused(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"putt_1000": 1}')
    done = camzarr("manifest", tmp_path, "--check", "--prices", tmp_path / "p.json", code=FAILED)
    assert "putt_1000: unknown price" in done.err


@pytest.mark.parametrize(
    "args",
    [["--since", "soon", "."], ["--until", "2018-13-01", "."], ["--deployment", "0", "."], []],
)
def test_usage(args: list[str]) -> None:
    camzarr("manifest", *args, code=USAGE)


def test_an_unreachable_server_may_be_tried_again() -> None:
    camzarr("manifest", "http://127.0.0.1:1/", code=RETRY)


def test_a_listing_of_a_server_names_no_local_file(archive: Archive, tmp_path: Path) -> None:
    """It must not make this machine read its own files: such rows are refused."""
    (archive.folder / "rows.jsonl").write_text(
        "".join(
            json.dumps({"source": source}) + "\n"
            for source in ("/etc/hostname", "file:///etc/x.mov", "a.mov", f"{archive.url}/b.mov")
        )
    )
    try:
        done = camzarr("manifest", f"{archive.url}/rows.jsonl", code=SOME_FAILED)
    finally:
        (archive.folder / "rows.jsonl").unlink()
    assert [line["source"] for line in done.lines()] == [f"{archive.url}/b.mov"]
    refused = [line for line in done.err.splitlines() if "not an http(s) address" in line]
    assert len(refused) == 3 and ": row 1: " in refused[0]


def reads_a_pipe(process: int) -> bool:
    """It is in read(), whose number is 0 or, on ARM, 63."""
    call = Path(f"/proc/{process}/syscall").read_text().split()
    if call[0] not in ("0", "63"):
        return False
    file = Path(f"/proc/{process}/fd/{int(call[1], 16)}")
    return file.is_symlink() and os.readlink(file).startswith("pipe:")


@pytest.mark.parametrize("words", [["manifest", "-"], ["verify", "STORE", "--manifest", "-"]])
def test_a_signal_ends_it_while_its_input_is_silent(words: list[str], tmp_path: Path) -> None:
    """The first one."""
    command = [CAMZARR, *(str(tmp_path / "s") if word == "STORE" else word for word in words)]
    camzarr("convert", make("usual", tmp_path).path, tmp_path / "s")
    pipe = subprocess.PIPE
    run = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
    assert run.stdin
    try:
        until(lambda: reads_a_pipe(run.pid), run)
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=30) == STOPPED
    finally:
        run.kill()
        run.communicate()
