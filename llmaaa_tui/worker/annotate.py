"""Step 2: ask the annotator about the batch, vote where it answered several times, ask a second one where unsure,
and ask once more about labels that became doubtful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ..annotators.vote import vote
from ..config import Settings
from ..core.states import Kind, Phase, State
from ..errors import AnnotatorError, BudgetError
from ..store import items, replies, rounds, verdicts
from ..store.database import Store
from ..store.rounds import Picked
from .annotator import AnnotatorKit, build
from .asking import Asking, Group, ask_all, asking, take_paid
from .context import Context
from .doubts import ask_doubts
from .progress import Meter

ANNOTATE, ESCALATE = "annotate", "escalate"
EXHAUSTED = "the budget is used up: the next request does not fit under the cap; raise budget.cap_usd"


def annotate(context: Context, number: int) -> bool:
    """Answer the whole batch, failed items again; True where the budget ended it early.

    Without one usable answer to train on, the step stays open: the next run asks the same items.

    Raises:
        BudgetError: not one answer of this round could be bought.
        AnnotatorError: the annotator keeps failing; what it answered is kept.
        WaitingError: a batch is not ready at its provider, or a person has to rule on unknown outcomes.
    """
    meter = context.meter(number, Phase.ANNOTATE)
    groups = written_groups(context.store, number)
    samples = context.settings.annotator.samples if context.kit.kind is Kind.LLM else 1
    done = replies.voted(context.store, number, context.kit.name)
    asked = asking(context, context.kit, number, ANNOTATE, groups, meter, samples=samples, done=done)
    take_paid(context, asked)
    caps, cap = context.ledger.caps_set(), context.ledger.totals().cap_nanousd
    while ask_all(context, asked):
        before, cap = cap, context.ledger.totals().cap_nanousd
        lowest, caps = context.ledger.lowest_cap(caps), context.ledger.caps_set()
        if not asked.skipped or cap <= (before if lowest is None else min(before, lowest)):
            break
        asked.skipped.clear()  # a person has raised the cap meanwhile
    else:
        return False
    if samples > 1:
        _vote(context, asked)
    second = _escalate(context, asked, meter)
    if second is not None and not ask_all(context, second):
        return False
    if second is not None and second.skipped:
        text = f"{context.task.count(len(second.skipped))} were not asked of {second.kit.name}: the budget is used up"
        context.event("escalated", text, number)
    if not asked.skipped and not ask_doubts(context, number, meter):  # the batch comes first
        return False
    return _finish(context, number, asked, meter, cap)


def written_groups(store: Store, number: int) -> list[Group]:
    """Which items share a request, and what it shows, as it was written when the round was picked."""
    return groups_of(rounds.selection(store, number), rounds.selected_at(store, number))


def groups_of(batch: Sequence[Picked], as_of: int) -> list[Group]:
    """The requests of a batch; labels on demonstrations count up to the seq `as_of`."""
    members: dict[int, list[int]] = {}
    shown: dict[int, tuple[int, ...]] = {}
    for one in batch:
        members.setdefault(one.bundle, []).append(one.item)
        shown[one.bundle] = one.neighbours
    return [Group(tuple(members[bundle]), shown[bundle], as_of) for bundle in sorted(members)]


def _finish(context: Context, number: int, asked: Asking, meter: Meter, cap_nanousd: int) -> bool:
    last = replies.final(context.store, number)
    usable = {item for item, state in last.items() if state is not State.FAILED}  # also where a person rejected them
    counts = Counter(str(state) for item, state in last.items() if item in asked.documents)
    in_force = {label.item for label in items.labels_in_force(context.store)}
    if asked.skipped and (in_force | usable).isdisjoint(asked.documents):
        raise BudgetError(f"{EXHAUSTED}; round {number} waits for it")
    if not in_force and not usable:
        raise AnnotatorError(
            f"the annotator keeps failing: none of the {len(asked.documents)} answers of round {number} is usable, so "
            "there is nothing to train on; choose another annotator or raise annotator.retries, then go on with "
            "llmaaa run"
        )
    detail = {"budget_skipped": len(asked.skipped), "cap_nanousd": cap_nanousd}
    rounds.finish_phase(context.store, number, Phase.ANNOTATE, meter.seconds, detail)
    words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    if asked.skipped:
        words += f", {len(asked.skipped)} not asked: the budget is used up"
    context.event("annotated", f"annotated by {context.kit.name}: {words}", number)
    return bool(asked.skipped)


def _vote(context: Context, asked: Asking) -> None:
    """One answer of several, with a confidence for every span; written once, when the samples are in."""
    assert asked.number is not None
    samples = replies.sampled(context.store, list(asked.documents), asked.kit.name)
    voted = replies.voted(context.store, asked.number, asked.kit.name)
    given = {item: answers for item, answers in samples.items() if answers and item not in voted}
    shape = context.task.shape
    result = {item: vote(answers, context.labels, shape).answer for item, answers in given.items()}
    replies.write_answers(context.store, result, kind=Kind.VOTE, annotator=asked.kit.name, number=asked.number)
    sure = [one.confidence for one in result.values() if one.confidence is not None]
    if sure:
        text = f"voted over {asked.samples} answers a sentence: mean confidence {sum(sure) / len(sure):.2f}"
        context.event("voted", text, asked.number)


def _escalate(context: Context, asked: Asking, meter: Meter) -> Asking | None:
    """The items the first annotator failed on or is unsure of, put to `annotator.escalate`; None where none is."""
    settings = context.settings
    if not settings.annotator.escalate or context.kit.kind is not Kind.LLM:
        return None
    assert asked.number is not None
    unsure = set(replies.unsure(context.store, asked.number, asked.kit.name, settings.annotator.unsure_below))
    unsure = (unsure & asked.documents.keys()) - asked.skipped - verdicts.judged(context.store)
    groups = [
        replace(group, items=tuple(item for item in group.items if item in unsure))
        for group in asked.groups
        if not unsure.isdisjoint(group.items)
    ]
    if not groups:
        return None
    kit = second_kit(context)
    context.event("escalated", f"{context.task.count(len(unsure))} go to {kit.name}: unsure or failed", asked.number)
    return asking(context, kit, asked.number, ESCALATE, groups, meter)


def second_settings(settings: Settings) -> Settings:
    """Those of `annotator.escalate`: the same provider, another model (for the simulator: another profile)."""
    annotator = settings.annotator
    if annotator.provider == "simulator":
        return replace(settings, annotator=replace(annotator, profile=annotator.escalate, escalate=""))
    return replace(settings, annotator=replace(annotator, model=annotator.escalate, escalate=""))


def second_kit(context: Context) -> AnnotatorKit:
    """The kit of `annotator.escalate`."""
    return build(context.paths, second_settings(context.settings), context.labels, context.store, second=True)
