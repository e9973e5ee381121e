"""Whether two students say the same, and how sure one is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from llmaaa_tui.evaluation.stability import agreement, uncertainty


def test_kappa_is_that_of_the_words_of_all_sentences() -> None:
    rng = np.random.default_rng(3)
    tags = np.array(["O", "O", "O", "B-PER", "I-PER"])
    before = [rng.choice(tags, size=size).tolist() for size in rng.integers(0, 20, size=60)]
    now = [[tag if rng.random() < 0.9 else "O" for tag in sentence] for sentence in before]
    found = agreement(before, now, seed=5)
    assert found is not None
    flat = [[tag for sentence in said for tag in sentence] for said in (before, now)]
    assert found.value == pytest.approx(cohen_kappa_score(*flat))
    assert found.n == len(flat[0])
    assert found.low is not None
    assert found.high is not None
    assert found.value - 0.1 < found.low < found.value < found.high < found.value + 0.1
    assert agreement(before, now, seed=5) == found, "the same seed, the same interval"
    assert agreement(before, before, seed=5) is not None


def test_students_that_find_nothing_agree_in_nothing() -> None:
    assert agreement([["O", "O"], []], [["O", "O"], []], seed=1) is None
    assert agreement([], [], seed=1) is None
    same = agreement([["O", "B-PER"]], [["O", "B-PER"]], seed=1)
    assert same is not None
    assert same.value == 1.0
    with pytest.raises(ValueError, match="zip"):
        agreement([["O"]], [["O", "B-PER"]], seed=1)


def test_uncertainty_is_the_mean_entropy_of_a_word() -> None:
    even, sure = np.full((3, 4), 0.25, dtype=np.float32), np.eye(4, dtype=np.float32)[:1]
    found = uncertainty([even, sure, np.zeros((0, 4), dtype=np.float32)], seed=1)
    assert found is not None
    assert found.value == pytest.approx(0.75 * math.log(4))
    assert found.n == 4
    assert uncertainty([], seed=1) is None


def test_one_position_an_item_and_one_a_label_are_compared_and_measured_alike() -> None:
    rng = np.random.default_rng(7)
    before = [[str(name)] for name in rng.choice(["a", "b", "c"], 80)]
    now = [said if rng.random() < 0.8 else ["a"] for said in before]
    found = agreement(before, now, seed=2)
    assert found is not None
    assert found.value == pytest.approx(cohen_kappa_score([one for (one,) in before], [one for (one,) in now]))
    assert found.n == 80
    said = rng.dirichlet(np.ones(3), size=(80, 1)).astype(np.float32)
    sure = uncertainty(list(said), seed=2)
    assert sure is not None
    assert sure.value == pytest.approx(-(said * np.log(said)).sum(axis=2).mean(), rel=1e-5)
    assert sure.n == 80
    several = rng.dirichlet(np.ones(2), size=(80, 4)).astype(np.float32)
    each = uncertainty(list(several), seed=2)
    assert each is not None
    assert each.value == pytest.approx(-(several * np.log(several)).sum(axis=2).mean(), rel=1e-5)
    assert each.n == 320


def test_pairs_of_one_sentence_are_drawn_together() -> None:
    rng = np.random.default_rng(4)
    # Ten pairs a sentence that all changed or all stayed: 400 items that are worth 40.
    before = [[str(name)] for name in np.repeat(rng.choice(["a", "b"], 40), 10)]
    changed = np.repeat(rng.random(40) < 0.3, 10)
    now = [["c"] if other else said for said, other in zip(before, changed, strict=True)]
    texts = [f"sentence {index // 10}" for index in range(400)]
    sure = [np.array([[0.5, 0.5]] if other else [[1.0, 0.0]], np.float32) for other in changed]
    for apart, together in (
        (agreement(before, now, 1), agreement(before, now, 1, texts)),
        (uncertainty(sure, 1), uncertainty(sure, 1, texts)),
    ):
        assert apart is not None
        assert together is not None
        assert (apart.value, apart.n) == (together.value, together.n)
        assert None not in (apart.low, apart.high, together.low, together.high)
        ratio = (together.high - together.low) / (apart.high - apart.low)  # type: ignore[operator]
        assert ratio == pytest.approx(10**0.5, rel=0.2)
    assert agreement(before, now, 1, [str(index) for index in range(400)]) == agreement(before, now, 1)
