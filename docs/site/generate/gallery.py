"""The gallery: a card with a picture for each notebook."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any, NamedTuple


PICTURE = {"floc": 1, "growth": 2, "mean_image": 1, "snails": 0}  # of a card, else the last one
LONG = 60  # characters after which a card's text ends with its sentence


class Card(NamedTuple):
    """What the gallery shows of a notebook."""

    name: str
    title: str
    text: str
    picture: bytes  # PNG


def _pictures(notebook: dict[str, Any]) -> list[bytes]:
    outputs = [out for cell in notebook["cells"] for out in cell.get("outputs", ())]
    found = [out["data"]["image/png"] for out in outputs if "image/png" in out.get("data", {})]
    return [base64.b64decode("".join(png)) for png in found]


def card(path: Path) -> Card:
    """Of a notebook whose first cell is a title and a paragraph."""
    notebook = json.loads(path.read_text())
    heading, _, text = "".join(notebook["cells"][0]["source"]).partition("\n")
    sentences = re.split(r"(?<=\.)\s", " ".join(text.split()))
    shown = sentences[0]
    for sentence in sentences[1:]:
        if len(shown) >= LONG:
            break
        shown += f" {sentence}"
    return Card(path.stem, heading.lstrip("# "), shown, _pictures(notebook)[PICTURE.get(path.stem, -1)])


HEAD = """---
html_theme.sidebar_secondary.remove: true
---

# Gallery

Notebooks that run as they are. They make a small archive themselves, so that what they measure can be
compared with what was put in; the code is the same for the real archive. "Show source" is the notebook.

"""


def page(cards: list[Card]) -> str:
    """The gallery, with the notebooks as its children."""
    grid = ["::::{grid} 1 2 2 3", ":gutter: 3", ""]
    for one in cards:
        grid += [f":::{{grid-item-card}} {one.title}", f":link: {one.name}", ":link-type: doc"]
        grid += [f":img-top: thumbnails/{one.name}.png", ":class-img-top: cz-thumbnail", "", one.text, ":::"]
    tree = ["```{toctree}", ":hidden:", "", *[one.name for one in cards], "```"]
    return HEAD + "\n".join([*grid, "::::", "", *tree]) + "\n"
