"""What a student has to know of a task: what it reads of an item, where it looks, and what its classes mean.

A student sees *positions*: the words of a sentence where a task labels spans, one position of an item that has exactly
one label, one yes/no position a label where an item may have several. Of every position it says how likely each class
is, (positions, classes) an item, so acquisition, soft labels, reweighting, calibration and doubts are the same code
for all tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.annotation import ItemAnswer
from ..core.document import Document, Labels
from ..core.labels import LabelSet
from ..core.tasks import UnknownTaskError, get
from ..errors import SettingsError
from .examples import Text

if TYPE_CHECKING:  # a task is also asked about where torch is not wanted
    from .readouts import Readout

FloatArray = NDArray[np.float32]


class StudentTask(Protocol):
    """A task as the student's room knows it; it has no state."""

    @property
    def readout(self) -> Readout:
        """Where the model looks; imports torch."""
        ...

    @property
    def binary(self) -> bool:
        """Whether each of the classifier's outputs is a yes/no position of its own, with the classes (no, yes), where
        else one position has all outputs as its classes."""
        ...

    @property
    def plain(self) -> bool:
        """Whether `transformers` has a plain model of this make, so that a student can be exported as one."""
        ...

    def text(self, document: Document) -> Text:
        """What the model reads of an item.

        Raises:
            ValueError: the task asks about pairs and the document has none.
        """
        ...

    def positions(self, text: Text, labels: LabelSet) -> int:
        """How many positions an item has; one without any is neither learnt nor answered."""
        ...

    def outputs(self, labels: LabelSet) -> int:
        """How many numbers the classifier gives at once."""
        ...

    def classes(self, labels: LabelSet) -> tuple[str, ...]:
        """The classes of a position, in the order of the columns."""
        ...

    def targets(self, document: Document, labels: Labels, label_set: LabelSet) -> tuple[str, ...]:
        """What is said of an item as one class a position."""
        ...

    def dropped(self, document: Document, labels: Labels) -> int:
        """How many of the spans the targets cannot hold (of overlapping ones the longest is kept, then the first)."""
        ...

    def answer(
        self, document: Document, targets: Sequence[str], probabilities: FloatArray | None, label_set: LabelSet
    ) -> ItemAnswer:
        """A prediction as an answer.

        Args:
            document: the item.
            targets: a class a position.
            probabilities: (positions, classes), calibrated: people see them; None for an answer without confidences.
            label_set: the labels.
        """
        ...

    def decode(self, probabilities: Sequence[FloatArray], classes: Sequence[str]) -> list[list[str]]:
        """The best allowed targets of each item.

        Args:
            probabilities: one (positions, classes) array an item, rows summing to 1.
            classes: of the columns.
        """
        ...

    def score(self, gold: Sequence[Sequence[str]], said: Sequence[Sequence[str]], label_set: LabelSet) -> float:
        """The F1 that early stopping looks at, 0 to 1: micro over all items, without the negative label; 0 where
        neither side says anything.

        Args:
            gold: the right targets of each item.
            said: the targets of each item as predicted.
            label_set: the labels.
        """
        ...


def of(name: str) -> StudentTask:
    """What the student knows of the task of that name.

    Raises:
        SettingsError: there is no such task, or a package's cannot be used.
    """
    try:
        found: StudentTask = get(name).room("student")
    except UnknownTaskError as error:
        raise SettingsError(f"project.task: {error}") from error
    return found
