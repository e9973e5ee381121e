"""Have a strategy pick, and look at what it gives back: one that a package brings may do anything."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..errors import SettingsError
from .contracts import PoolView, Selection, Strategy
from .registry import STRATEGIES


def ask(strategy: Strategy, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
    """What the strategy picks: `n` different items of the pool, or all of it where it holds fewer.

    Raises:
        SettingsError: the strategy of a package fails, or gives back anything else; names it and says what.
    """
    where = f"loop.strategy: strategy {strategy.name!r}"
    try:
        found = strategy.select(view, n, rng)
        wrong = _wrong(found.ids, found.scores, view.ids, n)
        selection = Selection([int(one) for one in found.ids], [_plain(one) for one in found.scores], found.all_scores)
    except Exception as error:  # foreign code: whatever it raises, the person is told whose it is
        if strategy is STRATEGIES.get(strategy.name):
            raise
        raise SettingsError(
            f"{where} fails on this pool ({type(error).__name__}: {error}); choose another, or update its package"
        ) from error
    if wrong:
        raise SettingsError(f"{where} {wrong}; choose another, or update its package")
    return selection


def _plain(score: float | None) -> float | None:
    return None if score is None else float(score)


def _wrong(ids: Sequence[int], scores: Sequence[float | None], pool: Sequence[int], n: int) -> str:
    """What is wrong with a selection; empty if nothing is."""
    if len(ids) != min(n, len(pool)):
        return f"picked {len(ids)} items where {min(n, len(pool))} were asked for"
    if len(set(ids)) < len(ids):
        return "picked an item twice"
    if not set(ids) <= set(pool):
        return "picked an item that it was not offered"
    if len(scores) != len(ids):
        return f"gave {len(scores)} scores for {len(ids)} items"
    if not all(score is None or math.isfinite(score) for score in scores):
        return "gave a score that is no finite number"
    return ""
