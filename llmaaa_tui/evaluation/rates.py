"""A share of items, of which each counts once however often it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..core.snapshot import Measure
from .resample import rate

Answers = Sequence[Sequence[float | None]]
"""Of each item its repeats: 1 or true where one hit, 0 or false where not, None where it failed or refused."""


@dataclass(frozen=True, slots=True)
class Averaged:
    """Items with the repeats of each averaged.

    Attributes:
        hits: of each item that has an answer, between 0 and 1.
        places: which items these are, counted from 0.
        unanswered: answers that failed or refused, in no average.
        repeats: answers that an item was asked for, on average, rounded.
    """

    hits: npt.NDArray[np.float64]
    places: npt.NDArray[np.intp]
    unanswered: int
    repeats: int

    @property
    def n(self) -> int:
        """Items that have an answer."""
        return len(self.hits)

    @property
    def total(self) -> float:
        """Items that hit; a part of one where its repeats differ."""
        return float(self.hits.sum())

    def measure(self) -> Measure:
        """The share that hit with its exact interval; of no item, 0 in [0, 1]."""
        return rate(self.total, self.n) or Measure(0.0, 0, 0.0, 1.0)


def averaged(answers: Answers) -> Averaged:
    """Average the repeats of each item.

    Raises:
        ValueError: there is no item, or one was never asked.
    """
    if not len(answers) or not all(map(len, answers)):
        raise ValueError("a rate needs at least one item, and each item at least one answer, failed or not")
    known = [[float(one) for one in item if one is not None] for item in answers]
    places = np.array([place for place, item in enumerate(known) if item], dtype=np.intp)
    hits = np.array([sum(item) / len(item) for item in known if item], dtype=np.float64)
    asked = sum(map(len, answers))
    return Averaged(hits, places, asked - sum(map(len, known)), max(1, round(asked / len(answers))))
