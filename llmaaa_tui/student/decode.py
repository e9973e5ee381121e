"""Constrained BIO decoding: the best tag sequence in which every I- continues an entity of its own label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

# Sentences decoded together: enough to vectorise, few enough that back pointers stay small.
_TOGETHER = 256


def allowed(tags: Sequence[str]) -> NDArray[np.bool_]:
    """Which tag may follow which: (tags, tags), row before, column after; only B-X and I-X come before I-X."""
    rule = np.ones((len(tags), len(tags)), dtype=np.bool_)
    for column, after in enumerate(tags):
        if after.startswith("I-"):
            rule[:, column] = [before[2:] == after[2:] and before != "O" for before in tags]
    return rule


def decode(probabilities: Sequence[FloatArray], tags: Sequence[str]) -> list[list[str]]:
    """The most probable legal tags of each sentence (Viterbi over log-probabilities).

    Args:
        probabilities: one (words, tags) array a sentence, rows summing to 1.
        tags: the IOB2 inventory, in the order of the columns.

    Raises:
        ValueError: an array has another number of columns than there are tags.
    """
    for array in probabilities:
        if array.ndim != 2 or array.shape[1] != len(tags):
            raise ValueError(f"an array of shape {array.shape} for {len(tags)} tags")
    result: list[list[str]] = [[] for _ in probabilities]
    order = sorted((i for i, array in enumerate(probabilities) if len(array)), key=lambda i: len(probabilities[i]))
    barred = np.where(allowed(tags), 0.0, -np.inf)
    opening = np.where([tag.startswith("I-") for tag in tags], -np.inf, 0.0)
    names = np.array(tags, dtype=object)
    for begin in range(0, len(order), _TOGETHER):
        group = order[begin : begin + _TOGETHER]
        paths = _viterbi([probabilities[i] for i in group], barred, opening)
        for index, path in zip(group, names[paths].tolist(), strict=True):
            result[index] = path[: len(probabilities[index])]
    return result


def entities(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """(first word, word after the last, label) of each entity of IOB2 tags."""
    found: set[tuple[int, int, str]] = set()
    start = 0
    for index, tag in enumerate(tags):
        if tag.startswith("B-") or (tag != "O" and (index == 0 or tags[index - 1][2:] != tag[2:])):
            start = index
        goes_on = index + 1 < len(tags) and tags[index + 1] == f"I-{tag[2:]}"
        if tag != "O" and not goes_on:
            found.add((start, index + 1, tag[2:]))
    return found


def _viterbi(
    arrays: Sequence[FloatArray], barred: NDArray[np.float64], opening: NDArray[np.float64]
) -> NDArray[np.intp]:
    """The best tag index of every word, (sentences, words of the longest); what follows a shorter one means nothing."""
    lengths = np.array([len(array) for array in arrays])
    longest, n_tags = int(lengths.max()), len(opening)
    live = np.arange(longest) < lengths[:, None]
    scores = np.zeros((len(arrays), longest, n_tags))
    # The floor keeps a probability of 0 possible where the rule leaves no better tag.
    scores[live] = np.log(np.maximum(np.concatenate(arrays), 1e-30, dtype=np.float64))
    # After its end a sentence stays in its last tag, so that all are followed back from the same place.
    back = np.tile(np.arange(n_tags), (len(arrays), longest, 1))
    best = scores[:, 0] + opening
    for position in range(1, longest):
        through, on = best[:, :, None] + barred, live[:, position, None]
        back[:, position] = np.where(on, through.argmax(axis=1), back[:, position])
        best = np.where(on, through.max(axis=1) + scores[:, position], best)
    paths = np.empty((len(arrays), longest), dtype=np.intp)
    paths[:, -1] = best.argmax(axis=1)
    rows = np.arange(len(arrays))
    for position in range(longest - 1, 0, -1):
        paths[:, position - 1] = back[rows, position, paths[:, position]]
    return paths
