"""A small part of Python to LLVM IR: functions on numbers and on arrays with named places. Made for `driver.py`.

What is known: int, float and bool numbers; arrays of these in the fields of named tuples; assignment, arithmetic, comparison,
`and or not`, `if while for-in-range continue return`, min, max, abs, calls of functions of the same file (written out in
place) and of machine code at an address. Everything else is refused by name. It reads the program's own source, never a
file of a user.
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

TRANSLATE_KINDS = {"i": "i64", "f": "double", "b": "i1"}
STORED = {"i": "i64", "f": "double", "b": "i8"}  # of an array's elements
BYTES = {"i": 8, "f": 8, "b": 1}
INTEGER = {ast.Lt: "slt", ast.LtE: "sle", ast.Gt: "sgt", ast.GtE: "sge", ast.Eq: "eq", ast.NotEq: "ne"}
REAL = {ast.Lt: "olt", ast.LtE: "ole", ast.Gt: "ogt", ast.GtE: "oge", ast.Eq: "oeq", ast.NotEq: "une"}
ARITHMETIC = {ast.Add: ("add", "fadd"), ast.Sub: ("sub", "fsub"), ast.Mult: ("mul", "fmul"), ast.Div: ("", "fdiv")}


class Value(NamedTuple):
    """A number: i (int64), f (float64) or b (bool), and its name or text in the IR."""

    kind: str
    name: str


class Array(NamedTuple):
    """An array in row order: kind of its elements, address, length of each axis."""

    kind: str
    pointer: str
    shape: tuple[Value, ...]


Layout = tuple[tuple[str, tuple[tuple[str, str, int], ...]], ...]
"""For every argument its name and fields: (field, kind, axes), or (field, "call", places) for a tuple of addresses."""


@dataclass
class Place:
    """One function written out: what its names stand for, where it ends, what it gives back."""

    names: dict[str, Any]
    end: str
    slots: dict[str, tuple[str, str]] = field(default_factory=dict)
    result: tuple[str, str] | None = None
    loops: list[str] = field(default_factory=list)


class Translator:
    """Writes one public function, `name(frame)`: frame points to the words of the layout."""

    def __init__(self, source: str, constants: Mapping[str, Any]) -> None:
        tree = ast.parse(source)
        self.functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
        self.constants = constants
        self.lines: list[str] = []
        self.slots: list[str] = []
        self.count = 0
        self.closed = False
        self.place = Place({}, "")

    def text(self, name: str, layout: Layout) -> str:
        """IR of the function of this name, whose arguments are laid out so."""
        arguments = self._frame(layout)
        self.inline(name, arguments)
        self.line("ret void")
        body = "\n".join([*self.slots, *self.lines])
        declared = "declare double @llvm.fabs.f64(double)"
        return f"{declared}\n\ndefine void @{name}(ptr noalias %frame) #0 {{\nentry:\n{body}\n}}\n"

    def _frame(self, layout: Layout) -> list[dict[str, Any]]:
        word = 0

        def load() -> Value:
            nonlocal word
            word += 1
            return Value("i", self.emit(f"load i64, ptr {self.emit(f'getelementptr i64, ptr %frame, i64 {word - 1}')}"))

        def one(kind: str, axes: int) -> Any:
            if kind == "call":
                return tuple(load() for _ in range(axes))
            pointer = self.emit(f"inttoptr i64 {load().name} to ptr")
            return Array(kind, pointer, tuple(load() for _ in range(axes)))

        return [{name: one(kind, axes) for name, kind, axes in fields} for _, fields in layout]

    # Writing

    def line(self, text: str) -> None:
        if not self.closed:
            self.lines.append(f"  {text}")

    def emit(self, text: str) -> str:
        self.count += 1
        self.line(f"%v{self.count} = {text}")
        return f"%v{self.count}"

    def label(self, word: str) -> str:
        self.count += 1
        return f"{word}{self.count}"

    def jump(self, label: str) -> None:
        self.line(f"br label %{label}")
        self.closed = True

    def branch(self, condition: Value, yes: str, no: str) -> None:
        self.line(f"br i1 {self.as_kind(condition, 'b').name}, label %{yes}, label %{no}")
        self.closed = True

    def begin(self, label: str) -> None:
        if not self.closed:
            self.jump(label)
        self.closed = False
        self.lines.append(f"{label}:")

    def slot(self, kind: str) -> tuple[str, str]:
        self.count += 1
        self.slots.append(f"  %s{self.count} = alloca {TRANSLATE_KINDS[kind]}")
        return kind, f"%s{self.count}"

    def put(self, slot: tuple[str, str], value: Value) -> None:
        self.line(f"store {TRANSLATE_KINDS[slot[0]]} {self.as_kind(value, slot[0]).name}, ptr {slot[1]}")

    def get(self, slot: tuple[str, str]) -> Value:
        return Value(slot[0], self.emit(f"load {TRANSLATE_KINDS[slot[0]]}, ptr {slot[1]}"))

    def as_kind(self, value: Value, kind: str) -> Value:
        """The same number as another kind; a float never becomes an int unasked."""
        if value.kind == kind:
            return value
        how = {
            "if": "sitofp i64 {} to double",
            "bf": "uitofp i1 {} to double",
            "bi": "zext i1 {} to i64",
            "ib": "icmp ne i64 {}, 0",
            "fb": "fcmp une double {}, 0.0",
        }
        if value.kind + kind not in how:
            raise TypeError("A float is put where an int is kept.")
        return Value(kind, self.emit(how[value.kind + kind].format(value.name)))

    # Statements

    def inline(self, name: str, arguments: Sequence[Any]) -> Value | None:
        """A call, written out here."""
        node, before = self.functions[name], self.place
        end = self.label("end")
        self.place = Place(dict(zip((a.arg for a in node.args.args), arguments, strict=True)), end)
        self.block(node.body)
        self.begin(end)
        result = self.get(self.place.result) if self.place.result else None
        self.place = before
        return result

    def block(self, body: Sequence[ast.stmt]) -> None:
        for node in body:
            getattr(self, f"do_{type(node).__name__}", self.refuse)(node)

    def refuse(self, node: ast.AST) -> Any:
        raise TypeError(f"{type(node).__name__} at line {getattr(node, 'lineno', 0)} is not translated.")

    def do_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):
            self.value(node.value)

    def do_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.targets[0], ast.Tuple):
            assert isinstance(node.value, ast.Tuple)
            values = [self.value(v) for v in node.value.elts]
            for target, value in zip(node.targets[0].elts, values, strict=True):
                self.assign(target, value)
        else:
            value = self.value(node.value)
            for target in node.targets:
                self.assign(target, value)

    def assign(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Subscript):
            array, address = self.element(target)
            kind = STORED[array.kind]
            name = self.as_kind(value, array.kind).name
            if array.kind == "b":
                name = self.emit(f"zext i1 {name} to i8")
            self.line(f"store {kind} {name}, ptr {address}, align {BYTES[array.kind]}")
            return
        assert isinstance(target, ast.Name) and target.id not in self.place.names
        if target.id not in self.place.slots:
            self.place.slots[target.id] = self.slot(value.kind)
        self.put(self.place.slots[target.id], value)

    def do_AugAssign(self, node: ast.AugAssign) -> None:
        self.assign(node.target, self.arithmetic(node.op, self.value(node.target), self.value(node.value)))

    def do_If(self, node: ast.If) -> None:
        yes, no, after = self.label("then"), self.label("else"), self.label("after")
        self.branch(self.value(node.test), yes, no)
        self.begin(yes)
        self.block(node.body)
        if not self.closed:
            self.jump(after)
        self.begin(no)
        self.block(node.orelse)
        self.begin(after)

    def do_While(self, node: ast.While) -> None:
        head, body, after = self.label("while"), self.label("do"), self.label("done")
        self.begin(head)
        self.branch(self.value(node.test), body, after)
        self.loop(body, node.body, head)
        self.jump(head)
        self.begin(after)

    def do_For(self, node: ast.For) -> None:
        assert isinstance(node.iter, ast.Call) and isinstance(node.target, ast.Name)
        ends = [self.value(a) for a in node.iter.args]
        head, body, step, after = (self.label(w) for w in ("for", "do", "next", "done"))
        self.assign(node.target, ends[0] if len(ends) == 2 else Value("i", "0"))
        slot = self.place.slots[node.target.id]
        self.begin(head)
        self.branch(Value("b", self.emit(f"icmp slt i64 {self.get(slot).name}, {ends[-1].name}")), body, after)
        self.loop(body, node.body, step)
        self.begin(step)
        self.put(slot, Value("i", self.emit(f"add i64 {self.get(slot).name}, 1")))
        self.jump(head)
        self.begin(after)

    def loop(self, label: str, body: Sequence[ast.stmt], again: str) -> None:
        self.begin(label)
        self.place.loops.append(again)
        self.block(body)
        self.place.loops.pop()

    def do_Continue(self, node: ast.Continue) -> None:
        self.jump(self.place.loops[-1])

    def do_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            value = self.value(node.value)
            self.place.result = self.place.result or self.slot(value.kind)
            self.put(self.place.result, value)
        self.jump(self.place.end)

    # Expressions

    def value(self, node: ast.expr) -> Any:
        return getattr(self, f"of_{type(node).__name__}", self.refuse)(node)

    def of_Constant(self, node: ast.Constant) -> Value:
        return self.constant(node.value)

    def constant(self, value: Any) -> Value:
        if isinstance(value, bool):
            return Value("b", str(value).lower())
        if isinstance(value, int):
            return Value("i", str(value))
        return Value("f", "0x" + struct.pack(">d", value).hex().upper())

    def of_Name(self, node: ast.Name) -> Any:
        if node.id in self.place.slots:
            return self.get(self.place.slots[node.id])
        return self.place.names[node.id] if node.id in self.place.names else self.constant(self.constants[node.id])

    def of_Attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.value, ast.Name) and node.value.id == "np":
            return self.constant(float(node.attr))
        whole = self.value(node.value)
        return whole.shape if isinstance(whole, Array) and node.attr == "shape" else whole[node.attr]

    def of_Subscript(self, node: ast.Subscript) -> Value:
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            assert isinstance(node.slice, ast.Constant)
            found: Value = self.value(node.value)[node.slice.value]
            return found
        array, address = self.element(node)
        read = self.emit(f"load {STORED[array.kind]}, ptr {address}, align {BYTES[array.kind]}")
        return Value(array.kind, self.emit(f"icmp ne i8 {read}, 0") if array.kind == "b" else read)

    def element(self, node: ast.Subscript) -> tuple[Array, str]:
        array = self.value(node.value)
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        offset = "0"
        for length, place in zip(array.shape, places, strict=True):
            offset = self.emit(f"mul nsw i64 {offset}, {length.name}")
            offset = self.emit(f"add nsw i64 {offset}, {self.as_kind(self.value(place), 'i').name}")
        return array, self.emit(f"getelementptr inbounds {STORED[array.kind]}, ptr {array.pointer}, i64 {offset}")

    def of_BinOp(self, node: ast.BinOp) -> Value:
        return self.arithmetic(node.op, self.value(node.left), self.value(node.right))

    def arithmetic(self, op: ast.operator, a: Value, b: Value) -> Value:
        whole, real = ARITHMETIC[type(op)] if type(op) in ARITHMETIC else self.refuse(op)
        if "f" in (a.kind, b.kind) or not whole:
            x, y = self.as_kind(a, "f"), self.as_kind(b, "f")
            return Value("f", self.emit(f"{real} double {x.name}, {y.name}"))
        x, y = self.as_kind(a, "i"), self.as_kind(b, "i")
        return Value("i", self.emit(f"{whole} i64 {x.name}, {y.name}"))

    def of_UnaryOp(self, node: ast.UnaryOp) -> Value:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return Value("b", self.emit(f"xor i1 {self.as_kind(value, 'b').name}, true"))
        if not isinstance(node.op, ast.USub):
            self.refuse(node.op)
        return self.arithmetic(ast.Sub(), self.constant(-0.0) if value.kind == "f" else self.constant(0), value)

    def of_Compare(self, node: ast.Compare) -> Value:
        assert len(node.ops) == 1
        return self.compare(type(node.ops[0]), self.value(node.left), self.value(node.comparators[0]))

    def compare(self, op: type[ast.cmpop], a: Value, b: Value) -> Value:
        if "f" in (a.kind, b.kind):
            x, y = self.as_kind(a, "f"), self.as_kind(b, "f")
            return Value("b", self.emit(f"fcmp {REAL[op]} double {x.name}, {y.name}"))
        x, y = self.as_kind(a, "i"), self.as_kind(b, "i")
        return Value("b", self.emit(f"icmp {INTEGER[op]} i64 {x.name}, {y.name}"))

    def of_BoolOp(self, node: ast.BoolOp) -> Value:
        """What comes later is looked at only where it decides."""
        slot, after = self.slot("b"), self.label("known")
        for operand in node.values:
            value = self.as_kind(self.value(operand), "b")
            self.put(slot, value)
            more = self.label("more")
            self.branch(
                value, more if isinstance(node.op, ast.And) else after, after if isinstance(node.op, ast.And) else more
            )
            self.begin(more)
        self.begin(after)
        return self.get(slot)

    def of_IfExp(self, node: ast.IfExp) -> Value:
        yes, no, after = self.label("then"), self.label("else"), self.label("after")
        self.branch(self.value(node.test), yes, no)
        self.begin(yes)
        value = self.value(node.body)
        slot = self.slot(value.kind)
        self.put(slot, value)
        self.jump(after)
        self.begin(no)
        self.put(slot, self.value(node.orelse))
        self.begin(after)
        return self.get(slot)

    def of_Call(self, node: ast.Call) -> Any:
        assert isinstance(node.func, ast.Name)
        name, arguments = node.func.id, [self.value(a) for a in node.args]
        if name in self.functions:
            return self.inline(name, arguments)
        if name in ("min", "max"):
            return self.pick(ast.Lt if name == "min" else ast.Gt, *arguments)
        if name == "abs":
            return Value("f", self.emit(f"call double @llvm.fabs.f64(double {arguments[0].name})"))
        if name == "power":
            return Value("f", self.emit(f"call double @power(double {arguments[0].name}, double {arguments[1].name})"))
        if name == "call":
            (address,), places = arguments
            target, *given = (self.emit(f"inttoptr i64 {p.name} to ptr") for p in (address, *places))
            self.line(f"call void {target}({', '.join(f'ptr {p}' for p in given)})")
            return None
        return self.refuse(node)

    def pick(self, op: type[ast.cmpop], a: Value, b: Value) -> Value:
        """The first, unless the second is less (or more), as Python does."""
        kind = "f" if "f" in (a.kind, b.kind) else "i"
        x, y = self.as_kind(a, kind), self.as_kind(b, kind)
        chosen = self.compare(op, y, x).name
        return Value(
            kind, self.emit(f"select i1 {chosen}, {TRANSLATE_KINDS[kind]} {y.name}, {TRANSLATE_KINDS[kind]} {x.name}")
        )
