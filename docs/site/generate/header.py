"""The public C header as reStructuredText for Sphinx's C domain.

The header's form is that of include/camzarr.h: a comment stands before what it describes, without a
blank line between, or behind a member on its line; `/* ---- Title ---- */` begins a section.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

SECTION = re.compile(r"/\* -{4} (.+?) -{2,}[ *\n]*(.*?)\*/", re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
ITEM = re.compile(
    r"""(?P<comment>/\*.*?\*/)\s*?
      | (?P<group>(?:typedef\s+)?(?P<kind>enum|struct)\s*(?P<tag>\w*)\s*\{.*?^\}\s*\w*;)
      | (?P<opaque>typedef\s+struct\s+(?P<name>\w+)\s+\w+;)
      | (?P<function>CZ_API\b.*?\)\s*;)
      | \#define[ ](?P<macro>CZ_\w+)[ ]*(?:[^\n]*\\\n)*[^\n]*
      | (?P<blank>\n[ \t]*\n)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
MEMBER = re.compile(r"(?P<before>/\*.*?\*/)\s*|(?P<what>[^;/]+?);[ ]*(?P<after>/\*.*?\*/)?", re.DOTALL)
ERRORS = re.compile(r"\s(Errors|Errors of a frame|Further errors of a frame):\s")
CODE = 4  # columns by which code is indented
ENUMERATOR = re.compile(r"(?P<name>CZ_\w+)(?P<value>\s*=\s*-?\d+)?,?[ ]*(?P<comment>/\*.*?\*/)?", re.DOTALL)


def words(comment: str | None) -> str:
    """A comment's text, without its frame of stars."""
    if not comment:
        return ""
    lines = comment[2:-2].strip("\n").split("\n")
    lines = [re.sub(r"^ {0,3}\*(?: |$)", "", line) for line in lines]
    first, rest = lines[0].strip(), textwrap.dedent("\n".join(lines[1:]))
    return f"{first}\n{rest}".strip()


def marked(text: str, known: dict[str, str]) -> str:
    """A comment as reStructuredText: names of the header are links."""

    def name(match: re.Match[str]) -> str:
        word, call = match[1], match[2] or ""
        end = "\\ " if match[3] else ""
        if word in known:
            return f":c:{known[word]}:`{word}`{end}"
        return f"``{word}{call}``{end}"

    out: list[str] = []
    code = False
    for line in ERRORS.sub(r"\n\n**\1:** ", text).split("\n"):
        deep = len(line) - len(line.lstrip())
        if deep >= CODE:
            if not code:
                out += ["", "  ::" if deep > CODE else "::", ""]
            out.append(line)
            code = True
            continue
        item, inside = line.startswith("- "), line.startswith("  ")
        listed = bool(out) and out[-1].startswith(("- ", "  "))
        if code or (out and out[-1] and item != listed and not (inside and listed) and not (item and listed)):
            out.append("")
        out.append(_inline(line, name))
        code = False
    return "\n".join(out)


def _inline(line: str, name: Callable[[re.Match[str]], str]) -> str:
    """A line of text: literals as they are, names as `name` gives them."""
    parts = re.split(r"`([^`]+)`", line)
    for i, part in enumerate(parts):
        if i % 2:
            parts[i] = f"``{part}``"
        else:
            part = re.sub(r"([*|\\])", r"\\\1", part.replace("**", "\0"))
            part = re.sub(r"\b(cz|CZ)_(?!\w)", r"\1\\_", part)
            part = re.sub(r"\b((?:cz|CZ)_\w+)(\(\))?(?=(\w|\()?)", name, part)
            parts[i] = part.replace("\0", "**")
    return "".join(parts)


def tidy(code: str) -> str:
    return re.sub(r"\s+", " ", code.replace("CZ_API ", "")).strip().rstrip(";")


class Reference:
    """Collects the header's declarations, section by section."""

    def __init__(self, header: str) -> None:
        self._header = header
        self._known = self._names(header)
        self._out: list[str] = []
        self._section = ""
        self.documented: list[str] = []

    @staticmethod
    def _names(header: str) -> dict[str, str]:
        code = COMMENT.sub("", header)
        known = dict.fromkeys(re.findall(r"\b(cz_\w+)\(", code), "func")
        known |= dict.fromkeys(re.findall(r"#define (CZ_\w+)", code), "macro")
        for body in re.findall(r"enum[^{;]*\{(.*?)\}", code, re.DOTALL):
            known |= dict.fromkeys(re.findall(r"\b(CZ_\w+)", body), "enumerator")
        known |= dict.fromkeys(re.findall(r"typedef struct (cz_\w+)", code), "struct")
        known |= dict.fromkeys(re.findall(r"typedef enum (cz_\w+)", code), "enum")
        known.pop("CZ_API", None)
        return known

    def _put(self, text: str, depth: int = 0) -> None:
        self._out.append(textwrap.indent(text, "   " * depth) if text else "")

    def _describe(self, comment: str, depth: int) -> None:
        if comment:
            self._put(marked(comment, self._known), depth)
        self._put("")

    def _directive(self, kind: str, what: str, comment: str, depth: int = 0) -> None:
        self._put(f".. c:{kind}:: {what}", depth)
        self._put("")
        self._describe(comment, depth + 1)

    def _members(self, body: str, depth: int) -> None:
        nested = re.compile(r"struct\s*\{(.*?)\}\s*(\w+)\[(\d+)\];", re.DOTALL)
        for match in nested.finditer(body):
            inner, name, number = match.groups()
            self._directive("struct", f"@{name}", f"An element of `{name}[{number}]`.", depth)
            self._members(inner, depth + 1)
        before = ""
        for match in MEMBER.finditer(nested.sub(r"@\2 \2[\3];", body)):
            if match["before"]:
                before = words(match["before"])
                continue
            what, comment = tidy(match["what"]), before or words(match["after"])
            before = ""
            if what.startswith("uint64_t reserved"):
                comment = comment or "Zero."
            kind, *names = re.split(r",\s*(?![^(]*\))", what)
            base = re.match(r"(.*?)[*\w\[\]]+$", kind)
            self._directive("member", kind, comment, depth)
            for name in names:
                self._directive(
                    "member", f"{base[1] if base else ''}{name}", "As above." if comment else "", depth
                )

    def _group(self, match: re.Match[str], comment: str) -> None:
        body = match["group"][match["group"].index("{") + 1 : match["group"].rindex("}")]
        kind, tag = match["kind"], match["tag"]
        if kind == "struct":
            self.documented.append(tag)
            self._directive("struct", tag, comment)
            self._members(body, 1)
            return
        self._directive("enum", tag or f"@{self._anonymous()}", comment)
        for item in ENUMERATOR.finditer(body):
            value = tidy(item["value"] or "")
            self.documented.append(item["name"])
            self._directive("enumerator", f"{item['name']} {value}".strip(), words(item["comment"]), 1)

    def _anonymous(self) -> str:
        """The name of an enum that has none: its section's."""
        return re.sub(r"\W+", "_", self._section.lower())

    def _trailing(self, end: int) -> str:
        """The comment on the line on which a declaration ends."""
        line = re.match(r"[ ]+(/\*[^\n]*?\*/)", self._header[end:])
        return words(line[1]) if line else ""

    def _item(self, match: re.Match[str], comment: str) -> None:
        if match["group"]:
            self._group(match, comment)
        elif match["opaque"]:
            self.documented.append(match["name"])
            self._directive("struct", match["name"], comment)
        elif match["function"]:
            self.documented.append(re.search(r"(cz_\w+)\(", match["function"])[1])  # type: ignore[index]
            self._directive("function", tidy(match["function"]), self._trailing(match.end()) or comment)
        elif match["macro"] and match["macro"] != "CZ_API":
            self.documented.append(match["macro"])
            self._directive("macro", match["macro"], comment)

    def _begin(self, title: str, text: str) -> None:
        """A section."""
        self._section = title
        self._put(f"{title}\n{'-' * len(title)}\n")
        self._describe(words(f"/*{text}*/"), 0)

    def _trails(self, at: int) -> bool:
        """Whether a declaration ends on the line on which a comment begins."""
        return self._header.rfind(";", 0, at) > self._header.rfind("\n", 0, at)

    def rst(self, title: str) -> str:
        """The page."""
        intro = COMMENT.match(self._header)
        assert intro is not None, "the header begins with a comment"
        self._out = ["=" * len(title), title, "=" * len(title), "", ".. highlight:: c", ""]
        self._describe(words(intro[0]), 0)
        start = self._header.index("#define CZ_VERSION_MAJOR")
        start = self._header.rindex("/*", 0, start)
        comment = ""
        for match in ITEM.finditer(self._header, start):
            if match["blank"]:
                comment = ""
            elif match["comment"]:
                if section := SECTION.fullmatch(match["comment"]):
                    self._begin(*section.groups())
                elif not self._trails(match.start()):
                    comment = words(match["comment"])
            else:
                self._item(match, comment)
        return "\n".join(self._out) + "\n"


def reference(header: str, title: str = "C") -> str:
    """The header as a page."""
    return Reference(header).rst(title)
