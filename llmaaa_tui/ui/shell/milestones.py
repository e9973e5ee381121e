"""What deserves a word by itself: compares two pictures of a project that follow one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...core.money import format_usd
from ...core.snapshot import RoundRow, Score, Snapshot
from ..words import count, f1, half_width, signed

MOST_OF_THE_CAP = 80
"""Percent of the cap whose crossing is said."""
Severity = Literal["information", "warning"]
AT_WORK = ("alive", "late")


@dataclass(frozen=True, slots=True)
class Milestone:
    """One sentence, and whether it is bad news ("information" or "warning")."""

    text: str
    severity: Severity = "information"


def milestones(before: Snapshot, after: Snapshot) -> tuple[Milestone, ...]:
    """What has been reached between two live pictures; nothing where they are of different projects."""
    if before.project_uuid != after.project_uuid:
        return ()
    said = [*_rounds(before, after), *_budget(before, after)]
    if before.worker.state in AT_WORK and after.worker.state == "lost":
        said.append(Milestone("The worker is gone; what was answered is kept.", "warning"))
    if after.ended is not None and after.ended != before.ended:
        said.append(
            Milestone(f"The run has ended: {after.ended.reason}", "warning" if after.ended.code else "information")
        )
    if after.review is not None and (before.review is None or before.review.round != after.review.round):
        waiting = after.review.waiting
        said.append(Milestone(f"Round {after.review.round} waits for your review: {count(waiting)} to decide on."))
    return tuple(said)


def done(row: RoundRow) -> bool:
    """Whether the round was measured."""
    return row.dev is not None or row.test is not None


def measured(row: RoundRow) -> tuple[str, Score] | None:
    """The figure that a round is told by: test where there is a test split, else dev."""
    if row.test is not None:
        return "test", row.test
    return ("dev", row.dev) if row.dev is not None else None


def _rounds(before: Snapshot, after: Snapshot) -> list[Milestone]:
    known = {row.round for row in before.rounds if done(row)}
    said = []
    for place, row in enumerate(after.rounds):
        figure = measured(row)
        if row.round in known or figure is None:
            continue
        split, score = figure
        words = f"Round {row.round} is done: {split} F1 {f1(score.f1)} ±{f1(half_width(score))}, n {count(score.n)}"
        earlier = measured(after.rounds[place - 1]) if place else None
        if earlier is not None and earlier[0] == split:
            words += f", {signed(score.f1 - earlier[1].f1)}"
        devs = [other.dev.f1 for other in after.rounds[:place] if other.dev is not None]
        if row.dev is not None and devs and row.dev.f1 > max(devs):
            words += f"; {f1(row.dev.f1)} is the best on dev so far" if split != "dev" else "; the best on dev so far"
        said.append(Milestone(f"{words}."))
    return said


def _budget(before: Snapshot, after: Snapshot) -> list[Milestone]:
    """The cap counts what is spent and what may have been billed."""

    def over(snapshot: Snapshot) -> bool:
        budget = snapshot.budget
        used = budget.spent_nanousd + budget.unconfirmed_nanousd
        return budget.cap_nanousd > 0 and used * 100 >= budget.cap_nanousd * MOST_OF_THE_CAP

    if over(before) or not over(after):
        return []
    budget = after.budget
    used = format_usd(budget.spent_nanousd + budget.unconfirmed_nanousd)
    return [
        Milestone(f"{MOST_OF_THE_CAP} % of the cap is used: ${used} of ${format_usd(budget.cap_nanousd)}.", "warning")
    ]
