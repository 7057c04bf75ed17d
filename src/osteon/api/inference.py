"""What data say of numbers, and what numbers do: each function is a command of the command line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from osteon.api.results import Result


class SensitivityResult(Result):
    """Effects of uncertain numbers on outputs. df: ranked rows; assumed: the assumed numbers that matter, a frame."""

    @property
    def assumed(self) -> object:
        """Assumed numbers by what they do, a frame."""
        from osteon.api.results import frame

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
