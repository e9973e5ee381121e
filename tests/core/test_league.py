"""Shares with their interval, and span F1 pooled over sentences."""

from __future__ import annotations

import random

import pytest

from llmaaa_tui.core.league import LeagueRow, pooled_accuracy, pooled_score, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    # The bounds of R's prop.test(k, n, correct = FALSE).
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (7, 10, 0.3968, 0.8922), (85, 100, 0.7672, 0.9069)],
)
def test_wilson_gives_the_known_bounds(k: int, n: int, low: float, high: float) -> None:
    share = wilson(k, n)
    assert share is not None
    assert share.rate == k / n
    assert (share.low, share.high) == pytest.approx((low, high), abs=1e-4)


def test_of_nothing_there_is_no_share() -> None:
    assert wilson(0, 0) is None
    assert LeagueRow("m", "annotator").share is None
    assert LeagueRow("ada", "people", accepted=3).share is None, "what a person said is not a share of theirs"
    assert LeagueRow("m", "annotator", accepted=3, rejected=1, in_bulk=90).share == wilson(3, 4)


def test_pooled_f1_and_its_parts() -> None:
    score = pooled_score([(2, 0, 0), (1, 1, 1), (0, 0, 2), (0, 0, 0)])
    assert score is not None
    assert (score.precision, score.recall, score.n) == (0.75, 0.5, 4)
    assert score.f1 == pytest.approx(0.6)
    assert 0 <= score.low < score.f1 < score.high <= 1
    assert pooled_score([]) is None
    nothing = pooled_score([(0, 0, 0)] * 5)
    assert nothing is not None
    assert (nothing.f1, nothing.low, nothing.high) == (0.0, 0.0, 1.0)


def test_the_interval_holds_the_true_f1_about_as_often_as_it_says() -> None:
    rng = random.Random(4)

    def sentence() -> tuple[int, int, int]:
        held = rng.choice([0, 1, 2, 3])
        right = sum(rng.random() < 0.8 for _ in range(held))
        return right, sum(rng.random() < 0.15 for _ in range(held)), held - right

    truth = pooled_score([sentence() for _ in range(40_000)])
    assert truth is not None
    held = 0
    for _ in range(300):
        score = pooled_score([sentence() for _ in range(80)])
        assert score is not None
        held += score.low <= truth.f1 <= score.high
    assert 0.90 <= held / 300 <= 0.99


def test_a_row_adds_up() -> None:
    row = LeagueRow("recorded-x", "annotator", labelled=2, empty=1, failed={"refusal": 2}, cost_nanousd=10)
    assert (row.usable, row.failures, row.each_nanousd, row.simulated) == (3, 2, 4, "recorded")
    assert LeagueRow("simulated-x", "student").simulated == ""
    assert LeagueRow("gpt", "annotator", cost_nanousd=10).each_nanousd is None


def test_where_all_is_right_or_wrong_f1_has_the_exact_interval() -> None:
    right, wrong = pooled_score([(2, 0, 0)] * 20 + [(0, 0, 0)] * 5), pooled_score([(0, 1, 1)] * 20)
    assert right is not None
    assert wrong is not None
    # 1 - 0.025 ** (1 / 20), over those that hold anything.
    assert (right.f1, right.low, right.high) == pytest.approx((1.0, 1 - 0.16843, 1.0), abs=1e-5)
    assert (wrong.f1, wrong.low, wrong.high) == pytest.approx((0.0, 0.0, 0.16843), abs=1e-5)


def test_accuracy_of_one_item_a_sentence_has_wilsons_interval() -> None:
    for k, n in ((0, 10), (7, 10), (10, 10), (1024, 2622)):
        found, known = pooled_accuracy([(1, 1)] * k + [(0, 1)] * (n - k)), wilson(k, n)
        assert found is not None
        assert known is not None
        assert (found.value, found.n) == (k / n, n)
        assert (found.low, found.high) == pytest.approx((known.low, known.high))
    assert pooled_accuracy([]) is None
    assert pooled_accuracy([(0, 0)]) is None


def test_items_of_one_sentence_are_fewer_draws_than_they_are() -> None:
    """Sentences of ten that are right or wrong as wholes: 20 draws, not 200."""
    alike, known = pooled_accuracy([(10, 10)] * 12 + [(0, 10)] * 8), wilson(12, 20)
    assert alike is not None
    assert known is not None
    assert (alike.value, alike.n) == (0.6, 200)
    assert (alike.low, alike.high) == pytest.approx((known.low, known.high))
    single = pooled_accuracy([(300, 421)])
    assert single is not None
    assert single.low is not None
    assert single.high is not None
    assert single.high - single.low > 0.7, "one sentence is one draw"


def test_accuracys_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = random.Random(5)

    def sentence() -> tuple[int, int]:
        items, easy = rng.choice([1, 3, 12]), rng.random() < 0.5
        return sum(rng.random() < (0.9 if easy else 0.4) for _ in range(items)), items

    held = 0
    for _ in range(300):
        found = pooled_accuracy([sentence() for _ in range(80)])
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.65 <= found.high
    assert 0.91 <= held / 300 <= 0.99
