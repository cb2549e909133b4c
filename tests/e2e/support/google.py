"""Google's variant of S3 in front of a server for Amazon's: the GOOG4 signature of each request is
verified here, by code that shares nothing with camzarr's, and the request is signed anew for the
server. The signatures are recorded."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .fault_proxy import Exchange, FaultProxy, Request, always, status
from .objects import client
from .servers import S3

ACCESS, SECRET = "GOOG1ETESTTESTTEST", "bGoog/secret+of=an/HMAC+key"
_NO_SUCH_KEY = b"<Error><Code>NoSuchKey</Code><Message>No such object</Message></Error>"
_NAMES = {"x-goog-if-generation-match": "If-None-Match", "x-goog-content-sha256": ""}


class Google:
    """The service at an address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.signed: list[str] = []

    def environment(self) -> dict[str, str]:
        return {
            "GS_ENDPOINT_URL": self.url,
            "GS_ACCESS_KEY_ID": ACCESS,
            "GS_SECRET_ACCESS_KEY": SECRET,
        }


@contextmanager
def google(behind: S3) -> Iterator[Google]:
    """Buckets are those of the server behind."""
    with FaultProxy(behind.port) as proxy:
        service = Google(proxy.url)

        def serve(x: Exchange) -> None:
            why = _wrong(x.request)
            if why:
                text = f"<Error><Code>SignatureDoesNotMatch</Code><Message>{why}</Message></Error>"
                status(403, text.encode())(x)
                return
            service.signed.append(x.request.header("authorization"))
            if x.request.method == "DELETE" and not _there(x.request, behind):
                status(404, _NO_SUCH_KEY)(x)  # Amazon would say 204
                return
            _sign_anew(x.request, behind)
            x.reply(x.forward())

        proxy.plan = always(lambda _: True, serve)
        yield service


def _there(r: Request, server: S3) -> bool:
    _, bucket, key = unquote(r.path).split("/", 2)
    found = client(server).list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    return any(item["Key"] == key for item in found.get("Contents", []))


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _wrong(r: Request) -> str:
    """What is wrong with its signature, after Google's "V4 signing process"; "" if nothing is."""
    scheme, _, rest = r.header("authorization").partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme != "GOOG4-HMAC-SHA256" or not fields.get("Credential", "").startswith(ACCESS):
        return "no such key"
    scope = fields["Credential"].partition("/")[2]
    day, region, service, end = scope.split("/")
    names = fields["SignedHeaders"].split(";")
    when, digest = r.header("x-goog-date"), hashlib.sha256(r.body).hexdigest()
    if (service, end, when[:8]) != ("storage", "goog4_request", day):
        return "the scope"
    if "host" not in names or names != sorted(names) or r.header("x-goog-content-sha256") != digest:
        return "the digest, or the headers that are signed"
    unsigned = {name.lower() for name, _ in r.headers if name.lower().startswith("x-goog-")}
    if not unsigned <= set(names):
        return f"not signed: {unsigned - set(names)}"
    query = "&".join(sorted(filter(None, r.target.partition("?")[2].split("&"))))
    headers = "".join(f"{name}:{r.header(name)}\n" for name in names)
    canonical = "\n".join([r.method, r.path, query, headers, ";".join(names), digest])
    text = "\n".join([scheme, when, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"GOOG4{SECRET}".encode()
    for part in (day, region, service, end):
        key = _mac(key, part)
    right = _mac(key, text).hex()
    return "" if hmac.compare_digest(right, fields["Signature"]) else "the signature"


def _sign_anew(r: Request, server: S3) -> None:
    headers = {}
    for name, value in r.headers:
        low = name.lower()
        new = _NAMES.get(low, "" if low.startswith("x-goog-") or low == "authorization" else name)
        if new:
            headers[new] = "*" if low == "x-goog-if-generation-match" else value
    # The target as it stands in the request: encoded once, by who signed it first.
    url = f"http://{r.header('host')}{r.target}"
    request = AWSRequest(method=r.method, url=url, data=r.body, headers=headers)
    keys = Credentials(server.access, server.secret)
    S3SigV4Auth(keys, "s3", server.region).add_auth(request)
    r.headers = list(request.headers.items())
