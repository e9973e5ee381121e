"""What the student makes of picked sentences before it learns them: an opinion beside the annotator's, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.annotation import ItemAnswer
from ..core.document import Document
from ..student.calibrate import recorded, tempered
from ..student.checkpoint import is_complete, read_record
from ..student.predict import Predictions, predict
from .context import Context


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
        pool, said = list(documents), predict(context.student, folder, context.texts(documents))
    place = {item: row for row, item in enumerate(pool)}
    rows = [place[item] for item in documents]
    sure = believed(folder, [said.probabilities[row] for row in rows])
    return {
        item: context.learner.answer(document, said.targets[row], probabilities, context.labels)
        for (item, document), row, probabilities in zip(documents.items(), rows, sure, strict=True)
    }


def believed(folder: Path, probabilities: Sequence[NDArray[np.float32]]) -> Sequence[NDArray[np.float32]]:
    """What a student says, at the temperature that dev gave it; as it says it where dev was too small to tell."""
    found = recorded(read_record(folder))
    return probabilities if found is None else [tempered(one, found.temperature) for one in probabilities]
