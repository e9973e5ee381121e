"""What every strategy promises, and each one's choice worked out by hand or by brute force."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmaaa_tui.acquisition import registry
from llmaaa_tui.acquisition.contracts import PoolView, Selection
from llmaaa_tui.acquisition.density import mean_similarity
from llmaaa_tui.acquisition.vectors import unit_rows

NAMES = sorted(registry.STRATEGIES)
TAGS = 3


def rng(seed: int = 3) -> np.random.Generator:
    return np.random.default_rng(seed)


def pool(n: int, kind: str = "random", dtype: Any = np.float32, labelled: int = 4) -> PoolView:
    """A pool that holds whatever a strategy may need; ids are not in order."""
    noise = np.random.default_rng(n)
    ids = [int(item) for item in noise.permutation(n) + 100]
    lengths = noise.integers(0, 4, n)

    def softmax() -> list[Any]:
        return [noise.dirichlet(np.ones(TAGS), words).astype(dtype).reshape(words, TAGS) for words in lengths]

    vectors, gradients = noise.normal(size=(n, 5)), noise.normal(size=(n, 6))
    if kind == "zero":
        vectors, gradients = 0 * vectors, 0 * gradients
    if kind == "same":
        vectors, gradients = 0 * vectors + 1, 0 * gradients + 1
    return PoolView(
        ids,
        softmax(),
        vectors.astype(dtype),
        gradients.astype(dtype),
        [softmax(), softmax()],
        [softmax(), softmax()],
        noise.normal(size=(labelled, 5)).astype(dtype),
        noise.random(labelled),
    )


def reordered(view: PoolView, order: list[int]) -> PoolView:
    def of(rows: Any) -> list[Any]:
        return [rows[place] for place in order]

    assert view.embeddings is not None
    assert view.gradients is not None
    return replace(
        view,
        ids=of(view.ids),
        probabilities=of(view.probabilities),
        embeddings=view.embeddings[order],
        gradients=view.gradients[order],
        draws=[of(member) for member in view.draws or ()],
        committee=[of(member) for member in view.committee or ()],
    )


def select(name: str, view: PoolView, n: int, seed: int = 3) -> Selection:
    return registry.get(name).select(view, n, rng(seed))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None)
@given(st.permutations(list(range(30))), st.sampled_from(["random", "zero", "same"]), st.sampled_from([0, 4]))
def test_the_order_of_the_pool_changes_nothing(name: str, order: list[int], kind: str, labelled: int) -> None:
    view = pool(30, kind, labelled=labelled)
    first, again = select(name, view, 7), select(name, reordered(view, order), 7)
    assert (first.ids, first.scores) == (again.ids, again.scores)
    assert len(set(first.ids)) == 7
    assert set(first.ids) <= set(view.ids)
    if first.all_scores is not None and again.all_scores is not None:
        np.testing.assert_array_equal(first.all_scores[order], again.all_scores)


@pytest.mark.parametrize("name", NAMES)
def test_pools_of_any_size(name: str) -> None:
    assert select(name, pool(0), 5).ids == []
    assert select(name, pool(1), 5).ids == pool(1).ids
    for kind in ("random", "zero", "same"):
        view = pool(9, kind)
        everything = select(name, view, 20)
        assert sorted(everything.ids) == sorted(view.ids)
        assert len(everything.scores) == 9
        assert select(name, view, 0).ids == []


@pytest.mark.parametrize("name", NAMES)
def test_double_precision_picks_the_same(name: str) -> None:
    single = pool(40)
    double = replace(
        single,
        probabilities=[rows.astype(np.float64) for rows in single.probabilities or ()],
        embeddings=np.asarray(single.embeddings, np.float64),
        gradients=np.asarray(single.gradients, np.float64),
    )
    assert select(name, single, 6).ids == select(name, double, 6).ids


@pytest.mark.parametrize("name", [name for name in NAMES if name != "random"])
def test_a_number_that_is_none_is_refused_and_its_item_named(name: str) -> None:
    view = pool(12)
    row = next(place for place, rows in enumerate(view.probabilities or ()) if len(rows))
    assert view.embeddings is not None
    assert view.gradients is not None
    view.embeddings[row, 1] = view.gradients[row, 1] = np.nan
    assert view.probabilities
    assert view.draws
    assert view.committee
    for member in (view.probabilities, view.draws[1], view.committee[1]):
        member[row][0, 1] = np.nan
    with pytest.raises(ValueError, match=f"item {view.ids[row]} "):
        select(name, view, 3)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "random"])
def test_what_is_needed_and_missing_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} needs the pool's {min(registry.get(name).needs)}"):
        registry.get(name).select(PoolView([1]), 1, rng())


def test_views_that_do_not_fit_are_refused() -> None:
    vectors = np.ones((2, 4))
    with pytest.raises(ValueError, match="draws of 1 items for a pool of 2"):
        PoolView([1, 2], draws=[[vectors]])
    with pytest.raises(ValueError, match="disagreement on 3 of 2"):
        PoolView([1, 2], labelled=vectors, disagreement=np.ones(3))
    with pytest.raises(ValueError, match=r"\(2, 4\) cannot be compared with labelled ones of shape \(5, 3\)"):
        PoolView([1, 2], embeddings=vectors, labelled=np.ones((5, 3)))
    for name in ("bald", "committee"):
        with pytest.raises(ValueError, match="at least 2"):
            registry.get(name).select(PoolView([1], draws=[[vectors]], committee=[[vectors]]), 1, rng())
    with pytest.raises(ValueError, match="same positions"):
        registry.get("bald").select(PoolView([1], draws=[[vectors], [vectors[:1]]]), 1, rng())
    with pytest.raises(ValueError, match="from 0 to 1"):
        registry.get("disagreement").select(replace(pool(3), disagreement=np.full(4, 2.0)), 1, rng())


SURE = np.array([[1.0, 0.0]])
OTHER = np.array([[0.0, 1.0]])
TORN = np.array([[0.5, 0.5]])


def test_bald_wants_passes_that_contradict_each_other_and_a_committee_any_doubt() -> None:
    first, second = [SURE, SURE, TORN], [SURE, OTHER, TORN]
    view = PoolView([1, 2, 3], draws=[first, second], committee=[first, second])
    bald, committee = select("bald", view, 3), select("committee", view, 3)
    assert bald.ids == [2, 1, 3]
    assert bald.scores == pytest.approx([math.log(2), 0, 0])
    assert committee.ids == [2, 3, 1]
    assert committee.scores == pytest.approx([math.log(2), math.log(2), 0])


def brute_core_set(points: Any, labelled: Any, n: int) -> list[int]:
    """Row numbers, by distances of every pair."""
    taken = [*labelled]
    picked: list[int] = []
    for _ in range(n):
        away = [min(((point - one) ** 2).sum() for one in taken) for point in points]
        picked.append(max((row for row in range(len(points)) if row not in picked), key=lambda row: (away[row], -row)))
        taken.append(points[picked[-1]])
    return picked


def test_core_set_equals_brute_force() -> None:
    noise = np.random.default_rng(5)
    points, labelled = noise.normal(size=(60, 7)), noise.normal(size=(9, 7))
    selection = select("coreset", PoolView(range(60), embeddings=points, labelled=labelled), 12)
    assert selection.ids == brute_core_set(unit_rows(points), unit_rows(labelled), 12)
    assert selection.scores == sorted(selection.scores, key=lambda score: -(score or 0))


def test_core_set_goes_to_the_far_side_first() -> None:
    circle = np.array([[np.cos(a), np.sin(a)] for a in np.radians([10, 90, 180, 300])])
    view = PoolView([1, 2, 3, 4], embeddings=circle, labelled=np.array([[1.0, 0.0]]))
    selection = select("coreset", view, 2)
    assert selection.ids == [3, 2]
    assert selection.scores == pytest.approx([2, math.sqrt(2)])
    drawn = {select("coreset", replace(view, labelled=np.zeros((0, 2))), 1, seed).ids[0] for seed in range(30)}
    assert drawn == {1, 2, 3, 4}


def test_badge_takes_the_longest_gradient_and_draws_the_rest_by_squared_distance() -> None:
    gradients = np.array([[10.0, 0.0], [10.0, 0.0], [10.0, 3.0], [10.0, 4.0], [10.0, 0.0]])
    gradients[0, 0] = 10.5
    view = PoolView([1, 2, 3, 4, 5], gradients=gradients)
    # The longest is 4: (10, 4). From it 2 and 5 are 16 away, 1 is 16.25, and 3 is 1.
    second = [select("badge", view, 2, seed).ids for seed in range(400)]
    assert {ids[0] for ids in second} == {4}
    counts = np.bincount([ids[1] for ids in second], minlength=6)[1:] / 400
    assert counts == pytest.approx(np.array([16.25, 16, 1, 0, 16]) / 49.25, abs=0.08)
    assert select("badge", view, 1).scores == pytest.approx([math.hypot(10, 4)])
    # 2 and 5 are equal: one of them is never drawn while another is left.
    assert all(select("badge", view, 5, seed).ids[-1] in (2, 5) for seed in range(50))


def test_density_is_entropy_times_mean_cosine() -> None:
    noise = np.random.default_rng(8)
    points = noise.normal(size=(50, 6)) + 0.7
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    expected = np.maximum((unit @ unit.T).mean(axis=1), 0)
    assert mean_similarity(unit_rows(points)) == pytest.approx(expected, abs=1e-6)
    view = PoolView(range(50), [TORN] * 50, points)
    assert select("density", view, 1).all_scores == pytest.approx(math.log(2) * expected, abs=1e-6)
    assert select("density", view, 1).ids == [expected.argmax()]


def test_a_diverse_batch_is_uncertain_and_spread() -> None:
    """A hundred sentences in two directions; the uncertain ones of both, where uncertainty alone knows one."""
    side = np.arange(100) % 2
    points = np.where(side[:, None], [[1.0, 0.01]], [[0.01, 1.0]]) + np.arange(100)[:, None] * 1e-4
    unsure = np.where(np.arange(100) < 10, np.where(side, 0.49, 0.45), 0.01)
    view = PoolView(range(100), [np.array([[1 - p, p]]) for p in unsure], points)
    assert {item % 2 for item in select("margin", view, 2).ids} == {1}
    selection = select("diverse", view, 2)
    assert {item % 2 for item in selection.ids} == {0, 1}
    assert selection.ids[0] % 2 == 1
    assert all(item < 20 for item in selection.ids)
    assert selection.scores == pytest.approx([0.98, 0.9])


def test_disagreement_is_what_the_neighbours_had_times_the_students_doubt() -> None:
    points = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.6, 0.8], [-0.6, -0.8]])
    labelled, differed = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.9, 0.1])
    view = PoolView([1, 2, 3, 4, 5], [TORN, TORN, SURE, TORN, TORN], points, None, None, None, labelled, differed)
    selection = select("disagreement", view, 5)
    # 4: (.6 × .9 + .8 × .1) / 1.4; 5 is like none of them and counts as the mean, .5.
    assert selection.all_scores == pytest.approx([0.45, 0.05, 0, 0.62 / 1.4 / 2, 0.25], abs=1e-5)
    assert selection.ids == [1, 5, 4, 2, 3]
    cold = replace(view, labelled=np.zeros((0, 2)), disagreement=np.zeros(0))
    assert select("disagreement", cold, 5).ids == [1, 2, 4, 5, 3]
    agreed = replace(view, disagreement=np.zeros(2))
    assert select("disagreement", agreed, 5).ids == [1, 2, 4, 5, 3]


def test_only_the_nearest_ten_are_asked_about_a_disagreement() -> None:
    labelled = np.vstack([np.tile([1.0, 0.0], (10, 1)), np.tile([0.9, 0.1], (90, 1))])
    view = PoolView(
        [1], [TORN], np.array([[1.0, 0.0]]), labelled=labelled, disagreement=np.repeat([0.2, 1.0], [10, 90])
    )
    assert select("disagreement", view, 1).scores == pytest.approx([0.1])
