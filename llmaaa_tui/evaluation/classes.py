"""Labels of whole items, one or several each: micro F1 without the negative label, by label, and accuracy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..core.document import Document, Labels
from ..core.labels import LabelSet
from .bootstrap import Evaluation, from_counts
from .spans import CORRECT, GOLD, PREDICTED, SpanCounts
from .tasks import same_items


class Classes:
    """Scores the labels of items.

    F1 is the micro average over all labels but the negative one, as TACRED is scored (Zhang et al., EMNLP 2017): an
    item that gold and answer call negative counts for nothing, so that a corpus of "no relation" is no success.
    Accuracy is the share of items whose labels are exactly gold's, the negative label included; of several labels an
    item all must be right. With one label an item, no negative label and no failed answer, precision, recall, F1 and
    accuracy are one and the same number.

    Labels are scored in the order of the label set, those that gold or an answer has; one that only the gold of a pool
    knows stands last, and is missed. Intervals draw texts: the pairs of one sentence stand or fall together.
    """

    def evaluate(
        self,
        gold: Sequence[Labels],
        said: Sequence[Labels | None],
        documents: Sequence[Document],
        labels: LabelSet,
        *,
        seed: int,
    ) -> Evaluation:
        """Score classes. See `EvaluationTask`."""
        same_items(gold, said, documents)
        every = [*gold, *(answer for answer in said if answer is not None)]
        strange = sorted({name for one in every for name in one.classes} - set(labels.names))
        names = (*labels.positive, *strange)
        column = {label: index for index, label in enumerate(names)}
        sentence: dict[str, int] = {}
        rows = [sentence.setdefault(document.text, len(sentence)) for document in documents]
        counts = np.zeros((len(sentence), len(column), 3), dtype=np.int64)
        right = np.zeros((len(sentence), 2), dtype=np.int64)
        for row, wanted, answer in zip(rows, gold, said, strict=True):
            wants, says = set(wanted.classes), set(answer.classes if answer else ())
            for kind, classes in ((CORRECT, wants & says), (PREDICTED, says), (GOLD, wants)):
                for label in classes - {labels.negative}:
                    counts[row, column[label], kind] += 1
            right[row] += (answer is not None and wants == says, 1)
        seen = counts.any(axis=(0, 2))
        kept = SpanCounts(tuple(np.array(names, dtype=object)[seen]), counts[:, seen])
        return from_counts(kept, len(gold), seed=seed, right=right)
