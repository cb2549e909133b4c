"""References in kerchunk's Parquet form, which fsspec reads lazily:

    xarray.open_dataset("camhd.parquet", engine="kerchunk", chunks={})

A folder: `.zmetadata` has the documents, `NAME/refs.N.parq` the references RECORD * N and later of an
array. A reader fetches the record that it needs, where JSON is read as a whole. Source: fsspec,
LazyReferenceMapper; its usual engine is fastparquet.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from .errors import (
    AlreadyExistsError,
    DeniedError,
    InputOutputError,
    UnsupportedError,
    UsageError,
)
from .references import References

RECORD = 10_000  # references of a file
DOCUMENTS = ".zmetadata"
_INLINE = "base64:"


def create(folder: Path, produce: Callable[[Path], object], overwrite: bool) -> None:
    """Make a folder of references by produce(another folder). It gets its name when it is complete.

    Raises
    ------
    AlreadyExistsError
        It exists, and `overwrite` is false.
    UsageError
        What would be overwritten has no references.
    DeniedError, InputOutputError
        It cannot be written.
    """
    if folder.exists() and not overwrite:
        raise AlreadyExistsError(f"{folder}: exists", "overwrite=True replaces it")
    if folder.exists() and not (folder / DOCUMENTS).is_file():
        raise UsageError(f"{folder}: exists, and is no folder of references", "another name")
    part: Path | None = None
    try:
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        inside = part / folder.name  # with usual permissions; mkdtemp() gives access to the owner alone
        inside.mkdir()
        produce(inside)
        if folder.exists():
            shutil.rmtree(folder)
        os.rename(inside, folder)
    except PermissionError as error:
        raise DeniedError(f"{folder}: {error.strerror}") from None
    except OSError as error:
        raise InputOutputError(f"{folder}: {error.strerror}") from None
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def write(folder: Path, entries: Iterable[tuple[str, str]], name: str, found: References) -> None:
    """Write the references of one array, beside arrays that are in the references themselves.

    Parameters
    ----------
    folder : Path
        An empty folder.
    entries : iterable of (str, str)
        Keys, and their values as in kerchunk's JSON: documents, and chunks of which each is all of its
        array.
    name : str
        Of the array that has the references: one for each chunk of its first axis.
    found : References

    Raises
    ------
    UnsupportedError
        pandas or fastparquet is not installed.
    OSError
        A file cannot be written.
    """
    documents: dict[str, Any] = {}
    for key, value in entries:
        text = json.loads(value)
        if key.rpartition("/")[2].startswith(".z"):
            documents[key] = json.loads(text)
        else:
            chunk = base64.b64decode(text.removeprefix(_INLINE))
            _write_table(folder, key.partition("/")[0], 0, {"raw": [chunk]})
    for number, first in enumerate(range(0, len(found.offset), RECORD)):
        rows = slice(first, first + RECORD)
        table = {
            "path": found.location[rows].tolist(),
            "offset": found.offset[rows].astype(np.int64),
            "size": found.length[rows].astype(np.int64),
        }
        _write_table(folder, name, number, table)
    whole = {"metadata": documents, "record_size": RECORD}
    (folder / DOCUMENTS).write_text(json.dumps(whole, separators=(",", ":")))


def _write_table(folder: Path, name: str, number: int, columns: dict[str, Any]) -> None:
    try:
        import fastparquet
        import pandas as pd
    except ImportError as error:
        raise UnsupportedError(
            f"kerchunk in Parquet: {error.name} is not installed", "pip install pandas fastparquet"
        ) from None
    table = pd.DataFrame(columns)
    if "path" in table:
        table["path"] = table["path"].astype("object").astype("category")
    (folder / name).mkdir(exist_ok=True)
    fastparquet.write(
        str(folder / name / f"refs.{number}.parq"),
        table,
        compression="ZSTD",
        write_index=False,
        stats=False,
        object_encoding={"raw": "bytes", "path": "utf8"},
        has_nulls=False,
    )
