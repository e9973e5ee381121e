"""What a student says of items without gold: whether it still changes its mind, and how sure it is.

A student says one target a position: a word of a sentence, the item as a whole, or each label of an item (yes or no).
Intervals are 95 % percentile bootstraps over texts: the pairs of one sentence are drawn together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..core.snapshot import Measure
from .bootstrap import RESAMPLES
from .resample import by_text

Targets = Sequence[Sequence[str]]
"""What a student said of each item, one a position."""

_QUANTILES = (0.025, 0.975)


def agreement(before: Targets, now: Targets, seed: int, texts: Sequence[str] | None = None) -> Measure | None:
    """Cohen's kappa between the targets of two students, position by position (Bloodgood & Vijay-Shanker, CoNLL 2009).

    None where there is nothing to compare: both gave every position one and the same target.

    Args:
        before, now: what each said of the items.
        seed: of the interval.
        texts: of each item, where several items may stand in one.

    Raises:
        ValueError: an item has not as many targets from one as from the other.
    """
    names = sorted({target for said in (before, now) for item in said for target in item})
    if len(names) < 2:
        return None
    place = {name: row for row, name in enumerate(names)}
    tables = np.zeros((len(now), len(names), len(names)))
    for table, old, new in zip(tables, before, now, strict=True):
        for one, other in zip(old, new, strict=True):
            table[place[one], place[other]] += 1
    whole = tables.sum(axis=0)
    tables = by_text(tables, texts)
    drawn = _kappa(np.tensordot(_times(len(tables), seed), tables, 1))
    return _measure(_kappa(whole[None])[0], int(whole.sum()), drawn[~np.isnan(drawn)])


def uncertainty(
    probabilities: Sequence[npt.NDArray[np.float32]], seed: int, texts: Sequence[str] | None = None
) -> Measure | None:
    """The mean entropy of a position's target, in nats (Zhu et al., ACM TSLP 2010); None without a position.

    Args:
        probabilities: (positions, classes) an item, rows summing to 1.
        seed: of the interval.
        texts: of each item, where several items may stand in one.
    """
    sums = np.zeros((len(probabilities), 2))
    for row, item in zip(sums, probabilities, strict=True):
        safe = np.maximum(np.asarray(item, dtype=np.float64), np.finfo(np.float64).tiny)
        row[:] = -float((safe * np.log(safe)).sum()), len(item)
    entropy, positions = sums.sum(axis=0)
    if not positions:
        return None
    sums = by_text(sums, texts)
    drawn = _times(len(sums), seed) @ sums
    drawn = drawn[drawn[:, 1] > 0]
    return _measure(entropy / positions, int(positions), drawn[:, 0] / drawn[:, 1])


def _kappa(tables: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Kappa of each table (draws, targets, targets); not a number where one target is all there is."""
    totals = tables.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = tables / totals[:, None, None]
        observed = np.trace(shares, axis1=1, axis2=2)
        expected = (shares.sum(axis=1) * shares.sum(axis=2)).sum(axis=1)
        found: npt.NDArray[np.float64] = np.where(expected < 1 - 1e-12, (observed - expected) / (1 - expected), np.nan)
    return found


def _times(texts: int, seed: int) -> npt.NDArray[np.float64]:
    """How often each draw holds each text: (resamples, texts)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(texts, np.full(texts, 1 / texts), size=RESAMPLES).astype(np.float64)


def _measure(value: float, n: int, drawn: npt.NDArray[np.float64]) -> Measure:
    low, high = np.quantile(drawn, _QUANTILES)
    return Measure(float(value), n, float(low), float(high))
