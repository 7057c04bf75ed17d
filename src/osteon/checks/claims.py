"""Claims of the review, asked of the model: ids in, rows with verdicts out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from osteon.additions import active, cached
from osteon.checks.cells import CELLS
from osteon.checks.disease import DISEASE
from osteon.checks.faults import because
from osteon.checks.fractures import FRACTURE_CHECKS
from osteon.checks.harms import HARM_CHECKS
from osteon.checks.lab import Run, SimulatedValues, attempt
from osteon.checks.people import PEOPLE
from osteon.checks.remodelling import REMODELLING
from osteon.checks.rows import ClaimRow
from osteon.checks.trace import looking
from osteon.checks.treatment import TREATMENT
from osteon.checks.verdict import RUN_FAILED, UNWRITTEN, Check, Part, graded, missing, tracing
from osteon.errors import CorruptData, Fault, InputError, RunFailed, unknown
from osteon.evidence.claim import Claim, load_claims, own_claims
from osteon.interventions.own_cards import run_leaf
from osteon.io.tables import read_packaged

UNBROKEN = "holds, and no mechanism was broken for it yet"
CHECKED: dict[str, Check] = {
    c.id: c for c in (*DISEASE, *PEOPLE, *REMODELLING, *TREATMENT, *FRACTURE_CHECKS, *HARM_CHECKS, *CELLS)
}


@cached
def own_checks() -> dict[str, Check]:
    """Checks of the claims of the own folder in force, from `CHECKS` in its files `checks/NAME.py`.

    Raises InputError with every fault: what cannot be run, files without checks, claims that are not in its claims.csv.
    """
    folder, faults, found = active(), list[Fault](), dict[str, Check]()
    ids = _own_ids()
    for path in sorted(folder.files) if folder else ():
        module = run_leaf(folder, path, faults) if path.partition("/")[0] == "checks" and folder else None
        if module is None:
            continue
        made = vars(module).get("CHECKS", ())
        good = isinstance(made, (tuple, list)) and len(made) > 0 and all(isinstance(c, Check) for c in made)
        if not good:
            text = f"'{path}' has no CHECKS, a tuple of Check."
            faults.append(Fault("no_checks", path, "", "CHECKS = (Check(…), …)", "", text))
        for check in made if good else ():
            if ids is not None and check.id not in ids:
                faults.append(replace(unknown("own claim", check.id, ids, path), hint="Its row belongs in claims.csv."))
            found[check.id] = check
    if faults:
        raise InputError(faults)
    return found


def _own_ids() -> set[str] | None:
    """Ids of the own folder's claims; None where their table is broken, which is told of the table."""
    try:
        return {c.id for c in own_claims()}
    except CorruptData:
        return None


@dataclass(frozen=True)
class Moved:
    """What breaking one mechanism at a time did to a claim: tried, and which turned its verdict."""

    tried: int
    by: tuple[str, ...]

    @property
    def score(self) -> float:
        """Share of the broken mechanisms that turn the verdict."""
        return len(self.by) / self.tried if self.tried else 0.0


@cached
def mutation_scores() -> dict[str, Moved]:
    """By claim, as `./dev mutate` left them (data/mutations.csv)."""
    rows = read_packaged("mutations.csv")
    return {r["claim"]: Moved(int(r["tried"]), tuple(filter(None, r["turned_by"].split(" ")))) for r in rows}


def check_claims(ids: Sequence[str] = ()) -> list[ClaimRow]:
    """A row a claim in the order of the review; no ids = every claim.

    A run that fails costs its own claims their verdict, no others. Raises InputError for an id that the review does not have.
    """
    claims = _chosen(ids)
    known = {**CHECKED, **own_checks()}
    checks = [known.get(c.id, missing(c.id, "No check is written for this claim yet.", UNWRITTEN)) for c in claims]
    seen, failed = attempt([run for check in checks for run in check.runs.values()])
    return [_row(claim, check, seen, failed) for claim, check in zip(claims, checks, strict=True)]


def judged(check: Check, seen: Mapping[Run, SimulatedValues], failed: Mapping[Run, str]) -> tuple[list[Part], bool]:
    """Parts of a check, and whether anything was simulated for them; one part that says so where its run failed."""
    wrong = [f"the run '{name}' failed: it {failed[run]}" for name, run in check.runs.items() if run in failed]
    if wrong:
        return [Part(w, None, RUN_FAILED) for w in wrong], True
    with tracing() as touched:
        try:
            parts = check.judge({name: seen[run] for name, run in check.runs.items()})
        except RunFailed as error:
            return [Part(f"a run failed: {f.sentence()}", None, RUN_FAILED) for f in error.faults], True
    return parts, bool(check.runs or touched)


def _row(claim: Claim, check: Check, seen: Mapping[Run, SimulatedValues], failed: Mapping[Run, str]) -> ClaimRow:
    with looking() as looked:
        parts, touched = judged(check, seen, failed)
    moved = mutation_scores().get(claim.id)
    found = "merged" if check.twin else graded(check, parts, touched, moved.by if moved else None)
    return ClaimRow(
        id=claim.id,
        verdict=found,
        status=UNBROKEN if found == "holds" and moved is None else _status(found, check, parts),
        basis=check.basis,
        figure="; ".join(p.words for p in parts),
        evidence=check.evidence,
        claim=claim.paraphrase,
        differs=claim.source_says,
        at_fault=check.at_fault if found == "fails" else "",
        because=because(check, parts) if found == "fails" else "",
        twin=check.twin,
        mutation_score=round(moved.score, 3) if moved else None,
        turned_by=list(moved.by) if moved else [],
        looks_at=list(looked),
        parts=len(parts),
        two_sided=sum(p.two_sided for p in parts),
    )


def _status(found: str, check: Check, parts: Sequence[Part]) -> str:
    """The verdict in words; an unknown says which of the unknowns it is."""
    if found == "unknown":
        return next((p.why for p in parts if p.holds is None), UNWRITTEN)
    words = {"fails": f"fails: the {check.at_fault} is wrong", "merged": f"see {check.twin}"}
    return words.get(found, found)


def _chosen(ids: Sequence[str]) -> list[Claim]:
    claims = {c.id: c for c in load_claims()}
    asked = [i.strip().upper() for i in ids]
    wrong = [unknown("claim", i, claims, "claims") for i in asked if i not in claims]
    if wrong:
        raise InputError(wrong)
    return [c for c in claims.values() if not asked or c.id in asked]
