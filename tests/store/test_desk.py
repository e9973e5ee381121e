"""What the review screen reads, now and as of any earlier moment."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from store.earlier import earlier_project
from store.review_making import ADA, ROME, Answered, labelled
from store.store_making import ANSWER, EMPTY, FAILED, LABELLED, USAGE, answer, request

from llmaaa_tui.core.document import Labels
from llmaaa_tui.core.exchange import Usage
from llmaaa_tui.core.human_inputs import Timed
from llmaaa_tui.core.review import Again, Cost, Filter, Order, QueueRow, Tally, Verdict
from llmaaa_tui.core.states import Kind, Phase, State
from llmaaa_tui.store import replies, rounds
from llmaaa_tui.store.assumed import review_pace
from llmaaa_tui.store.desk import Desk
from llmaaa_tui.store.ledger import LedgerStore


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Answered]:
    made = Answered(tmp_path, pool=10, answered=False)
    yield made
    made.close()


def served(desk: Desk, wanted: Filter | None = None, order: Order = Order.NEWEST, **how: Any) -> list[int]:
    return [row.item for row in desk.queue(wanted or Filter(), order, **how)]


def test_the_queue_holds_what_is_answered_and_undecided(project: Answered) -> None:
    desk, me = project.desk(), project.decisions()
    assert desk.queue(Filter(), Order.NEWEST) == ()
    one, two, three, four, five, *_ = project.items
    project.pick([one, two, three])
    first = project.answer(one, labelled(ADA))
    failed = project.answer(two, FAILED)
    project.answer(three, labelled(ADA), Kind.STUDENT, "student-round-001")
    project.pick([four])
    gold = project.answer(four, EMPTY, Kind.GOLD, "gold")
    assert desk.queue(Filter(), Order.NEWEST) == (
        QueueRow(four, gold, State.EMPTY, 0.0, 2),
        QueueRow(two, failed, State.FAILED, 1.0, 1),
        QueueRow(one, first, State.LABELLED, 0.0, 1),
    )
    me.skip(two, failed)
    me.accept(one, first)
    project.answer(five, labelled(ADA))
    assert served(desk) == [five, four]
    decided = desk.queue(Filter(decided=True), Order.NEWEST)
    assert [(row.item, row.verdict) for row in decided] == [(one, Verdict.ACCEPT), (two, Verdict.SKIP)]
    me.undo()
    assert served(desk) == [five, four, one]
    me.reject(one, first)
    me.ask_again(one, desk.history("me")[0][-1], Again.SAMPLE)
    assert served(desk) == [five, four], "it waits for its new answer"
    again = project.answer(one, EMPTY, again=True)
    row = desk.queue(Filter(), Order.NEWEST)[0]
    assert (row.item, row.annotation, row.suspicion) == (one, again, 0.5)


def test_the_answer_judged_is_the_one_in_force_or_the_newest_failure(project: Answered) -> None:
    desk = project.desk()
    item = project.items[0]
    project.pick([item])

    def llm() -> tuple[int, str, State]:
        found = desk.item(item)
        assert found is not None
        assert found.llm is not None
        assert [row.annotation for row in desk.queue(Filter(), Order.NEWEST)] == [found.llm.annotation]
        return found.llm.annotation, found.llm.kind, found.llm.state

    assert desk.item(item).llm is None  # type: ignore[union-attr]
    project.answer(item, FAILED)
    failed = project.answer(item, FAILED)
    assert llm() == (failed, "llm", State.FAILED)
    usable = project.answer(item, labelled(ADA))
    project.answer(item, FAILED)
    assert llm() == (usable, "llm", State.LABELLED)
    vote = project.answer(item, labelled(ADA, confidence=0.5), Kind.VOTE)
    project.answer(item, EMPTY)
    assert llm() == (vote, "vote", State.LABELLED)
    second = project.answer(item, EMPTY, annotator="second", key="k")
    assert llm() == (second, "llm", State.EMPTY)
    with project.store.transaction() as seq:
        again = project.store.insert(
            "annotation",
            item_id=item,
            kind="llm",
            annotator="second",
            request_key="k",
            round=1,
            state="empty",
            replaces=second,
            created_utc="t",
            seq=seq,
        )
    assert llm() == (again, "llm", State.EMPTY)
    assert project.in_force()[item] == (again, None)


def make_suspicious(project: Answered, rng: random.Random) -> None:
    """Every kind of sign, in random company."""
    project.pick(project.items[:5])
    for number in (1, 2):
        for item in project.items:
            confidence = rng.choice([None, 1.0, 0.75, 0.4])
            spans = rng.choice([[], [ADA], [ADA, ROME]])
            flags = rng.choice([(), (), ("ungrounded_words",)])
            if rng.random() < 0.2:
                project.answer(item, FAILED)
            elif rng.random() < 0.3:
                project.answer(item, LABELLED)  # its span has a flag
            else:
                project.answer(item, labelled(*spans, confidence=confidence, flags=flags), Kind.VOTE)
            if rng.random() < 0.7:
                said = labelled(*rng.choice([[], [ADA], [ROME]]), confidence=rng.choice([None, 0.6]))
                student = rng.choice([said, said, FAILED])
                project.answer(item, student, Kind.STUDENT, f"student-round-{rng.choice([1, 2, 3]):03}")
        if number == 1:
            project.pick(project.items[3:])
    examples = [(item, project.judged(item), 0.01 if place < 1 else 1.0) for place, item in enumerate(project.items)]
    more = project.store.rows("SELECT id FROM item WHERE role <> 'pool'")
    examples += [(row["id"], examples[0][1], 1.0) for row in more]
    rounds.write_training_set(project.store, 2, examples)
    weights = [(item, weight, weight < 1) for item, _, weight in examples]
    rounds.write_model(project.store, 2, "models/2", {}, 1, None, 1.0, None, weights)


@pytest.mark.parametrize("seed", range(6))
def test_the_queue_weighs_what_the_item_tells(tmp_path: Path, seed: int) -> None:
    project = Answered(tmp_path, pool=24, answered=False)
    make_suspicious(project, random.Random(seed))
    desk, me = project.desk(), project.decisions()
    for item in project.items[::4]:
        me.ask_again(item, me.reject(item, None), Again.SAMPLE)
        project.answer(item, labelled(ADA), again=True)
    codes = set()
    rows = desk.queue(Filter(), Order.SUSPICIOUS)
    assert len(rows) == 24
    for row in rows:
        found = desk.item(row.item)
        assert found is not None
        assert found.llm is not None
        weights = [reason.weight for reason in found.reasons]
        assert weights == sorted(weights, reverse=True)
        expected = weights[0] + sum(weights[1:]) / 10 if weights else 0
        assert row.suspicion == pytest.approx(expected)
        assert (row.annotation, row.state, row.round) == (found.llm.annotation, found.llm.state, found.round)
        codes |= {reason.code for reason in found.reasons}
    assert codes >= {"flagged", "student", "weight", "again"}
    assert all((a.suspicion, a.annotation) > (b.suspicion, b.annotation) for a, b in pairwise(rows))
    suspicious = {row.item for row in rows if row.suspicion}
    assert set(served(desk, Filter(suspicious=True))) == suspicious
    assert set(served(desk, Filter(suspicious=False))) == set(project.items) - suspicious
    project.close()


def test_each_reason_is_a_sentence_with_its_weight(project: Answered) -> None:
    desk = project.desk()
    one, two, three, four, *_ = project.items
    project.pick([one, two, three, four])

    def told(item: int) -> list[tuple[str, str, float]]:
        found = desk.item(item)
        assert found is not None
        return [(reason.code, reason.words, round(reason.weight, 4)) for reason in found.reasons]

    project.answer(one, FAILED)
    assert told(one) == [("failed", "the answer failed: not JSON", 1.0)]
    project.answer(two, labelled(ADA, confidence=2 / 3, flags=("ungrounded_words", "new_sign")), Kind.VOTE)
    assert told(two) == [
        ("flagged", "the answer holds words that are not in the text; new sign", 0.8),
        ("vote", "the samples agree to 67 %", 0.4),
    ]
    project.answer(three, labelled(ADA))
    project.answer(three, labelled(ADA, ROME, confidence=0.5), Kind.STUDENT, "student-round-000")
    assert told(three) == [("student", 'the student disagrees on "Rome"', 0.35)]
    project.answer(three, labelled(replace(ADA, label="LOC")), Kind.STUDENT, "student-round-001")
    assert told(three) == [("student", 'the student disagrees on "Ada", though it was trained on this', 0.35)]
    project.answer(three, labelled(ADA), Kind.STUDENT, "student-round-002")
    assert told(three) == []
    project.answer(four, labelled(ADA))
    project.answer(four, FAILED, Kind.STUDENT, "student-round-000")
    assert told(four) == [], "a student that failed disagrees with nobody"
    weights = [(one, 0.2, False), (three, 1.0, False), (four, 0.04, True)]
    rounds.write_model(project.store, 1, "models/1", {}, 1, None, 1.0, 1.4, weights)
    distrusted = ("weight", "the trainer distrusts this label: weight 0.04, among the lowest 5 %", 0.6)
    assert told(four) == [distrusted]
    assert told(three) == []
    assert served(desk, order=Order.WEIGHT) == [four, one, three, two], "least trusted first, what has no weight last"
    before = project.seq() - 1
    assert desk.item(four, as_of=before).weight is None  # type: ignore[union-attr]
    assert desk.queue(Filter(), Order.SUSPICIOUS, as_of=before)[-1].suspicion == 0
    rounds.start_round(project.store, 2, "random", 1)
    rounds.write_model(project.store, 2, "models/2", {}, 1, None, 1.0)
    assert told(four) == [distrusted], "a later training that weighed nothing says nothing"


def test_a_filter_narrows_and_an_order_turns(project: Answered) -> None:
    desk, me = project.desk(), project.decisions()
    project.pick(project.items[:6])
    for item in project.items[:6]:
        project.answer(item, labelled(ROME if item % 2 else ADA, confidence=item / 10), Kind.VOTE)
    project.pick(project.items[6:])
    for item in project.items[6:]:
        project.answer(item, labelled(ADA))
    assert served(desk, Filter(round=2)) == [10, 9, 8, 7]
    assert served(desk, Filter(label="LOC")) == [5, 3, 1]
    assert served(desk, Filter(surer_than=0.4)) == [6, 5, 4]
    assert served(desk, Filter(text="NUMBER 4")) == [5]
    assert served(desk, Filter(text="100%_")) == []
    assert served(desk, Filter(round=1, label="LOC", surer_than=0.2)) == [5, 3]
    me.mend(2, None, Labels((ROME,)))
    assert served(desk, Filter(decided=True, label="LOC")) == [2], "of a mended item the person's labels count"
    assert served(desk, Filter(decided=True, label="PER")) == []
    shuffled = served(desk, order=Order.RANDOM, seed=5)
    assert sorted(shuffled) == [1, *range(3, 11)]
    assert shuffled != sorted(shuffled)
    assert served(desk, order=Order.RANDOM, seed=5) == shuffled != served(desk, order=Order.RANDOM, seed=6)
    me.reject(shuffled[3], None)
    assert served(desk, order=Order.RANDOM, seed=5) == shuffled[:3] + shuffled[4:], "those that stay keep their order"


def test_an_item_is_told_whole(project: Answered) -> None:
    desk, me = project.desk(), project.decisions()
    one, two = project.items[:2]
    demonstrations = [row["id"] for row in project.store.rows("SELECT id FROM item WHERE role = 'demonstration'")]
    rounds.start_round(project.store, 1, "least_confidence", 2)
    picked = [rounds.Picked(two, 1, 0.9, (), 1), rounds.Picked(one, 2, 0.8, tuple(demonstrations[::-1]), 1)]
    rounds.write_selection(project.store, 1, "least_confidence", picked, 0.1)
    project.rounds = 1
    project.answer(one, labelled(ADA))
    project.answer(one, labelled(ROME, confidence=0.7), Kind.STUDENT, "student-round-001")
    me.mend(one, project.judged(one), Labels((ADA, ROME)), blind=True, seconds=2)
    me.mark_demonstration(one, True)
    rounds.write_model(project.store, 1, "models/1", {}, 1, None, 1.0, None, [(one, 0.25, True), (two, 0.5, False)])
    found = desk.item(one)
    assert found is not None
    assert (found.text, found.tokens[:2], found.file, found.line) == (
        "Ada Rome number 0",
        ((0, 3), (4, 8)),
        "pool.jsonl",
        1,
    )
    layers = (found.llm, found.student, found.gold, found.human)
    assert [layer and layer.kind for layer in layers] == ["llm", "student", "gold", "human"]
    spans = [tuple(one.span for one in layer.spans) for layer in layers if layer]
    assert spans == [(ADA,), (ROME,), (ADA, ROME), (ADA, ROME)]
    assert found.student is not None
    assert (found.student.in_sample, found.student.confidence) == (True, 0.7)
    assert (found.round, found.strategy, found.score, found.rank, found.batch) == (1, "least_confidence", 0.8, 2, 2)
    assert found.neighbours == tuple(
        (item, f"Ada Rome number {n}") for item, n in zip(demonstrations[::-1], (1, 0), strict=True)
    )
    assert (found.weight, found.weight_place, found.demonstration) == (0.25, 0.0, True)
    assert found.decided is not None
    assert (found.decided.verdict, found.decided.reviewer, found.decided.blind) == (Verdict.MEND, "me", True)
    assert desk.item(demonstrations[0]) is None
    assert desk.item(10**6) is None
    bare = desk.item(project.items[5])
    assert bare is not None
    assert (bare.llm, bare.reasons, bare.round, bare.weight, bare.cost, bare.decided) == (
        None,
        (),
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize("ledger", ["p.db", "money.db"])
def test_what_an_answer_cost_and_how_it_came(tmp_path: Path, ledger: str) -> None:
    project = Answered(tmp_path, answered=False)
    money = LedgerStore(tmp_path / ledger, project.project)
    money.set_cap(10_000)
    desk = Desk(project.path, tmp_path / ledger)
    one, two, three, four, *_ = project.items
    project.pick(project.items)

    def ask(key: str, items: list[int], sample: int = 0, cost: int = 90, usage: Usage | None = USAGE) -> None:
        asked = request(key, items, sample)
        replies.map_requests(project.store, [asked], 1, "annotate")
        attempt = money.hold(asked, 100, "annotate")
        assert attempt is not None
        money.settle(attempt, answer(b'{"said": "' + key.encode() + b'"}\xff'), usage, cost)
        given = {item: labelled(ADA) for item in items}
        how: dict[str, Any] = {"kind": Kind.LLM, "annotator": "m", "number": 1}
        replies.write_answers(project.store, given, request_key=key, sample=sample, **how)

    def cost(item: int) -> Cost | None:
        found = desk.item(item)
        return found.cost if found else None

    ask("k1", [one, two])
    assert cost(one) == cost(two) == Cost(100, 40, 20, 45, 2)
    ask("k2", [three], 0, 30)
    then, before = project.seq(), desk.exchanges(three)
    time.sleep(0.002)  # a ledger apart is gone back in by the clock, to the millisecond
    ask("k3", [three], 1, 50)
    assert cost(three) == Cost(100, 40, 20, 50, 1)
    project.answer(three, labelled(ADA, confidence=1.0), Kind.VOTE)
    assert cost(three) == Cost(200, 80, 40, 80, 1), "a vote cost what its samples did"
    ask("k4", [four], usage=None)
    assert cost(four) is None, "an answer without a bill"
    unknown = money.hold(request("k5", [three]), 100, "annotate")
    assert unknown is not None
    replies.map_requests(project.store, [request("k5", [three]), request("k6", [three])], 1, "annotate")
    money.unknown(unknown, "timeout", "silent")
    told = [(one.request_key, one.sample, one.body, one.answer, one.state) for one in desk.exchanges(three)]
    assert told == [
        ("k5", 0, '{"ask": "k5"}', "", "unconfirmed"),
        ("k3", 1, '{"ask": "k3"}', '{"said": "k3"}�', "settled"),
        ("k2", 0, '{"ask": "k2"}', '{"said": "k2"}�', "settled"),
    ]
    assert [one.request_key for one in before] == ["k2"]
    assert desk.exchanges(three, as_of=then) == before, "what was sent since is not of that moment"
    assert desk.exchanges(project.items[-1]) == ()
    assert ANSWER.status == 200
    desk.close()
    money.close()
    project.close()


def test_the_pace_of_people_is_of_one_figure_a_sentence(tmp_path: Path) -> None:
    project = Answered(tmp_path)
    me, desk = project.decisions(), project.desk()
    one, two, three, *_ = project.items
    for item, seconds in ((one, 50.0), (one, 40.0), (one, 6.0), (two, 8.0)):
        me.mend(item, None, Labels((ADA,)), seconds=seconds)
    me.reject(three, None, seconds=90.0)
    me.undo()
    assert review_pace(desk.rows, 10**9) == (None, Timed(7.0, 6.0, 8.0, 2))
    project.close()


def test_the_tally_counts_decisions_and_keeps_the_reviewers_pace(tmp_path: Path) -> None:
    project = Answered(tmp_path, pool=8)
    desk, me, zoe = project.desk(), project.decisions(), project.decisions("zoe")
    assert desk.tally("me") == Tally(undecided=8)
    for item, seconds in zip(project.items, (1.0, 9.0, 2.0), strict=False):
        me.accept(item, project.judged(item), seconds=seconds)
    me.mend(project.items[3], None, Labels((ADA,)), seconds=4.0)
    me.skip(project.items[4], None, seconds=100.0)
    zoe.reject(project.items[5], None, seconds=50.0)
    me.undo()
    expected = Tally(undecided=3, accepted=3, mended=1, rejected=1, undo=4, redo=1, seconds=3.0, timed=4)
    assert desk.tally("me") == expected
    assert desk.tally("zoe") == replace(expected, undo=1, redo=0, seconds=50.0, timed=1)
    assert desk.tally("nobody") == replace(expected, undo=0, redo=0, seconds=None, timed=0)
    rounds.start_phase(project.store, 1, Phase.REVIEW)
    project.store.connection.execute(
        "UPDATE phase SET detail = ? WHERE name = 'review'", (str({"items": project.items[2:7]}).replace("'", '"'),)
    )
    assert desk.tally("me") == replace(expected, waiting=2, waiting_round=1)
    rounds.finish_phase(project.store, 1, Phase.REVIEW, 1.0, {})
    assert desk.tally("me") == expected
    project.close()


def test_any_earlier_moment_reads_as_it_was(tmp_path: Path) -> None:
    project = Answered(tmp_path, pool=6, answered=False)
    desk, me, rng = project.desk(), project.decisions(), random.Random(3)
    project.pick(project.items[:4])
    seen: list[tuple[int, Any]] = []

    def everything(as_of: int | None) -> Any:
        return (
            desk.queue(Filter(), Order.SUSPICIOUS, as_of=as_of),
            desk.queue(Filter(decided=True), Order.NEWEST, as_of=as_of),
            [desk.item(item, as_of=as_of) for item in project.items],
            desk.tally("me", as_of=as_of),
        )

    def keep() -> None:
        now = everything(None)
        seen.append((project.seq(), now))

    for number in range(60):
        item = rng.choice(project.items)
        match rng.choice(["answer", "vote", "student", "accept", "mend", "again", "undo", "redo", "mark", "train"]):
            case "answer":
                project.answer(item, rng.choice([labelled(ADA), EMPTY, FAILED, LABELLED]), again=rng.random() < 0.3)
            case "vote":
                project.answer(item, labelled(ADA, confidence=0.5), Kind.VOTE)
            case "student":
                project.answer(item, labelled(ROME), Kind.STUDENT, f"student-round-{number % 3}")
            case "accept" if item in project.in_force():
                me.accept(item, project.in_force()[item][0], seconds=number)
            case "mend":
                me.mend(item, None, Labels((ROME,)))
            case "again":
                me.ask_again(item, me.reject(item, None), Again.SAMPLE)
            case "undo":
                me.undo()
            case "redo":
                me.redo()
            case "mark":
                me.mark_demonstration(item, rng.random() < 0.7)
            case "train" if project.store.value("SELECT COUNT(*) FROM annotation WHERE kind = 'llm'"):
                project.pick([item])
                weights = [(one, rng.random(), rng.random() < 0.1) for one in project.items]
                rounds.write_model(project.store, project.rounds, "m", {}, 1, None, 1.0, None, weights)
        keep()
    for seq, then in seen:
        assert everything(seq) == then
    assert len({str(then) for _, then in seen}) > 30
    project.close()


@pytest.mark.parametrize("last", ["0001", "0002", "0003", "0005"])
def test_a_project_of_an_earlier_version_is_shown(tmp_path: Path, last: str) -> None:
    earlier_project(tmp_path / "p.db", tmp_path / "p.db", last)
    desk = Desk(tmp_path / "p.db", tmp_path / "p.db")
    assert served(desk, Filter(surer_than=0.5, text="a", label="PER", round=1)) == []
    for order in Order:
        (row,) = desk.queue(Filter(decided=True), order)
    assert (row.item, row.verdict) == (1, Verdict.ACCEPT)
    found = desk.item(1)
    assert found is not None
    assert found.cost == Cost(10, 0, 5, 40, 1) if last > "0001" else found.cost is not None
    assert desk.tally("me") == Tally(accepted=1, undo=1, seconds=4.0, timed=1)
    assert (desk.bulk("b"), desk.open_bulk("me"), desk.history("me")) == (None, None, ((1,), ()))
    desk.close()


@pytest.mark.long
def test_fifty_thousand_answers_among_a_million_sentences(tmp_path: Path) -> None:
    project = Answered(tmp_path, pool=1, answered=False)
    write, rng = project.store.connection, random.Random(1)
    pool, answers = range(10, 1_000_010), range(10, 1_000_010, 20)
    write.execute("BEGIN")
    write.executemany(
        "INSERT INTO document (id, import_id, name, text, words, metadata, file, line, sha256, seq)"
        " VALUES (?, 1, '', ?, 9, '{}', 'f', ?, ?, 1)",
        ((item, f"Ada met someone in Rome number {item} while it rained", item, str(item)) for item in pool),
    )
    write.executemany("INSERT INTO item (id, document_id, role, seq) VALUES (?, ?, 'pool', 1)", ((i, i) for i in pool))
    write.execute("INSERT INTO round VALUES (1, 'random', 50000, 't', 1)")
    write.executemany(
        "INSERT INTO selection (round, item_id, strategy, rank, neighbours, seq)"
        " VALUES (1, ?, 'random', ?, '[2, 3]', 1)",
        ((item, item) for item in answers),
    )
    for kind in ("llm", "student"):
        write.executemany(
            "INSERT INTO annotation (item_id, kind, annotator, round, state, created_utc, seq)"
            " VALUES (?, ?, 'student-round-000', 1, ?, 't', 1)",
            ((item, kind, rng.choice(["labelled", "labelled", "empty"])) for item in answers),
        )
    write.execute(
        'INSERT INTO span (annotation_id, start, "end", label, seq)'
        " SELECT id, 0, 3, iif(id % 9, 'PER', 'LOC'), 1 FROM annotation WHERE state = 'labelled'"
    )
    write.execute(
        "INSERT INTO example_weight (round, item_id, weight, low, seq)"
        " SELECT 1, item_id, id % 1000, id % 1000 < 50, 1 FROM annotation WHERE kind = 'llm' AND round = 1"
    )
    write.execute("COMMIT")
    desk = project.desk()

    def seconds(what: Any) -> float:
        times = []
        for _ in range(5):
            began = time.process_time()
            what()
            times.append(time.process_time() - began)
        return min(times)

    assert len(desk.queue(Filter(), Order.SUSPICIOUS)) == 50_000
    assert seconds(lambda: desk.queue(Filter(), Order.SUSPICIOUS)) < 1.0
    assert seconds(lambda: desk.queue(Filter(), Order.WEIGHT)) < 1.0
    assert seconds(lambda: desk.item(500_010)) < 0.010
    assert seconds(lambda: desk.tally("me")) < 0.3
    project.close()
