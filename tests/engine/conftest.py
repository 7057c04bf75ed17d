"""Small models with known answers."""

import pytest

from osteon.model import Entry, Module, Parameter, Process, State, assemble, exp


def p(name, value, unit="1"):
    return Parameter(name, value, unit, "assumed", "assumed")


@pytest.fixture(scope="session")
def one_compartment():
    """Depot and plasma: ka, ke, with bioavailability."""
    return assemble(
        Module(
            "pk",
            parameters=(p("ka", 1.5, "1/day"), p("ke", 0.3, "1/day"), p("f", 0.6)),
            states=(State("depot", "mg", 0.0, 10.0), State("plasma", "mg", 0.0, 10.0)),
            processes=(
                Process("absorption", lambda depot, ka: ka * depot, "mg/day", {"depot": -1, "plasma": 1}),
                Process("elimination", lambda plasma, ke: ke * plasma, "mg/day", {"plasma": -1}),
            ),
            entries=(Entry("drug", "oral", "depot", "mg", bioavailability="f"),),
        )
    )


@pytest.fixture(scope="session")
def sink():
    """A state that keeps whatever it is given: the balance of doses."""
    return assemble(
        Module(
            "sink",
            parameters=(p("k", 0.0, "1/day"),),
            states=(State("held", "mg", 0.0, 1.0),),
            processes=(Process("leak", lambda held, k: k * held, "mg/day", {"held": -1}),),
        )
    )


@pytest.fixture(scope="session")
def stiff():
    """A non-linear, stiff, time-dependent problem with a smooth solution: y follows cos, z follows y quickly."""
    return assemble(
        Module(
            "stiff",
            parameters=(p("fast", 200.0, "1/day"), p("day", 1.0, "day"), p("rate", 1.0, "1/day")),
            states=(State("y", "1", 1.0), State("z", "1", 1.0)),
            processes=(
                Process("pull", lambda y, z, rate: rate * (z**3 - y), "1/day", {"y": 1}),
                Process(
                    "follow",
                    lambda y, z, fast, time, day: fast * (y * exp(-((time / day) ** 2) / 50) - z),
                    "1/day",
                    {"z": 1},
                ),
            ),
        )
    )


@pytest.fixture(scope="session")
def depot_and_plasma():
    """Makes the model of the event tables: F and lag of the way by mouth, and a share of the way into the vein."""

    def make(vein=None):
        return assemble(
            Module(
                "pk",
                parameters=(p("ka", 1.5, "1/day"), p("ke", 0.3, "1/day"), p("f", 0.6), p("lag", 0.2, "day")),
                states=(State("depot", "mg", 0.0, 10.0), State("plasma", "mg", 0.0, 10.0)),
                processes=(
                    Process("absorption", lambda depot, ka: ka * depot, "mg/day", {"depot": -1, "plasma": 1}),
                    Process("elimination", lambda plasma, ke: ke * plasma, "mg/day", {"plasma": -1}),
                ),
                entries=(
                    Entry("drug", "oral", "depot", "mg", bioavailability="f", lag="lag"),
                    Entry("drug", "intravenous", "plasma", "mg", bioavailability=vein),
                ),
            )
        )

    return make
