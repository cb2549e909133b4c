"""Validation against schemas/, with the package jsonschema."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

FOLDER = Path(__file__).resolve().parents[3] / "schemas"
PREFIX = "urn:camzarr:schema:1.0:"

# Which schema an object of a store follows, by its key. What matches none of these and none of
# _BYTES has no business in a store.
_DOCUMENTS = [
    (r"zarr\.json", "store"),
    (r"specification/zarr\.json", "specification"),
    (r"specification/(?:format|pixels)/zarr\.json", "specification-array"),
    (r"clips/zarr\.json", "clips"),
    (r"clips/[^/]+/zarr\.json", "clip"),
    (r"clips/[^/]+/begun\.json", "begun"),
    (r"clips/[^/]+/index/zarr\.json", "index"),
    (r"clips/[^/]+/index/([a-z0-9_]+)/zarr\.json", r"column#/$defs/\1"),
    (r"clips/[^/]+/video/zarr\.json", "video"),
    (r"clips/[^/]+/video/video/zarr\.json", "video-array"),
    (r"clips/[^/]+/video/time/zarr\.json", "video-time"),
    (r"clips/[^/]+/video/([xy])/zarr\.json", r"video-axis#/$defs/\1"),
    (r"clips/[^/]+/source/zarr\.json", "source"),
    (r"clips/[^/]+/source/bytes/zarr\.json", "source-array#/$defs/bytes"),
    (r"clips/[^/]+/source/range_(?:offset|length)/zarr\.json", "source-array#/$defs/ranges"),
    (r"clips/[^/]+/(statistics|overview|scenes)/zarr\.json", r"\1"),
    (r"clips/[^/]+/(?:statistics|overview)/time/zarr\.json", "column#/$defs/time"),
    (r"clips/[^/]+/statistics/([a-z0-9_]+)/zarr\.json", r"statistic#/$defs/\1"),
    (r"clips/[^/]+/overview/(picture|frame|y|x)/zarr\.json", r"overview-array#/$defs/\1"),
    (r"clips/[^/]+/scenes/(?:start|end|representative)_frame/zarr\.json", "scenes-array#/$defs/frames"),
    (r"clips/[^/]+/scenes/signature/zarr\.json", "scenes-array#/$defs/signature"),
    (r"catalog/(?:(?:clips|scenes)/)?zarr\.json", "catalog"),
    (r"catalog/(?:clips|scenes)/[a-z0-9_]+/zarr\.json", "catalog-array"),
]
_LINES = [
    (r"clips/[^/]+/source/bytes/chunks\.jsonl", "chunks-line"),
    (r"catalog/catalog\.jsonl", "catalog-line"),
]
# The same of the three groups in Zarr version 2.
_LEVELS = "(?:statistics/luma_(?:min|max|p05|p50|p95))"
_COUNTS = "(?:statistics/size|overview/frame|scenes/(?:start|end|representative)_frame)"
_DOCUMENTS_V2 = [
    (r"(?:statistics|overview|scenes)/\.zgroup", "metadata-v2#/$defs/group"),
    (r"(statistics|overview|scenes)/\.zattrs", r"attributes-v2#/$defs/\1"),
    (r"(statistics|overview|scenes)/\.zmetadata", r"metadata-v2#/$defs/\1"),
    (r"(?:statistics|overview)/time/\.zattrs", "attributes-v2#/$defs/time"),
    (r"statistics/flags/\.zattrs", "attributes-v2#/$defs/flags"),
    (r"statistics/[a-z0-9_]+/\.zattrs", "attributes-v2#/$defs/floats"),
    (r"overview/(picture|frame|y|x)/\.zattrs", r"attributes-v2#/$defs/\1"),
    (r"scenes/(?:start|end|representative)_frame/\.zattrs", "attributes-v2#/$defs/scene"),
    (r"scenes/signature/\.zattrs", "attributes-v2#/$defs/signature"),
    (rf"{_LEVELS}/\.zarray", "array-v2#/$defs/levels"),
    (rf"{_COUNTS}/\.zarray", "array-v2#/$defs/counts"),
    (r"(?:statistics/flags|(?:statistics|overview)/time|overview/[xy])/\.zarray", "array-v2#/$defs/int64"),
    (r"overview/picture/\.zarray", "array-v2#/$defs/pictures"),
    (r"scenes/signature/\.zarray", "array-v2#/$defs/signatures"),
    (r"statistics/[a-z0-9_]+/\.zarray", "array-v2#/$defs/floats"),
]
_BYTES_V2 = [r"(?:statistics|overview|scenes)/[a-z0-9_]+/\d+(\.0)*"]
_BYTES = [
    r"catalog/clips/[a-z0-9_]+/c/0",
    r"catalog/scenes/([a-z0-9_]+/c/0|signature/c/0/0/0)",
    r"catalog/changed/[A-Za-z0-9._+-]+\.[0-9a-f]{16}",
    r"specification/(format|pixels)/c/0",
    r"clips/[^/]+/index/[a-z0-9_]+/c/0",
    r"clips/[^/]+/video/(time|y|x)/c/0",
    r"clips/[^/]+/video/video/c/\d+/0/0/0",
    r"clips/[^/]+/source/(bytes/c/\d+|range_(offset|length)/c/0)",
    r"clips/[^/]+/(statistics|overview|scenes)/(?!picture|signature)[a-z0-9_]+/c/0",
    r"clips/[^/]+/overview/picture/c/\d+/0/0/0",
    r"clips/[^/]+/scenes/signature/c/0/0/0",
]


def names() -> list[str]:
    """Of all schemas."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def load(name: str) -> dict[str, Any]:
    """A schema as it is."""
    return parse((FOLDER / f"{name}.json").read_bytes())


def parse(text: bytes | str) -> Any:
    """JSON in which no object has a member twice: what one reader takes another would drop."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        assert len(found) == len(pairs), f"a member twice: {[name for name, _ in pairs]}"
        return found

    return json.loads(text, object_pairs_hook=once)


@cache
def _registry() -> Registry:
    found = ((load(name)["$id"], Resource.from_contents(load(name))) for name in names())
    return Registry().with_resources(found)


@cache
def validator(reference: str) -> Draft202012Validator:
    """For a schema by name, or for a part of one: `column#/$defs/time`."""
    return Draft202012Validator({"$ref": PREFIX + reference}, registry=_registry())


def errors(reference: str, document: Any) -> list[tuple[str, str]]:
    """(path, keyword) of each error; for `anyOf` and the like, of its causes."""
    found = validator(reference).iter_errors(document)
    return sorted({(_where(cause), str(cause.validator)) for e in found for cause in _causes(e)})


def validate(reference: str, document: Any, what: str = "") -> None:
    """Fail with all that is wrong."""
    found = [
        f"{_where(cause)}: {cause.message[:300]}"
        for error in validator(reference).iter_errors(document)
        for cause in _causes(error)
    ]
    assert not found, f"{what or reference}:\n" + "\n".join(found)


def validate_tree(store: Path) -> None:
    """Every object of a store has a place in the format, and every JSON follows its schema."""
    for path in sorted(store.rglob("*")):
        if path.is_dir():
            continue
        key = path.relative_to(store).as_posix()
        document, line = _schema_of(key, _DOCUMENTS), _schema_of(key, _LINES)
        if document:
            validate(document, parse(path.read_bytes()), key)
        elif line:
            for text in path.read_bytes().splitlines():
                validate(line, parse(text), key)
        else:
            assert any(re.fullmatch(form, key) for form in _BYTES), f"no such object: {key}"


def validate_analysis_v2(clip: Path) -> None:
    """The same of statistics, overview and scenes of a clip in Zarr version 2."""
    for path in sorted(path for group in ("statistics", "overview", "scenes") for path in (clip / group).rglob("*")):
        key = path.relative_to(clip).as_posix()
        document = _schema_of(key, _DOCUMENTS_V2)
        if document:
            validate(document, parse(path.read_bytes()), key)
        elif path.is_file():
            assert any(re.fullmatch(form, key) for form in _BYTES_V2), f"no such object: {key}"


def _schema_of(key: str, table: list[tuple[str, str]]) -> str | None:
    found = (re.fullmatch(form, key) for form, _ in table)
    return next((m.expand(name) for m, (_, name) in zip(found, table) if m), None)


def _where(error: ValidationError) -> str:
    return "".join(f"/{part}" for part in error.absolute_path)


def _causes(error: ValidationError) -> list[ValidationError]:
    """`anyOf` and the like fail because of what is inside them."""
    inside = [cause for one in error.context or [] for cause in _causes(one)]
    return inside or [error]
