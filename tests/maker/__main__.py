"""python -m maker CASE OUT.mov | --list [KIND]"""

from __future__ import annotations

import sys
from pathlib import Path

from .registry import cases, make, registered

USAGE = "usage: python -m maker CASE OUT.mov | --list [KIND]"


def main(arguments: list[str]) -> int:
    """Make one file and describe it, or list the cases."""
    match arguments:
        case ["--list", *kind] if len(kind) < 2:
            everything = registered()
            for name in cases(kind[0]) if kind else everything:
                print(f"{everything[name].kind:10} {name:28} {everything[name].summary}")
        case [name, out] if name in registered():
            made = make(name, Path(out))
            print(f"{made.path}: {made.length} bytes, {len(made.frames)} frames, {made.outcome}")
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
