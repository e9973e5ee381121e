"""Pairs and labels of whole items, as the screens read and people write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ui import shaped
from ui.project import FACTS, MODEL, Made, project

from llmaaa_tui.cli.status import in_words
from llmaaa_tui.core.annotation import GroundedClass
from llmaaa_tui.core.catalogue import Status, Wanted
from llmaaa_tui.core.document import NOTHING, Labels, Pair, Span
from llmaaa_tui.core.review import Filter, Order
from llmaaa_tui.core.snapshot import Measure, Score
from llmaaa_tui.core.states import Kind, Phase, Role
from llmaaa_tui.core.status import status
from llmaaa_tui.errors import ProjectError
from llmaaa_tui.store import replies, rounds
from llmaaa_tui.store.catalogue import Catalogue
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.decisions import Decisions
from llmaaa_tui.store.desk import Desk
from llmaaa_tui.store.imports import write_import
from llmaaa_tui.store.league import League
from llmaaa_tui.store.reader import Reader
from llmaaa_tui.store.rounds import Figure, MetricSet

PAIR = Pair((7, 22), (26, 35), "PER", "ORG")


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return shaped.relations(tmp_path / "p")


@pytest.fixture
def desk(made: Made) -> Iterator[Desk]:
    found = Desk(made.database, made.database)
    yield found
    found.close()


def test_every_reader_knows_the_pair_and_the_classes(made: Made, desk: Desk) -> None:
    first, wrong = made.items[:2]
    item = desk.item(first)
    assert item is not None
    assert item.llm is not None
    assert item.student is not None
    assert (item.pair, item.name, item.llm.classes) == (PAIR, "s0.0", (GroundedClass("Work_For"),))
    assert item.student.classes == (GroundedClass("Work_For", 0.91),)
    assert item.gold is not None
    assert item.gold.said.labels == Labels(classes=("Work_For",))
    reader = Reader(made.database, made.database, FACTS)
    snapshot = reader.snapshot()
    assert (snapshot.batch[0].pair, snapshot.batch[0].classes) == (PAIR, (GroundedClass("Work_For"),))
    assert (snapshot.negative, snapshot.label_set.positive) == ("no_relation", shaped.RELATIONS[1:])
    reader.close()
    catalogue = Catalogue(made.database, made.database)
    line = catalogue.page(Wanted()).sentences[1]
    assert (line.item, line.pair, line.classes) == (
        wrong,
        Pair((26, 35), (46, 52), "ORG", "LOC"),
        (GroundedClass("Live_In"),),
    )
    catalogue.close()


def test_a_person_reads_a_sentence_once_however_many_of_its_pairs_are_answered(made: Made) -> None:
    store = Store(made.database)
    texts = store.rows(
        "SELECT DISTINCT document.words, document.text FROM document JOIN item ON item.document_id = document.id"
        " JOIN annotation ON annotation.item_id = item.id WHERE kind = 'llm' AND state <> 'failed'"
    )
    answered = store.value("SELECT COUNT(DISTINCT item_id) FROM annotation WHERE kind = 'llm' AND state <> 'failed'")
    store.close()
    reader = Reader(made.database, made.database, FACTS)
    human = reader.snapshot().human
    reader.close()
    assert (human.items, human.words) == (answered, sum(row["words"] for row in texts))
    assert len(texts) < answered


def test_a_score_over_pairs_says_in_how_many_sentences_they_are(made: Made, tmp_path: Path) -> None:
    def score(n: int) -> Score:
        return Score(0.5, 0.5, 0.5, n, 0.3, 0.7)

    store = Store(made.database)
    write_import(store, Role.TEST, shaped.pair_records(20)[-10:], file="t", format_name="relation", report={})
    rounds.finish_phase(store, 1, Phase.TRAIN, 1.0, {})
    figures = [
        *(MetricSet("student", split, score(n), {}) for split, n in (("dev", 3), ("test", 10))),
        MetricSet("annotator", "picked", score(11), {}),
    ]
    rounds.finish_evaluation(store, 1, figures, 1.0, {}, [Figure("test", "accuracy", Measure(0.6, 10, 0.3, 0.8))])
    rounds.write_metrics(store, None, [MetricSet("annotator", "test", score(9), {})])
    store.close()
    reader = Reader(made.database, made.database, FACTS)
    snapshot = reader.snapshot()
    reader.close()
    (row,) = snapshot.rounds
    assert (row.dev, row.test) == (replace(score(3), sentences=1), replace(score(10), sentences=4))
    assert row.picked == replace(score(11), sentences=4)
    assert row.teacher == score(9), "one of the ten was not asked about: nobody knows of which sentences nine are"
    said = in_words(snapshot)
    assert "test F1 0.500 [0.300, 0.700] n=10 pairs in 4 sentences" in said
    assert "test accuracy 0.600 [0.300, 0.800] n=10 pairs in 4 sentences" in said
    assert status(snapshot)["rounds"][0]["test"]["sentences"] == 4
    texts = shaped.classification(tmp_path / "texts")
    reader = Reader(texts.database, texts.database, FACTS)
    assert all(one.dev is None or one.dev.sentences is None for one in reader.snapshot().rounds)
    reader.close()


def test_a_student_of_another_class_is_a_reason_to_look(made: Made, desk: Desk) -> None:
    (wrong,) = made.wrong
    rows = {row.item: row for row in desk.queue(Filter(), Order.SUSPICIOUS)}
    assert [item for item, row in rows.items() if row.suspicion] == [*made.failed, wrong]
    item = desk.item(wrong)
    assert item is not None
    assert [reason.words for reason in item.reasons] == ["the student says OrgBased_In"]
    assert rows[wrong].suspicion == pytest.approx(item.reasons[0].weight)
    assert [row.item for row in desk.queue(Filter(label="Live_In"), Order.NEWEST)] == [wrong]


def test_people_give_exactly_one_label_where_an_item_has_one(made: Made, desk: Desk) -> None:
    me = Decisions(made.database, "me", "s")
    item = made.items[0]
    for labels, words in (
        (NOTHING, "exactly one label, and 0 were given"),
        (Labels(classes=("Kill", "Live_In")), "exactly one label, and 2 were given"),
        (Labels((Span(0, 2, "Kill"),)), "of the whole item"),
        (Labels(classes=("Kiss",)), "Kiss: is no label of this project"),
    ):
        with pytest.raises(ProjectError, match=words):
            me.mend(item, None, labels)
    assert made.rows("SELECT COUNT(*) FROM decision") == [(0,)]
    me.mend(item, None, Labels(classes=("Kill",)))
    found = desk.item(item)
    assert found is not None
    assert found.human is not None
    assert found.human.said.labels == Labels(classes=("Kill",))
    assert [row.item for row in desk.queue(Filter(label="Kill", decided=True), Order.NEWEST)] == [item]
    me.close()


def test_several_labels_are_written_in_their_order_and_none_is_an_answer(tmp_path: Path) -> None:
    made = shaped.multilabel(tmp_path / "p")
    me, desk = Decisions(made.database, "me", "s"), Desk(made.database, made.database)
    me.mend(made.items[0], None, Labels(classes=("politics", "sports", "politics")))
    me.mend(made.items[1], None, NOTHING)
    layers = [found.human for item in made.items[:2] if (found := desk.item(item)) is not None]
    assert [layer and (str(layer.state), layer.said.labels.classes) for layer in layers] == [
        ("labelled", ("sports", "politics")),
        ("empty", ()),
    ]
    for one in (me, desk):
        one.close()


def test_a_blind_label_of_another_class_is_an_error(made: Made, desk: Desk) -> None:
    me = Decisions(made.database, "me", "s")
    judged = {row.item: row.annotation for row in desk.queue(Filter(), Order.NEWEST) if row.item not in made.failed}
    name = me.begin_bulk(Filter(), [(item, one) for item, one in judged.items() if one], n=11, seed=1)
    for item in judged:
        found = desk.item(item)
        assert found is not None
        assert found.llm is not None
        mine = Labels(classes=("Kill",)) if item in made.wrong else found.llm.said.labels
        me.mend(item, judged[item], mine, blind=True, bulk=name)
    bulk = desk.bulk(name)
    assert bulk is not None
    assert set(bulk.errors) == set(made.wrong)
    me.close()


def test_the_list_by_label_goes_by_the_label_in_force_and_in_gold_roles_by_gold(made: Made) -> None:
    catalogue = Catalogue(made.database, made.database)
    counts = catalogue.counts()
    assert (counts.pool, counts.texts) == (24, {"pool": 8, "dev": 1})

    def items(wanted: Wanted) -> list[int]:
        forwards = [one.item for one in catalogue.page(wanted).sentences]
        assert [one.item for one in catalogue.page(wanted, before=10**9).sentences] == forwards
        return forwards

    assert items(Wanted(label="Live_In")) == made.wrong
    assert len(items(Wanted(label="Work_For", text="ya 1"))) == 1
    assert items(Wanted(status=Status.LABELLED, label="Live_In")) == made.wrong
    assert items(Wanted(status=Status.OPEN, label="Live_In")) == []
    me = Decisions(made.database, "me", "s")
    me.mend(made.wrong[0], None, Labels(classes=("Kill",)))
    assert (items(Wanted(label="Live_In")), items(Wanted(label="Kill"))) == ([], made.wrong)
    seq = made.rows("SELECT MAX(seq) FROM annotation WHERE kind = 'llm'")[0][0]
    assert [one.item for one in catalogue.page(Wanted(label="Live_In"), as_of=seq).sentences] == made.wrong
    assert [
        made.rows("SELECT role FROM item WHERE id = ?", one) for one in items(Wanted(role="dev", label="Work_For"))
    ] == [[("dev",)]]
    me.close()
    catalogue.close()


def test_the_league_counts_classes_without_the_negative_one_and_by_sentence(made: Made) -> None:
    league = League(made.database, made.database)
    row = next(one for one in league.table() if one.name == MODEL)
    assert row.picked is not None
    # 4 sentences, 11 usable answers: 4 Work_For and 3 OrgBased_In right, one OrgBased_In called Live_In.
    assert row.picked.f1 == pytest.approx(2 * 7 / (8 + 8))
    assert row.picked.n == 11
    # 10 of 11 pairs are right, "none of these" among them; the failed one is in no figure.
    assert row.accuracy is not None
    assert (row.accuracy.value, row.accuracy.n, row.usable, row.failures) == pytest.approx((10 / 11, 11, 11, 1))
    league.close()


def test_of_a_gold_split_accuracy_counts_failed_answers_as_wrong_and_stands_beside_the_student(made: Made) -> None:
    store = Store(made.database)
    write_import(store, Role.TEST, shaped.pair_records(20)[-9:], file="t.jsonl", format_name="relation", report={})
    asked = [row["id"] for row in store.rows("SELECT id FROM item WHERE role = 'test' ORDER BY id")]
    for item, label in zip(asked[:8], ("Work_For", "OrgBased_In", "no_relation", "Kill") * 2, strict=True):
        replies.write_answers(store, {item: shaped.classes(label)}, kind=Kind.LLM, annotator=MODEL, number=None)
    replies.write_answers(store, {asked[8]: shaped.FAILED}, kind=Kind.LLM, annotator=MODEL, number=None)
    score = Score(0.5, 0.5, 0.5, 9, 0.3, 0.7)
    rounds.write_metrics(store, None, [MetricSet("annotator", "test", score, {})])
    right = Figure("test", "accuracy", Measure(0.6, 9, 0.3, 0.8))
    rounds.finish_phase(store, 1, Phase.TRAIN, 1.0, {})
    student = [MetricSet("student", split, score, {}) for split in ("dev", "test")]
    rounds.finish_evaluation(store, 1, student, 1.0, {}, [right])
    store.close()
    league = League(made.database, made.database)
    rows = {one.kind: one for one in league.table()}
    league.close()
    row = rows["annotator"]
    assert row.measured_accuracy is not None
    # Three right, the fourth Kill where Work_For is true; then shifted by one: all four wrong; the ninth failed.
    assert (row.measured_accuracy.value, row.measured_accuracy.n, row.measured_failed) == pytest.approx((3 / 9, 9, 1))
    assert row.accuracy is not None
    assert row.accuracy.n == 11, "what was asked to measure it is not of the pool"
    assert (rows["student"].split, rows["student"].measured_accuracy) == ("test", right.measure)


def test_several_labels_are_right_together_and_spans_have_no_accuracy(tmp_path: Path) -> None:
    made = shaped.multilabel(tmp_path / "p")
    league = League(made.database, made.database)
    row = next(one for one in league.table() if one.name == MODEL)
    league.close()
    assert row.accuracy is not None
    assert (row.accuracy.value, row.accuracy.n) == pytest.approx((6 / 7, 7))
    made = project(tmp_path / "spans")
    league = League(made.database, made.database)
    row = next(one for one in league.table() if one.name == MODEL)
    league.close()
    assert row.accuracy is None


def test_the_same_pair_of_the_same_text_is_a_twin_and_no_other(made: Made) -> None:
    store = Store(made.database)
    first, second = made.items[:2]
    like = {
        "document_id": store.value("SELECT document_id FROM item WHERE id = ?", first),
        "role": "pool",
        **dict(zip(("head_start", "head_end", "tail_start", "tail_end"), (*PAIR.head, *PAIR.tail), strict=True)),
    }
    with store.transaction() as seq:
        alike = store.insert("item", **like, head_type="PER", tail_type="ORG", seq=seq)
        otherwise = store.insert("item", **like, head_type="PER", tail_type="LOC", seq=seq)
        store.connection.execute("PRAGMA foreign_keys=OFF")
        for item in made.items[:2]:
            store.insert(
                "annotation", item_id=item, kind="llm", annotator="asked", request_key=f"key {item}", state="labelled",
                created_utc="", seq=seq,
            )  # fmt: skip
    assert replies.twins(store, [alike, otherwise, second], "asked") == {alike: f"key {first}"}
    store.close()
