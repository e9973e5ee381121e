"""The annotator that already knows: hidden gold answers as if it had been asked. Nothing is sent, nothing is paid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..core.annotation import GroundedClass, GroundedSpan, ItemAnswer
from ..core.document import Labels
from ..core.labels import LabelSet
from ..core.states import Failure, State
from .contracts import PlanItem


class GoldAnnotator:
    """Answers from known labels (`annotator.provider = "gold"`); nested spans stay as they are.

    Args:
        name: of the annotator, as annotations record it.
        gold: item id → its labels; none at all says "nothing here", an item that is not in it has no answer.
        labels: of the project; an item whose gold names another one has no answer that could be learnt.
    """

    def __init__(self, name: str, gold: Mapping[int, Labels], labels: LabelSet) -> None:
        self.name = name
        self._gold = gold
        self._labels = labels

    def answers(self, items: Iterable[PlanItem]) -> dict[int, ItemAnswer]:
        """One answer an item; an item without gold fails, for a gap in the gold does not say "nothing here"."""
        return {item.item: self._answer(item.item) for item in items}

    def _answer(self, item: int) -> ItemAnswer:
        if item not in self._gold:
            return ItemAnswer(State.FAILED, failure=Failure.NO_ANSWER, detail="this item has no gold label")
        gold = self._gold[item]
        strange = sorted({*gold.names} - {*self._labels.names})
        if strange:
            detail = f"its gold names what is no label of this project: {', '.join(strange)}"
            return ItemAnswer(State.FAILED, failure=Failure.UNKNOWN_LABEL, detail=detail)
        return ItemAnswer(
            State.LABELLED if gold else State.EMPTY,
            spans=tuple(GroundedSpan(span) for span in sorted(gold.spans)),
            classes=tuple(GroundedClass(label) for label in gold.classes),
        )
