"""camzarr serve: what it gives is what the command and the store give, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from conftest import Converted, Converted_by
from support.command import FAILED, OK, camzarr, convert_one
from support.site import Answer, Site, serve

START = "2018-07-12T00:15:00"


@pytest.fixture(scope="module")
def usual(converted: Converted_by) -> Converted:
    return converted("usual")


@pytest.fixture(scope="module")
def site(usual: Converted) -> Iterator[Site]:
    with serve(usual.store) as running:
        yield running


def frames_of(clip: Converted) -> str:
    return f"/v1/clips/{clip.name}/frames"


def by_command(clip: Converted, out: Path, *options: str, frame: int = 7) -> bytes:
    """The file that `camzarr frame` writes."""
    camzarr("frame", clip.store, clip.name, str(frame), "-o", out, *options)
    return out.read_bytes()


def error_of(answer: Answer) -> str:
    assert answer.headers["content-type"] == "application/json"
    return str(json.loads(answer.body)["error"]["message"])


# ---- Frames -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form, query, options",
    [
        ("png", "", []),
        (
            "png",
            "?scale=1/2&region=10:40,20:60&format=gray",
            ["--scale", "1/2", "--region", "10:40,20:60", "--format", "gray"],
        ),
        ("jpg", "", ["--quality", "90"]),
        ("jpg", "?quality=40&scale=1/8", ["--quality", "40", "--scale", "1/8"]),
        ("tif", "?fields=top", ["--fields", "top"]),
        ("npy", "?format=gray16le", ["--format", "gray16le"]),
        ("icpf", "", []),
        ("mov", "", []),
    ],
)
def test_files_are_those_of_the_command(
    site: Site, usual: Converted, tmp_path: Path, form: str, query: str, options: list[str]
) -> None:
    answer = site.ask(f"{frames_of(usual)}/7.{form}{query}")
    assert answer.status == 200
    assert answer.body == by_command(usual, tmp_path / f"x.{form}", *options)
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_known_frame_is_not_sent_again(site: Site, usual: Converted) -> None:
    first = site.ask(f"{frames_of(usual)}/3.png")
    again = site.ask(f"{frames_of(usual)}/3.png", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    other = site.ask(f"{frames_of(usual)}/4.png", if_none_match=first.headers["etag"])
    assert other.status == 200 and other.headers["etag"] != first.headers["etag"]
    assert site.ask(f"{frames_of(usual)}/3.png", method="HEAD").headers["etag"] == first.headers["etag"]


def test_times(site: Site, usual: Converted) -> None:
    facts = json.loads(site.ask(f"/v1/clips/{usual.name}").body)
    answer = site.ask(f"/v1/at/{facts['start']}.png")
    assert answer.status == 200
    assert answer.headers["content-location"] == f"{frames_of(usual)}/0.png"
    assert answer.headers["x-frame-time"] == facts["start"]
    assert answer.body == site.ask(f"{frames_of(usual)}/0.png").body
    late = site.ask("/v1/at/2031-01-01.png")
    assert late.status == 404 and usual.name in error_of(late)


def test_facts(site: Site, usual: Converted) -> None:
    (listed,) = camzarr("ls", usual.store, "--json").lines()
    (served,) = json.loads(site.ask("/v1/clips").body)["clips"]
    assert served == json.loads(site.ask(f"/v1/clips/{usual.name}").body)
    assert listed.items() <= served.items()


def test_lazycache_counts_from_one(site: Site, usual: Converted) -> None:
    base = f"/v1/org/oceanobservatories/rawdata/files/{usual.name}.mov"
    facts = json.loads(site.ask(base).body)
    (listed,) = camzarr("ls", usual.store, "--json").lines()
    assert facts == {
        "URL": base,
        "NumFrames": listed["frames"],
        "Duration": listed["duration"],
        "FileSize": listed["bytes"],
    }
    assert site.ask(f"{base}/frame/8").body == site.ask(f"{frames_of(usual)}/7.png").body
    assert site.ask(f"{base}/frame/0").status == 400


def test_capture(site: Site, usual: Converted) -> None:
    def capture(**wanted: object) -> Answer:
        return site.ask("/capture", "POST", json.dumps(wanted).encode(), X_Api_Key="any")

    url = f"http://example.org/videos/{usual.name}.mov?x=1"
    answer = capture(videoUrl=url, elapsedTimeMillis=0)
    assert answer.status == 200 and answer.headers["content-type"] == "image/jpeg"
    assert answer.body == site.ask(f"{frames_of(usual)}/0.jpg").body
    png = capture(videoUrl=url, elapsedTimeMillis=0, imageType="image/png")
    assert png.body == site.ask(f"{frames_of(usual)}/0.png").body
    assert capture(videoUrl=url, elapsedTimeMillis=10**9).status == 404
    assert capture(videoUrl="http://example.org/none.mov", elapsedTimeMillis=0).status == 404
    for wrong in ({}, {"videoUrl": url}, {"videoUrl": 7, "elapsedTimeMillis": 0}):
        assert capture(**wrong).status == 400
    assert site.ask("/capture", "POST", b"{").status == 400
    assert site.ask("/capture", "POST", b"x" * 100_000).status == 413
    assert site.ask("/capture").status == 405


# ---- The store --------------------------------------------------------------------------------------


def test_zarr_opens_what_is_served(site: Site, usual: Converted) -> None:
    zarr = pytest.importorskip("zarr")
    fsspec = pytest.importorskip("fsspec")
    assert fsspec
    there = zarr.open_group(f"{site.url}/store/clips/{usual.name}/index", mode="r")
    here = zarr.open_group(str(usual.store / "clips" / usual.name / "index"), mode="r")
    assert np.array_equal(there["time"][:], here["time"][:])


def test_the_reader_opens_what_is_served(site: Site, usual: Converted) -> None:
    """camzarr itself, over HTTP."""
    out = camzarr("frame", f"{site.url}/store", usual.name, "7", "-o", "-", "--format", "raw").out
    assert out == site.ask(f"{frames_of(usual)}/7.icpf").body


@pytest.mark.parametrize(
    "header, first, last",
    [
        ("bytes=0-9", 0, 9),
        ("bytes=5-", 5, None),
        ("bytes=-7", -7, None),
        ("bytes=3-99999999", 3, None),
        ("bytes=-99999999", 0, None),
    ],
)
def test_ranges(site: Site, usual: Converted, header: str, first: int, last: int | None) -> None:
    whole = (usual.store / "zarr.json").read_bytes()
    first = first + len(whole) if first < 0 else first
    last = len(whole) - 1 if last is None else last
    answer = site.ask("/store/zarr.json", range=header)
    assert answer.status == 206
    assert answer.body == whole[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"


def test_other_ranges(site: Site, usual: Converted) -> None:
    whole = (usual.store / "zarr.json").read_bytes()
    for ignored in ("bytes=0-1,3-4", "bytes=4-2", "lines=0-1", "bytes=", "bytes=a-b", "bytes=1"):
        answer = site.ask("/store/zarr.json", range=ignored)
        assert (answer.status, answer.body) == (200, whole), ignored
    for beyond in (f"bytes={len(whole)}-", "bytes=-0"):
        answer = site.ask("/store/zarr.json", range=beyond)
        assert answer.status == 416
        assert answer.headers["content-range"] == f"bytes */{len(whole)}"


def test_shards_are_sent_whole(site: Site, usual: Converted) -> None:
    key = f"clips/{usual.name}/video/video/c/0/0/0/0"
    assert site.ask(f"/store/{key}").body == (usual.store / key).read_bytes()
    head = site.ask(f"/store/{key}", method="HEAD")
    assert (head.body, int(head.headers["content-length"])) == (b"", (usual.store / key).stat().st_size)


def test_nothing_outside_the_store_is_served(usual: Converted, tmp_path: Path) -> None:
    store, secret = tmp_path / "store", tmp_path / "secret"
    shutil.copytree(usual.store, store)
    secret.mkdir()
    (secret / "precious.txt").write_text("not served")
    (store / "link").symlink_to(secret)
    (store / "link.txt").symlink_to(secret / "precious.txt")
    (store / ".git").mkdir()
    (store / ".git/config").write_text("not served")
    (store / ".zarr.json.part").write_text("not served")
    targets = [
        "/store/../secret/precious.txt",
        "/store/%2e%2e/secret/precious.txt",
        "/store/..%2fsecret%2fprecious.txt",
        "/store/clips/../../secret/precious.txt",
        "/store/link/precious.txt",
        "/store/link.txt",
        f"/store/{secret}/precious.txt",
        f"/store/{secret}/precious.txt".replace("//", "/%2f"),
        "/store/.git/config",
        "/store/.zarr.json.part",
        "/store/",
        "/store/clips",
        "/../secret/precious.txt",
        "/v1/clips/..%2f..%2fsecret",
        "/v1/clips/link",
    ]
    with serve(store) as site:
        for target in targets:
            answer = site.ask(target)
            assert answer.status in (400, 403, 404), target
            assert b"not served" not in answer.body, target
        assert site.ask("/store/zarr.json").status == 200


# ---- Requests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target, status",
    [
        ("/nowhere", 404),
        ("/v1/clips/none", 404),
        ("/v1/clips/NAME/frames/99999.png", 404),
        ("/v1/clips/NAME/frames/-1.png", 400),
        ("/v1/clips/NAME/frames/7.gif", 400),
        ("/v1/clips/NAME/frames/7.png?scale=3", 400),
        ("/v1/clips/NAME/frames/7.png?region=0:99999,0:9", 400),
        ("/v1/clips/NAME/frames/7.png?format=yuv422p10le", 422),
        ("/v1/at/yesterday.png", 400),
        ("/store/none", 404),
        ("/iiif/3/NAME@99999/info.json", 404),
        ("/iiif/3/NAME@7/full/9999,/0/default.jpg", 400),
        ("/" + "a" * 5000, 400),
    ],
)
def test_wrong_requests(site: Site, usual: Converted, target: str, status: int) -> None:
    answer = site.ask(target.replace("NAME", usual.name))
    assert answer.status == status
    assert error_of(answer)


def test_methods(site: Site, usual: Converted) -> None:
    for method in ("PUT", "DELETE", "POST", "PATCH"):
        assert site.ask("/store/zarr.json", method, b"x").status == 405
    assert (usual.store / "zarr.json").read_bytes() == site.ask("/store/zarr.json").body


def test_origins(site: Site, usual: Converted) -> None:
    """Pages of this machine may read; others only if the option says so."""
    target = f"{frames_of(usual)}/1.jpg?scale=1/8"
    allow = "access-control-allow-origin"
    assert site.ask(target, origin="http://localhost:3000").headers[allow] == "http://localhost:3000"
    assert allow not in site.ask(target, origin="https://example.org").headers
    assert site.ask(target, host="example.org").status == 421
    preflight = site.ask(target, "OPTIONS", origin="http://127.0.0.1:1")
    assert preflight.status == 204 and "Range" in preflight.headers["access-control-allow-headers"]
    with serve(usual.store, "--origin", "https://example.org") as open_to_one:
        assert open_to_one.ask(target, origin="https://example.org").headers[allow] == "https://example.org"
        assert allow not in open_to_one.ask(target, origin="http://localhost").headers


def test_page_has_no_script_and_escapes(tmp_path: Path, usual: Converted) -> None:
    store = tmp_path / "a&b <script>'"
    shutil.copytree(usual.store, store)
    with serve(store) as site:
        page = site.ask("/")
        text = page.body.decode()
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert "<script" not in text and "a&#38;b &#60;script&#62;&#39;" in text
        pictures = re.findall(r'src="([^"]+)"', text)
        assert pictures
        for picture in pictures:
            answer = site.ask(picture.replace("&amp;", "&"))
            assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")


def test_a_replaced_clip_is_served_anew(usual: Converted, converted: Converted_by, tmp_path: Path) -> None:
    other = converted("long_clip")
    convert_one(usual.made.path, tmp_path / "store", "--name", "x")
    with serve(tmp_path / "store") as site:
        old = site.ask("/v1/clips/x/frames/1.icpf")
        assert old.status == 200
        convert_one(other.made.path, tmp_path / "store", "--name", "x", "--overwrite")
        new = site.ask("/v1/clips/x/frames/1.icpf")
        assert new.status in (200, 503)
        assert site.ask("/v1/clips/x/frames/1.icpf").body == by_command(other, tmp_path / "y.icpf", frame=1)
        camzarr("rm", tmp_path / "store", "x")
        assert site.ask("/v1/clips/x/frames/2.icpf").status in (404, 503)
        assert site.ask("/v1/clips/x/frames/2.icpf").status == 404


def test_many_and_slow_clients(usual: Converted) -> None:
    """Clients that read nothing hold no thread, and memory stays."""
    with serve(usual.store, "--threads", "2", "--memory", "16M") as site:
        slow = []
        for _ in range(32):
            client = socket.create_connection(("127.0.0.1", site.port))
            shard = f"/store/clips/{usual.name}/video/video/c/0/0/0/0"
            client.sendall(f"GET {shard} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            slow.append(client)
        statuses: list[int] = []

        def ask_often() -> None:
            for i in range(20):
                statuses.append(site.ask(f"{frames_of(usual)}/{i % 8}.jpg?scale=1/4").status)

        clients = [threading.Thread(target=ask_often) for _ in range(8)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(120)
        assert statuses == [200] * 160
        assert site.peak() < 300 << 20
        for connection in slow:
            connection.close()


def test_port_in_use(site: Site, usual: Converted) -> None:
    done = camzarr("serve", usual.store, "--port", str(site.port), code=FAILED)
    assert "in use" in done.err and "--port 0" in done.err
    camzarr("serve", usual.store, "--listen", "example.org", "--remote", code=2)
    camzarr("serve", usual.store.parent / "nowhere", code=FAILED)


# ---- What others say --------------------------------------------------------------------------------


def test_openapi_is_valid_and_complete(site: Site) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    described = json.loads(site.ask("/openapi.json").body)
    validator.validate(described)
    assert {path.split("/")[1] for path in described["paths"]} == {"", "v1", "store", "capture", "iiif"}


def test_iiif_validator_finds_nothing(tmp_path: Path) -> None:
    """Its test picture as a frame: ten by ten squares of known colours."""
    colours = pytest.importorskip("iiif_validator.validator").ValidationInfo().colorInfo
    squares = np.array(colours, np.uint8).transpose(1, 0, 2).repeat(100, 0).repeat(100, 1)
    movie = tmp_path / "squares.mov"
    encode = "-c:v prores_ks -profile:v 4444 -pix_fmt yuv444p10le -q:v 1 -colorspace bt709"
    raw = "-f rawvideo -pix_fmt rgb24 -s 1000x1000 -i - -vf scale=out_color_matrix=bt709:out_range=tv"
    command = ["ffmpeg", "-v", "error", *raw.split(), *encode.split(), str(movie)]
    subprocess.run(command, input=squares.tobytes() * 2, check=True, timeout=120)
    convert_one(movie, tmp_path / "store")
    script = Path(shutil.which("iiif-validate.py", path=str(Path(sys.executable).parent)) or "")
    assert script.is_file()
    with serve(tmp_path / "store", "--origin", "*") as site:
        where = ["-s", f"127.0.0.1:{site.port}", "-p", "iiif/3", "-i", "squares@1"]
        command = [sys.executable, str(script), *where, "--version", "3.0", "--level", "2"]
        run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert run.returncode == OK, run.stderr + run.stdout
    assert "Done (33 tests, 0 failures)" in run.stderr
