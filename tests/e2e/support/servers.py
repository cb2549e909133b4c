"""Object stores on loopback, for tests and benchmarks: independent servers, each in a temporary folder
and on free ports, stopped at the end of the `with` block.

Every S3 and Azure server here verifies signatures and digests, so that tests would notice wrong ones.
scripts/deps and scripts/servers install them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BIN = ROOT / "build/servers/bin"
AZURITE = ROOT / "build/servers/node_modules/azurite/dist/src/blob/main.js"

# A secret key with characters that must be percent-encoded.
ACCESS, SECRET = "camzarrtest", "s3cr3t/+K3y=0123456789abcdefghij"
ACCOUNT, KEY = "camzarrtest", "QXp1cmUva2V5K29mIHRoZSB0ZXN0cyBvZiBjYW16YXJyPT0/"


@dataclass(frozen=True)
class S3:
    """An S3 service."""

    name: str
    port: int
    log: Path
    region: str = "us-east-1"
    access: str = ACCESS
    secret: str = SECRET

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, endpoint: str | None = None) -> dict[str, str]:
        """What a user would export to work with it; by another address if one is given."""
        return {
            "AWS_ACCESS_KEY_ID": self.access,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL": endpoint or self.endpoint,
        }


@dataclass(frozen=True)
class Azure:
    """An Azure blob service. Its account is the first segment of its addresses' paths."""

    port: int
    log: Path
    account: str = ACCOUNT
    key: str = KEY

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/{self.account}"

    def environment(self, endpoint: str | None = None) -> dict[str, str]:
        """As of S3."""
        return {
            "AZURE_STORAGE_ACCOUNT": self.account,
            "AZURE_STORAGE_KEY": self.key,
            "AZURE_STORAGE_BLOB_ENDPOINT": endpoint or self.endpoint,
        }


def free_port() -> int:
    """A free port on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def temporary() -> Iterator[Path]:
    """A folder for a server."""
    folder = Path(tempfile.mkdtemp(prefix="camzarr-server-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# The servers end with this process.
_WITH_US = ["setpriv", "--pdeathsig", "KILL", "--"]


@contextmanager
def _running(
    command: Sequence[str | Path],
    log: Path,
    ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
    patience: float = 200,
) -> Iterator[None]:
    """A server, from when it answers; killed at the end, with all that it started."""
    with log.open("ab") as out:
        run = subprocess.Popen(
            [*_WITH_US, *(str(word) for word in command)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    try:
        limit = time.monotonic() + patience
        while not ready():
            told = log.read_text(errors="replace")[-2000:]
            assert run.poll() is None, f"{command[0]} ended: {run.returncode}\n{told}"
            assert time.monotonic() < limit, f"{command[0]} doesn't answer\n{told}"
            time.sleep(0.05)
        yield
    finally:
        with suppress(ProcessLookupError):  # it has ended by itself, as the error says
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()


def _answers(port: int, path: str = "/") -> Callable[[], bool]:
    """Any answer will do, a refusal too."""

    def ask() -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
        except urllib.error.HTTPError as answer:
            answer.close()
            return True
        except OSError:
            return False
        return True

    return ask


@contextmanager
def versitygw(region: str = "us-east-1") -> Iterator[S3]:
    """A gateway from S3 to a folder."""
    with temporary() as folder:
        for name in ("objects", "metadata", "users"):
            (folder / name).mkdir()
        port, log = free_port(), folder / "log"
        keys = {"ROOT_ACCESS_KEY": ACCESS, "ROOT_SECRET_KEY": SECRET}
        where = ["--port", f"127.0.0.1:{port}", "--region", region]
        what = ["posix", "--sidecar", folder / "metadata", folder / "objects"]
        command = [BIN / "versitygw", "--quiet", "--keep-alive", "--iam-dir", folder / "users"]
        with _running([*command, *where, *what], log, _answers(port), keys):
            yield S3("versitygw", port, log, region)


_CEPH = """
[global]
fsid = 7d6b3e52-3c5d-4a53-9a7b-6f1d0c9f2b11
mon host = [v1:127.0.0.1:{mon}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1073741824
mon data avail crit = 0
mon data avail warn = 0
run dir = {folder}
crash dir = {folder}
admin socket = {folder}/$name.asok
log file = {folder}/$name.log
mon data = {folder}/mon
osd data = {folder}/osd
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{rgw}
"""


@contextmanager
def radosgw() -> Iterator[S3]:
    """Ceph's gateway, over a cluster of one disk in memory. It takes some 15 s to start."""
    with temporary() as folder:
        mon, port, log = free_port(), free_port(), folder / "log"
        conf, monmap, osd = (
            folder / "conf",
            folder / "monmap",
            "8f7f4f46-56a0-4f4b-9d0e-3c0b8d1a7e10",
        )
        conf.write_text(_CEPH.format(folder=folder, mon=mon, rgw=port))
        for name in ("mon", "osd", "rgw"):
            (folder / name).mkdir()

        def step(*words: str | Path) -> None:
            done = subprocess.run(words, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, f"{words[0]}: {done.stderr[-2000:]}"

        address = f"[v1:127.0.0.1:{mon}]"
        step("monmaptool", "--create", "--addv", "a", address, "--fsid", _CEPH.split()[3], monmap)
        step("ceph-mon", "-c", conf, "-i", "a", "--mkfs", "--monmap", monmap)
        with _running(["ceph-mon", "-c", conf, "-i", "a", "-f"], log, lambda: True):
            step("ceph", "-c", conf, "--connect-timeout", "30", "osd", "new", osd)
            step("ceph-osd", "-c", conf, "-i", "0", "--mkfs", "--osd-uuid", osd)
            # It may ask before it has been told of which cluster it is, and ends then: once more.
            disk = f"until {' '.join(_WITH_US)} ceph-osd -c {conf} -i 0 -f; do sleep 0.2; done"
            gateway = ["radosgw", "-c", conf, "-f", "-n", "client.rgw"]
            with (
                _running(["sh", "-c", disk], log, lambda: True),
                _running(gateway, log, _answers(port), patience=180),
            ):
                keys = [f"--access-key={ACCESS}", f"--secret-key={SECRET}"]
                who = ["user", "create", "--uid=test", "--display-name=test"]
                step("radosgw-admin", "-c", conf, *who, *keys)
                yield S3("radosgw", port, log)


@contextmanager
def azurite() -> Iterator[Azure]:
    """Microsoft's own emulator of Azure blobs."""
    with temporary() as folder:
        port, log = free_port(), folder / "log"
        where = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", folder]
        what = ["--skipApiVersionCheck", "--disableTelemetry", "--silent", "--inMemoryPersistence"]
        accounts = {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}
        command = [BIN / "node", AZURITE, *where[:4], *what]
        with _running(command, log, _answers(port), accounts):
            yield Azure(port, log)


_NGINX = """
daemon off;
worker_processes 1;
error_log {folder}/error.log;
pid {folder}/pid;
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 0;
    keepalive_requests 100000;
    sendfile on;
    server {{
        listen 127.0.0.1:{port} {listen};
        {tls}
        location / {{ {what} }}
    }}
}}
"""


@dataclass(frozen=True)
class Web:
    """An nginx. `requests()` are the lines of its log, in the order in which they ended."""

    url: str
    log: Path

    def requests(self) -> list[str]:
        return self.log.read_text().splitlines()


@contextmanager
def nginx(what: str, certificate: tuple[Path, Path] | None = None) -> Iterator[Web]:
    """What a location of it holds: `root FOLDER;`, `proxy_pass URL;`, `limit_rate 20m;`. With a
    certificate and its key it speaks TLS."""
    with temporary() as folder:
        port = free_port()
        tls = ""
        if certificate:
            tls = f"ssl_certificate {certificate[0]}; ssl_certificate_key {certificate[1]};"
        listen = "ssl" if certificate else ""
        conf = folder / "conf"
        conf.write_text(_NGINX.format(folder=folder, port=port, listen=listen, tls=tls, what=what))
        if os.geteuid() == 0:
            conf.write_text("user root;\n" + conf.read_text())
        command = ["nginx", "-c", conf, "-e", folder / "error.log", "-p", folder]
        with _running([*command], folder / "log", lambda: _listens(port)):
            scheme = "https" if certificate else "http"
            yield Web(f"{scheme}://127.0.0.1:{port}", folder / "access.log")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def certificate(folder: Path) -> tuple[Path, Path, Path]:
    """A certificate authority of our own, and what it says of 127.0.0.1: (ca, certificate, key)."""
    ca, ca_key = folder / "ca.pem", folder / "ca.key"
    crt, key, request = folder / "server.pem", folder / "server.key", folder / "server.csr"
    says = folder / "extensions"
    says.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    def step(*words: str | Path) -> None:
        subprocess.run(words, check=True, capture_output=True)

    step(*new, "-x509", "-days", "2", "-subj", "/CN=test CA", "-keyout", ca_key, "-out", ca)
    step(*new, "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", request)
    sign = ["openssl", "x509", "-req", "-days", "2", "-CA", ca, "-CAkey", ca_key, "-CAcreateserial"]
    step(*sign, "-in", request, "-out", crt, "-extfile", says)
    return ca, crt, key
