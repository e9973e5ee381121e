"""What the student makes of picked sentences before it learns them: an opinion beside the annotator's, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.annotation import GroundedSpan, ItemAnswer
from ..core.document import Document, Span
from ..core.states import State
from ..core.tokens import words_of
from ..student.calibrate import recorded, tempered
from ..student.checkpoint import is_complete, read_record
from ..student.decode import entities
from ..student.predict import Predictions, predict
from .context import Context, words_by_item


def look(
    context: Context, number: int, documents: Mapping[int, Document], pool: Sequence[int], said: Predictions | None
) -> dict[int, ItemAnswer]:
    """What the student of the round before says of the items picked for a round.

    Args:
        documents: of the items picked.
        pool: the items that `said` is about, in its order.
        said: what it predicted for the selection already, or None.

    Returns:
        Its answers; {} in round 1, which has no student yet, and where nobody needs a checkpoint that was taken away.
    """
    folder = context.model_folder(number - 1)
    if said is None:
        if not is_complete(folder):
            return {}
        pool, said = list(documents), predict(context.student, folder, words_by_item(documents))
    place = {item: row for row, item in enumerate(pool)}
    rows = [place[item] for item in documents]
    sure = believed(folder, [said.probabilities[row] for row in rows])
    return {
        item: as_answer(document, said.tags[row], probabilities, said.labels)
        for (item, document), row, probabilities in zip(documents.items(), rows, sure, strict=True)
    }


def believed(folder: Path, probabilities: Sequence[NDArray[np.float32]]) -> Sequence[NDArray[np.float32]]:
    """What a student says, at the temperature that dev gave it; as it says it where dev was too small to tell."""
    found = recorded(read_record(folder))
    return probabilities if found is None else [tempered(one, found.temperature) for one in probabilities]


def as_answer(
    document: Document, tags: Sequence[str], probabilities: NDArray[np.float32], labels: Sequence[str]
) -> ItemAnswer:
    """One prediction as an answer.

    Args:
        tags: IOB2, one a word.
        probabilities: (words, tags), calibrated: people see them.
        labels: the tags of the columns.

    Returns:
        Spans whose confidence is the mean probability of their words' tags; the answer's is that over all words.
    """
    words = words_of(document)
    sure = [float(row[labels.index(tag)]) for tag, row in zip(tags, probabilities, strict=True)]
    spans = tuple(
        GroundedSpan(Span(words[first][0], words[last - 1][1], label), confidence=_mean(sure[first:last]))
        for first, last, label in sorted(entities(tags))
    )
    state = State.LABELLED if spans else State.EMPTY
    return ItemAnswer(state, spans, confidence=_mean(sure) if sure else None)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
