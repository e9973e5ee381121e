"""What a training aims at for every word where that is more than its one tag: shares of several tags, and weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .batches import Corpus
from .examples import Example
from .settings import StudentSettings

FloatArray = NDArray[np.float32]

# A word of the rarest tag counts at most so many times as one of the most frequent: a tag seen once must not rule.
_MOST = 10.0


def aimed(corpus: Corpus, tags: Sequence[str], settings: StudentSettings) -> Corpus:
    """The corpus with its `aims`, where the settings ask for any.

    A word's row holds `w[t] q[t]`: the share q of each tag (one-hot; the mean over the answers with soft labels; then
    smoothed, Szegedy et al. 2016, section 7), times the weight w of that tag. Cross-entropy against it is what torch
    computes for class probabilities with class weights.

    Args:
        corpus: what is learnt.
        tags: the tag inventory.
        settings: `soft_labels`, `label_smoothing` and `class_weights` count.
    """
    weights = balanced(corpus.classes, len(tags)) if settings.class_weights == "balanced" else None
    if weights is None and not settings.label_smoothing and not settings.soft_labels:
        return corpus
    index = {tag: number for number, tag in enumerate(tags)}
    aims = []
    for example, classes in zip(corpus.examples, corpus.classes, strict=True):
        answers = _answers(example, index) if settings.soft_labels else None
        shares = np.eye(len(tags), dtype=np.float32)[np.asarray(answers or (classes,))].mean(axis=0)
        if settings.label_smoothing:
            shares = (1 - settings.label_smoothing) * shares + settings.label_smoothing / len(tags)
        aims.append(np.asarray(shares if weights is None else shares * weights, dtype=np.float32))
    return replace(corpus, aims=tuple(aims))


def balanced(classes: Sequence[Sequence[int]], n_tags: int) -> FloatArray:
    """A weight a tag (tags,): inverse to how many words have it, at most ten times the least, 1 a word on average.

    Args:
        classes: the tag index of every word, a sequence a sentence.
        n_tags: size of the tag inventory; a tag that no word has gets the largest weight.
    """
    counts = np.bincount([tag for words in classes for tag in words], minlength=n_tags).astype(np.float64)
    weights = counts.max() / np.maximum(counts, counts.max() / _MOST)
    return np.asarray(weights * counts.sum() / (weights * counts).sum(), dtype=np.float32)


def _answers(example: Example, index: dict[str, int]) -> tuple[tuple[int, ...], ...] | None:
    """The tag indices of every answer; None where there are not several, or a person had the last word."""
    if example.trusted or len(example.answers) < 2:
        return None
    return tuple(tuple(index[tag] for tag in tags) for tags in example.answers)
