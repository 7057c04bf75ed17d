"""What the driver calls that is not its own: machine code at an address, and a power. As compiled code these are one instruction
and two polynomials; as plain Python, which the tests compare with, they are below.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence


def call(address: int, places: Sequence[int]) -> None:
    """Call the function at an address with pointers."""
    ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(places))(address)(*places)


def power(base: float, exponent: float) -> float:
    """base ** exponent, of a positive base."""
    return float(base**exponent)
