"""Runs that end early or oddly: each says why, and each can be gone on with."""

from __future__ import annotations

import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from support import Project, llmaaa

MakeProject = Any


@pytest.mark.long
def test_a_cap_too_small_for_one_answer_trains_nothing_and_a_higher_one_goes_on(make_project: MakeProject) -> None:
    project: Project = make_project("broke", "budget.cap_usd=0.00001")
    for _ in range(2):
        done = project.run("--until", "rounds=1")
        assert done.returncode == 3, done.stderr
        assert "budget" in done.stderr
        assert len(project.rows("SELECT * FROM round")) == 1, "no round is opened that nothing can be bought for"
        assert not project.rows("SELECT * FROM attempt")
        assert not project.rows("SELECT * FROM phase WHERE name = 'train'")
    picked = project.rows("SELECT * FROM selection")
    more = project.run("--until", "rounds=1", "--set", "budget.cap_usd=2.00")
    assert more.returncode == 0, more.stderr
    assert project.rows("SELECT * FROM selection") == picked
    assert project.status()["rounds"][0]["failed"].get("budget_skipped", 0) == 0


@pytest.mark.long
def test_a_round_without_one_usable_answer_says_so_and_a_better_annotator_goes_on(make_project: MakeProject) -> None:
    settings = ("annotator.max_output_tokens=1", "annotator.retries=0", "loop.initial=6")
    project: Project = make_project("mute", *settings)
    for _ in range(2):
        done = project.run("--until", "rounds=1")
        assert done.returncode == 4, done.stderr
        assert "usable" in done.stderr
        assert "annotator.retries" in done.stderr
        assert not project.rows("SELECT * FROM phase WHERE name = 'train'")
    assert project.status()["rounds"][0]["failed"] == {"cut_off": 6}
    cured = ("--set", "annotator.retries=1", "--set", "annotator.max_output_tokens=0")
    more = project.run("--until", "rounds=1", *cured)
    assert more.returncode == 0, more.stderr
    assert project.bill()["requests"] == 6, "three requests of two sentences, each asked twice"


@pytest.mark.long
def test_gold_measured_as_the_teacher_ends_and_adds_no_gold(make_project: MakeProject) -> None:
    project: Project = make_project("gilded", "annotator.provider=gold", "teacher.measure=dev", "student.epochs=1")
    hidden = project.rows("SELECT COUNT(*) FROM annotation WHERE kind = 'gold' AND round IS NULL")
    done = project.run("--until", "rounds=1", timeout=60)
    assert done.returncode == 0, done.stderr
    assert project.rows("SELECT COUNT(*) FROM annotation WHERE kind = 'gold' AND round IS NULL") == hidden
    assert project.status()["rounds"][0]["teacher"]["f1"] == 1.0


@pytest.mark.long
def test_a_teacher_that_was_interrupted_after_the_last_round_is_measured_by_the_next_run(
    make_project: MakeProject,
) -> None:
    project: Project = make_project("unfinished", "teacher.measure=dev", "annotator.concurrency=1")
    headless = project.start("--until", "rounds=1")
    asked = "SELECT 1 FROM attempt WHERE purpose = 'teacher'"
    project.wait(lambda: bool(project.rows(asked)))
    project.kill_worker()
    headless.communicate(timeout=60)
    assert not project.rows("SELECT 1 FROM metric WHERE subject = 'annotator' AND split = 'dev'")
    done = project.run("--until", "rounds=1")
    assert done.returncode == 0, done.stderr
    assert project.status()["rounds"][0]["teacher"]["n"] == 30


@pytest.mark.long
def test_a_teacher_that_does_not_fit_under_the_cap_costs_nothing_and_is_said(make_project: MakeProject) -> None:
    project: Project = make_project("thrifty", "teacher.measure=dev", "budget.cap_usd=0.30")
    done = project.run("--until", "rounds=1")
    assert done.returncode == 0, done.stderr
    assert set(project.status()["budget"]["by_purpose"]) == {"annotate"}
    assert "does not fit" in done.stderr


@pytest.mark.long
def test_a_round_that_goes_on_with_another_annotator_asks_only_what_is_open(make_project: MakeProject) -> None:
    project: Project = make_project("switched", "annotator.concurrency=1")
    headless = project.start("--until", "rounds=1")
    project.wait(lambda: len(project.rows("SELECT 1 FROM annotation WHERE round = 1 AND state <> 'failed'")) >= 5)
    project.kill_worker()
    headless.communicate(timeout=60)
    usable = {item for (item,) in project.rows("SELECT item_id FROM annotation WHERE round = 1 AND state <> 'failed'")}
    done = project.run("--until", "rounds=1", "--set", "annotator.profile=exact")
    assert done.returncode == 0, done.stderr
    again = {item for (item,) in project.rows("SELECT item_id FROM annotation WHERE annotator = 'simulated-exact'")}
    assert not usable & again
    assert len(usable | again) == 20


@pytest.mark.long
def test_a_run_that_cannot_start_leaves_the_word_simulated_where_it_was(make_project: MakeProject) -> None:
    project: Project = make_project("marked", "student.epochs=1")
    assert project.run("--until", "rounds=1").returncode == 0
    broken = project.run("--set", "annotator.provider=compatible")
    assert broken.returncode == 2, broken.stderr
    status = project.status()
    assert status["simulated"] == "simulated"
    assert status["ended"]["code"] == 2


@pytest.mark.long
def test_of_two_runs_at_once_one_is_refused_and_leaves_no_goal_behind(make_project: MakeProject) -> None:
    project: Project = make_project("twins", "annotator.provider=gold", "student.epochs=1")
    goals = ("rounds=1", "rounds=2", "rounds=3")
    started = [project.start("--until", goal) for goal in goals]
    said = [one.communicate(timeout=120)[1] for one in started]
    codes = [one.returncode for one in started]
    assert sorted(codes) == [0, 5, 5], said
    wanted = goals[codes.index(0)]
    assert project.rows("SELECT goals FROM run") == [(f'["{wanted}"]',)]
    assert project.rows("SELECT COUNT(*) FROM round") == [(int(wanted[-1]),)]


@pytest.mark.parametrize("moment", ["born", "holds"])
def test_an_interrupt_while_the_worker_starts_stops_it(make_project: MakeProject, moment: str) -> None:
    project: Project = make_project("hasty", "annotator.concurrency=1")
    headless = project.start()
    born = (project.folder / "worker.lock").exists  # the worker is there, and does not work yet
    project.wait(born if moment == "born" else lambda: bool(project.rows("SELECT 1 FROM lease")))
    headless.send_signal(signal.SIGINT)
    _, said = headless.communicate(timeout=60)
    assert headless.returncode == 130, said
    project.wait(lambda: bool(project.rows("SELECT 1 FROM run_end")))
    assert project.rows("SELECT code FROM run_end") == [(7,)]


def test_a_database_of_another_name_is_refused_by_run(make_project: MakeProject) -> None:
    project: Project = make_project("elsewhere")
    refused = project.run("--set", "store.path=other.db")
    assert refused.returncode == 2
    assert "store.path" in refused.stderr


@pytest.mark.long
def test_another_program_that_holds_the_database_costs_time_and_no_answer(make_project: MakeProject) -> None:
    project: Project = make_project("browsed", "annotator.concurrency=4", "student.epochs=1")
    headless = project.start("--until", "rounds=1")
    project.wait(lambda: len(project.rows("SELECT 1 FROM attempt_end")) >= 3)
    browser = sqlite3.connect(project.folder / "llmaaa.db", isolation_level=None, timeout=30)
    browser.execute("BEGIN IMMEDIATE")
    time.sleep(40)
    browser.execute("ROLLBACK")
    browser.close()
    _, said = headless.communicate(timeout=120)
    assert headless.returncode == 0, said
    assert project.bill()["repeated"] == 0
    budget = project.status()["budget"]
    assert budget["spent_nanousd"] == project.bill()["bill_nanousd"]
    assert budget["unconfirmed_nanousd"] == 0
    assert "another program" in (project.folder / "worker.log").read_text()


@pytest.mark.long
def test_an_encoder_named_from_here_is_found_by_the_worker_elsewhere(
    tmp_path: Path, corpus: dict[str, Path], tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "enc").symlink_to(tiny_encoder)
    settings = ("annotator.provider=gold", "annotator.retrieval=random", "student.epochs=1", "student.threads=1")
    flags = [part for text in (*settings, "student.encoder=enc") for part in ("--set", text)]
    made = llmaaa("new", "größe 1", "--pool", corpus["pool"], "--gold", corpus["gold"], *flags)
    assert made.returncode == 0, made.stderr
    (tmp_path / "link").symlink_to(tmp_path / "größe 1")
    assert llmaaa("run", "link", "--headless", "--until", "rounds=1").returncode == 0
    given = ("--set", "student.encoder=enc", "--set", "loop.batch=5")
    again = llmaaa("run", "link", "--headless", "--until", "rounds=2", *given)
    assert again.returncode == 0, again.stderr
