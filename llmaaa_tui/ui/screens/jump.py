"""Letters on everything in sight that can be chosen: the next key goes there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ..keys.command import bindings
from ..keys.windows import JUMP
from ..place import Target

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""The keys under the fingers first."""


def letters(count: int) -> list[str]:
    """A name for each of `count` targets: one letter where that is enough, else two for all."""
    if count <= len(LETTERS):
        return list(LETTERS[:count])
    return ["".join(pair) for pair in product(LETTERS, repeat=2)][:count]


class JumpScreen(ModalScreen[int]):
    """Answers with the number of the chosen target, -1 where nothing was.

    Args:
        targets: where things stand, and what choosing them does; the first ones get the best letters.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(bindings(JUMP))
    DEFAULT_CSS = """
    JumpScreen { align: left top; background: transparent; }
    JumpScreen > Static { position: absolute; width: auto; height: 1; color: $background; background: $focus; }
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__()
        self._targets = targets
        self._names = letters(len(targets))
        self._typed = ""

    def compose(self) -> ComposeResult:
        """See the base class."""
        for (region, _action), name in zip(self._targets, self._names, strict=False):
            mark = Static(Content.styled(name, "bold reverse" if self.app.no_color else "bold"))
            mark.styles.offset = (region.x, region.y)
            yield mark

    def on_key(self, event: events.Key) -> None:
        """A letter of a name; a key that is none leaves."""
        if event.key in ("escape", "semicolon"):
            return
        event.stop()
        self._typed += event.character or "\0"
        if self._typed in self._names:
            self.dismiss(self._names.index(self._typed))
        elif not any(name.startswith(self._typed) for name in self._names):
            self.dismiss(-1)

    def on_click(self, event: events.Click) -> None:
        """The mouse needs no letters."""
        self.dismiss(-1)

    def action_stay(self) -> None:
        """Leave without going."""
        self.dismiss(-1)
