"""The living system without drugs: cells, signals, hormones, minerals, marrow and bone matter."""

from osteon.biology.glucocorticoid import GLUCOCORTICOID
from osteon.biology.hormones import HORMONES
from osteon.biology.inflammation import INFLAMMATION
from osteon.biology.marrow import MARROW
from osteon.biology.osteoblasts import OSTEOBLASTS
from osteon.biology.osteoclasts import OSTEOCLASTS
from osteon.biology.person import PERSON
from osteon.biology.pth_action import PTH_ACTION
from osteon.biology.rankl import RANKL
from osteon.biology.skeleton import SITES, SKELETON
from osteon.biology.wnt import WNT
from osteon.model import Module

BONE_CORE: tuple[Module, ...] = (WNT, PTH_ACTION, RANKL, OSTEOCLASTS, OSTEOBLASTS, SKELETON)
HUMAN: tuple[Module, ...] = (PERSON, HORMONES, INFLAMMATION, GLUCOCORTICOID, MARROW, *BONE_CORE)

__all__ = [
    "BONE_CORE",
    "GLUCOCORTICOID",
    "HORMONES",
    "HUMAN",
    "INFLAMMATION",
    "MARROW",
    "PERSON",
    "OSTEOBLASTS",
    "OSTEOCLASTS",
    "PTH_ACTION",
    "RANKL",
    "SITES",
    "SKELETON",
    "WNT",
]
