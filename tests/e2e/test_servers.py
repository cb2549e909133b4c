"""The servers and the fault proxy that other tests rely on, tested with independent clients."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import obstore
import pytest
from botocore.exceptions import ClientError
from obstore.store import S3Store

from support import fault_proxy
from support.fault_proxy import FaultProxy
from support.objects import Place, azure_request, client
from support.servers import S3, Azure, nginx

DATA = bytes(range(256)) * 64


@pytest.fixture
def web(tmp_path: Path) -> Iterator[int]:
    """The port of a server that has DATA at /file."""
    (tmp_path / "file").write_bytes(DATA)
    with nginx(f"root {tmp_path};") as server:
        yield int(server.url.rpartition(":")[2])


def fetched(proxy: FaultProxy, first: int = 0, last: int = len(DATA) - 1) -> tuple[int, bytes]:
    headers = {"Range": f"bytes={first}-{last}"}
    request = urllib.request.Request(f"{proxy.url}/file", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.parametrize("name", ["versity", "rados"])
def test_s3_servers_check_signatures_and_digests(name: str, request: pytest.FixtureRequest) -> None:
    server: S3 = request.getfixturevalue(name)
    place = Place(server)
    place.put("a b/+=&é", b"x")
    assert place.get("a b/+=&é") == b"x"
    for wrong in ({"aws_secret_access_key": "wrong"}, {"aws_access_key_id": "unknown"}):
        with pytest.raises(ClientError, match="SignatureDoesNotMatch|InvalidAccessKeyId"):
            client(server, **wrong).put_object(Bucket=place.bucket, Key="k", Body=b"x")
    with pytest.raises(ClientError, match="BadDigest|InvalidDigest"):
        client(server).put_object(
            Bucket=place.bucket, Key="k", Body=b"x", ContentMD5="AAAAAAAAAAAAAAAAAAAAAA=="
        )
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client(server).put_object(Bucket=place.bucket, Key="a b/+=&é", Body=b"y", IfNoneMatch="*")
    assert place.keys() == ["a b/+=&é"]


def test_azurite_checks_signatures(azure: Azure) -> None:
    place = Place(azure)
    place.put("a b/é", b"x")
    assert place.keys() == ["a b/é"]
    other = Azure(azure.port, azure.log, key="d3Jvbmc=")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        azure_request(other, "PUT", "/another?restype=container")


def test_a_signed_request_goes_through_the_relay(versity: S3) -> None:
    place = Place(versity)
    with FaultProxy(versity.port) as proxy:
        store = S3Store(
            place.bucket,
            endpoint=proxy.url,
            access_key_id=versity.access,
            secret_access_key=versity.secret,
            client_options={"allow_http": True},
        )
        obstore.put(store, "k é", DATA)
        assert bytes(obstore.get_range(store, "k é", start=5, end=9)) == DATA[5:9]
        assert [r.method for r in proxy.requests] == ["PUT", "GET"]
        assert [r.status for r in proxy.requests] == [200, 206]
    assert place.get("k é") == DATA


def test_relay_forwards_unchanged(web: int) -> None:
    with FaultProxy(web) as proxy:
        assert fetched(proxy) == (206, DATA)
        assert fetched(proxy, 3, 7) == (206, DATA[3:8])
        assert [(r.method, r.path, r.status, r.fault) for r in proxy.requests] == [
            ("GET", "/file", 206, "")
        ] * 2


@pytest.mark.parametrize("code", [404, 429, 503])
def test_status(code: int, web: int) -> None:
    with FaultProxy(web, fault_proxy.at(1, fault_proxy.status(code, Retry_After="1"))) as proxy:
        assert fetched(proxy) == (206, DATA)
        assert fetched(proxy) == (code, fault_proxy.ERROR)
        assert [r.forwarded for r in proxy.requests] == [True, False]
        assert [r.number for r in proxy.faults()] == [1]


def raw(proxy: FaultProxy) -> bytes:
    """All that comes until the connection ends; a reset raises."""
    host, port = "127.0.0.1", int(proxy.url.rpartition(":")[2])
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(b"GET /file HTTP/1.1\r\nHost: x\r\nRange: bytes=0-99\r\n\r\n")
        got = b""
        while data := connection.recv(1 << 16):
            got += data
        return got


def test_broken_connections(web: int) -> None:
    for fault, heard in ((fault_proxy.reset(), False), (fault_proxy.success_then_drop(), True)):
        with FaultProxy(web, fault_proxy.at(0, fault)) as proxy:
            with pytest.raises(ConnectionResetError):
                raw(proxy)
            assert proxy.requests[0].forwarded == heard
    for fault in (fault_proxy.cut(), fault_proxy.stall(0.01)):
        with FaultProxy(web, fault_proxy.at(0, fault)) as proxy:
            assert raw(proxy).partition(b"\r\n\r\n")[2] == DATA[:50]


def test_wrong_answers(web: int) -> None:
    with FaultProxy(web, fault_proxy.at(0, fault_proxy.wrong_range())) as proxy:
        request = urllib.request.Request(f"{proxy.url}/file", headers={"Range": "bytes=0-9"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert (answer.status, answer.headers["Content-Range"]) == (206, "bytes 1-2/3")
    with FaultProxy(web, fault_proxy.at(0, fault_proxy.whole_for_range())) as proxy:
        assert fetched(proxy, 0, 9) == (200, DATA[:10])
    with FaultProxy(web, fault_proxy.at(0, fault_proxy.garbage())) as proxy:
        assert raw(proxy).startswith(b"SSH")
    with FaultProxy(web, fault_proxy.at(0, fault_proxy.trickle(0.001))) as proxy:
        assert fetched(proxy) == (206, DATA)


def test_random_faults_repeat_by_their_seed(web: int) -> None:
    codes = [fault_proxy.status(code) for code in (500, 503)]
    seen = []
    for seed in (1, 1, 2):
        with FaultProxy(web, fault_proxy.randomly(0.3, seed, codes)) as proxy:
            seen.append([fetched(proxy, 0, 9)[0] for _ in range(60)])
    assert seen[0] == seen[1] != seen[2]
    assert 6 < sum(code != 206 for code in seen[0]) < 30
