"""What Python believes of camzarr.h is what the compiler makes of it."""

from __future__ import annotations

import ctypes

import pytest

from camzarr import _native
from camzarr.codec import _MATRICES
from camzarr.errors import BY_CODE
from camzarr.views import FIELDS, LAYOUTS
from conftest import ROOT, run

STRUCTS = {
    "cz_statistics": _native.CStatistics,
    "cz_error": _native.CError,
    "cz_network": _native.CNetwork,
    "cz_options": _native.COptions,
    "cz_progress": _native.CProgress,
    "cz_convert_job": _native.CConvertJob,
    "cz_report": _native.CReport,
    "cz_finding": _native.CFinding,
    "cz_verify_job": _native.CVerifyJob,
    "cz_remove_job": _native.CRemoveJob,
    "cz_match": _native.CMatch,
    "cz_found": _native.CFound,
    "cz_find_job": _native.CFindJob,
    "cz_scene": _native.CScene,
    "cz_overview": _native.COverview,
    "cz_analyse_job": _native.CAnalyseJob,
    "cz_analyse_report": _native.CAnalyseReport,
    "cz_facts": _native.CFacts,
    "cz_audio_facts": _native.CAudioFacts,
    "cz_catalog_job": _native.CCatalogJob,
    "cz_catalog_report": _native.CCatalogReport,
    "cz_request": _native.CRequest,
    "cz_view": _native.CView,
    "cz_shape": _native.CShape,
}
LAYOUT = {"native": "CZ_NATIVE", "gray16le": "CZ_GRAY16", "rgb48le": "CZ_RGB48"}
STATISTIC = {"size": "CZ_FRAME_BYTES", "flags": "CZ_PICTURE_FLAGS"}
ENUMS: dict[str, int] = (
    {f"CZ_{name.upper()}": i for i, name in enumerate(_native.COLUMNS)}
    | {f"CZ_{name.upper().replace('-', '_')}": i for i, name in enumerate(FIELDS)}
    | {f"CZ_{name.upper()}": code for name, code in _MATRICES.items()}
    | {STATISTIC.get(name, f"CZ_{name.upper()}"): i for i, name in enumerate(_native.STATISTICS)}
    | {
        LAYOUT.get(name, f"CZ_{name.removesuffix('le').upper()}"): layout.code
        for name, layout in LAYOUTS.items()
    }
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """Sizes, offsets, and values of constants, by name."""
    folder = tmp_path_factory.mktemp("abi")
    lines = [f'printf("{name} %zu\\n", sizeof({name}));' for name in STRUCTS]
    for name, struct in STRUCTS.items():
        for member in struct._fields_:
            lines.append(f'printf("{name}.{member[0]} %zu\\n", offsetof({name}, {member[0]}));')
    lines += [f'printf("{name} %d\\n", {name});' for name in ENUMS]
    source = folder / "abi.c"
    source.write_text("#include <camzarr.h>\n#include <stdio.h>\nint main(void) {" + "\n".join(lines) + "}")
    run("cc", "-I", ROOT / "include", source, "-o", folder / "abi")
    rows = run(folder / "abi").decode().splitlines()
    return {name: int(value) for name, value in (row.split() for row in rows)}


@pytest.mark.parametrize("name", STRUCTS)
def test_structs(name: str, told: dict[str, int]) -> None:
    struct = STRUCTS[name]
    for member in struct._fields_:
        assert getattr(struct, member[0]).offset == told[f"{name}.{member[0]}"], member[0]
    assert ctypes.sizeof(struct) == told[name], "a member is missing"


def test_constants(told: dict[str, int]) -> None:
    assert {name: told[name] for name in ENUMS} == ENUMS


def test_codes() -> None:
    """By the words that the library has for them."""
    _native._lib.cz_code_name.restype = ctypes.c_char_p
    for code, kind in BY_CODE.items():
        assert _native._lib.cz_code_name(code).decode() == kind.code
    assert _native._lib.cz_code_name(min(BY_CODE) - 1) == b"unknown"

