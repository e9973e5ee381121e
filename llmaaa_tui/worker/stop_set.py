"""The stop set: pool sentences, drawn once a project, on which successive students are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..core.document import Document, Labels
from ..core.seeds import derive, generator
from ..core.snapshot import Measure
from ..core.states import Role
from ..evaluation.drift import disagreement
from ..evaluation.stability import agreement, uncertainty
from ..store import items
from ..store.rounds import Figure
from ..student.checkpoint import is_complete
from ..student.predict import predict
from .context import Context

SIZE = 200
"""Sentences at most: they are predicted twice a round."""


def stop_set(context: Context) -> dict[int, Document]:
    """The same sentences all project long, labelled since or not; {} where there is no pool."""
    pool = items.items_of(context.store, Role.POOL)
    rng = generator(context.settings.project.seed, 0, "stop set")
    return items.documents(context.store, sorted(rng.sample(pool, min(SIZE, len(pool)))))


def figures(
    context: Context,
    number: int,
    sentences: Mapping[int, Document],
    targets: Sequence[Sequence[str]],
    probabilities: Sequence[NDArray[np.float32]],
) -> list[Figure]:
    """How far the student of a round agrees with the one before it, and how sure it is.

    The first student has nobody to agree with, nor has one whose predecessor was taken away.

    Args:
        sentences: the stop set.
        targets, probabilities: what the student says of it, at the temperature that dev gave, where it did: fine-tuned
            students are surer than they are right, and by their plain word this one is certain too soon.
    """
    if not sentences:
        return []
    seed = derive(context.settings.project.seed, number, "stop set bootstrap")
    texts = [document.text for document in sentences.values()] if context.task.pairs else None
    measures = {"uncertainty": uncertainty(probabilities, seed, texts=texts)}
    before = context.model_folder(number - 1)
    by_label: dict[str, Measure] = {}
    if number > 1 and is_complete(before):
        said = predict(context.student, before, context.texts(sentences))
        measures["agreement"] = agreement(said.targets, targets, seed, texts=texts)
        old, new = _labels(context, sentences, said.targets), _labels(context, sentences, targets)
        by_label = disagreement(old, new, [document.text for document in sentences.values()], seed)
    figures = [Figure("pool", name, measure) for name, measure in measures.items() if measure is not None]
    return [*figures, *(Figure("pool", "disagreement", one, label) for label, one in by_label.items())]


def _labels(context: Context, sentences: Mapping[int, Document], targets: Sequence[Sequence[str]]) -> list[Labels]:
    return [
        context.learner.answer(document, one, None, context.labels).labels
        for document, one in zip(sentences.values(), targets, strict=True)
    ]
