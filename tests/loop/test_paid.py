"""What the paid layer adds to a run: shared requests, votes, a second model, batches, replay, recorded answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import Project, llmaaa, sentences, write_jsonl

MakeProject = Any
ONE_ROUND = ("--until", "rounds=1")


def second_bill(project: Project) -> dict[str, int]:
    from llmaaa_tui.simulator.find import bill, find

    address = find(project.folder / "simulator-second.db")
    assert address is not None
    return bill(address)


def labels(project: Project) -> list[tuple[Any, ...]]:
    return project.rows('SELECT name, start, "end", label FROM labels ORDER BY name, start')


def test_sentences_share_requests_and_copies_are_asked_once(
    make_project: MakeProject, corpus: Any, tmp_path: Path
) -> None:
    rows = sentences(20, 1)
    copies = [{**row, "id": f"copy-{row['id']}"} for row in rows[:4]]
    files = {**corpus, "pool": write_jsonl(tmp_path / "copies.jsonl", rows + copies)}
    project: Project = make_project("shared", "annotator.profile=exact", "loop.initial=24", files=files)
    assert project.run(*ONE_ROUND).returncode == 0
    (row,) = project.status()["rounds"]
    assert row["labelled"] + row["empty"] == 24
    assert project.bill()["requests"] <= 12
    asked = [json.loads(body)["messages"][-1]["content"] for (body,) in project.rows("SELECT body FROM request")]
    shown = [json.loads(line.partition(": ")[2]) for text in asked for line in text.splitlines() if line[:1].isdigit()]
    assert sorted(shown) == sorted(" ".join(row["tokens"]) for row in rows)


@pytest.mark.long
def test_a_copy_in_a_later_round_is_not_bought_again(make_project: MakeProject, corpus: Any, tmp_path: Path) -> None:
    rows = sentences(16, 1)
    copies = [{**row, "id": f"copy-{row['id']}"} for row in rows]
    files = {**corpus, "pool": write_jsonl(tmp_path / "twice.jsonl", rows + copies)}
    settings = ("loop.initial=16", "loop.batch=16", "annotator.per_request=1", "annotator.retries=0")
    project: Project = make_project("twice", "annotator.profile=exact", *settings, files=files)
    assert project.run().returncode == 0
    assert [row["selected"] for row in project.status()["rounds"]] == [16, 16]
    assert len(project.rows("SELECT 1 FROM label_in_force")) == 32
    assert project.bill()["requests"] == 16
    assert "every label is the same" in llmaaa("replay", project.folder).stderr


@pytest.mark.long
def test_several_answers_are_voted_on_and_the_unsure_go_to_a_second_model(make_project: MakeProject) -> None:
    project: Project = make_project(
        "voted", "annotator.samples=3", "annotator.escalate=exact", "annotator.unsure_below=0.99"
    )
    done = project.run(*ONE_ROUND)
    assert done.returncode == 0, done.stderr
    (row,) = project.status()["rounds"]
    assert row["labelled"] + row["empty"] + sum(row["failed"].values()) == row["selected"] == 20
    votes = project.rows("SELECT item_id, confidence FROM annotation WHERE kind = 'vote'")
    assert len(votes) == 20
    assert all(0 <= sure <= 1 for _, sure in votes if sure is not None)
    unsure = {item for item, sure in votes if sure is None or sure < 0.99}
    second = {item for (item,) in project.rows("SELECT item_id FROM annotation WHERE annotator = 'simulated-exact'")}
    assert second
    assert second >= unsure
    in_force = dict(
        project.rows("SELECT l.item_id, a.annotator FROM label_in_force l JOIN annotation a ON a.id = l.annotation_id")
    )
    assert {item for item, name in in_force.items() if name == "simulated-exact"} == second
    kinds = project.rows(
        "SELECT DISTINCT a.kind FROM training_example t JOIN annotation a ON a.id = t.annotation_id"
        " WHERE a.annotator = 'simulated-gpt-4-turbo'"
    )
    assert kinds in ([("vote",)], [])
    spent = project.status()["budget"]["spent_nanousd"]
    assert spent == project.bill()["bill_nanousd"] + second_bill(project)["bill_nanousd"]


@pytest.mark.long
def test_an_economy_round_costs_half_and_waits_for_its_provider(make_project: MakeProject) -> None:
    dear: Project = make_project("dear", "student.epochs=1")
    assert dear.run(*ONE_ROUND).returncode == 0
    project: Project = make_project("cheap", "student.epochs=1", "annotator.economy=true", "annotator.batch_wait_s=0")
    waits = project.run(*ONE_ROUND)
    assert waits.returncode == 6, waits.stderr
    assert "batch" in waits.stderr
    assert project.status()["budget"]["held_nanousd"] > 0
    assert project.run(*ONE_ROUND, "--set", "annotator.batch_wait_s=60").returncode == 0
    assert labels(project) == labels(dear)
    budget = project.status()["budget"]
    assert budget["spent_nanousd"] == project.bill()["bill_nanousd"] == dear.bill()["bill_nanousd"] // 2
    assert budget["held_nanousd"] == budget["unconfirmed_nanousd"] == 0
    assert project.rows("SELECT COUNT(*) FROM batch WHERE provider = 'simulator'")[0][0] <= 2


@pytest.mark.long
@pytest.mark.parametrize("moment", ["written", "created"])
def test_a_worker_killed_around_the_creation_of_a_batch_buys_it_once(make_project: MakeProject, moment: str) -> None:
    project: Project = make_project("killed", "student.epochs=1", "annotator.economy=true")
    headless = project.start(*ONE_ROUND)
    project.wait(lambda: bool(project.rows("SELECT 1 FROM batch_event WHERE kind = ?", moment)))
    project.kill_worker()
    headless.communicate(timeout=60)
    done = project.run(*ONE_ROUND)
    assert done.returncode == 0, done.stderr
    assert project.bill()["repeated"] == 0
    assert project.status()["budget"]["spent_nanousd"] == project.bill()["bill_nanousd"]


def test_replay_derives_every_label_again_without_a_request(make_project: MakeProject, tmp_path: Path) -> None:
    project: Project = make_project("again", "annotator.samples=2", "student.epochs=1")
    assert project.run(*ONE_ROUND).returncode == 0
    before, bill = labels(project), project.bill()
    done = llmaaa("replay", project.folder, "--json")
    assert done.returncode == 0, done.stderr
    assert "every label is the same" in done.stderr
    figures = json.loads(done.stdout)
    assert figures["differences"] == []
    assert figures["answers"] >= 40
    assert project.bill() == bill
    ((span, label),) = project.rows("SELECT id, label FROM span ORDER BY id DESC LIMIT 1")
    project.write("UPDATE span SET label = ? WHERE id = ?", "PER" if label != "PER" else "LOC", span)
    assert labels(project) != before
    shown = llmaaa("replay", project.folder)
    assert "1 answers would change" in shown.stderr
    assert labels(project) != before, "shown, not applied"
    applied = llmaaa("replay", project.folder, "--apply")
    assert applied.returncode == 0, applied.stderr
    assert labels(project) == before
    assert "every label is the same" in llmaaa("replay", project.folder).stderr
    assert project.bill() == bill


@pytest.mark.long
def test_recorded_answers_serve_another_project_and_a_miss_is_an_error(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project: Project = make_project("source", "student.epochs=1")
    assert project.run(*ONE_ROUND).returncode == 0
    recording = tmp_path / "answers.jsonl"
    done = llmaaa("replay", project.folder, "--record", recording)
    assert done.returncode == 0, done.stderr
    settings = (
        "student.epochs=1",
        "annotator.provider=recorded",
        "annotator.model=simulated-gpt-4-turbo",
        f"annotator.recording={recording}",
    )
    again: Project = make_project("replayed", *settings)
    done = again.run(*ONE_ROUND)
    assert done.returncode == 0, done.stderr
    assert labels(again) == labels(project)
    status = again.status()
    assert status["simulated"] == "recorded"
    assert status["budget"]["spent_nanousd"] == 0
    other: Project = make_project("missed", *settings, "project.domain=sports")
    done = other.run(*ONE_ROUND)
    assert done.returncode == 4, done.stderr
    assert "record" in done.stderr


@pytest.mark.long
def test_estimate_says_what_a_round_will_cost_before_anything_is_sent(make_project: MakeProject) -> None:
    project: Project = make_project("priced", "student.epochs=1", "annotator.retries=0")
    done = llmaaa("estimate", project.folder, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert not project.rows("SELECT 1 FROM request")
    assert not (project.folder / "simulator.db").exists(), "nothing was started"
    assert figures["this_round"]["items"] == 20
    assert figures["rest"] == {**figures["rest"], "rounds": 1, "items": 15}
    assert 0 < figures["this_round"]["expected_nanousd"] < figures["this_round"]["worst_nanousd"]
    assert project.run(*ONE_ROUND).returncode == 0
    spent = project.status()["budget"]["spent_nanousd"]
    assert spent <= figures["this_round"]["worst_nanousd"]
    assert 0.5 < spent / figures["this_round"]["expected_nanousd"] < 2
    after = json.loads(llmaaa("estimate", project.folder, "--json").stdout)
    assert after["this_round"]["round"] == 2
    assert after["budget"]["spent_nanousd"] == spent
    plain = llmaaa("estimate", project.folder)
    assert "SIMULATED" in plain.stdout
    assert "at worst" in plain.stdout
