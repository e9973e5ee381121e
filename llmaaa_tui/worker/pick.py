"""Step 1: pick the most informative open items and write down the demonstrations each will be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..acquisition.bundle import bundles
from ..acquisition.contracts import EMBEDDINGS, PROBABILITIES, PoolView
from ..acquisition.registry import get
from ..acquisition.retrieve import retriever
from ..acquisition.vectors import unit_rows
from ..core.document import Document
from ..core.seeds import derive
from ..core.states import Phase, Role
from ..store import items, rounds, verdicts
from ..store.rounds import Picked
from ..student.embed import embed
from ..student.predict import Predictions, predict
from .context import Context, words_by_item
from .progress import Meter
from .second_look import look


def pick(context: Context, number: int) -> None:
    """Select the round's batch; one transaction writes it all."""
    meter = context.meter(number, Phase.SELECT)
    meter.tell(0, 0)
    store = context.store
    strategy = get(rounds.position(store).strategy)
    open_ids = items.open_items(store)
    view, predicted = _view(context, number, strategy.needs, open_ids, meter)
    rng = np.random.default_rng(derive(context.settings.project.seed, number, "select"))
    selected = strategy.select(view, rounds.target_of(store, number), rng)
    documents = items.documents(store, selected.ids)
    together = _together(context, number, documents)
    picked = [
        Picked(item, rank, score, together[item][1], together[item][0])
        for rank, (item, score) in enumerate(zip(selected.ids, selected.scores, strict=True), start=1)
    ]
    said = look(context, number, documents, open_ids, predicted)
    rounds.write_selection(store, number, strategy.name, picked, meter.seconds, said)
    scores = [one.score for one in picked if one.score is not None]
    between = f", scores {min(scores):.2f} – {max(scores):.2f}" if scores else ""
    text = f"picked {len(picked)} of {len(open_ids)} by {strategy.name.replace('_', ' ')}{between}"
    context.event("picked", text, number)


def needs_model(strategy: str) -> bool:
    """Whether a strategy looks at the last round's student."""
    return bool(get(strategy).needs)


def _view(
    context: Context, number: int, needs: frozenset[str], open_ids: Sequence[int], meter: Meter
) -> tuple[PoolView, Predictions | None]:
    """What the strategy sees, and what the last round's student said of the pool where it was asked."""
    if not needs:
        return PoolView(open_ids), None
    if number == 1:
        return _cold_view(context, open_ids), None
    sentences = words_by_item(items.documents(context.store, open_ids))
    predictions = predict(
        context.student,
        context.model_folder(number - 1),
        sentences,
        embeddings=EMBEDDINGS in needs,
        progress=meter.tell,
    )
    probabilities = predictions.probabilities if PROBABILITIES in needs else None
    return PoolView(open_ids, probabilities, predictions.embeddings), predictions


def _cold_view(context: Context, open_ids: Sequence[int]) -> PoolView:
    texts = [document.text for document in items.documents(context.store, open_ids).values()]
    return PoolView(open_ids, None, embed(context.student.encoder, texts, settings=context.student))


def _together(
    context: Context, number: int, documents: Mapping[int, Document]
) -> dict[int, tuple[int, tuple[int, ...]]]:
    """By picked item: which bundle shares its request, and the demonstrations shown there, most similar last."""
    settings, seed = context.settings.annotator, context.settings.project.seed
    asked = list(documents)
    shown = [*items.sendable(context.store, Role.DEMONSTRATION), *verdicts.made_demonstrations(context.store)]

    def generator(row: int) -> np.random.Generator:
        return np.random.default_rng(derive(seed, number, "demonstrations", asked[row]))

    choose = retriever(settings.retrieval, generator)
    k = min(settings.k, len(shown))
    vectors = None
    query, demonstrations = np.zeros((len(asked), 0), np.float32), np.zeros((len(shown), 0), np.float32)
    if EMBEDDINGS in choose.needs and k:
        queries = [document.text for document in documents.values()]
        texts = [document.text for document in items.documents(context.store, shown).values()]
        both = embed(settings.retrieval_encoder, [*queries, *texts], settings=context.student)
        query, demonstrations = both[: len(queries)], both[len(queries) :]
        vectors = unit_rows(query)
    rows = choose.neighbours(query, demonstrations, k)
    neighbours = {item: [shown[row] for row in places] for item, places in zip(asked, rows, strict=True)}
    return {
        item: (number, examples)
        for number, (members, examples) in enumerate(bundles(asked, vectors, neighbours, settings.per_request, k))
        for item in members
    }
