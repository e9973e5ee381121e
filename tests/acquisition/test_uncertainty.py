from __future__ import annotations

import math
import sys
import time

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from llmaaa_tui.acquisition import registry
from llmaaa_tui.acquisition.contracts import PoolView
from llmaaa_tui.errors import SettingsError

RNG = np.random.default_rng(0)
CERTAIN = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]], dtype=np.float32)
MIXED = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]], dtype=np.float32)
FLAT = np.array([[1 / 3, 1 / 3, 1 / 3]], dtype=np.float32)
EMPTY = np.zeros((0, 3), dtype=np.float32)
HAND = PoolView([10, 11, 12, 13], [CERTAIN, MIXED, FLAT, EMPTY])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("least_confidence", [0, 0.25, 2 / 3, 0]),
        ("least_confidence_sum", [0, 0.5, 2 / 3, 0]),
        ("least_confidence_max", [0, 0.5, 2 / 3, 0]),
        ("entropy", [0, math.log(2) / 2, math.log(3), 0]),
        ("entropy_sum", [0, math.log(2), math.log(3), 0]),
        ("entropy_max", [0, math.log(2), math.log(3), 0]),
        ("margin", [0, 0.5, 1, 0]),
        ("margin_sum", [0, 1, 1, 0]),
        ("mnlp", [0, math.log(2) / 2, math.log(3), 0]),
    ],
)
def test_scores_are_those_worked_out_by_hand(name: str, expected: list[float]) -> None:
    selection = registry.get(name).select(HAND, 4, RNG)
    assert selection.all_scores == pytest.approx(expected, abs=1e-7)
    assert selection.ids == sorted(HAND.ids, key=lambda item: (-expected[item - 10], item))
    assert selection.scores == pytest.approx([expected[item - 10] for item in selection.ids], abs=1e-7)


def test_sum_and_mean_rank_a_long_and_a_short_sentence_differently() -> None:
    long = np.array([[0.8, 0.2]] * 5)
    short = np.array([[0.6, 0.4]])
    view = PoolView([1, 2], [long, short])
    assert registry.get("least_confidence").select(view, 1, RNG).ids == [2]
    assert registry.get("least_confidence_sum").select(view, 1, RNG).ids == [1]
    assert registry.get("least_confidence_max").select(view, 1, RNG).ids == [2]


def test_equal_scores_go_by_id_whatever_the_order_of_the_pool() -> None:
    view = PoolView([9, 3, 7, 5], [MIXED, MIXED, FLAT, MIXED])
    assert registry.get("entropy").select(view, 3, RNG).ids == [7, 3, 5]


sentences = st.lists(
    st.integers(0, 6).flatmap(
        lambda words: hnp.arrays(np.float64, (words, 4), elements=st.floats(0.01, 1)).map(
            lambda raw: np.asarray(raw / raw.sum(axis=1, keepdims=True), dtype=np.float64)
        )
    ),
    min_size=1,
    max_size=8,
)


@given(sentences)
def test_scores_equal_a_loop_over_sentences(probabilities: list[npt.NDArray[np.float64]]) -> None:
    view = PoolView(range(len(probabilities)), probabilities)
    for name, reduce in (("", np.mean), ("_sum", np.sum), ("_max", np.max)):
        for kind in ("least_confidence", "entropy", "margin"):
            expected = []
            for p in probabilities:
                if kind == "margin":
                    token = 1 - (np.sort(p)[:, -1] - np.sort(p)[:, -2])
                else:
                    token = 1 - p.max(axis=1) if kind == "least_confidence" else -(p * np.log(p)).sum(axis=1)
                expected.append(float(reduce(token)) if len(p) else 0.0)
            found = registry.get(kind + name).select(view, 1, RNG).all_scores
            assert found == pytest.approx(expected, abs=1e-12)


def test_a_pool_of_only_empty_sentences_is_still_ranked() -> None:
    selection = registry.get("entropy").select(PoolView([2, 1], [EMPTY, EMPTY]), 5, RNG)
    assert selection.ids == [1, 2]
    assert selection.scores == [0, 0]


@pytest.mark.parametrize("reduction", ["", "_sum", "_max"])
def test_a_broken_probability_is_an_error_that_names_the_item(reduction: str) -> None:
    broken = MIXED.copy()
    broken[1, 2] = np.nan
    for kind in ("least_confidence", "entropy", "margin"):
        with pytest.raises(ValueError, match="item 42"):
            registry.get(kind + reduction).select(PoolView([41, 42], [MIXED, broken]), 1, RNG)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="1 items for a pool of 2"):
        PoolView([1, 2], [MIXED])
    with pytest.raises(ValueError, match="entropy needs the pool's probabilities"):
        registry.get("entropy").select(PoolView([1]), 1, RNG)
    with pytest.raises(ValueError, match="kmeans needs the pool's embeddings"):
        registry.get("kmeans").select(PoolView([1], [MIXED]), 1, RNG)
    with pytest.raises(ValueError, match="-1"):
        registry.get("random").select(PoolView([1]), -1, RNG)


@pytest.mark.parametrize(
    ("typed", "near"),
    [("entorpy", "entropy"), ("least-confidence", "least_confidence"), ("k-means", "kmeans"), ("rnd", "random")],
)
def test_an_unknown_name_is_answered_with_the_nearest(typed: str, near: str) -> None:
    with pytest.raises(SettingsError, match=f"{typed!r}; the nearest is {near!r}"):
        registry.get(typed)


def test_random_draws_by_the_generator_alone() -> None:
    strategy = registry.get("random")
    ids = list(range(100))
    first = strategy.select(PoolView(ids), 10, np.random.default_rng(5))
    again = strategy.select(PoolView(ids[::-1]), 10, np.random.default_rng(5))
    other = strategy.select(PoolView(ids), 10, np.random.default_rng(6))
    assert first == again
    assert first.ids != other.ids
    assert len(set(first.ids)) == 10
    assert first.scores == [None] * 10
    assert sorted(strategy.select(PoolView([3, 1]), 10, np.random.default_rng(5)).ids) == [1, 3]


def test_a_hundred_thousand_sentences_are_scored_right() -> None:
    words = 16
    flat = np.random.default_rng(1).dirichlet(np.ones(9), size=100_000 * words).astype(np.float32)
    cube = flat.reshape(100_000, words, 9)
    view = PoolView(range(len(cube)), list(cube))
    started = time.perf_counter()
    selection = registry.get("entropy").select(view, 50, RNG)
    sys.stdout.write(f"entropy of 100,000 sentences of {words} words: {time.perf_counter() - started:.2f} s\n")
    expected = -(cube * np.log(cube)).sum(axis=2).mean(axis=1)
    assert selection.all_scores is not None
    np.testing.assert_allclose(selection.all_scores, expected, rtol=1e-5)
    assert len(selection.ids) == 50
