"""One thing a person can do, and how it becomes a key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do.

    Attributes:
        id: stable name "group.verb", by which users can give it another key.
        keys: Textual's names of its keys, comma separated.
        shown: how the keys are written for people.
        action: the screen's action.
        word: what the footer calls it.
        says: what the help page and, behind its group, the palette call it.
        tooltip: one sentence.
        rank: place of its importance in the footer, 1 the highest; 0 for not there.
        writes: whether it changes the project, so that a read-only screen has not got it.
    """

    id: str
    keys: str
    shown: str
    action: str
    word: str
    says: str
    tooltip: str
    rank: int = 0
    writes: bool = False

    @property
    def group(self) -> str:
        """The first part of the id."""
        return self.id.partition(".")[0]


def bindings(commands: Iterable[Command]) -> list[Binding]:
    """The commands as Textual knows keys."""
    return [
        Binding(c.keys, c.action, c.word, show=bool(c.rank), key_display=c.shown, tooltip=c.tooltip, id=c.id)
        for c in commands
    ]
