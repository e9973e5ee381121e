from __future__ import annotations

import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from seqeval.metrics import f1_score

from llmaaa_tui.evaluation.bootstrap import bootstrap_f1, evaluate, f1_intervals, score
from llmaaa_tui.evaluation.spans import span_counts, with_overall

RIGHT = (["B-PER", "O"], ["B-PER", "O"])
WRONG = (["B-PER", "O"], ["O", "B-PER"])


def corpus(right: int, wrong: int) -> tuple[list[list[str]], list[list[str]]]:
    pairs = [RIGHT] * right + [WRONG] * wrong
    return [gold for gold, _ in pairs], [said for _, said in pairs]


def random_corpus(sentences: int, seed: int) -> tuple[list[list[str]], list[list[str]]]:
    """Gold with two labels and predictions of which a fifth of the tags is drawn anew."""
    rng = np.random.default_rng(seed)
    tags = np.array(["O", "O", "O", "B-PER", "I-PER", "B-LOC"])
    gold = rng.choice(tags, size=(sentences, 20))
    said = np.where(rng.random(gold.shape) < 0.2, rng.choice(tags, size=gold.shape), gold)
    return gold.tolist(), said.tolist()


def test_the_interval_is_that_of_seqeval_on_resampled_sentences() -> None:
    gold, said = random_corpus(40, seed=4)
    rng = np.random.default_rng(9)
    values = []
    for _ in range(200):
        drawn = rng.integers(40, size=40)
        values.append(f1_score([gold[i] for i in drawn], [said[i] for i in drawn], zero_division=0))
    expected = np.quantile(values, [0.025, 0.975])
    assert bootstrap_f1(gold, said, seed=9, resamples=200) == pytest.approx(tuple(expected), abs=1e-12)


def test_the_interval_of_independent_sentences_is_binomial() -> None:
    # One gold and one predicted span a sentence: F1 is the share of right ones, its standard error √(p(1-p)/n).
    gold, said = corpus(right=280, wrong=120)
    found = score(gold, said, seed=1)
    assert (found.f1, found.precision, found.recall, found.n) == pytest.approx((0.7, 0.7, 0.7, 400))
    half_width = 1.96 * (0.7 * 0.3 / 400) ** 0.5
    assert found.low == pytest.approx(0.7 - half_width, abs=0.01)
    assert found.high == pytest.approx(0.7 + half_width, abs=0.01)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    gold, said = random_corpus(60, seed=2)
    assert bootstrap_f1(gold, said, seed=3) == bootstrap_f1(gold, said, seed=3)
    assert bootstrap_f1(gold, said, seed=3) != bootstrap_f1(gold, said, seed=4)


def test_resampling_in_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = with_overall(span_counts(*random_corpus(50, seed=6)))
    whole = f1_intervals(counts, seed=5, resamples=101)
    monkeypatch.setattr("llmaaa_tui.evaluation.bootstrap._BLOCK", 7 * 50)
    np.testing.assert_array_equal(f1_intervals(counts, seed=5, resamples=101), whole)


@settings(max_examples=30)
@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 2**63 - 1))
def test_an_interval_lies_in_order_between_zero_and_one(right: int, wrong: int, seed: int) -> None:
    found = score(*corpus(right, wrong), seed=seed)
    assert 0 <= found.low <= found.high <= 1
    if right == 0 or wrong == 0:
        exact = stats.binomtest(right, right + wrong).proportion_ci(0.95, "exact") if right + wrong else (0, 1)
        assert (found.low, found.high) == pytest.approx(tuple(exact), abs=1e-12)


def test_the_extremes() -> None:
    nothing = score([], [], seed=0)
    assert (nothing.f1, nothing.n, nothing.low, nothing.high) == (0, 0, 0, 1)
    perfect = score(*corpus(30, 0), seed=0)
    assert (perfect.f1, perfect.high) == (1, 1)
    assert perfect.low == pytest.approx(0.025 ** (1 / 30))
    with pytest.raises(ValueError, match="got 0"):
        bootstrap_f1(*corpus(3, 0), seed=0, resamples=0)
    with pytest.raises(ValueError, match="sentence 0"):
        evaluate([["O", "O"]], [["O"]], seed=0)


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("sentences", [6, 40, 500])
def test_where_all_is_right_or_wrong_the_interval_is_exact_over_the_sentences_that_count(
    sentences: int, right: bool
) -> None:
    gold, said = corpus(sentences * right, sentences * (not right))
    nothing: list[list[str]] = [["O", "O"]] * 3
    found = evaluate(gold + nothing, said + nothing, seed=1)
    exact = stats.binomtest(sentences * right, sentences).proportion_ci(0.95, "exact")
    for one in (found.overall, found.labels["PER"]):
        assert (one.f1, one.low, one.high) == pytest.approx((float(right), exact.low, exact.high), abs=1e-12)
    assert found.overall.n == sentences + 3


def test_labels_are_scored_on_the_same_resamples() -> None:
    gold, said = random_corpus(80, seed=8)
    both = evaluate(gold, said, seed=2)
    assert list(both.labels) == ["LOC", "PER"]
    assert (both.overall.low, both.overall.high) == bootstrap_f1(gold, said, seed=2)
    # A label's interval is that of the corpus with every other label's tags struck out.
    only = [[["O" if tag.endswith("PER") else tag for tag in tags] for tags in side] for side in (gold, said)]
    assert both.labels["LOC"] == score(only[0], only[1], seed=2)
    assert both.support["LOC"] == sum(tag == "B-LOC" for tags in gold for tag in tags)


def test_two_thousand_sentences_take_a_moment() -> None:
    gold, said = random_corpus(2000, seed=1)
    started = time.perf_counter()
    found = evaluate(gold, said, seed=1)
    sys.stdout.write(f"evaluate 2,000 sentences of 20 words: {time.perf_counter() - started:.2f} s\n")
    assert found.overall.n == 2000
    assert found.overall.low < found.overall.f1 < found.overall.high
    assert found.overall.high - found.overall.low < 0.05
