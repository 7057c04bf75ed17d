"""Random draws as a function of (study seed, patient, purpose, index): never of batch, worker, order or arm count.

Each draw is the counter-based Philox generator at a place of its own: the key comes from seed and purpose, the counter
from patient and index. Patient 7 is the same in a run of 10 and in one of a million.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_M0, _M1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_W0, _W1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_LOW = np.uint64(0xFFFFFFFF)


def _key(seed: int, purpose: str) -> tuple[np.uint64, np.uint64]:
    digest = hashlib.blake2b(f"{seed}\0{purpose}".encode(), digest_size=16).digest()
    return np.uint64(int.from_bytes(digest[:8], "little")), np.uint64(int.from_bytes(digest[8:], "little"))


def _high_low(a: np.uint64, b: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Upper and lower 64 bits of the product."""
    shift = np.uint64(32)
    a0, a1, b0, b1 = a & _LOW, a >> shift, b & _LOW, b >> shift
    low = a0 * b0
    middle = a1 * b0 + (low >> shift)
    cross = a0 * b1 + (middle & _LOW)
    return a1 * b1 + (middle >> shift) + (cross >> shift), a * b


def uniform(
    seed: int, patients: Sequence[int] | NDArray[np.int64], purpose: str, index: int | NDArray[np.int64] = 0
) -> NDArray[np.float64]:
    """Uniform on (0, 1), one for each patient; index: of the draw, one for all or each patient's own.  Source: Salmon 2011 (Philox4x64, ten rounds)."""
    who = np.asarray(patients, dtype=np.uint64)
    c0, c1 = who.copy(), np.full_like(who, np.asarray(index, dtype=np.uint64))
    c2, c3 = np.zeros_like(who), np.zeros_like(who)
    k0, k1 = _key(seed, purpose)
    with np.errstate(over="ignore"):
        for _ in range(10):
            h0, l0 = _high_low(_M0, c0)
            h1, l1 = _high_low(_M1, c2)
            c0, c1, c2, c3 = h1 ^ c1 ^ k0, l1, h0 ^ c3 ^ k1, l0
            k0, k1 = k0 + _W0, k1 + _W1
    return ((c0 >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normal(
    seed: int, patients: Sequence[int] | NDArray[np.int64], purpose: str, index: int | NDArray[np.int64] = 0
) -> NDArray[np.float64]:
    """Standard normal, one for each patient."""
    from scipy.special import ndtri

    return np.asarray(ndtri(uniform(seed, patients, purpose, index)))
