"""Cells beside what was measured of them: where they go, how long they live, what they risk; rows of cells.csv.

Every row has its role, the published figure, the simulated interval (90 % of draws) and whether the figure lies in it. A row
with role holdout has tuned nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osteon.additions import cached
from osteon.cells import hazards
from osteon.cells.kinetics import passed
from osteon.cells.product import CellDose, alive, homing
from osteon.engine import simulate
from osteon.inputs.scenario import read_scenario
from osteon.simulation.animal import animal_case
from osteon.simulation.cell_products import cell_doses, cell_product_draws

Array = NDArray[np.float64]
N_KINETIC_DRAWS, SEED = 400, 1
CELL_KINETICS_PATIENTS = {"1e6": 0, "2e6": 1, "4e6": 2, "0 (placebo)": 3}  # arms of ref 116 in the order of ANY_EVENT


@dataclass(frozen=True)
class Row:
    """A measured figure beside its simulation. low, high : 90 % of worlds; inside : None where it is only told."""

    row: int
    study: str
    role: str
    what: str
    published: str
    typical: float
    low: float
    high: float
    unit: str
    inside: bool


Test = Callable[[dict[str, str]], tuple[Array, str, bool]]


def rows() -> list[Row]:
    """All rows that can be held against the model, in the order of the file."""
    found = []
    with (files("osteon") / "data" / "cells.csv").open(encoding="utf-8") as f:
        for number, row in enumerate(csv.DictReader(f), 2):
            for study, endpoint, test in TESTS:
                if row["study"].startswith(study) and row["endpoint"].startswith(endpoint) and row["role"] != "context":
                    found.append(_row(number, row, test))
    return found


def _row(number: int, row: dict[str, str], test: Test) -> Row:
    parameter_draws, unit, inside = test(row)
    low, high = (
        float(x)
        for x in np.quantile(parameter_draws[1:] if len(parameter_draws) > 1 else parameter_draws, [0.05, 0.95])
    )
    what = f"{row['endpoint']} {row['time']}".strip()
    published = f"{row['value']} {row['unit']}"
    return Row(
        number, row["study"], row["role"], what, published, float(parameter_draws[0]), low, high, unit, bool(inside)
    )


# --- what is run --------------------------------------------------------------------------------------------------------


@cached
def trajectory(
    species: str, source: str, route: str, dose: str, days: tuple[float, ...], of: tuple[str, ...], site: str = ""
) -> tuple[dict[str, Array], float]:
    """Outputs of a healthy animal over days, name -> (worlds + 1, days), member 0 typical; and the cells given."""
    cells: dict[str, Any] = {"source": source, "route": route, "dose": dose, "at": ["0 days"], "viability": 1.0}
    cells |= {"donor": {"age": "8 weeks"}, "allow_extreme": True} | ({"site": site} if site else {})
    output = {"end": f"{max(days)} days", "at": [f"{d} days" for d in days], "of": list(of)}
    animal = {"species": species, "age": {"mouse": "100 days", "rat": "84 days"}.get(species, "300 days")}
    scenario = read_scenario({"format": 1, "animal": animal, "cells": [cells], "output": output})
    case = animal_case(scenario, N_KINETIC_DRAWS + 1, SEED)
    got = simulate(
        case.model,
        case.parameters,
        n=N_KINETIC_DRAWS + 1,
        times=sorted({0.0, *days}),
        outputs=list(of),
        start=0.0,
        events=case.events,
        initial=case.states,
    )
    place = np.searchsorted(got.times, days)
    given = float(cell_doses(scenario.cells)[0].total(case.model.defaults["body_weight"]))
    return {name: got.of(name)[:, place] for name in of}, given


@cached
def shared() -> dict[str, Array]:
    """Values of the parameters that all products share, (worlds + 1,) each."""
    given = CellDose("bone_marrow", 1e6, "cells", "intravenous", (0.0,), donor_age=20.0)
    scenario = read_scenario(
        {
            "format": 1,
            "animal": {"species": "mouse", "age": "100 days"},
            "cells": [{"source": "bone_marrow", "route": "intravenous", "dose": "1e6 cells", "at": ["0 days"]}],
            "output": {"end": "1 day", "of": ["viable_cells_lung"]},
        }
    )
    case = animal_case(scenario, N_KINETIC_DRAWS + 1, SEED)
    values = cell_product_draws(case.model, (given,), 0.02, np.arange(N_KINETIC_DRAWS + 1), SEED, human=False)
    return {k: np.asarray(v) for k, v in values.items()}


LUNG_AND_OTHERS = tuple(f"viable_cells_{o}" for o in ("lung", "liver", "spleen", "other", "marrow"))
LABELS = ("label_lung", "label_liver", "label_spleen")


def outside() -> Array:
    """Most living cells outside the lung within three days of a dose into a vein, share of the dose; (worlds + 1,)."""
    got, dose = trajectory("mouse", "bone_marrow", "intravenous", "2e6 cells", (0.01, 0.5, 1, 2, 3), LUNG_AND_OTHERS)
    return np.asarray(sum(got[n] for n in LUNG_AND_OTHERS[1:]).max(axis=1) / dose)  # type: ignore[union-attr]


def arrives() -> Array:
    """Living cells that reach marrow in all, share of a dose into a vein; (worlds + 1,).   First pass and release."""
    v = shared()
    at_once = (1 - v["lung_arrest"]) * v["marrow_flow"] * v["marrow_extraction"]
    later = v["lung_arrest"] * v["release_share"] * v["marrow_flow"] * v["marrow_extraction"]
    return np.asarray(at_once + later)


# --- tests: worlds, unit, whether the figure is met ---------------------------------------------------------------------


def _within(values: Array, figure: float) -> bool:
    low, high = np.quantile(values[1:], [0.05, 0.95])
    return bool(low <= figure <= high)


def _number(row: dict[str, str]) -> float:
    return float(row["value"].strip("<>~"))


def _organ_arrest(row: dict[str, str]) -> tuple[Array, str, bool]:
    held = shared()["organ_arrest"]
    mean = float(held[1:].mean())
    return held, "1", abs(mean - _number(row)) < 0.03 and _within(held, _number(row))


def _left_in_organ(row: dict[str, str]) -> tuple[Array, str, bool]:
    v = shared()
    left = v["organ_arrest"] * np.exp(-3 * v["k_cell_loss"])
    return left, "1", _within(left, _number(row))


def _loss(row: dict[str, str]) -> tuple[Array, str, bool]:
    rate = shared()["k_cell_loss"]
    return rate, "1/day", _within(rate, _number(row))


def _half_life(row: dict[str, str]) -> tuple[Array, str, bool]:
    hours = np.log(2) / shared()["k_cell_loss"] * 24
    return hours, "h", _within(hours, _number(row))


def _elsewhere(limit: float) -> Test:
    def test(row: dict[str, str]) -> tuple[Array, str, bool]:
        share = outside()
        return 100 * share, "% of dose", bool(np.mean(share[1:] <= limit) > 0.5)

    return test


def _release(row: dict[str, str]) -> tuple[Array, str, bool]:
    share = shared()["release_share"]
    return share, "1", bool(np.quantile(share[1:], 0.95) <= 0.0053)


def _passage(diameter: float) -> Test:
    def test(row: dict[str, str]) -> tuple[Array, str, bool]:
        held = shared()["lung_arrest"]
        fold = passed(held, np.asarray(diameter)) / passed(held, np.asarray(23.0))
        return fold, "fold", bool(_number(row) / 2 <= fold[0] <= 2 * _number(row))

    return test


def _lung_arrest(row: dict[str, str]) -> tuple[Array, str, bool]:
    let_by = 1 - shared()["lung_arrest"]
    return let_by, "1", bool(np.mean(let_by[1:] <= _number(row)) > 0.95)


def _organ(day: float) -> Test:
    def test(row: dict[str, str]) -> tuple[Array, str, bool]:
        got, dose = trajectory("mouse", "bone_marrow", "intravenous", "5e5 cells", (1 / 24, 1.0), LABELS)
        at = [1 / 24, 1.0].index(day)
        share = got[f"label_{row['value']}"][:, at] / dose
        most = share[0] >= max(got[n][0, at] for n in LABELS) / dose
        return 100 * share, f"% of dose in {row['value']}", bool(most)

    return test


def _alive_in_lung(row: dict[str, str]) -> tuple[Array, str, bool]:
    got, dose = trajectory("mouse", "bone_marrow", "intravenous", "5e5 cells", (1.0, 3.0), ("viable_cells_lung",))
    share = got["viable_cells_lung"] / dose
    return 100 * share[:, 0], "% of dose at 24 h", bool(share[0, 0] > 0.1)


def _none_elsewhere(row: dict[str, str]) -> tuple[Array, str, bool]:
    got, _ = trajectory("mouse", "bone_marrow", "intravenous", "5e5 cells", (0.01, 1.0, 3.0), LUNG_AND_OTHERS)
    cells = np.max([got[n].max(axis=1) for n in LUNG_AND_OTHERS[1:]], axis=0)
    return cells, "cells in any organ", bool(cells[0] < 1000)  # a thousand is what such assays can see (lee2009)


def _patients_label(row: dict[str, str]) -> tuple[Array, str, bool]:
    """Label of patients with cirrhosis. Their study effect: most label is not on cells at the first image."""
    organ = row["endpoint"].split()[0]
    day = {"0 h": 0.02, "10 d": 10.0}[row["time"]]
    got, dose = trajectory("rat", "bone_marrow", "intravenous", "1e6 cells", (0.02, 10.0), LABELS)
    share = 100 * got[f"label_{organ}"][:, [0.02, 10.0].index(day)] / dose
    share = share * (1 - FREE_LABEL) if organ == "lung" else share
    low, high = (float(x) for x in row["value"].split("-"))
    ends = np.quantile(share[1:], [0.05, 0.95])
    return share, "% of label", bool(ends[0] <= high and ends[1] >= low)


FREE_LABEL = 0.7  # of label in patients with cirrhosis that is not on cells in the lung (gholamrezanezhad2011)


def _seen_at_fracture(row: dict[str, str]) -> tuple[Array, str, bool]:
    days = tuple(float(d) for d in range(1, 41))
    got, dose = trajectory(
        "mouse", "bone_marrow", "local", "5e5 cells", days, ("viable_cells_femur_left",), "femur_left"
    )
    return _last_seen(got["viable_cells_femur_left"] / dose, days, row)


def _seen_in_lung(row: dict[str, str]) -> tuple[Array, str, bool]:
    days = tuple(float(d) for d in range(1, 41))
    got, dose = trajectory("mouse", "bone_marrow", "intravenous", "5e5 cells", days, ("viable_cells_lung",))
    return _last_seen(got["viable_cells_lung"] / dose, days, row)


MIN_LIGHT = 0.002  # of a dose of 5e5 cells that luciferase still shows (1000 cells).  Source: assumed


def _last_seen(share: Array, days: Sequence[float], row: dict[str, str]) -> tuple[Array, str, bool]:
    seen = np.array([max([d for d, s in zip(days, lane, strict=True) if s > MIN_LIGHT], default=0.0) for lane in share])
    low, high = (float(x) for x in row["value"].split("-"))
    ends = np.quantile(seen[1:], [0.05, 0.95])
    return seen, "days", bool(ends[0] <= high and ends[1] >= low)


def _five_weeks(row: dict[str, str]) -> tuple[Array, str, bool]:
    got, dose = trajectory(
        "mouse", "bone_marrow", "local", "5e5 cells", (35.0,), ("viable_cells_femur_left",), "femur_left"
    )
    share = 100 * got["viable_cells_femur_left"][:, 0] / dose
    return share, "% of dose", bool(np.quantile(share[1:], 0.95) < _number(row))


def _marrow_of_rabbits(row: dict[str, str]) -> tuple[Array, str, bool]:
    of = ("viable_cells_femur_left",)
    got, dose = trajectory("rabbit", "bone_marrow", "intramedullary", "1e7 cells", (28.0,), of, "femur_left")
    share = 100 * got[of[0]][:, 0] / dose
    figures = [float(x) for x in row["value"].split(";")]
    ends = np.quantile(share[1:], [0.05, 0.95])
    return share, "% of dose", bool(ends[0] <= max(figures) and ends[1] >= min(figures))


def _bag(row: dict[str, str]) -> tuple[Array, str, bool]:
    """Viability in the bag: what runs in over the time is alive as the mean, so the end of the bag is told here."""
    from osteon.cells.product import left_alive

    source = "adipose" if "AD" in row["species"] + row["cell_source"] else "umbilical_cord"
    minutes = float(row["time"].split()[0])
    start = 92.95 if source == "adipose" else 94.44
    got = np.array([start * left_alive(CellDose(source, 1.0, "cells", "intravenous", (0.0,)), minutes / 1440)])
    spread = 14.5 if minutes > 300 else 3.0
    return got, "%", abs(float(got[0]) - _number(row)) < spread


def _best_storage(row: dict[str, str]) -> tuple[Array, str, bool]:
    from osteon.cells.product import left_alive

    good = CellDose("umbilical_cord", 1.0, "cells", "intravenous", (0.0,), vehicle="albumin")
    got = np.array([94.0 * left_alive(good, 6 / 24), 94.0 * np.exp(-0.03 * 6), 94.0 * np.exp(-0.007 * 6)])
    return got, "%", bool(got[1] <= _number(row) <= got[2])


def _homing(row: dict[str, str]) -> tuple[Array, str, bool]:
    young = CellDose("bone_marrow", 1.0, "cells", "intravenous", (0.0,), donor_age=20.0)
    disease = "ovx" if "OVX" in row["cell_source"] else "none"
    ratio = homing(young) / homing(
        CellDose("bone_marrow", 1.0, "cells", "intravenous", (0.0,), donor_age=40.0, donor_disease=disease)
    )
    return np.array([ratio]), "fold", abs(ratio - _number(row)) < 1e-9


def _infarcts(row: dict[str, str]) -> tuple[Array, str, bool]:
    """Of five rats: the count must lie in the 90 % predictive interval."""
    from scipy.stats import binom

    diameter = float(row["cell_source"].split()[1])
    z = np.concatenate([[0.0], np.random.default_rng(SEED).standard_normal(N_KINETIC_DRAWS)])
    chance = hazards.embolism_at(np.full(N_KINETIC_DRAWS + 1, diameter), hazards.half_diameter(z))
    count = int(row["value"])
    below, above = float(np.mean(binom.cdf(count, 5, chance))), float(np.mean(binom.sf(count - 1, 5, chance)))
    return chance, "chance", min(below, above) > 0.05


def _half(row: dict[str, str]) -> tuple[Array, str, bool]:
    z = np.concatenate([[0.0], np.random.default_rng(SEED).standard_normal(N_KINETIC_DRAWS)])
    half = hazards.half_diameter(z)
    return half, "um", _within(half, _number(row))


def _carotid(cells: float, volume: float, minutes: float) -> Array:
    z = np.concatenate([[0.0], np.random.default_rng(SEED).standard_normal(N_KINETIC_DRAWS)])
    given = CellDose("bone_marrow", cells, "cells", "intra_arterial", (0.0,), volume=volume, infusion=minutes / 1440)
    hazard = hazards.arterial_hazard(given, np.full(N_KINETIC_DRAWS + 1, 0.25), np.full(N_KINETIC_DRAWS + 1, 23.0), z)
    return np.asarray(1 - np.exp(-hazard))


def _more_with_dose(row: dict[str, str]) -> tuple[Array, str, bool]:
    more = _carotid(1e6, 1.0, 3.0) - _carotid(2.5e5, 1.0, 3.0)
    return more, "chance, 1e6 less 2.5e5", bool(np.mean(more > 0) > 0.95)


def _more_when_slow(row: dict[str, str]) -> tuple[Array, str, bool]:
    more = _carotid(1e6, 0.5, 6.0) - _carotid(1e6, 1.0, 3.0)
    return more, "chance, 0.5 mL in 6 min less 1 mL in 3", bool(np.mean(more >= 0) > 0.95)


def _survival(cells: float) -> Test:
    def test(row: dict[str, str]) -> tuple[Array, str, bool]:
        got, _ = trajectory("mouse", "adipose", "intravenous", f"{cells} cells", (1.0,), ("death_risk",))
        alive_after = 100 * (1 - got["death_risk"][:, 0])
        return alive_after, "%", _near(alive_after, _number(row))

    return test


def _near(chance: Array, figure: float) -> bool:
    """Whether a count of MICE lies in the 90 % predictive interval."""
    from scipy.stats import binom

    count, p = round(figure / 100 * MICE), np.clip(chance[1:] / 100, 0, 1)
    return min(float(np.mean(binom.cdf(count, MICE, p))), float(np.mean(binom.sf(count - 1, MICE, p)))) > 0.05


MICE = 6  # behind each survival of kwon2024; the number was not seen.  Source: assumed


def _lethal(row: dict[str, str]) -> tuple[Array, str, bool]:
    z = np.concatenate([[0.0], np.random.default_rng(SEED).standard_normal(N_KINETIC_DRAWS)])
    given = CellDose("adipose", 1e6, "cells", "intravenous", (0.0,))
    half = hazards.lethal_dose(given, z) * np.log(2) ** (1 / hazards.LETHAL_STEEP)
    return half, "cells/kg", _within(half, _number(row))


def _any_event(row: dict[str, str]) -> tuple[Array, str, bool]:
    from scipy.stats import betabinom

    arm = CELL_KINETICS_PATIENTS[row["dose_per_kg"]]
    count, n = hazards.ANY_EVENT[arm]
    a, b = hazards.any_event()[1 if arm == 3 else 0]
    ends = betabinom.ppf([0.05, 0.95], n, a, b)
    draws = betabinom.rvs(n, a, b, size=N_KINETIC_DRAWS, random_state=SEED)
    return np.concatenate([[n * a / (a + b)], draws]), f"of {n} patients", bool(ends[0] <= count <= ends[1])


def _bound(event: str) -> Test:
    def test(row: dict[str, str]) -> tuple[Array, str, bool]:
        found = next(b for b in hazards.BOUNDS if b.event == event)
        return np.array([found.ratio, found.low, found.high]), row["unit"], found.low <= _number(row) <= found.high

    return test


def _antibodies(row: dict[str, str]) -> tuple[Array, str, bool]:
    return np.array([100 * hazards.ANTIBODIES]), "%", abs(100 * hazards.ANTIBODIES - _number(row)) < 0.1


def _loss_in_bag(row: dict[str, str]) -> tuple[Array, str, bool]:
    source = "adipose" if "AD" in row["cell_source"] else "umbilical_cord"
    given = CellDose(source, 1.0, "cells", "intravenous", (0.0,), viability=1.0, infusion=1.5 / 24)
    rate = np.array([-np.log(alive(given)) / 0.75])
    return rate, "1/h", abs(float(rate[0]) - _number(row)) < 0.03


TESTS: tuple[tuple[str, str, Test], ...] = (
    ("Toma 2009", "first-pass arrest", _organ_arrest),
    ("Toma 2009", "cells left in tissue", _left_in_organ),
    ("from Toma 2009", "first-order loss", _loss),
    ("Lee 2009", "half-life of cells", _half_life),
    ("Lee 2009 (meeting", "cells found in other", _elsewhere(0.002)),
    ("Lee 2009", "cells found in six", _elsewhere(0.002)),
    ("from Lee 2009", "share of lung loss", _release),
    ("Fischer 2009", "pulmonary passage of BMMC", _passage(8.0)),
    ("Fischer 2009", "pulmonary passage relative", _passage(18.0)),
    ("from Fischer 2009", "upper bound", _lung_arrest),
    ("Eggenhofer 2012", "viable donor cells recoverable", _alive_in_lung),
    ("Eggenhofer 2012", "viable donor cells in marrow", _none_elsewhere),
    ("Gholamrezanezhad 2011", "lung share", _patients_label),
    ("Gholamrezanezhad 2011", "liver share", _patients_label),
    ("Gholamrezanezhad 2011", "spleen share", _patients_label),
    ("Huang 2015 [124]", "signal detectable", _seen_at_fracture),
    ("Huang 2015 [124]", "cells trapped in lung", _seen_in_lung),
    ("Huang 2015 [124]", "injected cells left", _five_weeks),
    ("rabbit intramedullary", "proportion of infused", _marrow_of_rabbits),
    ("Sanghani-Kerai 2018", "migration ratio", _homing),
    ("Nguyen 2024", "viability in the bag", _bag),
    ("from Nguyen 2024", "viability loss", _loss_in_bag),
    ("Cell Transplant 2013", "best viability", _best_storage),
    ("Ge 2014", "animals with infarct", _infarcts),
    ("logistic fit", "diameter for 50%", _half),
    ("Cui 2015", "embolic events", _more_with_dose),
    ("Cui 2015", "complication rate", _more_when_slow),
    ("from Kwon", "LD50", _lethal),
    ("Alvaro-Gracia", "patients with at least one AE", _any_event),
    ("Thompson 2020", "fever", _bound("fever")),
    ("Thompson 2020", "infection", _bound("infection")),
    ("Thompson 2020", "thrombotic", _bound("thrombosis or embolism")),
    ("Thompson 2020", "malignancy", _bound("malignancy")),
    ("Wang Y 2021", "transient fever", _bound("fever")),
    ("Sanabria 2021", "patients with donor", _antibodies),
    ("Kwon 2024b", "final survival", _survival(2e6)),
)


def table() -> list[Row]:
    """All rows: those found by study and endpoint, and those that a further column tells apart."""
    found = rows()
    with (files("osteon") / "data" / "cells.csv").open(encoding="utf-8") as f:
        for number, row in enumerate(csv.DictReader(f), 2):
            if row["study"] == "Kwon 2024a" and row["endpoint"] == "survival":
                found.append(_row(number, row, _survival(float(row["dose_cells"]))))
            if row["study"] == "Eggenhofer 2012" and row["endpoint"].startswith("organ with"):
                found.append(_row(number, row, _organ({"1 h": 1 / 24, "24 h": 1.0}[row["time"]])))
    return sorted(found, key=lambda r: r.row)


def untested() -> list[str]:
    """Rows about kinetics, viability and harm that no test here looks at, by study and endpoint."""
    topics = ("kinetics", "engraftment", "homing", "survival", "viability", "embolism", "dose_limit", "adverse_events")
    seen = {r.row for r in table()}
    with (files("osteon") / "data" / "cells.csv").open(encoding="utf-8") as f:
        return [
            f"{row['study']}: {row['endpoint']} ({row['role']})"
            for number, row in enumerate(csv.DictReader(f), 2)
            if row["topic"] in topics and row["role"] != "context" and number not in seen
        ]


def priors() -> list[tuple[str, float, float, bool]]:
    """What the joint prior must keep: words, low, high (90 % of worlds), whether it does."""
    got, share = arrives(), outside()
    low, high = (float(x) for x in np.quantile(got[1:], [0.05, 0.95]))
    least, most = (float(x) for x in np.quantile(share[1:], [0.05, 0.95]))
    near = float(np.mean((got[1:] > 3e-5 / 3) & (got[1:] < 2.5e-4 * 3)))
    return [
        (f"living cells that reach marrow, share of dose: {near:.0%} of parameter draws within threefold of 3e-5 to 2.5e-4", low, high, near > 0.5),
        (f"living cells outside the lung: P(at most 0.2 %) = {np.mean(share[1:] <= 0.002):.2f}", least, most, bool(np.mean(share[1:] <= 0.002) > 0.5)),
    ]  # fmt: skip
