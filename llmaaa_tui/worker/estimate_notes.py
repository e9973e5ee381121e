"""What an estimate says of costs that come on top of the rounds' own, in sentences."""

from __future__ import annotations

import math

from ..config import Settings
from ..core.money import format_usd
from ..core.tasks import get
from .cost import Cost


def on_top(settings: Settings, *, teacher: Cost, sentinels: Cost, second: Cost) -> list[str]:
    """A sentence each about measuring the annotator, asking the sentinels again, and the second annotator."""
    task = get(settings.project.task)
    notes = []
    if teacher.items:
        notes.append(
            f"measuring the annotator on {settings.teacher.measure} comes on top: "
            f"{task.count(teacher.items)}, {_dollars(teacher)}"
        )
    if sentinels.items:
        notes.append(
            f"asking {settings.drift.sentinels} gold items of meta again to see drift comes on top: "
            f"{task.count(sentinels.items)} in all, {_dollars(sentinels)}"
        )
    if second.items:
        notes.append(
            f"{settings.annotator.escalate} is asked about the unsure on top: "
            f"${format_usd(math.ceil(second.worst_nanousd), 4)} at worst, if that is every {task.unit}"
        )
    return notes


def _dollars(cost: Cost) -> str:
    expected, worst = (format_usd(math.ceil(one), 4) for one in (cost.expected_nanousd, cost.worst_nanousd))
    return f"${expected} expected, ${worst} at worst"
