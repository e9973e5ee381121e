"""The step before training where people decide: a run that waits for them ends, and a later one looks again."""

from __future__ import annotations

from ..core.states import Phase
from ..errors import WaitingError
from ..store import replies, rounds, verdicts
from ..store.database import Store
from ..store.rounds import RoundPosition
from .context import Context

NONE, ALL = "none", "all"


def review(context: Context, number: int) -> None:
    """End the step once each of its items has a decision; a skip counts as one.

    Which items those are is written down when the step begins, and anew where `loop.review` was changed since.

    Raises:
        WaitingError: some have none; the sentence says how many.
    """
    store, mode = context.store, context.settings.loop.review
    meter = context.meter(number, Phase.REVIEW)
    detail = rounds.phase_detail(store, number, Phase.REVIEW, "started")
    if detail.get("review") != mode:
        detail = {"items": to_review(store, number, mode), "review": mode}
        rounds.start_phase(store, number, Phase.REVIEW, detail)
    returned = set(verdicts.answered_again(store)) - set(detail["items"])
    if returned:  # an answer that was asked for again is looked at before it trains, of whichever round it is
        detail = {**detail, "items": sorted({*detail["items"], *returned})}
        rounds.start_phase(store, number, Phase.REVIEW, detail)
    total, waiting = len(detail["items"]), len(verdicts.unreviewed(store, detail["items"]))
    if waiting:
        raise WaitingError(
            f"round {number} waits for a person: {waiting} of {context.task.count(total)} "
            f"{'is' if waiting == 1 else 'are'} not reviewed yet; open llmaaa review DIR, then go on with llmaaa run"
        )
    rounds.finish_phase(store, number, Phase.REVIEW, meter.seconds, {})
    if total:
        context.event("reviewed", f"a person has looked at {total} of this round's {context.task.units}", number)


def close(store: Store, position: RoundPosition) -> None:
    """End a step that began before `loop.review` was switched off: nobody waits for it any more."""
    if Phase.REVIEW not in position.done and rounds.phase_detail(store, position.number, Phase.REVIEW, "started"):
        rounds.finish_phase(store, position.number, Phase.REVIEW, 0.0, {})


def to_review(store: Store, number: int, mode: str) -> list[int]:
    """The items of a round that a person is asked about: all answered ones (also failed), or the suspicious."""
    return sorted(replies.final(store, number)) if mode == ALL else verdicts.to_look_at(store, number)
