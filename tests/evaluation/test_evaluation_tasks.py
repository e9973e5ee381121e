"""Every task's score, against seqeval's and scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import accuracy_score, classification_report, f1_score, precision_score, recall_score

from llmaaa_tui.core.document import NOTHING, Document, Labels, Pair, Span, from_words
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.tasks import names
from llmaaa_tui.core.tokens import to_tags, words_of
from llmaaa_tui.errors import SettingsError
from llmaaa_tui.evaluation.bootstrap import evaluate
from llmaaa_tui.evaluation.tasks import of

NAMES = ("works_for", "located_in", "no_relation", "kill")
LABELS = LabelSet.of(NAMES, negative="no_relation")
PLAIN = LabelSet.of(NAMES)

one = st.sampled_from(NAMES)
items = st.lists(st.tuples(one, one), min_size=1, max_size=30)


def said(*classes: str) -> Labels:
    return Labels(classes=classes)


def texts(count: int, every: int = 1) -> list[Document]:
    """So many items, `every` of them in each sentence."""
    return [Document(f"Text {index // every} .", pair=Pair((0, 4), (5, 6))) for index in range(count)]


def test_names_of_entities_are_scored_as_their_tags_to_the_last_bit() -> None:
    rng = np.random.default_rng(3)
    documents, gold, bought = [], list[Labels](), list[Labels | None]()
    for _ in range(60):
        text, tokens = from_words([f"w{number}" for number in rng.integers(100, size=int(rng.integers(1, 12)))])
        documents.append(Document(text, tokens))
        for side in (gold, bought):
            # Characters, not words: spans that begin inside a word, overlap and nest.
            starts = rng.integers(len(text), size=int(rng.integers(0, 4)))
            spans = [
                Span(int(at), min(len(text), int(at + rng.integers(1, 9))), str(rng.choice(["PER", "LOC"])))
                for at in starts
            ]
            side.append(Labels(tuple(sorted(spans))))
    bought[7] = None
    found = of("ner").evaluate(gold, bought, documents, LabelSet.of(("PER", "LOC")), seed=5)
    words = [words_of(document) for document in documents]
    assert found == evaluate(
        [to_tags(labels.spans, offsets) for labels, offsets in zip(gold, words, strict=True)],
        [to_tags(labels.spans if labels else (), offsets) for labels, offsets in zip(bought, words, strict=True)],
        seed=5,
    )
    assert found.accuracy is None


@settings(max_examples=25, deadline=None)
@given(items)
def test_one_label_an_item_is_scored_as_scikit_learn_does(pairs: list[tuple[str, str]]) -> None:
    gold, answers = [a for a, _ in pairs], [b for _, b in pairs]
    found = of("relation").evaluate(
        [said(a) for a in gold], [said(b) for b in answers], texts(len(pairs)), LABELS, seed=1
    )
    options = {"labels": list(LABELS.positive), "average": "micro", "zero_division": 0}
    assert found.overall.f1 == pytest.approx(f1_score(gold, answers, **options), abs=1e-12)
    assert found.overall.precision == pytest.approx(precision_score(gold, answers, **options), abs=1e-12)
    assert found.overall.recall == pytest.approx(recall_score(gold, answers, **options), abs=1e-12)
    assert found.accuracy is not None
    assert found.accuracy.value == pytest.approx(accuracy_score(gold, answers), abs=1e-12)
    assert found.overall.n == found.accuracy.n == len(pairs)
    occurring = [name for name in LABELS.positive if name in {*gold, *answers}]
    assert list(found.labels) == occurring == list(found.support), "in the order of the label set, without the negative"
    if occurring:
        report = classification_report(gold, answers, labels=occurring, output_dict=True, zero_division=0)
        for name in occurring:
            row, mine = report[name], found.labels[name]
            assert (mine.precision, mine.recall) == pytest.approx((row["precision"], row["recall"]), abs=1e-12)
            assert mine.f1 == pytest.approx(row["f1-score"], abs=1e-12)
            assert found.support[name] == row["support"]


@settings(max_examples=25, deadline=None)
@given(items)
def test_without_a_negative_label_all_figures_are_the_accuracy(pairs: list[tuple[str, str]]) -> None:
    gold, answers = [said(a) for a, _ in pairs], [said(b) for _, b in pairs]
    found = of("classification").evaluate(gold, answers, texts(len(pairs)), PLAIN, seed=1)
    assert found.accuracy is not None
    expected = (found.accuracy.value, found.accuracy.low, found.accuracy.high)
    assert (found.overall.f1, found.overall.low, found.overall.high) == pytest.approx(expected)
    assert found.overall.precision == found.overall.recall == found.accuracy.value


several = st.sets(one)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(several, several), min_size=1, max_size=20))
def test_several_labels_an_item_are_scored_as_scikit_learn_does(pairs: list[tuple[set[str], set[str]]]) -> None:
    def matrix(sets: list[set[str]]) -> list[list[int]]:
        return [[int(name in classes) for name in NAMES] for classes in sets]

    gold, answers = [a for a, _ in pairs], [b for _, b in pairs]
    found = of("multilabel").evaluate(
        [said(*PLAIN.in_order(a)) for a in gold],
        [said(*PLAIN.in_order(b)) for b in answers],
        texts(len(pairs)),
        PLAIN,
        seed=1,
    )
    expected = f1_score(matrix(gold), matrix(answers), average="micro", zero_division=0)
    assert found.overall.f1 == pytest.approx(expected, abs=1e-12)
    assert found.accuracy is not None
    assert found.accuracy.value == pytest.approx(accuracy_score(matrix(gold), matrix(answers)), abs=1e-12)


def test_intervals_draw_sentences_and_not_their_pairs() -> None:
    rng = np.random.default_rng(2)
    right = rng.random(40) < 0.6
    # Ten pairs a sentence, all right or all wrong: 400 items that are worth 40.
    gold = [said("works_for")] * 400
    answers = [said("works_for" if right[index // 10] else "located_in") for index in range(400)]
    together = of("relation").evaluate(gold, answers, texts(400, every=10), LABELS, seed=4)
    apart = of("relation").evaluate(gold, answers, texts(400), LABELS, seed=4)
    assert (together.overall.f1, together.overall.n) == (apart.overall.f1, apart.overall.n)
    width = together.overall.high - together.overall.low
    assert width == pytest.approx(10**0.5 * (apart.overall.high - apart.overall.low), rel=0.15)
    share = right.mean()
    assert width == pytest.approx(2 * 1.96 * (share * (1 - share) / 40) ** 0.5, rel=0.1)
    values = []
    draws = np.random.default_rng(4)
    for _ in range(1000):
        drawn = draws.integers(40, size=40)
        values.append(right[drawn].mean())
    low, high = np.quantile(values, [0.025, 0.975])
    assert together.accuracy is not None
    assert (together.accuracy.low, together.accuracy.high) == pytest.approx((low, high))


def test_an_accuracy_of_pairs_that_are_all_right_is_bounded_over_their_sentences() -> None:
    gold = [said("works_for" if index % 10 == 0 else "no_relation") for index in range(400)]
    found = of("relation").evaluate(gold, gold, texts(400, every=10), LABELS, seed=4)
    exact = stats.binomtest(40, 40).proportion_ci(0.95, "exact")
    assert found.accuracy is not None
    assert (found.accuracy.value, found.accuracy.n) == (1, 400)
    for low, high in ((found.accuracy.low, found.accuracy.high), (found.overall.low, found.overall.high)):
        assert (low, high) == pytest.approx((exact.low, exact.high))


def test_items_that_stand_apart_in_the_list_are_one_sentence_all_the_same() -> None:
    documents = texts(60, every=3)
    rng = np.random.default_rng(1)
    gold = [said(str(name)) for name in rng.choice(NAMES, 60)]
    answers = [said(str(name)) for name in rng.choice(NAMES, 60)]
    order = [*range(0, 60, 3), *range(1, 60, 3), *range(2, 60, 3)]
    one_way = of("relation").evaluate(gold, answers, documents, LABELS, seed=4)
    other = of("relation").evaluate(
        [gold[i] for i in order], [answers[i] for i in order], [documents[i] for i in order], LABELS, seed=4
    )
    assert one_way == other


def test_a_failed_answer_is_a_miss_and_wrong_but_never_a_negative() -> None:
    gold = [said("kill"), said("no_relation"), said("kill"), said("no_relation")]
    found = of("relation").evaluate(gold, [said("kill"), said("no_relation"), None, None], texts(4), LABELS, seed=1)
    assert (found.overall.precision, found.overall.recall) == (1, 0.5)
    assert found.accuracy is not None
    assert found.accuracy.value == 0.5
    several = of("multilabel").evaluate([NOTHING, NOTHING], [NOTHING, None], texts(2), PLAIN, seed=1)
    assert several.accuracy is not None
    assert several.accuracy.value == 0.5, (
        "a text of no label is right when it is said to have none, not when nobody said"
    )


@pytest.mark.parametrize("task", ["relation", "multilabel"])
def test_a_label_that_only_the_gold_of_a_pool_knows_is_a_miss(task: str) -> None:
    gold, answers = [said("kill"), said("rare")], [said("kill"), said("works_for")]
    found = of(task).evaluate(gold, answers, texts(2), LABELS, seed=1)
    assert (found.overall.precision, found.overall.recall) == (0.5, 0.5)
    assert list(found.labels) == ["works_for", "kill", "rare"], "it stands after those of the label set"
    assert found.accuracy is not None
    assert found.accuracy.value == 0.5


def test_the_seed_names_the_interval_and_nothing_to_score_has_none() -> None:
    gold = [said(NAMES[index % 4]) for index in range(50)]
    answers = [said(NAMES[index % 3]) for index in range(50)]

    def at(seed: int) -> object:
        return of("relation").evaluate(gold, answers, texts(50), LABELS, seed=seed)

    assert at(1) == at(1)
    assert at(1) != at(2)
    nothing = of("relation").evaluate([], [], [], LABELS, seed=1)
    assert (nothing.overall.f1, nothing.overall.n, nothing.labels, nothing.accuracy) == (0, 0, {}, None)
    with pytest.raises(ValueError, match="2 gold, 1 said and 1 documents"):
        of("relation").evaluate([NOTHING] * 2, [NOTHING], texts(1), LABELS, seed=1)


def test_every_task_is_scored_and_no_other() -> None:
    for name in names():
        assert of(name).evaluate([], [], [], LABELS, seed=1).overall.n == 0
    with pytest.raises(SettingsError, match=r"project.task: there is no task 'parsing'; choose ner"):
        of("parsing")
