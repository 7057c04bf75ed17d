"""How far a reader walks: files entered and climbs back up, of a dose from its file to the solver and of a whole study.

    python benchmarks/walk.py [--tree DIR]     DIR: a checkout with its sources in src/ (this one by default)

Every function is counted once, when it is first called, in the order of the run. A *stay* is a run of such calls in one
file; a *climb* is a step into a room that the import contract (pyproject.toml of that tree) puts above the one it comes from.
Fewer of either is better. Figures of the tree follow: lines of its largest room, and how often `dict[str, Any]` is written.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import tomllib
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def rooms_of(tree: Path) -> dict[str, int]:
    """Height of each room in the import contract, 0 at the bottom."""
    contracts = tomllib.loads((tree / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    names = [[n.strip(" ()").rpartition(".")[2] for n in layer.split("|")] for layer in layers]
    return {name: height for height, group in enumerate(reversed(names)) for name in group}


class Walk:
    """The first call of every function of a tree, in the order of the run."""

    def __init__(self, source: Path) -> None:
        self.source, self.files, self.seen = str(source), list[str](), set[Any]()

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event != "call" or code in self.seen or not code.co_filename.startswith(self.source):
            return
        self.seen.add(code)
        if code.co_name not in ("<module>", "<lambda>", "<genexpr>", "<listcomp>", "<dictcomp>"):
            self.files.append(code.co_filename[len(self.source) + 1 :])

    def counts(self, heights: dict[str, int]) -> dict[str, int]:
        """functions, stays, files, climbs."""
        stays = [f for f, before in zip(self.files, ["", *self.files], strict=False) if f != before]
        at = [heights.get(Path(f).parts[0].removesuffix(".py"), 0) for f in stays]
        climbs = sum(b > a for a, b in zip(at, at[1:], strict=False))
        return {"functions": len(self.files), "stays": len(stays), "files": len(set(stays)), "climbs": climbs}


def walked(source: Path, words: list[str], heights: dict[str, int]) -> dict[str, int]:
    """What a command walks through, the solver included."""
    from osteon.cli import main

    walk = Walk(source)
    sys.setprofile(walk)
    try:
        main(words)
    finally:
        sys.setprofile(None)
    return walk.counts(heights)


def size(source: Path) -> dict[str, Any]:
    """Lines of the whole and of its largest room, and how often `dict[str, Any]` is written."""
    texts = {f.relative_to(source): f.read_text(encoding="utf-8") for f in source.rglob("*.py")}
    rooms: dict[str, int] = {}
    for path, text in texts.items():
        rooms[path.parts[0]] = rooms.get(path.parts[0], 0) + text.count("\n")
    largest = max(rooms, key=lambda r: rooms[r])
    whole = sum(rooms.values())
    share = round(rooms[largest] / whole, 3)
    anything = sum(t.count("dict[str, Any]") for t in texts.values())
    return {
        "lines": whole,
        "largest_room": largest,
        "lines_of_it": rooms[largest],
        "share": share,
        "dict_str_any": anything,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tree", type=Path, default=ROOT)
    tree = parser.parse_args().tree.resolve()
    source = tree / "src" / "osteon"
    sys.path.insert(0, str(tree / "src"))
    heights = rooms_of(tree)
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "out").open("w") as quiet:
        stdout, sys.stdout = sys.stdout, quiet
        try:
            dose = walked(source, ["simulate", str(tree / "examples" / "scenario_woman.toml")], heights)
            study = walked(source, ["run", str(tree / "examples" / "stopping_denosumab.toml"), "--out", f"{folder}/run", "--patients", "2"], heights)  # fmt: skip
        finally:
            sys.stdout = stdout
    print(json.dumps({"dose": dose, "study": study, "tree": size(source)}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
