"""Study files: a population, a design, arms, endpoints."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from osteon.errors import InputError, latin_look, shown, unknown
from osteon.inputs.cell_hosts import host_faults
from osteon.inputs.designs import EscalationDesign, InterimAnalyses, ReEstimation
from osteon.inputs.dosing import Cells, DrugRegimen, for_human
from osteon.inputs.faults import faults_of
from osteon.inputs.features import unbuilt
from osteon.inputs.fields import (
    Days,
    Drop,
    Finite,
    Identifier,
    Name,
    Span,
    one_of,
)
from osteon.inputs.names import (
    AS,
    COVARIATES,
    ENDPOINT_ANALYSES,
    FRACTURE_ANALYSES,
    FRACTURE_ENDPOINTS,
    HABITS,
    HYPOTHESES,
    MISSING,
    STRATA,
)
from osteon.inputs.people import Habit, Override, daily_dose, overlaps
from osteon.inputs.population import MAX_PATIENTS, Population, cost
from osteon.inputs.record import Disagreement, RawTable, Record, at
from osteon.inputs.studied_range import with_permission
from osteon.io import toml
from osteon.outcomes.registry import kind_of
from osteon.units import DAYS_PER_MONTH

MAX_REPLICATES = 10_000  # trials in one draw of the parameters
_ALLOCATION = re.compile(r"[1-9][0-9]{0,2}(:[1-9][0-9]{0,2})*")


class Background(Record):
    """What every arm gets."""

    name: Annotated[str, one_of("background", ("calcium", "vitamin_d"))]
    dose: Any

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """A dose that is none."""
        name = given.get("name")
        if name is not None and "dose" in given:
            yield from daily_dose(name, given.get("dose"), *HABITS[name][1:])


class Design(Record):
    """Allocation, strata, visits, dropout."""

    duration: Span
    visits: list[Days] = Field(..., min_length=1, max_length=2000)
    allocation: Any = None
    strata: list[Annotated[str, one_of("stratum", STRATA)]] = []
    dropout: Drop = 0.0
    background: list[Background] = []

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Visits outside the study or out of order, an allocation that is none, a background given twice."""
        yield from _visits(given.get("visits") or [], given.get("duration"))
        allocation = given.get("allocation")
        if "allocation" in given and not (isinstance(allocation, str) and _ALLOCATION.fullmatch(allocation)):
            message = f"'{shown(allocation)}' is not an allocation."
            hint = 'Write one whole number from 1 to 999 for each arm, as in "2:1:1".'
            yield at("allocation", code="bad_allocation", value=allocation, message=message, hint=hint)
        strata = given.get("strata") or []
        if len(set(strata)) < len(strata):
            yield at("strata", code="duplicate_name", message="A stratum stands twice.")
        names = [g.get("name") for _, g in given.many("background", Background)]
        for i, name in enumerate(names):
            if name is not None and name in names[:i]:
                message = f"The background '{name}' stands twice; give it once, with the whole dose."
                yield at("background", i, "name", code="duplicate_name", value=name, message=message)


def _visits(visits: list[float], duration: float | None) -> Iterator[Disagreement]:
    for i, visit in enumerate(visits):
        if duration is not None and not 0 <= visit <= duration + 1e-9:
            month, last = visit / DAYS_PER_MONTH, duration / DAYS_PER_MONTH
            message = f"A visit at month {month:g} lies outside the study (0 to {last:g} months)."
            allowed = f"0 to {last:g} months"
            yield at("visits", i, code="visit_outside", value=month, message=message, allowed=allowed)
    if sorted(set(visits)) != visits:
        yield at("visits", code="visits_order", message="Visits must rise and be given once each.")


class Arm(Record):
    """One arm."""

    name: Name
    regimen: list[DrugRegimen] = Field([], max_length=200)
    cells: list[Cells] = Field([], max_length=200)
    habit: list[Habit] = Field([], max_length=200)
    override: list[Override] = Field([], max_length=1000)
    allow_unstudied_dose: bool = False

    @classmethod
    def prepared(cls, table: Any) -> Any:
        """With its permission on every dose."""
        return with_permission(table)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Drugs and cells that people are not given so; habits and overrides that overlap."""
        yield from host_faults(given, "human")
        yield from for_human(given)
        yield from overlaps(given.many("habit", Habit), "habit", "name")
        yield from overlaps(given.many("override", Override), "override", "parameter")


class Endpoint(Record):
    """What is compared, when, and how."""

    name: Identifier
    visit: Days
    as_: Annotated[str, one_of("form", (*AS, "incidence"))] = Field("percent_change", alias="as")
    analysis: Annotated[str, one_of("analysis", (*ENDPOINT_ANALYSES, *FRACTURE_ANALYSES))] = "ancova"
    compare: Name | None = None
    alpha: Finite = Field(0.05, gt=0, lt=1)
    hypothesis: Annotated[str, one_of("hypothesis", HYPOTHESES)] = "difference"
    margin: Finite | None = None
    missing: Annotated[str, one_of("handling of missing values", MISSING)] = "complete_cases"
    threshold: Finite | None = None
    higher_is_better: bool = True
    covariates: list[Annotated[str, one_of("covariate", COVARIATES)]] = Field([], max_length=20)
    prognostic: bool = False

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Fractures are incidences with tests of their own; nothing else is."""
        name, form, analysis = given.get("name"), given.get("as"), given.get("analysis")
        breaks = name in FRACTURE_ENDPOINTS
        if "as" in given and form is not None and (form == "incidence") != breaks:
            message = f"The endpoint '{name}' is {'an incidence' if breaks else 'no fracture, so it has no incidence'}."
            allowed = "incidence" if breaks else ", ".join(AS)
            yield at("as", code="bad_form", value=form, message=message, allowed=allowed)
        if "analysis" in given and analysis is not None and (analysis in FRACTURE_ANALYSES) != breaks:
            allowed = ", ".join(FRACTURE_ANALYSES if breaks else ENDPOINT_ANALYSES)
            message = f"The endpoint '{name}' cannot be analysed by '{analysis}'."
            yield at("analysis", code="bad_analysis", value=analysis, message=message, allowed=allowed)
        if name == "pain" and form != "value":
            message = "Pain is 0 before a fracture: it has no percent change and no ratio."
            yield at("as", code="bad_form", value=form, message=message, allowed="value")
        if (
            name is not None
            and kind_of(name) == "t_score"
            and (form in ("percent_change", "ratio") or analysis == "ratio")
        ):
            message = "A T-score has a zero of its own: it has no percent change and no ratio."
            hint = 'Write as = "value" (an ancova of values is that of their changes), or name the BMD itself.'
            yield at("as", code="bad_form", value=form, message=message, allowed="value", hint=hint)
        yield from _comparator(given)
        yield from _margin(given, breaks)
        yield from _adjustment(given)


def _adjustment(given: RawTable) -> Iterator[Disagreement]:
    """Covariates and forecasts where the analysis adjusts for none, or twice."""
    covariates, analysis = given.get("covariates") or [], given.get("analysis")
    plain = analysis == "ancova" and given.get("missing") in (None, "complete_cases")
    for key, asked in (("covariates", covariates), ("prognostic", given.get("prognostic"))):
        if asked and not plain:
            message = f"'{key}' is for the analysis 'ancova' of patients with a value."
            yield at(key, code="bad_analysis", value=asked, message=message, hint='Write analysis = "ancova".')
    if len(set(covariates)) < len(covariates):
        yield at("covariates", code="duplicate_name", value=covariates, message="A covariate stands twice.")
    if given.get("prognostic") and given.get("compare") is None:
        message = "A forecast as covariate is of the comparator: say which arm that is."
        yield at("prognostic", code="contradiction", message=message, hint='Write compare = "…".')


def _comparator(given: RawTable) -> Iterator[Disagreement]:
    """What is asked of a comparison where there is none."""
    if given.get("compare") is not None or "compare" in given:
        return
    hypothesis, missing = given.get("hypothesis"), given.get("missing")
    if hypothesis not in (None, "difference"):
        message = f"The hypothesis '{hypothesis}' is about two arms: say which one is the comparator."
        yield at("hypothesis", code="contradiction", value=hypothesis, message=message, hint='Write compare = "…".')
    if missing not in (None, "complete_cases"):
        message = "Missing values are imputed for a comparison: say which arm is the comparator."
        yield at("missing", code="contradiction", value=missing, message=message, hint='Write compare = "…".')


def _margin(given: RawTable, fracture: bool) -> Iterator[Disagreement]:
    """A margin that no hypothesis uses or that has the wrong sign; ways with missing values that the analysis has not."""
    hypothesis, margin, analysis = (given.get(k) for k in ("hypothesis", "margin", "analysis"))
    lowest = 1.0 if analysis == "ratio" else 0.0
    if margin is not None and hypothesis == "difference":
        message = "A margin needs a hypothesis."
        hint = 'Write hypothesis = "non_inferiority", "superiority" or "equivalence".'
        yield at("margin", code="bad_margin", value=margin, message=message, hint=hint)
    elif margin is None and hypothesis not in (None, "difference"):
        message = f"The hypothesis '{hypothesis}' needs a margin in the endpoint's unit."
        yield at("margin", code="bad_margin", message=message, hint="Write margin = 1.5.")
    elif margin is not None and not margin > lowest:
        message = f"A margin of {margin:g} has the wrong sign: it is how far apart two results may lie."
        yield at("margin", code="bad_margin", value=margin, message=message, allowed=f"above {lowest:g}")
    if hypothesis not in (None, "difference") and (fracture or analysis == "responders"):
        message = f"The hypothesis '{hypothesis}' is not built for this analysis."
        yield at("hypothesis", code="bad_hypothesis", value=hypothesis, message=message, allowed="difference")
    missing = given.get("missing")
    if missing not in (None, "complete_cases") and analysis not in (None, "ancova", "t_test"):
        message = f"With the analysis '{analysis}' missing values cannot be imputed."
        allowed = 'analysis = "ancova"'
        yield at("missing", code="bad_analysis", value=missing, message=message, allowed=allowed)
    threshold = given.get("threshold")
    if (threshold is not None) != (analysis == "responders") and analysis is not None:
        message = "A threshold and the analysis 'responders' go together."
        hint = 'Write analysis = "responders" and threshold = 3.0, in the endpoint\'s unit.'
        yield at("threshold", code="bad_threshold", value=threshold, message=message, hint=hint)


class Uncertainty(Record):
    """Where parameters come from, and how many trials are run: `replicates` in each of `parameter_draws`.

    parameter_draws : draws of what is unknown for everybody, each shared by all patients of its trials; 0: the central one
    """

    parameters: Annotated[str, one_of("parameter source", ("none", "fit_ensemble"))] = "fit_ensemble"
    parameter_draws: int = Field(0, ge=0, le=10_000)
    replicates: int = Field(1, ge=1, le=MAX_REPLICATES)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Draws of parameters that are said to be known."""
        if given.get("parameters") == "none" and given.get("parameter_draws"):
            message = 'With parameters = "none" nothing is unknown, so there is nothing to draw.'
            hint = 'Write parameters = "fit_ensemble", or leave parameter_draws out.'
            value = given.get("parameter_draws")
            yield at("parameter_draws", code="contradiction", value=value, message=message, hint=hint)


class Study(Record):
    """A whole study."""

    format: int
    title: Name
    question: str = Field("", max_length=2000)
    population: Population
    design: Design
    arm: list[Arm] = Field(..., min_length=1, max_length=50)
    endpoint: list[Endpoint] = Field(..., min_length=1, max_length=1000)
    uncertainty: Uncertainty = Uncertainty()
    looks: InterimAnalyses | None = None
    re_estimation: ReEstimation | None = None
    escalation: EscalationDesign | None = None
    allow_unstudied_dose: bool = False

    @classmethod
    def prepared(cls, table: Any) -> Any:
        """With its permission on every arm and dose."""
        return with_permission(table)

    @classmethod
    def disagreements(cls, given: RawTable) -> Iterator[Disagreement]:
        """Names, visits and numbers that do not fit across the tables of a study."""
        arms = [(i, g.get("name")) for i, g in given.many("arm", Arm)]
        design = given.one("design", Design)
        yield from _arm_names(arms)
        yield from _allocation(design.get("allocation") if design else None, len(arms))
        visits = (design.get("visits") if design else None) or []
        for i, endpoint in given.many("endpoint", Endpoint):
            yield from _endpoint(i, endpoint, [n for _, n in arms if n], visits)
        yield from _same_endpoints(given)
        yield from _total(given, design, len(arms))
        yield from _twice(given, design)
        yield from _designs(given, design)

    def ratio(self) -> list[int]:
        """Allocation, one number an arm."""
        return [int(x) for x in self.design.allocation.split(":")] if self.design.allocation else [1] * len(self.arm)

    def features(self) -> tuple[str, ...]:
        """Features that this study needs and that are not built yet, by name."""
        return unbuilt(self)


def _same_endpoints(given: RawTable) -> Iterator[Disagreement]:
    """An endpoint that says no more than another does: it would be tested twice."""
    keys = [f.alias or n for n, f in Endpoint.model_fields.items()]
    seen: dict[str, int] = {}
    for i, endpoint in given.many("endpoint", Endpoint):
        number = seen.setdefault(repr([endpoint.get(k) for k in keys]), i + 1)
        if number <= i and endpoint.get("name") is not None:
            message = f"The endpoint '{endpoint.get('name')}' says the same as endpoint {number}; give it once."
            yield at("endpoint", i, "name", code="duplicate_name", value=endpoint.get("name"), message=message)


def _designs(given: RawTable, design: RawTable | None) -> Iterator[Disagreement]:
    """Looks, re-estimation and escalation that do not fit arms and endpoints."""
    endpoints = [e for _, e in given.many("endpoint", Endpoint)]
    again, steps = given.one("re_estimation", ReEstimation), given.one("escalation", EscalationDesign)
    yield from unusable_interim_looks(given, endpoints)
    number = again.get("endpoint") if again else None
    if number is not None and number > len(endpoints):
        message = f"There is no endpoint {number}: the study has {len(endpoints)}."
        yield at(
            "re_estimation",
            "endpoint",
            code="bad_plan",
            value=number,
            message=message,
            allowed=f"1 to {len(endpoints)}",
        )
    elif number is not None and not _of_means(endpoints[number - 1]):
        message = "The sample size is re-estimated for a comparison of means: this endpoint is none."
        yield at(
            "re_estimation", "endpoint", code="bad_plan", value=number, message=message, hint="Choose another endpoint."
        )
    if steps is None:
        return
    arms = {a.get("name"): a for _, a in given.many("arm", Arm)}
    doses = steps.get("doses") or list(arms)
    for i, name in enumerate(doses):
        if name not in arms:
            yield ("escalation", "doses", i), unknown("arm", name, [a for a in arms if a])
        elif not arms[name].many("cells", Cells):
            message = f"The dose '{name}' has no cells: toxicities that limit a dose are those of cells."
            yield at(
                "escalation",
                "doses",
                i,
                code="bad_escalation",
                value=name,
                message=message,
                hint="Leave this arm out of 'doses'.",
            )
    skeleton, start = steps.get("skeleton") or [], steps.get("start")
    if not steps.get("doses") and skeleton and len(skeleton) != len(doses):
        message = f"{len(skeleton)} guesses for {len(doses)} doses."
        yield at("escalation", "skeleton", code="bad_escalation", value=skeleton, message=message, allowed="one a dose")
    if not steps.get("doses") and start is not None and start not in arms:
        yield ("escalation", "start"), unknown("arm", start, [a for a in arms if a])
    if design and design.get("allocation") is not None:
        message = "An escalation allocates patients itself."
        yield at("design", "allocation", code="contradiction", message=message, hint="Leave 'allocation' out.")
    if design and design.get("strata"):
        message = "An escalation has no strata: cohorts come one after the other."
        yield at("design", "strata", code="contradiction", message=message, hint="Leave 'strata' out.")
    if given.one("looks", InterimAnalyses) or again:
        message = (
            "An escalation looks after every cohort; 'looks' and 're_estimation' are for trials with randomised arms."
        )
        yield at("escalation", code="contradiction", message=message)


def unusable_interim_looks(given: RawTable, endpoints: list[RawTable]) -> Iterator[Disagreement]:
    """Interim looks of a study or a plan none of whose endpoints they say anything of."""
    if given.one("looks", InterimAnalyses) and endpoints and not any(_sequential(e) for e in endpoints):
        message = "No endpoint of this file can be looked at on the way: looks are at comparisons of means."
        hint = 'Write compare = "…" in an endpoint that is no fracture and no share of responders.'
        yield at("looks", code="bad_plan", message=message, hint=hint)


def _sequential(endpoint: RawTable) -> bool:
    """Whether interim looks say something of an endpoint."""
    means = endpoint.get("name") not in FRACTURE_ENDPOINTS and endpoint.get("analysis") != "responders"
    return means and endpoint.get("compare") is not None


def _of_means(endpoint: RawTable) -> bool:
    """Whether an endpoint compares means."""
    fracture = endpoint.get("name") in FRACTURE_ENDPOINTS
    return (
        not fracture
        and endpoint.get("compare") is not None
        and endpoint.get("analysis") in ("ancova", "t_test", "mixed_model")
    )


def _arm_names(arms: list[tuple[int, str | None]]) -> Iterator[Disagreement]:
    seen: dict[str, str] = {}
    for i, name in arms:
        if name is None:
            continue
        look = latin_look(name).casefold()
        if seen.get(look) == name:
            yield at("arm", i, "name", code="duplicate_name", value=name, message=f"Two arms are named '{name}'.")
        elif look in seen:
            message = f"The arms '{seen[look]}' and '{name}' cannot be told apart by eye."
            yield at("arm", i, "name", code="duplicate_name", value=name, message=message)
        seen.setdefault(look, name)


def _allocation(allocation: Any, arms: int) -> Iterator[Disagreement]:
    if isinstance(allocation, str) and _ALLOCATION.fullmatch(allocation) and len(allocation.split(":")) != arms:
        message = f"The allocation '{allocation}' has not one number for each of the {arms} arms."
        hint = f'Write "{":".join(["1"] * arms)}" for arms of one size.' if 0 < arms <= 50 else ""
        yield at("design", "allocation", code="bad_allocation", value=allocation, message=message, hint=hint)


def _endpoint(i: int, endpoint: RawTable, arms: list[str], visits: list[float]) -> Iterator[Disagreement]:
    name, compare, visit, form = (endpoint.get(k) for k in ("name", "compare", "visit", "as"))
    if compare is not None and compare not in arms:
        yield ("endpoint", i, "compare"), unknown("arm", compare, arms)
    elif compare is not None and arms == [compare]:
        message = f"'{compare}' is the only arm: it cannot be compared with itself."
        hint = "Add a comparator as another [[arm]], or leave 'compare' out."
        yield at("endpoint", i, "compare", code="contradiction", value=compare, message=message, hint=hint)
    if not visits or visit is None:
        return
    months = ", ".join(f"{v / DAYS_PER_MONTH:g}" for v in visits[:40])
    if not any(math.isclose(visit, v, abs_tol=1e-6) for v in visits):
        message = f"Endpoint '{name}' is read at month {visit / DAYS_PER_MONTH:g}, which is not a visit."
        yield at("endpoint", i, "visit", code="no_such_visit", value=name, message=message, allowed=f"month {months}")
        return
    if name in FRACTURE_ENDPOINTS or (form == "value" and endpoint.get("analysis") == "t_test"):
        return
    if abs(visits[0]) > 1e-9:
        message = "A change, a ratio and an ancova need a visit at month 0."
        hint = 'Let visits begin with "0 months", or write as = "value" and analysis = "t_test".'
        yield at("design", "visits", code="no_baseline_visit", value=visits[0], message=message, hint=hint)
    elif math.isclose(visit, visits[0], abs_tol=1e-6) and form != "value":
        message = f"Endpoint '{name}' is read at month 0, where every change is nil."
        yield at("endpoint", i, "visit", code="no_such_visit", value=name, message=message, allowed=f"month {months}")


def _total(given: RawTable, design: RawTable | None, arms: int) -> Iterator[Disagreement]:
    """All patients of all arms and replicates together."""
    population, uncertainty = given.one("population", Population), given.one("uncertainty", Uncertainty)
    each = population.get("patients_per_arm") if population else None
    ratio = design.get("allocation") if design else None
    parts = (
        [int(x) for x in ratio.split(":")] if isinstance(ratio, str) and _ALLOCATION.fullmatch(ratio) else [1] * arms
    )
    trials = [(uncertainty.get(key) if uncertainty else 1) or 1 for key in ("replicates", "parameter_draws")]
    total = (each or 0) * sum(parts) * math.prod(trials)
    if total > MAX_PATIENTS:
        message = f"{total} patients in all arms together cannot be run. {cost(total)}"
        allowed = f"1 to {MAX_PATIENTS} in all"
        yield at("population", "patients_per_arm", code="bad_number", value=total, message=message, allowed=allowed)


def _twice(given: RawTable, design: RawTable | None) -> Iterator[Disagreement]:
    """A supplement of every arm that an arm gives again: which dose counts cannot be said."""
    background = {g.get("name") for _, g in design.many("background", Background)} if design else set()
    for i, arm in given.many("arm", Arm):
        for k, habit in arm.many("habit", Habit):
            name = habit.get("name")
            if name is not None and name in background:
                message = f"'{name}' is given in the background of every arm already."
                hint = "Give it in the arms alone, with the whole dose."
                yield at("arm", i, "habit", k, "name", code="overlap", value=name, message=message, hint=hint)


def load_study(path: str | Path) -> Study:
    """Read a study file. Raises InputError with every fault."""
    return read_study(toml.read(path), Path(path).name)


def read_study(table: dict[str, Any], name: str = "study") -> Study:
    """A study from an already parsed table."""
    try:
        return Study.model_validate(table)
    except ValidationError as error:
        raise InputError(faults_of(error, name, Study)) from None
