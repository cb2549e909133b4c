"""Links between documents, as they stand in the repository, turned into links of the site."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

LINK = re.compile(r"(\]\(|^\[[^\]\n]+\]: )(?!https?:|mailto:|#)([^)\s#]+)", re.MULTILINE)
CODE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


class BrokenLinkError(Exception):
    """A document names a file that does not exist."""


class Links:
    """Where each file of the repository is on the site.

    Parameters
    ----------
    root : Path
        The repository.
    pages : mapping
        The site's page or picture, as "manual/format.md", of each file or folder of the repository,
        as "docs/format.md".
    """

    def __init__(self, root: Path, pages: Mapping[str, str]) -> None:
        self._root = root
        self._pages = pages
        self.files: dict[str, str] = {}  # linked files that are no pages: to be copied as they are

    def _target(self, source: str, target: str) -> str:
        """The site's place of what a document links to."""
        path = PurePosixPath(os.path.normpath(PurePosixPath(source).parent / target)).as_posix()
        if path in self._pages:
            return self._pages[path]
        if not (self._root / path).is_file():
            raise BrokenLinkError(f"{source}: no page for the link to {target}")
        return self.files.setdefault(path, f"files/{path}")

    def rewrite(self, source: str, text: str) -> str:
        """A document's Markdown with the site's links; code blocks stay as they are."""
        page = PurePosixPath(self._pages[source]).parent

        def link(match: re.Match[str]) -> str:
            return match[1] + os.path.relpath(self._target(source, match[2]), page)

        parts, at = [], 0
        for code in CODE.finditer(text):
            parts += [LINK.sub(link, text[at : code.start()]), code[0]]
            at = code.end()
        return "".join([*parts, LINK.sub(link, text[at:])])
