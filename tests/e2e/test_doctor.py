"""`camzarr doctor`: the checks of a store and their advice."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from conftest import Converted_by, Place_of
from support import fault_proxy, tree
from support.cloud import environment
from support.command import CAMZARR, STOPPED, camzarr
from support.fault_proxy import Exchange, FaultProxy
from support.mounts import remount, tmpfs
from support.objects import Place, client
from support.servers import S3, free_port, nginx

Lines = dict[str, dict[str, Any]]


def examined(
    store: str | Path, keys: Mapping[str, str] | None = None, code: int = 0, *words: str
) -> Lines:
    """Its lines, by check."""
    done = camzarr("doctor", "--json", store, *words, code=code, env=environment(keys or {}))
    return {line["check"]: line for line in done.lines()}


def states(lines: Lines) -> dict[str, str]:
    return {check: line["status"] for check, line in lines.items()}


WRITABLE = ["create-only", "ranges", "removing", "replacing", "speed", "writing"]


@pytest.mark.parametrize("server", ["versity", "rados", "azure"])
def test_working_store(server: str, place_of: Place_of) -> None:
    place = place_of(server)
    lines = examined(place.url("a/b"), place.environment())
    told = states(lines)
    assert {check for check, status in told.items() if status == "ok"} == {
        "listing",
        "clock",
        *WRITABLE,
    }
    assert told["access"] == told["browsers"] == "note"
    assert "CORS" in lines["browsers"]["advice"]
    assert place.keys() == [], "something was left"


def test_folder(converted: Converted_by) -> None:
    store = converted("usual").store
    before = tree.digests(store)
    told = states(examined(store))
    assert {c for c, s in told.items() if s == "ok"} >= {"access", "listing", *WRITABLE}
    assert set(told) == {"access", "listing", *WRITABLE, "space"}
    assert tree.digests(store) == before


def test_text_output(tmp_path: Path) -> None:
    done = camzarr("doctor", tmp_path)
    rows = done.out.decode().splitlines()
    assert rows[0].startswith("note     access ") and rows[1].lstrip().startswith("-> ")
    assert any(row.startswith("ok       speed ") and "B/s" in row for row in rows)
    assert b"ok " not in camzarr("doctor", "-q", tmp_path).out


def test_unusable_folders(tmp_path: Path) -> None:
    told = examined(tmp_path / "nothing", code=1)
    assert states(told) == {"access": "failed"}
    with tmpfs(tmp_path / "disk", 40 << 20) as disk:
        assert examined(disk)["space"]["status"] == "warning"
        remount(disk, "ro")
        assert examined(disk)["writing"]["status"] == "warning"
    with tmpfs(tmp_path / "small", 4 << 20) as disk:
        assert examined(disk, code=1)["speed"]["status"] == "failed"
        assert not list(disk.iterdir())


def test_plain_server(converted: Converted_by) -> None:
    store = converted("usual").store
    with nginx(f"root {store}; add_header Access-Control-Allow-Origin *;") as web:
        told = states(examined(web.url))
    assert told == {
        "access": "ok",
        "listing": "note",
        "writing": "warning",
        "clock": "ok",
        "browsers": "ok",
        "ranges": "ok",
    }
    with nginx(f"root {store}; max_ranges 0;") as web:
        assert examined(web.url, code=1)["ranges"]["status"] == "failed"


def test_wrong_keys_and_names(versity: S3) -> None:
    place = Place(versity)
    keys = place.environment()
    for wrong in ({"AWS_SECRET_ACCESS_KEY": "wrong"}, {"AWS_ACCESS_KEY_ID": "unknown"}):
        lines = examined(place.url(), {**keys, **wrong}, code=1)
        assert states(lines) == {"access": "failed"}
        assert "key" in (lines["access"]["what"] + lines["access"]["advice"]).lower()
    lines = examined("s3://no-such-bucket-here", keys, code=2)
    assert "no such bucket" in lines["access"]["what"]


@pytest.mark.full
def test_unreachable() -> None:
    """A retry may help: exit code 5."""
    lines = examined(f"http://127.0.0.1:{free_port()}/store", code=5)
    assert states(lines) == {"access": "failed"}


def test_wrong_clock(versity: S3) -> None:
    """The local clock is compared with the service's Date header."""
    place = Place(versity)
    for off, status, code in ((300, "warning", 0), (-300, "warning", 0), (5000, "failed", 1)):

        def late(x: Exchange, off: int = off) -> None:
            answer = x.forward()
            date = ("Date", formatdate(time.time() - off, usegmt=True))
            answer.headers = [date, *(h for h in answer.headers if h[0].lower() != "date")]
            x.reply(answer)

        with FaultProxy(versity.port, fault_proxy.always(lambda _: True, late)) as proxy:
            line = examined(place.url(), place.environment(proxy.url), code=code)["clock"]
        assert line["status"] == status
        assert ("ahead" in line["what"]) == (off > 0)
        assert "clock" in line["advice"]


def test_ignored_preconditions(versity: S3) -> None:
    """A server that knows no If-None-Match: told of, as two machines could meet there."""
    place = Place(versity)

    def deaf(x: Exchange) -> None:
        if x.request.header("if-none-match"):
            key = x.request.path.split("/", 2)[2]
            client(versity).put_object(Bucket=place.bucket, Key=key, Body=x.request.body)
            fault_proxy.status(200, b"", ETag='"0"')(x)
        else:
            x.reply(x.forward())

    with FaultProxy(versity.port, fault_proxy.always(lambda _: True, deaf)) as proxy:
        line = examined(place.url(), place.environment(proxy.url))["create-only"]
    assert line["status"] == "warning"


def test_purpose(versity: S3, converted: Converted_by, tmp_path: Path) -> None:
    """--for: what is a warning otherwise is a failure if the purpose needs it."""
    store = converted("usual").store
    assert states(examined(store, None, 0, "--for", "read"))["ranges"] == "ok"
    assert "writing" not in examined(store, None, 0, "--for", "read"), "nothing is put"
    assert states(examined(tmp_path, None, 1, "--for", "read"))["access"] == "failed"
    assert states(examined(tmp_path, None, 0, "--for", "write"))["writing"] == "ok"
    with nginx(f"root {store};") as web:
        assert states(examined(web.url, None, 0, "--for", "read"))["access"] == "ok"
        assert states(examined(web.url, None, 1, "--for", "write"))["writing"] == "failed"
    place = Place(versity)
    denied = fault_proxy.status(403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
    lists = fault_proxy.always(lambda r: "list-type" in r.target, denied)
    with FaultProxy(versity.port, lists) as proxy:
        keys = place.environment(proxy.url)
        assert states(examined(place.url(), keys, 1, "--for", "write"))["listing"] == "failed"
    camzarr("doctor", store, "--for", "reading", code=2)


def test_store_of_zarr_2(converted: Converted_by, tmp_path: Path) -> None:
    camzarr("convert", converted("usual").made.path, tmp_path / "v2", "--zarr-format", "2")
    told = states(examined(tmp_path / "v2", None, 0, "--for", "read"))
    assert told["access"] == told["ranges"] == "ok"


def versioned(x: Exchange) -> None:
    """A bucket with versioning and a default retention."""
    answer = x.forward()
    answer.headers.append(("x-amz-version-id", "3sL4kqtJlcpXroDTDmJ"))
    answer.headers.append(("x-amz-object-lock-retain-until-date", "2045-01-01T00:00:00Z"))
    x.reply(answer)


def test_versions_and_object_lock(versity: S3, converted: Converted_by) -> None:
    place = Place(versity)
    with FaultProxy(versity.port, fault_proxy.always(lambda _: True, versioned)) as proxy:
        keys = place.environment(proxy.url)
        lines = examined(place.url("s"), keys)
        assert lines["versions"]["status"] == "note" and "versions" in lines["versions"]["what"]
        assert "2045-01-01" in lines["object-lock"]["what"]
        assert lines["speed"]["status"] == "note", "16 MiB would stay"
        assert place.keys() == []
        one = converted("usual")
        camzarr("convert", one.made.path, place.url("s"), env=environment(keys))
        done = camzarr("rm", place.url("s"), one.name, env=environment(keys))
    assert "keeps its objects as versions" in done.err


def test_cleans_up_after_a_signal(versity: S3) -> None:
    """Its object is removed; a put that a signal interrupts is among the cases."""
    place = Place(versity)
    large: list[int] = []

    def hold(x: Exchange) -> None:
        answer = x.forward()  # it is stored, and the response comes late
        large.append(1)
        run.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        x.reply(answer)

    puts = fault_proxy.when(lambda r: r.method == "PUT" and len(r.body) > 1 << 20, hold)
    with FaultProxy(versity.port, puts) as proxy:
        command = [CAMZARR, "doctor", place.url()]
        pipe = subprocess.PIPE
        env = environment(place.environment(proxy.url))
        run = subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe)
        out, err = run.communicate(timeout=60)
    assert large and run.returncode == STOPPED, err
    assert b"FAILED" not in out
    assert place.keys() == [], "something was left"


def test_read_only_bucket(versity: S3) -> None:
    place = Place(versity)
    denied = fault_proxy.status(
        403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    )
    place.put("zarr.json", b"{}")
    puts = fault_proxy.always(lambda r: r.method == "PUT", denied)
    with FaultProxy(versity.port, puts) as proxy:
        told = states(examined(place.url(), place.environment(proxy.url)))
    assert told["writing"] == "warning" and told["ranges"] == told["access"] == "ok"
