"""The task of a project as the screens need it: what an item is called, what a label is, whether items are pairs."""

from __future__ import annotations

from functools import cache

from ..core import tasks
from ..core.tasks import ROOMS, Shape, Task


@cache
def task_of(name: str) -> Task:
    """The task of that name; one that is not installed here is shown as one of spans, under its name."""
    try:
        return tasks.get(name)
    except tasks.UnknownTaskError:
        return Task(name, name, Shape.SPANS, "sentence", "sentences", dict.fromkeys(ROOMS, ""))
