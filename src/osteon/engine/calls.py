"""Two things Numba has no word for: calling machine code at an address, and borrowing arrays without counting them."""

from __future__ import annotations

import os

from osteon.engine.kernel import cache_folder

if (
    _folder := cache_folder()
) is not None:  # Numba's own choice fails where neither this folder nor HOME can be written
    os.environ.setdefault("NUMBA_CACHE_DIR", str(_folder / "numba"))

from llvmlite import ir  # noqa: E402
from numba import njit, types  # noqa: E402
from numba.core import cgutils  # noqa: E402
from numba.extending import intrinsic  # noqa: E402

__all__ = ["borrowed", "call2", "call5", "call6", "call16", "njit"]


def _caller(count: int):
    """A compiled call of the function at an address with `count` pointer arguments, handed over as integers."""

    @intrinsic
    def call(typingctx, address, arguments):  # type: ignore[no-untyped-def]
        signature = types.void(types.int64, types.UniTuple(types.int64, count))

        def build(context, builder, signature, args):  # type: ignore[no-untyped-def]
            kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * count)
            function = builder.inttoptr(args[0], kind.as_pointer())
            builder.call(function, [builder.extract_value(args[1], i) for i in range(count)])
            return context.get_dummy_value()

        return signature, build

    return call


@intrinsic
def borrowed(typingctx, kept):  # type: ignore[no-untyped-def]
    """The same named tuple, whose arrays are not counted: the caller keeps them, and counting would cost a third."""

    def build(context, builder, signature, args):  # type: ignore[no-untyped-def]
        values = cgutils.unpack_tuple(builder, args[0])
        for i, kind in enumerate(kept.types):
            if isinstance(kind, types.Array):
                array = context.make_array(kind)(context, builder, value=values[i])
                array.meminfo = cgutils.get_null_value(array.meminfo.type)
                values[i] = array._getvalue()
        return context.make_tuple(builder, signature.return_type, values)

    return kept(kept), build


call2 = _caller(2)
call5 = _caller(5)
call6 = _caller(6)
call16 = _caller(16)
