"""The benchmark page: tables and plots, written from what is kept."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.limit import refusal
from benchmarks.plots import growth_plots, speed_plot
from benchmarks.results import persons_of
from osteon.io.files import write_atomic

Kept = dict[str, Any]
BAR = {  # design bar: A and B against each peer, at equal tolerance
    "roadrunner-a": 20,
    "roadrunner-b": 30,
    "diffrax-a": 150,
    "diffrax-b": 250,
}
PEERS = ("roadrunner", "exported", "casadi", "diffrax", "lsoda")


def write_page(folder: Path, kept: Kept) -> None:
    """docs/benchmarks.md and its figures."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("benchmarks_speed.svg", speed_plot(kept)), ("benchmarks_growth.svg", growth_plots(kept))):
        if text:
            write_atomic(folder / name, text)
    parts = [
        _head(kept),
        _bar(kept),
        _workload(kept, "a"),
        _workload(kept, "b"),
        _workload(kept, "short"),
        _builds(kept),
        _growth(kept),
    ]
    parts += [_gradient(kept), _first(kept), _limit(kept), _conditions(kept)]
    write_atomic(folder / "benchmarks.md", "\n".join(line for part in parts for line in part).rstrip() + "\n")


def _found(kept: Kept, name: str) -> Any:
    return kept[name]["found"] if name in kept else None


def _head(kept: Kept) -> list[str]:
    return [
        "# Benchmarks",
        "",
        "Written by `./dev bench`, piece by piece (`./dev bench --list`), from `benchmarks/results.json`. One core, the same traced model, relative tolerance 1e-6 and the",
        "same absolute tolerance of every state, doubles. A comparison runs all its engines in turn, three times (a slow one *once*); times are medians of **processor seconds**, so",
        "that neighbours on the machine spoil a ratio little. The error is the largest relative difference of any of five outputs at any look from our own run at",
        "1e-11, over the first four persons. *At equal error* holds the peer against us at the loosest tolerance (1e-3 to 1e-6) at which we are still as exact as it is.",
        "Compilation, loading and the first run are not counted.",
        "",
        "![Patients a second](benchmarks_speed.svg)",
        "",
    ]


def _bar(kept: Kept) -> list[str]:
    lines = ["## Where the bar is met and where it is missed", "", "| check | bar | measured | |", "|---|---|---|---|"]
    lines += [
        f"| {c} | {b} | {m} | {'met' if ok else 'not measured' if ok is None else '**missed**'} |"
        for c, b, m, ok in _checks(kept)
    ]
    return [*lines, ""]


def _checks(kept: Kept) -> Iterable[tuple[str, str, str, bool | None]]:
    for name, bar in BAR.items():
        short = name == "diffrax-b" and name not in kept
        peer = best(kept, "diffrax-short" if short else name)
        told = f"{peer['ratio']:.1f} × ({peer['even'] or peer['ratio']:.1f} × at equal error)" if peer else "–"
        yield (
            f"{LABEL[name]}, equal tolerance{' (20 of its doses)' if short else ''}",
            f"≥ {bar} ×",
            told,
            peer["ratio"] >= bar if peer else None,
        )
    for work in ("a", "b"):
        rows = {r["engine"]: r for r in (_found(kept, f"builds-{work}") or {}).get("rows", [])}
        if rows:
            yield (
                f"{work.upper()}: scalar build over 8 lanes",
                "≥ 4 ×",
                f"{_ratio(rows, '1 lane'):.1f} ×",
                _ratio(rows, "1 lane") >= 4,
            )
            narrow = 1 / _ratio(rows, "without AVX-512, 4")
            yield (
                f"{work.upper()}: build without AVX-512 (4 lanes of 256 bits) over 8 lanes of 512",
                "≥ 0.7",
                f"{narrow:.2f}",
                narrow >= 0.7,
            )
    for work in ("a", "b"):
        peer, ours = best(kept, f"roadrunner-{work}"), _ours(kept, f"roadrunner-{work}")
        if peer and ours:
            yield (
                f"{work.upper()}: largest error",
                f"≤ {peer['error']:.1e} (libRoadRunner)",
                f"{ours['error']:.1e}",
                ours["error"] <= peer["error"],
            )
    two = _found(kept, "threads")
    if two:
        yield (
            "two threads against one",
            "≥ 1.8 ×",
            f"{two['ratio']:.2f} ×" if two["ratio"] else two["said"],
            two["ratio"] and two["ratio"] >= 1.8,
        )
    first = _found(kept, "first")
    for name, bar in (("cold", 8), ("warm", 1), ("changed", 3)) if first else ():
        yield f"first result, {FIRST[name]}", f"≤ {bar} s", f"{first[name]:.1f} s", first[name] <= bar
    yield (
        "NumPy over a batch against libRoadRunner",
        "≥ 0.8 ×",
        "no such fallback is built: compiled code is made in the process, without a compiler",
        None,
    )
    yield "12 slopes against AMICI", "≥ 5 ×", "AMICI was not run: it needs a C++ compiler for every model", None


LABEL = {
    "roadrunner-a": "A against libRoadRunner",
    "roadrunner-b": "B against libRoadRunner",
    "diffrax-a": "A against diffrax",
    "diffrax-b": "B against diffrax",
}
FIRST = {"cold": "nothing compiled yet", "warm": "everything compiled", "changed": "after a change of the model"}


def best(kept: Kept, name: str) -> dict[str, Any] | None:
    """The peer's fastest row."""
    rows = [r for r in (_found(kept, name) or {}).get("rows", []) if not r["engine"].startswith("osteon")]
    return min(rows, key=lambda r: r["seconds"]) if rows else None


def _ours(kept: Kept, name: str) -> dict[str, Any] | None:
    return next((r for r in (_found(kept, name) or {}).get("rows", []) if r["engine"] == "osteon"), None)


def _ratio(rows: dict[str, dict[str, Any]], word: str) -> float:
    return next((float(r["ratio"]) for n, r in rows.items() if word in n), float("nan"))


def _workload(kept: Kept, work: str) -> list[str]:
    pieces = [f"{p}-{work}" for p in PEERS if f"{p}-{work}" in kept]
    if not pieces:
        return []
    lines = [f"## Workload {_found(kept, pieces[0])['workload']}", ""]
    lines += [
        "| engine | persons a repeat | patients a second | ours beside it | ours is … times as fast | largest error | … times at equal error |",
        "|---|---|---|---|---|---|---|",
    ]
    ours = _found(kept, pieces[0])["rows"]
    lines += [_row(r, None) for r in ours if r["engine"].startswith("osteon")]
    for name in pieces:
        base = _ours(kept, name)
        lines += [_row(r, base) for r in _found(kept, name)["rows"] if not r["engine"].startswith("osteon")]
    return [*lines, "", *_note(kept, work), ""]


def _row(r: dict[str, Any], ours: dict[str, Any] | None) -> str:
    persons = f"{r['persons']}{', once' if len(r['all']) == 1 else ''}"
    benefit_risk = _speed(1 / ours["seconds"]) if ours else ""
    ratio = f"{r['ratio']:.1f}" if r["ratio"] >= 1 else f"{r['ratio']:.2f}"
    cells = [
        r["engine"],
        persons,
        _speed(1 / r["seconds"]),
        benefit_risk,
        ratio,
        f"{r['error']:.1e}",
        _times(r["even"]),
    ]
    return f"| {' | '.join(cells)} |"


def _times(ratio: float | None) -> str:
    return f"{ratio:.1f}" if ratio else ""


def _speed(rate: float) -> str:
    return f"{rate:.1f}" if rate >= 10 else f"{rate:.3g}"


def _note(kept: Kept, work: str) -> list[str]:
    if work == "b":
        return ["Peers run few persons here, because every dose restarts a multistep method."]
    if work == "short":
        return [
            "diffrax steps 64 persons together as often as the slowest of them needs, with a dense system for each: all 730 doses would",
            "take it an hour or more (`--only diffrax-b`). The cost of ours and of diffrax grows with the number of doses, so the ratio of 20 stands for it.",
        ]
    told = (_found(kept, "roadrunner-a") or {}).get("evaluations")
    if not told:
        return []
    return [
        "libRoadRunner compiles a formula anew at every mention of its name. The exported SBML keeps the model's vocabulary, formulas of formulas, so one evaluation",
        f"of the right-hand side becomes {told['at every mention']:,} exponentials, logarithms, powers and roots where {told['once']} are needed, and loading takes minutes: *as exported*",
        "is what a user meets, and an earlier page that compared with it (130 times) said more about that than about integrators. The other rows give it the model",
        "with everything constant worked out beforehand and every part that a rate uses twice bound once (`benchmarks/peers/shared.py`; "
        f"{told['once a rate']} remain, for parts shared",
        "between two rates cannot be said in SBML). It is loaded once, never recompiled; derived constants and starts are set by hand. CasADi evaluates each part once,",
        "with the exact sparse Jacobian: it shows what CVODE costs without that repetition.",
    ]


def _builds(kept: Kept) -> list[str]:
    lines = ["## The same program in other builds", ""]
    for work in ("a", "b"):
        found = _found(kept, f"builds-{work}")
        if found:
            lines += [
                f"{found['workload']}:",
                "",
                "| build | patients a second | as a share of the first | largest error |",
                "|---|---|---|---|",
            ]
            lines += [
                f"| {r['engine']} | {1 / r['seconds']:.1f} | {1 / r['ratio']:.2f} | {r['error']:.1e} |"
                for r in found["rows"]
            ]
            lines += [""]
    return [
        *lines,
        "One lane is the identical program for one person at a time: scalar arithmetic, except that exp and log, where they do not wait for each other, are still\ntaken eight at a time. Every lane width gives the same bits. There is no NumPy fallback over a batch.",
        "",
    ]


def _growth(kept: Kept) -> list[str]:
    lines = ["## Growth", "", "![Seconds against persons, states and doses; memory](benchmarks_growth.svg)", ""]
    people = persons_of(kept)
    if people:
        lines += [
            "| persons (workload A, batches of 1,000, one thread) | processor seconds | patients a second | highest memory |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {r['persons']:,.0f} | {r['seconds']:.1f} | {r['persons'] / r['seconds']:.0f} | {r['memory_mb']:.0f} MB |"
            for r in people
        ] + [""]
    states = _found(kept, "states")
    if states:
        lines += [
            "| drugs in the model, none given | states | steps of a person | seconds of 256 persons | ns a state and step |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {r['drugs']} | {r['states']} | {r['steps'] / r['persons']:.0f} | {r['seconds']:.2f} | {1e9 * r['seconds'] / r['steps'] / r['states']:.1f} |"
            for r in states
        ] + [""]
    doses = _found(kept, "doses")
    if doses:
        lines += ["| daily doses within two years | steps of a person | seconds of 64 persons |", "|---|---|---|"]
        lines += [f"| {r['doses']} | {r['steps']:.0f} | {r['seconds']:.2f} |" for r in doses] + [""]
    two = _found(kept, "threads")
    if two:
        lines += [
            f"Two threads against one: {two['ratio']:.2f} times (clock time, {two['persons']:,} persons)."
            if two["ratio"]
            else f"Two threads against one: {two['said']}.",
            "",
        ]
    return lines


def _gradient(kept: Kept) -> list[str]:
    found = _found(kept, "gradient")
    if not found:
        return []
    lines = [
        "## Slopes by 12 parameters",
        "",
        "One person of workload A and 12 twins, each with one parameter changed, as 13 lanes. Each takes its own steps; a shared sequence, which",
        "would need less tolerance for the same slopes, is not built. Error: largest, as a share of the largest slope, from the same at 1e-11.",
        "",
    ]
    lines += ["| tolerance | change of a parameter | milliseconds | error |", "|---|---|---|---|"]
    return [
        *lines,
        *(f"| {r['rtol']:g} | {r['share']:g} | {1e3 * r['seconds']:.0f} | {r['error']:.1e} |" for r in found["rows"]),
        "",
    ]


def _first(kept: Kept) -> list[str]:
    found = _found(kept, "first")
    if not found:
        return []
    told = ", ".join(f"{FIRST[n]} {found[n]:.1f} s" for n in FIRST)
    return [
        "## First result",
        "",
        f"A new process that simulates one person for ten years, import included, in processor seconds: {told}.",
        "",
    ]


def _limit(kept: Kept) -> list[str]:
    found = _found(kept, "limit")
    if not found:
        return []
    refused = refusal(found)
    if refused:
        return ["## What limits it", "", f"No figure: {refused}. Measure again on a quieter machine.", ""]
    step, alone, counts = found["step_ns"], found["alone_ns"], found["counts"]
    whole = step["as it is"]
    shares = {n: 1 - step[n] / whole for n in ("no exp", "no log", "no exp, no log", "no division")}
    bought = {n: alone[n] * counts[k] for n, k in (("exp", "exp"), ("log", "log"))}
    plain = counts["fdiv"] - counts["log"]
    return [
        "## What limits it",
        "",
        f"A step of eight patients of workload A takes {whole / 1000:.1f} µs in the compiled kernel, measured inside a run (two calls against one); the whole run takes {found['run_ns'] / 1000:.1f} µs a step of eight, with driver and outputs.",
        f"Each patient's step is {counts['flops']:,} floating-point operations ({counts['fmuladd']:,} fused multiply-adds, {counts['exp']} exp, {counts['log']} log, {counts['fdiv']:,} divisions): "
        f"{found['gflops']:.0f} GFLOP/s, **{100 * found['gflops'] / found['peak_gflops']:.0f} %** of the {found['peak_gflops']:.0f} GFLOP/s that fused multiply-adds alone reach on this core.",
        "",
        "| left out (one addition in its place) | µs a step | saved |",
        "|---|---|---|",
        *(f"| {n} | {step[n] / 1000:.1f} | {100 * s:.0f} % |" for n, s in shares.items()),
        "",
        f"Measured alone, where nothing waits, eight lanes of exp cost {alone['exp']:.1f} ns, of log {alone['log']:.1f} ns, of a division {alone['division']:.1f} ns, of a multiply-add {alone['multiply-add']:.2f} ns.",
        f"By count × cost alone, exp and log are {100 * sum(bought.values()) / whole:.0f} % of a step and the {plain} divisions outside log {100 * plain * alone['division'] / whole:.0f} %.",
        f"A step without any exp and log would still take {step['no exp, no log'] / 1000:.1f} µs: faster functions can bring {whole / step['no exp, no log']:.1f} times at the very most. The rest is arithmetic of the",
        "rates, sparse elimination and solves, short chains that wait for each other and for loads and stores "
        f"({counts['load'] + counts['store']:,} of them for {counts['flops']:,} operations).",
        "",
    ]


def _conditions(kept: Kept) -> list[str]:
    lines = [
        "## Conditions of every piece",
        "",
        "| piece | taken (UTC) | code | processor | load before, after | took |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {n} | {k['taken']} | {k.get('code', '')} | {k['processor']}, {k['cores']} cores | {k['load_before']:.1f}, {k['load_after']:.1f} | {k['took']:.0f} s |"
        for n, k in kept.items()
    ]
    versions = {p: v for k in kept.values() for p, v in k["versions"].items()}
    return [*lines, "", "Versions: " + ", ".join(f"{p} {v}" for p, v in sorted(versions.items())) + ".", ""]
