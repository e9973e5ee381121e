"""After `g`: which letter goes where, in a small window that the next key closes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ..glyphs import Glyphs
from ..keys.command import Command, bindings
from ..keys.common import PLACES
from ..keys.windows import CHORD


class Way(Static):
    """One way to go, for the mouse; its id is "to-" and the screen's name."""

    def on_click(self) -> None:
        """The same as its letter."""
        self.screen.dismiss((self.id or "").removeprefix("to-"))


class ChordScreen(ModalScreen[str]):
    """Answers with a screen's name, "first" for the first line, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings(CHORD))

    def __init__(self, here: str, glyphs: Glyphs, commands: tuple[Command, ...] = CHORD) -> None:
        super().__init__()
        self._here = here
        self._glyphs = glyphs
        self._commands = commands

    def compose(self) -> ComposeResult:
        """See the base class."""
        numbers = {name: place for place, (name, _title, _letter) in enumerate(PLACES, start=1)}
        with Vertical(classes="box", id="chord") as box:
            box.border_title = "Go to"
            for command in self._commands:
                name = command.id.partition(".")[2]
                if name == "stay":
                    continue
                here = f" {self._glyphs.dot} here" if name == self._here else ""
                where = f"F{numbers[name]}{here}" if name in numbers else ""
                key = (f" {command.shown} ", "$focus bold")
                yield Way(Content.assemble(key, f" {command.says:<11}", (where, "$muted")), id=f"to-{name}")

    def action_answer(self, answer: str) -> None:
        """Close with the answer."""
        self.dismiss(answer)
