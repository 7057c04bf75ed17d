"""The same thing said through two doors is the same to the bit: units, regimens and tables, habits and overrides, order."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from osteon.inputs import read_scenario
from osteon.simulation.event_tables import attach_events
from osteon.simulation.scenario import simulate_scenario

pytestmark = pytest.mark.metamorphic
DRUGS = {
    "denosumab": ("subcutaneous", 60, "mg", 6),
    "zoledronate": ("intravenous", 5, "mg", 12),
    "alendronate": ("oral", 70, "mg", Fraction(7) / Fraction("30.4375")),
}  # drug -> route, dose, unit, months between doses
OUTPUTS = ["bmd_total_hip", "bmd_lumbar_spine", "ctx", "p1np"]
MONTH = Fraction("30.4375")
SIZES = {"mg": Fraction(1), "ug": Fraction(1, 1000), "g": Fraction(1000), "ng": Fraction(1, 10**6)}
TIMES = {
    "days": Fraction(1),
    "months": MONTH,
    "years": Fraction("365.25"),
    "weeks": Fraction(7),
    "hours": Fraction(1, 24),
}
SETS = {
    "alcohol": ("alcohol", "units/day", (0, 6)),
    "protein": ("protein_intake", "g/kg/day", (1, 3)),
    "glucocorticoid": ("glucocorticoid", "mg/day", (0, 15)),
    "bmi": ("bmi", "kg/m^2", (18, 35)),
}  # habit -> parameter, unit, range
KINDS = {
    "smoking": ("smoking", {"never": 0.0, "former": 0.3, "stop": 0.3, "current": 1.0}),
    "exercise": ("exercise", {"resistance_and_impact": 1.0, "walking": 0.2}),
    "immobilisation": ("immobilisation", {"bed_rest": 1.0, "wheelchair": 0.7}),
    "inflammation": ("inflammation_burden", {"active_arthritis": 1.0, "none": 0.0}),
}
PAIRS = 60  # of each of the nine kinds below


def decimal(value):
    """A fraction as text that reads back exactly, or None where it has no end."""
    value, digits = Fraction(value), 0
    while value.denominator != 1 and digits < 15:
        value, digits = value * 10, digits + 1
    if value.denominator != 1:
        return None
    whole = f"{abs(value.numerator):0{digits + 1}d}"
    text = f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole
    return f"-{text}" if value < 0 else text


def written(value, units, rng, size):
    """A quantity in one of several units, chosen so that the text is exact."""
    names = [n for n in units if decimal(Fraction(value) * size / units[n]) is not None]
    name = rng.choice(names)
    return f"{decimal(Fraction(value) * size / units[name])} {name}"


def months(value, rng=None):
    return written(value, TIMES, rng, MONTH) if rng else f"{decimal(value)} months"


def people(rng):
    """One of a few women, so that their lives before month 0 are solved once."""
    return rng.choice(
        [{"age": "66 years"}, {"age": "58 years", "smoking": "former", "baseline": {"t_total_hip": -2.1}}]
    )


def regimen(rng, drug=None, **more):
    drug = drug or rng.choice(["denosumab", "zoledronate"])
    route, dose, unit, every = DRUGS[drug]
    row = {"drug": drug, "dose": f"{dose} {unit}", "route": route, "every": months(every), "from": "0 months"}
    return row | {"until": months(rng.randint(7, 30))} | more


def scenario(person, **more):
    output = {"end": "36 months", "at": "6 months", "of": OUTPUTS}
    return {"format": 1, "person": person, "output": output | more.pop("output", {}), **more}


def answer(table, folder=None):
    read = read_scenario(table)
    rows = simulate_scenario(attach_events(read, folder) if folder else read).rows
    return {(r["output"], r["months"]): r["value"] for r in rows}


def units(rng, folder):
    """Every quantity in other units."""
    person, row = people(rng), regimen(rng)
    route, dose, unit, every = DRUGS[row["drug"]]
    start, until = rng.randint(0, 6), rng.randint(7, 30)
    plain = row | {"from": months(start), "until": months(until)}
    other = plain | {"dose": written(dose, SIZES, rng, SIZES[unit]), "every": months(every, rng)}
    other |= {"from": months(start, rng), "until": months(until, rng)}
    end = {"end": months(36, rng), "at": months(6, rng)}
    years = Fraction(person["age"].split()[0])
    elsewhere = person | {"age": written(years, {k: v for k, v in TIMES.items() if k != "weeks"}, rng, TIMES["years"])}
    return scenario(person, regimen=[plain]), scenario(elsewhere, regimen=[other], output=end)


def single_doses(rng, folder):
    """A regimen, or each of its doses by itself."""
    row = regimen(rng)
    every, until = (Fraction(row[k].split()[0]) for k in ("every", "until"))
    times = [k * every for k in range(40) if k * every < until]
    bare = {k: v for k, v in row.items() if k not in ("every", "until", "from")}
    person = people(rng)
    return scenario(person, regimen=[row]), scenario(person, regimen=[bare | {"from": months(t)} for t in times])


def event_table(rng, folder):
    """A regimen, or the same doses as rows of a table: by ADDL and II, or one by one."""
    row = regimen(rng)
    route, dose, unit, every = DRUGS[row["drug"]]
    until = Fraction(row["until"].split()[0])
    count = len([k for k in range(40) if k * every < until])
    name = f"{rng.getrandbits(60)}.csv"
    head = f"ID,TIME[month],EVID,CMT,AMT[{unit}],II[month],ADDL"
    addl = [f"1,0,1,{row['drug']},{dose},{every if count > 1 else 0},{count - 1}"]
    each = [f"1,{k * every},1,{row['drug']},{dose},0,0" for k in range(count)]
    (folder / name).write_text("\n".join([head, *rng.choice([addl, each])]) + "\n", encoding="utf-8")
    person = people(rng)
    return scenario(person, regimen=[row]), scenario(person, events=name)


def habit_or_override(rng, folder):
    """A habit, or an override of its parameter."""
    start = rng.randint(0, 20)
    span = {"from": months(start)} | ({"until": months(start + rng.randint(1, 12))} if rng.random() < 0.5 else {})
    if rng.random() < 0.5:
        name = rng.choice(list(SETS))
        parameter, unit, (low, high) = SETS[name]
        value = round(rng.uniform(low, high), 2)
        habit = {"name": name, "dose": f"{value!r} {unit}"}
    else:
        name = rng.choice(list(KINDS))
        parameter, kinds = KINDS[name]
        kind, value = rng.choice(list(kinds.items()))
        habit = {"name": name, "kind": kind}
    person, row = people(rng), regimen(rng)
    override = {"parameter": parameter, "value": value, **span}
    return scenario(person, regimen=[row], habit=[habit | span]), scenario(person, regimen=[row], override=[override])


def split(rng, folder):
    """One course, or two that follow each other."""
    row = regimen(rng, until="30 months")
    every = DRUGS[row["drug"]][3]
    cut = months(every * rng.randint(1, int(30 / every) - 1))
    person = people(rng)
    return scenario(person, regimen=[row]), scenario(person, regimen=[row | {"until": cut}, row | {"from": cut}])


def order(rng, folder):
    """Tables in another order."""
    rows = [regimen(rng, d) for d in ("denosumab", "zoledronate")]
    habits = [{"name": "calcium", "dose": "500 mg/day"}, {"name": "exercise", "kind": "impact", "from": "3 months"}]
    person = people(rng)
    return scenario(person, regimen=rows, habit=habits), scenario(person, regimen=rows[::-1], habit=habits[::-1])


def times(rng, folder):
    """A step, or the same times as a list; other outputs beside."""
    person, row = people(rng), regimen(rng)
    listed = [months(6 * k, rng) for k in range(7)]
    rng.shuffle(listed)
    return scenario(person, regimen=[row]), scenario(
        person, regimen=[row], output={"at": listed, "of": [*OUTPUTS[::-1], "bsap"]}
    )


def said(rng, folder):
    """What is usual, left out or written down."""
    row, age = regimen(rng), rng.choice(["66 years", "58 years"])
    years = Fraction(age.split()[0]) - Fraction("49.5")
    usual = {
        "years_since_menopause": f"{decimal(years)} years",
        "smoking": "never",
        "bmi": "25 kg/m^2",
        "sex": "female",
    }
    usual |= {"alcohol": "0 units/day", "prior_fractures": [], "height": "161 cm"}
    some = dict(rng.sample(list(usual.items()), rng.randint(1, len(usual))))
    return scenario({"age": age}, regimen=[row]), scenario({"age": age, **some}, regimen=[row | {"adherence": 1.0}])


def substances(rng, folder):
    """The words of the clinic: pounds, an indexed filtration, micrograms of vitamin D."""
    gfr = rng.randint(25, 80)
    dose = rng.choice([10, 20, 25, 50])
    kilograms = [{"weight": "68.0388555 kg"}, {"weight": "150 lb"}]
    kidneys = [{"gfr": f"{gfr} mL/min"}, {"gfr": f"{gfr} mL/min/1.73m^2"}]
    pills = [f"{40 * dose} IU/day", f"{dose} ug/day"]
    return tuple(
        scenario({"age": "66 years", **kilograms[k], **kidneys[k]}, habit=[{"name": "vitamin_d", "dose": pills[k]}])
        for k in (0, 1)
    )


DOORS = (units, single_doses, event_table, habit_or_override, split, order, times, said, substances)


@pytest.mark.parametrize("door", DOORS, ids=lambda d: d.__name__)
def test_two_doors_are_one_to_the_bit(door, tmp_path):
    wrong = []
    for seed in range(PAIRS):
        rng = random.Random(f"{door.__name__}:{seed}")
        first, second = door(rng, tmp_path)
        one, two = answer(first, tmp_path), answer(second, tmp_path)
        if any(two.get(key) != value for key, value in one.items()):
            wrong.append((seed, first, second))
    assert not wrong, f"{len(wrong)} of {PAIRS} differ; the first: {wrong[0]}"


def test_there_are_five_hundred_pairs():
    assert len(DOORS) * PAIRS >= 500
    rng = random.Random(1)
    assert len({str(units(rng, None)) for _ in range(PAIRS)}) > PAIRS * 0.9


def test_a_former_smoker_is_one_person_through_both_doors():
    """As a person, and as a habit that began long ago: the same woman, but for how she began at 30."""
    person = {"age": "66 years"}
    output = {"of": ["bmd_total_hip", "hazard_hip"]}
    one = answer(scenario(person | {"smoking": "former"}, output=output))
    always = {"name": "smoking", "kind": "former", "from": "-29000 days"}
    two = answer(scenario(person, habit=[always], output=output))
    never = answer(scenario(person, output=output))
    assert two == pytest.approx(one, rel=1e-3)
    key = ("hazard_hip", 36.0)
    assert never[key] < one[key]
    stopped = answer(
        scenario(person | {"smoking": "current"}, habit=[{"name": "smoking", "kind": "stop"}], output=output)
    )
    assert stopped[key] > one[key]  # she has smoked until now


def test_an_override_of_a_whole_life_is_what_the_person_is():
    """A change that begins on the first day meets a woman of 30 who was in balance without it; at 66 that is 6e-5."""
    person = {"age": "66 years"}
    one = answer(scenario(person | {"alcohol": "4 units/day"}))
    two = answer(scenario(person, override=[{"parameter": "alcohol", "value": 4.0}]))
    assert two == pytest.approx(one, rel=2e-4)


def frame_of(result):
    return {(r.output, round(r.month, 9)): r.value for r in result.df.itertuples()}


@pytest.mark.parametrize("door", [units, habit_or_override, split, substances], ids=lambda d: d.__name__)
def test_python_and_files_are_one_to_the_bit(door, tmp_path):
    """A table, its file, what is read from the file, and what that writes again."""
    from tests.trial.test_study_numbers import written as file_of

    import osteon as ost

    for seed in range(5):
        table, _ = door(random.Random(f"python:{door.__name__}:{seed}"), tmp_path)
        usual = {(output, round(month, 9)): value for (output, month), value in answer(table).items()}
        path = file_of(table, tmp_path / f"{door.__name__}{seed}.toml")
        again = tmp_path / f"again{seed}.toml"
        again.write_text(ost.read_scenario(path).to_toml(), encoding="utf-8")
        for way in (table, path, ost.read_scenario(path), again):
            assert frame_of(ost.simulate(way)) == usual
