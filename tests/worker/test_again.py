"""Asking again what people rejected, and showing what they made a demonstration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulator_server import SimulatorServer
from support import sentences
from worker.bench import Bench, make
from worker.test_review_step import answers, people, run, trained

from llmaaa_tui.core.document import Labels, Span
from llmaaa_tui.core.review import Again
from llmaaa_tui.core.states import Phase
from llmaaa_tui.errors import WaitingError
from llmaaa_tui.store import replies, rounds, verdicts
from llmaaa_tui.store.last_words import answers_in_force
from llmaaa_tui.store.reading import Reading
from llmaaa_tui.worker import machine, pick
from llmaaa_tui.worker.again import ask_again
from llmaaa_tui.worker.annotate import annotate, written_groups
from llmaaa_tui.worker.asking import demonstrations

GOLD = sentences(40, 1) + sentences(60, 2)
ASKED = (
    "SELECT annotation.item_id, annotator, annotation.sample, annotation.round, request_item.round, purpose"
    " FROM annotation JOIN request_item USING (request_key) WHERE purpose = 'ask_again' ORDER BY annotation.id"
)
REVIEW = "loop.review=all"


@pytest.fixture
def bench(tmp_path: Path, tiny_encoder: Path) -> Iterator[Bench]:
    settings = ("student.epochs=1", "student.threads=1", "loop.strategy=random", "annotator.retries=0")
    with SimulatorServer(GOLD) as server:
        yield make(tmp_path, server, *settings, f"student.encoder={tiny_encoder}", batch=4)


def rejected(bench: Bench, how: Again, count: int = 1) -> list[int]:
    """Reject the first answers of round 1 and ask for them again."""
    bought = answers(bench)
    with people(bench) as desk:
        for item in list(bought)[:count]:
            desk.ask_again(item, desk.reject(item, bought[item]), how)
    return list(bought)[:count]


def bought_first(bench: Bench) -> None:
    with bench.open() as context:
        annotate(context, 1)


def answered_by_other(bench: Bench) -> tuple[str, str]:
    """As if the answers so far were another model's: the server has one model, which then is the second."""
    with bench.open() as context, context.store.transaction():
        context.store.connection.execute("UPDATE annotation SET annotator = 'other' WHERE kind = 'llm'")
    return "annotator.model=other", "annotator.escalate=simulated-exact"


def test_another_sample_overtakes_the_rejection_and_is_reviewed_itself(bench: Bench) -> None:
    with pytest.raises(WaitingError, match="4 of 4"):
        run(bench, 1, REVIEW)
    (item,) = rejected(bench, Again.SAMPLE)
    with people(bench) as desk:
        for other in list(answers(bench))[1:]:
            desk.skip(other, answers(bench)[other])
    with pytest.raises(WaitingError, match="1 of 4"):  # its new answer was looked at by nobody
        run(bench, 1, REVIEW)
    assert bench.rows(ASKED) == [(item, "simulated-exact", 1, None, None, "ask_again")]
    assert bench.events("asked_again") == ["asked simulated-exact again about 1 sentence: 1 answered"]
    ((newest,),) = bench.rows("SELECT MAX(id) FROM annotation WHERE item_id = ?", item)
    assert dict(bench.rows("SELECT item_id, annotation_id FROM label_in_force"))[item] == newest
    database = bench.folder / "llmaaa.db"
    reading = Reading(database, database)
    found = reading.rows(answers_in_force(reading), {"limit": 2**62})
    assert {row["item_id"]: row["id"] for row in found}[item] == newest, "and is shown as what counts"
    reading.close()
    spent = bench.rows("SELECT spent_nanousd FROM budget")
    with people(bench) as desk:
        desk.accept(item, newest)
    assert run(bench, 1, REVIEW).code == 0
    assert trained(bench, 1)[item] == newest
    assert bench.rows("SELECT spent_nanousd FROM budget") == spent, "asked once"
    assert answers(bench)[item] != newest, "it belongs to no round"


def test_what_fails_once_more_stays_rejected_and_an_undone_rejection_is_not_asked(bench: Bench) -> None:
    bought_first(bench)
    first, second, third = rejected(bench, Again.SAMPLE, 3)
    with people(bench) as desk:
        desk.undo()
        desk.mend(second, None, Labels((Span(0, 2, "PER"),)))
    bench.server.script(["refusal"])
    assert run(bench, 1).code == 0
    assert [row[0] for row in bench.rows(ASKED)] == [first]
    said = ["asked simulated-exact again about 1 sentence: 0 answered, 1 failed and stay rejected"]
    assert bench.events("asked_again") == said
    assert first not in trained(bench, 1)
    assert {second, third} <= set(trained(bench, 1))
    assert run(bench, 2).code == 0
    assert bench.events("asked_again") == said, "once is once"


def test_the_second_model_is_asked_where_there_is_one(bench: Bench) -> None:
    bought_first(bench)
    items = rejected(bench, Again.MODEL, 2)
    with bench.open() as context:
        for _ in range(2):
            assert ask_again(context, 1, Phase.TRAIN)
    assert bench.events("ask_again_refused") == [
        "2 sentences cannot be asked again: annotator.escalate names no second model"
    ]
    other = answered_by_other(bench)
    with bench.open(*other) as context:
        assert ask_again(context, 1, Phase.TRAIN)
        assert ask_again(context, 1, Phase.TRAIN)
    assert [row[:3] for row in bench.rows(ASKED)] == [(item, "simulated-exact", 0) for item in items]
    assert bench.events("asked_again") == ["asked simulated-exact again about 2 sentences: 2 answered"]
    with bench.open("annotator.model=other") as context:
        assert ask_again(context, 1, Phase.TRAIN)
    assert len(bench.events("ask_again_refused")) == 1, "they were asked: nothing is refused"


def test_both_are_asked_where_both_are_wanted_and_each_once_after_a_kill(bench: Bench) -> None:
    bought_first(bench)
    bought = answers(bench)
    item = next(iter(bought))
    with people(bench) as desk:
        decision = desk.reject(item, bought[item])
        desk.ask_again(item, decision, Again.SAMPLE)
        desk.ask_again(item, decision, Again.MODEL)
    with bench.open() as context:  # no second model: as if the worker had died between the two
        assert ask_again(context, 1, Phase.TRAIN)
    other = answered_by_other(bench)
    with bench.open(*other) as context:
        assert ask_again(context, 1, Phase.TRAIN)
    assert [row[:3] for row in bench.rows(ASKED)] == [(item, "other", 1), (item, "simulated-exact", 0)]


def test_an_answer_that_was_paid_before_the_worker_died_is_not_bought_again(bench: Bench) -> None:
    bought_first(bench)
    (item,) = rejected(bench, Again.SAMPLE)
    with bench.open() as context:
        assert ask_again(context, 1, Phase.TRAIN)
        with context.store.transaction():  # its answer is paid, and was not read
            context.store.connection.execute(
                "DELETE FROM span WHERE annotation_id IN (SELECT id FROM annotation WHERE sample = 1)"
            )
            context.store.connection.execute("DELETE FROM annotation WHERE sample = 1")
    sent = len(bench.server.seen)
    with bench.open() as context:
        assert ask_again(context, 1, Phase.TRAIN)
    assert len(bench.server.seen) == sent
    assert [row[0] for row in bench.rows(ASKED)] == [item]


def test_what_does_not_fit_under_the_cap_waits_for_the_next_run(bench: Bench) -> None:
    bought_first(bench)
    (item,) = rejected(bench, Again.SAMPLE)
    ((spent,),) = bench.rows("SELECT spent_nanousd FROM budget")
    with bench.open(f"budget.cap_usd={spent / 1e9:.9f}") as context:
        assert ask_again(context, 1, Phase.TRAIN)
    assert "1 not asked: the budget is used up" in bench.events("asked_again")[0]
    with bench.open() as context:
        assert ask_again(context, 1, Phase.TRAIN)
    assert [row[0] for row in bench.rows(ASKED)] == [item]


def test_an_answer_read_anew_is_not_taken_for_the_one_asked_for(bench: Bench) -> None:
    bought_first(bench)
    (item,) = rejected(bench, Again.SAMPLE)
    with bench.open() as context:
        written = [one for one in replies.written(context.store) if one.item == item]
        replies.write_again(context.store, [(one, one.answer) for one in written])
        assert [one.item for one in verdicts.reasks(context.store, "sample", "simulated-exact")] == [item]


def made(bench: Bench, item: int, spans: list[Span]) -> None:
    with people(bench) as desk:
        desk.mend(item, answers(bench)[item], Labels(tuple(spans)))
        desk.mark_demonstration(item, True)


def shown(bench: Bench, after: int) -> str:
    """The instructions of the requests sent since."""
    return json.dumps([one.body["messages"][0]["content"] for one in bench.server.seen[after:]])


@pytest.mark.parametrize("gold", ["kept", "changed"])
def test_what_people_made_a_demonstration_is_shown_with_their_label_never_with_hidden_gold(
    bench: Bench, gold: str
) -> None:
    assert run(bench, 1).code == 0
    item = next(iter(answers(bench)))
    ((text,),) = bench.rows("SELECT text FROM visible_item WHERE id = ?", item)
    made(bench, item, [Span(0, len(text.split()[0]), "ORG")])
    with bench.open() as context:
        if gold == "changed":
            with context.store.transaction():
                context.store.connection.execute(
                    "UPDATE span SET label = 'LOC', start = 0, \"end\" = 3 WHERE annotation_id IN"
                    " (SELECT id FROM annotation WHERE kind = 'gold')"
                )
        assert verdicts.made_demonstrations(context.store) == [item]
        assert verdicts.shown_labels(context.store, [item]) == {item: Labels((Span(0, len(text.split()[0]), "ORG"),))}
    sent = len(bench.server.seen)
    assert run(bench, 2, "annotator.k=50", "annotator.retrieval=random").code == 0
    for picked, neighbours in bench.rows("SELECT item_id, neighbours FROM selection WHERE round = 2"):
        assert item in json.loads(neighbours)
        assert picked != item
    told = shown(bench, sent)
    assert json.dumps(json.dumps(text, ensure_ascii=False))[1:-1] in told
    answer = told[told.index(text) :].split("\\n")[1]
    assert text.split()[0] in answer
    assert "organization" in answer.lower() or "ORG" in answer
    assert "LOC" not in answer


def test_a_round_that_goes_on_shows_what_it_showed_though_people_changed_their_mind(bench: Bench) -> None:
    assert run(bench, 1).code == 0
    item, other, *_ = answers(bench)
    made(bench, item, [Span(0, 3, "ORG")])
    made(bench, other, [])
    with bench.open("annotator.k=50", "annotator.retrieval=random", "loop.rounds=2") as context:
        machine._open(context, rounds.position(context.store))
        pick.pick(context, 2)
        before = demonstrations(context.store, written_groups(context.store, 2))
        with people(bench) as desk:
            desk.mend(item, None, Labels((Span(0, 2, "PER"),)))
            desk.reject(other, None)
        assert demonstrations(context.store, written_groups(context.store, 2)) == before
        assert {one.item for one in before.values()} > {item, other}
        assert verdicts.made_demonstrations(context.store) == [item], "a rejected one is shown no more"
        assert verdicts.shown_labels(context.store, [item, other]) == {item: Labels((Span(0, 2, "PER"),))}


def test_what_must_not_be_sent_is_no_demonstration(bench: Bench) -> None:
    assert run(bench, 1).code == 0
    item = next(iter(answers(bench)))
    made(bench, item, [])
    with bench.open() as context:
        with context.store.transaction():
            context.store.connection.execute(
                "UPDATE document SET never_send = 1 WHERE id = (SELECT document_id FROM item WHERE id = ?)", (item,)
            )
        assert verdicts.made_demonstrations(context.store) == []


def test_what_is_asked_again_after_the_goal_is_asked_by_the_next_run(bench: Bench) -> None:
    assert run(bench, 1).code == 0
    (item,) = rejected(bench, Again.SAMPLE)
    assert run(bench, 1).code == 0, "the goal is reached as it was"
    assert [row[0] for row in bench.rows(ASKED)] == [item]
    assert item in dict(bench.rows("SELECT item_id, annotation_id FROM label_in_force"))
    assert bench.rows("SELECT COUNT(*) FROM round") == [(1,)]


def test_an_answer_of_an_earlier_round_that_was_asked_again_is_looked_at_before_it_trains(bench: Bench) -> None:
    assert run(bench, 1).code == 0
    (item,) = rejected(bench, Again.SAMPLE)
    with pytest.raises(WaitingError, match="5 of 5 sentences"):
        run(bench, 2, REVIEW)
    with bench.open() as context:
        wanted = rounds.phase_detail(context.store, 2, Phase.REVIEW, "started")["items"]
    assert item in wanted
    with people(bench) as desk:
        for other in wanted:
            desk.skip(other, None)
    assert run(bench, 2, REVIEW).code == 0
