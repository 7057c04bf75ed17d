"""Sparse elimination on paper: pivots on the diagonal in Markowitz order, fill known before any number is.

The matrix is I/(gamma h) - J. Its diagonal is always there and grows as the step shrinks, so diagonal pivots are safe:
a step that makes one vanish yields NaN, is rejected and tried again smaller.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Elimination:
    """order: pivots; entries: positions that hold a number (pattern, diagonal and fill), in storage order."""

    size: int
    order: tuple[int, ...]
    entries: tuple[tuple[int, int], ...]
    updates: tuple[tuple[int, int, tuple[int, ...]], ...]  # (pivot, row, columns): row -= row[pivot]/pivot * pivot row

    @property
    def slots(self) -> dict[tuple[int, int], int]:
        """Where each position is stored."""
        return {entry: slot for slot, entry in enumerate(self.entries)}


def eliminate(size: int, pattern: set[tuple[int, int]]) -> Elimination:
    """Order the pivots so that fill stays small; ties go to the lower index, so the order is reproducible."""
    rows: list[set[int]] = [{i} for i in range(size)]
    columns: list[set[int]] = [{i} for i in range(size)]
    for i, j in pattern:
        rows[i].add(j)
        columns[j].add(i)
    filled = {(i, i) for i in range(size)} | set(pattern)
    left, order, updates = set(range(size)), [], []
    while left:
        pivot = min(left, key=lambda k: (_cost(k, rows, columns, left), k))
        order.append(pivot)
        left.discard(pivot)
        across = tuple(sorted(j for j in rows[pivot] if j in left))
        for i in sorted(r for r in columns[pivot] if r in left):
            updates.append((pivot, i, across))
            for j in across:
                rows[i].add(j)
                columns[j].add(i)
                filled.add((i, j))
    return Elimination(size, tuple(order), tuple(sorted(filled)), tuple(updates))


def _cost(k: int, rows: list[set[int]], columns: list[set[int]], left: set[int]) -> int:
    return (len(rows[k] & left) - 1) * (len(columns[k] & left) - 1)
