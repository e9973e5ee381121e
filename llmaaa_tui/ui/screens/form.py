"""A form of one line: what is asked, an entry, what it would mean; enter takes it, esc changes nothing."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from ..keys.command import Command, bindings
from ..keys.windows import FORM
from ..over import Window

WIDTH = 66


class OneLine(Window[str | None]):
    """Answers with the text as it is to be stored, or None.

    A subclass says what a text means, and refuses it with a ValueError of one sentence.
    """

    DEFAULT_CSS = """
    OneLine Static { width: 100%; }
    OneLine Input, OneLine Input:focus { border: none; height: 1; padding: 0; background: $cursor; width: 100%; }
    """
    KEYS: ClassVar[tuple[Command, ...]] = FORM
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(FORM))

    def __init__(self, title: str, asks: str, value: str) -> None:
        super().__init__()
        self._heading = title
        self._asks = asks
        self._value = value

    def meaning(self, text: str) -> tuple[str, str]:
        """What is stored for this text, and in words what that means.

        Raises:
            ValueError: why it cannot be stored, in one sentence.
        """
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """See the base class."""
        with Vertical(classes="box") as box:
            box.styles.width, box.styles.padding = WIDTH, (0, 1)
            box.border_title = self._heading
            box.border_subtitle = f"enter takes it, {self.key('form.leave')} changes nothing"
            yield Static(Content(self._asks))
            entry = Input(self._value, select_on_focus=True)
            entry.cursor_blink = False
            yield entry
            yield Static(id="meaning")

    def on_mount(self) -> None:
        """Say what the present value means."""
        self._say(self._value)

    def _say(self, text: str) -> str | None:
        """Write the meaning below; gives what would be stored."""
        below = self.query_one("#meaning", Static)
        try:
            stored, words = self.meaning(text)
        except ValueError as error:
            below.update(Content.styled(str(error), "$bad"))
            return None
        below.update(Content.styled(words, "$muted"))
        return stored

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._say(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        stored = self._say(event.value)
        if stored is not None:
            self.dismiss(stored)

    def action_leave(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
