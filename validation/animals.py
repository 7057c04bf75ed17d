"""Animals beside what was measured: the rows `rodent_bone` of cells.csv, simulated, with their roles.

`python -m validation.animals` prints published and simulated; `--fit` solves the fitted figures of bodies.toml anew from
the rows with role calibrate alone, as after a new human fit: rat turnover and bone_floor (which stands for all animals) from
the course after ovariectomy, mouse turnover and the strains from the first month, on that floor; `--write` with it puts them
into bodies.toml. What Wnt is left to SAMP6 from bone with and without its Sfrp4 is printed and not written: WNT_OF_SAMP6 of
biology/species.py is a compromise that its note explains.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, least_squares

from osteon.inputs.scenario import read_scenario
from osteon.io.files import write_atomic
from osteon.simulation.scenario import simulate_scenario

Array = NDArray[np.float64]
BODIES = Path(__file__).resolve().parents[1] / "src" / "osteon" / "data" / "species" / "bodies.toml"
TIBIA, SPINE = "bvtv_tibia_left", "bvtv_lumbar_spine"
BOUXSEIN = {"C57BL/6J": -18.0, "C3H/HeJ": -39.0, "DBA/2J": -23.0, "CAST/EiJ": -21.0}  # percent in a month
WITHOUT_SFRP4 = 1.542  # BV/TV of SAMP6 that carry the Sfrp4 of another strain, against SAMP6; nakanishi2006


@dataclass(frozen=True)
class Compared:
    """A row beside its simulation. error: simulated less published, in the row's unit; None for a direction."""

    row: int
    study: str
    role: str
    published: str
    simulated: str
    error: float | None
    holds: bool


def trajectory(
    animal: dict[str, Any], days: Sequence[float], outputs: Sequence[str], changes: dict[str, float] | None = None
) -> dict[str, Array]:
    """Outputs of an animal on the given days; changes: parameters set to a value for all its life."""
    table: dict[str, Any] = {"format": 1, "animal": animal}
    table["output"] = {"end": f"{max(1, max(days))} days", "at": [f"{d} days" for d in days], "of": list(outputs)}
    table["override"] = [{"parameter": k, "value": v} for k, v in (changes or {}).items()]
    rows = simulate_scenario(read_scenario(table)).rows
    return {name: np.array([r["value"] for r in rows if r["output"] == name]) for name in outputs}


def ovx(species: str, age: float, strain: str = "unspecified", condition: str = "ovx") -> dict[str, Any]:
    """An animal whose ovaries are taken out on day 0."""
    start = {"condition_from": "0 days"} if condition == "ovx" else {}
    return {"species": species, "age": f"{age} days", "strain": strain, "condition": condition, **start}


def _measured() -> list[tuple[int, dict[str, str]]]:
    with (files("osteon") / "data" / "cells.csv").open(encoding="utf-8") as f:
        return [(n, row) for n, row in enumerate(csv.DictReader(f), 2) if row["topic"] == "rodent_bone"]


def compared() -> list[Compared]:
    """Every row that the animals can be held against. Rows without a test here are left out, none is passed unseen."""
    tests: dict[tuple[str, str], Callable[[dict[str, str]], tuple[str, float | None, bool]]] = {
        ("Wronski 1988", "trabecular BV/TV"): _plateau,
        ("Wronski 1988", "turnover"): _turnover_peaks,
        ("Wronski 1985", ""): _five_weeks,
        ("BMC MSK 2022", ""): _signs,
        ("Bouxsein 2005", "change in proximal"): _strain,
        ("Bouxsein 2005", "change in vertebral"): _vertebra,
        ("Zhou 2018", ""): _age_at_surgery,
        ("Matsushita 1986", ""): _samp6_peak,
        ("SAMP6 vertebra 2004", ""): _samp6_vertebra,
        ("Azuma 2018", ""): _samp6_formation,
        ("Jilka 1996", ""): _samp6_gonads,
    }
    found = []
    for number, row in _measured():
        for (study, endpoint), test in tests.items():
            if row["study"] == study and row["endpoint"].startswith(endpoint):
                text, error, holds = test(row)
                found.append(Compared(number, study, row["role"], f"{row['value']} {row['unit']}", text, error, holds))
    return found


def _plateau(row: dict[str, str]) -> tuple[str, float | None, bool]:
    got = 100 * trajectory(ovx("rat", 90), (100, 140, 180), [TIBIA])[TIBIA]
    error = float(got.mean()) - float(row["value"])
    return ", ".join(f"{v:.1f}" for v in got) + " % at 100, 140, 180 d", error, abs(error) < 1.5


def _turnover_peaks(row: dict[str, str]) -> tuple[str, float | None, bool]:
    got = trajectory(ovx("rat", 90), (0, 30, 60, 90, 180), ["ctx", "p1np"])
    holds = all(v[1:4].max() > 1.3 * v[0] and v[-1] < v.max() - 0.25 * (v.max() - v[0]) for v in got.values())
    return "; ".join(f"{k} " + ", ".join(f"{x:.2f}" for x in v) for k, v in got.items()), None, holds


def _five_weeks(row: dict[str, str]) -> tuple[str, float | None, bool]:
    got = trajectory(ovx("rat", 90), (0, 35), [TIBIA])[TIBIA]
    sham = trajectory(ovx("rat", 90, condition="intact"), (0, 35), [TIBIA])[TIBIA]
    ratio = float(got[1] / sham[1])
    return f"{ratio:.2f}", ratio - float(row["value"]), abs(ratio - float(row["value"])) < 0.1


def _signs(row: dict[str, str]) -> tuple[str, float | None, bool]:
    days = (7, 28, 56, 112)
    got = trajectory(ovx("rat", 84), (0, *days), [TIBIA, "p1np", "ctx"])
    holds = bool((np.diff(got[TIBIA]) < 0).all() and (got["ctx"][1:] > 1).all() and (got["p1np"][2:] > 1).all())
    return f"BV/TV {got[TIBIA][-1] / got[TIBIA][0]:.2f} of baseline at 16 wk, markers up", None, holds


def _strain(row: dict[str, str]) -> tuple[str, float | None, bool]:
    strain = row["species"].removeprefix("mouse ").removesuffix(" 4 mo")
    change = month(strain)[0]
    error = change - float(row["value"])
    return f"{change:.1f}", error, abs(error) < 3


def month(strain: str) -> tuple[float, float]:
    """Change of tibial and vertebral BV/TV of a mouse of four months in the month after ovariectomy.  [percent]"""
    got = trajectory(ovx("mouse", 120, strain), (0, 30), [TIBIA, SPINE])
    return tuple(float(100 * (v[1] / v[0] - 1)) for v in got.values())  # type: ignore[return-value]


def _vertebra(row: dict[str, str]) -> tuple[str, float | None, bool]:
    got = [month(s)[1] for s in BOUXSEIN if s != "C3H/HeJ"]
    return ", ".join(f"{v:.1f}" for v in got), None, all(-26 < v < -13 for v in got)


def _age_at_surgery(row: dict[str, str]) -> tuple[str, float | None, bool]:
    got = []
    for weeks in (8, 12, 16):
        bone = trajectory(ovx("mouse", 7 * weeks), (0, 56), [TIBIA])[TIBIA]
        got.append(float(1 - bone[1] / bone[0]))
    return ", ".join(f"-{100 * v:.0f} %" for v in got), None, got[0] > 1.02 * got[1] > 1.02**2 * got[2]


def _samp6_peak(row: dict[str, str]) -> tuple[str, float | None, bool]:
    sick, well = (trajectory(ovx("mouse", 135, condition=c), (0, 240), [TIBIA])[TIBIA] for c in ("samp6", "intact"))
    slopes = [float((v[1] - v[0]) / v[0]) for v in (sick, well)]
    text = (
        f"{sick[0] / well[0]:.2f} of control at the peak; change in 8 months {slopes[0]:+.0%} against {slopes[1]:+.0%}"
    )
    return text, None, sick[0] < 0.9 * well[0] and abs(slopes[0] - slopes[1]) < 0.1


def _samp6_vertebra(row: dict[str, str]) -> tuple[str, float | None, bool]:
    ratios = []
    for age in (120, 365):
        sick, well = (trajectory(ovx("mouse", age, condition=c), (0,), [SPINE])[SPINE] for c in ("samp6", "intact"))
        ratios.append(float(sick[0] / well[0]))
    return ", ".join(f"{r:.2f}" for r in ratios) + " of control at 4 and 12 months", None, max(ratios) < 0.95


def _samp6_formation(row: dict[str, str]) -> tuple[str, float | None, bool]:
    of = ["p1np", "marrow_fat", "bone_cortex"]
    sick, well = (trajectory(ovx("mouse", 135, condition=c), (0,), of) for c in ("samp6", "intact"))
    ratio = {k: float(sick[k][0] / well[k][0]) for k in of}
    holds = ratio["p1np"] < 0.9 and ratio["marrow_fat"] > 1.1 and abs(ratio["bone_cortex"] - 1) < 0.05
    return ", ".join(f"{k} {v:.2f}" for k, v in ratio.items()), None, holds


def _samp6_gonads(row: dict[str, str]) -> tuple[str, float | None, bool]:
    mouse = ovx("mouse", 120, condition="samp6")
    gonads = {"surgical_menopause_age": 30.0}
    got = {
        "samp6": trajectory(mouse, (0, 60), [TIBIA, "osteoclasts"], gonads),
        "samp6 intact": trajectory(mouse, (0, 60), [TIBIA, "osteoclasts"]),
        "control": trajectory(ovx("mouse", 120), (0, 60), [TIBIA, "osteoclasts"]),
    }
    loss = {k: float(1 - v[TIBIA][1] / v[TIBIA][0]) for k, v in got.items()}
    few = float(got["samp6 intact"]["osteoclasts"][0] / got["control"]["osteoclasts"][0])
    text = f"osteoclasts {few:.2f}; loss " + ", ".join(f"{k} {v:.0%}" for k, v in loss.items())
    return text, None, few < 0.9 and loss["samp6"] < 0.3 * loss["control"]


def fitted_figures() -> dict[str, float]:
    """The fitted figures of bodies.toml, solved anew. Takes a minute."""

    def rat(x: Array) -> Array:
        changes = {"turnover_tibia_left": float(np.exp(x[0])), "bone_floor": float(x[1])}
        got = trajectory(ovx("rat", 90), (0, 35, 100, 140, 180), [TIBIA], changes)[TIBIA]
        return np.array([np.log(got[1] / got[0] / 0.5), *(np.log(got[2:] / 0.05) / np.sqrt(3))])

    def mouse(strain: str, changes: dict[str, float]) -> float:
        got = trajectory(ovx("mouse", 120), (0, 30), [TIBIA], changes)[TIBIA]
        return float(100 * (got[1] / got[0] - 1)) - BOUXSEIN[strain]

    solved = least_squares(rat, [np.log(0.015), 0.14], diff_step=0.02).x
    figures = {"rat turnover": float(np.exp(solved[0])), "rat bone_floor": float(solved[1])}
    floor = {"bone_floor": figures["rat bone_floor"]}
    usual = brentq(lambda t: mouse("C57BL/6J", {"turnover_tibia_left": t, **floor}), 0.002, 0.02, xtol=1e-5)
    figures["mouse turnover"] = usual
    for strain in list(BOUXSEIN)[1:]:
        own = {"turnover_tibia_left": usual, **floor}
        figures[strain] = brentq(
            lambda k, s=strain, o=own: mouse(s, {**o, "turnover_scale": k}),  # type: ignore[misc]
            1.0,
            5.9,
            xtol=1e-3,
        )
    figures["SAMP6 Wnt"] = brentq(lambda w: freed_of_sfrp4(w) - WITHOUT_SFRP4, 0.3, 0.99, xtol=1e-4)
    return figures


def carried_over(text: str, figures: Mapping[str, float]) -> str:
    """bodies.toml with the fitted figures in it, every other word as it was."""
    for part in re.split(r"(?m)^(?=\[)", text):
        own = part
        if re.match(r"\[(rat|mouse)\]", part):
            species = part[1 : part.index("]")]
            own = _set(own, r"turnover = \{ value = ", figures[f"{species} turnover"])
        if re.search(r"(?m)^bone_floor", part) and not part.startswith("[human]"):
            own = _set(own, r"bone_floor = \{ value = ", figures["rat bone_floor"])
        if part.startswith("[strains.mouse]"):
            for strain in list(BOUXSEIN)[1:]:
                own = _set(own, re.escape(f'"{strain}" = '), figures[strain])
        text = text.replace(part, own)
    return text


def _set(text: str, head: str, value: float) -> str:
    return re.sub(rf"(?m)^({head})[\d.e-]+", rf"\g<1>{value:.4g}", text, count=1)


def freed_of_sfrp4(wnt: float) -> float:
    """BV/TV at the peak of SAMP6 whose Wnt is whole against SAMP6 that are left `wnt` of it.  [1]"""
    mouse = ovx("mouse", 120, condition="samp6")
    whole, less = (trajectory(mouse, (0,), [TIBIA], {"wnt_of_strain": w})[TIBIA][0] for w in (1.0, wnt))
    return float(whole / less)


def main() -> int:
    """Print the table; 1 when a row does not hold."""
    if "--fit" in sys.argv:
        figures = fitted_figures()
        for name, value in figures.items():
            print(f"{name:24s} {value:.5g}")
        if "--write" in sys.argv:
            write_atomic(BODIES, carried_over(BODIES.read_text(encoding="utf-8"), figures))
        return 0
    rows = compared()
    for r in rows:
        error = "" if r.error is None else f" (error {r.error:+.2f})"
        print(f"{'holds' if r.holds else 'FAILS':6s} {r.role:9s} {r.study:22s} {r.published:28s} {r.simulated}{error}")
    return 0 if all(r.holds for r in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
