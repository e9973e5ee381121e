from __future__ import annotations

from collections.abc import Sequence

import pytest

from llmaaa_tui.core.document import NOTHING, Document, Labels, Span, from_words
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.evaluation.annotator import PickedScore, picked_score
from llmaaa_tui.evaluation.tasks import of

SENTENCE = Document(*from_words(["Asha", "Juma", "went", "to", "Arusha"]))
PERSON, PLACE = Span(0, 9, "PER"), Span(18, 24, "LOC")
LABELS = LabelSet.of(("PER", "LOC"))


def picked(gold: Sequence[Labels | None], bought: Sequence[Labels | None], *, seed: int) -> PickedScore:
    return picked_score(of("ner"), gold, bought, [SENTENCE] * len(gold), LABELS, seed=seed)


def test_failed_answers_stand_apart_and_are_counted() -> None:
    gold = [Labels((PERSON, PLACE)), Labels((PLACE,)), Labels((PERSON,)), NOTHING]
    bought = [Labels((PERSON,)), Labels((PLACE,)), None, NOTHING]
    found = picked(gold, bought, seed=1)
    assert found.answered is not None
    assert found.everything is not None
    # Answered: 2 of 2 said are right, 2 of 3 gold found. With the failed one: 2 of 4 found.
    assert (found.answered.precision, found.answered.recall, found.answered.n) == pytest.approx((1, 2 / 3, 3))
    assert found.answered.f1 == pytest.approx(0.8)
    assert (found.everything.precision, found.everything.recall, found.everything.n) == (1, 0.5, 4)
    assert found.everything.f1 == pytest.approx(2 / 3)
    assert found.failed == 1
    assert found.answered.low <= found.answered.f1 <= found.answered.high


def test_sentences_without_hidden_gold_are_left_out_and_counted() -> None:
    found = picked([None, Labels((PLACE,)), None], [Labels((PERSON,)), Labels((PLACE,)), None], seed=1)
    assert found.answered is not None
    assert (found.answered.f1, found.answered.n, found.failed, found.without_gold) == (1, 1, 0, 2)
    nothing = picked([None], [Labels((PERSON,))], seed=1)
    assert (nothing.answered, nothing.everything, nothing.failed, nothing.without_gold) == (None, None, 0, 1)


def test_where_every_answer_failed_there_is_no_score_of_the_answered() -> None:
    found = picked([Labels((PLACE,)), Labels((PERSON,))], [None, None], seed=1)
    assert found.answered is None
    assert found.everything is not None
    assert (found.everything.f1, found.failed) == (0, 2)


def test_a_span_inside_a_word_counts_as_the_word_like_in_training() -> None:
    found = picked([Labels((PLACE,))], [Labels((Span(18, 21, "LOC"),))], seed=1)
    assert found.answered is not None
    assert found.answered.f1 == 1


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="1 gold, 2 said and 1 documents"):
        picked([NOTHING], [NOTHING, NOTHING], seed=1)
    with pytest.raises(ValueError, match="1 gold, 1 said and 2 documents"):
        picked_score(of("ner"), [NOTHING], [NOTHING], [SENTENCE] * 2, LABELS, seed=1)


def test_picked_relations_are_scored_as_relations() -> None:
    labels = LabelSet.of(("works_for", "no_relation"), negative="no_relation")
    works, none = Labels(classes=("works_for",)), Labels(classes=("no_relation",))
    found = picked_score(
        of("relation"), [works, none, works, None], [works, works, None, none], [SENTENCE] * 4, labels, seed=1
    )
    assert found.answered is not None
    assert found.everything is not None
    assert (found.answered.precision, found.answered.recall, found.answered.n) == (0.5, 1, 2)
    assert (found.everything.precision, found.everything.recall, found.everything.n) == (0.5, 0.5, 3)
    assert (found.failed, found.without_gold) == (1, 1)
