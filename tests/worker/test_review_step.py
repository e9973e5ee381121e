"""Rounds that wait for people, and what people decided in the training that follows: real store, wire and student."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from simulator_server import SimulatorServer
from support import sentences
from worker.bench import Bench, make, pick_open

from llmaaa_tui.core.annotation import ItemAnswer
from llmaaa_tui.core.document import NOTHING, Labels, Span
from llmaaa_tui.core.snapshot import Ended
from llmaaa_tui.core.states import Phase, State
from llmaaa_tui.errors import WaitingError
from llmaaa_tui.store import items, replies, rounds
from llmaaa_tui.store.decisions import Decisions
from llmaaa_tui.student.predict import predict
from llmaaa_tui.worker import machine
from llmaaa_tui.worker.annotate import annotate
from llmaaa_tui.worker.context import Context

GOLD = sentences(40, 1) + sentences(60, 2)
STUDENT = ("student.epochs=1", "student.threads=1", "student.learning_rate=0.002", "loop.strategy=random")
IN_FORCE = "SELECT item_id, annotation_id FROM label_in_force ORDER BY 1"


@contextmanager
def people(bench: Bench) -> Iterator[Decisions]:
    desk = Decisions(bench.folder / "llmaaa.db", "ada", "screen")
    try:
        yield desk
    finally:
        desk.close()


@pytest.fixture
def bench(tmp_path: Path, tiny_encoder: Path) -> Iterator[Bench]:
    with SimulatorServer(GOLD) as server:
        yield make(tmp_path, server, *STUDENT, f"student.encoder={tiny_encoder}", batch=6)


def run(bench: Bench, rounds_wanted: int, *sets: str) -> Ended:
    with bench.open(f"loop.rounds={rounds_wanted}", *sets) as context:
        return machine.run(context)


def answers(bench: Bench, number: int = 1) -> dict[int, int]:
    return dict(
        bench.rows("SELECT item_id, annotation_id FROM answer_in_round WHERE round = ? ORDER BY item_id", number)
    )


def trained(bench: Bench, number: int) -> dict[int, int]:
    return dict(bench.rows("SELECT item_id, annotation_id FROM training_example WHERE round = ?", number))


def phases(bench: Bench, number: int = 1) -> list[tuple[str, str]]:
    return bench.rows("SELECT name, state FROM phase WHERE round = ? ORDER BY id", number)


def test_a_round_waits_until_each_answer_was_looked_at_and_trains_on_what_people_said(bench: Bench) -> None:
    review = "loop.review=all"
    with pytest.raises(WaitingError, match=r"round 1 waits for a person: 6 of 6 sentences are not reviewed yet"):
        run(bench, 1, review)
    bought = answers(bench)
    accepted, mended, emptied, rejected, skipped, undone = bought
    with people(bench) as desk:
        desk.accept(accepted, bought[accepted])
        desk.mend(mended, bought[mended], Labels((Span(0, 2, "PER"),)))
        desk.mend(emptied, bought[emptied], NOTHING)
        desk.reject(rejected, bought[rejected])
        desk.skip(skipped, bought[skipped])
    with pytest.raises(WaitingError, match=r"1 of 6 sentences is not reviewed yet; open llmaaa review DIR, then go on"):
        run(bench, 1, review)
    with people(bench) as desk:
        desk.reject(undone, bought[undone])
        desk.undo()
    with pytest.raises(WaitingError, match="1 of 6"):
        run(bench, 1, review)
    with people(bench) as desk:
        desk.mend(undone, bought[undone], Labels((Span(0, 2, "LOC"),)))
    assert len([one for one in phases(bench) if one == ("review", "started")]) == 1, "what is waited for stands"
    sent = len(bench.server.seen)
    assert run(bench, 1, review).code == 0
    assert len(bench.server.seen) == sent, "nothing was asked again"
    human = dict(bench.rows("SELECT item_id, id FROM annotation WHERE kind = 'human'"))
    assert set(human) == {mended, emptied, undone}
    assert trained(bench, 1) == {accepted: bought[accepted], skipped: bought[skipped], **human}
    assert ("review", "done") in phases(bench)
    assert bench.events("reviewed") == ["a person has looked at 6 of this round's sentences"]
    assert phases(bench).index(("review", "done")) < phases(bench).index(("train", "started"))


def test_a_decision_during_annotate_and_between_rounds_counts_in_the_next_training(bench: Bench) -> None:
    first, second = (item for (item,) in bench.rows("SELECT item_id FROM selection WHERE rank <= 2 ORDER BY rank"))
    with people(bench) as desk:  # before anybody has answered about them
        desk.mend(first, None, Labels((Span(0, 2, "ORG"),)))
        desk.reject(second, None)
    assert run(bench, 1).code == 0
    human = dict(bench.rows("SELECT item_id, id FROM annotation WHERE kind = 'human'"))
    assert {first, second}.isdisjoint(answers(bench)), "nothing is bought about what a person decided"
    assert trained(bench, 1) == {**answers(bench), **human}
    third, fourth, *_ = bought = answers(bench)
    with people(bench) as desk:
        desk.reject(third, bought[third])
        desk.reject(fourth, bought[fourth])
        desk.undo()
        desk.accept(fourth, bought[fourth])
        desk.undo()
        desk.mend(fourth, bought[fourth], NOTHING)
    assert run(bench, 2).code == 0
    assert third not in trained(bench, 2)
    assert second not in trained(bench, 2)
    ((said,),) = bench.rows("SELECT kind FROM annotation WHERE id = ?", trained(bench, 2)[fourth])
    assert said == "human"
    assert trained(bench, 1)[fourth] == bought[fourth], "what a training saw stays written"


def test_without_review_the_step_is_not_written_and_with_nothing_to_look_at_it_is_done_at_once(bench: Bench) -> None:
    assert run(bench, 1).code == 0
    assert "review" not in {name for name, _ in phases(bench)}
    with bench.open("loop.review=suspicious") as context:
        rounds.start_round(context.store, 2, "random", 4)
        pick_open(context.store, 2, 4)  # no student was asked: an exact annotator leaves no reason to look
    assert run(bench, 2, "loop.review=suspicious").code == 0
    assert ("review", "done") in phases(bench, 2)
    assert not bench.events("reviewed"), "nobody looked at anything"


def test_suspicious_answers_are_waited_for_and_no_others(bench: Bench) -> None:
    review = ("loop.review=suspicious", "annotator.retries=0", "annotator.concurrency=1")
    bench.server.script(["refusal", "ok", "ok"])
    with pytest.raises(WaitingError, match="2 of 2 sentences"):
        run(bench, 1, *review)
    failed = [item for (item,) in bench.rows("SELECT item_id FROM annotation WHERE state = 'failed' ORDER BY 1")]
    with people(bench) as desk:
        desk.mend(failed[0], None, NOTHING)
        desk.skip(failed[1], None)
    assert run(bench, 1, *review).code == 0
    bench.server.script([])
    with pytest.raises(WaitingError, match="round 2 waits for a person"):
        run(bench, 2, *review)  # a student of one epoch says otherwise
    with bench.open() as context:
        wanted = rounds.phase_detail(context.store, 2, Phase.REVIEW, "started")["items"]
        said = {kind: spans_of(context, kind) for kind in ("llm", "student")}
        assert set(said["student"]) == {one.item for one in rounds.selection(context.store, 2)}
        assert wanted == [item for item in sorted(said["llm"]) if said["llm"][item] != said["student"][item]]
    assert run(bench, 2, "loop.review=none").code == 0, "who switches it off goes on"
    assert phases(bench, 2).count(("review", "done")) == 1, "and nobody is waited for any more"


def spans_of(context: Context, kind: str) -> dict[int, set[Span]]:
    rows = context.store.rows("SELECT id, item_id FROM annotation WHERE kind = ? AND round = 2", kind)
    labels = items.labels_of(context.store, [row["id"] for row in rows])
    return {row["item_id"]: set(labels[row["id"]].spans) for row in rows}


def test_a_review_switched_on_while_a_round_trains_concerns_the_next_round(bench: Bench) -> None:
    with bench.open() as context:
        store = context.store
        annotate(context, 1)
        rounds.start_phase(store, 1, Phase.TRAIN)
        rounds.write_training_set(store, 1, ((one.item, one.annotation, 1.0) for one in items.labels_in_force(store)))
    assert run(bench, 1, "loop.review=all").code == 0
    assert "review" not in {name for name, _ in phases(bench)}


def test_a_project_whose_labels_were_all_rejected_says_so(bench: Bench) -> None:
    with pytest.raises(WaitingError):
        run(bench, 1, "loop.review=all")
    with people(bench) as desk:
        for item, annotation in answers(bench).items():
            desk.reject(item, annotation)
    for _ in range(2):
        with pytest.raises(WaitingError, match="people rejected every label, so there is nothing to train on"):
            run(bench, 1, "loop.review=all")
    assert not bench.rows("SELECT 1 FROM training_example")
    with people(bench) as desk:
        desk.undo()
    assert run(bench, 1).code == 0
    assert len(trained(bench, 1)) == 1


def shown_calibrated(bench: Bench, number: int, model: Path) -> None:
    """The confidence that people see beside a round's answers is the student's at the temperature that dev gave it."""
    said = "SELECT item_id, confidence FROM annotation WHERE kind = 'student' AND round = ? ORDER BY item_id"
    shown = dict(bench.rows(said, number))
    with bench.open() as context:
        texts = context.texts(items.documents(context.store, list(shown)))
        for calibrated in (True, False):
            found = predict(context.student, model, texts, calibrated=calibrated)
            wanted = [
                sum(row[found.classes.index(tag)] for tag, row in zip(tags, rows, strict=True)) / len(tags)
                for tags, rows in zip(found.targets, found.probabilities, strict=True)
            ]
            assert (list(shown.values()) == pytest.approx(wanted, abs=0.01)) is calibrated


def test_the_student_says_what_it_makes_of_a_batch_before_it_learns_it(bench: Bench, tmp_path: Path) -> None:
    assert run(bench, 1).code == 0
    kept = shutil.copytree(bench.folder / "models" / "round-001", tmp_path / "kept")
    shown_calibrated(bench, 1, kept)
    assert run(bench, 3, "loop.batch=4", "loop.strategy=entropy").code == 0
    says = bench.rows(
        "SELECT round, annotator, COUNT(*), COUNT(DISTINCT item_id) FROM annotation WHERE kind = 'student'"
        " GROUP BY 1, 2 ORDER BY 1"
    )
    assert says == [(1, "student-round-001", 6, 6), (2, "student-round-001", 4, 4), (3, "student-round-002", 4, 4)]
    sure = bench.rows(
        "SELECT MIN(span.confidence), MAX(span.confidence), COUNT(*), COUNT(span.confidence) FROM span"
        " JOIN annotation ON annotation.id = annotation_id WHERE kind = 'student'"
    )[0]
    assert sure[2] == sure[3] > 0
    assert 0 < sure[0] <= sure[1] <= 1
    shown_calibrated(bench, 2, kept)
    assert bench.rows(
        "SELECT COUNT(*) FROM annotation WHERE kind = 'student' AND (state = 'labelled')"
        " <> (id IN (SELECT annotation_id FROM span))"
    ) == [(0,)]
    students = {annotation for (annotation,) in bench.rows("SELECT id FROM annotation WHERE kind = 'student'")}
    assert students.isdisjoint(annotation for _, annotation in bench.rows(IN_FORCE))
    for number in (1, 2, 3):
        assert students.isdisjoint(trained(bench, number).values())
        assert students.isdisjoint(answers(bench, number).values())
    with bench.open() as context:
        assert {row["kind"] for _, _, row in items.exported(context.store)} == {"llm"}
        picked = [item for (item,) in bench.rows("SELECT item_id FROM selection")]
        assert not any(replies.answered(context.store, picked, "student-round-001").values())
        last = items.open_items(context.store)[-1]
        with context.store.transaction() as seq:
            replies.write_student(context.store, {last: ItemAnswer(State.EMPTY)}, 3, 3, seq)
        assert last in items.open_items(context.store), "an opinion closes no item"


def test_a_student_that_was_taken_away_is_not_trained_again_for_its_opinion_alone(bench: Bench) -> None:
    assert run(bench, 1).code == 0
    shutil.rmtree(bench.folder / "models")
    assert run(bench, 2).code == 0
    says = bench.rows("SELECT annotator FROM annotation WHERE kind = 'student' AND round = 2 GROUP BY 1")
    assert says == [("student-round-002",)], "then its own says it, in sample"


def test_more_samples_after_a_vote_are_not_bought(bench: Bench) -> None:
    with bench.open("annotator.samples=2") as context:
        annotate(context, 1)
        with context.store.transaction():
            context.store.connection.execute("DELETE FROM phase WHERE name = 'annotate'")
    sent = len(bench.server.seen)
    with bench.open("annotator.samples=4") as context:
        annotate(context, 1)
    assert len(bench.server.seen) == sent
