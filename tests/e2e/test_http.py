"""Sources and stores on a web server: nginx, whose log shows the requests."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from maker import Made, make
from support import tree
from support.command import FAILED, RETRY, USAGE, camzarr, convert_one
from support.loopback import with_loopback_only
from support.servers import Web, nginx

SECRET = "s3cr3t-0f-the-tests"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Two recordings, one of them without a moov atom."""
    folder = tmp_path_factory.mktemp("web")
    for case in ("usual", "no_moov"):
        make(case, folder)
    with nginx(f"root {folder};") as server:
        yield server


@pytest.fixture(scope="module", name="usual")
def fixture_usual(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make("usual", tmp_path_factory.mktemp("usual"))


@pytest.mark.parametrize("case", ["usual", "no_moov"])
def test_same_store_as_from_the_file(case: str, web: Web, tmp_path: Path) -> None:
    made = make(case, tmp_path)
    near = convert_one(made.path, tmp_path / "near")
    far = convert_one(f"{web.url}/{made.path.name}", tmp_path / "far")
    assert tree.digests(tmp_path / "far") == tree.digests(tmp_path / "near")
    same = ("clip", "status", "frames", "bytes_read", "md5", "damaged_frames")
    assert [far[key] for key in same] == [near[key] for key in same]


def test_each_byte_is_fetched_about_once(usual: Made, web: Web, tmp_path: Path) -> None:
    before = len(web.requests())
    camzarr("convert", "--stats", f"{web.url}/{usual.path.name}", tmp_path / "s")
    lines = web.requests()[before:]
    sent = sum(int(n) for n in re.findall(r'" 206 (\d+)', "\n".join(lines)))
    head_and_tail = 2 << 20  # of which the fingerprint is made
    assert usual.length <= sent <= usual.length + head_and_tail + (1 << 20)
    assert all(re.search('"GET .*" (206|404) ', line) for line in lines), "only ranges, and the md5"


def test_info(usual: Made, web: Web) -> None:
    near = json.loads(camzarr("info", "--json", usual.path).out)
    far = json.loads(camzarr("info", "--json", f"{web.url}/{usual.path.name}").out)
    assert far == near


@pytest.mark.parametrize("behind", ["", "?token=x", "#t=5", "?file=a.zarr#b"])
def test_an_address_with_a_query_is_a_recording(
    behind: str, usual: Made, web: Web, tmp_path: Path
) -> None:
    """With every verb that takes a store as well as a recording."""
    address = f"{web.url}/{usual.path.name}"
    told = json.loads(camzarr("info", "--json", address + behind).out)
    assert told == json.loads(camzarr("info", "--json", usual.path).out)
    for form in ("kerchunk", "torchcodec"):
        near, far = tmp_path / "near", tmp_path / "far"
        camzarr("export", form, usual.path, near)
        camzarr("export", form, address + behind, far)
        assert far.stat().st_size > 0 and near.stat().st_size > 0
        far.unlink()
        near.unlink()


def test_verify_compares_with_the_recording(usual: Made, web: Web, tmp_path: Path) -> None:
    convert_one(usual.path, tmp_path / "s")
    address = f"{web.url}/{usual.path.name}"
    camzarr("verify", "--source", address, tmp_path / "s", usual.path.stem)


def test_stats_count_the_requests(usual: Made, web: Web, tmp_path: Path) -> None:
    before = len(web.requests())
    address = f"{web.url}/{usual.path.name}"
    done = camzarr("convert", "--stats", "--connections", "3", address, tmp_path / "s")
    told = re.search(r"network: (\d+) requests \(0 retries, 0 hedges\)", done.err)
    assert told and int(told[1]) == len(web.requests()) - before, done.err
    quiet = camzarr("ls", "--stats", tmp_path / "s")
    assert "network" not in quiet.err, "a folder is no network"


def test_busy_server_is_retried(usual: Made, tmp_path: Path) -> None:
    """It answers every second request with 503; the store is the same."""
    busy = f"root {usual.path.parent}; if ($request_id ~ '[0-4]$') {{ return 503; }}"
    convert_one(usual.path, tmp_path / "near")
    with nginx(busy) as web:
        done = camzarr("convert", "--stats", f"{web.url}/{usual.path.name}", tmp_path / "far")
        assert any('" 503 ' in line for line in web.requests())
    assert tree.digests(tmp_path / "far") == tree.digests(tmp_path / "near")
    assert not re.search(r"\(0 retries", done.err), done.err


def test_server_without_ranges_is_refused(usual: Made, tmp_path: Path) -> None:
    with nginx(f"root {usual.path.parent}; max_ranges 0;") as web:
        done = camzarr("convert", f"{web.url}/{usual.path.name}", tmp_path / "s", code=FAILED)
    assert "ignores the range" in done.err
    assert not (tmp_path / "s/clips").exists()


def test_user_and_password(usual: Made, tmp_path: Path) -> None:
    """From ~/.netrc or the address; neither is ever shown, nor kept in the store."""
    (tmp_path / "users").write_text("reader:{PLAIN}" + SECRET + "\n")
    guard = f"root {usual.path.parent}; auth_basic x; auth_basic_user_file {tmp_path}/users;"
    home = {**os.environ, "HOME": str(tmp_path)}
    with nginx(guard) as web:
        address = f"{web.url}/{usual.path.name}"
        done = camzarr("convert", address, tmp_path / "s", code=FAILED, env=home)
        assert ".netrc" in done.err and "401" in done.err
        (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login reader password {SECRET}\n")
        done = camzarr("convert", "-v", "--json", address, tmp_path / "s", env=home)
        (tmp_path / ".netrc").unlink()
        named = address.replace("//", f"//reader:{SECRET}@") + f"?token={SECRET}"
        report = tmp_path / "report"
        again = camzarr("convert", "-v", "--report", report, named, tmp_path / "s", env=home)
        wrong = camzarr("convert", named + "x", named, tmp_path / "s", code=None, env=home)
    shown = [done.out.decode(), done.err, again.err, wrong.err, report.read_text()]
    kept = [path.read_bytes() for path in tree.files(tmp_path / "s")]
    assert not any(SECRET in text for text in shown), shown
    assert not any(SECRET.encode() in data for data in kept)


def test_through_a_proxy(usual: Made, web: Web, tmp_path: Path) -> None:
    address = f"{web.url}/{usual.path.name}"
    with nginx("proxy_pass http://$http_host$request_uri;") as proxy:
        through = {**os.environ, "http_proxy": proxy.url, "no_proxy": "", "NO_PROXY": ""}
        camzarr("convert", address, tmp_path / "s", env=through)
        assert any(usual.path.name in line for line in proxy.requests())


def test_missing_file(web: Web, tmp_path: Path) -> None:
    done = camzarr("convert", f"{web.url}/absent.mov", tmp_path / "s", code=FAILED)
    assert "absent.mov: no such object" in done.err and "HTTP 404" in done.err


def test_unreachable(tmp_path: Path) -> None:
    done = camzarr("info", "http://127.0.0.1:1/x.mov", code=RETRY)
    assert "x.mov" in done.err and "attempts" in done.err


def test_a_redirect_leads_to_no_private_address(usual: Made, tmp_path: Path) -> None:
    """Not from another kind of address, and not to another protocol; the message says which. In a
    network that has only loopback, so that nothing leaves this machine whatever the command does."""
    name = usual.path.name
    there = {
        "/a/": ("http://169.254.0.1/", "redirect from a public to a link-local address refused"),
        "/b/": ("http://10.0.0.1/", "redirect from a public to a private address refused"),
        "/c/": ("ftp://127.0.0.1/", "redirect to another protocol than http or https refused"),
    }
    rules = " ".join(
        f"location {at} {{ return 302 {to}{name}?{SECRET}; }}" for at, (to, _) in there.items()
    )
    near = f"root {usual.path.parent}; {rules} location /d/ {{ rewrite ^/d/(.*)$ /$1 redirect; }}"
    clean = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}

    def body() -> None:
        with nginx(near) as web:
            proxied = clean | {"http_proxy": web.url}
            for at, (_, words) in there.items():
                url = f"http://example.invalid{at}{name}"
                done = camzarr("convert", url, tmp_path / "s", code=FAILED, env=proxied)
                assert words in done.err and SECRET not in done.err, done.err
            camzarr("convert", f"{web.url}/d/{name}", tmp_path / "s", env=clean)

    with_loopback_only(body)


def test_a_name_that_does_not_resolve(tmp_path: Path) -> None:
    """A retry may help, and it isn't for lack of memory."""
    done = camzarr("convert", f"http://{'a' * 64}.invalid/x.mov", tmp_path / "s", code=RETRY)
    assert "resolve" in done.err and "(7 attempts)" in done.err and "memory" not in done.err


@pytest.mark.parametrize(
    "wrong", [("--connections", "0"), ("--rate-limit", "fast"), ("--rate-limit", "1023")]
)
def test_usage(wrong: tuple[str, str], usual: Made, tmp_path: Path) -> None:
    done = camzarr("convert", *wrong, usual.path, tmp_path / "s", code=USAGE)
    if wrong[0] == "--rate-limit":
        assert "not a size from 1K to 1T" in done.err
