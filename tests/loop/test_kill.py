"""`kill -9` anywhere, then `run` again: the same picks, the same F1, and nothing asked twice but what was in flight."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from support import FIRMS, PEOPLE, PLACES, Project, write_jsonl

MakeProject = Any
CONCURRENCY = 4


def _count(project: Project, sql: str) -> int:
    return int(project.rows(sql)[0][0])


ASKED_IN_ROUND_1 = "SELECT COUNT(DISTINCT request_key) FROM annotation WHERE round = 1 AND kind = 'llm'"
MOMENTS: dict[str, str] = {
    "select": "SELECT COUNT(*) FROM round WHERE number = 2",
    "annotate": "SELECT COUNT(*) >= {asked} + 3 FROM attempt_end JOIN attempt ON attempt.id = attempt_id"
    " WHERE purpose = 'annotate'",
    "leakage": "SELECT COUNT(*) >= 2 FROM attempt_end JOIN attempt ON attempt.id = attempt_id"
    " WHERE purpose = 'leakage'",
    "train": "SELECT COUNT(*) FROM phase WHERE round = 2 AND name = 'train' AND state = 'started'",
    "evaluate": "SELECT COUNT(*) FROM phase WHERE round = 2 AND name = 'evaluate' AND state = 'started'",
}


def _outcome(project: Project) -> dict[str, Any]:
    status = project.status()
    return {
        "selections": project.rows(
            "SELECT selection.round, selection.rank, selection.score, document.name, neighbours FROM selection"
            " JOIN item ON item.id = selection.item_id JOIN document ON document.id = item.document_id ORDER BY 1, 2"
        ),
        "spans": project.rows(
            "SELECT document.name, span.start, span.label FROM span JOIN annotation ON annotation.id = annotation_id"
            " JOIN item ON item.id = item_id JOIN document ON document.id = document_id"
            " WHERE round > 0 ORDER BY 1, 2, 3"
        ),
        "classes": project.rows(
            "SELECT annotation.item_id, class_label.label FROM class_label"
            " JOIN annotation ON annotation.id = annotation_id WHERE round > 0 ORDER BY 1, 2"
        ),
        "dev": [row["dev"] for row in status["rounds"]],
        "leakage": status["leakage"],
        "test": [row["test"] for row in status["rounds"]],
    }


@pytest.mark.parametrize(
    "phase",
    [
        pytest.param("select", marks=pytest.mark.long),
        "annotate",
        pytest.param("leakage", marks=pytest.mark.long),
        pytest.param("train", marks=pytest.mark.long),
        pytest.param("evaluate", marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("simulator", [pytest.param("kept", marks=pytest.mark.long), "restarted"])
def test_a_killed_run_ends_like_an_undisturbed_one(make_project: MakeProject, phase: str, simulator: str) -> None:
    probed = ("leakage.per_round=3", "leakage.dataset=CoNLL-2003") if phase == "leakage" else ()
    settings = (f"annotator.concurrency={CONCURRENCY}", *probed)
    calm, killed = (make_project(name, *settings) for name in ("calm", "killed"))
    _ends_alike(calm, killed, phase, simulator)


def _related(count: int, seed: int) -> list[dict[str, Any]]:
    """Sentences of a person, a firm and a place, with two of their six pairs related."""
    rows = []
    for number in range(count):
        names = PEOPLE[(number + seed) % 8], FIRMS[(number * 5 + seed) % 6], PLACES[(number * 3) % 8]
        text = f"{names[0]} works for {names[1]} in {names[2]} , no{seed}x{number} q{number * 7919 + seed} ."
        spans = [{"start": text.index(name), "end": text.index(name) + len(name)} for name in names]
        relations = [{"head": 0, "tail": 1, "label": "Work_For"}, {"head": 1, "tail": 2, "label": "Based_In"}]
        rows.append({"id": f"{seed}-{number}", "text": text, "spans": spans, "relations": relations})
    return rows


@pytest.mark.long
@pytest.mark.parametrize("phase", MOMENTS)
def test_a_killed_run_of_pairs_ends_like_an_undisturbed_one(
    make_project: MakeProject, tmp_path: Path, phase: str
) -> None:
    """Several pairs of a sentence go into one request, so one answer carries several items."""
    rows = {"pool": _related(20, 1), "gold": _related(40, 2), "test": _related(8, 3)}
    files = {flag: write_jsonl(tmp_path / f"{flag}.jsonl", some) for flag, some in rows.items()}
    settings = ("project.task=relation", f"annotator.concurrency={CONCURRENCY}", "loop.initial=40", "loop.batch=30")
    calm, killed = (make_project(name, *settings, files=files) for name in ("calm", "killed"))
    _ends_alike(calm, killed, phase, "restarted")
    outcome = _outcome(calm)
    assert {label for _, label in outcome["classes"]} == {"Work_For", "Based_In", "no_relation"}
    shared = killed.rows("SELECT COUNT(*) FROM annotation WHERE kind = 'llm' GROUP BY request_key ORDER BY 1 DESC")
    assert shared[0][0] > 2


def _ends_alike(calm: Project, killed: Project, phase: str, simulator: str) -> None:
    """Kill the worker of one of two equal projects in a phase of round 2 and run it on: nothing tells them apart."""
    assert calm.run().returncode == 0
    moment = MOMENTS[phase].format(asked=_count(calm, ASKED_IN_ROUND_1))
    headless = killed.start()
    killed.wait(lambda: bool(killed.rows("SELECT 1 FROM lease")))
    killed.wait(lambda: _count(killed, moment) > 0)
    killed.kill_worker()
    _, said = headless.communicate(timeout=60)
    assert headless.returncode == 1, said
    assert "died" in said
    in_flight = _count(killed, "SELECT COUNT(*) FROM attempt WHERE id NOT IN (SELECT attempt_id FROM attempt_end)")
    assert in_flight <= 2 * (CONCURRENCY + CONCURRENCY // 2)  # sent, held ahead, answered but not yet on the disk
    if simulator == "restarted":
        killed.kill_simulator()
    done = killed.run()
    assert done.returncode == 0, done.stderr
    assert _outcome(killed) == _outcome(calm)
    assert calm.bill()["repeated"] == 0
    assert calm.bill()["requests"] <= killed.bill()["requests"] <= calm.bill()["requests"] + in_flight
    budget = killed.status()["budget"]
    assert budget["held_nanousd"] == 0
    assert (budget["unconfirmed_nanousd"] > 0) == (in_flight > 0)
    bill = killed.bill()["bill_nanousd"]
    assert budget["spent_nanousd"] <= bill <= budget["spent_nanousd"] + budget["unconfirmed_nanousd"]


@pytest.mark.long
def test_a_second_worker_is_refused_and_stop_can_be_resumed(make_project: MakeProject) -> None:
    project: Project = make_project("busy", "student.epochs=200", "student.patience=200")
    headless = project.start("--until", "rounds=1")
    project.wait(lambda: bool(project.rows("SELECT 1 FROM phase WHERE name = 'train'")))
    second = project.run()
    assert second.returncode == 5
    assert "another worker" in second.stderr
    from support import llmaaa

    stopped = llmaaa("stop", project.folder)
    assert stopped.returncode == 0, stopped.stderr
    _, said = headless.communicate(timeout=60)
    assert headless.returncode == 7, said
    assert project.status()["worker"]["state"] == "none"
    paid = project.bill()
    done = project.run("--until", "rounds=1", "--set", "student.epochs=2")
    assert done.returncode == 0, done.stderr
    assert project.bill() == paid, "a resumed round asks nothing again"


@pytest.mark.long
def test_a_pause_rests_and_a_resume_goes_on(make_project: MakeProject) -> None:
    from llmaaa_tui.store.commands import ask

    project: Project = make_project("tired", "annotator.concurrency=1")
    headless = project.start()
    project.wait(lambda: bool(project.rows("SELECT 1 FROM attempt_end")))
    ask(project.folder / "llmaaa.db", "pause")
    project.wait(lambda: bool(project.rows("SELECT 1 FROM lease WHERE paused = 1")))
    time.sleep(0.5)
    before = _count(project, "SELECT COUNT(*) FROM attempt")
    time.sleep(1.0)
    assert _count(project, "SELECT COUNT(*) FROM attempt") == before
    ask(project.folder / "llmaaa.db", "resume")
    _, said = headless.communicate(timeout=120)
    assert headless.returncode == 0, said


def test_the_worker_outlives_the_terminal_that_started_it(make_project: MakeProject) -> None:
    project: Project = make_project("detached")
    headless = project.start()
    project.wait(lambda: bool(project.rows("SELECT 1 FROM lease")))
    headless.kill()
    headless.wait()
    project.wait(lambda: bool(project.rows("SELECT 1 FROM run_end")))
    assert project.status()["ended"]["code"] == 0


@pytest.mark.long
def test_a_project_moved_without_its_models_goes_on_with_the_same_picks(make_project: MakeProject) -> None:
    whole: Project = make_project("whole")
    assert whole.run().returncode == 0
    moved: Project = make_project("moved")
    assert moved.run("--until", "rounds=1").returncode == 0
    shutil.rmtree(moved.folder / "models")
    done = moved.run()
    assert done.returncode == 0, done.stderr
    assert _outcome(moved) == _outcome(whole)
