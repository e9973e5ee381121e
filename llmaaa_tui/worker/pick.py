"""Step 1: pick the most informative open items and write down the demonstrations each will be shown."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..acquisition.ask import ask
from ..acquisition.bundle import bundles
from ..acquisition.contracts import DISAGREEMENT, EMBEDDINGS, LABELLED, PoolView, Selection
from ..acquisition.registry import get
from ..acquisition.retrieve import retriever
from ..acquisition.vectors import unit_rows
from ..core.document import Document
from ..core.seeds import derive
from ..core.states import Phase, Role
from ..store import items, rounds, verdicts
from ..store.ahead import Planned, planned_for
from ..store.database import Store
from ..store.doubts import Doubt
from ..store.rounds import Picked
from ..student.embed import embed
from .committee import dismiss
from .context import Context
from .doubts import choose, doubts_wanted
from .pool import Learnt, drawn, learnt, view
from .progress import Meter
from .second_look import look


def pick(context: Context, number: int) -> None:
    """Select the round's batch and what it asks once more; one transaction writes it all.

    Nothing is written where somebody halts it while a committee is trained: the step stays open.
    """
    meter = context.meter(number, Phase.SELECT)
    meter.tell(0, 0)
    store = context.store
    strategy, target = get(rounds.position(store).strategy), rounds.target_of(store, number)
    planned = planned_for(store, number)
    if planned is not None and (planned.strategy, planned.target) == (strategy.name, target):
        _take_planned(context, number, planned, meter)
        return
    open_ids = items.open_items(store)
    ids = drawn(context, number, open_ids, target) if strategy.needs else open_ids
    asks_again = doubts_wanted(context, number)
    known: Learnt | None = None
    if number > 1 and (asks_again or strategy.needs & {LABELLED, DISAGREEMENT}):
        known = learnt(context, number, meter)
    seen = view(context, number, strategy.needs, ids, meter, known)
    if seen is None:
        return
    selected = ask(strategy, seen[0], target, _generator(context.settings.project.seed, number))
    picked = batch_of(context, number, selected)
    documents = items.documents(store, selected.ids)
    said = look(context, number, documents, ids, seen[1])
    doubts = _doubts(context, number, known) if known is not None and asks_again else []
    rounds.write_selection(store, number, strategy.name, picked, meter.seconds, said, doubts)
    dismiss(context, number)
    scores = [one.score for one in picked if one.score is not None]
    between = f", scores {min(scores):.2f} – {max(scores):.2f}" if scores else ""
    pool = f"{len(ids):,}" + (f" drawn from {len(open_ids):,}" if len(ids) < len(open_ids) else "")
    text = f"picked {len(picked):,} of {pool} by {strategy.name.replace('_', ' ')}{between}"
    if doubts:
        text += f"; {len(doubts)} doubtful labels are asked once more"
    context.event("picked", text, number)


def unseen(store: Store, seed: int, number: int, strategy: str, target: int) -> Selection:
    """What a round picks by a strategy that needs nothing of the view: known as soon as the pool is.

    Args:
        seed: of the project.
    """
    return ask(get(strategy), PoolView(items.open_items(store)), target, _generator(seed, number))


def _generator(seed: int, number: int) -> np.random.Generator:
    return np.random.default_rng(derive(seed, number, "select"))


def batch_of(context: Context, number: int, selected: Selection) -> list[Picked]:
    """What was selected, with who shares a request and what that shows."""
    documents = items.documents(context.store, selected.ids)
    together = _together(context, number, documents, context.settings.annotator.per_request)
    return [
        Picked(item, rank, score, together[item][1], together[item][0])
        for rank, (item, score) in enumerate(zip(selected.ids, selected.scores, strict=True), start=1)
    ]


def _take_planned(context: Context, number: int, planned: Planned, meter: Meter) -> None:
    """The batch that was decided on while the student before it was trained, with what that student says of it."""
    documents = items.documents(context.store, [one.item for one in planned.picked])
    said = look(context, number, documents, (), None)
    rounds.write_selection(
        context.store, number, planned.strategy, planned.picked, meter.seconds, said, as_of=planned.seq
    )
    text = f"picked {len(documents):,} by {planned.strategy.replace('_', ' ')}, as planned before the last training"
    context.event("picked", text, number)


def needs_model(context: Context, number: int, strategy: str) -> bool:
    """Whether picking a round looks at the last round's student."""
    return number > 1 and (bool(get(strategy).needs) or doubts_wanted(context, number))


def _doubts(context: Context, number: int, known: Learnt) -> list[Doubt]:
    scores = dict(choose(context, number, known))
    alone = _together(context, number, items.documents(context.store, scores), 1) if scores else {}
    return [Doubt(item, score, alone[item][1]) for item, score in scores.items()]


def _together(
    context: Context, number: int, documents: Mapping[int, Document], size: int
) -> dict[int, tuple[int, tuple[int, ...]]]:
    """By item: which bundle shares its request, and the demonstrations shown there, most similar last.

    Args:
        size: items a request.
    """
    settings, seed = context.settings.annotator, context.settings.project.seed
    asked = list(documents)
    shown = [*items.sendable(context.store, Role.DEMONSTRATION), *verdicts.made_demonstrations(context.store)]
    examples = items.documents(context.store, shown)
    if context.task.pairs:  # another pair of a sentence that is asked about, which a person has labelled, tells of it
        own = {document.text for document in documents.values()}
        shown = [item for item in shown if examples[item].text not in own]

    def generator(row: int) -> np.random.Generator:
        return np.random.default_rng(derive(seed, number, "demonstrations", asked[row]))

    retrieve = retriever(settings.retrieval, generator)
    k = min(settings.k, len(shown))
    sentences = [one.text for one in documents.values()] if context.task.pairs else None
    vectors = None
    query, demonstrations = np.zeros((len(asked), 0), np.float32), np.zeros((len(shown), 0), np.float32)
    if EMBEDDINGS in retrieve.needs and k:
        every = [*documents.values(), *(examples[item] for item in shown)]
        both = embed(
            settings.retrieval_encoder,
            [document.text for document in every],
            settings=context.student,
            pairs=[document.pair for document in every],
        )
        query, demonstrations = both[: len(asked)], both[len(asked) :]
        vectors = unit_rows(query)
    rows = retrieve.neighbours(query, demonstrations, k)
    neighbours = {item: [shown[row] for row in places] for item, places in zip(asked, rows, strict=True)}
    return {
        item: (number, examples)
        for number, (members, examples) in enumerate(bundles(asked, vectors, neighbours, size, k, sentences))
        for item in members
    }
