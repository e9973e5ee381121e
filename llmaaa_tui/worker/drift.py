"""The annotator asked about the same gold sentences again and again, to see whether it is still the one it was.

Each time is a sample of its own, numbered by the round: an interrupted run asks nothing twice, and the ledger never
takes a repeat for a question that was paid already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..config import Settings
from ..core.document import Labels
from ..core.drift import Change, Occasion
from ..core.money import format_usd
from ..core.seeds import derive, generator
from ..core.snapshot import Measure
from ..core.states import Kind, Phase, Role
from ..evaluation import tasks as evaluation_tasks
from ..evaluation.agreement import between
from ..evaluation.bootstrap import Evaluation
from ..evaluation.drift import f1_change
from ..store import items, rounds, runs
from ..store.database import Store
from ..store.rounds import Figure, MetricSet
from ..store.sentinels import looks, said_at, sentinels, write_sentinels
from .asking import Asking, ask_all, asking, requests_of
from .context import Context
from .teacher import teacher_groups

SENTINEL = "sentinel"
REFUSED = "sentinel_refused"


def drawn(store: Store, settings: Settings) -> list[int]:
    """The sentinels; before there are any, the items of meta that they will be drawn from. Never dev, never test."""
    there = sentinels(store)
    if there or not settings.drift.sentinels:
        return there
    meta = items.sendable(store, Role.META)
    rng = generator(settings.project.seed, 0, "sentinels")
    return sorted(rng.sample(meta, min(settings.drift.sentinels, len(meta))))


def due(settings: Settings, number: int) -> bool:
    """Whether the sentinels are asked after a round: the first, and every so many after it."""
    return settings.drift.sentinels > 0 and (number - 1) % settings.drift.every == 0


def watch(context: Context, number: int) -> None:
    """Ask the sentinels after a round, where they are due, and write down what changed since the first time.

    What does not fit under the cap whole is not begun: half of them would be another set.
    """
    store, settings = context.store, context.settings
    if not due(settings, number) or context.control.should_halt():
        return
    if context.kit.kind is not Kind.LLM or settings.annotator.provider == "recorded":
        if not runs.last_event(store, REFUSED):
            why = "recorded answers hold no repeats" if context.kit.kind is Kind.LLM else "gold is always the same"
            context.event(REFUSED, f"drift.sentinels asks nobody: {why}", number)
        return
    before = looks(store, context.kit.name)
    if any(one == number for one, _ in before):
        return
    ids = sentinels(store) or write_sentinels(store, drawn(store, settings))
    if not ids:
        return
    meter = context.meter(number, Phase.EVALUATE)
    groups = teacher_groups(store, settings, ids)
    asked = asking(context, context.kit, None, SENTINEL, groups, meter, again=dict.fromkeys(ids, number))
    if _affordable(context, asked, number) and ask_all(context, asked) and not asked.skipped:
        _write(context, ids, number, before)


def _affordable(context: Context, asked: Asking, number: int) -> bool:
    """Whether all that is still open fits under the cap; says so where it does not."""
    there = said_at(context.store, list(asked.documents), asked.kit.name, number)
    requests = requests_of(asked, {item: [number] for item in asked.documents if item not in there})
    standing = {one.key: context.ledger.standing(one.key) for one in requests}
    still = [one for one in requests if not (standing[one.key].settled or standing[one.key].at_provider)]
    worst, free = sum(map(asked.kit.worst, still)), context.ledger.free()
    if worst > free:
        text = (
            f"asking {context.task.count(len(asked.documents))} again costs at most ${format_usd(worst, 6)}; that does "
            f"not fit into the ${format_usd(free, 6)} left under the cap, so it is left out"
        )
        context.event(SENTINEL, text, number)
    return worst <= free


def _write(context: Context, ids: Sequence[int], number: int, before: Sequence[tuple[int, float | None]]) -> None:
    """The figures of one asking, held against the first."""
    name = context.kit.name
    seed = derive(context.settings.project.seed, number, SENTINEL)
    said = said_at(context.store, ids, name, number)
    asked = [item for item in ids if item in said]
    if not asked:
        return
    first_round = before[0][0] if before else number
    found = _scored(context, asked, said, seed)
    metrics = [MetricSet("annotator", SENTINEL, found.overall, found.labels)]
    figures: list[Figure] = []
    change: Change | None = None
    if before:
        first = said_at(context.store, ids, name, first_round)
        both = [item for item in asked if item in first]
        change = _change(context, both, first, said, seed, [p for _, p in before if p is not None])
        figures = _agreement(context, both, first, said, seed)
    usable = sum(one is not None for one in said.values())
    occasion = Occasion(number, name, len(asked), usable, first_round, change=change)
    rounds.write_metrics(context.store, number, metrics, figures=figures, drift=occasion)
    text = f"asked {name} about {context.task.count(len(asked))} of the sentinels: F1 {found.overall.f1:.3f}"
    if change is not None:
        verdict = "evidence of drift" if change.evidence else "no evidence of drift"
        text += f", {change.difference:+.3f} since round {first_round}: {verdict}, p = {change.p_holm:.2g} after Holm"
    context.event(SENTINEL, text, number)


def _scored(context: Context, ids: Sequence[int], said: Mapping[int, Labels | None], seed: int) -> Evaluation:
    """Answers against gold; a failed one found nothing."""
    gold, documents = items.gold_of(context.store, ids), items.documents(context.store, ids)
    task = evaluation_tasks.of(context.project.task)
    truth, texts = [gold[item] for item in ids], [documents[item] for item in ids]
    return task.evaluate(truth, [said[item] for item in ids], texts, context.labels, seed=seed)


def _change(
    context: Context,
    ids: Sequence[int],
    first: Mapping[int, Labels | None],
    said: Mapping[int, Labels | None],
    seed: int,
    earlier: Sequence[float],
) -> Change | None:
    """F1 now less F1 then; None of a task that does not say what its scores rest on."""
    old, new = (_scored(context, ids, one, seed).counted for one in (first, said))
    if old is None or new is None or not len(old):
        return None
    from statsmodels.stats.multitest import multipletests  # slow to import

    difference, low, high, p = f1_change(old[:, 0], new[:, 0], seed)
    adjusted = multipletests([*earlier, p], method="holm")[1]
    return Change(difference, low, high, p, float(adjusted[-1]), len(ids))


def _agreement(
    context: Context,
    ids: Sequence[int],
    first: Mapping[int, Labels | None],
    said: Mapping[int, Labels | None],
    seed: int,
) -> list[Figure]:
    """Kappa and F1 with its own first answers, over what it answered both times."""
    pairs = {item: (old, new) for item in ids if (old := first[item]) is not None and (new := said[item]) is not None}
    if not pairs:
        return []
    documents, learner = items.documents(context.store, list(pairs)), context.learner
    then, now = (
        [learner.targets(documents[item], pair[which], context.labels) for item, pair in pairs.items()]
        for which in (0, 1)
    )
    texts = [documents[item].text for item in pairs]
    kappa = between(then, now, seed, texts)[0]
    figures = [] if kappa is None else [Figure(SENTINEL, "agreement", kappa, subject="annotator")]
    task = evaluation_tasks.of(context.project.task)
    first_said, now_said = ([pair[which] for pair in pairs.values()] for which in (0, 1))
    score = task.evaluate(first_said, now_said, list(documents.values()), context.labels, seed=seed).overall
    measure = Measure(score.f1, score.n, score.low, score.high)
    return [*figures, Figure(SENTINEL, "agreement_f1", measure, subject="annotator")]
