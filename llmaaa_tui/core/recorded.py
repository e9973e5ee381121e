"""What recorded answers of an annotator come to: the readings of one answer, and the figures of one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .annotation import ItemAnswer
from .snapshot import Measure, Score


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """One recorded answer, in three readings.

    Attributes:
        answer: what this program makes of it: wrong words, unknown tags and an I- that continues nothing fail it.
        tags: one a word of the sentence, an unknown one O; an I- may open a span. None where the answer has not one
            [word, tag] a word. Having them is what the papers call usable.
        said: the tag of each of its elements, whatever their number; None for an element without one.
        altered: whether it said words that are not those of the sentence.
    """

    answer: ItemAnswer
    tags: tuple[str, ...] | None
    said: tuple[str | None, ...]
    altered: bool = False


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """The figures of one file of recorded answers.

    Attributes:
        name: folder and file, "gpt-4-turbo-0.1-temp/zul".
        items: sentences; answers: recorded ones altogether.
        repeats: how often each sentence was asked: the most answers that one has. What a sentence lacks of them was
            asked and came to nothing; a repeat beyond was never asked, and is no failure.
        usable: items with an answer that has one [word, tag] a word; `f1_usable` is over these.
        taken: items with an answer that this program takes.
        consistency: the paper's, between 0 and 1; see `evaluation.published` for it and the next.
        token_f1_paper: the paper's "F1 micro".
        entity_token_accuracy: share of tokens in a gold span with the right tag, first usable answers.
        f1_usable: exact spans of the first usable answer of each item, I- may open a span (conlleval).
        f1_all: the same answers over all items; an item without one found nothing.
        f1_strict: as `f1_all` in strict IOB2: an I- that continues nothing is no span.
        f1_taken: over all items, the first answer of each that this program takes.
        self_f1: F1 between every two usable repeats of an item.
        fleiss_kappa, fleiss_kappa_entities: the repeats as raters of every token, and of those that any calls a name.
        failed: answers that this program does not take by class, those missing of the repeats as "no_answer".
        ungrounded: share of usable answers with words that are not in the sentence, an item's repeats averaged.
        unstable: share of items whose repeats are not all alike; None where each was asked once.
    """

    name: str
    items: int
    answers: int
    repeats: int
    usable: int
    taken: int
    consistency: Measure | None
    token_f1_paper: Measure | None
    entity_token_accuracy: Measure | None
    f1_usable: Score | None
    f1_all: Score
    f1_strict: Score
    f1_taken: Score
    self_f1: Measure | None
    fleiss_kappa: Measure | None
    fleiss_kappa_entities: Measure | None
    failed: Mapping[str, int] = field(default_factory=dict)
    ungrounded: Measure | None = None
    unstable: Measure | None = None
