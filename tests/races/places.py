"""Where the raced store lies: a folder, or a bucket of an S3 server."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

import obstore

from actors import NAME
from support import tree
from support.cloud import environment, until
from support.objects import Place


class Folder:
    """A store in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = str(folder)
        self.environment = environment()

    def clip(self) -> dict[str, str]:
        """Digests of what lies in the clip's folder, by the keys from there on."""
        return tree.digests(self.folder / "clips" / NAME)

    def wait_for(self, key: str) -> None:
        """Until an object of the clip is there."""
        until((self.folder / "clips" / NAME / key).exists)

    def reset(self, objects: Mapping[str, Path]) -> None:
        """These objects, by their keys in the store, and no others."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for key, path in objects.items():
            (self.folder / key).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, self.folder / key)


class Bucket:
    """A store in an object store."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.url = place.url("s")
        self.environment = environment(place.environment())
        self.objects = place.store()

    def _keys(self, prefix: str) -> list[str]:
        pages = obstore.list(self.objects, prefix=prefix)
        return [item["path"] for page in pages for item in page]

    def clip(self) -> dict[str, str]:
        start = f"s/clips/{NAME}/"
        return {
            key.removeprefix(start): hashlib.sha256(self.place.get(key)).hexdigest()
            for key in self._keys(start)
        }

    def reset(self, objects: Mapping[str, Path]) -> None:
        there = self._keys("s/")
        if there:
            obstore.delete(self.objects, there)
        for key, path in objects.items():
            obstore.put(self.objects, "s/" + key, path.read_bytes())
