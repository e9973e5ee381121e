"""What the loop is held against, measured through the command."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support import Project

MakeProject = Any


def test_prompting_and_supervised_are_measured_without_a_loop(make_project: MakeProject) -> None:
    project: Project = make_project("held", "annotator.retries=0", "student.epochs=1")
    done = project.run("--baseline", "prompting", "--baseline", "supervised", "--json")
    assert done.returncode == 0, done.stderr
    assert "measuring the annotator on test asks about 40 sentences and costs at most $" in done.stderr
    status = json.loads(done.stdout)
    assert status["rounds"] == []
    assert status["ended"]["reason"].startswith("baselines measured: prompting test F1 ")
    prompting, *supervised = status["baselines"]
    assert (prompting["name"], prompting["split"], prompting["n"]) == ("prompting", "test", 40)
    assert prompting["low"] <= prompting["f1"] <= prompting["high"]
    assert prompting["f1"] > 0.5
    assert [(one["name"], one["split"], one["train_size"], one["n"]) for one in supervised] == [
        ("supervised", "dev", 45, 30),
        ("supervised", "test", 45, 40),
    ]
    assert (project.folder / "models" / "baseline-supervised" / "student.json").is_file()
    bought = status["budget"]
    assert set(bought["by_purpose"]) == {"teacher"}
    assert bought["spent_nanousd"] == project.bill()["bill_nanousd"] > 0


@pytest.mark.long
def test_measured_again_they_are_the_same_and_nothing_is_bought_twice(make_project: MakeProject) -> None:
    project: Project = make_project("again", "annotator.retries=0", "student.epochs=1")
    first = project.run("--baseline", "prompting", "--baseline", "supervised", "--json")
    assert first.returncode == 0, first.stderr
    prompting, *supervised = json.loads(first.stdout)["baselines"]
    bought = json.loads(first.stdout)["budget"]
    project.kill_simulator()
    alone = project.run("--baseline", "supervised", "--set", "annotator.provider=openai", "--json")
    assert alone.returncode == 0, f"nobody is asked, no key and no price is needed: {alone.stderr}"
    assert json.loads(alone.stdout)["baselines"][1:] == supervised, "the same gold and seed give the same student"
    again = project.run("--baseline", "prompting", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["budget"] == bought, "asked once"
    assert json.loads(again.stdout)["baselines"][0] == prompting


@pytest.mark.long
def test_what_cannot_be_measured_says_so_and_buys_nothing(make_project: MakeProject) -> None:
    project: Project = make_project("bare", "budget.cap_usd=0.01")
    poor = project.run("--baseline", "prompting")
    assert poor.returncode == 3, poor.stderr
    assert "all of test does not fit under the cap" in poor.stderr
    gold = project.run("--baseline", "prompting", "--set", "annotator.provider=gold")
    assert gold.returncode == 2
    assert "annotator.provider is gold" in gold.stderr
    assert project.run("--baseline", "supervised", "--until", "rounds=2").returncode == 2
    assert project.rows("SELECT COUNT(*) FROM baseline") == [(0,)]
    assert project.rows("SELECT COUNT(*) FROM attempt") == [(0,)]


@pytest.mark.long
def test_loops_on_gold_and_on_random_picks_stand_beside_this_one(make_project: MakeProject) -> None:
    project: Project = make_project("beside", "loop.rounds=1", "student.epochs=1", "annotator.retries=0")
    assert project.run().returncode == 0
    spent = project.status()["budget"]["spent_nanousd"]
    done = project.run("--baseline", "random", "--baseline", "gold", "--json")
    assert done.returncode == 0, done.stderr
    assert "under the cap of both" in done.stderr
    status = json.loads(done.stdout)
    assert [row["round"] for row in status["rounds"]] == [1], "the project's own loop is left alone"
    loops = {one["name"]: one for one in status["baselines"]}
    assert {name: one["simulated"] for name, one in loops.items()} == {"gold": False, "random": "simulated"}
    assert loops["random"]["rounds"][0]["test"] == status["rounds"][0]["test"], "the same picks, answers and seed"
    assert loops["gold"]["rounds"][0]["picked"]["f1"] == 1
    assert {one["rounds"][0]["train_size"] for one in loops.values()} == {20}
    assert project.status()["budget"]["spent_nanousd"] == spent, "an answer is bought once for both"

    more = project.run("--baseline", "random", "--until", "rounds=2", "--json")
    assert more.returncode == 0, more.stderr
    status = json.loads(more.stdout)
    assert [row["strategy"] for row in status["baselines"][-1]["rounds"]] == ["random", "random"]
    other = Project(project.folder / "baselines" / "random")
    assert project.status()["budget"]["spent_nanousd"] == spent + other.bill()["bill_nanousd"] > spent
    other.close()
