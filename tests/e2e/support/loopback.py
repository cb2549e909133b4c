"""A network of its own with nothing but loopback, for tests that name addresses elsewhere: even if the
product fails to refuse one, no packet leaves the machine."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import traceback
from collections.abc import Callable

import pytest

_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_NOT_PERMITTED = 77


def _enter() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) < 0 and libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) < 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        (flags,) = struct.unpack_from("16xh", asked)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))
    return True


def with_loopback_only(body: Callable[[], None]) -> None:
    """Run body() in a child process in such a network, with all that it starts; what fails in it fails
    here. A system that permits no such network fails the test: it must not run without."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            if _enter():
                body()
                code = 0
            else:
                code = _NOT_PERMITTED
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code != _NOT_PERMITTED, "no network namespace may be made here"
    if code != 0:
        pytest.fail("in a network with loopback only: see the traceback on stderr")
