"""What evaluation must know of a task: how what was said of items is held against their gold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..core.document import Document, Labels
from ..core.labels import LabelSet
from ..core.tasks import UnknownTaskError, get
from ..errors import SettingsError
from .bootstrap import Evaluation


class EvaluationTask(Protocol):
    """How one task is scored."""

    def evaluate(
        self,
        gold: Sequence[Labels],
        said: Sequence[Labels | None],
        documents: Sequence[Document],
        labels: LabelSet,
        *,
        seed: int,
    ) -> Evaluation:
        """Score what was said of every item, all figures on the same resamples.

        A failed answer is never "nothing here": it finds nothing, so that every gold label is missed, and it is
        wrong in the accuracy even where gold says nothing.

        Args:
            gold: of each item; that of a pool may name labels that the set does not have.
            said: of each item; None where the answer failed.
            documents: the items themselves, for their words and for which of them stand in one sentence.
            labels: of the task; the negative one counts for no F1.
            seed: of the intervals; the same seed draws the same sentences.

        Raises:
            ValueError: the three do not count the same items.
        """


def of(name: str) -> EvaluationTask:
    """How the task of that name is scored.

    Raises:
        SettingsError: there is no such task.
    """
    try:
        task: EvaluationTask = get(name).room("evaluation")
    except UnknownTaskError as error:
        raise SettingsError(f"project.task: {error}") from error
    return task


def same_items(gold: Sequence[object], said: Sequence[object], documents: Sequence[object]) -> None:
    """Raises ValueError where the three do not count the same items."""
    if not len(gold) == len(said) == len(documents):
        raise ValueError(f"{len(gold)} gold, {len(said)} said and {len(documents)} documents do not match")
