"""What a student says of sentences without gold: whether it still changes its mind, and how sure it is.

Intervals are 95 % percentile bootstraps over sentences, as those of F1 are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..core.snapshot import Measure
from .bootstrap import RESAMPLES
from .spans import Tags

_QUANTILES = (0.025, 0.975)


def agreement(before: Tags, now: Tags, seed: int) -> Measure | None:
    """Cohen's kappa between the tags of two students, word by word (Bloodgood & Vijay-Shanker, CoNLL 2009).

    None where there is nothing to compare: both gave every word one and the same tag.

    Raises:
        ValueError: a sentence has not as many tags from one as from the other.
    """
    names = sorted({tag for tags in (before, now) for sentence in tags for tag in sentence})
    if len(names) < 2:
        return None
    place = {name: row for row, name in enumerate(names)}
    tables = np.zeros((len(now), len(names), len(names)))
    for table, old, new in zip(tables, before, now, strict=True):
        for one, other in zip(old, new, strict=True):
            table[place[one], place[other]] += 1
    whole = tables.sum(axis=0)
    drawn = _kappa(np.tensordot(_times(len(now), seed), tables, 1))
    return _measure(_kappa(whole[None])[0], int(whole.sum()), drawn[~np.isnan(drawn)])


def uncertainty(probabilities: Sequence[npt.NDArray[np.float32]], seed: int) -> Measure | None:
    """The mean entropy of a word's tag, in nats (Zhu et al., ACM TSLP 2010); None without a word.

    Args:
        probabilities: (words, tags) a sentence, rows summing to 1.
    """
    sums = np.zeros((len(probabilities), 2))
    for row, sentence in zip(sums, probabilities, strict=True):
        safe = np.maximum(np.asarray(sentence, dtype=np.float64), np.finfo(np.float64).tiny)
        row[:] = -float((safe * np.log(safe)).sum()), len(sentence)
    entropy, words = sums.sum(axis=0)
    if not words:
        return None
    drawn = _times(len(sums), seed) @ sums
    drawn = drawn[drawn[:, 1] > 0]
    return _measure(entropy / words, int(words), drawn[:, 0] / drawn[:, 1])


def _kappa(tables: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Kappa of each table (draws, tags, tags); not a number where one tag is all there is."""
    totals = tables.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = tables / totals[:, None, None]
        observed = np.trace(shares, axis1=1, axis2=2)
        expected = (shares.sum(axis=1) * shares.sum(axis=2)).sum(axis=1)
        found: npt.NDArray[np.float64] = np.where(expected < 1 - 1e-12, (observed - expected) / (1 - expected), np.nan)
    return found


def _times(sentences: int, seed: int) -> npt.NDArray[np.float64]:
    """How often each draw holds each sentence: (resamples, sentences)."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(sentences, np.full(sentences, 1 / sentences), size=RESAMPLES).astype(np.float64)


def _measure(value: float, n: int, drawn: npt.NDArray[np.float64]) -> Measure:
    low, high = np.quantile(drawn, _QUANTILES)
    return Measure(float(value), n, float(low), float(high))
