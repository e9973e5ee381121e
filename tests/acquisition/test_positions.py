"""Strategies see positions and classes: one position an item for a label of the whole item, one a label for several."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from llmaaa_tui.acquisition import registry
from llmaaa_tui.acquisition.ask import ask
from llmaaa_tui.acquisition.contracts import PoolView, Selection
from llmaaa_tui.acquisition.doubt import doubtful
from llmaaa_tui.acquisition.vectors import unit_rows

NAMES = sorted(registry.STRATEGIES)
SHAPES = {"one of 7": (1, 7), "one of 2": (1, 2), "one of 1": (1, 1), "several of 5": (5, 2), "several of 1": (1, 2)}
"""(positions, classes) of every item."""
BY_UNCERTAINTY = ("least_confidence", "entropy", "margin")
ITEMS = 60


def pool(shape: tuple[int, int], seed: int = 5) -> PoolView:
    noise = np.random.default_rng(seed)
    positions, classes = shape

    def softmax() -> list[Any]:
        return list(noise.dirichlet(np.full(classes, 0.5), (ITEMS, positions)).astype(np.float32))

    return PoolView(
        ids=[int(item) for item in noise.permutation(ITEMS) + 100],
        probabilities=softmax(),
        embeddings=noise.normal(size=(ITEMS, 8)).astype(np.float32),
        gradients=noise.normal(size=(ITEMS, 6)).astype(np.float32),
        draws=[softmax() for _ in range(3)],
        committee=[softmax() for _ in range(2)],
        labelled=noise.normal(size=(12, 8)).astype(np.float32),
        disagreement=noise.random(12),
    )


def select(name: str, view: PoolView, n: int = 9) -> Selection:
    return ask(registry.get(name), view, n, np.random.default_rng(3))


def stacked(rows: Any) -> Any:
    """(items, positions, classes) in double precision."""
    return np.stack([np.asarray(row, np.float64) for row in rows])


def entropy(probabilities: Any) -> Any:
    safe = np.maximum(probabilities, np.finfo(np.float32).tiny)
    return -(probabilities * np.log(safe)).sum(axis=-1)


def expected(name: str, view: PoolView) -> Any:
    """Each item's score, straight from the definitions: the mean over its positions."""
    given = stacked(view.probabilities)
    ordered = np.sort(given, axis=-1)[..., ::-1]
    match name:
        case "least_confidence":
            return (1 - ordered[..., 0]).mean(axis=1)
        case "entropy":
            return entropy(given).mean(axis=1)
        case "margin":
            two = ordered[..., 0] - ordered[..., 1] if given.shape[-1] > 1 else np.ones(given.shape[:2])
            return (1 - two).mean(axis=1)
        case "mnlp":
            return -np.log(ordered[..., 0]).mean(axis=1)
        case "bald":
            draws = np.stack([stacked(one) for one in view.draws or ()])
            return (entropy(draws.mean(axis=0)) - entropy(draws).mean(axis=0)).mean(axis=1)
        case "committee":
            return entropy(np.stack([stacked(one) for one in view.committee or ()]).mean(axis=0)).mean(axis=1)
        case "density":
            assert view.embeddings is not None
            points = unit_rows(view.embeddings).astype(np.float64)
            return entropy(given).mean(axis=1) * np.maximum((points @ points.T).mean(axis=1), 0)
        case "disagreement":
            return (1 - ordered[..., 0]).mean(axis=1) * _differ(view)
    raise AssertionError(name)


def _differ(view: PoolView) -> Any:
    """Mean disagreement on the ten nearest labelled items, weighted by cosine."""
    assert view.embeddings is not None
    assert view.labelled is not None
    assert view.disagreement is not None
    cosines = unit_rows(view.embeddings).astype(np.float64) @ unit_rows(view.labelled).astype(np.float64).T
    nearest = np.argsort(-cosines, axis=1)[:, :10]
    weights = np.maximum(np.take_along_axis(cosines, nearest, axis=1), 0)
    return (weights * view.disagreement[nearest]).sum(axis=1) / weights.sum(axis=1)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_every_strategy_picks_from_every_shape(name: str, shape: tuple[int, int]) -> None:
    view = pool(shape)
    found = select(name, view)
    assert len(set(found.ids)) == len(found.ids) == 9
    assert all(score is None or math.isfinite(score) for score in found.scores)
    # The order of the pool means nothing, nor does how the arrays lie in memory.
    order = np.random.default_rng(1).permutation(ITEMS)
    assert view.embeddings is not None
    assert view.gradients is not None

    def of(rows: Any) -> list[Any]:
        return [np.asfortranarray(rows[place]) for place in order]

    other = replace(
        view,
        ids=[view.ids[place] for place in order],
        probabilities=of(view.probabilities),
        embeddings=view.embeddings[order],
        gradients=view.gradients[order],
        draws=[of(one) for one in view.draws or ()],
        committee=[of(one) for one in view.committee or ()],
    )
    again = select(name, other)
    assert (again.ids, again.scores) == (found.ids, found.scores)


@pytest.mark.parametrize("shape", [SHAPES["one of 7"], SHAPES["several of 5"]])
@pytest.mark.parametrize("name", [*BY_UNCERTAINTY, "mnlp", "bald", "committee", "density", "disagreement"])
def test_scores_are_the_mean_over_the_positions(name: str, shape: tuple[int, int]) -> None:
    view = pool(shape)
    found = select(name, view)
    assert found.all_scores is not None
    wanted = expected(name, view)
    np.testing.assert_allclose(found.all_scores, wanted, rtol=1e-4, atol=1e-5)
    best = np.argsort(-wanted)[:9]
    assert found.ids == [view.ids[place] for place in best]


@pytest.mark.parametrize("name", BY_UNCERTAINTY)
def test_with_one_position_the_three_reductions_are_one_and_with_several_they_are_not(name: str) -> None:
    whole, several = pool((1, 7)), pool((5, 2))
    found = [select(one, whole) for one in (name, f"{name}_sum", f"{name}_max")]
    assert found[0].ids == found[1].ids == found[2].ids
    assert found[0].scores == found[1].scores == found[2].scores
    mean, total, most = (select(one, several) for one in (name, f"{name}_sum", f"{name}_max"))
    assert mean.ids == total.ids, "every item has as many positions"
    assert most.ids != mean.ids, "the one doubtful label of an item, not all of them"


def test_an_item_is_doubtful_as_activelab_has_it_and_of_several_labels_as_its_worst() -> None:
    sure, torn = np.array([[0.9, 0.05, 0.05]]), np.array([[0.5, 0.45, 0.05]])
    answers = [np.array([[0], [0]]), np.array([[0], [1]]), np.array([[1]]), np.array([[0]])]
    scores = doubtful(answers, [sure, torn, sure, sure])
    assert scores.shape == (4,)
    assert scores[2] == scores.min(), "the only answer is not what the student says"
    assert scores[1] < min(scores[0], scores[3]), "answered both ways"
    yes, no = [0.05, 0.95], [0.95, 0.05]
    given = [np.array([[1, 0, 0], [1, 0, 0]]), np.array([[1, 0, 1], [1, 1, 0]]), np.array([[1, 0, 0]])]
    several = doubtful(given, [np.array([yes, no, no])] * 3)
    assert several[1] == several.min(), "two of its three labels were answered both ways"
    assert several[0] > several[1]
