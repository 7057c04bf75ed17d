"""The living system without drugs: cells, signals, hormones, minerals, marrow and bone matter."""

from osteon.biology.androgen import ANDROGEN
from osteon.biology.body import BODY
from osteon.biology.fat_hormones import FAT_HORMONES
from osteon.biology.glucocorticoid import GLUCOCORTICOID
from osteon.biology.gut import GUT
from osteon.biology.hormones import HORMONES
from osteon.biology.inflammation import INFLAMMATION
from osteon.biology.kidney import KIDNEY
from osteon.biology.marrow import MARROW
from osteon.biology.mineral import MINERAL
from osteon.biology.osteoblasts import OSTEOBLASTS
from osteon.biology.osteoclasts import OSTEOCLASTS
from osteon.biology.parathyroid import PARATHYROID
from osteon.biology.person import PERSON
from osteon.biology.protein import PROTEIN
from osteon.biology.pth_action import PTH_ACTION
from osteon.biology.rankl import RANKL
from osteon.biology.sites import COMPARTMENTS, RADIUS, SITE_MODULE, SITES
from osteon.biology.skeleton import SKELETON
from osteon.biology.unloading import UNLOADING
from osteon.biology.vitamin_d import VITAMIN_D
from osteon.biology.wnt import WNT
from osteon.model import Module

BONE_CORE: tuple[Module, ...] = (WNT, PTH_ACTION, RANKL, OSTEOCLASTS, OSTEOBLASTS, SKELETON, SITE_MODULE)
HOST: tuple[Module, ...] = (BODY, FAT_HORMONES, ANDROGEN, PROTEIN, UNLOADING)
MINERAL_AXIS: tuple[Module, ...] = (MINERAL, GUT, KIDNEY, VITAMIN_D, PARATHYROID)
HUMAN: tuple[Module, ...] = (PERSON, HORMONES, *HOST, INFLAMMATION, GLUCOCORTICOID, MARROW, *BONE_CORE, *MINERAL_AXIS)

__all__ = [
    "ANDROGEN",
    "BODY",
    "BONE_CORE",
    "COMPARTMENTS",
    "FAT_HORMONES",
    "GLUCOCORTICOID",
    "GUT",
    "HORMONES",
    "HOST",
    "HUMAN",
    "INFLAMMATION",
    "KIDNEY",
    "MARROW",
    "MINERAL",
    "MINERAL_AXIS",
    "PARATHYROID",
    "PERSON",
    "OSTEOBLASTS",
    "OSTEOCLASTS",
    "PROTEIN",
    "PTH_ACTION",
    "RADIUS",
    "RANKL",
    "SITES",
    "SITE_MODULE",
    "SKELETON",
    "UNLOADING",
    "VITAMIN_D",
    "WNT",
]
