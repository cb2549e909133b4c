"""AWS STS and IAM Identity Center on loopback: they check signatures, tokens and settings as the
services document them, and count what they issue."""

from __future__ import annotations

import datetime
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def text_of(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


@dataclass
class Services:
    """What is accepted and issued."""

    access: str  # keys that all of them issue
    secret: str
    source: tuple[str, str] = ("AKIASOURCE", "source+secret/")  # keys that may assume a role
    sso_token: str = "sso-token"
    web_token: str = "web-token"
    session: str = ""  # the servers of the tests accept none
    lifetime: float = 3600  # seconds until the keys expire
    url: str = ""
    issued: list[dict[str, str]] = field(default_factory=list)
    refreshed: int = 0

    def expiry(self) -> datetime.datetime:
        return now() + datetime.timedelta(seconds=self.lifetime)


class _Handler(http.server.BaseHTTPRequestHandler):
    services: Services

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def is_signed(self) -> bool:
        """By botocore's own signature of the same request."""
        access, secret = self.services.source
        headers = {"Host": self.headers["Host"], "X-Amz-Date": self.headers["X-Amz-Date"]}
        request = AWSRequest("GET", f"http://{self.headers['Host']}{self.path}", headers=headers)
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        auth = SigV4Auth(Credentials(access, secret), "sts", "eu-west-1")
        canonical = auth.canonical_request(request)
        signature = auth.signature(auth.string_to_sign(request, canonical), request)
        return self.headers["Authorization"].endswith(f"Signature={signature}")

    def assume(self, query: dict[str, str]) -> None:
        ours = self.services
        web = query["Action"] == "AssumeRoleWithWebIdentity"
        right = query.get("WebIdentityToken") == ours.web_token if web else self.is_signed()
        if not right:
            self.answer(403, "<E><Error><Code>AccessDenied</Code><Message>not you</Message></Error></E>")
            return
        ours.issued.append(query)
        self.answer(
            200,
            f"<R><Credentials><AccessKeyId>{ours.access}</AccessKeyId><SecretAccessKey>{ours.secret}"
            f"</SecretAccessKey><SessionToken>{ours.session}</SessionToken><Expiration>{text_of(ours.expiry())}"
            "</Expiration></Credentials></R>",
        )

    def do_GET(self) -> None:
        ours = self.services
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/federation/credentials":
            if self.headers["x-amz-sso_bearer_token"] != ours.sso_token:
                self.answer(401, '{"message": "Session token not found or invalid"}')
                return
            ours.issued.append(query)
            keys = {
                "accessKeyId": ours.access,
                "secretAccessKey": ours.secret,
                "sessionToken": ours.session,
                "expiration": int(ours.expiry().timestamp() * 1000),
            }
            self.answer(200, json.dumps({"roleCredentials": keys}))
        elif query.get("Action", "").startswith("AssumeRole"):
            self.assume(query)
        else:
            self.answer(404, "")

    def do_POST(self) -> None:
        ours = self.services
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/token" and body == {
            "grantType": "refresh_token",
            "clientId": "client",
            "clientSecret": "client-secret",
            "refreshToken": f"refresh-{ours.refreshed}",
        }:
            ours.refreshed += 1
            ours.sso_token = f"sso-token-{ours.refreshed}"
            token = {
                "accessToken": ours.sso_token,
                "expiresIn": 3600,
                "refreshToken": f"refresh-{ours.refreshed}",
            }
            self.answer(200, json.dumps(token))
        else:
            self.answer(400, '{"error": "invalid_grant", "error_description": "no"}')


@contextmanager
def serving_aws(access: str, secret: str) -> Iterator[Services]:
    """All of them at one address, as long as the block lasts."""
    ours = Services(access, secret)
    handler = type("Handler", (_Handler,), {"services": ours})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        ours.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield ours
        finally:
            server.shutdown()
            thread.join()


def cache_file(home: Path, key: str) -> Path:
    """Of `aws sso login`, for a session's name or a start URL."""
    return home / ".aws/sso/cache" / f"{hashlib.sha1(key.encode()).hexdigest()}.json"


def write_cache(home: Path, key: str, **members: Any) -> Path:
    path = cache_file(home, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(members))
    return path
