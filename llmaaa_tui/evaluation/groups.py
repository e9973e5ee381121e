"""Scores of groups of items, and the largest difference between two of them.

A difference has a percentile bootstrap interval over sentences (Efron & Tibshirani 1993, chapter 13): of two languages
each is drawn from its own sentences, two labels from the same ones. Its p is the normal tail at the bootstrap's mean
and standard error, and Holm's after that, over all pairs. A group in which all was right, or all wrong, is drawn from
Beta(n, 1) or Beta(1, n), whose ends are those of the exact interval: a bootstrap sees no doubt there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..core.document import Document, Labels
from ..core.groups import LABEL, MOST, Gap, Grouped, GroupScore, gathered, values_of
from ..core.labels import LabelSet
from ..core.seeds import derive
from ..core.snapshot import Measure
from .bootstrap import Evaluation
from .resample import drawn_sums, rate
from .spans import ratios
from .tasks import EvaluationTask

RESAMPLES = 2000
LEAST = 10
"""Sentences with anything in gold or answer that a group needs to be held against another."""

Draws = npt.NDArray[np.float64]


def by_field(
    task: EvaluationTask,
    subject: str,
    split: str,
    field: str,
    number: int | None,
    gold: Sequence[Labels],
    said: Sequence[Labels | None],
    documents: Sequence[Document],
    labels: LabelSet,
    *,
    seed: int,
) -> Grouped | None:
    """A subject's answers by the values of a field; None where there is one value alone.

    Args:
        task: how they are scored.
        number: the round, or None.
        gold, said, documents: as in `EvaluationTask.evaluate`.
        seed: of the intervals.
    """
    groups, counted = [], []
    for value, rest, places in gathered(values_of(documents, field)):
        answers = [said[place] for place in places]
        found = task.evaluate(
            [gold[place] for place in places], answers, [documents[place] for place in places], labels, seed=seed
        )
        groups.append(GroupScore(value, found.overall, _failures(subject, answers), rest))
        counted.append(None if found.counted is None else found.counted[:, 0])
    if not groups:
        return None
    known = [(group, one) for group, one in zip(groups, counted, strict=True) if one is not None]
    draws = [_drawn(one[:, None], derive(seed, 0, "group", place)) for place, (_, one) in enumerate(known)]
    gap = _gap([group for group, _ in known], [one[0] for one in draws], [int(one[1][0]) for one in draws])
    return Grouped(subject, split, field, number, tuple(groups), gap)


def by_label(
    subject: str,
    split: str,
    number: int | None,
    gold: Sequence[Labels],
    said: Sequence[Labels | None],
    found: Evaluation,
    *,
    seed: int,
) -> Grouped | None:
    """A subject's answers by label, the 30 most frequent in gold; None where gold has one alone.

    Args:
        found: the evaluation of these answers.
    """
    has = {label: [place for place, one in enumerate(gold) if label in one.names] for label in found.labels}
    kept = sorted((label for label in has if has[label]), key=lambda label: (-len(has[label]), label))[:MOST]
    if len(kept) < 2:
        return None
    groups = []
    for label in kept:
        answers = [said[place] for place in has[label]]
        groups.append(GroupScore(label, replace(found.labels[label], n=len(answers)), _failures(subject, answers)))
    gap = None
    if found.counted is not None:
        column = {label: place for place, label in enumerate(found.labels, start=1)}
        draws, counting = _drawn(found.counted[:, [column[label] for label in kept]], derive(seed, 0, "group", LABEL))
        gap = _gap(groups, list(draws.T), counting.tolist())
    return Grouped(subject, split, LABEL, number, tuple(groups), gap)


def _failures(subject: str, answers: Sequence[Labels | None]) -> Measure | None:
    """The share of an annotator's answers that cannot be used; a student always answers."""
    return rate(sum(one is None for one in answers), len(answers)) if subject == "annotator" else None


def _drawn(counted: npt.NDArray[np.int64], seed: int) -> tuple[Draws, npt.NDArray[np.int64]]:
    """The F1 of each group in each resample, (resamples, groups), and the sentences that count in each group.

    Args:
        counted: (sentences, groups, 3), of sentences that are drawn together.
    """
    counting = counted.any(axis=2).sum(axis=0)
    drawn = ratios(drawn_sums(counted.astype(float), seed, RESAMPLES))[2]
    rng = np.random.default_rng(derive(seed, 0, "beta"))
    for group, n in enumerate(counting):
        if n and (drawn[:, group] == 1.0).all():
            drawn[:, group] = rng.beta(n, 1, RESAMPLES)
        elif n and (drawn[:, group] == 0.0).all():
            drawn[:, group] = rng.beta(1, n, RESAMPLES)
    return drawn, counting


def _gap(groups: Sequence[GroupScore], draws: Sequence[Draws], counting: Sequence[int]) -> Gap | None:
    """The largest difference between two groups with enough sentences, among all their pairs."""
    enough = sorted(
        (place for place, n in enumerate(counting) if n >= LEAST), key=lambda place: -groups[place].score.f1
    )
    pairs = [(one, other) for rank, one in enumerate(enough) for other in enough[rank + 1 :]]
    if not pairs:
        return None
    from statsmodels.stats.multitest import multipletests  # slow to import

    differences = {(one, other): draws[one] - draws[other] for one, other in pairs}
    p = [_p(differences[pair]) for pair in pairs]
    adjusted = multipletests(p, method="holm")[1]
    best, worst = pairs[largest := pairs.index((enough[0], enough[-1]))]
    low, high = np.quantile(differences[best, worst], (0.025, 0.975))
    difference = groups[best].score.f1 - groups[worst].score.f1
    return Gap(
        groups[best].value,
        groups[worst].value,
        difference,
        min(float(low), difference),
        max(float(high), difference),
        p[largest],
        float(adjusted[largest]),
        len(pairs),
    )


def _p(drawn: Draws) -> float:
    """Two-sided, by the normal tail."""
    spread = float(drawn.std(ddof=1))
    return 1.0 if spread == 0 else math.erfc(abs(float(drawn.mean())) / spread / math.sqrt(2))
