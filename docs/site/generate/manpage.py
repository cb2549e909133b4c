"""The manual page, mdoc, as Markdown for MyST."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

CALLABLE = {"Cm", "Fl", "Ar", "Li", "Em", "Nm", "Pa", "Ev", "Sx", "Xr", "Op", "Dq", "Sq", "Pq"}
CLOSING = {".", ",", ";", ":", ")", "]", "?", "!"}
FORMS = dict.fromkeys(("Cm", "Fl", "Li", "Pa", "Ev", "Nm"), "`{}`") | dict.fromkeys(("Ar", "Em"), "*{}*")
AROUND = {"Op": "[]", "Dq": "“”", "Sq": "‘’", "Pq": "()"}


def plain(word: str) -> str:
    """A word without roff's escapes."""
    return word.replace(r"\&", "").replace(r"\e", "\\").replace(r"\-", "-")


def anchor(title: str) -> str:
    """MyST's anchor of a heading."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _shown(macro: str, word: str, marked: bool) -> str:
    """One argument of a macro."""
    if macro == "Fl":
        word = f"-{word}"
    if macro == "Sx" and marked:
        return f"[{title(word)}](#{anchor(word)})"
    if not marked or macro not in FORMS:
        return word
    return FORMS[macro].format(word)


class Line:
    """A line of text and macros, put together word by word."""

    def __init__(self, marked: bool) -> None:
        self._marked = marked
        self._text = ""
        self._glue = True  # the next word follows without a space

    def add(self, word: str) -> None:
        closing = word in CLOSING
        space = "" if self._glue or closing or not self._text else " "
        self._text += space + word
        self._glue = word in ("(", "[")

    def join(self) -> None:
        """No space before the next word."""
        self._glue = True

    def macro(self, words: list[str]) -> None:
        """A macro and its arguments, in which other macros may stand."""
        name, *rest = words
        if name in AROUND:
            after: list[str] = []
            while rest and rest[-1] in CLOSING:
                after.insert(0, rest.pop())
            self.add(AROUND[name][0])
            self.join()
            self.words(rest)
            self.join()
            self.add(AROUND[name][1])
            self.words(after)
            return
        if name == "Ns":
            self.join()
        if name in ("Ns", "No"):
            self.words(rest)
            return
        if name == "Nm" and not (rest and rest[0] not in CALLABLE | CLOSING):
            rest = ["camzarr", *rest]
        if name == "Xr":
            self.add(f"{rest[0]}({rest[1]})")
            rest = rest[2:]
        if name == "Sx":
            self.add(_shown(name, rest[0], self._marked))
            rest = rest[1:]
        while rest and rest[0] not in CALLABLE | {"Ns", "No"}:
            word = plain(rest.pop(0))
            self.add(word if word in CLOSING | {"(", "|"} else _shown(name, word, self._marked))
        if rest:
            self.macro(rest)

    def words(self, words: list[str]) -> None:
        while words:
            if words[0] in CALLABLE | {"Ns", "No"}:
                self.macro(words)
                return
            self.add(plain(words[0]) if not self._marked else escaped(plain(words[0])))
            words = words[1:]

    def __str__(self) -> str:
        return self._text.replace("``", "")


def escaped(text: str) -> str:
    """Text without Markdown's marks."""
    return re.sub(r"([*_<>`])", r"\\\1", text)


def split(line: str) -> list[str]:
    """The words of a macro's line."""
    return shlex.split(line[1:].replace("\\", r"\\").replace("'", r"\'"))


def title(words: str) -> str:
    """A heading; the manual has them in capitals."""
    return words if words == "JSON" else words.capitalize()


def inline(words: list[str], marked: bool = True) -> str:
    """A line of macros as text, with Markdown's marks or without."""
    line = Line(marked)
    line.words(words)
    return str(line)


class Page:
    """Converts line by line; `indent` grows inside a list."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._indent: list[str] = []
        self._text: list[str] = []

    def _flush(self) -> None:
        if self._text:
            self._put(" ".join(self._text).replace("( ", "(").replace(" )", ")"))
            self._put("")
            self._text = []

    def _put(self, line: str) -> None:
        self._out.append("".join(self._indent) + line if line else "")

    def _item(self, words: list[str]) -> None:
        self._flush()
        if self._indent:
            self._indent.pop()
        self._put(inline(words))
        self._out.append("".join(self._indent) + ": " + "\0")  # the definition follows on this line
        self._indent.append("  ")

    def _synopsis(self, lines: Iterator[str]) -> None:
        commands: list[str] = []
        for line in lines:
            if line.startswith(".Sh"):
                break
            words = split(line)
            if words[0] == "Nm":
                commands.append("camzarr")
            else:
                commands[-1] += " " + inline(words, marked=False)
        self._out += ["```text", *commands, "```", ""]
        self._heading("##", line)

    def _heading(self, level: str, line: str) -> None:
        self._flush()
        self._out += [f"{level} {title(line[4:].strip())}", ""]

    def _literal(self, lines: Iterator[str]) -> None:
        self._flush()
        self._put("```console")
        for line in lines:
            if line.startswith(".Ed"):
                break
            start = "" if line.startswith(" ") or self._out[-1].endswith("\\") else "$ "
            self._put(start + plain(line))
        self._put("```")
        self._put("")

    def convert(self, text: str) -> str:
        lines = iter(text.splitlines())
        for line in lines:
            if not line.startswith("."):
                self._text.append(escaped(plain(line)))
                continue
            words = split(line)
            macro = words[0]
            if line.startswith(".Sh SYNOPSIS"):
                self._synopsis(lines)
            elif line.startswith(".Sh NAME"):
                next(lines), next(lines)
            elif macro in ("Sh", "Ss"):
                self._heading("##" if macro == "Sh" else "###", line)
            elif macro in ("Dd", "Dt", "Os", "Nd"):
                continue
            elif macro == "Pp":
                self._flush()
            elif macro == "Bl":
                self._flush()
                self._indent.append("")
            elif macro == "It":
                self._item(words[1:])
            elif macro == "El":
                self._flush()
                self._indent.pop()
            elif macro == "Bd":
                self._literal(lines)
            elif macro == "Dl":
                self._flush()
                self._out += ["```text", inline(words[1:], marked=False), "```", ""]
            elif macro == "Po":
                self._text.append("(" + inline(words[1:]))
            elif macro == "Pc":
                self._text[-1] += ")"
            else:
                self._text.append(inline(words))
        self._flush()
        return re.sub(r"\0\n *", "", "\n".join(self._out)) + "\n"


def markdown(text: str) -> str:
    """The page without its title."""
    return Page().convert(text)
