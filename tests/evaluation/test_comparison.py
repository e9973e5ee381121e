"""Annotators on one sample: each figure by hand or against a library, for all shapes of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from seqeval.metrics import f1_score
from sklearn.metrics import cohen_kappa_score
from sklearn.metrics import f1_score as sklearn_f1
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from llmaaa_tui.core.annotation import GroundedClass, GroundedSpan, ItemAnswer
from llmaaa_tui.core.comparison import ComparedRow
from llmaaa_tui.core.document import Document, Labels, Pair, from_words
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.snapshot import Score
from llmaaa_tui.core.states import Failure, State
from llmaaa_tui.core.tasks import CLASSIFICATION, MULTILABEL, NER, RELATION, Task
from llmaaa_tui.core.tokens import to_spans, words_of
from llmaaa_tui.evaluation import comparison
from llmaaa_tui.evaluation.comparison import Compared, Contender, compare, pareto
from llmaaa_tui.evaluation.sample import Sample

NAMES = LabelSet.of(("PER", "LOC"))
KINDS = LabelSet.of(("a", "b", "none"), negative="none")
FAILED = ItemAnswer(State.FAILED, failure=Failure.LENGTH)
Tagged = list[str] | None


def document(words: int) -> Document:
    text, tokens = from_words([f"w{number}" for number in range(words)])
    return Document(text, tokens)


def answer(tags: Tagged, about: Document, *flags: str) -> ItemAnswer:
    """What an answer of these tags is; None failed."""
    if tags is None:
        return FAILED
    spans = tuple(GroundedSpan(span) for span in to_spans(tags, words_of(about)))
    return ItemAnswer(State.LABELLED if spans else State.EMPTY, spans, flags=flags)


def named(*classes: str) -> ItemAnswer:
    found = tuple(GroundedClass(name) for name in classes)
    return ItemAnswer(State.LABELLED if found else State.EMPTY, classes=found)


def of_tags(gold: Sequence[list[str]], *said: tuple[str, Sequence[Sequence[Tagged]]], cost: int = 1000) -> Compared:
    """Compare annotators that said these tags of items × repeats."""
    documents = [document(len(tags)) for tags in gold]
    contenders = []
    for name, items in said:
        answers = [[answer(tags, about) for tags in item] for item, about in zip(items, documents, strict=True)]
        contenders.append(Contender(name, "annotator", "", "", answers, nanousd=cost, seconds=30.0, requests=10))
    labels = [Labels(to_spans(tags, words_of(about))) for tags, about in zip(gold, documents, strict=True)]
    return compare(NER, labels, documents, NAMES, contenders, seed=3)


def corpus(items: int, noise: float, repeats: int, seed: int) -> tuple[list[list[str]], list[list[Tagged]]]:
    """Gold in valid IOB2 and answers with a share of tags drawn anew; every seventh first answer failed."""
    rng = np.random.default_rng(seed)
    gold, said = [], list[list[Tagged]]()
    for number in range(items):
        tags = rng.choice(["O", "O", "B-PER", "B-LOC"], size=int(rng.integers(2, 12)))
        gold.append(tags.tolist())
        item: list[Tagged] = [
            np.where(rng.random(len(tags)) < noise, rng.choice(["O", "B-PER", "B-LOC"], size=len(tags)), tags).tolist()
            for _ in range(repeats)
        ]
        if number % 7 == 0:
            item[0] = None
        said.append(item)
    return gold, said


def test_every_figure_of_a_row_by_hand() -> None:
    gold, said = corpus(40, 0.2, 3, seed=1)
    (row,) = of_tags(gold, ("x", said), cost=6_000_001).rows
    first = [item[0] for item in said]
    whole = [tags or ["O"] * len(wanted) for tags, wanted in zip(first, gold, strict=True)]
    usable = [place for place, tags in enumerate(first) if tags]
    assert (row.items, row.answers, row.usable, row.requests) == (40, 120, len(usable), 10)
    assert row.f1 is not None
    assert row.f1_usable is not None
    assert row.f1.f1 == pytest.approx(f1_score(gold, whole))
    assert row.f1.n == 40
    assert row.f1_usable.f1 == pytest.approx(f1_score([gold[i] for i in usable], [whole[i] for i in usable]))
    assert row.f1_usable.n == len(usable)
    assert row.f1 == row.f1_strict, "spans have no tags that could be invalid"
    assert row.f1.f1 < row.f1_usable.f1
    assert dict(row.failed) == {"length_differs": 6}
    assert row.failures == 6
    assert row.accuracy is None

    pairs = list(zip(gold, said, strict=True))
    shares = [
        np.mean([np.mean([a == b for a, b in zip(tags, wanted, strict=True)]) if tags else 0.0 for tags in item])
        for wanted, item in pairs
    ]
    assert row.token_accuracy is not None
    assert (row.token_accuracy.value, row.token_accuracy.n) == pytest.approx((np.mean(shares), 40))
    tokens = [
        (wanted, tag)
        for tags, item in pairs
        for wanted, tag in zip(tags, next(one for one in item if one is not None), strict=True)
    ]
    assert row.token_f1_paper is not None
    assert row.entity_token_accuracy is not None
    assert row.token_f1_paper.value == pytest.approx(sklearn_f1(*zip(*tokens, strict=True), average="micro"))
    inside = [wanted == tag for wanted, tag in tokens if wanted != "O"]
    assert row.entity_token_accuracy.value == pytest.approx(np.mean(inside))

    spans = [[set(to_spans(tags, words_of(document(len(tags))))) for tags in item if tags] for item in said]
    both = [(len(a & b), len(a), len(b)) for item in spans for a, b in combinations(item, 2)]
    right, one, other = np.sum(both, axis=0)
    assert row.self_f1 is not None
    assert row.self_f1.value == pytest.approx(2 * right / (one + other))

    complete = [item for item in said if None not in item]
    rows = [position for item in complete for position in zip(*(tags or [] for tags in item), strict=True)]
    codes = np.array([[["O", "B-PER", "B-LOC"].index(tag) for tag in row_] for row_ in rows])
    table, _ = aggregate_raters(codes)
    assert row.fleiss_kappa is not None
    assert row.fleiss_kappa_entities is not None
    assert (row.fleiss_kappa.value, row.fleiss_kappa.n) == pytest.approx((fleiss_kappa(table), len(complete)))
    inside_table, _ = aggregate_raters(codes[(codes > 0).any(axis=1)], n_cat=3)
    assert row.fleiss_kappa_entities.value == pytest.approx(fleiss_kappa(inside_table))

    shaky = sum(len({tuple(tags) if tags else None for tags in item}) > 1 for item in said)
    exact = stats.binomtest(shaky, 40).proportion_ci(0.95, "exact")
    assert row.unstable is not None
    assert (row.unstable.value, row.unstable.low, row.unstable.high) == pytest.approx(
        (shaky / 40, exact.low, exact.high)
    )
    assert row.seconds_per_1000 == pytest.approx(30 / 120 * 1000)
    assert row.nanousd_per_1000 == 50_000_009, "rounded up"
    right = round(row.f1.recall * sum(tag != "O" for tags in gold for tag in tags))
    assert row.nanousd_per_correct == -(-6_000_001 * 40 // (120 * right))


def test_a_repeat_never_asked_is_no_failure_and_one_that_failed_is() -> None:
    about = document(2)
    gold = [Labels(to_spans(["B-PER", "O"], words_of(about)))] * 2
    right = answer(["B-PER", "O"], about)
    asked = Contender("asked", "annotator", "", "", [[right, None], [right, None]])
    broke = Contender("broke", "annotator", "", "", [[right, FAILED], [right, FAILED]])
    rows = {row.name: row for row in compare(NER, gold, [about] * 2, NAMES, [asked, broke], seed=1).rows}
    assert rows["asked"].token_accuracy is not None
    assert rows["broke"].token_accuracy is not None
    assert (rows["asked"].answers, rows["asked"].failures, rows["asked"].token_accuracy.value) == (2, 0, 1.0)
    assert (rows["broke"].answers, rows["broke"].failures, rows["broke"].token_accuracy.value) == (4, 2, 0.5)
    assert rows["asked"].unstable is None
    assert rows["broke"].unstable is not None
    assert rows["broke"].unstable.value == 1.0


def test_words_that_are_not_in_the_text_are_counted_of_usable_answers() -> None:
    about = document(2)
    flagged = answer(["B-PER", "O"], about, "ungrounded_words")
    plain = answer(["B-PER", "O"], about)
    contender = Contender("x", "annotator", "", "", [[flagged, plain], [plain, FAILED], [FAILED, FAILED]])
    (row,) = compare(NER, [plain.labels] * 3, [about] * 3, NAMES, [contender], seed=1).rows
    assert row.ungrounded is not None
    assert (row.ungrounded.value, row.ungrounded.n) == (0.25, 2)


def test_two_annotators_and_the_gold_are_held_against_each_other() -> None:
    gold, good = corpus(30, 0.1, 1, seed=2)
    _, bad = corpus(30, 0.5, 1, seed=2)
    found = of_tags(gold, ("bad", bad), ("good", good))
    assert [row.name for row in found.rows] == ["good", "bad"]
    assert [(one.first, one.second) for one in found.agreements] == [("good", "bad"), ("good", "gold"), ("bad", "gold")]
    sides: dict[str, list[Tagged]] = {
        "good": [item[0] for item in good],
        "bad": [item[0] for item in bad],
        "gold": list(gold),
    }
    for one in found.agreements:
        both = [(a, b) for a, b in zip(sides[one.first], sides[one.second], strict=True) if a and b]
        flat = [[tag for pair in both for tag in pair[side]] for side in (0, 1)]
        codes = [[["O", "B-PER", "B-LOC"].index(tag) for tag in said] for said in flat]
        assert one.cohen_kappa is not None
        assert one.krippendorff_alpha is not None
        assert one.f1 is not None
        assert (one.cohen_kappa.value, one.cohen_kappa.n) == pytest.approx((cohen_kappa_score(*flat), len(both)))
        alpha = krippendorff.alpha(codes, level_of_measurement="nominal")
        assert one.krippendorff_alpha.value == pytest.approx(alpha)
        assert one.f1.value == pytest.approx(f1_score([b for _, b in both], [a for a, _ in both]))
    rows = {row.name: row for row in found.rows}
    usable = rows["good"].f1_usable
    against_gold = found.agreements[1].f1
    assert usable is not None
    assert against_gold is not None
    assert (against_gold.value, against_gold.n) == pytest.approx((usable.f1, usable.n))


def test_the_difference_is_that_of_paired_resamples_by_seqeval() -> None:
    gold, good = corpus(25, 0.1, 1, seed=4)
    _, bad = corpus(25, 0.4, 1, seed=5)
    bad = [[np.resize(item[0] or ["O"], len(tags)).tolist()] for item, tags in zip(bad, gold, strict=True)]
    found = of_tags(gold, ("good", good), ("bad", bad)).difference
    sides = [[item[0] or ["O"] * len(tags) for item, tags in zip(said, gold, strict=True)] for said in (good, bad)]
    rng = np.random.default_rng(11)
    drawn = []
    for _ in range(400):
        places = rng.integers(25, size=25)
        first, second = (
            f1_score([gold[i] for i in places], [said[i] for i in places], zero_division=0) for said in sides
        )
        drawn.append(first - second)
    assert found is not None
    assert (found.first, found.second, found.n) == ("good", "bad", 25)
    assert found.value == pytest.approx(f1_score(gold, sides[0]) - f1_score(gold, sides[1]))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.06)
    assert found.p == pytest.approx(2 / 10_001), "none of ten thousand draws has the other in front"


def test_two_that_are_alike_are_not_told_apart() -> None:
    gold, said = corpus(25, 0.2, 1, seed=4)
    found = of_tags(gold, ("one", said), ("same", said)).difference
    assert found is not None
    assert (found.value, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_p_is_small_no_more_often_than_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two annotators of one quality: p < .05 in about a twentieth of the samples."""
    monkeypatch.setattr(comparison, "RESAMPLES", 1000)
    small = 0
    for seed in range(60):
        gold, one = corpus(40, 0.3, 1, seed=seed)
        rng = np.random.default_rng(1000 + seed)
        other: list[list[Tagged]] = [
            [np.where(rng.random(len(tags)) < 0.3, rng.choice(["O", "B-PER", "B-LOC"], size=len(tags)), tags).tolist()]
            for tags in gold
        ]
        one = [[item[0] or other[place][0]] for place, item in enumerate(one)]
        documents = [document(len(tags)) for tags in gold]
        labels = [Labels(to_spans(tags, words_of(about))) for tags, about in zip(gold, documents, strict=True)]
        said: dict[str, list[Labels | None]] = {
            name: [answer(item[0], about).labels for item, about in zip(items, documents, strict=True)]
            for name, items in (("one", one), ("other", other))
        }
        sample = Sample(NER, labels, documents, NAMES)
        small += comparison._difference(sample, "one", "other", said, seed).p < 0.05
    assert stats.binomtest(small, 60, 0.05).pvalue > 0.001, small


@pytest.mark.parametrize("task", [CLASSIFICATION, RELATION])
def test_labels_of_items_are_compared_by_items(task: Task) -> None:
    rng = np.random.default_rng(6)
    gold = rng.choice(KINDS.names, size=60).tolist()
    said = [[str(name) if rng.random() < 0.8 else "none" for _ in range(3)] for name in gold]
    said[5][0] = "failed"
    answers = [[FAILED if name == "failed" else named(name) for name in item] for item in said]
    documents = [Document(f"text {number // 2}", pair=Pair((0, 4), (5, 6))) for number in range(60)]
    found = compare(
        task,
        [Labels(classes=(name,)) for name in gold],
        documents,
        KINDS,
        [Contender("x", "annotator", "", "", answers), Contender("s", "student", "", "", [[named(g)] for g in gold])],
        seed=1,
    )
    student, row = found.rows
    first = [item[0] for item in said]
    assert student.kind == "student"
    assert row.f1 is not None
    assert row.accuracy is not None
    assert row.f1.f1 == pytest.approx(sklearn_f1(gold, first, labels=["a", "b"], average="micro"))
    assert row.accuracy.value == pytest.approx(np.mean(np.array(gold) == first))
    assert (row.token_accuracy, row.token_f1_paper, row.entity_token_accuracy, row.f1_strict) == (None,) * 4
    complete = [[KINDS.names.index(name) for name in item] for item in said if "failed" not in item]
    table, _ = aggregate_raters(np.array(complete))
    assert row.fleiss_kappa is not None
    assert row.fleiss_kappa_entities is not None
    assert row.fleiss_kappa.value == pytest.approx(fleiss_kappa(table))
    inside, _ = aggregate_raters(np.array([item for item in complete if set(item) != {2}]), n_cat=3)
    assert row.fleiss_kappa_entities.value == pytest.approx(fleiss_kappa(inside))
    kept = [(a, b) for a, b in zip(first, gold, strict=True) if a != "failed"]
    pair = next(one for one in found.agreements if {one.first, one.second} == {"x", "gold"})
    assert pair.cohen_kappa is not None
    assert (pair.cohen_kappa.value, pair.cohen_kappa.n) == pytest.approx(
        (cohen_kappa_score(*zip(*kept, strict=True)), 59)
    )
    assert found.difference is None, "one annotator alone"


def test_several_labels_a_text_are_yes_or_no_to_each() -> None:
    labels = LabelSet.of(("a", "b"))
    gold = [Labels(classes=classes) for classes in ((), ("a",), ("a", "b"), ("b",))] * 5
    said = [named(*one.classes[:1]) for one in gold]
    contender = Contender("x", "annotator", "", "", [[one] for one in said])
    found = compare(MULTILABEL, gold, [Document(f"t{n}") for n in range(20)], labels, [contender], seed=1)
    ((pair,), (row,)) = found.agreements, found.rows
    decisions = [
        [name in one.classes for one in side for name in "ab"] for side in (gold, [one.labels for one in said])
    ]
    assert pair.cohen_kappa is not None
    assert pair.cohen_kappa.value == pytest.approx(cohen_kappa_score(*decisions))
    assert row.f1 is not None
    assert row.f1.f1 == pytest.approx(2 * 15 / (15 + 20))


def test_what_cannot_be_compared_is_refused() -> None:
    about = document(1)
    one = Contender("x", "annotator", "", "", [[answer(["O"], about)]])
    gold = Contender("gold", "annotator", "", "", [[answer(["O"], about)]])
    for contenders, why in (([one, one], "names of their own"), ([gold], "names of their own")):
        with pytest.raises(ValueError, match=why):
            compare(NER, [Labels()], [about], NAMES, contenders, seed=1)
    with pytest.raises(ValueError, match="x has answers about 1 items"):
        compare(NER, [Labels()] * 2, [about] * 2, NAMES, [one], seed=1)
    nobody = compare(NER, [], [], NAMES, [Contender("x", "annotator", "", "", [])], seed=1)
    assert (nobody.rows[0].f1, nobody.difference) == (None, None)


def row(name: str, f1: float, cost: int | None) -> ComparedRow:
    return ComparedRow(name, "annotator", f1=Score(f1, f1, f1, 50, f1 - 0.1, f1 + 0.1), nanousd_per_1000=cost)


@given(st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9)), max_size=8))
def test_the_front_is_who_no_other_beats(figures: list[tuple[int, int | None]]) -> None:
    rows = [row(str(place), f1 / 10, cost) for place, (f1, cost) in enumerate(figures)]
    front = pareto(rows)
    for place, (f1, cost) in enumerate(figures):
        if cost is None:
            assert str(place) not in front
            continue
        beaten = [(a, b) for a, b in figures if b is not None and a >= f1 and b <= cost and (a > f1 or b < cost)]
        assert (str(place) in front) == (not beaten)
    costs = [figures[int(name)][1] or 0 for name in front]
    assert costs == sorted(costs)
