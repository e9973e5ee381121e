"""Whether answers changed: the same items asked again, and two students on the same items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..core.document import Labels
from ..core.snapshot import Measure
from .resample import by_text, drawn_sums, measure, ratio
from .spans import ratios

Counts = npt.NDArray[np.int64]
"""(sentences, 3): correct, predicted and gold."""

SWAPS = 4999


def f1_change(before: Counts, now: Counts, seed: int) -> tuple[float, float, float, float]:
    """F1 now less F1 before over the same sentences: value, the ends of its paired bootstrap interval, and two-sided p.

    p is that of approximate randomisation (Noreen 1989; Yeh, COLING 2000): before and now are swapped within sentences,
    in all ways where there are few.

    Raises:
        ValueError: the two are not of the same sentences.
    """
    if before.shape != now.shape:
        raise ValueError(f"{len(before)} sentences before and {len(now)} now are not the same")
    difference = _f1(now.sum(axis=0)) - _f1(before.sum(axis=0))
    drawn = ratios(drawn_sums(np.stack([before, now], axis=1).astype(float), seed))[2]
    low, high = np.quantile(drawn[:, 1] - drawn[:, 0], (0.025, 0.975))
    if (before == now).all():
        return 0.0, 0.0, 0.0, 1.0
    from scipy.stats import permutation_test  # slow to import

    table = np.concatenate([now, before])
    rows = np.arange(len(now))

    def statistic(one: npt.NDArray[np.intp], other: npt.NDArray[np.intp], axis: int) -> npt.NDArray[np.float64]:
        found: npt.NDArray[np.float64] = _f1s(table[one].sum(axis=axis - 1)) - _f1s(table[other].sum(axis=axis - 1))
        return found

    tested = permutation_test(
        (rows, rows + len(rows)),
        statistic,
        permutation_type="samples",
        vectorized=True,
        n_resamples=SWAPS,
        batch=250,
        rng=np.random.default_rng(seed),
    )
    return float(difference), float(low), float(high), float(tested.pvalue)


def _f1s(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return ratios(counts)[2]


def _f1(counts: npt.NDArray[np.int64]) -> float:
    return float(ratios(counts)[2])


def disagreement(
    before: Sequence[Labels], now: Sequence[Labels], texts: Sequence[str], seed: int
) -> dict[str, Measure]:
    """By label the share of what either of two calls so that the other does not; `n` counts what either does.

    Args:
        before, now: what each says of the items.
        texts: of each item; those of one text are drawn together.
        seed: of the intervals.
    """
    pairs = [(_things(old), _things(new)) for old, new in zip(before, now, strict=True)]
    names = sorted({label for pair in pairs for things in pair for label, *_ in things})
    found = {}
    for label in names:
        counted = np.zeros((len(pairs), 2))
        for row, (old, new) in zip(counted, pairs, strict=True):
            mine, other = ({one for one in things if one[0] == label} for things in (old, new))
            row[:] = len(mine ^ other), len(mine | other)
        one = measure(by_text(counted, texts), ratio, seed, n=int(counted[:, 1].sum()))
        if one is not None:
            found[label] = one
    return found


def _things(labels: Labels) -> set[tuple[str, int, int]]:
    spans = {(span.label, span.start, span.end) for span in labels.spans}
    return spans | {(label, -1, -1) for label in labels.classes}
