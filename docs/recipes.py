"""The recipes of CONTRIBUTING.md as files: read from its own code blocks, so that what is written there is what happens.

    ./dev new drug NAME     the files of "Add a drug", under another name (also: study, outcome, regulator, source, claim)

A block says behind its language what is done with it:  `new PATH`: a file;  `append PATH`: rows at the end of one;  a `diff` names
its file and shows lines with what stands before them;  `sh`: commands to run afterwards. Standard library only.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^( *)```(\w+) *([^\n]*)\n(.*?)^ *```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A code block: what is done (new, append, diff, sh), with which file, and its text."""

    action: str
    path: str
    text: str


def recipes(text: str) -> dict[str, tuple[Block, ...]]:
    """Blocks by recipe, from the sections "Add a …" of the document.

    >>> recipes("## Add a drug\\n```csv append a.csv\\nx,1\\n```\\n")
    {'drug': (Block(action='append', path='a.csv', text='x,1\\n'),)}
    """
    found = {}
    for title, body in re.findall(r"^## Add an? ([\w ]+)\n(.*?)(?=^## |\Z)", text, re.M | re.S):
        found[title.strip()] = tuple(_block(*m.groups()) for m in BLOCK.finditer(body))
    return found


def _block(indent: str, language: str, info: str, text: str) -> Block:
    body = re.sub(rf"^{indent}", "", text, flags=re.M)
    if language in ("sh", "diff"):
        return Block(language, info.strip(), body)
    action, _, path = info.strip().partition(" ")
    return Block(action, path, body)


def named(blocks: tuple[Block, ...], old: str, new: str) -> tuple[Block, ...]:
    """The same under another name, in lower and upper case and with a capital."""
    pairs = ((old, new), (old.upper(), new.upper()), (old.capitalize(), new.capitalize()))

    def changed(text: str) -> str:
        for a, b in pairs:
            text = text.replace(a, b)
        return text

    return tuple(Block(b.action, changed(b.path), changed(b.text)) for b in blocks)


def apply(blocks: tuple[Block, ...], root: Path) -> list[str]:
    """Write the files of a recipe; what was done, a line each. Raises ValueError, before anything is written, for what does not fit."""
    written: dict[Path, str] = {}
    done = []
    for block in blocks:
        path = root / block.path
        before = written.get(path, path.read_text(encoding="utf-8") if path.is_file() else "")
        if block.action == "new":
            if before:
                raise ValueError(f"{block.path} is there already.")
            written[path] = block.text
        elif block.action == "append":
            if not before:
                raise ValueError(f"{block.path} is not there.")
            written[path] = before.rstrip("\n") + "\n" + block.text
        elif block.action == "diff":
            written[path] = patched(before, block.text, block.path)
        if block.action in ("new", "append", "diff"):
            done.append(f"{block.path}: {'written' if block.action == 'new' else 'changed'}")
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return done


def patched(text: str, diff: str, place: str) -> str:
    """The text with the lines of a diff put in; `@@` parts its pieces. Raises ValueError where its context does not stand there once.

    >>> patched("a\\nb\\n", " a\\n+c\\n", "x")
    'a\\nc\\nb\\n'
    """
    for piece in re.split(r"^@@.*\n", diff, flags=re.M):
        lines = piece.splitlines()
        old = "".join(f"{line[1:]}\n" for line in lines if line[:1] in (" ", "-"))
        new = "".join(f"{line[1:]}\n" for line in lines if line[:1] in (" ", "+"))
        if not lines:
            continue
        if not old or ("\n" + text).count("\n" + old) != 1:
            raise ValueError(f"{place} does not hold these lines once:\n{old}")
        text = ("\n" + text).replace("\n" + old, "\n" + new)[1:]
    return text


def example_of(kind: str) -> str:
    """The name under which a kind stands in the document."""
    return {
        "drug": "examplumab", "study": "example_trial", "outcome": "example_marker", "regulator": "example_factor",
        "cell source": "example_tissue", "claim": "example1",
    }[kind]  # fmt: skip


def main(words: list[str]) -> int:
    """`new KIND NAME`."""
    known = recipes((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    short = {k.split()[-1]: k for k in known}
    if len(words) != 2 or words[0] not in short:
        print(f"./dev new KIND NAME, with KIND one of {', '.join(short)}.", file=sys.stderr)
        return 2
    kind, name = short[words[0]], words[1]
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", name):
        print(f"'{name}' is no name: small letters, digits and _, a letter first, 2 to 40 of them.", file=sys.stderr)
        return 2
    blocks = named(known[kind], example_of(kind), name)
    try:
        for line in apply(blocks, ROOT):
            print(line)
    except ValueError as error:
        print(f"Nothing was written. {error}", file=sys.stderr)
        return 2
    commands = [line for b in blocks if b.action == "sh" for line in b.text.splitlines()]
    print(
        "Its numbers are made up: put in yours, each with its source. Then:\n" + "\n".join(f"    {c}" for c in commands)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
