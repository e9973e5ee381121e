"""Spans as the student sees them: an IOB2 tag a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..core.annotation import GroundedSpan, ItemAnswer
from ..core.document import Document, Labels, Span
from ..core.labels import LabelSet
from ..core.states import State
from ..core.tokens import to_tags, words_of
from .decode import decode, entities
from .examples import Text
from .scores import mean, micro_f1
from .tasks import FloatArray

if TYPE_CHECKING:
    from .readouts import Readout


class Spans:
    """Named entities, or anything else that is a labelled stretch of words."""

    binary = False
    plain = True

    @property
    def readout(self) -> Readout:
        """The first sub-word of each word."""
        from .readouts import FirstSubWords

        return FirstSubWords()

    def text(self, document: Document) -> Text:
        """The document's words."""
        return Text(tuple(document.text[start:end] for start, end in words_of(document)))

    def positions(self, text: Text, labels: LabelSet) -> int:
        """One a word."""
        return len(text.words)

    def outputs(self, labels: LabelSet) -> int:
        """One a tag."""
        return len(labels.iob2)

    def classes(self, labels: LabelSet) -> tuple[str, ...]:
        """The IOB2 tags."""
        return labels.iob2

    def targets(self, document: Document, labels: Labels, label_set: LabelSet) -> tuple[str, ...]:
        """A tag a word; of overlapping spans the longest wins, then the first."""
        return tuple(to_tags(labels.spans, words_of(document)))

    def dropped(self, document: Document, labels: Labels) -> int:
        """Spans that overlap a longer one, or touch no word."""
        return len(labels.spans) - len(entities(to_tags(labels.spans, words_of(document))))

    def answer(
        self, document: Document, targets: Sequence[str], probabilities: FloatArray | None, label_set: LabelSet
    ) -> ItemAnswer:
        """Spans whose confidence is the mean probability of their words' tags; the answer's is that over all words."""
        words, tags = words_of(document), label_set.iob2
        sure: list[float] | None = None
        if probabilities is not None:
            sure = [float(row[tags.index(tag)]) for tag, row in zip(targets, probabilities, strict=True)]
        spans = tuple(
            GroundedSpan(
                Span(words[first][0], words[last - 1][1], label), confidence=mean(sure[first:last]) if sure else None
            )
            for first, last, label in sorted(entities(targets))
        )
        return ItemAnswer(State.LABELLED if spans else State.EMPTY, spans, confidence=mean(sure) if sure else None)

    def decode(self, probabilities: Sequence[FloatArray], classes: Sequence[str]) -> list[list[str]]:
        """The most probable tags in which every I- continues an entity of its own label."""
        return decode(probabilities, classes)

    def score(self, gold: Sequence[Sequence[str]], said: Sequence[Sequence[str]], label_set: LabelSet) -> float:
        """Exact-span F1 over all labels."""
        return micro_f1((entities(right), entities(mine)) for right, mine in zip(gold, said, strict=True))


TASK = Spans()
