"""The fault-injection library itself: what the command calls passes through it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from catalogue import Material
from injection import CAMZARR, SHIM, Fault, calls_of, camzarr

# Functions of libc by which a program touches files and the network, or takes memory.
TOUCHING = set(
    """malloc calloc realloc reallocarray aligned_alloc memalign valloc posix_memalign
    open open64 openat openat64 creat creat64 fopen fopen64 freopen freopen64 fdopen mkstemp
    mkstemp64 mkostemp mkostemp64 tmpfile tmpfile64 mkdtemp read pread pread64 readv preadv
    preadv64 preadv2 write pwrite pwrite64 writev pwritev pwritev64 pwritev2 copy_file_range
    sendfile sendfile64 splice mmap mmap64 fsync fdatasync syncfs sync sync_file_range msync link
    linkat symlink symlinkat rename renameat renameat2 unlink unlinkat remove rmdir close
    close_range mkdir mkdirat mknod mknodat stat stat64 lstat lstat64 fstat fstat64 fstatat
    fstatat64 statx access faccessat flock lockf fcntl fcntl64 opendir fdopendir readdir readdir64
    scandir ftw nftw fts_open truncate truncate64 ftruncate ftruncate64 fallocate fallocate64
    posix_fallocate posix_fallocate64 chmod fchmod fchmodat chown utimensat futimens
    pthread_create getaddrinfo gethostbyname connect send sendto sendmsg sendmmsg recv recvfrom
    recvmsg recvmmsg syscall""".split()
)
# Not worth a fault: they read what is asked again anyway, or set what a later call checks.
LEFT_OUT = {"access", "fchmod", "fcntl", "fcntl64"}


def _symbols(*args: str | Path) -> set[str]:
    run = subprocess.run(["nm", "-D", *args], capture_output=True, text=True, check=True)
    return {line.split()[-1].partition("@")[0] for line in run.stdout.splitlines() if line}


def test_all_system_calls_are_intercepted() -> None:
    """A function that the command begins to use is to be put into the library, too."""
    used = _symbols("--undefined-only", CAMZARR) & TOUCHING
    missed = used - _symbols("--defined-only", SHIM) - LEFT_OUT
    assert "malloc" in used
    assert not missed, f"tests/faults/shim*.c don't know {sorted(missed)}"


def _convert(material: Material, store: Path) -> list[str]:
    return ["convert", "-q", "--frames-per-shard", "4", str(material.movie), str(store)]


def test_calls_of_a_conversion_are_counted(material: Material, tmp_path: Path) -> None:
    calls = calls_of(_convert(material, tmp_path / "store"), {})
    seen = {kind for kind, numbers in calls.items() if numbers}
    assert seen >= {"alloc", "open", "read", "write", "sync", "unlink", "close", "mkdir", "stat"}
    assert len(calls["alloc"]) > 1000


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (Fault("write", 1, "ENOSPC"), "No space left"),
        (Fault("sync", 2, "EIO", lasting=True), "Input/output error"),
        (Fault("mkdir", 1, "EDQUOT"), "quota"),
    ],
    ids=str,
)
def test_requested_fault_is_injected(
    material: Material, tmp_path: Path, fault: Fault, word: str
) -> None:
    end = camzarr(_convert(material, tmp_path / "store"), {}, fault)
    assert (end.code, end.hit) == (1, True)
    assert word in end.err
    assert end.trace


def test_kill_is_counted(material: Material, tmp_path: Path) -> None:
    end = camzarr(_convert(material, tmp_path / "store"), {}, Fault("write", 3, "kill-before"))
    assert (end.code, end.hit) == (-9, True)


def test_short_writes(material: Material, tmp_path: Path) -> None:
    """And the command writes the rest."""
    fault = Fault("write", 1, "short", lasting=True)
    end = camzarr(_convert(material, tmp_path / "store"), {}, fault)
    assert (end.code, end.hit) == (0, True)
