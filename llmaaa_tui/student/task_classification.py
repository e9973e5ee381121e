"""Classes of whole texts as the student sees them: one label a text, or a yes or no a label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..core.annotation import GroundedClass, ItemAnswer
from ..core.document import Document, Labels
from ..core.labels import LabelSet
from ..core.states import State
from ..core.tokens import words_of
from .examples import Text
from .one_label import OneLabel
from .scores import mean, micro_f1
from .tasks import FloatArray

if TYPE_CHECKING:
    from .readouts import Readout

NO, YES = "no", "yes"


class _WholeText:
    """A text is read as a whole."""

    @property
    def readout(self) -> Readout:
        """The mean over the whole text."""
        from .readouts import Mean

        return Mean()

    def text(self, document: Document) -> Text:
        """The document's words."""
        return Text(tuple(document.text[start:end] for start, end in words_of(document)))


class Single(_WholeText, OneLabel):
    """Exactly one label a text."""


class Several(_WholeText):
    """Any number of labels a text: a yes/no position each, in the order of the label set."""

    binary = True
    plain = False

    def positions(self, text: Text, labels: LabelSet) -> int:
        """One a label."""
        return len(labels.names)

    def outputs(self, labels: LabelSet) -> int:
        """One a label."""
        return len(labels.names)

    def classes(self, labels: LabelSet) -> tuple[str, ...]:
        """No and yes."""
        return NO, YES

    def targets(self, document: Document, labels: Labels, label_set: LabelSet) -> tuple[str, ...]:
        """Whether each label is said.

        Raises:
            ValueError: a label is not in the set.
        """
        said = label_set.in_order(labels.classes)
        return tuple(YES if name in said else NO for name in label_set.names)

    def dropped(self, document: Document, labels: Labels) -> int:
        """Spans are no labels here."""
        return len(labels.spans)

    def answer(
        self, document: Document, targets: Sequence[str], probabilities: FloatArray | None, label_set: LabelSet
    ) -> ItemAnswer:
        """The labels with a yes and its probability; the answer's confidence is the mean over all yes and no."""
        sure: list[float | None] = [None] * len(targets)
        whole = None
        if probabilities is not None:
            found = [float(row[int(target == YES)]) for target, row in zip(targets, probabilities, strict=True)]
            sure, whole = [*found], mean(found)
        classes = tuple(
            GroundedClass(name, confidence)
            for name, target, confidence in zip(label_set.names, targets, sure, strict=True)
            if target == YES
        )
        return ItemAnswer(State.LABELLED if classes else State.EMPTY, confidence=whole, classes=classes)

    def decode(self, probabilities: Sequence[FloatArray], classes: Sequence[str]) -> list[list[str]]:
        """Yes where that is likelier than no."""
        return [[classes[column] for column in array.argmax(axis=1)] for array in probabilities]

    def score(self, gold: Sequence[Sequence[str]], said: Sequence[Sequence[str]], label_set: LabelSet) -> float:
        """Micro F1 over all labels but the negative one."""

        def names(targets: Sequence[str]) -> set[str]:
            found = {name for name, target in zip(label_set.names, targets, strict=True) if target == YES}
            return found - {label_set.negative or ""}

        return micro_f1((names(right), names(mine)) for right, mine in zip(gold, said, strict=True))


SINGLE = Single()
SEVERAL = Several()
