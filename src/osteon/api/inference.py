"""What data say of numbers, and what numbers do: each function is a command of the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from osteon.api.results import Result, frame


class SensitivityResult(Result):
    """Effects of uncertain numbers on outputs. df: ranked rows; assumed: the assumed numbers that matter, a frame."""

    @property
    def assumed(self) -> object:
        """Assumed numbers by what they do, a frame."""
        return frame(self._answer.more["assumed"])

    def tornado(self, output: str | None = None, where: str = "") -> object:
        """Bars of one output (the first where none is named), an Altair chart."""
        from osteon.report.sensitivity_figures import tornado

        name = output or self.rows[0]["output"]
        return tornado([r for r in self.rows if r["output"] == name and (not where or r["where"] == where)])

    def heat_map(self) -> object:
        """Numbers against outputs, an Altair chart."""
        from osteon.report.sensitivity_figures import heat_map

        return heat_map(self.rows)


def _joined(names: str | Iterable[str]) -> str:
    return names if isinstance(names, str) else ",".join(names)


def sensitivity(
    file: str | Path,
    method: str = "local",
    output: str | Iterable[str] = "",
    at: str = "",
    kinds: str | Iterable[str] = "fitted,assumed",
    parameters: str | Iterable[str] = "",
    samples: int | None = None,
    top: int = 12,
    seed: int = 1,
    out: str | Path | None = None,
) -> SensitivityResult:
    """Which uncertain numbers matter for the outputs of a scenario, a study or a dose-response file.

    method : "local", "morris", "sobol" or "shapley"; at : time of a scenario, as in "24 months"
    samples : trajectories, base samples (a power of two) or walks; out : folder of page and tables, resumed where it was stopped
    Raises InputError, Unsupported.

    >>> import osteon as ost
    >>> r = ost.sensitivity("examples/scenario_woman.toml", output="bmd_total_hip", parameters=["denosumab_effect_kd"])
    >>> r.df[["rank", "parameter", "output"]].values.tolist()
    [[1, 'denosumab_effect_kd', 'bmd_total_hip']]
    """
    from osteon.app.scenarios import check_whole
    from osteon.app.sensitivity import check_method
    from osteon.app.sensitivity import sensitivity as analyse

    check_method(method)
    check_whole("top", top, 1, 1000)
    if samples is not None:
        check_whole("samples", samples, 2, 1_048_576)
    names = _joined(output), at, _joined(kinds), _joined(parameters)
    return SensitivityResult(analyse(str(file), method, *names, samples, top, seed, None if out is None else str(out)))


class PersonResult(Result):
    """One person's posterior. df: her course under every option; tables of chances, biology, next measurements, evidence."""

    @property
    def chances(self) -> Any:
        """What may happen under each option, a frame."""
        return frame(self._answer.more["chances"])

    @property
    def biology(self) -> Any:
        """Her numbers before and after her measurements, a frame."""
        return frame(self._answer.more["biology"])

    @property
    def next_measurements(self) -> Any:
        """What a measurement would tell, a frame."""
        return frame(self._answer.more["next_measurements"])

    @property
    def summary(self) -> dict[str, Any]:
        """Virtual persons, what they are worth, how surprising her measurements are."""
        return dict(self._answer.more["summary"][0])


def person(file: str | Path | Mapping[str, Any], seed: int = 1, members: int = 1024) -> PersonResult:
    """What one person's history says of her biology, and her course under each option. Research use only, never advice.

    file : a person file, or a table of the same form; members : virtual persons at most
    Raises InputError with every fault, RunFailed.

    >>> import osteon as ost
    >>> r = ost.person("examples/person_history.toml", members=256)
    >>> sorted(r.df["option"].unique())[0]
    'denosumab for 3 years, then nothing'
    """
    from osteon.app.person import person as answer
    from osteon.app.person import person_of_table
    from osteon.app.scenarios import check_whole

    check_whole("members", members, 256, 100_000)
    if isinstance(file, Mapping):
        return PersonResult(person_of_table(dict(file), seed, members))
    return PersonResult(answer(str(file), seed, members))


class FitResult(Result):
    """Numbers fitted to one's own rows. df: estimates; profiles, predictive: frames."""

    @property
    def profiles(self) -> Any:
        """Rise of half the objective along every number, a frame."""
        return frame(self._answer.more["profiles"])

    @property
    def predictive(self) -> Any:
        """Rows beside what the posterior would show again, a frame."""
        return frame(self._answer.more["predictive"])


def fit(rows: Any, free: str | Iterable[str], cohort: str | Path, seed: int = 1) -> FitResult:
    """Fit named numbers to rows of one's own: estimates, profiles, posterior, predictive check.

    rows : a CSV file, a pandas frame, or dictionaries with arm, endpoint, months, value, unit; cohort : a TOML file or a shipped name
    Raises InputError with every fault of rows, cohort and names.

    >>> import osteon as ost
    >>> ost.fit([{"arm": "denosumab", "endpoint": "ctx", "months": 6, "value": "low", "unit": "percent"}], "denosumab_cl", "freedom")
    Traceback (most recent call last):
    osteon.errors.InputError: ...
    """
    from osteon.app.sensitivity import names_in
    from osteon.app.user_data import fit_user_data

    own = rows.to_dict("records") if hasattr(rows, "to_dict") else rows
    names = names_in(free) if isinstance(free, str) else tuple(free)
    return FitResult(fit_user_data(own, names, str(cohort), seed))


class PosteriorResult(Result):
    """A sampled posterior. df: the one row of its diagnostics; parameters, trials, pairs: frames."""

    @property
    def parameters(self) -> Any:
        """Posterior beside prior, and convergence, of every number, a frame."""
        return frame(self._answer.more["parameters"])

    @property
    def trials(self) -> Any:
        """Pareto k of leaving each trial out, and how its rows lie, a frame."""
        return frame(self._answer.more["trials"])

    @property
    def pairs(self) -> Any:
        """Numbers that the data can hardly tell apart, a frame."""
        return frame(self._answer.more["pairs"])


def posterior(
    folder: str | Path, minutes: float | None = None, assumed: int = 10, chains: int = 24, seed: int = 1
) -> PosteriorResult:
    """The posterior that a folder holds; with `minutes`, sampled until so many are spent in it. Raises InputError, CorruptData.

    >>> import osteon as ost
    >>> ost.posterior("no_such_folder")
    Traceback (most recent call last):
    osteon.errors.InputError: ...
    """
    from osteon.app.posterior import posterior as sampled

    return PosteriorResult(sampled(str(folder), minutes or 180.0, assumed, chains, seed, minutes is None))
