"""A WebAssembly object becomes a module without a linker; what would need one is refused, with the reason."""

import struct

import pytest

from osteon.engine.machine import web_object
from osteon.engine.standalone import standalone
from osteon.engine.wasm import EXPORTS, layout, web_module
from osteon.errors import Unsupported
from osteon.model.expressions import symbol

ADD = "define double @add(double %a, double %b) {\n  %c = fadd double %a, %b\n  ret double %c\n}"
TWICE = "define double @twice(double %a) {\n  %c = fadd double %a, %a\n  ret double %c\n}"
TABLE = "@table = constant [2 x double] [double 1.0, double 2.0]\ndefine double @add(i32 %i) {\n"
TABLE += "  %p = getelementptr [2 x double], ptr @table, i32 0, i32 %i\n  %v = load double, ptr %p\n  ret double %v\n}"
ELSEWHERE = "declare double @sin(double)\ndefine double @add(double %a) {\n"
ELSEWHERE += "  %s = call double @sin(double %a)\n  ret double %s\n}"


def made(text):
    return web_object(text, TWICE, "+simd128")


def sections(module):
    at, found = 8, []
    while at < len(module):
        size = shift = 0
        place = at + 1
        while True:
            size |= (module[place] & 127) << shift
            shift, place = shift + 7, place + 1
            if module[place - 1] < 128:
                break
        found.append(module[at])
        at = place + size
    return found


def test_an_object_that_stands_alone_becomes_a_module():
    module = standalone(made(ADD), ("add", "twice"))
    assert module[:8] == b"\0asm" + struct.pack("<I", 1)
    assert 7 in sections(module) and 0 not in sections(module) and b"add" in module and b"twice" in module


@pytest.mark.parametrize(("text", "reason"), [(TABLE, "data"), (ELSEWHERE, "'?sin'?|function")])
def test_data_and_functions_from_elsewhere_are_refused(text, reason):
    with pytest.raises(Unsupported, match=reason) as refused:
        standalone(made(text), ("add",))
    assert refused.value.faults[0].code == "needs_linker" and refused.value.exit_code == 4


def test_another_kind_of_relocation_is_refused():
    code = made(ADD + "\ndefine i64 @at() {\n  ret i64 ptrtoint (ptr @add to i64)\n}")
    assert standalone(code, ("add", "at"))
    at = code.index(b"reloc.CODE") + len(b"reloc.CODE")
    patched = bytearray(code)
    patched[at + 2] = 3  # a relocation of an address in memory, in the place of the first
    with pytest.raises(Unsupported, match="relocation of kind 3"):
        standalone(bytes(patched), ("add",))


def test_a_name_that_is_not_there_is_refused():
    with pytest.raises(Unsupported, match="does not define the function 'drive'"):
        standalone(made(ADD), ("drive",))


def test_a_model_as_a_module_is_reproducible(one_compartment, tmp_path, monkeypatch):
    asked = {"twice": symbol("ke") * 2}
    modules = []
    for folder in ("a", "b"):
        monkeypatch.setenv("OSTEON_CACHE", str(tmp_path / folder))
        modules.append(web_module(one_compartment.traced, ("plasma", "absorption"), asked))
    assert modules[0] == modules[1] and all(name.encode() in modules[0].code for name in EXPORTS)
    assert modules[0].sizes["states"] == 2 and modules[0].sizes["formulas"] == 1
    other = web_module(one_compartment.traced, ("plasma", "absorption"), {"twice": symbol("ke") * 3})
    assert other.code != modules[0].code


def test_the_layout_names_what_the_driver_is_given():
    parts = dict(layout())
    assert [f[0] for f in parts["job"]][:4] == ["parameters", "start_state", "home", "times"]
    assert {f[0]: f[2] for f in parts["code"]}["for_attempt"] == 16
