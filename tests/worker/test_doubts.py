"""Labels asked about once more: which may be, what it costs, and that nothing but a usable answer changes a label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator_server import SimulatorServer
from support import sentences
from worker.bench import Bench, make, pick_open

from llmaaa_tui.annotators.contracts import Request
from llmaaa_tui.core.annotation import GroundedSpan, ItemAnswer
from llmaaa_tui.core.document import Span
from llmaaa_tui.core.states import Kind, Phase, State
from llmaaa_tui.store import items, replies, rounds, verdicts
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.doubts import Doubt, askable, dissent, doubts_of, write_doubts
from llmaaa_tui.worker.annotate import annotate
from llmaaa_tui.worker.context import Context
from llmaaa_tui.worker.estimate import estimate

GOLD = sentences(40, 1) + sentences(60, 2)
REASK = "loop.reask=3"
NAME = "simulated-exact"


def second_round(bench: Bench, doubted: int) -> list[int]:
    """Round 1 answered, round 2 picked with the first labels as doubts; these items."""
    with bench.open() as context:
        annotate(context, 1)
    store = Store(bench.folder / "llmaaa.db")
    try:
        rounds.finish_phase(store, 1, Phase.EVALUATE, 0.1, {})
        rounds.start_round(store, 2, "random", 4)
        chosen = [label.item for label in items.labels_in_force(store)][:doubted]
        pick_open(store, 2, 4)
        with store.transaction() as seq:
            write_doubts(store, 2, [Doubt(item, 0.1 * place, ()) for place, item in enumerate(chosen)], seq)
        return chosen
    finally:
        store.close()


def expected(context: Context) -> Any:
    return estimate(context.paths, context.settings, context.store, context.ledger, context.labels)["this_round"]


def test_what_is_asked_once_more_costs_what_was_said_and_is_never_asked_twice(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "annotator.retries=0")
        chosen = second_round(bench, 3)
        before = server.bill()["bill_nanousd"]
        with bench.open(REASK) as context:
            said = expected(context)
            assert (said["items"], said["requests"]) == (4 + 3, 2 + 3)
            annotate(context, 2)
            assert expected(context)["items"] == 0
        assert 0.8 < (server.bill()["bill_nanousd"] - before) / said["expected_nanousd"] < 1.2
        assert bench.events("doubted") == [
            f"asked {NAME} once more about 3 doubtful labels: 3 answered, 0 labels changed"
        ]
        votes = bench.rows("SELECT item_id, confidence, round FROM annotation WHERE kind = 'vote' ORDER BY id")
        assert votes == [(item, 1.0, 2) for item in chosen], "the most doubtful first; both answers agree"
        sent = server.bill()["requests"]
        reopened = Store(bench.folder / "llmaaa.db")  # as where its worker was killed before the step was done
        reopened.connection.execute("PRAGMA foreign_keys=OFF")
        reopened.connection.execute("DELETE FROM phase WHERE name = 'annotate' AND round = 2")
        reopened.connection.execute("DELETE FROM annotation WHERE kind = 'vote' AND item_id = ?", (chosen[0],))
        reopened.close()
        with bench.open(REASK) as context:
            annotate(context, 2)
        assert server.bill()["requests"] == sent
        assert len(bench.rows("SELECT 1 FROM annotation WHERE kind = 'vote'")) == 3


def test_failures_people_and_the_cap_leave_labels_as_they_are(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "annotator.retries=0", "annotator.concurrency=1")
        failing, decided, _ = second_round(bench, 3)
        before = bench.rows("SELECT item_id, annotation_id FROM label_in_force WHERE item_id = ?", failing)
        with bench.open() as context:
            _decide(context, decided)
            server.script(["ok", "ok", "refusal"])  # two requests of the batch, then the most doubtful
            free = context.ledger.totals()
        with bench.open(REASK) as context:
            annotate(context, 2)
            assert context.ledger.totals().spent_nanousd > free.spent_nanousd
        (said,) = bench.events("doubted")
        assert said.endswith("about 2 doubtful labels: 1 answered, 0 labels changed, 1 failed and keep their label")
        assert bench.rows("SELECT item_id, annotation_id FROM label_in_force WHERE item_id = ?", failing) == before
        assert not bench.rows("SELECT 1 FROM request_item WHERE purpose = 'doubt' AND item_id = ?", decided)
        assert len(bench.rows("SELECT 1 FROM annotation WHERE kind = 'vote'")) == 1


def test_another_annotator_is_not_asked_about_labels_that_are_not_its_own(tmp_path: Path) -> None:
    other = "simulated-llama-2-70b"
    with SimulatorServer(GOLD) as server, SimulatorServer(GOLD, profile="llama-2-70b") as dearer:
        bench = make(tmp_path, server, "annotator.retries=0")
        second_round(bench, 3)
        prices = bench.folder / "prices.toml"
        prices.write_text(prices.read_text().replace('"other"', f'"{other}"'))
        with bench.open(REASK, f"annotator.model={other}", f"annotator.base_url={dearer.url}") as context:
            said = expected(context)
            assert (said["items"], said["requests"]) == (4, 2)
            annotate(context, 2)
        assert dearer.bill()["requests"] == 2
        assert bench.events("doubted") == [f"no doubtful label is asked once more: none of them is {other}'s"]
        assert not bench.rows("SELECT 1 FROM annotation WHERE kind = 'vote'")
        assert rounds_done(bench)


def test_a_further_answer_that_does_not_fit_is_left_out(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server, "annotator.retries=0", "annotator.concurrency=1")
        second_round(bench, 3)
        with bench.open(REASK) as context:
            annotator = context.kit.annotator
            assert annotator is not None
            plan, kept = annotator.plan, context.ledger.set_cap

            def planned(groups: Any, *, sample: int = 0, doublings: int = 0) -> list[Request]:
                if sample:  # the batch is answered: from here on nothing fits
                    kept(context.ledger.spent() + 1)
                return plan(groups, sample=sample, doublings=doublings)

            object.__setattr__(annotator, "plan", planned)
            assert not annotate(context, 2), "the round itself is whole"
        (said,) = bench.events("doubted")
        assert said.endswith(
            "about 3 doubtful labels: 0 answered, 0 labels changed, 3 not asked: the budget is used up"
        )
        assert rounds_done(bench)


def rounds_done(bench: Bench) -> bool:
    return bool(bench.rows("SELECT 1 FROM phase WHERE round = 2 AND name = 'annotate' AND state = 'done'"))


def _decide(context: Context, item: int) -> None:
    store = context.store
    with store.transaction() as seq:
        label = store.value("SELECT annotation_id FROM label_in_force WHERE item_id = ?", item)
        store.insert(
            "decision",
            item_id=item,
            verdict="accept",
            annotation_id=label,
            reviewer="me",
            created_utc="2026-01-01T00:00:00.000+00:00",
            seq=seq,
        )
    assert item in verdicts.judged(store)


def test_an_item_is_asked_twice_at_most_and_not_in_two_rounds_running(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server)
        (item,) = second_round(bench, 1)
        store = Store(bench.folder / "llmaaa.db")

        def may(number: int, most: int = 3, name: str = NAME) -> bool:
            return item in askable(store, number, name, most)

        assert [may(number) for number in (2, 3, 4)] == [False, False, True]
        assert not may(4, most=1), "it has an answer already"
        assert not may(4, name="another"), "the label is not this annotator's"
        assert askable(store, 2, NAME, 3), "others of round 1"
        rounds.start_round(store, 3, "random", 4)
        rounds.start_round(store, 4, "random", 4)
        with store.transaction() as seq:
            write_doubts(store, 4, [Doubt(item, 0.5, (3, 1))], seq)
        (written,) = doubts_of(store, 4)
        assert (written.item, written.score, written.neighbours, written.seq) == (item, 0.5, (3, 1), seq)
        assert not may(9)
        store.close()


def test_how_far_a_student_was_from_a_label(tmp_path: Path) -> None:
    with SimulatorServer(GOLD) as server:
        bench = make(tmp_path, server)
        store = Store(bench.folder / "llmaaa.db")
        chosen = [one.item for one in rounds.selection(store, 1)][:4]
        a, b, c = (GroundedSpan(Span(start, start + 2, "PER")) for start in (0, 4, 8))
        pairs = [((a, b), (a, c)), ((), ()), ((a,), ()), ((a, b), (a, b))]
        for item, (label, said) in zip(chosen, pairs, strict=True):
            for spans, kind, name in ((label, Kind.LLM, NAME), (said, Kind.STUDENT, "student-round-000")):
                answer = ItemAnswer(State.LABELLED if spans else State.EMPTY, spans)
                replies.write_answers(store, {item: answer}, kind=kind, annotator=name, number=1)
        later = {chosen[0]: ItemAnswer(State.LABELLED, (a, b))}
        replies.write_answers(store, later, kind=Kind.STUDENT, annotator="student-round-001", number=1)
        assert dissent(store) == dict(zip(chosen, (0.5, 0.0, 1.0, 0.0), strict=True)), "the first student counts"
        store.close()
