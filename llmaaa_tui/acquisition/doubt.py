"""Which labelled sentences to ask about again: ActiveLab (Goh & Mueller 2023, arXiv 2301.11856), for words.

ActiveLab scores an example by the probability that its consensus label is right, as a weighted mean of what the model
says, what each answer says, and 1/K, which says nothing: the fewer answers, the more the last pulls the score down.
The weights are CROWDLAB's (Goh et al. 2022, arXiv 2210.06812): how much better than always naming the commonest class.

Adapted here:
- An example is a word, its classes the tags; a sentence scores as its worst word (Wang & Mueller 2022, arXiv
  2210.03920, found the minimum best for errors in token labels). 1 for a sentence without words. An item with one label
  is an example as in the paper; one with several scores as the worst of its labels, each with the classes no and yes.
- All answers count as one annotator's, for they are samples of one: their agreement is counted over pairs.
- The consensus is the majority; the student's probability decides between equals.
- The student's probabilities are taken as they come, without a temperature of the method's own.
Where nothing was answered twice there is nothing to measure agreement by: all weights are 1, as in the authors' code,
and a word's answer counts for what the student gives its label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .contracts import Floats

Answers = npt.NDArray[np.integer[Any]]

# The least a weight or an error may be.
_LEAST = 1e-6


def doubtful(answers: Sequence[Answers], probabilities: Sequence[Floats]) -> npt.NDArray[np.float64]:
    """How far each sentence's label can be trusted, from 0 to 1: the lower, the more doubtful.

    Args:
        answers: for each sentence the class of each word in each answer, (answers, words), one answer or more.
        probabilities: for each sentence the student's softmax, (words, tags), best by a student that did not train
            on it: one that did repeats the label.

    Returns:
        (sentences,).

    Raises:
        ValueError: the two do not fit together, a sentence has no answer, a class is not among the tags, or a
            number is not finite; says which sentence, counting from 0.
    """
    if len(answers) != len(probabilities):
        raise ValueError(f"answers about {len(answers)} sentences, but probabilities of {len(probabilities)}")
    for row, (given, softmax) in enumerate(zip(answers, probabilities, strict=True)):
        _check(row, given, softmax)
    counts = [_counted(given, softmax.shape[1]) for given, softmax in zip(answers, probabilities, strict=True)]
    weights = _weights(counts, probabilities)
    return np.array(
        [_words(votes, softmax, weights).min(initial=1.0) for votes, softmax in zip(counts, probabilities, strict=True)]
    )


@dataclass(frozen=True, slots=True)
class _Weights:
    """What the student and an answer weigh, and how often an answer is the consensus; None if not measured."""

    student: float
    answer: float
    agreement: float | None


def _check(row: int, given: Answers, softmax: Floats) -> None:
    if given.ndim != 2 or not len(given):
        raise ValueError(f"sentence {row} has no answer")
    if softmax.ndim != 2 or given.shape[1] != len(softmax):
        raise ValueError(f"sentence {row}: answers of shape {given.shape}, but probabilities of shape {softmax.shape}")
    if not np.isfinite(softmax).all():
        raise ValueError(f"the student's probabilities of sentence {row} are not all numbers")
    if given.size and not (given.min() >= 0 and given.max() < softmax.shape[1]):
        raise ValueError(f"an answer about sentence {row} has a class that is not among the {softmax.shape[1]} tags")


def _counted(given: Answers, tags: int) -> npt.NDArray[np.int64]:
    """How many answers gave each word each class, (words, tags)."""
    return np.asarray((given[:, :, None] == np.arange(tags)).sum(axis=0), dtype=np.int64)


def _consensus(votes: npt.NDArray[np.int64], softmax: Floats) -> npt.NDArray[np.intp]:
    return np.asarray((votes + softmax.astype(np.float64) / 2).argmax(axis=1))


def _weights(counts: Sequence[npt.NDArray[np.int64]], probabilities: Sequence[Floats]) -> _Weights:
    """CROWDLAB's weights, over the words that have several answers."""
    several = [row for row, votes in enumerate(counts) if len(votes) and votes[0].sum() > 1]
    if not several:
        return _Weights(1, 1, None)
    votes = np.concatenate([counts[row] for row in several])
    softmax = np.concatenate([probabilities[row] for row in several])
    answers = votes.sum(axis=1)
    consensus = _consensus(votes, softmax)
    commonest = np.bincount(consensus).argmax()
    baseline = max(float((consensus != commonest).mean()), _LEAST)
    agreeing = float((votes * (votes - 1)).sum() / (answers * (answers - 1)).sum())
    student_errs = float((softmax.argmax(axis=1) != consensus).mean())
    # The mean over all words, those of a single answer among them.
    per_word = sum(int(every.sum()) for every in counts) / sum(len(every) for every in counts)
    return _Weights(
        student=max(1 - student_errs / baseline, _LEAST) * per_word**0.5,
        answer=max(1 - (1 - agreeing) / baseline, _LEAST),
        agreement=float((votes[np.arange(len(votes)), consensus] / answers).mean()),
    )


def _words(votes: npt.NDArray[np.int64], softmax: Floats, weights: _Weights) -> npt.NDArray[np.float64]:
    """Each word's score, (words,)."""
    if not len(votes):
        return np.zeros(0)
    words, tags = softmax.shape
    consensus = _consensus(votes, softmax)
    student = softmax[np.arange(words), consensus].astype(np.float64)
    answers = votes.sum(axis=1)
    same = votes[np.arange(words), consensus]
    if weights.agreement is None:
        said = answers * student
    else:
        other = (1 - weights.agreement) / max(tags - 1, 1)
        said = same * weights.agreement + (answers - same) * other
    weighed = weights.student * student + weights.answer * said + weights.answer / tags
    scores: npt.NDArray[np.float64] = weighed / (weights.student + weights.answer * (answers + 1))
    return scores
