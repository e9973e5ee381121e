"""Scores by group of items, worked out where a round is evaluated: screens cannot compute them."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.document import Document, Labels
from ..core.groups import Grouped, fields_of
from ..evaluation import tasks as evaluation_tasks
from ..evaluation.bootstrap import Evaluation
from ..evaluation.groups import by_field, by_label
from ..store import items, replies, rounds
from .context import Context


def grouped(
    context: Context,
    subject: str,
    split: str,
    number: int | None,
    gold: Sequence[Labels],
    said: Sequence[Labels | None],
    documents: Sequence[Document],
    found: Evaluation,
    seed: int,
) -> list[Grouped]:
    """A subject on one split by label and by every field of `fairness.by`.

    Args:
        found: the evaluation of the same answers over all items.
    """
    task = evaluation_tasks.of(context.project.task)
    every = [by_label(subject, split, number, gold, said, found, seed=seed)]
    every += [
        by_field(task, subject, split, field, number, gold, said, documents, context.labels, seed=seed)
        for field in fields_of(context.settings.fairness.by)
    ]
    return [one for one in every if one is not None]


def annotator_so_far(context: Context, number: int, seed: int) -> list[Grouped]:
    """The annotator on all that was picked up to a round and has hidden gold: one round alone has too little."""
    bought: dict[int, Labels | None] = {}
    for one in range(1, number + 1):
        answers = replies.bought(context.store, one)
        bought.update({picked.item: answers.get(picked.item) for picked in rounds.selection(context.store, one)})
    gold = items.gold_of(context.store, bought)
    if not gold:
        return []
    documents = items.documents(context.store, gold)
    said = [bought[item] for item in gold]
    task = evaluation_tasks.of(context.project.task)
    truth, texts = list(gold.values()), list(documents.values())
    found = task.evaluate(truth, said, texts, context.labels, seed=seed)
    return grouped(context, "annotator", "picked", number, truth, said, texts, found, seed)
