"""The tasks by name, and where each room keeps what it must know of them.

A task is a `Task` here and one object in each room that has to know it, named as "module:object" and imported by that
room alone, when it runs: so the screens know a task without torch. A package brings one of its own by an entry point
of the group `GROUP` whose object is a `Task`; where it is like one of ours it may name our objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any

GROUP = "llmaaa_tui.tasks"
"""The entry points of installed packages that bring tasks of their own, each under its task's name."""

ROOMS = ("formats", "annotators", "simulator", "student", "evaluation")
"""The rooms that have to know a task."""


class Shape(StrEnum):
    """What a label is, which is all that store, review and screens have to know."""

    SPANS = "spans"
    """Any number of labelled stretches of the text."""
    ONE = "one"
    """Exactly one label of the whole item."""
    MANY = "many"
    """Any number of labels of the whole item."""


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of labelling.

    Attributes:
        name: as `project.task` says it.
        title: what it is in words, e.g. "relations".
        shape: what a label is.
        unit, units: what an item is called, one and several.
        rooms: for each of `ROOMS` the "module:object" that knows it, see the room's own module `tasks`.
        pairs: whether an item is a pair of stretches of a text, so that one text has many items.
        negatives: names that mean "none of these" in files of this task, the first that occurs is taken.
    """

    name: str
    title: str
    shape: Shape
    unit: str
    units: str
    rooms: Mapping[str, str]
    pairs: bool = False
    negatives: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        missing = [room for room in ROOMS if room not in self.rooms]
        if missing:
            raise ValueError(f"task {self.name!r} names nothing for {', '.join(missing)}")

    @property
    def decisions(self) -> str:
        """What a student decides one by one, which is what its confidence is counted over: "words", "pairs"."""
        return {Shape.SPANS: "words", Shape.ONE: self.units, Shape.MANY: "label decisions"}[self.shape]

    @property
    def entropy(self) -> str:
        """The entropy of one such decision, in words."""
        return "mean token entropy" if self.shape is Shape.SPANS else "mean entropy"

    def count(self, items: int) -> str:
        """So many items in words: "1 pair", "1,283 pairs"."""
        return f"{items:,} {self.unit if items == 1 else self.units}"

    def room(self, name: str) -> Any:
        """The object that knows this task in one room; its module is imported now."""
        module, _, attribute = self.rooms[name].partition(":")
        return getattr(import_module(module), attribute)


def _rooms(module: str, name: str) -> dict[str, str]:
    return {room: f"llmaaa_tui.{room}.{module}:{name}" for room in ROOMS}


NER = Task("ner", "named entities", Shape.SPANS, "sentence", "sentences", _rooms("task_ner", "TASK"))
RELATION = Task(
    "relation",
    "relations",
    Shape.ONE,
    "pair",
    "pairs",
    _rooms("task_relation", "TASK"),
    pairs=True,
    negatives=("no_relation", "Other", "NA", "none", "None"),
)
CLASSIFICATION = Task("classification", "classes", Shape.ONE, "text", "texts", _rooms("task_classification", "SINGLE"))
MULTILABEL = Task(
    "multilabel", "classes, several a text", Shape.MANY, "text", "texts", _rooms("task_classification", "SEVERAL")
)

TASKS = {task.name: task for task in (NER, RELATION, CLASSIFICATION, MULTILABEL)}


class UnknownTaskError(ValueError):
    """There is no task of that name, or a package's cannot be used; one sentence."""


def names() -> tuple[str, ...]:
    """The names of all tasks, ours first; no package is imported."""
    return (*TASKS, *sorted(_brought()))


@cache
def get(name: str) -> Task:
    """The task of that name; a package's is imported now.

    Raises:
        UnknownTaskError: there is none, or what the package brings is no task of that name.
    """
    if name in TASKS:
        return TASKS[name]
    point = _brought().get(name)
    if point is None:
        raise UnknownTaskError(f"there is no task {name!r}; choose {', '.join(names())}")
    package = point.dist.name if point.dist else point.value
    try:
        found = point.load()
    except Exception as error:  # whatever somebody else's module raises while it is imported
        raise UnknownTaskError(f"the task {name!r} of package {package} cannot be imported ({error})") from error
    if not isinstance(found, Task) or found.name != name:
        raise UnknownTaskError(
            f"package {package} brings no task of the name {name!r} under its entry point {point.value!r}"
        )
    return found


@cache
def shown_as(name: str) -> Task:
    """The task of that name; one that is not installed here is shown as one of spans, under its name."""
    try:
        return get(name)
    except UnknownTaskError:
        return Task(name, name, Shape.SPANS, "sentence", "sentences", dict.fromkeys(ROOMS, ""))


def _brought() -> dict[str, Any]:
    from importlib.metadata import entry_points  # 20 ms that a project of ours need not pay

    return {point.name: point for point in entry_points(group=GROUP) if point.name not in TASKS}
