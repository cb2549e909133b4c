"""The contents of an object store, read with independent clients: botocore and obstore."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import urllib.request
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import botocore.session
import obstore
from botocore.config import Config
from obstore.store import AzureStore, S3Store

from .servers import S3, Azure

_numbers: Iterator[int] = itertools.count(1)


class Place:
    """A bucket or container of its own in a server."""

    def __init__(self, server: S3 | Azure) -> None:
        self.server = server
        self.bucket = f"camzarr-{next(_numbers)}"
        if isinstance(server, S3):
            client(server).create_bucket(Bucket=self.bucket)
        else:
            azure_request(server, "PUT", f"/{self.bucket}?restype=container")

    def url(self, prefix: str = "") -> str:
        """As camzarr has it."""
        scheme = "s3" if isinstance(self.server, S3) else "az"
        return f"{scheme}://{self.bucket}" + (f"/{prefix}" if prefix else "")

    def environment(self, endpoint: str | None = None) -> dict[str, str]:
        """What reaches the server; through `endpoint` (http://HOST:PORT) if there is one."""
        if endpoint and isinstance(self.server, Azure):
            endpoint += f"/{self.server.account}"
        return self.server.environment(endpoint)

    def store(self) -> S3Store | AzureStore:
        """Through obstore, which signs by itself."""
        server, options = self.server, {"allow_http": True}
        if isinstance(server, S3):
            return S3Store(
                self.bucket,
                endpoint=server.endpoint,
                region=server.region,
                access_key_id=server.access,
                secret_access_key=server.secret,
                client_options=options,
            )
        return AzureStore(
            self.bucket,
            endpoint=server.endpoint,
            account_name=server.account,
            account_key=server.key,
            client_options=options,
        )

    def keys(self, prefix: str = "") -> list[str]:
        """All of them."""
        store, start = self.store(), f"{prefix}/" if prefix else None
        found = (item["path"] for page in obstore.list(store, prefix=start) for item in page)
        return sorted(path.removeprefix(start or "") for path in found)

    def get(self, key: str) -> bytes:
        return bytes(obstore.get(self.store(), key).bytes())

    def put(self, key: str, data: bytes) -> None:
        obstore.put(self.store(), key, data)

    def digests(self, prefix: str = "") -> dict[str, str]:
        """SHA-256 of each object, by its key: as tree.digests() of a folder."""
        start = f"{prefix}/" if prefix else ""
        return {key: hashlib.sha256(self.get(start + key)).hexdigest() for key in self.keys(prefix)}

    def download(self, folder: Path, prefix: str = "") -> None:
        """Everything, as a folder tree."""
        start = f"{prefix}/" if prefix else ""
        for key in self.keys(prefix):
            (folder / key).parent.mkdir(parents=True, exist_ok=True)
            (folder / key).write_bytes(self.get(start + key))


def client(server: S3, **options: Any) -> Any:
    """botocore's client."""
    given = {
        "endpoint_url": server.endpoint,
        "region_name": server.region,
        "aws_access_key_id": server.access,
        "aws_secret_access_key": server.secret,
        "config": Config(retries={"total_max_attempts": 1}),
    }
    return botocore.session.Session().create_client("s3", **{**given, **options})


def azure_request(server: Azure, method: str, path: str, body: bytes = b"") -> bytes:
    """A request signed with the account's key: for what obstore doesn't do."""
    headers = {
        "x-ms-date": formatdate(usegmt=True),
        "x-ms-version": "2021-12-02",
    }
    length = str(len(body)) if body else ""
    named = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    parts = urlsplit(path)
    # The account stands twice: as the signer's and as the first segment of an emulator's paths.
    resource = f"/{server.account}/{server.account}{parts.path}"
    resource += "".join(f"\n{name}:{value}" for name, value in sorted(parse_qsl(parts.query)))
    text = f"{method}\n\n\n{length}\n\n\n\n\n\n\n\n\n{named}{resource}"
    headers["Authorization"] = f"SharedKey {server.account}:{_mac(server.key, text)}"
    request = urllib.request.Request(server.endpoint + path, body or None, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return bytes(answer.read())


def azure_sas(server: Azure, rights: str, start: str, end: str) -> str:
    """A shared access signature of the account, for blobs: `rights` such as "rwdlc"."""
    version, services, kinds, protocols = "2021-12-02", "b", "sco", "https,http"
    fields = [server.account, rights, services, kinds, start, end, "", protocols, version, "", ""]
    return urlencode(
        {
            "sv": version,
            "ss": services,
            "srt": kinds,
            "sp": rights,
            "st": start,
            "se": end,
            "spr": protocols,
            "sig": _mac(server.key, "\n".join(fields)),
        },
        quote_via=quote,
    )


def _mac(key: str, text: str) -> str:
    digest = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
