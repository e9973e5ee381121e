"""Bootstraps of sums and exact intervals of rates, against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from llmaaa_tui.evaluation.resample import Array, by_text, drawn_sums, measure, rate, ratio


def test_the_interval_of_a_ratio_is_that_of_scipys_bootstrap() -> None:
    rng = np.random.default_rng(1)
    tokens = rng.integers(1, 30, size=80)
    counted = np.stack([rng.binomial(tokens, 0.8), tokens], axis=1).astype(float)
    found = measure(counted, ratio, 3, n=80)

    def share(right: Array, all_: Array, axis: int) -> Array:
        found: Array = right.sum(axis=axis) / all_.sum(axis=axis)
        return found

    known = stats.bootstrap(
        tuple(counted.T), share, paired=True, vectorized=True, method="percentile", n_resamples=20_000, rng=rng
    ).confidence_interval
    assert found is not None
    assert found.value == counted[:, 0].sum() / counted[:, 1].sum()
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=0.004)


def test_drawing_in_blocks_draws_items_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = np.stack([np.arange(50.0), np.ones(50)], axis=1)
    whole = drawn_sums(counted, 5, 101)
    assert whole.shape == (101, 2)
    assert (whole[:, 1] == 50).all()
    monkeypatch.setattr("llmaaa_tui.evaluation.resample._BLOCK", 7 * 50)
    np.testing.assert_array_equal(drawn_sums(counted, 5, 101), whole)


def test_items_of_one_text_are_drawn_together() -> None:
    counted = np.array([[1.0, 1], [1, 1], [0, 1]])
    np.testing.assert_array_equal(by_text(counted, ["a", "b", "a"]), [[1, 2], [1, 1]])
    assert by_text(counted, None) is counted


def test_where_all_is_right_or_wrong_the_interval_is_exact() -> None:
    for value in (0.0, 1.0):
        found = measure(np.array([[value, 1.0]] * 40), ratio, 1, n=40)
        exact = stats.binomtest(round(40 * value), 40).proportion_ci(0.95, "exact")
        assert found is not None
        assert (found.low, found.high) == pytest.approx((exact.low, exact.high))
    assert measure(np.zeros((0, 2)), ratio, 1, n=0) is None
    assert measure(np.zeros((3, 2)), ratio, 1, n=3) is None, "nothing was counted"


@given(st.integers(0, 40), st.integers(1, 40))
def test_a_rate_has_the_exact_interval(hits: int, n: int) -> None:
    hits = min(hits, n)
    found = rate(hits, n)
    exact = stats.binomtest(hits, n).proportion_ci(0.95, "exact")
    assert found is not None
    assert (found.value, found.n) == (hits / n, n)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_a_part_of_a_hit_lies_between_the_whole_ones() -> None:
    ends = [rate(hits, 30) for hits in (4, 4.5, 5)]
    lows = [one.low for one in ends if one and one.low]
    highs = [one.high for one in ends if one and one.high]
    assert len(lows) == len(highs) == 3
    assert lows == sorted(lows)
    assert highs == sorted(highs)
    assert rate(0, 0) is None
