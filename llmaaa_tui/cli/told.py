"""What `llmaaa new` tells of the files it read and of the roles they serve in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..core.document import Record
from ..core.hygiene import LEFT, Copies
from ..core.split import Assignment
from ..core.states import Role
from ..core.tasks import Task
from ..formats.tasks import TaskFile


def counted(records: Sequence[Record], task: Task) -> str:
    """How many items, and of how many texts where these have several: "1,502 pairs of 228 sentences"."""
    said = f"{len(records)} {task.units}"
    return f"{said} of {len({record.document.text for record in records})} sentences" if task.pairs else said


def report(
    assignment: Assignment,
    read: Mapping[str, TaskFile],
    files: Mapping[str, Path],
    task: Task,
    copies: Sequence[Copies] = (),
) -> tuple[str, ...]:
    """A line for each file, each role, and everything that was drawn, moved or left out.

    Args:
        copies: what was looked for between the roles, and found.
    """
    lines = []
    for flag, file in read.items():
        labelled = sum(record.gold is not None for record in file.records)
        lines.append(f"read {files[flag]} ({file.format}): {counted(file.records, task)}, {labelled} with labels")
        lines += [f"left out of {files[flag]}: {count} {what}" for what, count in file.notes.items()]
    for role in (Role.POOL, Role.DEMONSTRATION, Role.META, Role.DEV, Role.TEST):
        records = assignment.roles.get(role, [])
        hidden = ""
        if role is Role.POOL:
            count = sum(record.gold is not None for record in records)
            hidden = f" ({count} with hidden gold: for simulator and evaluation only)" if count else ""
        lines.append(f"{role:>13}: {counted(records, task)}{hidden}")
    for role, records in assignment.roles.items():
        marked = sum(record.document.never_send for record in records)
        if marked:
            lines.append(
                f"{role:>13}: {marked} marked never_send, which only people see: no annotator is asked or shown"
            )
    if not assignment.roles.get(Role.TEST):
        lines.append("no test file was given: there will be no test column")
    lines.extend(assignment.notes)
    for move, count in sorted(assignment.moves.items()):
        said = f"{count} {move.kind} {'copy' if count == 1 else 'copies'} of a {move.kept} {task.unit}"
        if task.pairs:
            items = task.unit if count == 1 else task.units
            said = f"{count} {items} of {move.kind} copies of a {move.kept} sentence"
        lines.append(f"{said} taken out of {move.source}")
    lines += hygiene_lines(copies, task)
    return tuple(lines)


def hygiene_lines(copies: Sequence[Copies], task: Task) -> list[str]:
    """What copies stand, pair by pair, and how many pairs of roles were held against each other; nothing where there
    are none, as `doctor` proves."""
    left = [one for one in copies if one.done == LEFT and one.count]
    lines = [f"{one.words(task.unit, task.units)} there, as paper mode has it" for one in left]
    pairs = {(one.role_a, one.role_b) for one in copies}
    taken = sum(one.count for one in copies if one.done != LEFT)
    if taken or left:
        lines.append(
            f"copies: looked for, exact and near, between {len(pairs)} pairs of roles: {taken} taken out, "
            f"{sum(one.count for one in left)} left"
        )
    return lines
