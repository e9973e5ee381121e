"""Runs that end because further rounds bring nothing, through the command."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import Project, llmaaa

MakeProject = Any


@pytest.mark.long
def test_a_certain_student_ends_the_run_and_what_it_was_measured_at_is_shown(make_project: MakeProject) -> None:
    project: Project = make_project("sure", "annotator.provider=gold", "teacher.measure=dev", "student.epochs=6")
    nothing = project.run("--until", "usd=0")
    assert nothing.returncode == 0, nothing.stderr
    assert "goal reached: $0.000 of $0.000 spent" in nothing.stderr
    assert not project.rows("SELECT 1 FROM round"), "a goal that is reached already buys no round"

    estimate = llmaaa("estimate", project.folder, "--until", "labels=60", "--until", "certain=2", "--json")
    assert estimate.returncode == 0, estimate.stderr
    found = json.loads(estimate.stdout)
    assert found["rest"]["rounds"] == 3, "20 and three times 15 are 60 at least"
    assert found["notes"][-1] == "in which round certain is reached nobody can say before; 4 in all are counted"

    done = project.run("--until", "certain=2", "--until", "rounds=4", "--json")
    assert done.returncode == 0, done.stderr
    status = json.loads(done.stdout)
    first, second = status["rounds"]
    assert status["ended"]["reason"] == (
        f"goal reached: the student is certain: mean token entropy {first['uncertainty']['value']:.3f} and "
        f"{second['uncertainty']['value']:.3f} in rounds 1 and 2, n={second['uncertainty']['n']:,} words; "
        "wanted below 2 twice"
    )
    assert first["agreement"] is None
    for measure in (first["uncertainty"], second["uncertainty"], second["agreement"]):
        assert measure["low"] <= measure["value"] <= measure["high"]
    ((words,),) = project.rows("SELECT SUM(words) FROM visible_item WHERE role = 'pool'")
    assert second["agreement"]["n"] == words, "the whole of a small pool is the stop set"
    kappa = second["agreement"]
    said = f"{kappa['value']:.3f} [{kappa['low']:.3f}, {kappa['high']:.3f}] n={words} words"
    assert f"; agreement with the student before {said}; ECE " in done.stderr
    dev = second["dev"]
    assert 0 <= dev["ece"] <= 1
    assert 0 <= dev["ece_raw"] <= 1
    assert dev["temperature"] > 0
    crossing = status["crossing"]
    assert (crossing["split"], crossing["round"], crossing["teacher"]["f1"]) == ("dev", None, 1.0)
    told = llmaaa("status", project.folder).stdout
    assert "student has not passed the annotator on dev: " in told
    assert "confidence after round 2: ECE " in told
    assert "on the stop set after round 2: kappa " in told


@pytest.mark.long
def test_stable_predictions_and_a_plateau_end_the_run(make_project: MakeProject) -> None:
    project: Project = make_project("still", "annotator.provider=gold", "student.epochs=6")
    done = project.run("--until", "stable=0.2", "--until", "rounds=6", "--json")
    assert done.returncode == 0, done.stderr
    status = json.loads(done.stdout)
    assert status["ended"]["reason"].startswith("goal reached: predictions are stable: mean kappa ")
    assert len(status["rounds"]) == 4, "three comparisons are the fewest"
    flat = project.run("--until", "plateau=1", "--set", "student.learning_rate=1e-9", "--set", "loop.batch=5")
    assert flat.returncode == 0, flat.stderr
    assert "goal reached: plateau: best dev F1 of the last round " in flat.stderr


def test_a_goal_on_dev_is_refused_where_there_is_none(make_project: MakeProject) -> None:
    project: Project = make_project("blind")
    project.write("UPDATE item SET role = 'meta' WHERE role = 'dev'")
    for command, *flags in (("run", "--headless"), ("estimate",)):
        refused = llmaaa(command, project.folder, *flags, "--until", "plateau")
        assert refused.returncode == 2
        assert refused.stderr.count("\n") == 1
        assert "--until plateau: looks at the dev split, and this project has none" in refused.stderr
    assert not project.rows("SELECT 1 FROM run"), "refused before anything starts"
