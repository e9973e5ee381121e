"""The items that annotators are compared on, and how what is said of one counts: spans by words, labels by items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core.document import Document, Labels
from ..core.labels import LabelSet
from ..core.snapshot import Score
from ..core.tasks import Shape, Task
from ..core.tokens import to_spans, to_tags, words_of
from .bootstrap import Evaluation
from .resample import Array
from .spans import ratios
from .tasks import EvaluationTask, same_items

_YES, _NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Sample:
    """Items with gold.

    Attributes:
        task: what they are labelled for.
        gold: of each item.
        documents: the items.
        labels: of the task.
    """

    task: Task
    gold: Sequence[Labels]
    documents: Sequence[Document]
    labels: LabelSet

    def __post_init__(self) -> None:
        same_items(self.gold, self.gold, self.documents)

    def __len__(self) -> int:
        return len(self.gold)

    @property
    def spans(self) -> bool:
        """Whether labels are stretches of the text."""
        return self.task.shape is Shape.SPANS

    @property
    def outside(self) -> str | None:
        """What a position says that says nothing; None where every label says something."""
        return {Shape.SPANS: "O", Shape.ONE: self.labels.negative, Shape.MANY: _NO}[self.task.shape]

    def texts(self, places: Sequence[int]) -> list[str] | None:
        """Of some items the texts that are drawn whole; None where each item is drawn by itself."""
        return None if self.spans else [self.documents[place].text for place in places]

    def targets(self, place: int, said: Labels) -> list[str]:
        """One name a position: the tag of every word, the label of the item, or yes or no to every label."""
        match self.task.shape:
            case Shape.SPANS:
                return to_tags(said.spans, words_of(self.documents[place]))
            case Shape.ONE:
                return ["+".join(said.classes)]
            case _:
                return [_YES if name in said.classes else _NO for name in self.labels.names]

    def found(self, place: int, said: Labels) -> frozenset[object]:
        """The labels that count for F1, as `EvaluationTask` counts them."""
        if self.spans:
            words = words_of(self.documents[place])
            return frozenset(to_spans(to_tags(said.spans, words), words))
        return frozenset(said.classes) - {self.labels.negative}

    def counts(self, said: Sequence[Labels | None]) -> Array:
        """Correct, said and gold labels of each item, (items, 3); None found nothing."""
        rows = []
        for place, (wanted, answer) in enumerate(zip(self.gold, said, strict=True)):
            right = self.found(place, wanted)
            names = frozenset() if answer is None else self.found(place, answer)
            rows.append((len(right & names), len(names), len(right)))
        return np.array(rows, dtype=float).reshape(len(rows), 3)

    def evaluate(self, said: Sequence[Labels | None], places: Sequence[int], seed: int) -> Evaluation:
        """Score what was said of some items, as the task scores."""
        task: EvaluationTask = self.task.room("evaluation")
        return task.evaluate(
            [self.gold[place] for place in places],
            [said[place] for place in places],
            [self.documents[place] for place in places],
            self.labels,
            seed=seed,
        )

    def score(self, said: Sequence[Labels | None], places: Sequence[int], seed: int) -> Score | None:
        """F1 over some items; None over none."""
        return self.evaluate(said, places, seed).overall if places else None


def f1_of(sums: Array) -> Array:
    """F1 of summed counts (draws, 3); 0 where nothing was right."""
    f1: Array = ratios(sums)[2]
    return f1
