"""How good the bought labels are, on the items picked: for those are the hard ones, the figure stands apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.document import Document, Labels
from ..core.labels import LabelSet
from ..core.snapshot import Score
from .tasks import EvaluationTask, same_items


@dataclass(frozen=True, slots=True)
class PickedScore:
    """The annotator against hidden gold.

    Attributes:
        answered: over the items with an answer, None where there is none: what the student trains on.
        everything: the failed ones too, as if nothing had been found there; None without hidden gold.
        failed: items without a usable answer among those with hidden gold.
        without_gold: items left out because their file brought no gold.
    """

    answered: Score | None
    everything: Score | None
    failed: int
    without_gold: int


def picked_score(
    task: EvaluationTask,
    gold: Sequence[Labels | None],
    bought: Sequence[Labels | None],
    documents: Sequence[Document],
    labels: LabelSet,
    *,
    seed: int,
) -> PickedScore:
    """Score bought labels as the student sees them.

    Args:
        task: how they are scored.
        gold: hidden gold of each item; None where its file had none, `NOTHING` for "nothing here".
        bought: what the annotator said; None where it failed, `NOTHING` for "nothing here".
        documents: the items.
        labels: of the task.
        seed: of the intervals.

    Raises:
        ValueError: the three do not count the same items.
    """
    same_items(gold, bought, documents)
    known = [
        (wanted, said, document)
        for wanted, said, document in zip(gold, bought, documents, strict=True)
        if wanted is not None
    ]
    answered = [row for row in known if row[1] is not None]

    def score(rows: Sequence[tuple[Labels, Labels | None, Document]]) -> Score | None:
        if not rows:
            return None
        wanted, said, items = zip(*rows, strict=True)
        return task.evaluate(wanted, said, items, labels, seed=seed).overall

    return PickedScore(
        answered=score(answered),
        everything=score(known),
        failed=len(known) - len(answered),
        without_gold=len(gold) - len(known),
    )
