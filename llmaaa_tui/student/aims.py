"""What a training aims at for every position where that is more than its one class: shares of several, and weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .batches import Corpus
from .examples import Example
from .settings import StudentSettings

FloatArray = NDArray[np.float32]

# A position of the rarest class counts at most so many times as one of the most frequent: one seen once must not rule.
_MOST = 10.0


def aimed(corpus: Corpus, names: Sequence[str], settings: StudentSettings) -> Corpus:
    """The corpus with its `aims`, where the settings ask for any.

    A position's row holds `w[c] q[c]`: the share q of each class (one-hot; the mean over the answers with soft labels;
    then smoothed, Szegedy et al. 2016, section 7), times the weight w of that class. Cross-entropy against it is what
    torch computes for class probabilities with class weights.

    Args:
        corpus: what is learnt.
        names: the classes, in the order of the columns.
        settings: `soft_labels`, `label_smoothing` and `class_weights` count.
    """
    weights = balanced(corpus.classes, len(names)) if settings.class_weights == "balanced" else None
    if weights is None and not settings.label_smoothing and not settings.soft_labels:
        return corpus
    index = {name: number for number, name in enumerate(names)}
    aims = []
    for example, classes in zip(corpus.examples, corpus.classes, strict=True):
        answers = _answers(example, index) if settings.soft_labels else None
        shares = np.eye(len(names), dtype=np.float32)[np.asarray(answers or (classes,))].mean(axis=0)
        if settings.label_smoothing:
            shares = (1 - settings.label_smoothing) * shares + settings.label_smoothing / len(names)
        aims.append(np.asarray(shares if weights is None else shares * weights, dtype=np.float32))
    return replace(corpus, aims=tuple(aims))


def balanced(classes: Sequence[Sequence[int]], n_classes: int) -> FloatArray:
    """A weight a class (classes,): inverse to how many positions have it, at most ten times the least, 1 a position on
    average.

    Args:
        classes: the class index of every position, a sequence an item.
        n_classes: how many there are; one that no position has gets the largest weight.
    """
    counts = np.bincount([one for positions in classes for one in positions], minlength=n_classes).astype(np.float64)
    weights = counts.max() / np.maximum(counts, counts.max() / _MOST)
    return np.asarray(weights * counts.sum() / (weights * counts).sum(), dtype=np.float32)


def _answers(example: Example, index: dict[str, int]) -> tuple[tuple[int, ...], ...] | None:
    """The class indices of every answer; None where there are not several, or a person had the last word."""
    if example.trusted or len(example.answers) < 2:
        return None
    return tuple(tuple(index[name] for name in targets) for targets in example.answers)
