"""Named entities: exact spans, as seqeval counts them over the words that the student sees."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.document import Document, Labels
from ..core.labels import LabelSet
from ..core.tokens import to_tags, words_of
from .bootstrap import Evaluation, evaluate
from .tasks import same_items


class Ner:
    """Micro span F1; spans are flattened to one IOB2 tag a word first, as in training. There is no accuracy."""

    def evaluate(
        self,
        gold: Sequence[Labels],
        said: Sequence[Labels | None],
        documents: Sequence[Document],
        labels: LabelSet,
        *,
        seed: int,
    ) -> Evaluation:
        """Score spans; each document is a sentence of its own. See `EvaluationTask`."""
        same_items(gold, said, documents)
        words = [words_of(document) for document in documents]
        return evaluate(
            [to_tags(one.spans, offsets) for one, offsets in zip(gold, words, strict=True)],
            [to_tags(() if one is None else one.spans, offsets) for one, offsets in zip(said, words, strict=True)],
            seed=seed,
        )


TASK = Ner()
