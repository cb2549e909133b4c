"""A proxy between a program and a server on loopback that fails according to a plan.

Requests are forwarded unchanged, with their Host header, so that signatures stay valid: the client
signs for the proxy's address. Responses are received whole, and then forwarded or altered. Every
request is logged.

    with FaultProxy(server.port, at(3, status(503))) as proxy: ...       # the fourth request
    with FaultProxy(server.port, randomly(0.05, seed=7)) as proxy: ...
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

Headers = list[tuple[str, str]]

ERROR = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code>'
    b"<Message>We encountered an internal error. Please try again.</Message></Error>"
)


class _Gone(Exception):
    """The connection is over."""


@dataclass
class Answer:
    """Of a server, whole."""

    status: int
    reason: str
    headers: Headers
    body: bytes


@dataclass
class Request:
    """One, with what became of it."""

    number: int
    method: str
    target: str
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    fault: str = ""
    status: int = 0  # that was passed on; 0: none
    forwarded: bool = False

    def header(self, name: str) -> str:
        return _header(self.headers, name)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


class Exchange:
    """What a fault works with: the request, the server, the client."""

    def __init__(self, request: Request, client: _Wire, server: _Server) -> None:
        self.request = request
        self._client = client
        self._server = server

    def forward(self) -> Answer:
        """Have the server do it."""
        self.request.forwarded = True
        return self._server.ask(self.request)

    def reply(self, answer: Answer, upto: int | None = None, pause: float = 0) -> None:
        """Pass it on: all of it, in pieces with pauses, or so many bytes of its body."""
        self.request.status = answer.status
        head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
        self._client.send(head.encode("latin-1") + b"\r\n")
        body = answer.body if upto is None else answer.body[:upto]
        piece = max(1, len(body) // 8) if pause else max(1, len(body))
        for start in range(0, len(body), piece):
            time.sleep(pause)
            self._client.send(body[start : start + piece])

    def send(self, raw: bytes) -> None:
        """Anything at all."""
        self._client.send(raw)

    def drop(self, reset: bool = False) -> None:
        """End the connection, politely or not."""
        if reset:
            self._client.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        raise _Gone


Fault = Callable[[Exchange], None]
Plan = Callable[[Request], Fault | None]


# ---- Faults: each named as it shall stand in the log -------------------------------------------


def _named(name: str, fault: Fault) -> Fault:
    fault.__name__ = name
    return fault


def status(code: int, body: bytes = ERROR, **headers: str) -> Fault:
    """An answer of the relay's own; the server never hears of the request."""
    given = [(name.replace("_", "-"), value) for name, value in headers.items()]
    given += [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]

    def fault(x: Exchange) -> None:
        head = x.request.method == "HEAD"
        x.reply(Answer(code, "as told", given, b"" if head else body))

    return _named(f"status {code}", fault)


def refused_with_success() -> Fault:
    """200, and an error in the body, where that is distinguishable from an object."""

    def fault(x: Exchange) -> None:
        listing = "list-type=" in x.request.target or "comp=list" in x.request.target
        if x.request.method in ("PUT", "POST") or listing:
            status(200)(x)
        else:
            status(500)(x)

    return _named("200 with an error", fault)


def reset() -> Fault:
    """The connection breaks before the server hears of it."""
    return _named("reset", lambda x: x.drop(reset=True))


def success_then_drop() -> Fault:
    """The server has processed the request; the client gets no response."""

    def fault(x: Exchange) -> None:
        x.forward()
        x.drop(reset=True)

    return _named("success, then drop", fault)


def cut(share: float = 0.5) -> Fault:
    """The answer ends too early."""

    def fault(x: Exchange) -> None:
        answer = x.forward()
        x.reply(answer, int(len(answer.body) * share))
        x.drop()

    return _named("cut", fault)


def delay(seconds: float = 0.1) -> Fault:
    """Late, but right."""

    def fault(x: Exchange) -> None:
        time.sleep(seconds)
        x.reply(x.forward())

    return _named("delay", fault)


def stall(seconds: float = 0.3, share: float = 0.5) -> Fault:
    """Half of the answer, then nothing for a while, then the end."""

    def fault(x: Exchange) -> None:
        answer = x.forward()
        x.reply(answer, int(len(answer.body) * share))
        time.sleep(seconds)
        x.drop()

    return _named("stall", fault)


def trickle(pause: float = 0.02) -> Fault:
    """Right, and slow."""
    return _named("trickle", lambda x: x.reply(x.forward(), pause=pause))


def wrong_range() -> Fault:
    """Content-Range of other bytes than were asked for; 500 for what is no range."""

    def fault(x: Exchange) -> None:
        answer = x.forward()
        if answer.status != 206:
            status(500)(x)
            return
        answer.headers = [
            (name, "bytes 1-2/3" if name.lower() == "content-range" else value)
            for name, value in answer.headers
        ]
        x.reply(answer)

    return _named("wrong range", fault)


def whole_for_range() -> Fault:
    """200 where 206 was due; 500 for what is no range."""

    def fault(x: Exchange) -> None:
        answer = x.forward()
        if answer.status != 206:
            status(500)(x)
            return
        answer.status, answer.reason = 200, "OK"
        answer.headers = [h for h in answer.headers if h[0].lower() != "content-range"]
        x.reply(answer)

    return _named("200 for a range", fault)


def garbage() -> Fault:
    """No HTTP at all."""

    def fault(x: Exchange) -> None:
        x.send(b"SSH-2.0-OpenSSH_9.2\r\n\0\0\0\x14")
        x.drop()

    return _named("garbage", fault)


def every_fault() -> list[Fault]:
    """All that a retry must get over."""
    codes = (408, 429, 500, 502, 503, 504)
    kinds = [refused_with_success(), reset(), success_then_drop(), cut(), delay(), stall()]
    return [*map(status, codes), *kinds, trickle(), wrong_range(), garbage()]


# ---- Plans ---------------------------------------------------------------------------------------


def never(_: Request) -> None:
    """No fault."""


def at(number: int, fault: Fault) -> Plan:
    """The request of that number, counted from 0."""
    return lambda request: fault if request.number == number else None


def when(matches: Callable[[Request], bool], fault: Fault, times: int = 1) -> Plan:
    """The first so many requests that match."""
    left = [times]

    def plan(request: Request) -> Fault | None:
        if left[0] and matches(request):
            left[0] -= 1
            return fault
        return None

    return plan


def always(matches: Callable[[Request], bool], fault: Fault) -> Plan:
    """Each that matches."""
    return lambda request: fault if matches(request) else None


def randomly(rate: float, seed: int, faults: Sequence[Fault] | None = None) -> Plan:
    """Some of the requests, by the seed and their number."""
    kinds = list(faults or every_fault())

    def plan(request: Request) -> Fault | None:
        chance = random.Random(f"{seed}/{request.number}")
        return chance.choice(kinds) if chance.random() < rate else None

    return plan


# ---- The relay -----------------------------------------------------------------------------------


class FaultProxy:
    """The relay, as long as the block lasts. `requests` is the log, in the order of arrival."""

    def __init__(self, port: int, plan: Plan = never) -> None:
        self.upstream = port
        self.plan = plan
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._over = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for one in self._open:
                one.close() if one.fileno() < 0 else _shut(one)
        for thread in self._threads:
            thread.join(10)

    def faults(self) -> list[Request]:
        """Requests that a fault hit."""
        return [request for request in self.requests if request.fault]

    def _start(self, run: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=run, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(client)
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        wire, server = _Wire(client), _Server(self.upstream)
        try:
            while True:
                self._one(wire, server)
        except (_Gone, OSError):
            pass
        finally:
            server.close()
            with self._lock:
                self._open.discard(client)
            client.close()

    def _one(self, wire: _Wire, server: _Server) -> None:
        start, headers = wire.head()
        method, target, _ = start.split(" ", 2)
        if _header(headers, "expect").lower() == "100-continue":
            wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = wire.read(int(_header(headers, "content-length") or 0))
        with self._lock:
            request = Request(len(self.requests), method, target, headers, body)
            self.requests.append(request)
            fault = self.plan(request)
            request.fault = fault.__name__ if fault else ""
        exchange = Exchange(request, wire, server)
        if fault:
            fault(exchange)
        else:
            exchange.reply(exchange.forward())


class _Wire:
    """A connection, read by heads and lengths."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._got = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def _more(self) -> None:
        data = self.socket.recv(1 << 18)
        if not data:
            raise _Gone
        self._got += data

    def _until(self, end: bytes) -> bytes:
        while end not in self._got:
            self._more()
        found, _, self._got = self._got.partition(end)
        return found

    def head(self) -> tuple[str, Headers]:
        """Its first line, and its headers."""
        first, *rest = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in rest)
        return first, [(name, value.strip()) for name, _, value in pairs]

    def read(self, length: int) -> bytes:
        parts, have = [self._got], len(self._got)
        while have < length:
            data = self.socket.recv(1 << 18)
            if not data:
                raise _Gone
            parts.append(data)
            have += len(data)
        whole = b"".join(parts)
        self._got = whole[length:]
        return whole[:length]

    def chunks(self) -> bytes:
        body = b""
        while size := int(self._until(b"\r\n").partition(b";")[0], 16):
            body += self.read(size)
            self.read(2)
        while self._until(b"\r\n"):
            pass
        return body

    def rest(self) -> bytes:
        try:
            while True:
                self._more()
        except _Gone:
            return self._got


class _Server:
    """The server's side of a client's connection: one of its own, made anew when it ended."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._wire: _Wire | None = None

    def close(self) -> None:
        if self._wire:
            self._wire.socket.close()
            self._wire = None

    def ask(self, request: Request) -> Answer:
        """A kept connection may have been closed by the server meanwhile: once more then."""
        kept = self._wire is not None
        try:
            return self._ask(request)
        except (_Gone, OSError):
            self.close()
            if not kept:
                raise
            return self._ask(request)

    def _ask(self, request: Request) -> Answer:
        if not self._wire:
            self._wire = _Wire(socket.create_connection(("127.0.0.1", self.port), timeout=60))
            self._wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = f"{request.method} {request.target} HTTP/1.1\r\n"
        kept = (h for h in request.headers if h[0].lower() != "expect")
        head += "".join(f"{name}: {value}\r\n" for name, value in kept)
        self._wire.send(head.encode("latin-1") + b"\r\n" + request.body)
        return self._answer(self._wire, request.method)

    def _answer(self, wire: _Wire, method: str) -> Answer:
        code = 100
        headers: Headers = []
        while code < 200:
            first, headers = wire.head()
            _, number, *reason = first.split(" ", 2)
            code = int(number)
        body = b""
        if method != "HEAD" and code not in (204, 304):
            if "chunked" in _header(headers, "transfer-encoding").lower():
                body = wire.chunks()
            elif _header(headers, "content-length"):
                body = wire.read(int(_header(headers, "content-length")))
            else:
                body = wire.rest()
                self.close()
            dropped = ("transfer-encoding", "content-length", "connection")
            headers = [h for h in headers if h[0].lower() not in dropped]
            headers.append(("Content-Length", str(len(body))))
        return Answer(code, " ".join(reason), headers, body)


def _header(headers: Headers, name: str) -> str:
    return next((value for known, value in headers if known.lower() == name), "")


def _shut(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
