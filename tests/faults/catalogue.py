"""The jobs of the sweeps, with the movies and stores that they begin with."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import injection
from injection import camzarr
from jobs import Job, ReadJob, Tree, WriteJob, tree_of

sys.path[:0] = [str(injection.ROOT / "tests"), str(injection.ROOT / "tests/e2e")]

from maker import make  # noqa: E402
from support import servers  # noqa: E402

_READ = (
    *("verify", "verify decode", "ls", "restore", "kerchunk", "frame icpf", "frame mov"),
    *("frame png", "frame tif", "frame jpg", "frame npy", "netcdf", "netcdf frames"),
    *("ifdo", "biigle", "vars"),
)
_READ_V2 = ("verify", "restore", "frame icpf")  # what differs from version 3
NAMES = (
    *(f"{verb} v{n}" for n in (3, 2) for verb in ("convert", "overwrite", "rm", "attributes", "analyse")),
    *(f"{verb} v3" for verb in _READ),
    *(f"{verb} v2" for verb in _READ_V2),
    *("catalog v3", "catalog v2", "catalog again v3", "rm noted v3", "attributes noted v3", "ls catalog v3"),
    *("s3 convert v3", "s3 convert v2", "s3 overwrite v3", "s3 rm v3", "s3 restore v3"),
)
HOST = "store.test"  # the shim resolves it: the only way to see getaddrinfo() used


def _run(*args: str | Path) -> None:
    end = camzarr([str(arg) for arg in args], {})
    assert end.code == 0, (args, end)


class Material:
    """Movies and stores, made once. Jobs copy them or only read them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "movies").mkdir()
        self.movie = make("usual", folder / "movies").path
        self.other = make("one_frame", folder / "movies").path
        self.clip = self.movie.stem
        self.attributes = folder / "attributes.json"
        self.attributes.write_text('{"license": "CC-BY-4.0", "keywords": ["vents", "Axial"]}')
        self.stores = {n: self.store(n) for n in (2, 3)}
        self.cataloged = self.folder / "cataloged"
        shutil.copytree(self.stores[3], self.cataloged)
        _run("catalog", "-q", self.cataloged)

    def store(self, version: int) -> Path:
        """A store with both clips."""
        store = self.folder / f"store{version}"
        form = ("--zarr-format", str(version))
        for movie in (self.movie, self.other):
            _run("convert", "-q", "--no-catalog", *form, *self.shards(version), movie, store)
        return store

    def old(self, version: int) -> Path:
        """A store with another clip of the movie's name, to be replaced."""
        store = self.folder / f"old{version}"
        form = ("--zarr-format", str(version), "--name", self.clip)
        movie = make("no_moov", self.folder / "movies").path
        _run("convert", "-q", "--no-catalog", *form, movie, store)
        return store

    def unanalysed(self, version: int) -> Path:
        """A store with a clip that has no statistics."""
        store = self.folder / f"unanalysed{version}"
        form = ("--zarr-format", str(version), "--overview", "none", *self.shards(version))
        _run("convert", "-q", "--no-catalog", *form, self.movie, store)
        return store

    @staticmethod
    def shards(version: int) -> tuple[str, ...]:
        return ("--frames-per-shard", "4") if version == 3 else ()


def _conversions(m: Material) -> Iterator[Job]:
    for version in (3, 2):
        form = ("--zarr-format", str(version), *m.shards(version))
        convert = ("convert", "-q", "--no-catalog", "--threads", "2", *form)
        there = (str(m.movie), "{here}/store")
        old = m.old(version)
        yield WriteJob(f"convert v{version}", (*convert, *there), clip=m.clip)
        yield WriteJob(f"overwrite v{version}", (*convert, "--overwrite", *there),
                       clip=m.clip, start=old)  # fmt: skip
        yield WriteJob(f"rm v{version}", ("rm", "{here}/store", m.clip),
                       clip=m.clip, start=m.stores[version])  # fmt: skip
        yield WriteJob(f"attributes v{version}",
                       ("attributes", "{here}/store", m.clip, "--set", str(m.attributes)),
                       clip=m.clip, start=m.stores[version])  # fmt: skip
        yield WriteJob(f"analyse v{version}",
                       ("analyse", "--no-catalog", "-q", "--threads", "2", "{here}/store", m.clip),
                       clip=m.clip, start=m.unanalysed(version))  # fmt: skip


def _without_notes(here: Path) -> Tree:
    """A store; names of notes are random, and a killed change may leave a needless one."""
    tree = tree_of(here / "store")
    return {key: digest for key, digest in tree.items() if not key.startswith("catalog/changed/")}


def _catalogs(m: Material) -> Iterator[Job]:
    """The catalog that is made, brought up to date after a removal by hand, and noted changes."""
    for version in (3, 2):
        yield WriteJob(f"catalog v{version}", ("catalog", "-q", "{here}/store"), start=m.stores[version])
    fewer = m.folder / "fewer"
    shutil.copytree(m.cataloged, fewer)
    shutil.rmtree(fewer / "clips" / m.clip)
    yield WriteJob("catalog again v3", ("catalog", "-q", "{here}/store"), start=fewer)
    yield WriteJob("rm noted v3", ("rm", "{here}/store", m.clip),
                   clip=m.clip, start=m.cataloged, tree=_without_notes)  # fmt: skip
    yield WriteJob("attributes noted v3",
                   ("attributes", "{here}/store", m.clip, "--set", str(m.attributes)),
                   clip=m.clip, start=m.cataloged, tree=_without_notes)  # fmt: skip
    yield ReadJob("ls catalog v3", ("ls", "--json", str(m.cataloged)), store=m.cataloged)


class SameValues:
    """Whether a netCDF file has the variables of an undisturbed run. HDF5 writes a chunk
    uncompressed when it has no memory to compress it: the same values in other bytes."""

    def __init__(self, m: Material, name: str, args: tuple[str, ...]) -> None:
        self.reference = m.folder / f"{name}.nc"
        _run(*(arg.replace("{here}/out.nc", str(self.reference)) for arg in args))

    def __call__(self, here: Path) -> bool:
        return self.values(here / "out.nc") == self.values(self.reference)

    @staticmethod
    def values(path: Path) -> list[object]:
        import netCDF4

        with netCDF4.Dataset(path) as file:
            file.set_auto_mask(False)
            return [
                (name, str(one.dtype), one.dimensions, str(one.__dict__), one[:].tobytes())
                for name, one in file.variables.items()
            ]


def _readers(m: Material) -> Iterator[Job]:
    for version in (3, 2):
        store = m.stores[version]
        at = (str(store), m.clip)
        verbs = {
            "verify": ("verify", str(store)),
            "verify decode": ("verify", "--decode", "--json", str(store)),
            "ls": ("ls", "--json", str(store)),
            "restore": ("restore", *at, "{here}/out.mov"),
            "kerchunk": ("export", "kerchunk", *at, "{here}/out.json"),
            "frame icpf": ("frame", *at, "3", "-o", "{here}/out.icpf"),
            "frame mov": ("frame", *at, "2:9", "-o", "{here}/out.mov"),
            "frame png": ("frame", *at, "3", "-o", "{here}/out.png"),
            "frame tif": ("frame", *at, "3", "-o", "{here}/out.tif"),
            "frame jpg": ("frame", *at, "3", "-o", "{here}/out.jpg"),
            "frame npy": ("frame", *at, "0:8:2", "-o", "{here}/out.npy"),
            "ifdo": ("export", "ifdo", *at, "{here}/out.json"),
            "biigle": ("export", "biigle", *at, "{here}/out.csv"),
            "vars": ("export", "vars", *at, "{here}/out.json"),
            "netcdf": ("export", "netcdf", *at, "{here}/out.nc"),
            "netcdf frames": ("export", "netcdf", "--frames", "0:4", *at, "{here}/out.nc"),
        }
        for name in _READ if version == 3 else _READ_V2:
            args = verbs[name]
            equal = SameValues(m, name, args) if name.startswith("netcdf") else None
            yield ReadJob(f"{name} v{version}", args, store=store, equal=equal)


class Bucket:
    """Where versitygw keeps what it is given: files of a folder."""

    def __init__(self, server: servers.S3) -> None:
        from support.objects import Place

        self.place = Place(server)
        self.folder = server.log.parent / "objects" / self.place.bucket

    def tree(self, here: Path) -> Tree:
        """The objects of a run, whose prefix is its folder's name."""
        start = self.folder / here.name
        files = [path for path in start.rglob("*") if path.is_file()]
        return {
            path.relative_to(start).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }


@dataclass
class BucketJob(WriteJob):
    """A command that changes a store in a bucket, which another command has made."""

    begin: tuple[str, ...] = ()

    def command(self, here: Path) -> list[str]:
        return [word.replace("{prefix}", here.name) for word in self.args]

    def prepare(self, here: Path) -> None:
        if self.begin:
            args = [word.replace("{prefix}", here.name) for word in self.begin]
            end = camzarr(args, self.environment)
            assert end.code == 0, end


def _in_a_bucket(m: Material, server: servers.S3) -> Iterator[Job]:
    bucket = Bucket(server)
    environment = {
        **bucket.place.environment(f"http://{HOST}:{server.port}"),
        "CZ_FAULT_HOST": HOST,
        "LD_PRELOAD": str(injection.SHIM),
    }
    target = bucket.place.url("{prefix}")

    def job(name: str, *args: str, begin: tuple[str, ...] = ()) -> Job:
        return BucketJob(name, args, environment, 300, clip=m.clip, tree=bucket.tree, begin=begin)

    for version in (3, 2):
        form = ("--zarr-format", str(version), *m.shards(version))
        yield job(f"s3 convert v{version}", "convert", "-q", *form, str(m.movie), target)
    convert = ("convert", "-q", *m.shards(3))
    both = (*convert, str(m.movie), str(m.other), target)
    old = (*convert, "--name", m.clip, str(m.other), target)
    yield job("s3 overwrite v3", *convert, "--overwrite", str(m.movie), target, begin=old)
    yield job("s3 rm v3", "rm", target, m.clip, begin=both)
    made = camzarr([word.replace("{prefix}", "made") for word in both], environment)
    assert made.code == 0, made
    restore = ("restore", bucket.place.url("made"), m.clip, "{here}/out.mov")
    yield ReadJob("s3 restore v3", restore, environment, 300, store=bucket.folder / "made")


@contextmanager
def catalogue(with_buckets: bool = True) -> Iterator[list[Job]]:
    """All jobs, as long as the block lasts."""
    tempfile.tempdir = injection.scratch()  # the server's folder, too
    folder = Path(tempfile.mkdtemp(prefix="cz-material-"))
    try:
        with ExitStack() as stack:
            material = Material(folder)
            jobs = [*_conversions(material), *_catalogs(material), *_readers(material)]
            if with_buckets:
                server = stack.enter_context(servers.versitygw())
                jobs += _in_a_bucket(material, server)
            assert {job.name for job in jobs} <= set(NAMES)
            yield jobs
    finally:
        shutil.rmtree(folder, ignore_errors=True)
