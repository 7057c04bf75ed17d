"""Cells against the host they are given to: whose species and age the donor has, and whether the site is there at all.

A donor's age runs on the clock of the donor's own species. A donor of another species is xenogeneic; a xenogeneic donor of
an animal without a named species is a person, as in nearly all such studies.
"""

from __future__ import annotations

from collections.abc import Iterator

from osteon.biology.species import HEALING_SITES, body_of
from osteon.inputs.dosing import Cells, Donor
from osteon.inputs.names import DXA
from osteon.inputs.record import Disagreement, RawTable, at
from osteon.units import DAYS_PER_YEAR

OLDEST = 110.0  # years of a person; no donor of any species lives longer on its own clock.  Source: assumed


def donor_species(donor: Donor, host: str) -> str:
    """The species of a donor of cells for a host of a species.

    >>> donor_species(Donor(match="xenogeneic"), "rat"), donor_species(Donor(), "rat")
    ('human', 'rat')
    """
    if donor.species is not None:
        return donor.species
    return "human" if donor.match == "xenogeneic" else host


def donor_match(donor: Donor, host: str) -> str:
    """How a donor is related to a host: as the file says, and xenogeneic where another species is named.

    >>> donor_match(Donor(species="human"), "rat")
    'xenogeneic'
    """
    other = donor.species is not None and donor.species != host
    return "xenogeneic" if other and "match" not in donor.model_fields_set else donor.match


def host_faults(given: RawTable, host: str, age: float | None = None) -> Iterator[Disagreement]:
    """Faults between every line of cells of a table and its host.   age : of the host on day 0 in days, where known"""
    for i, cells in given.many("cells", Cells):
        donor = cells.one("donor", Donor)
        for where, fault in (*_of_donor(donor, host, age, cells.get("at")), *_of_site(cells, host)):
            yield ("cells", i, *where), fault


def _of_donor(donor: RawTable | None, host: str, age: float | None, days: list[float] | None) -> Iterator[Disagreement]:
    if donor is None:
        return
    match, species, old = donor.get("match"), donor.get("species"), donor.get("age")
    stated = match if "match" in donor else None
    if species is not None and stated in ("autologous", "allogeneic") and species != host:
        message = (
            f"Cells of a donor of the species {species} are xenogeneic in a host of the species {host}, not {stated}."
        )
        yield at("donor", "match", code="contradiction", value=match, message=message, allowed="xenogeneic")
    if stated == "xenogeneic" and (species == host or (species is None and host == "human")):
        what = f"The donor is of the host's own species ({host})." if species else "The donor's species is not said."
        message = f"{what} A xenogeneic donor is of another."
        yield at("donor", "match", code="contradiction", value=match, message=message, hint='Write species = "rat", with the donor\'s.')  # fmt: skip
    if old is None:
        return
    whose = species or ("human" if match == "xenogeneic" and host != "human" else host)
    years = body_of(whose).human_years(old)
    if years > OLDEST:
        message = f"No {whose} of {old / DAYS_PER_YEAR:.3g} years gives cells."
        most = body_of(whose).age_of(OLDEST)
        hint = 'Name the donor\'s species, as in species = "human".' if whose != "human" else ""
        yield at("donor", "age", code="age_out_of_range", value=old, message=message, hint=hint, allowed=f"up to {most:.0f} days")  # fmt: skip
    last = max(days) if days else 0.0
    if stated == "autologous" and age is not None and old > age + max(0.0, last) + 1:
        message = "Own cells cannot be older than the host when they are given."
        yield at("donor", "age", code="contradiction", value=old, message=message, allowed=f"up to {age + max(0.0, last):.0f} days")  # fmt: skip


def _of_site(cells: RawTable, host: str) -> Iterator[Disagreement]:
    site = cells.get("site")
    if host == "human" and site in HEALING_SITES:
        message = f"A person here has no open {site.replace('_', ' ')}: healing of a gap is modelled in animals only."
        hint = "Name the bone that is treated, or run an animal with condition 'fracture' or 'bone_defect'."
        yield at("site", code="no_such_site", value=site, message=message, hint=hint, allowed=", ".join(DXA))
