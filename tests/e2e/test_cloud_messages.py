"""Messages when a store cannot be used, and that no message contains a secret."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from conftest import Place_of
from support import fault_proxy
from support.cloud import SHARDS, Movie, environment, to_store, until
from support.command import CAMZARR, FAILED, RETRY, USAGE, Done, camzarr
from support.fault_proxy import Exchange, Fault, FaultProxy
from support.objects import Place, azure_sas
from support.servers import KEY, SECRET, S3, Azure, certificate, free_port, nginx, versitygw

TOKEN = "FwoGZXIvYXdzEXAMPLEtoken//////////wEaDK+secret+of+a+session"


def tells_no_secret(text: str, *more: str) -> None:
    for secret in (SECRET, KEY, TOKEN, *more):
        assert secret not in text


def refused(
    movie: Movie, store: str, keys: Mapping[str, str], *words: str, code: int = FAILED
) -> Done:
    """A conversion that fails, for good, with these words in what it says."""
    begun = time.monotonic()
    done, line = to_store(movie.url, store, keys, "-v", code=code)
    assert time.monotonic() - begun < 20, "it was tried again and again"
    for word in words:
        assert word.lower() in done.err.lower(), f"no {word!r} in: {done.err}"
    tells_no_secret(done.err + done.out.decode())
    assert line["status"] == "failed"
    return done


def test_wrong_credentials_of_s3(movie: Movie, versity: S3, rados: S3) -> None:
    for server in (versity, rados):
        place = Place(server)
        keys, store = place.environment(), place.url("s")
        wrong = "0123wrong/+secret" * 2
        done = refused(movie, store, {**keys, "AWS_SECRET_ACCESS_KEY": wrong}, "secret")
        tells_no_secret(done.err, wrong)
        refused(movie, store, {**keys, "AWS_ACCESS_KEY_ID": "unknown"}, "access key")
        assert place.keys() == []


def test_wrong_credentials_of_azure(movie: Movie, azure: Azure) -> None:
    place = Place(azure)
    keys, store = place.environment(), place.url("s")
    wrong = "d3Jvbmcga2V5IG9mIEF6dXJl"
    done = refused(movie, store, {**keys, "AZURE_STORAGE_KEY": wrong}, "key")
    tells_no_secret(done.err, wrong)


def test_no_credentials(movie: Movie, versity: S3, tmp_path: Path) -> None:
    """None anywhere: what would give some is named. The instance's service isn't there."""
    keys = {"AWS_ENDPOINT_URL": versity.endpoint, "AWS_EC2_METADATA_DISABLED": "true"}
    refused(movie, Place(versity).url(), {**keys, "HOME": str(tmp_path)}, "AWS_ACCESS_KEY_ID")


def test_no_such_bucket(movie: Movie, versity: S3, azure: Azure) -> None:
    refused(
        movie, "s3://no-such-bucket-here/s", versity.environment(), "no such bucket", code=USAGE
    )
    refused(movie, "az://no-such-container/s", azure.environment(), "container", code=USAGE)


def test_wrong_region(movie: Movie) -> None:
    with versitygw("eu-central-1") as server:
        place = Place(server)
        keys = {**place.environment(), "AWS_REGION": "us-west-2"}
        refused(movie, place.url("s"), keys, "region", "eu-central-1")


def _refuses(code: int, name: str, message: str) -> Fault:
    text = f"<Error><Code>{name}</Code><Message>{message}</Message></Error>"
    return fault_proxy.status(code, text.encode())


@pytest.mark.parametrize(
    ("code", "name", "message", "words"),
    [
        (403, "RequestTimeTooSkewed", "The difference is too large.", ["clock"]),
        (400, "ExpiredToken", "The provided token has expired.", ["expired"]),
        (403, "AccessDenied", "Access Denied", ["denied|permitted|allowed"]),
        (400, "InvalidToken", "The provided token is malformed.", ["token"]),
        (403, "AllAccessDisabled", "All access has been disabled.", ["disabled"]),
    ],
)
def test_message_of_the_service_is_shown(
    code: int, name: str, message: str, words: list[str], movie: Movie, versity: S3
) -> None:
    place = Place(versity)
    fault = fault_proxy.always(lambda _: True, _refuses(code, name, message))
    with FaultProxy(versity.port, fault) as proxy:
        keys = {**place.environment(proxy.url), "AWS_SESSION_TOKEN": TOKEN}
        done = refused(movie, place.url("s"), keys)
    assert any(word in done.err.lower() for word in words[0].split("|")), done.err
    assert len(done.err.splitlines()) >= 2, f"no remedy: {done.err}"


@pytest.mark.parametrize(
    ("status", "code", "message", "words"),
    [  # as Garage, MinIO and others send them
        (403, "AccessDenied", "Forbidden: No such key: GK31c2f218a2e44f485b94239e", "unknown access key"),
        (403, "AccessDenied", "Forbidden: Invalid signature", "secret key does not match"),
        (403, "InvalidAccessKeyId", "The Access Key Id you provided does not exist.", "unknown access key"),
        (403, "SignatureDoesNotMatch", "The request signature we calculated...", "secret key does not"),
    ],
)
def test_wrong_keys_of_other_servers(
    status: int, code: str, message: str, words: str, movie: Movie, versity: S3
) -> None:
    place = Place(versity)
    fault = fault_proxy.always(lambda _: True, _refuses(status, code, message))
    with FaultProxy(versity.port, fault) as proxy:
        refused(movie, place.url("s"), place.environment(proxy.url), words)


def test_tls_and_no_tls(movie: Movie, versity: S3, tmp_path: Path) -> None:
    """https:// to a port of http, and the reverse: not retried, and named."""
    place = Place(versity)
    keys = place.environment(f"https://127.0.0.1:{versity.port}")
    done = refused(movie, place.url("s"), keys, "does not speak TLS at this port")
    assert "http:// in the address" in done.err
    _, crt, key = certificate(tmp_path)
    with nginx(f"proxy_pass {versity.endpoint};", (crt, key)) as tls:
        keys = place.environment(tls.url.replace("https://", "http://"))
        done = refused(movie, place.url("s"), keys, "speaks TLS at this port")
    assert "https:// in the address" in done.err


def test_nothing_listens(movie: Movie, tmp_path: Path) -> None:
    done = camzarr("convert", f"http://127.0.0.1:{free_port()}/a.mov", tmp_path / "s", code=RETRY)
    assert "Connection refused" in done.err and "nothing listens" in done.err


def test_no_account_of_azure(movie: Movie) -> None:
    refused(movie, "az://container/s", {}, "no storage account", "AZURE_STORAGE_ACCOUNT", code=USAGE)


def test_put_without_etag(movie: Movie, versity: S3) -> None:
    """Not sent again: the object is there, or what answers is no object store."""
    place = Place(versity)

    def no_tag(x: Exchange) -> None:
        answer = x.forward()
        answer.headers = [h for h in answer.headers if h[0].lower() != "etag"]
        x.reply(answer)

    puts = fault_proxy.always(lambda r: r.method == "PUT", no_tag)
    with FaultProxy(versity.port, puts) as proxy:
        to_store(movie.url, place.url("s"), place.environment(proxy.url))
        sent = [r.path for r in proxy.requests if r.method == "PUT"]
        assert len(sent) == len(set(sent))
    assert place.digests("s") == movie.tree
    page = fault_proxy.always(lambda r: r.method == "PUT", fault_proxy.status(200, b"<html>"))
    with FaultProxy(versity.port, page) as proxy:
        refused(movie, place.url("t"), place.environment(proxy.url), "no ETag", "object store")
        assert len([r for r in proxy.requests if r.method == "PUT"]) == 1


def test_denied_listing(movie: Movie, versity: S3) -> None:
    place = Place(versity)
    to_store(movie.url, place.url("s"), place.environment())
    denied = _refuses(403, "AccessDenied", "Access Denied")
    with FaultProxy(
        versity.port, fault_proxy.always(lambda r: "list-type" in r.target, denied)
    ) as proxy:
        env = environment(place.environment(proxy.url))
        done = camzarr("ls", place.url("s"), code=1, env=env)
        assert "list" in done.err.lower() and "s3:ListBucket" in done.err
        camzarr("info", place.url("s"), movie.name, env=env)  # reading a clip takes no listing


def test_sas_token(movie: Movie, azure: Azure) -> None:
    """A shared access signature: used, kept out of messages, refused when it has expired."""
    place = Place(azure)
    base = {"AZURE_STORAGE_ACCOUNT": azure.account, "AZURE_STORAGE_BLOB_ENDPOINT": azure.endpoint}
    sas = azure_sas(azure, "rwdlac", "2020-01-01T00:00:00Z", "2045-01-01T00:00:00Z")
    to_store(movie.url, place.url("s"), {**base, "AZURE_STORAGE_SAS_TOKEN": sas})
    assert place.digests("s") == movie.tree
    old = azure_sas(azure, "rwdlac", "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z")
    done = refused(movie, place.url("t"), {**base, "AZURE_STORAGE_SAS_TOKEN": old}, "expired, at 2021-01-01")
    for one in (sas, old):
        tells_no_secret(done.err + done.out.decode(), one, one.rpartition("sig=")[2])


@pytest.mark.parametrize("server", ["versity", "azure"])
def test_secrets_are_not_shown(server: str, movie: Movie, place_of: Place_of) -> None:
    """Not in what is printed, not in the store, not among the process's arguments."""
    place = place_of(server)
    slow = fault_proxy.always(lambda r: r.method == "PUT", fault_proxy.delay(0.1))
    with FaultProxy(place.server.port, slow) as proxy:
        keys = {**place.environment(proxy.url), "AWS_SESSION_TOKEN": ""}
        command = [CAMZARR, "convert", "-v", "--json", movie.url, place.url("s"), *SHARDS]
        pipe = subprocess.PIPE
        run = subprocess.Popen(command, env=environment(keys), stdout=pipe, stderr=pipe)
        until(lambda: proxy.requests)
        arguments = Path(f"/proc/{run.pid}/cmdline").read_bytes().decode()
        out, err = run.communicate(timeout=60)
    assert run.returncode == 0
    tells_no_secret(arguments + out.decode() + err.decode())
    for key in place.keys():
        tells_no_secret(key + place.get(key).decode("latin-1"), place.server.endpoint)
