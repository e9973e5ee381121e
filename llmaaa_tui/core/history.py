"""What a reviewer can take back and make again, read from the log of decisions alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Step = tuple[int, ...]
"""Decisions that were made with one key, in their order: one, or all those of a bulk acceptance."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision of the log.

    Attributes:
        id: its number; later decisions have higher ones.
        verdict: accept, reject, mend, skip or undo.
        undoes: of an undo, the decision it takes back.
        redoes: of a decision that was taken back and made again, the one that was taken back.
        bulk: the bulk acceptance it belongs to, or "".
    """

    id: int
    verdict: str
    undoes: int | None = None
    redoes: int | None = None
    bulk: str = ""


class History:
    """The undo and the redo stack of one reviewer, the newest step last.

    A fresh decision clears the redo stack. The accepts of one bulk are one step; every other decision is a step of
    its own, also the blind labels of a bulk's sample.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._undo: list[list[int]] = []
        self._redo: list[list[int]] = []
        self._step: dict[int, list[int]] = {}
        self._again: dict[int, list[int]] = {}
        self._bulk = ""
        for entry in entries:
            self.add(entry)

    @property
    def undo(self) -> tuple[Step, ...]:
        """What can be taken back."""
        return tuple(tuple(step) for step in self._undo)

    @property
    def redo(self) -> tuple[Step, ...]:
        """What was taken back and can be made again."""
        return tuple(tuple(step) for step in self._redo)

    @property
    def newest(self) -> Step:
        """The step that the next undo takes back, or ()."""
        return tuple(self._undo[-1]) if self._undo else ()

    @property
    def undone(self) -> Step:
        """The step that the next redo makes again, or ()."""
        return tuple(self._redo[-1]) if self._redo else ()

    @property
    def depths(self) -> tuple[int, int]:
        """How many steps can be taken back, and made again."""
        return len(self._undo), len(self._redo)

    def add(self, entry: Entry) -> None:
        """Take the next decision of the log, in the order of their numbers."""
        if entry.undoes is not None:
            self._take_back(entry.undoes)
        elif entry.redoes is not None:
            self._make_again(entry.redoes, entry.id)
        else:
            self._decide(entry)

    def _decide(self, entry: Entry) -> None:
        self._redo.clear()
        bulk = entry.bulk if entry.verdict == "accept" else ""
        if not (bulk and bulk == self._bulk):
            self._undo.append([])
        self._bulk = bulk
        self._undo[-1].append(entry.id)
        self._step[entry.id] = self._undo[-1]

    def _take_back(self, decision: int) -> None:
        self._bulk = ""
        step = self._step.get(decision)
        if step is not None and _drop(self._undo, step):  # its first decision takes the whole step back
            self._redo.append(step)

    def _make_again(self, decision: int, made: int) -> None:
        self._bulk = ""
        step = self._step.get(decision)
        if step is None:
            return
        if _drop(self._redo, step):
            self._again[step[0]] = []
            self._undo.append(self._again[step[0]])
        if step[0] in self._again:
            self._again[step[0]].append(made)
            self._step[made] = self._again[step[0]]


def _drop(stack: list[list[int]], step: list[int]) -> bool:
    """Take a step off the stack; False where it is not on it."""
    for place in range(len(stack) - 1, -1, -1):
        if stack[place] is step:
            del stack[place]
            return True
    return False


def history(entries: Iterable[Entry]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The undo and the redo stack that a reviewer's log leaves, the newest step last in each."""
    made = History(entries)
    return made.undo, made.redo
