"""Checks of what the review says of cells in animals: arms by name, as files would write them, and what they showed.

Each judge compares arms, so that a test can put the same untreated animal everywhere and see it fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from osteon.additions import cached
from osteon.checks.verdict import Basis, Check, Part, sign, touch
from osteon.inputs.scenario import read_scenario
from osteon.simulation.animal_trajectories import Trajectory, animal_trajectory

Trajectories = Mapping[str, Trajectory]
Table = dict[str, Any]
RAT: Table = {"species": "rat", "age": "200 days", "condition": "ovx", "condition_from": "-84 days"}
MOUSE: Table = {"species": "mouse", "age": "120 days", "condition": "ovx", "condition_from": "-42 days"}
CELL_ANIMALS_OUTPUTS = (
    "bvtv_femur_left", "bvtv_femur_right", "marrow_runx2", "marrow_fat", "osteoblasts", "inflammation", "host_response",
    "donor_osteoprogenitors_femur_left", "donor_osteoprogenitors_marrow", "viable_cells_femur_left", "viable_cells_lung", "viable_cells_marrow",
    "embolism_risk", "death_risk",
)  # fmt: skip
MIN_EFFECT_PERCENT = 5.0  # percent; less is no effect


def cells(source: str = "bone_marrow", dose: str = "1e7 cells/kg", route: str = "intravenous", **more: Any) -> Table:
    """A line of cells on day 0, of a young donor; at the left femur unless it goes into a vein."""
    site = {} if route == "intravenous" else {"site": "femur_left"}
    return {
        "source": source,
        "dose": dose,
        "route": route,
        "at": ["0 days"],
        "donor": {"age": "8 weeks"},
        **site,
        **more,
    }


@dataclass(frozen=True)
class Arm:
    """An animal and what it is given. switched : parameters set to a value for all its life; draws behind an interval."""

    animal: Any
    given: tuple[Any, ...] = ()
    switched: tuple[tuple[str, float], ...] = ()
    of: tuple[str, ...] = ()
    draws: int = 0

    def trajectory(self) -> Trajectory:
        """What it shows over twelve weeks."""
        return _course(repr(self.animal), repr(self.given), self)

    def scenario(self) -> Table:
        """As a file would write it."""
        override = [{"parameter": k, "value": v} for k, v in self.switched]
        output = {
            "end": "84 days",
            "at": [f"{d} days" for d in CELL_ANIMALS_DAYS],
            "of": [*CELL_ANIMALS_OUTPUTS, *self.of],
        }
        table = {"format": 1, "animal": self.animal, "cells": list(self.given), "output": output}
        return table | ({"override": override} if override else {})


CELL_ANIMALS_DAYS = (0, 0.05, 1, 7, 14, 28, 35, 56, 84)


@cached
def _memo() -> dict[tuple[Any, ...], Trajectory]:
    return {}


def _course(animal: str, given: str, arm: Arm) -> Trajectory:
    touch("animal")
    key = (animal, given, arm.switched, arm.of, arm.draws)
    if key not in _memo():
        _memo()[key] = animal_trajectory(read_scenario(arm.scenario()), arm.draws)
    return _memo()[key]


@dataclass(frozen=True)
class AnimalCheck:
    """A claim judged from arms by name."""

    id: str
    judge: Callable[[Trajectories], list[Part]]
    arms: Mapping[str, Arm]
    basis: Basis = "entailed"

    def judged(self, arms: Mapping[str, Arm]) -> list[Part]:
        """Parts from these arms."""
        return self.judge({name: arm.trajectory() for name, arm in arms.items()})

    def check(self) -> Check:
        """As every other claim is checked."""
        return Check(self.id, self.basis, "animal", lambda seen: self.judged(self.arms))


def draws_on(trajectory: Trajectory, output: str, day: float) -> Any:
    """(members,) of an output on a day; member 0 is typical."""
    return trajectory.values[output][:, int(np.argmin(np.abs(trajectory.days - day)))]


def at(trajectory: Trajectory, output: str, day: float = 56) -> float:
    """The typical animal's value on a day."""
    return float(draws_on(trajectory, output, day)[0])


def change(c: Trajectories, arm: str, output: str, day: float = 56, against: str = "untreated") -> float:
    """Percent over another arm."""
    base = at(c[against], output, day)
    return 100 * (at(c[arm], output, day) / base - 1) if base else 0.0


def _up(c: Trajectories, arm: str, output: str, words: str, up: bool = True, day: float = 56) -> Part:
    return sign(words, change(c, arm, output, day), up, least=MIN_EFFECT_PERCENT)


FEMUR = "bvtv_femur_left"


def _works(c: Trajectories) -> list[Part]:
    treated, plain = (draws_on(c[n], FEMUR, 35)[1:] for n in ("cells", "untreated"))
    chance = float(np.mean(treated > plain * (1 + MIN_EFFECT_PERCENT / 100)))
    return [Part(f"BV/TV of mice is above untreated in {chance:.0%} of parameter draws after 5 weeks", chance > 0.9)]


def _slower(c: Trajectories) -> list[Part]:
    lost = {n: 100 * (1 - at(c[n], FEMUR, 56) / at(c[n], FEMUR, 0)) for n in ("untreated", "cells")}
    words = f"bone lost in 8 weeks: {lost['cells']:.0f} % with cells, {lost['untreated']:.0f} % without (mice)"
    return [Part(words, lost["cells"] < lost["untreated"] - MIN_EFFECT_PERCENT)]


def _immune_and_trophic(c: Trajectories) -> list[Part]:
    return [
        _up(c, "cells", "inflammation", "inflammation of arthritic mice after 4 weeks", up=False, day=28),
        _up(c, "cells", "marrow_runx2", "RUNX2 of their marrow progenitors", day=28),
    ]


def _paracrine(c: Trajectories) -> list[Part]:
    silent = change(c, "silent", FEMUR)
    return [
        _up(c, "cells", FEMUR, "BV/TV with cells in a vein"),
        Part(f"with cells that secrete nothing {silent:+.2f} %", abs(silent) < 0.5),
        Part(f"living cells in marrow, most: {c['cells'].values['viable_cells_marrow'][0].max():.0f}",
             0 < c["cells"].values["viable_cells_marrow"][0].max() < 3000),
    ]  # fmt: skip


def _direct(c: Trajectories) -> list[Part]:
    made = at(c["into bone"], "donor_osteoprogenitors_femur_left", 28)
    share = at(c["into bone"], "viable_cells_femur_left", 35) / (1e7 * 0.25)
    without = 100 * (at(c["into bone"], FEMUR) / at(c["no bone of donors"], FEMUR) - 1)
    return [
        Part(f"donor bone cells in the femur after 4 weeks: {made:.0f} in the bone, {at(c['vein'], 'donor_osteoprogenitors_femur_left', 28):.0f} from a vein",
             made > 10 and at(c["vein"], "donor_osteoprogenitors_femur_left", 28) == 0),
        Part(f"cells left after 5 weeks {share:.2%} (below 3 %)", 0 < share < 0.03),
        sign("BV/TV that donor cells make themselves", without, up=True, least=0.1),
    ]  # fmt: skip


def _drives_host(c: Trajectories) -> list[Part]:
    deaf = change(c, "deaf", FEMUR)
    return [
        _up(c, "cells", "marrow_runx2", "RUNX2 of the host's marrow after 2 weeks", day=14),
        _up(c, "cells", FEMUR, "BV/TV"),
        Part(f"in a host that cannot hear it {deaf:+.2f} %", abs(deaf) < 0.5),
    ]


def _with_bmp(c: Trajectories) -> list[Part]:
    return [
        _up(c, "marrow", "bvtv_calvaria", "bone of the calvaria with marrow cells"),
        _up(c, "fat", "bvtv_calvaria", "with fat cells"),
        sign("marrow cells treated with the BMP node raised, over plain ones",
             100 * (at(c["bmp"], "donor_osteoprogenitors_calvaria", 28) / max(at(c["marrow"], "donor_osteoprogenitors_calvaria", 28), 1e-9) - 1), up=True, least=1),
    ]  # fmt: skip


def _samp6(c: Trajectories) -> list[Part]:
    return [
        _up(c, "cells", FEMUR, "BV/TV of the treated femur of SAMP6 mice after 12 weeks", day=84),
        _up(c, "cells", "marrow_fat_femur_left", "marrow fat of that femur after 4 weeks", up=False, day=28),
        Part("blood formation has no mechanism", None),
    ]


def _on_surfaces(c: Trajectories) -> list[Part]:
    bone, vein = (
        at(c["into bone"], "donor_osteoprogenitors_femur_left", 28),
        at(c["vein"], "donor_osteoprogenitors_marrow", 28),
    )
    told = f"donor bone cells after 4 weeks: {bone:.0f} in the femur, {vein:.1f} in all marrow after a vein"
    return [Part(told, bone > 10 and vein < 0.05 * bone)]


def _mainly_secretion(c: Trajectories) -> list[Part]:
    cells_, secretome = (change(c, n, FEMUR) for n in ("cells", "secretome"))
    kept = secretome / cells_ if cells_ > MIN_EFFECT_PERCENT else 0.0
    return [
        Part(
            f"BV/TV {cells_:+.0f} % with cord cells, {secretome:+.0f} % with what they secrete: {kept:.0%} kept",
            0.5 < kept < 1.5,
        )
    ]


def _feeds(c: Trajectories) -> list[Part]:
    return [
        _up(c, "secretome", "marrow_runx2", "RUNX2 of the host's marrow with cord secretome after 2 weeks", day=14),
        _up(c, "secretome", "osteoblasts", "osteoblasts after 4 weeks", day=28),
    ]


def _artery(c: Trajectories) -> list[Part]:
    artery = at(c["artery"], "viable_cells_femur_left", 1)
    vein = at(c["vein"], "viable_cells_marrow", 1)
    words = f"living cells after a day: {artery:.3g} in the bone whose artery they went into, {vein:.3g} in all marrow from a vein"
    return [Part(words, artery > 100 * max(vein, 1e-9) and artery > 0)]


def _scaffold(c: Trajectories) -> list[Part]:
    return [
        _up(c, "cells", "bvtv_bone_defect", "bone in a defect of rabbits after 8 weeks with cord cells on a scaffold")
    ]


def _three_parts(c: Trajectories) -> list[Part]:
    whole = change(c, "cells", FEMUR)
    parts = [_up(c, "cells", FEMUR, "BV/TV of arthritic mice with cells at one femur")]
    for name, words in (
        ("no fate", "what donor cells become"),
        ("no trophic", "what they secrete"),
        ("no immune", "calm"),
    ):
        less = whole - change(c, name, FEMUR)
        parts.append(Part(f"without {words} {-less:+.1f} points", less > 0.05))
    return parts


def _only_there(c: Trajectories) -> list[Part]:
    here, there = (change(c, "cells", f"bvtv_femur_{s}") for s in ("left", "right"))
    return [
        Part(
            f"treated femur {here:+.0f} %, the other {there:+.1f} %",
            here > MIN_EFFECT_PERCENT and abs(there) < 0.15 * here,
        )
    ]


def _soon_there(c: Trajectories) -> list[Part]:
    trajectory = c["into bone"].values["viable_cells_femur_left"][0]
    first = at(c["into bone"], "viable_cells_femur_left", 0.05)
    words = f"living cells in the femur after an hour {first:.3g}, never more later"
    return [Part(words, first > 1e5 and first == trajectory.max())]


def _few_left(c: Trajectories) -> list[Part]:
    dose = 5e5
    left = draws_on(c["local"], "viable_cells_femur_left", 35)[1:] / dose
    body = draws_on(c["vein"], "viable_cells_lung", 7)[1:] / dose
    later = float(np.quantile(left, 0.95))
    return [
        Part(
            f"left at the site 5 weeks after local injection: {left.min():.2%} to {later:.2%} (below 3 %)",
            0 < later < 0.03,
        ),
        Part(
            f"left in the lung a week after a dose into a vein: {np.median(body):.1%}", 0 < float(np.median(body)) < 0.1
        ),
    ]


def _lethal(c: Trajectories) -> list[Part]:
    small, large = (100 * at(c[n], "death_risk", 1) for n in ("1e6", "3e6"))
    return [Part(f"mice killed by 1e6 cells in a vein {small:.0f} %, by 3e6 {large:.0f} %", small < 20 and large > 80)]


def _safer_local(c: Trajectories) -> list[Part]:
    local, vein = (100 * at(c[n], "embolism_risk", 1) for n in ("local", "vein"))
    words = f"chance of an embolus of rats with 2e7 cells/kg at a site {local:.3f} %, in a vein {vein:.0f} %"
    return [Part(words, local < 0.1 and vein > 1)]


_SAMP6: Table = {"species": "mouse", "age": "150 days", "condition": "samp6"}
_CIA: Table = {"species": "mouse", "age": "120 days", "condition": "cia", "condition_from": "-28 days"}
_DEFECT: Table = {"species": "rabbit", "age": "300 days", "condition": "bone_defect", "condition_from": "0 days"}
_VEIN = (cells("umbilical_cord"),)
_BONE = (cells(route="intramedullary"),)
_CALVARIA = {"route": "scaffold", "site": "calvaria", "dose": "1e6 cells"}
_HEAD = ("bvtv_calvaria", "donor_osteoprogenitors_calvaria")
_GAP = ("bvtv_bone_defect",)
_LEFT_FAT = ("marrow_fat_femur_left",)
_ALL = (cells("umbilical_cord", route="local"),)
CELL_ANIMALS_SILENT = (("k_trophic_fill", 0.0),)

IN_ANIMALS: tuple[AnimalCheck, ...] = (
    AnimalCheck("C6", _works, {"untreated": Arm(MOUSE, draws=60), "cells": Arm(MOUSE, (cells(dose="1e6 cells"),), draws=60)}, "fitted"),
    AnimalCheck("C80", _immune_and_trophic, {"untreated": Arm(_CIA), "cells": Arm(_CIA, _VEIN)}),
    AnimalCheck("C81", _paracrine, {"untreated": Arm(MOUSE), "cells": Arm(MOUSE, _VEIN), "silent": Arm(MOUSE, _VEIN, CELL_ANIMALS_SILENT)}),
    AnimalCheck("C93", _direct, {
        "untreated": Arm(RAT), "into bone": Arm(RAT, _BONE), "vein": Arm(RAT, _VEIN),
        "no bone of donors": Arm(RAT, _BONE, (("donor_gain", 0.0),)),
    }),
    AnimalCheck("C94", _drives_host, {"untreated": Arm(RAT), "cells": Arm(RAT, _VEIN), "deaf": Arm(RAT, _VEIN, CELL_ANIMALS_SILENT)}),
    AnimalCheck("C98", _with_bmp, {
        "untreated": Arm(RAT, of=_HEAD), "marrow": Arm(RAT, (cells(**_CALVARIA),), of=_HEAD),
        "fat": Arm(RAT, (cells("adipose", **_CALVARIA),), of=_HEAD),
        "bmp": Arm(RAT, (cells(pretreatment=["simvastatin"], **_CALVARIA),), of=_HEAD),
    }),
    AnimalCheck("C99", _samp6, {
        "untreated": Arm(_SAMP6, of=_LEFT_FAT), "cells": Arm(_SAMP6, (cells(dose="2e6 cells", route="intramedullary"),), of=_LEFT_FAT),
    }),
    AnimalCheck("C102", _on_surfaces, {"untreated": Arm(RAT), "into bone": Arm(RAT, _BONE), "vein": Arm(RAT, _VEIN)}),
    AnimalCheck("C146", _mainly_secretion, {
        "untreated": Arm(MOUSE), "cells": Arm(MOUSE, (cells("umbilical_cord", "5e6 cells/kg"),)),
        "secretome": Arm(MOUSE, (cells("umbilical_cord", "0.1 mg/kg", product="secretome"),)),
    }),
    AnimalCheck("C148", _feeds, {
        "untreated": Arm(MOUSE), "secretome": Arm(MOUSE, (cells("umbilical_cord", "0.1 mg/kg", product="secretome"),)),
    }),
    AnimalCheck("C152", _artery, {
        "untreated": Arm(RAT), "artery": Arm(RAT, (cells("umbilical_cord", "1e6 cells", "intra_arterial"),)),
        "vein": Arm(RAT, (cells("umbilical_cord", "1e6 cells"),)),
    }),
    AnimalCheck("C154", _scaffold, {
        "untreated": Arm(_DEFECT, of=_GAP),
        "cells": Arm(_DEFECT, (cells("umbilical_cord", "1e7 cells", "scaffold", site="bone_defect"),), of=_GAP),
    }),
    AnimalCheck("C182", _soon_there, {"untreated": Arm(RAT), "into bone": Arm(RAT, _BONE)}),
    AnimalCheck("C183", _few_left, {
        "untreated": Arm(MOUSE, draws=60), "local": Arm(MOUSE, (cells(dose="5e5 cells", route="local"),), draws=60),
        "vein": Arm(MOUSE, (cells(dose="5e5 cells"),), draws=60),
    }, "fitted"),
    AnimalCheck("C187", _three_parts, {
        "untreated": Arm(_CIA), "cells": Arm(_CIA, _ALL), "no fate": Arm(_CIA, _ALL, (("donor_gain", 0.0),)),
        "no trophic": Arm(_CIA, _ALL, (("local_gain", 0.0), ("local_brake", 0.0), ("niche_gain", 0.0))),
        "no immune": Arm(_CIA, _ALL, (("immune_gain", 0.0),)),
    }),
    AnimalCheck("C188", _safer_local, {
        "untreated": Arm(RAT), "local": Arm(RAT, (cells(dose="2e7 cells/kg", route="local"),)),
        "vein": Arm(RAT, (cells(dose="2e7 cells/kg"),)),
    }),
)  # fmt: skip
SLOWER = AnimalCheck("C18", _slower, {"untreated": Arm(MOUSE), "cells": Arm(MOUSE, _VEIN)}, "fitted")
ONLY_THERE = AnimalCheck(
    "C131", _only_there, {"untreated": Arm(RAT), "cells": Arm(RAT, (cells("adipose", route="local"),))}
)
LETHAL = AnimalCheck("C161", _lethal, {
    n: Arm({"species": "mouse", "age": "100 days"}, (cells("adipose", f"{n} cells"),) if n != "untreated" else ()) for n in ("untreated", "1e6", "3e6")
}, "fitted")  # fmt: skip
