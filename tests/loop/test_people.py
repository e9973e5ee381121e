"""Runs that wait for people, through the real command, worker and simulator; and killed in between."""

from __future__ import annotations

from typing import Any

import pytest
from support import Project, llmaaa

from llmaaa_tui.core.document import Labels, Span
from llmaaa_tui.core.review import Again
from llmaaa_tui.store.decisions import Decisions

MakeProject = Any
SMALL = ("loop.initial=6", "loop.batch=6", "student.epochs=1", "annotator.profile=exact", "loop.review=all")


def decide(project: Project, number: int, *, again: bool = True) -> dict[int, int]:
    """Mend the first answer of a round, have the second asked again (where wanted), accept the rest."""
    bought = dict(project.rows("SELECT item_id, annotation_id FROM answer_in_round WHERE round = ? ORDER BY 1", number))
    desk = Decisions(project.folder / "llmaaa.db", "ada", "screen")
    try:
        for place, (item, annotation) in enumerate(bought.items()):
            if place == 0:
                desk.mend(item, annotation, Labels((Span(0, 2, "PER"),)))
            elif place == 1 and again:
                desk.ask_again(item, desk.reject(item, annotation), Again.SAMPLE)
            else:
                desk.accept(item, annotation)
    finally:
        desk.close()
    return bought


def test_a_run_waits_for_people_with_code_6_and_goes_on_when_they_are_done(make_project: MakeProject) -> None:
    project: Project = make_project("watched", *SMALL)
    waits = project.run("--until", "rounds=1")
    assert waits.returncode == 6, waits.stderr
    sentence = (
        "round 1 waits for a person: 6 of 6 sentences are not reviewed yet; open llmaaa review DIR, then go on with "
        "llmaaa run"
    )
    assert sentence in waits.stderr
    assert project.rows("SELECT code, reason FROM run_end") == [(6, sentence)]
    mended, *_ = decide(project, 1, again=False)
    done = project.run("--until", "rounds=1")
    assert done.returncode == 0, done.stderr
    assert "goal reached: 1 of 1 rounds" in done.stderr
    trained = dict(project.rows("SELECT item_id, annotation_id FROM training_example WHERE round = 1"))
    assert project.rows("SELECT kind FROM annotation WHERE id = ?", trained[mended]) == [("human",)]


@pytest.mark.long
@pytest.mark.parametrize(
    "moment",
    [
        "SELECT 1 FROM phase WHERE name = 'review' AND state = 'started'",
        "SELECT 1 FROM attempt WHERE purpose = 'ask_again'",
        "SELECT 1 FROM phase WHERE name = 'review' AND state = 'done'",
        "SELECT 1 FROM training_example",
    ],
)
def test_a_review_killed_anywhere_ends_like_an_undisturbed_one(make_project: MakeProject, moment: str) -> None:
    def through(project: Project, *, killed: bool) -> list[tuple[Any, ...]]:
        decided = False
        for _ in range(6):
            headless = project.start("--until", "rounds=1")
            if killed and not project.rows(moment):
                project.wait(lambda run=headless: bool(project.rows(moment)) or run.poll() is not None)  # type: ignore[misc]
                if headless.poll() is None:
                    project.kill_worker()
            _, said = headless.communicate(timeout=90)
            assert headless.returncode in (0, 1, 6), said
            if headless.returncode == 0:
                break
            if headless.returncode == 6 and not decided:
                decided = bool(decide(project, 1))
            elif headless.returncode == 6:
                desk = Decisions(project.folder / "llmaaa.db", "ada", "screen")
                desk.accept(*project.rows("SELECT item_id, MAX(id) FROM annotation WHERE sample = 1")[0])
                desk.close()
        assert project.rows("SELECT COUNT(*) FROM annotation WHERE sample = 1") == [(1,)]
        return project.rows(
            'SELECT item_id, kind, sample, start, "end", label FROM training_example AS seen'
            " JOIN annotation ON annotation.id = seen.annotation_id LEFT JOIN span USING (annotation_id)"
            " WHERE seen.round = 1 ORDER BY 1, 4".replace("item_id, kind", "seen.item_id, kind")
        )

    calm: Project = make_project("calm", *SMALL)
    disturbed: Project = make_project("disturbed", *SMALL)
    assert through(disturbed, killed=True) == through(calm, killed=False) != []
    budget = disturbed.status()["budget"]
    assert budget["spent_nanousd"] <= disturbed.bill()["bill_nanousd"]
    assert disturbed.bill()["bill_nanousd"] <= budget["spent_nanousd"] + budget["unconfirmed_nanousd"]


@pytest.mark.long
def test_a_cap_raised_by_command_while_the_worker_trains_lets_the_run_go_on(make_project: MakeProject) -> None:
    slow = ("student.epochs=60", "student.patience=60", "annotator.concurrency=1", "loop.rounds=2")
    project: Project = make_project("raised", "budget.cap_usd=0.07", *slow)
    headless = project.start()
    project.wait(lambda: bool(project.rows("SELECT 1 FROM phase WHERE name = 'train' AND state = 'started'")))
    assert "budget_skipped" in project.rows("SELECT detail FROM phase WHERE name = 'annotate' AND state = 'done'")[0][0]
    done = llmaaa("budget", project.folder, "cap", "3.00")
    assert done.returncode == 0, done.stderr
    assert "the cap is $3.000000 now; it was $0.070000" in done.stderr
    assert not project.rows("SELECT 1 FROM phase WHERE name = 'train' AND state = 'done'"), "it was still training"
    _, said = headless.communicate(timeout=200)
    assert headless.returncode == 0, said
    assert "goal reached: 2 of 2 rounds" in said
    assert project.status()["budget"]["cap_nanousd"] == 3_000_000_000
