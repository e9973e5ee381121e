"""What a strategy is shown of the pool: the sentences drawn from it, and what students say about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..acquisition.contracts import (
    COMMITTEE,
    DISAGREEMENT,
    DRAWS,
    EMBEDDINGS,
    GRADIENTS,
    LABELLED,
    PROBABILITIES,
    Floats,
    PoolView,
)
from ..core.seeds import derive
from ..store import doubts, items
from ..store.items import LabelInForce
from ..student.embed import embed
from ..student.predict import Predictions, predict
from .committee import committee
from .context import Context
from .progress import Meter


@dataclass(frozen=True, slots=True)
class Learnt:
    """The labels in force and what the last round's student, which learnt from them, says of their sentences."""

    labels: list[LabelInForce]
    said: Predictions


def drawn(context: Context, number: int, open_items: Sequence[int], wanted: int) -> list[int]:
    """The open items a strategy looks at: all, or where the pool is huge a random sample of it, in order of import.

    Args:
        wanted: how many the round picks; the sample holds at least as many.
    """
    size = max(context.settings.loop.pool_sample, wanted)
    if not context.settings.loop.pool_sample or len(open_items) <= size:
        return list(open_items)
    rng = np.random.default_rng(derive(context.settings.project.seed, number, "pool sample"))
    rows = np.sort(rng.choice(len(open_items), size, replace=False))
    return [open_items[row] for row in rows]


def learnt(context: Context, number: int, meter: Meter) -> Learnt:
    """What the student of the round before `number` says of all that is labelled, embeddings included."""
    labels = items.labels_in_force(context.store)
    sentences = context.texts(items.documents(context.store, [label.item for label in labels]))
    folder = context.model_folder(number - 1)
    return Learnt(labels, predict(context.student, folder, sentences, embeddings=True, progress=meter.tell))


def view(
    context: Context, number: int, needs: frozenset[str], ids: Sequence[int], meter: Meter, known: Learnt | None
) -> tuple[PoolView, Predictions | None] | None:
    """What the strategy sees, and what the last round's student said of it where it was asked.

    Args:
        known: what is labelled, where the strategy asks for it.

    Returns:
        None where somebody halted the training of a committee; what of it is trained is kept for the next call.
    """
    if not needs:
        return PoolView(ids), None
    if number == 1:
        return _cold(context, ids, meter), None
    others: list[list[Floats]] = []
    sentences = context.texts(items.documents(context.store, ids))
    if COMMITTEE in needs:
        members = committee(context, number, meter)
        if members is None:
            return None
        others = [[*predict(context.student, one, sentences, progress=meter.tell).probabilities] for one in members]
    said = predict(
        context.student,
        context.model_folder(number - 1),
        sentences,
        embeddings=EMBEDDINGS in needs,
        gradients=GRADIENTS in needs,
        draws=context.settings.loop.draws if DRAWS in needs else 0,
        seed=derive(context.settings.project.seed, number, "draws"),
        progress=meter.tell,
    )
    seen = PoolView(
        ids,
        probabilities=said.probabilities if PROBABILITIES in needs else None,
        embeddings=said.embeddings,
        gradients=said.gradients,
        draws=said.draws,
        committee=[said.probabilities, *others] if COMMITTEE in needs else None,
        labelled=known.said.embeddings if known is not None and LABELLED in needs else None,
        disagreement=_disagreement(context, known.labels) if known is not None and DISAGREEMENT in needs else None,
    )
    return seen, said


def _cold(context: Context, ids: Sequence[int], meter: Meter) -> PoolView:
    """Before there is a student: embeddings of the base encoder."""
    documents = items.documents(context.store, ids).values()
    vectors = embed(
        context.student.encoder,
        [document.text for document in documents],
        settings=context.student,
        pairs=[document.pair for document in documents],
        progress=meter.tell,
    )
    return PoolView(ids, embeddings=vectors)


def _disagreement(context: Context, labels: Sequence[LabelInForce]) -> Floats:
    """How far each label is from what the first student asked about its sentence said; 0 where none was asked."""
    far = doubts.dissent(context.store)
    return np.array([far.get(label.item, 0.0) for label in labels])
