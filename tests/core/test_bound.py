"""The bound of an error rate, against SciPy's."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom

from llmaaa_tui.core.bound import upper_bound


def test_none_wrong_of_59_is_under_five_percent() -> None:
    assert upper_bound(0, 59) == pytest.approx(0.0495, abs=5e-5)
    assert upper_bound(0, 58) > 0.05


@pytest.mark.parametrize("n", [1, 2, 7, 59, 1000, 10**6])
def test_it_is_scipys_for_few_and_many(n: int) -> None:
    for errors in sorted({0, 1, n // 50, n // 3, n // 2, n - 1} & set(range(n))):
        assert upper_bound(errors, n) == pytest.approx(float(beta.ppf(0.95, errors + 1, n - errors)), rel=1e-8)


@settings(max_examples=150)
@given(st.data())
def test_a_higher_rate_would_give_so_few_errors_too_seldom(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 3000))
    errors = data.draw(st.integers(0, n - 1))
    level = data.draw(st.sampled_from([0.5, 0.9, 0.95, 0.999]))
    bound = upper_bound(errors, n, level)
    assert float(binom.cdf(errors, n, bound)) == pytest.approx(1 - level, rel=1e-6)
    assert errors / n < bound < 1
    assert bound < upper_bound(errors + 1, n, level)


def test_the_ends() -> None:
    assert upper_bound(0, 0) == 1.0
    assert upper_bound(5, 5) == 1.0
    for errors, n, level in ((-1, 5, 0.95), (6, 5, 0.95), (1, 5, 1.0), (1, 5, 0.0)):
        with pytest.raises(ValueError, match="no bound"):
            upper_bound(errors, n, level)


def test_a_million_takes_no_time() -> None:
    began = time.process_time()
    upper_bound(500_000, 10**6)
    assert time.process_time() - began < 1
