"""`./dev bench [--only PIECE …] [--missing] [--long] [--page] [--list]`: measures piece by piece, keeps every piece, writes the page.

./dev bench                         every piece, then the page (about an hour)
./dev bench --only diffrax-a        one piece, then the page
./dev bench --missing               what has no figure yet
./dev bench --page                  the page from what is kept
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from benchmarks.measure import load
from benchmarks.page import write_page
from benchmarks.pieces import PIECES, Piece
from benchmarks.results import keep, read_results

DOCS = Path(__file__).resolve().parent.parent / "docs"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--only", nargs="+", metavar="PIECE", choices=list(PIECES), help="these pieces: " + ", ".join(PIECES)
    )
    parser.add_argument("--missing", action="store_true", help="pieces without a figure")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page")
    parser.add_argument("--list", action="store_true", help="name the pieces")
    parser.add_argument("--long", action="store_true", help="long pieces, too")
    asked = parser.parse_args()
    if asked.list:
        print("\n".join(f"{p.name:<16}{p.about}" for p in PIECES.values()))
        return 0
    kept = read_results()
    names = [] if asked.page else asked.only or _wanted(asked.missing, asked.long, set(kept))
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    for name in names:
        _take(PIECES[name], cores)
        write_page(DOCS, read_results())
    write_page(DOCS, read_results())
    return 0


def _wanted(missing: bool, long: bool, kept: set[str]) -> list[str]:
    return [n for n, p in PIECES.items() if (long or not p.long) and not (missing and n in kept)]


def _take(piece: Piece, cores: set[int]) -> None:
    """Measure a piece on one core (or all) and keep it."""
    _say(f"{piece.name}: {piece.about}")
    if cores:
        os.sched_setaffinity(0, {max(cores)} if piece.core else cores)
    before, began = load(), time.perf_counter()
    try:
        found = piece.take(_say)
    except ImportError as error:
        _say(f"  not installed: {error}")
        return
    finally:
        if cores:
            os.sched_setaffinity(0, cores)
    keep(piece.name, found, before, load(), time.perf_counter() - began)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
