"""The shape shared by the uncertainty strategies: score every item, take the highest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .contracts import PROBABILITIES, Floats, PoolView, Selection, check_request
from .tokens import Reduction, item_scores

REDUCTIONS: tuple[Reduction, ...] = ("mean", "sum", "max")


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Ranks items by a measure of their positions' softmax, reduced over the positions; equal scores by id.

    Attributes:
        name: its name in `loop.strategy`.
        measure: (positions, classes) → (positions,), higher is less certain.
        reduction: mean, sum or max over an item's positions.
    """

    name: str
    measure: Callable[[Floats], Floats]
    reduction: Reduction
    needs: frozenset[str] = frozenset({PROBABILITIES})

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        """The `n` least certain items; draws nothing from `rng`."""
        check_request(self, view, n)
        assert view.probabilities is not None
        return highest(view, item_scores(view.probabilities, self.measure, self.reduction), n)


def reduced_three_ways(name: str, measure: Callable[[Floats], Floats]) -> tuple[Uncertainty, ...]:
    """The strategies `name` (mean, the papers' default), `name_sum` and `name_max`."""
    return tuple(
        Uncertainty(name if reduction == "mean" else f"{name}_{reduction}", measure, reduction)
        for reduction in REDUCTIONS
    )


def check_scores(view: PoolView, scores: npt.NDArray[np.float64]) -> None:
    """Refuse scores that are not numbers.

    Raises:
        ValueError: names the first item whose score is none.
    """
    broken = np.flatnonzero(~np.isfinite(scores))
    if len(broken):
        raise ValueError(f"the student's probabilities of item {view.ids[broken[0]]} are not all numbers")


def highest(view: PoolView, scores: npt.NDArray[np.float64], n: int) -> Selection:
    """The `n` items of the highest scores, (items,) in the order of the pool; equal scores by id.

    Raises:
        ValueError: a score is not a number.
    """
    check_scores(view, scores)
    ids = np.asarray(view.ids, dtype=np.int64)
    best = np.lexsort((ids, -scores))[:n]
    return Selection(ids[best].tolist(), scores[best].tolist(), scores)
