"""docs/zarr-extensions: the registry's entry of the codec agrees with the code and with stores."""

from __future__ import annotations

import ast
import hashlib
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from conftest import Converted_by
from maker import make
from support import schemas
from support.command import convert_one

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs/zarr-extensions/codecs/camzarr.prores"
README = (FOLDER / "README.md").read_text()
SCHEMA = schemas.parse((FOLDER / "schema.json").read_bytes())
VECTORS = json.loads((ROOT / "tests/vectors/vectors.json").read_bytes())["vectors"]
DTYPES = {"rgb24": "uint8", "rgb48le": "uint16", "gray": "uint8", "gray16le": "uint16"}
V2_DTYPES = {"uint8": "|u1", "uint16": "<u2"}


def constants() -> dict[str, Any]:
    """Constants of codec.py. Importing the module would need the package's library."""
    source = (ROOT / "python/src/camzarr/codec.py").read_text()
    wanted = {"NAME", "VERSION", "_MATRICES", "_KNOWN"}
    assignments = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target) in wanted
    ]
    found: dict[str, Any] = {}
    exec(compile(ast.Module([*assignments], []), "codec.py", "exec"), found)
    return {name: found[name] for name in wanted}


CODE = constants()
NAME: str = CODE["NAME"]
KNOWN: dict[str, tuple[str, ...]] = CODE["_KNOWN"]
CONFIGURATIONS = [
    {"version": CODE["VERSION"], **dict(zip(KNOWN, values))}
    for values in itertools.product(*KNOWN.values())
]
USUAL = {"version": 1, "layout": "rgb24", "matrix": "bt709", "range": "limited", "fields": "weave"}
SIZE = {"height": 1080, "width": 1920}

_REGISTRY = Registry().with_resource("urn:entry", Resource.from_contents(SCHEMA))
V3 = Draft202012Validator({"$ref": "urn:entry"}, registry=_REGISTRY)
V2 = Draft202012Validator({"$ref": "urn:entry#/$defs/numcodecs"}, registry=_REGISTRY)


def v3(**changed: Any) -> dict[str, Any]:
    """The usual codec object of Zarr version 3, with changes to its configuration."""
    return {"name": NAME, "configuration": {**USUAL, **changed}}


def v2(**changed: Any) -> dict[str, Any]:
    """The usual codec object of Zarr version 2, with changes."""
    return {"id": NAME, **USUAL, **SIZE, **changed}


def without(document: dict[str, Any], member: str) -> dict[str, Any]:
    """A document that lacks a member."""
    return {name: value for name, value in document.items() if name != member}


def section(title: str) -> str:
    """The text below a heading, up to the next of the same level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.M | re.S)
    assert found, f"no section {title}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """Cells of a table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def json_blocks(text: str) -> list[Any]:
    """The JSON documents in a Markdown text."""
    return [schemas.parse(block) for block in re.findall(r"```json\n(.*?)```", text, re.S)]


def vector(name: str, layout: str) -> dict[str, Any]:
    """A result of a vector at full size, by the matrix in its header."""
    options = {"scale", "fields", "matrix", "conceal"}
    (one,) = (v for v in VECTORS if v["name"] == name)
    (result,) = (r for r in one["results"] if r["layout"] == layout and not options & set(r))
    return {**one, **result}


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert NAME == FOLDER.name == SCHEMA["properties"]["name"]["const"]
    assert re.fullmatch(r"[a-z][a-z0-9-_.]+", NAME), "a name that the registry refuses"


def test_the_schema_accepts_what_the_code_accepts() -> None:
    assert USUAL in CONFIGURATIONS
    for configuration in CONFIGURATIONS:
        V3.validate({"name": NAME, "configuration": configuration})
        V2.validate({"id": NAME, **configuration, **SIZE})


def test_the_schema_accepts_nothing_else() -> None:
    members = dict(SCHEMA["properties"]["configuration"]["properties"])
    assert members.pop("version") == {"const": CODE["VERSION"]}
    allowed = {name: tuple(rule.get("enum", [rule.get("const")])) for name, rule in members.items()}
    assert allowed == KNOWN


@pytest.mark.parametrize(
    "document",
    [
        NAME,
        {"name": NAME},
        {"name": NAME, "configuration": {}},
        {**v3(), "name": "camzarr.proress"},
        {**v3(), "name": "numcodecs.camzarr.prores"},
        {**v3(), "options": {}},
        without(v3(), "name"),
        *({"name": NAME, "configuration": without(USUAL, member)} for member in USUAL),
        v3(version=0),
        v3(version=2),
        v3(version="1"),
        v3(layout="rgb"),
        v3(layout="RGB24"),
        v3(layout="gray16"),
        v3(layout="native"),
        v3(layout="rgba"),
        v3(matrix="bt2020nc"),
        v3(matrix=None),
        v3(range="full"),
        v3(fields="weaved"),
        v3(fields="top"),
        v3(conceal=True),
        v3(scale=1),
        v3(**SIZE),
        {"name": NAME, "configuration": {**without(USUAL, "layout"), "layuot": "rgb24"}},
    ],
    ids=str,
)
def test_the_schema_rejects(document: Any) -> None:
    assert not V3.is_valid(document)


@pytest.mark.parametrize(
    "document",
    [
        v3(),
        without(v2(), "id"),
        without(v2(), "height"),
        without(v2(), "width"),
        *(without(v2(), member) for member in USUAL),
        v2(id="camzarr.proress"),
        v2(id="numcodecs.camzarr.prores"),
        v2(height=0),
        v2(width=65536),
        v2(width="1920"),
        v2(layout="bgr24"),
        v2(fields="bob-top"),
        v2(depth=8),
    ],
    ids=str,
)
def test_the_numcodecs_form_rejects(document: Any) -> None:
    assert V2.is_valid(v2())
    assert not V2.is_valid(document)


@pytest.mark.parametrize("case", ["usual", "size_127x95_bff", "alpha_ap4h"])
def test_stores_of_version_3(case: str, converted: Converted_by) -> None:
    array = schemas.parse((converted(case).clip.folder / "video/video/zarr.json").read_bytes())
    assert_valid_shards(array)


@pytest.mark.parametrize("case", ["usual", "size_127x95_bff", "alpha_ap4h"])
def test_stores_of_version_2(case: str, tmp_path: Path) -> None:
    made = make(case, tmp_path)
    convert_one(made.path, tmp_path / "store", "--zarr-format", "2", code=None)
    video = tmp_path / "store/clips" / made.path.stem / "video/video"
    array = schemas.parse((video / ".zarray").read_bytes())
    assert array["compressor"] is None
    (codec,) = array["filters"]
    V2.validate(codec)
    assert [1, codec["height"], codec["width"], 3] == array["chunks"]
    assert_fits(codec, array["dtype"], array["chunks"])


def assert_fits(configuration: dict[str, Any], dtype: str, chunk: list[int]) -> None:
    """Data type and chunk shape are those that README.md permits for the layout."""
    table = rows(section("Configuration parameters"))
    layouts = {cells[0].strip('`"'): cells[1:3] for cells in table}
    permitted, shape = (cell.strip("`") for cell in layouts[configuration["layout"]])
    assert dtype in (permitted, V2_DTYPES[permitted])
    axes = shape.strip("[]").split(", ")
    assert len(chunk) == len(axes)
    assert all(size == int(axis) for size, axis in zip(chunk, axes) if axis.isdigit())


def assert_valid_shards(array: dict[str, Any]) -> None:
    """The codec inside the shards of an array's document."""
    (sharding,) = (codec["configuration"] for codec in array["codecs"])
    (codec,) = sharding["codecs"]
    V3.validate(codec)
    assert_fits(codec["configuration"], array["data_type"], sharding["chunk_shape"])


def test_the_readme_has_the_sections_that_the_registry_asks_for() -> None:
    headings = re.findall(r"^## (.*)", README, re.M)
    assert headings == [
        "Codec name",
        "Configuration parameters",
        "Example",
        "Supported data types",
        "Supported chunk shapes",
        "Format and algorithm",
        "Example data",
        "Zarr version 2 and numcodecs",
        "Interoperability",
        "Implementations",
        "Change log",
        "Current maintainers",
    ]
    assert all(section(heading).strip() for heading in headings)
    assert README.startswith("# ") and "`array -> bytes` codec" in README.split("## ")[0]
    assert f"MUST be `{NAME}`" in section("Codec name")
    algorithm = section("Format and algorithm")
    assert re.findall("^### (.*)", algorithm, re.M) == [
        *("Decoding", "Encoding", "Empty and damaged chunks")
    ]
    assert "[pixels.md]" in algorithm


def test_the_readme_lists_every_parameter_and_value() -> None:
    text = section("Configuration parameters")
    assert re.findall(r"^### `(\w+)` \(Required\)", text, re.M) == list(USUAL)
    for value in itertools.chain(*KNOWN.values()):
        assert f'`"{value}"`' in text
    layouts = {cells[0].strip('`"'): cells[1].strip("`") for cells in rows(text)}
    assert layouts == DTYPES
    assert tuple(layouts) == KNOWN["layout"]


def test_the_readme_has_valid_examples() -> None:
    (array,) = json_blocks(section("Example"))
    assert_valid_shards(array)
    (numcodecs,) = json_blocks(section("Zarr version 2 and numcodecs"))
    V2.validate(numcodecs)


def test_example_data() -> None:
    """Each folder is an array; its chunk and expected values are those of a vector."""
    seen = set()
    for link, name, layout, digest in rows(section("Example data")):
        path = FOLDER / re.findall(r"\]\(\./(.*?)\)", link)[0]
        document = schemas.parse(path.read_bytes())
        if document["zarr_format"] == 2:
            (codec,) = document["filters"]
            V2.validate(codec)
            configuration, dtype, chunk = codec, document["dtype"], document["chunks"]
            key = ".".join(["0"] * len(chunk))
        else:
            (codec,) = document["codecs"]
            V3.validate(codec)
            configuration, dtype = codec["configuration"], document["data_type"]
            chunk = document["chunk_grid"]["configuration"]["chunk_shape"]
            key = "/".join(["c", *["0"] * len(chunk)])
        assert_fits(configuration, dtype, chunk)
        expected = vector(name.strip("`"), layout.strip("`"))
        assert configuration["layout"] == expected["layout"]
        assert document["shape"] == chunk
        assert chunk[1:3] == [expected["height"], expected["width"]]
        frame = (path.parent / key).read_bytes()
        assert hashlib.sha256(frame).hexdigest() == expected["frame_sha256"]
        assert digest.strip("`") == expected["sha256"]
        seen.add(path.parent)
    assert seen == set((FOLDER / "examples").iterdir())


def test_links_have_targets() -> None:
    """The registry checks links. Links to files outside the folder are definitions at the end of
    README.md, which the pull request replaces."""
    definition = re.compile(r"^\[([^]]+)\]: (\S+)\n", re.M)
    definitions = dict(definition.findall(README))
    text = re.sub(r"```.*?```|`[^`]*`", "", definition.sub("", README), flags=re.S)
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert target.startswith("./") and (FOLDER / target).is_file(), target
    for target in definitions.values():
        assert (FOLDER / target).is_file(), target
    assert set(re.findall(r"\[([^]\[]+)\](?!\()", text)) == set(definitions)
