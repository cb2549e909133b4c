"""Manifests and reports: rows in, lines out."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import IO, Any
from urllib.parse import urlsplit

from ..convert import Report, _stem
from ..errors import (
    BY_CODE,
    CamzarrError,
    FormatError,
    NotFoundError,
    UsageError,
)
from .task import Line, Row

Manifest = str | os.PathLike[str] | Iterable[str | os.PathLike[str] | Mapping[str, Any]]
ERRORS = {kind.code: kind for kind in BY_CODE.values()}


def name_of(row: Row) -> str:
    """Of a row's clip."""
    return str(row.get("name") or _stem(row["source"]))


def shown(source: str) -> str:
    """A source for reports: without user, password and query."""
    if "://" not in source:
        return source
    parts = urlsplit(source)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _absolute(source: str) -> str:
    """Workers have other working directories."""
    return source if "://" in source else os.path.abspath(source)


def _parsed(path: str) -> Iterator[Row]:
    """Rows of a file. A damaged manifest may lack rows, so nothing of it is used."""
    try:
        with open(path, "rb") as file:
            is_compressed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rt") if is_compressed else open(path, encoding="utf-8") as text:
            for number, line in enumerate(text, 1):
                try:
                    row = json.loads(line)
                    yield {**row, "source": str(row["source"])}
                except (ValueError, TypeError, KeyError):
                    message = f"{path}: row {number}: not a line of a manifest"
                    raise FormatError(message, "`camzarr manifest` writes manifests") from None
    except FileNotFoundError:
        raise NotFoundError(f"{path}: no such file") from None


def read_manifest(manifest: Manifest) -> list[Row]:
    """Rows of a file, or of rows and sources. Raises UsageError for two of one name."""
    rows: list[Row] = []
    if isinstance(manifest, (str, os.PathLike)):
        rows += _parsed(os.fspath(manifest))
    else:
        for one in manifest:
            row = dict(one) if isinstance(one, Mapping) else {"source": os.fspath(one)}
            if not isinstance(row.get("source"), str):
                raise UsageError(f"{one!r}: neither a row of a manifest nor a source")
            rows.append(row)
    known: dict[str, str] = {}
    for row in rows:
        other = known.setdefault(name_of(row), row["source"])
        if other is not row["source"]:
            text = f"{shown(row['source'])}: another source, {shown(other)}, has the same name"
            raise UsageError(text, "give one of them another name: {'source': ..., 'name': ...}")
        row["source"] = _absolute(row["source"])
    return rows


def failed_before(rows: Iterable[Row], report: str | os.PathLike[str]) -> list[Row]:
    """The rows whose clip's last line in a report has an error."""
    failed: dict[str, bool] = {}
    try:
        file = open(report, encoding="utf-8")
    except FileNotFoundError:
        raise NotFoundError(f"{os.fspath(report)}: no such report") from None
    with file:
        for text in file:
            try:
                line = json.loads(text)
                failed[line["clip"]] = "error" in line
            except (ValueError, TypeError, KeyError):  # cut off when a run was killed
                continue
    return [row for row in rows if failed.get(name_of(row))]


def append_line(file: IO[str], line: Line) -> None:
    """Whole or not at all, as far as a kill of this process is concerned."""
    file.write(json.dumps(line, ensure_ascii=False) + "\n")
    file.flush()


def open_report(path: str | os.PathLike[str]) -> IO[str]:
    """Open for appending; a line that was cut off is ended first."""
    file = open(path, "a+", encoding="utf-8")
    if file.tell():
        with open(path, "rb") as end:
            end.seek(-1, os.SEEK_END)
            if end.read(1) != b"\n":
                file.write("\n")
    return file


def failed_line(row: Row, code: str, message: str, hint: str, retryable: bool) -> Line:
    """The line of a row of which the command printed none."""
    now = datetime.now(timezone.utc).replace(microsecond=0, tzinfo=None)
    line: Line = {"clip": name_of(row), "status": "failed", "source": shown(row["source"])}
    line |= dict.fromkeys(("frames", "bytes_read", "bytes_written", "seconds", "damaged_frames"), 0)
    line |= {"md5": None, "warnings": [], "time": f"{now.isoformat()}Z"}
    line["error"] = {"code": code, "message": message, "hint": hint, "retryable": retryable}
    return line


def error_of(line: Line) -> CamzarrError | None:
    """The error of a line as an exception."""
    error = line.get("error")
    if error is None:
        return None
    return ERRORS.get(error["code"], CamzarrError)(error["message"], error.get("hint", ""))


def report_of(line: Line) -> Report:
    """A line as a Report."""
    names = ("clip", "status", "frames", "bytes_read", "bytes_written", "damaged_frames", "source")
    values = {name: line[name] for name in names}
    return Report(
        **values, md5=line["md5"] or "", warnings=tuple(line["warnings"]), error=error_of(line)
    )
