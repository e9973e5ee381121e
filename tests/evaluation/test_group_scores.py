"""Scores by group and what changed between two askings, held against scipy, statsmodels and counting by hand."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import binomtest

from llmaaa_tui.core.document import Document, Labels, Span
from llmaaa_tui.core.groups import MOST, Gap, Grouped, fields_of, gathered, values_of
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.evaluation import tasks
from llmaaa_tui.evaluation.drift import disagreement, f1_change
from llmaaa_tui.evaluation.groups import by_field, by_label
from llmaaa_tui.evaluation.spans import ratios

LABELS = LabelSet.of(("PER", "LOC"))
ADA, ROME = Span(0, 3, "PER"), Span(4, 8, "LOC")
TASK = tasks.of("ner")


def documents(languages: list[str | None], **metadata: object) -> list[Document]:
    return [Document("Ada Rome", language=one, metadata=metadata) for one in languages]


def by_language(right: Mapping[str, Sequence[bool | None]], seed: int = 1) -> Grouped | None:
    """An annotator that found all of a sentence, one of its two names, or failed (None)."""
    rows = [(language, one) for language, some in right.items() for one in some]
    said = [None if one is None else Labels((ADA, ROME) if one else (ADA,)) for _, one in rows]
    texts = documents([language for language, _ in rows])
    gold = [Labels((ADA, ROME))] * len(rows)
    return by_field(TASK, "annotator", "dev", "language", None, gold, said, texts, LABELS, seed=seed)


def test_each_group_is_scored_as_if_it_were_alone_and_failures_are_counted_exactly() -> None:
    found = by_language({"en": [True] * 30 + [False] * 10, "sw": [True] * 5 + [None] * 15})
    assert found is not None
    english, swahili = found.groups
    assert (english.value, english.score.n, swahili.value, swahili.score.n) == ("en", 40, "sw", 20)
    assert english.score.f1 == pytest.approx(2 * 70 / (70 + 80))
    assert swahili.score.f1 == pytest.approx(2 * 10 / (10 + 40))
    assert english.score.low < english.score.f1 < english.score.high
    for group, failed in ((english, 0), (swahili, 15)):
        exact = binomtest(failed, group.score.n).proportion_ci()
        assert group.failed is not None
        assert group.failed.value == failed / group.score.n
        assert (group.failed.low, group.failed.high) == pytest.approx((exact.low, exact.high))
    assert found.gap is not None
    assert (found.gap.best, found.gap.worst, found.gap.pairs) == ("en", "sw", 1)
    assert found.gap.low < found.gap.difference < found.gap.high
    assert found.gap.evidence
    assert "evidence of a difference" in found.gap.sentence()


def test_a_student_has_no_failures_and_one_value_alone_is_no_group() -> None:
    assert by_language({"en": [True] * 20}) is None
    gold = [Labels((ADA, ROME))] * 20
    texts = documents(["en", "sw"] * 10)
    found = by_field(TASK, "student", "dev", "language", 3, gold, gold, texts, LABELS, seed=1)
    assert found is not None
    assert [one.failed for one in found.groups] == [None, None]


def test_a_handful_of_sentences_is_no_evidence_of_anything() -> None:
    few = by_language({"en": [True] * 9, "sw": [None] * 9})
    assert few is not None
    assert few.gap is None
    enough = by_language({"en": [True] * 10, "sw": [None] * 10})
    assert enough is not None
    assert enough.gap is not None
    assert enough.gap.evidence, "all right against all wrong"


@pytest.mark.long
def test_where_there_is_no_difference_one_is_seldom_claimed() -> None:
    rng = np.random.default_rng(5)
    claimed = 0
    for seed in range(200):
        right: dict[str, list[bool | None]] = {
            language: [bool(one) for one in rng.random(25) < 0.7] for language in ("en", "sw", "zu")
        }
        found = by_language(right, seed)
        assert found is not None
        assert isinstance(found.gap, Gap)
        assert found.gap.p_holm >= found.gap.p
        claimed += found.gap.evidence
    assert claimed <= 18, "5 % of 200 are 10; 18 or fewer in 99 of 100"


def test_labels_are_groups_of_the_same_sentences() -> None:
    gold = [Labels((ADA, ROME))] * 30 + [Labels((ADA,))] * 10
    said = [Labels((ADA,))] * 25 + [Labels((ADA, ROME))] * 5 + [None] * 10
    texts = documents([None] * 40)
    found = by_label("annotator", "dev", 1, gold, said, TASK.evaluate(gold, said, texts, LABELS, seed=1), seed=1)
    assert found is not None
    person, place = found.groups
    assert (person.value, person.score.n, place.value, place.score.n) == ("PER", 40, "LOC", 30)
    assert person.failed is not None
    assert person.failed.value == 0.25
    assert place.score.recall == pytest.approx(5 / 30)
    assert found.gap is not None
    assert found.gap.evidence


def test_values_beyond_the_thirty_most_frequent_are_one_group() -> None:
    values: list[str | None] = [f"v{n:02}" for n in range(40) for _ in range(40 - n)]
    found = gathered([*values, None])
    assert len(found) == MOST + 1
    assert [value for value, rest, _ in found][:2] == ["v00", "v01"]
    assert found[-1][:2] == ("other", True)
    assert len(found[-1][2]) == sum(range(1, 11))
    assert gathered(["a", "a", None]) == []
    assert fields_of(" language, genre,,label,genre ") == ("language", "genre")
    assert fields_of("") == ()
    assert values_of(documents([None], genre=True), "genre") == ["true"]
    assert values_of(documents([None], genre=["a"]), "genre") == [None]


def counts(*rows: tuple[int, int, int]) -> npt.NDArray[np.int64]:
    return np.array(rows, dtype=np.int64)


def test_the_p_of_a_change_is_that_of_all_swaps() -> None:
    before = counts((2, 2, 2), (1, 1, 1), (1, 2, 1), (2, 2, 3), (0, 1, 1), (1, 1, 1), (2, 2, 2))
    now = counts((1, 2, 2), (0, 1, 1), (1, 1, 1), (1, 1, 3), (0, 0, 1), (0, 0, 1), (1, 3, 2))
    difference, low, high, p = f1_change(before, now, seed=1)

    def f1(rows: npt.NDArray[np.int64]) -> float:
        return float(ratios(rows.sum(axis=0))[2])

    assert difference == pytest.approx(f1(now) - f1(before))
    assert low <= difference <= high
    swapped = [
        f1(np.where(np.array(swap)[:, None], before, now)) - f1(np.where(np.array(swap)[:, None], now, before))
        for swap in itertools.product((False, True), repeat=len(now))
    ]
    assert p == pytest.approx(np.mean([abs(one) >= abs(difference) - 1e-12 for one in swapped]), abs=0.02)
    assert f1_change(now, now, seed=1) == (0.0, 0.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="are not the same"):
        f1_change(before, now[:3], seed=1)


def test_two_students_differ_by_label() -> None:
    one, other = Labels((ADA, ROME)), Labels((ADA,))
    found = disagreement([one] * 10, [one] * 6 + [other] * 4, [f"text {n}" for n in range(10)], seed=1)
    assert found["LOC"].value == 0.4
    assert found["LOC"].n == 10
    assert (found["PER"].value, found["PER"].low) == (0.0, 0.0)
    assert found["PER"].high is not None
    assert 0 < found["PER"].high < 0.4
    assert disagreement([Labels()], [Labels()], ["a"], seed=1) == {}
