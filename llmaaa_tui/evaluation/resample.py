"""Percentile bootstrap of any figure that is made of sums over items (Efron & Tibshirani 1993, chapter 13).

Texts are drawn, not words or answers: those of one text are right or wrong together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ..core.bound import upper_bound
from ..core.snapshot import Measure

Array = npt.NDArray[np.float64]
Figure = Callable[[Array], Array]
"""From sums (draws, …) to one figure a draw; not a number where a draw has none."""

RESAMPLES = 1000
_QUANTILES = (0.025, 0.975)
_BLOCK = 1 << 22
"""Numbers held at once."""


def by_text(counted: Array, texts: Sequence[str] | None) -> Array:
    """What was counted of each item, (items, …), summed over those of one text, (texts, …)."""
    if texts is None:
        return counted
    row: dict[str, int] = {}
    rows = [row.setdefault(text, len(row)) for text in texts]
    summed = np.zeros((len(row), *counted.shape[1:]))
    np.add.at(summed, rows, counted)
    return summed


def drawn_sums(counted: Array, seed: int, resamples: int = RESAMPLES) -> Array:
    """Sums over the items of each resample, (resamples, …), of what was counted of each, (items, …)."""
    items = len(counted)
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK // items)
    even = np.full(items, 1 / items)
    return np.concatenate(
        [
            np.tensordot(rng.multinomial(items, even, size=min(block, resamples - start)).astype(float), counted, 1)
            for start in range(0, resamples, block)
        ]
    )


def measure(counted: Array, figure: Figure, seed: int, *, n: int, value: float | None = None) -> Measure | None:
    """A figure with its 95 % interval; None where there is none.

    An interval without a width at 0 or 1, where every item was right or every one wrong, is the exact one
    (Clopper-Pearson) over the items: a bootstrap sees no doubt there.

    Args:
        counted: of each item (or text, see `by_text`) what its figure is made of.
        figure: of the sums.
        seed: of the resamples.
        n: how many the figure is over.
        value: of all items, where a library worked it out; else `figure` does.
    """
    if not len(counted):
        return None
    whole = float(figure(counted.sum(axis=0)[None])[0]) if value is None else value
    if np.isnan(whole):
        return None
    drawn = figure(drawn_sums(counted, seed))
    drawn = drawn[~np.isnan(drawn)]
    low, high = np.quantile(drawn, _QUANTILES)
    if low == high == 1.0:
        low = 1.0 - upper_bound(0, len(counted), _QUANTILES[1])
    elif low == high == 0.0:
        high = upper_bound(0, len(counted), _QUANTILES[1])
    return Measure(whole, n, float(low), float(high))


def ratio(sums: Array) -> Array:
    """The first of two sums over the second: a mean, a share."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = sums[:, 0] / sums[:, 1]
    return found


def rate(hits: float, n: int) -> Measure | None:
    """A share of items that did or did not, with its exact interval (Clopper-Pearson, 95 %); None without items.

    Args:
        hits: how many did; an item of which a part did counts in part.
        n: the items.
    """
    if not n:
        return None
    from scipy.stats import beta  # slow to import

    tail = 1 - _QUANTILES[1]
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return Measure(hits / n, n, low, high)
