"""What an F1 is worth: percentile bootstrap over sentences (Efron & Tibshirani 1993, chapter 13).

Sentences are drawn, not spans or pairs: those of one sentence are right or wrong together.

Where everything was right, or everything wrong, every resample says the same, and a bootstrap sees no doubt. Such a
score has the exact (Clopper-Pearson, two-sided) interval of a rate of 1 or 0 over the sentences that it counts, those
in which gold or prediction has anything: 100 right ones give [.96, 1], not [1, 1].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..core.bound import upper_bound
from ..core.snapshot import Measure, Score
from .spans import GOLD, SpanCounts, Tags, ratios, span_counts, with_overall

RESAMPLES = 1000
_QUANTILES = (0.025, 0.975)
# Numbers held at once while resampling, 32 MB of them.
_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class Evaluation:
    """F1 over everything and by label, with how often gold has each (`n` of a Score counts items).

    `accuracy` is the share of items that are right, for tasks that label whole items; None for others. `counted` is
    what the scores rest on, (sentences, 1 + labels, 3): correct, predicted and gold over everything, then by label;
    None of a task that counts otherwise.
    """

    overall: Score
    labels: Mapping[str, Score]
    support: Mapping[str, int]
    accuracy: Measure | None = None
    counted: npt.NDArray[np.int64] | None = field(default=None, compare=False, repr=False)


def bootstrap_f1(gold: Tags, predicted: Tags, *, seed: int, resamples: int = RESAMPLES) -> tuple[float, float]:
    """The 95 % interval of the micro span F1; (0, 1) without sentences.

    Raises:
        ValueError: gold and predicted differ in length, in a sentence or overall, or there is no resample.
    """
    low, high = f1_intervals(with_overall(span_counts(gold, predicted))[:, :1], seed, resamples)[0]
    return float(low), float(high)


def score(gold: Tags, predicted: Tags, seed: int) -> Score:
    """Micro span F1 with its interval.

    Raises:
        ValueError: gold and predicted differ in length, in a sentence or overall.
    """
    return evaluate(gold, predicted, seed=seed).overall


def evaluate(gold: Tags, predicted: Tags, *, seed: int, resamples: int = RESAMPLES) -> Evaluation:
    """Score everything and every label that gold or prediction has, all on the same resamples.

    Raises:
        ValueError: gold and predicted differ in length, in a sentence or overall, or there is no resample.
    """
    return from_counts(span_counts(gold, predicted), len(gold), seed=seed, resamples=resamples)


def from_counts(
    counted: SpanCounts,
    items: int,
    *,
    seed: int,
    right: npt.NDArray[np.int64] | None = None,
    resamples: int = RESAMPLES,
) -> Evaluation:
    """Score what was counted.

    Args:
        counted: of every sentence.
        items: how many there are in all sentences.
        right: (sentences, 2): items that are right and all items, where there is an accuracy.

    Raises:
        ValueError: there is no resample.
    """
    counts = with_overall(counted)
    totals = counts.sum(axis=0)
    sums = _drawn(counts, right, seed, resamples)
    intervals = _f1_intervals(sums, counts)
    scores = [
        Score(f1=float(f1), precision=float(precision), recall=float(recall), n=items, low=low, high=high)
        for precision, recall, f1, (low, high) in zip(*ratios(totals), intervals, strict=True)
    ]
    support = dict(zip(counted.labels, totals[1:, GOLD].tolist(), strict=True))
    accuracy = None
    if right is not None and items:
        low, high = _opened(np.quantile(sums[:, -2] / sums[:, -1], _QUANTILES), len(right))
        accuracy = Measure(float(right[:, 0].sum() / items), items, low, high)
    return Evaluation(scores[0], dict(zip(counted.labels, scores[1:], strict=True)), support, accuracy, counts)


def f1_intervals(counts: npt.NDArray[np.int64], seed: int, resamples: int = RESAMPLES) -> npt.NDArray[np.float64]:
    """The 95 % interval of each group's F1.

    Args:
        counts: (sentences, groups, 3): correct, predicted and gold spans.
        seed: of the resamples; the same seed draws the same sentences for every group.
        resamples: how many.

    Returns:
        (groups, 2). A resample without any span of a group counts as F1 0, as the score itself does.

    Raises:
        ValueError: there is no resample.
    """
    return np.array(_f1_intervals(_drawn(counts, None, seed, resamples), counts))


def _drawn(
    counts: npt.NDArray[np.int64], right: npt.NDArray[np.int64] | None, seed: int, resamples: int
) -> npt.NDArray[np.float64]:
    """Sums over the sentences of each resample: (resamples, 3 · groups), and the two of `right` where it is given."""
    if resamples < 1:
        raise ValueError(f"a bootstrap needs at least one resample, got {resamples}")
    sentences = len(counts)
    if not sentences:
        return np.zeros((resamples, 3 * counts.shape[1]))
    columns = [counts.reshape(sentences, 3 * counts.shape[1])]
    flat = np.concatenate(columns if right is None else [*columns, right], axis=1)
    # Sentences that count alike are many, of one label a text nearly all: each kind is added up once.
    known: dict[bytes, int] = {}
    kind = np.fromiter((known.setdefault(row.tobytes(), len(known)) for row in flat), np.intp, sentences)
    kinds = flat[np.unique(kind, return_index=True)[1]]
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK // len(kinds))
    sums = []
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        # How often each kind was drawn, times its counts: floats hold these sums exactly.
        times = np.empty((size, len(kinds)))
        for row in times:
            row[:] = np.bincount(kind[rng.integers(sentences, size=sentences)], minlength=len(kinds))
        sums.append(times @ kinds.astype(np.float64))
    return np.concatenate(sums)


def _f1_intervals(sums: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]) -> list[tuple[float, float]]:
    """Of each group, from what its resamples sum up to and from what each sentence counts."""
    groups = counts.shape[1]
    _, _, f1 = ratios(sums[:, : 3 * groups].reshape(len(sums), groups, 3))
    counting = counts.any(axis=2).sum(axis=0)
    return [_opened(ends, int(n)) for ends, n in zip(np.quantile(f1, _QUANTILES, axis=0).T, counting, strict=True)]


def _opened(ends: npt.NDArray[np.float64], sentences: int) -> tuple[float, float]:
    """Both ends of a bootstrap interval; of one without a width at 0 or 1 the exact ones over so many sentences."""
    low, high = float(ends[0]), float(ends[1])
    if low == high == 1.0:
        return 1.0 - upper_bound(0, sentences, _QUANTILES[1]), 1.0
    if low == high == 0.0:
        return 0.0, upper_bound(0, sentences, _QUANTILES[1])
    return low, high
