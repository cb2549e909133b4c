"""Conversion from HTTP to object stores writes the same objects as to a folder."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from conftest import Place_of
from support import tree
from support.cloud import SHARDS, Movie, environment, to_store, whole
from support.command import CAMZARR, FAILED, camzarr, convert_one
from support.objects import Place
from support.servers import S3, certificate, nginx

SERVERS = ["versity", "rados", "azure"]


@pytest.mark.parametrize("server", SERVERS)
def test_same_objects_as_in_a_folder(server: str, movie: Movie, place_of: Place_of, tmp_path: Path) -> None:
    place = place_of(server)
    store, keys = place.url("a/b"), place.environment()
    _, line = to_store(movie.url, store, keys)
    assert (line["status"], line["md5"]) == ("converted", movie.made.md5)
    whole(movie, place, "a/b")
    assert place.keys() == sorted(f"a/b/{key}" for key in movie.tree), "something beside it"

    _, line = to_store(movie.url, store, keys)
    assert (line["status"], line["bytes_written"]) == ("present", 0)

    env = environment(keys)
    camzarr("verify", store, "--source", movie.made.path, movie.name, env=env)
    (row,) = camzarr("ls", "--json", store, env=env).lines()
    assert (row["name"], row["frames"]) == (movie.name, len(movie.made.frames))
    for i in (0, 7, len(movie.made.frames) - 1):
        out = tmp_path / f"{i}.icpf"
        camzarr("frame", store, movie.name, str(i), "-o", out, env=env)
        assert out.read_bytes() == movie.made.read(i)
    camzarr("restore", store, movie.name, tmp_path / "again.mov", env=env)
    assert (tmp_path / "again.mov").read_bytes() == movie.made.path.read_bytes()

    camzarr("rm", store, movie.name, env=env)
    assert [key for key in place.keys("a/b") if movie.name in key] == []


def test_store_without_a_prefix(movie: Movie, place_of: Place_of) -> None:
    place = place_of("versity")
    to_store(movie.url, place.url(), place.environment())
    whole(movie, place)


@pytest.mark.parametrize("server", SERVERS)
def test_two_workers_on_one_clip(server: str, movie: Movie, place_of: Place_of) -> None:
    """They may both succeed, or one gives way; the clip is right."""
    place = place_of(server)
    env = environment(place.environment())
    command = [CAMZARR, "convert", movie.url, place.url("s"), *SHARDS]
    runs = [subprocess.Popen(command, env=env, stderr=subprocess.PIPE) for _ in range(3)]
    ends = [(run.communicate(timeout=120)[1], run.returncode) for run in runs]
    assert any(code == 0 for _, code in ends), ends
    assert all(code in (0, 1, 5) for _, code in ends), ends
    whole(movie, place, "s")


def test_plain_server_is_read_without_listing(movie: Movie, tmp_path: Path) -> None:
    store = tmp_path / "store"
    convert_one(movie.made.path, store, *SHARDS)
    with nginx(f"root {store};") as web:
        camzarr("frame", web.url, movie.name, ":", "-o", f"{tmp_path}/frames/")
        for i, path in enumerate(sorted((tmp_path / "frames").iterdir())):
            assert path.read_bytes() == movie.made.read(i)
        camzarr("verify", web.url, movie.name)
        camzarr("restore", web.url, movie.name, tmp_path / "again.mov")
        assert (tmp_path / "again.mov").read_bytes() == movie.made.path.read_bytes()
        done = camzarr("info", "--json", web.url, movie.name)
        assert json.loads(done.out)["frames"] == len(movie.made.frames)
        done = camzarr("convert", movie.made.path, web.url, code=FAILED)
        assert "http://: stores at this kind of address are read-only" in done.err
        assert not [line for line in web.requests() if '"GET' not in line and '"HEAD' not in line]
        assert camzarr("frame", web.url, "absent", "0", "-o", tmp_path / "x.icpf", code=FAILED)


def test_the_sidecar_is_fetched_and_compared(movie: Movie, tmp_path: Path) -> None:
    name = movie.made.path.name
    (tmp_path / name).write_bytes(movie.made.path.read_bytes())
    sidecar = tmp_path / f"{name}.md5"
    with nginx(f"root {tmp_path};") as web:
        sidecar.write_text(movie.made.md5 + "\n")
        convert_one(f"{web.url}/{name}", tmp_path / "right", *SHARDS)
        sidecar.write_text("0" * 32 + "\n")
        line = convert_one(f"{web.url}/{name}", tmp_path / "wrong", *SHARDS, code=FAILED)
    assert line["error"]["code"] == "corrupt"
    assert not list(tmp_path.glob("wrong/clips/*/zarr.json"))


def test_a_page_for_the_sidecar_is_reported(movie: Movie, tmp_path: Path) -> None:
    """A server that returns a page, with success, for every address that it does not have."""
    page = "location ~ md5$ { default_type text/html; return 200 '<html>Welcome</html>'; }"
    with nginx(f"root {movie.folder}; {page}") as web:
        line = convert_one(movie.at(web.url), tmp_path / "store", *SHARDS)
    assert line["status"] == "converted"
    assert line["warnings"] == [
        "the server returned a web page for the .md5 file: the MD5 was not compared"
    ]
    assert tree.clip_digests(tmp_path / "store") == movie.tree


def test_tls(movie: Movie, versity: S3, tmp_path: Path) -> None:
    """Source and store over TLS: refused without the authority's certificate, fine with it."""
    place = Place(versity)
    ca, crt, key = certificate(tmp_path)
    proxy = f"proxy_pass {versity.endpoint}; proxy_set_header Host $http_host;"
    with (
        nginx(f"root {movie.folder};", (crt, key)) as source,
        nginx(proxy + " proxy_request_buffering off;", (crt, key)) as store,
    ):
        keys = place.environment(store.url)
        done, _ = to_store(movie.at(source.url), place.url("s"), keys, code=None)
        assert done.code in (1, 5) and "certificate" in done.err.lower(), done.err
        assert place.keys() == []
        to_store(movie.at(source.url), place.url("s"), {**keys, "CURL_CA_BUNDLE": str(ca)})
    whole(movie, place, "s")
