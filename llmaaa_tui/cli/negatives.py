"""Pairs without a relation, of which most files have many: which label says so, and how many of them are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..config import Settings
from ..core.document import Record
from ..core.seeds import generator
from ..core.split import Assignment
from ..core.states import Role
from ..core.tasks import Shape, get
from ..errors import ProjectError

FLAGS = {Role.POOL: "pool", Role.DEMONSTRATION: "demos", Role.META: "meta", Role.DEV: "dev", Role.TEST: "test"}
"""Which file a role is read from, where one was given for it."""


@dataclass(frozen=True, slots=True)
class Negatives:
    """What a person asked for.

    Attributes:
        ratio: items with the negative label kept for every other labelled one, at most; None keeps all.
        everywhere: in dev and test too, and in gold that is split; then the F1 measured there is another one.
    """

    ratio: float | None = None
    everywhere: bool = False


def negative_label(settings: Settings, names: tuple[str, ...]) -> str:
    """The label that says none of the others holds: the one that was named, else the first usual one; "" for none.

    Raises:
        ProjectError: one was named, and this task has none.
    """
    task = get(settings.project.task)
    named = settings.project.negative
    if named and task.shape is not Shape.ONE:
        raise ProjectError(
            f"llmaaa new: --negative {named}: task {task.name} has no negative label; it says so by giving none"
        )
    return named or next((name for name in task.negatives if name in names), "")


def sample(
    assignment: Assignment, files: Mapping[str, Path], asked: Negatives, negative: str, settings: Settings
) -> dict[Role, str]:
    """Leave as many items with the negative label in each role as was asked for; adds what it did to the notes.

    Gold of dev and test stays whole unless it was asked for everywhere, for an F1 over sampled negatives is not the F1
    over what is there. Items without gold stay.

    Returns:
        what was done to each role that lost some.

    Raises:
        ProjectError: there is no negative label.
    """
    if asked.ratio is None:
        return {}
    if not negative:
        raise ProjectError("llmaaa new: --negatives: no label says that nothing holds; name it with --negative NAME")
    units = get(settings.project.task).units
    whole = [] if asked.everywhere else [assignment.roles.get(role) for role in (Role.DEV, Role.TEST)]
    done: dict[Role, str] = {}
    kept: dict[int, list[Record]] = {}  # by the list as it was: in paper mode roles share one
    before = dict(assignment.roles)
    for role, records in before.items():
        if not (asked.everywhere or FLAGS[role] in files) or any(records is one for one in whole):
            continue
        if id(records) not in kept:
            kept[id(records)] = _kept(records, role, asked.ratio, negative, settings.project.seed)
        assignment.roles[role] = kept[id(records)]
        gone = len(records) - len(kept[id(records)])
        if gone:
            there = sum(_is_negative(one, negative) for one in records)
            place = files[FLAGS[role]].name if FLAGS[role] in files else role
            done[role] = f"kept {there - gone:,} of {there:,} {negative} {units} in {place}"
    assignment.notes.extend(dict.fromkeys(done.values()))
    if not any(record.gold for record in before[Role.POOL]):
        assignment.notes.append(f"the pool has no gold, so none of its {units} is left out as {negative}")
    assignment.notes.append(
        f"dev and test hold sampled {negative} {units} too: their F1 is not the one over all {units}"
        if asked.everywhere
        else f"dev and test keep all their {negative} {units}: an F1 over sampled ones is another F1"
    )
    return done


def _is_negative(record: Record, negative: str) -> bool:
    return record.gold is not None and record.gold.classes == (negative,)


def _kept(records: list[Record], role: Role, ratio: float, negative: str, seed: int) -> list[Record]:
    """The records that stay, in their order; all of them where none has another label."""
    without = [place for place, one in enumerate(records) if _is_negative(one, negative)]
    others = sum(one.gold is not None for one in records) - len(without)
    wanted = int(ratio * others)
    if not others or wanted >= len(without):
        return records
    dropped = set(without) - set(generator(seed, 0, "negatives", role).sample(without, wanted))
    return [one for place, one in enumerate(records) if place not in dropped]
