"""Leaving: one key decides what becomes of the worker."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ..keys.command import Command, bindings
from ..keys.windows import QUIT


class Choice(Static):
    """One answer, for the mouse; its id is the answer."""

    def on_click(self) -> None:
        """The same as its key."""
        self.screen.dismiss(self.id)


class QuitScreen(ModalScreen[str]):
    """Answers "detach", "stop" or "cancel"."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings(QUIT))

    def __init__(self, commands: tuple[Command, ...] = QUIT) -> None:
        super().__init__()
        self._commands = commands

    def compose(self) -> ComposeResult:
        """See the base class."""
        with Vertical(classes="box", id="quit") as box:
            box.border_title = "Leave"
            for command in self._commands:
                key, word = (f"{command.shown:>4} ", "$focus bold"), (f" {command.word:<8}", "bold")
                yield Choice(Content.assemble(key, word, (command.says, "$muted")), id=command.word)

    def action_answer(self, answer: str) -> None:
        """Close with the answer."""
        self.dismiss(answer)
