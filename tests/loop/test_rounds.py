"""Whole runs through the command, the real store, the real SDK and the real simulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import FAST, Project, llmaaa

MakeProject = Any


def test_two_rounds_cost_what_the_simulator_bills(make_project: MakeProject) -> None:
    project: Project = make_project()
    done = project.run("--json")
    assert done.returncode == 0, done.stderr
    status = json.loads(done.stdout)
    assert status["simulated"] == "simulated"
    assert [row["round"] for row in status["rounds"]] == [1, 2]
    assert [row["selected"] for row in status["rounds"]] == [20, 15]
    assert [row["strategy"] for row in status["rounds"]] == ["random", "least_confidence_sum"]
    for row in status["rounds"]:
        assert row["labelled"] + row["empty"] + sum(row["failed"].values()) == row["selected"]
        assert row["dev"]["n"] == 30
        assert row["test"]["n"] == 40
        assert row["dev"]["low"] <= row["dev"]["f1"] <= row["dev"]["high"]
        assert row["picked"]["n"] <= row["selected"]
        assert row["teacher"] is None
    budget = status["budget"]
    assert budget["spent_nanousd"] == project.bill()["bill_nanousd"] > 0
    assert budget["held_nanousd"] == budget["unconfirmed_nanousd"] == 0
    assert sum(row["cost_nanousd"] for row in status["rounds"]) == budget["spent_nanousd"]
    assert status["human"]["llm_ratio_low"] > 1
    assert status["ended"] == {"code": 0, "reason": "goal reached: 2 of 2 rounds"}


def test_hidden_gold_reaches_neither_prompt_nor_student(make_project: MakeProject) -> None:
    project: Project = make_project()
    assert project.run("--until", "rounds=1").returncode == 0
    demonstrations = {text for (text,) in project.rows("SELECT text FROM visible_item WHERE role = 'demonstration'")}
    pool = {text for (text,) in project.rows("SELECT text FROM visible_item WHERE role = 'pool'")}
    assert len(project.rows("SELECT 1 FROM request")) >= 10
    for (body,) in project.rows("SELECT body FROM request"):
        instructions, asked = (message["content"] for message in json.loads(body)["messages"])
        examples = instructions.partition("Examples:\n")[2].splitlines()
        texts = {json.loads(line.partition(": ")[2]) for line in examples[::2]}
        assert len(texts) == 5
        assert texts <= demonstrations
        assert not any(text in instructions for text in pool), "no sentence of the pool is shown with an answer"
        assert [line[0] for line in asked.splitlines()] == ["<", "1", "2", "<"], "texts alone, two a request"
    trained = project.rows(
        "SELECT annotation.kind, annotation.state FROM training_example"
        " JOIN annotation ON annotation.id = training_example.annotation_id"
    )
    assert trained
    assert {kind for kind, _ in trained} == {"llm"}
    assert {state for _, state in trained} <= {"labelled", "empty"}


@pytest.mark.long
def test_failed_items_are_asked_again_counted_and_never_trained(make_project: MakeProject) -> None:
    project: Project = make_project("weak", "annotator.profile=llama-2-70b", "loop.initial=60", "annotator.retries=1")
    done = project.run("--until", "rounds=1")
    assert done.returncode == 0, done.stderr
    failed = project.rows(
        "SELECT item_id, COUNT(*), SUM(state = 'failed') FROM annotation WHERE round = 1 AND kind = 'llm'"
        " GROUP BY item_id"
    )
    assert any(answers == 2 for _, answers, _ in failed), "this profile breaks answers, so some are asked twice"
    given_up = {item for item, answers, failures in failed if answers == failures}
    assert all(answers == 2 for item, answers, _ in failed if item in given_up)
    trained = {item for (item,) in project.rows("SELECT item_id FROM training_example WHERE round = 1")}
    assert not trained & given_up
    assert len(trained) + len(given_up) == 60
    status = project.status()
    assert sum(status["rounds"][0]["failed"].values()) == len(given_up)
    again = project.run("--until", "rounds=2")
    assert again.returncode == 0, again.stderr
    second = {item for (item,) in project.rows("SELECT item_id FROM selection WHERE round = 2")}
    first = {item for (item,) in project.rows("SELECT item_id FROM selection WHERE round = 1")}
    assert not second & first


def test_the_cap_ends_the_run_and_a_higher_one_resumes_it(make_project: MakeProject) -> None:
    project: Project = make_project("poor", "budget.cap_usd=0.07")
    done = project.run()
    assert done.returncode == 3, done.stderr
    status = project.status()
    assert status["budget"]["spent_nanousd"] == project.bill()["bill_nanousd"] <= 120_000_000
    assert status["rounds"][-1]["failed"].get("budget_skipped", 0) > 0
    assert status["ended"]["code"] == 3
    more = project.run("--set", "budget.cap_usd=2.00")
    assert more.returncode == 0, more.stderr
    assert project.status()["budget"]["spent_nanousd"] == project.bill()["bill_nanousd"]


def test_an_annotator_that_cannot_be_reached_ends_with_4(make_project: MakeProject) -> None:
    project: Project = make_project(
        "deaf",
        "annotator.provider=compatible",
        "annotator.model=gpt-4o",
        "annotator.base_url=http://127.0.0.1:9/v1",
        "annotator.attempts=2",
    )
    (project.folder / "prices.toml").write_text('["gpt-4o"]\nlocal = true\n')
    done = project.run()
    assert done.returncode == 4, done.stderr
    assert "keeps failing" in done.stderr
    assert project.rows("SELECT COUNT(*) FROM annotation WHERE round IS NOT NULL") == [(0,)]
    assert project.status()["ended"]["code"] == 4


@pytest.mark.long
def test_no_test_file_means_no_test_figure(make_project: MakeProject, corpus: dict[str, Path]) -> None:
    project: Project = make_project("untested", files={"pool": corpus["pool"], "gold": corpus["gold"]})
    assert project.run("--until", "rounds=1").returncode == 0
    row = project.status()["rounds"][0]
    assert row["test"] is None
    assert row["dev"] is not None


@pytest.mark.long
def test_the_teacher_is_measured_once_and_only_when_asked(make_project: MakeProject) -> None:
    project: Project = make_project("taught", "teacher.measure=dev")
    assert project.run().returncode == 0
    status = project.status()
    assert status["rounds"][0]["teacher"]["split"] == "dev"
    assert status["rounds"][0]["teacher"]["n"] == 30
    assert set(status["budget"]["by_purpose"]) == {"annotate", "teacher"}
    asked = project.rows("SELECT COUNT(*) FROM request_item WHERE purpose = 'teacher'")[0][0]
    assert asked >= 30
    assert project.run("--until", "rounds=3").returncode == 0
    assert project.rows("SELECT COUNT(*) FROM request_item WHERE purpose = 'teacher'")[0][0] == asked
    assert status["budget"]["spent_nanousd"] > 0


@pytest.mark.long
def test_every_strategy_runs(make_project: MakeProject) -> None:
    for name in ("random", "entropy_max", "kmeans", "committee", "bald", "badge", "disagreement"):
        project: Project = make_project(name, f"loop.strategy={name}", "annotator.provider=gold", "student.epochs=1")
        done = project.run()
        assert done.returncode == 0, done.stderr
        assert project.status()["rounds"][1]["strategy"] == name


def test_paper_mode_uses_one_gold_set_for_three_roles_and_says_so(make_project: MakeProject) -> None:
    project: Project = make_project("paper", "project.mode=paper", "annotator.provider=gold")
    assert project.run("--until", "rounds=1").returncode == 0
    assert project.status()["mode"] == "paper"
    texts = {
        role: {text for (text,) in project.rows("SELECT text FROM visible_item WHERE role = ?", role)}
        for role in ("demonstration", "meta", "dev")
    }
    assert texts["demonstration"] == texts["meta"] == texts["dev"]
    assert len(texts["dev"]) == 75


def test_export_says_simulated_and_round_trips(
    make_project: MakeProject, corpus: dict[str, Path], tmp_path: Path
) -> None:
    project: Project = make_project()
    assert project.run("--until", "rounds=1").returncode == 0
    out = tmp_path / "labels.jsonl"
    done = llmaaa("export", project.folder, "--format", "jsonl", "--out", out)
    assert done.returncode == 0, done.stderr
    assert "SIMULATED" in done.stderr
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert rows
    assert {row["simulated"] for row in rows} == {"simulated"}
    assert {row["round"] for row in rows} == {1}
    for row in rows:
        for span in row["spans"]:
            assert row["text"][span["start"] : span["end"]].strip()
    assert llmaaa("export", project.folder, "--format", "jsonl", "--out", out).returncode == 2
    conll = tmp_path / "labels.conll"
    assert llmaaa("export", project.folder, "--format", "conll", "--out", conll).returncode == 0
    assert sum(line.count("\tB-") for line in conll.read_text().splitlines()) == sum(len(row["spans"]) for row in rows)
    first = f"-DOCSTART-\t{len(rows)} of {len(rows)} sentences SIMULATED by {rows[0]['annotator']}\tO\n"
    assert conll.read_text().startswith(first)
    said = llmaaa("predict", project.folder, "--input", corpus["test"], "--out", tmp_path / "said.jsonl")
    assert said.returncode == 0, said.stderr
    assert "by the student of round 1 (trained on SIMULATED labels)" in said.stderr
    measured = project.rows("SELECT value FROM metric WHERE subject = 'student' AND split = 'test' AND name = 'f1'")
    assert f"span F1 {measured[0][0]:.3f} [" in said.stderr, "the file is the test split: the figure is the round's"
    for row in map(json.loads, (tmp_path / "said.jsonl").read_text().splitlines()):
        assert len(row["span_confidence"]) == len(row["spans"])
        assert all(0 < sure <= 1 for sure in row["span_confidence"])


@pytest.mark.long
def test_a_student_is_exported_with_a_card_that_says_simulated(make_project: MakeProject, tmp_path: Path) -> None:
    project: Project = make_project()
    assert project.run("--until", "rounds=1").returncode == 0
    model = tmp_path / "model"
    done = llmaaa("export", project.folder, "--format", "transformers", "--out", model)
    assert done.returncode == 0, done.stderr
    assert json.loads((model / "config.json").read_text())["architectures"] == ["BertForTokenClassification"]
    card = (model / "README.md").read_text()
    assert "**SIMULATED** answers of simulated-" in card
    assert str(tmp_path) not in card


def test_settings_shared_by_these_tests_are_known() -> None:
    from llmaaa_tui.config import parse_settings

    assert parse_settings("", "test", FAST).loop.initial == 20
