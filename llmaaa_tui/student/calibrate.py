"""How sure the student may say it is: one temperature fitted on dev, and how far confidence and truth lie apart."""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

BINS = 15
_FOLDS = 5
_LEAST, _MOST = 0.2, 5.0
_TINY = 1e-12
_GOLDEN = (math.sqrt(5) - 1) / 2
_STEPS = 40


@dataclass(frozen=True, slots=True)
class Calibration:
    """What dev says about a student's confidence.

    Args:
        temperature: by which logits are divided before the softmax; above 1 where the student is too sure of itself.
        ece: expected calibration error over dev's positions with a temperature that never saw their item, 0 to 1.
        ece_raw: the same without a temperature.
        words: how many positions these are: words, where a task labels spans.
    """

    temperature: float
    ece: float
    ece_raw: float
    words: int


def calibrate(
    probabilities: Sequence[FloatArray],
    classes: Sequence[Sequence[int]],
    seed: int,
    texts: Sequence[Hashable] | None = None,
) -> Calibration | None:
    """Fit a temperature on dev (Guo et al. 2017) and measure by cross-fitting what it is worth.

    For the errors, dev's texts are dealt into 5 folds, each text with all its items, and the positions of a fold get
    the temperature of the other four; the temperature given is that of all. Dev has also chosen the best epoch, which
    flatters the errors a little.

    Args:
        probabilities: what the student says, (positions, classes) an item, rows summing to 1.
        classes: the right class index of every position.
        seed: of the folds.
        texts: what the text of each item is known by; None where every item has its own.

    Returns:
        None where there are fewer texts with positions than folds.
    """
    kept = [index for index, right in enumerate(classes) if len(right)]
    random.Random(f"{seed} calibration").shuffle(kept)
    dealt: dict[Hashable, list[int]] = {}
    for index in kept:
        dealt.setdefault(index if texts is None else texts[index], []).append(index)
    if len(dealt) < _FOLDS:
        return None
    folds = [[index for items in list(dealt.values())[fold::_FOLDS] for index in items] for fold in range(_FOLDS)]
    logs = [_logs(np.concatenate([probabilities[index] for index in fold])) for fold in folds]
    rights = [np.concatenate([np.asarray(classes[index]) for index in fold]) for fold in folds]
    held: list[NDArray[np.float64]] = []
    for fold in range(_FOLDS):
        others = [other for other in range(_FOLDS) if other != fold]
        fitted = temperature(
            np.concatenate([logs[other] for other in others]), np.concatenate([rights[other] for other in others])
        )
        held.append(_softmax(logs[fold] / fitted))
    everything, right = np.concatenate(logs), np.concatenate(rights)
    return Calibration(
        temperature(everything, right), ece(np.concatenate(held), right), ece(np.exp(everything), right), len(right)
    )


def temperature(logits: NDArray[np.float64], right: NDArray[Any]) -> float:
    """The temperature of 0.2 to 5 under which the right classes are likeliest; golden-section search over its log.

    Args:
        logits: (positions, classes), up to a constant a row.
        right: the right class index of every position (positions,).
    """
    low, high = math.log(_LEAST), math.log(_MOST)
    left, up = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    losses = [_loss(logits, right, left), _loss(logits, right, up)]
    for _ in range(_STEPS):
        # The loss is convex in 1 / temperature, so it has one valley here too.
        if losses[0] <= losses[1]:
            high, up = up, left
            left = high - _GOLDEN * (high - low)
            losses = [_loss(logits, right, left), losses[0]]
        else:
            low, left = left, up
            up = low + _GOLDEN * (high - low)
            losses = [losses[1], _loss(logits, right, up)]
    return math.exp((low + high) / 2)


def ece(probabilities: NDArray[Any], right: NDArray[Any], bins: int = BINS) -> float:
    """The expected calibration error of the likeliest classes (Naeini et al. 2015), in bins of as many positions each.

    Most words of a sentence are plainly no name and all fall into the last of bins of equal width, so those say little;
    bins of equal mass look at as many words everywhere (Nguyen & O'Connor 2015).

    Args:
        probabilities: (positions, classes), at least one position.
        right: the right class index of every position (positions,).
        bins: how many.
    """
    sure, hit = probabilities.max(axis=1), probabilities.argmax(axis=1) == right
    order = np.argsort(sure, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return sum(abs(float(sure[part].mean() - hit[part].mean())) * len(part) for part in parts) / len(right)


def tempered(probabilities: FloatArray, by: float) -> FloatArray:
    """Probabilities (positions, classes) as they are at another temperature: `softmax(log p / by)`."""
    return np.asarray(_softmax(_logs(probabilities) / by), dtype=np.float32)


def recorded(record: Mapping[str, Any]) -> Calibration | None:
    """What a checkpoint's record (`checkpoint.read_record`) tells of it; None where it had too little dev."""
    if record.get("temperature") is None:
        return None
    return Calibration(record["temperature"], record["ece"], record["ece_raw"], record["ece_words"])


def to_record(found: Calibration | None) -> dict[str, float | int | None]:
    """How a checkpoint's record holds it."""
    if found is None:
        return dict.fromkeys(("temperature", "ece", "ece_raw", "ece_words"))
    return {
        "temperature": found.temperature,
        "ece": found.ece,
        "ece_raw": found.ece_raw,
        "ece_words": found.words,
    }


def _logs(probabilities: NDArray[Any]) -> NDArray[np.float64]:
    """Logits up to a constant a row: the softmax takes any of them to the same probabilities."""
    return np.log(np.maximum(probabilities.astype(np.float64), _TINY))


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _loss(logits: NDArray[np.float64], right: NDArray[Any], log_temperature: float) -> float:
    scaled = logits / math.exp(log_temperature)
    highest = scaled.max(axis=1)
    total = highest + np.log(np.exp(scaled - highest[:, None]).sum(axis=1))
    return float((total - scaled[np.arange(len(right)), right]).mean())
