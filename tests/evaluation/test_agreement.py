"""Coefficients of agreement are those of statsmodels, scikit-learn and krippendorff, and so are their intervals."""

from __future__ import annotations

import math
from functools import partial

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from llmaaa_tui.evaluation import agreement, resample
from llmaaa_tui.evaluation.agreement import between, fleiss_kappa

DRAWS = 150


@pytest.fixture
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries take a second for a thousand."""
    monkeypatch.setattr(resample, "drawn_sums", partial(resample.drawn_sums, resamples=DRAWS))


TAGS = np.array(["O", "O", "O", "B-PER", "I-PER", "B-LOC"])


def noisy(items: int, repeats: int, seed: int, noise: float = 0.2) -> list[list[list[str]]]:
    """Items of 1 to 15 positions, each repeat a copy of which a share is drawn anew."""
    rng = np.random.default_rng(seed)
    found = []
    for size in rng.integers(1, 16, size=items):
        usual = rng.choice(TAGS, size=size)
        found.append(
            [np.where(rng.random(size) < noise, rng.choice(TAGS, size=size), usual).tolist() for _ in range(repeats)]
        )
    return found


def by_statsmodels(items: list[list[list[str]]], without: str | None = None) -> float:
    rows = [position for item in items for position in zip(*item, strict=True)]
    rows = [row for row in rows if set(row) != {without}]
    codes = {name: code for code, name in enumerate(TAGS.tolist())}
    table, _ = aggregate_raters(np.array([[codes[name] for name in row] for row in rows]))
    return float(statsmodels_fleiss(table))


def fleiss_by_hand(items: list[list[list[str]]]) -> float:
    """Fleiss 1971, word for word: agreeing pairs of raters a subject, and squared shares of the categories."""
    rows = [position for item in items for position in zip(*item, strict=True)]
    raters = len(rows[0])
    names = {name for row in rows for name in row}
    agreeing = [
        sum(a == b for i, a in enumerate(row) for j, b in enumerate(row) if i != j) / (raters * (raters - 1))
        for row in rows
    ]
    chance = sum((sum(row.count(name) for row in rows) / (raters * len(rows))) ** 2 for name in names)
    observed = sum(agreeing) / len(rows)
    return float((observed - chance) / (1 - chance))


def test_fleiss_kappa_is_that_of_statsmodels_with_and_without_what_all_call_o() -> None:
    items = noisy(40, 10, seed=1)
    found, inside = fleiss_kappa(items, 3), fleiss_kappa(items, 3, without="O")
    assert found is not None
    assert inside is not None
    assert found.value == pytest.approx(by_statsmodels(items), abs=1e-12)
    assert found.value == pytest.approx(fleiss_by_hand(items), abs=1e-12)
    assert inside.value == pytest.approx(by_statsmodels(items, without="O"), abs=1e-12)
    assert found.n == 40
    assert inside.value < found.value
    assert fleiss_kappa(items, 3) == found
    assert fleiss_kappa(items, 4) != found


@pytest.mark.usefixtures("few_draws")
@pytest.mark.parametrize("without", [None, "O"])
def test_its_interval_is_that_of_statsmodels_on_drawn_items(without: str | None) -> None:
    items = noisy(25, 4, seed=2)
    found = fleiss_kappa(items, 7, without=without)
    rng = np.random.default_rng(7)
    times = rng.multinomial(25, np.full(25, 1 / 25), size=DRAWS)
    values = [
        by_statsmodels([item for item, often in zip(items, draw, strict=True) for _ in range(often)], without)
        for draw in times
    ]
    assert found is not None
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(values, [0.025, 0.975])), abs=1e-9)


def test_there_is_no_kappa_where_nothing_can_disagree() -> None:
    assert fleiss_kappa([], 1) is None
    assert fleiss_kappa([[["O", "B-PER"]]], 1) is None, "one repeat"
    assert fleiss_kappa([[["O", "O"], ["O", "O"]]], 1) is None, "one name everywhere"
    assert fleiss_kappa([[["O"], ["O"]]], 1, without="O") is None
    perfect = fleiss_kappa([[["O", "B-PER"]] * 3] * 30, 1)
    assert perfect is not None
    assert perfect.value == 1.0
    assert perfect.low == pytest.approx(0.025 ** (1 / 30)), "exact where a bootstrap sees no doubt"
    with pytest.raises(ValueError, match="same number of repeats"):
        fleiss_kappa([[["O"], ["O"]], [["O"]]], 1)
    with pytest.raises(ValueError, match="positions"):
        fleiss_kappa([[["O"], ["O", "B-PER"]]], 1)


def test_kappa_and_alpha_of_two_are_those_of_the_libraries() -> None:
    pairs = noisy(60, 2, seed=5)
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    cohen, alpha = between(first, second, seed=2)
    flat = [[name for item in said for name in item] for said in (first, second)]
    codes = {name: code for code, name in enumerate(sorted(set(TAGS.tolist())))}
    assert cohen is not None
    assert alpha is not None
    assert cohen.value == pytest.approx(cohen_kappa_score(*flat))
    data = [[codes[name] for name in said] for said in flat]
    assert alpha.value == pytest.approx(krippendorff.alpha(data, level_of_measurement="nominal"))
    assert cohen.n == alpha.n == 60
    for one in (cohen, alpha):
        assert one.low is not None
        assert one.high is not None
        assert one.low < one.value < one.high


@pytest.mark.usefixtures("few_draws")
def test_their_intervals_are_those_of_the_libraries_on_drawn_texts() -> None:
    pairs = noisy(30, 2, seed=6)
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    texts = [f"text {index // 3}" for index in range(30)]
    codes = {name: code for code, name in enumerate(sorted(set(TAGS.tolist())))}
    cohens, alphas = [], []
    for draw in np.random.default_rng(4).multinomial(10, np.full(10, 0.1), size=DRAWS):
        places = [3 * text + k for text, often in enumerate(draw) for _ in range(often) for k in range(3)]
        flat = [[codes[name] for place in places for name in said[place]] for said in (first, second)]
        cohens.append(float(cohen_kappa_score(*flat)))
        alphas.append(float(krippendorff.alpha(flat, level_of_measurement="nominal")))
    found = between(first, second, 4, texts)
    for one, values in zip(found, (cohens, alphas), strict=True):
        assert one is not None
        assert (one.low, one.high) == pytest.approx(tuple(np.quantile(values, [0.025, 0.975])), abs=1e-9)


def test_two_that_say_one_thing_everywhere_agree_in_nothing() -> None:
    assert between([["O", "O"]], [["O", "O"]], 1) == (None, None)
    assert between([], [], 1) == (None, None)
    with pytest.raises(ValueError, match="zip"):
        between([["O"]], [["O", "B-PER"]], 1)


@settings(max_examples=40)
@given(st.lists(st.lists(st.sampled_from(["a", "b", "c"]), min_size=3, max_size=3), min_size=1, max_size=12))
def test_the_coefficient_of_sums_is_the_coefficient(rows: list[list[str]]) -> None:
    """What draws are made of gives, undrawn, what the libraries say."""
    names = {"a": 0, "b": 1, "c": 2}
    items = [[[name] for name in row] for row in rows]
    if len({name for row in rows for name in row}) > 1:
        counted = np.array([agreement._fleiss_parts(agreement._ratings(item, names)) for item in items])
        table, _ = aggregate_raters(np.array([[names[name] for name in row] for row in rows]), n_cat=3)
        assert agreement._fleiss(counted.sum(axis=0)[None])[0] == pytest.approx(statsmodels_fleiss(table))
    first, second = [row[0] for row in rows], [row[1] for row in rows]
    if len({*first, *second}) > 1:
        tables = np.zeros((1, 3, 3))
        for a, b in zip(first, second, strict=True):
            tables[0, names[a], names[b]] += 1
        assert agreement._cohen(tables)[0] == pytest.approx(cohen_kappa_score(first, second), nan_ok=True)
        data = [[names[name] for name in said] for said in (first, second)]
        alpha = krippendorff.alpha(data, level_of_measurement="nominal")
        assert agreement._alpha(tables)[0] == pytest.approx(alpha)
        assert not math.isnan(alpha)
