"""Checks of what the review says of cells: their sources, their regulators in the dish, and its Table 1.

A sign that was typed in as an edge is entailed: it holds because the table says so, and is no evidence for the model.
Each judge looks at dishes by name, so that a test can put the same untreated dish everywhere and see it fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from osteon.additions import cached
from osteon.cells.product import release
from osteon.cells.regulators import edges, host_niche, regulators
from osteon.cells.sources import Source, markers, source_names, source_of
from osteon.checks.cell_animals import IN_ANIMALS
from osteon.checks.cell_harms import HARMS_OF_CELLS
from osteon.checks.cell_questions import QUESTIONS
from osteon.checks.experiments import evidence_of, part_of
from osteon.checks.lab import YOUNG, Run, SimulatedValues
from osteon.checks.verdict import AtFault, Basis, Check, Evidence, Part, merged, missing, noted, sign, touch
from osteon.replication.experiments import DRAWS, load_experiment, run_experiment
from osteon.simulation.culture import Dish, effect

CELLS_MARROW, FAT, CORD = "bone_marrow", "adipose", "umbilical_cord"
MIN_EFFECT_PERCENT = 5.0  # percent; a smaller effect in a dish counts as none
OF_TABLE_1 = {f"C{193 + i}": f"T1-{1 + i:02d}" for i in range(20)}  # rows of the table in the order of the claims
ALSO = {"C133": "T1-14", "C101": "T1-02", "C103": "T1-03", "C149": "T1-18", "C159": "T1-20"}  # said in the text as well

Dishes = Mapping[str, Dish]


@dataclass(frozen=True)
class DishCheck:
    """A claim judged from dishes by name."""

    id: str
    judge: Callable[[Dishes], list[Part]]
    dishes: Dishes
    basis: Basis = "entailed"
    evidence: Evidence = "assumed"
    at_fault: AtFault = "model"
    because: str = ""

    def check(self) -> Check:
        """As every other claim is checked."""
        judge = self.judge
        return Check(
            self.id,
            self.basis,
            self.evidence,
            lambda seen: judge(self.dishes),
            at_fault=self.at_fault,
            because=self.because,
        )


def _effect(dish: Dish, output: str, against: Dish) -> float:
    """The typical effect of a dish over another."""
    touch("dish")
    return effect(dish, output, against, draws=0).typical


def _part(words: str, dish: Dish, against: Dish, up: bool, output: str = "mineral") -> Part:
    change = 100 * (_effect(dish, output, against) - 1)
    return sign(f"{output.replace('_', ' ')} {words}", change, up, least=MIN_EFFECT_PERCENT)


def _void(words: str, dish: Dish, against: Dish) -> Part:
    change = 100 * (_effect(dish, "mineral", against) - 1)
    return Part(f"mineral {words} {change:+.2f} %", abs(change) < 1e-6)


def _with(source: str, *blocked: str, **given: float) -> Dish:
    return Dish(source, regulators=given, blocked=blocked)


def _signs(source: str, signs: Mapping[str, bool]) -> tuple[Callable[[Dishes], list[Part]], dict[str, Dish]]:
    """A judge and its dishes: each regulator moves mineral its way, and no more with its node blocked."""
    dishes = {"plain": Dish(source)}
    for name in signs:
        nodes = tuple({e.node for e in edges(name, source)})
        dishes |= {name: _with(source, **{name: 1.0}), f"{name} blocked": _with(source, *nodes, **{name: 1.0})}

    def judge(d: Dishes) -> list[Part]:
        parts = [_part(f"with {n}", d[n], d["plain"], up) for n, up in signs.items()]
        return parts + [
            _void(f"with {n}, its node blocked", d[f"{n} blocked"], d[f"{n} blocked"].control()) for n in signs
        ]

    return judge, dishes


def _ratio(d: Dishes) -> list[Part]:
    """Bone against fat among the cells."""
    parts = []
    for name, up in {"mots_c": True, "simvastatin": True, "snhg1": False, "wnt": True, "pparg": False}.items():
        bone, fat = (_effect(d[name], o, d["plain"]) for o in ("committed", "fat_cells"))
        parts.append(sign(f"bone to fat cells with {name}", 100 * (bone / fat - 1), up, least=MIN_EFFECT_PERCENT))
    return parts


def _without_limit(d: Dishes) -> list[Part]:
    """Printed: renewal without limit. Then late passages would make as much bone and double as fast as early ones."""
    lost = 100 * (_effect(d["late"], "mineral", d["plain"]) - 1)
    slower = [float(source_of(CELLS_MARROW).doubling_time(p, 30.0)) for p in (3, 10)]
    return [
        Part(
            f"mineral of marrow cells of passage 10 {lost:+.0f} % (without limit: as before)",
            lost > -MIN_EFFECT_PERCENT,
        ),
        Part(f"they double in {slower[1]:.0f} h, not {slower[0]:.0f} h", slower[1] < 1.05 * slower[0]),
    ]


def _best_of_young(d: Dishes) -> list[Part]:
    return [_part(f"of young {n} against marrow cells", d[n], d["marrow"], up=False) for n in ("fat", "cord")]


def _old_and_late(d: Dishes) -> list[Part]:
    def kept(source: str, arm: str) -> float:
        return _effect(d[f"{source} {arm}"], "mineral", d[f"{source} young"])

    parts = [
        Part(f"mineral kept {words}: fat cells {fat:.0%}, marrow cells {marrow:.0%}", fat > marrow + 0.05)
        for words, arm in (("at 71 against 36 years", "old"), ("at passage 9 against 3", "late"))
        for fat, marrow in [(kept("fat", arm), kept("marrow", arm))]
    ]
    slow = max(float(source_of(FAT).doubling_time(p, 71.4)) for p in (3, 4, 5, 6))
    return [*parts, Part(f"fat cells double within {slow:.0f} h at 71 years", slow < 70)]


def _inhibitors(d: Dishes) -> list[Part]:
    found = [_part(f"of fat cells with {n} blocked", d[n], d["plain"], up=False) for n in ("erk", "pka", "wnt")]
    return [*found, _part("with zinc and the field", d["factors"], d["plain"], up=True)]


def _loses_p38(d: Dishes) -> list[Part]:
    off = d["off"], d["plain"]
    fat = _part("in marrow cells without p38 alpha", *off, True, "fat_cells")
    return [_part("of marrow cells without p38 alpha", *off, False), fat]


def _foxf1(d: Dishes) -> list[Part]:
    down = _part("with Foxf1 knocked down", d["down"], d["plain"], up=True)
    return [down, _void("with Foxf1 knocked down and Wnt blocked", d["blocked"], d["blocked"].control())]


def _demethylated(d: Dishes) -> list[Part]:
    up = _part("with methylation taken back", d["lower"], d["plain"], up=True)
    return [up, _void("with it taken back and PTEN blocked", d["blocked"], d["blocked"].control())]


def _donor(d: Dishes) -> list[Part]:
    return [_part("of fat cells of osteoporotic donors", d["sick"], d["plain"], up=False)]


def _pair(source: str, *names: str) -> dict[str, Dish]:
    return {"plain": Dish(source)} | {n: _with(source, **{n: 1.0}) for n in names}


IN_MARROW = {"mots_c": True, "pilose_antler_extract": True, "snhg1": False, "wnt": True, "pparg": False}
IN_CORD = {"wnt": True, "akt": True, "notch_inhibition": False}
_THREE = {"marrow": Dish(CELLS_MARROW), "fat": Dish(FAT), "cord": Dish(CORD)}
_AGED: dict[str, dict[str, Any]] = {
    "young": {"donor_age": 36.4},
    "old": {"donor_age": 71.4},
    "late": {"donor_age": 36.4, "passage": 9},
}
IN_DISHES: tuple[DishCheck, ...] = (
    DishCheck("C19", _without_limit, {"plain": Dish(CELLS_MARROW), "late": Dish(CELLS_MARROW, passage=10)}, "fitted", "human", "review",
              "cultured cells age: doubling slows from passage 3 to 6 in every donor (CHEN2012), 7.7 doublings a passage fall to 1.2 (BONAB2006)"),
    DishCheck("C87", _best_of_young, _THREE),
    DishCheck("C106", *_signs(CELLS_MARROW, IN_MARROW)),
    DishCheck("C107", _ratio, _pair(CELLS_MARROW, "mots_c", "simvastatin", "snhg1", "wnt", "pparg")),
    DishCheck("C110", _foxf1, {
        "plain": Dish(CELLS_MARROW), "down": _with(CELLS_MARROW, foxf1=-1.0),
        "blocked": _with(CELLS_MARROW, "wnt", foxf1=-1.0),
    }),
    DishCheck("C113", _loses_p38, {"plain": Dish(CELLS_MARROW), "off": _with(CELLS_MARROW, p38a=-1.0)}),
    DishCheck("C115", *_signs(CELLS_MARROW, {"mir_1297": False})),
    DishCheck("C116", *_signs(CELLS_MARROW, {"xipt": True})),
    DishCheck("C117", *_signs(CELLS_MARROW, {"snhg1": False})),
    DishCheck("C118", *_signs(CELLS_MARROW, {"hotair": False})),
    DishCheck("C122", _donor, {"plain": Dish(FAT), "sick": Dish(FAT, osteoporotic_donor=True)}),
    DishCheck("C126", _old_and_late, {
        f"{n} {arm}": replace(Dish(s), **given) for n, s in (("fat", FAT), ("marrow", CELLS_MARROW)) for arm, given in _AGED.items()
    }, "fitted", "human"),
    DishCheck("C129", _inhibitors, {
        "plain": Dish(FAT), "factors": _with(FAT, zinc=1.0, emf_50hz=1.0),
        **{n: Dish(FAT, blocked=(n,)) for n in ("erk", "pka", "wnt")},
    }),
    DishCheck("C144", *_signs(CORD, IN_CORD)),
    DishCheck("C145", *_signs(CELLS_MARROW, {"tnf_alpha": True}), at_fault="review",
              because="its own source shows that TNF-alpha lowers osteogenesis, and that cord cells lower serum TNF-alpha (ref 101)"),
    DishCheck("C177", *_signs(CELLS_MARROW, {"pten": True, "methylation": False})),
    DishCheck("C178", _demethylated, {"plain": Dish(CELLS_MARROW), "lower": _with(CELLS_MARROW, methylation=-1.0),
                                      "blocked": _with(CELLS_MARROW, "pten", methylation=-1.0)}),
)  # fmt: skip


def _release(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    good = dict.fromkeys(markers()["present"], 0.99) | dict.fromkeys(markers()["absent"], 0.0)
    spoiled = [m for m in good if not release(good | {m: 0.5}, 0.9)]
    named = {"CD73", "CD90", "CD105", "CD19", "CD45", "CD34", "CD14", "CD79a", "HLA-DR"}
    return [
        Part(f"{len(good)} markers, those of the review", set(good) == named),
        Part("a product with all in order is released", not release(good, 0.9)),
        Part("one with any marker at 50 % is not", not spoiled),
    ]


def _figures(field: str, *order: str) -> Part:
    """The typical figure of sources, in the order they must rise."""
    found = {n: source_of(n)[field].typical for n in order}
    words = ", ".join(f"{n.replace('_', ' ')} {v:g}" for n, v in found.items())
    return Part(f"{field.replace('_', ' ')}: {words}", list(found.values()) == sorted(found.values()))


def _cord(name: str) -> Source:
    return source_of(CORD, name)


def _without_p38(seen: Mapping[str, SimulatedValues], output: str) -> float:
    """An output 6 months after p38 alpha of the marrow ends, against one where it stays.  [%]"""
    return 100 * (seen["off"].at(output, 6) / seen["still"].at(output, 6) - 1)


def _p38_drives_osteoclasts(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    words = {"free_rankl": "free RANKL 6 months after p38 alpha of the marrow ends", "osteoclasts": "osteoclasts"}
    return [sign(w, _without_p38(seen, k), up=True, least=1) for k, w in words.items()]


def _p38_keeps_opg(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    return [
        sign("OPG 6 months after p38 alpha of the marrow ends", _without_p38(seen, "opg"), up=False, least=1),
        sign("resorption", _without_p38(seen, "resorption"), up=True, least=1),
    ]


def _fewer_progenitors(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    lost = 100 * (seen["fewer"].at("bmd_total_hip", 36) / seen["still"].at("bmd_total_hip", 36) - 1)
    return [sign("hip BMD 3 years after progenitors lean to fat", lost, up=False, least=0.5)]


def _no_edge_to_bone(seen: Mapping[str, SimulatedValues]) -> list[Part]:
    left = [
        name
        for name in regulators()
        if _void("", blocked := _blocked(name), blocked.control()).holds is not True
    ]  # fmt: skip
    return [
        Part(f"{len(regulators())} regulators; with an effect past their node: {', '.join(left) or 'none'}", not left)
    ]


def _blocked(name: str) -> Dish:
    return _with(CELLS_MARROW, *{e.node for e in edges(name, CELLS_MARROW)}, **{name: 1.0})


def _findings(experiment: str) -> tuple[Part, ...]:
    touch("experiment")
    return _found(experiment)


@cached
def _found(experiment: str) -> tuple[Part, ...]:
    row = load_experiment(experiment)
    found = run_experiment(row, draws=DRAWS if row.dishes else 0)
    return tuple(map(part_of, found))


def _experiment(claim: str, experiment: str, *looks: int) -> Check:
    """A claim that is one of the experiments, or some of its looks."""
    row = load_experiment(experiment)

    def judge(seen: Mapping[str, SimulatedValues]) -> list[Part]:
        parts = list(_findings(experiment))
        return [parts[i] for i in looks] if looks else parts

    basis = row.looks[looks[0]].basis if looks else row.basis
    kinds: dict[str, Basis] = {"emergent": "emergent", "entailed": "entailed", "fitted": "fitted"}
    return Check(claim, kinds[basis], evidence_of(row), judge)


OTHERS: tuple[Check, ...] = (
    noted("C83", "Bone and fat are simulated; cartilage, muscle and what lies outside the mesoderm are out of scope."),
    Check("C84", "entailed", "human", _release),
    missing("C85", "No mechanism yet: a source has no marker levels of its own."),
    Check("C21", "entailed", "human", lambda seen: [
        Part(f"sources: {', '.join(source_names())}", set(source_names()) >= {CELLS_MARROW, FAT, CORD})
    ]),
    merged("C86", "C21"),
    merged("C97", "C87"),
    *(merged(claim, f"C{192 + int(id.removeprefix('T1-'))}") for claim, id in ALSO.items()),
    Check("C88", "entailed", "assumed", lambda seen: [
        _figures("yield", CELLS_MARROW, FAT), _figures("harvest_harm", FAT, CELLS_MARROW),
    ]),
    Check("C89", "entailed", "assumed", lambda seen: [
        _figures("doubling_time", CORD, FAT, CELLS_MARROW), _figures("yield", CELLS_MARROW, FAT, CORD),
    ]),
    _experiment("C104", "T1-03", 4),
    missing("C108", "No mechanism yet: Foxf1 is a dose in the model, it does not answer to ovariectomy."),
    missing("C109", "No mechanism yet: Foxf1 is a dose in the model, it does not fall along differentiation."),
    Check("C111", "entailed", "assumed", _no_edge_to_bone),
    *(
        Check(i, "entailed", "animal", judge, {
            "still": Run(YOUNG), "off": Run(YOUNG, tuple(host_niche({"p38a": -1.0}).items()))
        })
        for i, judge in (("C112", _p38_drives_osteoclasts), ("C114", _p38_keeps_opg))
    ),
    noted("C119", "A cell source of the model."),
    missing("C120", "No mechanism yet: brown and white fat are one source."),
    noted("C121", "Bone and fat are simulated; muscle, tendon and vessel are out of scope."),
    Check("C124", "entailed", "assumed", lambda seen: [
        _figures("doubling_time", FAT, CELLS_MARROW), _figures("passage_cap", CELLS_MARROW, FAT),
    ]),
    Check("C125", "entailed", "assumed", lambda seen: [
        _figures("harvest_harm", FAT, CELLS_MARROW), _figures("immunogenicity", FAT, CELLS_MARROW),
    ]),
    noted("C127", "An opinion: sources are not ranked, what each can do is an interval."),
    _experiment("C128", "T1-11", 0),
    Check("C139", "entailed", "human", lambda seen: [
        Part("cord blood, Wharton's jelly and perivascular cells are subtypes",
             len({_cord(n).label for n in ("cord_blood", "wharton_jelly", "perivascular")}) == 3)
    ]),
    noted("C140", "Not applied as printed: later work isolates cells from only a part of cord-blood units; yield is low here."),
    Check("C141", "entailed", "human", lambda seen: [_figures("harvest_harm", CORD, FAT, CELLS_MARROW)]),
    Check("C142", "entailed", "assumed", lambda seen: [
        _figures("immunogenicity", CORD, FAT, CELLS_MARROW), _figures("doubling_time", CORD, FAT, CELLS_MARROW),
        _figures("secretome", CELLS_MARROW, FAT, CORD),
    ]),
    Check("C147", "entailed", "assumed", lambda seen: [
        Part(f"factors of cord against marrow cells {x.low:g} to {x.high:g}", (x.low, x.high) == (10, 100))
        for x in [source_of(CORD)["secretome"]]
    ]),
    Check("C155", "entailed", "assumed", _fewer_progenitors, {
        "still": Run(YOUNG), "fewer": Run(YOUNG, (("regulated_osteo", 0.5),)),
    }),
    Check("C157", "entailed", "assumed", lambda seen: [_figures("secretome", CELLS_MARROW, FAT, CORD)]),
    *(_experiment(claim, id) for claim, id in OF_TABLE_1.items()),
)  # fmt: skip
CELLS: tuple[Check, ...] = (
    *(d.check() for d in IN_DISHES),
    *(a.check() for a in IN_ANIMALS),
    *OTHERS,
    *HARMS_OF_CELLS,
    *QUESTIONS,
)
