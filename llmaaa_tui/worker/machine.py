"""The one state machine of the loop. Where it stands is read from rows, so it can be killed anywhere.

no open round ──goal?──▶ ended
      │ no
      ▼
open a round → select → annotate → (review) → train → evaluate ─┐
      ▲                                                          │
      └──────────────────────────────────────────────────────────┘
"""

from __future__ import annotations

import time
from enum import StrEnum

from ..core.snapshot import Ended
from ..core.states import Phase
from ..core.tasks import get
from ..store import items, rounds
from ..store.learnt import learnt
from ..store.rounds import RoundPosition
from . import annotate, drift, evaluate, generate, leakage_round, pick, review, teacher, train
from .again import ask_again
from .ahead import Ahead
from .context import Context
from .goals import Standing

GOAL, POOL_EMPTY, EXHAUSTED, STOPPED = 0, 0, 3, 7
PAUSE_POLL_S = 0.3


class Step(StrEnum):
    """What can come next."""

    OPEN = "open"
    SELECT = "select"
    ANNOTATE = "annotate"
    REVIEW = "review"
    TRAIN = "train"
    EVALUATE = "evaluate"


def next_step(position: RoundPosition, reviewed: bool = False) -> Step:
    """The step that follows, from what is done.

    Args:
        reviewed: people look at the answers before a training sees them. A training that began goes on without.
    """
    if position.complete:
        return Step.OPEN
    for phase, step in (
        (Phase.SELECT, Step.SELECT),
        (Phase.ANNOTATE, Step.ANNOTATE),
        (Phase.REVIEW, Step.REVIEW),
        (Phase.TRAIN, Step.TRAIN),
    ):
        if phase is Phase.REVIEW and (not reviewed or position.training or Phase.TRAIN in position.done):
            continue
        if phase not in position.done:
            return step
    return Step.EVALUATE


def run(context: Context) -> Ended:
    """Run rounds until a goal is reached, the pool or the budget is used up, or somebody stops it."""
    generate.refuse(context.settings)
    meanwhile = Ahead(context)
    try:
        return _run(context, meanwhile)
    finally:
        meanwhile.close()


def _run(context: Context, meanwhile: Ahead) -> Ended:
    exhausted = _was_exhausted(context)
    reviewed = context.settings.loop.review != review.NONE
    while True:
        if context.control.should_stop():
            return Ended(STOPPED, "stopped by a person; go on with llmaaa run")
        if context.control.paused:
            _wait(context)
            continue
        position = rounds.position(context.store)
        step = next_step(position, reviewed)
        if step is Step.OPEN:
            meanwhile.end()
            if position.number:  # here, not after evaluation: a run that died in it measures it now
                teacher.measure_teacher_once(context)
                drift.watch(context, position.number)
                # Before the goals are looked at: what a person wants asked again comes back also after the last round.
                if context.control.should_halt() or not ask_again(context, position.number, Phase.EVALUATE):
                    continue
            ended = _over(context, position, exhausted)
            if ended is not None:
                return ended
            _open(context, position)
            exhausted = False
            continue
        if step is Step.SELECT and position.strategy != (
            wanted := generate.filled_by(context.settings, position.number)
        ):
            rounds.change_strategy(context.store, position.number, wanted)  # as where the one before could not pick
            continue
        if not _has_model(context, position, step):
            continue  # a stop came before the student was there again
        if step in (Step.REVIEW, Step.TRAIN) and not position.training:
            leakage_round.probe_round(context, position.number)
            if context.control.should_halt():
                continue
        if step not in (Step.SELECT, Step.REVIEW):  # they write down themselves that they begin, and what with
            rounds.start_phase(context.store, position.number, Phase(step))
        writes = position.strategy in generate.SOURCES
        match step:
            case Step.SELECT if writes:
                generate.begin(context, position.number)
            case Step.SELECT:
                pick.pick(context, position.number)
            case Step.ANNOTATE if writes:
                exhausted = generate.generate(context, position.number) or exhausted
            case Step.ANNOTATE:
                exhausted = annotate.annotate(context, position.number) or exhausted
            case Step.REVIEW:
                if ask_again(context, position.number, Phase.REVIEW):
                    review.review(context, position.number)
            case Step.TRAIN:
                review.close(context.store, position)
                if position.training or ask_again(context, position.number, Phase.TRAIN):
                    meanwhile.begin(position.number)
                    train.train_student(context, position.number)
            case Step.EVALUATE:
                evaluate.evaluate_round(context, position.number)


def _has_model(context: Context, position: RoundPosition, step: Step) -> bool:
    """The checkpoint a step reads is there, or was trained again where somebody took it away."""
    picks = step is Step.SELECT and position.strategy not in generate.SOURCES
    if picks and pick.needs_model(context, position.number, position.strategy):
        number = position.number - 1
    elif step is Step.EVALUATE:
        number = position.number
    else:
        return True
    return train.ensure_model(context, number, context.meter(position.number, Phase(step)))


def _was_exhausted(context: Context) -> bool:
    """Whether the round to go on with was cut short by the budget, and the cap is still no higher."""
    position = rounds.position(context.store)
    if position.complete or Phase.ANNOTATE not in position.done:
        return False
    return _cut_short(context, position.number)


def _cut_short(context: Context, number: int) -> bool:
    """Whether the budget ended the round's asking under a cap that nobody has raised since."""
    cut = rounds.phase_detail(context.store, number, Phase.ANNOTATE)
    return bool(cut.get("budget_skipped")) and context.ledger.totals().cap_nanousd <= cut.get("cap_nanousd", 0)


def _wait(context: Context) -> None:
    context.lease.tell("paused", {}, paused=True)
    while context.control.should_halt() and not context.control.stopping:
        time.sleep(PAUSE_POLL_S)


def _over(context: Context, position: RoundPosition, exhausted: bool) -> Ended | None:
    """Whether the run ends between two rounds, and why."""
    store = context.store
    labels = len(items.labels_in_force(store))
    standing = Standing(position.number, labels, context.ledger.spent(), learnt(store), get(context.project.task))
    reached = context.goals.reached(standing)
    if reached:
        return Ended(GOAL, reached)
    if exhausted and _cut_short(context, position.number):
        return Ended(EXHAUSTED, annotate.EXHAUSTED)
    rates = context.kit.rates
    if rates is not None and not rates.declared_free and not context.ledger.free():
        return Ended(EXHAUSTED, "the budget is used up: nothing is left under the cap; raise budget.cap_usd")
    if context.settings.loop.source in generate.SOURCES:
        if position.number and generate.repeats_itself(context, position.number):
            return Ended(POOL_EMPTY, f"the annotator only repeats itself: {labels} labels in force")
    elif not items.open_items(store):
        return Ended(POOL_EMPTY, f"the pool is used up: {labels} labels in force")
    return None


def _open(context: Context, position: RoundPosition) -> None:
    number = position.number + 1
    strategy = generate.filled_by(context.settings, number)
    rounds.start_round(context.store, number, strategy, context.plan.size(number))
