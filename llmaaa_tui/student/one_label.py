"""What tasks share in which an item has exactly one label: one position, a class a label, the negative one included."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.annotation import GroundedClass, ItemAnswer
from ..core.document import Document, Labels
from ..core.labels import LabelSet
from ..core.states import State
from .examples import Text
from .scores import micro_f1
from .tasks import FloatArray


class OneLabel:
    """One position an item; what is read of it is left to the task."""

    binary = False
    plain = False

    def positions(self, text: Text, labels: LabelSet) -> int:
        """The item itself."""
        return 1

    def outputs(self, labels: LabelSet) -> int:
        """One a label."""
        return len(labels.names)

    def classes(self, labels: LabelSet) -> tuple[str, ...]:
        """The labels."""
        return labels.names

    def targets(self, document: Document, labels: Labels, label_set: LabelSet) -> tuple[str, ...]:
        """The label.

        Raises:
            ValueError: there is not exactly one.
        """
        if len(labels.classes) != 1:
            raise ValueError(f"{len(labels.classes)} labels of an item that has exactly one")
        return labels.classes

    def dropped(self, document: Document, labels: Labels) -> int:
        """Spans are no labels here."""
        return len(labels.spans)

    def answer(
        self, document: Document, targets: Sequence[str], probabilities: FloatArray | None, label_set: LabelSet
    ) -> ItemAnswer:
        """The label with its probability."""
        (label,) = targets
        sure = None if probabilities is None else float(probabilities[0, label_set.names.index(label)])
        return ItemAnswer(State.LABELLED, confidence=sure, classes=(GroundedClass(label, sure),))

    def decode(self, probabilities: Sequence[FloatArray], classes: Sequence[str]) -> list[list[str]]:
        """The likeliest label."""
        return [[classes[column] for column in array.argmax(axis=1)] for array in probabilities]

    def score(self, gold: Sequence[Sequence[str]], said: Sequence[Sequence[str]], label_set: LabelSet) -> float:
        """Micro F1 without the negative label; without one it is the accuracy."""
        none = {label_set.negative}
        return micro_f1(({*right} - none, {*mine} - none) for right, mine in zip(gold, said, strict=True))
