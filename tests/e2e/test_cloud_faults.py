"""Conversions through a proxy that fails: a whole clip, or a clear error and no clip."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Place_of
from support import fault_proxy
from support.cloud import SHARDS, Movie, environment, to_store, until, whole, whole_or_nothing
from support.command import CAMZARR
from support.fault_proxy import Fault, FaultProxy, Plan, Request
from support.objects import Place
from support.servers import nginx

FAULTS = {fault.__name__: fault for fault in fault_proxy.every_fault()}
FULL = bool(os.environ.get("CZ_FULL"))


@pytest.mark.parametrize("server", ["versity", "azure"])
@pytest.mark.parametrize("seed", range(100 if FULL else 5))
def test_random_faults(server: str, seed: int, movie: Movie, place_of: Place_of) -> None:
    """Of the requests to the source and to the store, 5 % each."""
    place = place_of(server)
    plan, other = fault_proxy.randomly(0.05, seed), fault_proxy.randomly(0.05, seed + 1000)
    with FaultProxy(movie.port, plan) as source, FaultProxy(place.server.port, other) as store:
        done, _ = to_store(movie.at(source.url), place.url("s"), place.environment(store.url))
    assert done.code == 0
    whole(movie, place, "s")


def position(place: Place, movie: Movie, where: str) -> Callable[[Fault], Plan]:
    """A plan that hits the first, middle or last request, or the commit marker."""
    if where == "commit":
        mine = f"/s/{movie.mark}"
        return lambda fault: fault_proxy.when(
            lambda r: r.method == "PUT" and r.path.endswith(mine), fault
        )
    with FaultProxy(place.server.port) as proxy:
        to_store(movie.url, place.url("undisturbed"), place.environment(proxy.url))
        count = len(proxy.requests)
    number = {"first": 0, "middle": count // 2, "last": count - 1}[where]
    return lambda fault: fault_proxy.at(number, fault)


WHERE = ["first", "middle", "last", "commit"]
# All providers share the transport: in the daily run Azure is tested at the commit marker alone.
PLACES = [pytest.param("versity", where, id=f"versity-{where}") for where in WHERE] + [
    pytest.param(
        "azure", where, id=f"azure-{where}", marks=[] if where == "commit" else pytest.mark.full
    )
    for where in WHERE
]


@pytest.mark.parametrize(("server", "where"), PLACES)
def test_each_fault_at_the_store(server: str, where: str, movie: Movie, place_of: Place_of) -> None:
    place = place_of(server)
    plan = position(place, movie, where)
    for i, fault in enumerate(FAULTS.values()):
        with FaultProxy(place.server.port, plan(fault)) as proxy:
            keys = place.environment(proxy.url)
            done, _ = to_store(movie.url, place.url(f"{i}/s"), keys, code=None)
            assert len(proxy.faults()) == 1, f"{fault.__name__} hit nothing"
        whole_or_nothing(movie, place, f"{i}/s", done)
        assert done.code == 0, f"{fault.__name__}, once, is to be got over: {done.err}"


@pytest.mark.parametrize("name", [*FAULTS, "200 for a range"])
def test_each_fault_at_the_source(name: str, movie: Movie, place_of: Place_of) -> None:
    """At the first, a middle and the last request."""
    place = place_of("versity")
    fault = FAULTS.get(name) or fault_proxy.whole_for_range()
    with FaultProxy(movie.port) as proxy:
        to_store(movie.at(proxy.url), place.url("undisturbed"), place.environment())
        count = len(proxy.requests)
    for number in sorted({0, count // 2, count - 1}):
        with FaultProxy(movie.port, fault_proxy.at(number, fault)) as proxy:
            url = place.url(f"{number}")
            done, _ = to_store(movie.at(proxy.url), url, place.environment(), code=None)
        whole_or_nothing(movie, place, f"{number}", done)
        if name != "200 for a range":
            assert done.code == 0, done.err


def test_permanent_refusal_of_the_store(movie: Movie, place_of: Place_of) -> None:
    """No retry helps against 403, and none is made; nothing is published."""
    place = place_of("versity")
    body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    shards = fault_proxy.always(
        lambda r: r.method == "PUT" and "/video/video/c/" in r.path, fault_proxy.status(403, body)
    )
    with FaultProxy(place.server.port, shards) as proxy:
        done, line = to_store(movie.url, place.url("s"), place.environment(proxy.url), code=1)
        assert line["error"]["code"] == "denied"
        hit = [r.path for r in proxy.faults()]
        assert len(hit) == len(set(hit)), "it was asked again"
    assert movie.mark not in place.keys("s")


def puts(proxy: FaultProxy, told: bool = True) -> set[str]:
    """Shards that were put, and of which the program heard that they were."""
    return {
        r.path
        for r in proxy.requests
        if r.method == "PUT"
        and "/video/video/c/" in r.path
        and (not told or r.status in (200, 201))
    }


def _killed_and_again(place: Place, movie: Movie, prefix: str, shards: int) -> None:
    slow = fault_proxy.always(lambda r: r.method == "PUT", fault_proxy.delay(0.05))
    with FaultProxy(place.server.port, slow) as proxy:
        env = environment(place.environment(proxy.url))
        command = [CAMZARR, "convert", movie.url, place.url(prefix), *SHARDS]
        run = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
        until(lambda: len(puts(proxy)) >= shards or run.poll() is not None)
        run.send_signal(signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL, "it was over before"
        before = puts(proxy)
    assert movie.mark not in place.keys(prefix)
    with FaultProxy(place.server.port) as proxy:
        to_store(movie.url, place.url(prefix), place.environment(proxy.url))
        again = puts(proxy, told=False)
    assert not before & again, "sent again"
    whole(movie, place, prefix)


@pytest.mark.parametrize("server", ["versity", "azure"])
def test_killed_during_upload(server: str, movie: Movie, place_of: Place_of) -> None:
    place = place_of(server)
    for i in range(30 if FULL else 3):
        _killed_and_again(place, movie, f"s{i}", i % 3)


def test_the_source_is_replaced_meanwhile(movie: Movie, place_of: Place_of, tmp_path: Path) -> None:
    """Another ETag: an error, and no mixture."""
    place = place_of("versity")
    name = movie.made.path.name
    (tmp_path / name).write_bytes(movie.made.path.read_bytes())
    others = bytearray(movie.made.path.read_bytes())
    others[movie.made.frames[-1].offset + 100] ^= 1

    def replace(request: Request) -> None:
        if request.number == 2:
            (tmp_path / "new").write_bytes(others)
            os.utime(tmp_path / "new", (1, 1))
            (tmp_path / "new").rename(tmp_path / name)

    with nginx(f"root {tmp_path};") as web:
        with FaultProxy(int(web.url.rpartition(":")[2]), replace) as proxy:
            url = f"{proxy.url}/{name}"
            _, line = to_store(url, place.url("s"), place.environment(), code=1)
            assert len(proxy.requests) > 2
    assert line["error"]["code"] == "changed"
    assert movie.mark not in place.keys("s")
