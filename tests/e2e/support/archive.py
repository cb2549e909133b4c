"""A web server like the archive's, on loopback: files by ranges, and folder listings in the forms of
several servers. It fails as it is told, and remembers what was requested."""

from __future__ import annotations

import hashlib
import html
import http.server
import re
import threading
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any

RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


def _rounded(size: int) -> str:
    """As Apache shows it."""
    for unit in ("", "K", "M", "G"):
        if size < 1024:
            return f"{size}{unit}" if size >= 10 or not unit else f"{size:.1f}{unit}"
        size //= 1024
    return f"{size}T"


def apache(path: str, entries: list[tuple[str, int | None]]) -> str:
    """FancyIndexing within <pre>."""
    rows = [
        f'<img src="/icons/unknown.gif" alt="[   ]"> <a href="{html.escape(name)}">{html.escape(name[:20])}</a>'
        f"  2018-07-12 00:16  {'-' if size is None else _rounded(size):>4}  "
        for name, size in entries
    ]
    parent = path.rstrip("/").rpartition("/")[0] + "/"
    return (
        f"<html>\n <head>\n  <title>Index of {path}</title>\n </head>\n <body>\n<h1>Index of {path}</h1>\n"
        '<pre><img src="/icons/blank.gif" alt="Icon "> <a href="?C=N;O=D">Name</a>    '
        '<a href="?C=M;O=A">Last modified</a>      <a href="?C=S;O=A">Size</a>  '
        '<a href="?C=D;O=A">Description</a><hr><img src="/icons/back.gif" alt="[PARENTDIR]"> '
        f'<a href="{parent}">Parent Directory</a>                             -   \n'
        + "\n".join(rows)
        + "\n<hr></pre>\n</body></html>\n"
    )


def apache_table(path: str, entries: list[tuple[str, int | None]]) -> str:
    """IndexOptions HTMLTable."""
    rows = [
        f'<tr><td valign="top"><img src="/icons/x.gif" alt="[   ]"></td><td><a href="{html.escape(name)}">'
        f'{html.escape(name)}</a></td><td align="right">2018-07-12 00:16  </td><td align="right">'
        f"{'  - ' if size is None else _rounded(size)}</td><td>&nbsp;</td></tr>"
        for name, size in entries
    ]
    head = (
        '<tr><th valign="top"></th><th><a href="?C=N;O=D">Name</a></th></tr>\n'
        '<tr><td></td><td><a href="../">Parent Directory</a></td><td>&nbsp;</td>'
        '<td align="right">  - </td></tr>\n'
    )
    return f"<html><body><h1>Index of {path}</h1>\n<table>\n{head}" + "\n".join(rows) + "\n</table></body></html>"


def nginx(path: str, entries: list[tuple[str, int | None]]) -> str:
    """autoindex with exact sizes."""
    rows = [
        f'<a href="{html.escape(name)}">{html.escape(name)}</a>'
        f"{'':10}12-Jul-2018 00:16{'-' if size is None else size:>20}"
        for name, size in entries
    ]
    return (
        f"<html>\r\n<head><title>Index of {path}</title></head>\r\n<body>\r\n<h1>Index of {path}</h1><hr><pre>"
        '<a href="../">../</a>\r\n' + "\r\n".join(rows) + "\r\n</pre><hr></body>\r\n</html>\r\n"
    )


def plain(path: str, entries: list[tuple[str, int | None]]) -> str:
    """Names alone, as Python's http.server and Apache without FancyIndexing have them."""
    rows = [f'<li><a href="{html.escape(name)}"> {html.escape(name)}</a></li>' for name, _ in entries]
    return f"<!DOCTYPE HTML>\n<html><body><h1>{path}</h1><ul>\n" + "\n".join(rows) + "\n</ul></body></html>"


FORMS: dict[str, Callable[[str, list[tuple[str, int | None]]], str]] = {
    "apache": apache,
    "apache_table": apache_table,
    "nginx": nginx,
    "plain": plain,
}


@dataclass
class Archive:
    """The folder that is served, and what happens to requests."""

    folder: Path
    form: str = "apache"
    url: str = ""
    # By path: a body with its type instead of the file, or a status.
    pages: dict[str, bytes | str] = field(default_factory=dict)
    statuses: dict[str, list[int]] = field(default_factory=dict)  # one for each of the next requests
    log: list[tuple[str, str]] = field(default_factory=list)  # method and path
    sent: Counter[str] = field(default_factory=Counter)  # bytes of bodies by path
    connections: int = 0
    most_connections: int = 0
    held: threading.Event | None = None  # responses to files wait for it
    lock: threading.Lock = field(default_factory=threading.Lock)

    def requested(self, part: str = "") -> list[tuple[str, str]]:
        """The requests whose path has this part."""
        return [(method, path) for method, path in self.log if part in path]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    archive: Archive

    def setup(self) -> None:
        super().setup()
        with self.archive.lock:
            self.archive.connections += 1
            self.archive.most_connections = max(self.archive.most_connections, self.archive.connections)

    def finish(self) -> None:
        with self.archive.lock:
            self.archive.connections -= 1
        super().finish()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def respond(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
            with self.archive.lock:
                self.archive.sent[self.path] += len(body)

    def respond_file(self, path: Path) -> None:
        data = path.read_bytes()
        headers = {
            "Content-Type": "application/octet-stream",
            "ETag": f'"{hashlib.md5(data).hexdigest()}"',
            "Last-Modified": formatdate(path.stat().st_mtime, usegmt=True),
            "Accept-Ranges": "bytes",
        }
        if self.headers.get("If-Match") not in (None, headers["ETag"]):
            self.respond(412, b"", {})
            return
        wanted = RANGE.match(self.headers.get("Range", ""))
        if not wanted or self.command == "HEAD":
            if self.command == "HEAD":
                self.send_response(200)
                for name, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
            else:
                self.respond(200, data, headers)
            return
        first = int(wanted[1])
        last = min(int(wanted[2] or len(data)), len(data) - 1)
        if first >= len(data):
            self.respond(416, b"", {"Content-Range": f"bytes */{len(data)}"})
            return
        headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        self.respond(206, data[first : last + 1], headers)

    def respond_folder(self, folder: Path, path: str) -> None:
        entries: list[tuple[str, int | None]] = []
        for child in sorted(folder.iterdir()):
            name = urllib.parse.quote(child.name)
            entries.append((name + "/", None) if child.is_dir() else (name, child.stat().st_size))
        text = FORMS[self.archive.form](path, entries)
        self.respond(200, text.encode(), {"Content-Type": "text/html;charset=UTF-8"})

    def do_GET(self) -> None:
        with self.archive.lock:
            self.archive.log.append((self.command, self.path))
            faults = self.archive.statuses.get(self.path.partition("?")[0])
            status = faults.pop(0) if faults else 0
        if status:
            self.respond(status, b"", {})
            return
        if self.path in self.archive.pages:
            body = self.archive.pages[self.path]
            kind = "text/html" if isinstance(body, str) else "application/xml"
            self.respond(200, body.encode() if isinstance(body, str) else body, {"Content-Type": kind})
            return
        path = urllib.parse.unquote(self.path.partition("?")[0])
        place = self.archive.folder / path.strip("/")
        if place.is_dir() and not path.endswith("/"):
            self.respond(301, b"", {"Location": path + "/"})
        elif place.is_dir():
            self.respond_folder(place, path)
        elif place.is_file():
            if self.archive.held and self.command == "GET":
                self.archive.held.wait(60)
            self.respond_file(place)
        else:
            self.respond(404, b"", {})

    do_HEAD = do_GET


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that has gone away


@contextmanager
def serving_archive(folder: Path, form: str = "apache") -> Iterator[Archive]:
    """The archive, as long as the block lasts."""
    archive = Archive(folder, form)
    handler = type("Handler", (_Handler,), {"archive": archive})
    with _Server(("127.0.0.1", 0), handler) as server:
        archive.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield archive
        finally:
            if archive.held:
                archive.held.set()
            server.shutdown()
            thread.join()
