"""All JSON that camzarr writes conforms to its schema, and the schemas reject what they should."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conftest import Converted_by
from maker import Made, cases, make
from support import schemas
from support.command import camzarr, convert_one
from support.running import converting, held_at_first_shard

EXAMPLES = schemas.FOLDER / "examples"
REASONS: dict[str, dict[str, list[str]]] = json.loads((EXAMPLES / "reasons.json").read_bytes())
SHARED = {"defs", "zarr"}
VALID = sorted(EXAMPLES.glob("*/valid*.json"))
INVALID = sorted(EXAMPLES.glob("*/invalid*.json"))


def of(path: Path) -> str:
    """The name of an example, from the examples' folder."""
    return path.relative_to(EXAMPLES).as_posix()


@pytest.mark.parametrize("name", schemas.names())
def test_schemas_are_schemas(name: str) -> None:
    schema = schemas.load(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == schemas.PREFIX + name
    assert schema["title"]


def test_every_schema_has_examples() -> None:
    wanted = set(schemas.names()) - SHARED
    assert {path.parent.name for path in VALID} == wanted
    assert {path.parent.name for path in INVALID} == wanted
    assert set(REASONS) == {of(path) for path in INVALID}


@pytest.mark.parametrize("path", VALID, ids=of)
def test_valid_examples(path: Path) -> None:
    schemas.validate(path.parent.name, schemas.parse(path.read_bytes()))


@pytest.mark.parametrize("path", INVALID, ids=of)
def test_invalid_examples_fail_for_their_reason(path: Path) -> None:
    reason = REASONS[of(path)]
    found = schemas.errors(path.parent.name, schemas.parse(path.read_bytes()))
    assert found == [(reason["at"], reason["keyword"])], reason["why"]


@pytest.mark.parametrize("case", cases("sound") + cases("recovered") + cases("damaged"))
def test_stores_are_valid(case: str, converted: Converted_by) -> None:
    schemas.validate_tree(converted(case).store)


@pytest.mark.parametrize("case", ["everything", "cut_short", "small_and_cut"])
def test_analyses_are_valid(case: str, tmp_path: Path) -> None:
    """Statistics, overview and scenes in both Zarr versions."""
    made = make(case, tmp_path)
    for version in ("3", "2"):
        convert_one(made.path, tmp_path / version, "--overview", "5", "--zarr-format", version)
    schemas.validate_tree(tmp_path / "3")
    schemas.validate_analysis_v2(tmp_path / "2/clips" / made.path.stem)
    one, two = (tmp_path / version / "clips" / made.path.stem for version in ("3", "2"))
    for group in ("statistics", "overview", "scenes"):
        arrays = {path.parent.name for path in (one / group).glob("*/zarr.json")}
        assert arrays == {path.parent.name for path in (two / group).glob("*/.zarray")} and len(arrays) >= 4
        for clip, documents in ((one, "consolidated_metadata/metadata"), (two, "metadata")):
            told = schemas.parse((clip / group / ("zarr.json" if clip == one else ".zmetadata")).read_bytes())
            for step in documents.split("/"):
                told = told[step]
            for path, child in told.items():
                file = clip / group / path / "zarr.json" if clip == one else clip / group / path
                assert child == schemas.parse(file.read_bytes())


def test_consolidated_metadata_repeats_the_documents(converted: Converted_by) -> None:
    """What no schema can say."""
    clip = converted("everything").clip
    for group in ("index", "video", "source"):
        folder = clip.folder / group
        document = schemas.parse((folder / "zarr.json").read_bytes())
        told: dict[str, Any] = document["consolidated_metadata"]["metadata"]
        there = {path.parent.name for path in folder.glob("*/zarr.json")}
        assert list(told) == sorted(there)
        for name, child in told.items():
            assert child == schemas.parse((folder / name / "zarr.json").read_bytes())


def test_the_clip_consolidates_what_needs_no_codec(converted: Converted_by) -> None:
    """The groups index and source with their arrays, and nothing of video."""
    clip = converted("everything").clip
    metadata = schemas.parse((clip.folder / "zarr.json").read_bytes())["consolidated_metadata"]["metadata"]
    there = {p.parent.relative_to(clip.folder).as_posix() for p in clip.folder.glob("*/**/zarr.json")}
    assert list(metadata) == sorted(path for path in there if path.split("/")[0] != "video")
    for path, child in metadata.items():
        document = schemas.parse((clip.folder / path / "zarr.json").read_bytes())
        document.pop("consolidated_metadata", None)
        assert child == document


def test_the_list_of_objects_is_in_order(converted: Converted_by) -> None:
    clip = converted("long_clip").clip
    keys = [one["key"] for one in clip.mark["objects"]]
    assert keys == sorted(keys)
    assert list(clip.mark)[-1] == "digest"
    lines = (clip.folder / "source/bytes/chunks.jsonl").read_text().splitlines()
    chunks = [schemas.parse(line)["key"] for line in lines]
    shards = [f"video/video/c/{k}/0/0/0" for k in range(4)]
    assert chunks == shards + ["source/bytes/c/0"]


def test_conversion_record(large: Made, tmp_path: Path) -> None:
    with converting(large.path, tmp_path / "store", "--frames-per-shard", "8") as run:
        held_at_first_shard(run, tmp_path / "store")
        (begun,) = (tmp_path / "store/clips").glob("*/begun.json")
        schemas.validate("begun", schemas.parse(begun.read_bytes()))


@pytest.mark.parametrize(
    "case", ["usual", "z_named", "everything", "no_moov", "timeless", "cut_short"]
)
def test_output_of_info_and_ls(case: str, converted: Converted_by) -> None:
    one = converted(case)
    (line,) = camzarr("ls", "--json", one.store).lines()
    assert (line["name"], line["frames"]) == (one.name, len(one.made.frames))
    for schema, words in (
        ("info-source", [one.made.path]),
        ("info-store", [one.store]),
        ("info-clip", [one.store, one.name]),
    ):
        text = camzarr("info", "--json", *words).out
        schemas.validate(schema, schemas.parse(text))


def test_output_of_convert_for_an_existing_clip(converted: Converted_by, tmp_path: Path) -> None:
    """Validated by convert_one() itself, like every line that any test sees."""
    one = converted("usual")
    assert convert_one(one.made.path, one.store)["status"] == "present"
    assert convert_one(one.made.path, tmp_path / "new")["status"] == "converted"
