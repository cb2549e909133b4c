"""`camzarr serve` while a test asks it."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .command import CAMZARR, OK


@dataclass
class Answer:
    """Status, headers by lower-case name, and body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Site:
    """A running server."""

    port: int
    run: subprocess.Popen[bytes] = field(repr=False)

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def peak(self) -> int:
        """Most memory so far, in bytes."""
        status = Path(f"/proc/{self.run.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) << 10

    def ask(
        self, target: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Answer:
        """One request; the target goes out as it is. if_none_match="x" is a header."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, target, body, named)
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            connection.close()


@contextmanager
def serve(store: Path | str, *options: str) -> Iterator[Site]:
    """Serve a store on a free port; it must end with exit code 0 when it is interrupted."""
    command = [str(CAMZARR), "serve", str(store), "--json", "--port", "0", *options]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.stdout
    try:
        line = run.stdout.readline()
        assert line, run.communicate(timeout=60)[1].decode()
        yield Site(int(json.loads(line)["url"].rsplit(":", 1)[1].strip("/")), run)
        run.send_signal(signal.SIGTERM)
        _, err = run.communicate(timeout=60)
        assert run.returncode == OK, err.decode()
        assert b"Sanitizer" not in err, err.decode()
    finally:
        run.kill()
        run.communicate()
