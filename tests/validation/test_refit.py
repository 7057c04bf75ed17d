"""The chain after a changed number: each step once, what stands is left alone, a failure stops and is gone on from."""

from __future__ import annotations

from pathlib import Path

import pytest
from validation.refit import STEPS, Step, chosen, digest
from validation.verdicts import turned

from osteon.errors import InputError
from validation import animals, exposures, readme, refit


def step(tmp_path: Path, name: str, body: str, reads=(), writes=(), check=False) -> Step:
    (tmp_path / f"{name}.py").write_text(body)
    return Step(name, f"about {name}", (name,), reads, writes, check)


def run(tmp_path, steps, **settings):
    told = []
    code = refit.refit(steps, on_progress=told.append, root=tmp_path, state_path=tmp_path / "state.json", **settings)
    return code, told


def test_a_step_that_stands_is_left_alone_and_a_changed_input_makes_it_and_its_followers_stale(tmp_path):
    (tmp_path / "rows.csv").write_text("1")
    count = "from pathlib import Path\np = Path('{0}.log'); p.write_text((p.read_text() if p.exists() else '') + 'x')\n"
    copy = "Path('{1}').write_text(Path('{2}').read_text() + '!')\n"
    steps = (
        step(tmp_path, "one", (count + copy).format("one", "fit", "rows.csv"), ("rows.csv",), ("fit",)),
        step(tmp_path, "two", (count + copy).format("two", "card", "fit"), ("fit",), ("card",)),
    )
    assert run(tmp_path, steps)[0] == 0 and (tmp_path / "card").read_text() == "1!!"
    code, told = run(tmp_path, steps)
    assert code == 0 and "[1 of 2] one: about one: stands" in told and (tmp_path / "one.log").read_text() == "x"
    (tmp_path / "rows.csv").write_text("2")
    run(tmp_path, steps)
    assert (tmp_path / "card").read_text() == "2!!" and (tmp_path / "two.log").read_text() == "xx"
    (tmp_path / "card").write_text("edited by hand")
    run(tmp_path, steps)
    assert (tmp_path / "card").read_text() == "2!!" and (tmp_path / "one.log").read_text() == "xx"


def test_a_failure_stops_the_chain_and_the_same_command_goes_on(tmp_path):
    good = step(tmp_path, "one", "open('one.log', 'a').write('x')\n")
    bad = step(tmp_path, "two", "import sys\nsys.exit(7)\n")
    last = step(tmp_path, "three", "open('three.log', 'a').write('x')\n")
    code, told = run(tmp_path, (good, bad, last))
    assert code == 3 and "exit code 7" in told[-1] and not (tmp_path / "three.log").exists()
    (tmp_path / "two.py").write_text("")
    assert run(tmp_path, (good, bad, last))[0] == 0
    assert (tmp_path / "one.log").read_text() == (tmp_path / "three.log").read_text() == "x"


def test_a_check_that_does_not_hold_is_said_at_the_end_and_stops_nothing(tmp_path):
    checks = step(tmp_path, "claims", "import sys\nsys.exit(1)\n", check=True)
    code, told = run(tmp_path, (checks, step(tmp_path, "card", "")))
    assert code == 1 and told[-1] == "Does not hold: claims."
    assert run(tmp_path, (checks,))[0] == 1  # and not forgotten because it stands
    fits = step(tmp_path, "fits", "import sys\nsys.exit(1)\n")
    assert run(tmp_path, (fits,))[0] == 3


def test_a_state_file_that_is_no_state_is_no_state(tmp_path):
    for text in ("", "[1]", "{"):
        (tmp_path / "state.json").write_text(text)
        assert refit.load(tmp_path / "state.json") == {}


def test_every_file_a_step_reads_or_writes_exists_or_is_named_as_optional():
    optional = {"validation/verdicts_claims.json", "validation/verdicts_experiments.json", "src/osteon/data/tissue.csv"}
    optional |= set(refit.DRAWS)  # without them the Gaussian is drawn from
    for s in STEPS:
        for pattern in (*s.reads, *s.writes):
            assert pattern in optional or list(refit.ROOT.glob(pattern)), (s.name, pattern)
        assert digest(s.reads) != digest(())


def test_steps_come_after_what_they_read():
    made: dict[str, int] = {path: k for k, s in enumerate(STEPS) for path in s.writes}
    for k, s in enumerate(STEPS):
        assert all(made.get(path, -1) <= k for path in s.reads), s.name


def test_steps_are_chosen_by_name_and_the_nearest_is_told(capsys):
    assert chosen("fractures")[0].name == "fractures" and [s.name for s in chosen(only=["between"])] == ["between"]
    with pytest.raises(InputError, match="Did you mean 'fractures'"):
        chosen("fracture")
    assert refit.main(["--from", "nothing"]) == 2 and "step" in capsys.readouterr().err


def test_list_runs_nothing(capsys):
    assert refit.main(["--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(STEPS)


def test_bodies_take_the_solved_figures_and_nothing_else_moves():
    text = animals.BODIES.read_text(encoding="utf-8")
    figures = {"rat turnover": 0.0101, "rat bone_floor": 0.1, "mouse turnover": 0.0042}
    figures |= {"C3H/HeJ": 2.0, "DBA/2J": 1.5, "CAST/EiJ": 1.25}
    made = animals.carried_over(text, figures)
    moved = [(a, b) for a, b in zip(text.splitlines(), made.splitlines(), strict=True) if a != b]
    assert len(moved) == 2 + 5 + 3  # turnovers; the floor of dog, monkey, rabbit, rat, mouse; strains
    assert (
        "turnover = { value = 0.0101" in made
        and '"CAST/EiJ" = 1.25' in made
        and made.count("bone_floor = { value = 0.1,") == 5
    )
    assert 'bone_floor = { value = 0.01, unit = "1", source = "definition: not used in people"' in made
    assert animals.carried_over(made, figures) == made


def test_harms_take_references_of_their_arm_and_nothing_else_moves():
    text = exposures.FILE.read_text(encoding="utf-8")
    made = exposures.rewritten(text, {"oestrogen_agonism": 0.131})
    moved = [(a, b) for a, b in zip(text.splitlines(), made.splitlines(), strict=True) if a != b]
    behind = next(b for b in exposures.BEHIND if b.driver == "oestrogen_agonism")
    was = f"reference = {exposures.stored(behind):g}"
    assert moved == [(was, "reference = 0.131")] * 2  # vein clots and fatal stroke; not conjugated oestrogens
    assert all(exposures.stored(b) > 0 for b in exposures.BEHIND)


def test_the_readme_block_is_replaced_between_its_markers():
    text = readme.FILE.read_text(encoding="utf-8")
    made = readme.filled(text, "NEW")
    assert f"{readme.OPEN}\nNEW\n{readme.CLOSE}" in made and made.startswith(text.split(readme.OPEN)[0])
    with pytest.raises(ValueError, match="needs one line"):
        readme.filled("no markers", "NEW")


def test_turned_verdicts_are_told_both_ways():
    assert turned({"C1": "holds", "C2": "fails"}, {"C1": "fails", "C2": "fails", "C3": "holds"}) == [
        "C1: holds before, fails now",
        "C3: none before, holds now",
    ]
