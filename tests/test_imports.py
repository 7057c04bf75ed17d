"""Modules import in one direction only, imports inside functions counted: a circle is a missing module."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src"
LARGEST_SHARE = 0.14  # of the lines of the source that one room may hold


def _name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


def _imports() -> dict[str, set[str]]:
    """Module -> modules of the product that it imports anywhere, except for type checkers."""
    files = {_name(p): p for p in SOURCE.rglob("*.py")}
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        found = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("osteon"):
                found |= {n for a in node.names if (n := f"{node.module}.{a.name}") in files} or {node.module}
            elif isinstance(node, ast.Import):
                found |= {a.name for a in node.names if a.name in files}
        graph[name] = {f for f in found if f in files and f != name}
    return graph


def _circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected groups of more than one module (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in graph[module]:
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in graph:
        if module not in index:
            visit(module)
    return found


def test_circles_are_seen():
    assert _circles({"a": {"b"}, "b": {"a"}, "c": {"a"}}) == [["a", "b"]]


def test_no_module_imports_in_a_circle():
    assert _circles(_imports()) == []


def test_no_room_holds_more_than_a_seventh_of_the_source():
    lines: dict[str, int] = {}
    for path in (SOURCE / "osteon").rglob("*.py"):
        parts = path.relative_to(SOURCE / "osteon").parts
        lines[parts[0]] = lines.get(parts[0], 0) + path.read_text(encoding="utf-8").count("\n")
    total = sum(lines.values())
    assert {room: n for room, n in lines.items() if n > LARGEST_SHARE * total} == {}
