"""Automatic reweighting of noisy labels by gold sentences (arXiv 2310.19596, section 3.3; Ren et al. 2018).

Each sentence of a step is scored by how much a step on it would lower the loss of the gold (meta) sentences, see
`influence`. Two forms turn scores into weights:

- "published": the paper's. The scores are exact, against one gold batch as large as the step's (all gold sentences
  where there are fewer), and the weights are max(0, score), scaled to a mean of 1. Where no score is above 0 all
  weights are 0 and no step is taken; the training counts it.
- "smoothed": from the second epoch on, every epoch begins by scoring all sentences against all gold ones, by the share
  of the classifier and the last layers' attention, which takes one pass and no gradient of a weight. A score is the
  cosine of the two gradients, so a sentence that is learnt well already is not taken for a useless one. It keeps a
  running mean of its cosines and weighs ½ more than that, between a floor and 1, scaled to a mean of 1; its own weight
  (1 in the loop) is a prior that multiplies this. So no step is skipped, one unlucky comparison moves little, and the
  first epoch, in which the new layer knows nothing, is plain.

In both, a trusted sentence weighs at least 1. What is reported is each sentence's mean weight over the second half of
the epochs done, scaled to a mean of 1. Few gold sentences make noisy scores: with a handful "published" follows their
accidents; "smoothed" less so. On a CPU the same seed gives the same weights.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import fmean

from ..errors import SettingsError
from .batches import Corpus
from .influence import direction, exact_scores, last_gradient, last_scores, length
from .settings import StudentSettings
from .weigh import ExampleWeights, Step, Weigher

# How much of its running mean a sentence keeps from one epoch to the next.
_KEPT = 0.5
_FLOOR = 0.1
_TINY = 1e-12


def weigher_of(settings: StudentSettings, meta: Corpus, seed: int) -> Weigher:
    """The weigher that `settings.reweight` names.

    Args:
        settings: of the training.
        meta: the gold sentences to look at; none of them is learnt.
        seed: of the gold batches.

    Raises:
        SettingsError: there is none of that name, or it has no gold sentences to look at.
    """
    if settings.reweight == "none":
        return ExampleWeights()
    if settings.reweight not in ("published", "smoothed"):
        raise SettingsError(f"student.reweight: {settings.reweight!r} is not known; choose none, published or smoothed")
    if not meta.examples:
        raise SettingsError(
            f"student.reweight: {settings.reweight!r} looks at gold sentences and there is no meta set; "
            'give one (llmaaa new --meta FILE) or choose "none"'
        )
    return Published(meta, seed) if settings.reweight == "published" else Smoothed(meta)


class Record:
    """What every sentence weighed, epoch by epoch."""

    def __init__(self) -> None:
        self._epochs: dict[int, dict[int, float]] = {}
        self._size = 0

    def add(self, step: Step, weights: Sequence[float]) -> None:
        """Note the weights of a step."""
        self._size = len(step.corpus.examples)
        self._epochs.setdefault(step.epoch, {}).update(zip(step.batch, weights, strict=True))

    def means(self) -> tuple[float, ...] | None:
        """The mean over the second half of the epochs done, 1 on average; None where nothing was weighed."""
        if not self._epochs:
            return None
        late = [weights for epoch, weights in self._epochs.items() if epoch > max(self._epochs) // 2]
        found = [
            fmean([weights[index] for weights in late if index in weights] or [1.0]) for index in range(self._size)
        ]
        mean = fmean(found)
        return tuple(one / mean if mean else 1.0 for one in found)


class Published:
    """The paper's weights: per step, exact, against one gold batch."""

    mixed = True

    def __init__(self, meta: Corpus, seed: int) -> None:
        self._meta, self._record = meta, Record()
        self._order = random.Random(f"{seed} gold batches")

    def weigh(self, step: Step) -> Sequence[float]:
        """max(0, score) of each, scaled to a mean of 1; all 0 where no score is above 0."""
        gold = range(len(self._meta.examples))
        chosen = self._order.sample(gold, min(len(step.batch), len(gold)))
        along = direction(step.model, step.device, self._meta, chosen, step.rates)
        scores = exact_scores(step.model, step.device, step.corpus, step.batch, along)
        above = [max(0.0, score) for score in scores]
        mean = fmean(above)
        weights = _with_trusted(step, [one / mean if mean else 0.0 for one in above])
        self._record.add(step, weights)
        return weights

    def weights(self) -> tuple[float, ...] | None:
        """The mean weight of each sentence, 1 on average."""
        return self._record.means()


class Smoothed:
    """One number a sentence, smoothed over the epochs: what pulls away from the gold sentences counts less."""

    mixed = False

    def __init__(self, meta: Corpus) -> None:
        self._meta, self._record = meta, Record()
        self._scored = 1
        self._cosines: list[float] = []
        self._weights: list[float] = []

    def weigh(self, step: Step) -> Sequence[float]:
        """Between the floor and 1 by the mean cosine, scaled to a mean of 1 over all, times each one's own weight."""
        if step.epoch > self._scored:
            self._scored = step.epoch
            self._score(step)
        own = [step.corpus.examples[index].weight for index in step.batch]
        if self._weights:
            own = [self._weights[index] * one for index, one in zip(step.batch, own, strict=True)]
        weights = _with_trusted(step, own)
        self._record.add(step, weights)
        return weights

    def weights(self) -> tuple[float, ...] | None:
        """The mean weight of each sentence, 1 on average."""
        return self._record.means()

    def _score(self, step: Step) -> None:
        now = last_cosines(step, self._meta)
        before = self._cosines or now
        self._cosines = [_KEPT * old + (1 - _KEPT) * new for old, new in zip(before, now, strict=True)]
        raw = [min(1.0, max(_FLOOR, 0.5 + cosine)) for cosine in self._cosines]
        mean = fmean(raw)
        self._weights = [one / mean for one in raw]


def last_cosines(step: Step, meta: Corpus) -> list[float]:
    """The cosine of the last layers' gradient of each sentence of the corpus with that of all gold sentences."""
    gold = last_gradient(step.model, step.device, meta, range(len(meta.examples)))
    everyone = range(len(step.corpus.examples))
    scores, lengths = last_scores(step.model, step.device, step.corpus, everyone, gold, step.rates)
    whole = length(gold, step.rates)
    return [score / max(one * whole, _TINY) for score, one in zip(scores, lengths, strict=True)]


def _with_trusted(step: Step, weights: Sequence[float]) -> list[float]:
    examples = step.corpus.examples
    return [
        max(1.0, weight) if examples[index].trusted else weight
        for index, weight in zip(step.batch, weights, strict=True)
    ]
