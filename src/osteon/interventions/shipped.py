"""The drugs that are shipped: a visible line each."""

from __future__ import annotations

from osteon.interventions.bisphosphonates import ALENDRONATE, IBANDRONATE, RISEDRONATE, ZOLEDRONATE
from osteon.interventions.card import Card
from osteon.interventions.denosumab import DENOSUMAB
from osteon.interventions.odanacatib import ODANACATIB
from osteon.interventions.oestrogen_receptor import ESTRADIOL, RALOXIFENE
from osteon.interventions.pth_analogues import ABALOPARATIDE, TERIPARATIDE
from osteon.interventions.sclerostin_antibody import BLOSOZUMAB, ROMOSOZUMAB

SHIPPED: dict[str, Card] = {
    card.name: card
    for card in (
        ALENDRONATE,
        RISEDRONATE,
        IBANDRONATE,
        ZOLEDRONATE,
        TERIPARATIDE,
        ABALOPARATIDE,
        RALOXIFENE,
        DENOSUMAB,
        ROMOSOZUMAB,
        BLOSOZUMAB,
        ODANACATIB,
        ESTRADIOL,
    )
}
