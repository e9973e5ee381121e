"""Shares with their interval, and span F1 pooled over sentences."""

from __future__ import annotations

import random

import pytest

from llmaaa_tui.core.league import LeagueRow, pooled_score, wilson


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
