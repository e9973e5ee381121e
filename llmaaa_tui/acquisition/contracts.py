"""What a strategy is given and what it gives back: arrays and ids, no store and no globals."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]

PROBABILITIES = "probabilities"
EMBEDDINGS = "embeddings"
GRADIENTS = "gradients"
DRAWS = "draws"
COMMITTEE = "committee"
LABELLED = "labelled"
DISAGREEMENT = "disagreement"

NEEDS = frozenset({PROBABILITIES, EMBEDDINGS, GRADIENTS, DRAWS, COMMITTEE, LABELLED, DISAGREEMENT})
"""What a strategy may ask of the view: the names of its optional attributes."""


@dataclass(frozen=True, slots=True)
class PoolView:
    """The items that may be picked, with what students say about them; what no strategy asked for is None.

    A position is what the student gives one class to: a word of a sentence and its tag; the item as a whole; or each
    label of an item that may have several, with the classes no and yes. Where a paper speaks of the words and tags of a
    sentence, a strategy takes the positions and classes of an item.

    Attributes:
        ids: the items' ids, each once.
        probabilities: for each item the student's softmax, (positions, classes); (0, classes) where it has no position.
        embeddings: mean-pooled encoder states, (items, dimensions).
        gradients: the gradient of the loss in the classifier's weights, as the student's own answers make it, sketched,
            (items, dimensions).
        draws: passes with dropout, each like `probabilities`.
        committee: several students, each like `probabilities`; they know the same classes.
        labelled: embeddings of the items labelled already, (labelled, dimensions), in the space of `embeddings`.
        disagreement: how far annotator and student differed on each labelled item before it was learnt,
            (labelled,), from 0 to 1.

    Raises:
        ValueError: two of them do not count the same items or dimensions.
    """

    ids: Sequence[int]
    probabilities: Sequence[Floats] | None = None
    embeddings: Floats | None = None
    gradients: Floats | None = None
    draws: Sequence[Sequence[Floats]] | None = None
    committee: Sequence[Sequence[Floats]] | None = None
    labelled: Floats | None = None
    disagreement: Floats | None = None

    def __post_init__(self) -> None:
        counted: list[tuple[str, Sized | None]] = [
            (PROBABILITIES, self.probabilities),
            (EMBEDDINGS, self.embeddings),
            (GRADIENTS, self.gradients),
            *((DRAWS, member) for member in self.draws or ()),
            *((COMMITTEE, member) for member in self.committee or ()),
        ]
        for name, rows in counted:
            if rows is not None and len(rows) != len(self.ids):
                raise ValueError(f"{name} of {len(rows)} items for a pool of {len(self.ids)}")
        if self.labelled is not None:
            if self.disagreement is not None and len(self.disagreement) != len(self.labelled):
                raise ValueError(f"disagreement on {len(self.disagreement)} of {len(self.labelled)} labelled items")
            if self.embeddings is not None and self.embeddings.shape[1:] != self.labelled.shape[1:]:
                raise ValueError(
                    f"embeddings of shape {self.embeddings.shape} cannot be compared with labelled ones of shape "
                    f"{self.labelled.shape}"
                )


@dataclass(frozen=True, slots=True)
class Selection:
    """What was picked, best first.

    Attributes:
        ids: the picked items in rank order.
        scores: why, one a picked item, in the strategy's own unit: its uncertainty, the share of the pool that its
            cluster holds, its distance to what was picked before; None where nothing was measured.
        all_scores: the score of every item in the order of the pool's ids, where the strategy has one.
    """

    ids: list[int]
    scores: list[float | None]
    all_scores: npt.NDArray[np.float64] | None = None


class Strategy(Protocol):
    """Chooses whom to ask about next."""

    @property
    def name(self) -> str:
        """Its name in `loop.strategy`."""

    @property
    def needs(self) -> frozenset[str]:
        """What the view must hold: names of `NEEDS`."""

    def select(self, view: PoolView, n: int, rng: np.random.Generator) -> Selection:
        """Pick `n` of the pool, or all of it where it holds fewer; the same whatever order the pool comes in.

        Raises:
            ValueError: `n` is negative, the view lacks what the strategy needs, or a number is not finite.
        """


def check_request(strategy: Strategy, view: PoolView, n: int) -> None:
    """Refuse a negative `n` and a view without what the strategy needs.

    Raises:
        ValueError: see above.
    """
    if n < 0:
        raise ValueError(f"cannot pick {n} items")
    missing = sorted(need for need in strategy.needs if getattr(view, need) is None)
    if missing:
        raise ValueError(f"strategy {strategy.name} needs the pool's {' and '.join(missing)}")
