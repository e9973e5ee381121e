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
    assignment: Assignment, files: Mapping[str, Path], asked: Negatives, negative: str, seed: int
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
    whole = [] if asked.everywhere else [assignment.roles.get(role) for role in (Role.DEV, Role.TEST)]
    results: list[tuple[list[Record], list[Record], str]] = []  # before, after, what was done
    done: dict[Role, str] = {}
    for role, records in list(assignment.roles.items()):
        chosen = asked.everywhere or FLAGS[role] in files
        if not chosen or any(records is one for one in whole):
            continue
        known = next((result for result in results if result[0] is records), None)  # in paper mode roles share a list
        if known is None:
            kept, said = _sampled(records, role, files.get(FLAGS[role]), asked.ratio, negative, seed)
            known = records, kept, said
            results.append(known)
            assignment.notes.extend([said] if said else [])
        assignment.roles[role] = known[1]
        if known[2]:
            done[role] = known[2]
    if done:
        assignment.notes.append(
            "dev and test hold sampled negatives too: their F1 is not the one over all pairs"
            if asked.everywhere
            else f"all {negative} items of dev and test are kept: an F1 over sampled ones is another F1"
        )
    return done


def _sampled(
    records: list[Record], role: Role, file: Path | None, ratio: float, negative: str, seed: int
) -> tuple[list[Record], str]:
    """The records that stay, in their order, and what was done; nothing is done where no item has another label."""
    without = [place for place, one in enumerate(records) if one.gold is not None and one.gold.classes == (negative,)]
    others = sum(one.gold is not None for one in records) - len(without)
    wanted = int(ratio * others)
    if not others or wanted >= len(without):
        return records, ""
    kept = set(generator(seed, 0, "negatives", role).sample(without, wanted))
    dropped = set(without) - kept
    said = f"kept {len(kept):,} of {len(without):,} {negative} items in {file.name if file else role}"
    return [one for place, one in enumerate(records) if place not in dropped], said
